"""Models on disk: a JSON config of the module tree, and the arrays as safetensors.

    FOLDER/config.json          what the model is built of: classes of surjax, their settings, and
                                which array of the weights file is which
    FOLDER/weights.safetensors  every array, bit for bit

Loading makes objects of surjax's own classes (and Equinox's layers) only, and nothing is unpickled,
so that a stranger's file can be opened: it runs no code.
"""

import dataclasses
import importlib
import json
import math
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from surjax.errors import RunError, SurjaxError
from surjax.files import make_folder, write_atomically

FORMAT = 1
"""The version of the folder's format; a folder of a newer one is refused."""

CONFIG, WEIGHTS = "config.json", "weights.safetensors"
PACKAGES = ("surjax.", "equinox.nn.")
"""Where classes may come from."""


def save(model: Any, folder: str | Path, extra: dict[str, Any] | None = None) -> None:
    """Write a model to a folder (made where it is not there), each file whole or not at all.

    extra is any JSON-able dictionary to keep in the config. Raises SurjaxError where the model holds
    something that is not made of surjax's classes, plain settings and arrays, or where the folder
    cannot be written.
    """
    folder = Path(folder)
    make_folder(folder)
    arrays: dict[str, np.ndarray] = {}
    tree = _describe(model, "model", arrays)
    config = {"format": FORMAT, "extra": extra or {}, "model": tree}
    with write_atomically(folder / WEIGHTS) as path:
        save_file(arrays, path)
    with write_atomically(folder / CONFIG) as path:
        path.write_text(json.dumps(config, indent=1, allow_nan=False))


def load(folder: str | Path) -> Any:
    """The model that was saved in a folder, rebuilt without the code that built it.

    Raises RunError, with one sentence, for a folder that is missing, incomplete, damaged, of a newer
    format, or that names a class that is not surjax's.
    """
    return load_with_extra(folder)[0]


def load_with_extra(folder: str | Path) -> tuple[Any, dict[str, Any]]:
    """As `load`, with the dictionary that was saved beside the model."""
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise RunError(f"{folder} holds no {name}: give the folder of a saved model.")
    try:
        config = json.loads((folder / CONFIG).read_text())
        version, tree = config["format"], config["model"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise RunError(f"{folder / CONFIG} is damaged ({error}): restore it or train again.") from error
    if version != FORMAT:
        raise RunError(
            f"{folder} is of format {version} and this surjax reads format {FORMAT}: "
            "install the version of surjax that wrote it."
        )
    try:
        arrays = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError, ValueError) as error:
        raise RunError(f"{folder / WEIGHTS} is damaged ({error}): restore it or train again.") from error
    return _rebuild(tree, arrays, folder), config.get("extra", {})


def _describe(node: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """The JSON form of a node of the model's tree; its arrays are added to `arrays` by path."""
    if node is None or isinstance(node, bool | str | int):
        return node
    if isinstance(node, float):
        return node if math.isfinite(node) else {"float": repr(node)}
    if isinstance(node, jax.Array | np.ndarray | np.generic):
        if jnp.issubdtype(node.dtype, jax.dtypes.prng_key):
            raise SurjaxError(f"{path} is a random key, which is no part of a model: keep keys outside it.")
        arrays[path] = np.asarray(node, order="C")
        return {"array": path}
    if isinstance(node, tuple | list):
        parts = [_describe(part, f"{path}.{i}", arrays) for i, part in enumerate(node)]
        return {type(node).__name__: parts}
    if isinstance(node, dict):
        return {"dict": [[key, _describe(part, f"{path}.{key}", arrays)] for key, part in node.items()]}
    if isinstance(node, eqx.Module) and _class_path(type(node)).startswith(PACKAGES):
        fields = {
            field.name: _describe(getattr(node, field.name), f"{path}.{field.name}", arrays)
            for field in dataclasses.fields(node)
            if hasattr(node, field.name)
        }
        return {"class": _class_path(type(node)), "fields": fields}
    raise SurjaxError(
        f"{path} is a {_class_path(type(node))}, which a model folder cannot hold: build models of "
        "surjax's classes, numbers, strings and arrays."
    )


def _class_path(cls: type) -> str:
    module = "equinox.nn" if cls.__module__.startswith("equinox.nn.") else cls.__module__
    return f"{module}.{cls.__qualname__}"


def _rebuild(tree: Any, arrays: dict[str, np.ndarray], folder: Path) -> Any:  # noqa: PLR0911
    """The node that `_describe` described."""
    if not isinstance(tree, dict):
        return tree
    if "float" in tree:
        return float(tree["float"])
    if "array" in tree:
        name = tree["array"]
        if name not in arrays:
            raise RunError(f"{folder / WEIGHTS} lacks {name}: restore it or train again.")
        return jnp.asarray(arrays[name])
    if "tuple" in tree:
        return tuple(_rebuild(part, arrays, folder) for part in tree["tuple"])
    if "list" in tree:
        return [_rebuild(part, arrays, folder) for part in tree["list"]]
    if "dict" in tree:
        return {key: _rebuild(part, arrays, folder) for key, part in tree["dict"]}
    cls = _find_class(tree.get("class"), folder)
    names = {field.name for field in dataclasses.fields(cls)}
    fields = tree.get("fields", {})
    if not isinstance(fields, dict) or not set(fields) <= names:
        raise RunError(
            f"{folder / CONFIG} gives {cls.__name__} fields that it does not have: "
            "it was written by another version of surjax."
        )
    module = object.__new__(cls)  # as JAX unflattens a pytree: the saved fields, no constructor
    for name, part in fields.items():
        object.__setattr__(module, name, _rebuild(part, arrays, folder))
    return module


def _find_class(path: Any, folder: Path) -> Any:
    refusal = RunError(
        f"{folder / CONFIG} names {path!r}, which is no class of surjax: it was written by another "
        "program, or by a newer version."
    )
    if not isinstance(path, str) or not path.startswith(PACKAGES):
        raise refusal
    module, _, name = path.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise refusal from error
    if not (isinstance(cls, type) and issubclass(cls, eqx.Module)):
        raise refusal
    return cls
