"""The image flows of the SurVAE paper: MaxPoolFlow and its Baseline."""

from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax

from surjax.distributions import (
    Categorical,
    Conditional,
    Distribution,
    Embedded,
    HalfNormal,
    Joint,
    Normal,
    Parametric,
)
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, check_choices, require_halvings
from surjax.nn import DenseContext, DenseNet, Unsized, VectorContext, WithoutContext
from surjax.train.config import TrainConfig
from surjax.transforms import (
    ActNorm,
    Chain,
    Conv1x1,
    Coupling,
    Inverse,
    MaxPool,
    Repeat,
    Scale,
    Shift,
    Sigmoid,
    Slice,
    Squeeze,
    Transform,
    dequantize,
    univariate,
)
from surjax.typing import Shape

CHOICES = {
    "pooling": ("max", "slice"),
    "decoder": ("standard", "learned"),
    "dequantization": ("flow", "uniform"),
}
"""The settings that are names, and the names that there are."""

COUPLING = univariate.Affine("tanh_exp")
"""What a coupling does to a number: shift it and scale it by e⁻² to e²."""


@dataclass(frozen=True)
class PoolFlow(ImageModel):
    """Scales of 1×1 convolutions and couplings, with max-pooling between them: MaxPoolFlow; or with slices
    in its place, the paper's Baseline (Nielsen et al. 2020, section 4 and appendix).

    Max-pooling drops three quarters of the numbers under a half-normal, slicing under a normal. The
    settings are those for CIFAR-10 and ImageNet 32×32; the paper takes num_scales 3 and num_steps 8 for
    ImageNet 64×64.
    """

    conditional: ClassVar[bool] = True
    name: ClassVar[str] = "poolflow"
    summary: ClassVar[str] = "MaxPoolFlow and its Baseline, with max-pooling or slices (Nielsen et al. 2020)"

    pooling: str = "max"
    """What halves the image between two scales: max (MaxPoolFlow) or slice (the paper's Baseline)."""
    decoder: str = "standard"
    """The density of what that drops: standard, as in the paper, or learned, by a network of what is left."""
    num_scales: int = 2
    """How many scales; the first squeeze comes before them, so the image is halved as many times."""
    num_steps: int = 12
    """How many steps at each scale."""
    actnorm: bool = False
    """Begin each step, and end the flow, with ActNorm."""
    parametrization: str = "plain"
    """How the 1×1 convolutions' matrices are written: plain or lu."""
    dequantization: str = "flow"
    """flow (variational, by a conditional flow) or uniform."""
    dequantization_steps: int = 4
    """How many steps that flow has."""
    dequantization_context: int = 32
    """How many channels of features of the image each of them sees."""
    densenet_blocks: int = 1
    """Residual dense blocks in each coupling's network."""
    densenet_channels: int = 64
    """The channels between the blocks."""
    densenet_depth: int = 10
    """Dense layers in a block."""
    densenet_growth: int = 64
    """The channels that each of them adds."""
    gated: bool = True
    """End each block with a gated convolution."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""
    remat: bool = False
    """Recompute each step's activations in the backward pass, to save memory."""

    presets: ClassVar = {
        "tiny": Preset(
            {
                "num_steps": 2,
                "dequantization_steps": 2,
                "dequantization_context": 4,
                "densenet_channels": 8,
                "densenet_depth": 2,
                "densenet_growth": 4,
            },
            {"steps": 20, "epochs": None, "batch_size": 8, "warmup_steps": 5, "cooldown_epochs": None},
            A_FEW,
        ),
        "small": Preset(
            {
                "num_scales": 3,
                "num_steps": 5,
                "actnorm": True,
                "decoder": "learned",
                "parametrization": "lu",
                "dequantization": "uniform",
                "densenet_channels": 32,
                "densenet_depth": 3,
                "densenet_growth": 32,
            },
            {**TWO_CORES, "learning_rate": 3e-3, "loss_unit": "nats"},
        ),
    }

    def __post_init__(self) -> None:
        """Check the names."""
        super().__post_init__()
        check_choices(self, CHOICES)

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8, context_size: int = 0) -> Flow:
        """Dequantisation, onto [−½, ½], and the scales, over a normal with a learned one for each channel."""
        require_halvings(self, shape, self.num_scales)
        return eqx.filter_jit(self._build)(key, tuple(shape), bits, context_size)

    def _build(self, key: Any, shape: Shape, bits: int, context_size: int) -> Flow:
        label = (context_size,) if context_size else None
        noise_key, *keys = jax.random.split(key, 2 * self.num_scales)
        transforms: list[Transform] = [
            dequantize(shape, self._noise(shape, bits, noise_key, label is not None))
        ]
        transforms += [Scale(0.5**bits), Shift(-0.5), Squeeze()]
        shape = Squeeze().z_shape(shape)
        for scale in range(self.num_scales):
            transforms.append(self._steps(shape, self.num_steps, self.actnorm, label, keys[2 * scale]))
            if scale < self.num_scales - 1:
                pool = self._pool(shape, label, keys[2 * scale + 1])
                transforms.append(pool)
                shape = pool.z_shape(shape)
        if self.actnorm:
            transforms.append(ActNorm(shape, unbiased=True))
        return Flow(_base(shape), Chain(*transforms))

    def _noise(self, shape: Shape, bits: int, key: Any, given: bool = False) -> Distribution | None:
        """q(u | x): uniform, or a flow from squeezed noise to [0, 1), each step seeing features of x."""
        if self.dequantization == "uniform":
            return None
        steps_key, mix_key, context_key = jax.random.split(key, 3)
        squeezed = Squeeze().z_shape(shape)
        context = self.dequantization_context
        seen = (context, *squeezed[1:])
        generate = Chain(
            self._steps(squeezed, self.dequantization_steps, False, seen, steps_key),
            Conv1x1(squeezed[0], self.parametrization, key=mix_key),
            Inverse(Squeeze()),
            Sigmoid(),
        )
        features = DenseContext(
            shape[0],
            context,
            high=2**bits - 1,
            width=self.densenet_channels,
            gated=self.gated,
            compute_dtype=self.compute_dtype,
            key=context_key,
        )
        return Embedded(
            Flow(_base(squeezed), Inverse(generate)), WithoutContext(features) if given else features
        )

    def _steps(self, shape: Shape, n: int, actnorm: bool, seen: Shape | None, key: Any) -> Repeat:
        """n times a 1×1 convolution and a coupling of half the channels, given a context of shape `seen`."""
        network = self._network()
        network = VectorContext.of(network) if seen is not None and len(seen) == 1 else network

        def step(key: Any) -> Chain:
            mix_key, network_key = jax.random.split(key)
            parts = [ActNorm(shape, unbiased=True)] if actnorm else []
            mix = Conv1x1(shape[0], self.parametrization, key=mix_key)
            coupling = Coupling.of(shape, COUPLING, network, context_shape=seen, key=network_key)
            return Chain(*parts, mix, coupling)

        return Repeat(step, n, key=key, remat=self.remat)

    def _pool(self, shape: Shape, label: Shape | None, key: Any) -> Transform:
        """What halves height and width, keeping as many channels."""
        kept, (channels, height, width) = shape[0], Squeeze().z_shape(shape)
        left, rest = (kept, height, width), (channels - kept, height, width)
        place_key, key = jax.random.split(key)

        def given_left(family: Parametric, key: Any) -> Conditional:
            network, seen = self._network(), left
            if label is not None:
                network, seen = VectorContext.of(network), [left, label]
            return Conditional.of(family, network, context_shape=seen, key=key)

        learned = self.decoder == "learned"
        if self.pooling == "slice":
            prior = given_left(Normal(rest), key) if learned else None
            return Chain(Squeeze(), Slice((channels, height, width), kept, prior))
        if not learned:
            return MaxPool(shape)
        places = given_left(Categorical(left, 4), place_key)
        return MaxPool(shape, Joint(places, given_left(HalfNormal(rest), key)))

    def _network(self) -> Unsized:
        return DenseNet.of(
            num_blocks=self.densenet_blocks,
            width=self.densenet_channels,
            depth=self.densenet_depth,
            growth=self.densenet_growth,
            gated=self.gated,
            compute_dtype=self.compute_dtype,
        )

    @property
    def training(self) -> TrainConfig:
        """As the authors' code trains on CIFAR-10: 500 epochs with Adamax at a constant rate, but for one
        step an epoch, and 50 more at a small one; mirrored images, moved by up to a pixel.

        Their decay of 0.995 an epoch lasts for one step, as their warm-up sets the rate anew after every
        step: the published figures were trained at 0.001 and then at 2·10⁻⁵.
        """
        return TrainConfig(
            steps=None,
            epochs=550,
            batch_size=32,
            optimizer="adamax",
            learning_rate=1e-3,
            loss_unit="bits_per_dim",
            warmup_steps=5000,
            schedule="dip",
            decay_rate=0.995,
            decay_epochs=1,
            cooldown_epochs=50,
            cooldown_learning_rate=2e-5,
            flip=True,
            translate=1,
        )


def _base(shape: Shape) -> Normal:
    return Normal(shape, trainable=True, tied=(shape[0], 1, 1))
