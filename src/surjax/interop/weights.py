"""Another project's weights, by the names that it gave them."""

import pickle
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Every array of an NPZ file; raises RunError where it cannot be read or would have to be unpickled."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
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
