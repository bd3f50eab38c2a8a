"""Compare surjax with other flow libraries on the CPU: `make bench`.

Every library builds the same two flows (`peers/library.py`) and runs in a process of its own, one
after another, in rounds, so that a slow spell of the machine falls on all of them; the median of the
rounds is reported. Writes benchmarks/results.json and the page docs/benchmarks.md.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from data import mixture
from report import MEASURES, markdown

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = ("zuko", "nflows", "normflows", "flowjax", "jflows")
DIM = 8
POINTS = 65_536


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", nargs="+", default=["surjax", *PEERS])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=256, help="training steps that are timed")
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md")
    args = parser.parse_args()

    machine = describe_machine()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        train, test = np.split(mixture(2 * POINTS, DIM, seed=0), 2)
        np.savez(data, train=train, test=test)
        for number in range(args.rounds):
            for library in args.libraries:
                print(f"round {number + 1} of {args.rounds}: {library}", file=sys.stderr)
                measured += run_library(library, data, args.steps)

    machine["load_after"] = os.getloadavg()[0]
    results = {
        "machine": machine,
        "dim": DIM,
        "points": POINTS,
        "steps": args.steps,
        "rounds": args.rounds,
        "rows": medians(measured),
    }
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(results))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def run_library(library: str, data: Path, steps: int) -> list[dict]:
    """Measure one library in a process of its environment; its errors stop the benchmark."""
    environment = ".venv" if library == "surjax" else ".venv-bench"
    python = ROOT / environment / "bin" / "python"
    command = [python, HERE / "measure.py", library, data, "--steps", str(steps)]
    on_cpu = os.environ | {"JAX_PLATFORMS": "cpu"}
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=on_cpu)
    return json.loads(run.stdout)


def medians(measured: list[dict]) -> list[dict]:
    """One row a library and flow: the median over its rounds, and the rounds themselves."""
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in measured:
        groups.setdefault((row["kind"], row["library"]), []).append(row)
    rows = []
    for group in groups.values():
        row = dict(group[0])
        for measure in MEASURES:
            rounds = [one[measure] for one in group]
            row[measure] = {
                key: statistics.median(one[key] for one in rounds)
                for key in ("per_second", "compile_seconds")
            } | {"rounds": rounds}
        rows.append(row)
    return rows


def describe_machine() -> dict[str, object]:
    """The processor, the cores that this process may use, the date, and how busy the machine was."""
    info = Path("/proc/cpuinfo")
    models = [
        line.split(":", 1)[1].strip()
        for line in (info.read_text().splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
        "load_before": os.getloadavg()[0],
    }


if __name__ == "__main__":
    main()
