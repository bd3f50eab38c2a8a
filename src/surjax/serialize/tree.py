"""A model as plain JSON and named arrays, and back.

A number, a text, a truth value or None stands for itself. Everything else is an object with one of the keys

    class, fields   a module: its class by name, and each of its fields
    array           an array: its shape and type; the weights hold it under its path in the tree
    tuple, list     a sequence
    dict            a mapping, as pairs
    float           inf, -inf or nan, which JSON has no word for
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.declared import undeclared
from surjax.errors import RunError, SurjaxError
from surjax.plain import plain
from surjax.serialize.classes import name_of

ROOT = "model"
"""The path of the whole; a part's is that of what holds it, a dot, and its field or number."""


class Describer:
    """Describes one model: `arrays` is filled with its arrays, by path."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._classes: dict[str, type] = {}

    def __call__(self, node: Any, path: str = ROOT) -> Any:
        """The JSON of a part of the model.

        Raises:
            SurjaxError: it is nothing that a model folder can hold.
        """
        node = plain(node) if isinstance(node, np.generic) else node
        if node is None or isinstance(node, bool | str | int):
            return node
        if isinstance(node, float):
            return node if math.isfinite(node) else {"float": repr(node)}
        if isinstance(node, jax.Array | np.ndarray | np.generic):
            return self._array(node, path)
        if type(node) in (tuple, list):
            return {type(node).__name__: [self(part, f"{path}.{i}") for i, part in enumerate(node)]}
        if type(node) is dict and all(isinstance(key, str) for key in node):
            return {"dict": [[key, self(part, f"{path}.{key}")] for key, part in node.items()]}
        if isinstance(node, eqx.Module):
            return self._module(node, path)
        raise SurjaxError(
            f"{path} is a {type(node).__module__}.{type(node).__qualname__}, which a model folder cannot "
            "hold: build models of modules, numbers, texts, arrays, and tuples, lists and dicts of them."
        )

    def _array(self, node: Any, path: str) -> Any:
        if jnp.issubdtype(node.dtype, jax.dtypes.prng_key):
            raise SurjaxError(f"{path} is a random key, which is no part of a model: keep keys outside it.")
        array = np.asarray(node, order="C")
        self.arrays[path] = array
        return {"array": _layout(array)}

    def _module(self, node: eqx.Module, path: str) -> Any:
        cls = type(node)
        name = name_of(cls)
        if self._classes.setdefault(name, cls) is not cls:
            raise SurjaxError(
                f"{path} and another part of the model are of two classes that both go by the name {name}: "
                "rename one of them."
            )
        fields = [field.name for field in dataclasses.fields(node) if hasattr(node, field.name)]
        return {
            "class": name,
            "fields": {field: self(getattr(node, field), f"{path}.{field}") for field in fields},
        }


@dataclasses.dataclass
class Rebuilder:
    """Rebuilds what a `Describer` described.

    arrays: by path; those that were asked for are taken out. find: gives the class of a name, or None.
    lenient: the tree was written by an older version, so a field may be missing that has a default in its
    class.
    """

    arrays: dict[str, np.ndarray]
    find: Callable[[str], type[eqx.Module] | None]
    lenient: bool = False

    def __call__(self, tree: Any, path: str = ROOT) -> Any:  # noqa: PLR0911
        """The part of the model that is described so.

        Raises:
            RunError: the description is of no such form, a class is not known, a field is missing or is none
                of its class, or an array is missing or has another shape or type. The sentence has no end
                yet: it says what is wrong, in which part.
        """
        if not isinstance(tree, dict):
            return tree
        match tree:
            case {"float": value}:
                return float(value)
            case {"array": layout}:
                return self._array(layout, path)
            case {"tuple": parts}:
                return tuple(self(part, f"{path}.{i}") for i, part in enumerate(parts))
            case {"list": parts}:
                return [self(part, f"{path}.{i}") for i, part in enumerate(parts)]
            case {"dict": pairs}:
                return {key: self(part, f"{path}.{key}") for key, part in pairs}
            case {"class": str(name), "fields": dict(fields)}:
                return self._module(name, fields, path)
        raise RunError(f"{path} is described by {list(tree)}, which stands for nothing")

    def _array(self, layout: Mapping[str, Any] | str, path: str) -> Any:
        array = self.arrays.pop(path, None)
        if array is None:
            raise RunError(f"the weights lack {path}")
        if layout != _layout(array) and layout != path:  # which is all that the first format says
            raise RunError(f"{path} should be {_told(layout)} and the weights hold {_told(_layout(array))}")
        return jnp.asarray(array)

    def _module(self, name: str, given: Mapping[str, Any], path: str) -> Any:
        cls = self.find(name)
        if cls is None:
            raise RunError(f"{path} is a {name}, {_who_knows(name)}")
        fields = {field.name: hasattr(cls, field.name) for field in dataclasses.fields(cls)}
        unknown = [field for field in given if field not in fields]
        if unknown:
            raise RunError(f"{path}, a {name}, has the field {unknown[0]}, which that class does not have")
        for field, has_default in fields.items():
            if field not in given and not has_default:
                raise RunError(f"{path}, a {name}, lacks the field {field}")
        # a field with a default may have come to the class after the model was written
        parts = {field: getattr(cls, field) for field, has_default in fields.items() if has_default}
        parts |= {field: self(part, f"{path}.{field}") for field, part in given.items()}
        wrong = undeclared(cls, parts)
        if wrong:
            raise RunError(f"{path} is a {name}, whose field {wrong}")
        module = object.__new__(cls)  # as JAX unflattens a pytree: the saved fields, no constructor
        for field, part in parts.items():
            object.__setattr__(module, field, part)
        return module


def _layout(array: np.ndarray) -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": str(array.dtype)}


def _told(layout: Any) -> str:
    try:
        return f"{layout['dtype']} of shape {tuple(layout['shape'])}"
    except (TypeError, KeyError):
        return repr(layout)


def _who_knows(name: str) -> str:
    package, _, bare = name.rpartition(".")
    if package.partition(".")[0] in ("surjax", "equinox"):
        return "which is no class that this version has"
    return (
        f"which is not known here: give it, by load(folder, classes=[{bare}]), or name the module that "
        "defines it by --plugin"
    )
