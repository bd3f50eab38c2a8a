"""The points that every library trains on and scores: a seeded mixture of normals."""

import numpy as np


def mixture(n: int, dim: int, seed: int, components: int = 8) -> np.ndarray:
    """n points of a mixture of normals with random means and covariances, standardised, float32.

    Shape (n, dim); every column has mean 0 and standard deviation 1, so that nearly all points lie
    where the splines act.
    """
    rng = np.random.default_rng(seed)
    means = rng.normal(scale=2.0, size=(components, dim))
    factors = rng.normal(scale=dim**-0.5, size=(components, dim, dim))
    which = rng.integers(components, size=n)
    x = means[which] + np.einsum("nij,nj->ni", factors[which], rng.normal(size=(n, dim)))
    return ((x - x.mean(0)) / x.std(0)).astype(np.float32)
