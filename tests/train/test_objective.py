import jax
import numpy as np
import pytest
from small import flow, images

import surjax as sx
from surjax.errors import DataError
from surjax.parameters import partition
from surjax.train.devices import Devices
from surjax.train.examples import Examples
from surjax.train.objective import loss_and_gradient, mean_loss, negative_log_likelihood

KEY = jax.random.key(0)
ONE = Devices()


def conditional():
    network = sx.nn.MLP(3, 2, hidden=(8,), key=KEY)
    return sx.Flow(sx.Normal((1,)), sx.ConditionalElementwise((1,), sx.univariate.Affine(), network))


CASES = {
    "bound of images": (flow(), Examples(images(24))),
    "exact with a context": (
        conditional(),
        Examples(jax.random.normal(KEY, (24, 1)), jax.random.normal(KEY, (24, 3))),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_micro_batches_give_the_loss_and_gradient_of_the_whole(name):
    model, batch = CASES[name]
    params, static = partition(model)
    value, gradient = loss_and_gradient(params, static, batch, KEY, 1, ONE)
    assert float(value) == float(mean_loss(negative_log_likelihood, model, batch, KEY))
    assert float(value) == pytest.approx(-float(model.log_prob(batch.x, KEY, batch.context).mean()), rel=1e-6)
    value_in_parts, gradient_in_parts = loss_and_gradient(params, static, batch, KEY, 4, ONE)
    np.testing.assert_allclose(value_in_parts, value, rtol=1e-5)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), gradient_in_parts, gradient
    )


def test_one_bad_example_makes_the_whole_bad():
    model, batch = CASES["exact with a context"]
    params, static = partition(model)
    bad = batch._replace(x=batch.x.at[20].set(np.nan))
    value, _ = loss_and_gradient(params, static, bad, KEY, 4, ONE)
    assert np.isnan(value)


def test_loss_does_not_depend_on_the_chunk():
    model, data = CASES["bound of images"]
    whole = mean_loss(negative_log_likelihood, model, data, KEY, 100)
    assert float(mean_loss(negative_log_likelihood, model, data, KEY, 7)) == pytest.approx(
        float(whole), rel=1e-5
    )


def test_a_context_that_nothing_looks_at_is_refused():
    x, context = np.zeros((8, 2), np.float32), np.zeros((8, 3), np.float32)
    affine, config = sx.Flow(sx.Normal((2,)), sx.Affine((2,))), sx.TrainConfig(steps=1)
    with pytest.raises(DataError, match="takes no context and was given one"):
        sx.fit(affine, x, context=context, config=config)
    seen = lambda model, x, key, context: context.sum() - model.log_prob(x)  # noqa: E731
    assert sx.fit(affine, x, context=context, objective=seen, config=config).step == 1
