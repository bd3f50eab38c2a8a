import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import fingerprint, toy
from surjax.data.lazy import LazyRows
from surjax.distributions.base import Distribution
from surjax.errors import DataError, ShapeError, SurjaxError
from surjax.evaluate import evaluate
from surjax.evaluate.likelihood import scores_of

NORMAL = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))


def test_the_mean_and_its_error_are_those_of_the_rows():
    x = np.asarray(jax.random.normal(jax.random.key(0), (500, 2)))
    report = evaluate(NORMAL, x, split="validation")
    scores = -0.5 * (x.astype(np.float64) ** 2).sum(1) - math.log(2 * math.pi)
    assert report.log_likelihood_nats == pytest.approx(scores.mean(), abs=1e-6)
    assert report.standard_error_nats == pytest.approx(scores.std(ddof=1) / math.sqrt(500), rel=1e-5)
    assert report.nll_nats == -report.log_likelihood_nats
    assert report.bits_per_dim == pytest.approx(report.nll_nats / 2 / math.log(2))
    assert (report.exact, report.num_samples, report.n, report.dimensions) == (True, 1, 500, 2)
    assert (report.split, report.fingerprint, report.dtype) == ("validation", fingerprint(x), "float32")
    assert report.entropy_nats is report.gap_nats is None
    fields = report.to_json()
    assert fields["nll_nats"] == report.nll_nats
    assert fields["bits_per_dim"] == report.bits_per_dim


def test_rows_that_are_not_in_memory_are_read_chunk_by_chunk():
    x = np.asarray(jax.random.normal(jax.random.key(0), (10, 2)))
    read = []
    lazy = LazyRows(lambda rows: read.append(len(rows)) or x[rows], x.shape, x.dtype)
    assert evaluate(NORMAL, lazy, chunk=4) == evaluate(NORMAL, x, chunk=4)
    assert read == [4, 4, 4, 10]  # the last are those of the fingerprint


def test_samples_make_no_difference_where_the_model_is_exact():
    x = jnp.ones((3, 2))
    assert evaluate(NORMAL, x, num_samples=7) == evaluate(NORMAL, x)


class Truth(Distribution):
    """A toy density as a model."""

    shape: tuple[int, ...] = eqx.field(static=True, default=(2,))

    def log_prob(self, x, key=None, context=None):
        return toy("eight_gaussians").log_prob(x)

    def sample(self, key, *, context=None, temperature=1.0):
        return toy("eight_gaussians").sample(key, 1)[0]


def test_the_gap_of_the_true_density_is_zero_whatever_the_draw():
    density = toy("eight_gaussians")
    x = density.sample(jax.random.key(1), 200)
    report = evaluate(sx.Flow(Truth(), sx.Chain()), x, truth=density)
    assert report.gap_nats == pytest.approx(0, abs=1e-6)
    assert report.entropy_nats == density.entropy()
    assert abs(report.nll_nats - density.entropy()) > 1e-3  # which the luck of the draw moves


def test_rows_without_density_are_counted():
    flow = sx.Flow(sx.Uniform((1,)), sx.Affine((1,)))
    report = evaluate(flow, jnp.array([[0.5], [2.0], [0.25]]))
    assert (report.zero_density, report.log_likelihood_nats) == (1, -math.inf)
    assert math.isnan(report.standard_error_nats)


def test_one_row_has_no_standard_error():
    assert math.isnan(evaluate(NORMAL, jnp.zeros((1, 2))).standard_error_nats)


def test_float64_is_told():
    with jax.enable_x64(True):
        flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
        assert evaluate(flow, np.zeros((4, 2))).dtype == "float64"


def test_a_bound_is_told_and_repeats_with_its_key():
    flow = sx.Flow(sx.Normal((1,)), sx.dequantize((1,)))
    x = jnp.arange(-2.0, 3.0)[:, None]
    one, many = evaluate(flow, x, num_samples=1), evaluate(flow, x, num_samples=64)
    assert (one.exact, many.exact, many.num_samples) == (False, False, 64)
    assert one == evaluate(flow, x)
    assert one != evaluate(flow, x, key=jax.random.key(1))
    truth = jax.scipy.stats.norm.cdf(x + 1) - jax.scipy.stats.norm.cdf(x)
    assert many.log_likelihood_nats == pytest.approx(float(jnp.log(truth).mean()), abs=0.1)


def test_a_bound_draws_the_same_whatever_the_chunk():
    flow, key = sx.Flow(sx.Normal((1,)), sx.dequantize((1,))), jax.random.key(5)
    x = jnp.arange(-5.0, 5.0)[:, None]
    at_once = flow.log_prob(x, key)
    assert np.array_equal(flow.log_prob(x, jax.random.split(key, 10)), at_once)
    for chunk in (3, 10):
        assert scores_of(flow, x, key=key, chunk=chunk) == pytest.approx(np.asarray(at_once), rel=1e-6)
    assert not np.allclose(scores_of(flow, x, key=jax.random.key(6)), at_once)


def test_mistakes_are_told():
    with pytest.raises(DataError, match="no rows to evaluate"):
        evaluate(NORMAL, jnp.zeros((0, 2)))
    with pytest.raises(ShapeError, match="this model takes"):
        evaluate(NORMAL, jnp.zeros((4, 3)))
    with pytest.raises(SurjaxError, match="num_samples is 0"):
        evaluate(NORMAL, jnp.zeros((4, 2)), num_samples=0)
