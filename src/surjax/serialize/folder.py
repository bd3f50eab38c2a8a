"""A model's folder: a JSON config of the module tree, and the arrays as safetensors.

    FOLDER/config.json          what the model is built of: classes by their public names, their settings,
                                the shape and type of every array, and a checksum of all of them
    FOLDER/weights.safetensors  every array, bit for bit, under its path in the tree, with its checksum

Loading makes objects of known classes only (see `surjax.serialize.classes`) without calling them, and nothing
is unpickled, so that a stranger's file can be opened: it runs no code.
"""

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surjax.errors import RunError
from surjax.files import cannot_read, make_folder, write_atomically
from surjax.json_text import read_json
from surjax.serialize.arrays import digest_of, read_arrays, write_arrays
from surjax.serialize.classes import finder
from surjax.serialize.format1 import upgraded
from surjax.serialize.tree import Describer, Rebuilder

FORMAT = 2
"""The version of the folder's format. Older ones are read; a newer one is refused."""

CONFIG, WEIGHTS = "config.json", "weights.safetensors"


def save(model: Any, folder: str | Path, extra: dict[str, Any] | None = None) -> None:
    """Write a model to a folder (made where it is not there), each file whole or not at all.

    extra is any JSON-able dictionary to keep in the config.

    Raises:
        SurjaxError: the model holds something other than modules, plain settings and arrays, or the folder
            cannot be written.
    """
    folder = Path(folder)
    describe = Describer()
    described = {"extra": extra or {}, "model": describe(model)}
    make_folder(folder)
    with write_atomically(folder / CONFIG) as path:
        config = {
            "format": FORMAT,
            "sha256": _checksum(described),
            "weights": digest_of(describe.arrays),
            **described,
        }
        path.write_text(json.dumps(config, indent=1, allow_nan=False), encoding="utf-8")
        write_arrays(folder / WEIGHTS, describe.arrays)  # so that both are renamed at once, nearly


def load(folder: str | Path, classes: Sequence[type] = ()) -> Any:
    """The model that was saved in a folder, rebuilt without the code that built it.

    Args:
        folder: what `save` wrote, also in an older version.
        classes: classes of one's own that the model is built of, where they are not known otherwise.

    Raises:
        RunError: the folder is missing, incomplete, damaged or of a newer format, or it names a class that is
            not known, or has other fields than its class.
        ConfigError: `classes` holds something else than classes of modules.
    """
    return load_with_extra(folder, classes)[0]


def load_with_extra(folder: str | Path, classes: Sequence[type] = ()) -> tuple[Any, dict[str, Any]]:
    """As `load`, with the dictionary that was saved beside the model."""
    folder, find = Path(folder), finder(classes)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise RunError(f"{folder} holds no {name}: give the folder of a saved model.")
    try:
        config = read_json(folder / CONFIG)
        version, tree, extra = config["format"], config["model"], config.get("extra", {})
    except OSError as error:
        raise cannot_read(folder / CONFIG, error) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, str(error)) from error
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise RunError(
            f"{folder} is of format {version} and this surjax reads formats 1 to {FORMAT}: "
            "install the version of surjax that wrote it."
        )
    older = version < FORMAT
    arrays = read_arrays(folder / WEIGHTS, checked=not older)
    digest = digest_of(arrays)
    nan = [name for name, array in arrays.items() if array.dtype.kind == "f" and np.isnan(array).any()]
    if nan:
        warnings.warn(f"{folder / WEIGHTS} holds NaN, in {nan[0]}: its model gives no numbers.", stacklevel=3)
    rebuild = Rebuilder(arrays, find, lenient=older)
    try:
        model = rebuild(upgraded(tree) if older else tree)
    except RunError as error:
        raise RunError(f"{folder / CONFIG} cannot be used: {error}.") from error
    except Exception as error:  # a stranger's file may have any form, and a class any way to refuse it
        raise _damaged(folder, str(error)) from error
    if arrays:
        raise _damaged(folder, f"the weights hold {min(arrays)}, of which the model knows nothing")
    if not older and config.get("sha256") != _checksum({"extra": extra, "model": tree}):
        raise _damaged(folder, "it is not what was written")
    if config.get("weights", digest) != digest:
        raise RunError(
            f"{folder / WEIGHTS} holds the weights of another model than {CONFIG} describes: put back those "
            "that were saved with it, or train again."
        )
    return model, extra


def _checksum(described: dict[str, Any]) -> str:
    """Of what the config says, however it is laid out."""
    return hashlib.sha256(json.dumps(described, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _damaged(folder: Path, why: str) -> RunError:
    return RunError(f"{folder / CONFIG} is damaged ({why[:200]}): restore it or train again.")
