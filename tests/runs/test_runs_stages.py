import dataclasses
import json
import math

import jax
import numpy as np
import pytest

from surjax.data import ImageConfig
from surjax.errors import ConfigError, DataError, RunError
from surjax.models.stages import stages_of
from surjax.runs import Run, RunResult, RunSettings, assemble, train_run
from surjax.runs.stage_budget import LEAST_SHARE, Trial, divide, trial_of
from surjax.train import TrainConfig
from tiny_image_model import TinyImageModel, TinyStagedModel

# what the tests share is made once, by one worker
pytestmark = [
    *(pytest.mark.usefixtures("tiny_models"), pytest.mark.xdist_group("runs of stages")),
    pytest.mark.slow,
]

MODEL = TinyStagedModel()
SETTINGS = RunSettings(
    MODEL, "digits-images", ImageConfig(rows=200, bits=4, test_rows=20), dataclasses.replace(MODEL.training)
)
STAGES = (8, 4, 2)


@pytest.fixture(scope="module")
def whole(tiny_models, tmp_path_factory):
    return train_run(SETTINGS, tmp_path_factory.mktemp("whole") / "run")


@pytest.fixture(scope="module")
def alone(tiny_models, tmp_path_factory):
    """A run of each stage, trained apart."""
    folder = tmp_path_factory.mktemp("alone")
    return {stage: train_run(of_stage(stage), folder / str(stage)) for stage in STAGES}


def of_stage(stage, **changes):
    settings = dataclasses.replace(SETTINGS, model=dataclasses.replace(MODEL, stage=stage))
    return dataclasses.replace(settings, **changes)


def same(ours, theirs):
    pairs = zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_the_whole_is_its_stages_and_what_it_tells_adds_up(whole):
    result = whole.record.result
    assert whole.record.status == "finished"
    assert (result.step, [stage["step"] for stage in result.stages]) == (24, [8, 8, 8])
    test = result.test
    bits = [stage["bits"] for stage in test["stages"]]
    assert [stage["stage"] for stage in test["stages"]] == list(STAGES)
    assert sum(bits) == pytest.approx(test["nll_nats"] / math.log(2))
    assert test["bits_per_dim"] == pytest.approx(sum(bits) / 64)
    assert [stage["stage_bits_per_dim"] for stage in test["stages"]] == pytest.approx(
        [bits[0] / 64, bits[1] / 16, bits[2] / 4]
    )
    assert [stage["bits_per_new_number"] for stage in test["stages"]] == pytest.approx(
        [bits[0] / 48, bits[1] / 12, bits[2] / 4]
    )
    assert sum(stage["share"] for stage in test["stages"]) == pytest.approx(1)
    for name in ("curve.png", "samples.png"):
        assert (whole.folder / name).stat().st_size > 0


def test_a_stage_alone_is_the_stage_of_the_whole_and_has_no_bits_per_dim(whole, alone):
    for i, stage in enumerate(STAGES):
        assert same(stages_of(alone[stage].flow())[i], stages_of(whole.flow())[i])
        test = alone[stage].record.result.test
        assert test["bits_per_dim"] is None
        (told,) = test["stages"]
        assert told["bits"] == pytest.approx(whole.record.result.test["stages"][i]["bits"], rel=1e-6)
        assert told["share"] is None
        assert (alone[stage].folder / "samples.png").stat().st_size > 0
    lines = (alone[4].folder / "metrics.jsonl").read_text().splitlines()
    line = json.loads(lines[-1])
    assert line["validation_bits_per_dim"] == pytest.approx(line["validation_loss"] / (16 * math.log(2)))


def test_stages_that_were_trained_apart_make_the_same_model(whole, alone, tmp_path):
    run = assemble(list(alone.values()), tmp_path / "run")
    assert same(run.flow(), whole.flow())
    assert Run.open(tmp_path / "run").record == run.record
    reseeded = of_stage(4, training=dataclasses.replace(SETTINGS.training, seed=1))
    other = train_run(reseeded, tmp_path / "other")
    mixed = assemble([whole, other], tmp_path / "mixed").flow()
    from_other = stages_of(other.flow())[1]
    assert same(stages_of(mixed)[1], from_other)
    assert not same(from_other, stages_of(whole.flow())[1])
    assert same(stages_of(mixed)[0], stages_of(whole.flow())[0])


def test_stages_that_do_not_fit_are_not_put_together(alone, tmp_path):
    def refused(runs, sentence):
        with pytest.raises(RunError, match=sentence):
            assemble(runs, tmp_path / "run")
        assert not (tmp_path / "run").exists()

    refused([alone[8], alone[2]], "no run of the stage 4: give runs of all, 8, 4, 2")
    nearest = dataclasses.replace(MODEL, stage=4, pyramid="nearest")
    others = {
        "pyramid nearest .there mean": dataclasses.replace(SETTINGS, model=nearest),
        "bits 3 .there 4": of_stage(4, data=dataclasses.replace(SETTINGS.data, bits=3)),
        "rows 150 .there 200": of_stage(4, data=dataclasses.replace(SETTINGS.data, rows=150)),
    }
    for sentence, settings in others.items():
        run = train_run(settings, tmp_path / sentence[:4])
        refused([alone[8], run, alone[2]], sentence)
    plain = RunSettings(TinyImageModel(), SETTINGS.source, SETTINGS.data, TrainConfig(steps=1))
    refused([alone[8], train_run(plain, tmp_path / "plain")], "tiny-image, which has no stages")
    with pytest.raises(RunError, match="holds a run already"):
        assemble(list(alone.values()), alone[8].folder)


def test_a_run_that_was_stopped_in_a_stage_goes_on_to_the_same_numbers(whole, tmp_path):
    def stop(progress):
        if (progress.part, progress.step) == ("stage 4", 4):
            raise KeyboardInterrupt

    run = train_run(SETTINGS, tmp_path / "run", on_progress=stop)
    assert run.record.status == "interrupted"
    with pytest.raises(RunError, match="holds no model yet"):
        run.flow()
    trained = []
    again = train_run(
        SETTINGS, tmp_path / "run", resume=True, on_progress=lambda p: trained.append((p.part, p.step))
    )
    assert same(again.flow(), whole.flow())
    assert again.record.result.test == whole.record.result.test
    assert trained[0][0] == "stage 4"  # the stage before it was finished
    trained.clear()
    train_run(SETTINGS, tmp_path / "run", resume=True, on_progress=trained.append)
    assert not trained


def test_a_run_that_was_stopped_in_a_trial_leaves_nothing(tmp_path):
    def stop(progress):
        if progress.part == "stage 4, a trial":
            raise KeyboardInterrupt

    training = dataclasses.replace(SETTINGS.training, minutes=0.05)
    with pytest.raises(KeyboardInterrupt):
        train_run(dataclasses.replace(SETTINGS, training=training), tmp_path / "run", on_progress=stop)
    assert not (tmp_path / "run").exists()


def test_minutes_are_divided_once_and_the_budget_is_kept(tmp_path):
    training = dataclasses.replace(SETTINGS.training, minutes=0.05)
    settings = dataclasses.replace(SETTINGS, training=training)
    told = []
    run = train_run(settings, tmp_path / "run", on_budget=told.extend)
    budget = json.loads((tmp_path / "run" / "budget.json").read_text())
    assert [share["stage"] for share in budget["stages"]] == list(STAGES)
    assert sum(share["minutes"] for share in budget["stages"]) == pytest.approx(0.05 * 0.96)
    assert run.record.result.budget == budget["stages"] == [share._asdict() for share in told]
    steps = {stage["stage"]: stage["step"] for stage in run.record.result.stages}
    assert steps == {share["stage"]: share["steps"] for share in budget["stages"]}
    more = dataclasses.replace(settings, training=dataclasses.replace(training, minutes=1.0))
    record = dataclasses.replace(run.record, status="interrupted", result=RunResult(stopped="interrupted"))
    record.write(run.folder)
    with pytest.raises(RunError, match=r"0.05 minutes are divided .* resume it with --minutes 0.05"):
        train_run(more, run.folder, resume=True)
    assert Run.open(run.folder).record == record
    (run.folder / "budget.json").write_text("{")
    with pytest.raises(RunError, match=r"budget.json is damaged"):
        train_run(settings, run.folder, resume=True)


def test_a_stage_that_was_trained_on_crops_is_one_of_whole_images(tmp_path):
    training = dataclasses.replace(SETTINGS.training, crop=4)
    run = train_run(of_stage(8, training=training), tmp_path / "run")
    flow = run.flow()
    assert flow.shape == (1, 8, 8)
    (told,) = run.record.result.test["stages"]
    assert (told["stage"], told["dims"]) == (8, 64)
    line = json.loads((run.folder / "metrics.jsonl").read_text().splitlines()[-1])
    assert line["validation_bits_per_dim"] == pytest.approx(line["validation_loss"] / (16 * math.log(2)))
    uncropped = train_run(of_stage(8), tmp_path / "uncropped")
    assert not same(flow, uncropped.flow())
    assert told["bits"] == pytest.approx(uncropped.record.result.test["stages"][0]["bits"], rel=0.2)
    whole = train_run(dataclasses.replace(SETTINGS, training=training), tmp_path / "whole", measured=False)
    assert whole.record.result.test is None
    assert same(stages_of(whole.flow())[0], stages_of(flow)[0])


@pytest.mark.parametrize(
    ("model", "crop", "sentence"),
    [
        (TinyStagedModel(stage=2), 4, "crop is 4 and stage 2 is that of the smallest image"),
        (TinyStagedModel(stage=8), 6, "multiples of 4"),
        (TinyStagedModel(stage=8), 12, "crop is 12 and the images are 8×8"),
        (TinyImageModel(), 4, "tiny-image is a model of whole images"),
    ],
)
def test_crops_that_cannot_be(tmp_path, model, crop, sentence):
    training = dataclasses.replace(SETTINGS.training, crop=crop)
    with pytest.raises((ConfigError, DataError), match=sentence):
        train_run(dataclasses.replace(SETTINGS, model=model, training=training), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_shares_follow_cost_and_gain():
    config = TrainConfig(batch_size=10)
    shares = divide((8, 4), (Trial(0.1, 8.0), Trial(0.01, 1.0)), 10.0, config, rows=0)
    assert [share.minutes for share in shares] == pytest.approx([8.0, 2.0])  # 8^⅔ to 1
    assert [share.steps for share in shares] == [4800, 12000]
    best = sum(a / math.sqrt(60 * t) for a, t in ((8.0, 8.0), (1.0, 2.0)))
    for moved in (0.3, -0.3):
        assert best < 8.0 / math.sqrt(60 * (8.0 + moved)) + 1.0 / math.sqrt(60 * (2.0 - moved))
    unknown = divide((8, 4), (Trial(0.1, math.nan), Trial(0.01, 1.0)), 10.0, config, rows=0)
    assert [share.minutes for share in unknown] == pytest.approx([5.0, 5.0])
    none = divide((8, 4), (Trial(0.1, 5.0), Trial(0.01, -1.0)), 10.0, config, rows=300)
    assert none[1].minutes == pytest.approx(10 * LEAST_SHARE / (1 + LEAST_SHARE))
    assert none[0].steps == round(600 * none[0].minutes / 10 / 0.1 - 500)


def test_a_trial_of_one_report_tells_no_gain():
    assert math.isnan(trial_of([(2.0, 10, 5.0)]).gain)
