import jax
import pytest

from surjax.errors import SurjaxError
from surjax.memory import out_of_memory


def test_running_out_is_a_mistake_that_can_be_mended():
    for error in (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory"), MemoryError()):
        with pytest.raises(SurjaxError, match="the memory ran out: take less"), out_of_memory("take less."):
            raise error


def test_other_errors_stay():
    with pytest.raises(jax.errors.JaxRuntimeError), out_of_memory("take less."):
        raise jax.errors.JaxRuntimeError("INTERNAL: a bug")
