"""ProNF, a progressive flow: images from small to large."""

from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax

from surjax.distributions import AutoregressiveNormal, Conditional, Distribution, Embedded, Given, Normal
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, Preset, StagedModel, check_choices, require_halvings
from surjax.models.stages import SMALLEST
from surjax.nn import ConvLSTM, ConvStack, GlowConv, ImageEncoder, ZeroConv
from surjax.train.config import TrainConfig
from surjax.transforms import (
    ActNorm,
    Chain,
    ConditionalElementwise,
    Conv1x1,
    Coupling,
    Inverse,
    Pyramid,
    Repeat,
    Scale,
    Shift,
    Sigmoid,
    Squeeze,
    Transform,
    dequantize,
    univariate,
)
from surjax.transforms.surjections.pyramid import PYRAMIDS
from surjax.typing import Shape

CHOICES = {
    "pyramid": PYRAMIDS,
    "prior": ("normal", "mar"),
    "dequantization": ("uniform", "flow"),
}
"""The settings that are names, and the names that there are."""

SIZES = (
    *("num_halvings", "num_levels", "num_steps", "width", "small_width", "features", "encoder_blocks"),
    *("prior_width", "prior_layers", "dequantization_steps"),
)
"""The settings that count something."""

COUPLING = univariate.Affine("sigmoid")
"""What a coupling does to a number."""

INJECTOR = univariate.Affine("tanh_exp")
"""What an affine injector does to it: nothing, at the start."""

EMBEDDING = 4
"""How many channels an autoregressive prior sees of the features."""


@dataclass(frozen=True)
class ProNF(StagedModel):
    """A chain of conditional flows, each of which makes an image of twice the size, over a flow of the
    smallest: it super-resolves a picture, samples from nothing, and has a likelihood.

    Every stage but the last models what the image has more than the one of half its size, which is a
    function of it (`Pyramid`): so log p(x) is the sum of the stages' terms. A stage encodes the smaller image
    by residual blocks, and its flow of the details is of steps of ActNorm, a 1×1 convolution, an affine
    injector (all channels are shifted and scaled by the features: Lugmayr et al. 2020, SRFlow) and a coupling
    that sees the features too; the details are squeezed between its levels. It is the relative of Wavelet
    Flow (Yu, Derpanis and Brubaker 2020) whose smaller images are whole numbers, so that each stage is a
    model of images as they are stored.

    The settings are those for CIFAR-10 with the depth of the study that surjax grew from.
    """

    name: ClassVar[str] = "pronf"
    summary: ClassVar[str] = "progressive flow, from small images to large ones"

    num_halvings: int = 3
    """How many times the image is halved; there is one stage more than that."""
    pyramid: str = "mean"
    """What the smaller image is: mean (of each 2 × 2 pixels, rounded) or nearest (the first of them)."""
    stage: int | None = None
    """Only the stage that makes images of this height, given those of half of it (default: all)."""
    num_steps: int = 32
    """How many steps at each level of a stage."""
    num_levels: int = 2
    """How many levels a stage has, with a squeeze between them; small details have one."""
    width: int = 256
    """The hidden channels of the couplings' networks, in the stage of the largest image."""
    small_width: int | None = None
    """The same in the other stages (default: as many)."""
    features: int = 64
    """The channels of the features of the smaller image."""
    encoder_blocks: int = 3
    """How many residual blocks make them."""
    prior: str = "mar"
    """The density at the end of a stage, given the features: normal, or mar (autoregressive over channels, as
    in the model marscf)."""
    prior_width: int = 32
    """The channels of that prior's LSTM."""
    prior_layers: int = 3
    """How many layers it has."""
    dequantization: str = "uniform"
    """The noise that makes details continuous: uniform, or variational, by a flow."""
    dequantization_steps: int = 4
    """How many steps that flow has."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute each step's activations in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset(
            {
                "num_halvings": 2,
                "num_steps": 1,
                "width": 4,
                "features": 4,
                "encoder_blocks": 1,
                "prior_width": 4,
                "prior_layers": 1,
                "dequantization_steps": 1,
            },
            {"steps": 20, "epochs": None, "batch_size": 8, "warmup_steps": 5},
            A_FEW,
        ),
        "small": Preset(
            {
                "num_steps": 6,
                "num_levels": 3,
                "width": 96,
                "small_width": 64,
                "encoder_blocks": 1,
                "prior": "normal",
                "prior_width": 8,
                "prior_layers": 1,
            },
            {**TWO_CORES, "optimizer": "adamax", "learning_rate": 5e-3, "eval_every": None},
        ),
    }

    def __post_init__(self) -> None:
        """Check the names and the sizes."""
        super().__post_init__()
        check_choices(self, CHOICES)
        for field in SIZES:
            number, least = getattr(self, field), 0 if field == "encoder_blocks" else 1
            if number is not None and number < least:
                raise ConfigError(f"{field} is {number} and must be at least {least}.")

    def stages(self, shape: Shape) -> tuple[int, ...]:
        """The heights of the images that the stages make, the largest first."""
        require_halvings(self, shape, self.num_halvings)
        return tuple(shape[1] // 2**i for i in range(self.num_halvings + 1))

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> Flow:
        """The chain of pyramids over the flow of the smallest image; stages that are not asked for are
        `Given`."""
        self.require_stage(shape)
        return eqx.filter_jit(self._build)(key, tuple(shape), bits)

    def _build(self, key: Any, shape: Shape, bits: int) -> Flow:
        *sizes, smallest = self.stages(shape)
        *keys, base_key = jax.random.split(key, len(sizes) + 1)
        pyramids = []
        for i, (size, stage_key) in enumerate(zip(sizes, keys, strict=True)):
            if self.stage in (None, size):
                pyramids.append(self._pyramid(stage_key, i, shape, bits))
            else:
                details = (3 * shape[0], shape[1] // 2, shape[2] // 2)
                pyramids.append(Pyramid(shape, Given(details), self.pyramid))
            shape = pyramids[-1].halved_shape
        modelled = self.stage in (None, smallest)
        base = self._smallest(shape, bits, base_key) if modelled else Given(shape)
        return Flow(base, Chain(*pyramids))

    def build_pyramid(self, key: Any, index: int, shape: Shape, bits: int = 8) -> Pyramid:
        """The pyramid of one stage, the index-th from the largest image down, for images of any shape."""
        return eqx.filter_jit(self._pyramid)(key, index, tuple(shape), bits)

    def _pyramid(self, key: Any, index: int, shape: Shape, bits: int) -> Pyramid:
        channels, height, width = shape
        hidden = self.width if index == 0 else self.small_width or self.width
        decoder = self._decoder((3 * channels, height // 2, width // 2), hidden, bits, key)
        return Pyramid(shape, decoder, self.pyramid)

    def _decoder(self, shape: Shape, width: int, bits: int, key: Any) -> Distribution:
        """p(details | smaller image)."""
        encoder_key, noise_key, flow_key = jax.random.split(key, 3)
        pixels = self._pixels(shape, self._noise(shape, width, bits, noise_key), bits)
        flow = self._levels(pixels, shape, width, self.num_levels, flow_key)
        encoder = ImageEncoder(
            shape[0] // 3,
            self.features,
            blocks=self.encoder_blocks,
            bounds=(0, 2**bits - 1),
            compute_dtype=self.compute_dtype,
            key=encoder_key,
        )
        return Embedded(flow, encoder)

    def _pixels(self, shape: Shape, noise: Distribution | None, bits: int) -> list[Transform]:
        """Details as continuous numbers: those that are pixels on [−½, ½], differences on [−1, 1]."""
        centre = [Shift(-0.5)] if self.pyramid == "nearest" else []
        return [dequantize(shape, noise), Scale(0.5**bits), *centre]

    def _levels(self, before: list[Transform], shape: Shape, width: int, levels: int, key: Any) -> Flow:
        """Steps, and what comes after a squeeze; all of it sees the features."""
        steps_key, encoder_key, key = jax.random.split(key, 3)
        steps = self._steps(shape, self.num_steps, width, self.features, steps_key)
        even = not any(side % 2 or side // 2 < SMALLEST for side in shape[1:])
        if levels == 1 or not even:
            return Flow(self._prior(shape, key), Chain(*before, steps))
        below = self._levels([], Squeeze().z_shape(shape), width, levels - 1, key)
        encoder = ImageEncoder(
            self.features,
            self.features,
            blocks=1,
            halve=True,
            compute_dtype=self.compute_dtype,
            key=encoder_key,
        )
        return Flow(Embedded(below, encoder), Chain(*before, steps, Squeeze()))

    def _steps(self, shape: Shape, n: int, width: int, features: int, key: Any) -> Repeat:
        """n times ActNorm, a 1×1 convolution, an injector of so many features, if any, and a coupling."""
        seen = (features, *shape[1:]) if features else None
        network = GlowConv.of(width=width, compute_dtype=self.compute_dtype, features=True)
        injector = ZeroConv.of(size=1)

        def step(key: Any) -> Chain:
            mix_key, network_key = jax.random.split(key)
            inject = []
            if seen:
                inject = [ConditionalElementwise.of(shape, INJECTOR, injector, context_shape=seen, key=None)]
            coupling = Coupling.of(shape, COUPLING, network, context_shape=seen, key=network_key)
            return Chain(ActNorm(shape), Conv1x1(shape[0], key=mix_key), *inject, coupling)

        return Repeat(step, n, key=key, remat=self.remat)

    def _prior(self, shape: Shape, key: Any) -> Distribution:
        """The density of what the steps make of the details, given the features."""
        size = shape[1:]
        if self.prior == "normal":
            seen = (self.features, *size)
            return Conditional.of(Normal(shape), ZeroConv.of(), context_shape=seen, key=None)
        first, second = jax.random.split(key)
        lstm = ConvLSTM.of(
            hidden=self.prior_width, layers=self.prior_layers, size=3, compute_dtype=self.compute_dtype
        )
        prior = AutoregressiveNormal.of(shape, lstm, context_shape=(EMBEDDING, *size), key=first)
        embedding = ConvStack(self.features, EMBEDDING, size=3, compute_dtype=self.compute_dtype, key=second)
        return Embedded(prior, embedding)

    def _noise(self, shape: Shape, width: int, bits: int, key: Any) -> Distribution | None:
        """q(u | details, features): uniform, or a flow from noise to [0, 1)."""
        if self.dequantization == "uniform":
            return None
        steps_key, encoder_key = jax.random.split(key)
        steps = self._steps(shape, self.dequantization_steps, width, self.features, steps_key)
        features = ImageEncoder(
            shape[0] + self.features,
            self.features,
            blocks=1,
            bounds=(0 if self.pyramid == "nearest" else 1 - 2**bits, 2**bits - 1),
            compute_dtype=self.compute_dtype,
            key=encoder_key,
        )
        return Embedded(Flow(Normal(shape), Inverse(Chain(steps, Sigmoid()))), features)

    def _smallest(self, shape: Shape, bits: int, key: Any) -> Flow:
        """The flow of the smallest image, whose windows become channels as far as its sides have a factor in
        common."""
        transforms = [dequantize(shape), Scale(0.5**bits), Shift(-0.5)]
        factor = next((f for f in range(2, min(shape[1:]) + 1) if not (shape[1] % f or shape[2] % f)), None)
        if factor is not None:
            transforms.append(Squeeze(factor))
            shape = transforms[-1].z_shape(shape)
        if shape[0] > 1:
            width = self.small_width or self.width
            transforms.append(self._steps(shape, self.num_steps, width, 0, key))
        transforms.append(ActNorm(shape))
        return Flow(Normal(shape, trainable=True, tied=(shape[0], 1, 1)), Chain(*transforms))

    @property
    def training(self) -> TrainConfig:
        """As the study trained: Adam, batches of 64, 50,000 steps of warm-up, mirrored images, for up to 3000
        epochs; at 0.001 for the largest and the smallest image, where it has 0.0001 for those between."""
        return TrainConfig(
            steps=None, epochs=3000, batch_size=64, learning_rate=1e-3, warmup_steps=50_000, flip=True
        )
