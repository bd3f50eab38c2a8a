"""How near samples are to images, in the features of the Inception network: by torch-fidelity."""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from surjax.errors import ConfigError, DataError, RunError, SurjaxError
from surjax.interop.inception import NAME, copy_tensors

SPLITS = 10
"""Into how many parts the samples are divided for the Inception score, as in its paper."""
_BATCH = 64
"""How many images go through the network at once; each takes about 20 MB."""


@dataclasses.dataclass(frozen=True)
class InceptionMetrics:
    """The Fréchet Inception distance and the Inception score, of n samples against n images.

    Attributes:
        fid: |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of the means and covariances of 2048 features (Heusel et
            al. 2017, equation 6); 0 at best. It is biased upwards, the more the smaller n is.
        inception_score: exp E KL(p(y|x) ‖ p(y)) of the network's 1008 classes (Salimans et al. 2016), of
            the samples alone: the mean over ten parts of them.
        inception_score_std: the standard deviation over the ten.
        n: how many samples, and as many images.
    """

    fid: float
    inception_score: float
    inception_score_std: float
    n: int


def torch_fidelity() -> Any:
    """The package torch_fidelity, or ConfigError where it is not installed or does not work."""
    try:
        import torch_fidelity  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ConfigError(
            "FID and the Inception score need the package torch-fidelity, which is not installed: "
            "`pip install 'surjax[fid]'`."
        ) from error
    except RuntimeError as error:  # torchvision, of another build than torch
        raise ConfigError(
            f"the package torch-fidelity does not work ({str(error).splitlines()[0]}): install versions of "
            "torch and torchvision that belong together."
        ) from error
    return torch_fidelity


def inception_metrics(
    samples: np.ndarray,
    images: np.ndarray,
    weights: Path,
    on_progress: Callable[[int, int], None] | None = None,
) -> InceptionMetrics:
    """Compare samples with images, on a GPU where PyTorch sees one.

    Args:
        samples: uint8 (n, C, H, W) from 0 to 255, C 1 or 3; grey is given to the network as three channels.
        images: of the same shape.
        weights: the network's (see `surjax.interop.inception`).
        on_progress: called with how many images have gone through the network, and how many there are.

    Raises:
        ConfigError: torch-fidelity is not installed.
        DataError: there are fewer than ten images, which is the number of the Inception score's parts.
        RunError: the file of the weights holds others, or anything but weights.
        SurjaxError: the memory of the GPU ran out.
    """
    library = torch_fidelity()
    if len(samples) < SPLITS:
        raise DataError(f"there are {len(samples)} images and the Inception score takes {SPLITS} or more.")
    import torch  # pyright: ignore[reportMissingImports]

    total, done = 2 * len(samples), 0

    class Images(torch.utils.data.Dataset):
        def __init__(self, array: np.ndarray):
            self.array = array

        def __len__(self) -> int:
            return len(self.array)

        def __getitem__(self, i: int) -> Any:
            nonlocal done
            done = min(done + 1, total)  # the library looks at a first one more
            if on_progress is not None and (done % _BATCH == 0 or done == total):
                on_progress(done, total)
            image = np.array(self.array[i])
            return torch.from_numpy(image.repeat(3 // len(image), axis=0))

    with tempfile.TemporaryDirectory() as folder:
        # The library unpickles all that the file holds, code included, so it is given a copy of the
        # tensors, which were read as tensors alone.
        copy = Path(folder) / "weights.pth"
        copy_tensors(weights, copy)
        try:
            told = library.calculate_metrics(
                input1=Images(samples),
                input2=Images(images),
                isc=True,
                fid=True,
                isc_splits=SPLITS,
                feature_extractor="inception-v3-compat",
                feature_extractor_weights_path=str(copy),
                batch_size=_BATCH,
                cuda=torch.cuda.is_available(),
                save_cpu_ram=True,  # no processes of its own: the images are in memory
                cache=False,
                verbose=False,
            )
        except torch.cuda.OutOfMemoryError as error:
            raise SurjaxError(
                "the memory of the GPU ran out in the Inception network: set "
                "XLA_PYTHON_CLIENT_PREALLOCATE=false, so that JAX leaves it more."
            ) from error
        except RuntimeError as error:
            if "loading state_dict" not in str(error):
                raise
            raise RunError(f"{weights} holds the weights of another network: give {NAME}.") from error
    return InceptionMetrics(
        fid=told[library.KEY_METRIC_FID],
        inception_score=told[library.KEY_METRIC_ISC_MEAN],
        inception_score_std=told[library.KEY_METRIC_ISC_STD],
        n=len(samples),
    )
