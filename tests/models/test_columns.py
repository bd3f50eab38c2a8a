"""Columns made continuous: what a model says of numbers with steps, atoms and bounds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import Column
from surjax.models.columns import made_continuous, part_of, standardized
from surjax.transforms import Chain

COUNT = Column("n", "integer", minimum=0, maximum=9)
PRICE = Column("price", "numeric", step=0.25, scale=2.0)
RAIN = Column("rain", "numeric", atoms=(0.0, 3.0), low=0.0, scale=2.0)
SHARE = Column("share", "numeric", low=0.0, high=1.0, shift=0.5, scale=0.2)
GRADE = Column("grade", "numeric", step=0.5, shift=0.5, scale=0.25, low=0.0, high=1.0)
DAYS = Column("days", "integer", minimum=0, maximum=99, scale=10.0, atoms=(0.0,), low=0.0)


def flow_of(column):
    """A model of the column's values in their own units."""
    part, standardize = part_of(column), standardized((column,))
    whole = part if standardize is None else Chain(standardize, part)
    return sx.Flow(sx.Normal(part.z_shape((1,))), whole)


def probability(column, values, draws=3000):
    """p of each value, whose estimates are unbiased."""
    flow = flow_of(column)
    x = np.asarray(values, np.float64)[:, None]
    many = np.broadcast_to(x, (draws, *x.shape))
    return np.exp(np.asarray(flow.log_prob(many, jax.random.key(0)), float)).mean(0)


def test_a_schema_of_densities_alone_needs_no_transform():
    assert made_continuous((Column("a", "numeric"), Column("b", "numeric", shift=1.0, scale=2.0))) == (
        2,
        None,
    )
    assert isinstance(part_of(Column("a", "numeric", decimals=2)), Chain)
    assert part_of(COUNT).z_shape((1,)) == (1,)


@pytest.mark.parametrize(
    ("column", "values"), [(PRICE, np.arange(-40, 41) * 0.25), (GRADE, [0.0, 0.5, 1.0]), (DAYS, range(80))]
)
def test_numbers_with_steps_have_probabilities_that_add_up(column, values):
    assert probability(column, values, 16_000).sum() == pytest.approx(1, abs=0.03)


def test_atoms_and_the_density_of_the_rest_add_up():
    atoms = probability(RAIN, RAIN.atoms, 100_000)
    grid = (np.arange(300) + 0.5) * 0.1
    density = probability(RAIN, grid, 1000)
    assert atoms.sum() + density.sum() * 0.1 == pytest.approx(1, abs=0.03)
    assert atoms.sum() == pytest.approx(2 / 3, abs=0.03)


def test_samples_lie_on_the_lattice_at_the_atoms_and_within_the_bounds():
    for column in (PRICE, RAIN, SHARE, GRADE, DAYS):
        flow = flow_of(column)
        z = 8 * jax.random.normal(jax.random.key(0), (500, *flow.base.shape))
        x = np.asarray(flow.decode(z), np.float64)[:, 0]
        assert x.min() >= (-np.inf if column.low is None else column.low)
        assert x.max() <= (np.inf if column.high is None else column.high)
        if column.lattice is not None:
            assert column.lattice.holds(x, 1e-7).all()
        if column.atoms:
            assert np.isin(np.float32(column.atoms), x.astype(np.float32)).all()
        assert np.isfinite(flow.log_prob(x[:, None], jax.random.key(1))).all()


def test_outside_of_the_bounds_there_is_nothing():
    flow = flow_of(SHARE)
    ends = np.array([0.0, 1.0, -1e-4, 1.0001])[:, None]
    assert np.isfinite(flow.log_prob(ends)).tolist() == [True, True, False, False]
    assert np.isneginf(flow.log_prob(ends)[2:]).all()


def test_the_noise_at_atoms_starts_where_the_rest_lies():
    rest = 5 + 0.5 * jax.random.normal(jax.random.key(0), (400, 1))
    xs = jnp.where(jnp.arange(400)[:, None] % 2 == 0, 0.0, rest)
    part, zs = sx.Atoms((0.0,)).initialize(xs, jax.random.key(1))
    assert float(part.noise.loc[0]) == pytest.approx(5, abs=0.1)
    assert float(jnp.exp(part.noise.log_scale[0])) == pytest.approx(0.5, rel=0.15)
    assert zs.shape == (400, 3)
    assert float(zs[::2, 2].mean()) == pytest.approx(5, abs=0.2)
    only, _ = sx.Atoms((0.0,)).initialize(0 * xs, jax.random.key(1))
    assert float(only.noise.loc[0]) == 0
