"""Checkpoints of a training run."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from surjax.errors import RunError
from surjax.files import cannot_write
from surjax.train.state import TrainState


class Checkpoints:
    """The latest states of a run in a folder, written by Orbax: each whole or not at all.

    The two newest are kept; restoring takes the newest that is complete.
    """

    def __init__(self, folder: str | Path):
        logging.getLogger("absl").setLevel(logging.ERROR)
        import orbax.checkpoint as ocp

        self._ocp = ocp
        self.folder = Path(folder).absolute()
        try:
            options = ocp.CheckpointManagerOptions(max_to_keep=2, create=True)
            self._manager = ocp.CheckpointManager(self.folder, options=options)
        except OSError as error:
            raise cannot_write(folder, error) from error

    def save(self, state: TrainState, seconds: float) -> None:
        """Save a state under its step, with the seconds trained so far."""
        arrays = eqx.filter(state, eqx.is_array)
        step = int(state.step)
        if step in self._manager.all_steps():
            return
        args = self._ocp.args.Composite(
            state=self._ocp.args.StandardSave(_as_dict(arrays)),
            meta=self._ocp.args.JsonSave({"seconds": seconds}),
        )
        try:
            self._manager.save(step, args=args)
            self._manager.wait_until_finished()
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def restore(self, like: TrainState) -> tuple[TrainState, float] | None:
        """The newest state and its seconds, or None where there is none.

        Raises RunError where what lies there is damaged or is the state of another model.
        """
        step = self._manager.latest_step()
        if step is None:
            return None
        arrays, static = eqx.partition(like, eqx.is_array)
        args = self._ocp.args.Composite(
            state=self._ocp.args.StandardRestore(_as_dict(arrays)), meta=self._ocp.args.JsonRestore()
        )
        try:
            saved = self._manager.restore(step, args=args)
        except Exception as error:  # Orbax raises many kinds for a file that is cut short
            raise RunError(
                f"the checkpoint {self.folder / str(step)} is damaged or is of another model: "
                "delete that folder to go on from the one before it."
            ) from error
        leaves, tree = jax.tree.flatten(arrays)
        restored = jax.tree.unflatten(tree, [saved["state"][_name(i)] for i in range(len(leaves))])
        return eqx.combine(restored, static), float(saved["meta"]["seconds"])

    def close(self) -> None:
        """Wait for what is being written and let go of the folder."""
        with contextlib.suppress(Exception):
            self._manager.close()


def _name(i: int) -> str:
    return f"leaf_{i:05d}"


def _as_dict(arrays: Any) -> dict[str, Any]:
    """The arrays by number: Orbax keeps plain containers, and the tree is known when it is restored."""
    return {_name(i): leaf for i, leaf in enumerate(jax.tree.leaves(arrays))}
