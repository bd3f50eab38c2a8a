"""surjax score RUN DATA."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command
from surjax.cli.output import DOCUMENTS, check_out, messages, number
from surjax.cli.progress import ChunkProgress
from surjax.cli.report import kind_of_number
from surjax.errors import ConfigError, DataError

if TYPE_CHECKING:
    from rich.console import Console


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score(Command):
    """Write the log-likelihood of every row of a data set.

    The file has one column, log_likelihood, in nats, and a row for each row or image of DATA. DATA must have
    the columns that the model was trained on, which are found by name, those that it is given among them, or
    images of the same size. Of a conditional model it is the log-likelihood of the rest given these. Where
    single values of a column have a probability of their own, the file has a second column,
    continuous_columns: of how many numbers of that row the likelihood is a density. Only rows of equally many
    can be compared.

    Of a run that was trained with --missing model a row with missing cells has the likelihood of those that
    are present; a column present_columns says how many they are. Otherwise a row with a cell that is missing,
    or that is none that the model knows (a new category, a text among numbers), gets NaN and is left out of
    the mean; how many there are is told, and what is wrong with the first.
    """

    run: tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="RUN")]]
    """The folder that `surjax train` wrote."""
    data: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="DATA")]]
    """A data set's name, or a file."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE")]
    """The file to write: .csv, .tsv, .parquet, .npz or .npy."""
    columns: tuple[str, ...] | None = None
    """The columns to take, where the data have more than the model."""
    array: str | None = None
    """Which array of an .npz to take."""
    strict: bool = False
    """Refuse the file where a row cannot be scored, rather than give that row NaN."""
    num_samples: int | None = None
    """K of the importance-weighted bound, no matter where the model is exact (default: 64 of tables, 1 of
    images)."""
    seed: int = 0
    """The seed of the bound's draws."""
    chunk: int | None = None
    """How many examples go through the model at once (default: about half a million numbers' worth)."""
    data_dir: Path | None = None
    """Where published sets of images lie, where that is another folder than in training."""

    def execute(self) -> dict[str, Any]:
        """Load, score, write."""
        if self.chunk is not None and self.chunk < 1:
            raise ConfigError(f"chunk is {self.chunk} and must be at least 1.")
        check_out(self.out, DOCUMENTS)
        import jax
        import numpy as np

        from surjax.data import Column, write_table
        from surjax.evaluate.likelihood import scores_of
        from surjax.gaps import exact_for
        from surjax.runs import Run

        run = Run.open(self.run).at(self.data_dir)
        flow = run.flow()
        rows = run.load(self.data, columns=self.columns, array=self.array, strict=self.strict)
        usable = rows.usable
        if self.strict and not usable.all():
            raise DataError(
                f"row {int(np.argmin(usable)) + 1} of {self.data} has no value in any column: leave it out."
            )
        known = rows if usable.all() else rows.take(np.flatnonzero(usable))
        key = jax.random.key(self.seed)
        draws = run.modality.draws(self.num_samples)
        with ChunkProgress(f"scoring {self.data}") as progress:
            found = scores_of(
                flow,
                known.values,
                known.context,
                num_samples=draws,
                key=key,
                chunk=self.chunk,
                on_progress=progress,
            )
        exact = exact_for(flow, known.values)
        lost, undefined = int((~np.isfinite(found)).sum()), int(np.isnan(found).sum())
        if undefined:
            messages().print(f"{undefined} of {len(found)} rows have a log-likelihood that is no number.")
        scores = np.full(len(rows), np.nan, found.dtype)
        scores[usable] = found
        columns, schema, means = [scores], [Column("log_likelihood", "numeric")], {}
        form = run.record.form
        if form.mixed:
            continuous = form.continuous(np.asarray(known.values))
            of_all = np.zeros(len(rows), np.int64)  # of a row without a score, 0
            of_all[usable] = continuous
            columns.append(of_all)
            schema.append(Column("continuous_columns", "integer", minimum=0, maximum=form.dimensions))
            means = {"by_continuous_columns": _by_count(found, continuous)}
        if form.gaps:
            columns.append(np.isfinite(np.asarray(rows.values)).sum(1))
            schema.append(Column("present_columns", "integer", minimum=0, maximum=form.dimensions))
        write_table(self.out, np.stack(columns, 1), tuple(schema))
        return {
            "out": str(self.out),
            "n": len(found),
            "not_scored": int((~usable).sum()),
            "not_finite": lost,
            "example": run.record.form.word,
            "mean_log_likelihood_nats": float(found.mean(dtype=np.float64)),
            "exact": exact,
            "num_samples": 1 if exact else draws,
            "measure": form.measure,
            "zero_density": int(np.isneginf(found).sum()),
            **means,
        }

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """How many were scored, and their mean."""
        mean, kind = number(result["mean_log_likelihood_nats"]), kind_of_number(result)
        examples = f"{result['n']:,} {result['example']}s"
        console.print(f"scored {examples}, {mean} nats on average ({kind}): {result['out']}")
        for part in result.get("by_continuous_columns", ()):
            count = part["continuous_columns"]
            of = f"a density of {count} number{'s' * (count > 1)}" if count else "a probability"
            mean = number(part["mean_log_likelihood_nats"])
            console.print(f"  of {part['n']:,} {result['example']}s it is {of}, {mean} nats on average")
        if result["zero_density"]:
            console.print(f"  {result['zero_density']:,} {result['example']}s have a log-likelihood of −∞")


def _by_count(scores: Any, continuous: Any) -> list[dict[str, Any]]:
    """The mean of the scores of rows with equally many continuous numbers, the fewest first."""
    import numpy as np

    return [
        {
            "continuous_columns": int(count),
            "n": int((continuous == count).sum()),
            "mean_log_likelihood_nats": float(scores[continuous == count].mean(dtype=np.float64)),
        }
        for count in np.unique(continuous)
    ]
