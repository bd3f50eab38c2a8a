"""What tests of data share."""

import gzip

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a file of text, packed where its name says so; its path."""

    def written(text, name="data.csv", encoding="utf-8"):
        path, content = tmp_path / name, text.encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return written
