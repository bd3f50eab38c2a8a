import dataclasses
import os
import signal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, DataError, ShapeError, SurjaxError
from surjax.inference import Posterior, calibrate, npe, posterior_flow, simulate
from surjax.inference.members import _at_once, _base_scaled, members_of, together
from surjax.inference.simulation import draw
from surjax.inference.truncated import truncated_draws
from surjax.parameters import value
from surjax.pictures import draw_calibration, draw_predictive

pytestmark = pytest.mark.xdist_group("npe")  # what it trains is trained once

QUICK = sx.TrainConfig(steps=600, batch_size=100, learning_rate=3e-3, ema_decay=0.99)
PRIOR = sx.Uniform((2,), -1.0, 1.0)


def simulator(key, theta):
    return theta + 0.2 * jax.random.normal(key, theta.shape)


def small_flow(key, size, context_shape):
    return posterior_flow(key, size, context_shape, num_layers=2, hidden=(24,), num_bins=4)


def started(prior, simulate):
    """A posterior after one step that is next to none."""
    config = sx.TrainConfig(steps=1, learning_rate=1e-6, validation_rows=100)
    return npe(prior, simulate, jax.random.key(0), num_simulations=5000, flow=small_flow, config=config)


@pytest.fixture(scope="module")
def posterior():
    return npe(PRIOR, simulator, jax.random.key(0), num_simulations=3000, flow=small_flow, config=QUICK)


def test_a_posterior_is_that_of_the_likelihood_and_the_prior(posterior):
    x = jnp.array([0.2, -0.1])
    theta = posterior.sample(jax.random.key(1), 4000, x)
    np.testing.assert_allclose(theta.mean(0), x, atol=0.04)
    np.testing.assert_allclose(theta.std(0), 0.2, atol=0.03)
    at = jnp.array([[0.2, -0.1], [0.4, 0.1]])
    exact = jax.scipy.stats.norm.logpdf(at, x, 0.2).sum(1)
    np.testing.assert_allclose(posterior.log_prob(at, x), exact, atol=0.4)


def test_draws_stay_inside_the_prior_and_the_leakage_is_told():
    # what is next to untrained is a normal about a regression on x: there most of it is beyond the prior
    posterior, edge = started(PRIOR, simulator), jnp.array([1.3, 1.3])
    with pytest.warns(UserWarning, match="of the draws lay outside"):
        theta = posterior.sample(jax.random.key(1), 500, edge)
    assert (jnp.abs(theta) <= 1).all()
    leakage = posterior.leakage(jax.random.key(2), edge)
    assert 0 < leakage < 1
    inside, outside = jnp.array([0.95, 0.95]), jnp.array([1.05, 0.9])
    gained = posterior.log_prob(inside, edge, jax.random.key(2)) - posterior.log_prob(inside, edge)
    assert float(gained) == pytest.approx(-np.log1p(-leakage), abs=1e-4)
    assert posterior.log_prob(outside, edge) == -jnp.inf


def test_a_posterior_near_a_normal_is_found_by_the_regression_on_x():
    prior, spread = sx.Normal((2,), trainable=False), jnp.sqrt(0.5)

    def noisy(key, theta):
        return theta + jax.random.normal(key, theta.shape)

    posterior = started(prior, noisy)
    theta, noise = jax.random.normal(jax.random.key(1), (2, 2000, 2))
    x = theta + noise
    exact = jax.scipy.stats.norm.logpdf(theta, x / 2, spread).sum(1)
    assert float((exact - posterior.log_prob_each(theta, x)).mean()) == pytest.approx(0, abs=0.01)
    far = posterior.sample(jax.random.key(2), 1000, jnp.array([1e3, -1e3])).mean(0)
    assert (jnp.abs(far) <= jnp.abs(posterior.simulations.theta).max(0) + 0.1).all()


def of_members(*locs):
    """A posterior of θ on a line, of members N(loc, 0.1²) that see no x, beside a prior on (−1, 1)."""
    flows = [sx.Flow(sx.Normal((1,), loc, 0.1), sx.Chain()) for loc in locs]
    made = simulate(lambda key, theta: theta, jnp.zeros((2, 1)), jax.random.key(0))
    return Posterior(together(flows), sx.Uniform((1,), -1.0, 1.0), made, ())


def test_a_posterior_of_members_is_their_mixture():
    posterior = of_members(-0.5, 0.5)
    theta, x = jnp.array([[-0.4], [0.0], [0.45]]), jnp.zeros(1)
    each = [of_members(loc).log_prob(theta, x) for loc in (-0.5, 0.5)]
    wanted = jnp.logaddexp(*each) - jnp.log(2)
    np.testing.assert_allclose(posterior.log_prob(theta, x), wanted, rtol=1e-6)
    np.testing.assert_allclose(posterior.flow.log_prob(theta), wanted, rtol=1e-6)


def test_a_member_that_leaves_the_prior_is_drawn_less():
    posterior, x = of_members(0.0, 1.0), jnp.zeros(1)  # half of the second lies outside
    theta = posterior.sample(jax.random.key(1), 30_000, x)
    assert float((theta > 0.5).mean()) == pytest.approx(1 / 3, abs=0.01)
    assert posterior.leakage(jax.random.key(2), x, 30_000) == pytest.approx(0.25, abs=0.01)
    few = posterior.sample_each(jax.random.key(3), 3, jnp.zeros((2000, 1)))
    assert float((few > 0.5).mean()) == pytest.approx(1 / 3, abs=0.02)


def test_the_base_is_as_wide_as_what_was_not_trained_on_lies():
    flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    theta = jnp.array([1.0, 3.0]) * jax.random.normal(jax.random.key(0), (4000, 2))
    scaled = _base_scaled(flow, theta, jnp.zeros((4000, 1)))
    np.testing.assert_allclose(jnp.exp(value(scaled.base.log_scale)), [1.0, 3.0], rtol=0.05)
    about = sx.Flow(sx.Normal((2,), 5.0, 2.0), sx.Affine((2,)))
    moved = _base_scaled(about, 5 + 2 * theta, jnp.zeros((4000, 1)))
    np.testing.assert_allclose(jnp.exp(value(moved.base.log_scale)), [2.0, 6.0], rtol=0.05)
    np.testing.assert_array_equal(value(moved.base.loc), 5)
    alone = _base_scaled(flow, jnp.zeros((1, 2)), jnp.zeros((1, 1)))  # one simulation says next to nothing
    np.testing.assert_allclose(jnp.exp(value(alone.base.log_scale)), 1, atol=0.05)
    other = sx.Flow(sx.Logistic((2,)), sx.Affine((2,)))
    assert _base_scaled(other, theta, jnp.zeros((4000, 1))) is other


def test_members_train_one_by_one_where_they_decompose_matrices():
    made = simulate(lambda key, theta: theta, jnp.zeros((2, 3)), jax.random.key(0))
    key, config = jax.random.key(0), sx.TrainConfig()
    transforms = [sx.LULinear(3, key=key), sx.Inverse(sx.LULinear(3, key=key))]
    flows = [sx.Flow(sx.Normal((3,)), transform) for transform in transforms]
    assert [_at_once(flow, made, config) for flow in flows] == [os.cpu_count(), 1]
    assert _at_once(flows[0], made, dataclasses.replace(config, devices=2)) == 1


def test_ctrl_c_ends_with_the_members_that_there_are():
    def press(progress):
        if progress.step >= 100:
            os.kill(os.getpid(), signal.SIGINT)

    posterior = npe(
        PRIOR,
        simulator,
        jax.random.key(0),
        num_simulations=500,
        members=3,
        flow=small_flow,
        config=dataclasses.replace(QUICK, eval_every=50),
        callbacks=[press],
    )
    stopped = [fitted.stopped for fitted in posterior.fits[0]]
    assert stopped == len(stopped) * ["interrupted"]
    assert len(stopped) < 3  # none is begun after it
    assert posterior.sample(jax.random.key(1), 3, jnp.zeros(2)).shape == (3, 2)


@pytest.mark.slow
def test_many_observations_are_drawn_as_one_is(posterior):
    xs = jnp.array([[0.0, 0.0], [0.5, -0.5], [0.9, 0.9]])
    draws = posterior.sample_each(jax.random.key(1), 2000, xs)
    assert draws.shape == (3, 2000, 2)
    np.testing.assert_allclose(draws[:2].mean(1), xs[:2], atol=0.05)
    assert (jnp.abs(draws) <= 1).all()


@pytest.mark.slow
def test_a_posterior_without_leakage_is_of_a_support():
    bounded = sx.Bounded(-1.0, 1.0, (2,))
    posterior = npe(
        PRIOR,
        simulator,
        jax.random.key(0),
        num_simulations=500,
        flow=small_flow,
        support=bounded,
        observation=jnp.ones(2),
        config=sx.TrainConfig(steps=20),
    )
    assert posterior.leakage(jax.random.key(1)) == 0


@pytest.mark.slow
def test_calibration_finds_what_is_calibrated_and_what_is_too_sure(posterior, tmp_path):
    known = calibrate(posterior, simulator, jax.random.key(3), n=400, num_samples=100)
    assert known.ranks.shape == (400, 2)
    assert known.coverage(0.9) == pytest.approx(0.9, abs=0.06)
    assert known.ranks.mean() == pytest.approx(50, abs=6)

    def noisier(key, theta):
        return theta + 0.8 * jax.random.normal(key, theta.shape)

    sure = calibrate(posterior, noisier, jax.random.key(3), n=200, num_samples=50)
    assert sure.coverage(0.9) < 0.6
    draw_calibration([known, sure], tmp_path / "calibration.png", ["right", "too sure"])
    draw_predictive(posterior.simulations.x, jnp.zeros(2), tmp_path / "predictive.png")
    for name in ("calibration", "predictive"):
        assert (tmp_path / f"{name}.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_later_rounds_simulate_where_the_posterior_is():
    observation = jnp.array([0.3, 0.3])

    def precise(key, theta):
        return theta + 0.1 * jax.random.normal(key, theta.shape)

    posterior = npe(
        PRIOR,
        precise,
        jax.random.key(0),
        num_simulations=2000,
        observation=observation,
        rounds=2,
        flow=small_flow,
        config=QUICK,
    )
    later = posterior.simulations.theta[1000:]
    assert len(posterior.fits) == 2
    first = posterior.simulations.theta[:1000]
    near = [(jnp.abs(theta - observation) < 0.6).all(1).mean() for theta in (first, later)]
    assert near[0] < 0.45
    assert near[1] > near[0] + 0.25
    np.testing.assert_allclose(posterior.sample(jax.random.key(1), 2000).mean(0), observation, atol=0.06)
    with pytest.raises(DataError, match="2 rounds"):
        calibrate(posterior, precise, jax.random.key(1))
    assert truncated_draws(posterior, jax.random.key(2), 50).shape == (50, 2)


class OfRegion(Posterior):
    """A posterior that is flat in the middle of the prior, over this share of it."""

    share = 0.0

    def sample(self, key, n, x=None):
        return 0.5 + self.share * (jax.random.uniform(key, (n, 1)) - 0.5)

    def log_prob(self, theta, x=None, key=None, n=10_000):
        return jnp.where(jnp.abs(theta[..., 0] - 0.5) <= self.share / 2, 0.0, -jnp.inf)


def of_region(share):
    made = simulate(lambda key, theta: theta, jnp.zeros((2, 1)), jax.random.key(0))
    region = type("OfThisRegion", (OfRegion,), {"share": share})
    return region(sx.Flow(sx.Normal((1,)), sx.Chain()), sx.Uniform((1,), 0.0, 1.0), made, ())


def test_a_region_with_little_of_the_prior_is_found_and_one_with_next_to_nothing_is_told():
    """Of the first 10,000 draws of the prior hardly any lie in a region with 5e-5 of it."""
    few = truncated_draws(of_region(5e-5), jax.random.key(3), 4)
    np.testing.assert_allclose(few, 0.5, atol=3e-5)
    with pytest.raises(SurjaxError, match="less than 1e-05 of the prior"):
        truncated_draws(of_region(0.0), jax.random.key(3), 4)


@pytest.mark.slow
def test_an_embedding_sees_the_whole_of_x_and_is_trained():
    def set_simulator(key, theta):
        return theta + 0.5 * jax.random.normal(key, (6, 2))

    class MeanOfSet(sx.nn.Network):
        layer: sx.nn.MLP

        def __call__(self, x, context=None):
            return jax.vmap(self.layer)(x).mean(0)

    embedding = MeanOfSet(sx.nn.MLP(2, 4, hidden=(16,), key=jax.random.key(5)))
    posterior = npe(
        PRIOR,
        set_simulator,
        jax.random.key(0),
        num_simulations=1500,
        flow=small_flow,
        embedding=embedding,
        config=QUICK,
    )
    x = set_simulator(jax.random.key(7), jnp.array([0.5, -0.5]))
    mean = posterior.sample(jax.random.key(1), 1000, x).mean(0)
    np.testing.assert_allclose(mean, x.mean(0), atol=0.15)
    for member in members_of(posterior.flow):
        trained = member.embedding.parts[1].layer.layers[0].weight
        assert not np.allclose(trained, embedding.layer.layers[0].weight)


def test_a_saved_posterior_flow_loads_to_the_same_density(posterior, tmp_path):
    posterior.flow.save(tmp_path / "model")
    theta, x = jnp.array([[0.1, 0.2]]), jnp.array([[0.0, 0.3]])
    loaded = sx.load(tmp_path / "model")
    np.testing.assert_array_equal(
        loaded.log_prob(theta, context=x), posterior.flow.log_prob(theta, context=x)
    )


def test_a_simulator_of_numpy_is_called_row_by_row_which_is_told():
    def numpy_simulator(seed, theta):
        return theta + np.random.default_rng(np.asarray(seed)).normal(size=2)

    theta = draw(PRIOR, jax.random.key(0), 8)
    with pytest.warns(UserWarning, match="no program of JAX"):
        made = simulate(numpy_simulator, theta, jax.random.key(1))
    assert made.x.shape == (8, 2)
    assert not np.allclose(made.x[0] - theta[0], made.x[1] - theta[1])


def test_what_is_not_finite_is_dropped_and_told_up_to_a_limit():
    def failing(key, theta):
        return jnp.where(theta > 0.95, jnp.nan, theta)

    theta = draw(PRIOR, jax.random.key(0), 1000)
    with pytest.warns(UserWarning, match="were not finite and were dropped"):
        made = simulate(failing, theta, jax.random.key(1))
    assert made.dropped == 1000 - len(made.theta) == int((theta > 0.95).any(1).sum())
    assert jnp.isfinite(made.x).all()
    with pytest.raises(DataError, match=r"not finite for \d+ of 1,000 parameters"):
        simulate(failing, theta, jax.random.key(1), most_dropped=0.01)


@pytest.mark.filterwarnings("ignore:the simulator is no program")
def test_a_simulator_that_gives_other_shapes_is_refused():
    def uneven(seed, theta):
        return np.zeros(1 + (float(theta[0]) > 0))

    theta = jnp.array([[0.5, 0.0], [-0.5, 0.0]])
    with pytest.raises(ShapeError, match=r"gave x of shape \(2,\) and then of \(1,\)"):
        simulate(uneven, theta, jax.random.key(0))
    with pytest.raises(ShapeError, match="several arrays"):
        simulate(lambda key, theta: (theta, theta), theta, jax.random.key(0))


class Sampler:
    """No prior: it draws, and has no density."""

    def sample(self, key):
        return jnp.zeros(2)


@pytest.mark.parametrize("prior", [Sampler(), sx.Given((2,)), object()])
def test_a_prior_that_does_not_sample_is_refused(prior):
    with pytest.raises(ConfigError, match="does not sample"):
        npe(prior, simulator, jax.random.key(0))


def test_a_prior_of_images_is_refused():
    with pytest.raises(ConfigError, match="draws θ of shape"):
        npe(sx.Uniform((2, 2)), simulator, jax.random.key(0))


def test_bad_observations_are_refused(posterior):
    with pytest.raises(SurjaxError, match="no observation"):
        posterior.sample(jax.random.key(0), 3)
    with pytest.raises(ShapeError, match=r"of shape \(3,\) was given"):
        posterior.sample(jax.random.key(0), 3, jnp.zeros(3))
    with pytest.raises(ConfigError, match="several rounds are for one observation"):
        npe(PRIOR, simulator, jax.random.key(0), rounds=2)
    with pytest.raises(ShapeError, match=r"observation has shape \(5,\)"):
        npe(PRIOR, simulator, jax.random.key(0), num_simulations=100, observation=jnp.zeros(5))
