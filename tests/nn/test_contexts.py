"""Contexts of networks of images that are missing, too many or of another size: a sentence each."""

import jax
import jax.numpy as jnp
import pytest

import surjax as sx
from surjax.errors import ShapeError

SHAPE, CONTEXT = (4, 4, 4), (3, 4, 4)
NETWORKS = ("ConvLSTM", "ConvStack", "DenseNet", "GatedAttentionConv", "GlowConv", "ResidualConv")


def flow(name, context_shape):
    of = sx.MaskedAutoregressive.of if name == "ConvLSTM" else sx.Coupling.of
    network = getattr(sx.nn, name).of()
    layer = of(SHAPE, sx.univariate.Affine(), network, context_shape=context_shape, key=jax.random.key(0))
    return sx.Flow(sx.Normal(SHAPE), layer)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("built", "given", "sentence"),
    [
        (CONTEXT, None, "channels"),
        (CONTEXT, (5, 4, 4), "channels"),
        (CONTEXT, (3, 2, 2), r"context of shape \(3, 2, 2\) beside x of shape \(., 4, 4\): give an image"),
        (None, CONTEXT, "channels"),
    ],
)
def test_a_context_that_does_not_fit_is_a_sentence(name, built, given, sentence):
    context = None if given is None else jnp.ones((2, *given))
    with pytest.raises(ShapeError, match=sentence):
        jax.eval_shape(flow(name, built).log_prob, jnp.ones((2, *SHAPE)), None, context)
