"""Trainings with an objective, an optimizer, callbacks and networks of one's own."""

import dataclasses
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.parameters import Fixed
from surjax.parts import parts_of
from surjax.regularization import is_noisy, penalty, with_noise
from surjax.train import config as settings
from surjax.train import fit, negative_log_likelihood, program

KEY = jax.random.key(0)
CONFIG = sx.TrainConfig(steps=60, batch_size=32, eval_every=20)
OWN = optax.chain(optax.add_noise(0.01, 0.5, 0), optax.sgd(0.05, momentum=0.9))
"""Its state holds a random key."""


def flow():
    return sx.Flow(sx.Normal((2,)), sx.Affine((2,)))


def skewed(n=256, seed=0):
    return jnp.exp(jax.random.normal(jax.random.key(seed), (n, 2)))


def absolute_error(flow, x, key, context):
    """Of the point that z = 0 stands for, which is the median once training ends; some of it is noise."""
    return jnp.abs(flow.transform.inverse(jnp.zeros(2))[0] - x).sum() + 1e-3 * jax.random.normal(key)


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


@pytest.fixture
def compilations():
    """How many programs XLA is given, the training's and all small ones."""
    counted = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: counted.append(event) if "backend_compile" in event else None
    )
    return counted


def test_objective_is_what_is_lowered_and_evaluated():
    x, config = skewed(2000), dataclasses.replace(CONFIG, steps=600, schedule="cosine", learning_rate=0.05)
    fitted = fit(flow(), x, validation=x, objective=absolute_error, config=config)
    point = fitted.flow.transform.inverse(jnp.zeros(2))[0]
    np.testing.assert_allclose(point, jnp.median(x, axis=0), atol=0.1)  # the mean is 1.6
    told = fitted.history[-1].validation_loss
    assert told == pytest.approx(float(jnp.abs(point - x).sum(1).mean()), abs=1e-2)


def test_default_objective_is_the_likelihood_in_micro_batches_too():
    whole = fit(flow(), skewed(), config=CONFIG)
    given = fit(flow(), skewed(), objective=negative_log_likelihood, config=CONFIG)
    assert same(given.flow, whole.flow)

    def shifted(flow, x, key, context):
        return negative_log_likelihood(flow, x, key, context) + 1.0

    parts = fit(flow(), skewed(), objective=shifted, config=dataclasses.replace(CONFIG, accumulate=4))
    for a, b in zip(jax.tree.leaves(parts.flow), jax.tree.leaves(whole.flow), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
    assert parts.history[-1].train_loss == pytest.approx(whole.history[-1].train_loss + 1.0, rel=1e-4)


def test_own_objective_and_optimizer_resume_to_the_same_bits(tmp_path):
    def stop(progress):
        return progress.step == 40

    arguments: dict[str, Any] = {"objective": absolute_error, "optimizer": OWN, "config": CONFIG}
    whole = fit(flow(), skewed(), **arguments)
    part = fit(flow(), skewed(), **arguments, callbacks=[stop], checkpoints=tmp_path)
    assert (part.stopped, part.step) == ("callback", 40)
    resumed = fit(flow(), skewed(), **arguments, checkpoints=tmp_path)
    assert (resumed.stopped, [told.step for told in resumed.history]) == ("steps", [60])
    assert same(resumed.flow, whole.flow)
    assert not same(resumed.flow, part.flow)


def test_optimizer_may_want_the_loss():
    plateau = optax.chain(optax.sgd(0.1), optax.contrib.reduce_on_plateau(factor=0.01, patience=1))
    still = fit(flow(), skewed(), optimizer=plateau, config=CONFIG)
    moving = fit(flow(), skewed(), optimizer=optax.sgd(0.1), config=CONFIG)
    assert not same(still.flow, moving.flow)


def test_unit_of_the_loss_holds_with_an_optimizer_of_one_s_own():
    config = dataclasses.replace(CONFIG, steps=1)
    sizes = {}
    for unit in ("nats", "bits_per_dim"):
        unlike = dataclasses.replace(config, loss_unit=unit)
        moved = fit(flow(), skewed(), optimizer=optax.sgd(1.0), config=unlike).flow.transform.shift.shift
        sizes[unit] = float(moved[0])
    assert sizes["nats"] == pytest.approx(sizes["bits_per_dim"] * 2 * np.log(2), rel=1e-4)


def test_settings_that_an_optimizer_would_silently_replace_are_refused():
    def refused(**changes):
        with pytest.raises(ConfigError) as told:
            fit(flow(), skewed(), optimizer=OWN, config=dataclasses.replace(CONFIG, **changes))
        return str(told.value)

    assert "its own (clip_norm is 1.0): put that into the optimizer" in refused(clip_norm=1.0)
    assert "(learning_rate is 0.1, warmup_steps is 3)" in refused(warmup_steps=3, learning_rate=0.1)
    assert set(settings.OPTIMISATION) <= {field.name for field in dataclasses.fields(sx.TrainConfig)}


@pytest.mark.parametrize("wrong", [lambda *_: jnp.zeros(2), lambda *_: 1])
def test_objective_must_give_a_number(wrong):
    with pytest.raises(ConfigError, match="for one example and must give one real number"):
        fit(flow(), skewed(), objective=wrong, config=CONFIG)


def test_callbacks_are_given_models_that_they_may_keep(monkeypatch):
    monkeypatch.setattr(program, "STRETCH_SECONDS", 0.0)
    kept, order = {}, []

    def keep(progress):
        order.append("first")
        if progress.flow is not None:
            kept[progress.step] = progress.flow()

    config = dataclasses.replace(CONFIG, steps=6, eval_every=3, keep_best=False)
    fitted = fit(flow(), skewed(), callbacks=[keep, lambda progress: order.append("then")], config=config)
    assert order == ["first", "then"] * 6
    assert list(kept) == [3, 6]
    assert not same(kept[3], kept[6])
    assert same(kept[6], fitted.flow)
    assert all(told.flow is None for told in fitted.history)


def test_training_that_a_callback_stops_is_evaluated(monkeypatch):
    monkeypatch.setattr(program, "STRETCH_SECONDS", 0.0)
    fitted = fit(flow(), skewed(), callbacks=[lambda progress: progress.step == 5], config=CONFIG)
    assert (fitted.stopped, fitted.step) == ("callback", 5)
    assert [told.step for told in fitted.history] == [5]
    assert np.isfinite(fitted.history[0].train_loss)


@pytest.mark.parametrize("gib", [4.0, 0.0])
def test_fit_called_again_compiles_nothing(compilations, gib):
    traced = []

    def objective(flow, x, key, context):
        traced.append(1)
        return negative_log_likelihood(flow, x, key, context)

    def run(seed, size=32):
        x, held_out = np.asarray(skewed(256, seed)), np.asarray(skewed(40, seed + 1))
        config = dataclasses.replace(
            CONFIG, seed=seed, device_gib=gib, batch_size=size, initial_rows=100, clip_norm=1.0
        )
        traced.clear()
        model = sx.Flow(sx.Normal((2,)), sx.Chain(sx.ActNorm((2,)), sx.Affine((2,))))
        compilations.clear()  # of those that make a model
        return fit(model, x, validation=held_out, objective=objective, config=config)

    first = run(0)
    assert traced
    assert first.compile_seconds > 0.02
    again = run(1)
    assert not traced
    assert not compilations
    assert again.compile_seconds < first.compile_seconds / 2
    assert not same(again.flow, first.flow)
    assert same(run(0).flow, first.flow)
    run(0, size=16)
    assert traced  # other shapes are another program


def test_programs_that_are_kept_hold_no_data():
    x = skewed()
    fit(flow(), x, config=CONFIG)
    before = len(jax.live_arrays())
    fit(flow(), skewed(300), config=CONFIG)
    assert len(jax.live_arrays()) <= before


class Blurred(sx.nn.Network):
    """A network with noise and a penalty of its own around another one, as a user might write it."""

    inner: sx.nn.Network
    weight: jax.Array
    target: Fixed
    drawn: Any = None

    def __call__(self, x, context=None):
        noise = 0.0 if self.drawn is None else jax.random.normal(self.drawn, x.shape)
        return self.inner(x + 0.5 * noise, context) * self.weight

    @property
    def noisy(self):
        return True

    def with_noise(self, key):
        drawn = jax.random.fold_in(key, 7)
        return eqx.tree_at(lambda net: net.drawn, self, drawn, is_leaf=lambda leaf: leaf is None)

    def penalty(self):
        return (self.weight - self.target.value) ** 2


def blurred():
    dropout = sx.nn.Dropout(0.5, key=KEY)
    inner = Blurred(dropout, jnp.array(1.0), Fixed(3.0))
    return Blurred(inner, jnp.array(2.0), Fixed(0.0))


def test_own_network_has_noise_and_a_penalty_and_so_have_the_parts_in_it():
    network, x = blurred(), jnp.ones(1000)
    assert is_noisy(network)
    assert float(penalty(network)) == 2.0**2 + (1.0 - 3.0) ** 2
    assert (network(x) == 2).all()
    noisy = with_noise(network, KEY)
    assert noisy.drawn is not None
    assert noisy.inner.drawn is not None
    assert noisy.inner.inner.draw is not None
    y = noisy(x)
    assert float((y == 0).mean()) == pytest.approx(0.5, abs=0.1)
    assert len(jnp.unique(y)) > 100
    assert not is_noisy(sx.nn.MLP(1, 2, hidden=(3,), key=KEY))
    assert float(penalty(sx.nn.MLP(1, 2, hidden=(3,), key=KEY))) == 0.0


def test_training_gives_own_networks_their_noise_and_pulls_on_what_they_penalise():
    coupling = sx.Coupling((2,), sx.univariate.Affine(), Wide(blurred()))
    config = dataclasses.replace(CONFIG, steps=30, scale_penalty=1000.0, keep_best=False)
    held_out, adam = skewed(64, 1), optax.adam(0.05)
    model = sx.Flow(sx.Normal((2,)), coupling)
    fitted = fit(model, skewed(), validation=held_out, optimizer=adam, config=config)
    (network,) = (part.network for part in parts_of(fitted.flow, Wide))
    assert float(network.weight) == pytest.approx(0.5, abs=0.3)  # on its way from 2 to 0
    assert float(network.inner.weight) > 2.0  # and from 1 to 3
    loss = -float(fitted.flow.log_prob(held_out).mean())
    assert fitted.history[-1].validation_loss == pytest.approx(loss, rel=1e-5)  # without any noise
    assert network.drawn is None


class Wide(sx.nn.Network):
    """What a coupling of two numbers takes: two parameters out of one number."""

    network: sx.nn.Network

    def __call__(self, x, context=None):
        return 0.1 * jnp.concatenate([self.network(x, context), self.network(x, context)])


def test_trainer_knows_no_network():
    for file in Path(program.__file__).parent.glob("*.py"):
        assert "surjax.nn" not in file.read_text(), file
