"""The keys of a training's draws."""

from typing import Any, NamedTuple

import jax


class Keys(NamedTuple):
    """What each kind of draw starts from; all of them follow from the seed alone.

    order: of the rows. noise: of the model, for the batches. validation: the same for the validation
    rows. augment: of flips and translations.
    """

    order: Any
    noise: Any
    validation: Any
    augment: Any


def keys(seed: int) -> Keys:
    """The keys of a seed."""
    root = jax.random.key(seed)
    order, noise, validation = jax.random.split(root, 3)
    return Keys(order, noise, validation, jax.random.fold_in(root, 3))
