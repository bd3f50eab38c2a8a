"""What lies in a checkpoint's folder: one safetensors file, which Orbax calls upon this to read and write.

Orbax's own format spreads a state over many files that are read and written at once; where one of them
fails, the others print tracebacks of their own.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath
from safetensors import safe_open

from surjax.serialize.arrays import read_arrays, write_arrays

STATE = "state.safetensors"
NUMBERED = "leaf_{:05d}"
"""The name that early checkpoints gave an array, by its number in the state's tree."""


class StateHandler(ocp.CheckpointHandler):
    """Reads and writes the arrays of a state, by name, each with its checksum."""

    def save(self, directory: epath.Path, args: "StateArgs") -> None:
        """Write the arrays into a folder that Orbax renames when it is complete; the first process does."""
        if jax.process_index() == 0:
            write_arrays(Path(directory) / STATE, args.arrays)

    def restore(self, directory: epath.Path, args: "StateArgs") -> dict[str, np.ndarray]:
        """Read them, each against its checksum, which early checkpoints have none of.

        Raises RunError, or safetensors' error, where the file is damaged.
        """
        path = Path(directory) / STATE
        with safe_open(path, "numpy") as file:
            early = are_numbered(file.keys())
        return read_arrays(path, checked=not early)


@ocp.args.register_with_handler(StateHandler, for_save=True, for_restore=True)
@dataclasses.dataclass
class StateArgs(ocp.args.CheckpointArgs):
    """The arrays to save; none of them to restore."""

    arrays: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)


def are_numbered(names: Iterable[str]) -> bool:
    """Whether these are the names of an early checkpoint."""
    return NUMBERED.format(0) in names
