import jax
import numpy as np
import pytest

import surjax as sx
from surjax.data import ImageSet
from surjax.errors import ConfigError, DataError
from surjax.evaluate import super_resolve
from surjax.evaluate.super_resolution import consistency, pyramids_up, smaller_images
from surjax.models import ProNF
from surjax.models.base import preset
from surjax.models.stages import pyramids_of, stage_alone
from surjax.parameters import partition

# what the tests share is made once, by one worker
pytestmark = [pytest.mark.xdist_group("super-resolution"), pytest.mark.slow]

KEY = jax.random.key(1)


def images_like(shape, bits=8, n=16):
    """Images whose pixels are like their neighbours, of nearly all values that there are."""
    random, (channels, height, width), levels = np.random.default_rng(0), shape, 2**bits
    coarse = random.integers(levels // 8, levels - levels // 8, (n, channels, height // 4, width // 4))
    fine = random.integers(-levels // 16, levels // 16, (n, channels, height, width))
    return (coarse.repeat(4, 2).repeat(4, 3) + fine).astype(np.uint8)


def made(shape, bits=8, **fields):
    """A model, and its flow as it is after the first batch."""
    model, _ = preset(ProNF, "tiny", **fields)
    flow = model.build(jax.random.key(0), shape, bits)
    return model, flow.initialize(images_like(shape, bits), jax.random.key(2))


@pytest.fixture(scope="module")
def colour():
    """A model of images (3, 16, 16) in the stages 16, 8 and 4."""
    return made((3, 16, 16))


@pytest.fixture(scope="module")
def nearest():
    """A model of grey images (1, 8, 8) of 5 bits, in the stages 8 and 4, that keeps single pixels."""
    return made((1, 8, 8), 5, num_halvings=1, pyramid="nearest", prior="normal")


@pytest.fixture(scope="module")
def small(colour):
    """The images of 16, 8 and 4 of the first."""
    return dict(
        zip((16, 8, 4), smaller_images(pyramids_of(colour[1]), images_like((3, 16, 16))), strict=True)
    )


def test_smaller_images_are_the_rounded_means(small):
    whole = ImageSet("", small[16])
    assert np.array_equal(small[8], whole.downsample(2).values)
    assert np.array_equal(small[4], whole.downsample(2).downsample(2).values)
    assert small[4].dtype == np.uint8


def test_from_each_size_up_to_each_other(colour, small):
    _, flow = colour
    assert super_resolve(flow, small[4], KEY).shape == (16, 1, 3, 16, 16)
    assert super_resolve(flow, small[4][:3], KEY, to=8, n=2).shape == (3, 2, 3, 8, 8)
    drawn = super_resolve(flow, small[8][:3], KEY, n=2)
    assert drawn.shape == (3, 2, 3, 16, 16)
    assert drawn.dtype == np.float32
    assert np.array_equal(drawn, np.rint(drawn))


def test_all_comes_back_but_what_was_cut(colour, small):
    _, flow = colour
    drawn = super_resolve(flow, small[4], KEY, n=4, temperature=1.5)
    told = consistency(pyramids_up(flow, (4, 4)), small[4], drawn)
    assert 0 < told.clipped < told.numbers
    assert told.clipped == ((drawn < 0) | (drawn > 255)).sum()
    assert told.pixels > 0
    assert told.kept == told.pixels
    assert told.share == 1
    assert told.pixels + told.clipped_pixels == small[4].size * 4
    assert told.clipped_kept < told.clipped_pixels
    # the same by the reduction of data sets
    back = ImageSet("", np.clip(drawn, 0, 255).reshape(-1, 3, 16, 16).astype(np.uint8))
    back = back.downsample(2).downsample(2).values.reshape(16, 4, 3, 4, 4)
    assert (back == small[4][:, None]).sum() == told.kept + told.clipped_kept


def test_what_does_not_come_back_is_counted(colour, small):
    pyramids = pyramids_up(colour[1], (8, 8))
    drawn = small[16][:2, None].astype(np.float32)
    assert consistency(pyramids, small[8][:2], drawn) == (0, 1536, 384, 384, 0, 0)
    drawn[0, 0, 1, 6, 2] += 40  # a block whose mean is another
    told = consistency(pyramids, small[8][:2], drawn)
    assert (told.pixels, told.kept, told.share) == (384, 383, 383 / 384)
    drawn[0, 0, 1, 6, 2] = 300  # one that is cut
    drawn[1, 0, 2, 0, 0] = np.nan
    told = consistency(pyramids, small[8][:2], drawn)
    assert (told.clipped, told.pixels, told.kept, told.clipped_pixels) == (2, 382, 382, 2)
    assert told.clipped_share == 2 / 1536


def test_a_pyramid_of_pixels_on_grey_images_of_few_bits(nearest):
    _, flow = nearest
    given = images_like((1, 8, 8), 5)[:, :, ::2, ::2]
    drawn = super_resolve(flow, given, KEY, n=3, bits=5)
    assert drawn.shape == (16, 3, 1, 8, 8)
    assert np.array_equal(drawn[..., ::2, ::2], np.broadcast_to(given[:, None], (16, 3, 1, 4, 4)))
    assert consistency(pyramids_up(flow, (4, 4)), given, drawn, bits=5).share == 1
    with pytest.raises(DataError, match="the value 32, which has more than the 5 bits of the model"):
        super_resolve(flow, np.full_like(given, 32), KEY, bits=5)


def test_samples_differ_and_do_not_at_temperature_0(colour, small):
    _, flow = colour
    drawn = super_resolve(flow, small[4][:5], KEY, n=3)
    assert (drawn[:, 0] != drawn[:, 1]).any((1, 2, 3)).all()
    assert np.array_equal(super_resolve(flow, small[4][:5], KEY, n=3, chunk=4), drawn)
    assert not np.array_equal(super_resolve(flow, small[4][:5], jax.random.key(3), n=3), drawn)
    still = super_resolve(flow, small[4][:5], KEY, n=3, temperature=0)
    assert np.array_equal(still[:, 0], still[:, 1])


def test_a_temperature_for_each_stage(colour, small):
    _, flow = colour
    for temperatures, same in (((0, 0.2), True), ((0.2, 0), False)):
        drawn = super_resolve(flow, small[4][:5], KEY, n=2, temperature=temperatures)
        first, second = np.moveaxis(np.clip(drawn, 0, 255).astype(np.uint8), 1, 0)
        assert not np.array_equal(first, second)
        halves = [smaller_images(pyramids_of(flow)[:1], x)[1] for x in (first, second)]
        assert np.array_equal(*halves) == same


@pytest.mark.parametrize(
    ("size", "to", "heights"),
    [((24, 24), None, [48]), ((16, 16), None, [32]), ((12, 20), 24, [24])],
)
def test_pictures_of_other_sizes(colour, size, to, heights):
    model, flow = colour
    pyramids = pyramids_up(flow, size, to=to, model=model)
    assert [pyramid.shape[1] for pyramid in pyramids] == heights
    given = images_like((3, 2 * size[0], 2 * size[1]), n=2)[:, :, ::2, ::2]
    drawn = super_resolve(flow, given, KEY, n=2, to=to, model=model)
    assert drawn.shape == (2, 2, 3, 2 * size[0], 2 * size[1])
    told = consistency(pyramids, given, drawn)
    assert told.pixels > 0
    assert told.share == 1
    trained, own = (jax.tree.leaves(partition(one)[0]) for one in (pyramids[-1], pyramids_of(flow)[0]))
    assert all(np.array_equal(a, b) for a, b in zip(trained, own, strict=True))


def test_other_sizes_go_through_the_last_stages():
    model, flow = made((1, 32, 32), num_halvings=2, prior="normal")
    pyramids = pyramids_up(flow, (12, 12), to=48, model=model)
    assert [pyramid.shape for pyramid in pyramids] == [(1, 24, 24), (1, 48, 48)]
    for new, own in zip(pyramids, pyramids_of(flow)[::-1], strict=True):
        trained, known = (jax.tree.leaves(partition(one)[0]) for one in (new, own))
        assert all(np.array_equal(a, b) for a, b in zip(trained, known, strict=True))
    given = images_like((1, 12, 12), n=2)
    drawn = super_resolve(flow, given, KEY, to=48, model=model)
    assert consistency(pyramids, given, drawn).share == 1


BAD_IMAGES = {
    "floats": (np.zeros((2, 3, 4, 4), np.float32), "float32 and must be uint8 from 0 to 255: convert them"),
    "wide integers": (np.zeros((2, 3, 4, 4), np.int64), "int64 and must be uint8"),
    "grey": (
        np.zeros((2, 1, 4, 4), np.uint8),
        r"1 channel \(grey\) and the model takes images of 3 channels",
    ),
    "channels last": (np.zeros((2, 4, 4, 3), np.uint8), "have 4 channels and the model"),
    "one image": (np.zeros((3, 4, 4), np.uint8), r"shape \(3, 4, 4\) and must have \(k, C, h, w\)"),
    "none": (np.zeros((0, 3, 4, 4), np.uint8), "with one or more of each"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_images_that_are_refused(colour, name):
    images, sentence = BAD_IMAGES[name]
    with pytest.raises(DataError, match=sentence):
        super_resolve(colour[1], images, KEY)


BAD_OPTIONS = {
    "no such height": (4, {"to": 32}, "to is 32 and of images 4×4 this model .* heights 8, 16: choose"),
    "the height that it has": (8, {"to": 8}, "to is 8 and of images 8×8 this model .* heights 16: choose"),
    "beyond the last stages": (16, {"to": 128}, "to is 128 and of images 16×16 .* heights 32, 64: choose"),
    "no samples": (4, {"n": 0}, "n is 0 and must be at least 1"),
    "no chunk": (4, {"chunk": 0}, "chunk is 0 and must be at least 1"),
    "below 0": (4, {"temperature": -0.5}, "temperature is -0.5 and must be 0 or more"),
    "not a number": (4, {"temperature": [1.0, np.nan]}, "temperature is nan and must be"),
    "too few temperatures": (8, {"temperature": [1.0, 1.0]}, "2 temperatures are given, .* is 1: give one"),
    "no configuration": (16, {}, "images 16×16 are of none of the sizes 4×4, 8×8 that .* model=…, so that"),
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_options_that_are_refused(colour, small, name):
    size, options, sentence = BAD_OPTIONS[name]
    with pytest.raises(ConfigError, match=sentence):
        super_resolve(colour[1], small[size], KEY, **options)


def test_stages_that_are_not_trained(colour, small):
    model, flow = colour
    largest = stage_alone(flow, 0)
    assert super_resolve(largest, small[8][:2], KEY).shape == (2, 1, 3, 16, 16)
    with pytest.raises(
        ConfigError, match="makes images of 8 is not trained in this model: it has 16, so take"
    ):
        super_resolve(largest, small[4], KEY)
    smallest = stage_alone(flow, 2)
    for images, options in ((small[8], {}), (small[16], {"model": model})):
        with pytest.raises(ConfigError, match="images of 16 is not trained in this model: it has 4, so take"):
            super_resolve(smallest, images, KEY, **options)


def test_a_model_without_stages():
    flow = sx.Flow(sx.Normal((3, 4, 4)), sx.Shift(0.0))
    with pytest.raises(ConfigError, match="only such models have stages: those named pronf"):
        super_resolve(flow, np.zeros((1, 3, 2, 2), np.uint8), KEY)


def test_sides_that_do_not_fit_a_stage(colour):
    model, flow = colour
    with pytest.raises(ConfigError, match=r"stage that makes images of 16 .* another structure for 5 × 7"):
        super_resolve(flow, np.zeros((1, 3, 5, 7), np.uint8), KEY, model=model)
