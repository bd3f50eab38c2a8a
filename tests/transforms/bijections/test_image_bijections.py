"""Bijections of images: the order of channels, and what they refuse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, ShapeError

KEY = jax.random.key(0)


def test_squeeze_keeps_the_channels_of_a_window_together():
    x = jnp.arange(2.0 * 4 * 6).reshape(2, 4, 6)
    z, log_det = sx.Squeeze().forward(x)
    assert log_det == 0
    for channel, i, j in np.ndindex(2, 2, 2):
        np.testing.assert_array_equal(z[4 * channel + 2 * i + j], x[channel, i::2, j::2])


def test_squeeze_refuses_what_does_not_divide():
    with pytest.raises(ShapeError, match="height and width are multiples of 3"):
        sx.Squeeze(3).forward(jnp.ones((1, 6, 4)))
    with pytest.raises(ShapeError, match="channels are a multiple of 4"):
        sx.Squeeze().inverse(jnp.ones((6, 2, 2)))
    with pytest.raises(ConfigError, match="give 2 or more"):
        sx.Squeeze(1)


@pytest.mark.parametrize("parametrization", ["lu", "plain"])
def test_conv1x1_is_its_matrix_at_every_pixel(parametrization):
    conv = sx.Conv1x1(3, parametrization, key=KEY)
    x = jax.random.normal(KEY, (3, 2, 5))
    z, log_det = conv.forward(x)
    np.testing.assert_allclose(z[:, 1, 3], conv.linear.forward(x[:, 1, 3])[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(log_det, 10 * conv.linear.forward(x[:, 0, 0])[1], atol=1e-5)


def test_conv1x1_refuses_other_names_and_shapes():
    with pytest.raises(ConfigError, match="parametrization is 'qr' and must be one of lu, plain"):
        sx.Conv1x1(3, "qr", key=KEY)
    with pytest.raises(ConfigError, match="init is 'zero'"):
        sx.Conv1x1(3, init="zero", key=KEY)
    with pytest.raises(ShapeError, match=r"takes images \(3, H, W\)"):
        sx.Conv1x1(3, key=KEY).forward(jnp.ones((4, 2, 2)))


def test_maxpool_refuses_odd_sizes_and_decoders_that_do_not_fit():
    with pytest.raises(ShapeError, match="multiples of 2"):
        sx.MaxPool((1, 3, 4))
    with pytest.raises(ConfigError, match=r"drops shape \(\(1, 2, 2\), \(3, 2, 2\)\)"):
        sx.MaxPool((1, 4, 4), sx.HalfNormal((3, 2, 2)))
