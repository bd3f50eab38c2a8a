"""The page docs/made-speed.md, written from what `made.py` measured."""

from importlib.metadata import version

from tables_report import grid

PAGE = """\
# How fast MADE is

The masks of MADE are half zeros. Its units are sorted by degree, so that the zeros lie in blocks, which are
left out of the products: the more blocks, the fewer zeros are multiplied, and the smaller the products. How
many blocks a layer of a width is cut into (`blocks_of` in nn/masked_mlp.py) follows from this page, which
`python benchmarks/made.py` writes.

Measured on {date}: {cpu}, Python {python}, {versions}, float32, {rounds}: a masked
autoregressive flow of five affine layers with two hidden layers each; examples scored a second, 4,096 at
once, and optimiser steps a second, of batches of 512.

{tables}

- **Share of the peak**: two operations for each weight that is not masked and each example scored, over what
  the same process reaches in the best product of square matrices of 512, 1,024 or 2,048 rows. Products alone
  are counted: the activations, the affine maps with their exponentials, and the zeros of the blocks on the
  diagonal are the rest. Outputs in another order, so that those maps read them in a row, gained nothing.
- In bold is the number of blocks that surjax takes for that width.
"""

PART = """\
## On {cores}

The peak is {peak:.0f} GFLOP/s.

{scored}

{trained}
"""


def markdown(results: dict) -> str:
    """The page, from what `made.json` holds."""
    parts = []
    for cores, found in results["cores"].items():
        blocks = list(found["rows"][0]["blocks"])
        scored, trained = [], []
        for row in found["rows"]:
            sizes = [str(row["dim"]), str(row["width"])]
            rates = {k: row["blocks"][k]["scored"] for k in blocks}
            share = rates[str(row["chosen"])] * row["operations"] / found["peak"]
            scored.append([*sizes, *(_bold(f"{rates[k]:,.0f}", k, row) for k in blocks), f"{share:.0%}"])
            steps = [_bold(f"{row['blocks'][k]['steps']:,.0f}", k, row) for k in blocks]
            trained.append([*sizes, *steps])
        names = [f"{k} block{'s' * (k != '1')}" for k in blocks]
        parts.append(
            PART.format(
                cores="one core" if cores == "1" else f"{cores} cores",
                peak=found["peak"] / 1e9,
                scored=grid(["elements", "width", *(f"scored, {n}" for n in names), "share of peak"], scored),
                trained=grid(["elements", "width", *(f"steps, {n}" for n in names)], trained),
            )
        )
    return PAGE.format(
        **results["machine"],
        rounds="one round" if results["rounds"] == 1 else f"medians of {results['rounds']} rounds",
        versions=", ".join(f"{name} {version(name)}" for name in ("surjax", "jax", "jaxlib")),
        tables="\n".join(parts).strip(),
    )


def _bold(text: str, blocks: str, row: dict) -> str:
    return f"**{text}**" if blocks == str(row["chosen"]) else text
