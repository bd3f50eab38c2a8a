"""The hierarchical variational autoencoder of images."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Conditional, Normal
from surjax.errors import ConfigError
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, require_halvings
from surjax.models.vae import pixels
from surjax.nn import ConvDecoder, ConvEncoder
from surjax.train.config import TrainConfig
from surjax.transforms import VAE, Chain
from surjax.typing import Shape


@dataclass(frozen=True)
class HierarchicalVAE(ImageModel):
    """Several stochastic layers, each a VAE of the one below (Rezende et al. 2014; Burda et al. 2016, IWAE).

        p(x) ≥ E [log p(z_L) + Σₗ log p(zₗ₋₁ | zₗ) − log q(zₗ | zₗ₋₁)],   z₀ = x

    The bound is a `Chain` of `VAE`s and so a sum of their contributions. Layers and networks are
    convolutional, as those of `ConvVAE`; the papers' are fully connected, for images of two values.
    """

    name: ClassVar[str] = "hvae"
    summary: ClassVar[str] = "variational autoencoder of several stochastic layers (Rezende et al. 2014)"

    latent_channels: tuple[int, ...] = (16, 32)
    """The channels of each layer's latent, from the one next to the image up."""
    halvings: tuple[int, ...] = (2, 1)
    """How often height and width are halved up to each layer."""
    width: int = 256
    """The hidden channels of encoders and decoders."""
    num_blocks: int = 2
    """How many residual blocks each of them has."""
    components: int = 10
    """How many logistics the mixture of each pixel has."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""

    presets: ClassVar = {
        "tiny": Preset(
            {"latent_channels": (2, 3), "width": 4, "num_blocks": 1, "components": 2},
            {"steps": 20, "batch_size": 8},
            A_FEW,
        ),
        "small": Preset({"latent_channels": (8, 16), "width": 32, "components": 5}, {**TWO_CORES}),
    }

    def __post_init__(self) -> None:
        """Check that the layers are described alike."""
        super().__post_init__()
        if len(self.latent_channels) != len(self.halvings) or not self.halvings or min(self.halvings) < 1:
            raise ConfigError(
                f"hvae was given latent_channels {self.latent_channels} and halvings {self.halvings}: give "
                "each layer its channels and one halving or more."
            )

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> Flow:
        """A VAE a layer, over N(0, I)."""
        require_halvings(self, shape, sum(self.halvings))
        keys = jax.random.split(key, (len(self.halvings), 2))
        layers, below = [], shape
        for channels, halvings, (first, second) in zip(
            self.latent_channels, self.halvings, keys, strict=True
        ):
            image = below is shape
            family = pixels(shape, bits, self.components) if image else Normal(below)
            latent = (channels, *(n // 2**halvings for n in below[1:]))
            settings = {"width": self.width, "blocks": self.num_blocks, "compute_dtype": self.compute_dtype}
            encoder = ConvEncoder.of(high=2**bits - 1 if image else None, **settings)
            decoder = ConvDecoder.of(**settings)
            layers.append(
                VAE(
                    Conditional.of(Normal(latent), encoder, context_shape=below, key=first),
                    Conditional.of(family, decoder, context_shape=latent, key=second),
                )
            )
            below = latent
        return Flow(Normal(below), Chain(*layers))

    @property
    def training(self) -> TrainConfig:
        """As `ConvVAE` is trained."""
        return TrainConfig(steps=250_000, batch_size=128, learning_rate=2e-4)
