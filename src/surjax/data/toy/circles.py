"""Mixtures of noisy circles: four_circles and rings."""

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
class Circles(SmoothToyDensity):
    """A mixture, in equal parts, of circles with Gaussian noise.

    A point is uniform on a circle of radius R around a centre c, plus N(0, std² I). With ρ = ‖x − c‖,
    integrating over the angle gives the modified Bessel function I₀:

        p(x) = exp(−(ρ² + R²) / 2std²) I₀(ρR/std²) / (2π std²)
             = exp(−(ρ − R)² / 2std²) I₀ₑ(ρR/std²) / (2π std²),     I₀ₑ(z) = exp(−z) I₀(z)

    The first form overflows in float32 at ρR/std² ≈ 90; the second, which is computed, does not.

    Attributes:
        centres: (K, 2).
        radii: (K,).
        std: the standard deviation of the noise in each coordinate.
    """

    centres: np.ndarray
    radii: np.ndarray
    std: float

    @property
    def support(self) -> Box:
        """Seven standard deviations beyond all circles."""
        reach = (self.radii + 7 * self.std)[:, None]
        (x0, y0), (x1, y1) = (self.centres - reach).min(0), (self.centres + reach).max(0)
        return (x0, x1), (y0, y1)

    @property
    def scale(self) -> float:
        """The standard deviation of the noise."""
        return self.std

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Choose a circle, then an angle, then add noise."""
        which, where, noise = jax.random.split(key, 3)
        circle = jax.random.randint(which, (n,), 0, len(self.radii), jnp.int32)
        angle = jax.random.uniform(where, (n, 1), jnp.float32, 0, 2 * jnp.pi)
        centre = jnp.asarray(self.centres, jnp.float32)[circle]
        radius = jnp.asarray(self.radii, jnp.float32)[circle, None]
        on_circle = centre + radius * jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], -1)
        return on_circle + self.std * jax.random.normal(noise, (n, 2), jnp.float32)

    def log_density(self, x: Any) -> Any:
        """Return the log of the mean of the circles' densities at x."""
        xp, special = modules(x)
        centres, radii = (xp.asarray(a, x.dtype) for a in (self.centres, self.radii))
        squared = xp.sum((x[:, None] - centres) ** 2, -1)
        # The floor keeps the gradient of the square root finite at a circle's very centre.
        distance = xp.sqrt(xp.maximum(squared, xp.finfo(x.dtype).tiny))
        log_components = (
            -0.5 * ((distance - radii) / self.std) ** 2
            + xp.log(special.i0e(distance * radii / self.std**2))
            - float(np.log(2 * np.pi * self.std**2))
        )
        return uniform_mixture(log_components, special)


def four_circles() -> Circles:
    """Four crossing circles of radius 2 around (±1, ±1), with noise of standard deviation 0.1.

    As in the code of Nielsen et al. 2020.
    """
    centres = np.array([(x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0)])
    return Circles("four_circles", ((-4, 4), (-4, 4)), centres, np.full(4, 2.0), 0.1)


def rings() -> Circles:
    """Four rings around the origin, of radii 0.75, 1.5, 2.25 and 3, with noise of 0.08, in equal parts."""
    return Circles("rings", ((-4, 4), (-4, 4)), np.zeros((4, 2)), 0.75 * np.arange(1, 5), 0.08)
