"""A training run's folder, opened."""

import dataclasses
import shlex
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import jax.numpy as jnp
import numpy as np

from surjax import serialize
from surjax.data import DataSet, Splits, load_splits, read_given
from surjax.data.form import Form
from surjax.errors import ConfigError, RunError
from surjax.evaluate import Likelihood
from surjax.flow import Flow
from surjax.json_text import json_text
from surjax.modalities import Modality, Subject, modality_of
from surjax.plugins import USED
from surjax.runs.record import RunRecord

MODEL, CHECKPOINTS, CURVE, PROGRESS, STAGES = "model", "checkpoints", "curve.png", "samples", "stages"

F = TypeVar("F", bound=Form)


@dataclasses.dataclass(frozen=True)
class Run:
    """A folder that `train_run` (and so `surjax train`) wrote.

        FOLDER/run.json        model, data, settings, status and result
        FOLDER/model/          the best model, as `surjax.load` reads it
        FOLDER/checkpoints/    the latest states of the training, from which it is resumed
        FOLDER/metrics.jsonl   one line an evaluation
        FOLDER/density.png     the density, for data of two numeric columns
        FOLDER/curve.png       validation bits/dim over minutes, for images
        FOLDER/samples.png     samples, for images
        FOLDER/samples/        the same of the model at each evaluation
        FOLDER/tensorboard/    event files, where they were asked for
        FOLDER/stages/         a run for each stage, for models that are trained in stages

    Attributes:
        folder: where it lies.
        record: what run.json holds.
    """

    folder: Path
    record: RunRecord

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """Open a run's folder.

        Raises:
            RunError: it is no run, is damaged, of another format, or of a model that is not known.
        """
        return cls(Path(folder), RunRecord.read(Path(folder)))

    @property
    def name(self) -> str:
        """The model and the data in a word or two, for titles."""
        settings = self.record.settings
        return f"{settings.model.name} on {Path(settings.source).name}"

    @property
    def modality(self) -> Modality:
        """That of its model: what is done with examples as its data are of."""
        return modality_of(self.record.settings.model)

    def require(self, form: type[F]) -> F:
        """What an example of its data is, where it is of this class; else ConfigError."""
        return form.require(self.record.form, self.folder)

    def subject(self, flow: Flow, splits: Splits, seed: int) -> Subject:
        """What a picture of its model is of: the flow, its data and the seed of the picture's draws."""
        return Subject(flow, self.record.settings.model, self.record.form, splits, seed, self.name)

    def report(self, likelihood: Likelihood) -> dict[str, Any]:
        """A likelihood as JSON, with what an example is, whether the likelihood is of a density or of a
        probability, and bits/dim only where it is a code length."""
        form = self.record.form
        fields = likelihood.to_json() | {"example": form.word, "measure": form.measure}
        without = {} if form.discrete else {"bits_per_dim": None, "standard_error_bits_per_dim": None}
        return fields | without

    def at(self, data_dir: str | Path | None) -> "Run":
        """The run with another folder where published sets lie; None leaves it as it is.

        Raises:
            ConfigError: its data lie in no such folder.
        """
        if data_dir is None:
            return self
        settings = self.record.settings
        if not any(field.name == "data_dir" for field in dataclasses.fields(settings.data)):
            medium = settings.model.form.medium
            raise ConfigError(f"{self.folder} is a run of {medium}, which lies in no data_dir: leave it out.")
        data = dataclasses.replace(settings.data, **{"data_dir": str(Path(data_dir).absolute())})
        settings = dataclasses.replace(settings, data=data)
        return dataclasses.replace(self, record=dataclasses.replace(self.record, settings=settings))

    def flow(self) -> Flow:
        """The trained model; a warning tells where it was trained in float64 and JAX computes in float32.

        Raises:
            RunError: there is none yet, it is damaged, or it is the model of another run.
        """
        folder = self.folder / MODEL
        if self.record.status == "failed":
            error = self.record.result.error or "it failed."
            raise RunError(f"{self.folder} holds no model, because {error}")
        if not folder.is_dir() or not any(folder.iterdir()):
            raise RunError(
                f"{self.folder} holds no model yet, because its training has not ended: "
                f"go on with `{resume_command(self)}`."
            )
        flow, extra = serialize.load_with_extra(folder)
        if json_text(extra) != json_text(describe_model(self.record)):
            raise RunError(
                f"{folder} is the model of another run than {self.folder / 'run.json'} describes: "
                "put back the model that was trained with it, or train again."
            )
        if not isinstance(flow, Flow) or flow.shape != self.record.form.shape:
            raise RunError(
                f"{folder} holds no model of {self.record.form}: put back the model that was trained with "
                "the run, or train again."
            )
        if self.record.settings.dtype == "float64" and jnp.result_type(float) == jnp.float32:
            warnings.warn(
                f"{self.folder} was trained in float64 and is used in float32, which rounds its numbers: "
                "set JAX_ENABLE_X64=1 for those of its training.",
                stacklevel=2,
            )
        return flow

    def splits(self) -> Splits:
        """The data that it was trained on, in the same three parts.

        Raises:
            DataError: they cannot be read any more.
            RunError: they are not what they were.
        """
        settings = self.record.settings
        splits = load_splits(settings.source, settings.data, settings.dtype, self.record.form)
        require_same_data(self.record, splits)
        return splits

    def given(self, entries: Sequence[str]) -> np.ndarray | None:
        """(rows, given) what its model is given, read as in training; None for one that is not conditional.

        entries: see `surjax.data.read_given`, which raises what this does.
        """
        form, settings = self.record.form, self.record.settings
        if not form.given and not entries:
            return None
        return read_given(form, entries, getattr(settings.data, "decimal", None) or ".")

    def load(
        self,
        source: str,
        *,
        columns: tuple[str, ...] | None = None,
        array: str | None = None,
        strict: bool = True,
    ) -> DataSet:
        """Other data, read as this model's (see `surjax.data.DataConfig.load_like`).

        Raises:
            DataError: they cannot be read, or are of another form.
            ConfigError: an option does not fit the source.
        """
        settings, form = self.record.settings, self.record.form
        options: Any = {"columns": columns, "array": array, "strict": strict}
        return settings.data.load_like(source, form, settings.dtype, **options)


def resume_command(run: Run) -> str:
    """The command that goes on with a run, with the plugins that are in use."""
    settings = run.record.settings
    words = ["surjax", "train", settings.model.name, settings.source, "--out", str(run.folder), "--resume"]
    return shlex.join([*words, *(f"--plugin={name}" for name in USED)])


def describe_model(record: RunRecord) -> dict[str, object]:
    """What is kept with a saved model, to tell it from the models of other runs."""
    return {
        "model": record.settings.to_json()["model"],
        **record.form.entry(),
        "data": record.fingerprint,
    }


def require_same_data(record: RunRecord, splits: Splits) -> None:
    """RunError where the data have changed since the run was started.

    A toy density's points follow from its name and the seed, and their last bits from the processor, so
    they are the same data wherever they are drawn.
    """
    if splits.form != record.form:
        raise RunError(
            f"the data in {record.settings.source} are of another form than those that the run was trained "
            "on: put those back, or train a new run on them."
        )
    known = record.fingerprint is not None and splits.train.truth is None
    if known and splits.fingerprint != record.fingerprint:
        raise RunError(
            f"the data in {record.settings.source} are no longer those that the run was trained on "
            f"(fingerprint {splits.fingerprint}, then {record.fingerprint}): "
            "put them back, or train a new run on them."
        )
