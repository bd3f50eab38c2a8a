"""What a checkpoint holds goes by name, and is what was written; those of before still resume."""

import json
import shutil
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

import surjax as sx
from surjax.errors import RunError
from surjax.runs import Run, train_run
from surjax.train.checkpoint import Checkpoints
from surjax.train.optimizer import optimizer
from surjax.train.plan import make_plan
from surjax.train.state import start

SAVED = Path(__file__).parents[1] / "saved" / "runs_format1"
CONFIG = sx.TrainConfig(steps=5, ema_decay=0.9)


class Two(sx.nn.Network):
    first: jax.Array
    second: jax.Array

    def __call__(self, x, context=None):
        return x * self.first + self.second


class Swapped(sx.nn.Network):
    """The same numbers under each other's place in the tree."""

    second: jax.Array
    first: jax.Array

    def __call__(self, x, context=None):
        return x * self.first + self.second


class Renamed(sx.nn.Network):
    first: jax.Array
    third: jax.Array

    def __call__(self, x, context=None):
        return x * self.first + self.third


def state(model):
    return start(model, CONFIG, optimizer(make_plan(CONFIG, 100)))


def save(folder, model):
    checkpoints = Checkpoints(folder)
    checkpoints.save(state(model), 1.5)
    checkpoints.close()
    return folder / "0" / "default" / "state.safetensors"


def restore(folder, model):
    restored = Checkpoints(folder).restore(state(model))
    assert restored is not None
    return restored


def refusal(folder, model):
    with pytest.raises(RunError) as told:
        restore(folder, model)
    return str(told.value)


def test_leaves_go_by_their_paths(tmp_path):
    model = sx.Flow(sx.Normal((2,)), sx.Chain(sx.Reverse(), sx.Affine((2,))))
    names = set(load_file(save(tmp_path, model)))
    inside = "transform.transforms[1].shift.shift"
    assert {f"{where}.{inside}" for where in ("params", "ema", "best", "optimizer[0].mu")} <= names
    assert {"seconds", "step", "optimizer[0].count"} <= names


def test_leaves_that_swap_places_in_the_tree_keep_their_values(tmp_path):
    save(tmp_path, Two(jnp.array([1.0]), jnp.array([2.0])))
    restored, seconds = restore(tmp_path, Swapped(jnp.zeros(1), jnp.zeros(1)))
    assert (float(restored.params.first[0]), float(restored.params.second[0])) == (1.0, 2.0)
    assert (float(restored.ema.second[0]), seconds) == (2.0, 1.5)


def test_what_differs_is_told_by_its_name(tmp_path):
    save(tmp_path, Two(jnp.array([1.0]), jnp.array([2.0])))
    before = "is of another model or optimizer, because "
    told = refusal(tmp_path, Renamed(jnp.zeros(1), jnp.zeros(1)))
    assert f"{before}it has no best.third and it has best.second, which this one has not: put back" in told
    told = refusal(tmp_path, Two(jnp.zeros(1), jnp.zeros((3, 1))))
    assert f"{before}params.second is float32 of shape (1,) there and float32 of shape (3, 1) here" in told
    told = refusal(tmp_path, Two(jnp.zeros(1), jnp.zeros(1, jnp.bfloat16)))
    assert f"{before}params.second is float32 of shape (1,) there and bfloat16 of shape (1,) here" in told


def test_a_bit_that_flips_anywhere_is_told(tmp_path):
    model = Two(jnp.arange(20.0), jnp.arange(3.0))
    file = save(tmp_path, model)
    good = file.read_bytes()
    restore(tmp_path, model)
    for at in np.linspace(0, len(good) - 1, 60).astype(int):
        bad = bytearray(good)
        bad[at] ^= 1 << (at % 8)
        file.write_bytes(bad)
        told = refusal(tmp_path, model)
        assert "is damaged: delete that folder" in told or "is of another model" in told
    header = 8 + int.from_bytes(good[:8], "little")
    for at in (header, len(good) - 1):
        bad = bytearray(good)
        bad[at] ^= 1
        file.write_bytes(bad)
        assert "checkpoint" in refusal(tmp_path, model)
        assert "is damaged" in refusal(tmp_path, model)


def test_random_keys_of_an_optimizer_are_kept(tmp_path):
    model = Two(jnp.arange(2.0), jnp.arange(2.0))
    held = eqx.tree_at(lambda s: s.optimizer, state(model), jax.random.key(5))
    Checkpoints(tmp_path).save(held, 0.0)
    like = eqx.tree_at(lambda s: s.optimizer, state(model), jax.random.key(0))
    restored = Checkpoints(tmp_path).restore(like)
    assert restored is not None
    assert (jax.random.key_data(restored[0].optimizer) == jax.random.key_data(jax.random.key(5))).all()


@pytest.mark.slow
def test_a_run_whose_leaves_go_by_number_resumes_to_the_same_numbers(tmp_path):
    """Of two moons, stopped by Ctrl-C after 30 of 60 steps; then and now XLA may round otherwise."""
    folder = Path(shutil.copytree(SAVED / "absflow", tmp_path / "run"))
    wanted = json.loads((SAVED / "uninterrupted.json").read_text())
    run = train_run(Run.open(folder).record.settings, folder, resume=True, measured=False)
    assert run.record.status == "finished"
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [told["step"] for told in wanted["evaluations"]]
    for line, told in zip(lines, wanted["evaluations"], strict=True):
        assert {name: line[name] for name in told} == pytest.approx(told, rel=1e-5)


def test_a_run_whose_leaves_go_by_number_is_refused_for_another_model(tmp_path):
    shutil.copytree(SAVED / "absflow" / "checkpoints", tmp_path / "checkpoints")
    told = refusal(tmp_path / "checkpoints", Two(jnp.zeros(1), jnp.zeros(1)))
    assert "is of another model or optimizer, because it has leaf_" in told
