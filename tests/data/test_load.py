import subprocess
import sys
from typing import Any

import jax
import numpy as np
import pytest

from surjax.data import BUNDLED, IMAGE_SETS, TOY, TOY_POINTS, Column, datasets, load, toy_table
from surjax.errors import ConfigError, DataError


def test_a_toy_density_comes_with_its_truth():
    table = load("checkerboard")
    assert table.values.shape == (TOY_POINTS, 2) == (128_000, 2)
    assert table.values.dtype == np.float32
    assert table.toy is TOY["checkerboard"]
    assert [column.kind for column in table.schema] == ["numeric", "numeric"]


def test_toy_points_are_fresh_for_each_name_part_and_seed():
    tables = [
        toy_table("two_moons", 50),
        toy_table("two_moons", 50, part="test"),
        toy_table("two_moons", 50, seed=1),
        toy_table("swissroll", 50),
    ]
    assert len({table.fingerprint for table in tables}) == 4
    assert load("two_moons", n=50).fingerprint == tables[0].fingerprint


def test_toy_points_under_a_models_schema():
    schema = (Column("a", "numeric"), Column("b", "numeric"))
    table = load("rings", n=10, schema=schema)
    assert table.schema == schema
    assert table.toy is TOY["rings"]
    with pytest.raises(DataError, match=r"has 2 columns but the model was trained on 1 \(a\)"):
        load("rings", n=10, schema=schema[:1])


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets(name):
    table = load(name)
    assert table.toy is None
    assert np.isfinite(table.values).all()
    assert len({column.name for column in table.schema}) == len(table.schema) == table.values.shape[1]
    assert "target" not in [column.name for column in table.schema]
    assert load(name, schema=table.schema).fingerprint == table.fingerprint


def test_kinds_of_bundled_sets():
    digits, diabetes = load("digits"), load("diabetes")
    assert {(c.kind, c.minimum, c.maximum) for c in digits.schema} == {("integer", 0, 16)}
    assert [c.name for c in diabetes.schema if c.kind == "categorical"] == ["sex"]
    chosen = load("diabetes", columns=["age", "sex"], kinds={"age": "integer", "sex": "integer"})
    assert [c.kind for c in chosen.schema] == ["integer", "integer"]
    target = load("digits", columns=["pixel_3_3", "target"]).schema[1]
    assert target.categories == tuple("0123456789")


def test_a_path(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n" + "".join(f"{i},{i / 2}\n" for i in range(20)))
    assert load(tmp_path / "a.csv").values.shape == (20, 2)
    few = load(str(tmp_path / "a.csv"), n=5, seed=1)
    assert few.values.shape == (5, 2)
    assert len(np.unique(few.values[:, 0])) == 5
    assert few.fingerprint != load(tmp_path / "a.csv", n=5, seed=2).fingerprint


def test_mistakes(tmp_path):
    with pytest.raises(DataError, match="no data set 'chekerboard': did you mean checkerboard"):
        load("chekerboard")
    with pytest.raises(DataError, match=r"no data set 'xyz'.*checkerboard, .*wine"):
        load("xyz")
    with pytest.raises(DataError, match="there is no file"):
        load(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="cifar10 holds images and not a table"):
        load("cifar10")
    with pytest.raises(DataError, match="178 rows, so 179 cannot be chosen"):
        load("wine", n=179)
    with pytest.raises(DataError, match="no column 'weight'"):
        load("wine", columns=["weight"])
    options: dict[str, Any]
    for options in ({"n": 0}, {"columns": ["x0"]}, {"array": "x"}, {"seed": -1}):
        with pytest.raises(ConfigError):
            load("rings", **options)
    with pytest.raises(ConfigError, match="array 'x'"):
        load("wine", array="x")


def test_the_list_of_data_sets():
    listed = {info.name: info for info in datasets()}
    ours = [*TOY, *BUNDLED, *IMAGE_SETS]
    assert list(listed)[: len(ours)] == ours  # and then those that others registered
    assert listed["breast_cancer"].rows == 569
    assert listed["breast_cancer"].columns == 30
    assert listed["breast_cancer"].entropy is None
    assert listed["checkerboard"].rows is None
    cifar10 = listed["cifar10"]
    assert (cifar10.kind, cifar10.rows, cifar10.test_rows) == ("images", 50_000, 10_000)
    assert (cifar10.shape, cifar10.columns, cifar10.entropy) == ((3, 32, 32), None, None)
    assert listed["checkerboard"].entropy == pytest.approx(np.log(32))


def test_importing_is_light():
    code = "import sys, surjax.data; print({'pandas', 'sklearn', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["corners", "two_moons", "pinwheel"])
def test_samples_do_not_depend_on_x64(name):
    plain = load(name, n=100).values
    with jax.enable_x64(True):
        np.testing.assert_allclose(load(name, n=100).values, plain, atol=1e-6)
