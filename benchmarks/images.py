"""Measure the speed of an image model: `python benchmarks/images.py`.

Training (in images/s, without compilation, and in its share of the device's peak), scoring and sampling,
in each of the numbers that the networks may compute in; how close the likelihoods of a short training in
them are; and how long the training step takes to compile. Writes benchmarks/images.json, in which each model
has an entry, and the page docs/image-speed.md. It runs on whatever device JAX finds:

    python benchmarks/images.py --batch-size 128 --short-run 500               # on a GPU
    python benchmarks/images.py --batch-size 8 --steps 4 --dtypes float32      # on two cores
    python benchmarks/images.py --model marscf --batch-size 1 8 32 --dtypes float32
    python benchmarks/images.py --preset tiny --steps 20 --short-run 20        # to try it
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

import surjax as sx
from flops import count_flops
from images_report import markdown
from run import HERE, ROOT, describe_machine
from surjax.models import find
from surjax.models.base import preset
from surjax.parameters import count_parameters, partition
from timing import seconds_of

PEAK_TFLOPS = {"H100": 989.0, "H200": 989.0, "A100": 312.0}
"""Dense bfloat16 products a second, in 10¹², by a part of the device's name, as its maker gives them."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="poolflow")
    parser.add_argument("--preset", default="paper")
    parser.add_argument(
        "--dtypes", nargs="+", default=["float32", "bfloat16"], help="of the networks' inside"
    )
    parser.add_argument("--batch-size", type=int, nargs="+", default=[8])
    parser.add_argument("--steps", type=int, default=100, help="training steps that are timed")
    parser.add_argument("--images", type=int, default=16, help="images scored, and sampled, by the clock")
    parser.add_argument("--short-run", type=int, default=0, help="steps of the runs that are compared")
    parser.add_argument("--num-steps", type=int, nargs="*", default=[], help="also compile with these")
    parser.add_argument("--peak-tflops", type=float, help="of the device in bfloat16")
    parser.add_argument("--data", default="cifar10", help="what the short runs train on")
    parser.add_argument("--data-dir", type=Path, help="where that lies")
    parser.add_argument("--results", type=Path, default=HERE / "images.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "image-speed.md")
    args = parser.parse_args()

    machine = describe_machine() | {"device": jax.devices()[0].device_kind, "jax": jax.__version__}
    rows = [measure(args, dtype, size) for dtype in args.dtypes for size in args.batch_size]
    results = {
        "machine": machine | {"load_after": describe_machine()["load_before"]},
        "command": " ".join(["python", "benchmarks/images.py", *sys.argv[1:]]),
        "model": args.model,
        "preset": args.preset,
        "steps": args.steps,
        "peak_tflops": args.peak_tflops or known_peak(machine["device"]),
        "rows": rows,
        "short_runs": [short_run(args, dtype) for dtype in args.dtypes] if args.short_run else [],
        "compile": [compile_time(args, args.dtypes[0], n) for n in args.num_steps],
    }
    there = json.loads(args.results.read_text()) if args.results.exists() else {}
    every = there | {args.model: results}
    args.results.write_text(json.dumps(every, indent=2) + "\n")
    args.page.write_text(markdown(every))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


def configured(
    args: argparse.Namespace, dtype: str, batch_size: int, **changes: object
) -> tuple[sx.Flow, sx.TrainConfig]:
    """The model with fresh weights, and its training with this batch and none of its evaluations."""
    model, training = preset(find(args.model), args.preset)
    flow = dataclasses.replace(model, compute_dtype=dtype, **changes).build(jax.random.key(0))
    plain = {"steps": args.steps, "epochs": None, "minutes": None, "eval_every": 10**9}
    return flow, dataclasses.replace(training, batch_size=batch_size, **plain)


def measure(args: argparse.Namespace, dtype: str, batch_size: int) -> dict[str, object]:
    """Training, scoring and sampling by the clock, and the work of a training step."""
    say(f"{args.model} in {dtype}, batches of {batch_size}: training")
    flow, training = configured(args, dtype, batch_size)
    n = max(batch_size, args.images)
    x = np.random.default_rng(0).integers(0, 256, (n, *flow.shape), np.uint8)
    ticks: list[tuple[int, float]] = []
    fitted = fit(flow, x, config=training, callbacks=[lambda p: ticks.append((p.step, p.seconds))])
    (first, began), (last, ended) = ticks[0], ticks[-1]
    say(f"{args.model} in {dtype}, batches of {batch_size}: scoring and sampling")
    key = jax.random.key(1)
    return {
        "dtype": dtype,
        "batch_size": batch_size,
        "parameters": count_parameters(flow),
        "gflop_an_image": step_flops(flow, x[:1]) / 1e9,
        "compile_seconds": fitted.compile_seconds,
        "training": batch_size * (last - first) / (ended - began),
        "scoring": per_second(lambda: fitted.flow.log_prob(x, key, chunk=batch_size), n),
        "sampling": per_second(lambda: fitted.flow.sample(key, n, chunk=batch_size), n),
    }


def fit(*args: Any, **kwargs: Any) -> sx.Fit:
    """`surjax.fit`, which Ctrl-C ends with KeyboardInterrupt: what is half trained is no figure."""
    fitted = sx.fit(*args, **kwargs)
    if fitted.stopped == "interrupted":
        raise KeyboardInterrupt
    return fitted


def step_flops(flow: sx.Flow, x: np.ndarray) -> int:
    """The work of the gradient of one image's log-likelihood."""
    params, static = partition(flow)

    def loss(params: object) -> jax.Array:
        return -eqx.combine(params, static).log_prob(x, jax.random.key(0)).sum()

    return count_flops(jax.grad(loss), params)


def per_second(run, n: int) -> float:
    """How many of n examples a second, the median of three calls after a first one that compiles."""
    return n / seconds_of(run, 3)


def short_run(args: argparse.Namespace, dtype: str) -> dict[str, object]:
    """Train on real images from the same weights, in the same order and with the same noise for any dtype."""
    from surjax.data import ImageConfig, load_splits
    from surjax.evaluate import evaluate

    say(f"{args.model} in {dtype}: a short run of {args.short_run} steps")
    splits = load_splits(args.data, ImageConfig(data_dir=args.data_dir))
    flow, training = configured(args, dtype, max(args.batch_size))
    warmup = {"warmup_steps": args.short_run // 10, "warmup_epochs": None, "cooldown_epochs": None}
    warmup |= {"warmup_examples": None, "warmup_hold": 0}
    training = dataclasses.replace(training, steps=args.short_run, **warmup)
    fitted = fit(flow, splits.train.values, config=training)
    validation = splits.validation.values[:1000]
    measured = evaluate(fitted.flow, validation, split="validation", chunk=max(args.batch_size))
    return {
        "dtype": dtype,
        "steps": args.short_run,
        "images": len(validation),
        "bits_per_dim": measured.bits_per_dim,
        "standard_error": measured.standard_error_bits_per_dim,
    }


def compile_time(args: argparse.Namespace, dtype: str, num_steps: int) -> dict[str, object]:
    """How long the training step takes to compile with so many steps a scale."""
    say(f"{args.model} with {num_steps} steps a scale: compiling")
    size = max(args.batch_size)
    flow, training = configured(args, dtype, size, num_steps=num_steps)
    x = np.zeros((size, *flow.shape), np.uint8)
    fitted = fit(flow, x, config=dataclasses.replace(training, steps=1, initialize=False))
    return {"num_steps": num_steps, "compile_seconds": fitted.compile_seconds}


def known_peak(device: object) -> float | None:
    """The peak of a device that is known, by its name."""
    return next((peak for name, peak in PEAK_TFLOPS.items() if name in str(device)), None)


def say(what: str) -> None:
    """What is being done, on stderr."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
