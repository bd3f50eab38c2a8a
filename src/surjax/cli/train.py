"""surjax train MODEL DATA."""

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from surjax.cli.command import Command, Interrupted, help_text, parse
from surjax.cli.output import messages, stdout_to_stderr
from surjax.cli.progress import TrainingProgress
from surjax.cli.report import show_budget, show_likelihood
from surjax.data import DataConfig, absolute_source
from surjax.errors import ConfigError
from surjax.modalities import modality_of
from surjax.models import find, known_models
from surjax.models.base import ModelConfig, preset
from surjax.runs import Run, RunSettings, resume_command, train_run
from surjax.runs.record import RECORD
from surjax.train import TrainConfig

if TYPE_CHECKING:
    from rich.console import Console

_USAGE = "surjax train MODEL DATA [flags]"
_FLAT = tyro.conf.arg(name="")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Train(Command):
    """Train a model on a data set, into a run folder.

    DATA is the name of a data set (see `surjax datasets`) or a path: for a model of tables that of a .csv,
    .tsv, .parquet, .npy or .npz file, for a model of images that of a folder of image files or of an .npy or
    .npz. The defaults are the model's published settings, or those of a smaller preset. Ctrl-C saves the
    state; the same command with --resume goes on from there, or from the last checkpoint of a process that
    was killed.
    """

    source: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="DATA")]] = ""
    """A data set's name, or a file; not needed where --out names a run to --resume."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="RUN")] = None
    """The folder of the run (default: runs/MODEL-DATA)."""
    resume: bool = False
    """Go on with the run in that folder, with the settings that it was started with."""
    preset: str = "paper"
    """Which settings to start from: paper, or where the model has them small (for two cores) and tiny."""
    tensorboard: bool = False
    """Write event files for TensorBoard into the run's folder too (needs surjax[tensorboard])."""
    distributed: bool = False
    """Train with other processes, each started with the same command; the batch is divided among all of
    their devices. Where no cluster tells them of each other, give the three flags that follow."""
    coordinator: str | None = None
    """host:port of the first process."""
    processes: int | None = None
    """How many there are."""
    process: int | None = None
    """Which of them this one is, from 0."""
    model: Annotated[ModelConfig, _FLAT]
    data: Annotated[DataConfig, _FLAT]
    training: Annotated[TrainConfig, _FLAT]

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> "Train":
        """The model's name decides which flags there are, so it is read first."""
        name, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
        if name in ("-h", "--help"):
            _print_help()
            raise SystemExit(0 if arguments else 2)
        if name.startswith("-"):
            raise ConfigError(f"the model comes before the flags: {_USAGE}.")
        model = find(name)()
        blank = _blank(model, modality_of(model).data(), model.training)
        given = parse(cls, rest, blank, f"train {name}")
        if not given.source and not (given.resume and given.out):
            raise ConfigError(f"say what to train on: {_USAGE}.")
        default = given._defaults()
        return given if default == blank else parse(cls, rest, default, f"train {name}")

    def _defaults(self) -> "Train":
        """What flags mean that are not given: the settings of the run that is resumed, or the model's."""
        kind = type(self.model)
        if not self.resume:
            published = kind()
            fields = {f.name: getattr(self.model, f.name) for f in dataclasses.fields(kind)}
            chosen = {name: value for name, value in fields.items() if value != getattr(published, name)}
            model, training = preset(kind, self.preset, **chosen)  # a training may follow from the model
            changed = kind.presets[self.preset].data if self.preset in kind.presets else {}
            data = dataclasses.replace(modality_of(kind).data(), **changed)
            return _blank(model, data, training, preset=self.preset)
        begun = Run.open(self.folder).record.settings
        if type(begun.model) is not type(self.model):
            raise ConfigError(
                f"{self.folder} is a run of {begun.model.name}, so it cannot go on as {self.model.name}: "
                f"say `surjax train {begun.model.name} …`."
            )
        return _blank(begun.model, begun.data, begun.training, begun.source, begun.preset)

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return self.out or Path("runs") / f"{self.model.name}-{Path(self.source).stem}"

    def execute(self) -> dict[str, Any]:
        """Train, with a bar on stderr."""
        with stdout_to_stderr() if self.distributed else contextlib.nullcontext():
            return self._execute()

    def _execute(self) -> dict[str, Any]:
        self._join()
        import jax.numpy as jnp

        settings = RunSettings(
            self.model,
            absolute_source(self.source),
            self.data.recorded(),
            self.training,
            str(jnp.result_type(float)),
            self.preset,
        )
        try:
            title = f"{self.model.name} on {Path(self.source).stem}"
            with TrainingProgress(title, self.training.minutes) as progress:
                run = train_run(
                    settings,
                    self.folder,
                    resume=self.resume,
                    tensorboard=self.tensorboard,
                    on_begin=progress.begin,
                    on_progress=progress,
                    on_measure=progress.measure,
                    on_budget=lambda shares: show_budget([s._asdict() for s in shares], messages()),
                )
        except KeyboardInterrupt:
            raise Interrupted(_how_to_go_on(self.folder)) from None
        if run.record.status == "interrupted":
            raise Interrupted(_how_to_go_on(self.folder))
        return {"run": str(run.folder), **(run.record.result.to_json() or {})}

    def _join(self) -> None:
        """Join the other processes, where this is one of several."""
        places = (self.coordinator, self.processes, self.process)
        if self.distributed:
            from surjax.train import initialize_distributed

            initialize_distributed(*places)
        elif any(place is not None for place in places):
            raise ConfigError(
                "--coordinator, --processes and --process are of a training by several processes: say "
                "--distributed too, or leave them out."
            )

    def show(self, result: dict[str, Any], console: "Console") -> None:
        """The test log-likelihood, and where the run lies."""
        if "step" not in result:
            console.print("trained along; the first process tells the result.")
            return
        seconds = f"{result['compile_seconds']:.1f} s to compile and {result['train_seconds']:.1f} s to train"
        console.print(f"trained {result['parameters']:,} parameters for {result['step']} steps; {seconds}")
        if "test" in result:
            show_likelihood(result["test"], console)
        console.print(f"{'run':<15} {result['run']}", markup=False)


def _blank(
    model: ModelConfig, data: DataConfig, training: TrainConfig, source: str = "", preset: str = "paper"
) -> Train:
    """The command before its flags are read."""
    return Train(source=source, preset=preset, model=model, data=data, training=training)


def _how_to_go_on(folder: Path) -> str:
    if (folder / RECORD).exists():
        return f"stopped by Ctrl-C; the state is saved, go on with `{resume_command(Run.open(folder))}`."
    return "stopped by Ctrl-C before the first step, so nothing was saved."


def _print_help() -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(f"usage: {_USAGE}\n\n{help_text(Train)}\n", markup=False)
    for name, model in known_models().items():
        console.print(f"  {name:<18} {model.summary}", markup=False, soft_wrap=True)
    console.print(
        "\n`surjax train MODEL --help` tells the flags of a model and of its training.", markup=False
    )
