"""The page docs/benchmarks.md, written from what `run.py` measured."""

import math

from measure import BATCH, CHUNKS, LEARNING_RATE
from peers.library import Architecture

MEASURES = {"training": "training steps/s", "scoring": "log_prob/s", "sampling": "samples/s"}
FLOWS = {"spline_coupling": "Spline coupling flow", "maf": "Masked autoregressive flow"}

PAGE = """\
# Benchmarks

One and the same two flows in surjax and in other flow libraries, on the CPU, in float32. `make bench`
runs the comparison and writes this page; benchmarks/results.json holds every round.

Measured on {date}: {cpu}, {cores} cores, Python {python}. The machine's load average was
{load_before:.1f} before the start and {load_after:.1f} at the end; the comparison itself keeps every
core busy.

{versions}

{flows}

## What is measured

The data are {dim}-dimensional: {points:,} training points and as many test points of a mixture of
normals, the same for every library.

- **Spline coupling flow**: {layers} rational-quadratic spline couplings, {bins} bins on
  [-{tail_bound:g}, {tail_bound:g}] and the identity outside, the halves swapped from layer to layer,
  conditioners of {depth} hidden layers of {width} with ReLU, a standard normal base.
- **Masked autoregressive flow**: {layers} affine layers, the order reversed from layer to layer, MADE
  with {depth} hidden layers of {width} and ReLU, a standard normal base. Scoring takes one pass of the
  network a layer, sampling {dim}.
- **training steps/s**: Adam, learning rate {learning_rate:g}, batches of {batch} from shuffled
  data; {steps} steps after compiling.
- **log_prob/s**, **samples/s**: {points:,} points, from and to NumPy arrays, in calls of
  {chunks} points, whichever is fastest for the library.
- **compile s**: what the first step, the first scoring and the first sampling take longer than later
  ones. The speeds do not include it.
- **test nats**: the mean negative log-likelihood of the test points after those few steps. It shows
  that each library trains; it differs with the initial weights and with how a scale is kept positive.

Each library runs alone, in a process of its own, with all cores; the table has the median over
rounds, of which there were {rounds}.

## Where the time goes

Most of it is in products of {width} × {width} matrices, which no library can do without. Scoring a point
takes two floating-point operations for each weight: in the masked autoregressive flow surjax reaches
{reached:.0f} GFLOP/s, and twice the fastest other library would be {doubled:.0f}. What is left to gain lies
between the products, and in sampling, where surjax's MADE computes each hidden unit once instead of once for
every dimension.

Tried, and not kept, because the whole flow was no faster or slower: splines with the bins on the first
axis and unrolled, with the derivative in closed form (alone their forward pass is faster, but XLA on the
CPU computes the chains of selections anew in the backward pass, many times over), bins found by masks in
place of gathers, the optimiser's update of all parameters as one vector (`optax.flatten`), and the masked
matrices of MADE in blocks, which do not pay at this width with so few elements
([measured](made-speed.md)).

## Where the libraries differ

- zuko, nflows and normflows run in PyTorch's eager mode, as they document, with PyTorch's fused Adam.
- flowjax trains with its own compiled step, called from Python as in its `fit_to_data`; scoring and
  sampling are compiled.
- jflows trains from energies; here its couplings and splines are put together and trained by a compiled step
  of optax's Adam, called from Python. It bounds the parameters of a spline softly.
- flowjax learns the spline's slope at both ends of the interval, where the others fix it to 1: two
  more parameters a dimension.
- normflows' ready-made spline layer has a residual network and a second spline for the half that
  passes; here its plain coupling with its plain MLP stands in. Its MADE without residual blocks has
  no activation behind the first layer; here it gets one. Its affine scale stays below 1.001, so its
  masked autoregressive flow, which here maps data to noise, fits these data less well.
- Masked weights count as parameters.
"""


def markdown(results: dict) -> str:
    """The page, from what `results.json` holds."""
    architecture = Architecture()
    reached, doubled = scoring_gflops(results["rows"])
    return PAGE.format(
        reached=reached,
        doubled=doubled,
        **results["machine"],
        **vars(architecture),
        versions=versions(results["rows"]),
        flows="\n\n".join(flow_section(kind, results["rows"]) for kind in FLOWS),
        dim=results["dim"],
        points=results["points"],
        steps=results["steps"],
        rounds=results["rounds"],
        batch=BATCH,
        learning_rate=LEARNING_RATE,
        chunks=", ".join(f"{chunk:,}" for chunk in CHUNKS[:-1]) + f" or {CHUNKS[-1]:,}",
    )


def versions(rows: list[dict]) -> str:
    """One line with each library's version and what it runs on."""
    libraries = {row["library"]: f"{row['version']} ({row['framework']})" for row in rows}
    return ", ".join(f"{name} {version}" for name, version in libraries.items()) + "."


def flow_section(kind: str, rows: list[dict]) -> str:
    """The table of one flow, its last line surjax's speed relative to the fastest other library."""
    rows = [row for row in rows if row["kind"] == kind]
    header = ["", "parameters", *MEASURES.values(), "compile s", "test nats"]
    lines = [header, ["---"] + ["---:"] * (len(header) - 1)]
    lines += [table_row(row) for row in rows]
    ratios = ratios_to_fastest_peer(rows)
    if ratios:
        lines.append(["**surjax / fastest other**", ""] + [f"**{r:.1f}×**" for r in ratios] + [""] * 2)
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"## {FLOWS[kind]}\n\n{table}"


def table_row(row: dict) -> list[str]:
    """One library's line."""
    speeds = [f"{row[measure]['per_second']:,.0f}" for measure in MEASURES]
    compile_seconds = " + ".join(f"{row[measure]['compile_seconds']:.1f}" for measure in MEASURES)
    nats = f"{row['test_nll_nats']:.2f}"
    return [row["library"], f"{row['parameters']:,}", *speeds, compile_seconds, nats]


def ratios_to_fastest_peer(rows: list[dict]) -> list[float]:
    """surjax's speed over the fastest other library's, a measure each; empty without one of the two."""
    speeds = {row["library"]: [row[measure]["per_second"] for measure in MEASURES] for row in rows}
    ours = speeds.pop("surjax", [])
    return [own / max(others) for own, *others in zip(ours, *speeds.values(), strict=False) if others]


def scoring_gflops(rows: list[dict]) -> tuple[float, float]:
    """GFLOP/s of surjax's matrix products in scoring the MAF, and of twice the fastest other library's."""
    speeds = {
        row["library"]: 2e-9 * row["parameters"] * row["scoring"]["per_second"]
        for row in rows
        if row["kind"] == "maf"
    }
    ours = speeds.pop("surjax", math.nan)
    return ours, 2 * max(speeds.values(), default=math.nan)
