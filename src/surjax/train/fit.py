"""Fitting a flow to data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optax

from surjax.flow import Flow
from surjax.promotion import promoting
from surjax.train.config import TrainConfig
from surjax.train.examples import Examples
from surjax.train.feed import Resident, Stream
from surjax.train.given import given_data, initialize
from surjax.train.objective import Objective, negative_log_likelihood, require_context_used
from surjax.train.session import Callback, Fit, run_training
from surjax.typing import Context


@promoting
def fit(
    flow: Flow,
    x: Any,
    *,
    context: Context = None,
    weight: Any = None,
    validation: Any = None,
    validation_context: Context = None,
    validation_weight: Any = None,
    config: TrainConfig | None = None,
    objective: Objective = negative_log_likelihood,
    optimizer: optax.GradientTransformation | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoints: str | Path | None = None,
    large: bool | None = None,
) -> Fit:
    """Fit a flow to the rows of x by maximum likelihood (of its bound, where it is one) or by another loss.

    The whole loop runs as one compiled program, called every few seconds. Ctrl-C ends it with what it has
    reached (a second one at once), and Fit.stopped says so. Called again with the same functions, settings
    and shapes, but for the seed, it compiles nothing.

    Args:
        flow: the model.
        x: the rows, along one leading axis: an array, a memory map, or anything else with shape, dtype and
            nbytes whose rows an array of ascending numbers gives. Where x and context have more than
            config.device_gib they are read in blocks. NumPy's float64 arrays whose digits float32 does not
            hold are shifted and scaled first, which is told: see `Standardize`.
        context: arrays with one leading axis too, an entry a row.
        weight: (rows,) how much each row counts, positive; only their ratios matter. The losses are weighted
            means, and what starts from data starts from rows chosen by their weights.
        validation, validation_context, validation_weight: rows on which the best parameters are chosen,
            those before the first step among them, and training may stop early (config.patience).
        config: the settings.
        objective: (flow, x, key, context) → the loss of ONE example, a scalar, with a key of its own. Its
            mean is lowered, and evaluated on the validation rows.
        optimizer: any transformation of optax, in the place of the one that the configuration describes from
            learning_rate to clip_norm (`surjax.train.config.OPTIMISATION`), all of which have to be left as
            they are. The gradient that it sees is that of the loss in config.loss_unit and the scale_penalty.
        callbacks: called in turn with a `Progress` after each call of the program, so also at each
            evaluation. Where one returns True training ends, evaluated, with stopped "callback".
        checkpoints: a folder where the state is saved as training goes on, also on Ctrl-C; a call that finds
            one there resumes to the same numbers.
        large: an example is so large that no more are evaluated at once than a batch has; without it, images
            are.

    Raises:
        ConfigError: there is nothing to train, the objective gives no scalar, or settings do not go together.
        DataError: the data do not fit the model, or a row is not finite.
        TrainingError: after config.max_bad_steps steps in a row that were not finite.
        RunError: the checkpoint that is to be resumed is damaged or of another model.

    >>> import jax, surjax as sx
    >>> x = 3 + jax.random.normal(jax.random.key(0), (512, 2))
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    >>> fitted = sx.fit(flow, x, config=sx.TrainConfig(steps=500, learning_rate=0.05)).flow
    """
    config, validated = config or TrainConfig(), Examples(validation, validation_context, validation_weight)
    flow, data, held_out, plan = given_data(flow, config, Examples(x, context, weight), validated, large)
    require_context_used(objective, flow, data)
    return run_training(
        initialize(flow, data, plan) if config.initialize else flow,
        Stream(data, plan) if data.host_bytes else Resident(data, plan),
        held_out,
        plan,
        objective,
        optimizer=optimizer,
        callbacks=callbacks,
        checkpoints=checkpoints,
    )
