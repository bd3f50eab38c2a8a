"""Starts that networks take from a batch: what they reach, and what they leave as it was learned."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax import nn
from surjax.parts import parts_of
from surjax.testing import trained_like
from surjax.testing.initialization import Starts
from surjax.testing.initialization_laws import learned_is_kept, structure_is_kept

KEY = jax.random.key(0)


class Centred(nn.Network):
    """A vector less what was the mean of a batch, times a number that is learned."""

    mean: jax.Array
    gain: jax.Array

    def __init__(self, size):
        self.mean, self.gain = jnp.zeros(size), jnp.ones(())

    def __call__(self, x, context=None):
        return self.gain * (x - self.mean)

    def initialize(self, xs, contexts=None):
        new = eqx.tree_at(lambda network: network.mean, self, xs.mean(0))
        return new, jax.vmap(new)(xs, contexts)


NETWORKS = {
    "Periodic": (lambda: nn.Periodic(Centred(2 * 4), harmonics=2), (2,)),
    "OneBlob": (lambda: nn.OneBlob(Centred(2 * 4), num_blobs=3), (2,)),
    "BoundedScale": (lambda: nn.BoundedScale(nn.NormConv(2, 4, size=1, key=KEY)), (2, 4, 4)),
    "OnCheckerboard": (lambda: nn.OnCheckerboard(nn.NormConv(3, 4, size=1, key=KEY)), (2, 4, 2)),
    "GlowConv": (lambda: nn.GlowConv(2, 4, width=6, key=KEY), (2, 4, 4)),
    "ResidualConv": (lambda: nn.ResidualConv(2, 4, width=6, blocks=2, key=KEY), (2, 4, 4)),
    "ImageEncoder": (lambda: nn.ImageEncoder(2, width=4, blocks=2, key=KEY), (2, 4, 4)),
    "GatedAttentionConv": (
        lambda: nn.GatedAttentionConv((2, 4, 4), 4, width=6, blocks=2, heads=2, key=KEY),
        (2, 4, 4),
    ),
}
"""How to make one, and the shape of its x."""


@pytest.mark.parametrize("name", NETWORKS)
def test_start_moves_what_data_decide_and_keeps_what_is_learned(name):
    make, shape = NETWORKS[name]
    network = trained_like(make(), KEY, 0.3)
    batches = [3 + 2 * jax.random.normal(jax.random.key(i), (16, *shape)) for i in (1, 2)]
    start = eqx.filter_jit(lambda network, xs: network.initialize(xs))
    (first, ys), (second, _) = (start(network, xs) for xs in batches)
    for difference in (
        *structure_is_kept(starts := Starts(network, first, second)),
        *learned_is_kept(starts),
    ):
        assert difference.holds, difference
    moved = jax.tree.map(lambda a, b: bool((np.asarray(a) != np.asarray(b)).any()), network, first)
    assert any(jax.tree.leaves(moved))
    np.testing.assert_allclose(jax.jit(jax.vmap(first))(batches[0]), ys, rtol=1e-4, atol=1e-4)


def test_bound_that_was_learned_stays_and_the_network_inside_starts():
    bounded = eqx.tree_at(lambda b: b.bound, NETWORKS["BoundedScale"][0](), jnp.asarray(0.3))
    new, _ = bounded.initialize(5 + jax.random.normal(KEY, (16, 2, 4, 4)))
    assert new.bound == jnp.float32(0.3)
    (conv,) = parts_of(new, nn.NormConv)
    assert (conv.log_scale != 0).all()
