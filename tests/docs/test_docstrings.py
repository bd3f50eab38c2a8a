"""The examples in docstrings give what they show, and docstrings become reStructuredText."""

import importlib
from pathlib import Path

import docstrings
import pytest
from sessions import Checker, run_sessions, sessions_of

import surjax

PACKAGE = Path(surjax.__file__).parent
MODULES = sorted(
    ".".join(["surjax", *path.relative_to(PACKAGE).with_suffix("").parts])
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text()
)


LONG = {
    "surjax.distributions.student_mixture",
    "surjax.inference.calibration",
    "surjax.inference.nuts",
    "surjax.nn.conv_codec",
    "surjax.nn.conv_stack",
    "surjax.nn.densenet",
    "surjax.nn.gated_attention",
    "surjax.sklearn",
}
"""Modules whose examples train or compile for long, and what they show is tested elsewhere too."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in MODULES]
)
def test_examples(name):
    assert run_sessions(sessions_of(importlib.import_module(name))) > 0


def test_numbers_may_differ_in_their_last_digits_alone():
    check = Checker().check_output
    assert check("(Array([ 1.,   -2.50000]), 3)", "(Array([1., -2.50001]), 3)", 0)
    assert not check("2.5", "2.51", 0)
    assert not check("2.5", "-2.5", 0)
    assert not check("(1.0, 3)", "(1.0, 4)", 0)
    assert not check("1.0", "1.0, 2.0", 0)


def test_formulas_are_escaped_and_code_is_kept():
    rst = docstrings.to_rst("z = |x_i| by `f(x_i)`,\nthat is *all*.")
    assert rst == r"z = \|x\_i\| by ``f(x_i)``, that is \*all\*."


def test_indented_formulas_and_examples_are_blocks():
    assert docstrings.to_rst("One.\n\n    V = |x|\n\n>>> 1\n1") == (
        "One.\n\n::\n\n       V = |x|\n\n.. code-block:: pycon\n\n   >>> 1\n   1"
    )


def test_sections_are_lists():
    rst = docstrings.to_rst(
        "One.\n\nArgs:\n    n_rows: how many,\n        or none.\n    *rest: others.\n\nReturns:\n    |x|."
    )
    assert rst.split("\n\n") == [
        "One.",
        "**Args**",
        "* ``n_rows``: how many, or none.",
        "* ``*rest``: others.",
        "**Returns**",
        "\\|x\\|.",
    ]
