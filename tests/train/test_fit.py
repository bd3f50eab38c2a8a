import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, DataError, TrainingError
from surjax.train import fit, negative_log_likelihood

CONFIG = sx.TrainConfig(steps=60, batch_size=32, learning_rate=0.05, eval_every=20)


def flow():
    return sx.Flow(sx.Normal((2,)), sx.Affine((2,)))


def data(n=256, key=0):
    return 3.0 + 0.5 * jax.random.normal(jax.random.key(key), (n, 2))


def same(a, b):
    return all(
        np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    )


def test_fit_reaches_the_entropy_of_a_normal():
    config = dataclasses.replace(CONFIG, steps=800, schedule="cosine", batch_size=256)
    fitted = fit(flow(), data(4096), config=config)
    entropy = 1 + np.log(2 * np.pi) + 2 * np.log(0.5)
    assert fitted.stopped == "steps"
    assert abs(-float(fitted.flow.log_prob(data(4096, key=1)).mean()) - entropy) < 0.03


def test_a_run_resumed_from_a_checkpoint_ends_at_the_same_bits(tmp_path):
    whole = fit(flow(), data(), validation=data(64, 1), config=CONFIG)

    def stop(progress):
        if progress.step == 40:
            raise KeyboardInterrupt

    arguments = {"validation": data(64, 1), "config": CONFIG, "checkpoints": tmp_path / "run"}
    part = fit(flow(), data(), callbacks=[stop], **arguments)
    assert part.stopped == "interrupted"
    resumed = fit(flow(), data(), **arguments)
    assert [progress.step for progress in resumed.history] == [60]
    assert same(resumed.flow, whole.flow)


def test_one_program_gives_the_same_as_many_short_ones():
    at_once = fit(flow(), data(), config=dataclasses.replace(CONFIG, eval_every=60))
    in_parts = fit(flow(), data(), config=dataclasses.replace(CONFIG, eval_every=5))
    for a, b in zip(jax.tree.leaves(at_once.flow), jax.tree.leaves(in_parts.flow), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_number_of_steps_need_not_be_a_multiple_of_those_between_evaluations():
    fitted = fit(flow(), data(), config=dataclasses.replace(CONFIG, steps=50, eval_every=20))
    assert [progress.step for progress in fitted.history] == [20, 40, 50]


def nan_far_out(flow, x, key, context=None):
    return jnp.where(x[0] > 1e5, jnp.nan, negative_log_likelihood(flow, x, key, context))


def test_steps_that_are_not_finite_are_skipped_and_counted():
    x = data().at[0].set(1e6)
    config = dataclasses.replace(CONFIG, batch_size=8, initialize=False)
    fitted = fit(flow(), x, config=config, objective=nan_far_out)
    assert 0 < fitted.history[-1].bad_steps < 60
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(fitted.flow))


def test_training_ends_with_an_error_after_so_many_bad_steps():
    config = dataclasses.replace(CONFIG, max_bad_steps=5)
    with pytest.raises(TrainingError, match="not one step had a finite loss"):
        fit(flow(), jnp.full((64, 2), 1e6), config=config, objective=nan_far_out)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_that_is_not_finite_is_named(bad):
    x, context = np.zeros((9, 2), np.float32), np.zeros((9, 1), np.float32)
    worse = x.copy()
    worse[7, 1] = bad
    told = "NaN" if np.isnan(bad) else "an infinite value"
    with pytest.raises(DataError, match=f"row 7 of x has {told} in column 1"):
        fit(flow(), worse)
    with pytest.raises(DataError, match=f"row 7 of validation has {told} in column 1"):
        fit(flow(), x, validation=worse)
    with pytest.raises(DataError, match=f"row 7 of context has {told} in column 0"):
        fit(flow(), x, context=context + worse[:, 1:])
    with pytest.raises(DataError, match=f"row 7 of x has {told} in column 1"):
        fit(flow(), worse, config=dataclasses.replace(CONFIG, device_gib=0))


def test_the_start_is_kept_where_no_step_makes_it_better():
    best = sx.Flow(sx.Normal((2,)), sx.Affine((2,), shift=-6.0, scale=2.0))
    config = dataclasses.replace(CONFIG, learning_rate=10.0, steps=10, eval_every=5)
    fitted = fit(best, data(), validation=data(), config=config)
    assert [progress.step for progress in fitted.history] == [0, 5, 10]
    start = fitted.history[0].validation_loss
    assert start < fitted.history[1].validation_loss
    assert fitted.history[-1].best_loss == start
    assert -float(fitted.flow.log_prob(data()).mean()) == pytest.approx(start, rel=1e-5)


def test_patience_stops_and_the_best_parameters_are_kept():
    away = -data(64)  # training on x makes this ever less likely
    config = dataclasses.replace(CONFIG, patience=2, eval_every=5, steps=1000)
    fitted = fit(flow(), data(), validation=away, config=config)
    assert fitted.stopped == "patience"
    losses = [progress.validation_loss for progress in fitted.history]
    best = min(losses)
    assert losses.index(best) == len(losses) - 3  # the best, and two that are no better
    assert float(-fitted.flow.log_prob(away).mean()) == pytest.approx(best, rel=1e-5)


def test_moving_average_lies_between_start_and_end():
    fitted = fit(flow(), data(), config=dataclasses.replace(CONFIG, ema_decay=0.99))
    last = fit(flow(), data(), config=CONFIG)
    assert not same(fitted.flow, last.flow)
    assert float(-fitted.flow.log_prob(data()).mean()) < float(-flow().log_prob(data()).mean())


def test_fixed_arrays_stay_as_they_are():
    model = sx.Flow(sx.Normal((2,)), sx.Chain(sx.Affine((2,), 1.0, 2.0, trainable=False), sx.Affine((2,))))
    adamw = dataclasses.replace(CONFIG, optimizer="adamw", weight_decay=0.5)
    fitted = fit(model, data(), config=adamw).flow
    assert same(fitted.transform.transforms[0], model.transform.transforms[0])
    assert not same(fitted.transform.transforms[1], model.transform.transforms[1])


def test_data_dependent_initialisation_runs_before_the_first_step():
    model = sx.Flow(sx.Normal((2,)), sx.ActNorm((2,)))
    config = dataclasses.replace(CONFIG, steps=1, learning_rate=1e-9)
    z = jax.vmap(lambda x: fit(model, data(), config=config).flow.transform.forward(x)[0])(data())
    np.testing.assert_allclose(z.mean(0), 0.0, atol=0.05)
    np.testing.assert_allclose(z.std(0), 1.0, atol=0.05)


def test_conditional_flow_learns_from_its_context():
    context = jax.random.normal(jax.random.key(2), (512, 1))
    x = 2.0 * context + 0.1 * jax.random.normal(jax.random.key(3), (512, 1))
    net = sx.nn.MLP(1, 2, hidden=(16,), key=jax.random.key(4))
    model = sx.Flow(sx.Normal((1,)), sx.ConditionalElementwise((1,), sx.univariate.Affine(), net))
    fitted = fit(model, x, context=context, config=dataclasses.replace(CONFIG, steps=400)).flow
    alone = fitted.log_prob(x, context=jnp.zeros_like(context)).mean()
    assert float(fitted.log_prob(x, context=context).mean()) > float(alone) + 1.0


def test_bad_settings_and_data_are_told_in_a_sentence():
    with pytest.raises(ConfigError, match="steps is 0 and must be at least 1"):
        sx.TrainConfig(steps=0)
    with pytest.raises(ConfigError, match="optimizer is 'sgd'"):
        sx.TrainConfig(optimizer="sgd")
    with pytest.raises(DataError, match=r"shape \(5, 3\).*rows of shape \(2,\)"):
        fit(flow(), jnp.zeros((5, 3)))
    with pytest.raises(DataError, match="no rows"):
        fit(flow(), jnp.zeros((0, 2)))
    with pytest.raises(DataError, match="one context a row"):
        fit(flow(), data(), context=jnp.zeros((3, 1)))
    with pytest.raises(ConfigError, match="nothing to fit"):
        fit(sx.Flow(sx.Normal((2,)), sx.Scale(2.0)), data())


def test_loop_is_compiled_once():
    calls = []

    def objective(*args):
        calls.append(1)
        return negative_log_likelihood(*args)

    fit(flow(), data(), objective=objective, config=dataclasses.replace(CONFIG, eval_every=5))
    assert 1 <= len(calls) <= 2  # traced (and traced again to find the shapes), never called step by step


def test_the_end_of_the_minutes_is_evaluated_though_it_is_no_evaluation_s_turn():
    config = dataclasses.replace(CONFIG, steps=10**8, minutes=1e-4, eval_every=10**7)
    fitted = fit(flow(), data(), validation=data(64, 1), config=config)
    assert fitted.stopped == "minutes"
    assert [told.step for told in fitted.history] == [0, fitted.step]
    assert np.isfinite([told.validation_loss for told in fitted.history]).all()
