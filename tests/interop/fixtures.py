"""The reference's own runs: NPZ files in the folder that SURJAX_FIXTURES names, known by what they hold."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(
    os.environ.get("SURJAX_FIXTURES") or Path(__file__).parents[2] / ".." / "shared" / "fixtures"
).resolve()

SURVAE, MARSCF = "pooling", "coupling"
"""A system by a setting that it alone has."""

RELATIVE = 1e-6
"""How far a number may be from the reference's."""


LONG = ("marscf_affine", "marscf_mixlogcdf", "survae_poolflow_max_flow")
"""The runs whose programs take longest to compile."""


def fixtures(system, *keys):
    """Parameters for pytest: every file of the system that holds all these arrays; none is a skipped one."""
    paths = [path for path in sorted(FOLDER.glob("*.npz")) if _is_of(path, system, keys)]
    if not paths:
        reason = f"{FOLDER} holds no run of the reference with {', '.join(keys)}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="none")]
    return [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in LONG)) for path in paths
    ]


def config_of(arrays):
    """The settings in a file, under the reference's own names."""
    return json.loads(str(arrays["config"]))


def noise_of(arrays):
    """The noise of a run that scores images."""
    return arrays["noise_0" if "noise_0" in arrays else "noise"]


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=RELATIVE, atol=1e-9)


def _is_of(path, system, keys):
    with np.load(path) as arrays:
        return "config" in arrays and system in config_of(arrays) and set(keys) <= set(arrays.files)
