"""What data-dependent initialisation makes of a model, and which parts of it it reaches."""

import functools
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np

from surjax.nn.autoregressive import Autoregressive, Recurrence
from surjax.nn.base import Network
from surjax.testing.cases import DistributionCase, TransformCase
from surjax.testing.examination import batch
from surjax.testing.models import both
from surjax.testing.samplers import draw, seed
from surjax.transforms.base import forward_batch, inverse_batch
from surjax.transforms.repeat import Repeat
from surjax.typing import Array, Context, Shape

ROWS = 24
"""How many random examples a batch of the laws of initialisation holds."""


class Visits:
    """The networks that were initialised, each known by its number."""

    def __init__(self):
        self.numbers: set[int] = set()
        self.count = 0

    def next(self) -> int:
        """The number of one more network."""
        self.count += 1
        return self.count - 1


class Probe(Network):
    """A network that tells its visits when it is initialised."""

    network: Network
    visits: Visits = eqx.field(static=True)
    number: int = eqx.field(static=True)

    def __call__(self, x: Any, context: Context = None) -> Array:
        """The network's output."""
        return self.network(x, context)

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["Probe", Array]:
        """Tell of it, and initialise the network."""
        self.visits.numbers.add(self.number)
        network, ys = self.network.initialize(xs, contexts)
        return Probe(network, self.visits, self.number), ys


class AutoregressiveProbe(Autoregressive):
    """The same of an autoregressive network."""

    network: Autoregressive
    visits: Visits = eqx.field(static=True)
    number: int = eqx.field(static=True)
    shape: Shape = eqx.field(static=True)
    num_params: int = eqx.field(static=True)

    def __init__(self, network: Autoregressive, visits: Visits, number: int):
        self.network, self.visits, self.number = network, visits, number
        self.shape, self.num_params = network.shape, network.num_params

    def __call__(self, x: Any, context: Context = None) -> Array:
        """The network's numbers."""
        return self.network(x, context)

    def recurrence(self, context: Context = None, dtype: Any = np.float32) -> Recurrence:
        """The recurrence of the network."""
        return self.network.recurrence(context, dtype)

    def in_order(self, x: Array) -> Array:
        """As the network has them."""
        return self.network.in_order(x)

    def initialize(self, xs: Any, contexts: Context = None) -> tuple["AutoregressiveProbe", Array]:
        """Tell of it, and initialise the network."""
        self.visits.numbers.add(self.number)
        network, ys = self.network.initialize(xs, contexts)
        return eqx.tree_at(lambda probe: probe.network, self, network), ys


def with_probes(model: Any, visits: Visits) -> Any:
    """The model with a probe round each of its networks (not round those inside a network)."""

    def wrap(part: Any) -> Any:
        if isinstance(part, Repeat):  # whose networks have one axis more than they know of
            step = eqx.filter_vmap(lambda step: with_probes(step, visits))(part.step)
            return eqx.tree_at(lambda repeat: repeat.step, part, step)
        if isinstance(part, Autoregressive):
            return AutoregressiveProbe(part, visits, visits.next())
        return Probe(part, visits, visits.next()) if isinstance(part, Network) else part

    return jax.tree.map(wrap, model, is_leaf=lambda part: isinstance(part, Repeat | Network))


def networks_of(model: Any) -> list[Network]:
    """The networks of a model, of which none is inside another."""
    leaves = jax.tree.leaves(model, is_leaf=lambda part: isinstance(part, Network))
    return [leaf for leaf in leaves if isinstance(leaf, Network)]


def missed_by_initialization(model: Any, initialize: Any) -> tuple[int, int]:
    """(how many networks of the model `initialize(model)` does not reach, how many there are).

    It is traced and not run.
    """
    visits = Visits()

    def run(model: Any) -> Any:
        return initialize(with_probes(model, visits))

    eqx.filter_eval_shape(run, model)
    return visits.count - len(visits.numbers), visits.count


@dataclass(frozen=True)
class Starts:
    """A model as it was, and initialised on two batches.

    zs is what initialisation says that the new transform makes of the first batch, xs. Where x → z draws and
    z → x does not, xs_back is what it makes of the zs; elsewhere again is what it makes of xs, once more.
    """

    model: Any
    first: Any
    second: Any
    xs: Any = None
    zs: Any = None
    again: Any = None
    xs_back: Any = None


@functools.lru_cache(maxsize=8)
def starts_of_transform(case: TransformCase, name: str, dtype: str) -> Starts:
    """A case's transform, with trained-like parameters, initialised on two batches."""
    model = both(case, name, dtype, case.trained)[1]
    batches = [batch(case, name + which, ROWS) for which in ("first", "second")]
    n = len(batches[0])
    contexts = [draw(case.context, name + "context" + which, n) for which in ("first", "second")]
    key = seed(name + "initialize")

    def run(model: Any, xs: Any, contexts: Any) -> Any:
        new, zs = model.initialize(xs, key, contexts)
        again = back = None
        if model.inverse_deterministic and not model.forward_deterministic:
            back = inverse_batch(new, zs, None, contexts)
        else:
            again = forward_batch(new, xs, key, contexts)
        return new, zs, again, back

    program = eqx.filter_jit(run)
    first, zs, again, back = program(model, batches[0], contexts[0])
    second = program(model, batches[1], contexts[1])[0]
    return Starts(model, first, second, batches[0], zs, again, back)


@functools.lru_cache(maxsize=8)
def starts_of_distribution(case: DistributionCase, name: str, dtype: str) -> Starts:
    """A case's distribution, with trained-like parameters, initialised on two batches of what it draws."""
    model = both(case, name, dtype, case.trained)[1]

    def run(key: Any, contexts: Any) -> Any:
        draws, search = jax.random.split(key)
        xs = jax.vmap(lambda k, c: model.sample(k, context=c))(jax.random.split(draws, ROWS), contexts)
        return model.initialize(xs, search, contexts)

    program = eqx.filter_jit(run)
    first, second = (
        program(seed(name + "initialize" + which), draw(case.context, name + "context" + which, ROWS))
        for which in ("first", "second")
    )
    return Starts(model, first, second)
