"""Affine maps of the line."""

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.errors import ConfigError
from surjax.transforms.univariate.base import Univariate
from surjax.typing import Array, Numbers, Parameters

SCALES = {
    "exp": jnp.exp,
    "softplus": jax.nn.softplus,
    "sigmoid": lambda s: jax.nn.sigmoid(s + 2.0) + 1e-3,
    "plain_sigmoid": lambda s: jax.nn.sigmoid(s + 2.0),
    "tanh_exp": lambda s: jnp.exp(2.0 * jnp.tanh(s / 2.0)),
}
"""Maps from an unconstrained number to a positive scale, by name; exp and tanh_exp are 1 at 0."""

LARGEST_LOG = 20.0
"""No scale by exp is above e²⁰ ≈ 5·10⁸ or below its inverse: far away from its data a network gives any
number, and products of a few such scales would overflow to a NaN where the density is 0."""

SMALLEST = 1e-12
"""No scale is smaller: softplus of a very negative number would be 0 and its logarithm −∞."""


class Affine(Univariate):
    """z = scale(s)·x + t with h = (t, s), and log-derivative log scale(s).

    scale is "exp" (RealNVP, Dinh et al. 2017, equation 4; s counts up to ±20), "softplus", "sigmoid"
    (Kingma and Dhariwal 2018, Glow, σ(s + 2), with 0.001 added) or "plain_sigmoid" (without), or "tanh_exp",
    which lies between e⁻² and e². Raises ConfigError for another name.
    """

    scale: str = eqx.field(static=True)

    def __init__(self, scale: str = "exp"):
        if scale not in SCALES:
            raise ConfigError(f"scale is {scale!r} and must be one of {', '.join(SCALES)}.")
        self.scale = scale

    @property
    def num_params(self) -> int:
        """2: shift and unconstrained scale."""
        return 2

    def _scale(self, h: Array) -> tuple[Array, Array]:
        s = h[..., 1]
        if self.scale == "exp":  # log exp s = s, exactly
            s = jnp.clip(s, -LARGEST_LOG, LARGEST_LOG)
            return jnp.exp(s), s
        scale = jnp.maximum(SCALES[self.scale](s), SMALLEST)
        return scale, jnp.log(scale)

    def forward(self, x: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """x → (scale·x + t, log scale)."""
        scale, log_scale = self._scale(h)
        return x * scale + h[..., 0], log_scale

    def inverse(self, z: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """z → ((z − t)/scale, log scale)."""
        scale, log_scale = self._scale(h)
        return (z - h[..., 0]) / scale, log_scale


class Shift(Univariate):
    """z = x + t with h = (t): the additive map of NICE (Dinh et al. 2015, equation 7)."""

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element, 1: the shift."""
        return 1

    def forward(self, x: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """x → (x + t, 0)."""
        return x + h[..., 0], jnp.zeros_like(x)

    def inverse(self, z: Numbers, h: Parameters) -> tuple[Numbers, Numbers]:
        """z → (z − t, 0)."""
        return z - h[..., 0], jnp.zeros_like(z)
