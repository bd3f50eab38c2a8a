"""Files of named arrays that notice when they were damaged: safetensors, with a checksum for each array."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from surjax.errors import RunError
from surjax.files import write_atomically

_SUMS = "sha256"
"""Where in the file's metadata the checksums are: one text, as safetensors writes several in any order."""


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name, whole or not at all, with the SHA-256 of each one's name, type, shape and bytes.

    Raises:
        SurjaxError: the file cannot be written.
    """
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    sums = {name: _checksum(name, array) for name, array in sorted(ordered.items())}
    with write_atomically(path) as temporary:
        save_file(ordered, temporary, metadata={_SUMS: json.dumps(sums)})


def read_arrays(path: Path, checked: bool = True) -> dict[str, np.ndarray]:
    """Read what `write_arrays` wrote; checked: each array must have its checksum.

    Raises:
        RunError: the file cannot be read, or an array is not the one that was written under its name.
    """
    try:
        with safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            sums = json.loads((file.metadata() or {}).get(_SUMS, "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise RunError(f"{path} is damaged ({error}): restore it or train again.") from error
    if checked:
        for name, array in arrays.items():
            if sums.get(name) != _checksum(name, array):
                raise RunError(
                    f"{path} is damaged: {name} is not the array that was written under that name; restore "
                    "the file or train again."
                )
    return arrays


def _checksum(name: str, array: np.ndarray) -> str:
    digest = hashlib.sha256(f"{name} {array.dtype} {array.shape}\n".encode())
    digest.update(
        np.ascontiguousarray(array).view(np.uint8).reshape(-1).data if array.ndim else array.tobytes()
    )
    return digest.hexdigest()
