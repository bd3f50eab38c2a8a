"""The works behind a run: what the docstrings of its parts cite."""

import dataclasses
import inspect
from collections.abc import Mapping
from importlib import import_module

import equinox as eqx

from surjax import __version__, transforms
from surjax.citations import Citation, citations, docstring, find_reference, references
from surjax.data import IMAGE_SETS, TOY
from surjax.flow import Flow
from surjax.parts import parts_of
from surjax.regularization import Penalized
from surjax.runs.run import Run
from surjax.runs.settings import RunSettings

SOFTWARE_KEY = "surjax"

OPTIMIZERS = {
    "adam": "Kingma and Ba 2015",
    "adamax": "Kingma and Ba 2015",
    "adamw": "Loshchilov and Hutter 2019",
}
"""Where each optimiser is from."""

GENERATIVE = {transforms.Rounding: transforms.dequantize, transforms.Slice: transforms.augment}
"""Surjections of which the `Inverse` has a name of its own, and the function of that name."""


@dataclasses.dataclass(frozen=True)
class Cited:
    """What a run is made of and where that was published.

    Attributes:
        parts: the keys of what each part cites, by the part's name; parts that cite nothing are left out.
        missing: the parts that cite something that the bibliography has no entry for, and what that is.
    """

    parts: Mapping[str, tuple[str, ...]]
    missing: tuple[tuple[str, Citation], ...]

    @property
    def bibtex(self) -> str:
        """The entries as BibTeX: surjax itself, then each work once, in the order of the keys."""
        keys = {key for cited in self.parts.values() for key in cited}
        entries = [software(), *(entry.bibtex for entry in references() if entry.key in keys)]
        return "\n\n".join(entries) + "\n"


def software() -> str:
    """The BibTeX entry of surjax itself, at the version that is installed."""
    return (
        f"@misc{{{SOFTWARE_KEY},\n  author = {{{{The surjax authors}}}},\n"
        "  title = {{surjax: Likelihood-based Generative Modelling in JAX}},\n"
        f"  note = {{Version {__version__}}},\n}}"
    )


def cite_run(run: Run) -> Cited:
    """What the parts of a run's model, its data and its training cite.

    Raises:
        RunError: it has no model.
    """
    flow, settings = run.flow(), run.record.settings
    texts = {**model_texts(flow), **settings_texts(settings)}
    if settings.training.scale_penalty:
        texts |= penalty_texts(flow)
    parts: dict[str, tuple[str, ...]] = {SOFTWARE_KEY: (SOFTWARE_KEY,)}
    missing = []
    for name, text in texts.items():
        found = {work: find_reference(work) for work in citations(text)}
        keys = tuple(dict.fromkeys(entry.key for entry in found.values() if entry is not None))
        missing += [(name, work) for work, entry in found.items() if entry is None]
        if keys:
            parts[name] = keys
    return Cited(parts, tuple(missing))


def model_texts(flow: Flow) -> dict[str, str]:
    """The docstring of each class in a model, by its name, and that of the bound where it has one."""
    texts = {}
    for part in parts_of(flow, eqx.Module, nested=True):
        texts[_name(type(part))] = docstring(type(part))
        if isinstance(part, transforms.Inverse) and type(part.transform) in GENERATIVE:
            function = GENERATIVE[type(part.transform)]
            texts[function.__name__] = docstring(function)
    if not flow.exact:
        texts["lower bound"] = docstring(Flow.log_prob)
    return texts


def settings_texts(settings: RunSettings) -> dict[str, str]:
    """What is said of the model's configuration, of published data, and of the training's methods."""
    training = settings.training
    texts = {f"model {settings.model.name}": docstring(type(settings.model))}
    if settings.source in TOY:
        maker = getattr(import_module("surjax.data.toy"), settings.source)
        texts[f"data {settings.source}"] = f"{docstring(maker)} {docstring(type(TOY[settings.source]))}"
    if settings.source in IMAGE_SETS:
        read = IMAGE_SETS[settings.source].read
        texts[f"data {settings.source}"] = f"{docstring(inspect.getmodule(read))} {docstring(read)}"
    texts[f"optimizer {training.optimizer}"] = f"({OPTIMIZERS[training.optimizer]})"
    return texts


def penalty_texts(flow: Flow) -> dict[str, str]:
    """What each class in a model says of the penalty that training puts on its parameters."""
    penalized = {type(part) for part in parts_of(flow, Penalized, nested=True)}
    return {f"penalty of {_name(cls)}": docstring(cls.penalty) for cls in penalized}


def _name(cls: type) -> str:
    """Its public name; with that of its module where it is not surjax's."""
    package = cls.__module__.split(".")
    if package[0] != "surjax":
        return f"{cls.__module__}.{cls.__qualname__}"
    inside = next((f"{word}." for word in ("nn", "univariate") if word in package), "")
    return inside + cls.__qualname__
