"""What to change where a training does not fit into the memory."""

from surjax.data import Splits
from surjax.flow import Flow
from surjax.memory import available_memory
from surjax.modalities import modality_of
from surjax.runs.settings import RunSettings
from surjax.train.fitting_batch import fitting_batch


def how_to_save_memory(settings: RunSettings, flow: Flow, splits: Splits) -> str:
    """One sentence that names the flags, and the largest batch that fits where that can be measured.

    Args:
        settings: of the run.
        flow: its model, as it was built.
        splits: what it is trained on.
    """
    training, rows = settings.training, splits.train.values
    validation = 0 if splits.validation is None else splits.validation.values.nbytes
    held = validation + (0 if training.streams(rows.nbytes) else rows.nbytes)
    try:
        large = modality_of(settings.model).large
        fitting = fitting_batch(flow, rows, training, available_memory(), held, large)
    except Exception:  # whatever keeps XLA from telling: the sentence about the memory matters more
        fitting = None
    batch, parts = training.batch_size, training.accumulate
    steps = f"training with batch_size {batch} and accumulate {parts} on examples of "
    steps += "×".join(map(str, flow.shape))
    if fitting is None:
        options = _batches(2 * parts, max(1, batch // 2)) + _model_options(settings)
        return f"{steps} does not fit, so try {', or '.join(options)}."
    told = f"{steps} takes about {_size(fitting.needed)} and there are {_size(fitting.available)}"
    options = _batches(fitting.accumulate, fitting.batch_size)
    if not options:
        options = [*_model_options(settings), "a smaller model"]
        return f"{told}; not even one example at once fits, so try {', or '.join(options)}."
    return f"{told}, so try {', or '.join(options + _model_options(settings))}."


def _batches(accumulate: int | None, batch_size: int | None) -> list[str]:
    options = [] if batch_size is None else [f"--batch-size {batch_size}"]
    if accumulate is not None:
        options.append(f"--accumulate {accumulate}, which lets the same batch through in {accumulate} parts")
    return options


def _model_options(settings: RunSettings) -> list[str]:
    """The fields of the model that save memory and are not set so."""
    options = []
    if getattr(settings.model, "remat", None) is False:
        options.append("--remat, which computes the inside of the networks twice")
    if getattr(settings.model, "compute_dtype", None) == "float32":
        options.append("--compute-dtype bfloat16, which halves the inside of the networks")
    return options


def _size(bytes_: float) -> str:
    return f"{bytes_ / 1e9:.1f} GB" if bytes_ >= 1e9 else f"{bytes_ / 1e6:.1f} MB"
