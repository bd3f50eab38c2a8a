"""The densities against SciPy's, and where they could leave the floating-point numbers."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

import surjax as sx
from surjax.errors import ConfigError

POINTS = np.array([-80.0, -3.0, 0.0, 1e-8, 0.7, 60.0])


@pytest.mark.parametrize(
    ("family", "reference"),
    [
        (sx.Normal, scipy.stats.norm),
        (sx.Laplace, scipy.stats.laplace),
        (sx.Logistic, scipy.stats.logistic),
    ],
)
def test_location_scale_families_have_scipys_density(family, reference):
    with jax.enable_x64(True):
        ours = family((6,), 0.5, 1.7).log_prob_elements(jnp.asarray(POINTS))
    np.testing.assert_allclose(ours, reference.logpdf(POINTS, 0.5, 1.7), rtol=1e-12)


def test_half_normal_has_scipys_density():
    with jax.enable_x64(True):
        ours = sx.HalfNormal((6,), 1.7).log_prob_elements(jnp.asarray(POINTS))
    np.testing.assert_allclose(ours, scipy.stats.halfnorm.logpdf(POINTS, scale=1.7), rtol=1e-12)


@pytest.mark.parametrize("family", [sx.Normal, sx.Laplace, sx.Logistic, sx.HalfNormal])
@pytest.mark.parametrize("log_scale", [-300.0, 300.0])
def test_scales_that_vanish_or_explode_stay_finite(family, log_scale):
    distribution = family((2,))
    x = jnp.array([0.0, 5.0])

    def log_prob(h):
        return distribution.with_parameters(h).log_prob(x)

    h = jnp.zeros((2, distribution.num_params)).at[:, -1].set(log_scale)
    total, gradient = jax.value_and_grad(log_prob)(h)
    assert jnp.isfinite(total)
    assert jnp.isfinite(gradient).all()
    assert jnp.isfinite(distribution.with_parameters(h).sample(jax.random.key(0))).all()


def test_uniform_is_nothing_outside_its_box_and_draws_inside():
    box = sx.Uniform((2,), 0.1, 0.3)
    for x in ([0.2, 0.05], [0.31, 0.2]):
        total, gradient = jax.value_and_grad(box.log_prob)(jnp.array(x))
        assert total == -jnp.inf
        assert jnp.isfinite(gradient).all()
    draws = jax.vmap(box.sample)(jax.random.split(jax.random.key(0), 1000))
    assert draws.min() >= box.low.value.min()
    assert draws.max() < box.high.value.min()


def test_categorical_takes_classes_of_any_dtype_and_refuses_what_is_none():
    die = sx.Categorical((1,), 3, jnp.array([0.0, 1.0, 2.0]))
    of_int = die.log_prob(jnp.array([2]))
    assert of_int == die.log_prob(jnp.array([2.0])) == die.log_prob(jnp.array([2], jnp.uint8))
    for x in (-1.0, 3.0, 0.5):
        assert die.log_prob(jnp.array([x])) == -jnp.inf


def test_mixture_where_no_component_reaches_has_gradients():
    mixture = sx.Mixture([sx.Uniform((1,), 0.0, 1.0), sx.Uniform((1,), 2.0, 3.0)], 0.0, trainable=True)
    for x, wanted in ((0.5, np.log(0.5)), (1.5, -np.inf)):
        total, gradients = eqx.filter_value_and_grad(lambda m, x=x: m.log_prob(jnp.array([x])))(mixture)
        np.testing.assert_allclose(total, wanted, rtol=1e-6)
        assert jnp.isfinite(gradients.logits).all()


def test_mixture_refuses_components_of_two_kinds():
    with pytest.raises(ConfigError, match="2 kinds"):
        sx.Mixture([sx.Normal((1,)), sx.Logistic((1,))])


def test_ensemble_refuses_members_of_two_structures():
    with pytest.raises(ConfigError, match="2 members of 2 structures"):
        sx.Ensemble([sx.Normal((1,)), sx.Logistic((1,))])


def test_ensemble_of_bounds_is_a_bound():
    def noisy(loc):
        decoder = sx.Conditional(sx.Normal((1,)), sx.nn.MLP(1, 2, hidden=(), key=jax.random.key(1)))
        encoder = sx.Conditional(sx.Normal((1,)), sx.nn.MLP(1, 2, hidden=(), key=jax.random.key(2)))
        return sx.Flow(sx.Normal((1,), loc), sx.VAE(encoder, decoder))

    ensemble = sx.Ensemble([noisy(-1.0), noisy(2.0)])
    assert not ensemble.exact
    assert sx.Ensemble([sx.Normal((1,))] * 2).exact
    flow, x = sx.Flow(ensemble, sx.Chain()), jnp.zeros((1, 1))
    bound = np.mean([flow.log_prob(x, jax.random.key(i)) for i in range(200)])
    tight = flow.log_prob(x, jax.random.key(0), num_samples=20_000)
    assert bound < float(tight[0])
    drawn, log_prob = flow.sample_and_log_prob(jax.random.key(3), 4)
    assert drawn.shape == (4, 1)
    assert jnp.isfinite(log_prob).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: sx.Normal((1,), scale=0.0),
        lambda: sx.HalfNormal((1,), -1.0),
        lambda: sx.Uniform((1,), 1.0, 1.0),
        lambda: sx.Categorical((1,), 0),
        lambda: sx.Sorted(sx.Normal((2, 2))),
        lambda: sx.Thresholded(sx.Normal(())),
    ],
)
def test_settings_out_of_range_are_refused(make):
    with pytest.raises(ConfigError):
        make()
