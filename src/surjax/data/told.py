"""What was recognised in a table, in sentences."""

from surjax.data.column import Schema
from surjax.data.times import TimeType


def told_columns(schema: Schema) -> list[str]:
    """A sentence for each kind of thing that was found out about columns and changes what a likelihood is.

    >>> from surjax.data import Column
    >>> (sentence,) = told_columns((Column("dose", "numeric", step=0.5),))
    >>> sentence.rpartition("; ")[2]
    '--kinds column=numeric gives one a density.'
    """
    sentences = []
    types = [(column.name, TimeType.of(column.stored)) for column in schema]
    if times := [f"{name!r} ({type_.told})" for name, type_ in types if type_ is not None]:
        sentences.append(
            f"times are taken as numbers: {_few(times)}; --kinds column=categorical takes the texts."
        )
    for column in (column for column in schema if column.atoms):
        atoms = ", ".join(f"{atom:.10g}" for atom in column.atoms)
        otherwise = "a density alone" if column.kind == "numeric" else "no such values"
        ends = {"below": column.low in column.atoms, "above": column.high in column.atoms}
        beyond = " or ".join(where for where, bounded in ends.items() if bounded)
        nothing = f", and nothing lies {beyond} them" if beyond else ""
        sentences.append(
            f"single values of {column.name!r} ({atoms}) have a probability of their own{nothing}; "
            f"--kinds {column.name}={column.kind} gives it {otherwise}."
        )
    stepped = [f"{column.name!r} ({column.step:.10g})" for column in schema if column.step is not None]
    if stepped:
        sentences.append(
            f"numbers of fixed decimals are taken as rounded, with a probability each: {_few(stepped)}; "
            "--kinds column=numeric gives one a density."
        )
    return sentences


def _few(told: list[str]) -> str:
    return ", ".join(told[:8]) + (f" and {len(told) - 8} more" if len(told) > 8 else "")
