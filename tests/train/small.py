"""A small model of images, which the tests train here and in processes of their own."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np

import surjax as sx
from surjax.train import negative_log_likelihood

SHAPE = (1, 4, 4)
CONFIG = sx.TrainConfig(
    steps=12,
    batch_size=32,
    eval_every=4,
    accumulate=2,
    flip=True,
    translate=1,
    ema_decay=0.9,
    optimizer="adamax",
    learning_rate=0.05,
)


def images(n: int = 96, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, *SHAPE), np.uint8)


def flow() -> sx.Flow:
    dequantization = sx.Inverse(sx.Rounding(sx.Uniform(SHAPE)))
    return sx.Flow(sx.Normal(SHAPE), sx.Chain(dequantization, sx.Scale(1 / 64), sx.Affine(SHAPE)))


def nan_far_out(flow, x, key, context=None):
    """The loss of an image; NaN where it has numbers that no image has."""
    return jax.numpy.where(x.max() > 1e5, jax.numpy.nan, negative_log_likelihood(flow, x, key, context))


def train(x=None, checkpoints=None, callbacks=(), objective=negative_log_likelihood, **changes):
    """Fit the model; what is compared, as plain arrays, and the fit."""
    config = dataclasses.replace(CONFIG, **changes)
    fitted = sx.fit(
        flow(),
        images() if x is None else x,
        validation=images(20, 1),
        config=config,
        objective=objective,
        callbacks=callbacks,
        checkpoints=checkpoints,
    )
    numbers = [np.asarray(leaf) for leaf in jax.tree.leaves(fitted.flow)]
    for told in fitted.history:
        numbers.append(np.asarray([told.step, told.train_loss, told.validation_loss, told.bad_steps]))
    return numbers, fitted


def start(script: str, *arguments: str, devices: int = 1) -> subprocess.Popen:
    """Run a script, which finds this module, in a process that has so many devices."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"XLA_FLAGS": flags, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> str:
    """What it printed, once it ended well."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out
