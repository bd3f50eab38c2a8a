"""Checkpoints of a training run."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import RunError, SurjaxError
from surjax.files import cannot_read, cannot_write
from surjax.train.state import TrainState

_SECONDS = "seconds"


class Checkpoints:
    """The latest states of a run in a folder, managed by Orbax: each is written whole or not at all.

    Every array goes by its path in the state, such as params.transform.transforms[0].loc, so that what is
    missing, unknown or of another shape is told by its name. The two newest are kept; restoring takes the
    newest that is complete.
    """

    def __init__(self, folder: str | Path):
        logging.getLogger("absl").setLevel(logging.CRITICAL)  # what fails is told by the error raised here
        import orbax.checkpoint as ocp  # takes a second

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
        arrays = {name: np.asarray(_numbers(leaf), order="C") for name, leaf in _leaves(state).items()}
        arrays[_SECONDS] = np.asarray(seconds, np.float64)
        step = int(state.step)
        if not self.folder.is_dir():
            raise RunError(f"{self.folder} was removed while it was trained into: train again.")
        if step in self._manager.all_steps():
            return
        try:
            self._manager.save(step, args=self._args(arrays))
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        except SurjaxError as error:  # of a file in a folder that Orbax would have renamed
            if isinstance(error.__cause__, OSError):
                raise cannot_write(self.folder, error.__cause__) from error
            raise

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
        except PermissionError as error:
            raise cannot_read(folder, error) from error
        except Exception as error:  # whatever Orbax says of a folder that makes no sense
            raise RunError(
                f"the checkpoint {folder} is damaged: delete that folder to go on from the one before it."
            ) from error
        wanted = _leaves(like)
        saved = _by_path(saved, list(wanted))
        differs = _difference(saved, {name: _numbers(leaf) for name, leaf in wanted.items()})
        if differs:
            raise RunError(
                f"the checkpoint {folder} is of another model or optimizer, because {differs}: put back this "
                "run's, or start a new run."
            )
        arrays, static = eqx.partition(like, eqx.is_array)
        leaves = [_like(saved[name], leaf) for name, leaf in wanted.items()]
        return eqx.combine(jax.tree.unflatten(jax.tree.structure(arrays), leaves), static), seconds

    def close(self) -> None:
        """Let go of the folder."""
        with contextlib.suppress(Exception):
            self._manager.close()


def _leaves(state: TrainState) -> dict[str, Any]:
    """The arrays of a state by their paths, in the order of its tree."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(state, eqx.is_array))
    return {jax.tree_util.keystr(path).removeprefix("."): leaf for path, leaf in leaves}


def _by_path(saved: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """What an early checkpoint has by the leaves' numbers in the tree, by their paths; any other as it is."""
    from surjax.train.checkpoint_file import NUMBERED, are_numbered

    if not are_numbered(saved):
        return saved
    names = {NUMBERED.format(i): path for i, path in enumerate(paths)}
    return {names.get(name, name): array for name, array in saved.items()}


def _difference(saved: dict[str, Any], wanted: dict[str, Any]) -> str:
    """What the saved arrays differ from the wanted ones in, told of the first; empty where in nothing."""
    lacking, unknown = (list(a.keys() - b.keys()) for a, b in ((wanted, saved), (saved, wanted)))
    told = [f"it has no {min(lacking)}"] if lacking else []
    told += [f"it has {min(unknown)}, which this one has not"] if unknown else []
    if told:
        return " and ".join(told)
    for name, array in wanted.items():
        here, there = (f"{a.dtype} of shape {a.shape}" for a in (array, saved[name]))
        if here != there:
            return f"{name} is {there} there and {here} here"
    return ""


def _numbers(leaf: Any) -> Any:
    """An array as it can be saved: of random keys their numbers."""
    return jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf


def _like(array: np.ndarray, leaf: Any) -> Any:
    """The array that was saved, as the leaf is: with random keys of its kind."""
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(jnp.array(array), impl=jax.random.key_impl(leaf))
    return jnp.array(array)
