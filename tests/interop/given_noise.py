"""Dequantisation by noise that is given, in place of noise that is drawn."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax import Chain, Embedded, Flow, Normal
from surjax.distributions import Distribution
from surjax.parameters import value
from surjax.transforms import Transform


class Given(Distribution):
    """A normal or a uniform distribution whose draw is made of noise of its own standard kind."""

    distribution: Distribution
    noise: Any
    shape: Any = eqx.field(static=True)

    def __init__(self, distribution, noise):
        self.distribution, self.noise, self.shape = distribution, noise, distribution.shape

    def log_prob(self, x, key=None, context=None):
        return self.distribution.log_prob(x, key, context)

    def sample(self, key, *, context=None, temperature=1.0):
        inner: Any = self.distribution
        if isinstance(inner, Normal):
            return value(inner.loc) + jnp.exp(value(inner.log_scale)) * self.noise
        return value(inner.low) + (value(inner.high) - value(inner.low)) * self.noise


def with_noise(dequantization, noise):
    """Dequantisation that draws this noise: what enters the base of a variational one, or the uniform one."""
    return eqx.tree_at(_drawn, dequantization, Given(_drawn(dequantization), noise))


class GivenNoise(Transform):
    """Dequantisation of an image beside which its noise lies, as further channels of its height and width."""

    V: ClassVar[str] = "−log q(u | x)"

    dequantization: Any

    @property
    def forward_deterministic(self):
        return True

    @property
    def inverse_deterministic(self):
        return True

    @property
    def image(self):
        return self.dequantization.transform.shape

    @property
    def fixed_shape(self):
        channels, *size = self.image
        return (channels + math.prod(_drawn(self.dequantization).shape) // math.prod(size), *size)

    def z_shape(self, x_shape):
        super().z_shape(x_shape)
        return self.image

    def x_shape(self, z_shape):
        self.dequantization.x_shape(z_shape)
        return self.fixed_shape

    def _encode(self, x, given, key, context, temperature):
        image, noise = x[: self.image[0]], x[self.image[0] :]
        drawing = with_noise(self.dequantization, noise.reshape(_drawn(self.dequantization).shape))
        z, contribution, _ = drawing.encode(image, jax.random.key(0), context)
        return z, contribution, None

    def _decode(self, z, given, key, context, temperature):
        raise NotImplementedError("the noise is not to be had back")


def given_noise(flow):
    """The flow, whose first transform is dequantisation, of images with their noise beside them."""
    first, *others = flow.transform.transforms
    return Flow(flow.base, Chain(GivenNoise(first), *others))


def beside(images, noise):
    """Images (n, C, H, W) with the noise of each as further channels."""
    return jnp.concatenate([images, noise.reshape(len(images), -1, *images.shape[2:])], axis=1)


def _drawn(dequantization):
    """The distribution whose draw the noise is: the decoder, or the base of the flow that is one."""
    decoder = dequantization.transform.decoder
    return decoder.distribution.base if isinstance(decoder, Embedded) else decoder
