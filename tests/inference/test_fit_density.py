"""Fits to a log-density: what they reach, what the gradient is, and what is refused."""

import dataclasses
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, DataError, ShapeError, TrainingError
from surjax.inference import DensityConfig, ReverseKL, fit_density, importance, positive
from surjax.inference.target import require_finite_at_samples, target_of
from surjax.parameters import partition
from surjax.testing import count_compilations

CONFIG = DensityConfig(steps=300, batch_size=64, learning_rate=0.05, validation_rows=512)
SHORT = dataclasses.replace(CONFIG, steps=20)
LOG_Z = math.log(2 * math.pi * 4.0)


def normal(x):
    """Of mean 3 and standard deviation 2, two numbers, not normalised: log Z is log 8π."""
    return -0.5 * (((x - 3.0) / 2.0) ** 2).sum()


def affine():
    return sx.Flow(sx.Normal((2,)), sx.Affine((2,)))


def objective(flow, gradient, **settings):
    given = {"data": None, "data_weight": 0.5, "start_temperature": 1.0, "anneal": 0.5} | settings
    return ReverseKL(target_of(normal, flow), gradient=gradient, **given)


def gradients(flow, gradient, n):
    """The gradient of the loss of each of n draws, as rows."""
    params, rest = partition(flow)

    def loss(params, key):
        return objective(flow, gradient)(eqx.combine(params, rest), jnp.ones(()), key)

    each = jax.vmap(jax.grad(loss), in_axes=(None, 0))(params, jax.random.split(jax.random.key(0), n))
    return np.concatenate([np.reshape(leaf, (n, -1)) for leaf in jax.tree.leaves(each)], axis=1)


def test_a_gaussian_reaches_its_log_z():
    found = fit_density(affine(), normal, CONFIG)
    assert found.exact
    assert abs(found.elbo - LOG_Z) < 1e-3
    assert (found.stopped, found.step, found.bad_steps) == ("steps", 300, 0)
    assert found.history[0].step == 0
    assert found.history[0].validation_loss > found.history[-1].validation_loss
    x = found.flow.sample(jax.random.key(1), 20_000)
    np.testing.assert_allclose(x.mean(0), 3.0, atol=0.1)
    np.testing.assert_allclose(x.std(0), 2.0, atol=0.1)


def test_path_gradient_is_the_total_one_on_average_and_has_no_noise_at_the_target():
    away = sx.Flow(sx.Normal((2,)), sx.Affine((2,), 0.5, 1.5))
    path, total = (gradients(away, name, 4000) for name in ("path", "total"))
    error = 5 * (path.std(0) + total.std(0)) / np.sqrt(4000)
    assert (np.abs(path.mean(0) - total.mean(0)) < error).all()
    there = fit_density(affine(), normal, CONFIG).flow
    assert gradients(there, "path", 500).std(0).max() < 0.1 * gradients(there, "total", 500).std(0).min()


def test_temperature_falls_to_one():
    flow, key = affine(), jax.random.key(0)
    annealed, plain = objective(flow, "path", start_temperature=16.0), objective(flow, "path")
    x, log_q = flow.sample_and_log_prob(jax.random.split(key, 3)[0])
    for moment, temperature in ((0.0, 16.0), (0.25, 4.0), (0.5, 1.0), (1.0, 1.0)):
        loss = annealed(flow, jnp.asarray(moment), key)
        np.testing.assert_allclose(loss, log_q - normal(x) / temperature, rtol=1e-5)
    np.testing.assert_allclose(plain(flow, jnp.zeros(()), key), log_q - normal(x), rtol=1e-5)


def test_annealing_finds_modes_that_are_far_apart():
    def two_modes(x):
        return jnp.logaddexp(-0.5 * ((x - 6.0) ** 2).sum(), -0.5 * ((x + 6.0) ** 2).sum())

    spline = sx.univariate.RationalQuadraticSpline(8, (-9.0, 9.0))
    flow = sx.Flow(sx.Normal((1,)), sx.Inverse(sx.Elementwise((1,), spline)))
    config = DensityConfig(steps=600, learning_rate=0.02, start_temperature=30.0)
    x = fit_density(flow, two_modes, config).flow.sample(jax.random.key(0), 2000)
    assert 0.3 < float((x > 0).mean()) < 0.7


def test_data_are_mixed_in():
    rows = 3 + 2 * jax.random.normal(jax.random.key(3), (500, 2))
    found = fit_density(affine(), normal, CONFIG, data=rows)
    assert found.elbo is None
    np.testing.assert_allclose(found.flow.sample(jax.random.key(1), 5000).mean(0), 3.0, atol=0.2)
    flow, key = affine(), jax.random.key(0)
    whole = objective(flow, "path", data=rows[:1], data_weight=0.25)(flow, jnp.ones(()), key)
    reverse = objective(flow, "path")(flow, jnp.ones(()), key)
    np.testing.assert_allclose(whole, 0.75 * reverse - 0.25 * flow.log_prob(rows[0]), rtol=1e-5)


def test_a_bound_says_that_it_is_one_and_its_weights_still_have_the_mean_z():
    augmented = sx.Flow(sx.Normal((3,)), sx.Chain(sx.augment((2,), 1), sx.LULinear(3, key=jax.random.key(0))))
    found = fit_density(augmented, normal, CONFIG)
    assert not found.exact
    assert found.elbo < LOG_Z + 0.02
    weighed = importance(found.flow, normal, jax.random.key(1), 5000)
    assert not weighed.exact
    assert abs(weighed.log_z - LOG_Z) < 5 * weighed.log_z_error + 1e-3


def test_a_surjection_with_a_fair_coin_is_fitted():
    folded = sx.Flow(
        sx.Normal((1,)), sx.Chain(sx.AbsoluteValue((1,)), sx.Inverse(sx.Softplus()), sx.Affine((1,)))
    )

    def two_modes(x):
        return jnp.logaddexp(-2 * ((x - 2.0) ** 2).sum(), -2 * ((x + 2.0) ** 2).sum())

    found = fit_density(folded, two_modes, CONFIG)
    assert found.exact
    assert abs(found.elbo - math.log(2 * math.sqrt(2 * math.pi) / 2)) < 0.05


def test_a_bounded_support():
    flow = sx.Flow(sx.Normal((1,)), sx.Chain(positive((1,)), sx.Affine((1,))))
    found = fit_density(flow, lambda x: -x.sum() + 2 * jnp.log(x).sum(), CONFIG)  # Gamma(3), Z = 2
    assert abs(found.elbo - math.log(2)) < 0.05


def test_resuming_comes_to_the_same_numbers(tmp_path):
    whole = fit_density(affine(), normal, SHORT)

    def stop(progress):
        return progress.step >= 8

    first = fit_density(affine(), normal, SHORT, callbacks=[stop], checkpoints=tmp_path)
    assert first.stopped == "callback"
    resumed = fit_density(affine(), normal, SHORT, checkpoints=tmp_path)
    assert resumed.step == 20
    for a, b in zip(jax.tree.leaves(whole.flow), jax.tree.leaves(resumed.flow), strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_seed_compiles_nothing():
    fit_density(affine(), normal, SHORT)
    with count_compilations() as counted:
        fit_density(affine(), normal, dataclasses.replace(SHORT, seed=1))
    assert len(counted) == 0


def test_steps_that_are_skipped_are_told():
    def gap(x):
        return jnp.where(jnp.abs(x).max() > 2.2, jnp.nan, -0.5 * (x**2).sum())

    narrow = sx.Flow(sx.Normal((1,), 0.0, 0.1), sx.Affine((1,)))
    config = dataclasses.replace(CONFIG, batch_size=16, max_bad_steps=200)
    with pytest.warns(UserWarning, match=r"of 300 steps had a loss or gradient that was not finite"):
        found = fit_density(narrow, gap, config)
    assert found.bad_steps > 0


def test_not_one_good_step_is_an_error():
    @jax.custom_jvp
    def flat(x):
        return -x.sum()

    flat.defjvp(lambda primals, tangents: (flat(*primals), jnp.nan * tangents[0].sum()))
    with pytest.raises(TrainingError, match="look at log_density and its gradient"):
        fit_density(affine(), flat, CONFIG)


@pytest.mark.parametrize(
    ("log_density", "told"),
    [
        (lambda x: -(x**2), r"shape \(2,\) for one point of shape \(2,\) and must give one real number"),
        (lambda x: normal(x)[None], r"shape \(1,\)"),
        (lambda x: normal(x) + 1j, "complex64"),
        (lambda x: float(x[0]), "cannot be traced by JAX.*jax.numpy"),
        (lambda x: np.exp(x).sum(), "cannot be traced by JAX.*jax.numpy"),
        (3.0, "must be a function of one point"),
        (lambda x: jnp.log(x).sum(), r"NaN at \d+ of 4096 samples .* number 0 above .*support\(low, high\)"),
    ],
)
def test_what_is_no_log_density_is_told(log_density, told):
    with pytest.raises(ConfigError, match=told):
        fit_density(affine(), log_density, SHORT)


@pytest.mark.parametrize(
    ("log_density", "told"),
    [
        (lambda x: jnp.where(x[1] < 1, 0.0, -jnp.inf), "−∞ at .* finite with number 1 below (1|0.99)"),
        (lambda x: jnp.where(jnp.abs(x[0]) < 1, 0.0, -jnp.inf), r"number 0 between -(1|0\.99)\d* and "),
        (lambda x: jnp.nan * x.sum(), r"4096 of 4096 samples of the flow: begin .* simplex\(n\)"),
        (lambda x: jnp.where(x[0] > x[1], 0.0, jnp.nan), "no bounds of single numbers"),
    ],
)
def test_where_a_log_density_is_not_finite_tells_which_map_would_do(log_density, told):
    flow = affine()
    with pytest.raises(ConfigError, match=told):
        require_finite_at_samples(flow, target_of(log_density, flow), jax.random.key(0))


def conditional_coin():
    decoder = sx.Conditional(sx.Bernoulli((1,)), sx.nn.MLP(1, 1, hidden=(4,), key=jax.random.key(0)))
    return sx.Chain(sx.AbsoluteValue((1,), decoder), sx.Inverse(sx.Softplus()), sx.Affine((1,)))


@pytest.mark.parametrize(
    ("flow", "told"),
    [
        (sx.Flow(sx.Normal((1,)), sx.Chain(sx.dequantize((1,)), sx.Affine((1,)))), "Rounding makes samples"),
        (sx.Flow(sx.Normal((1,)), conditional_coin()), "Bernoulli whose chances are learned"),
        (
            sx.Flow(sx.Mixture([sx.Normal((1,), loc) for loc in (0, 1)], trainable=True), sx.Affine((1,))),
            "Mixture whose chances are learned",
        ),
        (sx.Flow(sx.Normal((1,)), sx.Scale(2.0)), "no trained parameters"),
    ],
)
def test_flows_without_a_gradient_are_refused(flow, told):
    with pytest.raises(ConfigError, match=told):
        fit_density(flow, lambda x: -(x**2).sum(), SHORT)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"epochs": 2}, "epochs is given"),
        ({"flip": True}, "flip, translate or shift is given"),
        ({"gradient": "best"}, "gradient is 'best'"),
        ({"start_temperature": 0.0}, "above 0"),
        ({"anneal": 1.5}, "anneal is 1.5"),
        ({"data_weight": -0.1}, "data_weight is -0.1"),
        ({"steps": 0}, "steps is 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, told):
    with pytest.raises(ConfigError, match=told):
        DensityConfig(**settings)


def test_other_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ConfigError, match="DensityConfig"):
        fit_density(affine(), normal, sx.TrainConfig(steps=3))
    with pytest.raises(ShapeError, match="one point a row"):
        fit_density(affine(), normal, SHORT, data=np.ones((5, 3)))
    with pytest.raises(DataError, match="no rows"):
        fit_density(affine(), normal, SHORT, data=np.ones((0, 2)))
    with pytest.raises(DataError, match="row 1 of data has NaN"):
        fit_density(affine(), normal, SHORT, data=[[0.0, 0.0], [0.0, math.nan]])
    bound = sx.Flow(sx.Normal((3,)), sx.Chain(sx.augment((2,), 1), sx.Affine((3,))))
    with pytest.raises(ConfigError, match="gradient is 'path'"):
        fit_density(bound, normal, dataclasses.replace(SHORT, gradient="path"))
