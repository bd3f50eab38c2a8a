"""`surjax train --distributed`, as two processes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

TRAIN = ["train", "tiny-image", "digits-images", "--plugin", "tiny_image_model"]
TRAIN += ["--steps", "4", "--test-rows", "20", "--json"]
TESTS = Path(__file__).parents[1]


def start(tmp_path, *flags):
    argv = [sys.executable, "-m", "surjax.cli.main", *TRAIN, *flags]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(argv, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, **pipes)


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.slow
def test_two_processes_train_one_run_and_the_first_of_them_tells(tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        together = [
            "--distributed",
            "--coordinator",
            f"localhost:{free.getsockname()[1]}",
            "--processes",
            "2",
        ]
    processes = [start(tmp_path, *together, "--process", str(i), "--out", "two") for i in range(2)]
    first, second = [finish(process) for process in processes]
    alone = finish(start(tmp_path, "--out", "one"))
    assert second == {"run": "two"}
    assert first["step"] == alone["step"] == 4
    assert abs(first["test"]["bits_per_dim"] - alone["test"]["bits_per_dim"]) < 1e-3
    weights, expected = (
        load_file(tmp_path / run / "model" / "weights.safetensors") for run in ("two", "one")
    )
    for name in expected:
        np.testing.assert_allclose(weights[name], expected[name], rtol=1e-3, atol=1e-5)
