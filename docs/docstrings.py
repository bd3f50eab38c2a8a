"""Docstrings to reStructuredText.

They are written to be read in the source: formulas such as |x| or h_i in plain text, examples by >>>, code
between single backticks, sections such as "Args:". Sphinx would take the formulas for its own signs, so
they are escaped here.
"""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from sphinx.util.inspect import stringify_signature

SECTIONS = ("Args:", "Attributes:", "Raises:", "Returns:", "Yields:")


def to_rst(docstring: str) -> str:
    """A docstring as reStructuredText."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(docstring))
    return "\n\n".join(block for paragraph in paragraphs for block in _blocks(paragraph.rstrip()))


def _blocks(paragraph: str) -> Iterator[str]:
    first, _, rest = paragraph.partition("\n")
    if first.startswith(">>>"):
        yield ".. code-block:: pycon\n\n" + _indent(paragraph)
    elif first in SECTIONS:
        yield f"**{first.rstrip(':')}**"
        yield from _entries(inspect.cleandoc("\n" + rest))
    elif first.startswith(" "):
        yield "::\n\n" + _indent(paragraph)
    else:
        yield escape(" ".join(paragraph.split()))


def _entries(section: str) -> Iterator[str]:
    """`name: what it is` as a list, or free text as it is."""
    for entry in re.split(r"\n(?! )", section):
        text = " ".join(entry.split())
        named = re.match(r"([\w, *]+): (.*)", text)
        yield f"* ``{named[1]}``: {escape(named[2])}" if named else escape(text)


def escape(text: str) -> str:
    """Text in which nothing but code between backticks has a meaning."""
    parts = text.split("`")
    plain = [re.sub(r"([\\*_|])", r"\\\1", part) for part in parts[::2]]
    code = [f"``{part}``" for part in parts[1::2]]
    pairs = zip(plain, [*code, ""], strict=True)
    return "".join(part for pair in pairs for part in pair)


def _indent(text: str) -> str:
    return "\n".join("   " + line for line in text.splitlines())


def _process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = [*to_rst("\n".join(lines)).splitlines(), ""]


def _shorten(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None] | None:
    """The constructor's own types, not those of the fields, and jaxtyping's unions under their names."""
    if signature is None:
        return None
    if what == "class":
        own = inspect.signature(obj).replace(return_annotation=inspect.Signature.empty)
        signature = stringify_signature(own, unqualified_typehints=True)
    for alias, union in _UNIONS.items():
        signature = re.sub(union, alias, signature)
    return signature, returns


_UNIONS = {
    "ArrayLike": r"~[\w.]*Array \| ~numpy\.ndarray \|[\w\s.~|]*\| complex",
    "PRNGKey": r"~jaxtyping\.Key\[[^]]*\](?: \| ~jaxtyping\.UInt32\[[^]]*\])*",
}


def setup(app: Any) -> None:
    """Connect to autodoc."""
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-process-signature", _shorten)
