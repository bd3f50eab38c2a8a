"""Long Gaussians, twisted: pinwheel."""

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
class Pinwheel(SmoothToyDensity):
    """Gaussian blades around the origin, twisted the more the farther out.

        b ~ N((1, 0), diag(radial_std², tangential_std²))
        x = 2 R(2πk/blades + rate·exp(‖b‖)) b,     k uniform, R(a) the rotation by the angle a

    The pinwheel of Johnson et al. 2016 (structured VAEs) twists by exp(b₁), which folds the plane in
    the far tails; twisting by exp(‖b‖) looks the same, keeps ‖x‖ = 2‖b‖ and so preserves areas but for
    the factor 4, which makes the density exact: p(x) = ¼ · mean over k of N(b_k(x)).

    Attributes:
        blades: how many.
        radial_std: standard deviation along a blade, before doubling.
        tangential_std: standard deviation across a blade, before doubling.
        rate: how strongly it twists.
    """

    blades: int
    radial_std: float
    tangential_std: float
    rate: float

    @property
    def support(self) -> Box:
        """The square around the circle that seven standard deviations reach."""
        reach = 2 * (1 + 7 * self.radial_std)
        return (-reach, reach), (-reach, reach)

    @property
    def scale(self) -> float:
        """A third of a blade's width: the twist makes its far end steeper than its middle."""
        return 2 * self.tangential_std / 3

    def draw(self, key: PRNGKey, n: int) -> Float[Array, "n 2"]:
        """Choose a blade and a point of it, then twist."""
        which, where = jax.random.split(key)
        blade = jax.random.randint(which, (n,), 0, self.blades, jnp.int32)
        stds = jnp.array([self.radial_std, self.tangential_std], jnp.float32)
        b = jax.random.normal(where, (n, 2), jnp.float32) * stds + jnp.array([1.0, 0.0], jnp.float32)
        radius = jnp.sqrt(jnp.sum(b**2, -1))
        angle = 2 * jnp.pi / self.blades * blade.astype(jnp.float32) + self.rate * jnp.exp(radius)
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        return 2 * jnp.stack([b[:, 0] * cos - b[:, 1] * sin, b[:, 0] * sin + b[:, 1] * cos], -1)

    def log_density(self, x: Any) -> Any:
        """Untwist x for each blade and return the log of the mean of the Gaussians there."""
        xp, special = modules(x)
        half = x[:, None] / 2
        radius = xp.sqrt(xp.sum(half**2, -1))
        turns = xp.asarray(2 * np.pi / self.blades * np.arange(self.blades), x.dtype)
        # Far out the twist overflows; whatever the angle is there, the density is nil.
        angle = turns + self.rate * xp.exp(xp.minimum(radius, 20.0))
        cos, sin = xp.cos(angle), xp.sin(angle)
        along = half[..., 0] * cos + half[..., 1] * sin
        across = half[..., 1] * cos - half[..., 0] * sin
        log_components = -0.5 * (
            ((along - 1) / self.radial_std) ** 2 + (across / self.tangential_std) ** 2
        ) - float(np.log(4 * 2 * np.pi * self.radial_std * self.tangential_std))
        return uniform_mixture(log_components, special)


def pinwheel() -> Pinwheel:
    """Five blades with the numbers of Johnson et al. 2016: 0.3 along, 0.1 across, rate 0.25."""
    return Pinwheel("pinwheel", ((-4, 4), (-4, 4)), 5, 0.3, 0.1, 0.25)
