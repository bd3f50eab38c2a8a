"""Posteriors of four simulators by `surjax.inference.npe`, beside the package sbi.

Both are trained on the same simulations, at their defaults, each in a process of its own, in turn; a
classifier tells their draws from those of the true posterior. Writes benchmarks/posteriors.json and the page
docs/posteriors.md; rows that posteriors.json has are not measured again, with `--anew surjax` only by surjax
and with `--anew both` by both. sbi needs an environment of its own:

    python -m venv .venv-sbi && .venv-sbi/bin/pip install sbi
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from posteriors_report import markdown
from run import describe_machine
from surjax.evaluate.c2st import c2st
from surjax.studies.inference_tasks import TASKS

HERE = Path(__file__).parent
ROOT = HERE.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    parser.add_argument("--budgets", nargs="+", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--observations", type=int, default=10)
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--anew", choices=("surjax", "both"), help="measure again what the results have")
    parser.add_argument("--sbi", type=Path, default=ROOT / ".venv-sbi" / "bin" / "python")
    parser.add_argument("--results", type=Path, default=HERE / "posteriors.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "posteriors.md")
    args = parser.parse_args()
    machine = describe_machine()
    rows = json.loads(args.results.read_text())["rows"] if args.results.exists() else []
    known = {(row["task"], row["simulations"], row["seed"]): row for row in rows}
    for asked in itertools.product(args.tasks, args.budgets, args.seeds):
        row = known.get(asked)
        if row is not None and args.anew is None:
            continue
        name, budget, seed = asked
        print(f"{name}, {budget:,} simulations, seed {seed}", file=sys.stderr, flush=True)
        kept = {"sbi": row["sbi"], "sbi_earlier": True} if row is not None and args.anew == "surjax" else {}
        measured = measure((*asked, args.observations, args.samples), None if kept else args.sbi)
        known[asked] = {"task": name, "simulations": budget, "seed": seed} | measured | kept
        machine["load_after"] = os.getloadavg()[0]
        written = {"machine": machine, "rows": list(known.values())}
        args.results.write_text(json.dumps(written, indent=1) + "\n")
    args.page.write_text(markdown(json.loads(args.results.read_text())))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def measure(asked: tuple[str | int, ...], sbi: Path | None) -> dict:
    """What surjax reaches on one task, and what sbi does of that Python: accuracies, and seconds from
    simulations to draws."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "surjax.npz", Path(folder) / "sbi.npz"
        _run([sys.executable, HERE / "posteriors_surjax.py", *asked, ours], folder)
        given = {"surjax": dict(np.load(ours))}
        if sbi is not None:
            _run([sbi, HERE / "peers" / "sbi_npe.py", ours, theirs], folder)
            given["sbi"] = dict(np.load(theirs))
    reference = given["surjax"]["reference"]
    row: dict = {"observations": len(reference), "samples": reference.shape[1]}
    for library, found in given.items():
        pairs = zip(reference, found["draws"], strict=True)
        row[library] = {
            "c2st": [c2st(true, drawn) for true, drawn in pairs],
            "seconds": float(found["seconds"]),
            "train_seconds": float(found["train_seconds"]),
            "processor_seconds": float(found["processor_seconds"]),
            "compile_seconds": float(found.get("compile_seconds", 0.0)),
            "version": str(found["version"]),
        }
    return row


def _run(command: list, folder: str) -> None:
    """Run a process in a folder of its own: sbi writes logs where it is."""
    on_cpu = os.environ | {"JAX_PLATFORMS": "cpu"}
    subprocess.run([*map(str, command)], check=True, stdout=sys.stderr, env=on_cpu, cwd=folder)


if __name__ == "__main__":
    main()
