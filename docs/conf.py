"""The documentation site: `make docs` builds it into docs/_build/html.

What can be derived is: the catalogue, the reference, the tables of settings and the list of measurements are
written into docs/generated/ each time the site is built.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import api  # noqa: E402
import catalogue  # noqa: E402
import docstrings  # noqa: E402

import surjax  # noqa: E402

MEASURED = """\
# Measured

The pages that the scripts in benchmarks/ write, with what was measured on the machine they ran on.
`make bench` compares surjax with other flow libraries.
"""


def list_measured(folder: Path) -> None:
    """Write the page that lists those measurements of which there is a page: they are made apart."""
    there = [
        name
        for name in (
            "tables",
            "shapes",
            "densities",
            "posteriors",
            "benchmarks",
            "made-speed",
            "image-speed",
            "first-answer",
        )
        if (HERE / f"{name}.md").exists()
    ]
    entries = "".join(f"../{name}\n" for name in there)
    listed = f"\n```{{toctree}}\n{entries}```\n" if there else ""
    (folder / "measured.md").write_text(MEASURED + listed, encoding="utf-8")


catalogue.write(HERE / "generated")
api.write(HERE / "generated")
list_measured(HERE / "generated")

project = "surjax"
author = "The surjax authors"
copyright = "the surjax authors"
version = release = surjax.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
# those after the first are included in other pages
exclude_patterns = ["_build", "generated/settings-*.md", "which-model-measured.md", "missing-measured.md"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = f"surjax {version}"
html_static_path = ["_static"]
html_css_files = ["surjax.css"]
html_copy_source = False
html_show_sphinx = False


def setup(app):
    """Let the docstrings be read as they are written."""
    docstrings.setup(app)
