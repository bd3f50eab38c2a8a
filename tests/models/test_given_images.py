"""Models of images that are given their label."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import Column, ImageForm
from surjax.errors import ConfigError, SurjaxError
from surjax.models import MODELS, build_flow
from surjax.models.base import MOST_CLASSES, preset
from surjax.parameters import partition

LABEL = Column("label", "categorical", ("cat", "dog", "ship"))
FORM = ImageForm((1, 8, 8), 3, (LABEL,))
KEY = jax.random.key(0)
X = jax.random.randint(KEY, (6, 1, 8, 8), 0, 8).astype(jnp.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2.0])[:, None]
CONDITIONAL = sorted(
    name for name, config in MODELS.items() if config.conditional and config.form is ImageForm
)


def moved(flow, by=0.05):
    """The flow with its parameters moved at random, as training moves them off their zeros."""
    params, static = partition(flow)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    leaves = [leaf + by * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return eqx.combine(jax.tree.unflatten(tree, leaves), static)


def test_these_models_can_be_given_a_label():
    assert CONDITIONAL == ["augmented", "flowpp", "glow", "poolflow", "realnvp"]


@pytest.mark.slow
@pytest.mark.parametrize("name", CONDITIONAL)
def test_label_matters_and_images_come_back(name):
    flow = build_flow(preset(MODELS[name], "tiny")[0], FORM, KEY)
    if name == "glow":  # of the others it takes long to compile, and they go the same way
        flow = flow.initialize(X, KEY, LABELS)
    flow = moved(flow)
    first, others = flow.log_prob(X, KEY, LABELS), flow.log_prob(X, KEY, (LABELS + 1) % 3)
    assert np.isfinite(first).all()
    assert (np.abs(first - others) > 1e-3).all()
    latent = flow.encode(X, KEY, LABELS)
    back = flow.decode(*latent, key=KEY, context=LABELS)
    assert (jnp.abs(back - X) < 0.01).mean() > 0.99
    with pytest.raises(SurjaxError, match="given no context"):
        flow.log_prob(X, KEY)


@pytest.mark.parametrize("name", ["vae", "hvae", "marscf", "pronf"])
def test_models_that_take_no_label_say_so(name):
    with pytest.raises(ConfigError, match=f"^{name} models all there is and can be given nothing: .* glow"):
        build_flow(preset(MODELS[name], "tiny")[0], FORM, KEY)


def test_many_classes_are_learned_vectors():
    many = Column("label", "categorical", tuple(map(str, range(MOST_CLASSES + 1))))
    flow = build_flow(preset(MODELS["glow"], "tiny")[0], ImageForm((1, 8, 8), 3, (many,)), KEY)
    features = flow.features(jnp.array([2.0]))
    assert features.shape == (MOST_CLASSES,)
    np.testing.assert_allclose(features, flow.embedding.parts[-1].weight[:, 2], rtol=1e-6)
    assert isinstance(flow, sx.Flow)
