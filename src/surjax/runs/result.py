"""What the training of a run reached."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from surjax.declared import undeclared

_TRAINED = ("step", "bad_steps", "best_validation_loss", "compile_seconds", "train_seconds")
"""What is told of every training, if only that it is not known."""


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What run.json tells of a training: None where there is nothing to tell.

    Attributes:
        stopped: why it ended: "steps", "minutes", "patience" or "interrupted"; of a run that was not trained
            itself, "assembled" or "imported".
        step: how many steps were taken.
        bad_steps: how many of them were left out, because they were not finite.
        train_loss: the mean loss before the last evaluation, in nats.
        best_validation_loss: the lowest, in nats.
        parameters: how many the model has.
        compile_seconds: how long the program took to compile.
        train_seconds: how long it ran.
        test: the likelihood of the test examples, as `surjax evaluate` tells it.
        stages: what each stage of a model in stages reached.
        budget: what each stage was given of the minutes.
        stage: the stage in which a training in stages was interrupted.
        left_out: what an importer left out.
        error: why the training failed.
        more: what else was measured, by a study for instance, or told by another version of surjax.
    """

    stopped: str | None = None
    step: int | None = None
    bad_steps: int | None = None
    train_loss: float | None = None
    best_validation_loss: float | None = None
    parameters: int | None = None
    compile_seconds: float | None = None
    train_seconds: float | None = None
    test: dict[str, Any] | None = None
    stages: list[dict[str, Any]] | None = None
    budget: list[dict[str, Any]] | None = None
    stage: int | None = None
    left_out: list[str] | None = None
    error: str | None = None
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def with_more(self, **measured: Any) -> "RunResult":
        """The result with something else that was measured."""
        return dataclasses.replace(self, more={**self.more, **measured})

    def to_json(self) -> dict[str, Any] | None:
        """Plain values, from which `from_json` makes the same; None where there is nothing to tell.

        >>> RunResult(stopped="imported", parameters=3).with_more(seconds=1.5).to_json()
        {'stopped': 'imported', 'parameters': 3, 'seconds': 1.5}
        """
        always = () if self.step is None else (*_TRAINED, "train_loss" if self.stages is None else "budget")
        told = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name != "more" and (field.name in always or getattr(self, field.name) is not None)
        }
        return {**told, **self.more} or None

    @classmethod
    def from_json(cls, content: Any) -> "RunResult":
        """Rebuild what `to_json` gave; what it does not know is kept in `more`.

        Raises TypeError where it is no JSON object, or something in it is of another type.
        """
        if not isinstance(content, dict | type(None)):
            raise TypeError(f"the result is {type(content).__name__}")
        known = {field.name for field in dataclasses.fields(cls)} - {"more"}
        told = content or {}
        wrong = undeclared(cls, {name: value for name, value in told.items() if name in known})
        if wrong:
            raise TypeError(wrong)
        more = {name: value for name, value in told.items() if name not in known}
        return cls(**{name: value for name, value in told.items() if name in known}, more=more)
