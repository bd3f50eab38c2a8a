import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError


@pytest.mark.parametrize("n", [50, 5000])
def test_initialised_on_data_it_makes_each_column_normal(n):
    x = jnp.exp(jax.random.normal(jax.random.key(0), (n, 2))) * jnp.array([1.0, 1e3])
    layer, z = sx.Gaussianize((2,), 16).initialize(x)
    np.testing.assert_allclose(z.mean(0), 0.0, atol=0.1)
    np.testing.assert_allclose(z.std(0), 1.0, atol=0.1)
    np.testing.assert_allclose(jax.vmap(layer.inverse)(z), x, rtol=1e-3)


def test_gaps_and_jumps_of_the_data_are_learned_from_the_quantiles_alone():
    key = jax.random.key(1)
    sides = jnp.where(jax.random.bernoulli(key, 0.5, (20_000, 1)), 1.0, -3.0)
    x = sides + jax.random.uniform(jax.random.key(2), (20_000, 1))
    layer, _ = sx.Gaussianize((1,), 64).initialize(x)
    flow = sx.Flow(sx.Normal((1,)), layer)
    entropy = np.log(2.0)  # a fitted normal is 1.5 nats above it; the bin over the gap costs 0.09
    assert entropy < float(-flow.log_prob(x).mean()) < entropy + 0.12


@pytest.mark.parametrize("column", [jnp.full((100,), 3.0), jnp.arange(100) % 2.0])
def test_constant_column_and_ties_stay_finite(column):
    layer, z = sx.Gaussianize((1,), 8).initialize(column[:, None])
    flow = sx.Flow(sx.Normal((1,)), layer)
    assert bool(jnp.isfinite(z).all())
    assert bool(jnp.isfinite(flow.log_prob(column[:, None])).all())


def test_too_few_bins_are_refused():
    with pytest.raises(ConfigError, match="at least 4"):
        sx.Gaussianize((2,), 3)
