"""The page docs/image-speed.md, written from what `images.py` measured."""

from tables_report import grid

PAGE = """\
# Speed on images

Written by benchmarks/images.py, an entry a model.

{entries}"""

ENTRY = """\
## {model}

`{model}` with its {preset} configuration, {parameters:,} parameters. Measured by

```text
{command}
```

on {date}: {device} ({cpu}, {cores} cores), Python {python}, jax {jax}. The machine's load average was
{load_before:.1f} before the start and {load_after:.1f} at the end.

{speed}

- **training**: images/s of {steps} steps with compilation and the first step left out, in one compiled
  program (`surjax.fit`), the images on the device.
- **GFLOP an image**: what the matrix products and convolutions of a training step take for one image,
  forward and backward, counted in the program (benchmarks/flops.py).
- **of the peak**: training's GFLOP/s over {peak}.
- **scoring** (a bound of one importance sample) and **sampling**: images/s, the median of three calls.
{more}"""


def markdown(every: dict) -> str:
    """The page, from what `images.json` holds."""
    return PAGE.format(entries="\n".join(entry(results) for results in every.values()))


def entry(results: dict) -> str:
    """What is told of one model."""
    peak = results["peak_tflops"]
    told = (
        "the device's peak, which is not known here"
        if peak is None
        else f"{peak:g} TFLOP/s, the device's dense bfloat16 peak"
    )
    return ENTRY.format(
        **results["machine"],
        **{name: results[name] for name in ("model", "preset", "command", "steps")},
        parameters=results["rows"][0]["parameters"],
        speed=speed_table(results["rows"], peak),
        peak=told,
        more=short_runs(results["short_runs"]) + compile_table(results["compile"]),
    )


def speed_table(rows: list[dict], peak: float | None) -> str:
    """One row for the numbers that the networks compute in."""

    def share(row: dict) -> str:
        return "–" if peak is None else f"{row['training'] * row['gflop_an_image'] / peak / 10:.1f} %"

    lines = [
        [
            row["dtype"],
            str(row["batch_size"]),
            *(f"{row[name]:.3g}" for name in ("training", "gflop_an_image")),
            share(row),
            *(f"{row[name]:.3g}" for name in ("scoring", "sampling")),
            f"{row['compile_seconds']:.1f}",
        ]
        for row in rows
    ]
    header = ["networks in", "batch", "training, images/s", "GFLOP an image", "of the peak"]
    return grid([*header, "scoring, images/s", "sampling, images/s", "compile s"], lines)


def short_runs(runs: list[dict]) -> str:
    """What short trainings in them reach, where they were made."""
    if not runs:
        return ""
    first = runs[0]
    lines = [
        [
            run["dtype"],
            f"{run['bits_per_dim']:.4f} ± {run['standard_error']:.4f}",
            f"{run['bits_per_dim'] - first['bits_per_dim']:+.4f}",
        ]
        for run in runs
    ]
    return (
        f"\nAfter {first['steps']} steps from the same weights, with the same images and noise, on "
        f"{first['images']} validation images\n(a bound of one importance sample, everything outside the "
        "networks in float32):\n\n" + grid(["networks in", "bits/dim", "difference"], lines) + "\n"
    )


def compile_table(rows: list[dict]) -> str:
    """How long the training step takes to compile, where it was tried."""
    if not rows:
        return ""
    lines = [[str(row["num_steps"]), f"{row['compile_seconds']:.1f}"] for row in rows]
    return "\nThe time to compile the training program, by the number of steps a scale:\n\n" + (
        grid(["steps a scale", "compile s"], lines) + "\n"
    )
