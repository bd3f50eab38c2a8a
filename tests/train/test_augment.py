import jax
import jax.numpy as jnp
import numpy as np
from small import images

from surjax.train.augment import augmented, flipped, translated

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


def test_both_or_one_of_them():
    before = jnp.asarray(images(50))
    assert (augmented(KEY, before, flip=False, translate=0) == before).all()
    both = augmented(KEY, before, flip=True, translate=1)
    for flip, translate in ((True, 0), (False, 1)):
        assert not (both == augmented(KEY, before, flip, translate)).all()
