"""What the laws do not say of the bijections: initialisation, structure, and what they refuse."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax import univariate as uni
from surjax.errors import ConfigError, ShapeError
from surjax.models.baseline import Baseline
from surjax.nn import MADE


@pytest.mark.parametrize("shape", [(3,), (3, 4, 5)])
def test_actnorm_standardises_each_channel_of_the_batch_it_is_initialised_on(shape):
    scale = jnp.array([0.1, 1.0, 1e3]).reshape(3, *[1] * (len(shape) - 1))
    xs = scale * (2.0 + 3.0 * jax.random.normal(jax.random.key(0), (500, *shape)))
    norm, zs = sx.ActNorm(shape).initialize(xs)
    axes = (0, *range(2, zs.ndim))
    np.testing.assert_allclose(zs.mean(axes), 0.0, atol=1e-4)
    np.testing.assert_allclose(zs.std(axes), 1.0, atol=1e-4)
    np.testing.assert_allclose(jax.vmap(lambda x: norm.forward(x)[0])(xs), zs, atol=1e-5)


def test_unbiased_actnorm_divides_by_one_less():
    xs = jax.random.normal(jax.random.key(0), (5, 3))
    norm, _ = sx.ActNorm((3,), unbiased=True).initialize(xs)
    np.testing.assert_allclose(norm.log_scale, np.log(np.std(xs, axis=0, ddof=1) + 1e-6), rtol=1e-5)
    images, _ = sx.ActNorm((3, 2, 1), unbiased=True).initialize(xs.T.reshape(1, 3, 5, 1)[:, :, :2])
    np.testing.assert_allclose(images.log_scale, np.log(np.std(xs[:2], axis=0, ddof=1) + 1e-6), rtol=1e-5)
    one, z = sx.ActNorm((3,), unbiased=True).initialize(xs[:1])
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in (one.log_scale, z))


@pytest.mark.parametrize("constant", [0.0, 1.0, 1e6])
def test_actnorm_stays_finite_on_a_constant_column(constant):
    xs = jnp.stack([jnp.full(100, constant), jnp.arange(100.0)], axis=1)
    norm, zs = sx.ActNorm((2,)).initialize(xs)
    flow = sx.Flow(sx.Normal((2,)), norm)
    gradients = eqx.filter_grad(lambda f: f.log_prob(xs).mean())(flow)
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves((norm, zs, gradients)))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("size", "hidden"), [(5, (16, 16)), (5, (3,)), (4, ()), (1, (4,))])
def test_masked_autoregressive_inverse_is_the_fixed_point_of_its_forward(size, hidden, reverse):
    made = MADE(size, 2, hidden=hidden, context_size=2, reverse=reverse, key=jax.random.key(0))
    maf = sx.MaskedAutoregressive(uni.Affine(), made)
    z, context = jax.random.normal(jax.random.key(1), (size,)), jnp.array([0.3, -1.0])
    x = jnp.zeros(size)
    for _ in range(size):  # element i is right after i rounds
        h = made(x, context).reshape(size, 2)
        x = (z - h[:, 0]) * jnp.exp(-h[:, 1])
    np.testing.assert_allclose(maf.inverse(z, context=context), x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
def test_masked_autoregressive_jacobian_is_triangular(reverse):
    made = MADE(5, 2, hidden=(16, 16), reverse=reverse, key=jax.random.key(0))
    maf = sx.MaskedAutoregressive(uni.Affine(), made)
    jacobian = np.asarray(jax.jacobian(lambda x: maf.forward(x)[0])(jnp.ones(5)))
    lower = jacobian.T if reverse else jacobian
    assert (np.triu(lower, 1) == 0).all()
    assert (np.tril(lower) != 0).sum() > 10


def test_gradients_pass_through_the_masked_autoregressive_inverse():
    with jax.enable_x64(True):
        maf = sx.MaskedAutoregressive(uni.Affine(), MADE(3, 2, hidden=(8,), key=jax.random.key(0)))
        z = jnp.array([0.5, -1.0, 0.2])
        x = maf.inverse(z)
        backward = jax.jacobian(maf.inverse)(z)
        forward = jax.jacobian(lambda x: maf.forward(x)[0])(x)
        np.testing.assert_allclose(backward @ forward, np.eye(3), atol=1e-10)


@pytest.mark.parametrize("init", ["orthogonal", "permutation", "identity"])
def test_linear_map_starts_as_what_was_asked_for(init):
    linear = sx.LULinear(4, init, key=jax.random.key(0))
    matrix = jax.jacobian(lambda x: linear.forward(x)[0])(jnp.zeros(4))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(4), atol=1e-5)
    if init != "orthogonal":
        np.testing.assert_allclose(matrix, np.round(matrix), atol=1e-6)
    if init == "identity":
        np.testing.assert_allclose(matrix, np.eye(4), atol=1e-6)


@pytest.mark.parametrize("size", [2, 3, 6])
def test_rotation_is_orthogonal_with_determinant_one(size):
    matrix = sx.Rotation(size, key=jax.random.key(0)).matrix()
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(size), atol=1e-5)
    np.testing.assert_allclose(jnp.linalg.det(matrix), 1.0, atol=1e-5)


def test_rotation_by_an_angle_turns_by_it_and_learns_it():
    rotation = sx.Rotation.by_angle(0.3)
    c, s = np.cos(0.3), np.sin(0.3)
    np.testing.assert_allclose(rotation.matrix(), [[c, -s], [s, c]], atol=1e-6)
    gradient = eqx.filter_grad(lambda r: r.forward(jnp.array([1.0, 0.0]))[0][1])(rotation)
    assert float(jnp.abs(gradient.normals).max()) > 0.1
    assert sx.count_parameters(sx.Rotation.by_angle(0.3, trainable=False)) == 0


def test_log_det_of_a_scalar_scale_counts_the_elements_of_x():
    for shape in ((), (3,), (2, 3)):
        x = jnp.ones(shape)
        np.testing.assert_allclose(sx.Scale(-2.0).forward(x)[1], x.size * np.log(2.0), rtol=1e-6)
        np.testing.assert_allclose(sx.Scale(2.0).forward(x)[0], 2.0 * x)
    by_channel = sx.Scale(jnp.array([[2.0], [3.0]]))
    np.testing.assert_allclose(by_channel.forward(jnp.ones((2, 5)))[1], 5 * np.log(6.0), rtol=1e-6)


def test_fixed_maps_have_no_trained_parameters_and_learned_ones_start_as_given():
    assert sx.count_parameters(sx.Affine(scale=2.0, trainable=False)) == 0
    learned = sx.Affine((3,), shift=1.0, scale=-2.0)
    assert sx.count_parameters(learned) == 6
    np.testing.assert_allclose(learned.forward(jnp.ones(3))[0], -1.0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda k: sx.Scale(0.0), "nowhere 0"),
        (lambda k: sx.Scale(jnp.ones(3), (2,)), "broadcast"),
        (lambda k: sx.Permute((0, 0, 1)), "each index"),
        (lambda k: sx.Rotation(3, 3, key=k), "even"),
        (lambda k: sx.LULinear(3, "glorot", key=k), "orthogonal, permutation or identity"),
        (lambda k: sx.Reshape((2, 3), (5,)), "equally many"),
        (lambda k: sx.Logit(0.5), "less than"),
        (lambda k: sx.LeakyReLU(0.0), "positive"),
        (lambda k: sx.MaskedAutoregressive(uni.Shift(), MADE(3, 2, key=k)), "num_params"),
        (lambda k: sx.Parallel((sx.Scale(2.0),), (1, 2)), "size of its block"),
    ],
)
def test_settings_that_make_no_bijection_are_refused(make, says):
    with pytest.raises(ConfigError, match=says):
        make(jax.random.key(0))


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: sx.Scale(jnp.ones((2, 1))), (3, 4)),
        (lambda: sx.Shift(jnp.ones((2, 1))), (2,)),
        (lambda: sx.Permute((1, 0)), (3,)),
        (sx.Reverse, ()),
        (lambda: sx.Reshape((2, 3), (6,)), (6,)),
        (lambda: sx.Parallel((sx.Scale(2.0), sx.Reverse()), (1, 2)), (4,)),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(make, shape):
    transform = make()
    with pytest.raises(ShapeError, match=type(transform).__name__):
        transform.forward(jnp.ones(shape))


@pytest.mark.parametrize("scale", ["exp", "softplus", "sigmoid", "tanh_exp"])
def test_density_far_away_is_zero_and_not_nan(scale):
    flow = Baseline(num_couplings=8, hidden=(20,), scale=scale).build(jax.random.key(0))
    flow = jax.tree.map(lambda leaf: 30 * leaf if eqx.is_inexact_array(leaf) else leaf, flow)
    points = 10.0 * jax.random.normal(jax.random.key(1), (1000, 2))
    log_p = flow.log_prob(points)
    assert not jnp.isnan(log_p).any()
    assert (log_p < 0).all()
