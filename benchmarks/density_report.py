"""The page docs/densities.md, written from what `density.py` measured."""

import math

from density_targets import TARGETS
from tables_report import grid

PAGE = """\
# Flows fitted to log-densities

`surjax.inference.fit_density` beside flowjax's variational fit (`fit_to_key_based_loss` with `ElboLoss`),
with and without `stick_the_landing`, on densities whose log Z is known. `python benchmarks/density.py`
measures it and writes this page; benchmarks/density.json holds the rows.

Measured on {date}: {cpu}, {cores} cores, Python {python}, {versions}, float32. The machine's load average
was {load_before:.1f} before the start and {load_after:.1f} at the end; where other jobs ran beside it, the
seconds of the processor tell more than those on the clock.

{table}
{missing}
- **effective share**: (Σ w)²/(n Σ w²) of the weights w = p̃/q at 50,000 draws of the flow q. Such draws
  cannot tell what the flow misses.
- **true share**: 1/E_p[p/q], the same number by 50,000 exact draws of the density. It is near 0 where the
  flow has left out a mode or a tail.
- **log Z, less the truth**: ± its standard error by the delta method, of the draws of q.
- **seconds**: from the call to the fitted flow, building and compilation in them; on the clock, and of the
  processor over all cores. Of surjax's seconds on the clock {compiling} are XLA's, compiling; each of its
  steps goes back through the flow once more for the path gradient.

## What is fitted

- Batches of {batch} draws, Adam at {learning_rate}; of surjax the defaults of `DensityConfig` beside that:
  path gradient, cosine schedule, gradients clipped, the best evaluation kept. For the mixture of eight
  modes it begins at the temperature {temperature:g}, which flowjax's fit has no setting for; the others
  begin at 1.
- Coupling layers that move one half of the numbers, the order shuffled between them: {layers} layers, whose
  networks have {depth} hidden layers of {width}. The funnel has affine couplings; the mixture and the
  double well rational-quadratic splines of {bins} bins; the angles circular splines over the uniform
  distribution in surjax, and in flowjax, which has none, splines of the interval over the uniform
  distribution.
{targets}
"""


NAMES = {"flowjax": "flowjax", "flowjax_path": "flowjax, path gradient"}


def markdown(results: dict) -> str:
    """The page, from what `density.json` holds."""
    rows = results["rows"]
    libraries = {row["library"].split("_")[0]: row["version"] for row in rows} | {"jax": rows[0]["jax"]}
    first = TARGETS["funnel"].architecture
    head = [
        "density",
        "library",
        "steps",
        "effective share",
        "true share",
        "log Z, less the truth",
        "seconds",
    ]
    return PAGE.format(
        **{"load_after": math.nan} | results["machine"],
        versions=", ".join(f"{name} {version}" for name, version in sorted(libraries.items())),
        table=grid([*head, "of the processor"], [_row(row) for row in rows]),
        missing=_missing(rows),
        batch=results["batch"],
        learning_rate=results["learning_rate"],
        temperature=TARGETS["eight_modes"].start_temperature,
        layers=first.layers,
        depth=first.depth,
        width=first.width,
        bins=first.bins,
        compiling=_compiling(rows),
        targets="\n".join(f"- {target.title}: log Z = {target.log_z:.4f}." for target in TARGETS.values()),
    )


def _compiling(rows: list[dict]) -> str:
    seconds = [row["compile_seconds"] for row in rows if row["library"] == "surjax"]
    return f"{min(seconds):.0f} to {max(seconds):.0f}"


def _missing(rows: list[dict]) -> str:
    """What there is no row of, in a sentence."""
    there = {(row["target"], row["library"]) for row in rows}
    libraries = ("surjax", *NAMES)
    lacking = [
        f"{target.title} ({NAMES.get(library, library)})"
        for target in TARGETS.values()
        for library in libraries
        if (target.name, library) not in there
    ]
    return f"\nNot measured yet: {'; '.join(lacking)}.\n" if lacking else ""


def _row(row: dict) -> list[str]:
    off = f"{row['log_z'] - row['true_log_z']:+.4f}".replace("-", "−")
    return [
        TARGETS[row["target"]].title,
        NAMES.get(row["library"], row["library"]),
        f"{row['steps']:,}",
        f"{row['ess']:.3f}",
        f"{row['true_ess']:.3f}",
        f"{off} ± {row['log_z_error']:.4f}",
        f"{row['seconds']:.0f}",
        f"{row['cpu_seconds']:.0f}",
    ]
