import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from surjax.data.toy import TOY, quadrature, toy
from surjax.data.toy.base import SmoothToyDensity
from surjax.data.toy.circles import Circles
from surjax.data.toy.curves import NoisyCurve
from surjax.errors import DataError, ShapeError

N = 16384  # more than one chunk of log_prob


@pytest.fixture(params=TOY, scope="module")
def density(request):
    return TOY[request.param]


@pytest.fixture(scope="module")
def samples(density):
    return density.sample(jax.random.key(1), N)


def step(density):
    return density.scale / 2 if isinstance(density, SmoothToyDensity) else 1 / 16


def chi_square(density, x, cells=16):
    """The p-value of Pearson's test of the points against the density integrated over cells."""
    (x0, x1), (y0, y1) = density.support
    per_cell = [int(np.ceil((b - a) / cells / step(density))) for a, b in density.support]
    axes = [
        a + (b - a) * (np.arange(cells * k) + 0.5) / (cells * k)
        for (a, b), k in zip(density.support, per_cell, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    mass = np.concatenate([np.exp(density.log_density(p)) for p in np.array_split(points, 32)])
    mass = mass.reshape(cells, per_cell[0], cells, per_cell[1]).sum((1, 3)).ravel()
    observed = np.histogram2d(*x.T, bins=cells, range=[[x0, x1], [y0, y1]])[0].ravel()
    expected = len(x) * mass / mass.sum()
    often = expected >= 5
    observed = np.append(observed[often], len(x) - observed[often].sum())
    expected = np.append(expected[often], max(len(x) - expected[often].sum(), 1e-3))
    return stats.chi2.sf(np.sum((observed - expected) ** 2 / expected), len(expected) - 1)


def test_points_are_float32_of_the_plane(density, samples):
    assert samples.shape == (N, 2)
    assert samples.dtype == jnp.float32
    assert len(np.unique(np.asarray(samples), axis=0)) > 0.99 * N


def test_entropy_is_the_mean_negative_log_density(density, samples):
    surprise = -np.asarray(density.log_prob(samples), np.float64)
    error = surprise.std() / np.sqrt(N)
    assert abs(surprise.mean() - density.entropy()) < 5 * error + 1e-5


def test_jax_and_numpy_agree_on_the_density(density, samples):
    exact = density.log_density(np.asarray(samples[::16], np.float64))
    np.testing.assert_allclose(density.log_prob(samples)[::16], exact, atol=2e-3)


def test_integrates_to_one(density):
    total = quadrature.integrate(lambda x: np.exp(density.log_density(x)), density.support, step(density))
    assert abs(total - 1) < 1e-4 if density.name == "sine_wave" else abs(total - 1) < 1e-8


def test_sampler_follows_the_density(density, samples):
    x = np.asarray(samples, np.float64)
    assert chi_square(density, x) > 1e-4
    assert chi_square(density, 0.95 * x) < 1e-8


def test_bounds_hold_nearly_all_points(density, samples):
    low, high = np.asarray(density.bounds).T
    assert np.all((samples >= low) & (samples <= high), axis=-1).mean() > 0.99


def test_smooth_densities_stay_finite_far_away(density):
    far = density.log_prob(jnp.array([[300.0, -400.0], [0.0, 1e3], [0.0, 0.0]]))
    assert not jnp.isnan(far).any()
    if isinstance(density, SmoothToyDensity):
        assert jnp.isfinite(far).all()
        assert (far[:2] < -1000).all()


@pytest.mark.parametrize(
    ("name", "published"),
    [("checkerboard", 3.4657), ("corners", 2.9470), ("eight_gaussians", 2.8319), ("four_circles", 2.8708)],
)
def test_entropies_of_the_2d_study(name, published):
    assert abs(toy(name).entropy() - published) < 5e-5


@pytest.mark.parametrize("name", ["eight_gaussians", "four_circles", "two_moons", "pinwheel"])
def test_the_grid_is_fine_enough_for_the_entropy(name):
    density = TOY[name]
    assert isinstance(density, SmoothToyDensity)

    def integrand(x):
        log_p = density.log_density(x)
        return -np.exp(log_p) * log_p

    finer = quadrature.integrate(integrand, density.support, density.scale / 4)
    assert abs(density.entropy() - finer) < 1e-5


def test_off_the_support():
    checkerboard = toy("checkerboard")
    assert checkerboard.log_prob(jnp.array([1.0, 1.0])) == pytest.approx(-np.log(32))
    light_and_outside = jnp.array([[1.0, -1.0], [4.0, 1.0], [5.0, 5.0], [-4.001, -4.0]])
    assert (checkerboard.log_prob(light_and_outside) == -jnp.inf).all()
    assert toy("sine_wave").log_prob(jnp.array([4.5, 0.0])) == -jnp.inf


def test_corners_overlap_has_twice_the_height_of_the_bars():
    inner, bar = toy("corners").log_prob(jnp.array([[-1.5, 1.5], [-1.5, 3.0]]))
    assert inner - bar == pytest.approx(np.log(2), abs=1e-6)


@pytest.mark.parametrize("name", [name for name, d in TOY.items() if isinstance(d, NoisyCurve)])
def test_the_curve_is_fine_enough_for_the_density(name):
    curve = TOY[name]
    assert isinstance(curve, NoisyCurve)
    centres, weights = curve.nodes
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    rng = np.random.default_rng(0)
    x = centres[rng.integers(len(centres), size=200)] + 3 * curve.std * rng.normal(size=(200, 2))
    t = (np.arange(20_000) + 0.5) / 20_000
    t = curve.start + (curve.end - curve.start) * t ** (1 / curve.power)
    dense = curve.curve(t, np)
    if curve.mirrored:
        dense = np.concatenate([dense, -dense])
    squared = np.sum((x[:, None] - dense) ** 2, -1)
    density = np.mean(np.exp(-0.5 * squared / curve.std**2), -1) / (2 * np.pi * curve.std**2)
    np.testing.assert_allclose(curve.log_density(x), np.log(density), atol=1e-4)


def test_gradient_at_a_circles_centre_is_finite():
    rings = toy("rings")
    assert isinstance(rings, Circles)
    assert jnp.isfinite(jax.grad(rings.log_prob)(jnp.zeros(2))).all()


def test_float64_and_leading_axes():
    with jax.enable_x64(True):
        x = jax.random.normal(jax.random.key(0), (2, 3, 2), jnp.float64)
        for name in ("four_circles", "checkerboard", "two_moons"):
            log_p = TOY[name].log_prob(x)
            assert log_p.dtype == jnp.float64
            exact = TOY[name].log_density(np.asarray(x).reshape(-1, 2)).reshape(2, 3)
            np.testing.assert_allclose(log_p, exact, rtol=1e-10)


def test_mistakes():
    with pytest.raises(DataError, match=r"no toy density 'chess'.*checkerboard"):
        toy("chess")
    with pytest.raises(ShapeError, match=r"shape \(5, 3\)"):
        toy("rings").log_prob(jnp.zeros((5, 3)))
