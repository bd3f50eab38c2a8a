"""The training of every model of images, lowered for a GPU on a machine that has none."""

import dataclasses
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from jax import export

from surjax.models import MODELS
from surjax.models.base import ImageModel, preset
from surjax.parameters import partition
from surjax.train.examples import Examples
from surjax.train.loop import run_steps
from surjax.train.objective import negative_log_likelihood
from surjax.train.optimizer import optimizer
from surjax.train.plan import make_plan
from surjax.train.state import start

pytestmark = pytest.mark.slow

SHAPE = (3, 8, 8)
IMAGES = [config for config in MODELS.values() if issubclass(config, ImageModel)]


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """JAX says that it runs on a GPU, and the convolutions that are for CPUs are not there.

    Nothing that was traced before is taken for it, and nothing that is traced now is kept.
    """
    jax.clear_caches()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.delattr("surjax.nn.conv.convolve_by_products")
    yield
    jax.clear_caches()


def lowered(config, training):
    """The text of what `Program` compiles, for CUDA: steps and an evaluation, worked out from shapes."""
    flow = eqx.filter_eval_shape(lambda key: config.build(key, SHAPE, 8), jax.random.key(0))
    training = dataclasses.replace(training, batch_size=4, eval_every=2, devices=1)
    plan = make_plan(training, 16, SHAPE)
    step, keys = optimizer(plan), jax.tree.map(jax.random.key_data, plan.keys)
    state = eqx.filter_eval_shape(lambda flow: start(flow, training, step), flow)
    data = Examples(jax.ShapeDtypeStruct((16, *SHAPE), jnp.uint8))
    shapes, rest = eqx.partition(
        (state, partition(flow)[1]), lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct)
    )

    @jax.jit
    def steps(shapes, end, due, data, validation):
        state, static = eqx.combine(shapes, rest)
        loss = negative_log_likelihood
        return run_steps(state, end, due, static, data, validation, keys, loss, plan, step, most=2)

    ends = jax.ShapeDtypeStruct((), jnp.int32), jax.ShapeDtypeStruct((), bool)
    return export.export(steps, platforms=["cuda"])(shapes, *ends, data, data).mlir_module()


@pytest.mark.parametrize("model", IMAGES, ids=lambda model: model.name)
def test_training_lowers_for_cuda_and_calls_no_library_but_its_own(model, as_on_a_gpu):
    text = lowered(*preset(model, "tiny"))
    assert "stablehlo.convolution" in text
    calls = re.findall(r"custom_call\s*@(\w+)", text)
    assert len(calls) == text.count("custom_call")
    assert [name for name in calls if not name.startswith("cu")] == []
