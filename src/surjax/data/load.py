"""The one door to data: a name or a path to a table."""

import dataclasses
import difflib
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from surjax.data.bundled import BUNDLED, bundled
from surjax.data.column import Column, Schema
from surjax.data.images import IMAGE_SETS
from surjax.data.table import Table, read_table
from surjax.data.toy import TOY, toy
from surjax.errors import ConfigError, DataError

TOY_POINTS = 128_000
"""How many points the 2-D study of Nielsen et al. 2020 trains on, and how many it tests on."""

_TOY_SCHEMA: Schema = (Column("x0", "numeric"), Column("x1", "numeric"))


def load(
    source: str | os.PathLike,
    *,
    n: int | None = None,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    array: str | None = None,
    schema: Schema | None = None,
    dtype: Any = np.float32,
) -> Table:
    """Load a toy density's samples, one of scikit-learn's sets, or a file.

    Args:
        source: a name that `datasets` lists, or the path of a file that `read_table` takes.
        n: how many rows: drawn from a toy density (128,000 without it), or chosen at random from a
            table (all without it).
        seed: of that draw or choice.
        columns: see `read_table`; not for toy densities.
        kinds: see there; not for toy densities.
        array: see there; for .npz files alone.
        schema: see there. A toy density's columns are taken by their order.
        dtype: see there. A toy density's points are float32 always.

    Raises:
        DataError: there is no such name or file, it cannot be read, or n is more than it has.
        ConfigError: an option does not fit the source, or n or the seed is out of range.

    >>> load("two_moons", n=1000).values.shape
    (1000, 2)
    >>> load("wine").schema[0].name
    'alcohol'
    """
    if n is not None and n < 1:
        raise ConfigError(f"the number of rows must be 1 or more, not {n}")
    name = os.fspath(source)
    if array is not None and (name in TOY or name in BUNDLED):
        raise ConfigError(f"{name} is not an .npz, so it has no array {array!r} to choose")
    if name in TOY:
        if columns is not None or kinds is not None:
            raise ConfigError(f"{name} is a toy density with two numeric columns; choose none of them")
        return toy_table(name, TOY_POINTS if n is None else n, seed, schema=schema)
    if name in BUNDLED:
        table = bundled(name, schema=schema, columns=columns, kinds=kinds, dtype=dtype)
    elif Path(name).suffix or os.sep in name or os.path.lexists(name):
        table = read_table(name, schema=schema, columns=columns, kinds=kinds, array=array, dtype=dtype)
    elif name in IMAGE_SETS:
        raise ConfigError(f"{name} is a set of images and no table; take a model of images for it")
    else:
        close = difflib.get_close_matches(name, [*TOY, *BUNDLED], n=1)
        hint = f"did you mean {close[0]}" if close else f"the names are {', '.join([*TOY, *BUNDLED])}"
        raise DataError(f"there is no data set {name!r}; {hint}, or give the path of a file")
    return table if n is None else table.choose(n, seed)


def toy_table(
    name: str,
    n: int = TOY_POINTS,
    seed: int = 0,
    part: Literal["train", "test"] = "train",
    schema: Schema | None = None,
) -> Table:
    """Draw points of a toy density; for one seed the two parts are independent of each other.

    Args:
        name: one of `TOY`.
        n: how many points.
        seed: of the draw.
        part: "train" is what `load` gives, "test" are fresh points to evaluate on.
        schema: names and checks the columns; x0 and x1 without it.

    Raises:
        DataError: there is no toy density of that name, or the schema is not of two columns.
        ConfigError: the seed is negative.
    """
    density = toy(name)
    if seed < 0:
        raise ConfigError(f"a seed must be 0 or more, not {seed}")
    key = jax.random.fold_in(jax.random.key(seed), zlib.crc32(f"{name}/{part}".encode()))
    values = np.asarray(density.sample(key, n))
    if schema is None:
        return Table(name, values, _TOY_SCHEMA, density)
    return dataclasses.replace(Table.from_array(values, name, schema=schema), toy=density)


@dataclasses.dataclass(frozen=True)
class DatasetInfo:
    """What there is to know about a data set before it is loaded.

    Attributes:
        name: what `load` or `load_images` calls it.
        kind: "toy" (sampled as often as wanted), "table" or "images".
        rows: of a table, or images to train on; None for a toy density.
        columns: how many; None for images.
        entropy: of a toy density in nats, the lowest negative log-likelihood that a model can reach;
            None for others.
        shape: of an image, (channels, height, width); None for others.
        test_rows: images in a test part of their own; None where there is none.
    """

    name: str
    kind: Literal["toy", "table", "images"]
    rows: int | None = None
    columns: int | None = None
    entropy: float | None = None
    shape: tuple[int, ...] | None = None
    test_rows: int | None = None


def datasets() -> list[DatasetInfo]:
    """List the data sets that have a name: toy densities, scikit-learn's tables, images.

    The entropies are derived, which takes a few seconds the first time.
    """
    toys = [DatasetInfo(name, "toy", columns=2, entropy=density.entropy()) for name, density in TOY.items()]
    tables = [bundled(name) for name in BUNDLED]
    images = [
        DatasetInfo(one.name, "images", one.train, shape=one.form.shape, test_rows=one.test or None)
        for one in IMAGE_SETS.values()
    ]
    listed = [DatasetInfo(table.name, "table", len(table), len(table.schema)) for table in tables]
    return toys + listed + images
