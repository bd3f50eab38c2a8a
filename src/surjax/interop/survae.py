"""PoolFlow from the checkpoints of the SurVAE paper's authors."""

import ast
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions import Embedded, Normal
from surjax.errors import ConfigError, RunError
from surjax.flow import Flow
from surjax.interop.imported import Imported
from surjax.interop.weights import Weights, copy_of, read_settings, read_state
from surjax.models.poolflow import PoolFlow
from surjax.nn.conv import Conv
from surjax.nn.densenet import DenseBlock, DenseNet
from surjax.transforms import ActNorm, Chain, Conv1x1, Coupling, Inverse, Repeat, Transform
from surjax.typing import Array, Shape

SHAPES = {
    "cifar10": (3, 32, 32),
    "svhn": (3, 32, 32),
    "imagenet32": (3, 32, 32),
    "imagenet64": (3, 64, 64),
    "mnist": (1, 28, 28),
}
"""The images of the authors' data sets: their settings name the set, not the shape."""

FIELDS = {
    "num_scales": "num_scales",
    "num_steps": "num_steps",
    "actnorm": "actnorm",
    "pooling": "pooling",
    "dequant": "dequantization",
    "dequant_steps": "dequantization_steps",
    "dequant_context": "dequantization_context",
    "densenet_blocks": "densenet_blocks",
    "densenet_channels": "densenet_channels",
    "densenet_depth": "densenet_depth",
    "densenet_growth": "densenet_growth",
    "gated_conv": "gated",
}
"""Our field for each of the authors' settings."""

BUFFERS = ("ldj_per_dim", "_shift", "_scale", "buffer", "temperature", "initialized")
"""Arrays of theirs that hold no weights."""


def read_survae(path: str | Path, settings: Mapping[str, Any] | str | Path | None = None) -> Imported:
    """The PoolFlow in a checkpoint that the authors' code wrote, with its weights.

    path is a checkpoint of theirs (.pt or .pth, read by PyTorch, which is an extra), the folder of one
    of their runs, or an NPZ file with arrays named state/NAME and a JSON `config`. settings are the model's
    under the authors' names, with data_shape or dataset, and num_bits: a dictionary, a JSON file, or the
    args_table.txt that lies in a run's folder; by default the `config` of an NPZ file, or else args.json or
    args_table.txt beside the checkpoint. Dropout, which their training may have had, plays no part in
    the model. Nothing is unpickled but tensors: args.pickle is never opened.

    Raises RunError where the checkpoint is missing, damaged, pickled with code in it or of another model,
    or where there are no settings with it.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "check" / "checkpoint.pt"
    state, inside = read_state(path)
    if settings is None:
        settings = inside or _beside(path.parent) or _beside(path.parent.parent)
    if not state:
        raise RunError(
            f"{path} holds no weights of a PoolFlow: give a checkpoint of the SurVAE paper's code."
        )
    if settings is None:
        raise RunError(
            f"there are no settings with {path}: give them as JSON, or put the run's args_table.txt "
            "beside it."
        )
    if not isinstance(settings, Mapping):
        settings = _read_settings(Path(settings))
    config, shape, bits = _configuration(settings, path)
    weights = Weights(state, path)
    try:
        flow = config.build(jax.random.key(0), shape, bits)
    except ConfigError as error:
        raise RunError(f"the settings with {path} make no model: {error}") from error
    flow = _Reader(weights, bool(settings.get("dropout"))).flow(flow)
    weights.finish(BUFFERS)
    return Imported(config, shape, bits, flow)


def _beside(folder: Path) -> Path | None:
    """The file of settings in a folder, where there is one."""
    return next((folder / n for n in ("args.json", "args_table.txt") if (folder / n).is_file()), None)


def _read_settings(path: Path) -> Mapping[str, Any]:
    if path.suffix != ".txt":
        return read_settings(path)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: give a file of the model's settings.") from error
    rows = [line.strip("| ").split("|") for line in text.splitlines() if line.startswith("|")]
    return {row[0].strip(): _plain(row[1].strip()) for row in rows if len(row) == 2}


def _plain(text: str) -> Any:
    """The number, truth value or name that a table shows."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _configuration(settings: Mapping[str, Any], path: Path) -> tuple[PoolFlow, Shape, int]:
    """The configuration, shape and bits that the authors' settings stand for."""
    shape = settings.get("data_shape") or SHAPES.get(str(settings.get("dataset")))
    lacking = [name for name in ("num_bits", *FIELDS) if name not in settings]
    if shape is None:
        lacking.append("data_shape")
    if shape is None or lacking:
        raise RunError(
            f"the settings with {path} lack {', '.join(lacking)}: give all of the model's settings."
        )
    values = {ours: settings[theirs] for theirs, ours in FIELDS.items()}
    values["pooling"] = {"none": "slice"}.get(values["pooling"], values["pooling"])
    defaults = PoolFlow()
    wrong = [name for name, value in values.items() if type(value) is not type(getattr(defaults, name))]
    try:
        if wrong:
            raise ConfigError(f"{wrong[0]} is {values[wrong[0]]!r}")
        return PoolFlow(**values), tuple(int(n) for n in shape), int(settings["num_bits"])
    except (ConfigError, TypeError, ValueError) as error:
        raise RunError(f"the settings with {path} are not those of a PoolFlow: {error}") from error


class _Reader:
    """Puts the authors' weights where they belong in our modules; every `name` is one of theirs."""

    def __init__(self, weights: Weights, dropout: bool):
        self.weights = weights
        self.grow = "nn.3" if dropout else "nn.2"  # dropout counts as a layer of theirs

    def flow(self, flow: Any) -> Flow:
        """The whole model; their dequantisation includes our scale."""
        dequantization, scale, *parts = flow.transform.transforms
        if isinstance(noise := dequantization.transform.decoder, Embedded):
            noise = self.noise("transforms.0.encoder", noise)
            dequantization = eqx.tree_at(lambda d: d.transform.decoder, dequantization, noise)
        names = (f"transforms.{i}" for i in itertools.count(1))
        transform = Chain(dequantization, scale, *(self.transform(names, part) for part in parts))
        return Flow(self.base("base_dist", flow.base), transform)

    def noise(self, name: str, noise: Any) -> Embedded:
        """The flow inside the variational dequantisation, with the network of its context."""
        names = (f"{name}.transforms.{i}" for i in itertools.count())
        generate = self.transform(names, noise.distribution.transform.transform)
        base = self.base(f"{name}.base_dist", noise.distribution.base)
        network = eqx.tree_at(
            lambda n: (n.first, n.halve, n.second),
            noise.network,
            (
                self.block(f"{name}.context_init.1", noise.network.first),
                self.conv(f"{name}.context_init.2", noise.network.halve),
                self.block(f"{name}.context_init.3", noise.network.second),
            ),
        )
        return Embedded(Flow(base, Inverse(generate)), network)

    def transform(self, names: Iterator[str], part: Any) -> Transform:
        """A transform; theirs are numbered through, the steps of a scale and the parts of a chain too."""
        if isinstance(part, Repeat):
            steps = [self.transform(names, copy_of(part.step, i)) for i in range(part.n)]
            return eqx.tree_at(lambda r: r.step, part, jax.tree.map(lambda *each: jnp.stack(each), *steps))
        if isinstance(part, Chain):
            return Chain(*(self.transform(names, inner) for inner in part.transforms))
        name = next(names)
        if isinstance(part, ActNorm):
            values = (self.array(f"{name}.shift", part.loc), self.array(f"{name}.log_scale", part.log_scale))
            return eqx.tree_at(lambda a: (a.loc, a.log_scale), part, values)
        if isinstance(part, Conv1x1):
            linear: Any = part.linear
            weight = self.array(f"{name}.weight", linear.weight)
            return eqx.tree_at(lambda c: c.linear.weight, part, weight)
        if isinstance(part, Coupling):
            network = self.network(f"{name}.coupling_net.0", part.network)
            return eqx.tree_at(lambda c: c.network, part, network)
        return part

    def base(self, name: str, normal: Any) -> Normal:
        """A normal with a mean and a scale for each channel."""
        values = (self.array(f"{name}.loc", normal.loc), self.array(f"{name}.log_scale", normal.log_scale))
        return eqx.tree_at(lambda n: (n.loc, n.log_scale), normal, values)

    def network(self, name: str, network: Any) -> DenseNet:
        """A coupling's network; it gives scale and shift of each number in this order, ours in the other."""
        n = len(network.blocks)
        last = self.conv(f"{name}.{n + 1}", network.last)
        last = jax.tree.map(lambda a: a.reshape(-1, 2, *a.shape[1:])[:, ::-1].reshape(a.shape), last)
        blocks = tuple(self.block(f"{name}.{i + 1}.dense", b) for i, b in enumerate(network.blocks))
        first = self.conv(f"{name}.0", network.first)
        return eqx.tree_at(lambda net: (net.first, net.blocks, net.last), network, (first, blocks, last))

    def block(self, name: str, block: DenseBlock) -> DenseBlock:
        """A dense block."""
        layers = tuple(
            eqx.tree_at(
                lambda la: (la.mix, la.grow),
                layer,
                (self.conv(f"{name}.{i}.nn.0", layer.mix), self.conv(f"{name}.{i}.{self.grow}", layer.grow)),
            )
            for i, layer in enumerate(block.layers)
        )
        closing = f"{name}.{len(layers)}" + (".conv" if block.gated else "")
        return eqx.tree_at(lambda b: (b.layers, b.last), block, (layers, self.conv(closing, block.last)))

    def conv(self, name: str, conv: Conv) -> Conv:
        """A convolution."""
        values = (self.array(f"{name}.weight", conv.weight), self.array(f"{name}.bias", conv.bias))
        return eqx.tree_at(lambda c: (c.weight, c.bias), conv, values)

    def array(self, name: str, ours: Any) -> Array:
        """The array of that name, in the shape and dtype of ours."""
        return jnp.asarray(self.weights.take(name, ours.shape), ours.dtype)
