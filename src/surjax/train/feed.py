"""Where the compiled program takes its examples from: the device, the host, or the time alone."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.train.examples import Block, Examples, Moments
from surjax.train.plan import Plan
from surjax.train.shuffle import indices_of_steps

BLOCK_BYTES = 32 << 20
"""About how much a block of a stream has; two of them are on the device."""
MOST_STEPS = 2000
"""How many steps one call of the program takes at most; the order of their rows is worked out beforehand."""
_READERS = 4
"""How many threads read, and how many blocks are read ahead; these lie on the host."""


class Resident:
    """A data set that lies on the device as a whole.

    most: how many steps the program can take in one call.
    """

    def __init__(self, data: Examples, plan: Plan):
        self.most = min(plan.interval, MOST_STEPS)
        self._data, self._end = plan.devices.place(data.on_device()), plan.steps

    def at(self, step: int) -> tuple[Examples, int]:
        """What the program takes the rows of this step from, and the first step that it has none of."""
        return self._data, self._end

    def ahead(self) -> None:
        """Get ready what follows: nothing."""

    def close(self) -> None:
        """Let go of what reads: nothing."""


class Clock:
    """What a training without data is fed: every example is how much of the training is behind, in [0, 1).

    An objective of one draw of the model's own, such as a reverse KL divergence, needs no more: its x is that
    number, by which it may change as it goes on (a temperature, say).

    most: how many steps the program can take in one call.
    """

    def __init__(self, plan: Plan):
        self.most, self._end = min(plan.interval, MOST_STEPS), plan.steps
        self._moments = plan.devices.place(Moments(jnp.asarray(plan.steps, float)))

    def at(self, step: int) -> tuple[Moments, int]:
        """What the program takes the examples of this step from, and the first step that it has none of."""
        return self._moments, self._end

    def ahead(self) -> None:
        """Get ready what follows: nothing."""

    def close(self) -> None:
        """Let go of what reads: nothing."""


class Stream:
    """A data set that lies on the host, whose rows come to the device in blocks of a number of steps.

    The order of the rows is the one that the program gives data on the device. It follows from the seed
    and the step, so the step alone is the position at which a stream is resumed. Grain's threads read
    some blocks ahead, and the block that follows is sent while the program runs on the one before.

    most: how many steps a block has, and the program can take in one call.
    """

    def __init__(self, data: Examples, plan: Plan):
        data = data.on_host()
        batch_bytes = plan.batch_size * max(data.host_bytes // data.n, 1)
        self.most = max(1, min(BLOCK_BYTES // batch_bytes, plan.steps, MOST_STEPS))
        self._devices, self._blocks = plan.devices, _Blocks(data, plan, self.most)
        self._gaps = plan.gaps
        self._read: Any = None
        self._index = -1
        self._block: Any = None
        self._following: Examples | None = None

    def at(self, step: int) -> tuple[Block, int]:
        """The block that has the rows of this step, and the first step that it has none of.

        The stream begins at the first step that is asked for; the others are asked for in their order.
        """
        if self._read is None:
            self._index = step // self.most - 1
            self._read = _read_ahead(self._blocks, self._index + 1)
        while step >= (self._index + 1) * self.most:
            self.ahead()
            self._block, self._following = self._following, None
            self._index += 1
        first = self._devices.place(jnp.asarray(self._index * self.most, jnp.int32))
        return Block(first, self._block), (self._index + 1) * self.most

    def ahead(self) -> None:
        """Send the block that follows, if there is one, to the device."""
        if self._following is None:
            data = next(self._read, None)
            if data is not None:
                data.require_finite(rows=lambda: self._blocks.rows(self._index + 1), gaps=self._gaps)
            self._following = None if data is None else self._devices.place(data.on_device())

    def close(self) -> None:
        """End the threads that read."""
        if self._read is not None:
            self._read.close()


Feed = Resident | Stream | Clock
"""Any of them."""

_order = jax.jit(indices_of_steps, static_argnums=(2, 3, 4))


class _Blocks:
    """Data on the host as Grain reads them: number i is all the rows of the steps from i·steps on."""

    def __init__(self, data: Examples, plan: Plan, steps: int):
        self._data, self._steps, self._count = data, steps, math.ceil(plan.steps / steps)
        self._key, self._sizes = plan.keys.order, (steps, data.n, plan.batch_size)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Examples:
        return self._data.read(self.rows(index))

    def rows(self, index: int) -> np.ndarray:
        """The numbers of the rows of block number `index`."""
        with jax.default_device(_cpu()):  # an accelerator is busy with the steps before
            rows = _order(self._key, np.int32(index * self._steps), *self._sizes)
        return np.asarray(rows).ravel()


def _read_ahead(blocks: _Blocks, first: int) -> Any:
    """An iterator over the blocks from number `first` on."""
    import grain  # takes a second

    options = grain.ReadOptions(num_threads=_READERS, prefetch_buffer_size=_READERS)
    return iter(grain.MapDataset.source(blocks).slice(slice(first, None)).to_iter_dataset(options))


def _cpu() -> Any:
    """A device for small sums; None, the default one, where JAX was told to use the accelerator alone."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return None
