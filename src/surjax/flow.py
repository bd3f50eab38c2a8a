"""A model: a base distribution and a transform. This is the one class that most users touch."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.arguments import (
    as_keys,
    batch_axes,
    count,
    numbers,
    require_batch,
    require_context,
    require_keys,
    sample_axes,
)
from surjax.chunks import CHUNK, map_in_chunks
from surjax.compilation import large_batch_jit
from surjax.distributions.base import Distribution, no_noise
from surjax.dtypes import as_floats, widened
from surjax.embedding import Embedding
from surjax.errors import ShapeError, SurjaxError
from surjax.nn.autoregressive import Autoregressive
from surjax.nn.base import missing_context
from surjax.parts import parts_of
from surjax.precision import enter, enter_context, entered, leaving
from surjax.promotion import promoting
from surjax.transforms.base import Transform, require_shape, split_key
from surjax.typing import Array, Context, Dropped, Key, Keys, PRNGKey, Scalar, Shape


class Latent(NamedTuple):
    """What `Flow.encode` makes of x: the last z, and what each surjection dropped on the way."""

    z: Any
    dropped: Dropped


class Flow(Distribution):
    """p(x): a base distribution p(z) and a transform x → z, built of bijections, surjections and
    stochastic maps.

        log p(x) ≃ log p(z) + V(x, z)                            (Nielsen et al. 2020, equation 5)

    The methods take any leading batch axes, with one context an example, and scan over large batches
    in chunks of bounded memory. Every example draws with a key of its own, so that draws do not depend
    on the chunks: a key is split into one for each, or is an array of keys with the batch's axes. A flow
    is itself a distribution, so it can be the base of another, or the encoder or decoder inside a
    surjection. Shapes are worked out when the flow is built: a mismatch raises ShapeError and names both
    transforms.

    A flow whose transform begins with `Standardize` uses every digit of NumPy's float64 and integer arrays,
    and gives samples as NumPy's float64, although JAX computes in float32.

    embedding: what every part of the flow is given of the context: features that an `Embedding`, a network,
    or any module that is called with a context, makes of it. It runs once an example, is trained with the
    flow, and is a part of the saved model.

    >>> import jax, surjax as sx
    >>> flow = sx.Flow(sx.HalfNormal((2,)), sx.AbsoluteValue((2,)))
    >>> flow.exact, flow.log_prob(jax.numpy.zeros((5, 2))).shape
    (True, (5,))
    """

    base: Distribution
    transform: Transform
    shape: Shape = eqx.field(static=True)
    embedding: Embedding | None = None

    def __init__(self, base: Distribution, transform: Transform, embedding: eqx.Module | None = None):
        try:
            self.shape = transform.x_shape(base.shape)
            z_shape = transform.z_shape(self.shape)
        except ShapeError as error:
            if error.given == base.shape:
                raise ShapeError(
                    f"the transform gives z of shape {error.wanted} and the base, "
                    f"{type(base).__name__}, has shape {base.shape}: make the two agree.",
                    wanted=error.wanted,
                    given=base.shape,
                ) from error
            raise
        require_shape(base, z_shape, base.shape)
        self.base, self.transform = base, transform
        if embedding is None or isinstance(embedding, Embedding):
            self.embedding = embedding
        else:
            self.embedding = Embedding(embedding)

    @property
    def exact(self) -> bool:
        """Whether `log_prob` is the exact log-likelihood (E = 0); otherwise a lower bound's draw."""
        return self.transform.exact and self.base.exact

    @promoting
    def log_prob(
        self,
        x: Any,
        key: Keys | None = None,
        context: Context = None,
        num_samples: int = 1,
        chunk: int = CHUNK,
    ) -> Array:
        """log p(x | context) in nats, of shape x.shape without the trailing `shape`.

        Where the flow is not `exact` this is a draw of the lower bound, which needs a key; with
        num_samples = K it is the importance-weighted bound (Burda et al. 2016, equation 8)

            log 1/K Σₖ exp(log p(zₖ) + V(x, zₖ)),

        added up as it is drawn, so that memory does not grow with K. Raises ShapeError where x does
        not end in `shape`, SurjaxError where a key is needed and missing.
        """
        num_samples, chunk = count(num_samples, "num_samples", 1), count(chunk, "chunk", 1)
        if self.exact:
            key, num_samples = None, 1  # every draw would give the same number
        elif key is None:
            raise SurjaxError(
                "this model gives a lower bound that draws noise, and was given no key: "
                "pass key=jax.random.key(seed)."
            )
        x, batch, key, context = self._given(x, key, context)
        flow, x, context = self._entered(x, key, context)
        return _log_prob(flow, x, key, context, batch, num_samples, chunk)

    @promoting
    def sample(
        self,
        key: Keys,
        n: int | Shape | None = None,
        context: Context = None,
        temperature: float | Array = 1.0,
        chunk: int = CHUNK,
    ) -> Any:
        """Draw x ~ p(x | context): n of them with a leading axis n (or the axes n; None: one example).

        Each sample has a key of its own, so the draws do not depend on `chunk`. Every array of the
        context has the leading axes n. temperature scales the noise (Glow, section 6).
        """
        batch, chunk = sample_axes(n), count(chunk, "chunk", 1)
        key, context = require_keys(key, batch), require_context(context, batch, "the sample")
        flow, context = enter_context(self, context, key, temperature)
        flow, leave = leaving(flow, key, context, temperature)
        return leave(_sample(flow, key, context, jnp.asarray(temperature), batch, chunk))

    @promoting
    def sample_and_log_prob(
        self,
        key: Keys,
        n: int | Shape | None = None,
        context: Context = None,
        temperature: float | Array = 1.0,
        chunk: int = CHUNK,
    ) -> tuple[Any, Array]:
        """Draw as `sample` does, and give log p(x) in nats (where not `exact`, the bound's draw)."""
        batch, chunk = sample_axes(n), count(chunk, "chunk", 1)
        key, context = require_keys(key, batch), require_context(context, batch, "the sample")
        flow, context = enter_context(self, context, key, temperature)
        flow, leave = leaving(flow, key, context, temperature)
        x, log_prob = _sample_and_log_prob(flow, key, context, jnp.asarray(temperature), batch, chunk)
        return leave(x), log_prob

    @promoting
    def encode(self, x: Any, key: Keys | None = None, context: Context = None, chunk: int = CHUNK) -> Latent:
        """x → (z, dropped), so that `decode(*encode(x))` is x, whatever the flow lets go of.

        Where a decoder's density is a bound, as a flow of dequantised numbers has it, both need a key.
        """
        x, batch, key, context = self._given(x, key, context)
        chunk = count(chunk, "chunk", 1)
        flow, x, context = self._entered(x, key, context)
        return _encode(flow, x, key, context, batch, chunk)

    @promoting
    def decode(
        self,
        z: Any,
        dropped: Dropped = None,
        key: Keys | None = None,
        context: Context = None,
        temperature: float | Array = 1.0,
        chunk: int = CHUNK,
    ) -> Any:
        """z → x. What was dropped is put back where it is given, and drawn (with key) where it is None."""
        z, chunk = numbers(z, "z"), count(chunk, "chunk", 1)
        batch = batch_axes(z, self.base.shape, "z")
        key, context = as_keys(key, batch), require_context(context, batch, "z")
        require_batch(dropped, batch, "dropped", "z")
        flow, context = enter_context(self, context, z, dropped, key, temperature)
        flow, leave = leaving(flow, z, dropped, key, context, temperature)
        return leave(_decode(flow, z, dropped, key, context, jnp.asarray(temperature), batch, chunk))

    @promoting
    def to_noise(self, x: Any, context: Context = None) -> Any:
        """ONE x, without batch axes, → the noise that the base makes its z of, in the shape of x.

        Raises ConfigError where the transform draws in either direction, or the base has no noise.
        """
        self._require_bijection()
        context = self.features(context)
        z = self.transform.forward(x, context=context)[0]
        return jnp.reshape(self.base.to_noise(z, context), self.shape)

    @promoting
    def from_noise(self, noise: Any, context: Context = None) -> Any:
        """ONE noise, without batch axes, → x, the inverse of `to_noise`; raises as it does."""
        self._require_bijection()
        context = self.features(context)
        z = self.base.from_noise(jnp.reshape(noise, self.base.shape), context)
        return self.transform.inverse(z, context=context)

    def _require_bijection(self) -> None:
        if not (self.transform.forward_deterministic and self.transform.inverse_deterministic):
            raise no_noise(self.transform)

    @promoting
    def initialize(self, x: Any, key: Key = None, context: Context = None) -> "Flow":
        """The flow after data-dependent initialisation on a batch x with one leading axis.

        Each transform (ActNorm, Gaussianize) sees what those before it make of the batch, and the base
        (StudentMixture) what they all make of it.
        """
        x = numbers(x, "x")
        batch = batch_axes(x, self.shape, "x")
        if len(batch) != 1:
            raise ShapeError(f"initialize takes a batch of shape (n, *{self.shape}).")
        key, context = as_keys(key, ()), require_context(context, batch, "x")
        flow, x, context = self._entered(x, key, context)
        new = _initialize(flow, x, key, context)
        return new if flow is self else entered(new, False)

    @promoting
    def initialize_sampler(self, n: int, key: PRNGKey, context: Context = None) -> tuple["Flow", Any]:
        """Data-dependent initialisation of a flow that is drawn from, such as an encoder: (it, n draws).

        The base is initialised by what it draws, and each transform, in the direction from z to x, by what
        those after it make of that.
        """
        base_key, key = jax.random.split(key)
        flow, context = _with_embedding_of(self, context, key)
        base, z = flow.base.initialize_sampler(n, base_key, context)
        transform, x = flow.transform.initialize_inverse(z, key, context)
        return eqx.tree_at(lambda f: (f.base, f.transform), flow, (base, transform)), x

    def save(self, folder: str | Path) -> None:
        """Write the model to a folder: a JSON config and safetensors weights (see `surjax.load`)."""
        from surjax.serialize import save

        save(self, folder)

    def features(self, context: Context) -> Context:
        """What the parts of the flow are given of ONE context: its embedding, or without one the context.

        Raises SurjaxError where the flow has an embedding and there is no context.
        """
        if self.embedding is None:
            return context
        if context is None:
            raise missing_context("this model")
        return self.embedding(context)

    def _entered(self, x: Any, key: Keys | None, context: Context) -> tuple["Flow", Any, Context]:
        """(the flow of what has entered, x, context): see `surjax.precision`."""
        flow, context = enter_context(self, context, x, key)
        flow, x = enter(flow, x, key, context)
        return flow, x, context

    def _given(self, x: Any, key: Any, context: Context) -> tuple[Any, Shape, Keys | None, Context]:
        """(x, its batch axes, key, context), checked."""
        x = numbers(x, "x")
        batch = batch_axes(x, self.shape, "x")
        return x, batch, as_keys(key, batch), require_context(context, batch, "x")


def _vectorize(one: Callable[..., Any], args: Any, key: Keys | None, batch: Shape, chunk: int) -> Any:
    """Map `one(args, key)` over the leading axes `batch`: vmapped, in chunks that are scanned over.

    Every example has a key of its own: key is split into as many, or is an array of them (axes `batch`).
    A last chunk that is short is filled up with copies of the first example, so that one program of
    one shape is compiled.
    """
    n = math.prod(batch)
    if not batch:
        return one(args, key)
    own = key is not None and key.shape == batch
    keys = None if key is None else key.reshape(n) if own else jax.random.split(key, n)
    flat = jax.tree.map(lambda a: jnp.reshape(a, (n, *jnp.shape(a)[len(batch) :])), args)
    out = map_in_chunks(lambda both: jax.vmap(one)(*both), (flat, keys), n, chunk)
    return jax.tree.map(lambda a: a.reshape(*batch, *a.shape[1:]), out)


@large_batch_jit
def _log_prob(
    flow: Flow, x: Any, key: Keys | None, context: Context, batch: Shape, num_samples: int, chunk: int
) -> Array:
    def draw(x: Any, key: Key, context: Context) -> Scalar:
        key, base_key = (None, None) if key is None else jax.random.split(key)
        z, contribution = flow.transform.forward(x, key, context)
        return contribution + flow.base.log_prob(z, base_key, context)

    def one(args: Any, key: Any) -> Scalar:
        x, context = args
        context = flow.features(widened(context))
        if num_samples == 1:
            return draw(x, key, context)

        def add(total: Scalar, key: Key) -> tuple[Scalar, None]:
            return jnp.logaddexp(total, draw(x, key, context)), None

        dtype = jax.eval_shape(draw, x, key, context).dtype
        nothing = jnp.full((), -jnp.inf, dtype)
        keys = jax.random.split(key, num_samples)
        return jax.lax.scan(add, nothing, keys)[0] - math.log(num_samples)

    return _vectorize(one, (x, context), key, batch, chunk)


def _has_small_products(flow: Flow) -> bool:
    """Whether a part of the flow is made one element after the other, by many small products of matrices:
    those are faster with the library that the options switch off."""
    return any(part.small_products for part in parts_of(flow, Autoregressive))


@partial(large_batch_jit, unless=_has_small_products)
def _sample(flow: Flow, key: Keys, context: Context, temperature: Array, batch: Shape, chunk: int) -> Any:
    def one(context: Context, key: Any) -> Any:
        context = flow.features(widened(context))
        base_key, key = jax.random.split(key)
        z = flow.base.sample(base_key, context=context, temperature=temperature)
        return flow.transform.inverse(z, key, context, temperature)

    return _vectorize(one, context, key, batch, chunk)


@eqx.filter_jit
def _sample_and_log_prob(
    flow: Flow, key: Keys, context: Context, temperature: Array, batch: Shape, chunk: int
) -> tuple[Any, Array]:
    def one(context: Context, key: Any) -> tuple[Any, Scalar]:
        context = flow.features(widened(context))
        base_key, key = jax.random.split(key)
        z, log_prob = flow.base.sample_and_log_prob(base_key, context=context, temperature=temperature)
        x, contribution, _ = flow.transform.decode(z, key, context, temperature=temperature)
        return x, log_prob + contribution

    return _vectorize(one, context, key, batch, chunk)


@eqx.filter_jit
def _encode(flow: Flow, x: Any, key: Keys | None, context: Context, batch: Shape, chunk: int) -> Latent:
    def one(args: Any, key: Key) -> Latent:
        x, context = args
        z, _, dropped = flow.transform.encode(x, key, flow.features(widened(context)))
        return Latent(z, dropped)

    return _vectorize(one, (x, context), key, batch, chunk)


@eqx.filter_jit
def _decode(
    flow: Flow,
    z: Any,
    dropped: Dropped,
    key: Keys | None,
    context: Context,
    temperature: Array,
    batch: Shape,
    chunk: int,
) -> Any:
    def one(args: Any, key: Key) -> Any:
        z, dropped, context = args
        context = flow.features(widened(context))
        return flow.transform.decode(z, key, context, dropped, temperature)[0]

    return _vectorize(one, (z, dropped, context), key, batch, chunk)


@eqx.filter_jit
def _initialize(flow: Flow, x: Any, key: Key, context: Context) -> Flow:
    transform_key, base_key = split_key(key, 2)
    x, context = as_floats(x), widened(context)
    flow, context = _with_embedding_of(flow, context, key)
    transform, z = flow.transform.initialize(x, transform_key, context)
    base = flow.base.initialize(z, base_key, context)
    return eqx.tree_at(lambda f: (f.base, f.transform), flow, (base, transform))


def _with_embedding_of(flow: Flow, contexts: Context, key: Key) -> tuple[Flow, Context]:
    """(the flow with its embedding initialised on a batch of contexts, their features)."""
    if flow.embedding is None:
        return flow, contexts
    if contexts is None:
        raise missing_context("this model")
    own = None if key is None else jax.random.fold_in(key, 2)  # the other parts draw as without an embedding
    embedding, features = flow.embedding.initialize(contexts, own)
    return eqx.tree_at(lambda f: f.embedding, flow, embedding), features
