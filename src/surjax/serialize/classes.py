"""The names by which model folders call the classes that a model is built of.

A class of surjax goes by the name that its users write (surjax.Coupling, surjax.nn.MLP,
surjax.univariate.Affine), a layer of Equinox by its own (equinox.nn.Linear), and a class of somebody else's
by its package and its name (mypackage.PairMean). So a class may move to another file, and its models still
load.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import equinox as eqx

import surjax
from surjax.errors import ConfigError, SurjaxError
from surjax.others import load_entry_point, require_same_class

ENTRY_POINTS = "surjax.classes"
"""The group of the entry points by which an installed package makes its classes known: each is a class, or a
module whose classes are all meant."""

_EQUINOX = "equinox.nn."
_REGISTERED: dict[str, type[eqx.Module]] = {}


@cache
def public_classes() -> dict[str, type[eqx.Module]]:
    """Every class of surjax that a model can be built of, by its public name."""
    found = {}
    for place, module, names in (
        ("surjax", surjax, {*dir(surjax)} - {*surjax.PACKAGES}),
        ("surjax.nn", surjax.nn, surjax.nn.__all__),
        ("surjax.univariate", surjax.univariate, surjax.univariate.__all__),
    ):
        found |= {f"{place}.{name}": getattr(module, name) for name in sorted(names)}
    return {name: thing for name, thing in found.items() if is_module_class(thing)}


def is_module_class(thing: object) -> bool:
    """Whether something is a class of modules: of which a model can be built."""
    return isinstance(thing, type) and issubclass(thing, eqx.Module)


def name_of(cls: type) -> str:
    """The name of a class in a model folder.

    Raises:
        SurjaxError: it is a class of surjax that is not public, so that it has no name that lasts.

    >>> import equinox as eqx, surjax as sx
    >>> name_of(sx.univariate.Affine), name_of(eqx.nn.Linear)
    ('surjax.univariate.Affine', 'equinox.nn.Linear')
    """
    package = cls.__module__.partition(".")[0]
    if package == "surjax":
        for name, known in public_classes().items():
            if known is cls:
                return name
        raise SurjaxError(f"{cls.__name__} is no public class of surjax, so a model folder cannot hold it.")
    if cls.__module__.startswith(_EQUINOX) and getattr(eqx.nn, cls.__name__, None) is cls:
        return _EQUINOX + cls.__name__
    return f"{package}.{cls.__name__}"


def register_class(cls: type) -> None:
    """Make a class of one's own known, so that models which are built of it can be loaded.

    Classes are known too that are given to `load`, or that an installed package names by an entry point of
    the group `surjax.classes`.

    Raises:
        ConfigError: it is no class of Equinox modules, or another class of that name is known.
    """
    if not is_module_class(cls):
        raise ConfigError(
            f"{cls!r} is no class of modules: give a subclass of one of surjax's or of equinox.Module."
        )
    require_same_class(_REGISTERED.get(name_of(cls), cls), cls, f"classes go by the name {name_of(cls)}")
    _REGISTERED[name_of(cls)] = cls  # a module that was loaded again has new classes


def finder(classes: Sequence[type] = ()) -> Callable[[str], type[eqx.Module] | None]:
    """What finds a class by its name in a model folder: None where there is none of that name.

    It looks among surjax's classes, Equinox's layers, the classes that are given (which may go by another
    package than the one that they were saved from), those that were registered, and those of installed
    packages. Nothing else is imported.

    Raises:
        ConfigError: what is given is no class of modules, or two classes of one name are given.
    """
    given: dict[str, type[eqx.Module]] = {}
    for cls in classes:
        if not is_module_class(cls):
            raise ConfigError(
                f"classes holds {cls!r}, which is no class of modules: give subclasses of surjax's."
            )
        if given.setdefault(cls.__name__, cls) is not cls:
            raise ConfigError(f"classes holds two classes of the name {cls.__name__}: give one of them.")

    def find(name: str) -> type[eqx.Module] | None:
        package, _, bare = name.rpartition(".")
        if package.partition(".")[0] == "surjax":
            return public_classes().get(name)
        if name.startswith(_EQUINOX):
            layer = getattr(eqx.nn, name.removeprefix(_EQUINOX), None)
            return layer if is_module_class(layer) else None
        if package == "__main__":  # saved by a script, which other programs import by its name
            return given.get(bare) or _only(
                {name: cls for name, cls in _REGISTERED.items() if cls.__name__ == bare}
            )
        return given.get(bare) or _REGISTERED.get(name) or _installed(name)

    return find


def _only(classes: Mapping[str, type[eqx.Module]]) -> type[eqx.Module] | None:
    """The class, where it is one alone."""
    return next(iter(classes.values())) if len(classes) == 1 else None


def _installed(name: str) -> type[eqx.Module] | None:
    """The class of that name that an installed package makes known; of other packages nothing is imported."""
    package, _, bare = name.rpartition(".")
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.module.partition(".")[0] == package and (entry.attr or bare) == bare:
            found = [cls for cls in _classes_of(entry) if name_of(cls) == name]
            if found:
                return found[0]
    return None


def _classes_of(entry: EntryPoint) -> Iterable[type[eqx.Module]]:
    thing = load_entry_point(entry, f"the classes in {entry.module}")
    things = vars(thing).values() if isinstance(thing, ModuleType) else [thing]
    return [each for each in things if is_module_class(each)]
