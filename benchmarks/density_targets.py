"""Densities of which all is known: log p̃ of one point, as libraries are given it, log Z, exact samples."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import special

from peers.density_library import Architecture


@dataclass(frozen=True)
class Target:
    """A density p = p̃/Z.

    log_density: one point → log p̃, in nats. sample: (NumPy's generator, n) → exact samples, (n, dim).
    start_temperature: what surjax begins at, which flowjax's fit has no setting for.
    """

    name: str
    title: str
    dim: int
    log_density: Callable[[Any], Any]
    log_z: float
    sample: Callable[[np.random.Generator, int], np.ndarray]
    architecture: Architecture
    steps: int = 3000
    start_temperature: float = 1.0


def funnel() -> Target:
    """Neal's funnel: v ~ N(0, 3²), and nine x_i ~ N(0, e^v) (Neal 2003, section 8)."""

    def log_density(x):
        v, rest = x[0], x[1:]
        norm = jax.scipy.stats.norm.logpdf
        return norm(v, 0.0, 3.0) + norm(rest, 0.0, jnp.exp(v / 2)).sum()

    def sample(random, n):
        v = 3 * random.standard_normal((n, 1))
        return np.concatenate([v, np.exp(v / 2) * random.standard_normal((n, 9))], 1)

    title = "Neal's funnel, 10-D"
    return Target("funnel", title, 10, log_density, 0.0, sample, Architecture("affine"))


def eight_modes() -> Target:
    """Eight normal distributions of standard deviation 0.4 on a circle of radius 4, not normalised."""
    angles = 2 * np.pi * np.arange(8) / 8
    centres = jnp.asarray(4 * np.stack([np.cos(angles), np.sin(angles)], 1), jnp.float32)
    sd = 0.4

    def log_density(x):
        return jax.nn.logsumexp(-0.5 * ((x - centres) ** 2).sum(1) / sd**2)

    def sample(random, n):
        return np.asarray(centres)[random.integers(0, 8, n)] + sd * random.standard_normal((n, 2))

    log_z = math.log(8 * 2 * math.pi * sd**2)
    spline = Architecture("spline", interval=(-6.0, 6.0))
    title = "mixture of eight modes, 2-D"
    return Target("eight_modes", title, 2, log_density, log_z, sample, spline, start_temperature=20.0)


def double_well() -> Target:
    """Sixteen pairs with log p̃ = −x⁴ + 6x² + x/2 − y²/2: 2^16 modes (Midgley et al. 2023, many well)."""
    grid = np.linspace(-4.0, 4.0, 200_001)
    log_well = -(grid**4) + 6 * grid**2 + grid / 2
    well = np.exp(log_well - log_well.max())
    step = grid[1] - grid[0]
    log_z = 16 * (math.log(well.sum() * step) + log_well.max() + 0.5 * math.log(2 * math.pi))
    cdf = np.cumsum(well) / well.sum()

    def log_density(x):
        first, second = x[0::2], x[1::2]
        return (-(first**4) + 6 * first**2 + first / 2 - second**2 / 2).sum()

    def sample(random, n):
        x = random.standard_normal((n, 32))
        x[:, 0::2] = np.interp(random.random((n, 16)), cdf, grid)
        return x

    spline = Architecture("spline", interval=(-4.0, 4.0))
    return Target("double_well", "double well, 32-D", 32, log_density, log_z, sample, spline)


def von_mises() -> Target:
    """Six angles, each von Mises: means all round, concentrations from 0.5 to 16, not normalised."""
    means = np.array([3.0, -3.1, 0.0, 1.5, -2.0, 3.14], np.float32)
    concentrations = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0], np.float32)

    def log_density(x):
        return (concentrations * jnp.cos(x - means)).sum()

    def sample(random, n):
        return np.stack([random.vonmises(m, k, n) for m, k in zip(means, concentrations, strict=True)], 1)

    log_z = float((np.log(2 * np.pi * special.i0e(concentrations)) + concentrations).sum())
    torus = Architecture("circular", interval=(-math.pi, math.pi))
    title = "product of von Mises on the torus, 6-D"
    return Target("von_mises", title, 6, log_density, log_z, sample, torus)


TARGETS = {target.name: target for target in (funnel(), eight_modes(), double_well(), von_mises())}
