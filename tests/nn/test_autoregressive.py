"""The protocol of autoregressive networks: a new one joins with one line."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax import nn
from surjax.errors import ConfigError
from surjax.nn import MADE, Autoregressive, ConvLSTM

KEY = jax.random.key(0)

NETWORKS = {
    "MADE": (lambda: MADE(4, 3, hidden=(9, 7), activation="tanh", key=KEY), None),
    "MADE(context, reverse)": (
        lambda: MADE(4, 2, hidden=(8,), context_size=3, activation="tanh", reverse=True, key=KEY),
        (3,),
    ),
    "ConvLSTM": (lambda: ConvLSTM((4, 2, 3), 3, hidden=4, layers=2, size=3, key=KEY), None),
    "ConvLSTM(context, dilation)": (
        lambda: ConvLSTM((3, 4, 4), 2, hidden=4, layers=1, dilation=2, context_channels=2, key=KEY),
        (2, 4, 4),
    ),
}
"""How to make one, and the shape of its context."""

networks = pytest.mark.parametrize("name", NETWORKS)


def drawn(name):
    """A network, an x and a context."""
    make, shape = NETWORKS[name]
    network = make()
    context = None if shape is None else jax.random.normal(jax.random.key(2), shape)
    return network, jax.random.normal(jax.random.key(1), network.shape), context


def test_every_public_one_is_here():
    public = (getattr(nn, name) for name in nn.__all__)
    classes = {one for one in public if isinstance(one, type) and issubclass(one, Autoregressive)}
    assert {one.__name__ for one in classes - {Autoregressive}} == {name.split("(")[0] for name in NETWORKS}


@networks
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_ways_give_the_same_numbers(name, dtype):
    with jax.enable_x64(dtype == "float64"):
        network, x, context = drawn(name)
        size = (network.shape[0], network.num_params, *network.shape[1:])
        numbers = eqx.filter_jit(network)(x, context).reshape(size)
        made, seen = jax.jit(lambda x: network.generate(lambda h, given: (given, h), x, context))(x)
        assert seen.dtype == numbers.dtype == jnp.dtype(dtype)
        np.testing.assert_array_equal(made, x)
        tolerance = 1e-10 if dtype == "float64" else 1e-5
        np.testing.assert_allclose(jnp.moveaxis(seen, -1, 1), numbers, rtol=tolerance, atol=tolerance)


@networks
def test_no_element_sees_itself_or_a_later_one(name):
    network, x, context = drawn(name)
    jacobian = jax.jit(jax.jacobian(network))(x, context)
    n, size = network.shape[0], x[0].size
    sees = np.abs(np.asarray(jacobian)).reshape(n, -1, n, size).max((1, 3)) > 0
    sees = np.asarray(network.in_order(network.in_order(jnp.asarray(sees)).T)).T
    assert not np.triu(sees).any()
    assert sees[np.tril_indices(n, -1)].all()


@networks
def test_every_element_sees_the_context(name):
    network, x, context = drawn(name)
    if context is not None:
        jacobian = jax.jit(jax.jacobian(network, 1))(x, context)
        assert (np.abs(np.asarray(jacobian)).reshape(network.shape[0], -1).max(1) > 0).all()


@networks
def test_an_element_may_be_decided_by_its_numbers(name):
    network, _, context = drawn(name)
    made, _ = network.generate(lambda h, given: (h[..., 0] + given, ()), jnp.ones(network.shape), context)
    numbers = network(made, context).reshape(network.shape[0], network.num_params, *network.shape[1:])
    np.testing.assert_allclose(made, numbers[:, 0] + 1, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("changes", [{"shape": (4,)}, {"layers": 0}, {"size": 4}])
def test_conv_lstm_that_cannot_be_is_refused(changes):
    settings = {"shape": (4, 2, 2), "num_params": 2, "layers": 1, "size": 3, "key": KEY, **changes}
    with pytest.raises(ConfigError, match=r"takes \(T, H, W\), one layer at least and an odd size"):
        ConvLSTM(**settings)
