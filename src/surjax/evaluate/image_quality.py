"""How near images are to the true ones, and how they are enlarged without a model."""

from typing import Any

import numpy as np

from surjax.errors import DataError

WINDOW = 7
"""The height and width of the windows of the structural similarity."""


def psnr(truth: Any, images: Any, bits: int = 8) -> np.ndarray:
    """The peak signal-to-noise ratio of each image in dB, (k,); +∞ where an image is the true one.

        PSNR = 10 log₁₀(L²/MSE),   L = 2^bits − 1

    MSE is the mean of (truth − image)² over all pixels and channels.

    Args:
        truth: (k, C, H, W), from 0 to L.
        images: of the same shape.
        bits: of a channel of a pixel.

    Raises:
        DataError: the shapes differ, or are no images.

    >>> psnr(np.zeros((1, 1, 2, 2)), np.full((1, 1, 2, 2), 25.5)).tolist()
    [20.0]
    """
    from skimage.metrics import peak_signal_noise_ratio

    truth, images = _pair(truth, images)
    with np.errstate(divide="ignore"):  # of images that are equal
        values = [
            peak_signal_noise_ratio(true, image, data_range=2**bits - 1)
            for true, image in zip(truth, images, strict=True)
        ]
    return np.array(values)


def ssim(truth: Any, images: Any, bits: int = 8) -> np.ndarray:
    """The structural similarity of each image (Wang et al. 2004), (k,); 1 where an image is the true one.

        SSIM = (2μν + c₁)(2ρ + c₂)/((μ² + ν² + c₁)(σ² + τ² + c₂)),   c₁ = (0.01 L)²,   c₂ = (0.03 L)²

    μ, ν are the means, σ², τ² the variances and ρ the covariance in a window of 7 × 7 pixels that all count
    alike; it is the mean over windows and channels. NaN where images are smaller than a window.

    Args and Raises: as for `psnr`.

    >>> round(float(ssim(np.zeros((1, 1, 7, 7)), np.full((1, 1, 7, 7), 25.5))[0]), 6)
    0.009901
    """
    from skimage.metrics import structural_similarity

    truth, images = _pair(truth, images)
    if min(truth.shape[2:]) < WINDOW:
        return np.full(len(truth), np.nan)
    values = [
        structural_similarity(true, image, win_size=WINDOW, data_range=2**bits - 1, channel_axis=0)
        for true, image in zip(truth, images, strict=True)
    ]
    return np.array(values)


def bicubic(images: Any, size: tuple[int, int], bits: int = 8) -> np.ndarray:
    """Images (k, C, h, w) of uint8 or uint16 enlarged to `size` (H, W) by Pillow's bicubic interpolation.

    A pixel is taken for the middle of its block, as that of a mean pyramid is; of a nearest one it is the
    block's first pixel, so that there the result lies a little to the right and below. Rounded, and cut off
    outside 0 … 2^bits − 1.

    >>> bicubic(np.full((1, 1, 2, 2), 7, np.uint8), (4, 4)).ravel().tolist() == 16 * [7]
    True
    """
    from PIL import Image

    images, (height, width) = np.asarray(images), size
    # Pillow rounds what has 8 bits itself
    given = images if images.dtype == np.uint8 else images.astype(np.float32)
    large = [
        [
            np.asarray(Image.fromarray(channel).resize((width, height), Image.Resampling.BICUBIC))
            for channel in image
        ]
        for image in given
    ]
    return np.rint(np.clip(np.array(large), 0, 2**bits - 1)).astype(images.dtype)


def nearest(images: Any, size: tuple[int, int]) -> np.ndarray:
    """Images (…, C, h, w) enlarged to `size` (H, W), multiples of theirs, each pixel becoming a block.

    >>> nearest(np.array([[[1, 2]]]), (2, 4)).tolist()
    [[[1, 1, 2, 2], [1, 1, 2, 2]]]
    """
    images, (height, width) = np.asarray(images), size
    return images.repeat(height // images.shape[-2], -2).repeat(width // images.shape[-1], -1)


def _pair(truth: Any, images: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays in float64, of one shape (k, C, H, W)."""
    truth, images = np.asarray(truth, np.float64), np.asarray(images, np.float64)
    if truth.shape != images.shape or truth.ndim != 4:
        raise DataError(
            f"the true images have shape {truth.shape} and the others {images.shape}: give two arrays of one "
            "shape (k, C, H, W)."
        )
    return truth, images
