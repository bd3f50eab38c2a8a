import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

import surjax as sx
from surjax.distributions import variational_bayes as vb

CLOSE = jax.random.normal(jax.random.key(0), (300, 2))
APART = CLOSE + 8 * jax.random.bernoulli(jax.random.key(1), 0.5, (300, 1))


def test_evidence_of_one_component_is_the_marginal_likelihood_of_a_normal(monkeypatch):
    """The product of the predictive densities, of each row given those before it."""
    monkeypatch.setattr(vb, "_shared_scale", lambda q: jnp.ones((1, 1)))
    x = 0.5 + 1.5 * np.asarray(CLOSE[:8, 0], float)
    found = vb.posterior.__wrapped__(jax.random.key(0), jnp.asarray(x[:, None]), 1)
    beta, mean, degrees, scatter = vb.MEAN_PRECISION, 0.0, vb.DEGREES, vb.DEGREES
    total = 0.0
    for y in x:
        scale = np.sqrt(scatter * (1 + 1 / beta) / degrees)
        total += scipy.stats.t.logpdf(y, degrees, mean, scale)
        scatter += beta / (beta + 1) * (y - mean) ** 2
        mean, beta, degrees = (beta * mean + y) / (beta + 1), beta + 1, degrees + 1
    assert float(found.evidence) == pytest.approx(total, rel=1e-4)


def test_evidence_is_for_as_many_components_as_there_are():
    def evidence(x, k):
        return float(vb.posterior(jax.random.key(2), x / x.std(0), k).evidence)

    assert evidence(CLOSE, 1) > evidence(CLOSE, 2) > evidence(CLOSE, 4)
    assert evidence(APART, 1) < evidence(APART, 2) > evidence(APART, 4)


@pytest.mark.parametrize(("x", "one"), [(CLOSE, True), (APART / 4, False)])
def test_a_mixture_is_one_component_where_the_evidence_is_for_that(x, one):
    mixture = sx.StudentMixture(2, num_components=4).initialize(x - x.mean(0), jax.random.key(3))
    weights = np.asarray(jax.nn.softmax(mixture.logits.array))
    assert (weights.max() > 0.999) == one
