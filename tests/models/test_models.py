import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import Column
from surjax.errors import ConfigError
from surjax.models import MODELS, AbsFlow, AbsFlowPaper, AbsUniform, Baseline, find, for_table
from surjax.models.base import VectorModel

SMALL = {
    "baseline": {"hidden": (8,)},
    "absflow-paper": {"hidden": (8,)},
    "absuniform-paper": {"hidden": (8,)},
    "maf": {"num_layers": 2, "hidden": (8,)},
    "nsf": {"num_steps": 2, "width": 8, "num_blocks": 1},
    "tabular": {"num_components": 2, "restarts": 1, "marginal_components": 2, "hidden": (8,)},
    "absflow": {"hidden": (8,), "num_bins": 4, "marginal_bins": 4, "num_blobs": 4},
}


VECTORS = {name: config for name, config in MODELS.items() if issubclass(config, VectorModel)}


@pytest.mark.parametrize("name", VECTORS)
def test_every_model_scores_samples_and_comes_back_from_disk(name, tmp_path):
    config = dataclasses.replace(VECTORS[name](), **SMALL.get(name, {}))
    flow = config.build(jax.random.key(0), 2)
    x = flow.sample(jax.random.key(1), 16)
    log_prob = flow.log_prob(x, jax.random.key(2))
    assert np.isfinite(log_prob).all()
    np.testing.assert_allclose(flow.decode(*flow.encode(x, jax.random.key(3))), x, rtol=1e-3, atol=1e-3)
    flow.save(tmp_path / name)
    np.testing.assert_array_equal(sx.load(tmp_path / name).log_prob(x, jax.random.key(2)), log_prob)
    assert config.summary
    assert config.training.steps


def test_unknown_model_is_told_with_the_names_there_are():
    with pytest.raises(ConfigError, match=r"'glaw'.*absflow"):
        find("glaw")


def test_models_of_the_plane_refuse_other_dimensions():
    for config in (AbsFlow(), AbsUniform()):
        with pytest.raises(ConfigError, match="2 columns and the data have 3"):
            config.build(jax.random.key(0), 3)


def test_paper_models_have_the_sizes_of_the_papers_networks():
    # a network 1 → 200 → 100 → 2 with biases, four times
    network = 1 * 200 + 200 + 200 * 100 + 100 + 100 * 2 + 2
    assert sx.count_parameters(Baseline().build(jax.random.key(0))) == 4 * network
    assert sx.count_parameters(AbsFlowPaper().build(jax.random.key(0))) == 4 * network


@pytest.mark.parametrize("config", [AbsFlow(), AbsFlowPaper(), AbsFlowPaper(range_map="softplus")])
def test_absflow_is_the_same_in_every_quadrant(config):
    flow = config.build(jax.random.key(0))
    x = jnp.array([[1.0, 2.0], [-1.0, 2.0], [1.0, -2.0], [-1.0, -2.0]])
    log_prob = flow.log_prob(x)
    np.testing.assert_allclose(log_prob, log_prob[0], rtol=1e-6)
    assert flow.exact


def test_unknown_settings_of_a_model_are_refused():
    with pytest.raises(ConfigError, match="signs is 'both'"):
        AbsFlow(signs="both")
    with pytest.raises(ConfigError, match="range_map is 'tanh'"):
        AbsFlowPaper(range_map="tanh")


SCHEMA = (
    Column("length", "numeric"),
    Column("count", "integer", minimum=0, maximum=9),
    Column("colour", "categorical", categories=("red", "green", "blue")),
)


def test_a_table_with_every_kind_of_column_becomes_continuous_and_comes_back():
    flow = for_table(Baseline(hidden=(8,)), SCHEMA, jax.random.key(0))
    rows = jnp.array([[0.5, 3.0, 2.0], [-1.5, 0.0, 0.0]])
    assert flow.shape == (3,)
    assert flow.base.shape == (5,)  # one for the length, one for the count, three for the colours
    assert not flow.exact
    latent = flow.encode(rows, jax.random.key(1))
    np.testing.assert_allclose(flow.decode(*latent), rows, atol=1e-4)
    samples = np.asarray(flow.sample(jax.random.key(2), 64))
    assert (samples[:, 1] == np.floor(samples[:, 1])).all()
    assert set(samples[:, 2]) <= {0.0, 1.0, 2.0}


def test_a_table_of_numbers_is_exact():
    flow = for_table(Baseline(hidden=(8,)), SCHEMA[:1] * 2, jax.random.key(0))
    assert flow.exact
