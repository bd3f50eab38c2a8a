"""The settings of PoolFlow: every combination is a model, and names that there are not are refused."""

import itertools
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.models import PoolFlow
from surjax.models.base import preset
from surjax.models.poolflow import CHOICES

TINY = preset(PoolFlow, "tiny")[0]
X = jax.ShapeDtypeStruct((2, 1, 8, 4), jnp.uint8)


@pytest.mark.parametrize("names", list(itertools.product(*CHOICES.values())))
def test_every_combination_is_a_model(names):
    config = replace(TINY, **dict(zip(CHOICES, names, strict=True)), actnorm=True, gated=False)

    def run(key, x):
        flow = config.build(key, X.shape[1:], 3)
        return flow, flow.log_prob(x, key), flow.sample(key, 5)

    flow, log_prob, samples = eqx.filter_eval_shape(run, jax.random.key(0), X)
    assert log_prob.shape == (2,)
    assert samples.shape == (5, 1, 8, 4)
    assert flow.base.shape == (4, 2, 1)


@pytest.mark.parametrize("pooling", CHOICES["pooling"])
def test_parameters_that_the_reference_counts(pooling):
    flow = eqx.filter_eval_shape(PoolFlow(pooling=pooling).build, jax.random.key(0))
    assert sx.count_parameters(flow) == 105_023_968


@pytest.mark.parametrize("field", CHOICES)
def test_unknown_names_are_refused(field):
    with pytest.raises(ConfigError, match=f"{field} is 'mean' and must be one of {CHOICES[field][0]}"):
        PoolFlow(**{field: "mean"})
