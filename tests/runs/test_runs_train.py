import dataclasses
from pathlib import Path

import jax
import numpy as np
import pytest

import surjax as sx
from surjax.data import TableConfig, TableForm
from surjax.errors import RunError
from surjax.models.absflow import AbsFlow
from surjax.runs import Run, RunSettings, train_run
from surjax.train import TrainConfig

# what the tests share is made once, by one worker
pytestmark = pytest.mark.xdist_group("runs")

SETTINGS = RunSettings(
    AbsFlow(marginal_bins=6, num_bins=4, hidden=(8,), num_blobs=4),
    "four_circles",
    TableConfig(rows=300),
    TrainConfig(steps=12, eval_every=3, batch_size=32, warmup_steps=2, schedule="cosine", clip_norm=1.0),
)


def interrupt(at: int):
    def on_progress(progress):
        if progress.step == at:
            raise KeyboardInterrupt

    return on_progress


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    return train_run(SETTINGS, tmp_path_factory.mktemp("whole") / "run")


def test_a_model_that_starts_at_the_data_resumes_to_the_same_bits(whole, tmp_path):
    """AbsFlow's Gaussianize is initialised from the data before a checkpoint is restored."""
    run = train_run(SETTINGS, tmp_path / "run", on_progress=interrupt(6))
    assert run.record.status == "interrupted"
    assert (run.record.result.stopped, run.record.result.step) == ("interrupted", 6)
    again = train_run(SETTINGS, tmp_path / "run", resume=True)
    ours, theirs = (jax.tree.leaves(r.flow()) for r in (again, whole))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert again.record.result.test == whole.record.result.test


def test_an_opened_run_gives_back_what_was_trained(whole):
    run = Run.open(whole.folder)
    assert run.record == whole.record
    assert run.record.settings == SETTINGS
    assert run.name == "absflow on four_circles"
    assert run.require(TableForm).planar
    assert not run.record.form.discrete
    x = run.splits().part("test").values
    score = float(np.asarray(run.flow().log_prob(x), np.float64).mean())
    assert run.record.result.test["log_likelihood_nats"] == pytest.approx(score, rel=1e-6)
    assert np.array_equal(sx.load(whole.folder / "model").log_prob(x), run.flow().log_prob(x))


def test_a_table_can_be_read_as_the_models(whole, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("x1,x0\n1.0,2.0\n")
    assert whole.load(str(path)).values.tolist() == [[2.0, 1.0]]


def test_a_folder_is_never_overwritten(whole, tmp_path):
    before = sorted(whole.folder.rglob("*"))
    with pytest.raises(RunError, match="holds a run already"):
        train_run(SETTINGS, whole.folder)
    other = dataclasses.replace(SETTINGS, training=dataclasses.replace(SETTINGS.training, seed=5))
    with pytest.raises(RunError, match=r"seed 0 \(now 5\)"):
        train_run(other, whole.folder, resume=True)
    assert sorted(whole.folder.rglob("*")) == before
    with pytest.raises(RunError, match="there is no run folder"):
        train_run(SETTINGS, tmp_path / "gone", resume=True)
    assert not Path(tmp_path / "gone").exists()


def test_a_run_that_was_killed_at_the_very_end_finishes(whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("surjax.runs.train.measure_test", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            train_run(SETTINGS, tmp_path / "run")
    assert Run.open(tmp_path / "run").record.status == "training"
    run = train_run(SETTINGS, tmp_path / "run", resume=True)
    assert run.record.status == "finished"
    for name in ("step", "best_validation_loss", "test"):
        assert getattr(run.record.result, name) == getattr(whole.record.result, name)
