"""Maps made from bounds: where they lead, their log-determinants, and what they refuse."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.inference import circular, positive, simplex, support

INF = math.inf
LOW, HIGH = [0.0, -1.0, -INF, -INF, 2.0], [INF, 1.0, INF, 5.0, 3.0]


def test_each_number_has_its_own_bounds_and_samples_lie_strictly_inside():
    bounded = support(LOW, HIGH)
    z = jnp.concatenate([20 * jax.random.normal(jax.random.key(0), (200, 5)), jnp.full((1, 5), -1e4)])
    x = jax.vmap(bounded.inverse)(z)
    assert bool(((x > jnp.array(LOW)) & (x < jnp.array(HIGH))).all())
    np.testing.assert_array_equal(x[:, 2], z[:, 2])


@pytest.mark.slow
def test_log_det_and_round_trip_are_those_of_the_map():
    with jax.enable_x64(True):
        bounded = support(LOW, HIGH)
        z = jnp.array([0.3, -1.0, 2.0, 0.5, -0.2])
        x = bounded.inverse(z)
        back, contribution = bounded.forward(x)
        np.testing.assert_allclose(back, z, rtol=1e-9)
        log_det = jnp.linalg.slogdet(jax.jacfwd(lambda x: bounded.forward(x)[0])(x))[1]
        np.testing.assert_allclose(contribution, log_det, rtol=1e-9)


def test_bounds_of_an_array_of_any_shape():
    low = np.array([[0.0, -INF], [-INF, 1.0]])
    bounded = support(low)
    x = bounded.inverse(jnp.full((2, 2), -3.0))
    np.testing.assert_allclose(x, jnp.array([[0.0486, -3.0], [-3.0, 1.0486]]), atol=1e-4)
    assert bounded.z_shape((2, 2)) == (2, 2)


def test_numbers_as_bounds_take_x_of_any_shape():
    assert positive().z_shape((4, 3)) == (4, 3)
    assert support(0.0, 1.0, (2,)).fixed_shape == (2,)
    assert float(positive().forward(jnp.array([-1.0]))[1]) == -INF


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(1.0, 1.0, "no room"), (INF, INF, "no room"), (math.nan, 1.0, "no room"), ([0.0, 2.0], 1.0, "no room")],
)
def test_bounds_without_room_are_refused(low, high, told):
    with pytest.raises(ConfigError, match=told):
        support(low, high)


def test_bounds_of_another_shape_are_refused():
    with pytest.raises(ConfigError, match="broadcast"):
        support(np.zeros(3), INF, (2,))


def test_density_on_the_simplex_is_that_of_the_first_shares():
    flow = sx.Flow(sx.Normal((2,)), simplex(3))
    n = 600
    axis = (np.arange(n) + 0.5) / n
    a, b = (grid.ravel() for grid in np.meshgrid(axis, axis))
    inside = a + b < 1
    points = jnp.stack([a[inside], b[inside], 1 - a[inside] - b[inside]], 1)
    total = float(jnp.exp(flow.log_prob(points)).sum()) / n**2
    assert abs(total - 1) < 0.01
    assert bool((flow.log_prob(jnp.array([[0.5, 0.6, 0.1], [1.2, -0.1, -0.1]])) == -INF).all())
    with pytest.raises(ConfigError, match="at least 2"):
        simplex(1)


def test_angles_of_another_period_are_those_of_a_turn():
    z, contribution = circular(0.0, 360.0).forward(jnp.array([270.0, 0.0]))
    np.testing.assert_allclose(z, [math.pi / 2, -math.pi], rtol=1e-6)
    np.testing.assert_allclose(contribution, 2 * math.log(2 * math.pi / 360), rtol=1e-6)
    with pytest.raises(ConfigError, match="low below high"):
        circular(0.0, INF)
