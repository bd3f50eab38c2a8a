"""What an example is, is asked of its form and its modality, and of nothing else."""

import ast
from pathlib import Path

import pytest

import surjax
from surjax import modalities, models  # noqa: F401
from surjax.data import DataConfig, DataSet, Form
from surjax.modalities import Modality

SOURCE = Path(surjax.__file__).parent
OWN = ("data/image_form.py", "data/table_form.py", "data/images/", "modalities/", "train/augment.py")
"""Where a form is defined and handled: these files may know it."""


def kinds() -> set[str]:
    """The names of all classes that are of one kind of data alone."""
    found, todo = set(), [Form, DataConfig, DataSet, Modality]
    while todo:
        of = [cls for cls in todo.pop().__subclasses__() if cls.__module__.startswith("surjax.")]
        todo += of
        found |= {cls.__name__ for cls in of}
        found |= {cls.models.__name__ for cls in of if issubclass(cls, Modality)}
    return found


def switches(code: str) -> list[int]:
    """The lines that ask which kind of data something is of."""
    names = kinds()

    def is_kind(node: ast.AST) -> bool:
        return any(
            (isinstance(part, ast.Name) and part.id in names)
            or (isinstance(part, ast.Attribute) and part.attr in names)
            for part in ast.walk(node)
        )

    def asks(node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id in ("isinstance", "issubclass") and is_kind(node.args[1])
        if isinstance(node, ast.Compare):
            text = ast.unparse(node)
            axes = "len(" in text and "shape" in text and " == 3" in text
            is_one = any(isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) for op in node.ops)
            return axes or (is_one and any(map(is_kind, [node.left, *node.comparators])) and "(" not in text)
        return isinstance(node, ast.MatchClass) and is_kind(node.cls)

    return [node.lineno for node in ast.walk(ast.parse(code)) if asks(node)]


def test_no_code_switches_on_the_kind_of_data():
    found = {
        f"{path.relative_to(SOURCE)}:{line}"
        for path in SOURCE.rglob("*.py")
        if not path.relative_to(SOURCE).as_posix().startswith(OWN)
        for line in switches(path.read_text())
    }
    assert not found


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(form, ImageForm)",
        "issubclass(model, (base.ImageModel, int))",
        "len(flow.shape) == 3",
        "known.form is TableForm",
        "match x:\n    case ImageSet():\n        pass",
    ],
)
def test_a_switch_is_found(code):
    assert switches(code)


@pytest.mark.parametrize("code", ["isinstance(form, Form)", "len(shape) == 2", "form = ImageForm((1, 8, 8))"])
def test_what_is_none_is_not(code):
    assert not switches(code)
