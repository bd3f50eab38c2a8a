import jax
import jax.numpy as jnp
import pytest

import surjax as sx
from surjax import compilation
from surjax.compilation import large_batch_jit
from surjax.flow import _has_small_products


@pytest.fixture
def tuned(monkeypatch):
    """How often a program is compiled with options."""
    seen = []

    def counted(function, **settings):
        seen.append(function)
        return jax.jit(function)

    monkeypatch.setattr(compilation, "jit_with_options", counted)
    return seen


def test_options_are_for_the_outermost_program_alone(tuned):
    double = large_batch_jit(lambda x: 2 * x)
    assert jax.grad(double)(3.0) == jax.jit(double)(1.0) == 2
    assert not tuned
    assert double(jnp.float32(3)) == 6
    assert len(tuned) == 1


def test_no_options_where_they_would_slow_it(tuned):
    double = large_batch_jit(lambda x: 2 * x, unless=lambda x: x > 3)
    assert double(jnp.float32(4)) == 8
    assert not tuned
    assert double(jnp.float32(3)) == 6
    assert len(tuned) == 1


def test_a_flow_that_samples_one_element_after_the_other_is_known():
    made = sx.nn.MADE(2, 2, hidden=(4,), key=jax.random.key(0))
    maf = sx.MaskedAutoregressive(sx.univariate.Affine(), made)
    assert _has_small_products(sx.Flow(sx.Normal((2,)), sx.Chain(sx.Reverse(), sx.Inverse(maf))))
    assert not _has_small_products(sx.Flow(sx.Normal((2,)), sx.Reverse()))
