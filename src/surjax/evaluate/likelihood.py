"""The mean log-likelihood of a data set, with all that is needed to know what the number means."""

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.chunks import chunk_for, rows_of_chunks
from surjax.data.lazy import LazyRows
from surjax.data.split import fingerprint
from surjax.data.toy import ToyDensity
from surjax.errors import ConfigError, DataError
from surjax.flow import Flow
from surjax.gaps import exact_for, rows_with_gaps, takes_gaps, without_gaps
from surjax.memory import chunk_out_of_memory
from surjax.typing import Context, Key


@dataclasses.dataclass(frozen=True)
class Likelihood:
    """A mean log-likelihood in nats an example, and what it was measured on and how.

    Attributes:
        log_likelihood_nats: the mean over the examples; −∞ where the model gives one of them no density.
        standard_error_nats: of that mean, over the examples; NaN for a single one.
        exact: whether it is the log-likelihood itself, or else a lower bound of it.
        num_samples: K of the importance-weighted bound; 1 where the model is exact.
        n: how many examples.
        dimensions: how many numbers an example has.
        zero_density: how many examples have a log-likelihood that is not finite.
        dtype: of the log-likelihoods.
        fingerprint: of the examples (see `surjax.data.fingerprint`).
        split: the part of the data set that they are, where it has a name.
        entropy_nats: of the density they were drawn from, where it is known: no model's NLL is lower.
        gap_nats: what the NLL exceeds it by, averaged as log p_true(x) − log p(x) over the examples, so
            that the luck of their draw drops out; the Kullback-Leibler divergence from the truth.
    """

    log_likelihood_nats: float
    standard_error_nats: float
    exact: bool
    num_samples: int
    n: int
    dimensions: int
    zero_density: int
    dtype: str
    fingerprint: str
    split: str | None = None
    entropy_nats: float | None = None
    gap_nats: float | None = None

    @property
    def nll_nats(self) -> float:
        """The mean negative log-likelihood in nats."""
        return -self.log_likelihood_nats

    @property
    def bits_per_dim(self) -> float:
        """NLL / (dimensions · log 2).

        For discrete data, such as pixels, it is a code length; the density of continuous data changes
        with their units, and this number with it.
        """
        return self.nll_nats / (self.dimensions * math.log(2))

    @property
    def standard_error_bits_per_dim(self) -> float:
        """The standard error of `bits_per_dim`."""
        return self.standard_error_nats / (self.dimensions * math.log(2))

    def to_json(self) -> dict[str, Any]:
        """Every field and every number that follows from them, as a dict of plain values."""
        derived = ("nll_nats", "bits_per_dim", "standard_error_bits_per_dim")
        return dataclasses.asdict(self) | {name: getattr(self, name) for name in derived}


def evaluate(
    flow: Flow,
    x: Any,
    context: Context = None,
    *,
    num_samples: int = 1,
    key: Key = None,
    chunk: int | None = None,
    split: str | None = None,
    truth: ToyDensity | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Likelihood:
    """Measure the mean log-likelihood of examples under a flow.

    Where the flow is not exact this is the importance-weighted bound of `num_samples` draws (Burda et
    al. 2016), and the fields say so. The mean is taken in float64, whatever the flow computes in.

    Args:
        flow: the model.
        x: examples with one leading axis.
        context: one context an example, where the model is conditional.
        num_samples: K, the draws of the bound; it makes no difference where the flow is exact.
        key: of the bound's draws; `jax.random.key(0)` without it.
        chunk: how many examples are scored at once, which bounds the memory (the draws of the bound come
            one after another); of about half a million numbers without it.
        split: the name of the part, for the report.
        truth: the density that the examples were drawn from, for the entropy and the gap.
        on_progress: called after each chunk with how many examples are done, and how many there are.

    Raises:
        DataError: there are no examples.
        ConfigError: chunk is below 1.
        SurjaxError: a chunk does not fit into the memory.
        ShapeError: they have not the shape that the flow takes.

    >>> import jax, surjax as sx
    >>> from surjax.evaluate import evaluate
    >>> flow = sx.Flow(sx.HalfNormal((2,)), sx.AbsoluteValue((2,)))
    >>> report = evaluate(flow, jax.numpy.zeros((10, 2)))
    >>> report.exact, report.n, round(report.nll_nats, 4)
    (True, 10, 1.8379)
    """
    values = scores_of(
        flow, x, context, num_samples=num_samples, key=key, chunk=chunk, on_progress=on_progress
    )
    gap = None
    if truth is not None:
        gap = float((np.asarray(truth.log_prob(x), np.float64) - values).mean())
    return dataclasses.replace(
        likelihood_of(values, flow, x, num_samples, split),
        entropy_nats=None if truth is None else truth.entropy(),
        gap_nats=gap,
    )


def scores_of(
    flow: Flow,
    x: Any,
    context: Context = None,
    *,
    num_samples: int = 1,
    key: Key = None,
    chunk: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """The log-likelihood of each example in nats, in the dtype of the flow; see `evaluate`, which takes the
    same and raises the same.

    A model of rows with gaps scores those that have none as the model without gaps would: exactly where that
    is exact, and with the same numbers.
    """
    if np.shape(x)[:1] == (0,):
        raise DataError("there are no rows to evaluate: give at least one.")
    if key is None:
        key = jax.random.key(0)
    chunk = chunk_for(flow.shape) if chunk is None else chunk
    if chunk < 1:
        raise ConfigError(f"chunk is {chunk} and must be at least 1.")
    x = _rows(x)
    keys = jax.random.split(key, len(x))
    if not takes_gaps(flow):
        return _score(flow, x, context, num_samples, keys, chunk, on_progress)
    scores = np.empty(len(x), np.dtype(jnp.result_type(float)))
    gaps, done = rows_with_gaps(x), 0
    for model, rows in ((without_gaps(flow), np.flatnonzero(~gaps)), (flow, np.flatnonzero(gaps))):
        if len(rows):
            some, its_context = jax.tree.map(lambda leaf, rows=rows: leaf[rows], (x, context))
            tell = None if on_progress is None else partial(_tell_on, on_progress, done, len(x))
            scores[rows] = _score(model, some, its_context, num_samples, keys[rows], chunk, tell)
            done += len(rows)
    return scores


def _tell_on(on_progress: Callable[[int, int], None], before: int, whole: int, done: int, n: int) -> None:
    """Tell of a part of the examples, some being done already, as of the whole."""
    on_progress(before + done, whole)


def likelihood_of(
    scores: np.ndarray, flow: Flow, x: Any, num_samples: int, split: str | None = None
) -> Likelihood:
    """What the scores of examples x under a flow come to; the mean is taken in float64."""
    mean, error = mean_and_error(scores)
    exact = exact_for(flow, x)
    return Likelihood(
        log_likelihood_nats=mean,
        standard_error_nats=error,
        exact=exact,
        num_samples=1 if exact else num_samples,
        n=len(scores),
        dimensions=math.prod(flow.shape),
        zero_density=int((~np.isfinite(scores)).sum()),
        dtype=str(scores.dtype),
        fingerprint=fingerprint(_rows(x)),
        split=split,
    )


def mean_and_error(scores: np.ndarray) -> tuple[float, float]:
    """The mean of some scores and its standard error, in float64; an error of NaN where there is none."""
    values = np.asarray(scores, np.float64)
    spread = values.std(ddof=1) if len(values) > 1 and np.isfinite(values).all() else math.nan
    return float(values.mean()), float(spread / math.sqrt(len(values)))


def _rows(x: Any) -> np.ndarray | LazyRows:
    return x if isinstance(x, LazyRows) else np.asarray(x)


def _score(
    flow: Flow,
    x: np.ndarray | LazyRows,
    context: Context,
    num_samples: int,
    keys: Any,
    chunk: int,
    on_progress: Callable[[int, int], None] | None,
) -> np.ndarray:
    """The log-likelihood of each example, which has a key of its own, chunk by chunk; a short last one is
    filled up to the same shape."""
    n, scores = len(x), []
    for rows in rows_of_chunks(n, chunk):
        some, its_context = jax.tree.map(lambda leaf, rows=rows: leaf[rows], (x, context))
        with chunk_out_of_memory(len(rows)):
            scores.append(np.asarray(flow.log_prob(some, keys[rows], its_context, num_samples, chunk)))
        if on_progress is not None:
            on_progress(min(sum(map(len, scores)), n), n)
    return np.concatenate(scores)[:n]
