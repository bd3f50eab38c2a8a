"""Any surjax model as a scikit-learn density estimator."""

import dataclasses
import operator
from collections.abc import Mapping
from typing import Any, get_args

import jax
import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from surjax.arguments import numbers
from surjax.data import Table
from surjax.data.given import chosen_columns
from surjax.data.missing import Missing
from surjax.data.split import split
from surjax.errors import ConfigError, DataError
from surjax.evaluate import impute
from surjax.evaluate.imputation import PROPOSALS
from surjax.evaluate.likelihood import scores_of
from surjax.flow import Flow
from surjax.models import find
from surjax.models.build import build_flow
from surjax.train import Fit, Progress, TrainConfig, fit, initialized, require_finite


class FlowDensity(DensityMixin, BaseEstimator):
    """A surjax model with scikit-learn's interface: `fit`, `score_samples`, `score` and `sample`.

    It does what `surjax train` does with a table of numeric columns, in the same code: a part of the rows
    is set aside, on which the best state is chosen and training stops. With refit=True the model is then
    fitted once more, to all rows, for as many steps as were best, so that no row is lost where there
    are few. Log-densities are in nats, in the units of the columns given.

    With missing="model" entries of X may be NaN. A row is then scored by those that are present, and `impute`
    draws the others: see `surjax.Imputed`.

    Args:
        model: the name of a model, as `surjax models` lists them.
        given: the columns that are given and not modelled, by their numbers or, where X has names, by these:
            then log-densities are of the other columns given these, log p(rest | given).
        options: of the model's configuration, by name; its defaults for the rest.
        training: settings of `surjax.TrainConfig`, by name; the model's defaults for the rest.
        validation_fraction: the share of the rows that is set aside; 0 for none.
        refit: fit once more, to all rows.
        num_samples: for models whose likelihood is a lower bound, as that of rows with gaps is, how many
            importance samples `score_samples` takes.
        random_state: of the split, the weights and the training; an int gives the same model each time.
        missing: what is done with NaN in X: "refuse", or "model".

    Attributes:
        flow_: the fitted `surjax.Flow`.
        history_: the `surjax.train.Progress` of each evaluation, of the first fit.
        n_steps_: how many steps flow_ was trained; 0 where no step made it better than its start.
        n_features_in_: the number of columns.
        feature_names_in_: their names, where X had some.
        given_: the numbers of the columns that are given, in ascending order.

    Raises:
        ConfigError: from `fit`, where a name is unknown or a setting out of range, or the model can be given
            nothing; from `sample`, where it is to be given something and is not, or the other way round.
        DataError: where a number of X is infinite, or NaN but for missing="model", or a row is all NaN; where
            columns that are given are none of X or all.
        KeyboardInterrupt: from `fit`, on Ctrl-C; no model is kept that is half trained.

    >>> from sklearn.datasets import load_iris
    >>> from surjax.sklearn import FlowDensity
    >>> density = FlowDensity("maf", options={"num_layers": 1}, training={"steps": 50}).fit(load_iris().data)
    >>> density.score_samples(load_iris().data).shape, density.sample(5).shape
    ((150,), (5, 4))
    >>> last = FlowDensity("maf", given=[0, 1, 2], training={"steps": 50}).fit(load_iris().data)
    >>> last.sample(2, given=[5.0, 3.4, 1.5])[:, :3].tolist()
    [[5.0, 3.4, 1.5], [5.0, 3.4, 1.5]]
    """

    def __init__(
        self,
        model: Any = "tabular",  # scikit-learn wants a constructor that takes whatever it is given
        *,
        given: Any = None,
        options: Any = None,
        training: Any = None,
        validation_fraction: Any = 0.15,
        refit: Any = True,
        num_samples: Any = 1,
        random_state: Any = 0,
        missing: Any = "refuse",
    ):
        self.model = model
        self.given = given
        self.options = options
        self.training = training
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.num_samples = num_samples
        self.random_state = random_state
        self.missing = missing

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> "FlowDensity":
        """Fit to the rows of X, of shape (n, columns), which count as their weights (n,) say; y is not used.

        Rows of weight 0 are left out.
        """
        if self.missing not in get_args(Missing):
            raise ConfigError(
                f"missing is {self.missing!r} and must be one of {', '.join(get_args(Missing))}."
            )
        x, weight = self._rows(X, reset=True), None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
            x, weight = x[weight > 0], weight[weight > 0]
            if len(x) < 2:
                raise DataError("fewer than two rows have a weight above 0: give some more weight.")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        config = _configure(find(self.model), self.options)
        training = _configure(config.training, {"seed": seed, **(self.training or {})})
        densities = {f"x{i}": "numeric" for i in range(x.shape[1])}
        table = Table.from_array(x, "X", kinds=densities, missing=self.missing)
        at = self._numbers_of_given()
        if at:
            table = table.conditioned([f"x{i}" for i in at])
        flow = build_flow(config, table.form, jax.random.key(seed))
        x, context = _divided(x, at)
        share = self.validation_fraction
        train, held_out = split(len(x), (1 - share, share), seed)
        validation = x[held_out] if len(held_out) else None
        contexts = (None, None) if context is None else (context[train], context[held_out])
        weights = (None, None) if weight is None else (weight[train], weight[held_out])
        fitted = _to_the_end(
            fit(
                flow,
                x[train],
                context=contexts[0],
                weight=weights[0],
                validation=validation,
                validation_context=None if validation is None else contexts[1],
                validation_weight=None if validation is None else weights[1],
                config=training,
            )
        )
        history, steps = fitted.history, fitted.step
        if validation is not None and training.keep_best:
            steps = _best(history).step
        refit = validation is not None and training.keep_best and self.refit
        fitted_flow = _for_steps(flow, x, context, weight, training, steps) if refit else fitted.flow
        self.flow_, self.history_, self.n_steps_, self._seed = fitted_flow, history, steps, seed
        self.given_ = at
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """log p(x) of each row of X, in nats (where the model is not exact, its lower bound); log p(rest |
        given) where columns are given."""
        check_is_fitted(self, "flow_")
        x, context = _divided(self._rows(X, reset=False), self.given_)
        return scores_of(
            self.flow_, x, num_samples=self.num_samples, key=jax.random.key(self._seed), context=context
        )

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`, as scikit-learn's GaussianMixture has it."""
        return float(self.score_samples(X).mean(dtype=np.float64))

    def sample(self, n_samples: int = 1, random_state: Any = None, given: Any = None) -> np.ndarray:
        """Draw rows, of shape (n_samples, columns); the same ones for the same int random_state.

        given: the values of the columns that are given, in the order of `given_`, or by name in a mapping; or
        an array of several rows of them: n_samples are drawn of each in turn. They stand in their columns.
        """
        check_is_fitted(self, "flow_")
        seed = int(check_random_state(random_state).randint(2**31 - 1))
        context = self._given_rows(given, n_samples)
        n = n_samples if context is None else len(context)
        x = np.asarray(self.flow_.sample(jax.random.key(seed), n, context))
        if context is None:
            return x
        columns = len(self._names())
        rows = np.empty((n, columns), np.result_type(x, context))
        rows[:, self.given_] = context
        rows[:, [i for i in range(columns) if i not in self.given_]] = x
        return rows

    def _names(self) -> list[Any]:
        """What the columns are called: their names where X had some, else their numbers."""
        fitted: Any = self  # scikit-learn sets what is known of X
        return list(getattr(fitted, "feature_names_in_", range(fitted.n_features_in_)))

    def _numbers_of_given(self) -> list[int]:
        """The numbers of the columns that are given, in ascending order."""
        if self.given is None or not len(self.given):
            return []
        names = self._names()
        entries = [entry if isinstance(entry, str) else operator.index(entry) for entry in self.given]
        named = [names[e] if isinstance(e, int) and 0 <= e < len(names) else e for e in entries]
        chosen = chosen_columns(named, names, "X")
        return [number for number, name in enumerate(names) if name in chosen]

    def _given_rows(self, given: Any, n: int) -> np.ndarray | None:
        """What each sample is given, (rows, given); None where nothing is."""
        if (given is not None) != bool(self.given_):
            raise ConfigError(
                "the model is given nothing: leave given out."
                if given is not None
                else f"the model is given the columns {self.given_}: say their values by given=[…]."
            )
        if given is None:
            return None
        if isinstance(given, Mapping):
            names = self._names()
            wanted = [names[i] for i in self.given_]
            if set(given) != set(wanted):
                raise ConfigError(
                    f"the model is given {', '.join(map(str, wanted))} and was given "
                    f"{', '.join(map(str, given))}: give these."
                )
            given = np.stack([np.asarray(given[name], np.float64) for name in wanted], -1)
        rows = np.atleast_2d(numbers(given, "given").astype(np.float64))
        if rows.ndim != 2 or rows.shape[1] != len(self.given_):
            raise ConfigError(
                f"given has shape {np.shape(given)} and the model is given {len(self.given_)} columns: give "
                "as many numbers, or rows of them."
            )
        require_finite(rows, "given")
        return np.repeat(rows, n, 0)

    def impute(
        self, X: Any, draws: int | None = None, random_state: Any = None, proposals: int = PROPOSALS
    ) -> np.ndarray:
        """X with its missing entries drawn given the others of their row, which stay as they are.

        The shape is that of X, or (draws, n, columns) with draws: the mean over the first axis estimates what
        is missing, its spread how well it is known. See `surjax.evaluate.impute`, also for the proposals.
        """
        check_is_fitted(self, "flow_")
        x = self._rows(X, reset=False, empty=True)
        key = jax.random.key(int(check_random_state(random_state).randint(2**31 - 1)))
        found = impute(self.flow_, x, draws=1 if draws is None else draws, proposals=proposals, key=key).x
        return found[0] if draws is None else found

    def __sklearn_tags__(self) -> Any:
        """Whether NaN is taken, among what scikit-learn asks of an estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "model"
        return tags

    def _rows(self, X: Any, reset: bool, empty: bool = False) -> np.ndarray:
        """X in float64, in which it is shifted and scaled; empty: whether a row may be all NaN."""
        rows = validate_data(
            self,
            X,
            reset=reset,
            dtype=np.float64,
            ensure_min_samples=2 if reset else 1,
            ensure_all_finite=False,  # which is told with its row and column
        )
        gaps = self.missing == "model"
        require_finite(rows, "X", gaps=gaps, option='say missing="model"')
        without = np.isnan(rows).all(1)
        if gaps and not empty and without.any():
            raise DataError(f"row {int(np.argmax(without))} of X (from 0) is NaN throughout: leave it out.")
        return np.asarray(rows)


def _configure(config: Any, fields: Mapping[str, Any] | None) -> Any:
    """A configuration, or the class of one, with some fields replaced; ConfigError for unknown ones."""
    known = [field.name for field in dataclasses.fields(config)]
    unknown = [name for name in fields or {} if name not in known]
    if unknown:
        raise ConfigError(f"there is no setting {unknown[0]!r}: choose among {', '.join(known)}.")
    default = config() if isinstance(config, type) else config
    return dataclasses.replace(default, **(fields or {}))


def _divided(x: np.ndarray, given: list[int]) -> tuple[np.ndarray, np.ndarray | None]:
    """(the columns that are modelled, those that are given; None where none are)."""
    return (np.delete(x, given, 1), x[:, given]) if given else (x, None)


def _for_steps(
    flow: Flow, x: np.ndarray, context: Any, weight: Any, training: TrainConfig, steps: int
) -> Flow:
    """The flow after so many steps on all of x, which may be none."""
    if steps == 0:
        return initialized(flow, x, context=context, weight=weight, config=training)
    config = dataclasses.replace(training, steps=steps, patience=None)
    return _to_the_end(fit(flow, x, context=context, weight=weight, config=config)).flow


def _to_the_end(fitted: Fit) -> Fit:
    """The same, or KeyboardInterrupt where Ctrl-C ended it."""
    if fitted.stopped == "interrupted":
        raise KeyboardInterrupt
    return fitted


def _best(history: list[Progress]) -> Progress:
    """The evaluation with the lowest validation loss."""
    return min(history, key=lambda progress: progress.validation_loss)
