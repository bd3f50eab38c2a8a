"""What a flow's methods are given, checked: each fault is one sentence that names the argument."""

import math
import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import DataError, ShapeError, SurjaxError
from surjax.typing import Context, Keys, Shape


def count(n: Any, name: str, least: int = 0) -> int:
    """n as a Python integer: it may be NumPy's, or an array of one whole number.

    Raises SurjaxError where it is no whole number, less than `least`, or 2^31 and more.
    """
    try:
        if isinstance(n, bool | np.bool_):
            raise TypeError
        number = operator.index(n)
    except (TypeError, jax.errors.JAXTypeError):
        raise SurjaxError(f"{name} is {n!r} and must be a whole number: give an int.") from None
    if number < least:
        wanted = "cannot be negative" if least == 0 else f"must be at least {least}"
        raise SurjaxError(f"{name} is {number} and {wanted}: give a larger one.")
    if number >= 2**31:
        raise SurjaxError(f"{name} is {number} and must be below 2^31: give a smaller one.")
    return number


def sample_axes(n: Any) -> Shape:
    """The leading axes of n samples: (n,), the axes n, or none where n is None; raises as `count` does."""
    if n is None:
        return ()
    several = isinstance(n, tuple | list) or (hasattr(n, "ndim") and n.ndim == 1)
    return tuple(count(axis, "the number of samples") for axis in (n if several else (n,)))


def numbers(x: Any, name: str) -> Any:
    """x as an array of numbers, whether it is NumPy's or JAX's array, a list or a table.

    64-bit integers become float64, since JAX would cut them to 32 bits. Raises DataError where x holds
    something other than numbers, such as text, or is no array at all.
    """
    if isinstance(x, jax.Array):
        _require_numeric(x.dtype, name)
        return x
    if x is None:
        raise DataError(f"{name} is None: give an array of numbers.")
    if hasattr(x, "toarray"):
        raise DataError(f"{name} is a sparse matrix and a model takes dense ones: give {name}.toarray().")
    try:
        array = np.asarray(x)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{name} is no array ({type(x).__name__} of uneven rows or of no numbers): give rows of equal "
            "length."
        ) from error
    if array.dtype == object:
        array = _from_objects(array, name)
    _require_numeric(array.dtype, name)
    if array.dtype.kind in "iu" and array.dtype.itemsize > 4:
        return array.astype(np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _from_objects(array: np.ndarray, name: str) -> np.ndarray:
    """Numbers that NumPy holds as objects, as of columns of several types; a gap becomes NaN."""
    for value in array.flat:
        if value is not None and isinstance(value, str | bytes):
            raise DataError(
                f"{name} holds text ({value!r}, say) and a model takes numbers: encode it, as "
                "surjax.data.Table.from_frame does, or leave it out."
            )
    try:
        gaps = np.array([value is None or type(value).__name__ == "NAType" for value in array.flat], bool)
        filled = np.where(gaps.reshape(array.shape), math.nan, array)
        return filled.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name} holds objects that are no numbers: give an array of numbers of one shape."
        ) from error


def _require_numeric(dtype: Any, name: str) -> None:
    real = (jnp.bool_, jnp.integer, jnp.floating)
    if not any(jnp.issubdtype(dtype, kind) for kind in real):
        raise DataError(f"{name} is of type {dtype} and a model takes real numbers: convert it first.")


def batch_axes(x: Any, event: Shape, name: str) -> Shape:
    """The leading axes of x, or ShapeError where it does not end in the event shape."""
    shape, k = np.shape(x), len(event)
    if len(shape) < k or shape[len(shape) - k :] != event:
        raise ShapeError(
            f"{name} has shape {shape} and this model takes (..., {', '.join(map(str, event))}): "
            "give it data of the shape that it was built for.",
            wanted=str(event),
            given=shape,
        )
    return shape[: len(shape) - k]


def require_batch(leaves: Any, batch: Shape, name: str, owner: str) -> None:
    """Raise ShapeError unless the leading axes of every array of a pytree are the batch's.

    name is what the pytree is called, such as "context", and owner what has that batch, such as "x".
    """
    for leaf in jax.tree.leaves(leaves):
        shape = np.shape(leaf)
        if shape[: len(batch)] != batch:
            raise ShapeError(
                f"{name} has an array of shape {shape} and {owner} has the leading axes {batch}, which it "
                f"needs too: give one {name} an example, where it is the same for all by "
                f"jnp.broadcast_to({name}, ({', '.join(map(str, batch))}, ...)).",
                wanted=str(batch),
                given=shape,
            )


def require_context(context: Context, batch: Shape, owner: str) -> Context:
    """The context, or ShapeError where it has other leading axes; DataError where it holds no numbers."""
    for leaf in jax.tree.leaves(context):
        kind = "b" if isinstance(leaf, jax.Array) else np.asarray(leaf).dtype.kind
        if kind in "OUSMm":
            raise DataError(
                f"context holds something other than numbers ({type(leaf).__name__}): encode it as numbers."
            )
    require_batch(context, batch, "context", owner)
    return context


def as_keys(key: Any, batch: Shape) -> Keys | None:
    """A key or keys as JAX's typed ones: one for the whole batch, or an array of them with its axes.

    Those of `jax.random.PRNGKey`, whose trailing axis holds whole numbers, are taken too. Raises
    SurjaxError where it is no key, and where there are keys of other axes than the batch's.
    """
    if key is None:
        return None
    dtype = getattr(key, "dtype", None)
    if dtype is not None and jnp.issubdtype(dtype, jax.dtypes.prng_key):
        typed = key
    elif dtype == np.uint32 and np.ndim(key) >= 1:
        try:
            typed = jax.random.wrap_key_data(jnp.asarray(key))
        except (TypeError, ValueError) as error:
            raise _no_key(key) from error
    else:
        raise _no_key(key)
    if typed.shape not in ((), batch):
        raise ShapeError(
            f"key is an array of {typed.shape} keys and the batch has the axes {batch}: give one key, or one "
            "an example, by jax.random.split.",
            wanted=str(batch),
            given=typed.shape,
        )
    return typed


def require_keys(key: Any, batch: Shape) -> Keys:
    """The same for what always draws: SurjaxError where there is no key."""
    if key is None:
        raise SurjaxError("samples are drawn, and no key was given: pass key=jax.random.key(seed).")
    keys = as_keys(key, batch)
    assert keys is not None
    return keys


def _no_key(key: Any) -> SurjaxError:
    return SurjaxError(f"key is a {type(key).__name__} and no random key: pass key=jax.random.key(seed).")
