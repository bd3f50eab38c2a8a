"""Neural posterior estimation."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.arguments import count
from surjax.errors import ConfigError, ShapeError
from surjax.inference.members import HELD_OUT, FlowOf, frame, together, train_members
from surjax.inference.posterior import Posterior
from surjax.inference.posterior_flow import posterior_flow
from surjax.inference.simulation import Simulations, Simulator, draw, prior_size, simulate
from surjax.inference.truncated import truncated_draws
from surjax.train import TrainConfig
from surjax.train.fit import Callback, Fit
from surjax.transforms import Bijection
from surjax.typing import PRNGKey

MEMBERS = 2
"""How many flows `npe` trains, where it is not told."""


def npe(
    prior: Any,
    simulator: Simulator,
    key: PRNGKey,
    *,
    num_simulations: int = 10_000,
    observation: Any = None,
    rounds: int = 1,
    members: int = MEMBERS,
    flow: FlowOf = posterior_flow,
    embedding: eqx.Module | None = None,
    support: Bijection | None = None,
    config: TrainConfig | None = None,
    most_dropped: float = 0.1,
    callbacks: Sequence[Callback] = (),
) -> Posterior:
    """Learn the posterior p(θ | x) of a simulator from what it makes of parameters drawn from the prior.

        max over q of E_{p(θ) p(x | θ)} log q(θ | x)            (Papamakarios and Murray 2016)

    In one round q is the posterior of every x (amortised). In several, it is that of the observation alone:
    each later round draws θ from the prior where the last q has its mass, and trains on the simulations of
    all rounds, by the same loss (truncated sequential NPE: Deistler et al. 2022).

    q is an ensemble: the members are trained from other starts and each on nine tenths of the simulations,
    side by side where there are cores for them, and the posterior is their mixture, which is less often too
    sure than one of them (Hermans et al. 2022). The tenth that a member has not seen tells where to stop,
    and how far to widen the normal of its base, so that these simulations lie as far out in it as they
    should.

    Args:
        prior: p(θ), of vectors: a `Distribution`, or anything with sample(key) and log_prob(θ).
        simulator: (key, θ) → x, an array of one shape; see `simulate`.
        key: for all draws.
        num_simulations: how many in all; each round has an equal share.
        observation: x_o, which several rounds need.
        rounds: how many.
        members: how many flows; what they train by is compiled once.
        flow: (key, D, context_shape) → a flow of θ, standardised, given a vector.
        embedding: a network x → a vector of features, trained with the flow, for an x that is a set
            (`nn.DeepSet`), a sequence or an image; it sees x standardised. Without it the flow sees the
            numbers of x, and the θ of the flow is what a linear regression on x leaves over, whitened, so
            that a posterior near to a normal of fixed covariance is found with hardly any training.
        support: a bijection from the prior's support to all of R^D, such as `support(low, high)`; with it
            no θ lies outside.
        config: how each member trains, with its seed counted on from this one's; by default `npe_training`.
        most_dropped: the largest share of simulations that may be not finite.
        callbacks: called as those of `fit` are, one at a time; of several members `Progress.part` tells
            which it is of.

    Raises:
        ConfigError: the prior does not sample; rounds without an observation.
        ShapeError, DataError: as `simulate` does; the observation is not of the simulator's shape.

    >>> import jax, surjax as sx
    >>> def simulator(key, theta):
    ...     return theta + 0.1 * jax.random.normal(key, (2,))
    >>> prior, key = sx.Uniform((2,), -1.0, 1.0), jax.random.key(0)
    >>> quick = sx.TrainConfig(steps=300)
    >>> posterior = sx.inference.npe(prior, simulator, key, num_simulations=1000, config=quick)
    >>> posterior.sample(key, 5, x=[0.5, 0.0]).shape
    (5, 2)
    """
    prior_size(prior)  # raises where it does not sample
    rounds = count(rounds, "rounds", 1)
    num_simulations = count(num_simulations, "num_simulations", 2 * rounds)
    members = count(members, "members", 1)
    if rounds > 1 and observation is None:
        raise ConfigError("several rounds are for one observation: give it, or take one round.")
    observation = None if observation is None else jnp.asarray(observation, float)
    posterior, fits = None, list[tuple[Fit, ...]]()
    for turn in range(rounds):
        draw_key, simulate_key, train_key = jax.random.split(jax.random.fold_in(key, turn), 3)
        n = num_simulations * (turn + 1) // rounds - num_simulations * turn // rounds
        theta = draw(prior, draw_key, n) if posterior is None else truncated_draws(posterior, draw_key, n)
        new = simulate(simulator, theta, simulate_key, most_dropped)
        simulations = new if posterior is None else _joined(posterior.simulations, new)
        x_shape = simulations.x.shape[1:]
        if observation is not None and observation.shape != x_shape:
            raise ShapeError(
                f"the observation has shape {observation.shape} and the simulator gives {x_shape}: give one "
                "of the simulator's shape.",
                wanted=str(x_shape),
                given=observation.shape,
            )
        training = config or npe_training(len(simulations.theta))
        framed = frame(simulations, embedding, support)
        fits.append(train_members(flow, members, framed, simulations, train_key, training, callbacks))
        learned = together([fitted.flow for fitted in fits[-1]])
        posterior = Posterior(learned, prior, simulations, tuple(fits), observation)
        if any(fitted.stopped == "interrupted" for fitted in fits[-1]):
            break
    assert posterior is not None
    return posterior


MICRO_BATCH = 100
"""How many simulations go through a flow at once: with more of them XLA divides the work on networks this
small over the cores of a CPU, and a step takes twice as long."""


def npe_training(n: int, seed: int = 0) -> TrainConfig:
    """How `npe` trains on n simulations: Adam in batches of 50 to 200. The moving average of the parameters
    is kept that was best on a tenth of the simulations, and training stops after 20 evaluations, of an epoch
    or more each, without a better one."""
    batch = min(max(n // 500, 50), 200, n)
    parts = -(-batch // MICRO_BATCH)
    batch -= batch % parts
    return TrainConfig(
        steps=50_000,
        batch_size=batch,
        accumulate=parts,
        learning_rate=2e-3,
        clip_norm=5.0,
        ema_decay=0.999,
        eval_every=max(50, round((1 - HELD_OUT) * n / batch)),
        validation_rows=max(1, round(HELD_OUT * n)),
        patience=20,
        seed=seed,
    )


def _joined(old: Simulations, new: Simulations) -> Simulations:
    return Simulations(
        jnp.concatenate([old.theta, new.theta]), jnp.concatenate([old.x, new.x]), old.dropped + new.dropped
    )
