"""PoolFlow against the reference's own numbers, and what the importer refuses."""

import json
import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import RunError
from surjax.interop import read_survae

FIXTURES = Path(__file__).parents[2] / ".." / "shared" / "fixtures"

RELATIVE = 1e-6


def fixture(name):
    path = FIXTURES / f"survae_poolflow_{name}.npz"
    if not path.is_file():
        pytest.skip(f"the reference's runs are not in {FIXTURES}")
    return path


@pytest.fixture(params=["max_uniform", "slice_uniform", "max_flow"])
def path(request):
    return fixture(request.param)


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=RELATIVE, atol=1e-9)


def steps_of(chain):
    """Every transform of a flow that is no composition, each with its place in the flow."""
    for i, part in enumerate(chain.transforms):
        if hasattr(part, "step"):
            for j in range(part.n):
                step = jax.tree.map(lambda leaf, j=j: leaf[j], part.step)
                yield from ((f"{i}.{j}.{k}", inner) for k, inner in enumerate(step.transforms))
        elif hasattr(part, "transforms"):
            yield from ((f"{i}.{k}", inner) for k, inner in enumerate(part.transforms))
        else:
            yield str(i), part


def noise_of(flow, x, noise):
    """u for the noise that entered dequantisation: itself, or what its flow makes of it."""
    decoder = flow.transform.transforms[0].transform.decoder
    if not hasattr(decoder, "distribution"):
        return noise
    inner = decoder.distribution
    start = inner.base.loc + jnp.exp(inner.base.log_scale) * noise
    return jax.vmap(lambda x, e: inner.transform.inverse(e, context=decoder.network(x)))(x, start)


def test_every_number_is_the_reference_s(path):
    theirs = np.load(path)
    with jax.enable_x64(True):
        flow = read_survae(path).flow
        x, noise = jnp.asarray(theirs["x"]), jnp.asarray(theirs["noise_0"])
        u = noise_of(flow, x, noise)

        def encode(x, u):
            contributions, h = [], x
            for place, transform in steps_of(flow.transform):
                h, contribution, _ = transform.encode(h, given=u if place == "0" else None)
                contributions.append(contribution)
                if place == "1":
                    dequantized = h
            return dequantized, h, contributions

        dequantized, z, ours = jax.jit(jax.vmap(encode))(x, u)
        base = jax.vmap(flow.base.log_prob)(z)
        close(dequantized, theirs["dequantized"])
        close(ours[0] + ours[1], theirs["dequant_ldj"])  # ours counts the scale by itself
        reference = json.loads(str(theirs["transforms"]))
        assert len(reference) == len(ours) - 1
        for contribution, other in zip(ours[2:], reference[1:], strict=True):
            close(contribution, other["ldj"])
        close(z, theirs["z"])
        close(base, theirs["base_log_prob"])
        close(sum(ours) + base, theirs["log_prob"])

        def whole(x, u):
            given = (u, *[None] * (len(flow.transform.transforms) - 1))
            z, contribution, _ = flow.transform.encode(x, given=given)
            return contribution + flow.base.log_prob(z)

        close(jax.jit(jax.vmap(whole))(x, u), theirs["log_prob"])


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
    config, shape, bits, flow = read_survae(write_npz(tmp_path / "a.npz", state, SETTINGS))
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
