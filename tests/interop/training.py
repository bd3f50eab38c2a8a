"""The product's own training, step by step, on batches and noise that are given."""

import dataclasses
import json
import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from fixtures import close
from given_noise import beside, given_noise

from surjax import Flow
from surjax.parameters import partition
from surjax.train.examples import Block, Examples
from surjax.train.feed import Stream
from surjax.train.optimizer import optimizer, schedule
from surjax.train.plan import make_plan
from surjax.train.program import Program
from surjax.train.state import start


class Trained(NamedTuple):
    """The flow after its data-dependent initialisation and after the last update, with what each update told.

    losses: in bits/dim, before the update. rates: the learning rate that it used.
    """

    initialized: Flow
    flow: Flow
    losses: np.ndarray
    rates: np.ndarray


class Batches(Stream):
    """The rows of every step in the order they are given, one step at a time."""

    most = 1

    def __init__(self, x):
        self.x = x

    def at(self, step):
        return Block(jnp.asarray(step, jnp.int32), Examples(self.x[step])), step + 1

    def ahead(self):
        pass


def train(flow, config, images, noise, epoch):
    """Train a flow on images (updates, n, C, H, W) and noise (updates, n, …), `epoch` updates an epoch.

    config is a preset's training; its random changes to images and its length are left out.
    """
    config = dataclasses.replace(
        config,
        steps=len(images),
        epochs=None,
        batch_size=images.shape[1],
        cooldown_epochs=None,
        flip=False,
        translate=0,
        shift=(0, 0),
        eval_every=1,
        devices=1,
    )
    x = jax.vmap(beside)(images, noise)
    model = given_noise(flow).initialize(x[0], jax.random.key(0))
    plan = make_plan(config, epoch * config.batch_size, flow.shape)
    state, static = start(model, config, optimizer(plan)), partition(model)[1]
    program = Program(state, static, Batches(x), None, plan, optimizer(plan))
    losses = []
    for _ in range(plan.steps):
        state, report = program(state)
        losses.append(float(report.train_loss))
    assert int(state.bad_steps) == 0
    return Trained(
        _without_noise(model),
        _without_noise(eqx.combine(state.params, static)),
        np.asarray(losses) / (math.prod(images.shape[2:]) * math.log(2)),
        np.asarray([float(schedule(plan)(step)) for step in range(plan.steps)]),
    )


def check_against(theirs, trained, names, placeless):
    """Every loss, every learning rate and the sums of every weight are the reference's.

    placeless says of a name of theirs whether it is none of our trained parameters.
    """
    np.testing.assert_allclose(trained.rates, theirs["learning_rates"], rtol=1e-12)
    close(trained.losses, theirs["loss_bits_per_dim"])
    for key, flow in (("after_initialization", trained.initialized), ("after_training", trained.flow)):
        ours, reference = names.of(flow), json.loads(str(theirs[key]))
        assert ours.keys() == {name for name in reference if not placeless(name)}
        for name, array in ours.items():
            close([array.sum(), (array**2).sum()], reference[name])


def _without_noise(flow):
    """What `given_noise` was given."""
    return eqx.tree_at(lambda f: f.transform.transforms[0], flow, flow.transform.transforms[0].dequantization)
