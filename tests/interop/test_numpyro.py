"""Flows in numpyro itself: distributions, priors under NUTS, guides and parameters under SVI."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax import inference
from surjax.errors import ConfigError, ShapeError

# pip install 'surjax[numpyro]' brings it
numpyro = pytest.importorskip("numpyro")
dist = numpyro.distributions
constraints = dist.constraints

from surjax.interop.numpyro import AutoFlow, FlowDistribution, flow_module, support_of  # noqa: E402
from surjax.interop.numpyro.distribution import require_exact  # noqa: E402

KEY = jax.random.key(0)
CORRELATED = sx.Flow(sx.Normal((2,)), sx.Chain(sx.Affine((2,), 0.5, 2.0), sx.LULinear(2, key=KEY)))
"""A normal distribution of two numbers that depend on each other."""


def coupled(context_shape=()):
    """A spline coupling flow of three numbers, given a context where it has a shape."""
    spline = sx.univariate.RationalQuadraticSpline(4)
    network = sx.nn.MLP.of(hidden=(8,))

    def layer(swap, key):
        return sx.Coupling.of((3,), spline, network, swap=swap, context_shape=context_shape or None, key=key)

    return sx.Flow(sx.Normal((3,)), sx.Chain(layer(False, KEY), layer(True, jax.random.key(1))))


def covariance_of(flow):
    """(mean, covariance) of a flow that is an affine map of standard normal noise."""
    mean = flow.decode(jnp.zeros(flow.base.shape))
    matrix = jax.jacfwd(flow.decode)(jnp.zeros(flow.base.shape))
    return np.asarray(mean, float), np.asarray(matrix @ matrix.T, float)


def test_it_is_the_flow_in_every_shape():
    flow, x = coupled(), jax.random.normal(KEY, (4, 5, 3))
    made = FlowDistribution(flow)
    assert (made.batch_shape, made.event_shape, made.support) == ((), (3,), constraints.real_vector)
    np.testing.assert_allclose(made.log_prob(x), flow.log_prob(x), rtol=1e-5)
    np.testing.assert_allclose(made.sample(KEY, (4, 5)), flow.sample(KEY, (4, 5)), rtol=1e-4, atol=1e-4)
    drawn, between = made.expand((5,)).sample_with_intermediates(KEY, (4,))
    assert drawn.shape == (4, 5, 3)
    np.testing.assert_allclose(made.log_prob(drawn, between), flow.log_prob(drawn), rtol=1e-4, atol=1e-4)


def test_a_batch_of_contexts_is_a_batch_of_distributions():
    flow, contexts = coupled((2,)), jax.random.normal(KEY, (5, 2))
    made = FlowDistribution(flow, contexts, batch_shape=(5,))
    x = made.sample(KEY, (4,))
    assert x.shape == (4, 5, 3)
    each = jnp.broadcast_to(contexts, (4, 5, 2))
    np.testing.assert_allclose(made.log_prob(x), flow.log_prob(x, context=each), rtol=1e-5)
    np.testing.assert_allclose(made.log_prob(x[0, 0]), flow.log_prob(x[:1, 0].repeat(5, 0), context=contexts))
    assert made.to_event(1).log_prob(x).shape == (4,)


def test_it_passes_through_compiled_functions_and_scans():
    made, xs = FlowDistribution(coupled()), jax.random.normal(KEY, (4, 3))
    inside = jax.jit(lambda d, x: (d, d.log_prob(x)))
    again, value = inside(made, xs)
    np.testing.assert_allclose(value, made.log_prob(xs), rtol=1e-5)
    carried, scanned = jax.lax.scan(lambda d, x: (d, d.log_prob(x)), again, xs)
    np.testing.assert_allclose(scanned, value, rtol=1e-5)
    assert (carried.support, carried.has_rsample) == (constraints.real_vector, True)


def potential(prior):
    """The potential energy of a model with one latent site, on the line, and its gradient at some points."""

    def model():
        numpyro.sample("obs", dist.Normal(numpyro.sample("x", prior), 1.0).to_event(1), obs=jnp.ones(2))

    def energy(u):
        return numpyro.infer.util.potential_energy(model, (), {}, {"x": u})

    return jax.vmap(jax.value_and_grad(energy))(jnp.array([[0.3, -1.0], [2.0, 0.1]]))


@pytest.mark.parametrize(
    ("bounds", "same"),
    [
        (inference.positive(), lambda: dist.TransformedDistribution(
            dist.Normal(jnp.zeros(2), 1.0), [dist.transforms.biject_to(constraints.softplus_positive)])),
        (sx.Logit(), lambda: dist.TransformedDistribution(
            dist.Normal(jnp.zeros(2), 1.0), [dist.transforms.SigmoidTransform()])),
    ],
    ids=["positive", "unit interval"],
)  # fmt: skip
def test_a_bounded_prior_is_that_of_numpyro(bounds, same):
    flow = sx.Flow(sx.Normal((2,)), sx.Chain(bounds, sx.Affine((2,))))
    # the same map from the line for both: that of the flow's support
    theirs = same().to_event(1)
    prior = FlowDistribution(flow)
    assert type(prior.support.base_constraint) is type(support_of(flow).base_constraint)
    x = prior.sample(KEY, (50,))
    assert bool(prior.support(x).all())
    np.testing.assert_allclose(prior.log_prob(x), theirs.log_prob(x), rtol=1e-4, atol=1e-4)
    energy, slope = potential(prior)
    assert np.isfinite(energy).all()
    assert np.isfinite(slope).all()


def test_supports_are_told_by_the_first_transform():
    def over(*transforms):
        return sx.Flow(sx.Normal((2,)), sx.Chain(*transforms))

    low = support_of(over(inference.support([0.0, 1.0], jnp.inf), sx.Affine((2,)))).base_constraint
    np.testing.assert_array_equal(low.lower_bound, [0.0, 1.0])
    both = support_of(over(sx.Chain(inference.support(-1.0, [1.0, 2.0])))).base_constraint
    np.testing.assert_array_equal(both.upper_bound, [1.0, 2.0])
    assert support_of(over(inference.simplex(3))) is constraints.simplex
    assert support_of(sx.Flow(sx.Normal(()), sx.Affine(()))) is constraints.real
    assert support_of(sx.Flow(sx.Normal((2, 3)), sx.Affine((2, 3)))).event_dim == 2


def test_a_support_of_several_bounds_is_given():
    flow = sx.Flow(sx.Normal((2,)), inference.support([0.0, -1.0], [jnp.inf, 1.0]))
    with pytest.raises(ConfigError, match=r"Bounded bounds numbers.*give support="):
        FlowDistribution(flow)
    several = constraints.cat([constraints.positive, constraints.interval(-1.0, 1.0)], dim=-1)
    prior = FlowDistribution(flow, support=several)
    assert bool(prior.support(prior.sample(KEY, (100,))).all())
    assert np.isfinite(potential(prior)[0]).all()


@pytest.mark.slow
def test_nuts_under_a_flow_as_the_prior_gives_the_conjugate_posterior():
    observed = jnp.array([1.0, -0.5])

    def model():
        x = numpyro.sample("x", FlowDistribution(CORRELATED))
        numpyro.sample("obs", dist.Normal(x, 0.7).to_event(1), obs=observed)

    chains = numpyro.infer.MCMC(
        numpyro.infer.NUTS(model), num_warmup=300, num_samples=1500, progress_bar=False
    )
    chains.run(KEY)
    x = np.asarray(chains.get_samples()["x"], float)
    mean, covariance = covariance_of(CORRELATED)
    gain = covariance @ np.linalg.inv(covariance + 0.49 * np.eye(2))
    np.testing.assert_allclose(x.mean(0), mean + gain @ (observed - mean), atol=0.1)
    np.testing.assert_allclose(np.cov(x.T), covariance - gain @ covariance, atol=0.1)


@pytest.mark.slow
def test_a_guide_reaches_the_evidence():
    """Of a model whose posterior is normal on the line, and so within the flow's reach."""
    slopes, observed = jnp.array([[1.0, 0.5], [-0.3, 2.0]]), jnp.array([0.7, -1.2])

    def model():
        numpyro.sample("rate", dist.LogNormal(0.5, 0.3))
        z = numpyro.sample("z", dist.Normal(jnp.zeros(2), 1.0).to_event(1))
        numpyro.sample("obs", dist.Normal(slopes @ z, 0.5).to_event(1), obs=observed)

    def flow(n):
        return sx.Flow(sx.Normal((n,)), sx.Chain(sx.Affine((n,)), sx.LULinear(n, key=KEY)))

    guide = AutoFlow(model, flow)
    svi = numpyro.infer.SVI(
        model, guide, numpyro.optim.Adam(lambda i: 0.05 * 0.997**i), numpyro.infer.Trace_ELBO(16)
    )
    found = svi.run(KEY, 1500, progress_bar=False)
    evidence = jax.scipy.stats.multivariate_normal.logpdf(
        observed, jnp.zeros(2), slopes @ slopes.T + 0.25 * jnp.eye(2)
    )
    assert abs(found.losses[-200:].mean() + evidence) < 0.02
    drawn = guide.sample_posterior(KEY, found.params, sample_shape=(2000,))
    assert {name: x.shape for name, x in drawn.items()} == {"rate": (2000,), "z": (2000, 2)}
    assert abs(jnp.log(drawn["rate"]).mean() - 0.5) < 0.05
    assert guide.get_flow(found.params).sample(KEY, 5).shape == (5, 3)
    weighed = guide.get_posterior(found.params).log_prob(jnp.zeros((4, 3)))
    assert weighed.shape == (4,)


def test_svi_trains_what_surjax_would():
    x = 3 + 0.5 * jax.random.normal(KEY, (200, 2))
    start = sx.Flow(sx.Normal((2,), 0.1, 0.9), sx.Affine((2,)))  # Normal holds its numbers, Affine learns

    def model():
        flow = flow_module("likelihood", start)
        with numpyro.plate("rows", 200):
            numpyro.sample("x", FlowDistribution(flow), obs=x)

    svi = numpyro.infer.SVI(model, lambda: None, numpyro.optim.Adam(0.05), numpyro.infer.Trace_ELBO())
    found = svi.run(KEY, 800, progress_bar=False)
    trained = numpyro.handlers.substitute(flow_module, found.params)("likelihood", start)
    assert jax.tree.all(jax.tree.map(jnp.array_equal, trained.base, start.base))
    best = jax.scipy.stats.norm.logpdf(x, x.mean(0), x.std(0)).sum()
    assert abs(found.losses[-1] + best) < 0.5


BOUND = sx.Flow(sx.Normal((3,)), sx.Inverse(sx.Slice((3,), 2)))
"""Of two numbers, with one that is drawn: its log-density is a bound."""


ON_SIMPLEX = sx.Flow(sx.Normal((1,)), sx.Simplex(2))


def learned_choice():
    """A flow whose base learns which component a sample is of."""
    return sx.Flow(sx.StudentMixture(2, 3, trainable=True), sx.Affine((2,)))


def model_of_two():
    numpyro.sample("z", dist.Normal(jnp.zeros(2), 1.0).to_event(1))


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: FlowDistribution(BOUND), ConfigError, "a lower bound, drawn anew"),
        (lambda: require_exact(sx.Normal((2,)), "a guide"), ConfigError, "Normal is no Flow"),
        (lambda: FlowDistribution(CORRELATED, support=constraints.real_matrix), ConfigError, "2 axes"),
        (lambda: FlowDistribution(coupled((2,)), jnp.ones(2), batch_shape=(3,)), ShapeError, "axes"),
        (lambda: FlowDistribution(inference.torus_flow(2, key=KEY)), ConfigError, "UniformTorus bounds"),
        (lambda: AutoFlow(model_of_two, BOUND), ConfigError, "a guide needs an exact"),
        (lambda: AutoFlow(model_of_two, learned_choice()), ConfigError, "chances are learned"),
        (lambda: AutoFlow(model_of_two, ON_SIMPLEX), ConfigError, "leave the map out"),
        (numpyro.handlers.seed(AutoFlow(model_of_two, coupled()), KEY), ShapeError, "2 latent numbers"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(call, error, told):
    with pytest.raises(error, match=told):
        call()


def test_learned_choices_are_not_reparametrized():
    assert FlowDistribution(CORRELATED).has_rsample
    assert not FlowDistribution(learned_choice()).has_rsample


def test_a_missing_package_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("surjax.interop.numpyro")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpyro", None)
    with pytest.raises(ConfigError, match=r"pip install 'surjax\[numpyro\]'"):
        import surjax.interop.numpyro  # noqa: F401
