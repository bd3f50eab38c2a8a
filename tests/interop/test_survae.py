"""PoolFlow against the reference's own numbers, and what the importer refuses."""

import dataclasses
import json
import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fixtures import SURVAE, close, config_of, fixtures, noise_of
from given_noise import with_noise
from training import check_against, train
from weight_names import WeightNames

import surjax as sx
from surjax.errors import RunError
from surjax.interop import read_survae
from surjax.interop.survae import BUFFERS


def steps_of(chain):
    """Every transform of a flow that is no composition, in order."""
    for part in chain.transforms:
        if hasattr(part, "step"):
            for j in range(part.n):
                yield from jax.tree.map(lambda leaf, j=j: leaf[j], part.step).transforms
        elif hasattr(part, "transforms"):
            yield from part.transforms
        else:
            yield part


@pytest.mark.parametrize("path", fixtures(SURVAE, "bits_per_dim"))
def test_every_number_is_the_reference_s(path):
    theirs = np.load(path)
    with jax.enable_x64(True):
        flow = read_survae(path).flow
        x, noise = jnp.asarray(theirs["x"]), jnp.asarray(noise_of(theirs))
        key = jax.random.key(0)

        def encode(x, noise):
            dequantization, *others = steps_of(flow.transform)
            contributions, h, path = [], x, []
            for transform in (with_noise(dequantization, noise), *others):
                h, contribution, _ = transform.encode(h, key)
                contributions.append(contribution)
                path.append(h)
            return path[1], h, contributions

        def whole(x, noise):
            first, *others = flow.transform.transforms
            transform = sx.Chain(with_noise(first, noise), *others)
            return sx.Flow(flow.base, transform).log_prob(x, key)

        dequantized, z, ours = jax.jit(jax.vmap(encode))(x, noise)
        base = jax.vmap(flow.base.log_prob)(z)
        log_prob = jax.jit(jax.vmap(whole))(x, noise)
        ours = [ours[0] + ours[1], *ours[2:]]  # ours counts the scale by itself
        measured = {
            "dequantized": dequantized,
            "dequant_ldj": ours[0],
            "z": z,
            "base_log_prob": base,
            "log_prob": sum(ours) + base,
            "bits_per_dim": -log_prob / (x[0].size * np.log(2)),
        }
        for name in measured.keys() & set(theirs.files):
            close(measured[name], theirs[name])
        if "transforms" in theirs:
            reference = json.loads(str(theirs["transforms"]))
            for contribution, other in zip(ours, reference, strict=True):
                close(contribution, other["ldj"])


@pytest.mark.slow
@pytest.mark.parametrize("path", fixtures(SURVAE, "loss_bits_per_dim"))
def test_training_is_the_reference_s(path, tmp_path):
    theirs = np.load(path)
    settings = config_of(theirs)
    with jax.enable_x64(True):
        imported = read_survae(path)
        names = WeightNames(lambda path: read_survae(path).flow, theirs, tmp_path)
        config = dataclasses.replace(
            imported.config.training,
            learning_rate=settings["learning_rate"],
            warmup_steps=settings["warmup"],
            decay_rate=settings["gamma"],
        )
        x, noise = jnp.asarray(theirs["x"]), jnp.asarray(theirs["noise"])
        trained = train(imported.flow, config, x, noise, settings["updates_an_epoch"])
        check_against(theirs, trained, names, lambda name: name.rpartition(".")[2] in BUFFERS)


SETTINGS = {
    "data_shape": [1, 4, 4],
    "num_bits": 5,
    "num_scales": 2,
    "num_steps": 1,
    "actnorm": True,
    "pooling": "none",
    "dequant": "uniform",
    "dequant_steps": 1,
    "dequant_context": 1,
    "densenet_blocks": 2,
    "densenet_channels": 2,
    "densenet_depth": 1,
    "densenet_growth": 1,
    "dropout": 0.2,
    "gated_conv": False,
}
"""What no fixture has: ActNorm, two blocks, dropout, no gates."""


def weights_of():
    """Random weights under the names that the reference gives them at `SETTINGS`."""
    draw = np.random.default_rng(0).normal
    state = {"base_dist.loc": draw(size=(1, 4, 1, 1)), "base_dist.log_scale": draw(size=(1, 4, 1, 1))}

    def conv(name, out, size, window=1):
        state[f"{name}.weight"] = draw(size=(out, size, window, window))
        state[f"{name}.bias"] = draw(size=out)

    for at in (3, 8, 11):
        state[f"transforms.{at}.shift"] = draw(size=(1, 4, 1, 1))
        state[f"transforms.{at}.log_scale"] = draw(size=(1, 4, 1, 1))
        state[f"transforms.{at}.initialized"] = np.ones(1)
    for at in (4, 9):
        state[f"transforms.{at}.weight"] = draw(size=(4, 4))
        net = f"transforms.{at + 1}.coupling_net.0"
        conv(f"{net}.0", 2, 2)
        for block in (1, 2):
            conv(f"{net}.{block}.dense.0.nn.0", 2, 2)
            conv(f"{net}.{block}.dense.0.nn.3", 1, 2, 3)
            conv(f"{net}.{block}.dense.1", 2, 3)
        conv(f"{net}.3", 4, 2)
    return state


def write_npz(path, state, settings):
    np.savez(path, config=json.dumps(settings), **{f"state/{name}": array for name, array in state.items()})
    return path


def test_settings_that_no_fixture_has(tmp_path):
    state = weights_of()
    config, shape, bits, flow, left_out = read_survae(write_npz(tmp_path / "a.npz", state, SETTINGS))
    assert left_out == ()
    assert (config.pooling, config.actnorm, config.gated, shape, bits) == ("slice", True, False, (1, 4, 4), 5)
    assert sum(array.size for name, array in state.items() if "initialized" not in name) == (
        sx.count_parameters(flow)
    )
    np.testing.assert_allclose(flow.transform.transforms[-1].loc, state["transforms.11.shift"].ravel())


@pytest.fixture
def torch_run(tmp_path):
    """A run's folder as the authors' code leaves it, trained on several devices."""
    torch = pytest.importorskip("torch")
    (tmp_path / "check").mkdir()
    state = {f"module.{name}": torch.tensor(array) for name, array in weights_of().items()}
    torch.save({"model": state, "current_epoch": 3}, tmp_path / "check" / "checkpoint.pt")
    rows = {**{name: value for name, value in SETTINGS.items() if name != "data_shape"}, "dataset": "mnist"}
    lines = ["+---+---+", "| Arg | Value |", *(f"| {name} | {value} |" for name, value in rows.items())]
    (tmp_path / "args_table.txt").write_text("\n".join(lines))
    return tmp_path


def test_folder_of_a_run(torch_run):
    imported = read_survae(torch_run)
    assert imported.shape == (1, 28, 28)
    npz = read_survae(write_npz(torch_run / "a.npz", weights_of(), SETTINGS))
    assert jax.tree.all(jax.tree.map(np.array_equal, imported.flow.base.loc, npz.flow.base.loc))


def test_checkpoint_with_code_in_it_runs_nothing(torch_run):
    import torch

    class Evil:
        def __reduce__(self):
            return (Path.touch, (torch_run / "ran",))

    for save in (torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing))):
        save({"model": Evil()}, torch_run / "evil.pt")
        with pytest.raises(RunError, match="pickled objects, which could run code"):
            read_survae(torch_run / "evil.pt", SETTINGS)
    assert not (torch_run / "ran").exists()


def test_torch_checkpoint_cut_short(torch_run):
    path = torch_run / "check" / "checkpoint.pt"
    for keep in (0, 100, len(path.read_bytes()) // 2):
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(RunError, match="damaged, cut short"):
            read_survae(path, SETTINGS)


def test_npz_that_is_no_checkpoint_is_refused(tmp_path):
    state = weights_of()
    whole = write_npz(tmp_path / "whole.npz", state, SETTINGS)
    cut = tmp_path / "cut.npz"
    for keep in (0, 100, whole.stat().st_size // 2):
        cut.write_bytes(whole.read_bytes()[:keep])
        with pytest.raises(RunError, match="damaged, cut short"):
            read_survae(cut)
    np.savez(tmp_path / "code.npz", config=np.array([{}], object))
    with pytest.raises(RunError, match="pickled objects, which could run code"):
        read_survae(tmp_path / "code.npz")
    with pytest.raises(RunError, match="there is no file"):
        read_survae(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(RunError, match="holds no weights"):
        read_survae(tmp_path / "other.npz")
    np.savez(tmp_path / "bare.npz", **{"state/base_dist.loc": np.ones(3)})
    with pytest.raises(RunError, match="no settings with"):
        read_survae(tmp_path / "bare.npz")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pooling": "mean"}, "pooling is 'mean'"),
        ({"num_steps": "two"}, "num_steps is 'two'"),
        ({"data_shape": [1, 5, 4]}, "such as 4 × 4"),
        ({"data_shape": 3}, "not those of a PoolFlow"),
        ({"num_steps": 2}, "holds no transforms"),
        ({"actnorm": False}, "holds no transforms.3.weight"),
        ({"densenet_channels": 3}, "has shape .* and the settings given with it make it"),
        ({"dequant": "flow"}, "holds no transforms.0.encoder"),
    ],
)
def test_settings_that_do_not_fit_the_weights(tmp_path, changes, says):
    path = write_npz(tmp_path / "a.npz", weights_of(), {**SETTINGS, **changes})
    with pytest.raises(RunError, match=says):
        read_survae(path)


def test_settings_in_files_and_what_they_lack(tmp_path):
    state = weights_of()
    np.savez(tmp_path / "a.npz", **{f"state/{name}": array for name, array in state.items()})
    (tmp_path / "args.json").write_text(json.dumps(SETTINGS))
    assert read_survae(tmp_path / "a.npz").bits == 5
    for text, says in (("{", "no JSON"), ("[]", "no JSON object"), ("{}", "lack num_bits, num_scales")):
        (tmp_path / "args.json").write_text(text)
        with pytest.raises(RunError, match=says):
            read_survae(tmp_path / "a.npz")
    left = {**state, "transforms.12.weight": np.ones(3)}
    with pytest.raises(RunError, match=r"no place for, such as transforms\.12\.weight"):
        read_survae(write_npz(tmp_path / "b.npz", left, SETTINGS))
