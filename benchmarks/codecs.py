"""How many bits/dim lossless codecs take for CIFAR-10's test images:

    .venv-bench/bin/python benchmarks/codecs.py DATA_DIR

Each image is a file of its own, headers included, written by Pillow at the codec's greatest effort. The
figures are what a model of images is held against: its bits/dim are those of a code, too.
"""

import argparse
import io
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pillow_jxl  # noqa: F401  (teaches Pillow JPEG XL)
from PIL import Image

CODECS = {
    "PNG": {"format": "PNG", "optimize": True},
    "WebP": {"format": "WEBP", "lossless": True, "quality": 100, "method": 6},
    "JPEG XL": {"format": "JXL", "lossless": True, "effort": 9},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path, help="the folder that holds cifar-10-batches-bin")
    args = parser.parse_args()
    records = np.fromfile(args.data_dir / "cifar-10-batches-bin" / "test_batch.bin", np.uint8)
    pixels = records.reshape(-1, 1 + 3 * 32 * 32)[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    images = [Image.fromarray(image) for image in pixels]
    versions = ", ".join(f"{package} {version(package)}" for package in ("pillow", "pillow-jxl-plugin"))
    print(f"{len(images):,} images; {versions}")
    for name, settings in CODECS.items():
        size = sum(encoded_bytes(image, settings) for image in images)
        print(f"{name:<8} {8 * size / pixels.size:.3f} bits/dim")


def encoded_bytes(image: Image.Image, settings: dict) -> int:
    """How long the file of an image is."""
    buffer = io.BytesIO()
    image.save(buffer, **settings)
    return buffer.tell()


if __name__ == "__main__":
    main()
