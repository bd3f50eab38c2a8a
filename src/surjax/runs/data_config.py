"""How a run's data are read and divided."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from surjax.data import DataSet, ImageSet, Kind, Table, load, load_images, toy_table
from surjax.errors import ConfigError
from surjax.models.base import ImageModel, ModelConfig


@dataclasses.dataclass(frozen=True)
class DataConfig(ABC):
    """How a data set is read and divided; every field is a flag of the command line.

    Raises ConfigError where a field is out of its range.
    """

    rows: int | None = None
    """How many examples to take, test examples of a published set apart: drawn from a toy density
    (default: 128,000), or chosen at random (default: all)."""
    array: str | None = None
    """Which array of an .npz to take."""
    validation_fraction: float = 0.1
    """The share of the examples that choose the best state and stop the training."""
    test_fraction: float = 0.1
    """The share of the examples that are kept for the last measurement; with any but 0, a toy density's
    are drawn afresh, and those of a set that is published with a test part are that part."""
    test_rows: int | None = None
    """How many of the test examples, chosen at random, are measured at the end of the training (default:
    all); `surjax evaluate` measures all."""
    split_seed: int = 0
    """The seed of the division into parts, and of a toy density's points."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("validation_fraction", "test_fraction"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)} and must be at least 0 and below 1.")
        if self.validation_fraction + self.test_fraction >= 1:
            raise ConfigError(
                f"validation_fraction and test_fraction add up to "
                f"{self.validation_fraction + self.test_fraction:g} and must leave rows to train on: "
                "keep their sum below 1."
            )
        if self.split_seed < 0:
            raise ConfigError(f"split_seed is {self.split_seed} and must be 0 or more.")
        for name in ("rows", "test_rows"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ConfigError(f"the number of {name} must be 1 or more, not {getattr(self, name)}.")

    @abstractmethod
    def load(self, source: str, dtype: Any) -> tuple[DataSet, DataSet | None]:
        """The examples to divide, and a test part where there is one of its own.

        Raises:
            DataError: they cannot be read.
            ConfigError: an option does not fit the source.
        """


@dataclasses.dataclass(frozen=True)
class TableConfig(DataConfig):
    """How a table is read and divided."""

    columns: tuple[str, ...] | None = None
    """The columns to model, in this order (default: all)."""
    kinds: tuple[str, ...] = ()
    """The kind of columns that are not what they seem, as column=kind with the kinds numeric, integer
    and categorical."""

    def load(self, source: str, dtype: Any) -> tuple[Table, Table | None]:
        """A table (see `surjax.data.load`); a toy density's with as many fresh points."""
        table = load(
            source,
            n=self.rows,
            seed=self.split_seed,
            columns=self.columns,
            kinds=_kinds(self.kinds),
            array=self.array,
            dtype=dtype,
        )
        if table.toy is None:
            return table, None
        return table, toy_table(table.name, len(table), self.split_seed, part="test")


@dataclasses.dataclass(frozen=True)
class ImageConfig(DataConfig):
    """How a set of images is read and divided. They are made smaller, then padded, then given fewer bits."""

    bits: int | None = None
    """How many bits of each value to keep, from 2: the highest ones (default: all, mostly 8)."""
    downsample: int = 1
    """Make the images smaller by this power of two: each pixel the rounded mean of a box."""
    pad: int | None = None
    """Put zeros around the images so that height and width are this."""
    channels: Literal["first", "last"] | None = None
    """Which axis of an .npy or .npz the channels are, where that cannot be told from its length."""
    data_dir: str | None = None
    """Where published sets lie (default: surjax in the user's cache folder)."""

    def load(self, source: str, dtype: Any = None) -> tuple[ImageSet, ImageSet | None]:
        """Images (see `surjax.data.load_images`), which are uint8 whatever the model computes in."""
        images, test = load_images(source, data_dir=self.data_dir, array=self.array, channels=self.channels)
        if self.rows is not None:
            images = images.choose(self.rows, self.split_seed)
        return self._change(images), None if test is None else self._change(test)

    def _change(self, images: ImageSet) -> ImageSet:
        images = images.downsample(self.downsample)
        if self.pad is not None:
            images = images.pad(self.pad)
        return images if self.bits is None else images.reduce_bits(self.bits)


def data_config_for(model: type[ModelConfig]) -> type[DataConfig]:
    """What says how the data of a model are read: a model of images takes images, another tables."""
    return ImageConfig if issubclass(model, ImageModel) else TableConfig


def absolute_dir(config: DataConfig) -> DataConfig:
    """The configuration as it is recorded: with the absolute path of the folder where sets lie."""
    if isinstance(config, ImageConfig) and config.data_dir is not None:
        return dataclasses.replace(config, data_dir=str(Path(config.data_dir).absolute()))
    return config


def _kinds(entries: tuple[str, ...]) -> Mapping[str, str] | None:
    """column=kind, … as a mapping."""
    known: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    kinds: dict[str, Kind] = {}
    for entry in entries:
        column, _, kind = entry.rpartition("=")
        if not column or kind not in known:
            raise ConfigError(
                f"{entry!r} does not say the kind of a column: write column=kind, "
                f"the kind one of {', '.join(known)}."
            )
        kinds[column] = known[kind]
    return kinds or None
