"""Where the published sets lie."""

import os
from pathlib import Path


def default_data_dir() -> Path:
    """The folder for data in the user's cache: surjax in $XDG_CACHE_HOME, or else in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "surjax"
