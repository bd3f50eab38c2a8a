"""Data: toy densities of which the truth is known, tables from files, images, and splits.

`load` takes a name or a path and gives a `Table`: values, the schema that is stored with a model, and for
a toy density its true log-density and entropy. `load_images` gives an `ImageSet`.
"""

from surjax.data.builtin import BUILTIN
from surjax.data.bundled import BUNDLED
from surjax.data.column import Column, Kind, Schema, schema_from_json, schema_to_json
from surjax.data.config import DataConfig
from surjax.data.dataset import DataSet
from surjax.data.export import to_frame, write_table
from surjax.data.form import Form
from surjax.data.given_values import read_given
from surjax.data.image_form import ImageForm
from surjax.data.images import IMAGE_SETS, ImageConfig, ImageSet, default_data_dir, load_images
from surjax.data.lazy import LazyRows
from surjax.data.load import TOY_POINTS, load, toy_table
from surjax.data.named import DatasetInfo, NamedSet, absolute_source, datasets, register
from surjax.data.split import fingerprint, split
from surjax.data.splits import SPLITS, Splits, load_splits, some_of
from surjax.data.table import Table, read_table
from surjax.data.table_config import TableConfig
from surjax.data.table_form import TableForm
from surjax.data.toy import TOY, ToyDensity, toy

__all__ = [
    "BUNDLED",
    "IMAGE_SETS",
    "SPLITS",
    "TOY",
    "TOY_POINTS",
    "Column",
    "DataConfig",
    "DataSet",
    "DatasetInfo",
    "Form",
    "ImageConfig",
    "ImageForm",
    "ImageSet",
    "Kind",
    "LazyRows",
    "NamedSet",
    "Schema",
    "Splits",
    "Table",
    "TableConfig",
    "TableForm",
    "ToyDensity",
    "absolute_source",
    "datasets",
    "default_data_dir",
    "fingerprint",
    "load",
    "load_images",
    "load_splits",
    "read_given",
    "read_table",
    "register",
    "schema_from_json",
    "schema_to_json",
    "some_of",
    "split",
    "to_frame",
    "toy",
    "toy_table",
    "write_table",
]

register(*BUILTIN)
