"""Tables: every column made continuous, in front of any model of continuous vectors."""

from typing import Any

from surjax.data.column import Schema
from surjax.data.table_form import TableForm
from surjax.flow import Flow
from surjax.models.base import VectorModel


def for_table(config: VectorModel, schema: Schema, key: Any, *, gaps: bool = False) -> Flow:
    """The model of a table's rows: what each column's kind asks for, then the configured flow.

        numeric      as it is
        integer      uniform dequantisation: z = x + u, V = 0 (Theis et al. 2016)
        categorical  the inverse of argmax: a vector whose largest entry is the class, V = −log q(v | x)
                     (Hoogeboom et al. 2021)

    A row is a vector with one number a column, categories by their codes. Columns that say a shift and a
    scale, as those of every table that is read do, are first standardised by them (see `Standardize`). Where
    any column is not numeric the model gives a lower bound, on the density of the numeric columns times the
    probability of the others. With gaps=True cells may be missing, which are NaN: see `surjax.Imputed`.
    Raises ConfigError where the configuration does not take that many dimensions.
    """
    return config.build_for(TableForm(schema, gaps=gaps), key)
