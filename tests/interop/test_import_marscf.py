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


@pytest.mark.slow
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


@pytest.mark.slow
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


SETTINGS = {"coupling": "affine", "levels": 2, "steps": 2, "channels": 3, "data_shape": [1, 8, 4]}


def weights_of(levels=2, steps=2, width=3, channels=1):
    """Random weights of affine couplings, under the names that the reference gives them."""
    random = np.random.default_rng(0)
    state = {}

    def draw(name, *shape):
        state[name] = random.normal(size=shape)

    def conv(name, out, size, window):
        draw(f"{name}.weight", out, size, window, window)
        draw(f"{name}.bias", out)

    for level in range(levels):
        channels *= 4
        for step in range(steps):
            name = f"flow.layers.{level * (steps + 2) + 1 + step}"
            for part in ("bias", "logs"):
                draw(f"{name}.actnormlayer.{part}", 1, channels, 1, 1)
                for i in (1, 2):
                    draw(f"{name}.coupling.NN_net.conv{i}.actnorm.{part}", 1, width, 1, 1)
            state[f"{name}.actnormlayer.is_initialized"] = np.ones(1)
            for part in ("l", "u"):
                draw(f"{name}.invert_1x1_layer.{part}", channels, channels)
            draw(f"{name}.invert_1x1_layer.log_s", channels)
            state[f"{name}.invert_1x1_layer.p"] = np.eye(channels)[random.permutation(channels)]
            state[f"{name}.invert_1x1_layer.sign_s"] = random.choice([-1.0, 1.0], channels)
            draw(f"{name}.coupling.NN_net.conv1.weight", width, channels // 2, 3, 3)
            draw(f"{name}.coupling.NN_net.conv2.weight", width, width, 1, 1)
            conv(f"{name}.coupling.NN_net.conv3", channels, width, 3)
            draw(f"{name}.coupling.NN_net.conv3.logs", channels, 1, 1)
        last = level == levels - 1
        prior = f"flow.c_prior.prior_list.{level}"
        conv(f"{prior}.z1_cond_network.0", 32, channels if last else channels // 2, 5)
        conv(f"{prior}.z1_cond_network.2", 4, 32, 5)
        window = 5 if level < 2 else 3
        conv(f"{prior}.prior_lstm.conv_embed", 2, 1 if last else 5, window)
        for part in ("ih", "hh"):
            draw(f"{prior}.prior_lstm.lstm.weight_{part}_l0", 8, 2, window, window)
            draw(f"{prior}.prior_lstm.lstm.bias_{part}_l0", 8)
        conv(f"{prior}.prior_lstm.conv_out1", 2, 2, 3)
        channels //= 2
    return state


def write_npz(path, state, settings=None):
    config = {} if settings is None else {"config": json.dumps(settings)}
    np.savez(path, **config, **{f"state/{name}": array for name, array in state.items()})
    return path


def test_settings_follow_from_the_weights(tmp_path):
    state = weights_of()
    imported = read_marscf(write_npz(tmp_path / "a.npz", state), {"data_shape": [1, 8, 4]})
    config = imported.config
    assert (config.coupling, config.num_levels, config.sizes) == ("affine", 2, (2, 3))
    assert (config.prior_width, config.prior_layers, imported.shape, imported.bits) == (2, 1, (1, 8, 4), 8)
    unused = sum(a.size for name, a in state.items() if "prior_list.1.z1_cond" in name)
    assert imported.left_out[0].startswith(f"{unused:,} numbers of flow.c_prior.prior_list.1.z1_cond_network")
    buffers = sum(a.size for name, a in state.items() if name.rpartition(".")[2] in ("p", "sign_s", *BUFFERS))
    assert sx.count_parameters(imported.flow) == sum(a.size for a in state.values()) - unused - buffers
    shift = imported.flow.transform.transforms[2]
    assert isinstance(shift, sx.Shift)
    assert float(shift.shift.value) == -0.5
    x = jnp.zeros((2, 1, 8, 4), jnp.uint8)
    assert np.isfinite(imported.flow.log_prob(x, jax.random.key(0))).all()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"coupling": "mixlogcdf"}, "with coupling affine and the settings given with them say mixlogcdf"),
        ({"levels": 3}, "with levels 2 and the settings given with them say 3"),
        ({"steps": 4}, "with steps 2 and the settings given with them say 4"),
        ({"channels": 512}, "with channels 3 and the settings given with them say 512"),
        ({"data_shape": [3, 8, 4]}, r"images with 1 channels: give \(C, H, W\)"),
        ({"data_shape": "cifar10"}, r"is cifar10 and .* give \(C, H, W\)"),
        ({"data_shape": [1, 8, 6]}, "weights in .* make no model: .* such as 8 × 8"),
    ],
)
def test_settings_that_do_not_fit_the_weights(tmp_path, changes, says):
    path = write_npz(tmp_path / "a.npz", weights_of(), {**SETTINGS, **changes})
    with pytest.raises(RunError, match=says):
        read_marscf(path)


def test_mixture_given_as_affine_is_refused(tmp_path):
    state = weights_of()
    net = "flow.layers.1.coupling.nn"
    state |= {f"{net}.in_conv.conv.weight_v": np.ones((4, 2, 3, 3)), f"{net}.in_conv.conv.bias": np.ones(4)}
    state |= {f"{net}.out_conv.conv.bias": np.ones(2 * 98)}
    with pytest.raises(RunError, match="with coupling mixlogcdf and the settings given with them say affine"):
        read_marscf(write_npz(tmp_path / "a.npz", state, SETTINGS))


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("flow.layers.1.coupling.NN_net.conv2.weight", None, "holds no flow.layers.1.coupling.NN_net.conv2"),
        ("flow.layers.6.actnormlayer.bias", None, "3 steps of 2 levels: it is not whole"),
        ("flow.c_prior.prior_list.0.prior_lstm.conv_out1.weight", None, "holds no .*conv_out1.weight"),
        ("flow.layers.2.actnormlayer.logs", np.ones((1, 6, 1, 1)), "has shape"),
        ("flow.layers.2.invert_1x1_layer.p", np.ones((4, 4)), "is no permutation"),
        ("flow.layers.9.weight", np.ones(3), r"no place for, such as flow\.layers\.9\.weight"),
    ],
)
def test_weights_that_are_not_whole_are_refused(tmp_path, name, array, says):
    state = {key: value for key, value in weights_of().items() if key != name}
    if array is not None:
        state[name] = array
    with pytest.raises(RunError, match=says):
        read_marscf(write_npz(tmp_path / "a.npz", state, SETTINGS))


def test_files_that_are_no_checkpoint_are_refused(tmp_path):
    whole = write_npz(tmp_path / "whole.npz", weights_of(), SETTINGS)
    cut = tmp_path / "cut.npz"
    for keep in (0, 100, whole.stat().st_size // 2):
        cut.write_bytes(whole.read_bytes()[:keep])
        with pytest.raises(RunError, match="damaged, cut short"):
            read_marscf(cut)
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(RunError, match="holds no weights of mAR-SCF"):
        read_marscf(tmp_path / "other.npz")
    (tmp_path / "settings.json").write_text("[]")
    with pytest.raises(RunError, match="no JSON object"):
        read_marscf(whole, tmp_path / "settings.json")


def test_checkpoint_of_pytorch_and_one_with_code_in_it(tmp_path):
    torch = pytest.importorskip("torch")
    state = {f"module.{name}": torch.tensor(array) for name, array in weights_of().items()}
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "check.pt")
    imported = read_marscf(tmp_path / "check.pt", SETTINGS)
    same = read_marscf(write_npz(tmp_path / "a.npz", weights_of(), SETTINGS))
    for a, b in zip(jax.tree.leaves(imported.flow), jax.tree.leaves(same.flow), strict=True):
        np.testing.assert_array_equal(a, b)

    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / "evil.pt").write_bytes(pickle.dumps({"state_dict": Evil()}))
    with pytest.raises(RunError, match="pickled objects, which could run code"):
        read_marscf(tmp_path / "evil.pt")
    assert not (tmp_path / "ran").exists()
