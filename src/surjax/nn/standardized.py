"""A network that sees its input standardised."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.errors import ShapeError
from surjax.nn.base import Network, missing_context
from surjax.parameters import Fixed
from surjax.typing import Context, Floats


class Standardized(Network):
    """y = network((x − shift)/scale), by known numbers; without a network, those numbers as a vector.

    shift and scale are numbers, or arrays of the shape of x, and are not trained. The network is of x alone.
    Numbers farther than `limit` scales from the shift are moved there, so that an x far from all that the
    network was trained on does not take it where it was never tried. Raises ShapeError where x has another
    shape.

    >>> import jax.numpy as jnp, surjax as sx
    >>> sx.nn.Standardized(shift=[1.0, 2.0], scale=[1.0, 2.0])(jnp.array([2.0, 6.0]))
    Array([1., 2.], dtype=float32)
    """

    network: Network | None
    shift: Fixed
    scale: Fixed
    limit: Fixed

    def __init__(
        self, network: Network | None = None, *, shift: ArrayLike, scale: ArrayLike, limit: float = 100.0
    ):
        shift = jnp.asarray(shift, float)
        self.network, self.shift = network, Fixed(shift)
        self.scale, self.limit = Fixed(jnp.broadcast_to(jnp.asarray(scale, float), shift.shape)), Fixed(limit)

    def __call__(self, x: Any, context: Context = None) -> Floats:
        """What the network gives for the standardised x."""
        if x is None:
            raise missing_context("this model")
        shape = self.shift.array.shape
        if jnp.shape(x) != shape:
            raise ShapeError(
                f"an x of shape {jnp.shape(x)} was given to a network that standardises x of shape {shape}: "
                "give it what it was built for.",
                wanted=str(shape),
                given=jnp.shape(x),
            )
        y = (x - self.shift.value) / self.scale.value
        y = jnp.clip(y, -self.limit.value, self.limit.value)
        return y.ravel() if self.network is None else self.network(y)
