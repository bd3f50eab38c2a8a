"""The reference: a page a package, with the docstrings of its public names."""

import inspect
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from surjax import (
    data,
    distributions,
    errors,
    evaluate,
    inference,
    interop,
    modalities,
    models,
    nn,
    pictures,
    runs,
    testing,
    train,
    transforms,
)
from surjax.transforms import Bijection, Stochastic, Surjection, univariate

FLOW = (
    "Flow",
    "Latent",
    "Embedding",
    "fit",
    "Fit",
    "TrainConfig",
    "save",
    "load",
    "count_parameters",
    "Fixed",
)
CORE = ("flow", "transforms", "univariate", "distributions", "nn", "models", "train", "inference")
CORE_IS = "The algebra, the models that are built of it, and how they are trained on data or a log-density."
WORKBENCH_IS = (
    "What is around them: data, measurements, runs, pictures, laws for parts of one's own, and errors."
)
MEMBERS = {"Flow", "TrainConfig", "TableConfig", "ImageConfig", "Table", "ImageSet", "Likelihood", "Run"}
MEMBERS |= {
    "DensityConfig",
    "Importance",
    "LatentDensity",
    "Transform",
    "Distribution",
    "Form",
    "Modality",
    "NamedSet",
    "RunResult",
}
MEMBERS |= {"ToyDensity", *(config.__name__ for config in models.MODELS.values())}
"""Classes of which methods and fields are shown too: those that are used by them, not by being built."""


def write(folder: Path) -> None:
    """Write generated/api.md and the pages that it lists."""
    pages = folder / "api"
    pages.mkdir(parents=True, exist_ok=True)
    for name, (title, text) in sections().items():
        (pages / f"{name}.md").write_text(f"# {title}\n\n{text}", encoding="utf-8")
    listed = "\n".join(contents(*group) for group in groups(list(sections())))
    (folder / "api.md").write_text(f"# Reference\n\n{listed}", encoding="utf-8")


def groups(pages: list[str]) -> list[tuple[str, str, list[str]]]:
    """The heading, a sentence and the pages of each part of the reference; no page is left out."""
    core = [name for name in pages if name in CORE]
    return [
        ("Core", CORE_IS, core),
        ("Workbench", WORKBENCH_IS, [name for name in pages if name not in CORE]),
    ]


def contents(heading: str, sentence: str, pages: list[str]) -> str:
    """A heading with the list of its pages."""
    listed = "\n".join(f"api/{name}" for name in pages)
    return f"## {heading}\n\n{sentence}\n\n```{{toctree}}\n{listed}\n```\n"


def sections() -> dict[str, tuple[str, str]]:
    """The title and content of each page by its name."""
    of_kind = {
        "Bijections": lambda cls: issubclass(cls, Bijection),
        "Surjections": lambda cls: issubclass(cls, Surjection),
        "Stochastic maps": lambda cls: issubclass(cls, Stochastic),
    }
    names = [name for name in transforms.__all__ if callable(getattr(transforms, name))]
    kinds: dict[str, list[str]] = {kind: [] for kind in (*of_kind, "Compositions and functions")}
    for name in names:
        cls = getattr(transforms, name)
        fits = (kind for kind, test in of_kind.items() if isinstance(cls, type) and test(cls))
        kinds[next(fits, "Compositions and functions")].append(name)
    by_kind = "\n".join(f"## {kind}\n\n{listing('surjax', members)}" for kind, members in kinds.items())
    pages = {
        "flow": ("Flows and fitting", listing("surjax", FLOW)),
        "transforms": ("Transforms", by_kind),
        "univariate": ("Univariate families: surjax.univariate", package("surjax.univariate", univariate)),
        "distributions": ("Distributions", listing("surjax", distributions.__all__)),
        "nn": ("Networks: surjax.nn", package("surjax.nn", nn)),
        "models": ("Models: surjax.models", package("surjax.models", models)),
        "train": ("Training: surjax.train", listing("surjax.train", sorted(set(train.__all__) - set(FLOW)))),
        "inference": (
            "Without data: surjax.inference",
            package("surjax.inference", inference),
        ),
        "data": ("Data: surjax.data", package("surjax.data", data)),
        "evaluate": ("Evaluation: surjax.evaluate", package("surjax.evaluate", evaluate)),
        "pictures": ("Pictures: surjax.pictures", package("surjax.pictures", pictures)),
        "modalities": ("Modalities: surjax.modalities", package("surjax.modalities", modalities)),
        "interop": ("Other projects' weights: surjax.interop", package("surjax.interop", interop)),
        "runs": ("Runs: surjax.runs", package("surjax.runs", runs)),
        "testing": ("Laws for one's own: surjax.testing", package("surjax.testing", testing)),
        "errors": ("Errors: surjax.errors", listing("surjax.errors", defined(errors))),
    }
    for name in ("numpyro", "flowjax"):
        if find_spec(name):
            bridge = import_module(f"surjax.interop.{name}")
            pages[name] = (f"{name}: surjax.interop.{name}", package(f"surjax.interop.{name}", bridge))
    if find_spec("surjax.sklearn"):
        estimators = defined(import_module("surjax.sklearn"))
        pages["sklearn"] = ("scikit-learn: surjax.sklearn", listing("surjax.sklearn", estimators))
    return pages


def defined(module: ModuleType) -> list[str]:
    """The public classes that a module defines."""
    return [
        name
        for name, obj in vars(module).items()
        if inspect.isclass(obj) and obj.__module__ == module.__name__ and not name.startswith("_")
    ]


def package(prefix: str, module: ModuleType) -> str:
    """All that a package makes public."""
    return listing(prefix, module.__all__)


def listing(prefix: str, names: Iterable[str]) -> str:
    """Autodoc's directives for the classes and functions among some names."""
    objects = ((name, _find(prefix, name)) for name in names)
    return "\n".join(
        _directive("class" if inspect.isclass(obj) else "function", prefix, name)
        for name, obj in objects
        if inspect.isclass(obj) or inspect.isfunction(obj)
    )


def _find(prefix: str, name: str) -> object:
    obj = import_module("surjax")
    for part in [*prefix.split(".")[1:], name]:
        obj = getattr(obj, part)
    return obj


def _directive(kind: str, prefix: str, name: str) -> str:
    members = "   :members:\n" if name in MEMBERS else ""
    return f"```{{eval-rst}}\n.. auto{kind}:: {prefix}.{name}\n{members}```\n"
