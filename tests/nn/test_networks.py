"""The networks: what they depend on, and what they refuse."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax import nn
from surjax.errors import ConfigError, ShapeError


@pytest.mark.parametrize("hidden", [(), (3,), (16, 7)])
def test_made_lets_each_element_see_those_before_it_and_the_context(hidden):
    made = nn.MADE(4, 3, hidden=hidden, context_size=2, activation="tanh", key=jax.random.key(0))
    x, context = jnp.ones(4), jnp.ones(2)
    by_x = np.asarray(jax.jacobian(made)(x, context)).reshape(4, 3, 4)
    by_context = np.asarray(jax.jacobian(made, 1)(x, context)).reshape(4, 3, 2)
    assert (np.triu(np.abs(by_x).max(1)) == 0).all()  # no element sees itself or a later one
    assert (by_context != 0).all()
    if hidden != (3,):  # three hidden units are of three degrees, and the fourth goes without
        assert (np.abs(by_x).max(1)[np.tril_indices(4, -1)] != 0).all()


@pytest.mark.parametrize("network", ["MLP", "ResidualMLP", "MADE"])
def test_network_that_starts_at_zero_does_and_still_learns(network):
    net = getattr(nn, network)(3, 2, zero_last=True, key=jax.random.key(0))
    x = jnp.array([0.1, -2.0, 1.0])
    np.testing.assert_array_equal(net(x), 0.0)
    gradient = eqx.filter_grad(lambda net: net(x).sum())(net)
    assert max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(gradient)) > 0


@pytest.mark.parametrize("network", ["MLP", "ResidualMLP", "MADE"])
def test_unknown_activation_is_refused(network):
    with pytest.raises(ConfigError, match="'swoosh' and must be one of"):
        getattr(nn, network)(3, 2, activation="swoosh", key=jax.random.key(0))


@pytest.mark.parametrize("context", [None, jnp.ones(3)])
def test_context_of_the_wrong_size_is_refused(context):
    made = nn.MADE(3, 1, hidden=(4,), context_size=2, key=jax.random.key(0))
    with pytest.raises(ShapeError, match="built for 2"):
        made(jnp.ones(3), context)
