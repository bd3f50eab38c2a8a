"""One column of a data frame to numbers: what kind it is, and its values.

Rows are counted from 1 in messages, the header apart.
"""

import dataclasses
import shlex
from collections.abc import Callable
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from surjax.data.atoms import find_atoms_and_lattice, without
from surjax.data.column import KINDS, Column
from surjax.data.faults import Faults
from surjax.data.lattice import LEAST_ROWS, coarsest_lattice, decimals
from surjax.data.spelled import has_leading_zeros
from surjax.errors import DataError
from surjax.spread import LARGEST, shift_and_scale

if TYPE_CHECKING:
    import pandas as pd

_PLAIN = (str, Number, np.bool_)  # Number covers Python's, NumPy's and Decimal


def describe(series: "pd.Series", kind: str | None, source: str) -> Column:
    """Find what a column holds.

    Without a kind: floats are numeric, integers integer; text, booleans and pandas categoricals are
    categorical. Text of which more than half reads as numbers is a numeric column with a mistake in it.
    The step and the atoms of numbers are recognised then too (see `surjax.data.atoms`); a column that is
    declared numeric or integer is taken as that and has neither.

    Args:
        series: the column, without missing values; its index counts the rows of the table from 0.
        kind: what the user says that it is, or None to infer it.
        source: the file or set it is from, for errors.

    Raises:
        DataError: it holds neither numbers nor text, or not what its kind needs, or names instead of
            categories.
    """
    inferred = kind is None
    if kind is None:
        kind = _infer(series, source)
    name = str(series.name)
    if kind == "integer":
        values = _whole(_numbers(series, source), name, source, rows=series.index)
        column = Column(name, "integer", minimum=int(values.min()), maximum=int(values.max()))
        return _with_atoms(column, values) if inferred else column
    if kind == "categorical":
        categories = _categories(series)
        if len(categories) < 2:
            raise constant(name, series.iloc[0], source)
        return Column(name, "categorical", categories)
    if kind == "numeric":
        column = Column(name, "numeric")
        return _with_atoms(column, _numbers(series, source)) if inferred else column
    raise DataError(f"column {name!r} cannot be {kind!r}: choose one of {', '.join(KINDS)}.")


def _with_atoms(column: Column, values: np.ndarray) -> Column:
    """The column with its atoms, and with its step or its decimals where it is numeric.

    Beyond an atom that is the smallest or the largest value there is nothing: the column was cut there.
    """
    exactness = _exactness(values)
    values = values.astype(np.float64)
    atoms, lattice = find_atoms_and_lattice(values, exactness, column.lattice)
    low, high = (float(end) if end in atoms else None for end in (values.min(), values.max()))
    column = dataclasses.replace(column, atoms=atoms, low=low, high=high)
    if column.kind == "integer":
        return column
    if lattice is not None:
        return dataclasses.replace(column, shift=lattice.anchor or None, step=lattice.step)
    rest = without(values, atoms)
    coarsest = coarsest_lattice(rest, exactness) if len(rest) >= LEAST_ROWS else None
    places = None if coarsest is None else max(decimals(coarsest.step), decimals(coarsest.anchor))
    return dataclasses.replace(column, decimals=places)


def _exactness(values: np.ndarray) -> float:
    """The relative rounding error of numbers of their type."""
    return float(np.finfo(values.dtype).eps) if values.dtype.kind == "f" else 0.0


def with_spread(column: Column, values: np.ndarray) -> Column:
    """The column with the shift and the scale of its values, (rows,) float64, by which models see them; a
    categorical column, and one that says its own, as it is. The shift of a column with a step is one of its
    lattice."""
    if column.kind == "categorical" or (column.shift is not None and column.step is None):
        return column
    shift, scale = shift_and_scale(values, column.atoms)
    if column.lattice is not None:
        shift = float(column.lattice.nearest(np.array([shift]))[0])
    return dataclasses.replace(column, shift=shift, scale=scale)


def constant(name: str, value: object, source: str) -> DataError:
    """Say that a column has one value only: as a density it would be an infinitely high spike."""
    return DataError(
        f"column {name!r} of {source} has the same value, {value}, in every row, so there is nothing to "
        "model: leave it out."
    )


def encode(
    series: "pd.Series", column: Column, dtype: np.dtype, source: str, faults: Faults | None = None
) -> np.ndarray:
    """Return a column's values (rows,) as numbers of type `dtype`: categories as their codes.

    Args:
        series: the column.
        column: what it holds.
        dtype: float32 or float64.
        source: the file or set it is from, for errors.
        faults: what is done with cells that cannot be taken, whose values become NaN; without it, they raise.

    Raises:
        DataError: a value is not of the column's kind, not one of its categories, or cannot be held
            exactly (integers) or at all (floats) in `dtype`.
    """
    faults = faults or Faults(len(series))
    if column.kind == "categorical":
        codes = _codes(series, column, source, faults).astype(dtype)
        return np.where(series.notna().to_numpy(), codes, np.nan).astype(dtype)
    values = _numbers(series, source, faults)
    if column.kind == "integer":
        values = _whole(values, column.name, source, faults)
        limit = 2 ** (np.finfo(dtype).nmant + 1)
        problem = f"beyond ±{limit} and so not exact in {dtype}"
        remedy = "subtract an offset or make it numeric"
    else:
        values = _on_lattice(values, column, source, faults)
        limit = min(float(np.finfo(dtype).max), LARGEST)
        problem, remedy = f"beyond ±{limit:g}", "rescale the column"
    exact = values.astype(np.float64) if values.dtype.kind == "f" else values  # halves do not hold the limit
    faults.note((exact > limit) | (exact < -limit), _has(column.name, source, values, problem), remedy)
    with np.errstate(over="ignore"):  # that is a fault already
        return values.astype(dtype)


def _has(name: object, source: str, values: Any, problem: str) -> Callable[[int], str]:
    """Says what the cell of a row holds, and what is wrong with it."""
    return lambda row: f"column {name!r} of {source} has {values[row]} in row {row + 1}, {problem}"


def _on_lattice(values: np.ndarray, column: Column, source: str, faults: Faults) -> np.ndarray:
    """The values of a column with a step as its decimals are read; a fault where one is none of its own."""
    lattice = column.lattice
    if lattice is None:
        return values
    exactness = max(_exactness(values), 1e-12)
    values = values.astype(np.float64)
    fits = lattice.holds(values, exactness) | np.isin(values, column.atoms) | np.isnan(values)
    faults.note(
        ~fits,
        _has(column.name, source, values, f"and in the training data all values lay {column.step} apart"),
        f"round it, or train with --kinds {shlex.quote(f'{column.name}=numeric')}",
    )
    return np.where(np.isin(values, column.atoms), values, lattice.nearest(values))


def _infer(series: "pd.Series", source: str) -> str:
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(series):
        return "categorical"
    if pd.api.types.is_integer_dtype(series):
        return "integer"
    if pd.api.types.is_float_dtype(series):
        return "numeric"
    if not _is_text(series) or not series.map(lambda value: isinstance(value, _PLAIN)).all():
        raise DataError(
            f"column {series.name!r} of {source} holds values of type {type(series.iloc[0]).__name__}, "
            "which are neither numbers nor text: convert it or leave it out."
        )
    parsed: Any = pd.to_numeric(series, errors="coerce")
    share = 0.0 if has_leading_zeros(series) else parsed.notna().mean()
    if share == 1:
        return _infer(parsed, source)
    if share > 0.5:
        _numbers(series, source)  # raises, naming the first value that is not a number
    different = series.nunique()
    if different > max(20, len(series) / 2):
        raise DataError(
            f"column {series.name!r} of {source} has {different} different texts in {len(series)} rows, "
            "which are names rather than categories: leave it out or declare it categorical."
        )
    return "categorical"


def _is_text(series: "pd.Series") -> bool:
    import pandas as pd

    return pd.api.types.is_string_dtype(series) or pd.api.types.is_object_dtype(series)


def _numbers(series: "pd.Series", source: str, faults: Faults | None = None) -> np.ndarray:
    """Return the column as numbers; integers stay integers, and what is missing or none is NaN."""
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if series.dtype.kind in "mM":
        raise DataError(
            f"column {series.name!r} of {source} should hold numbers but holds times: give numbers, or train "
            "on times."
        )
    parsed: Any = pd.to_numeric(series, errors="coerce")
    bad = (parsed.isna() & series.notna()).to_numpy()
    (faults or Faults(len(series))).note(
        bad,
        lambda row: (
            f"column {series.name!r} of {source} should hold numbers but has {str(series.iloc[row])!r} in "
            f"row {series.index[row] + 1}"
        ),
        "correct it, leave the column out, or declare it categorical",
    )
    values = parsed.to_numpy(np.float64, na_value=np.nan) if parsed.isna().any() else parsed.to_numpy()
    return values if values.dtype.kind in "iuf" else values.astype(np.float64)


def _whole(
    values: np.ndarray, name: object, source: str, faults: Faults | None = None, rows: Any = None
) -> np.ndarray:
    """Numbers that are all integers; a fault where one is not. rows: the numbers of their rows, 0, 1, …
    without it."""
    if values.dtype.kind == "f":
        (faults or Faults(len(values))).note(
            (values != np.floor(values)) & ~np.isnan(values),
            lambda row: (
                f"column {name!r} of {source} should hold integers but has {values[row]} in row "
                f"{(row if rows is None else rows[row]) + 1}"
            ),
            "correct it or make the column numeric",
        )
    return values


def _category(value) -> str:
    """Write a value as a category: 1, 1.0 and "1" are the same one."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _code(value: Any, code_of: dict[str, int]) -> int:
    """The code of a value; −1 where there is none.

    A text that is no category may be the number or the truth value that one is: so the columns of text files
    were read by older versions.
    """
    if (code := code_of.get(_category(value))) is not None or not isinstance(value, str):
        return -1 if code is None else code
    if value.lower() in ("true", "false"):
        return code_of.get(value.capitalize(), -1)
    try:
        return code_of.get(_category(float(value)), -1)
    except ValueError:
        return -1


def _categories(series: "pd.Series") -> tuple[str, ...]:
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        used = set(series.unique())
        return tuple(_category(value) for value in series.cat.categories if value in used)
    values = np.asarray(series.unique())
    in_order = _is_text(series) and not _all_numbers(values)
    names = sorted(map(_category, values)) if in_order else map(_category, _ascending(values))
    return tuple(dict.fromkeys(names))


def _all_numbers(texts: np.ndarray) -> bool:
    try:
        return bool(np.isfinite(np.array(texts, np.float64)).all())
    except (ValueError, TypeError):
        return False


def _ascending(values: np.ndarray) -> np.ndarray:
    return (
        values[np.argsort(values.astype(np.float64), kind="stable")]
        if values.dtype == object
        else np.sort(values)
    )


def _codes(series: "pd.Series", column: Column, source: str, faults: Faults) -> np.ndarray:
    """(rows,) the codes; −1 where there is none."""
    import pandas as pd

    codes, values = pd.factorize(series)
    code_of = {category: code for code, category in enumerate(column.categories)}
    # the last is of what is missing
    code_of_value = np.array([*(_code(value, code_of) for value in values), -1])
    codes = code_of_value[codes]
    faults.note(
        (codes < 0) & series.notna().to_numpy(),
        lambda row: (
            f"column {column.name!r} of {source} has {_category(series.iloc[row])!r} in row {row + 1}, "
            f"which is none of the categories that the model knows ({', '.join(column.categories)})"
        ),
        "leave such rows out or train on data that has it",
    )
    return codes
