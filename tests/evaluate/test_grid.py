import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, ShapeError
from surjax.evaluate import density_on_grid, integral_on_grid

AFFINE = sx.Affine((2,), scale=jnp.array([0.5, 1.0]), shift=jnp.array([1.0, -1.0]))
SHIFTED = sx.Flow(sx.Normal((2,)), sx.Inverse(AFFINE))


def test_rows_go_up_and_columns_right():
    density = density_on_grid(SHIFTED, ((-4, 4), (-5, 5)), 80)
    row, column = np.unravel_index(density.argmax(), density.shape)
    z = jnp.array([[-4 + 8 * (column + 0.5) / 80, -5 + 10 * (row + 0.5) / 80]])
    assert density.shape == (80, 80)
    assert density.max() == pytest.approx(float(jnp.exp(SHIFTED.log_prob(z)[0])), rel=1e-5)
    assert SHIFTED.log_prob(z)[0] > SHIFTED.log_prob(z * jnp.array([-1.0, 1.0]))[0]


def test_a_density_integrates_to_1_and_a_part_of_it_to_less():
    assert integral_on_grid(SHIFTED, ((-8, 8), (-8, 8)), 200) == pytest.approx(1, abs=1e-4)
    flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    assert integral_on_grid(flow, ((0, 8), (-8, 8)), 200) == pytest.approx(0.5, abs=1e-3)


def test_chunks_give_the_same():
    whole = density_on_grid(SHIFTED, ((-1, 1), (-1, 1)), 9)
    parts = density_on_grid(SHIFTED, ((-1, 1), (-1, 1)), 9, chunk=10)
    assert parts == pytest.approx(whole, rel=1e-6)


def test_mistakes_are_told():
    with pytest.raises(ShapeError, match=r"this one has shape \(3,\)"):
        density_on_grid(sx.Flow(sx.Normal((3,)), sx.Affine((3,))), ((0, 1), (0, 1)))
    with pytest.raises(ConfigError, match="points is 0"):
        integral_on_grid(SHIFTED, ((0, 1), (0, 1)), 0)
    with pytest.raises(ConfigError, match="hold no area"):
        density_on_grid(SHIFTED, ((1, 1), (0, 1)))
