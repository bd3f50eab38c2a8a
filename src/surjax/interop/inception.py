"""The weights of the Inception network that FID and the Inception score are measured with."""

import hashlib
import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from surjax.errors import RunError, SurjaxError
from surjax.files import make_folder
from surjax.interop.weights import read_torch

NAME = "weights-inception-2015-12-05-6726825d.pth"
"""The published file: TensorFlow's network of 5 December 2015, as torch-fidelity converted it."""
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{NAME}"
"""Where it is published."""
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""Of its content."""


def inception_weights(given: Path | None = None) -> Path:
    """The file of the weights: the one that is given, or else the published one.

    That is taken from PyTorch's cache, where torch-fidelity keeps it too, and fetched into it if need be.

    Raises:
        RunError: there is no such file.
        SurjaxError: the published file is not there and cannot be fetched.
    """
    if given is not None:
        if not given.is_file():
            raise RunError(f"there is no file {given}: fetch {URL} and give it with --inception.")
        return given
    import torch  # pyright: ignore[reportMissingImports]

    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if not (folder / NAME).is_file():
        make_folder(folder)
        bar = sys.stderr.isatty()
        try:
            torch.hub.download_url_to_file(URL, str(folder / NAME), hash_prefix=SHA256, progress=bar)
        except (OSError, http.client.HTTPException, RuntimeError) as error:  # RuntimeError: another hash
            raise SurjaxError(
                f"{NAME} is not in {folder} and cannot be fetched ({getattr(error, 'reason', error)}): fetch "
                f"{URL} on a machine that is online, and give it with --inception."
            ) from error
    return folder / NAME


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits; SurjaxError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SurjaxError(f"cannot read {path}: {error.strerror or error}.") from error


def copy_tensors(path: Path, copy: Path) -> None:
    """Write the tensors of a file of weights, and nothing else that it holds, to another file.

    Raises RunError where the file is damaged or holds anything else, such as pickled code.
    """
    weights = read_torch(path)
    if not isinstance(weights, Mapping) or not all(hasattr(array, "dtype") for array in weights.values()):
        raise RunError(f"{path} holds no weights by name: give {NAME} or a file like it.")
    import torch  # pyright: ignore[reportMissingImports]

    torch.save({name: torch.as_tensor(array) for name, array in weights.items()}, copy)
