"""What lies in a checkpoint's folder: one safetensors file, which Orbax calls upon this to read and write.

Orbax's own format spreads a state over many files that are read and written at once; where one of them
fails, the others print tracebacks of their own.
"""

import dataclasses
import hashlib
import json

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath
from safetensors.numpy import load, save

STATE = "state.safetensors"
_CHECKSUM = "sha256"


class DamagedError(ValueError):
    """A file whose arrays are not those that were written."""


class StateHandler(ocp.CheckpointHandler):
    """Reads and writes the arrays of a state, by name, with a checksum of them."""

    def save(self, directory: epath.Path, args: "StateArgs") -> None:
        """Write the arrays into a folder that Orbax renames when it is complete; the first process does."""
        if jax.process_index() == 0:
            content = save(args.arrays, {_CHECKSUM: checksum(args.arrays)})
            (directory / STATE).write_bytes(content)

    def restore(self, directory: epath.Path, args: "StateArgs") -> dict[str, np.ndarray]:
        """Read them.

        Raises safetensors' error where the file was cut short, and DamagedError where the arrays have another
        checksum than it says. An early file says none: its arrays go by number.
        """
        content = (directory / STATE).read_bytes()
        arrays, told = load(content), _metadata(content).get(_CHECKSUM)
        if told != checksum(arrays) and not (told is None and numbered(arrays)):
            raise DamagedError("the arrays have another checksum than the file says")
        return arrays


@ocp.args.register_with_handler(StateHandler, for_save=True, for_restore=True)
@dataclasses.dataclass
class StateArgs(ocp.args.CheckpointArgs):
    """The arrays to save; none of them to restore."""

    arrays: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)


def checksum(arrays: dict[str, np.ndarray]) -> str:
    """The SHA-256 of the names, types, shapes and bytes of arrays, in hexadecimal digits."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def numbered(arrays: dict[str, np.ndarray]) -> bool:
    """Whether the arrays go by their number, leaf_00000 and so on, as in early checkpoints."""
    return LEAF.format(0) in arrays


LEAF = "leaf_{:05d}"
"""The name of an array that goes by its number."""


def _metadata(content: bytes) -> dict[str, str]:
    """What a safetensors file says beside its arrays; its header is JSON, after eight bytes of its length."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]).get("__metadata__") or {}
