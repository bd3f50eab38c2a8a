"""What the report of a study is made of: tables, as Markdown and as HTML, and a page in one file."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from surjax.files import write_atomically

PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; }
td + td { text-align: right; } figure { display: inline-block; margin: .5rem; } img { max-width: 100%; }
</style>
<h1>$title</h1>
$body
</html>
""")


class Table(NamedTuple):
    """A table under a heading, with paragraphs before it; lines of cells, all of them text."""

    heading: str
    paragraphs: Sequence[str]
    header: Sequence[str]
    lines: Sequence[Sequence[str]]


def write_tables(path: Path, tables: Sequence[Table]) -> None:
    """Write tables as Markdown, whole or not at all; SurjaxError where the file cannot be written."""
    with write_atomically(path) as temporary:
        temporary.write_text("\n\n".join(map(_markdown, tables)) + "\n", encoding="utf-8")


def write_page(path: Path, title: str, parts: Sequence[str]) -> None:
    """Write a page of HTML that needs no other file, whole or not at all.

    The parts are HTML, as `heading`, `html_table`, `image` and `figure` give it; the title is plain text.
    Raises SurjaxError where the file cannot be written.
    """
    page = PAGE.substitute(title=html.escape(title), body="\n".join(parts))
    with write_atomically(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def heading(text: str) -> str:
    """A heading in a page."""
    return f"<h2>{html.escape(text)}</h2>"


def html_table(table: Table) -> str:
    """A table in a page, with its heading and paragraphs."""
    above = [heading(table.heading)] if table.heading else []
    paragraphs = [f"<p>{html.escape(paragraph)}</p>" for paragraph in table.paragraphs]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in table.lines
    )
    return "\n".join([*above, *paragraphs, f"<table><tr>{head}</tr>{body}</table>"])


def image(png: bytes, alt: str) -> str:
    """A picture in a page, held in the page itself; alt says in words what it shows."""
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def figure(png: bytes, alt: str, caption: str) -> str:
    """A picture in a page with words below it."""
    return f"<figure>{image(png, alt)}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _markdown(table: Table) -> str:
    lines = [table.header, ["---", *["---:"] * (len(table.header) - 1)], *table.lines]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    above = [f"## {table.heading}"] if table.heading else []
    return "\n\n".join([*above, *table.paragraphs, text])
