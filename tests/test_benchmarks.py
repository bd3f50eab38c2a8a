"""What the scripts in benchmarks/ count by themselves."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import which_model_report
from flops import count_flops


def test_a_product_takes_a_multiplication_and_an_addition_for_each_pair():
    assert count_flops(jnp.matmul, jnp.ones((3, 5)), jnp.ones((5, 7))) == 2 * 3 * 5 * 7


def test_a_scan_counts_as_often_as_it_runs():
    def twenty(x):
        return jax.lax.scan(lambda x, _: (x @ jnp.ones((5, 5)), None), x, length=20)[0]

    assert count_flops(jax.jit(twenty), jnp.ones((3, 5))) == 20 * 2 * 3 * 5 * 5


@pytest.mark.parametrize("groups", [1, 2])
def test_a_convolution_counts_its_window_for_every_pixel(groups):
    def conv(x, kernel):
        return jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", feature_group_count=groups)

    flops = count_flops(conv, jnp.ones((1, 4, 8, 8)), jnp.ones((6, 4 // groups, 3, 3)))
    assert flops == 2 * (4 // groups * 9) * 6 * 64


def test_a_gradient_takes_two_more_products():
    def loss(a, b):
        return (a @ b).sum()

    assert count_flops(jax.grad(loss, (0, 1)), jnp.ones((3, 5)), jnp.ones((5, 7))) == 3 * 2 * 3 * 5 * 7


def test_the_table_of_models_names_the_best_of_each_data_set():
    def row(data, model, mean, exact=True):
        test = {"log_likelihood_nats": mean, "standard_error_nats": 0.1, "n": 1000, "num_samples": 1}
        test |= {"measure": "a density", "exact": exact, "zero_density": 0 if mean is not None else 3}
        return {"data": data, "model": model, "test": test, "stopped": "steps", "parameters": 1234} | {
            "compile_seconds": 1.0,
            "train_seconds": 2.5,
        }

    rows = [
        row("a", "one", -2.5),
        row("a", "two", -2.25, exact=False),
        row("a", "three", None),
        row("b", "one", 11),
    ]
    lines = which_model_report.rows_table(rows).splitlines()[2:]
    assert (
        lines[0] == "| a | `one` | −2.500 ± 0.100 | exact | a density | 1,000 | 1.0 + 2.5 | steps | 1,234 |"
    )
    assert lines[1].startswith("| a | `two` | **−2.250** ± 0.100 | bound, K = 1 | ")
    assert "| −∞ (3 rows without density) |" in lines[2]
    assert "| **11.00** ± 0.10 |" in lines[3]
