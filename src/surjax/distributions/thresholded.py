"""Vectors whose largest entry is the one that is asked for."""

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions.base import Distribution
from surjax.distributions.conditional import condition, split_condition
from surjax.dtypes import as_floats
from surjax.errors import ConfigError
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class Thresholded(Distribution):
    """q(v | c) over the v ∈ R^K with argmax v = c: the encoder of an argmax flow
    (Hoogeboom et al. 2021, Argmax Flows and Multinomial Diffusion).

    Noise u ~ q(u | c) is pushed below its entry T = u_c by a softplus:

        v_c = T,   v_k = T − softplus(T − u_k),   log q(v | c) = log q(u | c) − Σ_{k≠c} log σ(T − u_k)

    noise is any distribution of shape (K,); its context is c as K numbers, one-hot (with the model's
    context where there is one), so that `Conditional(Normal((K,)), network)` learns a noise for each
    class and a flow makes it as flexible as need be. The distribution's own context is c as a number,
    as `ArgMax` gives it. v outside the support has log-density −∞. Raises ConfigError where the noise
    is no vector.

    >>> import jax, surjax as sx
    >>> encoder = sx.Thresholded(sx.Normal((5,)))
    >>> encoder.sample(jax.random.key(0), context=jax.numpy.array([3])).argmax()
    Array(3, dtype=int32)
    """

    noise: Distribution
    shape: Shape = eqx.field(static=True)

    def __init__(self, noise: Distribution):
        if len(noise.shape) != 1:
            raise ConfigError(f"the noise must have shape (number of classes,) and has {noise.shape}.")
        self.noise, self.shape = noise, noise.shape

    @property
    def exact(self) -> bool:
        """Whether the noise's density is."""
        return self.noise.exact

    def _class(self, context: Context) -> tuple[Array, Context]:
        """The class as a mask of shape (K,), and the noise's context."""
        c, context = split_condition(context)
        mask = jnp.arange(self.shape[0]) == jnp.reshape(c, ())
        return mask, condition(mask.astype(float), context)

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """log q(v | c), in nats, by way of u_k = T − softplus⁻¹(T − v_k)."""
        mask, context = self._class(context)
        u, log_det, inside = _noise_of(as_floats(x), mask)
        return jnp.where(inside, self.noise.log_prob(u, key, context) - log_det, -jnp.inf)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """v with argmax v = c."""
        mask, context = self._class(context)
        return _threshold(self.noise.sample(key, context=context, temperature=temperature), mask)[0]

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Array, Scalar]:
        """v with argmax v = c, and log q(v | c) in nats (at temperature 1)."""
        mask, context = self._class(context)
        u, log_prob = self.noise.sample_and_log_prob(key, context=context, temperature=temperature)
        v, log_det = _threshold(u, mask)
        return v, log_prob - log_det

    def initialize(self, x: Array, key: Key = None, context: Context = None) -> "Thresholded":
        """Initialise the noise on what the batch of v is made of."""
        masks, context = jax.vmap(self._class)(context)
        u = jax.vmap(lambda v, mask: _noise_of(v, mask)[0])(x, masks)
        return self._with(self.noise.initialize(u, key, context))

    def initialize_sampler(
        self, n: int, key: PRNGKey, context: Context = None
    ) -> tuple["Thresholded", Array]:
        """Initialise the noise on the classes, and push what it draws below their entries."""
        masks, context = jax.vmap(self._class)(context)
        noise, u = self.noise.initialize_sampler(n, key, context)
        return self._with(noise), jax.vmap(_threshold)(u, masks)[0]

    def _with(self, noise: Distribution) -> "Thresholded":
        return eqx.tree_at(lambda thresholded: thresholded.noise, self, noise)


def _noise_of(v: Array, mask: Array) -> tuple[Array, Scalar, Array]:
    """(u, log |det ∂v/∂u|, whether the marked entry is on top): the inverse of `_threshold`."""
    top = jnp.where(mask, v, 0).sum()
    gap = top - v
    inside = mask.any() & (mask | (gap >= 0)).all()
    # ties are the limit u → ∞; below eps² the gap is taken as eps², whose u is near enough
    least = jnp.finfo(v.dtype).eps ** 2
    gap = jnp.where(mask | (gap < least), least, gap)
    log_sigmoid = jnp.log(-jnp.expm1(-gap))
    u = jnp.where(mask, v, top - gap - log_sigmoid)
    return u, jnp.where(mask, 0, log_sigmoid).sum(), inside


def _threshold(u: Array, mask: Array) -> tuple[Array, Scalar]:
    """(v, log |det ∂v/∂u|) with the marked entry on top."""
    top = jnp.where(mask, u, 0).sum()
    gap = jnp.where(mask, 0, top - u)
    # far above the threshold the softplus rounds to nothing: stay one step below it all the same
    info = jnp.finfo(u.dtype)
    step = jnp.maximum(info.eps * jnp.abs(top), info.tiny)
    v = jnp.minimum(top - jax.nn.softplus(gap), top - jax.lax.stop_gradient(step))
    return jnp.where(mask, u, v), jnp.where(mask, 0, jax.nn.log_sigmoid(gap)).sum()
