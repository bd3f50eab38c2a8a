"""The pages say what is so: their code runs and prints what they show, and their commands exist."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from sessions import run_sessions

from surjax.cli.main import find

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(page.stem for page in DOCS.glob("*.md") if page.stem not in ("benchmarks", "tables"))
EXAMPLE = "extend"
"""The page whose code is not a script but the files of a new transform."""


def blocks(page: str, *languages: str) -> list[tuple[str, str, int]]:
    """(language, text, line) of a page's code blocks in some languages."""
    text = (DOCS / f"{page}.md").read_text()
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        (block[1], block[2], text[: block.start(2)].count("\n"))
        for block in found
        if not languages or block[1] in languages
    ]


def run(source: str, page: str, line: int, names: dict) -> None:
    """Run a script of a page, with the page's own line numbers."""
    exec(compile("\n" * line + source, f"{page}.md", "exec"), names)


def run_session(source: str, page: str, line: int, names: dict) -> None:
    """Run a session and hold what it prints against what it shows."""
    session = doctest.DocTestParser().get_doctest(source, names, page, f"{page}.md", line)
    assert run_sessions([session], names) > 0


LONG = {"bridges", "faq", "given", "inference", "missing", "simulation"}
"""Pages that train several models, and what is tried there is tested elsewhere too."""


def long_ones_slow(pages):
    return [pytest.param(page, marks=pytest.mark.slow if page in LONG else ()) for page in pages]


@pytest.mark.parametrize(
    "page", long_ones_slow(page for page in PAGES if page != EXAMPLE and blocks(page, "python"))
)
def test_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for language, source, line in blocks(page, "python", "pycon"):
        (run if language == "python" else run_session)(source, page, line, names)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "console")])
def test_commands_exist(page):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for _, text, _ in blocks(page, "console"):
        for words in (shlex.split(line, comments=True) for line in text.splitlines()):
            if words[0] == "make":
                assert words[1] in targets
            else:
                assert words[0] == "surjax"
                # --resume reads the run that is resumed, which is not here
                find(words[1]).parse([word for word in words[2:] if word != "--resume"])


def test_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    copytree(DOCS, tmp_path / "docs", ignore=ignore_patterns("_build", "generated", "__pycache__"))
    command = [sys.executable, "-m", "sphinx", "-q", "--fail-on-warning", "-b", "dummy", "docs", "out"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
