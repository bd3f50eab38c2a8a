"""Measure one library, in a process of its own: `python benchmarks/measure.py LIBRARY DATA.npz`.

Prints a JSON list, one row a flow. `run.py` calls it, in each library's own environment.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from typing import get_args

import numpy as np

from peers.library import Architecture, Kind, Library

BATCH = 512
LEARNING_RATE = 1e-3
# The number of points scored or sampled in one call changes a library's speed by up to a factor of
# two (caches, memory); every library is reported at the number that suits it best.
CHUNKS = (4_096, 16_384, 65_536)
PASSES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", help="such as zuko: the file peers/zuko_flows.py")
    parser.add_argument("data", help="an .npz file with the arrays train and test")
    parser.add_argument("--steps", type=int, default=256, help="training steps that are timed")
    args = parser.parse_args()
    library = import_module(f"peers.{args.library}_flows").LIBRARY()
    kinds = getattr(library, "kinds", get_args(Kind))
    with np.load(args.data) as data:
        train, test = data["train"], data["test"]
    print(json.dumps([measure(library, kind, train, test, args.steps) for kind in kinds]))


def measure(
    library: Library, kind: Kind, train: np.ndarray, test: np.ndarray, steps: int
) -> dict[str, object]:
    """Train, score and sample one flow: what `results.json` holds of it."""
    library.build(kind, train.shape[1], Architecture(), seed=0)
    compile_seconds, seconds = library.train(train, steps, BATCH, LEARNING_RATE)
    nll = -library.log_prob(test).mean()
    scoring = fastest(lambda start, stop: library.log_prob(test[start:stop]), len(test))
    sampling = fastest(lambda start, stop: library.sample(stop - start), len(test))
    return {
        "library": library.name,
        "version": library.version,
        "framework": library.framework,
        "kind": kind,
        "parameters": int(library.parameters),
        "test_nll_nats": float(nll),
        "training": {"per_second": steps / seconds, "compile_seconds": compile_seconds},
        "scoring": scoring,
        "sampling": sampling,
    }


def fastest(run: Callable[[int, int], np.ndarray], n: int) -> dict[str, float]:
    """Time n points in chunks of each size, and return the fastest size's numbers.

    `run(start, stop)` gives the results for those points. Compile seconds are those of the first
    call less those of a later one.
    """

    def one_pass(chunk: int) -> float:
        begin = time.perf_counter()
        for start in range(0, n, chunk):
            if not np.isfinite(run(start, min(start + chunk, n))).all():
                raise RuntimeError("the library returned a value that is not finite")
        return time.perf_counter() - begin

    candidates = []
    for chunk in CHUNKS:
        begin = time.perf_counter()
        run(0, min(chunk, n))
        first = time.perf_counter() - begin
        seconds = statistics.median(one_pass(chunk) for _ in range(PASSES))
        compile_seconds = max(0.0, first - seconds * min(chunk, n) / n)
        candidates.append({"per_second": n / seconds, "compile_seconds": compile_seconds, "chunk": chunk})
    return max(candidates, key=lambda candidate: candidate["per_second"])


if __name__ == "__main__":
    main()
