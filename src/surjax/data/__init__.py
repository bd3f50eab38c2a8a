"""Data: toy densities of which the truth is known, tables from files, and splits.

`load` takes a name or a path and gives a `Table`: values, the schema that is stored with a model, and for
a toy density its true log-density and entropy.
"""

from surjax.data.bundled import BUNDLED
from surjax.data.column import Column, Kind, Schema, schema_from_json, schema_to_json
from surjax.data.export import to_frame, write_table
from surjax.data.load import TOY_POINTS, DatasetInfo, datasets, load, toy_table
from surjax.data.split import fingerprint, split
from surjax.data.table import Table, read_table
from surjax.data.toy import TOY, ToyDensity, toy

__all__ = [
    "BUNDLED",
    "TOY",
    "TOY_POINTS",
    "Column",
    "DatasetInfo",
    "Kind",
    "Schema",
    "Table",
    "ToyDensity",
    "datasets",
    "fingerprint",
    "load",
    "read_table",
    "schema_from_json",
    "schema_to_json",
    "split",
    "to_frame",
    "toy",
    "toy_table",
    "write_table",
]
