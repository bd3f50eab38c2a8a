"""The variational autoencoder, as a transform."""

from typing import Any, ClassVar

import equinox as eqx
import jax

from surjax.distributions.base import Distribution
from surjax.distributions.conditional import condition
from surjax.errors import SurjaxError
from surjax.transforms.base import batch_size, forward_batch, require_key, require_shape
from surjax.transforms.stochastic.base import Stochastic
from surjax.typing import Array, Context, Key, PRNGKey, Scalar, Shape


class VAE(Stochastic):
    """z ~ q(z | x) by an encoder, x ~ p(x | z) by a decoder (Kingma and Welling 2014; Rezende et al. 2014).

        V = log p(x | z) − log q(z | x)

    so that `Flow(prior, VAE(encoder, decoder)).log_prob` is a draw of the evidence lower bound, and
    with num_samples > 1 of the importance-weighted one. Encoder and decoder are any two
    distributions: `Conditional` of a family, or a flow. The encoder's context is x, the decoder's is
    z, or (x, context) and (z, context) where the model has a context. VAEs in a `Chain` make a
    hierarchical one.

    Raises SurjaxError for an encoder whose density is only bounded: −log q would then bound the
    likelihood from the wrong side.

    >>> import jax, surjax as sx
    >>> k1, k2 = jax.random.split(jax.random.key(0))
    >>> encoder = sx.Conditional(sx.Normal((2,)), sx.nn.MLP(5, 4, key=k1))
    >>> decoder = sx.Conditional(sx.Bernoulli((5,)), sx.nn.MLP(2, 5, key=k2))
    >>> vae = sx.Flow(sx.Normal((2,)), sx.VAE(encoder, decoder))
    >>> vae.exact, vae.log_prob(jax.numpy.ones((7, 5)), jax.random.key(1)).shape
    (False, (7,))
    """

    V: ClassVar[str] = "log p(x | z) − log q(z | x)"

    encoder: Distribution
    decoder: Distribution

    def __init__(self, encoder: Distribution, decoder: Distribution):
        if not encoder.exact:
            raise SurjaxError(
                f"the encoder of a VAE, {type(encoder).__name__}, has no exact density, so the model would "
                "be no lower bound: give it a distribution or flow whose .exact is True."
            )
        self.encoder, self.decoder = encoder, decoder

    @property
    def densities_exact(self) -> bool:
        """Whether the decoder's is (the encoder's always is)."""
        return self.decoder.exact

    def z_shape(self, x_shape: Shape) -> Shape:
        """The shape of z: the encoder's shape."""
        require_shape(self, x_shape, self.decoder.shape)
        return self.encoder.shape

    def x_shape(self, z_shape: Shape) -> Shape:
        """The shape of x: the decoder's shape."""
        require_shape(self, z_shape, self.encoder.shape)
        return self.decoder.shape

    def draw_z(
        self, key: PRNGKey, x: Any, context: Context, temperature: float | Array
    ) -> tuple[Any, Scalar]:
        """(z ~ q(z | x), V(x, z))."""
        key, decoder_key = jax.random.split(key)
        z, log_q = self.encoder.sample_and_log_prob(
            key, context=condition(x, context), temperature=temperature
        )
        return z, self.decoder.log_prob(x, decoder_key, condition(z, context)) - log_q

    def draw_x(
        self, key: PRNGKey, z: Any, context: Context, temperature: float | Array
    ) -> tuple[Any, Scalar]:
        """(x ~ p(x | z), V(x, z))."""
        x, log_p = self.decoder.sample_and_log_prob(
            key, context=condition(z, context), temperature=temperature
        )
        return x, log_p - self.encoder.log_prob(z, context=condition(x, context))

    def contribution(self, x: Any, z: Any, key: Key, context: Context) -> Scalar:
        """log p(x | z) − log q(z | x), in nats."""
        log_p = self.decoder.log_prob(x, key, condition(z, context))
        return log_p - self.encoder.log_prob(z, context=condition(x, context))

    def initialize(self, xs: Any, key: Key = None, contexts: Context = None) -> tuple["VAE", Any]:
        """Initialise the encoder on the batch, and the decoder on it given what the encoder draws."""
        first, second = self._keys(xs, key)
        encoder = self.encoder.initialize_sampler(batch_size(xs), first, condition(xs, contexts))[0]
        new = eqx.tree_at(lambda vae: vae.encoder, self, encoder)
        zs = forward_batch(new, xs, key, contexts)
        decoder = self.decoder.initialize(xs, second, condition(zs, contexts))
        return eqx.tree_at(lambda vae: vae.decoder, new, decoder), zs

    def initialize_inverse(self, zs: Any, key: Key = None, contexts: Context = None) -> tuple["VAE", Any]:
        """Initialise the decoder on the batch, and the encoder on it given what the decoder draws."""
        first, second = self._keys(zs, key)
        decoder, xs = self.decoder.initialize_sampler(batch_size(zs), first, condition(zs, contexts))
        encoder = self.encoder.initialize(zs, second, condition(xs, contexts))
        return eqx.tree_at(lambda vae: (vae.encoder, vae.decoder), self, (encoder, decoder)), xs

    def _keys(self, batch: Any, key: Key) -> Array:
        """Two keys, of which no example of the batch has one."""
        return jax.random.split(jax.random.fold_in(require_key(self, key), batch_size(batch)))
