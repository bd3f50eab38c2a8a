"""Flows of angles: periodic, continuous all round, and of the right mass."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.inference import torus_flow
from surjax.parameters import partition


def moved(flow, size=0.5):
    """The flow with its parameters moved at random."""
    params, rest = partition(flow)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(5), len(leaves))
    noisy = [a + size * jax.random.normal(k, a.shape) for a, k in zip(leaves, keys, strict=True)]
    return eqx.combine(jax.tree.unflatten(tree, noisy), rest)


FLOW = moved(torus_flow(2, 2, hidden=(16,), key=jax.random.key(0)), 0.3)


def test_whole_turns_change_nothing():
    x = jax.random.uniform(jax.random.key(1), (50, 2), minval=-math.pi, maxval=math.pi)
    np.testing.assert_allclose(
        FLOW.log_prob(x + 2 * math.pi * jnp.array([1, -2])), FLOW.log_prob(x), atol=1e-3
    )


def test_density_is_continuous_across_the_seam():
    for axis in (0, 1):
        side = jnp.zeros(2).at[axis].set(1e-4)
        seam = jnp.array([[0.4, 0.4], [-2.0, -1.0]]).at[:, axis].set(math.pi)
        np.testing.assert_allclose(FLOW.log_prob(seam - side), FLOW.log_prob(seam + side), atol=5e-3)


def test_mass_is_one():
    n = 400
    axis = -math.pi + 2 * math.pi * (np.arange(n) + 0.5) / n
    grid = jnp.asarray(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2))
    total = float(jnp.exp(FLOW.log_prob(grid)).sum()) * (2 * math.pi / n) ** 2
    assert abs(total - 1) < 5e-3


def test_a_single_angle_has_one_spline():
    flow = moved(torus_flow(1, key=jax.random.key(0)))
    x, log_prob = flow.sample_and_log_prob(jax.random.key(1), 100)
    np.testing.assert_allclose(flow.log_prob(x), log_prob, atol=1e-3)


def test_periods_and_harmonics_that_are_none_are_refused():
    with pytest.raises(ConfigError, match="low must be below high"):
        sx.UniformTorus((1,), (1.0, 1.0))
    with pytest.raises(ConfigError, match="harmonics"):
        sx.nn.Periodic(sx.nn.MLP(2, 1, key=jax.random.key(0)), harmonics=0)
