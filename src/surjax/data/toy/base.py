"""What every toy density offers: a sampler, its true log-density and its entropy."""

import abc
import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from surjax.data.toy import quadrature
from surjax.data.toy.quadrature import Box
from surjax.errors import ShapeError
from surjax.typing import PRNGKey

_CHUNK = 8192  # points scored at once: bounds the memory of a density that is itself a sum


@dataclasses.dataclass(frozen=True, eq=False)
class ToyDensity(abc.ABC):
    """A density on the plane of which everything is known.

    A model's negative log-likelihood on its samples can be at best `entropy()`, so the gap between the
    two is the Kullback-Leibler divergence from the density to the model, in nats.

    Attributes:
        name: what it is called in `TOY` and on the command line.
        bounds: ((x_min, x_max), (y_min, y_max)), the part of the plane to draw.
    """

    name: str
    bounds: Box

    def sample(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Draw n independent points, in float32."""
        return _sample(self, key, n)

    def log_prob(self, x: Any) -> Float[Array, "*batch"]:
        """Return the true log-density in nats, −∞ off the support.

        Args:
            x: points (…, 2), with any leading axes; computed in their dtype, at least float32.

        Raises:
            ShapeError: the last axis is not of length 2.
        """
        x = jnp.asarray(x)
        if x.shape[-1:] != (2,):
            raise ShapeError(
                f"{self.name} is a density on the plane and was given points of shape {x.shape}: "
                "the last axis must have length 2."
            )
        return _log_prob(self, x.astype(jnp.promote_types(x.dtype, jnp.float32)))

    def entropy(self) -> float:
        """Return the differential entropy −E[log p(x)] in nats, right to 1e-5.

        In closed form where there is one, else by quadrature in float64.
        """
        return self._entropy

    @functools.cached_property
    def _entropy(self) -> float:
        return self.derive_entropy()

    @property
    @abc.abstractmethod
    def support(self) -> Box:
        """((x_min, x_max), (y_min, y_max)) that holds all of the mass but 1e-9, for quadrature."""

    @abc.abstractmethod
    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Draw n points: `sample` before compilation."""

    @abc.abstractmethod
    def log_density(self, x: Any) -> Any:
        """Return log p of points (m, 2) as (m,).

        Written once for both kinds of array: a NumPy array is answered by NumPy, in float64 whatever
        JAX is set to (which is how the entropy is derived), any other by JAX.
        """

    @abc.abstractmethod
    def derive_entropy(self) -> float:
        """Work out the entropy; `entropy` remembers it."""


class SmoothToyDensity(ToyDensity):
    """A density smooth enough for a plain grid: its entropy is found by quadrature."""

    @property
    @abc.abstractmethod
    def scale(self) -> float:
        """The smallest standard deviation in it; the grid's step is half of that."""

    def derive_entropy(self) -> float:
        """Integrate −p log p over the support, on a grid of step `scale`/2."""

        def integrand(x: np.ndarray) -> np.ndarray:
            log_p = self.log_density(x)
            return -np.exp(log_p) * np.where(np.isfinite(log_p), log_p, 0.0)

        return quadrature.integrate(integrand, self.support, self.scale / 2)


@functools.partial(jax.jit, static_argnums=(0, 2))
def _sample(density: ToyDensity, key: PRNGKey, n: int) -> Array:
    return density.draw(key, n).astype(jnp.float32)


@functools.partial(jax.jit, static_argnums=0)
def _log_prob(density: ToyDensity, x: Array) -> Array:
    points = x.reshape(-1, 2)
    if len(points) <= _CHUNK:
        log_p = density.log_density(points)
    else:
        log_p = jax.lax.map(lambda p: density.log_density(p[None])[0], points, batch_size=_CHUNK)
    return log_p.reshape(x.shape[:-1])
