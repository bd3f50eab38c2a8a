"""Training by several processes, on one host or on many."""

import jax
import numpy as np

from surjax.errors import ConfigError, RunError


def initialize_distributed(
    coordinator: str | None = None, processes: int | None = None, process: int | None = None
) -> None:
    """Join this process with the others that train the same model; before anything else uses JAX.

    Every process then calls `surjax.fit` with the same arguments and the same data, and gets the same
    model back. The batch is divided over the devices of all of them. Progress is told, and checkpoints
    are written, by the first process alone; the folder of checkpoints must be one that all of them see.

    Args:
        coordinator: host:port of the first process; none of the three where the cluster tells them
            (Slurm, Open MPI, Kubernetes, Cloud TPU).
        processes: how many there are.
        process: which of them this one is, from 0.

    Raises:
        ConfigError: only some of the three are given, no cluster tells them, or JAX is in use already.
        RunError: the others could not be reached.
    """
    given = (coordinator, processes, process)
    if any(one is None for one in given) and any(one is not None for one in given):
        raise ConfigError(
            f"coordinator, processes and process are {coordinator}, {processes} and {process}: give all "
            "three, or none of them where the cluster tells them."
        )
    if processes is not None and process is not None and not 0 <= process < processes:
        raise ConfigError(f"process is {process} of {processes}: number them from 0 to {processes - 1}.")
    try:
        jax.distributed.initialize(coordinator, processes, process)
    except ValueError as error:
        raise ConfigError(
            "no cluster tells this process of the others: give coordinator, processes and process."
        ) from error
    except RuntimeError as error:
        reason = str(error).splitlines()[0].rstrip(".")
        if "before" in reason or "once" in reason:
            raise ConfigError(f"processes are joined before anything else is done ({reason}).") from error
        raise RunError(
            f"the processes at {coordinator} could not be joined ({reason}): start all {processes} of them, "
            "each with the same coordinator."
        ) from error


def first_process() -> bool:
    """Whether this is the only process or the first of several, which tells and writes for all."""
    return jax.process_index() == 0


def agreed(number: float) -> float:
    """The largest of the numbers that the processes have, for what each must decide alike."""
    if jax.process_count() == 1:
        return number
    from jax.experimental.multihost_utils import process_allgather

    return float(process_allgather(np.asarray(number)).max())
