import pytest

from surjax.errors import ConfigError
from surjax.models import Glow, MarSCF
from surjax.models.base import preset


def test_the_training_is_that_of_the_model_that_has_the_fields():
    model, training = preset(MarSCF, "paper", coupling="mixlogcdf")
    assert model == MarSCF(coupling="mixlogcdf")
    assert training == model.training
    assert training.batch_size != MarSCF().training.batch_size


def test_fields_stand_in_place_of_the_presets_and_leave_the_rest():
    model, training = preset(Glow, "tiny", coupling="additive")
    tiny, usual = preset(Glow, "tiny")
    assert model != tiny
    assert {f for f in vars(model) if vars(model)[f] != vars(tiny)[f]} == {"coupling"}
    assert training == usual


def test_a_preset_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="glow has no preset 'huge': choose one of paper, tiny"):
        preset(Glow, "huge")
