"""Images: published sets, folders and arrays of them, as `ImageSet`."""

from surjax.data.image_form import ImageForm
from surjax.data.images.arrays import read_arrays
from surjax.data.images.config import ImageConfig
from surjax.data.images.folder import read_folder
from surjax.data.images.image_set import ImageSet
from surjax.data.images.load import load_images
from surjax.data.images.places import default_data_dir
from surjax.data.images.published import IMAGE_SETS

__all__ = [
    "IMAGE_SETS",
    "ImageConfig",
    "ImageForm",
    "ImageSet",
    "default_data_dir",
    "load_images",
    "read_arrays",
    "read_folder",
]
