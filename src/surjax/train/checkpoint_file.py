"""What lies in a checkpoint's folder: one safetensors file, which Orbax calls upon this to read and write.

Orbax's own format spreads a state over many files that are read and written at once; where one of them
fails, the others print tracebacks of their own.
"""

import dataclasses

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath
from safetensors.numpy import load, save

STATE = "state.safetensors"


class StateHandler(ocp.CheckpointHandler):
    """Reads and writes the arrays of a state, by name."""

    def save(self, directory: epath.Path, args: "StateArgs") -> None:
        """Write the arrays into a folder that Orbax renames when it is complete; the first process does."""
        if jax.process_index() == 0:
            (directory / STATE).write_bytes(save(args.arrays))

    def restore(self, directory: epath.Path, args: "StateArgs") -> dict[str, np.ndarray]:
        """Read them; safetensors' error where the file was cut short."""
        return load((directory / STATE).read_bytes())


@ocp.args.register_with_handler(StateHandler, for_save=True, for_restore=True)
@dataclasses.dataclass
class StateArgs(ocp.args.CheckpointArgs):
    """The arrays to save; none of them to restore."""

    arrays: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
