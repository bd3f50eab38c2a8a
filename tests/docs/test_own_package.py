"""The package of docs/extend.md, installed, and used by commands and in new processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "extend.md"


def files() -> dict[str, str]:
    """The files that the page shows, by their names."""
    found = re.findall(r"^`([\w/]+\.\w+)`:\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The environment of a process in which the package is installed."""
    folder = tmp_path_factory.mktemp("signals")
    for name, text in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    site = folder / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*pip, "--target", site, folder], check=True, capture_output=True)
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return folder, {**os.environ, "PYTHONPATH": path}


def run(installed, *argv, **options) -> str:
    folder, environment = installed
    done = subprocess.run(
        [sys.executable, *map(str, argv)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_shows_a_whole_package():
    assert len(files()) == 6


@pytest.mark.slow
def test_its_parts_obey_the_laws(installed):
    told = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", installed[0], "tests")
    assert int(re.search(r"(\d+) passed", told)[1]) >= 30


@pytest.mark.slow
def test_its_model_is_trained_saved_loaded_and_sampled(installed):
    folder, _ = installed
    surjax = ("-m", "surjax.cli.main")
    listed = run(installed, *surjax, "models") + run(installed, *surjax, "datasets")
    assert "means of pairs, heavy tails tamed" in listed
    assert "echoes" in listed
    run(installed, *surjax, "train", "signals", "echoes", "--hidden", 8, "--steps", 40, "--out", "run")
    run(installed, *surjax, "sample", "run", "-n", 7, "--out", "samples.csv")
    assert pd.read_csv(folder / "samples.csv").shape == (7, 4)
    run(installed, *surjax, "score", "run", "echoes", "--out", "scores.npy")
    assert np.isfinite(np.load(folder / "scores.npy")).all()
    loading = "import surjax; print(type(surjax.load('run/model').base).__module__)"
    assert run(installed, "-c", loading).strip() == "signals.parts"
    without = "import sys; sys.path[:] = [p for p in sys.path if not p.endswith('site')]; " + loading
    with pytest.raises(AssertionError, match=r"is a signals.Gumbel, which is not known here"):
        run(installed, "-c", without)
