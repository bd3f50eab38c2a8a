"""surjax assemble RUN RUN …"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Assemble(Command):
    """Put stages that were trained apart together into one model, as a new run.

    Each RUN is of one stage (`surjax train pronf … --stage 32`) or of a whole model. Where several have a
    stage, it is that of the last of them: so stages may come from several machines, and a finished run takes
    one stage from another. They must be of one model, trained on the same data.
    """

    runs: tyro.conf.Positional[Annotated[tuple[Path, ...], tyro.conf.arg(metavar="RUN …")]]
    """The folders that `surjax train` wrote."""
    out: Annotated[Path, tyro.conf.arg(metavar="RUN")]
    """The folder of the new run."""

    def execute(self) -> dict[str, Any]:
        """Read, and write the run."""
        from surjax.errors import ConfigError
        from surjax.runs import Run, assemble

        if not self.runs:
            raise ConfigError("say which runs to put together: surjax assemble RUN RUN … --out RUN.")
        run = assemble([Run.open(folder) for folder in self.runs], self.out)
        return {"run": str(run.folder), **(run.record.result.to_json() or {})}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """Which stage is from where, and where the run lies."""
        console.print(f"put together {result['parameters']:,} parameters; `surjax evaluate` measures them")
        for stage in result["stages"]:
            console.print(f"{'stage ' + str(stage['stage']):<15} {stage['run']}", markup=False)
        console.print(f"{'run':<15} {result['run']}", markup=False)
