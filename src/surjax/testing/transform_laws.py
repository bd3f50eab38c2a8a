"""The laws that every transform obeys."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.flow import Flow
from surjax.testing.cases import TransformCase
from surjax.testing.examination import examine, one_to_one
from surjax.testing.initialization import missed_by_initialization, networks_of, starts_of_transform
from surjax.testing.initialization_laws import learned_is_kept, structure_is_kept
from surjax.testing.integration import integral
from surjax.testing.law import DTYPES, Check, Differences, Law, below, checks_of, close, finite, same
from surjax.testing.models import WHICH, both, made, name_of, outline
from surjax.testing.number_laws import taken_as_floats
from surjax.testing.samplers import draw, draw_one, seed
from surjax.testing.saving_law import saved_one_is_the_same_to_the_bit
from surjax.transforms.repeat import Repeat


def decoding_what_was_encoded_gives_x_back(case: TransformCase, name: str, dtype: str) -> Differences:
    """decode(encode(x)) = x, given what was dropped."""
    tolerance = _tolerance(case, dtype)
    for which, found in zip(WHICH, examine(case, name, dtype), strict=True):
        yield close(f"x of the {which} one", found.x_back, found.x, tolerance, tolerance)


def encoding_what_was_generated_gives_z_back(case: TransformCase, name: str, dtype: str) -> Differences:
    """forward(inverse(z)) = z, where x → z draws nothing."""
    tolerance = _tolerance(case, dtype)
    for which, found in zip(WHICH, examine(case, name, dtype), strict=True):
        yield close(f"z of the {which} one", found.z_back, found.z, tolerance, tolerance)


def both_directions_give_the_same_contribution(case: TransformCase, name: str, dtype: str) -> Differences:
    """V(x, z) is one number, and finite."""
    tolerance = 1e-6 if dtype == "float64" else 2e-3
    for which, found in zip(WHICH, examine(case, name, dtype), strict=True):
        what = f"contributions of the {which} one"
        yield finite(what, found.contribution)
        yield close(what, found.contribution_back, found.contribution, tolerance, tolerance)


def contribution_of_a_bijection_is_its_log_det(case: TransformCase, name: str, dtype: str) -> Differences:
    """V = log |det ∂z/∂x| by automatic differentiation, where neither direction draws."""
    for which, found in zip(WHICH, examine(case, name, dtype), strict=True):
        yield close(f"contributions of the {which} one", found.contribution, found.log_det, 1e-4, 1e-6)


def gradients_are_finite(case: TransformCase, name: str, dtype: str) -> Differences:
    """Those of z and V, by x and by every parameter."""
    for which, found in zip(WHICH, examine(case, name, dtype), strict=True):
        yield same(f"whether all gradients of the {which} one are finite", found.gradients_finite, True)


def shapes_are_inferred(case: TransformCase, name: str, dtype: str) -> Differences:
    """z_shape and x_shape say the shapes that come out."""
    model = outline(case)
    x, z = (array.shape[1:] for array in (examine(case, name, dtype)[0].x, examine(case, name, dtype)[0].z))
    yield same("z_shape and the shape of z", model.z_shape(x), z)
    yield same("x_shape and the shape of x", model.x_shape(z), x)


def plain_call_gives_what_the_compiled_and_vectorised_one_gives(
    case: TransformCase, name: str, dtype: str
) -> Differences:
    """forward of one x, not compiled."""
    found = examine(case, name, dtype)[0]
    n = len(found.x)
    key = jax.random.split(seed(name + "keys"), n)[0]
    contexts = draw(case.context, name + "context", n)
    context = jax.tree.map(lambda leaf: leaf[0], contexts)
    z, contribution = made(case, name, dtype).forward(jnp.asarray(found.x[0]), key, context)
    yield close("z", z, found.z[0], 1e-4, 1e-5)
    yield close("the contribution", contribution, found.contribution[0], 1e-4, 1e-4)


def repeat_gives_what_the_steps_give_in_turn(case: TransformCase, name: str, dtype: str) -> Differences:
    """`Repeat` of two copies, both ways."""
    x = case.x(seed(name))
    context = draw_one(case.context, name)
    repeated = Repeat(case.make, 2, key=seed(name))
    z, contribution, dropped = eqx.filter_jit(repeated.encode)(x, None, context)
    first, second = (
        jax.tree.map(lambda leaf, i=i: leaf[i] if eqx.is_array(leaf) else leaf, repeated.step) for i in (0, 1)
    )
    y, one = first.forward(x, None, context)
    w, two = second.forward(y, None, context)
    yield close("z", z, w, 1e-4, 1e-4)
    yield close("the contribution", contribution, one + two, 1e-4, 1e-4)
    back = eqx.filter_jit(repeated.decode)(z, None, context, given=dropped)[0]
    yield close("x", back, x, 2e-3, 2e-3)


def model_integrates_to_one(case: TransformCase, name: str, dtype: str) -> Differences:
    """∫ p(x) dx = 1 under the case's base, to five standard errors."""
    assert case.base is not None
    for which, model in zip(WHICH, both(case, name, dtype, min(case.trained, 0.3)), strict=True):
        total, error = integral(Flow(case.base(), model), case, name)
        yield below(f"the standard error of the integral under the {which} one", error, 0.04)
        yield below(f"the integral under the {which} one, from 1", abs(total - 1), 5 * error + 2e-3)


def bound_is_a_bound_and_tightens(case: TransformCase, name: str, dtype: str) -> Differences:
    """The mean of `log_prob` of K draws is below log p(x), and nearer to it where K is larger."""
    assert case.base is not None
    assert case.truth is not None
    flow = Flow(case.base(), made(case, name, dtype))
    yield same("whether the model says that it is exact", flow.exact, False)
    x = case.x(seed(name + "bound"))
    truth = float(case.truth(x))
    context = draw_one(case.context, name)
    many, contexts = jax.tree.map(lambda a: jnp.broadcast_to(a, (2000, *a.shape)), (x, context))
    draws = [
        np.asarray(flow.log_prob(many, seed(name + str(k)), contexts, num_samples=k)) for k in (1, 4, 32)
    ]
    means, slack = [d.mean() for d in draws], [5 * d.std() / np.sqrt(len(d)) + 1e-4 for d in draws]
    for k, mean, more in zip((1, 4, 32), means, slack, strict=True):
        yield below(f"the bound of {k} draws, beyond the truth", mean - truth, more)
    yield below("the bound of 1 draw, beyond that of 4", means[0] - means[1], slack[2])
    yield below("the bound of 4 draws, beyond that of 32", means[1] - means[2], slack[2])
    further = abs(means[2] - truth) - abs(means[0] - truth)
    yield below("how much further 32 draws are from the truth than 1", further, slack[2])


def initialization_keeps_the_structure(case: TransformCase, name: str, dtype: str) -> Differences:
    """`initialize` gives a transform of the same structure, shapes and dtypes."""
    yield from structure_is_kept(starts_of_transform(case, name, dtype))


def initialization_keeps_what_is_learned(case: TransformCase, name: str, dtype: str) -> Differences:
    """What does not depend on the batch is what it was: nothing learned is set to its start again."""
    yield from learned_is_kept(starts_of_transform(case, name, dtype))


def initialization_gives_what_the_new_one_makes_of_the_batch(
    case: TransformCase, name: str, dtype: str
) -> Differences:
    """zs = forward of the new one; where x → z draws, a draw of it: x comes back, or the means agree."""
    start = starts_of_transform(case, name, dtype)
    if start.model.forward_deterministic:
        yield close("zs", start.zs, start.again, 1e-4, 1e-4)
    elif start.model.inverse_deterministic:
        yield close("xs made of the zs", start.xs_back, start.xs, case.tolerance32, case.tolerance32)
    else:
        gaps = np.asarray(start.zs - start.again, float).reshape(len(start.zs), -1)
        error = gaps.std(0) / np.sqrt(len(gaps))
        furthest = np.abs(gaps.mean(0)) / np.maximum(error, 1e-6)
        yield below("means of the zs, in standard errors", furthest.max(), 5.0)


def initialization_reaches_every_network(case: TransformCase, name: str, dtype: str) -> Differences:
    """`initialize` and `initialize_inverse` both come to each network inside."""
    model, xs = made(case, name, dtype), draw(case.x, name, 2)
    zs = jnp.zeros((2, *model.z_shape(xs.shape[1:])), xs.dtype)
    contexts = draw(case.context, name, 2)
    for way, batch in (("initialize", xs), ("initialize_inverse", zs)):
        missed, _ = missed_by_initialization(
            model, lambda model, way=way, batch=batch: getattr(model, way)(batch, seed(name), contexts)[0]
        )
        yield same(f"how many networks {way} misses, and should", missed, 0)


def whole_numbers_and_halves_are_taken_as_floats(case: TransformCase, name: str, dtype: str) -> Differences:
    """Each direction gives of whole numbers and of halves the types that it gives of floats."""
    model, context = made(case, name, dtype), draw_one(case.context, name + "context")
    x = jax.eval_shape(case.x, seed("outline"))
    z = jax.ShapeDtypeStruct(model.z_shape(x.shape), x.dtype)
    key = seed(name)
    for way, given in (("encode", x), ("decode", z)):

        def one(x: Any, way: str = way) -> Any:
            output, contribution, _ = getattr(model, way)(x, key, context)
            return output, contribution

        yield from taken_as_floats(way, one, given)


def _tolerance(case: TransformCase, dtype: str) -> float:
    return case.tolerance64 if dtype == "float64" else case.tolerance32


def _dtypes(case: TransformCase) -> tuple[str, ...]:
    """Both precisions where the log-determinant is compared in float64; else float32, the coarser one."""
    return DTYPES if one_to_one(outline(case)) else DTYPES[:1]


def _can_follow_itself(case: TransformCase) -> bool:
    shape = jax.eval_shape(case.x, seed("outline")).shape
    model = outline(case)
    return case.repeats and model.forward_deterministic and model.z_shape(shape) == shape


TRANSFORM_LAWS = (
    Law(decoding_what_was_encoded_gives_x_back, dtypes=_dtypes),
    Law(
        encoding_what_was_generated_gives_z_back,
        lambda case: outline(case).forward_deterministic,
        dtypes=_dtypes,
    ),
    Law(both_directions_give_the_same_contribution, dtypes=_dtypes),
    Law(
        contribution_of_a_bijection_is_its_log_det,
        lambda case: one_to_one(outline(case)),
        dtypes=("float64",),
    ),
    Law(gradients_are_finite),
    Law(shapes_are_inferred),
    Law(plain_call_gives_what_the_compiled_and_vectorised_one_gives),
    Law(repeat_gives_what_the_steps_give_in_turn, _can_follow_itself),
    Law(saved_one_is_the_same_to_the_bit),
    Law(model_integrates_to_one, lambda case: case.base is not None),
    Law(bound_is_a_bound_and_tightens, lambda case: case.truth is not None),
    Law(whole_numbers_and_halves_are_taken_as_floats),
    Law(initialization_keeps_the_structure),
    Law(initialization_keeps_what_is_learned, lambda case: bool(jax.tree.leaves(outline(case)))),
    Law(initialization_gives_what_the_new_one_makes_of_the_batch),
    Law(initialization_reaches_every_network, lambda case: bool(networks_of(outline(case)))),
)
"""Every law of transforms, and to which cases it applies."""


def transform_checks(case: TransformCase, name: str | None = None) -> list[Check]:
    """Each law that applies to a transform's case, to be run by itself: `pytest.mark.parametrize` takes them.

    name is what messages call it, and the random numbers follow from it; by default its class.
    """
    return checks_of(TRANSFORM_LAWS, case, name or name_of(case))


def check_transform(case: TransformCase, name: str | None = None) -> None:
    """Hold every law that applies against a transform.

    Raises AssertionError at the first that does not hold: it names the law, the case, the dtype and the
    largest difference. name as in `transform_checks`.

    >>> import surjax as sx
    >>> from surjax.testing import TransformCase, check_transform, normal
    >>> check_transform(TransformCase(lambda key: sx.Scale(-2.0), x=normal(2), base=lambda: sx.Normal((2,))))
    """
    for check in transform_checks(case, name):
        check()
