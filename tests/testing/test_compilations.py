"""A contract: what is called again with the same shapes compiles nothing."""

import jax
import pytest

import surjax as sx
from surjax.nn import MLP
from surjax.testing import count_compilations

X = jax.random.normal(jax.random.key(0), (32, 2))


def flow():
    network = MLP(1, 2, hidden=(4,), key=jax.random.key(0))
    return sx.Flow(
        sx.Normal((2,)), sx.Chain(sx.ActNorm((2,)), sx.Coupling((2,), sx.univariate.Affine(), network))
    )


CALLS = {
    "log_prob": lambda model, x, key: model.log_prob(x),
    "log_prob of a bound": lambda model, x, key: model.log_prob(x, key, num_samples=3),
    "sample": lambda model, x, key: model.sample(key, 32),
    "sample_and_log_prob": lambda model, x, key: model.sample_and_log_prob(key, 32),
    "encode": lambda model, x, key: model.encode(x),
    "decode": lambda model, x, key: model.decode(x),
    "initialize": lambda model, x, key: model.initialize(x),
}


@pytest.mark.parametrize("call", CALLS)
def test_method_in_a_loop_compiles_once(call):
    given = [(jax.tree.map(lambda leaf, i=i: leaf + i, flow()), X + i, jax.random.key(i)) for i in range(4)]
    CALLS[call](*given[0])
    with count_compilations() as compiled:
        for arguments in given[1:]:
            CALLS[call](*arguments)
    assert len(compiled) == 0, compiled


def test_fit_again_compiles_nothing():
    config = sx.TrainConfig(steps=3, batch_size=8)
    sx.fit(flow(), X, config=config)
    with count_compilations() as compiled:
        sx.fit(flow(), X + 1, config=config)
    assert len(compiled) == 0, compiled


def test_new_programs_are_counted_by_name():
    def a_program_of_its_own(x):
        return 2 * x

    with count_compilations() as outer:
        jax.jit(a_program_of_its_own)(X)
        with count_compilations() as inner:
            jax.jit(a_program_of_its_own)(X[:7])
    assert [sum("a_program_of_its_own" in name for name in c.names) for c in (outer, inner)] == [2, 1]
    assert repr(inner).startswith(f"{len(inner)} compilations (")
