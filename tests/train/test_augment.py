import jax
import jax.numpy as jnp
import numpy as np
from small import images

from surjax.train.augment import augmented, centre, cropped, flipped, shifted, translated

KEY = jax.random.key(0)


def test_half_of_the_images_are_mirrored_and_the_others_as_they_were():
    before = jnp.asarray(images(200))
    after = np.asarray(flipped(KEY, before))
    assert after.dtype == np.uint8
    mirrored = (after == before[..., ::-1]).all((1, 2, 3))
    assert 60 < mirrored.sum() < 140
    assert (after[~mirrored] == before[~mirrored]).all()


def test_images_are_moved_by_every_offset_and_their_edges_repeated():
    before = jnp.asarray(images(200))
    after = np.asarray(translated(KEY, before, 1))
    wide = np.pad(np.asarray(before), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    moved = [wide[:, :, i : i + 4, j : j + 4] for i in range(3) for j in range(3)]
    hits = np.asarray([(after == one).all((1, 2, 3)) for one in moved])
    assert hits.any(0).all()
    assert (hits.sum(1) > 5).all()
    assert after.dtype == np.uint8


def test_images_are_shifted_along_one_axis_by_every_number_of_pixels_there_is():
    before = np.asarray(images(600))
    after = np.asarray(shifted(KEY, jnp.asarray(before), -3, 2))
    assert after.dtype == np.uint8
    wide = np.pad(before, ((0, 0), (0, 0), (3, 3), (3, 3)), mode="edge")
    down = np.asarray([after == wide[:, :, 3 - k : 7 - k, 3:7] for k in range(-3, 3)]).all((2, 3, 4))
    right = np.asarray([after == wide[:, :, 3:7, 3 - k : 7 - k] for k in range(-3, 3)]).all((2, 3, 4))
    assert (down | right).any(0).all()  # and by none that is outside of them
    assert (down.sum(1)[[0, 1, 2, 4, 5]] > 20).all()  # 50 of each are expected
    assert (right.sum(1)[[0, 1, 2, 4, 5]] > 20).all()
    assert (down[3] == right[3]).all()
    assert 60 < down[3].sum() < 150  # not moved at all


def test_shift_moves_down_or_right_where_it_is_above_0():
    before = jnp.asarray(images(50))
    after = shifted(KEY, before, 1, 1)
    down = (after[:, :, 1:] == before[:, :, :-1]).all((1, 2, 3))
    right = (after[..., 1:] == before[..., :-1]).all((1, 2, 3))
    assert (down ^ right).all()
    assert (after[down][:, :, 0] == before[down][:, :, 0]).all()
    assert (shifted(KEY, before, 9, 9)[down] == before[down][:, :, :1]).all()  # the edge, where all has left


def test_all_or_one_of_them():
    before = jnp.asarray(images(50))
    assert (augmented(KEY, before, flip=False, translate=0) == before).all()
    every = augmented(KEY, before, flip=True, translate=1, shift=(-3, 2))
    both = augmented(KEY, before, flip=True, translate=1)
    assert not (every == both).all()
    assert not (every == augmented(KEY, before, flip=False, translate=0, shift=(-3, 2))).all()
    for flip, translate in ((True, 0), (False, 1)):
        assert not (both == augmented(KEY, before, flip, translate)).all()


def test_crops_lie_at_every_place_and_the_centre_in_the_middle():
    before = np.asarray(images(200))
    after = np.asarray(cropped(KEY, jnp.asarray(before), 3))
    assert (after.shape, after.dtype) == ((200, before.shape[1], 3, 3), np.uint8)
    places = [before[:, :, i : i + 3, j : j + 3] for i in range(2) for j in range(2)]
    hits = np.asarray([(after == one).all((1, 2, 3)) for one in places])
    assert hits.any(0).all()
    assert (hits.sum(1) > 20).all()  # 50 of each are expected
    np.testing.assert_array_equal(centre(jnp.asarray(before), 2), before[:, :, 1:3, 1:3])
    np.testing.assert_array_equal(augmented(KEY, jnp.asarray(before), False, 0, crop=4), before)
