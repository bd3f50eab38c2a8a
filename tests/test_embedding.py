"""Contexts that a network makes features of, trained with the flow."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, ShapeError, SurjaxError

KEY = jax.random.key(0)


class Counted(sx.nn.Network):
    """Twice the context, and how often it was traced."""

    calls: ClassVar[list] = []

    def __call__(self, x, context=None):
        self.calls.append(1)
        return 2.0 * x


def conditional(embedding, features, key=KEY, dim=2):
    """A conditional normal and a conditional coupling of features."""
    k1, k2 = jax.random.split(key)
    base = sx.Conditional(sx.Normal((dim,)), sx.nn.MLP(features, 2 * dim, hidden=(16,), key=k1))
    network = sx.nn.MLP.of(hidden=(8,))
    coupling = sx.Coupling.of((dim,), sx.univariate.Affine(), network, context_shape=(features,), key=k2)
    return sx.Flow(base, coupling, embedding)


def test_every_part_sees_the_features_and_they_are_made_once():
    flow = conditional(Counted(), 3)
    inner = sx.Flow(flow.base, flow.transform)
    x, context = jax.random.normal(KEY, (5, 2)), jax.random.normal(jax.random.key(1), (5, 3))
    np.testing.assert_allclose(
        flow.log_prob(x, context=context), inner.log_prob(x, context=2 * context), rtol=1e-5
    )
    assert len(Counted.calls) == 1
    np.testing.assert_allclose(
        flow.sample(KEY, 5, context=context), inner.sample(KEY, 5, context=2 * context), rtol=1e-5
    )
    latent = flow.encode(x, context=context)
    np.testing.assert_allclose(flow.decode(*latent, context=context), x, atol=1e-5)
    drawn, log_prob = flow.sample_and_log_prob(KEY, 5, context=context)
    np.testing.assert_allclose(log_prob, flow.log_prob(drawn, context=context), rtol=1e-4)
    noise = flow.to_noise(x[0], context[0])
    np.testing.assert_allclose(flow.from_noise(noise, context[0]), x[0], atol=1e-5)


def test_context_that_is_missing_or_of_another_shape_is_told():
    flow = conditional(sx.Embedding(sx.Standardize([0.0, 0.0], [1.0, 2.0])), 2)
    with pytest.raises(SurjaxError, match="this model is conditional and was given no context"):
        flow.log_prob(jnp.zeros((3, 2)))
    with pytest.raises(SurjaxError, match="given no context"):
        flow.sample(KEY, 3)
    for context in (jnp.zeros((3, 5)), np.zeros((3, 5))):
        with pytest.raises(ShapeError, match=r"\(2,\)"):
            flow.log_prob(jnp.zeros((3, 2)), context=context)


def test_what_cannot_be_an_embedding_is_refused():
    with pytest.raises(ConfigError, match="has no parts"):
        sx.Embedding()
    with pytest.raises(ConfigError, match="was given a Normal"):
        sx.Embedding(sx.Normal((2,)))


@pytest.mark.parametrize("big", [0.0, 1.6e9])
def test_numbers_of_a_context_keep_their_digits(big):
    standardize = sx.Standardize([big, 0.0], [0.5, 1.0])
    context = np.array([[big + 0.25, 1.0], [big - 0.5, 2.0]])
    flow = conditional(sx.Embedding(standardize), 2)
    plain = sx.Flow(flow.base, flow.transform)
    expected = plain.log_prob(jnp.ones((2, 2)), context=jnp.array([[0.5, 1.0], [-1.0, 2.0]]))
    np.testing.assert_allclose(flow.log_prob(jnp.ones((2, 2)), context=context), expected, rtol=1e-5)
    np.testing.assert_allclose(flow.log_prob(np.ones((2, 2)), context=context), expected, rtol=1e-5)
    drawn = plain.sample(KEY, 2, context=jnp.array([[0.5, 1.0], [-1.0, 2.0]]))
    np.testing.assert_allclose(flow.sample(KEY, 2, context=context), drawn, rtol=1e-5)


def test_training_takes_contexts_with_their_digits():
    random = np.random.default_rng(0)
    times = 1.6e9 + random.normal(size=(400, 1))
    x = 3.0 * (times - 1.6e9) + 0.1 * random.normal(size=(400, 1))
    base = sx.Conditional(sx.Normal((1,)), sx.nn.MLP(1, 2, hidden=(), key=KEY))
    flow = sx.Flow(base, sx.Chain(), sx.Embedding(sx.Standardize([1.6e9], [1.0])))
    config = sx.TrainConfig(steps=400, learning_rate=0.05, batch_size=400)
    fitted = sx.fit(flow, x, context=times, config=config).flow
    assert fitted.log_prob(x, context=times).mean() > -1.6  # blind to the times it would be −2.5


@pytest.mark.parametrize(
    ("network", "context"),
    [
        (lambda k: sx.nn.DeepSet(2, 3, width=8, hidden=(8,), key=k), (6, 2)),
        (lambda k: sx.nn.GRU(2, 3, width=8, key=k), (6, 2)),
        (lambda k: eqx.nn.Linear(4, 3, key=k), (4,)),
        (lambda k: sx.Embedding(sx.nn.ConvEncoder(1, 3, halvings=2, width=4, blocks=1, key=k)), (1, 4, 4)),
    ],
)
def test_networks_of_contexts_are_trained_and_saved_with_the_flow(network, context, tmp_path):
    flow = conditional(network(KEY), 3)
    contexts, x = jax.random.normal(KEY, (32, *context)), jax.random.normal(jax.random.key(1), (32, 2))
    fitted = sx.fit(flow, x, context=contexts, config=sx.TrainConfig(steps=3, batch_size=16)).flow
    before, after = (jax.tree.leaves(eqx.filter(f.embedding, eqx.is_array)) for f in (flow, fitted))
    assert any((a != b).any() for a, b in zip(before, after, strict=True))
    fitted.save(tmp_path / "model")
    loaded = sx.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.log_prob(x, context=contexts), fitted.log_prob(x, context=contexts))


def test_sets_have_no_order_and_sequences_do():
    x = jax.random.normal(KEY, (6, 2))
    deep_set, gru = sx.nn.DeepSet(2, 3, key=KEY), sx.nn.GRU(2, 3, key=KEY)
    np.testing.assert_allclose(deep_set(x), deep_set(x[::-1]), atol=1e-5)
    assert not np.allclose(gru(x), gru(x[::-1]), atol=1e-3)
    assert not np.allclose(deep_set(x), deep_set(jnp.concatenate([x, x])), atol=1e-3)  # it knows how many


@pytest.mark.parametrize("network", [sx.nn.DeepSet(2, 3, key=KEY), sx.nn.GRU(2, 3, key=KEY)])
def test_what_fills_up_a_set_or_sequence_makes_no_difference(network):
    x = jax.random.normal(KEY, (4, 2))
    filled = jnp.concatenate([x, jnp.full((3, 2), jnp.nan)])
    present = jnp.arange(7) < 4
    np.testing.assert_allclose(network((filled, present)), network(x), atol=1e-5)
    gradient = jax.grad(lambda f: network((f, present)).sum())(filled)
    assert np.isfinite(gradient).all()


def test_one_hot_rows_follow_the_numbers():
    one_hot = sx.nn.OneHot((3, 0, 2), without_last=True)
    assert (one_hot.size, one_hot.numbers) == (4, 1)
    np.testing.assert_array_equal(one_hot(jnp.array([2.0, 0.5, 0.0])), [0.5, 0.0, 0.0, 1.0])
    with pytest.raises(ConfigError, match="OneHot was given the sizes"):
        sx.nn.OneHot((1,))
