"""What is raised is a sentence."""

import ast
from pathlib import Path

import surjax
from surjax import errors

SOURCE = Path(surjax.__file__).parent
ERRORS = {name for name, thing in vars(errors).items() if isinstance(thing, type)}
UNFINISHED = {"serialize/tree.py"}
"""Where a sentence is begun that another file ends."""


def messages(path: Path):
    """(line, the end of the text) of each error that a file raises with a text of its own."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
            text = node.args[0] if node.args else None
            if isinstance(text, ast.JoinedStr):
                text = text.values[-1]
            if isinstance(text, ast.Constant):
                yield node.lineno, str(text.value)


def test_every_error_ends_in_a_full_stop():
    paths = [path for path in SOURCE.rglob("*.py") if str(path.relative_to(SOURCE)) not in UNFINISHED]
    told = [(str(path), line, text) for path in paths for line, text in messages(path)]
    assert len(told) > 300
    assert [one for one in told if not one[2].endswith((".", "…"))] == []
