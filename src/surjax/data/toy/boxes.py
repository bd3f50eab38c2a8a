"""Mixtures of uniform densities on boxes: checkerboard and corners."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from surjax.data.toy.arrays import modules
from surjax.data.toy.base import ToyDensity
from surjax.data.toy.quadrature import Box
from surjax.typing import PRNGKey


@dataclasses.dataclass(frozen=True, eq=False)
class Boxes(ToyDensity):
    """A mixture, in equal parts, of uniform densities on boxes that may overlap.

    p(x) = (1/K) Σ_k 1[lower_k ≤ x < upper_k] / area_k

    Attributes:
        lower: the lower left corners (K, 2).
        upper: the upper right corners (K, 2), which do not belong to the boxes.
    """

    lower: np.ndarray
    upper: np.ndarray

    @property
    def support(self) -> Box:
        """The smallest box around all of them."""
        (x0, y0), (x1, y1) = self.lower.min(0), self.upper.max(0)
        return (x0, x1), (y0, y1)

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Choose a box, then a point in it."""
        which, where = jax.random.split(key)
        box = jax.random.randint(which, (n,), 0, len(self.lower), jnp.int32)
        lower, upper = (jnp.asarray(a, jnp.float32)[box] for a in (self.lower, self.upper))
        return lower + (upper - lower) * jax.random.uniform(where, (n, 2), jnp.float32)

    def log_density(self, x: Any) -> Any:
        """Return the logarithm of the summed heights of the boxes that hold x."""
        xp, _ = modules(x)
        lower, upper = xp.asarray(self.lower, x.dtype), xp.asarray(self.upper, x.dtype)
        inside = xp.all((x[:, None] >= lower) & (x[:, None] < upper), axis=-1)
        height = xp.asarray(1 / (len(self.lower) * np.prod(self.upper - self.lower, -1)), x.dtype)
        density = xp.sum(xp.where(inside, height, 0), -1)
        somewhere = density > 0
        return xp.where(somewhere, xp.log(xp.where(somewhere, density, 1)), -xp.inf)

    def derive_entropy(self) -> float:
        """Sum −p log p over the cells into which the boxes' edges cut the plane: p is constant in each."""
        edges = [np.unique(np.concatenate([self.lower[:, i], self.upper[:, i]])) for i in (0, 1)]
        centres = [(edge[1:] + edge[:-1]) / 2 for edge in edges]
        areas = np.outer(np.diff(edges[0]), np.diff(edges[1])).ravel()
        log_p = self.log_density(np.stack(np.meshgrid(*centres, indexing="ij"), -1).reshape(-1, 2))
        held = np.isfinite(log_p)
        return float(-np.sum(areas[held] * np.exp(log_p[held]) * log_p[held]))


def checkerboard() -> Boxes:
    """Uniform on the 8 dark 2×2 squares of [-4, 4]²; a square is dark when ⌊x/2⌋ + ⌊y/2⌋ is even.

    As in the code of Nielsen et al. 2020. Entropy: log 32 nats.
    """
    lower = np.array([(2.0 * i, 2.0 * j) for i in range(-2, 2) for j in range(-2, 2) if (i + j) % 2 == 0])
    return Boxes("checkerboard", ((-4, 4), (-4, 4)), lower, lower + 2)


def corners() -> Boxes:
    """In each quadrant two crossing bars in equal parts: [1, 2]×[1, 4] and [1, 4]×[1, 2], mirrored.

    As in the code of Nielsen et al. 2020.
    """
    bars = [((1.0, 1.0), (2.0, 4.0)), ((1.0, 1.0), (4.0, 2.0))]
    corner = [
        (np.multiply(signs, low), np.multiply(signs, high))
        for signs in ((1, 1), (-1, 1), (1, -1), (-1, -1))
        for low, high in bars
    ]
    lower = np.array([np.minimum(a, b) for a, b in corner])
    upper = np.array([np.maximum(a, b) for a, b in corner])
    return Boxes("corners", ((-4.5, 4.5), (-4.5, 4.5)), lower, upper)
