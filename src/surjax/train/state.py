"""Everything that a training run carries from step to step."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from surjax.parameters import partition
from surjax.train.config import TrainConfig
from surjax.typing import Array


class TrainState(eqx.Module):
    """Parameters, their moving average and their best values, the optimiser's state, and the counts.

    A run that is resumed from its state goes on to the same numbers: the order of the data and every
    draw follow from the seed and `step`.
    """

    params: Any
    ema: Any
    optimizer: Any
    best: Any
    best_loss: Array
    step: Array
    evaluations_since_best: Array
    bad_steps: Array
    bad_in_a_row: Array
    loss_sum: Array
    """Of the finite losses since the last evaluation."""
    loss_count: Array
    """Of how many steps."""

    @property
    def kept(self) -> Any:
        """The parameters that are evaluated: the moving average where there is one."""
        return self.params if self.ema is None else self.ema


def start(model: Any, config: TrainConfig, optimizer: optax.GradientTransformation) -> TrainState:
    """The state before the first step, which shares no array with the model nor within itself."""
    params = partition(model)[0]
    zero, dtype = jnp.zeros((), jnp.int32), jax.tree.leaves(params)[0].dtype
    state = TrainState(
        params=params,
        ema=None if config.ema_decay is None else params,
        optimizer=jax.jit(optimizer.init)(params),  # one program, where each shape would be one
        best=params,
        best_loss=jnp.asarray(jnp.inf, dtype),
        step=zero,
        evaluations_since_best=zero,
        bad_steps=zero,
        bad_in_a_row=zero,
        loss_sum=jnp.zeros((), dtype),
        loss_count=zero,
    )
    return jax.tree.map(jnp.copy, state)  # the program takes its arrays over
