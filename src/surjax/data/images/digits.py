"""The handwritten digits that come with scikit-learn, as images of 8×8."""

from pathlib import Path

import numpy as np

from surjax.data.images.image_set import ImageSet

SHAPE = (1, 8, 8)
BITS = 5


def read_digits(data_dir: Path | None = None) -> tuple[ImageSet, None]:
    """Return the 1,797 images, of 1×8×8; there is no test part.

    Their values go from 0 to 16, so they are taken as images of 5 bits as they are: nothing is lost, and
    the values above 16 never occur. (They are from the UCI set of Alpaydin and Kaynak 1998.)

    Args:
        data_dir: no matter; they are installed with scikit-learn.

    >>> digits, _ = read_digits()
    >>> len(digits), digits.form, int(digits.values.max())
    (1797, ImageForm(shape=(1, 8, 8), bits=5), 16)
    """
    from sklearn.datasets import load_digits

    loaded = load_digits()
    values = loaded.images.astype(np.uint8)[:, None]  # type: ignore
    labels = loaded.target.astype(np.int64)  # type: ignore
    return ImageSet("digits-images", values, BITS, labels, tuple("0123456789")), None
