"""A first coordinate that bends the second: sine_wave and banana.

Both are shears, x₂ = f(x₁) + noise. A shear preserves areas, so density and entropy are in closed form:
the entropy is that of x₁ plus that of the noise.
"""

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


def _normal_log_density(x, mean, std: float):
    return -0.5 * ((x - mean) / std) ** 2 - float(np.log(2 * np.pi * std**2) / 2)


def _normal_entropy(std: float) -> float:
    return float(np.log(2 * np.pi * np.e * std**2) / 2)


@dataclasses.dataclass(frozen=True, eq=False)
class SineWave(ToyDensity):
    """x₁ uniform on [−reach, reach), x₂ = amplitude·sin(frequency·x₁) + N(0, std²).

    Attributes:
        reach: how far x₁ goes to either side.
        amplitude: of the wave.
        frequency: of the wave, in radians per unit.
        std: standard deviation of the noise on x₂.
    """

    reach: float
    amplitude: float
    frequency: float
    std: float

    @property
    def support(self) -> Box:
        """The width of the wave, and seven standard deviations above and below it."""
        height = self.amplitude + 7 * self.std
        return (-self.reach, self.reach), (-height, height)

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Draw x₁, then x₂ given it."""
        first, noise = jax.random.split(key)
        x = jax.random.uniform(first, (n,), jnp.float32, -self.reach, self.reach)
        wave = self.amplitude * jnp.sin(self.frequency * x)
        return jnp.stack([x, wave + self.std * jax.random.normal(noise, (n,), jnp.float32)], -1)

    def log_density(self, x: Any) -> Any:
        """Return log p(x₁) + log p(x₂ | x₁)."""
        xp, _ = modules(x)
        wave = self.amplitude * xp.sin(self.frequency * x[:, 0])
        log_p = _normal_log_density(x[:, 1], wave, self.std) - float(np.log(2 * self.reach))
        inside = (x[:, 0] >= -self.reach) & (x[:, 0] < self.reach)
        return xp.where(inside, log_p, -xp.inf)

    def derive_entropy(self) -> float:
        """Return log(2·reach) plus the entropy of the noise."""
        return float(np.log(2 * self.reach)) + _normal_entropy(self.std)


@dataclasses.dataclass(frozen=True, eq=False)
class Banana(ToyDensity):
    """x₁ ~ N(0, spread²), x₂ = bend·(x₁² − spread²) + N(0, std²): a crescent.

    After Haario et al. 1999 (Adaptive proposal distribution for random walk Metropolis).

    Attributes:
        spread: standard deviation of x₁.
        bend: curvature of the crescent.
        std: standard deviation of the noise on x₂.
    """

    spread: float
    bend: float
    std: float

    @property
    def support(self) -> Box:
        """Seven standard deviations of x₁ and of the noise."""
        low, high = -self.bend * self.spread**2, self.bend * 48 * self.spread**2
        return (-7 * self.spread, 7 * self.spread), (low - 7 * self.std, high + 7 * self.std)

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Draw x₁, then x₂ given it."""
        first, noise = jax.random.normal(key, (2, n), jnp.float32)
        x = self.spread * first
        return jnp.stack([x, self.bend * (x**2 - self.spread**2) + self.std * noise], -1)

    def log_density(self, x: Any) -> Any:
        """Return log p(x₁) + log p(x₂ | x₁)."""
        mean = self.bend * (x[:, 0] ** 2 - self.spread**2)
        first = _normal_log_density(x[:, 0], 0.0, self.spread)
        return first + _normal_log_density(x[:, 1], mean, self.std)

    def derive_entropy(self) -> float:
        """Return the entropy of x₁ plus that of the noise."""
        return _normal_entropy(self.spread) + _normal_entropy(self.std)


def sine_wave() -> SineWave:
    """Two periods of 2 sin(πx₁/2) on [−4, 4), with noise of 0.25."""
    return SineWave("sine_wave", ((-4, 4), (-4, 4)), 4.0, 2.0, np.pi / 2, 0.25)


def banana() -> Banana:
    """A crescent: x₁ ~ N(0, 1), x₂ = x₁² − 1 + N(0, 0.4²)."""
    return Banana("banana", ((-4, 4), (-3, 9)), 1.0, 1.0, 0.4)
