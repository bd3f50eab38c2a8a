"""What a model folder refuses, and by which name; that older folders load."""

import dataclasses
import json
import re
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import surjax as sx
from surjax.data import Column, ImageForm, TableForm
from surjax.errors import RunError, SurjaxError
from surjax.models import MODELS, build_flow
from surjax.models.base import VectorModel, preset
from surjax.serialize.arrays import write_arrays
from surjax.serialize.classes import public_classes
from surjax.serialize.format1 import public_name
from surjax.serialize.tree import Describer

FORMAT1 = Path(__file__).parents[1] / "saved/format1"
TABLE = (
    Column("a", "numeric"),
    Column("b", "integer", minimum=0, maximum=5),
    Column("c", "categorical", ("x", "y", "z")),
)
PLANE = (Column("a", "numeric"), Column("b", "numeric"))
SMALL = {
    "absflow": {"signs": "learned", "marginal_bins": 4, "num_bins": 3, "hidden": (4,), "num_blobs": 4},
    "absflow-paper": {"num_couplings": 2, "hidden": (4,)},
    "absuniform-paper": {"hidden": (4,)},
    "baseline": {"num_couplings": 2, "hidden": (4,)},
    "maf": {},
    "nsf": {"num_steps": 2, "num_bins": 4},
    "tabular": {"num_components": 2, "restarts": 1, "marginal_components": 2, "hidden": (8,)},
}


def small_flow(name: str) -> sx.Flow:
    """The model that the files of format 1 were written of."""
    config, key = MODELS[name], jax.random.key(0)
    if issubclass(config, VectorModel):
        form = TableForm(TABLE if name in ("nsf", "maf", "tabular", "baseline") else PLANE)
        return build_flow(config(**SMALL[name]), form, key)
    return build_flow(preset(config, "tiny")[0], ImageForm((3, 16, 16)), key)


LONG = ("flowpp", "hvae", "poolflow", "pronf", "realnvp")
"""The models that take longest to compile."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.stem, marks=[pytest.mark.slow] * (path.stem in LONG))
        for path in sorted(FORMAT1.glob("*.json"))
    ],
)
def test_a_model_of_format_1_loads(name, tmp_path):
    model = eqx.filter_eval_shape(small_flow, name)
    model = jax.tree.map(lambda leaf: np.arange(leaf.size).reshape(leaf.shape).astype(leaf.dtype), model)
    describe = Describer()
    describe(model)
    save_file(describe.arrays, tmp_path / "weights.safetensors")
    (tmp_path / "config.json").write_text((FORMAT1 / f"{name}.json").read_text())
    loaded = sx.load(tmp_path)
    if name in ("maf", "nsf"):  # whose ActNorm has learned since to start robustly
        assert len(jax.tree.leaves(loaded)) == len(jax.tree.leaves(model))
        return
    assert jax.tree.structure(loaded) == jax.tree.structure(model)
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(model), strict=True))
    loaded.save(tmp_path)  # in today's format
    assert json.loads((tmp_path / "config.json").read_text())["format"] == 2
    assert jax.tree.structure(sx.load(tmp_path)) == jax.tree.structure(model)


def test_every_class_of_format_1_is_known():
    for path in (FORMAT1 / "classes.txt").read_text().split():
        assert public_name(path) in public_classes(), path


def test_a_model_without_arrays_comes_back(tmp_path):
    sx.save(sx.Reverse(), tmp_path / "model")
    assert isinstance(sx.load(tmp_path / "model"), sx.Reverse)


def test_a_folder_names_no_file_of_surjax(tmp_path):
    small_flow("absflow").save(tmp_path)
    names = set(re.findall(r'"class": "([^"]+)"', (tmp_path / "config.json").read_text()))
    assert {"surjax.Flow", "surjax.nn.OneBlob", "surjax.univariate.RationalQuadraticSpline"} <= names
    assert names <= public_classes().keys() | {"equinox.nn.Linear"}


@pytest.fixture
def folder(tmp_path):
    net = sx.nn.MLP(1, 2, hidden=(3, 3), key=jax.random.key(0))
    flow = sx.Flow(sx.Normal((2,)), sx.Chain(sx.Coupling((2,), sx.univariate.Affine(), net), sx.Affine((2,))))
    flow.save(tmp_path / "model")
    return tmp_path / "model"


def change_config(folder, change):
    config = json.loads((folder / "config.json").read_text())
    change(config["model"]["fields"])
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda flow: flow.pop("shape"), "model, a surjax.Flow, lacks the field shape"),
        (
            lambda flow: flow["base"]["fields"].update(colour="red"),
            "model.base, a surjax.Normal, has the field colour, which that class does not have",
        ),
        (
            lambda flow: flow["base"].update({"class": "surjax.Normale"}),
            "model.base is a surjax.Normale, which is no class that this version has",
        ),
        (
            lambda flow: flow["base"].update({"class": "os.system"}),
            r"base is a os.system, which is not known here: give it, by load\(folder, classes=\[system\]\)",
        ),
        (
            lambda flow: flow["base"].update({"class": "equinox.nn.inspect.Signature"}),
            "model.base is a equinox.nn.inspect.Signature, which is no class",
        ),
        (lambda flow: flow.update(base={"class": "surjax.Distribution", "fields": {}}), "damaged"),
        (lambda flow: flow.update(shape={"tupel": [2]}), r"model.shape is described by \['tupel'\]"),
        (lambda flow: flow.update(shape={"tuple": [3]}), "it is not what was written"),
    ],
)
def test_a_config_that_was_changed_is_refused_by_name(folder, change, sentence):
    change_config(folder, change)
    with pytest.raises(RunError, match=sentence):
        sx.load(folder)


def leaves_of(folder, change):
    """Rewrite the arrays, and leave their checksums as they were."""
    path = folder / "weights.safetensors"
    with safe_open(path, "numpy") as file:
        sums = file.metadata()
    save_file(change(load_file(path)), path, metadata=sums)


FIRST, SECOND = (f"model.transform.transforms.0.network.layers.1.{name}" for name in ("bias", "weight"))
OTHER = "model.transform.transforms.0.network.layers.0.bias"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda a: a | {FIRST: a[OTHER], OTHER: a[FIRST]},
            "layers.[01].bias is not the array that was written",
        ),
        (
            lambda a: a | {SECOND: a[SECOND] + 1e-7},
            f"{SECOND} is not the array that was written",
        ),
        (lambda a: a | {SECOND: a[SECOND].T.copy()}, f"{SECOND} is not the array that was written"),
        (lambda a: {name: array for name, array in a.items() if name != FIRST}, f"the weights lack {FIRST}"),
    ],
    ids=["swapped", "changed", "transposed", "missing"],
)
def test_an_array_that_is_not_what_was_written_is_refused_by_name(folder, change, sentence):
    leaves_of(folder, change)
    with pytest.raises(RunError, match=sentence):
        sx.load(folder)


def test_weights_of_another_model_are_refused_by_name(folder):
    arrays = load_file(folder / "weights.safetensors")
    write_arrays(folder / "weights.safetensors", arrays | {"model.base.more": arrays[FIRST]})
    with pytest.raises(RunError, match=r"the weights hold model.base.more, of which the model knows nothing"):
        sx.load(folder)
    write_arrays(folder / "weights.safetensors", arrays | {FIRST: np.zeros(5, np.float32)})
    with pytest.raises(
        RunError, match=rf"{FIRST} should be float32 of shape \(3,\) and the weights hold .*\(5,\)"
    ):
        sx.load(folder)


def test_every_bit_of_the_weights_is_guarded(folder):
    path = folder / "weights.safetensors"
    good, random = path.read_bytes(), np.random.default_rng(0)
    for at in random.choice(8 * len(good), 60, replace=False):
        flipped = bytearray(good)
        flipped[at // 8] ^= 1 << at % 8
        path.write_bytes(bytes(flipped))
        with pytest.raises(RunError, match=r"damaged|cannot be used"):
            sx.load(folder)


def test_a_folder_of_a_newer_format_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    for version in (3, 0, "2", None, True):
        (folder / "config.json").write_text(json.dumps(config | {"format": version}))
        with pytest.raises(RunError, match="this surjax reads formats 1 to 2"):
            sx.load(folder)


class Holder(eqx.Module):
    """Holds anything."""

    thing: object


@dataclasses.dataclass
class Settings:
    depth: int = 3


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        (jnp.sin, "model.thing is a .*, which a model folder cannot hold"),
        (Settings(), "model.thing is a .*Settings, which a model folder cannot hold"),
        (sx.Latent(1, 2), "model.thing is a surjax.flow.Latent, which a model folder cannot hold"),
        ({(1, 2): 3}, "model.thing is a builtins.dict, which a model folder cannot hold"),
        (jax.random.key(0), "model.thing is a random key"),
    ],
)
def test_what_no_folder_can_hold_is_refused(thing, sentence, tmp_path):
    with pytest.raises(SurjaxError, match=sentence):
        sx.save(Holder(thing), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_what_a_folder_holds_comes_back(tmp_path):
    thing = {"a": (1, [2.5, None, "x"], float("inf")), "b": jnp.arange(3), "c": np.float32(2), "d": {}}
    sx.save(Holder(thing), tmp_path / "model")
    loaded = sx.load(tmp_path / "model", classes=[Holder]).thing
    assert jax.tree.structure(loaded) == jax.tree.structure(thing)
    assert loaded["a"] == thing["a"]
    assert (loaded["b"] == thing["b"]).all()
    assert loaded["c"] == 2
