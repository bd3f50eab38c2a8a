"""Curves with Gaussian noise: two_moons, two_spirals and swissroll."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from surjax.data.toy.arrays import modules
from surjax.data.toy.base import SmoothToyDensity
from surjax.data.toy.quadrature import Box
from surjax.typing import PRNGKey

_NODES = 5  # Gauss-Legendre nodes a panel


@dataclasses.dataclass(frozen=True, eq=False)
class NoisyCurve(SmoothToyDensity):
    """A random point of a curve plus Gaussian noise.

        x = ±c(t) + std·ε,     t = start + (end − start) u^(1/power),  u uniform on [0, 1]
        p(x) = E_t[ N(x; ±c(t), std² I) ]

    The expectation is an integral over one variable that has no closed form. It is computed by
    Gauss-Legendre quadrature with 5 nodes to a panel, the panels being no longer along the curve than
    std: the log-density is then right to about 1e-5 nats within six standard deviations of the curve.

    Attributes:
        curve: t (m,) and the array module to compute with, to points (m, 2).
        start: the first t.
        end: the last t.
        std: the standard deviation of the noise in each coordinate.
        power: 1 draws t uniformly; 2 draws it with a density that rises linearly from `start`, which
            is about uniform along a spiral that begins there.
        mirrored: half of the points are on −c(t).
    """

    curve: Callable
    start: float
    end: float
    std: float
    power: int = 1
    mirrored: bool = False

    @property
    def support(self) -> Box:
        """Seven standard deviations around the curve."""
        centres, _ = self.nodes
        (x0, y0), (x1, y1) = centres.min(0) - 7 * self.std, centres.max(0) + 7 * self.std
        return (x0, x1), (y0, y1)

    @property
    def scale(self) -> float:
        """The standard deviation of the noise."""
        return self.std

    @functools.cached_property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """The points (m, 2) of the quadrature on the curve, and their weights (m,), which sum to 1."""
        t = np.linspace(self.start, self.end, 10_001)
        steps = np.linalg.norm(np.diff(self.curve(t, np), axis=0), axis=-1)
        length = np.concatenate([[0.0], np.cumsum(steps)])
        panels = int(np.ceil(length[-1] / self.std))
        edges = np.interp(np.linspace(0, length[-1], panels + 1), length, t)
        roots, weights = np.polynomial.legendre.leggauss(_NODES)
        half = np.diff(edges)[:, None] / 2
        t = (edges[:-1, None] + half * (1 + roots)).ravel()
        unit = (t - self.start) / (self.end - self.start)
        density = self.power * unit ** (self.power - 1) / (self.end - self.start)
        weights = (half * weights).ravel() * density
        centres = self.curve(t, np)
        if self.mirrored:
            centres, weights = np.concatenate([centres, -centres]), np.tile(weights / 2, 2)
        return centres, weights

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Choose a point of the curve, then add noise."""
        where, which, noise = jax.random.split(key, 3)
        unit = jax.random.uniform(where, (n,), jnp.float32) ** (1 / self.power)
        centre = self.curve(self.start + (self.end - self.start) * unit, jnp)
        if self.mirrored:
            centre = jnp.where(jax.random.randint(which, (n, 1), 0, 2, jnp.int32), centre, -centre)
        return centre + self.std * jax.random.normal(noise, (n, 2), jnp.float32)

    def log_density(self, x: Any) -> Any:
        """Return the log of the quadrature's weighted sum of Gaussians at x."""
        xp, special = modules(x)
        centres, weights = (xp.asarray(a, x.dtype) for a in self.nodes)
        squared = (x[:, :1] - centres[:, 0]) ** 2 + (x[:, 1:] - centres[:, 1]) ** 2
        log_p = special.logsumexp(xp.log(weights) - 0.5 / self.std**2 * squared, axis=-1)
        return log_p - float(np.log(2 * np.pi * self.std**2))


def _half_circle(t, xp):
    return 2 * xp.stack([xp.cos(t) - 0.5, xp.sin(t) - 0.25], -1)


def _spiral(t, xp):
    return t[..., None] / 3 * xp.stack([-xp.cos(t), xp.sin(t)], -1)


def _roll(t, xp):
    return t[..., None] / 5 * xp.stack([xp.cos(t), xp.sin(t)], -1)


def two_moons() -> NoisyCurve:
    """Two half circles of radius 2 that reach into each other, with noise of 0.2.

    scikit-learn's make_moons(noise=0.1), centred at the origin and doubled.
    """
    box = ((-4, 4), (-2.5, 2.5))
    return NoisyCurve("two_moons", box, _half_circle, 0, np.pi, 0.2, mirrored=True)


def two_spirals() -> NoisyCurve:
    """Two arms of one and a half turns each, ±(t/3)(−cos t, sin t), t = 3π√u, with noise of 0.1.

    The spirals of Grathwohl et al. 2019 (FFJORD), without the uniform noise that is added there.
    """
    box = ((-4, 4), (-4, 4))
    return NoisyCurve("two_spirals", box, _spiral, 0, 3 * np.pi, 0.1, power=2, mirrored=True)


def swissroll() -> NoisyCurve:
    """The spiral (t/5)(cos t, sin t), t uniform on [1.5π, 4.5π], with noise of 0.2.

    The first and last coordinates of scikit-learn's make_swiss_roll(noise=1), divided by 5.
    """
    return NoisyCurve("swissroll", ((-4, 4), (-4, 4)), _roll, 1.5 * np.pi, 4.5 * np.pi, 0.2)
