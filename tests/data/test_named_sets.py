import sys

import numpy as np
import pytest

from surjax.data import Table, TableForm, absolute_source, datasets, load, load_images, named, toy_table
from surjax.data.bundled import BUNDLED
from surjax.errors import ConfigError, DataError

PACKAGE = """
import dataclasses, numpy as np
from surjax.data import ImageForm, ImageSet, NamedSet, TOY, Table, TableForm

values = np.arange(12.0).reshape(6, 2)
points = NamedSet("points", TableForm, lambda **how: Table.from_array(values, "points", **how), "six points")
zeros = ImageSet("blank", np.zeros((3, 1, 4, 4), np.uint8))
sets = [
    NamedSet("blank", ImageForm, lambda folder: (zeros, None), rows=3, shape=(1, 4, 4)),
    NamedSet("moons-again", TableForm, density=TOY["two_moons"], shape=(2,)),
]
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package is installed that names data sets; what it has for entry points can be set."""
    name = f"package_of_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(PACKAGE)
    info = tmp_path / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(named, "_SETS", dict(named._SETS))
    monkeypatch.setattr(named, "_INSTALLED", [])

    def install(**entries):
        lines = [f"{entry} = {name}:{value}" for entry, value in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[surjax.datasets]", *lines]))

    install(points="points", others="sets")
    return install


def test_sets_of_an_installed_package_are_found_when_they_are_asked_for(installed):
    assert "points" not in named._SETS
    table = load("points", columns=["x1"])
    assert isinstance(table, Table)
    assert table.values.tolist() == [[1], [3], [5], [7], [9], [11]]
    assert load_images("blank")[0].values.shape == (3, 1, 4, 4)
    assert load("moons-again", n=50).truth is load("two_moons", n=2).truth
    assert len(toy_table("moons-again", 7, part="test")) == 7
    assert absolute_source("points") == "points"
    with pytest.raises(ConfigError, match="blank holds images and not a table: take a model of images"):
        load("blank")
    listed = {info.name: info for info in datasets()}
    assert (listed["points"].kind, listed["points"].summary) == ("table", "six points")
    assert (listed["blank"].kind, listed["blank"].shape) == ("images", (1, 4, 4))
    assert listed["moons-again"].kind == "toy"


def test_known_names_and_paths_read_no_entry_points(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(named, "entry_points", None)
    np.save(tmp_path / "a.npy", np.eye(2))
    assert len(load("wine")) == 178
    assert len(load(tmp_path / "a.npy")) == 2


def test_a_package_whose_sets_cannot_be_had_is_named(installed):
    installed(broken="nothing")
    with pytest.raises(DataError, match=r"data set 'broken' of the package package_of_.* cannot be loaded"):
        load("some-name")
    assert len(load("wine")) == 178


def test_the_sizes_that_are_told_are_those_of_the_tables():
    listed = {info.name: info for info in datasets()}
    for name in BUNDLED:
        table = load(name)
        assert (listed[name].rows, listed[name].columns) == table.values.shape
        assert table.form == TableForm(table.schema)
    assert all(info.summary for info in listed.values())
