import dataclasses
import json

import pytest

from surjax.data import TableConfig, absolute_source
from surjax.errors import ConfigError, RunError
from surjax.json_text import json_text
from surjax.modalities import modality_of
from surjax.models import MODELS
from surjax.models.baseline import Baseline
from surjax.runs import RunSettings
from surjax.train import TrainConfig


@pytest.mark.parametrize("name", MODELS)
def test_settings_survive_json(name):
    model = MODELS[name]()
    data = modality_of(model).data(rows=7, validation_fraction=0.2)
    if isinstance(data, TableConfig):
        data = dataclasses.replace(data, columns=("a", "b"), kinds=("a=integer",))
    training = dataclasses.replace(model.training, shift=(-3, 2))
    settings = RunSettings(model, "rings", data, training, "float64")
    assert RunSettings.from_json(json.loads(json_text(settings.to_json()))) == settings


def test_what_differs_is_named():
    begun = RunSettings(Baseline(), "rings", TableConfig(), TrainConfig())
    begun.require_same(begun)
    minutes = dataclasses.replace(begun, training=TrainConfig(minutes=3, checkpoint_minutes=9, device_gib=0))
    minutes.require_same(begun)
    now = RunSettings(
        Baseline(num_couplings=2), "corners", TableConfig(rows=5), TrainConfig(seed=1), "float64"
    )
    with pytest.raises(RunError) as error:
        now.require_same(begun)
    for part in (
        "data rings (now corners)",
        "dtype float32 (now float64)",
        "num_couplings 4 (now 2)",
        "rows None (now 5)",
        "seed 0 (now 1)",
    ):
        assert part in str(error.value)


def test_unknown_models_and_settings_out_of_range_are_told():
    fields = RunSettings(Baseline(), "rings", TableConfig(), TrainConfig()).to_json()
    with pytest.raises(ConfigError, match="no model 'x'"):
        RunSettings.from_json(fields | {"model": {"name": "x", "config": {}}})
    with pytest.raises(ConfigError, match="steps is -1"):
        RunSettings.from_json(fields | {"training": fields["training"] | {"steps": -1}})
    with pytest.raises(TypeError):
        RunSettings.from_json(fields | {"data": {"tables": 3}})


def test_files_are_recorded_by_their_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "wine").write_text("no table")
    assert absolute_source("a.csv") == str(tmp_path / "a.csv")
    assert absolute_source("wine") == "wine"
    assert absolute_source("two_moon") == "two_moon"
