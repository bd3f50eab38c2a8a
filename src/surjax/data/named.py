"""Data sets that have a name: those that come with surjax, and those of other packages."""

import dataclasses
import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from surjax.data.form import Form
from surjax.data.toy import ToyDensity
from surjax.errors import ConfigError, DataError
from surjax.others import package_of
from surjax.typing import Shape

GROUP = "surjax.datasets"
"""The group of entry points in which an installed package names its sets."""


@dataclasses.dataclass(frozen=True)
class NamedSet:
    """A data set that is read by its name; `register` makes it known.

    Attributes:
        name: what it is called on the command line.
        form: the form of its examples, `TableForm` or `ImageForm` for instance.
        read: gives its examples. What it is called with is its form's: a table with schema=, columns=,
            kinds= and dtype=, which are the options of `Table.from_frame` and `Table.from_array`, for a
            `Table`; images with the folder where sets lie, for two `ImageSet`, the second of them, the test
            part, None where there is none. A toy density has none.
        summary: what it is of, in a line.
        rows: how many examples there are to train on; None where nobody knows before they are read.
        test_rows: how many are in a test part of their own.
        shape: that of an example.
        density: what points are drawn from, of a toy density.

    >>> import numpy as np
    >>> from surjax.data import NamedSet, Table, TableForm
    >>> points = NamedSet("points", TableForm, lambda **how: Table.from_array(np.eye(3), "points", **how))
    >>> points.read(schema=None).schema[0].name, points.kind
    ('x0', 'table')
    """

    name: str
    form: type[Form]
    read: Callable[..., Any] | None = None
    summary: str = ""
    rows: int | None = None
    test_rows: int | None = None
    shape: Shape | None = None
    density: ToyDensity | None = None

    @property
    def kind(self) -> str:
        """What it is, in a word: toy, table, images."""
        return "toy" if self.density is not None else self.form.medium.removeprefix("a ")

    def info(self) -> "DatasetInfo":
        """What there is to know about it; the entropy of a toy density takes moments to derive."""
        one_axis = self.shape is not None and len(self.shape) == 1
        return DatasetInfo(
            self.name,
            self.kind,
            self.rows,
            columns=self.shape[0] if self.shape is not None and one_axis else None,
            entropy=None if self.density is None else self.density.entropy(),
            shape=None if one_axis else self.shape,
            test_rows=self.test_rows,
            summary=self.summary,
        )


@dataclasses.dataclass(frozen=True)
class DatasetInfo:
    """What there is to know about a data set before it is loaded.

    Attributes:
        name: what `load` or `load_images` calls it.
        kind: "toy" (sampled as often as wanted), "table", "images", or what else there is.
        rows: of a table, or images to train on; None for a toy density.
        columns: how many; None for what has more axes than one.
        entropy: of a toy density in nats, the lowest negative log-likelihood that a model can reach;
            None for others.
        shape: of an image, (channels, height, width); None for rows.
        test_rows: examples in a test part of their own; None where there is none.
        summary: what it is of, in a line.
    """

    name: str
    kind: str
    rows: int | None = None
    columns: int | None = None
    entropy: float | None = None
    shape: tuple[int, ...] | None = None
    test_rows: int | None = None
    summary: str = ""


_SETS: dict[str, NamedSet] = {}
_INSTALLED: list[str] = []
"""The entry points that were read."""


def register(*sets: NamedSet) -> None:
    """Make sets known by their names, to `load`, `load_images`, `datasets` and every command.

    An installed package names its sets in the group of entry points surjax.datasets, each of which leads to
    a `NamedSet` or to several; they are read when one is asked for that is not known, or all are listed.

    Raises ConfigError where another set has the name.
    """
    for one in sets:
        if _SETS.setdefault(one.name, one) != one:
            raise ConfigError(f"there is a data set {one.name!r} already: give yours another name.")


def named_sets() -> Mapping[str, NamedSet]:
    """Every set by its name, those of installed packages among them."""
    for entry in entry_points(group=GROUP):
        if entry.value not in _INSTALLED:
            try:
                found = entry.load()
                register(*(found if isinstance(found, Iterable) else (found,)))
            except Exception as error:  # whatever another package raises
                raise DataError(
                    f"the data set {entry.name!r} of {package_of(entry)} cannot be loaded "
                    f"({type(error).__name__}: {error}): mend or uninstall it."
                ) from error
            _INSTALLED.append(entry.value)
    return dict(_SETS)


def find_set(name: str, form: type[Form] | None = None) -> NamedSet | None:
    """The set of that name, and of that form where one is given; None where there is none.

    Where the name is not known and could be no path, the entry points of installed packages are read.
    """
    if name not in _SETS and not could_be_path(name):
        named_sets()
    known = _SETS.get(name)
    return known if known is None or form in (None, known.form) else None


def could_be_path(source: str) -> bool:
    """Whether a source looks like a path, or is one."""
    return bool(Path(source).suffix) or os.sep in source or os.path.lexists(source)


def datasets() -> list[DatasetInfo]:
    """List the data sets that have a name: toy densities, scikit-learn's tables, images, and others.

    The entropies are derived, which takes a few seconds the first time.
    """
    return [one.info() for one in named_sets().values()]


def absolute_source(source: str) -> str:
    """The source of a data set as it is recorded: a file by its absolute path, a name as it is."""
    if source in _SETS or not Path(source).exists():
        return source
    return os.fspath(Path(source).absolute())


def other_form(known: NamedSet, wanted: type[Form], hint: str = "") -> ConfigError:
    """Say that a set is of another form than a model takes."""
    return ConfigError(
        f"{known.name} holds {known.form.medium} and not {wanted.medium}: take a model of "
        f"{known.form.modelled} for it{hint}."
    )


def not_found(name: str, form: type[Form], what: str, otherwise: str) -> DataError:
    """Say that no set has that name, and which one may be meant."""
    names = [one.name for one in _SETS.values() if one.form is form]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}" if close else f"the names are {', '.join(names)}"
    return DataError(f"there is no {what} {name!r}: {hint}, or give the path of {otherwise}.")
