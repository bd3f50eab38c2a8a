"""Every model of vectors on some points of the plane and some tables, at its defaults, for equal minutes.

Each training is one `surjax train … --json` in a process of its own. Writes benchmarks/which_model.json and
docs/which-model-measured.md, the table that the page docs/which-model.md shows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from run import describe_machine
from which_model_report import markdown

HERE = Path(__file__).parent
ROOT = HERE.parent
PLANE = ("two_moons", "checkerboard")
TABLES = ("wine", "breast_cancer", "diabetes")
MODELS = {
    **dict.fromkeys(PLANE, ("tabular", "nsf", "maf", "baseline", "absflow")),
    **dict.fromkeys(TABLES, ("tabular", "nsf", "maf", "baseline")),
}
"""The models that are tried on each data set; absflow is for points of the plane."""
TEST_FRACTION = 0.3
"""The share of a table's rows that is measured on: they are few."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", choices=tuple(MODELS), default=tuple(MODELS))
    parser.add_argument("--minutes", type=float, default=0.5, help="of training each, compilation apart")
    parser.add_argument("--points", type=int, default=100_000, help="of the plane, to train and measure on")
    parser.add_argument("--steps", type=int, help="at most so many, where the minutes are not to decide")
    parser.add_argument("--seed", type=int, default=0, help="of the points, the weights and the training")
    parser.add_argument("--results", type=Path, default=HERE / "which_model.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "which-model-measured.md")
    args = parser.parse_args()

    machine = describe_machine()
    command = " ".join(["python", "benchmarks/which_model.py", *sys.argv[1:]])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for source in args.data:
            for model in MODELS[source]:
                rows.append(train(model, source, args, Path(folder) / f"{model}-{source}"))
                machine["load_after"] = os.getloadavg()[0]
                results = {"machine": machine, "command": command, "minutes": args.minutes, "rows": rows}
                args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(results))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def train(model: str, source: str, args: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Train one model and measure it on the test part: a row of `which_model.json`."""
    words = ["train", model, source, "--minutes", args.minutes, "--seed", args.seed, "--out", folder]
    words += ["--rows", args.points] if source in PLANE else ["--test-fraction", TEST_FRACTION]
    words += [] if args.steps is None else ["--steps", args.steps]
    command = [sys.executable, "-m", "surjax.cli.main", *map(str, words), "--json"]
    print(f"{model} on {source}", file=sys.stderr)
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    kept = ("stopped", "step", "parameters", "compile_seconds", "train_seconds")
    return {"data": source, "model": model, "test": told["test"]} | {name: told[name] for name in kept}


if __name__ == "__main__":
    main()
