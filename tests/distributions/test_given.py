"""What is given costs nothing, cannot be drawn, and leaves the rest of a flow as it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax.errors import ConfigError, SurjaxError

KEY = jax.random.key(0)
X = jnp.array([[[[10, 20], [30, 41]]], [[[0, 255], [255, 0]]]], jnp.uint8)
HALF, DETAILS = sx.Normal((1, 1, 1), 100.0, 50.0), sx.Normal((3, 1, 1), 1.0, 30.0)


def test_it_costs_nothing_whatever_it_is():
    for x in (jnp.zeros(2), jnp.array([jnp.inf, -1e30]), jnp.array([1, 2], jnp.uint8)):
        assert sx.Given((2,)).log_prob(x) == 0
    assert sx.Given((2,)).exact
    assert sx.count_parameters(sx.Given((2,))) == 0


def test_it_cannot_be_drawn():
    says = (
        r"^a part of this model, of shape \(3, 1, 1\), is given and not modelled, so it cannot be drawn: give"
    )
    given = sx.Given((3, 1, 1))
    for draw in (given.sample, given.sample_and_log_prob, sx.Flow(HALF, sx.Pyramid((1, 2, 2), given)).sample):
        with pytest.raises(SurjaxError, match=says):
            draw(KEY)
    with pytest.raises(SurjaxError, match=r"of shape \(1, 1, 1\), is given"):
        sx.Flow(sx.Given((1, 1, 1)), sx.Pyramid((1, 2, 2), DETAILS)).sample(KEY, 3)
    with pytest.raises(ConfigError, match="Given is no bijection of normal noise"):
        given.to_noise(jnp.zeros((3, 1, 1)))


def test_flow_with_it_has_the_likelihood_of_the_rest():
    whole = sx.Flow(HALF, sx.Pyramid((1, 2, 2), DETAILS))
    details = sx.Flow(sx.Given((1, 1, 1)), sx.Pyramid((1, 2, 2), DETAILS))
    half = sx.Flow(HALF, sx.Pyramid((1, 2, 2), sx.Given((3, 1, 1))))
    np.testing.assert_allclose(half.log_prob(X), jax.vmap(HALF.log_prob)(jnp.array([[[[25]]], [[[128]]]])))
    np.testing.assert_allclose(details.log_prob(X) + half.log_prob(X), whole.log_prob(X), rtol=1e-6)
    assert details.exact


def test_what_is_given_is_decoded():
    flow = sx.Flow(sx.Given((1, 1, 1)), sx.Pyramid((1, 2, 2), DETAILS))
    z, dropped = flow.encode(X)
    np.testing.assert_array_equal(flow.decode(z, dropped), X)
    drawn = flow.decode(z, key=KEY)
    np.testing.assert_allclose(jnp.floor(drawn.mean((1, 2, 3)) + 0.5), z.ravel(), atol=1)  # of about its mean


def test_flow_with_it_is_initialised_and_comes_back_from_disk(tmp_path):
    decoder = sx.Flow(sx.Normal((3, 1, 1)), sx.ActNorm((3, 1, 1)))
    flow = sx.Flow(sx.Given((1, 1, 1)), sx.Pyramid((1, 2, 2), decoder)).initialize(X)
    np.testing.assert_allclose(flow.transform.decoder.transform.loc, [-132.5, -137.5, -15.5])
    flow.save(tmp_path / "model")
    loaded = sx.load(tmp_path / "model")
    assert isinstance(loaded.base, sx.Given)
    np.testing.assert_array_equal(loaded.log_prob(X), flow.log_prob(X))
