"""Importance sampling, Metropolis and NUTS against what is known, and what they refuse."""

import math
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, SurjaxError
from surjax.inference import importance, metropolis, nuts, torus_flow

KEY = jax.random.key(0)
WIDE = sx.Flow(sx.Normal((2,), 0.0, 1.3), sx.Affine((2,)))
"""It covers the target."""
NARROW = sx.Flow(sx.Normal((2,), 0.0, 0.5), sx.Affine((2,)))
"""The weights of its draws have no variance."""


def normal(x):
    """The standard normal, not normalised."""
    return -0.5 * (x**2).sum()


LOG_Z = math.log(2 * math.pi)


def test_importance_tells_log_z_within_its_error_and_the_known_share():
    found = importance(WIDE, normal, KEY, 50_000)
    assert abs(found.log_z - LOG_Z) < 4 * found.log_z_error
    # (E w)² / E w² for one number, of N(0, 1) by N(0, s²): √(2s² − 1)/s², as the integral of p²/q tells
    share = ((2 * 1.3**2 - 1) ** 0.5 / 1.3**2) ** 2
    assert abs(found.ess - share) < 0.01
    assert found.pareto_k < 0.5
    np.testing.assert_allclose(jnp.exp(found.smoothed_log_weights).sum(), 1.0, rtol=1e-4)


def test_error_of_log_z_is_the_spread_over_keys():
    keys = jax.random.split(KEY, 40)
    found = [importance(WIDE, normal, key, 500) for key in keys]
    spread = np.std([f.log_z for f in found])
    assert 0.6 < spread / np.mean([f.log_z_error for f in found]) < 1.5


def test_weights_without_variance_have_a_large_k():
    assert importance(NARROW, normal, KEY, 5000).pareto_k > 0.7


def test_resampled_draws_follow_the_target():
    x = importance(WIDE, normal, KEY, 50_000).resample(jax.random.key(1), 20_000)
    assert x.shape == (20_000, 2)
    np.testing.assert_allclose(x.std(0), 1.0, atol=0.03)
    half = x[:10_000]  # in random order
    np.testing.assert_allclose(half.mean(0), 0.0, atol=0.05)


def test_draws_without_density_weigh_nothing():
    def right_half(x):
        return jnp.where(x[0] > 0, normal(x), -jnp.inf)

    found = importance(WIDE, right_half, KEY, 20_000)
    assert abs(found.log_z - (LOG_Z - math.log(2))) < 4 * found.log_z_error
    assert bool((found.resample(KEY, 1000)[:, 0] > 0).all())
    chains = metropolis(WIDE, right_half, KEY, steps=2000)
    assert bool((chains.x[..., 0] > 0).all())


def test_metropolis_gives_the_target():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = metropolis(WIDE, normal, KEY, chains=3, steps=3000)
    assert found.x.shape == (3, 3000, 2)
    assert float(found.r_hat.max()) < 1.01
    assert found.ess.min() > 2000
    np.testing.assert_allclose(found.x.std((0, 1)), 1.0, atol=0.04)
    # the chance to move from p to a draw of q, known as the overlap of weights
    assert 0.6 < float(found.acceptance.mean()) < 0.9


def test_metropolis_of_a_bound_gives_the_target():
    base = sx.Flow(sx.Normal((3,), 0.0, 1.3), sx.augment((2,), 1))
    found = metropolis(base, normal, KEY, steps=4000)
    np.testing.assert_allclose(found.x.std((0, 1)), 1.0, atol=0.06)


def test_chains_that_do_not_mix_tell_r_hat():
    far = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))

    def elsewhere(x):
        return -0.5 * ((x - 5.0) ** 2).sum() / 0.1**2

    with pytest.warns(UserWarning, match=r"the chains have not mixed: R̂ is .* where at most 1.01 is wanted"):
        found = metropolis(far, elsewhere, KEY, steps=200, warmup=0)
    assert not (found.r_hat <= 1.01).all()


def test_nuts_gives_the_target_through_the_flow():
    def funnel(x):
        return -0.5 * x[0] ** 2 - 0.5 * x[1] ** 2 * jnp.exp(-x[0]) - 0.5 * x[0]

    network = sx.nn.MLP.of(hidden=(8,))
    coupling = sx.Coupling.of((2,), sx.univariate.Affine(), network, key=KEY)
    flow = sx.Flow(sx.Normal((2,), 0.5, 1.2), sx.Chain(sx.Affine((2,), 0.8), coupling))
    found = nuts(flow, funnel, KEY, steps=1500, warmup=300, target_acceptance=0.9)
    assert found.x.shape == (4, 1500, 2)
    np.testing.assert_allclose(found.x[..., 0].std(), 1.0, atol=0.1)
    assert float(found.r_hat[0]) < 1.03


@pytest.mark.slow
def test_nuts_on_the_torus():
    def von_mises(x):
        return 2 * jnp.cos(x[0] - 1.0)

    found = nuts(torus_flow(1, key=KEY), von_mises, KEY, steps=1000, warmup=200)
    mean = jnp.angle(jnp.exp(1j * found.x).mean())
    assert abs(float(mean) - 1.0) < 0.1
    assert bool((jnp.abs(found.x) <= math.pi + 1e-5).all())


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: importance(WIDE, lambda x: x, KEY), "must give one real number"),
        (lambda: importance(WIDE, lambda x: jnp.log(x[0]), KEY), r"NaN or \+∞ at \d+ of 10000 samples"),
        (lambda: importance(WIDE, lambda x: -jnp.inf * x[0] ** 2, KEY), "−∞ at all of 10000 samples"),
        (lambda: importance(WIDE, normal, None), "no key was given"),
        (lambda: importance(WIDE, normal, KEY, 1), "n is 1"),
        (lambda: metropolis(WIDE, normal, KEY, chains=1), "chains is 1"),
        (lambda: nuts(WIDE, normal, KEY, target_acceptance=1.0), "target_acceptance is 1.0"),
        (lambda: nuts(sx.Flow(sx.Normal((1,)), sx.Slice((2,), 1)), normal, KEY), "take metropolis"),
        (lambda: nuts(sx.Flow(sx.Uniform((2,)), sx.Sigmoid()), normal, KEY), "Uniform, is not made of it"),
    ],
)
def test_what_does_not_fit_is_told(call, told):
    with pytest.raises(SurjaxError, match=told):
        call()


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("arviz_stats.base.array", lambda: importance(WIDE, normal, KEY, 100).pareto_k),
        ("arviz_stats.base.array", lambda: metropolis(WIDE, normal, KEY)),
        ("blackjax", lambda: nuts(WIDE, normal, KEY)),
    ],
)
def test_packages_that_are_not_installed_are_named(package, call, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=r"pip install 'surjax\[inference\]'"):
        call()
