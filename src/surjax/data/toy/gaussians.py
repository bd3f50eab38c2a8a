"""Mixtures of round Gaussians: eight_gaussians and gaussian_grid."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from surjax.data.toy.arrays import modules, uniform_mixture
from surjax.data.toy.base import SmoothToyDensity
from surjax.data.toy.quadrature import Box
from surjax.typing import PRNGKey


@dataclasses.dataclass(frozen=True, eq=False)
class Gaussians(SmoothToyDensity):
    """A mixture, in equal parts, of round Gaussians.

    p(x) = (1/K) Σ_k N(x; centre_k, std² I)

    Attributes:
        centres: (K, 2).
        std: the standard deviation of each, in each coordinate.
    """

    centres: np.ndarray
    std: float

    @property
    def support(self) -> Box:
        """Seven standard deviations around all centres."""
        (x0, y0), (x1, y1) = self.centres.min(0) - 7 * self.std, self.centres.max(0) + 7 * self.std
        return (x0, x1), (y0, y1)

    @property
    def scale(self) -> float:
        """The standard deviation."""
        return self.std

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Choose a centre, then add noise."""
        which, noise = jax.random.split(key)
        centre = jax.random.randint(which, (n,), 0, len(self.centres), jnp.int32)
        return jnp.asarray(self.centres, jnp.float32)[centre] + self.std * jax.random.normal(
            noise, (n, 2), jnp.float32
        )

    def log_density(self, x: Any) -> Any:
        """Return the log of the mean of the Gaussians at x."""
        xp, special = modules(x)
        squared = xp.sum((x[:, None] - xp.asarray(self.centres, x.dtype)) ** 2, -1)
        log_components = -0.5 * squared / self.std**2 - float(np.log(2 * np.pi * self.std**2))
        return uniform_mixture(log_components, special)


def eight_gaussians() -> Gaussians:
    """Eight Gaussians around a circle: centres 4(cos a, sin a), a = π/8 + kπ/4, std 0.5, all / 1.414.

    As in the code of Nielsen et al. 2020, where the divisor is 1.414 and not √2.
    """
    angles = np.pi / 8 + np.arange(8) * np.pi / 4
    centres = 4 * np.stack([np.cos(angles), np.sin(angles)], -1) / 1.414
    return Gaussians("eight_gaussians", ((-4, 4), (-4, 4)), centres, 0.5 / 1.414)


def gaussian_grid() -> Gaussians:
    """Twenty-five Gaussians of standard deviation 0.2 on the grid {-4, -2, 0, 2, 4}²."""
    ticks = np.linspace(-4, 4, 5)
    centres = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    return Gaussians("gaussian_grid", ((-5, 5), (-5, 5)), centres, 0.2)
