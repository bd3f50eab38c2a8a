"""run.json: what a run is, what it was trained on, how far it came and what it reached."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any, Literal, get_args

from surjax.data.form import Form, ImageForm, form_from_json, form_to_json
from surjax.errors import RunError, SurjaxError
from surjax.files import write_atomically
from surjax.json_text import json_text
from surjax.models.base import ImageModel
from surjax.runs.settings import RunSettings
from surjax.train.augment import cropped_shape

FORMAT = 1
"""The version of the folder's format; a folder of another one is refused."""

RECORD = "run.json"

Status = Literal["training", "interrupted", "failed", "finished"]


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """What run.json holds.

    Attributes:
        settings: all that was chosen.
        form: what an example is: the columns of a table, or the shape and bits of an image.
        fingerprint: of the data's values, so that changed data are noticed; None where they were not at hand.
        status: "training" (or stopped without a word), "interrupted" (by Ctrl-C), "failed" (too many
            steps that were not finite) or "finished".
        result: what training reached; None until there is a model.
        version: of surjax, when the run was started.
    """

    settings: RunSettings
    form: Form
    fingerprint: str | None
    status: Status
    result: dict[str, Any] | None
    version: str

    @property
    def dimensions(self) -> int | None:
        """How many numbers an image, or a crop of it, has that training makes: what its losses in bits/dim
        are of; None for tables."""
        if not isinstance(self.form, ImageForm) or not isinstance(self.settings.model, ImageModel):
            return None
        whole, shape = self.settings.model.dimensions(self.form.shape), self.form.shape
        return whole * math.prod(cropped_shape(shape, self.settings.training.crop)) // math.prod(shape)

    def write(self, folder: Path) -> None:
        """Write it into a run's folder, whole or not at all."""
        content = {
            "format": FORMAT,
            "surjax": self.version,
            "status": self.status,
            **self.settings.to_json(),
            **form_to_json(self.form),
            "fingerprint": self.fingerprint,
            "result": self.result,
        }
        with write_atomically(folder / RECORD) as path:
            path.write_text(json_text(content, indent=1))

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
            content = json.loads(path.read_text(encoding="utf-8"))
            version = content["format"]
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise _damaged(path, error) from error
        if version != FORMAT:
            raise RunError(
                f"{folder} is a run of format {version} and this surjax reads format {FORMAT}: "
                "use the version of surjax that wrote it."
            )
        try:
            if content["status"] not in get_args(Status):
                raise ValueError(f"status {content['status']!r}")
            return cls(
                settings=RunSettings.from_json(content),
                form=form_from_json(content),
                fingerprint=content["fingerprint"],
                status=content["status"],
                result=content["result"],
                version=content["surjax"],
            )
        except SurjaxError as error:
            raise RunError(f"{path} cannot be used, because {str(error).rstrip('.')}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> RunError:
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return RunError(f"{path} is damaged ({reason}): restore it, or train again in another folder.")
