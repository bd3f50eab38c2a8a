import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from surjax.data import ImageConfig, ImageForm, load_images
from surjax.errors import ConfigError, DataError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 65536, (8, 8), np.uint16)
COLOUR = RNG.integers(0, 65536, (8, 8, 3), np.uint16)


def write_png(path, colour):
    """One of 16 bits and colours, which Pillow does not write."""
    rows = b"".join(b"\0" + row.tobytes() for row in colour.astype(">u2"))
    header = struct.pack(">IIBBBBB", colour.shape[1], colour.shape[0], 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    parts = [struct.pack(">I", len(data)) + kind + data for kind, data in chunks]
    checked = [part + struct.pack(">I", zlib.crc32(part[4:])) for part in parts]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(checked))


@pytest.fixture(params=["grey.png", "colour.png", "grey.tif", "colour.tiff"])
def picture(request, tmp_path):
    """A file of 16 bits, and its pixels (1, C, H, W)."""
    path = tmp_path / request.param
    pixels = GREY if path.stem == "grey" else COLOUR
    if path.name == "colour.png":
        write_png(path, pixels)
    elif path.suffix == ".png":
        Image.fromarray(pixels).save(path)
    else:
        tifffile.imwrite(path, pixels)
    return path, pixels.reshape(8, 8, -1).transpose(2, 0, 1)[None]


def test_more_than_eight_bits_are_refused_or_all_taken(picture):
    path, pixels = picture
    for source in (path, path.parent):
        with pytest.raises(DataError, match=f"{path.name} holds uint16, which is more than 8 bits"):
            load_images(source)
        images, _ = load_images(source, bits=16)
        assert images.form == ImageForm(pixels.shape[1:], 16)
        assert np.array_equal(images.values, pixels)


def test_a_range_says_which_numbers_are_black_and_white(picture):
    path, pixels = picture
    with pytest.warns(UserWarning, match="numbers from 0 to 65535 became pixels from 0 to 255: 1"):
        images, _ = load_images(path, range=(0, 65535))
    assert np.array_equal(images.values, np.rint(pixels / 257).astype(np.uint8))


@pytest.mark.parametrize(("low", "high", "top"), [(0, 1, 255), (-1, 1, 255), (0, 1, 65535)])
def test_arrays_of_a_range(tmp_path, low, high, top):
    pixels = RNG.integers(0, top + 1, (4, 3, 8, 8))
    pixels.flat[:2] = 0, top
    np.save(tmp_path / "a.npy", (low + (high - low) * pixels / top).astype(np.float32))
    with pytest.raises(DataError, match=f"for instance --range {low} {high}"):
        load_images(tmp_path / "a.npy")
    with pytest.warns(UserWarning, match=f"numbers from {low} to {high} became pixels from 0 to {top}"):
        images, _ = load_images(tmp_path / "a.npy", range=(low, high), bits=8 if top == 255 else 16)
    assert np.array_equal(images.values, pixels)
    with pytest.raises(DataError, match=r"beyond the range 0\.25 to 0\.5"):
        load_images(tmp_path / "a.npy", range=(0.25, 0.5))


def test_wrong_ranges_and_bits(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 1, 4, 4)))
    for wrong in ((1, 0), (0, float("inf"))):
        with pytest.raises(ConfigError, match="must be two numbers, the smaller first"):
            load_images(tmp_path / "a.npy", range=wrong)
    with pytest.raises(DataError, match="the bits are from 1 to 16"):
        ImageForm((1, 4, 4), 17)


def test_images_of_eight_bits_are_spread_over_sixteen_where_there_are_both(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    bytes_ = RNG.integers(0, 256, (8, 8), np.uint8)
    Image.fromarray(bytes_).save(tmp_path / "b.png")
    with pytest.warns(UserWarning, match="images of 8 bits spread over 16: 1"):
        images, _ = load_images(tmp_path, bits=16)
    assert np.array_equal(images.values[:, 0], [GREY, bytes_ * np.uint16(257)])


def test_the_highest_of_sixteen_bits_are_kept(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    images, _ = ImageConfig(bits=12).load(str(tmp_path))
    assert np.array_equal(images.values[0, 0], GREY >> 4)
    again = ImageConfig(bits=12).load_like(str(tmp_path), images.form, None)
    assert np.array_equal(again.values, images.values)


@pytest.mark.parametrize(("background", "behind"), [("white", 255), ("black", 0)])
def test_transparent_pixels_are_refused_or_have_a_background(tmp_path, background, behind):
    alpha = np.full((8, 8), 255, np.uint8)
    alpha[:4] = 0
    colour = RNG.integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(np.dstack([colour, alpha])).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="say with --background white what lies behind them"):
        load_images(tmp_path)
    images, _ = load_images(tmp_path, background=background)
    assert np.array_equal(images.values[0, :, 4:], colour.transpose(2, 0, 1)[:, 4:])
    assert (images.values[0, :, :4] == behind).all()
