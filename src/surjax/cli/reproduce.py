"""surjax reproduce STUDY."""

import dataclasses
import importlib
from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from surjax.cli.command import Command, help_text, parse
from surjax.errors import ConfigError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reproduce(Command, ABC):
    """Run a published study again.

    Each study has its own flags.
    """

    STUDIES: ClassVar[dict[str, tuple[str, str]]] = {
        "toy": ("ReproduceToy", "AbsFlow on four symmetric 2-D densities (Nielsen et al. 2020)."),
        "pooling": ("ReproducePooling", "RealNVP, Glow, Flow++, Baseline and MaxPoolFlow on CIFAR-10."),
        "marscf": ("ReproduceMarSCF", "mAR-SCF with and without its autoregressive priors on CIFAR-10."),
        "pronf": ("ReproduceProNF", "ProNF, a progressive flow, stage by stage on CIFAR-10."),
        "inference": ("ReproduceInference", "Posteriors of four simulators, held against the true ones."),
    }
    """Each study's class, in the module reproduce_NAME, and the first line of its help."""

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> "Reproduce":
        """The study's name decides which flags there are, so it is read first."""
        name, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
        if name in ("-h", "--help"):
            cls._print_help()
            raise SystemExit(0 if arguments else 2)
        if name not in cls.STUDIES:
            raise ConfigError(f"there is no study {name!r}: choose one of {', '.join(cls.STUDIES)}.")
        module = importlib.import_module(f"surjax.cli.reproduce_{name}")
        return parse(getattr(module, cls.STUDIES[name][0]), rest, name=f"reproduce {name}")

    @classmethod
    def _print_help(cls) -> None:
        print(f"usage: surjax reproduce STUDY [flags]\n\n{help_text(Reproduce)}\n")
        for name, (_, summary) in cls.STUDIES.items():
            print(f"  {name:<10} {summary}")
        print("\n`surjax reproduce STUDY --help` tells the flags of a study.")
