"""Missing cells drawn from a model, given those that are present."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from surjax.arguments import count, numbers
from surjax.chunks import chunk_for, rows_of_chunks
from surjax.compilation import large_batch_jit
from surjax.errors import ConfigError, ShapeError
from surjax.flow import Flow
from surjax.gaps import rows_with_gaps
from surjax.memory import chunk_out_of_memory
from surjax.precision import entered, standardize_of
from surjax.promotion import promoting
from surjax.transforms.base import Transform
from surjax.transforms.chain import Chain
from surjax.transforms.surjections.imputed import Imputed
from surjax.typing import Array, Key, PRNGKey, Scalar

PROPOSALS = 64
"""Of how many proposals a draw is chosen where nobody says it."""


class Imputation(NamedTuple):
    """Rows with their gaps filled in.

    x: (draws, rows, columns), what was present as it was given. effective_samples: (draws, rows) how many
    draws of the conditional itself the proposals were worth; NaN for a row without gaps, which needs none.
    """

    x: np.ndarray
    effective_samples: np.ndarray


@promoting
def impute(
    flow: Flow,
    x: Any,
    *,
    draws: int = 1,
    proposals: int = PROPOSALS,
    key: Key = None,
    chunk: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Imputation:
    """Fill the gaps of rows with draws of p(x_m | x_o), what is missing given what is present.

    By sampling and importance resampling (Rubin 1987): of K proposals z ~ q(z | x_o) of the model's `Imputed`
    one is chosen with probabilities in proportion to the weights of the bound,

        w_k = p(z_k) exp V(x_o, z_k),

    and x is made of it. As K grows that is a draw of the model's conditional; with K = 1 it is one of q. The
    draws of several imputations are independent of each other (multiple imputation).

    Args:
        flow: a model of rows with gaps.
        x: rows, along one leading axis, with NaN for what is missing; rows without gaps stay as they are, and
            one without anything present is drawn from the model.
        draws: how many times each gap is filled.
        proposals: K.
        key: of the draws; `jax.random.key(0)` without it.
        chunk: how many rows at once; of about half a million numbers without it.
        on_progress: called after each chunk with how many rows are done, and how many there are.

    Raises:
        ConfigError: the model takes no gaps.
        ShapeError: x has not the shape that it takes.

    >>> import jax, jax.numpy as jnp, surjax as sx
    >>> gaps = sx.Imputed(sx.Parallel([sx.Scale(1.0), sx.Scale(1.0)], [1, 1]))
    >>> flow = sx.Flow(sx.Normal((2,)), gaps)
    >>> x = jnp.array([[0.5, jnp.nan], [1.0, 2.0]])
    >>> filled = impute(flow, x, draws=3).x
    >>> filled.shape, filled[:, 0, 0].tolist(), filled[0, 1].tolist()
    ((3, 2, 2), [0.5, 0.5, 0.5], [1.0, 2.0])
    """
    draws, proposals = count(draws, "draws", 1), count(proposals, "proposals", 1)
    _head(flow)  # which it must have
    rows = np.asarray(numbers(x, "x"))
    if rows.ndim != 2 or rows.shape[1:] != flow.shape:
        raise ShapeError(f"impute takes rows of shape (n, {flow.shape[0]}) and was given {rows.shape}.")
    rows = rows if rows.dtype.kind == "f" else rows.astype(float)
    gaps = np.flatnonzero(rows_with_gaps(rows))
    filled = np.repeat(rows[None], draws, 0)
    worth = np.full((draws, len(rows)), np.nan)
    if not len(gaps):
        return Imputation(filled, worth)
    of_draws = jax.random.split(jax.random.key(0) if key is None else key, draws)
    keys = jax.vmap(lambda k: jax.random.split(k, len(rows)))(of_draws)[:, gaps].reshape(-1)
    standardize = standardize_of(flow)
    inside, given = (entered(flow), standardize.enter) if standardize is not None else (flow, jnp.asarray)
    n, at_once = draws * len(gaps), chunk_for(flow.shape) if chunk is None else count(chunk, "chunk", 1)
    drawn, effective = np.empty((n, len(rows[0])), rows.dtype), np.empty(n)
    for some in rows_of_chunks(n, at_once):
        with chunk_out_of_memory(len(some)):
            y, ess = _draw(inside, given(rows[gaps[some % len(gaps)]]), keys[some], proposals)
        drawn[some] = np.asarray(y) if standardize is None else standardize.leave(y)
        effective[some] = np.asarray(ess)
        if on_progress is not None:
            on_progress(min(int(some[0]) + len(some), n), n)
    drawn = drawn.reshape(draws, len(gaps), -1)
    filled[:, gaps] = np.where(np.isnan(rows[gaps]), drawn, rows[gaps])
    worth[:, gaps] = effective.reshape(draws, -1)
    return Imputation(filled, worth)


class _Head(NamedTuple):
    """The parts of a flow's transform: before the one that fills gaps, that one, and those after it."""

    before: Chain
    imputed: Imputed
    after: Chain


def _head(flow: Flow) -> _Head:
    """The parts of a flow; ConfigError where none takes gaps."""
    parts = _flat(flow.transform)
    place = next((i for i, part in enumerate(parts) if isinstance(part, Imputed)), None)
    if place is None:
        raise ConfigError(
            "the model takes no gaps, so it fills none: train it with missing cells modelled, by --missing "
            'model or missing="model".'
        )
    imputed = parts[place]
    assert isinstance(imputed, Imputed)
    return _Head(Chain(*parts[:place]), imputed, Chain(*parts[place + 1 :]))


def _flat(transform: Transform) -> list[Transform]:
    if not isinstance(transform, Chain):
        return [transform]
    return [part for inner in transform.transforms for part in _flat(inner)]


@large_batch_jit
def _draw(flow: Flow, x: Any, keys: Any, proposals: int) -> tuple[Array, Array]:
    """(rows x with their gaps filled, what the proposals were worth)."""
    before, imputed, after = _head(flow)

    def one(x: Array, key: PRNGKey) -> tuple[Array, Scalar]:
        x = before.forward(x)[0]
        first, rest = jax.random.split(key)

        def propose(key: PRNGKey) -> tuple[Array, Scalar]:
            of_q, of_rest, of_base = jax.random.split(key, 3)
            z, contribution = imputed.forward(x, of_q)
            last, more = after.forward(z, of_rest)
            weight = contribution + more + flow.base.log_prob(last, of_base)
            return z, jnp.where(jnp.isnan(weight), -jnp.inf, weight)

        def choose(carry: Any, key: PRNGKey) -> tuple[Any, None]:
            chosen, total, squares = carry
            of_proposal, of_choice = jax.random.split(key)
            z, weight = propose(of_proposal)
            total, squares = jnp.logaddexp(total, weight), jnp.logaddexp(squares, 2 * weight)
            take = jnp.log(jax.random.uniform(of_choice, dtype=weight.dtype)) < weight - total
            return (jnp.where(take, z, chosen), total, squares), None

        start, weight = propose(first)
        keys = jax.random.split(rest, proposals)
        carry = (start, weight, 2 * weight)
        (chosen, total, squares), _ = jax.lax.scan(choose, carry, keys[1:])
        whole = imputed.columns.inverse(chosen, keys[0])
        return before.inverse(whole), jnp.exp(2 * total - squares)

    return jax.vmap(one)(x, keys)


def mean_effective(imputation: Imputation) -> float:
    """The mean of `effective_samples` over the rows with gaps; NaN where there are none."""
    found = imputation.effective_samples[np.isfinite(imputation.effective_samples)]
    return float(found.mean()) if len(found) else math.nan
