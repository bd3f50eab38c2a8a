"""A third kind of example, which surjax does not know: trained, scored and sampled by the commands."""

import dataclasses
import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from commands import read_json

import surjax as sx
from surjax.data import DataConfig, DataSet, Form, NamedSet, datasets, named, register
from surjax.errors import ConfigError
from surjax.modalities import Modality, modality_of, register_modality
from surjax.models import MODELS, Baseline, register_model
from surjax.models.base import ModelConfig
from surjax.train import TrainConfig


@dataclasses.dataclass(frozen=True)
class CountsForm(Form):
    """How often each of some words is in a text."""

    key: ClassVar[str] = "counts"
    word: ClassVar[str] = "text"
    medium: ClassVar[str] = "texts"
    modelled: ClassVar[str] = "counts"
    in_bits: ClassVar[bool] = True

    shape: tuple[int, ...]

    def __str__(self):
        return f"{self.shape[0]} words"

    @property
    def discrete(self):
        return True

    def to_json(self):
        return list(self.shape)

    @classmethod
    def from_json(cls, content):
        return cls(tuple(content))


@dataclasses.dataclass(frozen=True, eq=False)
class Counts(DataSet):
    """Texts, (n, words)."""

    @property
    def form(self):
        return CountsForm(self.values.shape[1:])

    @property
    def truth(self):
        return None

    def take(self, rows):
        return Counts(self.name, self.values[rows])


@dataclasses.dataclass(frozen=True)
class CountsConfig(DataConfig):
    """How texts are read."""

    words: int | None = None
    """How many words to take."""

    def load(self, source, dtype, form=None):
        known = named.find_set(source, CountsForm)
        values = np.load(source) if known is None or known.read is None else known.read()
        return Counts(source, values[:, : self.words].astype(dtype)), None

    def load_like(self, source, form, dtype, *, columns=None, array=None, strict=True):
        return self.load(source, dtype)[0]


class CountsModel(ModelConfig):
    """A model of texts."""

    form: ClassVar = CountsForm


@dataclasses.dataclass(frozen=True)
class Dequantized(CountsModel):
    """Independent normals of dequantised counts."""

    name: ClassVar[str] = "dequantized-counts"
    summary: ClassVar[str] = "independent normals"

    def build_for(self, form: Any, key: Any) -> sx.Flow:
        return sx.Flow(sx.Normal(form.shape), sx.Chain(sx.dequantize(form.shape), sx.ActNorm(form.shape)))

    @property
    def training(self):
        return TrainConfig(steps=6, batch_size=16, eval_every=3)


class CountsModality(Modality):
    """Texts, with all defaults."""

    models: ClassVar = CountsModel
    data: ClassVar = CountsConfig
    samples: ClassVar[int] = 5


@pytest.fixture(scope="module")
def counts():
    """The kind of data and its model are known, and a set of it by name."""
    register_modality(CountsModality())
    texts = NamedSet("texts", CountsForm, lambda: _texts(0), "texts of four words", rows=80, shape=(4,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, Dequantized.name, Dequantized)
        patch.setattr(named, "_SETS", dict(named._SETS))
        register_model(Dequantized)
        register(texts)
        yield texts


def _texts(seed):
    return np.random.default_rng(seed).poisson(3.0, (80, 4))


def test_a_third_kind_of_example_by_commands(counts, surjax, refused):
    status, out, err = surjax("train", "dequantized-counts", "texts", "--words", 3, "--out", "run", "--json")
    assert status == 0
    assert "bits/dim" in err
    assert "texts/s" in err
    result = read_json(out)
    assert (result["step"], result["test"]["example"], result["test"]["dimensions"]) == (6, "text", 3)
    record = read_json(Path("run/run.json").read_text())
    assert (record["counts"], record["data"]["words"]) == ([3], 3)
    line = json.loads(Path("run/metrics.jsonl").read_text().splitlines()[-1])
    assert line["validation_bits_per_dim"] == pytest.approx(line["validation_loss"] / (3 * np.log(2)))

    evaluated = read_json(surjax("evaluate", "run", "--split", "train", "--json")[1])
    assert evaluated["bits_per_dim"] == pytest.approx(evaluated["nll_nats"] / (3 * np.log(2)))
    assert "nats a text" in surjax("evaluate", "run")[1]

    np.save("more.npy", _texts(1))
    assert "scored 80 texts" in surjax("score", "run", "more.npy", "--out", "scores.csv")[1]
    assert np.isfinite(pd.read_csv("scores.csv")["log_likelihood"]).all()

    assert "5 samples" in surjax("sample", "run", "--out", "samples.npz")[1]
    with np.load("samples.npz") as file:
        assert file["samples"].shape == (5, 3)
    assert surjax("train", "dequantized-counts", "texts", "--words", 3, "--out", "run", "--resume")[0] == 0

    assert "write one of .npz, .npy" in refused("sample", "run", "--out", "samples.csv")
    assert "run is a run of texts, whose density has no picture" in refused(
        "density", "run", "--out", "d.png"
    )
    assert "run is a run of texts: give one of images" in refused("reconstruct", "run")
    assert "texts holds texts and not a table: take a model of counts" in refused(
        "train", "baseline", "texts"
    )


def test_it_is_listed(counts, surjax):
    (model,) = (
        model
        for model in read_json(surjax("models", "--json")[1])["models"]
        if model["name"] == "dequantized-counts"
    )
    assert model["of"] == "counts"
    info = {info.name: info for info in datasets()}["texts"]
    assert (info.kind, info.rows, info.columns, info.summary) == ("texts", 80, 4, "texts of four words")


def test_a_modality_and_a_name_are_given_once(counts):
    class Other(CountsModality):
        """Another."""

    with pytest.raises(ConfigError, match="models of CountsModel are of CountsModality already"):
        register_modality(Other())
    with pytest.raises(ConfigError, match="there is a data set 'texts' already"):
        register(dataclasses.replace(counts, rows=3))
    assert isinstance(modality_of(Dequantized()), CountsModality)

    class Unheard(ModelConfig):
        """A model of what nobody knows."""

        name: ClassVar[str] = "unheard"

    with pytest.raises(ConfigError, match="nobody knows what unheard is a model of: derive Unheard from a"):
        modality_of(Unheard)
    assert modality_of(Baseline).form.word == "row"
