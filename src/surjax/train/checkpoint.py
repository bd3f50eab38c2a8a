"""Checkpoints of a training run."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError

from surjax.errors import RunError
from surjax.files import cannot_write
from surjax.train.state import TrainState

_SECONDS = "seconds"


class Checkpoints:
    """The latest states of a run in a folder, managed by Orbax: each is written whole or not at all.

    The two newest are kept; restoring takes the newest that is complete.
    """

    def __init__(self, folder: str | Path):
        logging.getLogger("absl").setLevel(logging.CRITICAL)  # what fails is told by the error raised here
        import orbax.checkpoint as ocp

        from surjax.train.checkpoint_file import StateArgs, StateHandler

        self._args = StateArgs
        self.folder = Path(folder).absolute()
        try:
            options = ocp.CheckpointManagerOptions(max_to_keep=2, enable_async_checkpointing=False)
            self._manager = ocp.CheckpointManager(self.folder, options=options, item_handlers=StateHandler())
        except OSError as error:
            raise cannot_write(folder, error) from error

    def save(self, state: TrainState, seconds: float) -> None:
        """Save a state under its step, with the seconds trained so far."""
        leaves = jax.tree.leaves(eqx.filter(state, eqx.is_array))
        arrays = {_name(i): np.asarray(leaf, order="C") for i, leaf in enumerate(leaves)}
        arrays[_SECONDS] = np.asarray(seconds, np.float64)
        step = int(state.step)
        if step in self._manager.all_steps():
            return
        try:
            self._manager.save(step, args=self._args(arrays))
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def restore(self, like: TrainState) -> tuple[TrainState, float] | None:
        """The newest state and its seconds, or None where there is none.

        Raises RunError where what lies there is damaged or is the state of another model.
        """
        step = self._manager.latest_step()
        if step is None:
            return None
        folder = self.folder / str(step)
        try:
            saved = dict(self._manager.restore(step, args=self._args()))
            seconds = float(saved.pop(_SECONDS))
        except (OSError, KeyError, SafetensorError) as error:
            raise RunError(
                f"the checkpoint {folder} is damaged: delete that folder to go on from the one before it."
            ) from error
        wanted, static = eqx.partition(like, eqx.is_array)
        leaves, tree = jax.tree.flatten(wanted)
        if _layout(saved) != _layout({_name(i): leaf for i, leaf in enumerate(leaves)}):
            raise RunError(
                f"the checkpoint {folder} is of another model: put back this run's, or start a new run."
            )
        restored = jax.tree.unflatten(tree, [jnp.array(saved[_name(i)]) for i in range(len(leaves))])
        return eqx.combine(restored, static), seconds

    def close(self) -> None:
        """Let go of the folder."""
        with contextlib.suppress(Exception):
            self._manager.close()


def _name(i: int) -> str:
    """The leaves go by number: the tree that they belong to is known when they are restored."""
    return f"leaf_{i:05d}"


def _layout(arrays: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The shape and type of each array."""
    return {name: (array.shape, str(array.dtype)) for name, array in arrays.items()}
