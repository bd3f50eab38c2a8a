"""surjax reproduce pronf."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.output import number, table
from surjax.cli.reproduce_images import ReproduceImages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from surjax.studies.image_systems import Study


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReproduceProNF(ReproduceImages):
    """Train and measure ProNF, a progressive flow, with either way to make images smaller, stage by stage.

    A chain of conditional flows makes 8×8 images of 4×4 ones, 16×16 and 32×32 of those, over a flow of the
    smallest. Chains of the pyramids mean and nearest are trained for as many minutes each (--minutes, which
    are divided among stages) or steps a stage (--steps), and a row a stage and one of the chain are told,
    beside the figures of the study that surjax grew from: as printed, and as they add up.

    Each chain trains into a run of its own in DIR, so that the same command goes on where it was stopped. It
    writes results.json, results_super_resolution.json, results.md and report.html, with pictures of
    super-resolution and of samples at all sizes.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("runs/pronf")
    """The folder."""
    minutes: float | None = None
    """Minutes of training for each chain, all of its stages (default: as long as its settings say)."""
    systems: tuple[str, ...] | None = None
    """Which of mean and nearest (default: both)."""
    steps: int | None = None
    """How many steps to train each stage (default: as its settings say)."""

    def study(self) -> "Study":
        """The two chains."""
        from surjax.studies.pronf import PRONF

        return PRONF

    def summary(self, rows: "Sequence[Any]") -> dict[str, Any]:
        """How near super-resolution comes to the true images."""
        from surjax.studies.pronf_report import QUALITIES

        return {"super_resolution": json.loads((self.out / QUALITIES).read_text(encoding="utf-8"))}

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The table of the stages, and that of super-resolution."""
        figures = (
            *("seed", "bits an image", "±", "bits/dim", "stage bits/dim", "bits/new number", "share"),
            *("study", "parameters", "steps", "minutes"),
        )
        listed = table("pyramid", "stage", "kind", *figures, numbers=figures)
        for row in result["rows"]:
            listed.add_row(
                row["pyramid"],
                str(row["stage"]),
                f"bound, {row['importance_samples']}" if row["bound"] else "exact",
                str(row["seed"]),
                number(row["bits"], ",.1f"),
                number(row["standard_error_bits"], ",.1f"),
                number(row["bits_per_dim"]),
                number(row["stage_bits_per_dim"]),
                number(row["bits_per_new_number"]),
                number(row["share"], ".1%"),
                number(row["study_bits_per_dim"], ".2f" if row["bits_per_dim"] is None else ".3f"),
                number(row["parameters"], ",d"),
                number(row["steps"], ",d"),
                number(row["seconds"] / 60, ".1f"),
            )
        console.print(listed)
        self._show_super_resolution(result["super_resolution"], console)
        files = "results.json, results_super_resolution.json, results.md and report.html"
        console.print(f"written: {result['out']}/{files}", markup=False)

    def _show_super_resolution(self, found: list[dict[str, Any]], console: "Console") -> None:
        from surjax.studies.pronf_tables import COMPARED, nearness, sizes

        figures = ("images", *COMPARED.values())
        listed = table("super-resolution", *figures, numbers=figures)
        for each in found:
            near = [nearness(each["quality"][what]) for what in COMPARED]
            listed.add_row(f"{each['run']}, {sizes(each)}", f"{each['images']:,}", *near)
        console.print(listed)
        console.print("PSNR in dB and SSIM, of test images made small and large again.", markup=False)
