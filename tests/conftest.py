"""What all tests share."""

import itertools
import math
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest

# Tests compile many small programs and run each for moments: compile them without optimisation.
# (XLA does not start when it is given a flag that it does not know: the last is one of 0.10.)
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    + " --xla_cpu_use_fusion_emitters=false" * version("jaxlib").startswith("0.10."),
)
sys.path.insert(0, str(Path(__file__).parent))

from jaxtyping import install_import_hook

# every annotation in a signature, shapes included, is checked on every call (an int will do for a float)
install_import_hook("surjax", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

TESTS = itertools.count(1)


def pytest_configure(config):
    """Let the processes of a session share what they compile, and keep it where compiled programs are let go.

    SURJAX_TEST_CACHE names a folder that is kept, for who runs a few tests again and again.
    """
    worker = hasattr(config, "workerinput")
    session = os.getppid() if worker else os.getpid()
    kept = os.environ.get("SURJAX_TEST_CACHE")
    folder = Path(kept or Path(tempfile.gettempdir()) / f"surjax-tests-{session}")
    os.environ["SURJAX_CACHE"] = str(folder)
    if not worker and not kept:
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(autouse=True)
def let_compiled_programs_go():
    """Each compiled program holds maps of memory, of which a process may have a limited number (65,530 by
    default on Linux): where there are no more, XLA crashes."""
    yield
    if next(TESTS) % 5 == 0 and maps_of_memory() > 52_000:  # each 10,000 take seconds to go
        import jax

        jax.clear_caches()


def maps_of_memory() -> float:
    """How many this process has; too many where the system does not tell."""
    try:
        with open("/proc/self/maps", "rb") as lines:
            return sum(1 for _ in lines)
    except OSError:
        return math.inf


@pytest.fixture(scope="module")
def tiny_models():
    """The models of tests/tiny_image_model.py, known by their names."""
    from surjax.models import MODELS
    from tiny_image_model import TinyImageModel, TinyStagedModel

    with pytest.MonkeyPatch.context() as patch:
        for model in (TinyImageModel, TinyStagedModel):
            patch.setitem(MODELS, model.name, model)
        yield


def pytest_collection_finish():
    """What has been imported stays: the garbage collector need not look at it again."""
    import gc

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
