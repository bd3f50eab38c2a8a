"""A model whose latents are the noise that its distributions make them of."""

from typing import Any, ClassVar

import equinox as eqx
import jax

from surjax.distributions.base import Distribution, no_noise
from surjax.distributions.conditional import condition
from surjax.distributions.normal import Normal
from surjax.flow import Flow
from surjax.transforms.base import Bijection, Encoded, Transform
from surjax.transforms.chain import Chain
from surjax.transforms.inverse import Inverse
from surjax.transforms.stochastic.base import Stochastic
from surjax.transforms.stochastic.vae import VAE
from surjax.transforms.surjections.base import Surjection
from surjax.typing import Array, Context, Dropped, Key, Scalar, Shape


def in_noise(flow: Flow) -> Flow:
    """The same model, where `encode` gives standard normal noise for z and for all that was dropped.

        z → base.to_noise(z),   dropped → decoder.to_noise(dropped) given the z that it was dropped from

    All parts have one density then, whatever distributions they are of and given what, and the log-likelihood
    of x is what it was. A VAE drops x, which its decoder makes of noise; a surjection inside an `Inverse`
    drops nothing, and is left as it is.

    Raises ConfigError where a stochastic map is no VAE; `encode` and `decode` of what comes back raise it
    where a distribution has no noise (see `Distribution.to_noise`).

    >>> import jax.numpy as jnp, surjax as sx
    >>> flow = sx.Flow(sx.Normal((1,), 5.0, 2.0), sx.Slice((2,), 1, sx.Normal((1,), 3.0)))
    >>> in_noise(flow).encode(jnp.array([9.0, 2.0]))
    Latent(z=Array([2.], dtype=float32), dropped=(Array([-1.], dtype=float32), None))
    """
    last = _LastNoise(flow.base, flow.base.shape)
    return Flow(Normal(flow.base.shape), Chain(_replaced(flow.transform, onwards=True), last))


def _replaced(transform: Transform, onwards: bool) -> Transform:
    """The transform with what it drops turned into noise; onwards: whether x → z is its forward direction."""

    def replace(part: Any) -> Any:
        if isinstance(part, Inverse):
            return Inverse(_replaced(part.transform, not onwards))
        if onwards and isinstance(part, Surjection | VAE):
            return _DroppedNoise(part)
        if isinstance(part, Stochastic):
            raise no_noise(part)
        return part

    kinds = (Surjection, Inverse, Stochastic)
    return jax.tree.map(replace, transform, is_leaf=lambda part: isinstance(part, kinds))


class _DroppedNoise(Transform):
    """A surjection or a VAE that drops the noise of what the one inside drops."""

    V: ClassVar[str] = "V of the one inside"

    inside: Surjection | VAE

    @property
    def forward_deterministic(self) -> bool:
        """Whether the one inside is."""
        return self.inside.forward_deterministic

    @property
    def inverse_deterministic(self) -> bool:
        """Whether the one inside is."""
        return self.inside.inverse_deterministic

    @property
    def densities_exact(self) -> bool:
        """Whether those inside are."""
        return self.inside.densities_exact

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: that of the transform inside."""
        return self.inside.z_shape(x_shape)

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: that of the transform inside."""
        return self.inside.x_shape(z_shape)

    def _encode(
        self, x: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        z, contribution, dropped = self.inside._encode(x, given, key, context, temperature)
        return z, contribution, self.inside.decoder.to_noise(dropped, condition(z, context))

    def _decode(
        self, z: Any, given: Dropped, key: Key, context: Context, temperature: float | Array
    ) -> Encoded:
        if given is not None:
            given = self.inside.decoder.from_noise(given, condition(z, context))
        return self.inside._decode(z, given, key, context, temperature)


class _LastNoise(Bijection):
    """The last latent → the noise that its distribution makes it of."""

    V: ClassVar[str] = "log p(z) − log N(noise; 0, I)"

    distribution: Distribution
    shape: Shape = eqx.field(static=True)

    @property
    def fixed_shape(self) -> Shape:
        """The only shape of x: `shape`."""
        return self.shape

    def forward_and_log_det(self, x: Array, context: Context = None) -> tuple[Array, Scalar]:
        """z → (noise, log p(z) − log N(noise; 0, I))."""
        noise = self.distribution.to_noise(x, context)
        return noise, self._log_det(x, noise, context)

    def inverse_and_log_det(self, z: Array, context: Context = None) -> tuple[Array, Scalar]:
        """noise → (z, log p(z) − log N(noise; 0, I))."""
        x = self.distribution.from_noise(z, context)
        return x, self._log_det(x, z, context)

    def _log_det(self, z: Array, noise: Array, context: Context) -> Scalar:
        return self.distribution.log_prob(z, None, context) - Normal(self.shape).log_prob(noise)
