"""What is given and not modelled."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.errors import SurjaxError
from surjax.typing import Array, Context, Key, PRNGKey, Scalar


class Given(Distribution):
    """A place for a distribution that is left out: log_prob is 0, whatever x is, and nothing can be drawn.

    It is no distribution of its own. A flow that has it as its base, or as a surjection's decoder, is one of
    the rest given that part: Flow(Given(z_shape), Pyramid(…)) has the log-likelihood log p(details | z) of
    an image whose smaller image z is known, and trains on it. `Flow.decode` takes what is given.

    >>> import jax, surjax as sx
    >>> float(sx.Given((2,)).log_prob(jax.numpy.ones(2)))
    0.0
    """

    shape: Any = eqx.field(static=True)

    def __init__(self, shape: Any):
        self.shape = tuple(shape)

    def log_prob(self, x: Any, key: Key = None, context: Context = None) -> Scalar:
        """0: it costs nothing."""
        return jnp.zeros(())

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Any:
        """Raises SurjaxError: there is nothing to draw from."""
        raise SurjaxError(
            f"a part of this model, of shape {self.shape}, is given and not modelled, so it cannot be drawn: "
            "give it, or take the whole model."
        )
