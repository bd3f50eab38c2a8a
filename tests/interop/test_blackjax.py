"""blackjax's samplers under a flow: its own log-density, and a target's in its noise."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import SurjaxError
from surjax.inference import LatentDensity, torus_flow

# pip install 'surjax[inference]' brings it
blackjax = pytest.importorskip("blackjax")

KEY = jax.random.key(0)
PRIOR = sx.Flow(sx.Normal((2,)), sx.Chain(sx.Affine((2,), 0.5, 2.0), sx.LULinear(2, key=KEY)))
"""A normal distribution of two numbers that depend on each other."""
OBSERVED = jnp.array([1.0, -0.5])


def log_likelihood(x):
    return jax.scipy.stats.norm.logpdf(OBSERVED, x, 0.7).sum()


def posterior(x):
    return PRIOR.log_prob(x) + log_likelihood(x)


def truth():
    """(mean, covariance) of the conjugate posterior."""
    matrix = np.asarray(jax.jacfwd(PRIOR.decode)(jnp.zeros(2)), float)
    mean, covariance = np.asarray(PRIOR.decode(jnp.zeros(2)), float), matrix @ matrix.T
    gain = covariance @ np.linalg.inv(covariance + 0.49 * np.eye(2))
    return mean + gain @ (np.asarray(OBSERVED) - mean), covariance - gain @ covariance


def walk(log_density, start):
    """1,500 steps of NUTS, after its adaptation."""

    @jax.jit
    def run(key):
        first, second = jax.random.split(key)
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density)
        (state, settings), _ = adaptation.run(first, start, 300)
        kernel = blackjax.nuts(log_density, **settings).step

        def step(state, key):
            state, _ = kernel(key, state)
            return state, state.position

        return jax.lax.scan(step, state, jax.random.split(second, 1500))[1]

    return run(KEY)


@pytest.mark.parametrize("where", ["x", pytest.param("noise", marks=pytest.mark.slow)])
def test_a_flow_as_the_prior_gives_the_conjugate_posterior(where):
    if where == "x":
        x = walk(posterior, jnp.zeros(2))
    else:
        latent = LatentDensity(PRIOR, log_likelihood=log_likelihood)
        x = jax.vmap(latent.to_x)(walk(latent, latent.start(KEY)))
    mean, covariance = truth()
    np.testing.assert_allclose(x.mean(0), mean, atol=0.1)
    np.testing.assert_allclose(np.cov(np.asarray(x).T), covariance, atol=0.1)


def test_prior_times_likelihood_is_the_same_both_ways():
    us = jax.random.normal(KEY, (10, 2))
    by_likelihood = LatentDensity(PRIOR, log_likelihood=log_likelihood)
    np.testing.assert_allclose(
        jax.vmap(by_likelihood)(us), jax.vmap(LatentDensity(PRIOR, posterior))(us), rtol=1e-4, atol=1e-4
    )


@pytest.mark.slow
def test_a_flow_seen_from_its_own_noise_is_standard():
    spline, network = sx.univariate.RationalQuadraticSpline(4), sx.nn.MLP.of(hidden=(8,))
    coupling = sx.Coupling.of((3,), spline, network, context_shape=(2,), key=KEY)
    flow, context = sx.Flow(sx.Normal((3,), 1.0, 2.0), coupling), jnp.array([0.5, -2.0])
    latent = LatentDensity(flow, lambda x: flow.log_prob(x, context=context), context=context)
    us = jax.random.normal(KEY, (10, 3))
    expected = jax.scipy.stats.norm.logpdf(us).sum(1)
    np.testing.assert_allclose(jax.vmap(latent)(us), expected, rtol=1e-4, atol=1e-4)
    angles = torus_flow(2, layers=1, hidden=(8,), key=KEY)
    on_torus = LatentDensity(angles, angles.log_prob)
    np.testing.assert_allclose(on_torus(on_torus.start(KEY)), -2 * np.log(2 * np.pi), rtol=1e-4)
    weighed = LatentDensity(angles, log_likelihood=lambda x: jnp.zeros(()))
    np.testing.assert_allclose(weighed(on_torus.start(KEY)), -2 * np.log(2 * np.pi), rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: LatentDensity(PRIOR), "one of the two"),
        (lambda: LatentDensity(PRIOR, posterior, log_likelihood=log_likelihood), "one of the two"),
        (lambda: LatentDensity(PRIOR, log_likelihood=lambda x: x), "must give one real number"),
        (lambda: LatentDensity(sx.Flow(sx.Normal((1,)), sx.Slice((2,), 1)), posterior), "needs a bijection"),
    ],
)
def test_what_does_not_fit_is_told(call, told):
    with pytest.raises(SurjaxError, match=told):
        call()


def test_surjax_imports_no_bridge():
    program = (
        "import sys, surjax, surjax.api, surjax.interop, surjax.inference, surjax.sklearn\n"
        "sys.exit(str({'numpyro', 'flowjax', 'blackjax', 'paramax'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.stderr.strip() == ""
