"""Where output goes: a stream with its width, its colours and the characters it can hold. No SymPy, no NumPy; rich only
when something is drawn."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TextIO

PIPE_WIDTH = 100
"""Width of tables in a pipe or a file."""

NARROWEST, WIDEST = 20, 1000

_PROBE = "σ∂Σ≤x̂²ᵀ·–→✓✗─│"
_ASCII: Mapping[str, str] = MappingProxyType({
    "·": "*", "⋅": "*", "×": "x", "−": "-", "–": "-", "—": "-", "…": "...", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->",
    "⇒": "=>", "∂": "d", "∑": "sum", "∏": "prod", "√": "sqrt",
    "∞": "oo", "∈": "in", "∀": "for all ", "∝": "~", "⊙": "o", "✓": "ok", "✗": "no", "“": '"', "”": '"', "„": '"',
    "’": "'", "‘": "'", "\N{COMBINING CIRCUMFLEX ACCENT}": "hat",
    "\N{COMBINING MACRON}": "bar", "\N{COMBINING TILDE}": "tilde", "½": "1/2", "ᵀ": "^T", "‖": "||", "ₖ": "_k",
    "≈": "~", "•": "*", "█": "#", "▏": "|",
})  # fmt: skip


def to_ascii(text: str) -> str:
    """The text in ASCII: Greek by name, operators by their spelling, the rest as escapes."""
    if text.isascii():
        return text
    out: list[str] = []
    for char in text:
        if char.isascii():
            out.append(char)
        elif char in _ASCII:
            out.append(_ASCII[char])
        else:
            out.append(_spelled(char))
    return "".join(out)


def _spelled(char: str) -> str:
    name = unicodedata.name(char, "")
    for prefix in ("GREEK SMALL LETTER ", "GREEK CAPITAL LETTER "):
        if name.startswith(prefix) and " " not in name[len(prefix) :]:
            word = name[len(prefix) :].replace("LAMDA", "LAMBDA")
            return word.lower() if "SMALL" in prefix else word.capitalize()
    plain = unicodedata.normalize("NFKD", char)
    if plain != char:
        mark = "^" if "SUPERSCRIPT" in name else "_" if "SUBSCRIPT" in name else ""
        return mark + "".join(c if c.isascii() else _ASCII.get(c, "") for c in plain)
    return "" if unicodedata.combining(char) else char.encode("ascii", "backslashreplace").decode()


def can_hold(stream: TextIO, text: str = _PROBE) -> bool:
    """Whether the stream's encoding has these characters."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Terminal(NamedTuple):
    """One place to write to. `unicode` says whether σ and ∂ may be used; `interactive` whether a person sees it at
    once."""

    stream: TextIO
    width: int = PIPE_WIDTH
    interactive: bool = False
    color: bool = False
    unicode: bool = True

    @property
    def dressing(self) -> Literal["unicode", "ascii"]:
        """The dressing of `derivations.notation.write` that suits."""
        return "unicode" if self.unicode else "ascii"

    def fit(self, text: str) -> str:
        """The text with characters that the stream has, and without control characters that would move the cursor."""
        clean = "".join(
            c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else f"\\x{ord(c):02x}" for c in text
        )
        return clean if self.unicode else to_ascii(clean)

    def line(self, text: str = "") -> None:
        """A line as it is, never wrapped: code, LaTeX, JSON."""
        self.stream.write((text if can_hold(self.stream, text) else to_ascii(text)) + "\n")

    def json(self, value: Any) -> None:
        """One line of JSON."""
        text = json.dumps(value, ensure_ascii=False)
        self.stream.write((text if can_hold(self.stream, text) else json.dumps(value)) + "\n")

    def show(self, *things: Any) -> None:
        """rich renderables or plain strings; outside text never passes through rich's markup."""
        drawn = io.StringIO()
        console = self.console(drawn)
        for thing in things:
            console.print(self.fit(thing) if isinstance(thing, str) else thing)
        for line in drawn.getvalue().splitlines():
            self.line(line.rstrip())

    def console(self, stream: TextIO) -> Any:
        """A rich console that draws for this terminal into a stream."""
        from rich.console import Console

        return Console(
            file=stream,
            width=self.width,
            force_terminal=self.color,
            force_jupyter=False,  # in a notebook rich would display it there, and draw nothing into the stream
            no_color=not self.color,
            color_system="standard" if self.color else None,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=False,
            legacy_windows=False,
            _environ={},  # it is told everything here, and its own reading of COLUMNS fails on ²
        )


def terminal(to: TextIO | None = None) -> Terminal:
    """The terminal of a stream (default: standard output), as the environment says: COLUMNS, NO_COLOR, TERM=dumb."""
    stream: TextIO = to or sys.stdout
    interactive = bool(getattr(stream, "isatty", lambda: False)())
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) < 10 and int(columns) > 0:
        width = int(columns)
    else:
        import shutil

        width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if interactive else PIPE_WIDTH
    color = interactive and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Terminal(stream, min(max(NARROWEST, width), WIDEST), interactive, color, can_hold(stream))
