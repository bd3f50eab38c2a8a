"""The protocol of autoregressive networks."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.nn.autoregressive import Autoregressive
from surjax.testing.cases import AutoregressiveCase
from surjax.testing.law import DTYPES, Check, Differences, Law, checks_of, close, same
from surjax.testing.models import name_of
from surjax.testing.samplers import Sampler, draw_one, seed


def both_ways_give_the_same_numbers(case: AutoregressiveCase, name: str, dtype: str) -> Differences:
    """A call and `generate`, in the dtype of x."""
    network, x, context = _drawn(case, name)
    numbers = _by_element(network, eqx.filter_jit(network)(x, context))
    made, seen = jax.jit(lambda x: network.generate(lambda h, given: (given, h), x, context))(x)
    tolerance = 1e-10 if dtype == "float64" else 1e-5
    yield same("the dtypes of both", (numbers.dtype, seen.dtype), (jnp.dtype(dtype),) * 2)
    yield close("x", made, x, 0.0, 0.0)
    yield close("numbers", jnp.moveaxis(seen, -1, 1), numbers, tolerance, tolerance)


def no_element_sees_itself_or_a_later_one(case: AutoregressiveCase, name: str, dtype: str) -> Differences:
    """The Jacobian of the numbers of one element by another; by every earlier one it is not 0."""
    network, x, context = _drawn(case, name)
    jacobian = jax.jit(jax.jacobian(network))(x, context)
    n, size = network.shape[0], x[0].size
    sees = np.abs(np.asarray(jacobian)).reshape(n, -1, n, size).max((1, 3)) > 0
    sees = np.asarray(network.in_order(network.in_order(jnp.asarray(sees)).T)).T
    yield same("how often an element sees itself or a later one, and should", np.triu(sees).sum(), 0)
    unseen = (~sees[np.tril_indices(n, -1)]).sum()
    yield same("how many earlier elements are not seen, and should be", unseen, 0)


def every_element_sees_the_context(case: AutoregressiveCase, name: str, dtype: str) -> Differences:
    """The Jacobian of the numbers of each element by the context is not 0."""
    network, x, context = _drawn(case, name)
    jacobian = jax.jit(jax.jacobian(network, 1))(x, context)
    seen = np.abs(np.asarray(jacobian)).reshape(network.shape[0], -1).max(1) > 0
    yield same("how many elements do not see the context, and should", (~seen).sum(), 0)


def an_element_may_be_decided_by_its_numbers(case: AutoregressiveCase, name: str, dtype: str) -> Differences:
    """x with xᵢ = (number 0 for i) + 1, made by `generate`, is that by a call, too."""
    network, _, context = _drawn(case, name)
    made, _ = network.generate(lambda h, given: (h[..., 0] + given, ()), jnp.ones(network.shape), context)
    numbers = _by_element(network, network(made, context))
    yield close("what was decided", made, numbers[:, 0] + 1, 1e-4, 1e-5)


def _drawn(case: AutoregressiveCase, name: str) -> tuple[Autoregressive, Any, Any]:
    """A network, an x and a context."""
    network = case.make(seed(name))
    return (
        network,
        jax.random.normal(seed(name + "x"), network.shape),
        draw_one(case.context, name + "context"),
    )


def _by_element(network: Autoregressive, numbers: Any) -> Any:
    return numbers.reshape(network.shape[0], network.num_params, *network.shape[1:])


AUTOREGRESSIVE_LAWS = (
    Law(both_ways_give_the_same_numbers, dtypes=DTYPES),
    Law(no_element_sees_itself_or_a_later_one),
    Law(every_element_sees_the_context, lambda case: case.context is not None),
    Law(an_element_may_be_decided_by_its_numbers),
)
"""Every law of autoregressive networks, and to which cases it applies."""


def autoregressive_checks(case: AutoregressiveCase, name: str | None = None) -> list[Check]:
    """Each law that applies to a network's case, to be run by itself; name as in `transform_checks`."""
    return checks_of(AUTOREGRESSIVE_LAWS, case, name or name_of(case))


def check_autoregressive(
    make: Callable[[Any], Autoregressive], context: Sampler | None = None, name: str | None = None
) -> None:
    """Hold every law against the autoregressive network that make(key) gives; context: key → one context.

    Raises AssertionError at the first that does not hold: it names the law, the network, the dtype and the
    largest difference. name as in `transform_checks`.

    >>> from surjax.nn import MADE
    >>> from surjax.testing import check_autoregressive
    >>> check_autoregressive(lambda key: MADE(3, 2, hidden=(8,), key=key))
    """
    for check in autoregressive_checks(AutoregressiveCase(make, context), name):
        check()
