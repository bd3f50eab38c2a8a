"""The sets of images that have a name."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from surjax.data.form import ImageForm
from surjax.data.images import cifar10, digits, imagenet, mnist
from surjax.data.images.image_set import ImageSet


@dataclasses.dataclass(frozen=True)
class PublishedSet:
    """A set of images that has a name.

    Attributes:
        name: what it is called on the command line.
        form: the shape and bits of an image.
        train: how many images there are to train on, validation included.
        test: how many are in its own test part; 0 where it has none.
        read: gives both parts from the folder where sets lie.
    """

    name: str
    form: ImageForm
    train: int
    test: int
    read: Callable[[Path], tuple[ImageSet, ImageSet | None]]


IMAGE_SETS: dict[str, PublishedSet] = {
    published.name: published
    for published in (
        PublishedSet("cifar10", ImageForm(cifar10.SHAPE), 50_000, 10_000, cifar10.read_cifar10),
        PublishedSet("mnist", ImageForm(mnist.SHAPE), 60_000, 10_000, mnist.read_mnist),
        PublishedSet("imagenet32", ImageForm((3, 32, 32)), 1_281_167, 50_000, imagenet.read_imagenet32),
        PublishedSet("imagenet64", ImageForm((3, 64, 64)), 1_281_167, 50_000, imagenet.read_imagenet64),
        PublishedSet("digits-images", ImageForm(digits.SHAPE, digits.BITS), 1_797, 0, digits.read_digits),
    )
}
"""Each by its name on the command line."""
