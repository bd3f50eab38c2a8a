import dataclasses
import json
import os
import signal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from surjax.errors import ConfigError, DataError, RunError
from surjax.evaluate.c2st import c2st
from surjax.studies import inference
from surjax.studies.inference_tasks import SLCP, TASKS, GaussianMixture, TwoMoons
from surjax.train import TrainConfig


def test_a_classifier_tells_apart_what_differs_and_nothing_else():
    first, second, third = np.random.default_rng(0).normal(size=(3, 400, 2))
    assert c2st(first, second) == pytest.approx(0.5, abs=0.08)
    assert 0.6 < c2st(first, third + 1) < 0.9
    with pytest.raises(DataError, match="must have shape"):
        c2st(first, second[:, :1])


def test_two_moons_reference_has_the_likelihood_of_its_simulator():
    """p(θ₁ | x)/p(θ₂ | x) of a histogram is p(x | θ₁)/p(x | θ₂): the prior is flat."""
    task, x = TwoMoons(), jnp.array([0.1, -0.2])
    reference = task.reference(jax.random.key(0), x, 4000)
    again = jax.vmap(task.simulate)(jax.random.split(jax.random.key(1), 4000), reference)
    # p = x − f(θ) must lie on the crescent for every draw, as it does in the simulator
    s, d = (reference[:, 0] + reference[:, 1]) / 2**0.5, (reference[:, 1] - reference[:, 0]) / 2**0.5
    p = x - jnp.stack([-jnp.abs(s), d], axis=1)
    radius = jnp.hypot(p[:, 0] - 0.25, p[:, 1])
    np.testing.assert_allclose([radius.mean(), radius.std()], [0.1, 0.01], atol=2e-3)
    assert (p[:, 0] >= 0.25).mean() > 0.999
    assert abs((s > 0).mean() - 0.5) < 0.03
    assert jnp.isfinite(again).all()


def test_the_mixture_reference_is_cut_off_at_the_prior():
    reference = GaussianMixture().reference(jax.random.key(0), jnp.array([9.9, 0.0]), 1000)
    assert (jnp.abs(reference) <= 10).all()
    spread = jnp.abs(reference[:, 1])
    assert float(jnp.median(spread)) == pytest.approx(0.2, abs=0.12)  # half of them are within 0.1


def slcp_covariances(theta):
    s1, s2, rho = theta[:, 2] ** 2, theta[:, 3] ** 2, jnp.tanh(theta[:, 4])
    return jnp.array([[s1**2, rho * s1 * s2], [rho * s1 * s2, s2**2]]).transpose(2, 0, 1)


def test_slcp_simulates_points_of_its_covariance():
    task, theta = SLCP(), jnp.array([0.7, -2.9, -1.0, -0.9, 0.6])
    many = jax.vmap(lambda key: task.simulate(key, theta))(jax.random.split(jax.random.key(1), 4000))
    np.testing.assert_allclose(many[:, :2].mean(0), theta[:2], atol=0.06)
    np.testing.assert_allclose(np.cov(many[:, :2].T), slcp_covariances(theta[None])[0], atol=0.06)


def test_slcp_reference_is_the_prior_weighted_by_the_likelihood():
    task, key = SLCP(), jax.random.key(0)
    x = task.simulate(key, jnp.array([0.7, -1.9, -1.2, 1.6, 0.6]))
    theta = jax.random.uniform(key, (200_000, 5), minval=-3, maxval=3)
    pdf = jax.scipy.stats.multivariate_normal.logpdf
    covariances = slcp_covariances(theta) + 1e-6 * jnp.eye(2)
    log_weights = jax.vmap(lambda t, s: pdf(x.reshape(4, 2), t[:2], s).sum())(theta, covariances)
    weights = jax.nn.softmax(jnp.nan_to_num(log_weights, nan=-jnp.inf))
    reference = task.reference(jax.random.key(1), x, 4000)
    for of in (lambda t: t, jnp.abs, jnp.square):
        wanted = (weights[:, None] * of(theta)).sum(0)
        np.testing.assert_allclose(of(reference).mean(0), wanted, atol=0.15)


@pytest.mark.slow
def test_study_writes_its_rows_and_pictures_and_takes_what_it_has(tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "c2st", lambda *_: 0.75)  # which is tested above, and slow
    wanted = {"tasks": ("gaussian_mixture",), "budgets": (200,), "observations": 2}
    wanted |= {"samples": 40, "calibrated": 20, "config": TrainConfig(steps=40, batch_size=20)}
    out = tmp_path / "study"

    def press(title, progress):
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        inference.run_inference_study(out, **wanted, on_progress=press)
    assert not (out / "results.json").exists()  # what was not trained to the end is no row
    (row,) = inference.run_inference_study(out, **wanted)
    assert row.c2st == 0.75
    assert 0 <= row.coverage <= 1
    (written,) = json.loads((out / "results.json").read_text())
    assert written["task"] == "gaussian_mixture"
    for name in ("posteriors.png", "calibration.png"):
        assert (out / name).read_bytes()[:4] == b"\x89PNG"
    (other,) = inference.run_inference_study(out, **wanted, seed=1)  # whose model takes its place
    (again,) = inference.run_inference_study(out, **wanted)
    fields = dataclasses.asdict(row)
    assert {name for name, value in dataclasses.asdict(again).items() if value != fields[name]} <= {
        "compile_seconds",
        "train_seconds",
    }
    assert other.seed == 1
    row = again
    monkeypatch.setattr(inference, "npe", None)  # what is there is not estimated again
    (out / "posteriors.png").unlink()
    assert inference.run_inference_study(out, **wanted) == [row]
    assert (out / "posteriors.png").read_bytes()[:4] == b"\x89PNG"  # the whole picture all the same
    (out / "results.json").write_text('[{"task": "slcp"}]')
    with pytest.raises(RunError, match="cannot be read as the rows of this study"):
        inference.run_inference_study(out, **wanted)
    with pytest.raises(ConfigError, match="no task 'moons'"):
        inference.run_inference_study(out, tasks=("moons",))
    assert set(TASKS) == {"two_moons", "slcp", "gaussian_linear", "gaussian_mixture"}
