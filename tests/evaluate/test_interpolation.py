import jax
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.evaluate import interpolate
from tiny_image_model import TinyImageModel


@pytest.mark.parametrize("path", ["spherical", "linear"])
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
