"""What other packages bring: loading their entry points, and names that two classes claim."""

from importlib.metadata import EntryPoint
from typing import Any

from surjax.errors import ConfigError


def package_of(entry: EntryPoint) -> str:
    """The package that an entry point belongs to, in words."""
    return "an installed package" if entry.dist is None else f"the package {entry.dist.name}"


def load_entry_point(entry: EntryPoint, what: str) -> Any:
    """What an entry point leads to, where `what` says what that is, such as "the model 'glow'".

    Raises:
        ConfigError: it cannot be loaded, for whatever reason the other package has.
    """
    try:
        return entry.load()
    except Exception as error:
        raise ConfigError(
            f"{what} of {package_of(entry)} cannot be loaded ({type(error).__name__}: {error}): mend or "
            "uninstall it."
        ) from error


def require_same_class(known: type, new: type, what: str) -> None:
    """ConfigError where a name is that of two classes; one of a module that was loaded again is the same."""
    places = [f"{cls.__module__}.{cls.__qualname__}" for cls in (known, new)]
    if places[0] != places[1]:
        raise ConfigError(f"two {what}: {places[0]} and {places[1]}; rename one.")
