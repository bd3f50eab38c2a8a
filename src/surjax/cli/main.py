"""The entry point: finds the command, and turns every mistake into one sentence and an exit status.

0    done
1    the reader of the output went away
2    a mistake in what was given, or a training that could not go on (SurjaxError)
130  stopped by Ctrl-C
143  stopped by SIGTERM, with as much saved as at Ctrl-C
"""

import gc
import importlib
import itertools
import keyword
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from surjax import __version__
from surjax.cli.command import Command, Interrupted, require_range
from surjax.cli.output import print_commands, print_result
from surjax.errors import ConfigError, SurjaxError
from surjax.interrupt import Terminated, ended_by_signals
from surjax.kept_programs import ENVIRONMENT, default_folder

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("Demo", "Train AbsFlow on four circles and draw what it learned."),
    "train": ("Train", "Train a model on a data set, into a run folder."),
    "evaluate": ("Evaluate", "Measure the log-likelihood of a run on its data."),
    "score": ("Score", "Write the log-likelihood of every row of a data set."),
    "sample": ("Sample", "Draw samples from a run's model, as a table or a picture."),
    "superresolve": ("Superresolve", "Draw larger images of which the given ones are the small ones."),
    "interpolate": ("Interpolate", "Draw paths between images through the latent space of a run's model."),
    "reconstruct": (
        "Reconstruct",
        "Encode images of a run's data, decode them again, and tell the largest error.",
    ),
    "fid": ("Fid", "Measure the FID and the Inception score of samples of a run's model."),
    "density": ("Density", "Draw the density of a run's model."),
    "cite": ("Cite", "Print BibTeX of the works that a run is built on."),
    "assemble": ("Assemble", "Put stages that were trained apart together into one model, as a new run."),
    "import": ("Import", "Make a run of a checkpoint that another project wrote."),
    "reproduce": ("Reproduce", "Run a published study again."),
    "models": ("Models", "List the models."),
    "datasets": ("Datasets", "List the data sets that have a name."),
}
"""Each command's class, in the module of its name (import_ for import), and the first line of its help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is what comes back.

    Args:
        argv: the arguments after the program's name; those of the process without it.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(50_000, 20, 100)  # JAX traces with many objects: to look through them costs a tenth
    with ended_by_signals(), warnings.catch_warnings():
        warnings.showwarning = _show_warning
        return _status(arguments)


def _status(arguments: list[str]) -> int:  # noqa: PLR0911
    """Run a command, and tell how it ended."""
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except SurjaxError as error:
        return _say(str(error), 2)
    except Interrupted as error:
        return _stopped(str(error))
    except KeyboardInterrupt:
        return _stopped("stopped by Ctrl-C.")
    except BrokenPipeError:  # as in `surjax models | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # a name that is too long, a disk that is full: no bug, wherever it is met
        name = "a file" if error.filename is None else str(error.filename)[:200]
        return _say(f"the operating system refuses {name}: {error.strerror or error}.", 2)
    except SystemExit as end:  # tyro's, after help or a usage error
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help"):
        print_commands({command: summary for command, (_, summary) in COMMANDS.items()})
    elif name in ("-V", "--version"):
        print(f"surjax {__version__}")
    else:
        command_class = find(name)
        _use_plugins(arguments[1:])  # before the flags are read, as a plugin's model has flags of its own
        command = command_class.parse(arguments[1:])
        require_range(command)
        _keep_programs(command)
        print_result(command, command.execute())
    return 0


def _use_plugins(arguments: Sequence[str]) -> None:
    """Import what each --plugin NAME or --plugin=NAME names."""
    names = [word.removeprefix("--plugin=") for word in arguments if word.startswith("--plugin=")]
    names += [after for word, after in itertools.pairwise(arguments) if word == "--plugin"]
    if names:
        from surjax.plugins import use_plugin

        for plugin in names:
            use_plugin(plugin)


def _keep_programs(command: Command) -> None:
    """Say where compiled programs are kept, before JAX is imported."""
    if command.compile_cache:
        os.environ.setdefault(ENVIRONMENT, str(default_folder()))
    else:
        os.environ[ENVIRONMENT] = "off"


def find(name: str) -> type[Command]:
    """The class of a command, or ConfigError where there is none of that name."""
    if name not in COMMANDS:
        raise ConfigError(f"there is no command {name!r}: the commands are {', '.join(COMMANDS)}.")
    module = importlib.import_module(f"surjax.cli.{name}{'_' * keyword.iskeyword(name)}")
    return getattr(module, COMMANDS[name][0])


def _stopped(message: str) -> int:
    """Tell what was said of Ctrl-C, or of SIGTERM where it was that."""
    if Terminated.came:
        return _say(message.replace("Ctrl-C", "SIGTERM", 1), 143)
    return _say(message, 130)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: Any = None,
) -> None:
    """Tell a remark of surjax's own in a line; what is for developers looks as ever."""
    if category is UserWarning:
        print(f"surjax: {message}", file=sys.stderr)
    else:
        print(warnings.formatwarning(message, category, filename, lineno, line), file=sys.stderr, end="")


def _say(message: str, status: int) -> int:
    print(f"surjax: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
