"""NumPy's scalars as Python's: what settings are kept as, so that they are static and can be written down."""

import dataclasses
from typing import Any

import equinox as eqx
import numpy as np


def plain(value: Any) -> Any:
    """A value with every NumPy scalar in it, also inside tuples, lists and dicts, as Python's number.

    >>> import numpy as np
    >>> plain((np.int64(2), np.float32(0.5), "relu"))
    (2, 0.5, 'relu')
    """
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (tuple, list):
        return type(value)(plain(part) for part in value)
    if type(value) is dict:
        return {name: plain(part) for name, part in value.items()}
    return value


def make_plain(owner: Any) -> None:
    """Set every field of a frozen dataclass, as it is being made, to what `plain` makes of it."""
    for field in dataclasses.fields(owner):
        given = getattr(owner, field.name, None)
        if isinstance(given, np.generic | tuple | list | dict):
            object.__setattr__(owner, field.name, plain(given))


class _PlainArguments(type(eqx.Module)):
    """The class of classes whose constructors see Python's numbers in place of NumPy's scalars."""

    def __call__(cls, *args, **settings):  # without types, so that those of the constructor are known
        return super().__call__(*map(plain, args), **{name: plain(given) for name, given in settings.items()})


class PlainModule(eqx.Module, metaclass=_PlainArguments):
    """A module whose settings may be given as NumPy's scalars, and are kept as Python's numbers.

    JAX would take such a scalar for an array, and trace it.
    """
