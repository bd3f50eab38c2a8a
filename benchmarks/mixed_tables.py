"""How much like the data samples of mixed tables are: surjax beside CTGAN and GaussianCopula of SDV.

Every method is fitted to four fifths of a table's rows, at its defaults, and draws as many rows. SDMetrics
compares them with the rows that the methods were fitted to. SDV and the tables are those of the benchmarks'
environment, .venv-bench (`make bench` sets it up); surjax is used by its command, as a person would. Writes
benchmarks/mixed_tables.json, and docs/tables.md anew with it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import describe_machine
from tables_report import markdown

HERE = Path(__file__).parent
ROOT = HERE.parent
TABLES = ("diamonds", "Housing", "Computers")


def run(command: list[str]) -> float:
    """Run a command to its end, and tell how many seconds it took."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=sys.stderr)
    return time.perf_counter() - began


def compare(name: str, seed: int) -> dict[str, object]:
    """The scores of every method on a table, and the seconds that it took."""
    peers = [str(ROOT / ".venv-bench" / "bin" / "python"), str(HERE / "mixed_tables_peers.py")]
    surjax = str(Path(sys.executable).with_name("surjax"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        run([*peers, "cut", name, place, str(seed)])
        rows = len((folder / "train.csv").read_text().splitlines()) - 1
        model, train = str(folder / "run"), str(folder / "train.csv")
        kinds = [f"{column}=categorical" for column in json.loads((folder / "codes.json").read_text())]
        told = ["--bounds", "data", *(["--kinds", *kinds] if kinds else [])]
        seconds = {"surjax": run([surjax, "train", "tabular", train, *told, "--out", model])}
        sample = [surjax, "sample", model, "-n", str(rows), "--seed", str(seed)]
        seconds["surjax"] += run([*sample, "--out", str(folder / "surjax.csv")])
        for method in ("GaussianCopula", "CTGAN"):
            seconds[method] = run([*peers, "draw", method, place, str(seed)])
        run([*peers, "score", place])
        scores = json.loads((folder / "scores.json").read_text())
    for method, taken in seconds.items():
        scores["methods"][method]["seconds"] = taken
    print(name, scores, file=sys.stderr)
    return {"name": name, "rows": rows, **scores}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES)
    parser.add_argument("--seed", type=int, default=0, help="of the cut and of what is drawn")
    parser.add_argument("--results", type=Path, default=HERE / "mixed_tables.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "tables.md")
    args = parser.parse_args()
    machine = describe_machine()
    tables = [compare(name, args.seed) for name in args.tables]
    machine["load_after"] = os.getloadavg()[0]
    results = {"machine": machine, "seed": args.seed, "tables": tables}
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(json.loads((HERE / "tables.json").read_text())))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
