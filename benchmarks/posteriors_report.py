"""The page docs/posteriors.md, written from what `posteriors.py` measured."""

import textwrap

import numpy as np

from tables_report import grid

THIRD = 1 / 3
"""The share of sbi's seconds that is wanted."""

PAGE = """\
# Posteriors from simulations

`surjax.inference.npe` beside the package sbi's NPE, both at their defaults and trained on the same
simulations, on four tasks of Lueckmann et al. 2021 (*Benchmarking Simulation-Based Inference*) whose
posterior is known.
`python benchmarks/posteriors.py` measures it and writes this page; benchmarks/posteriors.json holds the rows.

Measured on {date}: {cpu}, {cores} cores, Python {python}, surjax {surjax}, sbi {sbi}, float32. The machine's
load average was {load_before:.1f} before the start and {load_after:.1f} at the end; the seconds depend on it.

{table}

- **C2ST**: the accuracy of a classifier (scikit-learn's multilayer perceptron, five-fold cross-validation)
  that tells {samples:,} draws of the posterior from as many of the true one; 0.5 is perfect, and two sets of
  true draws come to 0.50 ± 0.02. The mean over {observations} observations{seeds}.
- The true posterior is drawn exactly: in closed form or by rejection.
- **seconds**: to the draws of all observations, on the clock (surjax's simulate too). **compiling**: those of
  them that XLA took to compile its programs, which a process does once for simulations of one size, and no
  process where `SURJAX_CACHE` keeps them; PyTorch compiles nothing. **CPU**: the processor's, over all cores.
- **share**: surjax's seconds to sbi's; **run**: the same without those of compiling. At most a third is what
  we want: {reached} of {rows} are there, {ran} without compiling. XLA takes as long to compile for 1,000
  simulations as for 100,000, and the ensemble trains two flows where sbi trains one.
- sbi's default is a masked autoregressive flow of 5 layers of 50 units; surjax's is an ensemble of two
  `posterior_flow`: 3 autoregressive layers of rational-quadratic splines, with MADEs of 2 × 64 units.
{earlier}{missed}"""


def markdown(results: dict) -> str:
    """The page."""
    rows, machine = results["rows"], results["machine"]
    seeds = sorted({row["seed"] for row in rows})
    missed = [
        f"{task} at {budget:,} ({ours:.3f} against {theirs:.3f})"
        for task, budget, ours, theirs in (_means(rows, *key) for key in _keys(rows))
        if ours > theirs
    ]
    earlier = ", ".join(f"{row['task']} at {row['simulations']:,}" for row in rows if row.get("sbi_earlier"))
    shares = [_shares(_of(rows, *key)) for key in _keys(rows)]
    return PAGE.format(
        **machine,
        surjax=rows[0]["surjax"]["version"],
        sbi=rows[0]["sbi"]["version"],
        table=_table(rows),
        rows=len(_keys(rows)),
        reached=sum(share <= THIRD for share, _ in shares),
        ran=sum(run <= THIRD for _, run in shares),
        samples=rows[0]["samples"],
        observations=rows[0]["observations"],
        seeds="" if len(seeds) == 1 else f" and {len(seeds)} seeds",
        earlier=_item(f"sbi's numbers are of an earlier run on such a machine: {earlier}.") * bool(earlier),
        missed=f"- surjax is not at or below sbi on {', '.join(missed)}.\n" if missed else "",
    )


def _keys(rows: list[dict]) -> list[tuple[str, int]]:
    return sorted({(row["task"], row["simulations"]) for row in rows}, key=lambda key: (key[0], key[1]))


def _item(sentence: str) -> str:
    return textwrap.fill(sentence, 110, initial_indent="- ", subsequent_indent="  ") + "\n"


def _of(rows: list[dict], task: str, budget: int) -> list[dict]:
    """The rows of a task and a budget, one a seed."""
    return [row for row in rows if (row["task"], row["simulations"]) == (task, budget)]


def _means(rows: list[dict], task: str, budget: int) -> tuple[str, int, float, float]:
    mine = _of(rows, task, budget)
    ours, theirs = (float(np.mean([row[name]["c2st"] for row in mine])) for name in ("surjax", "sbi"))
    return task, budget, ours, theirs


def _median(mine: list[dict], library: str, key: str) -> float:
    return float(np.median([row[library][key] for row in mine]))


def _shares(mine: list[dict]) -> tuple[float, float]:
    """(surjax's seconds to sbi's, the same without compiling)."""
    whole, sbi = (_median(mine, library, "seconds") for library in ("surjax", "sbi"))
    return whole / sbi, (whole - _median(mine, "surjax", "compile_seconds")) / sbi


def _table(rows: list[dict]) -> str:
    header = ["task", "simulations", "C2ST surjax", "sbi", "seconds surjax", "compiling", "sbi"]
    header += ["share", "run", "CPU surjax", "sbi"]
    lines = []
    for task, budget in _keys(rows):
        mine = _of(rows, task, budget)
        _, _, ours, theirs = _means(rows, task, budget)
        spent = [("surjax", "seconds"), ("surjax", "compile_seconds"), ("sbi", "seconds")]
        used = [("surjax", "processor_seconds"), ("sbi", "processor_seconds")]
        cells = [task, f"{budget:,}", f"{ours:.3f}", f"{theirs:.3f}"]
        cells += [f"{_median(mine, *each):,.0f}" for each in spent]
        cells += [f"{share:.2f}" for share in _shares(mine)]
        lines.append([*cells, *(f"{_median(mine, *each):,.0f}" for each in used)])
    return grid(header, lines)
