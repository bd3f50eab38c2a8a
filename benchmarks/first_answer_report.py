"""The page docs/first-answer.md, written from what `first_answer.py` measured."""

from importlib.metadata import version

from tables_report import grid

PAGE = """\
# How long the first answer takes

Seconds of whole processes, from the start of a command to its end: the median of {rounds} rounds, of models
of images {image_rounds}. Cold is a machine on which no program was compiled before; warm is the same command
again, with the programs that the first one kept (see `--no-compile-cache`).
`python benchmarks/first_answer.py` measures it and writes this page.

Measured on {date}: {cpu}, {cores} cores, Python {python}, {versions}, float32.

{table}

- The table has {rows:,} rows of four columns; `tabular` is trained with its defaults, at most 1,000 steps,
  measured, and its picture drawn. `evaluate`, `score` and `sample` are of that run: rows are measured by 64
  draws.
- `demo` is `make demo` without the installation: AbsFlow on 128,000 points of four circles, measured on as
  many, and drawn. What of it is compiling and training, by its own clock, is in the line below.
- Models of images are trained as `--preset tiny` says, on CIFAR-10, and measured on test images.

## Where the time goes

Cold, most of it is XLA's. It compiles the search for the start of the model (robust maps of the columns,
their mixtures, the mixture of all), the training step with its evaluation, and scoring: some hundreds of
kernels each, and the time goes with their number. With the optimisation of XLA's backend turned down
compiling takes little less, and what was compiled runs several times as long. Of the models of images it
compiles the start, the training, samples for the pictures and scoring. Warm, the time is that of importing
JAX, tracing the same programs again and reading them from the cache.

Tried, and not kept:

- Programs compiled side by side in threads: on two cores that saves little, since XLA compiles one program
  on both already.
- Lower levels of optimisation, and XLA's older emitters of fusions: programs compile in less time, and run
  so much longer that a short training with its validations gains nothing.
- A lower level for the search of the start alone: it gains little for few columns, and loses for many.
"""


def markdown(results: dict) -> str:
    """The page, from what `first_answer.json` holds."""
    rows = [
        [f"`surjax {what}`" if ":" not in what else what, _seconds(found, "cold"), _seconds(found, "warm")]
        for what, found in results["medians"].items()
    ]
    images = [what for what in results["medians"] if "tiny" in what]
    image_rounds = sum(bool(images) and images[0] in r for r in results["rounds"])
    return PAGE.format(
        **results["machine"],
        rounds=len(results["rounds"]),
        image_rounds=image_rounds,
        rows=results["rows"],
        versions=", ".join(f"{name} {version(name)}" for name in ("surjax", "jax", "jaxlib")),
        table=grid(["command", "cold", "warm"], rows),
    )


def _seconds(found: dict[str, float], state: str) -> str:
    return f"{found[state]:.1f} s" if state in found else ""
