"""The sets of images that have a name."""

from surjax.data.image_form import ImageForm
from surjax.data.images import cifar10, digits, imagenet, mnist
from surjax.data.named import NamedSet

IMAGE_SETS: dict[str, NamedSet] = {
    published.name: published
    for published in (
        NamedSet(
            "cifar10",
            ImageForm,
            cifar10.read_cifar10,
            "photographs of ten kinds of things",
            50_000,
            10_000,
            cifar10.SHAPE,
        ),
        NamedSet("mnist", ImageForm, mnist.read_mnist, "handwritten digits", 60_000, 10_000, mnist.SHAPE),
        NamedSet(
            "imagenet32",
            ImageForm,
            imagenet.read_imagenet32,
            "photographs of a thousand kinds of things",
            1_281_167,
            50_000,
            (3, 32, 32),
        ),
        NamedSet(
            "imagenet64",
            ImageForm,
            imagenet.read_imagenet64,
            "the same, larger",
            1_281_167,
            50_000,
            (3, 64, 64),
        ),
        NamedSet(
            "digits-images",
            ImageForm,
            digits.read_digits,
            "handwritten digits, small",
            1_797,
            None,
            digits.SHAPE,
        ),
    )
}
"""Each by its name on the command line."""
