"""Every law of tests/laws.py over every case of tests/cases.py."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from cases import DISTRIBUTIONS, TRANSFORMS
from laws import DTYPES, draw, examine, integral, models, noise_of, normal, seed
from surjax.errors import ConfigError

# what one case compiles is kept for its next law, so the laws of a case run on one worker
transforms = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in TRANSFORMS]
)
distributions = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in DISTRIBUTIONS]
)
integrable = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xdist_group(name))
        for name, case in TRANSFORMS.items()
        if case.base is not None
    ],
)
dtypes = pytest.mark.parametrize("dtype", DTYPES)

HAVE_NOISE = {"Normal", "Normal(tied)", "Conditional(Normal)", "Embedded", "Flow"}
HAVE_NOISE |= {name for name in DISTRIBUTIONS if name.startswith("AutoregressiveNormal")}
"""The distributions that are bijections of standard normal noise."""


def tolerance(name, dtype):
    return TRANSFORMS[name].tolerance64 if dtype == "float64" else TRANSFORMS[name].tolerance32


@transforms
@dtypes
def test_decoding_what_was_encoded_gives_x_back(name, dtype):
    for found in examine(name, dtype):
        np.testing.assert_allclose(
            found.x_back, found.x, rtol=tolerance(name, dtype), atol=tolerance(name, dtype)
        )


@transforms
@dtypes
def test_encoding_what_was_generated_gives_z_back(name, dtype):
    for found in examine(name, dtype):
        if found.z_back is not None:
            np.testing.assert_allclose(
                found.z_back, found.z, rtol=tolerance(name, dtype), atol=tolerance(name, dtype)
            )


@transforms
@dtypes
def test_both_directions_give_the_same_contribution(name, dtype):
    for found in examine(name, dtype):
        atol = 1e-6 if dtype == "float64" else 2e-3
        assert np.isfinite(found.contribution).all()
        np.testing.assert_allclose(found.contribution_back, found.contribution, rtol=atol, atol=atol)


@transforms
def test_contribution_of_a_bijection_is_its_log_det(name):
    for found in examine(name, "float64"):
        if found.log_det is not None:
            np.testing.assert_allclose(found.contribution, found.log_det, rtol=1e-4, atol=1e-6)


@transforms
@dtypes
def test_gradients_are_finite(name, dtype):
    for found in examine(name, dtype):
        assert found.gradients_finite


@transforms
def test_shapes_are_inferred(name):
    case = TRANSFORMS[name]
    model = case.make(seed(name))
    x = jax.eval_shape(case.x, seed(name))
    found = examine(name, "float32")[0]
    assert model.z_shape(x.shape) == found.z.shape[1:]
    assert model.x_shape(found.z.shape[1:]) == x.shape


@transforms
def test_plain_call_gives_what_the_compiled_and_vectorised_one_gives(name):
    case = TRANSFORMS[name]
    found = examine(name, "float32")[0]
    n = len(found.x)
    keys = jax.random.split(seed(name + "keys"), n)
    context = draw(case.context, name + "context", n)
    context = None if context is None else context[0]
    z, contribution = case.make(seed(name)).forward(jnp.asarray(found.x[0]), keys[0], context)
    np.testing.assert_allclose(z, found.z[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(contribution, found.contribution[0], rtol=1e-4, atol=1e-4)


@transforms
def test_repeat_gives_what_the_steps_give_in_turn(name):
    case = TRANSFORMS[name]
    model = case.make(seed(name))
    x = case.x(seed(name))
    if not case.repeats or model.z_shape(x.shape) != x.shape or not model.forward_deterministic:
        return
    context = None if case.context is None else case.context(seed(name))
    repeated = sx.Repeat(case.make, 2, key=seed(name))
    z, contribution, dropped = eqx.filter_jit(repeated.encode)(x, None, context)
    first, second = (
        jax.tree.map(lambda leaf, i=i: leaf[i] if eqx.is_array(leaf) else leaf, repeated.step) for i in (0, 1)
    )
    y, one = first.forward(x, None, context)
    w, two = second.forward(y, None, context)
    np.testing.assert_allclose(z, w, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(contribution, one + two, rtol=1e-4, atol=1e-4)
    back = eqx.filter_jit(repeated.decode)(z, None, context, given=dropped)[0]
    np.testing.assert_allclose(back, x, rtol=2e-3, atol=2e-3)


@transforms
def test_saved_transform_gives_the_same_bits(name, tmp_path):
    model = TRANSFORMS[name].make(seed(name))
    sx.save(model, tmp_path / "model")
    loaded = sx.load(tmp_path / "model")
    assert jax.tree.structure(loaded) == jax.tree.structure(model)
    for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(model), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


@integrable
def test_model_integrates_to_one(name):
    case = TRANSFORMS[name]
    for model in models(case.make, name, min(case.trained, 0.3)):
        total, error = integral(sx.Flow(case.base(), model), case, name)
        assert error < 0.04
        assert abs(total - 1) < 5 * error + 2e-3


@transforms
def test_bound_is_a_bound_and_tightens(name):
    case = TRANSFORMS[name]
    if case.truth is None:
        return
    flow = sx.Flow(case.base(), case.make(seed(name)))
    assert not flow.exact
    x = case.x(seed(name + "bound"))
    context = None if case.context is None else case.context(seed(name))
    many = jnp.broadcast_to(x, (2000, *x.shape))
    contexts = (
        None if context is None else jax.tree.map(lambda c: jnp.broadcast_to(c, (2000, *c.shape)), context)
    )
    means = []
    for k in (1, 4, 32):
        draws = np.asarray(flow.log_prob(many, seed(name + str(k)), contexts, num_samples=k))
        means.append(draws.mean())
        slack = 5 * draws.std() / np.sqrt(len(draws)) + 1e-4
        assert draws.mean() <= float(case.truth(x)) + slack
    assert means[0] <= means[1] + slack
    assert means[1] <= means[2] + slack
    assert abs(means[2] - float(case.truth(x))) <= abs(means[0] - float(case.truth(x))) + slack


@distributions
def test_distribution_integrates_to_one(name):
    case = DISTRIBUTIONS[name]
    for model in models(case.make, name, case.trained):
        total, error = integral(model, case, name)
        assert abs(total - 1) < 5 * error + 2e-3


@distributions
@dtypes
def test_samples_follow_the_density(name, dtype):
    """E over samples of q(x)/p(x) is 1 for every density q on the support; here q is p, moved a little.

    For a discrete distribution the frequencies of all values are compared instead.
    """
    case = DISTRIBUTIONS[name]
    n = 50_000
    with jax.enable_x64(dtype == "float64"):
        model = models(case.make, name, case.trained)[1]
        context = None if case.context is None else case.context(seed(name + "context"))
        keys = jax.random.split(seed(name + "sample"), n)
        draw_both = eqx.filter_jit(jax.vmap(lambda k: model.sample_and_log_prob(k, context=context)))
        xs, log_probs = draw_both(keys)
        assert np.isfinite(np.asarray(log_probs)).all()
        if case.support is not None:
            p = np.exp(jax.vmap(lambda x: model.log_prob(x, None, context))(case.support))
            leaves = [np.asarray(leaf).reshape(n, -1) for leaf in jax.tree.leaves(xs)]
            flat = np.concatenate(leaves, axis=1)
            values = [np.asarray(leaf).reshape(len(p), -1) for leaf in jax.tree.leaves(case.support)]
            values = np.concatenate(values, axis=1)
            counts = np.array([(flat == value).all(1).mean() for value in values])
            np.testing.assert_allclose(counts, p, atol=5 * np.sqrt(0.25 / n))
            return
        # the probability integral transform of each coordinate's rank against quadrature, in one number:
        # the entropy by samples and by the density's own integral agree
        again = eqx.filter_jit(jax.vmap(lambda x: model.log_prob(x, None, context)))(xs)
        np.testing.assert_allclose(again, log_probs, rtol=1e-3, atol=2e-3)
        if int(np.prod(model.shape)) == 1:
            check_marginal(model, case, np.asarray(xs).ravel(), context)


def check_marginal(model, case, xs, context):
    """The Kolmogorov-Smirnov distance of samples to the integrated density."""
    low, high = case.bounds
    axis = np.linspace(low, high, 200_001)
    density = np.exp(
        jax.jit(jax.vmap(lambda x: model.log_prob(x.reshape(model.shape), None, context)))(jnp.asarray(axis))
    ).astype(float)
    cdf = np.cumsum(density) * (axis[1] - axis[0])
    expected = np.interp(np.sort(xs), axis, cdf)
    distance = np.abs(expected - (np.arange(len(xs)) + 0.5) / len(xs)).max()
    assert distance < 2.2 / np.sqrt(len(xs))  # exceeded once in 10,000 where they agree


@distributions
def test_saved_distribution_gives_the_same_bits(name, tmp_path):
    model = DISTRIBUTIONS[name].make(seed(name))
    sx.save(model, tmp_path / "model")
    loaded = sx.load(tmp_path / "model")
    for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(model), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


@distributions
def test_gradients_of_a_density_are_finite(name):
    case = DISTRIBUTIONS[name]
    context = None if case.context is None else case.context(seed(name + "context"))
    for model in models(case.make, name, case.trained):
        x = model.sample(seed(name), context=context)
        for point in (x, *(jnp.asarray(edge, jnp.asarray(x).dtype) for edge in case.edges)):
            gradients = eqx.filter_grad(lambda m, x=point: m.log_prob(x, None, context))(model)
            assert all(bool(jnp.isfinite(g).all()) for g in jax.tree.leaves(gradients))


@distributions
def test_noise_is_standard_normal_or_refused(name):
    case = DISTRIBUTIONS[name]
    with jax.enable_x64(True):
        context = None if case.context is None else case.context(seed(name + "context"))
        for model in models(case.make, name, case.trained):
            x = model.sample(seed(name), context=context)
            if name not in HAVE_NOISE:
                for direction in (model.to_noise, model.from_noise):
                    with pytest.raises(ConfigError, match=r"^\w+ is no bijection of normal noise, so"):
                        direction(x, context)
                continue
            noise, again, log_prob = noise_of(model, x, context)
            assert noise.shape == model.shape
            np.testing.assert_allclose(again, x, rtol=1e-8, atol=1e-8)
            np.testing.assert_allclose(log_prob, model.log_prob(x, None, context), rtol=1e-4, atol=1e-4)
            centre = model.sample(seed(name), context=context, temperature=0.0)
            np.testing.assert_allclose(
                model.from_noise(jnp.zeros(model.shape), context), centre, rtol=1e-8, atol=1e-8
            )


def test_normal_helper_draws_the_shape_it_is_asked_for():
    assert normal(2, 3)(seed("x")).shape == (2, 3)
