"""Dropout draws in training and nowhere else, each one and each scanned copy its own."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.nn.dropout import Dropout
from surjax.parameters import partition
from surjax.parts import parts_of
from surjax.regularization import is_noisy, with_noise
from surjax.train.devices import Devices
from surjax.train.examples import Examples
from surjax.train.objective import loss_and_gradient, mean_loss, negative_log_likelihood

KEY = jax.random.key(0)
SHAPE = (2, 2, 2)


def flow(dropout):
    """Scanned couplings, whose network scans over blocks of two dropouts each."""

    def step(key):
        network = sx.nn.GatedAttentionConv((1, 2, 2), 2, width=4, blocks=2, heads=2, dropout=dropout, key=key)
        return sx.Chain(sx.Coupling(SHAPE, sx.univariate.Affine(), network), sx.Reverse())

    return sx.Flow(sx.Normal(SHAPE), sx.Repeat(step, 3, key=KEY))


def batch(n=8):
    return Examples(5 * jax.random.normal(KEY, (n, *SHAPE)))


def loss(model, data, key):
    return mean_loss(negative_log_likelihood, model, data, key)


value_and_gradient = eqx.filter_jit(loss_and_gradient)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_rate_out_of_range_is_refused(rate):
    with pytest.raises(ConfigError, match="at least 0 and below 1"):
        Dropout(rate, key=KEY)


def test_what_is_kept_makes_up_for_what_is_dropped():
    x = jnp.full(100_000, 2.0)
    y = with_noise(Dropout(0.2, key=KEY), KEY)(x)
    assert float((y == 0).mean()) == pytest.approx(0.2, abs=0.01)
    assert float(y.mean()) == pytest.approx(2.0, abs=0.02)


def test_no_two_dropouts_of_a_model_draw_the_same():
    parts = parts_of(with_noise(flow(0.2), KEY), Dropout)
    draws = np.concatenate([jax.random.key_data(part.draw).reshape(-1, 2) for part in parts])
    assert len(draws) == 3 * 2 * 2  # couplings × blocks × parts
    assert len(np.unique(draws, axis=0)) == len(draws)


def test_training_drops_and_evaluation_does_not():
    value, _ = value_and_gradient(*partition(flow(0.5)), batch(), KEY, 1, Devices())
    other, _ = value_and_gradient(*partition(flow(0.5)), batch(), jax.random.key(1), 1, Devices())
    whole, without = (float(loss(flow(rate), batch(), KEY)) for rate in (0.5, 0.0))
    assert whole == without
    assert len({float(value), float(other), whole}) == 3
    value, _ = value_and_gradient(*partition(flow(0.0)), batch(), KEY, 1, Devices())
    assert float(value) == pytest.approx(whole, rel=1e-6)
    assert is_noisy(flow(0.5))
    assert not is_noisy(flow(0.0))


@pytest.mark.slow
def test_every_example_drops_the_same_however_the_batch_is_divided():
    whole, parts = (value_and_gradient(*partition(flow(0.5)), batch(), KEY, n, Devices()) for n in (1, 4))
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_model_with_dropout_is_saved_and_loaded(tmp_path):
    saved = flow(0.5)
    saved.save(tmp_path / "model")
    loaded = sx.load(tmp_path / "model")
    for a, b in zip(parts_of(saved, Dropout), parts_of(loaded, Dropout), strict=True):
        assert (a.seed == b.seed).all()
        assert a.rate == b.rate
    assert float(loss(loaded, batch(), KEY)) == float(loss(saved, batch(), KEY))
