import socket
import textwrap

import jax
import numpy as np
import pytest
from small import finish, start, train

from surjax.errors import ConfigError
from surjax.train.distributed import agreed, first_process, initialize_distributed

PROCESS = textwrap.dedent("""
    import sys, numpy as np
    from surjax.train import initialize_distributed

    coordinator, process, out = sys.argv[1:]
    initialize_distributed(coordinator, 2, int(process))
    import jax, small

    assert (jax.process_count(), len(jax.devices()), len(jax.local_devices())) == (2, 2, 1)
    told = []
    numbers, fitted = small.train(
        checkpoints=out + "/run", callbacks=[told.append], checkpoint_minutes=0, device_gib=0
    )
    assert fitted.stopped == "steps"
    assert bool(told) == (process == "0")
    np.savez(f"{out}/{process}.npz", *numbers)
""")


def test_two_processes_give_what_one_gives(tmp_path):
    """They stream the data, which one has on its device."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        coordinator = f"localhost:{free.getsockname()[1]}"
    processes = [start(PROCESS, coordinator, str(i), str(tmp_path)) for i in range(2)]
    for process in processes:
        finish(process)
    alone, _ = train()
    first, second = (list(np.load(tmp_path / f"{i}.npz").values()) for i in range(2))
    for a, b, c in zip(first, second, alone, strict=True):
        np.testing.assert_array_equal(a, b)  # the step before the first has no training loss: NaN
        np.testing.assert_allclose(a, c, rtol=1e-4)
    resumed, fitted = train(checkpoints=tmp_path / "run")  # by one process, what two have finished
    assert (fitted.step, fitted.compile_seconds) == (12, 0)
    np.testing.assert_array_equal(resumed[0], first[0])


def test_one_process_agrees_with_itself():
    assert agreed(3.5) == 3.5
    assert first_process()


def test_wrong_arguments_are_told():
    with pytest.raises(ConfigError, match="localhost:1, None and 0: give all three"):
        initialize_distributed("localhost:1", None, 0)
    with pytest.raises(ConfigError, match="process is 2 of 2: number them from 0 to 1"):
        initialize_distributed("localhost:1", 2, 2)
    jax.devices()
    with pytest.raises(ConfigError, match="before anything else"):
        initialize_distributed("localhost:1", 2, 0)
