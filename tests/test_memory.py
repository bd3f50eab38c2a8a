import weakref

import jax
import psutil
import pytest

from surjax.errors import SurjaxError
from surjax.memory import available_memory, out_of_memory


def test_running_out_is_a_mistake_that_can_be_mended():
    for error in (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory"), MemoryError()):
        with pytest.raises(SurjaxError, match="the memory ran out: take less"), out_of_memory("take less."):
            raise error


def test_other_errors_stay():
    with pytest.raises(jax.errors.JaxRuntimeError), out_of_memory("take less."):
        raise jax.errors.JaxRuntimeError("INTERNAL: a bug")


def test_advice_is_worked_out_when_it_is_needed_and_the_arrays_are_let_go():
    class Held:
        pass

    kept = []

    def fail():
        held = Held()
        kept.append(weakref.ref(held))
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    with pytest.raises(SurjaxError, match="ran out: held None"), out_of_memory(lambda: f"held {kept[0]()}"):
        fail()


def test_the_memory_is_the_machines_or_the_containers(monkeypatch, tmp_path):
    whole = available_memory()
    assert 0 < whole <= psutil.virtual_memory().total
    monkeypatch.setattr("surjax.memory._CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    assert available_memory() > 1e6
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("600000\n")
    (tmp_path / "memory.stat").write_text("anon 400000\ninactive_file 100000\n")
    assert available_memory() == 500_000
