"""The variational autoencoder of images."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from surjax.distributions import Conditional, DiscretizedLogistic, Mixture, Normal
from surjax.flow import Flow
from surjax.models.base import A_FEW, TWO_CORES, ImageModel, Preset, require_halvings
from surjax.nn import ConvDecoder, ConvEncoder
from surjax.train.config import TrainConfig
from surjax.transforms import VAE
from surjax.typing import Shape


def pixels(shape: Shape, bits: int, components: int) -> Mixture:
    """For each number of an image, a mixture of logistics rounded to the values that it can take."""
    return Mixture([DiscretizedLogistic(shape, 2**bits)] * components)


@dataclass(frozen=True)
class ConvVAE(ImageModel):
    """A VAE with convolutional networks (Kingma and Welling 2014; Rezende et al. 2014).

    The networks and the size of the latent are those of the VAE that van den Oord et al. (2017, VQ-VAE,
    section 4.1) compare with on CIFAR-10. The decoder is a distribution of whole numbers, so the bound is
    one of the images' probability itself, with no dequantisation.
    """

    name: ClassVar[str] = "vae"
    summary: ClassVar[str] = "convolutional variational autoencoder (Kingma and Welling 2014)"

    latent_channels: int = 10
    """The channels of the latent image."""
    halvings: int = 2
    """How often height and width are halved from the image to the latent."""
    width: int = 256
    """The hidden channels of encoder and decoder."""
    num_blocks: int = 2
    """How many residual blocks each of them has."""
    components: int = 10
    """How many logistics the mixture of each pixel has."""
    compute_dtype: str = "float32"
    """In which numbers the networks compute: float32 or bfloat16."""

    presets: ClassVar = {
        "tiny": Preset(
            {"latent_channels": 2, "width": 4, "num_blocks": 1, "components": 2},
            {"steps": 20, "batch_size": 8},
            A_FEW,
        ),
        "small": Preset({"width": 32, "components": 5}, {**TWO_CORES}),
    }

    def build(self, key: Any, shape: Shape = (3, 32, 32), bits: int = 8) -> Flow:
        """Encoder and decoder, over N(0, I)."""
        require_halvings(self, shape, self.halvings)
        first, second = jax.random.split(key)
        latent = (self.latent_channels, *(n // 2**self.halvings for n in shape[1:]))
        mixture = pixels(shape, bits, self.components)
        settings = {"width": self.width, "blocks": self.num_blocks, "compute_dtype": self.compute_dtype}
        encoder, decoder = ConvEncoder.of(high=2**bits - 1, **settings), ConvDecoder.of(**settings)
        vae = VAE(
            Conditional.of(Normal(latent), encoder, context_shape=shape, key=first),
            Conditional.of(mixture, decoder, context_shape=latent, key=second),
        )
        return Flow(Normal(latent), vae)

    @property
    def training(self) -> TrainConfig:
        """Adam for 250,000 steps in batches of 128."""
        return TrainConfig(steps=250_000, batch_size=128, learning_rate=2e-4)
