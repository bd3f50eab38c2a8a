"""The encoder of images, and what a coupling's network makes of its features."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax import nn
from surjax.errors import ConfigError

KEY = jax.random.key(0)
XS = 3 + 2 * jax.random.normal(KEY, (8, 2, 4, 6))
CONTEXTS = -1 + 5 * jax.random.normal(jax.random.key(1), (8, 3, 4, 6))


def moved(network):
    """The network without a zero in it."""
    return jax.tree.map(lambda leaf: leaf + 0.1, network)


def sees(network, x, *context, of=0):
    """(H, W, H, W): whether an output's pixel depends on the input's."""
    jacobian = np.abs(jax.jit(jax.jacobian(network, of))(x, *context))
    return jacobian.max((0, 3)) > 0


def within(radius, shape, seen=None):
    """(H, W, h, w): whether two pixels are neighbours in a window of so many to each side."""
    row, column, other_row, other_column = np.indices((*shape, *(seen or shape)))
    return (np.abs(row - other_row) <= radius) & (np.abs(column - other_column) <= radius)


@pytest.mark.parametrize("bits", [2, 8])
def test_whole_numbers_are_seen_from_minus_one_to_one(bits):
    top = 2**bits - 1
    whole = nn.ImageEncoder(3, 4, bounds=(0, 2**bits - 1), key=KEY)
    plain = nn.ImageEncoder(3, 4, key=KEY)
    x = jax.random.randint(KEY, (3, 4, 4), 0, top + 1)
    ones = jnp.ones((3, 4, 4), int)
    for image, wanted in ((x, 2 * x / top - 1), (0 * ones, -1.0 * ones), (top * ones, 1.0 * ones)):
        for dtype in (jnp.uint8, jnp.int32, jnp.float32):
            features = whole(image.astype(dtype))
            assert features.dtype == jnp.float32
            np.testing.assert_allclose(features, plain(wanted), rtol=1e-4, atol=1e-5)


def test_halved_image_is_that_of_windows():
    halved = nn.ImageEncoder(2, 4, blocks=1, halve=True, key=KEY)
    plain = nn.ImageEncoder(8, 4, blocks=1, key=KEY)
    windows = jnp.concatenate([XS[0, :, i::2, j::2] for i in (0, 1) for j in (0, 1)])
    assert halved(XS[0]).shape == (4, 2, 3)
    np.testing.assert_allclose(halved(XS[0]), plain(windows), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_each_block_sees_a_pixel_further(blocks):
    encoder = nn.ImageEncoder(2, 6, blocks=blocks, key=KEY)
    x = jax.random.normal(KEY, (2, 1, 9))
    np.testing.assert_array_equal(sees(encoder, x), within(1 + blocks, (1, 9)))


def test_context_is_seen_beside_the_image():
    encoder = nn.ImageEncoder(5, 4, blocks=1, key=KEY)
    together = encoder(jnp.concatenate([XS[0], CONTEXTS[0]]))
    np.testing.assert_array_equal(encoder(XS[0], CONTEXTS[0]), together)
    np.testing.assert_array_equal(encoder(XS[0], (CONTEXTS[0, :1], CONTEXTS[0, 1:])), together)


@pytest.mark.parametrize("halve", [False, True])
def test_initialised_encoder_gives_what_initialisation_gave(halve):
    encoder = nn.ImageEncoder(5, 6, blocks=2, halve=halve, key=KEY)
    net, ys = jax.jit(lambda net: net.initialize(XS, CONTEXTS))(encoder)
    np.testing.assert_allclose(jax.vmap(net)(XS, CONTEXTS), ys, atol=1e-4)
    inputs = jax.vmap(net._input)(XS, CONTEXTS)
    h = jax.vmap(lambda x: net.first(x, channels_last=True))(inputs)
    np.testing.assert_allclose(h.mean((0, 1, 2)), 0.0, atol=1e-4)
    np.testing.assert_allclose(h.std((0, 1, 2)), 1.0, atol=1e-3)
    for i in range(2):
        block = jax.tree.map(lambda leaf, i=i: leaf[i], net.blocks)
        inner = jax.vmap(lambda x, c=block.inner: c(jax.nn.relu(x), channels_last=True))(h)
        outer = jax.vmap(lambda x, c=block.outer: c(jax.nn.relu(x), channels_last=True))(inner)
        for branch in (inner, outer):
            np.testing.assert_allclose(branch.mean((0, 1, 2)), 0.0, atol=1e-4)
            np.testing.assert_allclose(branch.std((0, 1, 2)), 1.0, atol=1e-3)
        h = h + outer
    np.testing.assert_allclose(jnp.moveaxis(h, -1, 1), ys, atol=1e-4)


def test_float64_is_kept():
    with jax.enable_x64(True):
        encoder = nn.ImageEncoder(2, 4, blocks=1, bounds=(0, 255), key=KEY)
        x = jax.random.randint(KEY, (2, 4, 4), 0, 256)
        assert encoder(x.astype(jnp.float64)).dtype == jnp.float64


def test_unknown_compute_dtype_is_refused():
    with pytest.raises(ConfigError, match=r"^compute_dtype is 'float8' and must be one of .*\.$"):
        nn.ImageEncoder(2, 4, compute_dtype="float8", key=KEY)


def test_coupling_network_with_features_starts_at_zero_and_normalises_them():
    network = nn.GlowConv(2, 4, width=6, context_channels=3, key=KEY)
    net, ys = jax.jit(lambda net: net.initialize(XS, CONTEXTS))(network)
    np.testing.assert_array_equal(ys, 0.0)
    features = jax.vmap(net.features)(CONTEXTS)
    np.testing.assert_allclose(features.mean((0, 2, 3)), 0.0, atol=1e-4)
    np.testing.assert_allclose(features.std((0, 2, 3)), 1.0, atol=1e-3)
    second = jax.vmap(lambda x, c: net.second(jax.nn.relu(net.first(x) + net.features(c))))(XS, CONTEXTS)
    np.testing.assert_allclose(second.mean((0, 2, 3)), 0.0, atol=1e-4)
    np.testing.assert_allclose(second.std((0, 2, 3)), 1.0, atol=1e-3)


def test_coupling_network_sees_features_of_the_pixel_itself():
    net = moved(nn.GlowConv(2, 4, width=6, context_channels=3, key=KEY))
    x, context = XS[0, :, :1], CONTEXTS[0, :, :1]
    np.testing.assert_array_equal(sees(net, x, context), within(2, (1, 6)))  # of two convolutions 3 × 3
    np.testing.assert_array_equal(sees(net, x, context, of=1), within(1, (1, 6)))  # of the last alone


def test_coupling_network_without_features_is_as_it_was():
    """Models that were saved before there were features have as many arrays, and the same."""
    without, with_features = (
        nn.GlowConv(2, 4, width=6, key=KEY),
        nn.GlowConv(2, 4, width=6, context_channels=3, key=KEY),
    )
    assert without.features is None
    same = eqx.tree_at(lambda net: net.features, with_features, None)
    for a, b in zip(jax.tree.leaves(without), jax.tree.leaves(same), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(jax.tree.leaves(with_features)) == len(jax.tree.leaves(without)) + 3


def test_features_in_bfloat16_change_little():
    nets = [
        nn.GlowConv(2, 4, width=6, compute_dtype=dtype, context_channels=3, key=KEY)
        for dtype in ("float32", "bfloat16")
    ]
    exact, rounded = (jax.vmap(moved(net))(XS, CONTEXTS) for net in nets)
    assert exact.dtype == rounded.dtype == jnp.float32
    assert 0 < np.abs(exact - rounded).max() < 0.1 * np.abs(exact).max()
