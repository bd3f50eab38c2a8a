"""Runs of models that were trained by another program."""

import dataclasses
import os
from pathlib import Path

from surjax import __version__, serialize
from surjax.data import ImageConfig, ImageForm, absolute_source
from surjax.interop.imported import Imported
from surjax.parameters import count_parameters
from surjax.runs.folder import new_folder, require_free
from surjax.runs.record import RunRecord
from surjax.runs.result import RunResult
from surjax.runs.run import MODEL, Run, describe_model
from surjax.runs.settings import RunSettings


def write_imported(
    folder: str | os.PathLike,
    imported: Imported,
    source: str = "cifar10",
    data: ImageConfig | None = None,
) -> Run:
    """Write a finished run of a model of images.

    Args:
        folder: where the run is to lie.
        imported: the model, as an importer gives it.
        source: the images that it is measured on. They are not read, so they need not be there yet.
        data: how they are read; they are given as many bits as the model takes.

    Raises:
        RunError: the folder is taken.
        SurjaxError: it cannot be written.
    """
    folder, (config, shape, bits, flow, left_out) = Path(folder), imported
    require_free(folder)
    data = dataclasses.replace(data or ImageConfig(), bits=bits)
    settings = RunSettings(config, absolute_source(source), data.recorded(), config.training)
    result = RunResult(stopped="imported", parameters=count_parameters(flow), left_out=list(left_out))
    record = RunRecord(settings, ImageForm(tuple(shape), bits), None, "finished", result, __version__)
    with new_folder(folder):
        serialize.save(flow, folder / MODEL, extra=describe_model(record))
        record.write(folder)
    return Run(folder, record)
