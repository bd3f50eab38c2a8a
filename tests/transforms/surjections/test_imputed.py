"""Rows with gaps: what is present is scored as it would be alone, and what is missing is drawn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, SurjaxError
from surjax.gaps import without_gaps

COVARIANCE = np.array([[1.0, 0.8, -0.3], [0.8, 1.5, 0.2], [-0.3, 0.2, 0.6]])
MEAN = np.array([0.5, -1.0, 2.0])
PLAIN = sx.Parallel([sx.Chain()] * 3, [1] * 3)


def normal_flow(gaps):
    """A model of which every marginal is known: a normal distribution, behind what fills gaps."""
    whiten = eqx.tree_at(
        lambda w: (w.loc.array, w.factor.array),
        sx.Whiten(3),
        (jnp.asarray(MEAN, float), jnp.asarray(np.linalg.cholesky(COVARIANCE).T, float)),
    )
    return sx.Flow(sx.Normal((3,)), sx.Chain(gaps, whiten))


def rows(n=400, share=0.3):
    """Rows of that distribution, with gaps and without; each keeps a cell."""
    random = np.random.default_rng(0)
    whole = random.multivariate_normal(MEAN, COVARIANCE, n)
    gaps = random.uniform(size=whole.shape) < share
    gaps[np.arange(n), random.integers(3, size=n)] = False
    return np.where(gaps, np.nan, whole).astype(np.float32), whole.astype(np.float32)


def marginal(x):
    """log p of the present cells of each row."""
    found = []
    for row in x:
        o = ~np.isnan(row)
        distribution = jax.scipy.stats.multivariate_normal
        found.append(distribution.logpdf(row[o], MEAN[o], COVARIANCE[np.ix_(o, o)]))
    return np.array(found)


def gaps_of(key=0, **options):
    network = sx.nn.MLP.of(hidden=(8,), **options)
    return sx.Imputed.of(PLAIN, network, univariate=sx.univariate.Affine(), key=jax.random.key(key))


def test_the_bound_lies_below_the_marginal_and_rises_to_it():
    x, _ = rows()
    flow, truth, key = normal_flow(gaps_of()), marginal(x).mean(), jax.random.key(1)
    one, many = (np.mean(flow.log_prob(x, key, num_samples=k)) for k in (1, 256))
    assert one < truth - 0.3
    assert one < many < truth + 0.02
    assert many == pytest.approx(truth, abs=0.05)


@pytest.mark.slow
def test_it_starts_with_the_conditional_of_a_normal_distribution():
    x, _ = rows()
    flow = normal_flow(gaps_of(zero_last=True))
    gaps = flow.transform.transforms[0].initialize(jnp.asarray(x), jax.random.key(0))[0]
    flow = eqx.tree_at(lambda f: f.transform.transforms[0], flow, gaps)
    found = np.mean(flow.log_prob(x, jax.random.key(1)))  # one draw is nearly tight
    assert found == pytest.approx(marginal(x).mean(), abs=0.05)


@pytest.mark.slow
def test_the_batch_comes_out_whole_and_as_it_is_distributed():
    x, _ = rows(2000)
    zs = np.asarray(gaps_of(zero_last=True).initialize(jnp.asarray(x), jax.random.key(0))[1])
    present = ~np.isnan(x)
    np.testing.assert_array_equal(zs[present], x[present])
    np.testing.assert_allclose(np.cov(zs.T), COVARIANCE, atol=0.15)


def test_rows_without_gaps_have_the_same_numbers_as_without_the_part():
    _, whole = rows(20)
    columns = sx.Parallel([sx.Scale(2.0), sx.dequantize((1,)), sx.Inverse(sx.ArgMax(3))], [1, 1, 1])
    gaps = sx.Imputed.of(
        columns, sx.nn.MLP.of(hidden=(8,)), univariate=sx.univariate.Affine(), key=jax.random.key(0)
    )
    flow = sx.Flow(sx.Normal((5,)), sx.Chain(gaps, sx.Scale(0.5)))
    x = np.stack([whole[:, 0], np.round(whole[:, 1]), np.arange(20) % 3], 1).astype(np.float32)
    key = jax.random.key(1)
    np.testing.assert_array_equal(flow.log_prob(x, key), without_gaps(flow).log_prob(x, key))
    assert not flow.exact
    assert normal_flow(gaps_of()).exact is False
    assert without_gaps(normal_flow(gaps_of())).exact is True


def test_gaps_are_encoded_and_decoded_as_gaps():
    x, _ = rows(50)
    gaps = gaps_of()
    for row in jnp.asarray(x[:5]):
        z, contribution, dropped = gaps.encode(row, jax.random.key(0))
        again, same, back = gaps.decode(z, given=dropped)
        np.testing.assert_allclose(again, row, rtol=1e-5)  # NaN where it is NaN
        assert same == pytest.approx(float(contribution), abs=1e-4)
        np.testing.assert_array_equal(gaps.encode(row, jax.random.key(9), given=back)[0], z)
    flow = normal_flow(gaps)
    np.testing.assert_allclose(flow.decode(*flow.encode(x, jax.random.key(0))), x, atol=1e-5)


def test_gradients_are_finite_beside_gaps_of_bounded_columns_and_atoms():
    columns = sx.Parallel([sx.Bounded(1.0, 2.0), sx.Atoms((0.0,)), sx.Chain()], [1, 1, 1])
    gaps = sx.Imputed.of(
        columns,
        sx.nn.MLP.of(hidden=(8,)),
        univariate=sx.univariate.Affine(),
        fills=(1.5, 0.0, 0.0),
        key=jax.random.key(0),
    )
    flow = sx.Flow(sx.Normal((5,)), gaps)
    x = jnp.array([[jnp.nan, 0.0, 1.0], [1.2, jnp.nan, 0.0], [1.9, 3.0, jnp.nan], [jnp.nan, jnp.nan, 1.0]])

    @eqx.filter_grad
    def gradient(flow):
        return flow.log_prob(x, jax.random.key(1)).sum()

    found = jax.tree.leaves(eqx.filter(gradient(flow), eqx.is_inexact_array))
    assert found
    assert all(jnp.isfinite(leaf).all() for leaf in found)


def test_few_rows_shrink_correlations():
    random = np.random.default_rng(0)
    x = jnp.asarray(random.normal(size=(20, 12)), float)
    missing = jnp.asarray(random.uniform(size=x.shape) < 0.3)
    start = eqx.filter_jit(lambda x, m: sx.WhitenMissing(12).initialize(x, None, m)[0])
    covariance = np.linalg.inv(np.asarray(start(x, missing).precision.array, np.float64))
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    off = correlation[np.triu_indices(12, 1)]
    assert np.abs(off).max() < 0.25  # of the rows themselves some reach 0.6


def test_what_does_not_fit_is_told():
    with pytest.raises(ConfigError, match="transforms of one entry each"):
        sx.Imputed(sx.Parallel([sx.Scale(2.0)], [2]))
    with pytest.raises(ConfigError, match=r"fills of shape \(1,\) and 3 columns"):
        sx.Imputed(PLAIN, fills=[0.0])
    with pytest.raises(SurjaxError, match="not told which entries are missing"):
        sx.WhitenMissing(2).forward(jnp.ones(2))
    masked = sx.nn.MaskedOutputs(sx.nn.MLP(1, 2, key=jax.random.key(0)), first=0, num_params=2)
    with pytest.raises(SurjaxError, match="not told what is missing"):
        masked(jnp.ones(1))
