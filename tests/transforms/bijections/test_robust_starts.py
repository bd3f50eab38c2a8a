"""Data-dependent starts that a few rows far out, or few rows for the columns, do not spoil."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.nn.reach import within_reach


def normals(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


@pytest.mark.parametrize("far", [1e4, 1e12])
def test_johnson_keeps_the_bulk_normal_whatever_a_few_rows_are(far):
    x = normals(1000, 1)
    clean = sx.JohnsonSU((1,)).initialize(jnp.asarray(x))[1]
    x[::500] = far
    z = sx.JohnsonSU((1,)).initialize(jnp.asarray(x))[1]
    assert np.isfinite(z).all()
    bulk = np.arange(1000) % 500 != 0
    np.testing.assert_allclose(np.std(z[bulk]), np.std(clean[bulk]), atol=0.05)


def test_johnson_leaves_a_column_of_one_value_alone():
    _, z = sx.JohnsonSU((1,)).initialize(jnp.full((50, 1), 7.0))
    np.testing.assert_allclose(z, 0.0, atol=1e-6)


def test_whiten_takes_few_rows_to_tell_little_of_many_columns():
    """Rows of independent columns: what is found from 30 of them is as good as a diagonal normal."""
    train, test = normals(30, 60), normals(500, 60, 1)
    flow = sx.Flow(sx.Normal((60,)), sx.Whiten(60)).initialize(jnp.asarray(train))
    diagonal = sx.Flow(sx.Normal((60,)), sx.ActNorm((60,))).initialize(jnp.asarray(train))
    assert flow.log_prob(test).mean() > diagonal.log_prob(test).mean() - 1


def test_whiten_keeps_columns_that_follow_almost_exactly():
    x = normals(500, 2)
    x[:, 1] = x[:, 0] + 1e-2 * x[:, 1]
    flow = sx.Flow(sx.Normal((2,)), sx.Whiten(2)).initialize(jnp.asarray(x))
    truth = -0.5 * np.log(2 * np.pi) * 2 - 1 - np.log(1e-2)
    assert abs(float(flow.log_prob(x).mean()) - truth) < 0.15


@pytest.mark.parametrize("robust", [False, True])
def test_actnorm_s_robust_start_differs_with_values_far_out_alone(robust):
    x = normals(1000, 1)
    _, z = sx.ActNorm((1,), robust=robust).initialize(jnp.asarray(x))
    np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=1e-4)
    x[0] = 1e8
    _, z = sx.ActNorm((1,), robust=robust).initialize(jnp.asarray(x))
    assert (np.std(z[1:]) > 0.8) == robust


@pytest.mark.parametrize("far", [1e15, 3e38])
def test_the_density_far_out_is_no_nan(far):
    key, x = jax.random.key(0), jnp.full((2,), far)
    affine, made = sx.univariate.Affine("softplus"), sx.nn.MADE.of(hidden=(8,))
    transform = sx.Chain(
        sx.MaskedAutoregressive.of((2,), affine, made, key=key),
        sx.LULinear(2, key=key),
        sx.Coupling.of((2,), affine, sx.nn.MLP.of(hidden=(8,)), key=key),
        sx.JohnsonSU((2,)),
    )
    log_prob = sx.Flow(sx.Normal((2,)), transform).log_prob(x)
    assert not jnp.isnan(log_prob)
    assert log_prob < -100


def test_a_nan_stays_within_reach():
    assert jnp.isnan(within_reach(jnp.asarray(jnp.nan)))
    assert within_reach(jnp.asarray(2**40 if jax.config.jax_enable_x64 else 2**30)).dtype != jnp.float32
