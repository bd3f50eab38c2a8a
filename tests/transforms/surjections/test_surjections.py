"""What the laws do not say of single surjections: models that are known in closed form, and edges."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, ShapeError, SurjaxError
from surjax.nn import MLP


def test_losing_one_sign_makes_antipodal_points_as_likely():
    base = sx.Normal((3,), 1.0, 2.0)
    flow = sx.Flow(base, sx.AbsoluteValue((3,), whole=True))
    x = jnp.array([[0.5, -1.0, 2.0], [0.0, -1.0, 2.0]])
    np.testing.assert_allclose(flow.log_prob(x), flow.log_prob(-x))
    np.testing.assert_allclose(flow.log_prob(x[0]), base.log_prob(x[0]) - np.log(2), rtol=1e-6)


def test_relu_of_a_rectified_normal_is_the_normal():
    flow = sx.Flow(sx.Rectified(sx.HalfNormal((4,))), sx.ReLU((4,)))
    x = jax.random.normal(jax.random.key(0), (100, 4))
    np.testing.assert_allclose(flow.log_prob(x), jax.vmap(sx.Normal((4,)).log_prob)(x), rtol=1e-4)


def draws_of_filled_zeros(scale):
    """Draws of the bound for Inverse(ReLU), and the truth, for data of rectified standard normals."""
    x = jnp.array([[0.0, 1.3], [0.0, 0.0], [0.2, 2.0]])
    flow = sx.Flow(sx.Normal((2,)), sx.Inverse(sx.ReLU((2,), sx.HalfNormal((2,), scale))))
    draws = flow.log_prob(jnp.repeat(x[:, None], 500, 1), jax.random.key(0))
    return draws, jax.vmap(sx.Rectified(sx.HalfNormal((2,))).log_prob)(x)


def test_filling_zeros_with_the_right_noise_gives_the_likelihood_itself():
    draws, truth = draws_of_filled_zeros(1.0)
    np.testing.assert_allclose(draws, jnp.broadcast_to(truth[:, None], draws.shape), atol=1e-5)


def test_filling_zeros_with_other_noise_gives_a_bound():
    draws, truth = draws_of_filled_zeros(1.5)
    mean, error = draws.mean(1), draws.std(1) / np.sqrt(500)
    assert (mean <= truth + 5 * error + 1e-5).all()
    assert (mean[:2] < truth[:2] - 0.01).all()  # these two have zeros


def test_relu_refuses_a_decoder_that_cannot_tell_elements_apart():
    with pytest.raises(ConfigError, match="PlackettLuce"):
        sx.ReLU((2,), sx.PlackettLuce(2))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fraction_just_below_one_is_not_rounded_up(dtype):
    with jax.enable_x64(dtype == "float64"):
        z = jnp.asarray([0, 1, 2, 255, 65535, 2**23 - 1, -1, -2, -256, -65536], dtype)
        rounding = sx.Rounding(sx.Uniform(z.shape))
        for u in (0.0, 0.5, 1 - jnp.finfo(dtype).epsneg, 1.0):
            x = rounding.merge(z, jnp.full(z.shape, u, dtype))
            np.testing.assert_array_equal(jnp.floor(x), z)


def test_fraction_of_a_number_just_below_zero_is_below_one():
    z, u = sx.Rounding(sx.Uniform((1,))).split(jnp.array([-1e-12]))
    assert z == -1
    assert 0 <= u < 1


def test_dequantisation_takes_bytes_and_gives_them_back():
    flow = sx.Flow(sx.Uniform((3, 2, 2), 0.0, 256.0), sx.dequantize((3, 2, 2)))
    x = jax.random.randint(jax.random.key(0), (10, 3, 2, 2), 0, 256).astype(jnp.uint8)
    latent = flow.encode(x, jax.random.key(1))
    assert jnp.issubdtype(latent.z.dtype, jnp.floating)
    np.testing.assert_array_equal(flow.decode(*latent), x)
    # a uniform byte has 8 bits
    np.testing.assert_allclose(flow.log_prob(x, jax.random.key(2)), -12 * np.log(256), rtol=1e-5)


def test_class_survives_noise_that_lies_far_above_its_threshold():
    """Where the softplus of the threshold rounds to nothing, the marked entry must still be the largest."""
    for loc in ([-100.0, 100.0, 0.0], [100.0, -100.0, 0.0], [0.0, 0.0, 40.0]):
        encoder = sx.Thresholded(sx.Normal((3,), jnp.array(loc)))
        for c in range(3):
            v, log_q = encoder.sample_and_log_prob(jax.random.key(c), context=jnp.array([c]))
            assert jnp.argmax(v) == c
            assert jnp.isfinite(log_q)
            assert jnp.isfinite(encoder.log_prob(v, context=jnp.array([c])))


def test_vectors_of_another_class_have_no_density():
    encoder = sx.Thresholded(sx.Normal((3,)))
    v = jnp.array([0.0, 2.0, 1.0])
    assert [bool(jnp.isfinite(encoder.log_prob(v, context=jnp.array([c])))) for c in range(3)] == [
        False,
        True,
        False,
    ]


def test_argmax_encoder_can_be_a_flow_with_a_context():
    noise = sx.Flow(
        sx.Normal((3,)),
        sx.ConditionalElementwise(
            (3,), sx.univariate.Affine(), MLP(3 + 2, 6, hidden=(8,), key=jax.random.key(0))
        ),
    )
    flow = sx.Flow(sx.Normal((3,)), sx.Inverse(sx.ArgMax(3, sx.Thresholded(noise))))
    x = jnp.array([[0.0], [1.0], [2.0]])
    context = jnp.ones((3, 2))
    z, dropped = flow.encode(x, jax.random.key(1), context)
    np.testing.assert_array_equal(flow.decode(z, dropped, context=context), x)
    assert jnp.isfinite(flow.log_prob(x, jax.random.key(2), context)).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: sx.AbsoluteValue((2,), elements=(2,)),
        lambda: sx.AbsoluteValue((2,), elements=(0, 0)),
        lambda: sx.AbsoluteValue((2,), elements=(0,), whole=True),
        lambda: sx.AbsoluteValue((2,), sx.Bernoulli((3,))),
        lambda: sx.Slice((3,), 3),
        lambda: sx.Slice((3,), 2, sx.Normal((2,))),
        lambda: sx.Sort(3, sx.UniformPermutation(4)),
        lambda: sx.Max(3, sx.HalfNormal((2,))),
        lambda: sx.ArgMax(1),
        lambda: sx.ArgMax(4, sx.Thresholded(sx.Normal((3,)))),
    ],
)
def test_settings_that_do_not_fit_are_refused(make):
    with pytest.raises(ConfigError):
        make()


@pytest.mark.parametrize(
    "transform",
    [sx.Slice((3,), 2), sx.Sort(3), sx.Max(3), sx.ReLU((3,)), sx.ArgMax(3), sx.Rounding(sx.Uniform((3,)))],
)
def test_data_of_another_shape_are_refused(transform):
    with pytest.raises(ShapeError):
        transform.forward(jnp.zeros(4))
    with pytest.raises(ShapeError):
        transform.inverse(jnp.zeros(5), jax.random.key(0))


def test_dequantising_with_a_bounded_encoder_is_refused():
    bounded = sx.Flow(sx.Normal((3,)), sx.augment((2,), 1))
    with pytest.raises(SurjaxError, match="exact"):
        sx.dequantize((2,), bounded)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sx.Atoms(()),
        lambda: sx.Atoms((1.0, 1.0)),
        lambda: sx.Atoms((jnp.inf,)),
        lambda: sx.Atoms((0.0,), sx.Inverse(sx.ArgMax(3))),
        lambda: sx.Quantize((1,), 0.0),
        lambda: sx.Quantize((1,), 0.5, sx.Uniform((2,))),
        lambda: sx.Bounded(1.0, 1.0),
        lambda: sx.Bounded(0.0, squeeze=0.5),
    ],
)
def test_atoms_steps_and_bounds_that_cannot_be_are_refused(make):
    with pytest.raises(ConfigError):
        make()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_drawn_in_a_cell_is_rounded_back_to_it(dtype):
    with jax.enable_x64(dtype == "float64"):
        z = 0.1 * jnp.asarray([0, 1, 3, 7, 255, 65535, -1, -2, -65536], dtype)
        quantize = sx.Quantize(z.shape, 0.1)
        for share in (0.0, 1e-9, 0.5, 1.0):
            back = quantize.split(quantize.merge(z, jnp.full(z.shape, 0.1 * share, dtype)))[0]
            np.testing.assert_allclose(back, z, rtol=1e-6)
