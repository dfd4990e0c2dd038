"""Reports: a marked document in, a page, a file of LaTeX, Markdown, JSON or a PDF out.

    report(marked, "html", reveal=True, title="Problem set 3") -> str

value          what every report says of a line and a part
held           placeholders: what is HTML already, while the words around it become HTML
prose_…        the words of Markdown and LaTeX documents as HTML
marks_html     a formula with its marks, and the remarks on it
body           the document with its marks in place
page           the whole file for a browser; standalone: what makes a file of a page
latex          the document with its marks for LaTeX; texmath has what may be drawn there
pdf            the page printed by a browser, or that LaTeX compiled
markdown       the parts and what is said of the lines
katex/         KaTeX and its fonts, as they were published
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from checker.documents.marks import Marked
from checker.documents.reports.latex import write_latex
from checker.documents.reports.markdown import write_markdown
from checker.documents.reports.page import write_page
from checker.documents.reports.pdf import write_pdf
from checker.documents.reports.value import ReportError, Wanted
from derivations.frozen import frozen

__all__ = ["FORMATS", "Format", "ReportError", "report"]


@frozen
class Format:
    """A kind of report: the suffix of its file, what it is, and what writes it."""

    suffix: str
    meaning: str
    write: Callable[[Marked, Wanted], str | bytes]


def _json(marked: Marked, wanted: Wanted) -> str:
    return json.dumps(marked.to_json(), ensure_ascii=False, indent=2) + "\n"


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "html": Format(".html", "the document with its marks, one file for a browser", write_page),
        "md": Format(".md", "the marks as Markdown", write_markdown),
        "tex": Format(".tex", "the document with its marks as LaTeX", write_latex),
        "pdf": Format(".pdf", "the marked page as a PDF, by a browser or pdflatex of the machine", write_pdf),
        "json": Format(".json", "every judged line and every part as JSON", _json),
    }
)
"""Every format by its name."""


def report(
    marked: Marked, format: str = "html", *, reveal: bool = False, title: str = "", notes: Sequence[str] = ()
) -> str | bytes:
    """A marked document in one of `FORMATS`; text, but bytes for a PDF.

    `reveal`: say what would be right; `notes`: what was not read of the document. The same values give the same bytes.
    Raises `ReportError` for a format that cannot be written here.
    """
    if format not in FORMATS:
        raise ValueError(f"no format {format!r}: there are {', '.join(FORMATS)}")
    return FORMATS[format].write(marked, Wanted(reveal, title, tuple(notes)))
