"""mAR-SCF: a multi-scale flow under priors that are autoregressive over channels."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from surjax.distributions import AutoregressiveNormal, Conditional, Distribution, Embedded, Normal, Uniform
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, check_choices, require_halvings
from surjax.nn import BoundedScale, ConvLSTM, ConvStack, GatedAttentionConv, GlowConv, ZeroConv
from surjax.train.config import TrainConfig
from surjax.transforms import (
    ActNorm,
    Chain,
    Conv1x1,
    Coupling,
    Permute,
    Repeat,
    Scale,
    Shift,
    Slice,
    Squeeze,
    Transform,
    dequantize,
    univariate,
)
from surjax.typing import Shape

CHOICES = {"coupling": ("affine", "mixlogcdf"), "prior": ("mar", "normal")}
"""The settings that are names, and the names that there are."""

SIZES = {"affine": (32, 256), "mixlogcdf": (4, 96)}
"""K and the channels of the networks, where they are not said."""

EMBEDDING = 4
"""How many channels a prior sees of what goes on to the next level."""


@dataclass(frozen=True)
class MarSCF(ImageModel):
    """Levels of ActNorm, 1×1 convolutions and couplings, with half of the channels factored out after each
    under a prior in which every channel follows from those before it and from what goes on to the next level
    (Mahajan et al. 2020, Normalizing Flows with Multi-Scale Autoregressive Priors).

    The settings are those for CIFAR-10. prior="normal" is the same flow under learned normals, as Glow has
    them: what the autoregressive one is compared with. Where the published code differs from its paper,
    this does what the code does, but for dropout: in the code it is never switched off, so that its figures
    for mixtures (and their choice, on the test set) have it on; here it belongs to training alone. Of the
    code's 17,411,378 parameters with affine couplings 41,636 belong to a network that is never used, and
    are left out.
    """

    name: ClassVar[str] = "marscf"
    summary: ClassVar[str] = "flow with channel-wise autoregressive priors, mAR-SCF (Mahajan et al. 2020)"

    num_levels: int = 3
    """L: how many levels, with a squeeze before each."""
    num_steps: int | None = None
    """K: how many steps at each level (default: 32, or 4 with mixlogcdf)."""
    width: int | None = None
    """The channels of the networks (default: 256, or 96 with mixlogcdf; its released checkpoint has 256)."""
    coupling: str = "affine"
    """affine, or mixlogcdf: by mixtures of logistics, with attention."""
    prior: str = "mar"
    """mar: autoregressive over channels; normal: learned normals, given what goes on to the next level."""
    prior_width: int = 32
    """The channels of the priors' LSTMs."""
    prior_layers: int = 3
    """How many layers these have."""
    components: int = 32
    """How many logistics a mixture has."""
    num_blocks: int = 10
    """How many blocks of gated convolution and attention a mixture's network has."""
    heads: int = 4
    """How many heads of attention."""
    dropout: float = 0.2
    """The share of channels, and of weights of attention, that training sets to 0 in a mixture's network."""
    gaps: bool = True
    """A pixel k of 8 bits becomes k/255 + u/256, which leaves gaps, as in the authors' code (a smooth density
    wastes up to 0.0056 bits/dim in them); else (k + u)/256."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute each step's activations in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset(
            {
                "num_levels": 2,
                "num_steps": 1,
                "width": 4,
                "prior_width": 4,
                "prior_layers": 1,
                "components": 2,
                "num_blocks": 1,
                "heads": 2,
            },
            {"steps": 20, "epochs": None, "batch_size": 8},
            A_FEW,
        ),
        "small": Preset(
            {
                "num_steps": 8,
                "width": 128,
                "prior_width": 8,
                "prior_layers": 1,
                "components": 4,
                "num_blocks": 1,
                "dropout": 0.0,
                "gaps": False,
            },
            {**TWO_CORES, "learning_rate": 3e-3, "loss_unit": "nats"},
        ),
    }

    def __post_init__(self) -> None:
        """Check the names, and the sizes that may be left out."""
        super().__post_init__()
        check_choices(self, CHOICES)
        for field in ("num_steps", "width"):
            number = getattr(self, field)
            if number is not None and number < 1:
                raise ConfigError(f"{field} is {number} and must be at least 1.")
        if self.coupling == "mixlogcdf" and (self.heads < 1 or self.sizes[1] % self.heads):
            raise ConfigError(
                f"width is {self.sizes[1]} and the attention of mixlogcdf has {self.heads} heads: make the "
                "width a multiple of them."
            )

    @property
    def sizes(self) -> tuple[int, int]:
        """K and the channels of the networks."""
        steps, width = SIZES[self.coupling]
        return self.num_steps or steps, self.width or width

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> Flow:
        """Dequantisation, onto [−½, ½], and the levels of steps, each but the last ending in its prior."""
        require_halvings(self, shape, self.num_levels)
        return eqx.filter_jit(self._build)(key, tuple(shape), bits)

    def _build(self, key: Any, shape: Shape, bits: int) -> Flow:
        transforms = self._pixels(shape, 2**bits)
        for level, level_key in enumerate(jax.random.split(key, self.num_levels)):
            steps_key, prior_key = jax.random.split(level_key)
            shape = Squeeze().z_shape(shape)
            transforms += [Squeeze(), self._steps(shape, steps_key)]
            if level < self.num_levels - 1:
                half = (shape[0] // 2, *shape[1:])
                transforms.append(Slice(shape, half[0], self._prior(level, half, half[0], prior_key)))
                shape = half
        return Flow(self._prior(level, shape, 0, prior_key), Chain(*transforms))

    def _pixels(self, shape: Shape, values: int) -> list[Transform]:
        """Pixels as continuous numbers on [−½, ½]."""
        if not self.gaps:
            return [dequantize(shape), Scale(1 / values), Shift(-0.5)]
        noise = Uniform(shape, 0.0, (values - 1) / values)
        return [dequantize(shape, noise), Scale(1 / (values - 1)), Shift(-0.5)]

    def _steps(self, shape: Shape, key: Any) -> Repeat:
        """K times ActNorm, a 1×1 convolution and a coupling."""

        def step(key: Any) -> Chain:
            first, second = jax.random.split(key)
            mix = [ActNorm(shape), Conv1x1(shape[0], key=first)]
            couple = self._affine if self.coupling == "affine" else self._mixture
            return Chain(*mix, *couple(shape, second))

        return Repeat(step, self.sizes[0], key=key, remat=self.remat)

    def _affine(self, shape: Shape, key: Any) -> list[Transform]:
        """The first half of the channels moves the second."""
        network = GlowConv.of(
            width=self.sizes[1], compute_dtype=self.compute_dtype, bias_first=True, std=0.05
        )
        return [Coupling.of(shape, univariate.Affine("plain_sigmoid"), network, key=key)]

    def _mixture(self, shape: Shape, key: Any) -> list[Transform]:
        """The second half of the channels moves the first, and they change places."""
        tau = univariate.LogisticMixture(
            self.components, spread=0.0, min_scale=math.exp(-7), shift_first=True, hard_floor=True
        )
        network = GatedAttentionConv.of(
            width=self.sizes[1],
            blocks=self.num_blocks,
            heads=self.heads,
            compute_dtype=self.compute_dtype,
            dropout=self.dropout,
            weight_norm=True,
        )
        bounded = BoundedScale.of(network, per_channel=True)
        return [
            Coupling.of(shape, tau, bounded, swap=True, key=key),
            Permute(jnp.roll(jnp.arange(shape[0]), shape[0] // 2)),
        ]

    def _prior(self, level: int, shape: Shape, context: int, key: Any) -> Distribution:
        """The density of what is factored out at a level given so many channels that go on; of none at the
        last."""
        if self.prior == "normal":
            if not context:
                return Normal(shape, trainable=True, tied=(shape[0], 1, 1))
            seen = (context, *shape[1:])
            return Conditional.of(Normal(shape), ZeroConv.of(), context_shape=seen, key=None)
        first, second = jax.random.split(key)
        lstm = ConvLSTM.of(
            hidden=self.prior_width,
            layers=self.prior_layers,
            size=5 if level < 2 else 3,  # the window
            dilation=2 if level == 0 else 1,
            compute_dtype=self.compute_dtype,
        )
        embedded = (EMBEDDING, *shape[1:]) if context else None
        prior = AutoregressiveNormal.of(shape, lstm, context_shape=embedded, key=first)
        if not context:
            return prior
        return Embedded(prior, ConvStack(context, EMBEDDING, compute_dtype=self.compute_dtype, key=second))

    @property
    def training(self) -> TrainConfig:
        """As the authors' code trains on CIFAR-10: Adamax, a warm-up over 10,000 images that begins with the
        second batch, images moved along one axis and mirrored. It trains until it is stopped; 400 epochs
        are what its authors tell of the mixtures in the paper."""
        return TrainConfig(
            steps=None,
            epochs=400,
            batch_size=128 if self.coupling == "affine" else 64,
            optimizer="adamax",
            learning_rate=8e-4,
            loss_unit="bits_per_dim",
            warmup_examples=10_000,
            warmup_hold=1,
            shift=(-3, 2),
            flip=True,
        )
