"""The networks of the image flows: how they start, and what each of their outputs sees."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax import nn
from surjax.errors import ConfigError
from surjax.nn.conv import convolve, draw_convs
from surjax.nn.gated_attention import concat_elu

KEY = jax.random.key(0)
NETWORKS = {
    "GlowConv": lambda dtype: nn.GlowConv(2, 4, width=6, compute_dtype=dtype, key=KEY),
    "ImageEncoder": lambda dtype: nn.ImageEncoder(2, 4, blocks=2, compute_dtype=dtype, key=KEY),
    "ResidualConv": lambda dtype: nn.ResidualConv(2, 4, width=6, blocks=2, compute_dtype=dtype, key=KEY),
    "GatedAttentionConv": lambda dtype: nn.GatedAttentionConv(
        (2, 4, 4), 4, width=6, blocks=2, heads=2, compute_dtype=dtype, key=KEY
    ),
    "DenseNet": lambda dtype: nn.DenseNet(2, 4, width=6, depth=2, growth=3, compute_dtype=dtype, key=KEY),
    "DenseContext": lambda dtype: nn.DenseContext(
        2, 4, high=7, width=6, depth=2, growth=3, compute_dtype=dtype, key=KEY
    ),
    "ConvEncoder": lambda dtype: nn.ConvEncoder(
        2, 4, halvings=1, width=6, blocks=1, compute_dtype=dtype, key=KEY
    ),
    "ConvDecoder": lambda dtype: nn.ConvDecoder(
        2, 4, doublings=1, width=6, blocks=1, compute_dtype=dtype, key=KEY
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_bfloat16_inside_changes_little_and_nothing_outside(name):
    xs = 3 + 2 * jax.random.normal(KEY, (8, 2, 4, 4))

    @eqx.filter_jit
    def outputs(net):
        net, ys = net.initialize(xs)
        net = jax.tree.map(lambda leaf: leaf + 0.1, net)  # what starts at zero is moved
        return ys, jax.vmap(net)(xs)

    ys, exact = outputs(NETWORKS[name]("float32"))
    _, rounded = outputs(NETWORKS[name]("bfloat16"))
    assert exact.dtype == rounded.dtype == ys.dtype == jnp.float32
    assert np.abs(exact - rounded).max() < 0.1 * np.abs(exact).max()
    assert np.isfinite(ys).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_unknown_compute_dtype_is_refused(name):
    with pytest.raises(ConfigError, match="'float8' and must be one of"):
        NETWORKS[name]("float8")


@pytest.mark.parametrize("name", ["GlowConv", "ResidualConv"])
def test_initialised_network_gives_what_initialisation_gave_and_starts_at_zero(name):
    xs = 3 + 2 * jax.random.normal(KEY, (8, 2, 4, 4))
    net, ys = NETWORKS[name]("float32").initialize(xs)
    np.testing.assert_array_equal(ys, 0.0)
    first, hs = NETWORKS[name]("float32").first, jnp.concatenate([xs, -xs], 1)
    hs = first.initialize(jax.nn.relu(hs) if name == "ResidualConv" else xs)[1]
    np.testing.assert_allclose(hs.mean((0, 2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(hs.std((0, 2, 3)), 1.0, atol=1e-4)
    same = net.first(jax.nn.relu(jnp.concatenate([xs[0], -xs[0]])) if name == "ResidualConv" else xs[0])
    np.testing.assert_allclose(same, hs[0], atol=1e-5)


@pytest.mark.parametrize("white", [False, True])
def test_pixels_are_seen_in_their_places_on_the_board(white):
    inner = nn.Conv(2, 1, 3, key=KEY)  # the board and its mask
    network = nn.OnCheckerboard(inner, white=white)
    jacobian = np.asarray(jax.jacobian(network)(jnp.ones((1, 4, 2))))[0, :, :, 0] != 0  # (4, 2, 4, 2)
    for row, pair, other, seen in np.ndindex(4, 2, 4, 2):
        column = 2 * pair + (row + (not white)) % 2  # of the pixel that is answered for
        place = 2 * seen + (other + white) % 2  # of the pixel that is seen
        near = abs(row - other) <= 1 and abs(column - place) <= 1
        assert jacobian[row, pair, other, seen] == near


def test_attention_sees_every_pixel():
    net = nn.GatedAttentionConv((1, 4, 4), 1, width=4, blocks=1, heads=2, key=KEY)
    jacobian = jax.jit(jax.jacobian(net))(jnp.ones((1, 4, 4)))
    assert (jacobian != 0).all()
    with pytest.raises(ConfigError, match="channels a multiple"):
        nn.GatedAttentionConv((1, 4, 4), 1, width=5, blocks=1, heads=2, key=KEY)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, (3, 5)])
def test_convolution_is_the_one_that_jax_has(size, channels_last):
    window = size if isinstance(size, tuple) else (size, size)
    weight, x = jax.random.normal(KEY, (4, 2, *window)), jax.random.normal(KEY, (2, 5, 6))
    wanted = jax.lax.conv_general_dilated(x[None], weight, (1, 1), "SAME")[0]
    last = convolve(jnp.moveaxis(x, 0, 2), weight, channels_last=True)
    given = jnp.moveaxis(last, 2, 0) if channels_last else convolve(x, weight)
    np.testing.assert_allclose(given, wanted, rtol=1e-4, atol=1e-5)


def test_convolutions_are_drawn_together_and_uniform_below_their_bound():
    one, other = nn.Conv(3, 40, 3), nn.Conv(50, 8, 1)
    one, (other, _) = draw_convs((one, (other, jnp.ones(2))), KEY)
    for conv, bound in ((one, 27**-0.5), (other, 50**-0.5)):
        assert 0.9 * bound < np.abs(conv.weight).max() <= bound
        assert 0.5 * bound < np.abs(conv.bias).max() <= bound


@pytest.mark.parametrize("context_channels", [0, 3])
def test_gated_attention_starts_from_what_a_batch_shows(context_channels):
    xs, contexts = 3 + 2 * jax.random.normal(KEY, (32, 2, 4, 4)), None
    if context_channels:
        contexts = 5 * jax.random.normal(jax.random.key(1), (32, context_channels, 4, 4))
    net = nn.GatedAttentionConv(
        (2, 4, 4), 4, width=6, blocks=2, heads=2, context_channels=context_channels, key=KEY
    )
    net, ys = jax.jit(lambda net: net.initialize(xs, contexts))(net)
    np.testing.assert_allclose(ys.mean((0, 2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(ys.std((0, 2, 3)), 0.1, rtol=1e-4)
    np.testing.assert_allclose(jax.vmap(net)(xs, contexts), ys, atol=1e-5)
    first = jax.vmap(net.first)(xs)
    np.testing.assert_allclose(first.std((0, 2, 3)), 1.0, rtol=1e-4)
    block = jax.tree.map(lambda leaf: leaf[0], net.blocks)
    inner = jax.vmap(lambda x: block.conv.inner(concat_elu(x)))(first)
    np.testing.assert_allclose(inner.std((0, 2, 3)), 1.0, rtol=1e-4)
