"""run.json: what a run is, what it was trained on, how far it came and what it reached."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, Literal, get_args

from surjax.data.form import Form
from surjax.errors import RunError, SurjaxError
from surjax.files import cannot_read, write_atomically
from surjax.json_text import json_from_text, json_text, read_json
from surjax.modalities import modality_of
from surjax.runs.result import RunResult
from surjax.runs.settings import RunSettings

FORMAT = 1
"""The version of the folder's format; a folder of another one is refused."""

RECORD = "run.json"

Status = Literal["training", "interrupted", "failed", "finished"]


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """What run.json holds.

    Attributes:
        settings: all that was chosen.
        form: what an example is.
        fingerprint: of the data's values, so that changed data are noticed; None where they were not at hand.
        status: "training" (or stopped without a word), "interrupted" (by Ctrl-C), "failed" (too many
            steps that were not finite) or "finished".
        result: what training reached; empty until there is a model.
        version: of surjax, when the run was started.
    """

    settings: RunSettings
    form: Form
    fingerprint: str | None
    status: Status
    result: RunResult
    version: str

    @property
    def dimensions(self) -> int | None:
        """How many numbers an example, or a crop of it, has that training makes: what its losses in bits/dim
        are of; None where they are told in nats, as those of tables are."""
        model = self.settings.model
        return modality_of(model).dimensions(model, self.form, self.settings.training)

    def write(self, folder: Path) -> None:
        """Write it into a run's folder, whole or not at all."""
        content = {
            "format": FORMAT,
            "surjax": self.version,
            "status": self.status,
            **self.settings.to_json(),
            **self.form.entry(),
            "fingerprint": self.fingerprint,
            "result": self.result.to_json(),
        }
        plain = json_from_text(json_text(content))
        with write_atomically(folder / RECORD) as path:
            path.write_text(json_text({**plain, "sha256": _checksum(plain)}, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "RunRecord":
        """Read it from a run's folder.

        Raises:
            RunError: there is none, it is damaged, of another format, or of a model that is not known.
        """
        if not folder.is_dir():
            raise RunError(f"there is no run folder {folder}: give the folder that `surjax train` wrote.")
        path = folder / RECORD
        if not path.is_file():
            raise RunError(
                f"{folder} holds no {RECORD}, so it is no run: give the folder that `surjax train` wrote."
            )
        try:
            content = read_json(path)
            version = content["format"]
        except OSError as error:
            raise cannot_read(path, error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, error) from error
        if version != FORMAT:
            raise RunError(
                f"{folder} is a run of format {version} and this surjax reads format {FORMAT}: "
                "use the version of surjax that wrote it."
            )
        try:
            checksum = content.pop("sha256", None)  # early records have none
            if content["status"] not in get_args(Status):
                raise ValueError(f"status {content['status']!r}")
            if not isinstance(content["fingerprint"], str | None) or not isinstance(content["surjax"], str):
                raise TypeError("the fingerprint or the version is no text")
            settings = RunSettings.from_json(content)
            record = cls(
                settings=settings,
                form=settings.model.form.from_entry(content),
                fingerprint=content["fingerprint"],
                status=content["status"],
                result=RunResult.from_json(content["result"]),
                version=content["surjax"],
            )
        except SurjaxError as error:
            raise RunError(f"{path} cannot be used, because {str(error).rstrip('.')}.") from error
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise _damaged(path, error) from error
        if checksum is not None and checksum != _checksum(content):
            raise _damaged(path, ValueError("it is not what was written"))
        return record


def _checksum(content: dict[str, Any]) -> str:
    """Of what run.json says, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _damaged(path: Path, error: Exception) -> RunError:
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return RunError(f"{path} is damaged ({reason}): restore it, or train again in another folder.")
