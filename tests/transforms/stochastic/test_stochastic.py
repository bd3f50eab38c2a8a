"""Stochastic maps as models: hierarchies, exchangeability, and encoders that give no bound."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import SurjaxError
from surjax.nn import MLP


def conditional(shape, in_size, key):
    return sx.Conditional(sx.Normal(shape), MLP(in_size, 2 * shape[0], hidden=(8,), key=key))


def test_a_hierarchy_of_vaes_encodes_and_decodes():
    keys = jax.random.split(jax.random.key(0), 4)
    hierarchy = sx.Chain(
        sx.VAE(conditional((3,), 5, keys[0]), conditional((5,), 3, keys[1])),
        sx.VAE(conditional((2,), 3, keys[2]), conditional((3,), 2, keys[3])),
    )
    flow = sx.Flow(sx.Normal((2,)), hierarchy)
    x = jax.random.normal(jax.random.key(1), (4, 5))
    z, dropped = flow.encode(x, jax.random.key(2))
    assert z.shape == (4, 2)
    np.testing.assert_array_equal(flow.decode(z, dropped), x)
    assert flow.sample(jax.random.key(3), 6).shape == (6, 5)


def test_vae_whose_encoder_is_the_posterior_is_exact_whatever_it_draws():
    """z ~ N(0, 1), x = z + e with e ~ N(0, 1): the posterior is N(x/2, 1/2) and the marginal N(0, 2)."""

    def linear(slope, log_scale):
        network = eqx.tree_at(
            lambda n: (n.layers[0].weight, n.layers[0].bias),
            MLP(1, 2, hidden=(), key=jax.random.key(0)),
            (jnp.array([[slope], [0.0]]), jnp.array([0.0, log_scale])),
        )
        return sx.Conditional(sx.Normal((1,)), network)

    vae = sx.Flow(sx.Normal((1,)), sx.VAE(linear(0.5, 0.5 * np.log(0.5)), linear(1.0, 0.0)))
    x = jnp.linspace(-3, 3, 7)[:, None]
    wanted = jax.vmap(sx.Normal((1,), 0.0, np.sqrt(2.0)).log_prob)(x)
    for seed in range(2):
        np.testing.assert_allclose(vae.log_prob(x, jax.random.key(seed)), wanted, atol=1e-5)


def test_vae_refuses_an_encoder_whose_density_is_only_bounded():
    bounded = sx.Flow(sx.Normal((3,)), sx.augment((2,), 1))
    with pytest.raises(SurjaxError, match="encoder"):
        sx.VAE(bounded, sx.Normal((4,)))


def test_vae_takes_a_decoder_whose_density_is_only_bounded():
    bounded = sx.Flow(sx.Normal((3,)), sx.augment((2,), 1))
    flow = sx.Flow(sx.Normal((1,)), sx.VAE(conditional((1,), 2, jax.random.key(0)), bounded))
    assert not flow.transform.densities_exact
    assert jnp.isfinite(flow.log_prob(jnp.ones((3, 2)), jax.random.key(1), num_samples=5)).all()
    with pytest.raises(SurjaxError, match="exact"):
        sx.Inverse(flow.transform)


def test_stochastic_permutation_of_points_keeps_them_whole():
    permute = sx.StochasticPermutation((5, 2))
    x = jnp.arange(10.0).reshape(5, 2)
    z, _, dropped = permute.encode(x, jax.random.key(0))
    assert sorted(map(tuple, z.tolist())) == sorted(map(tuple, x.tolist()))
    assert not (z == x).all()
    np.testing.assert_array_equal(permute.decode(z, given=dropped)[0], x)
