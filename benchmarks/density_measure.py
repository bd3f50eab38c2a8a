"""Fit one library's flow to one density: `python benchmarks/density_measure.py LIBRARY TARGET`.

Prints a JSON object. `density.py` calls it, in each library's own environment.
"""

import argparse
import json
from importlib import import_module

import jax
import numpy as np

from density_targets import TARGETS

BATCH = 256
LEARNING_RATE = 1e-3
DRAWS = 50_000
CHUNK = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", help="such as flowjax: the file peers/flowjax_density.py")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    target = TARGETS[args.target]
    library = import_module(f"peers.{args.library}_density").LIBRARY()
    fitted = library.fit(
        target.log_density,
        target.dim,
        target.architecture,
        steps=args.steps or target.steps,
        batch=BATCH,
        learning_rate=LEARNING_RATE,
        start_temperature=target.start_temperature,
        seed=args.seed,
    )
    log_density = jax.jit(jax.vmap(target.log_density))
    forward = []
    for _ in range(DRAWS // CHUNK):
        x, log_q = library.sample_and_log_prob(CHUNK)
        forward.append(np.asarray(log_density(x)) - log_q)
    x = target.sample(np.random.default_rng(args.seed), DRAWS).astype(np.float32)
    chunks = np.split(x, DRAWS // CHUNK)
    backward = [np.asarray(log_density(chunk)) - library.log_prob(chunk) for chunk in chunks]
    found = summary(np.concatenate(forward), np.concatenate(backward), target.log_z)
    told = {
        "library": args.library,
        "version": library.version,
        "jax": jax.__version__,
        "target": args.target,
    }
    told |= {"seed": args.seed, "steps": args.steps or target.steps, "parameters": int(library.parameters)}
    print(json.dumps(told | found | fitted))


def summary(forward: np.ndarray, backward: np.ndarray, log_z: float) -> dict[str, float]:
    """What log weights log p̃ − log q, at draws of q and at draws of p, tell.

    ess: the effective share of draws of q, (Σ w)²/(n Σ w²). true_ess: the same by draws of the density,
    1/E_p[p/q], which is near 0 where q misses a mode, as draws of q cannot tell.
    """
    wide = np.asarray(forward, np.float64)
    top = wide.max()
    weights = np.exp(wide - top)
    ess = weights.sum() ** 2 / (len(weights) * (weights**2).sum())
    ratio = np.asarray(backward, np.float64) - log_z
    ratio = np.where(np.isnan(ratio), np.inf, ratio)  # a point so far out that q has no number for it
    largest = ratio.max()
    true_ess = 0.0 if largest == np.inf else np.exp(-(largest + np.log(np.exp(ratio - largest).mean())))
    return {
        "ess": float(ess),
        "true_ess": float(true_ess),
        "log_z": float(top + np.log(weights.mean())),
        "log_z_error": float(np.sqrt((1 / ess - 1) / len(weights))),
        "true_log_z": log_z,
    }


if __name__ == "__main__":
    main()
