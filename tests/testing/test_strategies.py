"""The strategies draw what they say, and transforms hold on all that they draw."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings

import surjax as sx
from surjax.errors import ConfigError
from surjax.testing.strategies import interval, reals, whole_numbers

few = settings(max_examples=50, deadline=None, derandomize=True, database=None)

SORT = sx.Sort(4)
SIGN = sx.AbsoluteValue((4,), whole=True)
PYRAMID = sx.Pyramid((1, 2, 2), sx.DiscretizedLogistic((3, 1, 1), 511, loc=255.0))
ROUNDING = sx.Rounding(sx.Uniform((4,)))
there_and_back = {
    name: jax.jit(lambda x, t=t: t.merge(*t.split(x)))
    for name, t in {"sort": SORT, "sign": SIGN, "pyramid": PYRAMID, "rounding": ROUNDING}.items()
}


@few
@given(reals(4))
def test_whatever_is_sorted_or_loses_its_sign_comes_back(x):
    np.testing.assert_array_equal(there_and_back["sort"](x), x)
    np.testing.assert_array_equal(there_and_back["sign"](x), x)


@few
@given(interval(4, low=-4e6, high=4e6))
def test_rounded_numbers_come_back_nearly_and_never_reach_the_next_whole_number(x):
    back = np.asarray(there_and_back["rounding"](x))
    np.testing.assert_allclose(back, x, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(np.floor(back), np.floor(x))


@few
@given(whole_numbers(1, 2, 2, high=256))
def test_pyramid_is_one_to_one_on_pixels(x):
    np.testing.assert_array_equal(there_and_back["pyramid"](x), x)


@few
@given(interval(3, low=0.25, high=0.75, dtype="float64"), whole_numbers(2, low=-2, high=1, dtype="int32"))
def test_strategies_keep_to_their_domains(x, whole):
    assert (x.shape, x.dtype) == ((3,), np.float64)
    assert ((x >= 0.25) & (x <= 0.75)).all()
    assert (whole.shape, whole.dtype) == ((2,), np.int32)
    assert set(whole.tolist()) <= {-2, -1, 0}


@pytest.mark.parametrize("make", [lambda: interval(2, low=1.0, high=1.0), lambda: whole_numbers(2, high=0)])
def test_empty_domain_is_refused(make):
    with pytest.raises(ConfigError, match=r"numbers from .* were asked for: "):
        make()


def test_another_dtype_is_refused():
    with pytest.raises(ConfigError, match="'int8' and must be one of float32, float64"):
        reals(2, dtype="int8")
