"""What a flow is handed: numbers of any kind, keys of both kinds, contexts, counts; and what it refuses."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import surjax as sx
from surjax.arguments import as_keys, count, numbers, require_keys, sample_axes
from surjax.errors import DataError, ShapeError, SurjaxError
from surjax.plain import plain

KEY = jax.random.key(0)
FLOW = sx.Flow(sx.Normal((2,)), sx.Affine((2,), 2.0, 1.0))
CONDITIONAL = sx.Flow(sx.Conditional(sx.Normal((2,)), sx.nn.MLP(3, 4, hidden=(4,), key=KEY)), sx.Affine((2,)))
X = np.array([[1, 2], [3, 4], [0, 5]])
ROWS = np.ones((4, 5, 2), np.float32)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.float16, ">f4", ">i8"])
def test_numbers_of_any_type_score_as_floats(dtype):
    for transform in (sx.ActNorm((2,)), sx.Whiten(2), sx.Logit(0.1), sx.Sigmoid()):
        z, contribution = transform.forward(numbers(X[0].astype(dtype), "x"))
        same_z, same = transform.forward(X[0].astype(np.float32))
        np.testing.assert_array_equal(z, same_z)
        assert (contribution, contribution.dtype) == (same, same.dtype)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float16, bool])
def test_a_flow_and_its_initialisation_take_whole_numbers_as_floats(dtype):
    xs = (X % 2).astype(dtype)
    started = sx.Flow(sx.Normal((2,)), sx.ActNorm((2,))).initialize(xs)
    as_floats = sx.Flow(sx.Normal((2,)), sx.ActNorm((2,))).initialize(xs.astype(np.float32))
    np.testing.assert_array_equal(started.log_prob(xs), as_floats.log_prob(xs.astype(np.float32)))


@pytest.mark.parametrize(
    "given",
    [
        X.tolist(),
        pd.DataFrame(X),
        pd.DataFrame(X).astype("Int64"),
        pd.DataFrame(X, dtype=object),
        np.broadcast_to(X.astype(np.float32), (3, 2)),
    ],
)
def test_lists_and_tables_are_arrays(given):
    np.testing.assert_array_equal(FLOW.log_prob(given), FLOW.log_prob(X.astype(np.float32)))


def test_whole_numbers_beyond_32_bits_are_not_cut():
    assert numbers(np.array([2**40]), "x")[0] == 2.0**40


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "None"),
        ([["a", "b"]], "type <U1"),
        (pd.DataFrame({"a": [1.0], "b": ["z"]}), "text"),
        (sparse.csr_matrix(X), "sparse"),
        ([[1.0, 2.0], [3.0]], "uneven"),
        (np.array([[1j, 2.0]]), "complex"),
        (np.array([["2020-01-01", "2020-01-02"]], "M8[s]"), "datetime64"),
        ([[{}, {}]], "objects"),
    ],
)
def test_what_holds_no_numbers_is_told(given, told):
    with pytest.raises(DataError, match=told):
        FLOW.log_prob(given)
    with pytest.raises(DataError, match=told):
        sx.fit(FLOW if given is None else sx.Flow(sx.Normal((2,)), sx.Affine((2,))), given)


@pytest.mark.parametrize("shape", [(5, 4, 3), (2, 10, 3), (20, 1, 3), (3,), (1, 3), (7, 3)])
def test_a_context_has_the_leading_axes_of_x(shape):
    context = np.ones(shape, np.float32)
    calls = (
        lambda: CONDITIONAL.log_prob(ROWS, context=context),
        lambda: CONDITIONAL.encode(ROWS, context=context),
        lambda: CONDITIONAL.decode(ROWS, context=context),
        lambda: CONDITIONAL.sample(KEY, (4, 5), context=context),
        lambda: jax.jit(lambda c: CONDITIONAL.log_prob(ROWS, context=c))(context),
    )
    for call in calls:
        with pytest.raises(ShapeError, match=r"context has an array of shape .*broadcast_to"):
            call()


def test_what_was_dropped_has_the_leading_axes_of_z():
    flow = sx.Flow(sx.HalfNormal((2,)), sx.AbsoluteValue((2,)))
    with pytest.raises(ShapeError, match="dropped has an array of shape"):
        flow.decode(jnp.ones((6, 2)), jnp.zeros((2, 3, 2), jnp.int8))


def test_a_missing_context_is_told():
    calls = (
        lambda: CONDITIONAL.log_prob(ROWS),
        lambda: CONDITIONAL.sample(KEY, 2),
        lambda: CONDITIONAL.initialize(ROWS[0]),
        lambda: jax.grad(CONDITIONAL.log_prob)(ROWS[0, 0]),
        lambda: jax.vmap(CONDITIONAL.log_prob)(ROWS[0]),
        lambda: sx.fit(CONDITIONAL, ROWS[0]),
        lambda: sx.nn.MLP(3, 4, key=KEY)(None),
    )
    for call in calls:
        with pytest.raises(SurjaxError, match="conditional and was given no context: pass context="):
            call()


def test_a_context_of_another_size_is_told():
    with pytest.raises(ShapeError, match="MLP takes 3 numbers and was given 2"):
        CONDITIONAL.log_prob(ROWS[0], context=np.ones((5, 2)))
    with pytest.raises(DataError, match="context holds something other than numbers"):
        CONDITIONAL.log_prob(ROWS[0], context=np.array([["a"] * 3] * 5))


@pytest.mark.parametrize("key", [0, "key", np.zeros(2), np.zeros(3, np.uint32)])
def test_what_is_no_key_is_told(key):
    with pytest.raises(SurjaxError, match=r"pass key=jax.random.key"):
        as_keys(key, (3,))


def test_keys_of_both_kinds_draw_the_same():
    old, new = jax.random.PRNGKey(3), jax.random.key(3)
    np.testing.assert_array_equal(FLOW.sample(old, 3), FLOW.sample(new, 3))
    np.testing.assert_array_equal(
        FLOW.sample(jax.random.split(old, 3), 3), FLOW.sample(jax.random.split(new, 3), 3)
    )
    with pytest.raises(ShapeError, match="one an example"):
        FLOW.sample(jax.random.split(new, 4), 3)
    with pytest.raises(SurjaxError, match="no key was given"):
        require_keys(None, (3,))


@pytest.mark.parametrize("n", [np.int64(3), np.int8(3), np.array(3), jnp.int32(3), 3])
def test_counts_may_be_numpys(n):
    assert sample_axes(n) == (3,)
    assert sample_axes((n, 2)) == (3, 2)
    assert sample_axes(np.array([3, 2])) == (3, 2)


@pytest.mark.parametrize("n", [3.0, np.float64(3), True, np.bool_(True), "3", None, -1])
def test_what_is_no_count_is_told(n):
    with pytest.raises(SurjaxError, match="num is"):
        count(n, "num")


def test_scalars_inside_are_plain():
    made = plain({"hidden": (np.int64(4), [np.float32(0.5)]), "name": "maf"})
    assert made == {"hidden": (4, [0.5]), "name": "maf"}
    assert (type(made["hidden"][0]), type(made["hidden"][1][0])) == (int, float)


EDGES = jnp.array([-jnp.inf, -1e30, -1.1, -1.0, -1e-30, 0.0, 1e-38, 0.5, 1.0, 1.1, 1e30, jnp.inf, jnp.nan])


@pytest.mark.parametrize(
    ("transform", "ends"),
    [
        (sx.Logit(), (0.0, 1.0)),
        (sx.Logit(0.05), (0.0, 1.0)),
        (sx.Inverse(sx.Sigmoid()), (0.0, 1.0)),
        (sx.Inverse(sx.Tanh()), (-1.0, 1.0)),
        (sx.Inverse(sx.Softplus()), (0.0, jnp.inf)),
    ],
)
def test_edges_of_a_support(transform, ends):
    def log_prob(x):
        z, contribution = transform.forward(x)
        return contribution - 0.5 * z * z

    values, gradients = jax.vmap(jax.value_and_grad(log_prob))(EDGES)
    outside = (ends[0] > EDGES) | (ends[1] < EDGES)
    inside = ~outside & (EDGES < 1e30)
    assert (values[outside] == -jnp.inf).all()
    assert jnp.isfinite(values[inside]).all()
    assert not jnp.isnan(gradients[:-1]).any()
    assert jnp.isnan(values[-1])


def test_bounded_densities_at_the_edges():
    for base in (sx.Uniform(()), sx.HalfNormal(())):
        values, gradients = jax.vmap(jax.value_and_grad(base.log_prob))(EDGES)
        assert (values[EDGES < 0] == -jnp.inf).all()
        assert not jnp.isnan(gradients[:-1]).any()
        assert jnp.isnan(values[-1])


PROGRAM = """
import jax, numpy as np, surjax as sx
from surjax.errors import ConfigError
key = jax.random.key(0)
spline = sx.univariate.RationalQuadraticSpline(num_bins=np.int64(4), interval=(np.float32(-5), 5.0))
assert type(spline.num_bins) is int
def step(k):
    network = sx.nn.MLP(np.int64(1), spline.num_params, hidden=tuple(np.array([4])), key=k)
    return sx.Chain(sx.Coupling((np.int64(2),), spline, network), sx.Reverse())
repeat = sx.Repeat(step, np.int32(2), key=key)
start = sx.Chain(sx.AbsoluteValue((2,)), sx.Inverse(sx.Softplus()), sx.ActNorm((2,)))
flow = sx.Flow(sx.Normal((np.int64(2),)), sx.Chain(start, repeat))
assert type(flow.shape[0]) is int
config = sx.TrainConfig(steps=np.int64(5), learning_rate=np.float32(0.5), shift=(np.int32(0), 1))
assert (type(config.steps), type(config.learning_rate), type(config.shift[0])) == (int, float, int)
for steps in (2.5, True, "3", 3.0):
    try:
        sx.TrainConfig(steps=steps)
    except ConfigError as error:
        assert "a whole number" in str(error)
    else:
        raise AssertionError(steps)

def dtype_of(method, *args):
    return jax.eval_shape(method, *args).dtype

for dtype in ("float32", "float64", "int32"):
    x = np.arange(1, 9).reshape(4, 2).astype(dtype)
    for method in (flow.log_prob, lambda x: flow.initialize(x).log_prob(x), lambda x: flow.encode(x)[0]):
        assert dtype_of(method, x) == "float64", dtype
assert dtype_of(lambda k: flow.sample(k, 3), key) == "float64"
narrow = jax.tree.map(lambda a: a.astype("float32") if a.dtype == "float64" else a, flow)
assert dtype_of(narrow.log_prob, x.astype("float32")) == "float64"
assert dtype_of(lambda k: narrow.sample_and_log_prob(k, 3)[1], key) == "float64"
"""


def test_a_program_in_float64_with_settings_of_numpy():
    environment = os.environ | {"JAX_ENABLE_X64": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=False, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
