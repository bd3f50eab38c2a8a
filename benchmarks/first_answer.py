"""How long a person waits for a first answer: whole processes, timed from outside.

Each round begins with an empty cache of compiled programs (cold) and runs every command again with what the
first left there (warm). Writes benchmarks/first_answer.json and docs/first-answer.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from first_answer_report import markdown
from run import describe_machine

HERE = Path(__file__).parent
ROOT = HERE.parent
ROWS = 3000
IMAGE_MODELS = ("realnvp", "glow", "flowpp", "poolflow", "augmented", "vae", "hvae", "marscf", "pronf")
CACHE = "SURJAX_CACHE"


def write_table(path: Path) -> None:
    """3,000 rows of four numbers: normal, skewed, a step, and one that follows the others."""
    random = np.random.default_rng(0)
    a, b, c = random.normal(size=ROWS), np.exp(random.normal(size=ROWS)), random.integers(0, 30, ROWS)
    columns = np.stack([a, b, c, a * b + 0.3 * random.normal(size=ROWS)], 1)
    np.savetxt(path, columns, delimiter=",", header="a,b,c,d", comments="", fmt="%.6g")


def seconds_of(arguments: list[str], cache: Path) -> tuple[float, str]:
    """How long a command takes, from its start to its end, and what it printed."""
    command = [str(Path(sys.executable).with_name("surjax")), *arguments]
    began = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | {CACHE: str(cache)}, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"surjax {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    print(f"{seconds:6.1f} s  surjax {' '.join(arguments)}", file=sys.stderr, flush=True)
    return seconds, done.stdout


def commands(table: Path, folder: Path, number: int) -> dict[str, list[str]]:
    """The commands of a table, in their order; the training is into a new folder each time."""
    run = str(folder / f"run{number}")
    return {
        "--help": ["--help"],
        "models": ["models"],
        "train tabular": ["train", "tabular", str(table), "--out", run],
        "evaluate": ["evaluate", run],
        "score": ["score", run, str(table), "--out", str(folder / f"scores{number}.csv")],
        "sample": ["sample", run, "--out", str(folder / f"samples{number}.csv")],
        "demo": ["demo", "--out", str(folder / f"demo{number}.png"), "--json"],
    }


def measure_round(images: tuple[str, ...], where: list[str]) -> dict[str, dict[str, float]]:
    """The seconds of every command, cold and warm; of images cold alone."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table, cache = folder / "table.csv", folder / "programs"
        write_table(table)
        for number, state in enumerate(("cold", "warm")):
            for what, arguments in commands(table, folder, number).items():
                seconds, printed = seconds_of(arguments, cache)
                found.setdefault(what, {})[state] = seconds
                if what == "demo":
                    told = json.loads(printed)
                    inside = told["compile_seconds"] + told["train_seconds"]
                    found.setdefault("demo: compiled and trained", {})[state] = inside
        for model in images:
            arguments = ["train", model, "cifar10", "--preset", "tiny", "--out", str(folder / model)]
            seconds, _ = seconds_of([*arguments, *where], folder / f"programs-{model}")
            found[f"train {model} cifar10 --preset tiny"] = {"cold": seconds}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", nargs="*", default=IMAGE_MODELS, help="the models whose tiny is trained")
    parser.add_argument("--image-rounds", type=int, default=1, help="in how many rounds they are")
    parser.add_argument("--data-dir", help="where CIFAR-10 lies, as for `surjax train`")
    parser.add_argument("--results", type=Path, default=HERE / "first_answer.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "first-answer.md")
    args = parser.parse_args()
    machine = describe_machine()
    where = ["--data-dir", args.data_dir] if args.data_dir else []
    images = tuple(args.images)
    rounds = [measure_round(images if i < args.image_rounds else (), where) for i in range(args.rounds)]
    machine["load_after"] = os.getloadavg()[0]
    medians = {
        what: {state: statistics.median(r[what][state] for r in rounds if what in r) for state in states}
        for what, states in rounds[0].items()
    }
    results = {"machine": machine, "rounds": rounds, "medians": medians, "rows": ROWS}
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(results))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
