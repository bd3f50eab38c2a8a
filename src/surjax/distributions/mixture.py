"""Mixtures of any family, element by element."""

from collections.abc import Sequence
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike

from surjax.distributions.base import Factorized
from surjax.errors import ConfigError
from surjax.parameters import Fixed, hold, value
from surjax.typing import Array, Context, Floats, Numbers, PRNGKey, Shape


class Mixture(Factorized):
    """Each element has a mixture of K distributions of one family: normals, logistics, ….

        log p(x_i) = log Σₖ wᵢₖ pₖ(x_i)   with   wᵢ = softmax(logits_i)

    components are K distributions of the same family and shape; logits broadcast to (*shape, K) and
    are learned with trainable=True. What a network gives for an element is the K logits, and then the
    parameters of each component: components that start alike stay alike, so such a network should not
    start at zero. Raises ConfigError where the components are of different kinds.

    >>> import jax, surjax as sx
    >>> bimodal = sx.Mixture([sx.Normal((2,), loc) for loc in (-1.0, 1.0)])
    >>> bimodal.log_prob(jax.numpy.zeros(2)).round(3)
    Array(-2.838, dtype=float32)
    """

    draws_choices: ClassVar[bool] = True

    components: Factorized
    logits: Array | Fixed
    shape: Shape = eqx.field(static=True)
    num_components: int = eqx.field(static=True)

    def __init__(self, components: Sequence[Factorized], logits: ArrayLike = 0.0, trainable: bool = False):
        kinds = {jax.tree.structure(component) for component in components}
        if len(kinds) != 1:
            raise ConfigError(
                f"a mixture was given {len(components)} components of {len(kinds)} kinds: give one or more "
                "distributions of one family, shape and trainability."
            )
        # one distribution whose arrays have a leading axis K
        self.components = jax.tree.map(lambda *leaves: jnp.stack(leaves), *components)
        self.shape, self.num_components = components[0].shape, len(components)
        self.logits = hold(
            jnp.broadcast_to(jnp.asarray(logits, float), (*self.shape, self.num_components)), trainable
        )

    @property
    def num_params(self) -> int:
        """How many numbers h holds for each element: K·(1 + a component's)."""
        return self.num_components * (1 + self.components.num_params)

    def with_parameters(self, h: Floats) -> "Mixture":
        """Logits h[..., :K]; the rest is the parameters of each component, one after the other."""
        logits, rest = h[..., : self.num_components], h[..., self.num_components :]
        each = rest.reshape(*rest.shape[:-1], self.num_components, -1)
        components = jax.vmap(lambda c, h: c.with_parameters(h), in_axes=(0, -2))(self.components, each)
        return eqx.tree_at(lambda d: (d.logits, d.components), self, (logits, components))

    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(x_i), in nats."""
        each = jax.vmap(lambda c: c.log_prob_elements(x), out_axes=-1)(self.components)
        terms = each + jax.nn.log_softmax(value(self.logits))
        # where no component reaches x, the log-sum-exp of nothing but −∞ has no gradient
        reached = (terms > -jnp.inf).any(-1)
        total = jax.nn.logsumexp(jnp.where(reached[..., None], terms, 0.0), axis=-1)
        return jnp.where(reached, total, -jnp.inf)

    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Array:
        """Draw a component for each element, and x_i from it (the weights have no temperature)."""
        which, *keys = jax.random.split(key, 1 + self.num_components)
        each = jax.vmap(lambda c, k: c.sample(k, temperature=temperature), out_axes=-1)(
            self.components, jnp.stack(keys)
        )
        k = jax.random.categorical(which, value(self.logits))
        return jnp.take_along_axis(each, k[..., None], axis=-1)[..., 0]
