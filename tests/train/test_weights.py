import jax
import numpy as np
import pytest
from sklearn.datasets import load_iris

import surjax as sx
from surjax.errors import DataError
from surjax.sklearn import FlowDensity
from surjax.train import initialized

X = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
WHOLE = sx.TrainConfig(steps=5, batch_size=64, eval_every=5)


def flow():
    return sx.Flow(sx.Normal((2,)), sx.Affine((2,)))


def normal(fitted):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(fitted)]


def test_weights_are_repetitions():
    """Of whole batches, for then no step depends on which rows were drawn."""
    times = np.random.default_rng(1).integers(1, 4, 64)
    repeated = np.repeat(X, times, axis=0)
    whole = sx.TrainConfig(steps=5, batch_size=len(repeated), eval_every=5)
    wanted = sx.fit(flow(), repeated, validation=repeated, config=whole)
    got = sx.fit(flow(), X, weight=times, validation=X, validation_weight=10 * times, config=WHOLE)
    for a, b in zip(normal(got.flow), normal(wanted.flow), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert got.history[-1].validation_loss == pytest.approx(wanted.history[-1].validation_loss, rel=1e-5)


def test_equal_weights_are_none():
    for a, b in zip(
        normal(sx.fit(flow(), X, weight=np.full(64, 7.0), config=WHOLE).flow),
        normal(sx.fit(flow(), X, config=WHOLE).flow),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_what_starts_from_data_starts_from_rows_by_weight():
    weight = np.where(X[:, 0] > 0, 1.0, 1e-6)
    start = initialized(sx.Flow(sx.Normal((2,)), sx.ActNorm((2,))), X, weight=weight)
    np.testing.assert_allclose(start.transform.loc[0], X[X[:, 0] > 0, 0].mean(), atol=0.1)


def test_streams_are_weighted_alike(monkeypatch):
    weight = np.linspace(1, 2, 64)
    wanted = sx.fit(flow(), X, weight=weight, config=WHOLE).flow
    got = sx.fit(flow(), X, weight=weight, config=sx.TrainConfig(**{**WHOLE.__dict__, "device_gib": 0})).flow
    for a, b in zip(normal(got), normal(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), r"the weights have shape \(3,\) and there are 64 rows"),
        (np.zeros(64), "the weight of row 0 is 0 and must be positive"),
        (np.r_[np.ones(63), np.nan], "the weight of row 63 is nan"),
    ],
)
def test_wrong_weights(weight, message):
    with pytest.raises(DataError, match=message):
        sx.fit(flow(), X, weight=weight, config=WHOLE)


def test_the_estimator_leaves_rows_of_no_weight_out():
    iris = load_iris().data
    small = FlowDensity("maf", options={"num_layers": 1, "hidden": (4,)}, training={"steps": 2})
    weight = np.r_[np.zeros(50), np.full(100, 3)]
    got = small.fit(iris, sample_weight=weight).score_samples(iris)
    np.testing.assert_array_equal(got, small.fit(iris[50:]).score_samples(iris))
    with pytest.raises(DataError, match="fewer than two rows"):
        small.fit(iris, sample_weight=np.eye(150)[0])
