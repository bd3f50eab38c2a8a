"""mAR-SCF from the checkpoints of its authors."""

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from surjax.distributions import AutoregressiveNormal, Embedded
from surjax.errors import ConfigError, RunError
from surjax.flow import Flow
from surjax.interop.imported import Imported
from surjax.interop.weights import Weights, copy_of, read_settings, read_state
from surjax.models.marscf import MarSCF
from surjax.nn import BoundedScale, ConvLSTM, ConvStack, GlowConv
from surjax.nn.conv import Conv
from surjax.transforms import ActNorm, Chain, Conv1x1, Coupling, Repeat, Slice, Transform
from surjax.typing import Array, Shape

FIELDS = {"coupling": "coupling", "levels": "num_levels", "steps": "num_steps", "channels": "width"}
"""Our field for each setting that may be given with a checkpoint."""

BUFFERS = ("is_initialized",)
"""Arrays of theirs that hold no weights."""

HEADS = 4
"""Of attention, in the authors' code."""

BITS = 8
"""Of a pixel there."""


def read_marscf(path: str | Path, settings: Mapping[str, Any] | str | Path | None = None) -> Imported:
    """The MarSCF in a checkpoint that the authors' code wrote, with its weights.

    path is a checkpoint of theirs (read by PyTorch, which is an extra), or an NPZ file with arrays named
    state/NAME. The configuration follows from the weights. settings (a dictionary, a JSON file, or the
    `config` of an NPZ file) may say what it is expected to be, as coupling (affine or mixlogcdf), levels,
    steps and channels, and the images' data_shape, (C, 32, 32) without it. The authors' loader subtracts ½
    from the pixels, which is a transform of the model here. Nothing is unpickled but tensors.

    Raises RunError where the checkpoint is missing, damaged, pickled with code in it, of another model or of
    other settings than the ones given with it.
    """
    path = Path(path)
    state, inside = read_state(path)
    if settings is None:
        settings = inside or {}
    elif not isinstance(settings, Mapping):
        settings = read_settings(Path(settings))
    config, channels = _configuration(state, path)
    for theirs, ours in FIELDS.items():
        if theirs in settings and settings[theirs] != getattr(config, ours):
            raise RunError(
                f"the weights in {path} are of a model with {theirs} {getattr(config, ours)} and the "
                f"settings given with them say {settings[theirs]}: give those that it was trained with."
            )
    shape = _shape(settings.get("data_shape", (channels, 32, 32)), channels, path)
    weights = Weights(state, path)
    try:
        flow = config.build(jax.random.key(0), shape, BITS)
    except ConfigError as error:
        raise RunError(f"the weights in {path} make no model: {error}") from error
    flow = _Reader(weights).flow(flow)
    left_out = _leave_out(weights, config.num_levels - 1)
    weights.finish(BUFFERS)
    return Imported(config, shape, BITS, flow, left_out)


def _configuration(state: Mapping[str, np.ndarray], path: Path) -> tuple[MarSCF, int]:
    """The configuration that the shapes of the weights tell, and the channels of an image."""

    def shape(name: str) -> Shape:
        if name not in state:
            raise RunError(
                f"{path} holds no {name}: it is no checkpoint of mAR-SCF, or one that is not whole."
            )
        return state[name].shape

    pattern = re.compile(r"flow\.layers\.(\d+)\.actnormlayer\.bias")
    layers = sorted(int(match[1]) for match in map(pattern.fullmatch, state) if match)
    if not layers:
        raise RunError(f"{path} holds no weights of mAR-SCF: give a checkpoint of its authors' code.")
    levels = 1 + sum(b - a > 1 for a, b in itertools.pairwise(layers))
    if len(layers) % levels:
        raise RunError(
            f"{path} holds {len(layers)} steps of {levels} levels: it is not whole, fetch it again."
        )
    step = f"flow.layers.{layers[0]}"
    inner, lstm = shape(f"{step}.actnormlayer.bias")[1], "flow.c_prior.prior_list.0.prior_lstm"
    fields: dict[str, Any] = {
        "num_levels": levels,
        "num_steps": len(layers) // levels,
        "prior_width": shape(f"{lstm}.conv_out1.weight")[1],
        "prior_layers": sum(name.startswith(f"{lstm}.lstm.weight_ih_l") for name in state),
    }
    net = f"{step}.coupling.nn"
    if f"{net}.in_conv.conv.weight_v" not in state:
        fields["width"] = shape(f"{step}.coupling.NN_net.conv1.weight")[0]
        return MarSCF(coupling="affine", **fields), inner // 4
    numbers = shape(f"{net}.out_conv.conv.bias")[0] // (inner // 2)  # for each channel that is moved
    blocks = {name.split(".")[6] for name in state if name.startswith(f"{net}.mid_convs.")}
    fields |= {
        "width": shape(f"{net}.in_conv.conv.bias")[0],
        "components": (numbers - 2) // 3,
        "num_blocks": len(blocks),
        "heads": HEADS,
    }
    return MarSCF(coupling="mixlogcdf", **fields), inner // 4


def _shape(given: Any, channels: int, path: Path) -> Shape:
    """(C, H, W), or RunError where they are not those of the weights."""
    good = isinstance(given, Sequence) and len(given) == 3 and all(isinstance(n, int) for n in given)
    if not good or given[0] != channels:
        raise RunError(
            f"the data_shape given with {path} is {given} and its weights are of images with {channels} "
            "channels: give (C, H, W)."
        )
    return tuple(given)


def _leave_out(weights: Weights, last: int) -> tuple[str, ...]:
    """Take the network of the last level's prior, which has nothing to see and is never used."""
    name = f"flow.c_prior.prior_list.{last}.z1_cond_network"
    unused = [key for key in weights.arrays if key.startswith(f"{name}.")]
    count = sum(weights.arrays.pop(key).size for key in unused)
    return (f"{count:,} numbers of {name}, a network that the authors' code never uses",) if unused else ()


class _Reader:
    """Puts the authors' weights where they belong in our modules; every `name` is one of theirs."""

    def __init__(self, weights: Weights):
        self.weights = weights
        self.levels = itertools.count()

    def flow(self, flow: Any) -> Flow:
        """The whole model; a squeeze and a split count as layers of theirs, the dequantisation does not."""
        layers = itertools.count()
        dequantization, scale, shift, *parts = flow.transform.transforms
        transform = Chain(dequantization, scale, shift, *(self.transform(layers, part) for part in parts))
        return Flow(self.prior(flow.base), transform)

    def transform(self, layers: "itertools.count[int]", part: Any) -> Transform:
        """A squeeze, the steps of a level, or what is factored out after them."""
        if isinstance(part, Repeat):
            steps = [self.step(f"flow.layers.{next(layers)}", copy_of(part.step, i)) for i in range(part.n)]
            return eqx.tree_at(lambda r: r.step, part, jax.tree.map(lambda *each: jnp.stack(each), *steps))
        next(layers)
        if isinstance(part, Slice):
            return eqx.tree_at(lambda s: s.decoder, part, self.prior(part.decoder))
        return part

    def step(self, name: str, step: Any) -> Chain:
        """ActNorm, 1×1 convolution, coupling."""
        norm, mix, coupling, *swap = step.transforms
        return Chain(
            self.actnorm(f"{name}.actnormlayer", norm),
            self.mix(f"{name}.invert_1x1_layer", mix),
            self.coupling(f"{name}.coupling", coupling),
            *swap,
        )

    def actnorm(self, name: str, norm: ActNorm) -> ActNorm:
        """Theirs adds a bias and then multiplies by exp(logs)."""
        values = (-self.array(f"{name}.bias", norm.loc), -self.array(f"{name}.logs", norm.log_scale))
        return eqx.tree_at(lambda a: (a.loc, a.log_scale), norm, values)

    def mix(self, name: str, mix: Conv1x1) -> Conv1x1:
        """P L U; the permutation is a matrix of theirs."""
        lu: Any = mix.linear
        permutation = self.weights.take(f"{name}.p", (len(lu.permutation),) * 2)
        if not (np.sort(permutation, axis=1)[:, -1] == 1).all() or not (permutation.sum(0) == 1).all():
            raise RunError(f"{name}.p in {self.weights.where} is no permutation: fetch the checkpoint again.")
        values = (
            jnp.asarray(permutation.argmax(axis=1), lu.permutation.dtype),
            self.array(f"{name}.sign_s", lu.signs),
            self.array(f"{name}.l", lu.lower),
            self.array(f"{name}.u", lu.upper),
            self.array(f"{name}.log_s", lu.log_diagonal),
        )
        fields = lambda m: (  # noqa: E731
            m.linear.permutation,
            m.linear.signs,
            m.linear.lower,
            m.linear.upper,
            m.linear.log_diagonal,
        )
        return eqx.tree_at(fields, mix, values)

    def coupling(self, name: str, coupling: Coupling) -> Coupling:
        """An affine coupling, or one by mixtures."""
        if isinstance(coupling.network, GlowConv):
            network = self.glow_conv(f"{name}.NN_net", coupling.network)
        else:
            network = self.mixture_network(f"{name}.nn", coupling.network)
        return eqx.tree_at(lambda c: c.network, coupling, network)

    def glow_conv(self, name: str, network: GlowConv) -> GlowConv:
        """Three convolutions, ActNorm after the first two."""
        layers = []
        for i, layer in enumerate((network.first, network.second, network.last), 1):
            conv = f"{name}.conv{i}"
            norm = f"{conv}.actnorm" if i < 3 else conv
            values = (
                self.array(f"{conv}.weight", layer.weight),
                self.array(f"{norm}.bias", layer.bias),
                self.array(f"{norm}.logs", layer.log_scale),
            )
            layers.append(eqx.tree_at(lambda n: (n.weight, n.bias, n.log_scale), layer, values))
        return eqx.tree_at(lambda n: (n.first, n.second, n.last), network, layers)

    def mixture_network(self, name: str, bounded: Any) -> BoundedScale:
        """Theirs gives each kind of parameter for all channels in turn, first the log-scale and then the
        shift; ours all parameters of a channel in turn, first the shift."""
        network, moved, numbers = bounded.network, bounded.bound.size, bounded.num_params
        kinds = np.array([1, 0, *range(2, numbers)])
        rows = (kinds[None, :] * moved + np.arange(moved)[:, None]).ravel()
        blocks = len(jax.tree.leaves(network.blocks)[0])
        each = [self.block(f"{name}.mid_convs.{i}", copy_of(network.blocks, i)) for i in range(blocks)]
        network = eqx.tree_at(
            lambda n: (n.first, n.blocks, n.last),
            network,
            (
                self.conv(f"{name}.in_conv.conv", network.first),
                jax.tree.map(lambda *leaves: jnp.stack(leaves), *each),
                self.conv(f"{name}.out_conv.conv", network.last, rows),
            ),
        )
        sign = jnp.sign(self.array(f"{name}.rescale.weight_v", bounded.bound))
        bound = sign * self.array(f"{name}.rescale.weight_g", bounded.bound)
        return eqx.tree_at(lambda b: (b.network, b.bound), bounded, (network, bound))

    def block(self, name: str, block: Any) -> Any:
        """Gated convolution, gated attention and their norms; k, v and q of theirs are q, k and v of ours."""
        width = block.conv_norm.scale.size
        rows = np.roll(np.arange(3 * width), width)
        norms = [
            eqx.tree_at(
                lambda n: (n.scale, n.bias),
                norm,
                (self.array(f"{name}.{key}.weight", norm.scale), self.array(f"{name}.{key}.bias", norm.bias)),
            )
            for key, norm in (("norm_1", block.conv_norm), ("norm_2", block.attention_norm))
        ]
        convs = (
            self.conv(f"{name}.conv.conv.conv", block.conv.inner),
            self.conv(f"{name}.conv.gate.conv", block.conv.outer),
            self.conv(f"{name}.attn.in_proj", block.attention.project, rows),
            self.conv(f"{name}.attn.gate", block.attention.outer),
        )
        return eqx.tree_at(
            lambda b: (
                b.conv.inner,
                b.conv.outer,
                b.attention.project,
                b.attention.outer,
                b.conv_norm,
                b.attention_norm,
            ),
            block,
            (*convs, *norms),
        )

    def conv(self, name: str, conv: Any, rows: np.ndarray | None = None) -> Any:
        """A convolution, plain or weight-normalised, whose channels come in the order of `rows` of theirs."""
        kinds = ("weight", "bias") if isinstance(conv, Conv) else ("weight_v", "weight_g", "bias")
        fields = ("weight", "bias") if isinstance(conv, Conv) else ("direction", "norm", "bias")
        for kind, field in zip(kinds, fields, strict=True):
            ours = getattr(conv, field)
            if ours is not None:
                theirs = self.array(f"{name}.{kind}", ours)
                theirs = theirs if rows is None else theirs[rows]
                conv = eqx.tree_at(lambda c, field=field: getattr(c, field), conv, theirs)
        return conv

    def prior(self, prior: Any) -> Any:
        """The prior of the next level; those after the first have no embedding of a context."""
        name = f"flow.c_prior.prior_list.{next(self.levels)}"
        if isinstance(prior, Embedded):
            embed = self.embedding(f"{name}.z1_cond_network", prior.network)
            inner = self.autoregressive(name, prior.distribution)
            return eqx.tree_at(lambda p: (p.network, p.distribution), prior, (embed, inner))
        return self.autoregressive(name, prior)

    def embedding(self, name: str, network: Any) -> ConvStack:
        """Two convolutions; the ReLU between them counts as a layer of theirs."""
        convs = tuple(self.conv(f"{name}.{2 * i}", conv) for i, conv in enumerate(network.convs))
        return eqx.tree_at(lambda n: n.convs, network, convs)

    def autoregressive(self, name: str, prior: Any) -> AutoregressiveNormal:
        """The conv-LSTM."""
        name, network = f"{name}.prior_lstm", prior.network
        layers = []
        for i, layer in enumerate(network.layers):
            values = (
                self.array(f"{name}.lstm.weight_ih_l{i}", layer.input),
                self.array(f"{name}.lstm.weight_hh_l{i}", layer.hidden),
                self.array(f"{name}.lstm.bias_ih_l{i}", layer.input_bias),
                self.array(f"{name}.lstm.bias_hh_l{i}", layer.hidden_bias),
            )
            fields = lambda la: (la.input, la.hidden, la.input_bias, la.hidden_bias)  # noqa: E731
            layers.append(eqx.tree_at(fields, layer, values))
        first = self.conv(f"{name}.conv_embed", network.first)
        last = self.conv(f"{name}.conv_out1", network.last)
        new: ConvLSTM = eqx.tree_at(
            lambda n: (n.first, n.layers, n.last), network, (first, tuple(layers), last)
        )
        return eqx.tree_at(lambda p: p.network, prior, new)

    def array(self, name: str, ours: Any) -> Array:
        """The array of that name, in the shape and dtype of ours."""
        return jnp.asarray(self.weights.take(name, ours.shape), ours.dtype)
