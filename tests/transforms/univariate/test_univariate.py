"""What the laws do not say of the univariate families: the identity at 0, the tails, the formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from surjax import univariate as uni
from surjax.errors import ConfigError
from surjax.transforms.univariate.bins import simplex, softmax_bin
from surjax.transforms.univariate.inversion import solve_increasing

SPLINES = [spline(5) for spline in (uni.LinearSpline, uni.QuadraticSpline, uni.CubicSpline)]
SPLINES.append(uni.RationalQuadraticSpline(5))
splines = pytest.mark.parametrize("spline", SPLINES, ids=lambda s: type(s).__name__)


def values_and_gradients(direction, x, h):
    """What a direction gives, and the gradients of its sum by x and h, by one program."""

    def total(x, h):
        values = direction(x, h)
        return sum(y.sum() for y in values), values

    (_, values), gradients = jax.jit(jax.value_and_grad(total, (0, 1), has_aux=True))(x, h)
    return values, gradients


@splines
def test_spline_is_the_identity_at_zero_parameters(spline):
    x = jnp.linspace(-6.0, 6.0, 101)
    z, log_derivative = jax.jit(spline.forward)(x, jnp.zeros((101, spline.num_params)))
    np.testing.assert_allclose(z, x, atol=3e-6)
    np.testing.assert_allclose(log_derivative, 0.0, atol=1e-5)


@splines
def test_batch_that_is_all_tail_leaves_values_and_gradients_those_of_the_identity(spline):
    x = jnp.array([5.001, -1e4, 1e15, -1e30, 3e38])
    h = 3.0 * jax.random.normal(jax.random.key(0), (5, spline.num_params))
    for direction in (spline.forward, spline.inverse):
        (z, log_derivative), (gx, gh) = values_and_gradients(direction, x, h)
        assert (z == x).all()
        assert (log_derivative == 0).all()
        assert (gx == 1).all()
        assert (gh == 0).all()


@splines
@pytest.mark.parametrize("size", [1e3, 1e6])
def test_spline_stays_finite_at_parameters_that_are_far_too_large(spline, size):
    x = jnp.linspace(-5.0, 5.0, 64)
    h = size * jax.random.normal(jax.random.key(0), (64, spline.num_params))
    for direction in (spline.forward, spline.inverse):
        values, gradients = values_and_gradients(direction, x, h)
        assert all(bool(jnp.isfinite(y).all()) for y in (*values, *gradients))


@pytest.mark.parametrize("derivatives", [1, 2])
def test_bin_of_a_softmax_differentiates_as_the_plain_sums_do(derivatives):
    with jax.enable_x64(True):
        raw = jax.random.normal(jax.random.key(0), (6,))

        def plain(raw):
            sizes = simplex(raw, 0.01)
            return jnp.stack([sizes[:4].sum(), sizes[4]])

        def written_out(raw):
            return jnp.stack(softmax_bin(raw, jnp.array(4), 0.01))

        for _ in range(derivatives):
            plain, written_out = jax.jacobian(plain), jax.jacobian(written_out)
        np.testing.assert_allclose(jax.jit(written_out)(raw), jax.jit(plain)(raw), atol=1e-12)


def test_search_finds_the_root_and_its_derivatives_are_those_of_the_inverse_function():
    with jax.enable_x64(True):

        def forward(x, power):
            return x + x**power, jnp.log1p(power * x ** (power - 1))

        def inverse(z, power):
            return solve_increasing(lambda x: forward(x, power), z, jnp.array(-50.0), jnp.array(50.0))

        z = jnp.array(7.0)
        x = inverse(z, 3.0)
        np.testing.assert_allclose(forward(x, 3.0)[0], z, rtol=1e-14)
        slope, bend = 1 + 3 * x**2, 6 * x
        np.testing.assert_allclose(jax.grad(inverse)(z, 3.0), 1 / slope, rtol=1e-12)
        np.testing.assert_allclose(jax.grad(jax.grad(inverse))(z, 3.0), -bend / slope**3, rtol=1e-12)
        by_power = -(x**3) * jnp.log(x) / slope
        np.testing.assert_allclose(jax.grad(inverse, 1)(z, 3.0), by_power, rtol=1e-12)


MIXTURES = {
    "logistic": (uni.LogisticMixture(3), scipy.stats.logistic, scipy.special.logit),
    "normal": (uni.NormalMixture(3), scipy.stats.norm, scipy.special.ndtri),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_mixture_is_the_quantile_of_the_mixtures_cdf(name):
    mixture, component, quantile = MIXTURES[name]
    with jax.enable_x64(True):
        x = jnp.linspace(-4.0, 4.0, 41)
        h = 0.7 * jax.random.normal(jax.random.key(0), (mixture.num_params,))
        z, _ = jax.jit(mixture.forward)(x, jnp.broadcast_to(h, (41, len(h))))
    shift, log_scale, weights, locs, log_scales = np.split(np.asarray(h), [1, 2, 5, 8])
    scales = 1e-3 + (1 - 1e-3) * np.exp(log_scales)
    cdf = component.cdf(np.asarray(x)[:, None], locs + np.array([-1.0, 0.0, 1.0]), scales)
    expected = quantile(cdf @ scipy.special.softmax(weights)) * np.exp(log_scale) + shift
    np.testing.assert_allclose(z, expected, rtol=1e-8)


@pytest.mark.parametrize("name", MIXTURES)
def test_mixture_of_one_component_is_affine_as_far_as_floats_go(name):
    mixture = type(MIXTURES[name][0])(1)
    x = jnp.array([-1e6, -50.0, 0.0, 1e-6, 50.0, 1e6])
    h = jnp.broadcast_to(jnp.array([0.0, 0.0, 0.0, 0.0, np.log(2.0)]), (6, 5))
    z, log_derivative = jax.jit(mixture.forward)(x, h)
    scale = 1e-3 + (1 - 1e-3) * 2.0
    np.testing.assert_allclose(z, x / scale, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(log_derivative, -np.log(scale), atol=1e-4)


@pytest.mark.parametrize("name", MIXTURES)
def test_gap_between_two_narrow_components_gives_no_nan(name):
    mixture = type(MIXTURES[name][0])(2, spread=10.0)
    h = jnp.zeros((3, mixture.num_params)).at[:, -2:].set(-20.0)
    x = jnp.array([0.0, -9.9, 3.0])
    values, gradients = values_and_gradients(mixture.forward, x, h)
    back, _ = jax.jit(mixture.inverse)(values[0], h)
    assert all(bool(jnp.isfinite(y).all()) for y in (*values, back, *gradients))


@pytest.mark.parametrize(
    "make",
    [
        lambda: uni.LinearSpline(0),
        lambda: uni.LinearSpline(8, (1.0, 1.0)),
        lambda: uni.LinearSpline(8, min_size=0.125),
        lambda: uni.QuadraticSpline(1),
        lambda: uni.CubicSpline(8, min_derivative=0.5),
        lambda: uni.RationalQuadraticSpline(8, min_derivative=1.0),
        lambda: uni.LogisticMixture(0),
        lambda: uni.NormalMixture(2, min_scale=0.0),
        lambda: uni.Affine("cube"),
    ],
)
def test_settings_out_of_range_are_refused(make):
    with pytest.raises(ConfigError):
        make()
