"""surjax cite RUN."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command
from surjax.cli.output import check_out, messages
from surjax.files import write_atomically

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cite(Command):
    """Print BibTeX of the works that a run is built on.

    They are what the docstrings of the model's parts cite (transforms, distributions, networks, the model
    itself), those of the data where they are published, of the optimiser, and of the bound where there is
    one; surjax comes first. The file is in UTF-8.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The .bib to write (default: print it)."""

    def execute(self) -> dict[str, Any]:
        """Load, walk through the model, look up."""
        if self.out is not None:
            check_out(self.out, (".bib",))
        from surjax.runs import Run
        from surjax.runs.cite import cite_run

        cited = cite_run(Run.open(self.run))
        for part, work in cited.missing:
            line = f"{part} cites {work}, of which surjax has no entry: add it yourself."
            messages().print(line, markup=False, soft_wrap=True)
        if self.out is not None:
            with write_atomically(self.out) as path:
                path.write_text(cited.bibtex, encoding="utf-8")
        return {
            "run": str(self.run),
            "out": None if self.out is None else str(self.out),
            "parts": {part: list(keys) for part, keys in cited.parts.items()},
            "missing": [{"part": part, "citation": str(work)} for part, work in cited.missing],
            "bibtex": cited.bibtex,
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The BibTeX, or where it is."""
        if result["out"] is None:
            print(result["bibtex"], end="")
        else:
            works = len({key for keys in result["parts"].values() for key in keys})
            console.print(f"{works} entries: {result['out']}", markup=False)
