"""What the scripts in benchmarks/ count by themselves."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

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
