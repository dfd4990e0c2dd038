"""Handouts: parts of a bank in, a sheet and its key out.

    write(handout(choose(bank, ["002/6"])), "tex", key=True) -> str

value      what a handout is: exercises, questions, blocks
making     from parts to a handout; `handout` is the map
prose      the words of authors and of derivations
setting    what stands above the questions
key        the key, a rule a kind
numerals   numbers and arrays of numbers
latex      page      markdown    a printer a format
moodle/    the parts as questions of Moodle and STACK
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from checker.documents.reports.pdf import printed
from checker.handouts.latex import write_latex
from checker.handouts.making import choose, handout
from checker.handouts.markdown import write_markdown
from checker.handouts.moodle import quiz
from checker.handouts.page import write_page
from checker.handouts.value import Handout
from derivations.frozen import frozen
from problems.bank import load_bank

__all__ = ["FORMATS", "MOODLE", "Format", "choose", "handout", "made", "write"]


@frozen
class Format:
    """A format of handouts: the suffix of its file, what it is, and what writes it, the sheet or the key."""

    suffix: str
    meaning: str
    write: Callable[[Handout, bool], str | bytes]


def _pdf(handout: Handout, key: bool) -> bytes:
    """Compiled where there is LaTeX, else printed by a browser. Raises `ReportError` where there is neither."""
    return printed(lambda: write_page(handout, key), lambda: write_latex(handout, key), latex_first=True)


FORMATS: Mapping[str, Format] = MappingProxyType({
    "md": Format(".md", "Markdown with formulas between dollars", write_markdown),
    "tex": Format(".tex", "LaTeX", write_latex),
    "html": Format(".html", "one file for a browser, to be printed as well", write_page),
    "pdf": Format(".pdf", "PDF, by pdflatex or a browser of the machine", _pdf),
})  # fmt: skip
"""Every format by its name."""


MOODLE = "moodle"
"""The format whose questions are no handout."""


def write(handout: Handout, format: str = "md", key: bool = False) -> str | bytes:
    """A handout in one of `FORMATS`; text, but bytes for a PDF. The same values give the same bytes. Raises
    `ReportError` for a format that cannot be written here."""
    if format not in FORMATS:
        raise ValueError(f"no format {format!r}: there are {', '.join(FORMATS)}")
    return FORMATS[format].write(handout, key)


def made(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a worker answers to a `sheet` request: {"text": …} or {"bytes": base64}, for Moodle also the ids of the
    parts that are `held`, and those `left_out` with the reasons. Raises `TruthError`, `ReportError`."""
    chosen = choose(load_bank(request["bank"]), request["parts"])
    if request["format"] == MOODLE:
        questions = quiz(chosen, request["title"])
        return {"text": questions.xml, "held": list(questions.held), "left_out": list(map(list, questions.left_out))}
    written = write(handout(chosen, request["title"], request["seed"]), request["format"], request["key"])
    return {"text": written} if isinstance(written, str) else {"bytes": base64.b64encode(written).decode()}
