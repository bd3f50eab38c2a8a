"""MarSCF against the reference's own numbers, and what the importer refuses."""

import dataclasses
import json
import pickle
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fixtures import MARSCF, close, config_of, fixtures, noise_of
from given_noise import with_noise
from training import check_against, train
from weight_names import WeightNames

import surjax as sx
from surjax.errors import RunError
from surjax.interop import read_marscf
from surjax.interop.marscf import BUFFERS


def without_shift(flow):
    """The flow on pixels from 0 to 1, where the reference's scores and samples were made."""
    dequantization, scale, _, *levels = flow.transform.transforms
    return sx.Flow(flow.base, sx.Chain(dequantization, scale, *levels))


def parts_of(chain):
    """Every transform, the steps of a level one after the other."""
    for part in chain.transforms:
        if isinstance(part, sx.Repeat):
            yield from (jax.tree.map(lambda leaf, j=j: leaf[j], part.step) for j in range(part.n))
        else:
            yield part


def contributions_of(transforms):
    """The reference's contributions without those of squeezes and splits, which are 0."""
    return [each["ldj"] for each in transforms if each["kind"] in ("FlowStep", "prior")]


@pytest.mark.parametrize("path", fixtures(MARSCF, "bits_per_dim"))
def test_every_number_is_the_reference_s(path):
    theirs = np.load(path)
    with jax.enable_x64(True):
        flow = without_shift(read_marscf(path).flow)
        x, noise = jnp.asarray(np.rint(theirs["x"] * 255)), jnp.asarray(noise_of(theirs))
        np.testing.assert_allclose(x / 255, theirs["x"], rtol=1e-12)

        def encode(x, noise):
            dequantization, *others = parts_of(flow.transform)
            contributions, h = [], x
            for transform in (with_noise(dequantization, noise), *others):
                h, contribution, _ = transform.encode(h, jax.random.key(0))
                contributions.append(contribution)
            return h, contributions, flow.base.log_prob(h)

        z, ours, base = jax.jit(jax.vmap(encode))(x, noise)
        log_prob = sum(ours) + base
        close(z, theirs["z"])
        close(-log_prob / (x[0].size * np.log(2)), theirs["bits_per_dim"])
        if "log_prob" in theirs:
            close(log_prob, theirs["log_prob"])
        if "transforms" in theirs:
            parts = [type(part) for part in parts_of(flow.transform)]
            named = [c for c, part in zip(ours, parts, strict=True) if part in (sx.Chain, sx.Slice)]
            reference = contributions_of(json.loads(str(theirs["transforms"])))
            assert len(named) + 1 == len(reference)
            for contribution, other in zip([*named, base], reference, strict=True):
                close(contribution, other)


@pytest.mark.parametrize("path", fixtures(MARSCF, "sample"))
def test_images_of_given_noise_are_the_reference_s(path):
    theirs = np.load(path)
    with jax.enable_x64(True):
        flow = without_shift(read_marscf(path).flow)
        noise = [jnp.asarray(theirs[f"sample_noise_{i}"][:, 0, 0]) for i in range(_count(theirs))]
        slices = [part for part in flow.transform.transforms if isinstance(part, sx.Slice)]
        sizes = [flow.base.shape[0], *(part.decoder.shape[0] for part in reversed(slices))]
        ends = np.cumsum(sizes)
        of_levels = [jnp.stack(noise[end - size : end], 1) for end, size in zip(ends, sizes, strict=True)]

        def draw(first, *others):
            _, _, *levels = flow.transform.transforms
            z, others = flow.base.from_noise(first), list(others)
            for part in reversed(levels):
                if isinstance(part, sx.Slice):
                    z = part.merge(z, part.decoder.from_noise(others.pop(0), z))
                else:
                    z = part.inverse(z)
            return z

        drawn = jax.jit(jax.vmap(draw))(*of_levels)
        bisected = config_of(theirs)["coupling"] == "mixlogcdf"  # the reference's inverse is
        tolerance = 1e-3 if bisected else 1e-6
        np.testing.assert_allclose(drawn, theirs["sample"], rtol=tolerance, atol=tolerance)


def _count(arrays):
    return sum(name.startswith("sample_noise_") for name in arrays.files)


@pytest.mark.parametrize("path", fixtures(MARSCF, "loss_bits_per_dim"))
def test_every_update_is_the_reference_s(path, tmp_path):
    theirs = np.load(path)
    settings = config_of(theirs)
    with jax.enable_x64(True):
        imported = read_marscf(path)
        config = dataclasses.replace(imported.config, dropout=0.0)
        flow = _without_dropout(imported.flow)
        training = dataclasses.replace(
            config.training,
            optimizer=settings["optimizer"],
            learning_rate=settings["learning_rate"],
            warmup_examples=settings["warm_up_images"],
        )
        x, noise = jnp.asarray(theirs["x"]), jnp.asarray(noise_of(theirs))
        trained = train(flow, training, x, noise, len(x))
        kept = ("p", "sign_s", *BUFFERS)
        names = WeightNames(lambda tags: _without_dropout(read_marscf(tags).flow), theirs, tmp_path, kept)
        last = f"prior_list.{settings['levels'] - 1}.z1_cond_network"

        def placeless(name):
            return name.rpartition(".")[2] in kept or last in name or name.endswith("rescale.weight_v")

        check_against(theirs, trained, names, placeless)


def _without_dropout(flow):
    """The reference's training runs had none."""

    def off(part):
        if not isinstance(part, sx.nn.Dropout):
            return part
        return eqx.tree_at(lambda d: d.rate, part, 0.0)

    return jax.tree.map(off, flow, is_leaf=lambda part: isinstance(part, sx.nn.Dropout))
