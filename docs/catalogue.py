"""The catalogue: what there is, from the code's own docstrings and formulas.

generated/catalogue.md          every transform, distribution, family, network and model
generated/settings-*.md         the fields of the configurations, for other pages to include
"""

import ast
import dataclasses
import inspect
import itertools
import re
import typing
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import surjax
from surjax import distributions, nn, transforms
from surjax.citations import BRACKETED, bracketed
from surjax.data import ImageConfig, TableConfig
from surjax.models import MODELS
from surjax.transforms import Bijection, Inverse, Stochastic, Surjection, Transform, univariate

EXACT, BOUND = "exact", "lower bound"

INTRODUCTION = """\
# Catalogue

A transform takes x to z and adds V to the log-likelihood; what it leaves out is E, whose mean is never
negative ([the idea](../idea.md)). *Forward* says whether a flow that uses the transform as it is gives the
exact log-likelihood or a lower bound, *inverse* the same for its `Inverse`. A flow with a bound inside it,
as a decoder for instance, makes a bound of everything that it is used in.

This page is written by docs/catalogue.py from the code."""

GENERATIVE = """\
The `Inverse` of any surjection above is a generative surjection: its decoder p(dropped | z) becomes an
encoder q(dropped | x), so that V = −log q(dropped | x), E = log q(dropped | x) − log p(dropped | x), and the
log-likelihood is bounded. Two have names of their own."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """What the catalogue says of a transform.

    Attributes:
        name: its public name.
        kind: "bijection", "surjection", "generative surjection", "stochastic map", "composition" or
            "abstract".
        V: the formula of the likelihood contribution.
        E: that of what it leaves out.
        forward: whether log p(z) + V is "exact" or a "lower bound"; "as its parts" for a composition.
        inverse: the same for its `Inverse`.
        summary: the docstring's first sentence.
        reference: where it is from, as the docstring cites it; may be empty.
    """

    name: str
    kind: str
    V: str
    E: str
    forward: str
    inverse: str
    summary: str
    reference: str


def entries() -> list[Entry]:
    """Every public transform, in alphabetical order."""
    objects = {name: getattr(transforms, name) for name in sorted(transforms.__all__, key=str.lower)}
    return [entry(name, obj) for name, obj in objects.items() if not isinstance(obj, ModuleType)]


def entry(name: str, obj: Any) -> Entry:
    """One transform: a class, or a function that makes one."""
    made = obj if isinstance(obj, type) else typing.get_type_hints(obj)["return"]
    texts = summary(obj), references(obj)
    if inspect.isabstract(made):
        return Entry(name, "abstract", getattr(made, "V", "–"), made.E, "–", "–", *texts)
    if made is Inverse and made is not obj:
        v = re.search(r"\bV = (.*?)(?:\s{2,}|\n|$)", inspect.getdoc(obj) or "")
        assert v is not None, f"the docstring of {name} gives no V"
        e = "log q(dropped | x) − log p(dropped | x)"
        return Entry(name, "generative surjection", v[1], e, BOUND, EXACT, *texts)
    kinds = {Bijection: "bijection", Surjection: "surjection", Stochastic: "stochastic map"}
    kind = next((word for cls, word in kinds.items() if issubclass(made, cls)), "composition")
    return Entry(name, kind, made.V, made.E, *_directions(made), *texts)


def _directions(cls: type[Transform]) -> tuple[str, str]:
    """Exact where the direction draws nothing; a composition can tell only when it has its parts."""
    blank = object.__new__(cls)
    try:
        deterministic = (blank.forward_deterministic, blank.inverse_deterministic)
    except AttributeError:
        return "as its parts", "as its parts"
    forward, inverse = (EXACT if certain else BOUND for certain in deterministic)
    return forward, inverse


def summary(obj: Any) -> str:
    """The first sentence of a docstring, without the contribution and the citation that may end it."""
    paragraph = " ".join((inspect.getdoc(obj) or "").split("\n\n")[0].split())
    sentence = re.split(r"(?<=[^. ]\.) (?=[A-Z])", paragraph)[0]
    sentence = BRACKETED.sub("", sentence).replace(" .", ".").replace(" ;", ";").replace(" :", ":")
    return re.sub(r"; V = .*", ".", sentence)


def references(obj: Any) -> str:
    """What a docstring cites: everything in brackets that ends in a name and a year, or a section of it."""
    return "; ".join(bracketed(inspect.getdoc(obj) or ""))


def write(folder: Path) -> None:
    """Write the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalogue.md").write_text(page(), encoding="utf-8")
    settings = {"training": surjax.TrainConfig, "data": TableConfig, "images": ImageConfig}
    for name, config in settings.items():
        (folder / f"settings-{name}.md").write_text(settings_table(config), encoding="utf-8")


def page() -> str:
    """The catalogue as Markdown."""
    listed = entries()

    def of(kind: str) -> str:
        return transform_table(entry for entry in listed if entry.kind == kind)

    models = ((f"`{name}`", markdown(config.summary)) for name, config in sorted(MODELS.items()))
    parts = [
        INTRODUCTION,
        "## Bijections",
        of("bijection"),
        "### Univariate families",
        "What a `Coupling`, `MaskedAutoregressive`, `Elementwise` or `ConditionalElementwise` is built with. "
        "All are increasing maps of the line, so V is the logarithm of their slope and E = 0.",
        plain_table("family", concrete(univariate, "univariate.")),
        "## Surjections",
        of("surjection"),
        "### Generative surjections",
        GENERATIVE,
        of("generative surjection"),
        "## Stochastic maps",
        of("stochastic map"),
        "## Compositions",
        of("composition"),
        "## Distributions",
        "Bases, encoders and decoders. A `Flow` is a distribution too.",
        plain_table("distribution", concrete(distributions)),
        "## Networks",
        "What gives a transform or a distribution its parameters.",
        plain_table("network", concrete(nn, "nn.")),
        "## Models",
        "Whole systems with their published settings as defaults; `surjax train MODEL DATA` trains them.",
        table(("model", "what it is"), models),
        "## To build on",
        "The abstract classes: what a new part of each kind writes is in "
        "[how to add a transform](../extend.md).",
        of("abstract"),
        plain_table(
            "class", abstract(distributions) | abstract(univariate, "univariate.") | abstract(nn, "nn.")
        ),
    ]
    return "\n\n".join(parts) + "\n"


def concrete(module: ModuleType, prefix: str = "") -> dict[str, Any]:
    """What can be built of a package's public classes, by name."""
    return {name: obj for name, obj in _public(module, prefix) if not inspect.isabstract(obj)}


def abstract(module: ModuleType, prefix: str = "") -> dict[str, Any]:
    """The public classes of a package that others are built on, by name."""
    return {name: obj for name, obj in _public(module, prefix) if inspect.isabstract(obj)}


def _public(module: ModuleType, prefix: str) -> list[tuple[str, Any]]:
    names = sorted(module.__all__, key=str.lower)
    return [(prefix + name, getattr(module, name)) for name in names if callable(getattr(module, name))]


def transform_table(rows: Iterable[Entry]) -> str:
    """Transforms with their formulas."""
    cells = (
        (
            link(f"surjax.{row.name}"),
            markdown(row.summary + (f" ({row.reference})" if row.reference else "")),
            code(row.V),
            code(row.E),
            row.forward,
            row.inverse,
        )
        for row in rows
    )
    return table(("transform", "what it does", "V", "E", "forward", "inverse"), cells)


def plain_table(heading: str, objects: dict[str, Any]) -> str:
    """Names and what they are."""
    cells = (
        (link(f"surjax.{name}"), markdown(summary(obj)), markdown(references(obj)))
        for name, obj in objects.items()
    )
    return table((heading, "what it is", "reference"), cells)


def settings_table(config: type) -> str:
    """The fields of a configuration with their defaults, described by the strings below them."""
    classes = [cls for cls in reversed(config.__mro__) if dataclasses.is_dataclass(cls)]
    body = [node for cls in classes for node in ast.parse(inspect.getsource(cls)).body[0].body]
    fields = {field.name: field.default for field in dataclasses.fields(config)}
    rows = []
    for node, after in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr):
            name, text = ast.unparse(node.target), ast.literal_eval(after.value)
            rows.append((f"`{name}`", f"`{fields[name]!r}`", markdown(" ".join(text.split()))))
    return table(("setting", "default", "what it does"), rows)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    headings = tuple(headings)
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def markdown(text: str) -> str:
    """Text for a cell, in which nothing but code between backticks has a meaning."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([\\*_\[\]<>|])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def code(text: str) -> str:
    """A formula for a cell."""
    return "`" + text.replace("|", "\\|") + "`"


def link(target: str) -> str:
    """A name that leads to its place in the reference."""
    return f"{{py:obj}}`~{target}`"
