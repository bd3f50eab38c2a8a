"""How fast MADE is, by its width, the number of elements and the blocks that its masks are cut into.

Scores and trains a masked autoregressive flow of five affine layers on one core and on two, with each number
of blocks, and holds it against the machine's own product of matrices. Writes benchmarks/made.json and
docs/made-speed.md.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np

import surjax as sx
from made_report import markdown
from run import describe_machine
from surjax.compilation import compiler_options
from surjax.nn import masked_mlp
from timing import seconds_of

HERE = Path(__file__).parent
ROOT = HERE.parent
SIZES = ((8, 64), (8, 128), (8, 512), (64, 64), (64, 128), (64, 512), (512, 128), (512, 512))
BLOCKS = (1, 2, 4, 8)
LAYERS, BATCH = 5, 4096


def peak() -> float:
    """Floating-point operations a second in the best product of square matrices of 512 to 2,048 rows."""
    best = 0.0
    for n in (512, 1024, 2048):
        a, b = jax.random.normal(jax.random.key(0), (2, n, n))
        product = jax.jit(lambda a, b: a @ b, compiler_options=compiler_options())
        best = max(best, 2 * n**3 / seconds_of(lambda a=a, b=b, product=product: product(a, b)))
    return best


def flow_of(dim: int, width: int) -> sx.Flow:
    """Five affine layers with two hidden layers each, the order reversed from one to the next."""
    layers = []
    for i, key in enumerate(jax.random.split(jax.random.key(0), LAYERS)):
        made = sx.nn.MADE(dim, 2, hidden=(width, width), reverse=i % 2 == 1, key=key)
        layers.append(sx.MaskedAutoregressive(sx.univariate.Affine(), made))
    return sx.Flow(sx.Normal((dim,)), sx.Chain(*layers))


def operations(dim: int, width: int) -> float:
    """Those of the weights that are not masked, for one example: two for each."""
    made = sx.nn.MADE(dim, 2, hidden=(width, width), key=jax.random.key(0))
    degrees = made._degrees()
    shown = sum((after[:, None] >= before).sum() for before, after in itertools.pairwise(degrees))
    return 2.0 * LAYERS * float(shown)


def measure(dim: int, width: int, blocks: int) -> dict[str, float]:
    """Examples scored and batches of 512 trained a second, with so many blocks."""
    jax.clear_caches()
    masked_mlp.blocks_of = lambda units: blocks if units >= 64 else 1
    flow = flow_of(dim, width)
    n = BATCH * max(1, min(4, 2**22 // (BATCH * width)))
    x = jax.random.normal(jax.random.key(1), (n, dim))
    scored = n / seconds_of(lambda: flow.log_prob(x, chunk=BATCH))
    steps = max(20, min(200, 20_000_000 // (width * (width + dim))))
    config = sx.TrainConfig(steps=steps, batch_size=512, eval_every=steps)
    sx.fit(flow, x, config=config)
    return {"scored": scored, "steps": steps / sx.fit(flow, x, config=config).train_seconds}


def measure_all(rounds: int) -> dict:
    """What one process finds on the cores that it may use."""
    default, rows = masked_mlp.blocks_of, []
    for dim, width in SIZES:
        found = [{k: measure(dim, width, k) for k in BLOCKS} for _ in range(rounds)]
        medians = {
            str(k): {what: float(np.median([r[k][what] for r in found])) for what in found[0][k]}
            for k in BLOCKS
        }
        rows.append(
            {
                "dim": dim,
                "width": width,
                "chosen": default(width),
                "operations": operations(dim, width),
                "blocks": medians,
            }
        )
        print(rows[-1], file=sys.stderr, flush=True)
    return {"peak": peak(), "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help="measure in this process, and print it")
    parser.add_argument("--results", type=Path, default=HERE / "made.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "made-speed.md")
    args = parser.parse_args()
    if args.inside:
        print(json.dumps(measure_all(args.rounds)))
        return
    results: dict = {"machine": describe_machine(), "rounds": args.rounds, "cores": {}}
    there = sorted(os.sched_getaffinity(0))
    for cores in args.cores:
        os.sched_setaffinity(0, there[:cores])  # which the new process inherits
        command = [sys.executable, __file__, "--inside", "--rounds", str(args.rounds)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        results["cores"][str(cores)] = json.loads(done.stdout)
    args.results.write_text(json.dumps(results, indent=2) + "\n")
    args.page.write_text(markdown(results))
    print(f"wrote {args.results} and {args.page}", file=sys.stderr)


if __name__ == "__main__":
    main()
