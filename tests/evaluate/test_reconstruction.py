import jax
import numpy as np

import surjax as sx
from surjax.evaluate import reconstruct
from tiny_image_model import TinyImageModel


def test_error_is_measured_behind_dequantisation():
    flow = TinyImageModel().build(jax.random.key(0), (3, 4, 4), 5)
    x = np.random.default_rng(0).integers(0, 32, (7, 3, 4, 4), np.uint8)
    for chunk in (None, 3):
        again = reconstruct(flow, x, jax.random.key(1), chunk)
        assert again.dequantised
        assert 0 <= again.max_error < 1e-4
        assert np.abs(again.x - x).max() <= 1
        assert again.changed == (again.x != x).mean() < 0.01


def test_error_of_a_model_that_loses_something():
    round_off = sx.Chain(sx.Chain(sx.dequantize((3,))), sx.Scale(1e-8), sx.Shift(1.0), sx.Shift(-1.0))
    flow = sx.Flow(sx.Normal((3,)), round_off)
    again = reconstruct(flow, np.full((2, 3), 200), jax.random.key(0))
    assert again.max_error > 1


def test_error_of_a_continuous_model():
    flow = sx.Flow(sx.Normal((3,)), sx.Chain(sx.AbsoluteValue((3,)), sx.Scale(3.0)))
    x = np.array([[1.0, -2.0, 0.5]], np.float32)
    again = reconstruct(flow, x, jax.random.key(0))
    assert not again.dequantised
    assert again.max_error < 1e-6
