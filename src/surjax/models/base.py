"""What every model's configuration is."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax

from surjax.data.column import Schema
from surjax.data.form import Form
from surjax.data.image_form import ImageForm
from surjax.data.table_form import TableForm
from surjax.embedding import Embedding
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.columns import embedded, made_continuous, standardized
from surjax.models.missing import imputed
from surjax.plain import make_plain
from surjax.train.config import TrainConfig
from surjax.transforms.chain import Chain
from surjax.transforms.surjections.pyramid import Pyramid
from surjax.typing import Shape


@dataclass(frozen=True)
class ModelConfig(ABC):
    """A published system as a frozen dataclass: the paper's numbers are the fields' defaults.

    On the command line the model is chosen by `name` and every field is a flag. What it is a model of
    decides how it is built: see `VectorModel` and `ImageModel`.
    """

    name: ClassVar[str]
    """What the command line calls it."""
    summary: ClassVar[str]
    """One line for `surjax models`, with the paper."""

    presets: ClassVar[Mapping[str, "Preset"]] = {}
    """Smaller configurations by name, for tests ("tiny") and two cores ("small")."""

    form: ClassVar[type[Form]]
    """What an example is that the model is one of."""

    conditional: ClassVar[bool] = False
    """Whether it can be given something with each example: `build` then takes the size of the features that
    every part is to see of it."""

    def __post_init__(self) -> None:
        """Settings that are given as NumPy's scalars become Python's numbers."""
        make_plain(self)

    @abstractmethod
    def build_for(self, form: Any, key: Any) -> Flow:
        """The flow over examples of a form, which is of the class `form`, with fresh weights.

        Raises ConfigError where the model does not take data of that form.
        """

    @property
    def training(self) -> TrainConfig:
        """The settings that the model is trained with by default."""
        return TrainConfig()


class Preset(NamedTuple):
    """What a named configuration changes: fields of the model, of its training and of how data are read."""

    model: Mapping[str, Any]
    training: Mapping[str, Any]
    data: Mapping[str, Any] = MappingProxyType({})


MOST_CLASSES = 32
"""With more classes of images than these, each is a learned vector of that size in place of a one-hot one."""


A_FEW: Mapping[str, Any] = {"test_rows": 200}
"""What the tiny presets of models of images read: as many test images as are measured in seconds."""


TWO_CORES: Mapping[str, Any] = {
    "steps": 12_000,
    "epochs": None,
    "batch_size": 16,
    "schedule": "cosine",
    "warmup_steps": 50,
    "warmup_epochs": None,
    "warmup_examples": None,
    "warmup_hold": 0,
    "cooldown_epochs": None,
    "ema_decay": 0.995,
    "eval_every": 250,
    "validation_rows": 500,
}
"""How the small presets of models of images are trained: about an hour on two cores for most of them.

They see the data a few times at most, so many small steps and an average of the weights count for more than
they do in the papers; they are evaluated often, and on few images, for a training of minutes to show how it
goes.
"""


def preset(config: type[ModelConfig], name: str = "paper", **fields: Any) -> tuple[ModelConfig, TrainConfig]:
    """A model's configuration and training at one of its presets; "paper" is the published one.

    Fields that are given by name stand in place of the preset's, and the training is that of the model
    which has them, with the preset's changes. Raises ConfigError where the model has no preset of that name.
    """
    if name != "paper" and name not in config.presets:
        names = ", ".join(["paper", *config.presets])
        raise ConfigError(f"{config.name} has no preset {name!r}: choose one of {names}.")
    changes = Preset({}, {}) if name == "paper" else config.presets[name]
    model = config(**{**changes.model, **fields})
    return model, replace(model.training, **changes.training)


class VectorModel(ModelConfig):
    """A model of vectors, such as the rows of a table or points of the plane."""

    form: ClassVar = TableForm

    @abstractmethod
    def build(self, key: Any, dim: int = 2) -> Flow:
        """The flow over vectors of `dim` continuous numbers, with fresh weights drawn from key.

        A `conditional` model takes context_size besides, how many features its parts are given, with 0, for
        none, as its default.
        """

    def embed(self, given: Schema) -> tuple[int, Embedding]:
        """(how many features the parts of a conditional model see, what makes them): see `embedded`."""
        return embedded(given)

    def build_for(self, form: TableForm, key: Any) -> Flow:
        """The flow over the rows of a table, columns standardised and made continuous: see `for_table`.

        Where cells may be missing they are filled in on the way: see `surjax.Imputed`.
        """
        dim, transform = made_continuous(form.columns)
        size, embedding = self.embed(form.given) if form.given else (0, None)
        inner = _given(self.build, size)(key, dim)
        if form.gaps:
            transform = imputed(form.columns, jax.random.fold_in(key, dim))
        first = [part for part in (standardized(form.columns), transform) if part is not None]
        whole = Chain(*first, inner.transform) if first else inner.transform
        return Flow(inner.base, whole, embedding)


class ImageModel(ModelConfig):
    """A model of images, dequantisation included."""

    form: ClassVar = ImageForm

    @abstractmethod
    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> Flow:
        """The flow over images of `shape` (C, H, W) with values 0 … 2^bits − 1, with fresh weights.

        A `conditional` model takes context_size besides, the size of a vector that its networks see, with 0,
        for none, as its default. Raises ConfigError where the height or width cannot be halved as often as
        the model does.
        """

    def build_for(self, form: ImageForm, key: Any) -> Flow:
        """The flow over images of that shape and those bits, given a label where the form says so.

        The networks see the label one-hot, or of more than `MOST_CLASSES` classes a learned vector for each.
        """
        if not form.given:
            return self.build(key, form.shape, form.bits)
        key, own = jax.random.split(key)
        size, embedding = embedded(form.given)
        if size > MOST_CLASSES:
            learned = eqx.nn.Linear(size, MOST_CLASSES, use_bias=False, key=own)
            size, embedding = MOST_CLASSES, Embedding(*embedding.parts, learned)
        flow = _given(self.build, size)(key, form.shape, form.bits)
        return Flow(flow.base, flow.transform, embedding)

    def dimensions(self, shape: Shape) -> int:
        """How many numbers an image has: what bits/dim are of."""
        return math.prod(shape)


class StagedModel(ImageModel):
    """A model of images in stages that share no parameter, which are trained one by one: see `stages`.

    A configuration has a field `stage`: with a number it is the model of that stage alone, given the rest.
    """

    stage: int | None

    @abstractmethod
    def stages(self, shape: Shape) -> tuple[int, ...]:
        """The heights of the images that the stages make, the largest first, for images of `shape`.

        Raises ConfigError where images of that shape do not do.
        """

    @abstractmethod
    def build_pyramid(self, key: Any, index: int, shape: Shape, bits: int = 8) -> Pyramid:
        """The pyramid of one stage, the index-th from the largest image down, for images of any shape."""

    def require_stage(self, shape: Shape) -> None:
        """Raise ConfigError where `stage` is none of the model's for images of `shape`."""
        stages = self.stages(shape)
        if self.stage is not None and self.stage not in stages:
            raise ConfigError(
                f"stage is {self.stage} and {self.name} of images {shape[1]}×{shape[2]} has the stages "
                f"{', '.join(map(str, stages))}: choose one of them."
            )

    def dimensions(self, shape: Shape) -> int:
        """How many numbers the image has that is made, by the one stage or by all: what bits/dim are of.

        Raises ConfigError as `require_stage` does.
        """
        self.require_stage(shape)
        halvings = 0 if self.stage is None else self.stages(shape).index(self.stage)
        return math.prod(shape) // 4**halvings


def _given(build: Callable[..., Flow], size: int) -> Callable[..., Flow]:
    """`build` of a model that is given so many features; as it is where it is given none."""
    return partial(build, context_size=size) if size else build


def check_choices(config: ModelConfig, choices: Mapping[str, tuple[str, ...]]) -> None:
    """Raise ConfigError where a field of a model is none of the names that there are for it."""
    for field, names in choices.items():
        if getattr(config, field) not in names:
            raise ConfigError(f"{field} is {getattr(config, field)!r} and must be one of {', '.join(names)}.")


def require_plane(config: ModelConfig, dim: int) -> None:
    """Raise ConfigError where a model of the plane is asked for in another dimension."""
    if dim != 2:
        raise ConfigError(
            f"{config.name} is a model of 2 columns and the data have {dim}: use a model of any dimension, "
            "such as tabular, maf or nsf."
        )


def require_halvings(config: ModelConfig, shape: Shape, times: int) -> None:
    """Raise ConfigError where a model that halves images so many times is asked for another size."""
    window = 2**times
    if len(shape) != 3 or any(n % window for n in shape[1:]):
        sizes = " × ".join(str(max(round(n / window), 1) * window) for n in shape[1:])
        raise ConfigError(
            f"{config.name} halves height and width {times} times and was given images of shape "
            f"{tuple(shape)}: give (C, H, W) with multiples of {window}, such as {sizes}, or a configuration "
            "that halves less."
        )
