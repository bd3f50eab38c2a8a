"""The inverse of an increasing map that has no closed form."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from surjax.typing import Array

MAX_STEPS = 200
"""Far more than needed: every second step at least halves the bracket, and most are Newton steps."""


def solve_increasing(
    forward: Callable[[Array], tuple[Array, Array]], z: Array, low: Array, high: Array
) -> Array:
    """x with forward(x)[0] = z, element by element, for x between low and high.

    forward gives (value, log-derivative) of every element and increases. Newton's method, with
    bisection wherever its steps do not halve (Press et al. 2007, Numerical Recipes, section
    9.4), until the step is rounding error. Derivatives of any order are those of the inverse function,
    dx = (dz − ∂forward/∂h dh) / forward′, not of the iteration.
    """
    flat = jnp.finfo(z.dtype).eps ** 2  # a slope that no search resolves; its inverse stays finite
    return jax.lax.custom_root(
        lambda x: forward(x)[0] - z,
        0.5 * (low + high),
        lambda _, start: _search(forward, z, low, high, start),
        # forward is elementwise: its Jacobian is diagonal
        lambda linear, y: y / jnp.maximum(linear(jnp.ones_like(y)), flat),
    )


def _search(
    forward: Callable[[Array], tuple[Array, Array]], z: Array, low: Array, high: Array, start: Array
) -> Array:
    # Newton's method squares the error: after so small a step of it, what is left is rounding
    eps = float(jnp.finfo(start.dtype).eps)
    last_newton, last_bisection = eps ** (2 / 3), 2 * eps

    def unfinished(state: tuple[Array, ...]) -> Array:
        *_, done, count = state
        return (count < MAX_STEPS) & ~done.all()

    def step(state: tuple[Array, ...]) -> tuple[Array, ...]:
        x, low, high, last, done, count = state
        value, log_slope = forward(x)
        error = value - z
        low, high = jnp.where(error < 0, x, low), jnp.where(error < 0, high, x)
        newton = jnp.clip(x - error * jnp.exp(-log_slope), low, high)
        trusted = jnp.abs(newton - x) <= 0.5 * last
        done |= error == 0
        new = jnp.where(done, x, jnp.where(trusted, newton, 0.5 * (low + high)))
        size = jnp.abs(new - x)
        small = jnp.where(trusted, last_newton, last_bisection)
        done |= size <= small * jnp.maximum(jnp.abs(x), 1.0)
        return new, low, high, size, done, count + 1

    low, high = jnp.broadcast_to(low, start.shape), jnp.broadcast_to(high, start.shape)
    state = (start, low, high, high - low, jnp.zeros(start.shape, bool), jnp.zeros((), int))
    return jax.lax.while_loop(unfinished, step, state)[0]
