"""surjax models."""

import dataclasses
from typing import TYPE_CHECKING, Any

from surjax.cli.command import Command
from surjax.cli.output import table

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Models(Command):
    """List the models.

    Each is a published system with its paper's settings as defaults, and some have smaller presets;
    `surjax train MODEL --help` tells what can be set.
    """

    def execute(self) -> dict[str, Any]:
        """Names, summaries, what they are models of, presets and default settings."""
        from surjax.models import known_models

        return {
            "models": [
                {
                    "name": name,
                    "of": model.form.modelled,
                    "summary": model.summary,
                    "presets": ["paper", *model.presets],
                    "config": dataclasses.asdict(model()),
                }
                for name, model in known_models().items()
            ]
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """One line a model."""
        listed = table("model", "of", "what it is", "presets")
        for model in result["models"]:
            listed.add_row(model["name"], model["of"], model["summary"], ", ".join(model["presets"]))
        console.print(listed)
