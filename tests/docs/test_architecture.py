"""Which file may import which: no circles, and nobody's private names."""

import ast
from pathlib import Path

import surjax

ROOT = Path(surjax.__file__).parent
MODULES = {
    ".".join(("surjax", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
}


def imports(path: Path):
    """Each name that a file imports from surjax, also inside its functions: (module, name)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "surjax":
            yield from ((str(node.module), alias.name) for alias in node.names)


def imported_modules(name: str) -> set[str]:
    """The modules that a module imports."""
    found = ((f"{module}.{part}", module) for module, part in imports(MODULES[name]))
    return {inner if inner in MODULES else outer for inner, outer in found} - {name}


def test_no_module_imports_one_that_imports_it():
    graph = {name: imported_modules(name) for name in MODULES}
    left = dict(graph)
    while free := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in free:
            del left[name]
    assert not left, f"these import each other, or what does: {sorted(left)}"


def test_no_module_imports_a_private_name():
    private = [
        (name, part)
        for name, path in MODULES.items()
        for _, part in imports(path)
        if part.startswith("_") and part != "__version__"
    ]
    assert private == []
