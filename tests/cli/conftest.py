"""Runs that the tests of the commands share: each is trained once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import TINY, tree

from surjax.cli.main import main


@pytest.fixture
def surjax(capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run a command in a folder of its own: (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(word) for word in argv])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def refused(surjax: Callable, tmp_path: Path) -> Callable:
    """Run a command that must fail: one sentence, status 2, nothing written. Gives the sentence.

    Only a training that had begun may have told of its progress before.
    """

    def run(*argv: object) -> str:
        before = tree(tmp_path)
        status, out, err = surjax(*argv)
        assert (status, out) == (2, "")
        *progress, sentence = err.splitlines()
        assert sentence.startswith("surjax: ")
        assert all(" steps/s  " in line for line in progress)
        assert tree(tmp_path) == before
        return sentence

    return run


def _train(folder: Path, *argv: str) -> Path:
    assert main(["train", *argv, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def toy_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a toy density."""
    folder = tmp_path_factory.mktemp("toy") / "run"
    return _train(folder, "baseline", "two_moons", "--rows", "600", *TINY)


@pytest.fixture(scope="session")
def table_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV with a numeric, an integer and a categorical column."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "height": random.normal(170, 9, 200).round(3),
            "children": random.poisson(1.5, 200),
            "pet": random.choice(["cat", "dog", "none"], 200),
        }
    )
    path = tmp_path_factory.mktemp("table") / "people.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def table_run(tmp_path_factory: pytest.TempPathFactory, table_file: Path) -> Path:
    """A run on that table."""
    folder = tmp_path_factory.mktemp("people") / "run"
    return _train(folder, "baseline", str(table_file), *TINY)


@pytest.fixture
def own(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a run that a test may spoil."""
    return lambda run: Path(shutil.copytree(run, tmp_path / "own"))
