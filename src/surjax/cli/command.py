"""What every command is: a dataclass whose fields are its flags."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import tyro

from surjax.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

Self = TypeVar("Self", bound="Command")


class Interrupted(Exception):
    """Ctrl-C in a command that saved its work; the message says how to go on."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command(ABC):
    """One command. Its docstring is its help, its fields are its flags.

    A command checks its flags in `execute`: tyro would print a ValueError of the constructor its own way.
    """

    json: bool = False
    """Print the result as one JSON object, and nothing else, on stdout."""
    plugin: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """A module with models, transforms or distributions of your own, installed or in the current folder; each
    one has a --plugin of its own."""

    compile_cache: bool = True
    """Keep compiled programs for the next command, in the folder that the variable SURJAX_CACHE names
    (default: surjax/programs in the user's folder of caches; "off" for none)."""

    @classmethod
    def parse(cls: type[Self], arguments: Sequence[str]) -> Self:
        """The command with the flags of these arguments; exits as tyro does on help and on mistakes."""
        return parse(cls, arguments)

    @abstractmethod
    def execute(self) -> dict[str, Any]:
        """Do it; the result is a JSON object. Messages go to stderr."""

    @abstractmethod
    def show(self, result: dict[str, Any], console: "Console") -> None:
        """Print the result for people."""


def parse(cls: type[Self], arguments: Sequence[str], default: Self | None = None, name: str = "") -> Self:
    """Read a command's flags by tyro.

    Args:
        cls: the command.
        arguments: what follows its name.
        default: where the flags that are not given come from; the class's own defaults without it.
        name: what the help calls it, after "surjax"; the class's name without it.
    """
    command = tyro.cli(
        cls,
        prog=f"surjax {name or cls.__name__.lower()}",
        description=help_text(cls),
        args=list(arguments),
        default=default,
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    assert command is not None
    return command


def require_range(flags: Any) -> None:
    """ConfigError where a whole number that was given is none that 64 bits hold, or a seed is below 0."""
    for field in dataclasses.fields(flags):
        value = getattr(flags, field.name)
        if dataclasses.is_dataclass(value):
            require_range(value)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int) and not -(2**63) <= number < 2**63:
                digits = len(str(abs(number)))
                raise ConfigError(
                    f"{field.name} has {digits} digits and must be below 2^63, about 9.2e18, in size."
                )
            if field.name == "seed" and isinstance(number, int) and number < 0:
                raise ConfigError(f"seed is {number} and must be 0 or more.")


def help_text(cls: type[Command]) -> str:
    """A command's docstring, each paragraph on one line for the terminal to break."""
    paragraphs = (cls.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
