import json

import jax.numpy as jnp
import numpy as np

from surjax.json_text import json_text


def test_what_is_not_finite_becomes_null():
    value = {"a": [float("nan"), 1.5, (float("inf"), np.float32("-inf"))], 2: jnp.float32(0.5), "é": None}
    text = json_text(value)
    assert json.loads(text) == {"a": [None, 1.5, [None, None]], "2": 0.5, "é": None}
    assert "NaN" not in text
    assert "é" in text


def test_integers_stay_integers():
    assert json_text([np.int64(3), True, 3.0]) == "[3, true, 3.0]"
