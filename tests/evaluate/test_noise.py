import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from cases import conditional
from surjax import univariate as uni
from surjax.errors import ConfigError
from surjax.evaluate.noise import in_noise
from surjax.nn import MLP
from surjax.testing import noise_of, seed, trained_like


def slices(key):
    """Three steps that each drop a number, given the other one, and draw another in its place."""

    def step(key):
        kept, drawn = jax.random.split(key)
        return sx.Chain(
            sx.Slice((2,), 1, conditional(sx.Normal((1,)), 1, kept)),
            sx.augment((1,), 1, conditional(sx.Normal((1,)), 1, drawn)),
            sx.Reverse(),
        )

    return sx.Flow(sx.Normal((2,), 3.0, 0.5), sx.Repeat(step, 3, key=key))


def by_flows(key):
    """Two numbers dropped, given the third, by a flow that reshapes its noise; the base is a flow, too."""
    inner, outer = jax.random.split(key)
    move = sx.ConditionalElementwise((2,), uni.Affine(), MLP(1, 4, hidden=(8,), key=inner))
    decoder = sx.Flow(sx.Normal((2, 1)), sx.Chain(move, sx.Reshape((2,), (2, 1))))
    base = sx.Flow(sx.Normal((1,), 1.0, 2.0), sx.LeakyReLU(0.5))
    return sx.Flow(base, sx.Chain(sx.Rotation(3, key=outer), sx.Slice((3,), 1, decoder)))


def vae(key):
    """A VAE, whose decoder is normal."""
    encoder, decoder = jax.random.split(key)
    return sx.Flow(
        sx.Normal((1,)),
        sx.VAE(conditional(sx.Normal((1,)), 2, encoder), conditional(sx.Normal((2,)), 1, decoder)),
    )


def twice_inverse(key):
    """A slice that is run backwards twice, and so drops what a slice does."""
    slice_ = sx.Slice((2,), 1, conditional(sx.Normal((1,)), 1, key))
    return sx.Flow(sx.Normal((1,)), sx.Chain(sx.Inverse(sx.Inverse(slice_)), sx.Shift(1.0)))


MODELS = {"slices": slices, "flows": by_flows, "VAE": vae, "Inverse": twice_inverse}


def made(name):
    """The model with parameters as after training, and what it draws."""
    flow = trained_like(MODELS[name](seed(name)), seed(name + "trained"), 0.3)
    return flow, flow.sample(seed(name + "x"), 4000)


@pytest.mark.parametrize("name", MODELS)
def test_decoding_what_was_encoded_gives_x_back(name):
    with jax.enable_x64(True):
        flow, x = made(name)
        model = in_noise(flow)
        latent = model.encode(x, seed("encode"))
        np.testing.assert_allclose(model.decode(*latent), x, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", ["flows", "Inverse"])
def test_noise_of_draws_is_standard_normal_and_independent(name):
    flow, x = made(name)
    latent = in_noise(flow).encode(x, seed("encode"))
    noise = np.concatenate([np.reshape(leaf, (len(x), -1)) for leaf in jax.tree.leaves(latent)], 1)
    assert noise.shape[1] >= 2
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.1)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(noise.shape[1]), atol=0.15)


@pytest.mark.parametrize("name", MODELS)
def test_model_is_the_same(name):
    """It gives as many nats, and noise of zeros is what it draws at temperature 0."""
    flow, x = made(name)
    model = in_noise(flow)
    assert (model.exact, model.shape) == (flow.exact, flow.shape)
    if flow.exact:
        np.testing.assert_allclose(model.log_prob(x), flow.log_prob(x), rtol=1e-4, atol=1e-4)
    else:
        ours, theirs = (np.asarray(m.log_prob(x[:50], seed("bound"), num_samples=500)) for m in (model, flow))
        np.testing.assert_allclose(ours.mean(), theirs.mean(), atol=0.1)
    zeros = jax.tree.map(jnp.zeros_like, model.encode(x[:1], seed("encode")))
    centre = flow.sample(seed("centre"), 1, temperature=0.0)
    np.testing.assert_allclose(model.decode(*zeros), centre, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("transform", "named"),
    [
        (sx.MaxPool((1, 2, 2)), "Categorical"),
        (sx.AbsoluteValue((2,)), "Bernoulli"),
        (sx.Slice((2,), 1, sx.Flow(sx.HalfNormal((1,)), sx.AbsoluteValue((1,)))), "AbsoluteValue"),
        (sx.Slice((2,), 1, sx.Laplace((1,))), "Laplace"),
        (sx.StochasticPermutation((2,)), "StochasticPermutation"),
        (sx.Shift(0.0, (2,)), "Uniform"),
    ],
)
def test_what_has_no_noise_is_named(transform, named):
    x = jnp.ones(transform.x_shape(transform.z_shape((1, 2, 2) if named == "Categorical" else (2,))))
    base = (sx.Uniform if named == "Uniform" else sx.Normal)(transform.z_shape(x.shape))
    with pytest.raises(ConfigError, match=rf"^{named} is no bijection .* take .* --path spherical"):
        in_noise(sx.Flow(base, transform)).encode(x[None])


def test_noise_of_parts_side_by_side_is_a_tuple():
    with jax.enable_x64(True):
        joint = sx.Joint(conditional(sx.Normal((2,)), 3, seed("a")), sx.Normal((1, 2), 1.0, 3.0))
        context = jnp.array([1.0, -2.0, 0.5])
        x = joint.sample(seed("x"), context=context)
        noise, again, log_prob = noise_of(joint, x, context)
        assert [part.shape for part in noise] == [(2,), (1, 2)]
        for part, other in zip(x, again, strict=True):
            np.testing.assert_allclose(part, other, rtol=1e-10)
        np.testing.assert_allclose(log_prob, joint.log_prob(x, None, context), rtol=1e-6)
