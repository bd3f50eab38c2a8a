"""Checkpoints of a training run."""

import contextlib
import errno
import logging
import os
import re
import shutil
from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from surjax.errors import RunError
from surjax.files import cannot_write
from surjax.train.state import TrainState

_MARGIN = 1 << 20
"""How many bytes a checkpoint takes beside its arrays, at most."""


class Checkpoints:
    """The latest states of a run in a folder, written by Orbax: each whole or not at all.

    The two newest are kept; restoring takes the newest that is complete.
    """

    def __init__(self, folder: str | Path):
        for name in ("absl", "asyncio"):  # a failed write is told once, by the error that is raised
            logging.getLogger(name).setLevel(logging.CRITICAL)
        import orbax.checkpoint as ocp

        self._ocp = ocp
        self.folder = Path(folder).absolute()
        try:
            options = ocp.CheckpointManagerOptions(
                max_to_keep=2, create=True, enable_async_checkpointing=False
            )
            self._manager = ocp.CheckpointManager(self.folder, options=options)
        except OSError as error:
            raise cannot_write(folder, error) from error

    def save(self, state: TrainState, seconds: float) -> None:
        """Save a state under its step, with the seconds trained so far."""
        arrays = eqx.filter(state, eqx.is_array)
        step = int(state.step)
        args = self._ocp.args.Composite(
            state=self._ocp.args.StandardSave(_as_dict(arrays)),
            meta=self._ocp.args.JsonSave({"seconds": seconds}),
        )
        _require_space(self.folder, sum(leaf.nbytes for leaf in jax.tree.leaves(arrays)))
        try:
            if step not in self._manager.all_steps():
                self._manager.save(step, args=args)
            self._manager.wait_until_finished()
        except Exception as error:
            failure = _os_error(error)
            if failure is None:
                raise
            raise cannot_write(self.folder, failure) from None

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


def _require_space(folder: Path, size: int) -> None:
    """Raise before Orbax begins where the disk cannot take a checkpoint: half-way it fails untidily."""
    if shutil.disk_usage(folder).free < size + _MARGIN:
        raise cannot_write(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _os_error(error: Exception) -> OSError | None:
    """What the operating system answered; TensorStore, beneath Orbax, tells it in a ValueError's text."""
    if isinstance(error, OSError):
        return error
    code = re.search(r"os_error_code='(\d+)'", str(error))
    return None if code is None else OSError(int(code[1]), os.strerror(int(code[1])))


def _name(i: int) -> str:
    return f"leaf_{i:05d}"


def _as_dict(arrays: Any) -> dict[str, Any]:
    """The arrays by number: Orbax keeps plain containers, and the tree is known when it is restored."""
    return {_name(i): leaf for i, leaf in enumerate(jax.tree.leaves(arrays))}
