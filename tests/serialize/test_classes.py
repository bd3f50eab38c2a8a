"""Which classes a model folder may name."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import surjax as sx
from surjax.errors import ConfigError, RunError, SurjaxError
from surjax.serialize import classes as known
from surjax.serialize.classes import name_of, public_classes, register_class


class Doubling(sx.Bijection):
    """z = 2x."""

    scale: jax.Array

    def __init__(self):
        self.scale = jnp.asarray(2.0)

    fixed_shape = (2,)

    def forward_and_log_det(self, x, context=None):
        return self.scale * x, 2 * jnp.log(self.scale)

    def inverse_and_log_det(self, z, context=None):
        return z / self.scale, 2 * jnp.log(self.scale)


@pytest.fixture
def folder(tmp_path):
    sx.Flow(sx.Normal((2,)), Doubling()).save(tmp_path / "model")
    return tmp_path / "model"


def test_a_class_of_ones_own_is_loaded_where_it_is_given(folder):
    with pytest.raises(RunError, match=r"transform is a test_classes.Doubling, which is not known here"):
        sx.load(folder)
    loaded = sx.load(folder, classes=[Doubling])
    assert loaded.transform.scale == 2
    assert jnp.allclose(
        loaded.log_prob(jnp.ones(2)), sx.Normal((2,)).log_prob(2 * jnp.ones(2)) + 2 * jnp.log(2)
    )


def test_a_class_that_moved_to_another_package_is_loaded_where_it_is_given(folder):
    moved = type("Doubling", (Doubling,), {"__module__": "elsewhere.parts"})
    assert type(sx.load(folder, classes=[moved]).transform) is moved


def test_a_class_that_was_registered_is_known(folder, monkeypatch):
    monkeypatch.setattr(known, "_REGISTERED", {})
    register_class(Doubling)
    assert type(sx.load(folder).transform) is Doubling


def test_a_class_of_a_script_is_known_by_the_module_that_it_is_in(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "_REGISTERED", {})
    in_script = type("Doubling", (Doubling,), {"__module__": "__main__"})
    sx.save(in_script(), tmp_path / "model")
    with pytest.raises(RunError, match=r"model is a __main__.Doubling, which is not known here"):
        sx.load(tmp_path / "model")
    register_class(Doubling)
    assert type(sx.load(tmp_path / "model")) is Doubling


def test_classes_that_cannot_be(monkeypatch):
    monkeypatch.setattr(known, "_REGISTERED", {})
    other = type("Doubling", (Doubling,), {"__module__": "test_classes.parts"})
    register_class(Doubling)
    with pytest.raises(ConfigError, match=r"two classes go by the name test_classes.Doubling"):
        register_class(other)
    with pytest.raises(ConfigError, match="is no class of modules"):
        register_class(int)
    with pytest.raises(ConfigError, match="classes holds two classes of the name Doubling"):
        sx.load("nowhere", classes=[Doubling, other])
    with pytest.raises(ConfigError, match=r"classes holds <class 'int'>, which is no class of modules"):
        sx.load("nowhere", classes=[int])


def test_two_classes_of_one_name_cannot_be_saved_together(tmp_path):
    other = type("Doubling", (Doubling,), {"__module__": "test_classes.parts"})
    with pytest.raises(SurjaxError, match=r"both go by the name test_classes.Doubling"):
        sx.save(sx.Chain(Doubling(), other()), tmp_path / "model")


def test_every_public_class_has_one_name():
    assert len(set(public_classes().values())) == len(public_classes())
    assert all(name_of(cls) == name for name, cls in public_classes().items())


def test_a_class_of_surjax_that_is_not_public_has_no_name():
    hidden = type("Hidden", (eqx.Module,), {"__module__": "surjax.nn.hidden"})
    with pytest.raises(SurjaxError, match="Hidden is no public class of surjax"):
        name_of(hidden)
