"""What every model of images does, at its smallest preset; and the papers' sizes, of shapes alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.models import MODELS, Glow, HierarchicalVAE
from surjax.models.base import ImageModel, preset
from surjax.parameters import partition

IMAGES = {name: config for name, config in MODELS.items() if issubclass(config, ImageModel)}
SHAPE = (3, 8, 8)


@eqx.filter_jit
def everything(config, x, key):
    """One program: build, initialise, score with gradients, encode and decode, sample."""
    flow = config.build(key, SHAPE, 8).initialize(x, key)
    params, rest = partition(flow)

    def mean(params):
        log_prob = eqx.combine(params, rest).log_prob(x, key)
        return log_prob.mean(), log_prob

    if config.name == "pronf":  # whose gradients test_pronf.py sees
        gradients, log_prob = None, mean(params)[1]
    else:
        gradients, log_prob = jax.grad(mean, has_aux=True)(params)
    z, dropped = flow.encode(x, key)
    return flow, log_prob, gradients, flow.decode(z, dropped, key), flow.sample(key, 2)


LONG = ("augmented", "flowpp", "glow", "hvae", "marscf", "poolflow", "pronf", "realnvp")
"""The models that take longest to compile."""
EACH = [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in IMAGES]


@pytest.mark.parametrize("name", EACH)
def test_image_model_scores_samples_and_comes_back(name, tmp_path):
    config, training = preset(IMAGES[name], "tiny")
    x = jax.random.randint(jax.random.key(1), (3, *SHAPE), 0, 256).astype(jnp.uint8)
    key = jax.random.key(0, impl="unsafe_rbg")  # whose draws compile in a third of the time
    flow, log_prob, gradients, back, samples = everything(config, x, key)
    assert flow.shape == SHAPE
    bits_per_dim = -np.asarray(log_prob) / (x[0].size * np.log(2))
    assert (bits_per_dim > 5).all()  # noise of eight bits takes eight, but for what the first batch tells
    assert (bits_per_dim < 40).all()
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(gradients))
    off = np.abs(np.asarray(back) - np.asarray(x, float))
    # noise that fills [0, 1), as Flow++'s does, may lie within float32's error of the next whole number
    assert (off > 1e-3).mean() <= (0.01 if name == "flowpp" else 0)
    assert off.max() < 1.001
    np.testing.assert_array_equal(samples, np.floor(samples))
    flow.save(tmp_path / name)
    loaded = sx.load(tmp_path / name)
    assert jax.tree.structure(loaded) == jax.tree.structure(flow)
    for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(flow), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    assert training.batch_size < config.training.batch_size


PARAMETERS = {"realnvp": 19_616_034, "glow": 44_152_272, "flowpp": 31_443_440, "poolflow": 105_023_968}
"""At the papers' settings. Flow++: as its authors' code counts."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_paper_sizes(name):
    flow = eqx.filter_eval_shape(lambda key: IMAGES[name]().build(key), jax.random.key(0))
    assert sx.count_parameters(flow) == PARAMETERS[name]


@pytest.mark.parametrize("name", IMAGES)
def test_sizes_that_cannot_be_halved_are_refused_with_one_that_can(name):
    with pytest.raises(ConfigError, match=r"\(3, 31, 32\).*such as 32 × 32"):
        IMAGES[name]().build(jax.random.key(0), (3, 31, 32))


def test_unknown_settings_are_refused():
    with pytest.raises(ConfigError, match="coupling is 'cubic'"):
        Glow(coupling="cubic")
    with pytest.raises(ConfigError, match="give each layer its channels"):
        HierarchicalVAE(latent_channels=(1, 2), halvings=(1,))
