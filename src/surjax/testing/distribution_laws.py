"""The laws that every distribution obeys."""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.errors import ConfigError
from surjax.testing.cases import DistributionCase
from surjax.testing.initialization import missed_by_initialization, networks_of, starts_of_distribution
from surjax.testing.initialization_laws import learned_is_kept, structure_is_kept
from surjax.testing.integration import integral
from surjax.testing.law import (
    DTYPES,
    Check,
    Differences,
    Law,
    below,
    checks_of,
    close,
    finite,
    same,
)
from surjax.testing.models import WHICH, both, made, name_of, outline
from surjax.testing.noise import noise_of
from surjax.testing.number_laws import taken_as_floats
from surjax.testing.projections import LIMIT, projection_distance
from surjax.testing.samplers import draw, draw_one, seed
from surjax.testing.saving_law import saved_one_is_the_same_to_the_bit

DRAWS = 50_000
"""So many draws are held against a density."""


def density_integrates_to_one(case: DistributionCase, name: str, dtype: str) -> Differences:
    """∫ p(x) dx = 1, to five standard errors."""
    for which, model in zip(WHICH, both(case, name, dtype, case.trained), strict=True):
        total, error = integral(model, case, name)
        yield below(f"the integral of the {which} one, from 1", abs(total - 1), 5 * error + 2e-3)


def drawing_tells_the_density_of_what_was_drawn(case: DistributionCase, name: str, dtype: str) -> Differences:
    """sample_and_log_prob gives the log_prob of its sample, and finite ones."""
    xs, told, log_prob = _draws(case, name, dtype)
    yield finite("log-densities of draws", told)
    yield close("log-densities of draws", log_prob(xs), told, 1e-3, 2e-3)


def discrete_values_are_as_frequent_as_their_probability(
    case: DistributionCase, name: str, dtype: str
) -> Differences:
    """The frequency of every value of the support among the draws."""
    xs, _, log_prob = _draws(case, name, dtype)
    probabilities = np.exp(log_prob(jax.tree.map(jnp.asarray, case.support)))
    drawn, values = _as_rows(xs, DRAWS), _as_rows(case.support, len(probabilities))
    frequencies = [(drawn == value).all(1).mean() for value in values]
    yield close("frequencies", frequencies, probabilities, 0.0, 5 * np.sqrt(0.25 / DRAWS))


def draws_of_one_number_follow_its_integrated_density(
    case: DistributionCase, name: str, dtype: str
) -> Differences:
    """The Kolmogorov-Smirnov distance of the draws to the density, integrated between the bounds."""
    xs, _, log_prob = _draws(case, name, dtype)
    axis = np.linspace(*case.bounds, 200_001)
    density = np.exp(log_prob(jnp.asarray(axis).reshape(-1, *xs.shape[1:]))).astype(float)
    cdf = np.cumsum(density) * (axis[1] - axis[0])
    expected = np.interp(np.sort(np.ravel(xs)), axis, cdf)
    distance = np.abs(expected - (np.arange(DRAWS) + 0.5) / DRAWS).max()
    # exceeded once in 10,000 where they agree
    yield below("distance of draws and density", distance, 2.2 / np.sqrt(DRAWS))


def draws_of_several_numbers_follow_the_density(case: DistributionCase, name: str, dtype: str) -> Differences:
    """In random directions, by `projection_distance`."""
    xs, _, log_prob = _draws(case, name, dtype)
    distance = projection_distance(xs, log_prob, seed(name + "project"))
    yield below("distance of draws and density, in standard errors", distance, LIMIT)


def gradients_of_the_density_are_finite(case: DistributionCase, name: str, dtype: str) -> Differences:
    """Those of log_prob by every parameter, at a draw and at the edges."""
    context = draw_one(case.context, name + "context")
    for which, model in zip(WHICH, both(case, name, dtype, case.trained), strict=True):
        key = None if model.exact else seed(name + "noise")
        gradient = eqx.filter_jit(eqx.filter_grad(lambda m, x, key=key: m.log_prob(x, key, context)))
        x = model.sample(seed(name), context=context)
        for point in (x, *(jnp.asarray(edge, jnp.asarray(x).dtype) for edge in case.edges)):
            yield finite(f"gradients of the {which} one", gradient(model, point))


def noise_is_standard_normal(case: DistributionCase, name: str, dtype: str) -> Differences:
    """log p(x) is the density of its noise and the Jacobian; x is made of its noise again."""
    context = draw_one(case.context, name + "context")
    for which, model in zip(WHICH, both(case, name, dtype, case.trained), strict=True):
        x = model.sample(seed(name), context=context)
        noise, again, log_prob = eqx.filter_jit(noise_of)(model, x, context)
        yield same(f"the shape of the noise of the {which} one", noise.shape, model.shape)
        yield close(f"x made of the noise of the {which} one", again, x, 1e-8, 1e-8)
        yield close(f"log_prob of the {which} one", log_prob, model.log_prob(x, None, context), 1e-4, 1e-4)
        centre = model.sample(seed(name), context=context, temperature=0.0)
        of_zeros = model.from_noise(jnp.zeros(model.shape), context)
        yield close(f"the centre of the {which} one, made of zeros", of_zeros, centre, 1e-8, 1e-8)


def noise_is_refused_where_there_is_none(case: DistributionCase, name: str, dtype: str) -> Differences:
    """to_noise and from_noise raise ConfigError."""
    context = draw_one(case.context, name + "context")
    model = made(case, name, dtype)
    x = model.sample(seed(name), context=context)
    for direction in (model.to_noise, model.from_noise):
        yield same(
            f"whether {direction.__name__} says that there is none", _refuses(direction, x, context), True
        )


def initialization_keeps_the_structure(case: DistributionCase, name: str, dtype: str) -> Differences:
    """`initialize` gives a distribution of the same structure, shapes and dtypes."""
    yield from structure_is_kept(starts_of_distribution(case, name, dtype))


def initialization_keeps_what_is_learned(case: DistributionCase, name: str, dtype: str) -> Differences:
    """What does not depend on the batch is what it was: nothing learned is set to its start again."""
    yield from learned_is_kept(starts_of_distribution(case, name, dtype))


def initialization_of_a_sampler_gives_draws(case: DistributionCase, name: str, dtype: str) -> Differences:
    """`initialize_sampler` gives a distribution of the same structure, and draws with a leading axis."""
    model, contexts = outline(case), draw(case.context, name + "context", 2)
    new, xs = eqx.filter_eval_shape(lambda model: model.initialize_sampler(2, seed(name), contexts), model)
    one = eqx.filter_eval_shape(lambda model, c: model.sample(seed(name), context=c), model, _first(contexts))
    yield same("the structure", jax.tree.structure(new), jax.tree.structure(model))
    shapes = [leaf.shape for leaf in jax.tree.leaves(xs)]
    yield same("the shapes of draws", shapes, [(2, *leaf.shape) for leaf in jax.tree.leaves(one)])


def initialization_reaches_every_network(case: DistributionCase, name: str, dtype: str) -> Differences:
    """`initialize` and `initialize_sampler` both come to each network inside."""
    model, contexts, key = made(case, name, dtype), draw(case.context, name + "context", 2), seed(name)
    xs = jax.vmap(lambda k, c: model.sample(k, context=c))(jax.random.split(key), contexts)
    ways: dict[str, Callable[[Any], Any]] = {
        "initialize": lambda model: model.initialize(xs, key, contexts),
        "initialize_sampler": lambda model: model.initialize_sampler(2, key, contexts)[0],
    }
    for way, initialize in ways.items():
        missed, _ = missed_by_initialization(model, initialize)
        yield same(f"how many networks {way} misses, and should", missed, 0)


def whole_numbers_and_halves_are_taken_as_floats(
    case: DistributionCase, name: str, dtype: str
) -> Differences:
    """The density of whole numbers and of half-precision ones is of the type that it has of floats."""
    model, context = made(case, name, dtype), draw_one(case.context, name + "context")
    key = None if model.exact else seed(name)
    x = jax.ShapeDtypeStruct(model.shape, jnp.result_type(float))
    yield from taken_as_floats("log_prob", lambda x: model.log_prob(x, key, context), x)


@functools.lru_cache(maxsize=8)
def _draws(case: DistributionCase, name: str, dtype: str) -> tuple[Any, Any, Callable[[Any], Any]]:
    """(draws of the trained-like one, their log-densities as told, log_prob of a batch)."""
    context = draw_one(case.context, name + "context")
    model = both(case, name, dtype, case.trained)[1]
    program = eqx.filter_jit(jax.vmap(lambda k: model.sample_and_log_prob(k, context=context)))
    xs, told = program(jax.random.split(seed(name + "sample"), DRAWS))
    return xs, told, eqx.filter_jit(jax.vmap(lambda x: model.log_prob(x, None, context)))


def _as_rows(xs: Any, n: int) -> np.ndarray:
    """n values of x, which may be a tuple of arrays, as rows of numbers."""
    return np.concatenate([np.asarray(leaf).reshape(n, -1) for leaf in jax.tree.leaves(xs)], axis=1)


def _refuses(direction: Callable[..., Any], x: Any, context: Any) -> bool:
    try:
        direction(x, context)
    except ConfigError:
        return True
    return False


def _first(contexts: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf[0], contexts)


def _exact(case: DistributionCase) -> bool:
    return outline(case).exact


def _continuous(case: DistributionCase) -> bool:
    """Whether x is one array of numbers with a density, and not a tuple, parts of which may be discrete."""
    return case.support is None and all(isinstance(side, int) for side in outline(case).shape)


def _size(case: DistributionCase) -> int:
    return int(np.prod(outline(case).shape))


DISTRIBUTION_LAWS = (
    Law(density_integrates_to_one, lambda case: case.support is not None or _continuous(case)),
    Law(drawing_tells_the_density_of_what_was_drawn, _exact, dtypes=DTYPES),
    Law(
        discrete_values_are_as_frequent_as_their_probability,
        lambda case: _exact(case) and case.support is not None,
        dtypes=DTYPES,
    ),
    Law(
        draws_of_one_number_follow_its_integrated_density,
        lambda case: _exact(case) and _continuous(case) and _size(case) == 1,
        dtypes=DTYPES,
    ),
    Law(
        draws_of_several_numbers_follow_the_density,
        lambda case: _exact(case) and _continuous(case) and _size(case) > 1,
        dtypes=DTYPES,
    ),
    Law(saved_one_is_the_same_to_the_bit),
    Law(gradients_of_the_density_are_finite, lambda case: bool(jax.tree.leaves(outline(case)))),
    Law(noise_is_standard_normal, lambda case: case.noise, dtypes=("float64",)),
    Law(noise_is_refused_where_there_is_none, lambda case: not case.noise),
    Law(whole_numbers_and_halves_are_taken_as_floats, _continuous),
    Law(initialization_keeps_the_structure),
    Law(initialization_keeps_what_is_learned, lambda case: bool(jax.tree.leaves(outline(case)))),
    Law(initialization_of_a_sampler_gives_draws),
    Law(initialization_reaches_every_network, lambda case: bool(networks_of(outline(case)))),
)
"""Every law of distributions, and to which cases it applies."""


def distribution_checks(case: DistributionCase, name: str | None = None) -> list[Check]:
    """Each law that applies to a distribution's case, to be run by itself; name as in `transform_checks`."""
    return checks_of(DISTRIBUTION_LAWS, case, name or name_of(case))


def check_distribution(case: DistributionCase, name: str | None = None) -> None:
    """Hold every law that applies against a distribution.

    Raises AssertionError at the first that does not hold: it names the law, the case, the dtype and the
    largest difference. name as in `transform_checks`.

    >>> import surjax as sx
    >>> from surjax.testing import DistributionCase, check_distribution
    >>> check_distribution(DistributionCase(lambda key: sx.Laplace((1,), 1.0, 0.5, trainable=True)))
    """
    for check in distribution_checks(case, name):
        check()
