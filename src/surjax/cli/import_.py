"""surjax import PROJECT FILE."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from surjax.cli.command import Command
from surjax.data import ImageConfig

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Import(Command):
    """Make a run of a checkpoint that another project wrote.

    survae: a PoolFlow of the SurVAE authors' code, as their .pt with its arguments beside it (this needs
    PyTorch), as the folder of one of their runs, or as an .npz of its weights. marscf: a MarSCF of the
    mAR-SCF authors' code, as their .pt or as an .npz; its settings follow from the weights. The run is one
    that evaluate, sample and the other commands take; the data are not read yet.
    """

    project: tyro.conf.Positional[Literal["survae", "marscf"]]
    """The project that wrote it."""
    file: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="FILE")]]
    """The checkpoint."""
    out: Annotated[Path, tyro.conf.arg(metavar="RUN")]
    """The folder of the run."""
    settings: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The checkpoint's arguments, as JSON or their args_table.txt (default: what lies beside it)."""
    source: Annotated[str, tyro.conf.arg(name="data")] = "cifar10"
    """The images that it is measured on: a name, or the path of a folder or array."""
    data: Annotated[ImageConfig, tyro.conf.arg(name="")] = dataclasses.field(default_factory=ImageConfig)

    def execute(self) -> dict[str, Any]:
        """Read, and write the run."""
        from surjax.interop import read_marscf, read_survae
        from surjax.runs.imported import write_imported

        read = {"survae": read_survae, "marscf": read_marscf}[self.project]
        imported = read(self.file, self.settings)
        run = write_imported(self.out, imported, self.source, self.data)
        return {"run": str(run.folder), **(run.record.result.to_json() or {})}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """What it is, and where the run lies."""
        console.print(f"imported {result['parameters']:,} parameters")
        for sentence in result["left_out"]:
            console.print(f"{'left out':<15} {sentence}", markup=False)
        console.print(f"{'run':<15} {result['run']}", markup=False)
