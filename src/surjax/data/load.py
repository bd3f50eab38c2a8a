"""The one door to data: a name or a path to a table."""

import dataclasses
import os
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jax
import numpy as np

from surjax.data.column import Column, Schema
from surjax.data.csv_file import USUAL, Dialect
from surjax.data.missing import Missing
from surjax.data.named import could_be_path, find_set, not_found, other_form
from surjax.data.table import Table, read_table
from surjax.data.table_form import TableForm
from surjax.data.toy import toy
from surjax.errors import ConfigError
from surjax.memory import free_host_memory

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
    strict: bool = True,
    dialect: Dialect = USUAL,
    missing: Missing = "refuse",
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
        strict: see there; of files alone.
        dialect: see there; of CSVs alone.
        missing: see there. A toy density has no gaps, and its points may have some later all the same.

    Raises:
        DataError: there is no such name or file, it cannot be read, or n is more than it has.
        ConfigError: an option does not fit the source, or n or the seed is out of range.

    >>> load("two_moons", n=1000).values.shape
    (1000, 2)
    >>> load("wine").schema[0].name
    'alcohol'
    """
    if n is not None and n < 1:
        raise ConfigError(f"the number of rows must be 1 or more, not {n}.")
    name = os.fspath(source)
    known = find_set(name)
    if known is None:
        if not could_be_path(name):
            raise not_found(name, TableForm, "data set", "a file")
        options: Any = {"columns": columns, "kinds": kinds, "array": array, "dtype": dtype}
        how: Any = {"strict": strict, "dialect": dialect, "missing": missing}
        table = read_table(name, schema=schema, **how, **options)
    elif array is not None:
        raise ConfigError(f"{name} is not an .npz, so it has no array {array!r} to choose.")
    elif known.density is not None:
        if columns is not None or kinds is not None:
            raise ConfigError(f"{name} is a toy density with two numeric columns: choose none of them.")
        points = toy_table(name, TOY_POINTS if n is None else n, seed, schema=schema)
        return dataclasses.replace(points, gaps=missing == "model")
    elif find_set(name, TableForm) is None or known.read is None:
        raise other_form(known, TableForm)
    else:
        gaps: Any = {} if missing == "refuse" else {"missing": missing}  # which a set need not know
        table = known.read(schema=schema, columns=columns, kinds=kinds, dtype=dtype, **gaps)
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
        name: one of `TOY`, or of the densities that were registered.
        n: how many points.
        seed: of the draw.
        part: "train" is what `load` gives, "test" are fresh points to evaluate on.
        schema: names and checks the columns; x0 and x1 without it.

    Raises:
        DataError: there is no toy density of that name, or the schema is not of two columns.
        ConfigError: the seed is negative, or there are more points than the memory holds.
    """
    known = find_set(name)
    density = toy(name) if known is None or known.density is None else known.density
    if seed < 0:
        raise ConfigError(f"a seed must be 0 or more, not {seed}.")
    if 64 * n > free_host_memory():  # the points, and what is drawn to make them
        raise ConfigError(f"{n:,} points do not fit into the memory: draw fewer.")
    key = jax.random.fold_in(jax.random.key(seed), zlib.crc32(f"{name}/{part}".encode()))
    values = np.asarray(density.sample(key, n))
    if schema is None:
        return Table(name, values, _TOY_SCHEMA, density)
    return dataclasses.replace(Table.from_array(values, name, schema=schema), toy=density)
