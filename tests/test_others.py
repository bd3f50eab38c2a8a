from importlib.metadata import EntryPoint

import pytest

from surjax.errors import ConfigError
from surjax.others import load_entry_point


@pytest.mark.parametrize(
    ("text", "reason"), [("1 / 0", "ZeroDivisionError: division by zero"), ("", "AttributeError: ")]
)
def test_whatever_another_package_raises_is_told(tmp_path, monkeypatch, text, reason):
    name = f"broken_{len(text)}"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("deep", f"{name}:Deep", "surjax.models")
    with pytest.raises(ConfigError, match=rf"the model 'deep' of an installed package cannot .* \({reason}"):
        load_entry_point(entry, "the model 'deep'")
