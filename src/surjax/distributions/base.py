"""What every distribution is: a density of one example that can be scored and drawn from."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax

from surjax.errors import ConfigError
from surjax.plain import PlainModule
from surjax.typing import Array, Context, Floats, Key, Numbers, PRNGKey, Scalar


class Distribution(PlainModule):
    """A probability distribution p(x | context) of ONE example; `jax.vmap` adds a batch axis.

    Log-densities are in nats, against Lebesgue measure where x is continuous and counting measure
    where it is discrete. x is an array of shape `shape`, or a tuple of arrays where `shape` is a
    tuple of shapes.
    """

    draws_choices: ClassVar[bool] = False
    """Whether its parameters say by what chance a draw is one thing or another, so that no gradient of the
    draw in them tells all: a category, a sign, a component of a mixture."""

    shape: eqx.AbstractVar[Any]

    @property
    def exact(self) -> bool:
        """Whether `log_prob` is the log-density itself, not an estimate of a lower bound of it."""
        return True

    @abstractmethod
    def log_prob(self, x: Any, key: Key = None, context: Context = None) -> Scalar:
        """log p(x | context) in nats; a key is needed only where the distribution is not `exact`."""

    @abstractmethod
    def sample(self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0) -> Any:
        """Draw one x ~ p(x | context).

        temperature scales the spread of continuous noise about its centre (Kingma and Dhariwal 2018,
        Glow, section 6); bounded and discrete distributions have no such scale and are drawn as they
        are.
        """

    def sample_and_log_prob(
        self, key: PRNGKey, *, context: Context = None, temperature: float | Array = 1.0
    ) -> tuple[Any, Scalar]:
        """Draw one x and give log p(x | context), in nats (at temperature 1), with it."""
        x = self.sample(key, context=context, temperature=temperature)
        return x, self.log_prob(x, context=context)

    def to_noise(self, x: Any, context: Context = None) -> Any:
        """x → independent standard normal noise of the shape of x, one to one given the context:

            log p(x | context) = log N(noise; 0, I) + log |det ∂noise/∂x|

        Raises ConfigError where the distribution is not made of normal noise in this way.
        """
        raise no_noise(self)

    def from_noise(self, noise: Any, context: Context = None) -> Any:
        """noise → x, the inverse of `to_noise`: x ~ p(x | context) where the noise is standard normal.

        Raises as `to_noise` does.
        """
        raise no_noise(self)

    def initialize(self, x: Any, key: Key = None, context: Context = None) -> "Distribution":
        """The distribution after data-dependent initialisation on a batch x with one leading axis.

        One that learns nothing from data but by training comes back as it is.
        """
        return self

    def initialize_sampler(self, n: int, key: PRNGKey, context: Context = None) -> tuple["Distribution", Any]:
        """Data-dependent initialisation of one that is drawn from, such as an encoder: (it, n draws).

        Every array of the context has a leading axis n; there is no x. One that learns from x does so from
        what it draws before.
        """
        first, second, third = jax.random.split(key, 3)
        new = self.initialize(sample_batch(self, n, first, context), second, context)
        return new, sample_batch(new, n, third, context)


class Parametric(Distribution):
    """A family of distributions, each described by unconstrained numbers that a network can give.

    There are `num_params` of them for each element of x: see `Conditional`.
    """

    @property
    @abstractmethod
    def num_params(self) -> int:
        """How many unconstrained numbers describe the distribution, for each element of x."""

    @abstractmethod
    def with_parameters(self, h: Floats) -> "Parametric":
        """The distribution of this family with unconstrained parameters h of shape (*shape, num_params)."""


class Factorized(Parametric):
    """A family whose elements are independent given the context: p(x) = ∏ᵢ p(xᵢ)."""

    shape: eqx.AbstractVar[tuple[int, ...]]

    @abstractmethod
    def with_parameters(self, h: Floats) -> "Factorized":
        """The distribution of this family with unconstrained parameters h of shape (*shape, num_params)."""

    @abstractmethod
    def log_prob_elements(self, x: Numbers, context: Context = None) -> Numbers:
        """log p(xᵢ | context) of every element, in nats, with the shape of x."""

    def log_prob(self, x: Array, key: Key = None, context: Context = None) -> Scalar:
        """log p(x | context) = Σᵢ log p(xᵢ | context), in nats."""
        return self.log_prob_elements(x, context).sum()


def sample_batch(distribution: Distribution, n: int, key: PRNGKey, contexts: Context) -> Any:
    """n draws along a leading axis, which every array of the contexts has too, each with a key of its own."""
    keys = jax.random.split(key, n)
    return jax.vmap(lambda k, c: distribution.sample(k, context=c))(keys, contexts)


def no_noise(owner: object) -> ConfigError:
    """The error that says that `owner` is not made of normal noise, one to one."""
    return ConfigError(
        f"{type(owner).__name__} is no bijection of normal noise, so there is no path through its noise: "
        "take the spherical one, --path spherical."
    )
