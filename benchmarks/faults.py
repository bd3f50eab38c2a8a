"""Kills: `python benchmarks/faults.py --kills 200`.

Runs a command that writes (train, a study, sample, score, density), kills it at a random moment, by
SIGKILL or SIGTERM, and runs it again, with --resume where there is a run. What then lies there must be bit
for bit what a command wrote that was never killed, and no temporary file may be left. It prints how many were
lost (the command refuses to go on), stuck (it does not end) or different, and which. The same seed kills
alike, as far as the machine is.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surjax.files import is_temporary

TINY = ["--num-layers", "1", "--hidden", "8", "--steps", "2000", "--eval-every", "200", "--patience", "None"]
TIMES = ("compile_seconds", "train_seconds", "seconds", "examples_per_second", "crc32", "sha256")
"""What no two runs have alike, and the checksums of what says it."""
LONGEST = 300


def commands(run: Path) -> dict[str, list[str]]:
    """What is killed, by name: the arguments, with OUT for what is to be written."""
    return {
        "train": ["train", "maf", "data.csv", "--out", "OUT", *TINY, "--checkpoint-minutes", "0.01"],
        "study": [
            *("reproduce", "toy", "--sets", "corners", "--models", "baseline", "--points", "500"),
            *("--steps", "40", "--grid-points", "50", "--out", "OUT"),
        ],
        "sample": ["sample", str(run), "--out", "OUT.csv"],
        "score": ["score", str(run), "data.csv", "--out", "OUT.npy"],
        "density": ["density", str(run), "--out", "OUT.png"],
    }


def start(arguments: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"SURJAX_CACHE": str(folder / "programs")}
    command = [sys.executable, "-m", "surjax.cli.main", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def finish(arguments: Sequence[str], folder: Path) -> tuple[int | None, str]:
    """Run a command to its end: its status (None where it does not end) and the last line it said."""
    process = start(arguments, folder)
    try:
        _, told = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None, "it did not end"
    return process.returncode, (told.splitlines() or [""])[-1]


def contents(folder: Path, name: str) -> dict[str, str]:
    """A digest of every file that a command wrote, without the times that it took."""
    files = [path for path in folder.glob(f"{name}*") if path.is_file()]
    files += [
        path for path in folder.glob(f"{name}/**/*") if path.is_file() and "checkpoints" not in path.parts
    ]
    return {str(path.relative_to(folder)).replace(name, "", 1): _digest(path, name) for path in files}


def _digest(path: Path, name: str) -> str:
    content = path.read_bytes()
    if path.suffix in (".json", ".jsonl"):
        said = [_timeless(json.loads(line)) for line in _json_texts(path)]
        content = json.dumps(said, sort_keys=True).replace(name, "OUT").encode()
    return hashlib.sha256(content).hexdigest()


def _json_texts(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return text.splitlines() if path.suffix == ".jsonl" else [text]


def _timeless(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _timeless(part) for key, part in node.items() if key not in TIMES}
    return [_timeless(part) for part in node] if isinstance(node, list) else node


def kill_once(
    name: str, arguments: list[str], folder: Path, out: str, moment: float, number: signal.Signals
) -> list[str]:
    """Kill a command, go on with it, and tell what is wrong."""
    words = [word.replace("OUT", out) for word in arguments]
    process = start(words, folder)
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        try:
            process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return ["stuck: it did not end when it was terminated"]
    resumed = name == "train" and (folder / out / "run.json").exists()
    status, told = finish([*words, *(["--resume"] if resumed else [])], folder)
    if status is None:
        return ["stuck: it did not end when it was started again"]
    if status != 0:
        return [f"lost: {told}"]
    left = [path for path in folder.rglob(".*") if is_temporary(path) or path.name == ".lock"]
    return [f"left: {path.relative_to(folder)}" for path in left]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", nargs="*", help="which of them (default: all)")
    args = parser.parse_args()
    chance, faults = random.Random(args.seed), []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        x = np.random.default_rng(0).normal(size=(500, 2))
        np.savetxt(folder / "data.csv", x, delimiter=",", header="a,b", comments="")
        whole, seconds = {}, {}
        known = commands(folder / "train-whole")
        chosen = {name: known[name] for name in args.commands or known}
        for name, arguments in ({"train": known["train"]} | chosen).items():
            words = [word.replace("OUT", f"{name}-whole") for word in arguments]
            finish(words, folder)  # compiles
            for path in folder.glob(f"{name}-whole*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            began = time.perf_counter()
            status, told = finish(words, folder)
            if status != 0:
                sys.exit(f"{name} fails without a kill: {told}")
            seconds[name] = time.perf_counter() - began
            whole[name] = contents(folder, f"{name}-whole")
        for i in range(args.kills):
            name = chance.choice(list(chosen))
            number = chance.choice([signal.SIGKILL, signal.SIGTERM])
            moment = chance.uniform(0, seconds[name])
            out = f"{name}-{i:04d}"
            wrong = kill_once(name, chosen[name], folder, out, moment, number)
            if not wrong:
                ours = contents(folder, out)
                names = sorted(ours.keys() | whole[name].keys())
                other = [file for file in names if ours.get(file) != whole[name].get(file)]
                wrong = [f"different: {file or name}" for file in other]
            faults += wrong
            told = "; ".join(wrong) or "equal"
            print(f"{i:4} {name:8} {number.name} after {moment:5.2f} s: {told}", flush=True)
            for path in folder.glob(f"{out}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for kind in ("lost", "stuck", "different", "left"):
        print(f"{sum(fault.startswith(kind) for fault in faults)} {kind}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
