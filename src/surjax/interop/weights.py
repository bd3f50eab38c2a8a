"""Another project's weights, by the names that it gave them."""

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from surjax.errors import RunError, SurjaxError
from surjax.typing import Shape


class Weights:
    """Named arrays that an importer takes one after the other, so that what is missing or left over shows.

    where is the file that they are from, for the errors.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], where: Path):
        self.arrays, self.where = dict(arrays), where

    def take(self, name: str, shape: Shape) -> np.ndarray:
        """The array of that name, in that shape up to axes of length 1.

        Raises RunError where there is none, or where it is of another shape.
        """
        array = self.arrays.pop(name, None)
        if array is None:
            raise RunError(
                f"{self.where} holds no {name}: it is a checkpoint of another model, or of other settings "
                "than the ones given with it."
            )
        if _without_ones(array.shape) != _without_ones(shape):
            raise RunError(
                f"{name} in {self.where} has shape {array.shape} and the settings given with it make it "
                f"{shape}: give the settings that it was trained with."
            )
        return array.reshape(shape)

    def finish(self, buffers: tuple[str, ...]) -> None:
        """Raise RunError where arrays are left that do not end in one of the names `buffers`."""
        left = [name for name in self.arrays if name.rpartition(".")[2] not in buffers]
        if left:
            raise RunError(
                f"{self.where} holds {len(left)} arrays that the model has no place for, such as {left[0]}: "
                "it is a checkpoint of another model, or of other settings than the ones given with it."
            )


def copy_of(step: Any, i: int) -> Any:
    """The i-th of the copies that a `Repeat`, or a network that scans, holds."""
    return jax.tree.map(lambda leaf: leaf[i], step)


def read_state(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any] | None]:
    """The named arrays of a checkpoint, and its settings where it is an NPZ file that holds them.

    An NPZ file names the arrays state/NAME and has its settings as JSON in `config`; anything else is read
    by PyTorch: a dictionary of tensors, or one that holds such a dictionary as "model" or "state_dict".
    Where all names begin with "module." (trained on several devices), they go without. Raises as `read_npz`
    and `read_torch` do.
    """
    settings = None
    if path.suffix == ".npz":
        arrays = read_npz(path)
        state = {name[6:]: array for name, array in arrays.items() if name.startswith("state/")}
        settings = parse_settings(str(arrays["config"]), path) if "config" in arrays else None
    else:
        saved = read_torch(path)
        state = saved if isinstance(saved, dict) else {}
        for name in ("model", "state_dict"):
            state = state[name] if isinstance(state.get(name), dict) else state
    state = {name: array for name, array in state.items() if isinstance(array, np.ndarray)}
    if all(name.startswith("module.") for name in state):
        state = {name[7:]: array for name, array in state.items()}
    return state, settings


def read_settings(path: Path) -> dict[str, Any]:
    """A JSON file of a model's settings; raises RunError where it is none."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: give a JSON file of the model's settings.") from error
    return parse_settings(text, path)


def parse_settings(text: str, path: Path) -> dict[str, Any]:
    """A model's settings out of JSON from a file; raises RunError where it is no JSON object."""
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise RunError(f"the settings in {path} are no JSON ({error}): restore them.") from error
    if not isinstance(settings, dict):
        raise RunError(f"the settings in {path} are no JSON object: give one with the model's settings.")
    return settings


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Every array of an NPZ file; raises RunError where it cannot be read or would have to be unpickled."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:  # whatever NumPy and zipfile say of a file that makes no sense
        raise _unreadable(path, error) from error


def read_torch(path: Path) -> Any:
    """What `torch.save` wrote, its tensors as NumPy arrays; nothing but tensors and plain values is read.

    Raises RunError where the file is damaged or holds anything else, such as pickled code, SurjaxError
    where PyTorch is not installed.
    """
    try:
        import torch  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise SurjaxError(
            f"{path} is read by PyTorch, which is not installed: install it with pip install 'surjax[torch]'."
        ) from error
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise _unreadable(path, error) from error
    return _to_numpy(saved, torch.Tensor)


def _to_numpy(node: Any, tensor: type) -> Any:
    if isinstance(node, tensor):
        array = node.detach()
        return (array.float() if array.is_floating_point() and array.itemsize < 4 else array).numpy()
    if isinstance(node, Mapping):
        return {key: _to_numpy(part, tensor) for key, part in node.items()}
    if isinstance(node, list | tuple):
        return [_to_numpy(part, tensor) for part in node]
    return node


def _without_ones(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _unreadable(path: Path, error: Exception) -> RunError:
    if isinstance(error, FileNotFoundError):
        return RunError(f"there is no file {path}: give the path of a checkpoint.")
    if isinstance(error, pickle.UnpicklingError) or "pickle" in str(error):
        return RunError(
            f"{path} holds pickled objects, which could run code and are not opened: give a checkpoint of "
            "tensors alone."
        )
    return RunError(f"{path} is damaged, cut short or no checkpoint: fetch it again.")
