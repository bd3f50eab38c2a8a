"""Data: toy densities of which the truth is known, tables from files, images, and splits.

`load` takes a name or a path and gives a `Table`: values, the schema that is stored with a model, and for
a toy density its true log-density and entropy. `load_images` gives an `ImageSet`.
"""

from surjax.data.bundled import BUNDLED
from surjax.data.column import Column, Kind, Schema, schema_from_json, schema_to_json
from surjax.data.dataset import DataSet
from surjax.data.export import to_frame, write_table
from surjax.data.form import Form, ImageForm
from surjax.data.images import IMAGE_SETS, ImageSet, default_data_dir, load_images
from surjax.data.lazy import LazyRows
from surjax.data.load import TOY_POINTS, DatasetInfo, datasets, load, toy_table
from surjax.data.split import fingerprint, split
from surjax.data.table import Table, read_table
from surjax.data.toy import TOY, ToyDensity, toy

__all__ = [
    "BUNDLED",
    "IMAGE_SETS",
    "TOY",
    "TOY_POINTS",
    "Column",
    "DataSet",
    "DatasetInfo",
    "Form",
    "ImageForm",
    "ImageSet",
    "Kind",
    "LazyRows",
    "Schema",
    "Table",
    "ToyDensity",
    "datasets",
    "default_data_dir",
    "fingerprint",
    "load",
    "load_images",
    "read_table",
    "schema_from_json",
    "schema_to_json",
    "split",
    "to_frame",
    "toy",
    "toy_table",
    "write_table",
]
