import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from cases import conditional
from surjax.errors import ConfigError
from surjax.evaluate import interpolate
from surjax.nn import Network
from tiny_image_model import TinyImageModel

SPREAD = 0.01


class Parabola(Network):
    """z → z² and log SPREAD."""

    def __call__(self, x, context=None):
        return jnp.concatenate([x**2, jnp.full(1, np.log(SPREAD))])


@pytest.mark.parametrize("path", ["spherical", "linear", "latent", "noise"])
def test_both_ends_are_the_images(path):
    flow = TinyImageModel().build(jax.random.key(0), (1, 4, 4), 8)
    random = np.random.default_rng(0)
    start, end = random.integers(0, 256, (2, 3, 1, 4, 4), np.uint8)
    between = interpolate(flow, start, end, 5, path, jax.random.key(1))
    assert between.shape == (3, 5, 1, 4, 4)
    assert np.abs(between[:, 0] - start).max() <= 1
    assert np.abs(between[:, -1] - end).max() <= 1
    assert np.array_equal(interpolate(flow, start, end, 5, path, jax.random.key(1), chunk=2), between)


def test_what_was_dropped_goes_along():
    flow = sx.Flow(sx.Normal((1,)), sx.Slice((2,), 1))
    line = interpolate(flow, np.array([[2.0, 0.0]]), np.array([[2.0, 4.0]]), 3, "linear")
    assert line[0].tolist() == [[2, 0], [2, 2], [2, 4]]


def test_latent_is_the_straight_line():
    flow = sx.Flow(sx.Normal((2,)), sx.Slice((4,), 2, conditional(sx.Normal((2,)), 2, jax.random.key(0))))
    start, end = np.random.default_rng(0).normal(size=(2, 3, 4))
    line = interpolate(flow, start, end, 5, "latent")
    assert np.array_equal(line, interpolate(flow, start, end, 5, "linear"))
    t = np.linspace(0, 1, 5)[:, None]
    np.testing.assert_allclose(line, (1 - t) * start[:, None] + t * end[:, None], rtol=1e-5, atol=1e-6)


def test_noise_keeps_its_length_and_what_it_is_made_into_follows_the_prior():
    """A prior that is narrow about a parabola: only the path of noise stays on it."""
    prior = sx.Conditional(sx.Normal((1,)), Parabola())
    flow = sx.Flow(sx.Normal((1,), 1.0, 2.0), sx.Slice((2,), 1, prior))
    start, end = np.array([[5.0, 25.0 + SPREAD]]), np.array([[-3.0, 9.0 - SPREAD]])
    between = interpolate(flow, start, end, 7, "noise")[0]
    z, y = between.T
    distance = (y - z**2) / SPREAD
    assert np.abs((z - 1) / 2) == pytest.approx(2 * np.abs(np.linspace(-1, 1, 7)), abs=1e-3)
    assert distance == pytest.approx(np.linspace(1, -1, 7), abs=1e-2)
    _, y = interpolate(flow, start, end, 7, "latent")[0, 3]
    assert (y - 1) / SPREAD > 100  # as good as impossible

    wide = sx.Flow(sx.Normal((2,), 3.0, 0.5), sx.Shift(0.0))
    circle = interpolate(wide, np.array([[4.0, 3.0]]), np.array([[3.0, 2.0]]), 7, "noise")
    assert np.linalg.norm((circle - 3.0) / 0.5, axis=-1) == pytest.approx(2, abs=1e-5)


def test_what_has_no_noise_is_refused():
    flow = sx.Flow(sx.HalfNormal((1,)), sx.AbsoluteValue((1,)))
    with pytest.raises(ConfigError, match=r"^Bernoulli is no bijection of normal noise, .* --path spherical"):
        interpolate(flow, np.ones((1, 1)), np.ones((1, 1)), path="noise")


def test_signs_go_over_in_the_middle_and_equal_points_stay():
    flow = sx.Flow(sx.HalfNormal((1,)), sx.AbsoluteValue((1,)))
    line = interpolate(flow, np.array([[-1.0]]), np.array([[1.0]]), 4)
    assert line.ravel() == pytest.approx([-1, -1, 1, 1])
    flow = sx.Flow(sx.Normal((2,)), sx.Shift(0.0))
    assert interpolate(flow, np.zeros((1, 2)), np.zeros((1, 2)), 2).tolist() == [[[0, 0], [0, 0]]]
    circle = interpolate(flow, np.array([[3.0, 0.0]]), np.array([[0.0, 3.0]]), 7)
    assert np.linalg.norm(circle, axis=-1) == pytest.approx(3, abs=1e-5)


def test_too_few_steps():
    with pytest.raises(ConfigError, match="steps is 1 and must be at least 2"):
        interpolate(sx.Flow(sx.Normal((1,)), sx.Shift(0.0)), np.zeros((1, 1)), np.zeros((1, 1)), 1)
