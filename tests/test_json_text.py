import json

import jax.numpy as jnp
import numpy as np
import pytest

from surjax.json_text import json_from_text, json_text, read_json


def test_what_is_not_finite_becomes_null():
    value = {"a": [float("nan"), 1.5, (float("inf"), np.float32("-inf"))], 2: jnp.float32(0.5), "é": None}
    text = json_text(value)
    assert json.loads(text) == {"a": [None, 1.5, [None, None]], "2": 0.5, "é": None}
    assert "NaN" not in text
    assert "é" in text


def test_integers_stay_integers():
    assert json_text([np.int64(3), True, 3.0]) == "[3, true, 3.0]"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 10**5 + "]" * 10**5, "nested too deep"),
        ('{"a": 1, "a": 2}', "a key twice"),
        ("1" * 400, "an integer of 400 digits"),
        ("1e999", "too large"),
        ("[NaN]", "NaN, which is no JSON"),
        ("{", "Expecting"),
    ],
)
def test_a_strangers_text_is_refused_in_words(text, why):
    with pytest.raises(ValueError, match=why):
        json_from_text(text)


def test_a_file_may_be_so_large_only(tmp_path):
    (tmp_path / "a.json").write_text("[1, 2]")
    assert read_json(tmp_path / "a.json") == [1, 2]
    with pytest.raises(ValueError, match="more than"):
        read_json(tmp_path / "a.json", most_bytes=5)


def test_a_name_that_is_not_utf_8_comes_back():
    name = b"\xff.csv".decode("utf-8", "surrogateescape")
    text = json_text({"source": name})
    assert text.encode("utf-8")
    assert json_from_text(text) == {"source": name}
