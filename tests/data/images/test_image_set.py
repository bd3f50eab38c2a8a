import numpy as np
import pytest

from surjax.data import ImageForm, ImageSet
from surjax.data.images.digits import read_digits
from surjax.errors import ConfigError, DataError


def images(n=3, channels=3, side=8, **options) -> ImageSet:
    random = np.random.default_rng(0)
    return ImageSet("some", random.integers(0, 256, (n, channels, side, side), np.uint8), **options)


def test_bits_are_cut_off():
    whole = images()
    for bits in range(2, 9):
        few = whole.reduce_bits(bits)
        assert np.array_equal(few.values, whole.values // 2 ** (8 - bits))
        assert few.form == ImageForm((3, 8, 8), bits)
        assert few.form.levels == 2**bits
    assert np.array_equal(whole.reduce_bits(5).reduce_bits(3).values, whole.reduce_bits(3).values)


def test_a_smaller_image_is_the_rounded_mean_of_boxes():
    whole = images()
    for factor in (1, 2, 4, 8):
        boxes = whole.values.reshape(3, 3, 8 // factor, factor, 8 // factor, factor).astype(float)
        assert np.array_equal(whole.downsample(factor).values, np.floor(boxes.mean((3, 5)) + 0.5))


def test_zeros_around():
    padded = images(side=5).pad(8)
    assert padded.values.shape == (3, 3, 8, 8)
    assert np.array_equal(padded.values[:, :, 1:6, 1:6], images(side=5).values)
    assert padded.values.sum() == images(side=5).values.sum()


def test_rows_keep_their_labels():
    labelled = images(labels=np.array([4, 5, 6]))
    assert labelled.take(np.array([2, 0])).labels.tolist() == [6, 4]  # type: ignore
    assert len(labelled.choose(2, seed=1)) == 2
    with pytest.raises(DataError, match="has 3 rows, so 4 cannot be chosen"):
        labelled.choose(4)
    assert labelled.truth is None
    assert labelled.fingerprint == images().fingerprint != labelled.reduce_bits(7).fingerprint


@pytest.mark.parametrize(
    ("values", "bits", "sentence"),
    [
        (np.zeros((2, 3, 4, 4), np.float32), 8, "holds float32 and images of 8 bits are uint8 from 0 to 255"),
        (np.zeros((2, 3, 4, 4), np.int64), 8, "holds int64"),
        (np.zeros((2, 4, 4), np.uint8), 8, r"has shape \(2, 4, 4\)"),
        (np.zeros((2, 2, 4, 4), np.uint8), 8, "one channel or three"),
        (np.zeros((0, 3, 4, 4), np.uint8), 8, "no pixels"),
        (np.full((2, 3, 4, 4), 32, np.uint8), 5, "has the value 32, which has more than 5 bits"),
    ],
)
def test_what_is_no_image(values, bits, sentence):
    with pytest.raises(DataError, match=sentence):
        ImageSet("some", values, bits)


def test_changes_that_do_not_fit():
    with pytest.raises(ConfigError, match="bits is 9 and some has 8"):
        images().reduce_bits(9)
    with pytest.raises(ConfigError, match="bits is 1"):
        images().reduce_bits(1)
    with pytest.raises(ConfigError, match="downsample is 3 and must be a power of two"):
        images().downsample(3)
    with pytest.raises(ConfigError, match="8×8: choose a power of two that divides both"):
        images().downsample(16)
    with pytest.raises(ConfigError, match="pad is 7 and the images of some are 8×8"):
        images().pad(7)


def test_forms_in_json():
    form = ImageForm((1, 4, 6), 3)
    assert ImageForm.from_json(form.to_json()) == form
    for wrong in ({}, {"shape": [1, 2], "bits": 3}, {"shape": [1, 2, 3], "bits": 17}, 5):
        with pytest.raises(DataError):
            ImageForm.from_json(wrong)


def test_digits_lose_nothing():
    digits, test = read_digits()
    assert test is None
    assert (digits.form, digits.values.min(), digits.values.max()) == (ImageForm((1, 8, 8), 5), 0, 16)
    assert digits.reduce_bits(4).values.max() == 8
