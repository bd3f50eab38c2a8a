"""Models and classes of somebody else's, on the command line."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import read_json

from surjax import plugins
from surjax.data import named
from surjax.models import registry
from surjax.serialize import classes

MODULE = '''
from dataclasses import dataclass
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import surjax as sx
from surjax.data import NamedSet, Table, TableForm
from surjax.models import VectorModel
from surjax.train import TrainConfig


class Stretch(sx.Bijection):
    """z = exp(a) x."""

    a: jax.Array
    dim: int = eqx.field(static=True)

    def __init__(self, dim):
        self.a, self.dim = jnp.zeros(dim), dim

    @property
    def fixed_shape(self):
        return (self.dim,)

    def forward_and_log_det(self, x, context=None):
        return jnp.exp(self.a) * x, self.a.sum()

    def inverse_and_log_det(self, z, context=None):
        return jnp.exp(-self.a) * z, self.a.sum()


POINTS = NamedSet("stretched", TableForm, lambda **how: Table.from_array(np.eye(20), "stretched", **how))


@dataclass(frozen=True)
class StretchFlow(VectorModel):
    """A stretched normal."""

    name: ClassVar[str] = "stretch"
    summary: ClassVar[str] = "a stretched normal"

    layers: int = 2
    """How many stretches."""

    def build(self, key, dim=2):
        return sx.Flow(sx.Normal((dim,)), sx.Chain(*[Stretch(dim) for _ in range(self.layers)]))

    @property
    def training(self):
        return TrainConfig(steps=10, learning_rate=0.05)
'''


@pytest.fixture
def forgotten(monkeypatch):
    """What is registered in the test is not known after it, nor was before."""

    def forget():
        monkeypatch.setattr(classes, "_REGISTERED", {})
        monkeypatch.setattr(plugins, "USED", [])
        monkeypatch.setattr(
            named, "_SETS", {name: one for name, one in named._SETS.items() if name != "stretched"}
        )
        monkeypatch.setattr(registry, "MODELS", dict(registry.MODELS))
        registry.MODELS.pop("stretch", None)
        sys.modules.pop("stretches", None)

    known = registry.MODELS
    monkeypatch.setattr(sys, "path", list(sys.path))
    forget()
    yield forget
    sys.modules.pop("stretches", None)
    monkeypatch.setattr(registry, "MODELS", known)


def test_a_plugin_is_known_to_every_command(surjax, refused, forgotten, tmp_path):
    Path("stretches.py").write_text(MODULE)
    status, out, _ = surjax("models", "--json", "--plugin", "stretches")
    assert status == 0
    assert {"name": "stretch", "config": {"layers": 2}}.items() <= read_json(out)["models"][-1].items()
    train = ["train", "stretch", "stretched", "--layers", 3, "--out", "run"]
    status, _, err = surjax(*train, "--plugin=stretches")
    assert status == 0, err
    assert json.loads(Path("run/run.json").read_text())["model"] == {
        "name": "stretch",
        "config": {"layers": 3},
    }
    sample = ["sample", "run", "--out", "samples.npy", "-n", 5]
    assert surjax(*sample, "--plugin", "stretches")[0] == 0
    assert np.load("samples.npy").shape == (5, 20)
    forgotten()
    Path("samples.npy").unlink()
    sentence = refused(*sample)
    assert "there is no model 'stretch'" in sentence
    assert "by --plugin" in sentence


def install(folder: Path, entry_points: str) -> None:
    """What an installer leaves of a package that has the module."""
    (folder / "stretches.py").write_text(MODULE)
    info = folder / "stretches-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stretches\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


POINTS = "[surjax.models]\nstretch = stretches:StretchFlow\n\n[surjax.classes]\nall = stretches\n"


def test_the_models_of_an_installed_package_are_known(surjax, forgotten, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    install(site, POINTS)
    sys.path.insert(0, str(site))
    assert "a stretched normal" in surjax("models")[1]
    train = ["train", "stretch", "two_moons", "--rows", 200, "--out", "run"]
    assert surjax(*train)[0] == 0
    forgotten()  # a new process
    assert surjax("sample", "run", "--out", "samples.npy")[0] == 0


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (
            "[surjax.models]\nstretch = stretches:Nothing\n",
            "the model 'stretch' of the package stretches cannot",
        ),
        ("[surjax.models]\nstretch = stretches:Stretch\n", "is no configuration of a model"),
        ("[surjax.models]\nstretched = stretches:StretchFlow\n", "whose own name is 'stretch': make the two"),
    ],
)
def test_an_installed_package_that_is_wrong(refused, forgotten, tmp_path, points, sentence, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    site = tmp_path / "site"
    site.mkdir()
    install(site, points)
    sys.path.insert(0, str(site))
    assert sentence in refused("models")


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        (
            None,
            "nothing_there",
            "there is no module nothing_there: --plugin takes one that is installed or lies",
        ),
        (
            "",
            "stretches",
            "the plugin stretches holds no class of modules, no configuration of a model and no named",
        ),
        ("import surjax as sx", "stretches", "the plugin stretches holds no class of modules"),
        (
            "import nothing_there",
            "stretches",
            "the plugin stretches needs a module nothing_there that is not",
        ),
        ("1 / 0", "stretches", "cannot be imported (ZeroDivisionError: division by zero, in line 1 of"),
        ("def f(:", "stretches", "cannot be imported (SyntaxError"),
        (
            MODULE,
            "stretches.py",
            "stretches.py is a file and --plugin takes the name of a module: say --plugin",
        ),
        (MODULE.replace('"stretch"', '"nsf"'), "stretches", "two models go by the name 'nsf'"),
    ],
)
def test_a_plugin_that_cannot_be(refused, forgotten, text, name, sentence, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    if text is not None:
        Path("stretches.py").write_text(text)
    assert sentence in refused("models", "--plugin", name)
