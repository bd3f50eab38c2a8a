"""A training run's folder, opened."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any

from surjax import serialize
from surjax.data import Table, load, schema_to_json
from surjax.errors import RunError
from surjax.evaluate import Likelihood
from surjax.flow import Flow
from surjax.json_text import json_text
from surjax.runs.data import Splits, load_splits
from surjax.runs.record import RunRecord

MODEL, CHECKPOINTS, PICTURE = "model", "checkpoints", "density.png"


@dataclasses.dataclass(frozen=True)
class Run:
    """A folder that `train_run` (and so `surjax train`) wrote.

        FOLDER/run.json        model, data, settings, status and result
        FOLDER/model/          the best model, as `surjax.load` reads it
        FOLDER/checkpoints/    the latest states of the training, from which it is resumed
        FOLDER/metrics.jsonl   one line an evaluation
        FOLDER/density.png     the density, for data of two numeric columns

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
    def planar(self) -> bool:
        """Whether it models two numeric columns, so that its density can be drawn."""
        return [column.kind for column in self.record.schema] == ["numeric", "numeric"]

    @property
    def discrete(self) -> bool:
        """Whether no column is continuous, so that likelihoods are code lengths."""
        return all(column.kind != "numeric" for column in self.record.schema)

    def report(self, likelihood: Likelihood) -> dict[str, Any]:
        """A likelihood as JSON, with bits/dim only where it is a code length: all columns discrete."""
        fields = likelihood.to_json()
        return fields if self.discrete else fields | {"bits_per_dim": None}

    def flow(self) -> Flow:
        """The trained model.

        Raises:
            RunError: there is none yet, it is damaged, or it is the model of another run.
        """
        folder = self.folder / MODEL
        if self.record.status == "failed":
            error = (self.record.result or {}).get("error", "it failed.")
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
        return flow

    def splits(self) -> Splits:
        """The data that it was trained on, in the same three parts.

        Raises:
            DataError: they cannot be read any more.
            RunError: they are not what they were.
        """
        settings = self.record.settings
        splits = load_splits(settings.source, settings.data, settings.dtype)
        require_same_data(self.record, splits)
        return splits

    def load(self, source: str, *, columns: tuple[str, ...] | None = None, array: str | None = None) -> Table:
        """Other data, read as this model's columns (see `surjax.data.load`)."""
        dtype = self.record.settings.dtype
        return load(source, schema=self.record.schema, columns=columns, array=array, dtype=dtype)


def resume_command(run: Run) -> str:
    """The command that goes on with a run."""
    settings = run.record.settings
    words = ("surjax", "train", settings.model.name, settings.source, "--out", str(run.folder), "--resume")
    return shlex.join(words)


def describe_model(record: RunRecord) -> dict[str, object]:
    """What is kept with a saved model, to tell it from the models of other runs."""
    return {
        "model": record.settings.to_json()["model"],
        "schema": schema_to_json(record.schema),
        "data": record.fingerprint,
    }


def require_same_data(record: RunRecord, splits: Splits) -> None:
    """RunError where the data have changed since the run was started.

    A toy density's points follow from its name and the seed, and their last bits from the processor, so
    they are the same data wherever they are drawn.
    """
    changed = splits.train.toy is None and splits.fingerprint != record.fingerprint
    if changed or splits.schema != record.schema:
        raise RunError(
            f"the data in {record.settings.source} are no longer those that the run was trained on "
            f"(fingerprint {splits.fingerprint}, then {record.fingerprint}): "
            "put them back, or train a new run on them."
        )
