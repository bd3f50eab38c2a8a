"""Over which devices a step's batch is divided."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from surjax.errors import ConfigError

_AXIS = "batch"


class Devices(NamedTuple):
    """Data parallelism: every device holds the whole state and the data, and a part of each batch.

    The compiled program is the one for a single device with the batch's layout written into it, so its
    numbers differ from a single device's by the order of summation alone. mesh is None for one device,
    where every method gives back what it was given.
    """

    mesh: Mesh | None = None

    @property
    def n(self) -> int:
        """How many devices there are."""
        return 1 if self.mesh is None else self.mesh.size

    def divide(self, batch: Any, axis: int = 0) -> Any:
        """Inside the program: arrays of which each device has its part along `axis`."""
        return self._constrain(batch, PartitionSpec(*[None] * axis, _AXIS))

    def share(self, tree: Any) -> Any:
        """Inside the program: arrays that are whole on every device."""
        return self._constrain(tree, PartitionSpec())

    def place(self, tree: Any) -> Any:
        """A tree whose arrays lie on every device; in every process they have the same values."""
        if self.mesh is None:
            return tree
        everywhere = NamedSharding(self.mesh, PartitionSpec())
        arrays, rest = eqx.partition(tree, eqx.is_array)
        if jax.process_count() == 1:
            arrays = jax.device_put(arrays, everywhere)
        else:
            hosts = jax.tree.map(np.asarray, arrays)
            arrays = jax.tree.map(
                lambda a: jax.make_array_from_callback(a.shape, everywhere, lambda at: a[at]), hosts
            )
        return eqx.combine(arrays, rest)

    def fetch(self, tree: Any) -> Any:
        """The same arrays on JAX's default device alone."""
        return tree if self.mesh is None else jax.tree.map(lambda a: jnp.asarray(np.asarray(a)), tree)

    def _constrain(self, tree: Any, spec: PartitionSpec) -> Any:
        return (
            tree
            if self.mesh is None
            else jax.lax.with_sharding_constraint(tree, NamedSharding(self.mesh, spec))
        )


ONE_DEVICE = Devices()
"""JAX's default device alone."""


def choose_devices(wanted: int | None, rows: int, large: bool) -> Devices:
    """The devices over which `rows` rows, which go through the model at once, are divided.

    wanted: how many. None: for examples that are large, as images are, as many as divide the rows evenly,
    and one for anything else, whose models are too small to gain. Where several processes train together
    it is all of them.

    Raises ConfigError where there are not so many, or the rows cannot be divided evenly over them.
    """
    there = jax.devices()
    if jax.process_count() > 1:
        if wanted not in (None, len(there)):
            raise ConfigError(
                f"devices is {wanted} and the {jax.process_count()} processes use all {len(there)} that they "
                "have together: leave devices out."
            )
        wanted = len(there)
    if wanted is None:
        wanted = max(n for n in range(1, len(there) + 1) if rows % n == 0) if large else 1
    if wanted > len(there):
        raise ConfigError(f"devices is {wanted} and there are {len(there)}: ask for as many at most.")
    if rows % wanted:
        raise ConfigError(
            f"{rows} rows at once cannot be divided over {wanted} devices: choose a batch_size that is a "
            f"multiple of {wanted} times accumulate."
        )
    if wanted == 1:
        return ONE_DEVICE
    return Devices(Mesh(np.array(there[:wanted]), (_AXIS,), axis_types=(AxisType.Auto,)))
