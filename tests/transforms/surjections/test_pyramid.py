"""The pyramid on whole numbers: exact on all small images and on many large ones, and its total mass."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import ImageSet
from surjax.errors import ConfigError, ShapeError
from surjax.transforms.surjections.pyramid import PYRAMIDS

DTYPES = (np.uint8, np.int32, np.float32)


def mosaic(windows):
    """Windows a b c d, the rows of an array, as the 2 × 2 pixels of one grey image."""
    side = int(np.sqrt(len(windows)))
    return windows.reshape(side, side, 2, 2).transpose(0, 2, 1, 3).reshape(1, 2 * side, 2 * side)


ALL_OF_4_BITS = mosaic(np.array(list(itertools.product(range(16), repeat=4)), np.uint8))
"""Every window of four bits."""
MANY_OF_8_BITS = np.random.default_rng(0).integers(0, 256, (1, 2000, 2000), np.uint8)
"""A million windows."""
EXTREMES = mosaic(np.array(list(itertools.product((0, 1, 127, 128, 254, 255), repeat=4)), np.uint8))
"""Every window of six values, the darkest and the brightest among them."""

images = pytest.mark.parametrize("image", [ALL_OF_4_BITS, MANY_OF_8_BITS, EXTREMES], ids=["4", "8", "edges"])
dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


def pyramid_of(shape, kind="mean"):
    """A pyramid whose details are given."""
    return sx.Pyramid(shape, sx.Given((3 * shape[0], shape[1] // 2, shape[2] // 2)), kind)


@images
@dtypes
@pytest.mark.parametrize("kind", PYRAMIDS)
def test_image_comes_back_from_its_half_and_details(image, dtype, kind):
    pyramid = pyramid_of(image.shape, kind)
    z, details = pyramid.split(jnp.asarray(image.astype(dtype)))
    assert z.dtype == details.dtype == jnp.float32
    np.testing.assert_array_equal(pyramid.merge(z, details), image)


@images
@dtypes
def test_mean_is_the_image_that_scaling_down_makes(image, dtype):
    z, details = pyramid_of(image.shape).split(jnp.asarray(image.astype(dtype)))
    np.testing.assert_array_equal(z, ImageSet("some", image[None]).downsample(2).values[0])
    a, b, c, d = (image[0, i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
    np.testing.assert_array_equal(z[0], (a + b + c + d + 2) // 4)
    np.testing.assert_array_equal(details, [a - b, a - c, a - d])


@images
@dtypes
def test_nearest_is_the_first_pixel_of_each_window(image, dtype):
    z, details = pyramid_of(image.shape, "nearest").split(jnp.asarray(image.astype(dtype)))
    np.testing.assert_array_equal(z, image[:, ::2, ::2])
    np.testing.assert_array_equal(details, [image[0, i::2, j::2] for i, j in ((0, 1), (1, 0), (1, 1))])


@pytest.mark.parametrize("kind", PYRAMIDS)
def test_channels_are_apart_and_their_details_side_by_side(kind):
    x = jax.random.randint(jax.random.key(0), (3, 4, 6), 0, 256)
    z, details = pyramid_of((3, 4, 6), kind).split(x)
    for c in range(3):
        alone = pyramid_of((1, 4, 6), kind).split(x[c : c + 1])
        np.testing.assert_array_equal(z[c : c + 1], alone[0])
        np.testing.assert_array_equal(details[3 * c : 3 * c + 3], alone[1])


@pytest.mark.parametrize("kind", PYRAMIDS)
@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_details_of_any_dtype_are_put_back(kind, dtype):
    pyramid = pyramid_of((1, 6, 4), kind)
    x = jax.random.randint(jax.random.key(0), (1, 6, 4), 0, 256)
    z, details = (part.astype(dtype) for part in pyramid.split(x))
    np.testing.assert_array_equal(pyramid.merge(z, details), x)


def test_classes_are_drawn_as_details():
    flow = sx.Flow(
        sx.Categorical((1, 1, 1), 4), sx.Pyramid((1, 2, 2), sx.Categorical((3, 1, 1), 4), "nearest")
    )
    x = flow.sample(jax.random.key(0), 500)
    assert jnp.issubdtype(x.dtype, jnp.floating)
    assert set(np.unique(x)) == set(range(4))
    np.testing.assert_allclose(flow.log_prob(x), -4 * np.log(4), rtol=1e-6)


IMAGES_OF_2_BITS = np.array(list(itertools.product(range(4), repeat=4))).reshape(-1, 1, 2, 2)


def uniform_flow(kind):
    """All smaller images of two bits are as likely, and so are all details that some image has."""
    details = {
        "mean": sx.Flow(sx.Categorical((3, 1, 1), 7), sx.Shift(3.0)),
        "nearest": sx.Categorical((3, 1, 1), 4),
    }
    return sx.Flow(sx.Categorical((1, 1, 1), 4), sx.Pyramid((1, 2, 2), details[kind], kind))


@pytest.mark.parametrize(("kind", "mass"), [("nearest", 1.0), ("mean", 4**4 / (4 * 7**3))])
def test_mass_of_all_images_is_what_details_leave(kind, mass):
    p = np.exp(uniform_flow(kind).log_prob(IMAGES_OF_2_BITS))
    np.testing.assert_allclose(p, mass / 4**4, rtol=1e-5)
    assert p.sum() == pytest.approx(mass, rel=1e-5)


@pytest.mark.parametrize("kind", PYRAMIDS)
def test_no_two_images_have_the_same_half_and_details(kind):
    pyramid = pyramid_of((1, 2, 2), kind)
    z, details = jax.vmap(pyramid.split)(jnp.asarray(IMAGES_OF_2_BITS))
    pairs = np.concatenate([z.reshape(-1, 1), details.reshape(-1, 3)], 1)
    assert len(np.unique(pairs, axis=0)) == 4**4


def test_likelihood_is_that_of_half_and_details():
    half, details = sx.Normal((2, 2, 3), 100.0, 50.0), sx.Normal((6, 2, 3), 1.0, 30.0)
    x = jax.random.randint(jax.random.key(0), (5, 2, 4, 6), 0, 256)
    for kind in PYRAMIDS:
        pyramid = sx.Pyramid((2, 4, 6), details, kind)
        z, dropped = jax.vmap(pyramid.split)(x)
        wanted = jax.vmap(half.log_prob)(z) + jax.vmap(details.log_prob)(dropped)
        np.testing.assert_allclose(sx.Flow(half, pyramid).log_prob(x), wanted, rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 4, 7), (4, 4), (1, 1, 1)])
def test_odd_sides_are_refused(shape):
    with pytest.raises(ShapeError, match=r"height and width are multiples of 2: build it .*\.$"):
        sx.Pyramid(shape, sx.Given((3, 2, 2)))


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 2, 2), (9, 2, 2), (3, 2, 3)])
def test_decoder_of_another_shape_is_refused(shape):
    says = r"^Pyramid drops shape \(3, 2, 2\) and its decoder, Normal, has shape .*: make the two agree\.$"
    with pytest.raises(ConfigError, match=says):
        sx.Pyramid((1, 4, 4), sx.Normal(shape))


def test_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match=r"^kind is 'median' and must be one of mean, nearest\.$"):
        pyramid_of((1, 4, 4), "median")


def test_images_of_another_shape_are_refused():
    pyramid = pyramid_of((3, 4, 4))
    with pytest.raises(ShapeError, match=r"Pyramid was given shape \(3, 4, 6\) and takes \(3, 4, 4\)"):
        pyramid.forward(jnp.zeros((3, 4, 6)))
    with pytest.raises(ShapeError, match=r"Pyramid was given shape \(1, 2, 2\) and takes \(3, 2, 2\)"):
        pyramid.inverse(jnp.zeros((1, 2, 2)), jax.random.key(0))
