"""surjax sample RUN --fill DATA: the missing cells of a file, drawn given those that are present."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from surjax.cli.output import DOCUMENTS, check_out
from surjax.cli.progress import ChunkProgress
from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from surjax.runs import Run


def fill(
    run: "Run", source: str, out: Path, *, draws: int, proposals: int, seed: int, chunk: int | None
) -> dict[str, Any]:
    """Read a file, fill its gaps and write it; what there is to tell, as JSON.

    Raises:
        ConfigError: the run is none of tables, or was trained without gaps, or the source is no file.
        DataError: the file cannot be read, or has cells that the model does not know.
    """
    import jax
    import numpy as np

    from surjax.data import TableForm
    from surjax.data.csv_file import Dialect
    from surjax.data.filled import write_filled
    from surjax.data.formats import read_raw
    from surjax.data.named import could_be_path
    from surjax.data.table import build_table
    from surjax.evaluate.imputation import impute, mean_effective

    form = run.require(TableForm)
    if not form.gaps:
        raise ConfigError(
            f"{run.folder} was trained without --missing model, so it fills no gaps: train a run with it."
        )
    if not could_be_path(source):
        raise ConfigError(f"--fill takes the path of a file, and {source!r} is none: give one.")
    check_out(out, DOCUMENTS)
    decimal = getattr(run.record.settings.data, "decimal", None)
    raw = read_raw(source, dialect=Dialect(otherwise=decimal or "."))
    table = build_table(raw, source, schema=form.columns, missing="model")
    gaps = np.isnan(table.values)
    with ChunkProgress(f"filling {source}") as progress:
        found = impute(
            run.flow(),
            table.values,
            draws=draws,
            proposals=proposals,
            key=jax.random.key(seed),
            chunk=chunk,
            on_progress=progress,
        )
    moved = write_filled(out, raw, table.values, found.x, form.columns)
    return {
        "out": str(out),
        "seed": seed,
        "n": draws,
        "rows": len(table),
        "rows_with_gaps": int(gaps.any(1).sum()),
        "filled": int(gaps.sum()),
        "empty_rows": int(gaps.all(1).sum()),
        "proposals": proposals,
        "effective_samples": mean_effective(found) if gaps.any() else None,
        "moved_into_range": moved,
    }


def show_fill(result: dict[str, Any], console: "Console") -> None:
    """How many cells were filled, how well, and where they are."""
    times = f", {result['n']} times" if result["n"] > 1 else ""
    console.print(
        f"filled {result['filled']:,} missing cells in {result['rows_with_gaps']:,} of {result['rows']:,} "
        f"rows{times}: {result['out']}",
        markup=False,
    )
    if result["effective_samples"] is not None:
        console.print(
            f"  of {result['proposals']} proposals for each draw {result['effective_samples']:.1f} count in "
            "the mean; where that is near 1 take more by --proposals"
        )
    if result["empty_rows"]:
        console.print(f"  {result['empty_rows']:,} rows had no value in any column and are drawn whole")
