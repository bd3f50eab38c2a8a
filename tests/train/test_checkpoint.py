import textwrap
import time
from pathlib import Path

import numpy as np
from small import start, train

STEPS = {"steps": 400, "eval_every": 4}
SLOW = textwrap.dedent("""
    import sys, time, small
    from surjax.train import program
    program.STRETCH_SECONDS = 0.0  # a call, and a checkpoint, for every step
    small.train(checkpoints=sys.argv[1], checkpoint_minutes=0, steps=400, eval_every=4)
""")


def newest(folder: Path) -> int:
    return max((int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit()), default=0)


def test_killed_at_any_moment_and_resumed_to_the_same_bits(tmp_path):
    whole, _ = train(**STEPS)
    killed = start(SLOW, str(tmp_path))
    while newest(tmp_path) < 8 and killed.poll() is None:
        time.sleep(0.02)
    time.sleep(0.3)  # into the middle of whatever it is doing then
    killed.kill()
    killed.wait()
    assert newest(tmp_path) >= 8
    resumed, fitted = train(checkpoints=tmp_path, **STEPS)
    assert fitted.history[0].step > 8
    told = len(fitted.history)
    leaves = len(resumed) - told
    for a, b in zip(whole[:leaves] + whole[-told:], resumed, strict=True):
        assert np.array_equal(a, b)
