import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax.train.shuffle import batch_indices, shuffled


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 1000])
def test_every_position_goes_somewhere_of_its_own(n):
    out = shuffled(jax.random.key(3), jnp.arange(n), n)
    assert sorted(np.asarray(out).tolist()) == list(range(n))


def test_orders_of_two_epochs_differ_and_look_random():
    n = 4096
    first, second = (np.asarray(shuffled(jax.random.key(k), jnp.arange(n), n), float) for k in (0, 1))
    for a, b in ((first, np.arange(n)), (first, second), (first[:-1], first[1:])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(n)


def test_an_epoch_sees_every_row_once():
    rows = jax.vmap(lambda i: batch_indices(jax.random.key(0), i, 60, 10))(jnp.arange(12))
    for epoch in (rows[:6], rows[6:]):
        assert sorted(np.asarray(epoch).ravel().tolist()) == list(range(60))
    assert not np.array_equal(rows[:6], rows[6:])
