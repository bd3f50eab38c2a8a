"""TensorBoard event files, written as training goes."""

import math
from pathlib import Path
from typing import Any

from surjax.errors import ConfigError
from surjax.files import cannot_write
from surjax.train import Progress

EVENTS = "tensorboard"
"""The folder of a run's event files."""

_SECONDS = 10
"""How long a scalar may wait until it is in the file."""


class TensorBoard:
    """Writes the scalars of every evaluation for TensorBoard; a context manager, and a callback of `fit`.

    loss/train, loss/validation and loss/best, in nats an example or, with `dimensions`, how many numbers
    an example of discrete values has, in bits/dim; and training/examples_per_second and
    training/bad_steps. Steps that a resumed run takes again replace those that were told before.

    Raises ConfigError where the package tensorboardX is not installed, SurjaxError where the folder
    cannot be written.

    >>> import tempfile, jax, surjax as sx
    >>> x = 3 + jax.random.normal(jax.random.key(0), (64, 2))
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    >>> with TensorBoard(tempfile.mkdtemp()) as tell:
    ...     fitted = sx.fit(flow, x, config=sx.TrainConfig(steps=5), callbacks=[tell])
    """

    def __init__(self, folder: str | Path, dimensions: int | None = None):
        try:
            import tensorboardX
        except ImportError as error:
            raise ConfigError(
                "TensorBoard files need the package tensorboardX, which is not installed: "
                "`pip install 'surjax[tensorboard]'`."
            ) from error
        self._open = tensorboardX.SummaryWriter
        self._folder, self._writer = Path(folder), None
        self._unit = 1.0 if dimensions is None else dimensions * math.log(2)

    def __call__(self, progress: Progress) -> None:
        """Write an evaluation; nothing between two of them."""
        if not progress.evaluated:
            return
        scalars = {
            "loss/train": progress.train_loss / self._unit,
            "loss/validation": progress.validation_loss / self._unit,
            "loss/best": progress.best_loss / self._unit,
            "training/examples_per_second": progress.examples_per_second,
            "training/bad_steps": progress.bad_steps,
        }
        try:
            writer = self._begin(progress.step)
            for name, number in scalars.items():
                if math.isfinite(number):
                    writer.add_scalar(name, number, progress.step)
        except OSError as error:
            raise cannot_write(self._folder, error) from error

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            try:
                self._writer.close()
            except OSError as error:
                raise cannot_write(self._folder, error) from error

    def _begin(self, step: int) -> Any:
        if self._writer is None:
            self._writer = self._open(str(self._folder), purge_step=step, flush_secs=_SECONDS)
        return self._writer
