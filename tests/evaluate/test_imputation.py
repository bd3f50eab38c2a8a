"""Gaps are filled by draws of the model's conditional."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, ShapeError
from surjax.evaluate import evaluate, impute
from surjax.evaluate.likelihood import scores_of
from surjax.gaps import without_gaps

PLAIN = sx.Parallel([sx.Chain(), sx.Chain()], [1, 1])
SLOPE = 0.75


def flow():
    """x₁ ~ N(0, 1) and x₂ = ¾ x₁ + N(0, 1): given x₁, x₂ has mean ¾ x₁ and variance 1."""
    mix = _Mix()
    return sx.Flow(sx.Normal((2,)), sx.Chain(sx.Imputed(PLAIN), mix))


class _Mix(sx.Bijection):
    """(x₁, x₂) → (x₁, x₂ − ¾ x₁)."""

    def forward_and_log_det(self, x, context=None):
        return x.at[1].add(-SLOPE * x[0]), jnp.zeros(())

    def inverse_and_log_det(self, z, context=None):
        return z.at[1].add(SLOPE * z[0]), jnp.zeros(())


def test_draws_are_of_the_conditional_and_present_cells_stay():
    x = np.array([[1.0, np.nan]] * 2000 + [[np.nan, 1.0]] * 2000 + [[0.25, 0.5]])
    found = impute(flow(), x, proposals=200, key=jax.random.key(0))
    first, second = found.x[0, :2000, 1], found.x[0, 2000:4000, 0]
    assert first.mean() == pytest.approx(0.75, abs=0.1)
    assert first.std() == pytest.approx(1.0, abs=0.1)
    assert second.mean() == pytest.approx(0.48, abs=0.06)  # slope/(slope² + 1), and variance 1/(slope² + 1)
    assert second.std() == pytest.approx(0.8, abs=0.05)
    present = ~np.isnan(x)
    np.testing.assert_array_equal(found.x[0][present], x[present])
    effective = found.effective_samples[0]
    assert np.isnan(effective[-1])
    assert (effective[:-1] >= 1).all()
    assert (effective[:-1] <= 200).all()


def test_one_proposal_is_a_draw_of_q():
    x = np.array([[1.0, np.nan]] * 2000)
    drawn = impute(flow(), x, proposals=1, key=jax.random.key(0)).x[0, :, 1]
    assert drawn.mean() == pytest.approx(0.0, abs=0.1)  # q has not been fitted and knows nothing of x₁


@pytest.mark.slow
def test_an_empty_row_is_a_draw_of_the_model_and_rows_do_not_depend_on_chunks():
    x = np.full((1500, 2), np.nan)
    found = impute(flow(), x, proposals=200, key=jax.random.key(1))
    np.testing.assert_allclose(np.cov(found.x[0].T), [[1, 0.75], [0.75, 1.5625]], atol=0.2)
    again = impute(flow(), x, proposals=200, key=jax.random.key(1), chunk=999)
    np.testing.assert_allclose(found.x, again.x, rtol=1e-5)


def test_several_draws_differ_and_no_gaps_need_none():
    x = np.array([[1.0, np.nan], [0.0, 0.0]])
    found = impute(flow(), x, draws=4).x
    assert found.shape == (4, 2, 2)
    assert len(set(found[:, 0, 1].tolist())) == 4
    np.testing.assert_array_equal(impute(flow(), x[1:]).x[0], x[1:])


def test_what_does_not_fit_is_told():
    with pytest.raises(ConfigError, match="takes no gaps, so it fills none"):
        impute(without_gaps(flow()), np.zeros((1, 2)))
    with pytest.raises(ShapeError, match=r"takes rows of shape \(n, 2\)"):
        impute(flow(), np.zeros((1, 3)))


def test_scores_of_rows_without_gaps_are_exact_and_the_others_bounds():
    model, key = flow(), jax.random.key(2)
    x = np.array([[0.5, np.nan], [0.5, 1.0], [np.nan, 1.0], [-1.0, 0.0]], np.float32)
    scores = scores_of(model, x, key=key, num_samples=8)
    np.testing.assert_array_equal(scores[[1, 3]], without_gaps(model).log_prob(x[[1, 3]]))
    keys = jax.random.split(key, 4)[np.array([0, 2])]
    np.testing.assert_array_equal(scores[[0, 2]], model.log_prob(x[[0, 2]], keys, num_samples=8))
    assert evaluate(model, x[[1, 3]], num_samples=8).exact
    assert evaluate(model, x[[1, 3]], num_samples=8).num_samples == 1
    assert not evaluate(model, x, num_samples=8).exact
