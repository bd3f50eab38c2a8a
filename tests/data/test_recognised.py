"""What is recognised in numbers: what they were rounded to, and values with a probability of their own."""

import numpy as np
import pandas as pd
import pytest

from surjax.data import Column, Table, TableForm, read_table, to_frame, write_table
from surjax.data.atoms import find_atoms_and_lattice
from surjax.data.lattice import Lattice, coarsest_lattice, find_lattice
from surjax.errors import DataError

R = np.random.default_rng(0)
N = 2000
ZERO = R.uniform(size=N) < 0.6
NORMAL = R.normal(size=N)


@pytest.mark.parametrize(
    ("values", "step", "anchor"),
    [
        (NORMAL.round(1), 0.1, 0.0),
        (NORMAL.round(3), 0.001, 0.0),
        (R.lognormal(3, 1, N).round(2), 0.01, 0.0),
        ((NORMAL * 2).round() / 2, 0.5, 0.0),
        ((NORMAL * 4).round() / 4, 0.25, 0.0),
        (5 * (NORMAL * 9).round(), 5.0, 0.0),
        (10 * (NORMAL * 9).round(), 10.0, 0.0),
        (0.3 + 0.5 * R.integers(0, 31, 300), 0.5, 0.3),
        (1.6e9 + (NORMAL * 300).round(), 1.0, 0.0),
        (R.integers(0, 2, 100).astype(float), 1.0, 0.0),
        (np.where(R.uniform(size=500) < 0.97, 0, 1.2345), 1.2345, 0.0),  # two values alone
        (R.standard_cauchy(N).round(1), 0.1, 0.0),
        (np.append(NORMAL.round(2), [1e8] * 4), 0.01, 0.0),
        (np.where(ZERO, 0, R.poisson(3, N)).astype(float), 1.0, 0.0),  # coarse: no atom, and no spike
    ],
)
def test_rounded_numbers_have_their_step_and_no_atoms(values, step, anchor):
    atoms, lattice = find_atoms_and_lattice(values)
    assert atoms == ()
    assert lattice is not None
    assert lattice.step == step
    assert lattice.holds(np.array([anchor])).all()


@pytest.mark.parametrize(
    "values",
    [
        NORMAL,
        NORMAL.round(5),  # nothing repeats
        np.repeat(NORMAL[:5], 40),
        np.repeat(NORMAL[:500], 2),
        R.choice(NORMAL[:200], 400),
        np.where(R.uniform(size=N) < 0.99, NORMAL.round(1), NORMAL.round(6)),  # most have fewer decimals
        np.log(R.integers(50, 200, N)).round(4),  # logarithms of whole numbers
        np.append(NORMAL, [1e8] * 4),
        1e-30 * NORMAL,
        NORMAL.round(1)[:19],  # too few rows
    ],
)
def test_other_numbers_have_neither(values):
    assert find_atoms_and_lattice(values) == ((), None)


@pytest.mark.parametrize(
    ("values", "atoms", "step"),
    [
        (np.where(ZERO, 0, R.exponential(size=N)), (0.0,), None),
        (np.where(ZERO, 0, R.exponential(8, N)).round(1), (0.0,), 0.1),
        (np.where(ZERO, 0, R.lognormal(6, 1, N)).round(2), (0.0,), None),
        (np.minimum(90 + 10 * NORMAL, 100), (100.0,), None),
        (np.clip(0.5 + 0.5 * NORMAL, 0, 1), (0.0, 1.0), None),
        (np.where(R.uniform(size=N) < 0.03, -999, NORMAL), (-999.0,), None),
        (np.where(R.uniform(size=N) < 0.99, 0, NORMAL), (0.0,), None),
        (np.append(np.zeros(12), NORMAL[:8]), (0.0,), None),
        (np.append(NORMAL, [1e300] * 30), (1e300,), None),
    ],
)
def test_single_values_are_atoms(values, atoms, step):
    found, lattice = find_atoms_and_lattice(values)
    assert found == atoms
    assert (lattice and lattice.step) == step


def test_numbers_of_single_precision_lie_on_the_lattice_of_their_decimals():
    values = NORMAL.round(2).astype(np.float32).astype(float)
    lattice = find_lattice(values, float(np.finfo(np.float32).eps))
    assert lattice == (0.01, 0.0)
    assert lattice.nearest(values).tolist() == (NORMAL.round(2) + 0.0).tolist()
    assert find_lattice(values) is None  # as double precision they have other digits
    assert coarsest_lattice(np.array([1e12 + 0.5, 1e12])) == (0.5, 0.0)


def test_columns_are_described_by_what_is_recognised_and_declared_ones_are_not():
    frame = pd.DataFrame(
        {
            "rain": np.where(ZERO, 0, R.exponential(size=N)),
            "price": R.lognormal(1, 0.3, N).round(2),
            "spent": np.where(ZERO, 0, R.poisson(3000, N)),
            "place": (51 + NORMAL / 100).round(6),
            "plain": NORMAL,
        }
    )
    rain, price, spent, place, plain = Table.from_frame(frame).schema
    assert (rain.step, rain.atoms, rain.low, rain.high) == (None, (0.0,), 0.0, None)
    assert rain.shift == 0
    assert (price.step, price.atoms, price.low) == (0.01, (), None)
    assert price.shift == round(float(np.median(frame["price"])), 2)  # on the lattice
    assert (spent.kind, spent.atoms, spent.low) == ("integer", (0.0,), 0.0)
    assert (place.decimals, plain.decimals) == (6, None)
    declared = Table.from_frame(
        frame, kinds=dict.fromkeys(("rain", "price"), "numeric") | {"spent": "integer"}
    )
    assert [(column.step, column.atoms, column.low) for column in declared.schema[:3]] == [
        (None, (), None)
    ] * 3
    assert Column.from_json(rain.to_json()) == rain


SCHEMA = (
    Column("rain", "numeric", atoms=(0.0, 7.3), low=0.0),
    Column("price", "numeric", step=0.1),
    Column("dose", "numeric", shift=0.3, step=0.5, atoms=(-9.25,)),
    Column("place", "numeric", decimals=2),
)
VALUES = np.array(
    [[-1e-3, 0.30000000000000004, 0.81, 1.006], [7.3000002, 12.34, -9.25, 2.0], [7.31, 0, 5.1, 0]]
)


def test_what_is_written_lies_on_the_lattice_at_the_atoms_and_in_the_bounds(tmp_path):
    written = to_frame(VALUES.astype(np.float32), SCHEMA)
    assert written["rain"].tolist() == [0.0, 7.3, np.float32(7.31)]
    assert written["price"].tolist() == [0.3, 12.3, 0.0]
    assert written["dose"].tolist() == [0.8, -9.25, 5.3]
    assert written["place"].tolist() == [1.01, 2.0, 0.0]
    write_table(tmp_path / "x.csv", VALUES, SCHEMA)
    assert (tmp_path / "x.csv").read_text().splitlines()[1] == "0.0,0.3,0.8,1.01"
    again = read_table(tmp_path / "x.csv", schema=SCHEMA, dtype=np.float64)
    assert again.values[:, 1:3].tolist() == written[["price", "dose"]].to_numpy().tolist()


def test_a_value_between_the_steps_is_refused():
    with pytest.raises(DataError, match=r"'price' of x has 0\.15 in row 2, .* 0\.1 apart: round it"):
        Table.from_frame(pd.DataFrame({"price": [0.1, 0.15]}), "x", schema=SCHEMA[1:2])


def test_a_form_knows_what_has_a_density():
    form = TableForm(SCHEMA)
    assert (form.discrete, form.mixed, form.cell) == (False, True, 0.05)
    assert form.continuous(VALUES.astype(np.float32)).tolist() == [2, 1, 2]
    assert form.measure == (
        "a density of 2 of its 4 numbers, a probability of the others, and a probability of those at an atom"
    )
    assert TableForm(SCHEMA[1:3]).discrete
    assert TableForm(SCHEMA[1:3]).measure == "a probability"
    assert TableForm(SCHEMA[3:]).measure == "a density"
    assert [sentence.partition(" have")[0] for sentence in form.remarks[:2]] == [
        "single values of 'rain' (0, 7.3)",
        "single values of 'dose' (-9.25)",
    ]
    assert "'price' (0.1), 'dose' (0.5)" in form.remarks[2]
    assert TableForm.plain(2).remarks == []


@pytest.mark.parametrize(
    "wrong", [{"step": 0.0}, {"atoms": (1.0, 0.0)}, {"low": 1.0, "high": 1.0}, {"decimals": -1}]
)
def test_columns_that_fit_no_numbers_are_refused(wrong):
    with pytest.raises(DataError, match="described wrongly"):
        Column("x", "numeric", **wrong)


def test_a_lattice_rounds_to_the_numbers_that_are_read():
    assert Lattice(0.1, 0.0).nearest(np.array([0.1 + 0.2, -0.04])).tolist() == [0.3, 0.0]
    assert Lattice(0.5, 0.3).nearest(np.array([1.0, 1.1])).tolist() == [0.8, 1.3]
