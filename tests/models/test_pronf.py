"""ProNF: its likelihood is the sum of its stages', which share nothing, and each of them is a model alone."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import ImageSet
from surjax.errors import ConfigError, ShapeError, SurjaxError
from surjax.evaluate.likelihood import evaluate
from surjax.evaluate.stages import evaluate_stages
from surjax.models import Glow, ProNF
from surjax.models.base import preset
from surjax.models.pronf import CHOICES
from surjax.models.stages import (
    is_given,
    pyramids_of,
    resized,
    stage_alone,
    stage_shapes,
    stages_of,
    with_stages,
)
from surjax.nn import NormConv
from surjax.parameters import partition
from surjax.parts import parts_of
from surjax.testing import trained_like

# what the tests share is made once, by one worker
pytestmark = [pytest.mark.xdist_group("pronf"), pytest.mark.slow]

TINY = preset(ProNF, "tiny")[0]
SHAPE = (3, 16, 16)  # whose first stage has two levels and the others one
KEY = jax.random.key(0, impl="unsafe_rbg")  # whose draws compile in a third of the time
X = jax.random.randint(jax.random.key(1), (4, *SHAPE), 0, 256).astype(jnp.uint8)


def images(n, shape, bits=8):
    """Images of noise."""
    return jax.random.randint(jax.random.key(1), (n, *shape), 0, 2**bits).astype(jnp.uint8)


def arrays(model):
    """Every array of a model, by its place."""
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(model)}


def assert_same(model, other):
    """Two models have the same arrays, to the bit."""
    ours, theirs = arrays(model), arrays(other)
    assert ours.keys() == theirs.keys()
    different = [path for path in ours if not np.array_equal(ours[path], theirs[path])]
    assert different == []


@pytest.fixture(scope="module")
def found():
    """One program: a flow that is built, initialised and then moved, as if it had been trained; its
    log-likelihood, the terms of its stages, and their gradients."""

    @eqx.filter_jit
    def everything(x, key):
        initialised = TINY.build(key, SHAPE).initialize(x, key)
        flow = trained_like(initialised, key, 0.05)
        params, rest = partition(flow)

        def terms(params):
            flow = eqx.combine(params, rest)
            log_probs = jnp.stack([stage_alone(flow, i).log_prob(x, key) for i in range(3)])
            return log_probs.mean(1), log_probs

        gradients, stages = jax.jacrev(terms, has_aux=True)(params)
        return initialised, flow, flow.log_prob(x, key), stages, gradients

    initialised, flow, whole, stages, gradients = everything(X, KEY)
    gradients = [jax.tree.map(lambda leaf, i=i: np.asarray(leaf)[i], gradients) for i in range(3)]
    return SimpleNamespace(
        initialised=initialised, flow=flow, whole=whole, stages=stages, gradients=gradients
    )


def test_log_likelihood_is_the_sum_of_the_stages(found):
    terms = np.asarray(found.stages, np.float64)
    assert terms.shape == (3, 4)
    assert np.isfinite(terms).all()
    assert (terms < 0).all()
    np.testing.assert_allclose(terms.sum(0), found.whole, rtol=1e-6)


def test_no_parameter_has_to_do_with_two_stages(found):
    for i, gradient in enumerate(found.gradients):
        for j, stage in enumerate(stages_of(gradient)):
            leaves = jax.tree.leaves(stage)
            assert all(np.isfinite(leaf).all() for leaf in leaves)
            if i == j:
                assert all((leaf != 0).any() for leaf in leaves)
            else:
                assert not any(leaf.any() for leaf in leaves)


def test_parameters_are_those_of_the_stages(found):
    counts = [sx.count_parameters(stage_alone(found.flow, i)) for i in range(3)]
    assert min(counts) > 0
    assert sum(counts) == sx.count_parameters(found.flow)


def test_smaller_images_are_the_rounded_means(found):
    wanted = ImageSet("some", np.asarray(X))
    x = X
    for pyramid in pyramids_of(found.flow):
        x, wanted = jax.vmap(pyramid.split)(x)[0], wanted.downsample(2)
        np.testing.assert_array_equal(x, wanted.values)
    z, dropped = found.flow.encode(X, KEY)
    np.testing.assert_array_equal(z, wanted.values)
    np.testing.assert_array_equal(found.flow.decode(z, dropped, KEY), X)


def test_every_part_is_initialised_on_the_batch(found):
    x = X
    for pyramid in pyramids_of(found.initialised):
        x, details = jax.vmap(pyramid.split)(x)
        encoder, flow = pyramid.decoder.network, pyramid.decoder.distribution
        first = jax.vmap(lambda x, net=encoder: net.first(x, channels_last=True))(
            jax.vmap(encoder._input)(x, None)
        )
        np.testing.assert_allclose(first.mean((0, 1, 2)), 0.0, atol=1e-4)
        np.testing.assert_allclose(first.std((0, 1, 2)), 1.0, atol=1e-3)
        norm = parts_of(flow.transform, sx.ActNorm)[0]
        numbers = (details + 0.5) / 256  # but for the noise
        np.testing.assert_allclose(norm.loc[0], numbers.mean((0, 2, 3)), atol=0.01)
        np.testing.assert_allclose(jnp.exp(norm.log_scale[0]), numbers.std((0, 2, 3)), rtol=0.1)
    for stage in stages_of(found.initialised):
        norms, convs = parts_of(stage, sx.ActNorm), parts_of(stage, NormConv)
        assert norms
        assert convs
        assert all(bool((norm.log_scale != 0).all()) for norm in norms)
        assert all(bool((conv.bias != 0).all()) for conv in convs)


def test_evaluation_adds_up_to_that_of_the_whole(found):
    whole, (first, second, base) = evaluate_stages(found.flow, X, key=KEY, chunk=4)
    assert whole.log_likelihood_nats == pytest.approx(float(found.whole.mean()), rel=1e-5)
    assert (whole.exact, whole.n, whole.dimensions) == (False, 4, 768)
    assert [stage.stage for stage in (first, second, base)] == [16, 8, 4]
    assert [stage.dims for stage in (first, second, base)] == [768, 192, 48]
    assert [stage.new_numbers for stage in (first, second, base)] == [576, 144, 48]
    total = first.bits + second.bits + base.bits
    assert total / 768 == pytest.approx(whole.bits_per_dim, rel=1e-6)
    assert first.share + second.share + base.share == pytest.approx(1, rel=1e-12)
    assert first.share == pytest.approx(first.bits / total, rel=1e-12)


def uniform_chain():
    """Grey images 8 × 8 of two bits: what a number costs is the logarithm of how many there are."""
    return sx.Flow(
        sx.Categorical((1, 2, 2), 4),
        sx.Chain(
            sx.Pyramid((1, 8, 8), sx.Flow(sx.Categorical((3, 4, 4), 7), sx.Shift(3.0))),
            sx.Pyramid((1, 4, 4), sx.Flow(sx.Categorical((3, 2, 2), 8), sx.Shift(3.0))),
        ),
    )


def test_numbers_of_a_stage_by_hand():
    x, told = images(10, (1, 8, 8), bits=2), []
    whole, stages = evaluate_stages(
        uniform_chain(), x, chunk=4, split="test", on_progress=lambda *done: told.append(done)
    )
    bits = [48 * np.log2(7), 12 * 3, 4 * 2]
    for stage, wanted, height, dims, new in zip(
        stages, bits, (8, 4, 2), (64, 16, 4), (48, 12, 4), strict=True
    ):
        assert (stage.stage, stage.dims, stage.new_numbers) == (height, dims, new)
        assert stage.bits == pytest.approx(wanted, rel=1e-6)
        assert stage.standard_error_bits == pytest.approx(0, abs=1e-5)
        assert stage.stage_bits_per_dim == pytest.approx(wanted / dims, rel=1e-6)
        assert stage.bits_per_new_number == pytest.approx(wanted / new, rel=1e-6)
        assert stage.share == pytest.approx(wanted / sum(bits), rel=1e-6)
        assert stage.to_json() == stage._asdict() | {
            "stage_bits_per_dim": stage.stage_bits_per_dim,
            "bits_per_new_number": stage.bits_per_new_number,
        }
    assert whole.bits_per_dim == pytest.approx(sum(bits) / 64, rel=1e-6)
    assert (whole.exact, whole.split, whole.dimensions) == (True, "test", 64)
    alone = evaluate(uniform_chain(), x, split="test")
    assert alone.log_likelihood_nats == pytest.approx(whole.log_likelihood_nats, rel=1e-6)
    assert alone.fingerprint == whole.fingerprint
    assert told[-1] == (30, 30)
    assert told == sorted(told)


def test_stages_that_are_given_are_left_out():
    chain, x = uniform_chain(), images(3, (1, 8, 8), bits=2)
    whole, (only,) = evaluate_stages(stage_alone(chain, 1), x)
    assert only.stage == 4
    assert only.bits == pytest.approx(36)
    assert only.share is None
    assert whole.log_likelihood_nats == pytest.approx(-36 * np.log(2))
    decoders = [sx.Given(part.shape) if i == 1 else part for i, part in enumerate(stages_of(chain))]
    _, measured = evaluate_stages(with_stages(chain, decoders), x)
    assert [(stage.stage, stage.share) for stage in measured] == [(8, None), (2, None)]


def test_other_models_have_no_stages():
    glow = sx.Flow(sx.Normal((1, 4, 4)), sx.Chain(sx.ActNorm((1, 4, 4))))
    mixed = sx.Flow(sx.Given((1, 2, 2)), sx.Chain(sx.Pyramid((1, 4, 4), sx.Given((3, 2, 2))), sx.Scale(0.5)))
    for flow in (glow, mixed, sx.Flow(sx.Normal((2,)), sx.Chain()), sx.Flow(sx.Normal((2,)), sx.Reverse())):
        with pytest.raises(ConfigError, match="no chain of pyramids, and only such models have stages"):
            evaluate_stages(flow, jnp.zeros((1, *flow.shape)))


@pytest.mark.parametrize("names", list(itertools.product(*CHOICES.values())))
def test_every_combination_is_a_model(names):
    config = replace(TINY, **dict(zip(CHOICES, names, strict=True)), num_halvings=1)
    check_shapes(config, (1, 16, 24), (1, 8, 12))


@pytest.mark.parametrize(
    ("shape", "halvings", "base"),
    [
        ((1, 28, 28), 2, (1, 7, 7)),
        ((3, 32, 32), 3, (3, 4, 4)),
        ((1, 64, 64), 2, (1, 16, 16)),
        ((3, 64, 64), 1, (3, 32, 32)),
        ((1, 4, 4), 2, (1, 1, 1)),
        ((3, 20, 28), 2, (3, 5, 7)),
    ],
)
def test_any_size_that_can_be_halved_will_do(shape, halvings, base):
    check_shapes(replace(TINY, num_halvings=halvings), shape, base)


def check_shapes(config, shape, base):
    """The model's shapes, without its numbers."""

    def run(key, x):
        flow = config.build(key, shape, 5)
        return flow, flow.log_prob(x, key), flow.sample(key, 5)

    x = jax.ShapeDtypeStruct((2, *shape), jnp.uint8)
    flow, log_prob, samples = eqx.filter_eval_shape(run, KEY, x)
    assert log_prob.shape == (2,)
    assert samples.shape == (5, *shape)
    assert flow.base.shape == base
    assert not flow.exact
    heights = [image[1] for image in stage_shapes(flow)]
    assert tuple(heights) == config.stages(shape)
    assert heights[-1] == base[1]


@pytest.mark.parametrize("settings", [{}, {"pyramid": "nearest", "prior": "normal"}], ids=["mean", "nearest"])
def test_likelihood_of_the_smallest_images_is_how_often_they_are_drawn(settings):
    """Σ P over all grey images 2 × 2 of two bits, made of one pixel, and the share of such samples."""
    config = replace(TINY, num_halvings=1, **settings)
    n, draws = 4**4, 400

    @eqx.filter_jit
    def run(key):
        x = images(64, (1, 2, 2), bits=2)
        flow = config.build(key, (1, 2, 2), 2).initialize(x, key)
        flow = trained_like(flow, key, 0.05)
        every = jnp.stack(jnp.meshgrid(*[jnp.arange(4)] * 4, indexing="ij"), -1).reshape(n, 1, 2, 2)
        keys = jax.random.split(key, draws)
        log_probs = jax.lax.map(lambda key: flow.log_prob(every, key), keys)
        return flow, log_probs, flow.sample(key, 40_000)

    flow, log_probs, samples = run(KEY)
    assert flow.base.shape == (1, 1, 1)
    assert np.isfinite(log_probs).all()
    assert np.isfinite(samples).all()
    np.testing.assert_array_equal(samples, np.floor(samples))
    sums = np.exp(np.asarray(log_probs, np.float64)).sum(1)  # whose mean over the noise is the mass
    inside = np.asarray((samples >= 0) & (samples < 4)).all((1, 2, 3))
    error = np.hypot(sums.std() / np.sqrt(draws), inside.std() / np.sqrt(len(inside)))
    assert error < 0.02
    assert 0.01 < inside.mean() < 1
    assert abs(sums.mean() - inside.mean()) < 5 * error


@pytest.fixture(scope="module")
def variational():
    """A model of the other settings in float64 (pixels, normal priors, noise by a flow): what it makes of a
    batch, and what comes back."""
    config = replace(TINY, num_halvings=1, pyramid="nearest", prior="normal", dequantization="flow")

    @eqx.filter_jit
    def run(x, key):
        flow = config.build(key, x.shape[1:]).initialize(x, key)
        params, rest = partition(flow)
        gradient = jax.grad(lambda params: eqx.combine(params, rest).log_prob(x, key).mean())
        z, (details,) = flow.encode(x, key)
        decoder = stages_of(flow)[0]
        features = jax.vmap(decoder.network)(z)
        encoded = decoder.distribution.encode(details, key, features)
        noise = decoder.distribution.transform.transforms[0].transform.decoder
        return {
            "log_prob": flow.log_prob(x, key),
            "gradient": gradient(params),
            "samples": flow.sample(key, 3),
            "seen_by_noise": jax.vmap(noise.network)((details, features)),
            "image": (x, flow.decode(z, (details,), key)),
            "details": (details, decoder.distribution.decode(*encoded, key, features)),
            "smallest": (z, flow.base.decode(*flow.base.encode(z, key), key)),
        }

    with jax.enable_x64(True):
        found = run(images(16, (1, 8, 8)).astype(jnp.float64), KEY)
        return SimpleNamespace(**jax.tree.map(np.asarray, found))


def test_noise_by_a_flow_scores_and_draws(variational):
    bits_per_dim = -variational.log_prob / (64 * np.log(2))
    assert (np.abs(bits_per_dim - 10) < 5).all()  # noise of eight bits takes eight
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(variational.gradient))
    assert variational.samples.shape == (3, 1, 8, 8)
    np.testing.assert_array_equal(variational.samples, np.floor(variational.samples))


def test_noise_by_a_flow_sees_numbers_of_order_one(variational):
    assert 0.1 < variational.seen_by_noise.std() < 10


@pytest.mark.parametrize("part", ["image", "details", "smallest"])
def test_float64_comes_back_to_the_integer(variational, part):
    """The image through the chain, and the numbers of each stage through its flow."""
    wanted, again = getattr(variational, part)
    assert wanted.dtype == again.dtype == np.float64
    np.testing.assert_array_equal(again, wanted)


@pytest.mark.parametrize(("stage", "index"), [(16, 0), (8, 1), (4, 2)])
def test_a_stage_is_built_alone_as_in_the_whole(stage, index):
    whole = TINY.build(KEY, SHAPE)
    alone = replace(TINY, stage=stage).build(KEY, SHAPE)
    assert stage_shapes(alone) == stage_shapes(whole) == (SHAPE, (3, 8, 8), (3, 4, 4))
    assert [not is_given(part) for part in stages_of(alone)] == [i == index for i in range(3)]
    assert 0 < sx.count_parameters(alone) < sx.count_parameters(whole)
    assert jax.tree.structure(alone) == jax.tree.structure(stage_alone(whole, index))
    for a, b in zip(jax.tree.leaves(alone), jax.tree.leaves(stage_alone(whole, index)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_dimensions_are_those_of_the_image_that_is_made():
    assert ProNF().dimensions((3, 32, 32)) == 3072
    sizes = {stage: ProNF(stage=stage).dimensions((3, 32, 32)) for stage in ProNF().stages((3, 32, 32))}
    assert sizes == {32: 3072, 16: 768, 8: 192, 4: 48}
    assert replace(TINY, stage=7).dimensions((1, 28, 28)) == 49
    assert Glow().dimensions((3, 32, 32)) == 3072


def test_a_stage_that_is_not_there_is_refused():
    says = r"^stage is 5 and pronf of images 16×16 has the stages 16, 8, 4: choose one of them\.$"
    config = replace(TINY, stage=5)
    with pytest.raises(ConfigError, match=says):
        config.build(KEY, SHAPE)
    with pytest.raises(ConfigError, match=says):
        config.dimensions(SHAPE)


@pytest.mark.parametrize(
    ("shape", "sizes"), [((3, 30, 32), "32 × 32"), ((1, 2, 3), "4 × 4"), ((3, 28, 27), "28 × 28")]
)
def test_sizes_that_cannot_be_halved_so_often_are_refused_with_some_that_can(shape, sizes):
    with pytest.raises(ConfigError, match=rf"halves height and width 2 times .* such as {sizes}, or .*\.$"):
        TINY.build(KEY, shape)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"pyramid": "median"}, "^pyramid is 'median' and must be one of mean, nearest"),
        ({"prior": "student"}, "^prior is 'student' and must be one of normal, mar"),
        ({"dequantization": "none"}, "^dequantization is 'none' and must be one of uniform, flow"),
        ({"num_halvings": 0}, "^num_halvings is 0 and must be at least 1"),
        ({"num_levels": 0}, "^num_levels is 0 and must be at least 1"),
        ({"num_steps": 0}, "at least 1"),
        ({"width": 0}, "^width is 0 and must be at least 1"),
        ({"small_width": 0}, "^small_width is 0 and must be at least 1"),
        ({"features": 0}, "^features is 0 and must be at least 1"),
        ({"encoder_blocks": -1}, "^encoder_blocks is -1 and must be at least 0"),
        ({"prior_width": 0}, "^prior_width is 0 and must be at least 1"),
        ({"prior_layers": 0}, "at least 1|one layer at least"),
        ({"dequantization": "flow", "dequantization_steps": 0}, "at least 1"),
        ({"compute_dtype": "float16"}, "^compute_dtype is 'float16' and must be one of float32, bfloat16"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(SurjaxError, match=says):
        replace(TINY, **settings).build(KEY, SHAPE)


def test_a_stage_of_another_size_has_the_same_numbers(found):
    trained = pyramids_of(found.flow)[0]
    assert resized(TINY, trained, 0, SHAPE, 8) is trained
    larger = resized(TINY, trained, 0, (3, 32, 32), 8)
    assert larger.shape == (3, 32, 32)
    ours, theirs = arrays(trained), arrays(larger)
    assert ours.keys() == theirs.keys()
    same_shape = [path for path in ours if ours[path].shape == theirs[path].shape]
    assert len(ours) - len(same_shape) == 2  # the bounds of the uniform noise
    assert [path for path in same_shape if not np.array_equal(ours[path], theirs[path])] == []
    assert_same(resized(TINY, larger, 0, SHAPE, 8), trained)
    second = pyramids_of(found.flow)[1]  # which has no squeeze
    assert_same(resized(TINY, resized(TINY, second, 1, (3, 12, 18), 8), 1, (3, 8, 8), 8), second)


def test_a_stage_of_another_size_scores_and_draws(found):
    larger = resized(TINY, pyramids_of(found.flow)[0], 0, (3, 32, 16), 8)
    flow = sx.Flow(sx.Given((3, 16, 8)), larger)
    four = jnp.concatenate([X, X], 2)  # of each image two, one above the other
    small = np.floor(np.asarray(four, float).reshape(4, 3, 16, 2, 8, 2).mean((3, 5)) + 0.5)

    @eqx.filter_jit
    def run(flow, x, small, key):
        return flow.log_prob(x, key), flow.decode(small, key=key)

    log_prob, drawn = run(flow, four, small, KEY)
    # twice as many numbers of the same kind, but for the pixels at the middle and the noise
    np.testing.assert_allclose(log_prob, 2 * found.stages[0], rtol=0.05)
    np.testing.assert_array_equal(jax.vmap(larger.split)(drawn)[0], small)


@pytest.mark.parametrize(
    ("index", "height", "shape", "small"),
    [(0, 16, (3, 18, 16), "9 × 8"), (0, 16, (3, 32, 12), "16 × 6"), (1, 8, (3, 16, 16), "8 × 8")],
)
def test_pictures_that_a_stage_would_squeeze_otherwise_are_refused(found, index, height, shape, small):
    says = rf"^the stage that makes images of {height} was trained .* another structure for {small}, .*: give"
    with pytest.raises(ConfigError, match=says):
        resized(TINY, pyramids_of(found.flow)[index], index, shape, 8)


def test_odd_pictures_are_refused(found):
    with pytest.raises(ShapeError, match=r"\(3, 17, 16\) and takes images .* multiples of 2: build it"):
        resized(TINY, pyramids_of(found.flow)[0], 0, (3, 17, 16), 8)
