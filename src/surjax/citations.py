"""What a docstring cites, as "(Dinh et al. 2017, section 3.2)", and the works that are meant."""

import dataclasses
import functools
import re
from importlib import resources
from typing import Any

from surjax.errors import SurjaxError

REFERENCES = "references.bib"

BRACKETED = re.compile(r" *\(([^()]*?[A-Z][^()]*?\b(?:19|20)\d\d[a-z]?\b[^()]*)\)")
"""Brackets in which something stands that ends in a name and a year, or a section of it."""

_YEAR = r",? \(?(?P<year>(?:19|20)\d\d[a-z]?)\b"
_NAME = r"(?:(?:van den|van der|van|von|de) )?[A-Z][\w'’-]+"
_SEVERAL = re.compile(rf"(?P<authors>{_NAME}(?:(?:, {_NAME})* and {_NAME}| et al\.)){_YEAR}")
_ONE = re.compile(rf"(?:\(|; |: )(?P<authors>{_NAME}){_YEAR}")


@dataclasses.dataclass(frozen=True)
class Citation:
    """A work as a text names it.

    Attributes:
        authors: as "Bishop", "Kingma and Welling", or "Dinh et al.".
        year: with the letter that tells works of the same authors and year apart, as "2019a".
    """

    authors: str
    year: str

    def __str__(self) -> str:
        return f"{self.authors} {self.year}"


@dataclasses.dataclass(frozen=True)
class Reference:
    """An entry of a bibliography.

    Attributes:
        key: what a LaTeX document cites it by.
        bibtex: the entry, as it stands in the file.
        citations: the ways in which a text may cite it.
    """

    key: str
    bibtex: str
    citations: frozenset[Citation]


def docstring(obj: Any) -> str:
    """The docstring that a class, function or module has of its own, on one line; may be empty."""
    return " ".join((getattr(obj, "__doc__", None) or "").split())


def bracketed(text: str) -> list[str]:
    """What a text cites in brackets, as it stands there and each once.

    >>> bracketed("Turn x round (Tomczak and Welling 2016), twice.")
    ['Tomczak and Welling 2016']
    """
    return list(dict.fromkeys(BRACKETED.findall(" ".join(text.split()))))


def citations(text: str) -> list[Citation]:
    """The works that a text cites, each once, in the order of the text.

    Several authors may stand anywhere, a single one at the start of brackets or after a semicolon or a colon,
    as other words with a year behind them do too.

    >>> [str(work) for work in citations("As in Dinh et al. (2017). (Bishop 2006, section 10.2)")]
    ['Dinh et al. 2017', 'Bishop 2006']
    """
    line = " ".join(text.split())
    found = [*_SEVERAL.finditer(line), *_ONE.finditer(line)]
    found.sort(key=lambda match: match.start("authors"))
    return list(dict.fromkeys(Citation(match["authors"], match["year"]) for match in found))


@functools.cache
def references() -> tuple[Reference, ...]:
    """Every entry of surjax's bibliography, the file references.bib of the package."""
    return parse_bibtex(resources.files("surjax").joinpath(REFERENCES).read_text(encoding="utf-8"))


def parse_bibtex(text: str) -> tuple[Reference, ...]:
    """The entries of a BibTeX file that has one field a line, as references.bib does.

    Raises:
        SurjaxError: something is no entry, or has no authors or year.
    """
    entries = re.findall(r"^(@\w+\{([\w-]+),\n(?:  \w+ = \{.*\},\n)+\}$)", text, re.MULTILINE)
    rest = text
    for entry, _ in entries:
        rest = rest.replace(entry, "", 1)
    strange = [line for line in rest.splitlines() if line.strip() and not line.startswith("%")]
    if strange:
        raise SurjaxError(f"the bibliography has the line {strange[0]!r}, which is no part of an entry.")
    return tuple(_reference(entry, key) for entry, key in entries)


def _reference(entry: str, key: str) -> Reference:
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.MULTILINE))
    if not {"author", "title", "year"} <= fields.keys():
        raise SurjaxError(f"the entry {key} of the bibliography lacks an author, title or year: add them.")
    letter = re.search(r"\d([a-z]?)$", key)
    year = fields["year"] + (letter[1] if letter else "")
    names = [author.split(",")[0] for author in fields["author"].split(" and ")]
    return Reference(key, entry, frozenset(Citation(authors, year) for authors in _phrases(names)))


def _phrases(names: list[str]) -> list[str]:
    """How a text names authors: all of them where they are at most three, and "et al." from three on."""
    all_of_them = [" and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]]
    et_al = [f"{names[0]} et al."]
    return all_of_them if len(names) < 3 else [*all_of_them, *et_al] if len(names) == 3 else et_al


def find_reference(citation: Citation) -> Reference | None:
    """The entry that a citation means; None where there is none."""
    return next((entry for entry in references() if citation in entry.citations), None)
