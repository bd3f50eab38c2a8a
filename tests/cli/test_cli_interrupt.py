"""Ctrl-C in the commands that train without a run's folder."""

import json
import os
import signal
from pathlib import Path

import pytest

from surjax.cli.progress import TrainingProgress
from surjax.models.absflow import AbsFlow
from surjax.studies.toy import STUDY, Entry


@pytest.fixture
def press(monkeypatch):
    """Press Ctrl-C at the first report of the training of that title."""
    tell = TrainingProgress.__call__

    def at(title):
        def call(self, progress):
            tell(self, progress)
            if self._title == title:
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(TrainingProgress, "__call__", call)

    return at


def test_demo_draws_nothing(surjax, press, monkeypatch):
    small = AbsFlow(marginal_bins=6, num_bins=4, hidden=(8,), num_blobs=4)
    monkeypatch.setitem(STUDY["four_circles"], "absflow", Entry(small, 0.0))
    press("absflow on four_circles")
    status, out, err = surjax("demo", "--points", 500, "--steps", 10**6)
    assert (status, out) == (130, "")
    assert err.splitlines()[-1] == "surjax: stopped by Ctrl-C; nothing was drawn."
    assert not Path("demo.png").exists()


def test_the_toy_study_writes_no_row_and_says_how_to_go_on(surjax, press):
    argv = ["reproduce", "toy", "--sets", "corners", "--models", "absflow-paper", "--points", "200"]
    press("absflow-paper on corners")
    status, out, err = surjax(*argv, "--steps", 10**6, "--out", "study")
    assert (status, out) == (130, "")
    assert err.splitlines()[-1].endswith("what was trained is saved, the same command goes on.")
    assert not Path("study/results.json").exists()
    (run,) = Path("study/runs").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == "interrupted"
