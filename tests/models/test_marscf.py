"""The settings of MarSCF: every combination is a model, and what cannot be is refused."""

import itertools
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError
from surjax.models import MarSCF
from surjax.models.base import preset
from surjax.models.marscf import CHOICES

TINY = preset(MarSCF, "tiny")[0]
KEY = jax.random.key(0)


@pytest.mark.parametrize("names", list(itertools.product(*CHOICES.values())))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_combination_is_a_model(names, channels):
    config = replace(TINY, **dict(zip(CHOICES, names, strict=True)), num_steps=2, width=8)
    x = jax.ShapeDtypeStruct((2, channels, 8, 4), jnp.uint8)

    def run(key, x):
        flow = config.build(key, x.shape[1:], 3)
        return flow, flow.log_prob(x, key), flow.sample(key, 5)

    flow, log_prob, samples = eqx.filter_eval_shape(run, KEY, x)
    assert log_prob.shape == (2,)
    assert samples.shape == (5, channels, 8, 4)
    assert flow.base.shape == (8 * channels, 2, 1)
    assert not flow.exact


AFFINE = 17_411_378 - 41_636
"""As in the authors' code, without the network that it never uses."""
MIXTURE = 46_011_410 - 41_636 - 4 * (6 + 12 + 24)
"""The same; of the two numbers by which theirs rescales each log-scale one is never learned, and left out."""
PRIOR = 1_524_914 - 41_636


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, AFFINE),
        ({"width": 512}, 45_673_778 - 41_636),
        ({"coupling": "mixlogcdf"}, MIXTURE),
        ({"coupling": "mixlogcdf", "width": 256}, 252_768_530 - 46_011_410 + MIXTURE),
        ({"prior": "normal"}, AFFINE - PRIOR + 6 * 12 * 9 + 2 * 12 + 12 * 24 * 9 + 2 * 24 + 2 * 48),
    ],
)
def test_parameters_that_the_reference_counts(settings, count):
    flow = eqx.filter_eval_shape(MarSCF(**settings).build, KEY)
    assert sx.count_parameters(flow) == count


def test_training_follows_from_the_coupling():
    assert MarSCF().training.batch_size == 128
    assert MarSCF(coupling="mixlogcdf").training.batch_size == 64
    assert preset(MarSCF, coupling="mixlogcdf")[1].batch_size == 64
    assert MarSCF().training.warmup_examples == 10_000
    assert preset(MarSCF, "small")[1].warmup_examples is None


@pytest.mark.parametrize("gaps", [True, False])
def test_pixels_lie_where_the_settings_say(gaps):
    chain = replace(TINY, gaps=gaps).build(KEY, (3, 4, 4)).transform
    dequantization, scale, shift, *_ = chain.transforms
    x = jnp.array([0, 1, 254, 255] * 12, jnp.uint8).reshape(3, 4, 4)
    z, contribution = sx.Chain(dequantization, scale, shift).forward(x, KEY)
    noise = z + 0.5 - x / (255 if gaps else 256)
    assert (noise > -1e-6).all()
    assert (noise < 1 / 256 + 1e-6).all()
    assert float(noise.max()) > 0.9 / 256
    np.testing.assert_allclose(contribution, -48 * np.log(256), rtol=1e-6)  # the noise is 1/256 wide in both
    np.testing.assert_array_equal(sx.Chain(dequantization, scale, shift).inverse(z), x)


def test_levels_have_the_windows_of_the_authors_code():
    flow = eqx.filter_eval_shape(replace(TINY, num_levels=4).build, KEY, (3, 32, 32))
    slices = [part.decoder.distribution for part in flow.transform.transforms if isinstance(part, sx.Slice)]
    lstms = [prior.network for prior in (*slices, flow.base)]
    assert [lstm.first.weight.shape[-1] for lstm in lstms] == [5, 5, 3, 3]
    assert [lstm.layers[0].dilation for lstm in lstms] == [2, 1, 1, 1]
    assert [lstm.shape[0] for lstm in lstms] == [6, 12, 24, 96]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"prior": "gaussian"}, "prior is 'gaussian' and must be one of mar, normal"),
        ({"coupling": "spline"}, "coupling is 'spline' and must be one of affine, mixlogcdf"),
        ({"num_steps": 0}, "num_steps is 0 and must be at least 1"),
        ({"width": -3}, "width is -3 and must be at least 1"),
        (
            {"coupling": "mixlogcdf", "width": 1},
            "width is 1 and the attention of mixlogcdf has 2 heads: make the width a multiple",
        ),
        ({"coupling": "mixlogcdf", "width": 5}, "width is 5 and the attention"),
        ({"coupling": "mixlogcdf", "width": 3, "heads": 1}, "3 channels: give an even number"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(ConfigError, match=says):
        replace(TINY, **settings).build(KEY, (3, 8, 8))
