"""One line of the table of the 2-D study, and where it is kept with its model."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from surjax import serialize
from surjax.errors import RunError
from surjax.flow import Flow
from surjax.json_text import json_text
from surjax.serialize.folder import CONFIG


@dataclasses.dataclass(frozen=True)
class ToyRow:
    """One line of results.json: one model trained on one set from one seed.

    nll_nats is the mean over the test points with its standard error; gap_nats is the excess over the
    entropy, −log p(x) + log p_true(x) averaged over the same points, so that the luck of the test draw
    drops out. integral is ∫ p(x) dx on a grid. compile_seconds is next to nothing for a seed that takes the
    program of the one before. train_seconds is all but compilation from the model's building to the end of
    its training.
    """

    dataset: str
    model: str
    nll_nats: float
    standard_error_nats: float
    entropy_nats: float
    gap_nats: float
    paper_nats: float
    exact: bool
    integral: float
    compile_seconds: float
    train_seconds: float
    steps: int
    parameters: int
    test_points: int
    dtype: str
    seed: int


def keep(folder: Path, row: ToyRow, flow: Flow, settings: dict[str, Any]) -> None:
    """Save a row and its model with the settings that they came of; SurjaxError where that fails."""
    extra = {"row": dataclasses.asdict(row), "settings": settings}
    serialize.save(flow, folder, extra=json.loads(json_text(extra)))


def kept(folder: Path, settings: dict[str, Any]) -> tuple[ToyRow, Flow] | None:
    """The row and the model that were kept in a folder; None where there are none.

    Raises RunError where they came of other settings, or are damaged.
    """
    if not (folder / CONFIG).is_file():
        return None
    flow, extra = serialize.load_with_extra(folder)
    try:
        row, before = extra["row"], _flat(extra["settings"])
        now = _flat(json.loads(json_text(settings)))
    except (KeyError, AttributeError) as error:
        raise RunError(f"{folder} holds no row of the study: give the study another folder.") from error
    other = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
    if other:
        told = ", ".join(f"{name} {before.get(name)} (now {now.get(name)})" for name in other)
        raise RunError(
            f"{folder} holds a model that was trained with other settings: {told}; give another folder, or "
            "delete that one."
        )
    numbers: dict[str, Any] = {name: math.nan if value is None else value for name, value in row.items()}
    return ToyRow(**numbers), flow


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The settings by their dotted names."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat
