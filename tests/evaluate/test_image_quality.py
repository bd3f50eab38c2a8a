import numpy as np
import pytest

from surjax.errors import DataError
from surjax.evaluate.image_quality import bicubic, nearest, psnr, ssim

RANDOM = np.random.default_rng(0)


def test_psnr_by_hand():
    truth = np.full((3, 3, 4, 4), 100, np.uint8)
    images = truth + np.array([0, 1, 5], np.uint8)[:, None, None, None]
    assert psnr(truth, images) == pytest.approx([np.inf, 20 * np.log10(255), 20 * np.log10(51)])
    truth, images = np.array([[[[3, 0]]]], np.uint8), np.array([[[[0, 1]]]], np.uint8)  # MSE (9 + 1)/2
    assert psnr(truth, images, bits=5) == pytest.approx([10 * np.log10(31**2 / 5)])


def test_ssim_of_one_window_by_hand():
    truth, images = RANDOM.integers(0, 256, (2, 2, 3, 7, 7))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def of(x, y):
        (a, b), (_, d) = np.cov(x.ravel(), y.ravel())
        m, n = x.mean(), y.mean()
        return (2 * m * n + c1) * (2 * b + c2) / ((m**2 + n**2 + c1) * (a + d + c2))

    expected = [
        np.mean([of(x, y) for x, y in zip(true, image, strict=True)])
        for true, image in zip(truth, images, strict=True)
    ]
    assert ssim(truth, images) == pytest.approx(expected)
    assert ssim(truth, truth) == pytest.approx([1, 1])


def test_ssim_of_even_images_depends_on_the_bits():
    dark, bright = np.full((1, 1, 9, 9), 3), np.full((1, 1, 9, 9), 9)
    for bits in (4, 8):
        c1 = (0.01 * (2**bits - 1)) ** 2
        assert ssim(dark, bright, bits) == pytest.approx([(2 * 27 + c1) / (9 + 81 + c1)])


def test_images_smaller_than_a_window_have_no_ssim():
    images = RANDOM.integers(0, 256, (2, 1, 6, 20))
    assert np.isnan(ssim(images, images)).all()
    assert ssim(images, images).shape == (2,)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_images_of_two_shapes_are_not_compared(measure):
    with pytest.raises(
        DataError, match=r"shape \(2, 1, 8, 8\) and the others \(2, 1, 8, 9\): give two arrays"
    ):
        measure(np.zeros((2, 1, 8, 8)), np.zeros((2, 1, 8, 9)))
    with pytest.raises(DataError, match=r"give two arrays of one shape \(k, C, H, W\)"):
        measure(np.zeros((8, 8)), np.zeros((8, 8)))


def test_bicubic_keeps_a_ramp_and_its_place():
    ramp = np.tile(np.arange(0, 96, 8, dtype=np.uint8), (2, 3, 12, 1))
    large = bicubic(ramp, (24, 24))
    assert (large.shape, large.dtype) == ((2, 3, 24, 24), np.uint8)
    inside = 4 * np.arange(24) - 2  # a small pixel is the middle of two large ones
    assert (large[..., 4:-4] == inside[4:-4]).all()


def test_bicubic_stays_in_range():
    edge = np.zeros((1, 1, 8, 8), np.uint8)
    edge[..., 4:] = 31
    assert bicubic(edge, (32, 32)).max() > 31
    assert bicubic(edge, (32, 32), bits=5).max() == 31
    assert bicubic(edge, (32, 32), bits=5).min() == 0


def test_nearest_makes_blocks():
    images = RANDOM.integers(0, 256, (2, 3, 4, 6))
    large = nearest(images, (8, 24))
    assert large.shape == (2, 3, 8, 24)
    for row in range(2):
        for column in range(4):
            assert np.array_equal(large[..., row::2, column::4], images)
