"""Flows fitted to log-densities, beside flowjax's variational fit.

Each library fits a flow of the same architecture in as many steps of as many draws, in a process of its own
and in turn. Writes benchmarks/density.json and the page docs/densities.md; rows that density.json has are not
measured again.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from density_measure import BATCH, LEARNING_RATE
from density_report import markdown
from density_targets import TARGETS
from run import describe_machine

HERE = Path(__file__).parent
ROOT = HERE.parent
LIBRARIES = ("surjax", "flowjax", "flowjax_path")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", nargs="+", default=LIBRARIES, choices=LIBRARIES)
    parser.add_argument("--targets", nargs="+", default=list(TARGETS), choices=TARGETS)
    parser.add_argument("--steps", type=int, help="of every fit (default: each target's own)")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--results", type=Path, default=HERE / "density.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "densities.md")
    args = parser.parse_args()
    machine = describe_machine()
    rows = json.loads(args.results.read_text())["rows"] if args.results.exists() else []
    for seed in range(args.seeds):
        for target in args.targets:
            for library in args.libraries:
                steps = args.steps or TARGETS[target].steps
                if not any(_is_of(row, library, target, seed, steps) for row in rows):
                    print(f"{target}: {library}, seed {seed}", file=sys.stderr, flush=True)
                    rows.append(measure(library, target, seed, steps))
                    machine["load_after"] = os.getloadavg()[0]
                    results = {
                        "machine": machine,
                        "batch": BATCH,
                        "learning_rate": LEARNING_RATE,
                        "rows": rows,
                    }
                    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(json.loads(args.results.read_text())))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def _is_of(row: dict, library: str, target: str, seed: int, steps: int) -> bool:
    given = (library, target, seed, steps)
    return (row["library"], row["target"], row["seed"], row["steps"]) == given


def measure(library: str, target: str, seed: int, steps: int) -> dict:
    """The row of one fit, in a process of the library's environment; its errors stop the benchmark."""
    environment = ".venv" if library == "surjax" else ".venv-bench"
    python = ROOT / environment / "bin" / "python"
    command = [python, HERE / "density_measure.py", library, target, "--seed", seed, "--steps", steps]
    on_cpu = os.environ | {"JAX_PLATFORMS": "cpu"}
    run = subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE, env=on_cpu)
    return json.loads(run.stdout)


if __name__ == "__main__":
    main()
