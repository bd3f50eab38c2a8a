"""Arrays and folders of images, and the door to all sets."""

import numpy as np
import pytest
from PIL import Image

from surjax.data import lazy
from surjax.data.images import load_images
from surjax.data.lazy import LazyRows
from surjax.errors import ConfigError, DataError


def some(*shape) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("shape", [(5, 3, 8, 6), (5, 8, 6, 3), (5, 1, 8, 6), (5, 8, 6, 1), (5, 8, 6)])
def test_where_the_channels_are_is_found_out(tmp_path, shape):
    values = some(*shape)
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "a.npz", x=values, labels=np.arange(5))
    images, test = load_images(tmp_path / "a.npy")
    packed, _ = load_images(tmp_path / "a.npz")
    assert test is None
    assert images.values.shape[2:] == (8, 6)
    assert images.fingerprint == packed.fingerprint
    assert packed.labels is not None
    assert packed.labels.tolist() == list(range(5))
    first = values[0] if len(shape) == 3 else values[0, 0] if shape[1] < 4 else values[0, ..., 0]
    assert np.array_equal(images.values[0, 0], first)


def test_where_the_channels_are_can_be_said(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, some(5, 3, 8, 3))
    with pytest.raises(
        DataError, match="the second axis or the last: say --channels first or --channels last"
    ):
        load_images(path)
    assert load_images(path, channels="first")[0].values.shape == (5, 3, 8, 3)
    assert load_images(path, channels="last")[0].values.shape == (5, 3, 3, 8)
    np.save(path, some(5, 3, 3, 8))
    with pytest.raises(DataError, match=r"has shape \(5, 8, 3, 3\) and images .* one channel or three"):
        load_images(path, channels="last")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (some(5, 2, 8, 8), "neither the second axis nor the last has the length 1 or 3"),
        (some(5, 8), r"has shape \(5, 8\) and images have"),
        (
            some(5, 3, 8, 8).astype(np.float32) / 255,
            "holds float32 from 0 to 1 and pixels are whole numbers",
        ),
        (some(5, 3, 8, 8).astype(np.int32) * 2, "holds int32 from 0 to 510, which is more than 8 bits"),
        (some(0, 3, 8, 8), "no pixels"),
        (np.array([{}], object), "pickled Python objects"),
    ],
)
def test_arrays_that_are_no_images(tmp_path, values, sentence):
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(DataError, match=sentence):
        load_images(tmp_path / "a.npy")


def test_arrays_in_an_npz(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, train=some(5, 3, 8, 8), test=some(4, 3, 8, 8), y=np.arange(4))
    with pytest.raises(DataError, match="holds 2 arrays of three or four axes"):
        load_images(path)
    with pytest.raises(DataError, match="has no array 'valid': it has train, test, y"):
        load_images(path, array="valid")
    images = load_images(path, array="test")[0]
    assert images.labels is not None
    assert len(images) == 4
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="it is damaged"):
        load_images(path, array="test")


def test_folders(tmp_path):
    values = some(4, 8, 8, 3)
    for name, image in zip(("b/1.png", "a/2.PNG", "b/3.bmp", "c/d/4.png"), values, strict=True):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / name)
    (tmp_path / "a" / "notes.txt").write_text("no image")
    images, _ = load_images(tmp_path)
    assert np.array_equal(images.values, values[[1, 0, 2, 3]].transpose(0, 3, 1, 2))
    assert images.classes == ("a", "b", "c")
    assert images.labels is not None
    assert images.labels.tolist() == [0, 1, 1, 2]


def test_grey_among_colours(tmp_path):
    grey, palette = some(8, 8), Image.fromarray(some(8, 8, 3)).quantize(16)
    Image.fromarray(grey).save(tmp_path / "1.png")
    assert load_images(tmp_path)[0].values.shape == (1, 1, 8, 8)
    palette.save(tmp_path / "2.png")
    Image.fromarray(np.dstack([some(8, 8, 3), np.full((8, 8), 255, np.uint8)])).save(tmp_path / "3.png")
    images = load_images(tmp_path)[0]
    assert images.labels is None
    assert np.array_equal(images.values[0], np.stack([grey] * 3))
    assert np.array_equal(images.values[1], np.asarray(palette.convert("RGB")).transpose(2, 0, 1))
    assert np.array_equal(images.values[2], some(8, 8, 3).transpose(2, 0, 1))


@pytest.fixture
def no_memory(monkeypatch):
    """No set of images is small enough to be read whole, until 100 bytes."""
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 100)


@pytest.mark.parametrize("shape", [(5, 3, 8, 6), (5, 8, 6, 3), (5, 8, 6)])
def test_a_large_array_is_read_image_by_image(tmp_path, monkeypatch, shape):
    np.save(tmp_path / "a.npy", some(*shape))
    whole, _ = load_images(tmp_path / "a.npy")
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 100)
    images, _ = load_images(tmp_path / "a.npy")
    assert isinstance(whole.values, np.ndarray)
    assert isinstance(images.values, LazyRows)
    assert images.fingerprint == whole.fingerprint
    some_of_them, wanted = (s.take(np.array([4, 0, 2])) for s in (images, whole))
    assert isinstance(some_of_them.take(np.array([0])).values, np.ndarray if len(shape) == 3 else LazyRows)
    changed, also = (s.downsample(2).pad(7).reduce_bits(5) for s in (some_of_them, wanted))
    assert changed.form == also.form
    assert np.array_equal(changed.values, also.values)


def test_large_arrays_that_are_no_images(tmp_path, no_memory):
    path = tmp_path / "a.npy"
    np.save(path, some(50, 3, 8, 8) / 255)
    with pytest.raises(DataError, match="holds float64 and pixels are whole numbers from 0 to 255"):
        load_images(path)
    np.save(path, some(50, 3, 8, 8).astype(np.int16) * 2)
    with pytest.raises(DataError, match="holds int16 from 0 to 510, which is more than 8 bits"):
        np.asarray(load_images(path)[0].values)
    np.save(path, some(50, 3, 8, 8))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="it is damaged, cut short"):
        load_images(path)
    np.save(path, np.array([{}] * 100, object))
    with pytest.raises(DataError, match="pickled Python objects"):
        load_images(path)


def test_the_images_of_a_large_folder_are_decoded_when_they_are_asked_for(tmp_path, monkeypatch):
    for i in range(4):
        Image.fromarray(some(8, 8, 3) + np.uint8(i)).save(tmp_path / f"{i}.png")
    Image.fromarray(some(8, 8)).save(tmp_path / "4.png")
    whole, _ = load_images(tmp_path)
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 100)
    images, _ = load_images(tmp_path)
    assert isinstance(images.values, LazyRows)
    assert np.array_equal(images.values, whole.values)  # among them a grey one
    damaged = tmp_path / "3.png"
    damaged.write_bytes(damaged.read_bytes()[:-60])
    images, _ = load_images(tmp_path)
    assert np.array_equal(images.values[:3], whole.values[:3])
    with pytest.raises(DataError, match=r"cannot read .*3.png: it is damaged or no image"):
        images.values[2:4]
    Image.fromarray(some(8, 9, 3)).save(damaged)
    with pytest.raises(DataError, match=r"sizes: .*: make all images of one size"):
        images.values[np.array([3])]
    with pytest.raises(DataError, match=r"2 sizes: 4 of 8×8, 1 of 8×9, .*3.png: make all images of one"):
        load_images(tmp_path)  # seen at its beginning


def test_folders_that_do_not_do(tmp_path):
    with pytest.raises(DataError, match="holds no images: give a folder of"):
        load_images(tmp_path)
    Image.fromarray(some(8, 8, 3)).save(tmp_path / "1.png")
    Image.fromarray(some(8, 9, 3)).save(tmp_path / "2.png")
    with pytest.raises(DataError, match=r"2 sizes: 1 of 8×8, 1 of 8×9, .*2.png: make all images of one"):
        load_images(tmp_path)
    for content in ((tmp_path / "1.png").read_bytes()[:-60], b"no image", b""):
        (tmp_path / "2.png").write_bytes(content)
        with pytest.raises(DataError, match=r"cannot read .*2.png: it is damaged or no image"):
            load_images(tmp_path)
    Image.fromarray(np.dstack([some(8, 8, 3), some(8, 8)])).save(tmp_path / "2.png")
    with pytest.raises(DataError, match="transparent pixels"):
        load_images(tmp_path)
    Image.fromarray(some(8, 8).astype(np.uint16) * 100).save(tmp_path / "2.png")
    with pytest.raises(DataError, match="holds uint16, which is more than 8 bits: take all 16"):
        load_images(tmp_path)


def test_whole_numbers_of_any_type_are_images(tmp_path):
    values = some(5, 3, 8, 8)
    for dtype in (np.int64, ">u2", np.int32):
        np.save(tmp_path / "a.npy", np.asfortranarray(values.astype(dtype)))
        images = load_images(tmp_path / "a.npy")[0].values
        assert images.dtype == np.uint8
        assert np.array_equal(images, values)


def test_pictures_are_turned_as_their_tag_says(tmp_path):
    upright = some(8, 6, 3)
    Image.fromarray(upright).save(tmp_path / "1.png")
    for orientation, turns in ((6, 1), (8, 3), (3, 2)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        lying = Image.fromarray(np.ascontiguousarray(np.rot90(upright, turns)))
        lying.save(tmp_path / f"{orientation}.png", exif=exif)
    with pytest.warns(UserWarning, match="images turned as their tag says: 3"):
        images, _ = load_images(tmp_path)
    assert all(np.array_equal(image, upright.transpose(2, 0, 1)) for image in images.values)


def test_what_systems_leave_in_folders_is_passed_over(tmp_path):
    kept = ["cat/1.png", "dog/2.png"]
    left = [".ipynb_checkpoints/1.png", "cat/._1.png", "__MACOSX/cat/._1.png", "dog/.hidden.png"]
    for name in kept + left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(some(8, 8, 3)).save(tmp_path / name)
    (tmp_path / "cat/._1.png").write_bytes(b"\0\5\26\7" + bytes(60))
    with pytest.warns(UserWarning, match="hidden files passed over: 4"):
        images, _ = load_images(tmp_path)
    assert (len(images), images.classes) == (2, ("cat", "dog"))
    with pytest.raises(DataError, match="holds no images, but hidden files passed over: 1"):
        load_images(tmp_path / "__MACOSX")


def test_further_frames_and_other_colours_are_told(tmp_path):
    pictures = [Image.fromarray(some(8, 8, 3) + np.uint8(i)) for i in range(3)]
    pictures[0].save(tmp_path / "a.tif", save_all=True, append_images=pictures[1:])
    with pytest.warns(UserWarning, match="files of 3 frames, of each of which the first is taken: 1"):
        images, _ = load_images(tmp_path)
    assert np.array_equal(images.values[0], some(8, 8, 3).transpose(2, 0, 1))
    grey = Image.fromarray(np.full((8, 8, 3), 128, np.uint8))
    grey.convert("CMYK").save(tmp_path / "a.tif")
    Image.merge("LAB", [Image.new("L", (8, 8), n) for n in (137, 128, 128)]).save(tmp_path / "b.tif")
    with pytest.warns(UserWarning, match="colours converted to RGB: CMYK, LAB"):
        images, _ = load_images(tmp_path)
    assert np.abs(images.values.astype(int) - 128).max() <= 2


def test_names_and_paths(tmp_path):
    with pytest.raises(DataError, match="no set of images 'cifar': did you mean cifar10"):
        load_images("cifar")
    with pytest.raises(DataError, match="no set of images 'faces': the names are cifar10, mnist"):
        load_images("faces")
    with pytest.raises(DataError, match="there is no file or folder"):
        load_images(tmp_path / "gone.npz")
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(ConfigError, match="is a file of no images"):
        load_images(tmp_path / "a.csv")
    for table in ("wine", "two_moons"):
        with pytest.raises(ConfigError, match="holds a table and not images"):
            load_images(table)
    with pytest.raises(DataError, match="file, so it has no array 'x'"):
        load_images("digits-images", array="x")
    with pytest.raises(DataError, match="so it has no channels 'last'"):
        load_images(tmp_path, channels="last")
