"""Files of named arrays that notice when they were damaged: safetensors, with a checksum for each array."""

import errno
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from surjax.errors import RunError
from surjax.files import cannot_read, write_atomically

_SUMS = "sha256"
"""Where in the file's metadata the checksums are: one text, as safetensors writes several in any order."""


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write arrays by name, whole or not at all, with the SHA-256 of each one's name, type, shape and bytes.

    Returns:
        The digest of all of them, as `digest_of` gives it.

    Raises:
        SurjaxError: the file cannot be written.
    """
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    sums = {name: _checksum(name, array) for name, array in sorted(ordered.items())}
    with write_atomically(path) as temporary:
        temporary.touch()
        mode = temporary.stat().st_mode  # as the user's umask has it; safetensors gives it to its owner alone
        try:
            save_file(ordered, temporary, metadata={_SUMS: json.dumps(sums)})
        except SafetensorError as error:  # what the operating system answered, as a text
            raise _refused(error) from error
        temporary.chmod(mode)
    return _digest(sums)


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """A SHA-256 of arrays by name, whatever their order."""
    return _digest({name: _checksum(name, array) for name, array in arrays.items()})


def read_arrays(path: Path, checked: bool = True) -> dict[str, np.ndarray]:
    """Read what `write_arrays` wrote; checked: each array must have its checksum, as where any has one.

    Raises:
        RunError: the file cannot be read, or an array is not the one that was written under its name.
    """
    try:
        path.open("rb").close()  # so that what the operating system says is not taken for damage
    except OSError as error:
        raise cannot_read(path, error) from error
    try:
        with safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            sums = dict(json.loads((file.metadata() or {}).get(_SUMS, "{}")))
    except Exception as error:  # whatever safetensors and NumPy say of a header that makes no sense
        raise RunError(f"{path} is damaged ({str(error)[:200]}): restore it or train again.") from error
    if checked or sums:
        for name, array in arrays.items():
            if sums.get(name) != _checksum(name, array):
                raise RunError(
                    f"{path} is damaged: {name} is not the array that was written under that name; restore "
                    "the file or train again."
                )
    return arrays


def _refused(error: Exception) -> OSError:
    """The answer of the operating system that is in a text of safetensors': "… (os error 28)"."""
    number = re.search(r"os error (\d+)", str(error))
    code = int(number[1]) if number else errno.EIO
    return OSError(code, os.strerror(code))


def _digest(sums: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(sorted(sums.items()))).encode()).hexdigest()


def _checksum(name: str, array: np.ndarray) -> str:
    digest = hashlib.sha256(f"{name} {array.dtype} {array.shape}\n".encode())
    digest.update(
        np.ascontiguousarray(array).view(np.uint8).reshape(-1).data if array.ndim else array.tobytes()
    )
    return digest.hexdigest()
