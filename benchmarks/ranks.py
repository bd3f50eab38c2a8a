"""How stable the ranks of rows are that `surjax score` gives by a bound, by the number of its draws.

`tabular` is trained on tables with categories, counts, steps and atoms, and all rows are scored from two
seeds.
Prints, for each number of draws K, the rank correlation (Spearman) between the seeds, and the mean bound.
"""

import warnings

import jax
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from surjax.data import Table, load
from surjax.models import find, for_table
from surjax.train import fit

DRAWS = (1, 4, 16, 64, 256)


def people(rows: int = 3000) -> Table:
    """Ages, cities, incomes of which a third is 0, and children."""
    random = np.random.default_rng(0)
    age = random.integers(18, 90, rows)
    income = np.exp(random.normal(10, 1, rows) + 0.01 * age) * (random.uniform(size=rows) < 0.7)
    city = random.choice(list("abcd"), rows, p=[0.5, 0.3, 0.15, 0.05])
    columns = {"age": age, "city": city, "income": income.round(2), "kids": random.poisson(1 + 0.02 * age)}
    return Table.from_frame(pd.DataFrame(columns), "people")


def main() -> None:
    warnings.simplefilter("ignore")
    for table in (people(), load("diabetes"), load("iris")):
        config = find("tabular")()
        flow = for_table(config, table.schema, jax.random.key(0))
        flow = fit(flow, table.values, config=config.training).flow
        for draws in DRAWS:
            one, other = (
                np.asarray(flow.log_prob(table.values, jax.random.key(seed), num_samples=draws))
                for seed in (1, 2)
            )
            agreement = float(np.asarray(spearmanr(one, other)[0]))
            print(f"{table.name}: K = {draws}, {agreement:.3f}, {one.mean():.3f} nats a row", flush=True)


if __name__ == "__main__":
    main()
