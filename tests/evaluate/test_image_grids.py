import numpy as np
import pytest
from PIL import Image

from surjax.data import ImageForm
from surjax.data.images.pixels import pixels_of, to_pixels
from surjax.errors import ConfigError
from surjax.pictures.image_grid import grid, write_grid


def test_samples_become_pixels():
    form = ImageForm((1, 1, 4), 3)
    assert to_pixels([[[-3.0, 2.6, 9.0, np.nan]]], form).tolist() == [[[0, 3, 7, 0]]]
    images = np.array([[[[-3.0, 2.6, 9.0, np.nan]]], [[[-0.4, 7.4, 0.0, 1.0]]], [[[np.inf, 8.0, 7.5, 0.0]]]])
    pixels, cut, broken = pixels_of(images, form)
    assert pixels.tolist() == [[[[0, 3, 7, 0]]], [[[0, 7, 0, 1]]], [[[0, 7, 7, 0]]]]
    assert (cut, broken) == (4, 2)


def test_images_lie_in_rows():
    form = ImageForm((1, 8, 8), 5)
    images = np.zeros((5, 1, 8, 8), np.uint8)
    images[3] = 31
    picture = grid(images, form)  # three side by side, each enlarged to 64
    assert picture.shape == (2 * 66 + 2, 3 * 66 + 2, 3)
    assert (picture[2:66, 2:66] == 0).all()
    assert (picture[68:132, 2:66] == 255).all()
    assert grid(images, form, columns=5).shape == (68, 5 * 66 + 2, 3)


def test_pictures_are_png(tmp_path):
    form = ImageForm((3, 100, 50))
    write_grid(tmp_path / "a.png", np.zeros((2, 3, 100, 50), np.uint8), form)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (2 * 52 + 2, 104)
    with pytest.raises(ConfigError, match=r"ends in '.svg'"):
        write_grid(tmp_path / "a.svg", np.zeros((2, 3, 100, 50), np.uint8), form)
