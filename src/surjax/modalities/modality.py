"""What is done with examples of a form, wherever that is not the same for all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np

from surjax.chunks import chunk_for
from surjax.data import DataConfig, DataSet, Form, Splits
from surjax.errors import ConfigError
from surjax.evaluate import Likelihood, evaluate
from surjax.files import write_atomically
from surjax.flow import Flow
from surjax.memory import chunk_out_of_memory
from surjax.models.base import ModelConfig
from surjax.models.build import build_flow
from surjax.train import TrainConfig

ARRAYS = (".npz", ".npy")
"""The types of file that arrays are written as."""


class TrainedFlow(NamedTuple):
    """flow: what training is given. whole: what it makes, as the model of the data."""

    flow: Flow
    whole: Callable[[Flow], Flow]


class Subject(NamedTuple):
    """What a picture is of: a flow, the configuration that it is of, its data, and the seed of draws.

    title: the model and the data in a word or two.
    """

    flow: Flow
    model: ModelConfig
    form: Form
    splits: Splits
    seed: int
    title: str


class Draw(NamedTuple):
    """How samples are drawn: how many (None: the modality's number), their seed, what the noise is scaled by,
    and how many at once (None: about half a million numbers' worth).

    given: of a conditional model, the rows that it is given (rows, given), with so many samples of each.
    """

    n: int | None = None
    seed: int = 0
    temperature: float = 1.0
    chunk: int | None = None
    given: np.ndarray | None = None


class Modality:
    """Tables, images, or anything else that examples can be of, as runs and commands need it.

    A modality is found by the model's configuration (see `modality_of`): it is that of the nearest of its
    base classes that one is registered for. To add one, write the `Form` of an example, the `DataConfig`
    that reads a data set, the abstract `ModelConfig` of its models, and a subclass of this, and register it
    with `register_modality`. All but `models` and `data` has a default, with which examples are trained
    on, scored and sampled into arrays, and no pictures are drawn.
    """

    models: ClassVar[type[ModelConfig]]
    """The base class of its models' configurations."""
    data: ClassVar[type[DataConfig]]
    """How its data are read."""
    large: ClassVar[bool] = False
    """Whether an example is so large that in training no more go through the model at once than are in a
    batch, not even to evaluate or to initialise it, and a batch is divided over all devices."""

    suffixes: ClassVar[tuple[str, ...]] = ARRAYS
    """The types of file that samples are written as."""
    samples: ClassVar[int] = 1000
    """How many are drawn where nobody says it."""
    num_samples: ClassVar[int] = 1
    """K of a bound where nobody says it, in scoring and measuring (see `draws`)."""
    result_picture: ClassVar[str | None] = None
    """The file in a run's folder that shows the trained model; None where there is none."""
    draws_progress: ClassVar[bool] = False
    """Whether a picture is drawn at each evaluation of a training too."""
    draws_density: ClassVar[bool] = False
    """Whether the density of a model has a picture."""

    @property
    def form(self) -> type[Form]:
        """The form of its examples."""
        return self.models.form

    def draws(self, num_samples: int | None) -> int:
        """K of a bound: what is asked for, or `num_samples` of the modality."""
        return self.num_samples if num_samples is None else num_samples

    def dimensions(self, model: ModelConfig, form: Form, training: TrainConfig) -> int | None:
        """How many numbers an example has that training makes, where losses are told in bits/dim; else None.

        Raises ConfigError where the model does not take the form.
        """
        return form.dimensions if form.in_bits else None

    def trained_flow(self, model: ModelConfig, form: Form, training: TrainConfig) -> TrainedFlow:
        """The flow that is trained, with fresh weights, and how it becomes the model of the data.

        Raises ConfigError where the model does not take data of that form, or the training not the model.
        """
        flow = build_flow(model, form, jax.random.key(training.seed))
        if training.crop is not None:
            raise ConfigError(
                f"crop is {training.crop} and {model.name} is a model of whole {form.words}: leave crop out, "
                "or train a model in stages."
            )
        return TrainedFlow(flow, lambda trained: trained)

    def stages(self, model: ModelConfig, form: Form) -> tuple[int, ...]:
        """The stages that are trained apart, the largest first; none where the model is trained whole."""
        return ()

    def measure(
        self, flow: Flow, model: ModelConfig, part: DataSet, **options: Any
    ) -> tuple[Likelihood, dict[str, Any]]:
        """The likelihood of some data, and what else is told of it as JSON; options as of `evaluate`."""
        return evaluate(flow, part.values, part.context, truth=part.truth, **options), {}

    def draws_result(self, form: Form) -> bool:
        """Whether there is a picture of a trained model of such examples."""
        return self.result_picture is not None

    def draw(self, subject: Subject, path: Path) -> None:
        """Draw what shows how good a model is: at the end of a training, and as it goes, where it does."""

    def draw_density(
        self,
        subject: Subject,
        path: Path,
        *,
        points: int = 400,
        num_samples: int = 1,
        given: np.ndarray | None = None,
    ) -> dict[str, Any]:
        """Draw the density of a model where that has a picture (`draws_density`); what was drawn, as JSON.

        given: (1, given) what a conditional model is given; without it, what it is given with the data.
        """
        raise NotImplementedError(type(self).__name__)

    def write_samples(self, flow: Flow, form: Form, path: Path, draw: Draw, sizes: bool) -> dict[str, Any]:
        """Draw samples and write them; what there is to tell of them, as JSON, "n" among it.

        sizes: show them at all the sizes that a model in stages makes.
        """
        samples = np.asarray(self.draw_samples(flow, form, draw))
        with write_atomically(path) as temporary, temporary.open("wb") as file:
            if path.suffix.lower() == ".npz":
                np.savez(file, samples=samples)
            else:
                np.save(file, samples, allow_pickle=False)
        return {"n": len(samples)}

    def draw_samples(self, flow: Flow, form: Form, draw: Draw) -> Any:
        """The samples, as the flow gives them; of a conditional model those of each row that is given, in
        turn."""
        n, chunk, context = self.number(draw), draw.chunk or chunk_for(form.shape), self.context(draw)
        with chunk_out_of_memory(min(n, chunk)):
            key = jax.random.key(draw.seed)
            return flow.sample(key, n, context, temperature=draw.temperature, chunk=chunk)

    def context(self, draw: Draw) -> np.ndarray | None:
        """What each of the samples is given; None for a model that is not conditional."""
        return None if draw.given is None else np.repeat(draw.given, self.of_each(draw), 0)

    def of_each(self, draw: Draw) -> int:
        """How many samples are drawn of each row that is given, or in all of a model that is given none."""
        return draw.n or self.samples

    def number(self, draw: Draw) -> int:
        """How many samples are drawn in all."""
        return self.of_each(draw) * (1 if draw.given is None else len(draw.given))
