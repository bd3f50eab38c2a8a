"""Sessions of the interactive interpreter, in docstrings and pages, held against what they show."""

import doctest
import re
from typing import Any

NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?")


class Checker(doctest.OutputChecker):
    """Takes an output that differs in spaces, or in digits that another processor rounds otherwise."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Whether the texts are the same between the decimal numbers, and the numbers to four digits."""
        if super().check_output(want, got, optionflags):
            return True
        same_text = _without_numbers(want) == _without_numbers(got)
        numbers = ([float(number) for number in NUMBER.findall(text)] for text in (want, got))
        return same_text and all(
            abs(a - b) <= 1e-4 * max(abs(a), 1e-3) for a, b in zip(*numbers, strict=True)
        )


def _without_numbers(text: str) -> str:
    return "".join(NUMBER.sub("#", text).split())


def run_sessions(sessions: list[doctest.DocTest], names: dict[str, Any] | None = None) -> int:
    """Run them, in the given names or each in its own; how many examples there were, all of them right."""
    runner = doctest.DocTestRunner(checker=Checker())
    for session in sessions:
        if names is not None:
            session.globs = names
        runner.run(session, clear_globs=names is None)
    failed, tried = runner.summarize()
    assert failed == 0, "what differs is printed above"
    return tried


def sessions_of(module: Any) -> list[doctest.DocTest]:
    """Those in a module's docstrings."""
    return [session for session in doctest.DocTestFinder().find(module) if session.examples]
