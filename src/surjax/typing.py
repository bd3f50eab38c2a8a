"""The few types that recur in signatures."""

from typing import Any

from jaxtyping import Array, Float, Num, PRNGKeyArray, UInt32
from jaxtyping import Key as KeyArray

Shape = tuple[int, ...]
PRNGKey = PRNGKeyArray
"""An explicit source of randomness."""
Key = PRNGKeyArray | None
"""The same where it may be None, because the call may draw nothing."""
Keys = PRNGKeyArray | KeyArray[Array, "..."] | UInt32[Array, "... 2"]
"""A key for all examples of a batch, or an array of them, one an example."""
Context = Any
"""What a model is conditioned on: any pytree of arrays, or None."""
Numbers = Num[Array, "*shape"]
"""Floats, or what becomes floats, an entry an element: all of one signature have one shape."""
Image = Num[Array, "channels height width"]
"""One image, or its features."""
Parameters = Float[Array, "*shape params"]
"""The parameters of each element of `Numbers` beside it, along a last axis."""
Batch = Float[Array, "n ..."]
"""Floats along one leading batch axis, which all of one signature have in common."""
Floats = Float[Array, "..."]
"""Floats of any shape."""
Scalar = Float[Array, ""]
"""A log-density or a likelihood contribution of one example, in nats."""
Dropped = Any
"""What a transform let go of: any pytree of arrays, None where it kept everything."""

__all__ = [
    "Array",
    "Batch",
    "Context",
    "Dropped",
    "Floats",
    "Image",
    "Key",
    "Keys",
    "Numbers",
    "PRNGKey",
    "Parameters",
    "Scalar",
    "Shape",
]
