"""Damaged and hostile files: `python benchmarks/fuzz.py --files 1000`.

Trains a tiny model, then damages a copy of its run's folder, or a data file, again and again: flipped bits,
cut files, garbage, folders in the place of files, JSON whose parts are something else (with the checksum made
good), archives that declare more than they hold. Each copy is opened as the commands do. It prints how many
were refused in one sentence, loaded to the same numbers, loaded to others, or ended in a traceback, and the
peak memory of the process. The same seed damages the same.
"""

import argparse
import collections
import contextlib
import hashlib
import io
import json
import random
import resource
import shutil
import tempfile
import traceback
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import surjax as sx
from surjax.data import TableConfig, read_table, write_table
from surjax.errors import SurjaxError
from surjax.models.maf import MAF
from surjax.runs import Run, RunSettings, train_run
from surjax.runs.metrics import read_metrics
from surjax.serialize.arrays import digest_of, read_arrays

ROWS, DIM = 64, 3
BAD: list[Any] = [
    None, True, -1, 0, 10**19, 10**400, 1e300, "", "x" * 10_000, "equinox.nn.Linear", "os.system", [], {},
    [1] * 100_000, ["a"], {"class": "surjax.Transform", "fields": {}}, {"class": "os.Path", "fields": {}},
    {"float": "x"}, {"float": [1]}, {"array": {"shape": [10**12], "dtype": "float32"}}, {"array": 3},
    {"tuple": 3}, {"dict": [1]}, {"list": None}, {"class": 1, "fields": 2},
]  # fmt: skip
"""What a stranger may put in the place of any part of a JSON file."""

Case = tuple[str, Callable[[], Any]]
"""What was done, and what opens it: to numbers that can be compared."""


class Fuzzer:
    """Makes cases out of one run and one table, in a folder."""

    def __init__(self, folder: Path, seed: int):
        self.folder, self.random = folder, random.Random(seed)
        self.x = np.random.default_rng(0).normal(size=(ROWS, DIM)).astype(np.float32)
        self.schema = tuple(sx.data.Column(f"x{i}", "numeric") for i in range(DIM))
        source = folder / "data.csv"
        write_table(source, self.x, self.schema)
        training = sx.TrainConfig(steps=4, eval_every=2, batch_size=16)
        settings = RunSettings(MAF(num_layers=1, hidden=(8,)), str(source), TableConfig(), training)
        self.run = train_run(settings, folder / "run", measured=False).folder
        self.state = arrays_digest(self._state(self.run))
        self.history = read_metrics(self.run / "metrics.jsonl")[0]
        self.right = self.opened(self.run)

    def opened(self, folder: Path) -> list[Any]:
        """All that a run says: its record, its model's numbers, and its history."""
        run = Run.open(folder)
        scores = np.asarray(run.flow().log_prob(self.x))
        lines, damaged = read_metrics(folder / "metrics.jsonl")
        if damaged:
            raise SurjaxError(f"{damaged} lines of metrics.jsonl cannot be read and are passed over.")
        # an evaluation that is lost is no other number
        return [run.record, scores.tobytes(), [line for line in lines if line not in self.history]]

    def case(self) -> Case:
        """One more."""
        return self.random.choice(
            [self.damaged_run, self.hostile_json, self.damaged_data, self.hostile_npz]
        )()

    def damaged_run(self) -> Case:
        """A file of the run, damaged."""
        copy = self._copy()
        files = [copy / "run.json", copy / "metrics.jsonl", copy / "model/config.json"]
        state = self._state(copy)
        path = self.random.choice([*files, copy / "model/weights.safetensors", state])
        done = self._damage(path)
        if path == state:
            return f"checkpoint: {done}", lambda: self.resumed(path)
        return f"{path.name}: {done}", lambda: self.opened(copy)

    def resumed(self, path: Path) -> list[Any]:
        """The same, where a checkpoint holds what it should."""
        same = arrays_digest(path) == self.state
        return self.right if same else []

    def hostile_json(self) -> Case:
        """A JSON file of the run one of whose parts is something else, and whose checksum is right."""
        copy = self._copy()
        path = copy / self.random.choice(["run.json", "model/config.json"])
        content = json.loads(path.read_text())
        holder, key = self.random.choice(list(_parts(content)))
        kind = self.random.choice(["replaced", "removed", "added", "nested"])
        if kind == "removed" or (kind == "added" and isinstance(holder, list)):
            del holder[key]
        elif kind == "added":
            holder["another"] = self.random.choice(BAD)
        elif kind == "nested":
            holder[key] = "NESTED"
        else:
            holder[key] = self.random.choice(BAD)
        _sign(path.name, content)
        text = json.dumps(content)
        deep = self.random.choice([50, 100_000])
        path.write_text(text.replace('"NESTED"', "[" * deep + "]" * deep))
        # what is signed and of the right types is a model, if another one
        return f"{path.name}: {key} {kind}", lambda: self.opened(copy) and None

    def damaged_data(self) -> Case:
        """A table's file, damaged; what it then says may be anything, as such files have no checksum."""
        suffix = self.random.choice([".csv", ".tsv", ".parquet", ".npz", ".npy"])
        path = self._new(suffix)
        write_table(path, self.x, self.schema)
        done = self._damage(path)
        return f"{suffix}: {done}", lambda: read_table(path) and None

    def hostile_npz(self) -> Case:
        """An archive or array that declares what it does not hold."""
        path = self._new(self.random.choice([".npz", ".npy"]))
        header = {"descr": "<f8", "fortran_order": False, "shape": (10 ** self.random.randint(2, 14), DIM)}
        if self.random.random() < 0.3:
            header["descr"] = self.random.choice(["|O", "<f99", "", "<U1000000"])
        member = io.BytesIO()
        with contextlib.suppress(Exception):
            np.lib.format.write_array_header_2_0(member, header)
        member.write(bytes(self.random.choice([0, 10, 10**6])))
        if path.suffix == ".npy":
            path.write_bytes(member.getvalue())
        else:
            how = self.random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
            with zipfile.ZipFile(path, "w", how) as file:
                file.writestr("x.npy", member.getvalue())
            content = bytearray(path.read_bytes())
            if self.random.random() < 0.3:  # the flag of encryption, in both headers
                content[6] |= 1
                content[content.rfind(b"PK\1\2") + 8] |= 1
                path.write_bytes(content)
        return (
            f"hostile {path.suffix}: {header['descr']} {header['shape']}",
            lambda: read_table(path) and None,
        )

    def _damage(self, path: Path) -> str:
        content = bytearray(path.read_bytes())
        kind = self.random.choice(["flipped", "flipped", "cut", "garbage", "empty", "folder", "missing"])
        if kind == "flipped":
            for _ in range(self.random.choice([1, 1, 1, 10])):
                content[self.random.randrange(len(content))] ^= 1 << self.random.randrange(8)
        elif kind == "cut":
            del content[self.random.randrange(len(content)) :]
        elif kind == "garbage":
            start = self.random.randrange(len(content))
            content[start : start + 100] = self.random.randbytes(100)
        path.unlink()
        if kind == "folder":
            path.mkdir()
        elif kind != "missing":
            path.write_bytes(b"" if kind == "empty" else content)
        return kind

    def _state(self, folder: Path) -> Path:
        return sorted(folder.glob("checkpoints/*/**/*.safetensors"))[-1]

    def _copy(self) -> Path:
        shutil.rmtree(self.folder / "copy", ignore_errors=True)
        return Path(shutil.copytree(self.run, self.folder / "copy"))

    def _new(self, suffix: str) -> Path:
        path = self.folder / f"hostile{suffix}"
        if path.is_dir():
            path.rmdir()
        return path


def arrays_digest(path: Path) -> str:
    """Of the arrays in a file."""
    return digest_of(read_arrays(path))


def _parts(node: Any) -> list[tuple[Any, Any]]:
    """Every part of a JSON value, as what holds it and its key there."""
    if not isinstance(node, dict | list):
        return []
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    return [(node, key) for key in keys] + [part for key in keys for part in _parts(node[key])]


def _sign(name: str, content: Any) -> None:
    """Make the checksum right, as whoever means harm would."""
    if name == "run.json":
        said = {key: value for key, value in content.items() if key != "sha256"}
    else:
        said = {key: content.get(key, {}) for key in ("extra", "model")}
    with contextlib.suppress(ValueError):
        content["sha256"] = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def outcome(fuzzer: Fuzzer, read: Callable[[], Any]) -> str:
    """How opening a case ended."""
    try:
        told = read()
    except SurjaxError as error:
        sentence = str(error)
        return "refused" if "\n" not in sentence and sentence.endswith(".") else f"no sentence: {sentence!r}"
    except Exception:
        return f"traceback: {traceback.format_exc()}"
    if told is None:
        return "read"
    return "equal" if told == fuzzer.right else "different"


def fuzz(files: int, seed: int, folder: Path) -> tuple[collections.Counter[str], list[str]]:
    """The outcomes of so many cases, counted, and those that should not be, told."""
    fuzzer = Fuzzer(folder, seed)
    counts: collections.Counter[str] = collections.Counter()
    faults = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(files):
            done, read = fuzzer.case()
            ended = outcome(fuzzer, read)
            kind = ended.partition(":")[0]
            counts[kind] += 1
            if kind not in ("refused", "equal", "read"):
                faults.append(f"{i} {done}: {ended}")
    return counts, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        counts, faults = fuzz(args.files, args.seed, Path(folder))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for fault in faults:
        print(fault)
    print(", ".join(f"{n} {kind}" for kind, n in counts.most_common()))
    print(f"peak memory {peak / 2**20:.2f} GiB, {before / 2**20:.2f} GiB of it before")


if __name__ == "__main__":
    main()
