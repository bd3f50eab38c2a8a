"""The largest batch whose training step fits into the memory, by what XLA says that smaller ones take."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax

from surjax.compilation import compiler_options
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.parameters import partition
from surjax.train.config import TrainConfig
from surjax.train.devices import ONE_DEVICE, choose_devices
from surjax.train.examples import Examples
from surjax.train.objective import loss_and_gradient
from surjax.train.optimizer import optimizer
from surjax.train.plan import make_plan
from surjax.train.state import start

_FEW = 4
"""How many examples the smaller of two measured micro-batches has at most."""
_USABLE = 0.9
"""The share of the memory that is counted on: the rest is lost between arrays of different sizes."""


class StepMemory(NamedTuple):
    """The memory of a gradient step, in bytes: fixed + per_example · examples at once."""

    fixed: float
    per_example: float

    def at(self, examples: int) -> float:
        """The bytes of a step that lets so many examples through the model at once."""
        return self.fixed + self.per_example * examples


class FittingBatch(NamedTuple):
    """What fits of a batch that does not.

    needed, available: the bytes that training takes as it is, estimated, and those that there are.
    accumulate: the least number of parts into which the batch can be divided so that one fits.
    batch_size: the largest one that fits in as many parts as now, a power of two in each.
    Both are None where not even one example at once fits, which takes `least` bytes.
    """

    needed: float
    available: float
    least: float
    accumulate: int | None
    batch_size: int | None


def step_bytes(flow: Flow, dtype: Any, examples: int) -> int:
    """The bytes of a gradient step with `examples` at once, compiled for one device and not run.

    They are what XLA plans for the arguments (model and batch), the results (the gradient) and what lies
    in between. The step is one of two micro-batches (see `loss_and_gradient`), dtype that of the examples.
    """
    arrays, rest = eqx.partition(flow, eqx.is_array)
    parts, dtype = 2, jax.dtypes.canonicalize_dtype(dtype)

    def step(arrays: Any, x: Any, key: Any) -> Any:
        params, static = partition(eqx.combine(arrays, rest))
        return loss_and_gradient(params, static, Examples(x), key, parts, ONE_DEVICE)

    x = jax.ShapeDtypeStruct((parts * examples, *flow.shape), dtype)
    lowered = jax.jit(step, compiler_options=compiler_options()).lower(arrays, x, jax.random.key(0))
    needs: Any = lowered.compile().memory_analysis()
    return needs.temp_size_in_bytes + needs.argument_size_in_bytes + needs.output_size_in_bytes


def step_memory(flow: Flow, dtype: Any, examples: int) -> StepMemory:
    """The line through the measured bytes of a step with `examples` at once and of one with twice as many."""
    few, more = (step_bytes(flow, dtype, n) for n in (examples, 2 * examples))
    slope = max(more - few, 1) / examples
    return StepMemory(max(few - slope * examples, 0.0), slope)


def fitting_batch(
    flow: Flow, x: Any, config: TrainConfig, available: float, held: float = 0, large: bool | None = None
) -> FittingBatch | None:
    """Which batch fits into the memory, where training as configured does not; None where the step does.

    The memory of a step is a line in the examples at once, through two small ones. The largest batch that
    is named is measured too, and a smaller one is named where it is found not to fit.

    Args:
        flow: the model.
        x: the rows that it is trained on, one leading axis.
        config: how it is trained.
        available: bytes of memory of one device.
        held: bytes of it that something else takes, such as the data.
        large: whether an example is large; without it, images are.
    """
    dtype, plan = x.dtype, make_plan(config, len(x), flow.shape, large)
    state = jax.eval_shape(lambda: start(flow, config, optimizer(plan)))
    held += sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    micro_batch = plan.batch_size // config.accumulate
    now = micro_batch // plan.devices.n
    memory = step_memory(flow, dtype, max(1, min(_FEW, now // 4)))
    usable = _USABLE * available - held
    if memory.at(now) <= usable:
        return None

    def fits(micro_batch: int) -> bool:
        try:
            return micro_batch // choose_devices(config.devices, micro_batch, plan.large).n <= most
        except ConfigError:  # it cannot be divided over the devices
            return False

    def told(accumulate: int | None, batch_size: int | None) -> FittingBatch:
        return FittingBatch(memory.at(now) + held, available, memory.at(1) + held, accumulate, batch_size)

    most = min(int((usable - memory.fixed) / memory.per_example), now - 1)
    while most > 0:
        accumulate = _first(
            lambda parts: plan.batch_size % parts == 0 and fits(plan.batch_size // parts),
            range(config.accumulate + 1, plan.batch_size + 1),
        )
        power = _first(fits, [2**k for k in reversed(range(micro_batch.bit_length()))])
        sizes = [plan.batch_size // accumulate] if accumulate else []
        sizes += [power] if power else []
        if not sizes:
            break
        named = max(size // choose_devices(config.devices, size, plan.large).n for size in sizes)
        if step_bytes(flow, dtype, named) <= usable:
            return told(accumulate, power * config.accumulate if power else None)
        most = named - 1
    return told(None, None)


def _first(holds: Callable[[int], bool], numbers: Any) -> int | None:
    """The first of the numbers for which something holds; None where it holds for none."""
    return next((number for number in numbers if holds(number)), None)
