"""What the laws do not say of the autoregressive networks."""

import jax
import pytest

from cases import AUTOREGRESSIVE
from surjax import nn
from surjax.errors import ConfigError
from surjax.nn import Autoregressive, ConvLSTM

KEY = jax.random.key(0)


def test_every_public_one_is_under_the_laws():
    public = (getattr(nn, name) for name in nn.__all__)
    classes = {one for one in public if isinstance(one, type) and issubclass(one, Autoregressive)}
    names = {name.split("(")[0] for name in AUTOREGRESSIVE}
    assert {one.__name__ for one in classes - {Autoregressive}} == names


@pytest.mark.parametrize("changes", [{"shape": (4,)}, {"layers": 0}, {"size": 4}])
def test_conv_lstm_that_cannot_be_is_refused(changes):
    settings = {"shape": (4, 2, 2), "num_params": 2, "layers": 1, "size": 3, "key": KEY, **changes}
    with pytest.raises(ConfigError, match=r"takes \(T, H, W\), one layer at least and an odd size"):
        ConvLSTM(**settings)
