"""Starts that are taken from data reach the parts inside others, in the direction in which those run."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax import nn
from surjax import univariate as uni
from surjax.models import MODELS
from surjax.models.base import preset
from surjax.parts import parts_of
from surjax.testing.initialization import missed_by_initialization

KEY = jax.random.key(0)
XS = 5.0 + 3.0 * jax.random.normal(KEY, (64, 2))
IMAGES = 5.0 + 3.0 * jax.random.normal(KEY, (32, 2, 4, 4))


def norm_conv(channels=2, out=2):
    """A network that starts from what a batch shows, of images."""
    return nn.NormConv(channels, out, size=1, key=KEY)


def started(model):
    """Of every ActNorm and NormConv inside, whether it has left its start."""
    parts = parts_of(model, sx.ActNorm) + parts_of(model, nn.NormConv)
    return [bool((part.log_scale != 0).all()) for part in parts]


def noisy(shape):
    """A flow that is drawn from, and normalises what it draws in the direction from noise to x."""
    return sx.Flow(sx.Normal(shape, 3.0, 2.0), sx.Inverse(sx.Chain(sx.ActNorm(shape), sx.Scale(0.5))))


def conditional(shape, channels):
    """Normal images whose parameters a network of another image gives."""
    return sx.Conditional(sx.Normal(shape), norm_conv(channels, 2 * shape[0]))


TRANSFORMS = {
    "Inverse": lambda: (sx.Inverse(sx.ActNorm((2,))), XS),
    "Inverse(Chain)": lambda: (sx.Inverse(sx.Chain(sx.ActNorm((2,)), sx.Scale(2.0), sx.ActNorm((2,)))), XS),
    "Inverse(Repeat)": lambda: (sx.Inverse(sx.Repeat(lambda key: sx.ActNorm((2,)), 3, key=KEY)), XS),
    "Inverse(Parallel)": lambda: (sx.Inverse(sx.Parallel([sx.ActNorm((1,))] * 2, (1, 1))), XS),
    "Inverse(Inverse)": lambda: (sx.Inverse(sx.Inverse(sx.ActNorm((2,)))), XS),
    "Inverse(Coupling)": lambda: (sx.Inverse(sx.Coupling((2, 4, 4), uni.Affine(), norm_conv(1))), IMAGES),
    "dequantize": lambda: (sx.dequantize((2,), sx.Flow(noisy((2,)), sx.Logit())), jnp.round(XS)),
    "augment": lambda: (sx.augment((2, 4, 4), 1, conditional((1, 4, 4), 2)), IMAGES),
    "Slice": lambda: (sx.Slice((2, 4, 4), 1, conditional((1, 4, 4), 1)), IMAGES),
    "Slice(flow)": lambda: (sx.Slice((2,), 1, sx.Flow(sx.Normal((1,)), sx.ActNorm((1,)))), XS),
    "ReLU": lambda: (
        sx.ReLU((2, 4, 4), sx.Conditional(sx.HalfNormal((2, 4, 4)), norm_conv(2, 2))),
        IMAGES,
    ),
    "Inverse(ArgMax)": lambda: (
        sx.Inverse(sx.ArgMax(2, sx.Thresholded(noisy((2,))))),
        jnp.arange(64.0)[:, None] % 2,
    ),
    "MaxPool(Joint)": lambda: (
        sx.MaxPool(
            (2, 4, 4),
            sx.Joint(
                sx.Conditional(sx.Categorical((2, 2, 2), 4), norm_conv(2, 8)),
                sx.Conditional(sx.HalfNormal((6, 2, 2)), norm_conv(2, 6)),
            ),
        ),
        IMAGES,
    ),
    "VAE": lambda: (sx.VAE(conditional((1, 4, 4), 2), conditional((2, 4, 4), 1)), IMAGES),
    "Inverse(VAE)": lambda: (
        sx.Inverse(sx.VAE(conditional((2, 4, 4), 1), conditional((1, 4, 4), 2))),
        IMAGES,
    ),
    "Embedded": lambda: (
        sx.Slice((2, 4, 4), 1, sx.Embedded(conditional((1, 4, 4), 3), norm_conv(1, 3))),
        IMAGES,
    ),
    "inverse of Embedded": lambda: (
        sx.augment((2, 4, 4), 1, sx.Embedded(conditional((1, 4, 4), 3), norm_conv(2, 3))),
        IMAGES,
    ),
}
"""A transform with parts that take their start from data, and a batch."""


@pytest.mark.parametrize("name", TRANSFORMS)
def test_start_reaches_every_part_inside(name):
    transform, xs = TRANSFORMS[name]()
    before = started(transform)
    assert before
    assert not any(before)
    new, zs = transform.initialize(xs, KEY)
    assert all(started(new))
    assert jax.tree.structure(new) == jax.tree.structure(transform)
    assert all(
        bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves((eqx.filter(new, eqx.is_array), zs))
    )


@pytest.mark.parametrize("name", ["Inverse", "Inverse(Chain)", "Inverse(Repeat)", "Inverse(Parallel)"])
def test_inverse_normalises_what_it_gives(name):
    transform, xs = TRANSFORMS[name]()
    zs = transform.initialize(xs)[1]
    np.testing.assert_allclose(zs.mean(0), 0.0, atol=1e-4)
    np.testing.assert_allclose(zs.std(0), 1.0, atol=1e-4)


def test_flow_that_is_drawn_from_is_normalised_from_its_noise_on():
    flow, xs = noisy((2,)).initialize_sampler(500, KEY)
    np.testing.assert_allclose(xs.std(0), 0.5, atol=1e-4)  # Scale comes after ActNorm, on the way to x
    np.testing.assert_allclose(flow.transform.transform.transforms[0].loc, 3.0, atol=0.5)


def test_inverse_of_a_bijection_of_channels_normalises_images():
    new, zs = sx.Inverse(sx.ActNorm((2, 4, 4))).initialize(IMAGES)
    np.testing.assert_allclose(zs.mean((0, 2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(jax.vmap(lambda x: new.forward(x)[0])(IMAGES), zs, atol=1e-5)


def test_masked_autoregressive_and_conditional_elementwise_start_their_networks():
    class Shifted(nn.MADE):
        """A MADE that learns from a batch."""

        def initialize(self, xs, contexts=None):
            new = eqx.tree_at(lambda made: made.layers[-1].bias, self, jnp.full(4, xs.mean()))
            return new, jax.vmap(new)(xs, contexts)

    maf = sx.MaskedAutoregressive(uni.Affine(), Shifted(2, 2, hidden=(8,), key=KEY))
    for model in (maf, sx.Inverse(maf)):
        (made,) = parts_of(model.initialize(XS)[0], Shifted)
        assert (made.layers[-1].bias == made.layers[-1].bias[0]).all()
    (made,) = parts_of(sx.AutoregressiveNormal(maf.network).initialize(XS), Shifted)
    np.testing.assert_allclose(made.layers[-1].bias, XS.mean())
    moved = sx.ConditionalElementwise((2, 4, 4), uni.Affine(), norm_conv(2, 4))
    for model in (moved, sx.Inverse(moved)):
        assert all(started(model.initialize(IMAGES, None, IMAGES)[0]))


def test_sorted_starts_from_every_order_of_the_elements():
    order = sx.Sorted(sx.Flow(sx.Normal((2,)), sx.ActNorm((2,))))
    xs = jnp.sort(XS, axis=1)
    loc = order.initialize(xs).exchangeable.transform.loc
    np.testing.assert_allclose(loc[0], loc[1], atol=1.0)  # of the least and the largest they are 3.4 apart
    new, draws = order.initialize_sampler(8, KEY)
    assert draws.shape == (8, 2)
    assert all(started(new))


@pytest.mark.parametrize(
    ("model", "settings"), [("flowpp", {}), ("pronf", {"dequantization": "flow"}), ("vae", {}), ("hvae", {})]
)
def test_start_reaches_every_network_of_a_model_of_images(model, settings):
    config, _ = preset(MODELS[model], "tiny", **settings)
    flow = eqx.filter_eval_shape(lambda key: config.build(key, (3, 8, 8), 8), KEY)
    x = jnp.zeros((8, 3, 8, 8), jnp.uint8)
    missed, networks = missed_by_initialization(flow, lambda flow: flow.initialize(x, KEY))
    assert (missed, networks > 1) == (0, True)
