"""The columns of a table, made continuous."""

from surjax.data.column import Column, Schema
from surjax.transforms import ArgMax, Chain, Inverse, Parallel, Standardize, Transform, dequantize


def made_continuous(schema: Schema) -> tuple[int, Transform | None]:
    """How many continuous numbers a row becomes, and what makes them of it.

        numeric      as it is
        integer      uniform dequantisation: z = x + u, V = 0 (Theis et al. 2016)
        categorical  the inverse of argmax: a vector whose largest entry is the class, V = −log q(v | x)
                     (Hoogeboom et al. 2021)

    The transform is None where all columns are numeric.

    >>> pet = Column("pet", "categorical", ("cat", "dog"))
    >>> dim, transform = made_continuous((Column("size", "numeric"), pet))
    >>> dim, transform.z_shape((2,))
    (3, (3,))
    """
    columns = [_continuous(column) for column in schema]
    dim = sum(transform.z_shape((1,))[0] for transform in columns)
    if all(column.kind == "numeric" for column in schema):
        return dim, None
    return dim, Parallel(columns, [1] * len(schema))


def standardized(schema: Schema) -> Standardize | None:
    """What shifts and scales a row in float64 before all else; None where no column says by what.

    An integer column is shifted alone here: dequantisation adds noise of width 1, so it is scaled after it.
    """
    if all(column.shift is None and column.scale is None for column in schema):
        return None
    scales = [1.0 if column.kind == "integer" else column.scale or 1.0 for column in schema]
    return Standardize([column.shift or 0.0 for column in schema], scales)


def _continuous(column: Column) -> Transform:
    if column.kind == "categorical":
        return Inverse(ArgMax(len(column.categories)))
    if column.kind == "numeric":
        return Chain()
    dequantized = dequantize((1,))
    return dequantized if column.scale is None else Chain(dequantized, Standardize([0.0], [column.scale]))
