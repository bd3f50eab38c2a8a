import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.nn.base import ACTIVATIONS


def of_whole_masks(made, x, context):
    """What MADE gives, by products with all zeros of the masks."""
    *hidden, (last, bias) = made._masked_weights()
    h = made._inputs(x, context)
    for weight, shift in hidden:
        h = ACTIVATIONS[made.activation](weight @ h + shift)
    return made.in_order((last @ h + bias).reshape(made.size, made.num_params)).ravel()


@pytest.mark.parametrize(
    ("size", "hidden", "context_size", "reverse"),
    [(8, (256, 256), 0, False), (3, (300,), 0, True), (20, (512, 260), 5, False), (1, (256, 256), 2, False)],
)
def test_blocks_of_zeros_are_left_out_and_nothing_else(size, hidden, context_size, reverse):
    key, x_key, context_key = jax.random.split(jax.random.key(0), 3)
    made = sx.nn.MADE(size, 3, hidden=hidden, context_size=context_size, reverse=reverse, key=key)
    assert any(len(made._cuts(degrees)) > 2 for degrees in made._degrees()) == (size > 1)
    x = jax.random.normal(x_key, (size,))
    context = jax.random.normal(context_key, (context_size,)) if context_size else None
    calls = (lambda x: made(x, context), lambda x: of_whole_masks(made, x, context))
    one, other = (call(x) for call in calls)
    np.testing.assert_allclose(one, other, atol=1e-6)
    one, other = (jax.grad(lambda x, call=call: jnp.sin(call(x)).sum())(x) for call in calls)
    np.testing.assert_allclose(one, other, atol=1e-5)
