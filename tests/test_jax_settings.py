import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.data import Table
from surjax.models import find, for_table

RNG = np.random.default_rng(0)
TABLE = Table.from_array(np.c_[RNG.normal(size=40), np.arange(40) % 7], "some", kinds={"x1": "integer"})


SMALL = {
    "maf": {"num_layers": 1, "hidden": (4,)},
    "nsf": {"num_steps": 1, "width": 4, "num_bins": 2},
}


@pytest.mark.parametrize(
    ("model", "setting", "value"),
    [
        ("maf", "jax_debug_nans", True),
        ("maf", "jax_numpy_dtype_promotion", "strict"),
        ("maf", "jax_numpy_rank_promotion", "raise"),
        pytest.param("nsf", "jax_numpy_rank_promotion", "raise", marks=pytest.mark.slow),
        pytest.param("tabular", "jax_numpy_rank_promotion", "raise", marks=pytest.mark.slow),
    ],
)
def test_a_model_is_trained_and_asked_under_the_settings_of_a_program(model, setting, value):
    before = getattr(jax.config, setting)
    jax.config.update(setting, value)
    try:
        config = sx.TrainConfig(steps=2, batch_size=20, eval_every=1)
        flow = for_table(find(model)(**SMALL.get(model, {})), TABLE.schema, jax.random.key(0))
        flow = sx.fit(flow, TABLE.values[:30], validation=TABLE.values[30:], config=config).flow
        found = flow.log_prob(TABLE.values, jax.random.key(1), num_samples=2)
        assert bool(jnp.isfinite(found).all())
        assert flow.sample(jax.random.key(2), 3).shape == (3, 2)
    finally:
        jax.config.update(setting, before)
