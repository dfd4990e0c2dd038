"""Placeholders: what is shown as it is made (formulas, code, marks) is held, and a token stands for it in the text that
is turned into HTML. A document cannot hold a token of its own: their characters are taken out of it first."""

from __future__ import annotations

import re
from collections.abc import Callable

_OPEN, _CLOSE, REST = "\ue000", "\ue001", "\ue002"
"""Private characters: around the number of what is held, and where a block ends, so that remarks may follow."""

_OURS = re.compile(f"[{_OPEN}{_CLOSE}{REST}]")
_TOKEN = re.compile(f"{_OPEN}(\\d+){_CLOSE}|{REST}")
_IN_TAG = re.compile(f"<[^<>]*[{_OPEN}{_CLOSE}{REST}][^<>]*>")


def clean(text: str) -> str:
    """Text of a document without the characters of tokens."""
    return _OURS.sub("\ufffd", text)


class Held:
    """HTML that is held, and the remarks on each."""

    def __init__(self) -> None:
        self.html: list[str] = []
        self.remarks: list[str] = []

    def hold(self, html: str, remarks: str = "") -> str:
        """A token for a piece of HTML; its remarks stand behind the block that it stands in."""
        self.html.append(html)
        self.remarks.append(remarks)
        return f"{_OPEN}{len(self.html) - 1}{_CLOSE}"

    def put_back(self, page: str, around: Callable[[str], str]) -> str | None:
        """The page with everything in its place; None where a token is missing, stands twice, or within a tag."""
        if _IN_TAG.search(page):
            return None
        seen: list[int] = []
        waiting: list[str] = []

        def put(found: re.Match[str]) -> str:
            if found[1] is None:
                said = "".join(waiting)
                waiting.clear()
                return around(said) if said else ""
            at = int(found[1])
            if at >= len(self.html):
                return "\ufffd"
            seen.append(at)
            waiting.append(self.remarks[at])
            return self.html[at]

        made = _TOKEN.sub(put, page + REST)
        return made if sorted(seen) == list(range(len(self.html))) else None
