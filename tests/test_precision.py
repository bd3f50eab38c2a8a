"""Data of any offset and scale in float32: what `surjax.precision` does before and after a program."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.spread import loses_digits, shift_and_scale

OFFSET = np.array([1.6e9, 59.91, -1e12])
SCALE = np.array([300.0, 2e-6, 1.0])
Z = np.random.default_rng(0).normal(size=(200, 3))
X = OFFSET + SCALE * Z
KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def flow():
    return sx.Flow(sx.Normal((3,)), sx.Chain(sx.Standardize(OFFSET, SCALE), sx.Scale(2.0)))


def truth(x):
    """The log-density of X's columns, scaled by 2."""
    z = 2 * (x - OFFSET) / np.asarray(SCALE, np.float32)
    return (-0.5 * z**2 - 0.5 * np.log(2 * np.pi) + np.log(2) - np.log(SCALE)).sum(-1)


def test_every_digit_of_numpy_arrays_is_used(flow):
    np.testing.assert_allclose(flow.log_prob(X), truth(X), rtol=1e-5)
    np.testing.assert_allclose(flow.log_prob(X.tolist()), truth(X), rtol=1e-5)
    whole = np.array([[1_600_000_300, 60, -1_000_000_000_001]])
    np.testing.assert_allclose(flow.log_prob(whole), truth(whole), rtol=1e-5)


def test_samples_have_every_digit_and_are_scored_as_they_were_drawn(flow):
    x, log_prob = flow.sample_and_log_prob(KEY, 500)
    assert x.dtype == np.float64
    np.testing.assert_allclose((x - OFFSET).std(0), SCALE / 2, rtol=0.2)
    np.testing.assert_allclose(flow.log_prob(x), log_prob, atol=1e-3)
    assert np.abs((flow.sample(KEY, 500) - x) / SCALE).max() < 1e-3


def test_decoding_what_was_encoded_gives_every_digit_back(flow):
    back = flow.decode(*flow.encode(X))
    assert np.abs((back - X) / SCALE).max() < 1e-4  # a float64 number near 10¹² has 4 digits after the point


def test_inside_other_transformations_jax_does_it_all(flow):
    near = jnp.asarray(OFFSET, jnp.float32)
    expected = truth(np.asarray(near, np.float64))
    np.testing.assert_allclose(eqx.filter_jit(flow.log_prob)(near), expected, rtol=1e-3)
    assert isinstance(eqx.filter_jit(flow.sample)(KEY), jax.Array)
    assert jax.grad(flow.log_prob)(near).shape == (3,)


def test_one_program_serves_other_numbers(flow):
    other = sx.Flow(sx.Normal((3,)), sx.Chain(sx.Standardize(-OFFSET, 2 * SCALE), sx.Scale(2.0)))
    flow.log_prob(X)
    with jax.log_compiles(), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        other.log_prob(-X)
    assert not told


def test_fitting_standardises_what_float32_does_not_hold():
    flow = sx.Flow(sx.Normal((3,)), sx.Affine((3,)))
    config = sx.TrainConfig(steps=20, batch_size=50, eval_every=10)
    seen = []
    with pytest.warns(UserWarning, match="float32 does not hold the digits"):
        fitted = sx.fit(
            flow,
            X,
            validation=X[:50],
            config=config,
            callbacks=[lambda progress: seen.append(progress.flow and progress.flow())],
        )
    assert fitted.history[-1].validation_loss == pytest.approx(-fitted.flow.log_prob(X[:50]).mean(), abs=2)
    np.testing.assert_allclose(fitted.flow.log_prob(X).mean(), truth(X).mean(), atol=4)
    np.testing.assert_array_equal(seen[-1].log_prob(X), fitted.flow.log_prob(X))


def test_data_that_float32_holds_are_fitted_as_they_are():
    flow = sx.Flow(sx.Normal((3,)), sx.Affine((3,)))
    config = sx.TrainConfig(steps=2, batch_size=50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = sx.fit(flow, Z, config=config).flow
    assert isinstance(fitted.transform, sx.Affine)


@pytest.mark.parametrize(
    ("values", "lost"),
    [(Z[:, 0], False), (1e4 + Z[:, 0], False), (1e6 + Z[:, 0], True), (1e-19 * Z[:, 0], True)],
)
def test_digits_are_lost(values, lost):
    assert loses_digits(values) == lost


@pytest.mark.parametrize(
    ("values", "shift", "scale"),
    [
        ([3.0, 3.0, 3.0], 3.0, 1.0),
        ([0.0] * 80 + [1.0] * 20, 0.0, 1 / 4.6527),
        ([0.0] * 999 + [5.0], 0.0, 5 * np.sqrt(0.001 * 0.999)),
        ([1e200, -1e200], 0.0, 1e37),
    ],
)
def test_every_column_has_a_scale(values, shift, scale):
    assert shift_and_scale(np.array(values)) == pytest.approx((shift, scale), rel=1e-3)


def test_an_atom_is_the_shift_and_is_left_out_of_the_scale():
    values = np.concatenate([np.zeros(600), 10 + Z[:, 0]])
    shift, scale = shift_and_scale(values, atoms=(0.0,))
    assert shift == 0.0
    assert scale == pytest.approx(1, rel=0.2)


@pytest.mark.parametrize(("shift", "scale"), [([0.0], [0.0]), ([np.nan], [1.0]), ([1e38], [1.0])])
def test_numbers_out_of_range_are_refused(shift, scale):
    with pytest.raises(sx.errors.ConfigError, match="Standardize was given"):
        sx.Standardize(shift, scale)
