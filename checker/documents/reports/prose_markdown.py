"""The words of a Markdown document as HTML.

Links and pictures stay text, as do HTML and whatever is not understood: what comes out holds elements of ours alone.
"""

from __future__ import annotations

from html import escape
from typing import Any

from markdown_it import MarkdownIt

from checker.documents.reports.held import REST

MAX_MARKDOWN = 400_000
"""Characters that are read as Markdown; a longer document is shown in paragraphs."""

DOCUMENT_LEVEL = 2
"""The level of the heading that a document stands under."""


def prose(text: str, breaks: bool = False) -> str:
    """Paragraphs, headings, lists, tables, emphasis; `breaks`: an end of a line is shown as one."""
    if len(text) > MAX_MARKDOWN:
        return paragraphs(text)
    try:
        return _reader(breaks).render(text)
    except RecursionError:
        return paragraphs(text)


def paragraphs(text: str) -> str:
    """The text as it stands, cut at empty lines."""
    cut = [part for part in text.split("\n\n") if part.strip()]
    return "".join(f'<p class="plain">{escape(part, quote=False)}</p>{REST}' for part in cut)


class Levels:
    """Levels of headings without a gap: a document may jump from the first to the third."""

    def __init__(self) -> None:
        self.last = DOCUMENT_LEVEL

    def of(self, level: int) -> int:
        self.last = max(DOCUMENT_LEVEL + 1, min(level + DOCUMENT_LEVEL, self.last + 1, 6))
        return self.last


def _reader(breaks: bool) -> MarkdownIt:
    """What is read as Markdown: nothing whose text becomes an attribute of an element. Code between fences is held
    before; a fence that is none stays text."""
    made = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": breaks})
    made.enable(["table", "strikethrough"])
    made.disable(["link", "image", "autolink", "reference", "html_inline", "html_block", "code", "fence"])
    levels = Levels()
    for name in ("paragraph_close", "table_close"):
        made.add_render_rule(name, _closing)
    made.add_render_rule("heading_open", lambda _, tokens, at, *rest: _heading(tokens, at, levels, True))
    made.add_render_rule("heading_close", lambda _, tokens, at, *rest: _heading(tokens, at, levels, False))
    for name in ("th_open", "td_open"):
        made.add_render_rule(name, _cell)
    return made


def _closing(renderer: Any, tokens: Any, at: int, options: Any, environment: Any) -> str:
    return renderer.renderToken(tokens, at, options, environment) + REST


def _heading(tokens: Any, at: int, levels: Levels, opens: bool) -> str:
    if opens:
        return f"<h{levels.of(int(tokens[at].tag[1:]))}>"
    return f"</h{levels.last}>{REST}\n"


def _cell(renderer: Any, tokens: Any, at: int, options: Any, environment: Any) -> str:
    """A cell of a table without the style that says its alignment: the page has no styles but its own."""
    return f"<{tokens[at].tag}>"
