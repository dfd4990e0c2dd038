"""Lines of a text: what one says, and where one ends."""

from __future__ import annotations

from derivations.formula import Formula, Note
from derivations.frozen import frozen
from derivations.notation.read.prose import quantity_named
from derivations.notation.read.token import Tokens, outside_brackets
from derivations.notation.words import IF, UNLESS


@frozen
class Line:
    """One chain: `parts` joined by `ops` (=, :=, ≈, ∝, <, <=, >, >=, !=, =>, <=>), one op less than parts.

    A side that is no formula under the names (`LL(x, y)`, the derivative asked for) is `target`, its text; then `parts`
    begin behind it, and `by` is the relation between the two. `label` is the line's own: "(3)", "Line A". `remarks` are
    the words around the formulas.
    """

    parts: tuple[Formula, ...]
    ops: tuple[str, ...] = ()
    label: str | None = None
    remarks: tuple[str, ...] = ()
    target: str | None = None
    by: str = "="

    @property
    def named(self) -> bool:
        """Whether a left side, or words in front, say what the line is about: `W2 = …`, `so the saliency is …`."""
        return self.target is not None or bool(self.quantity)

    @property
    def quantity(self) -> str:
        """The noun by which the line is said to be about something: gradient, saliency; "" for none."""
        return next((noun for words in (*self.remarks, self.target or "") if (noun := quantity_named(words))), "")


@frozen
class Statement:
    """The lines of a text, in order."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...] = ()

    @property
    def last(self) -> Formula | None:
        """Where the text ends: the last part of the last line."""
        return self.lines[-1].parts[-1] if self.lines and self.lines[-1].parts else None


def split_lines(tokens: Tokens) -> list[tuple[int, int]]:
    """The ranges of tokens between line breaks outside brackets; a line ending or starting with an operator goes on."""
    groups: list[tuple[int, int]] = []
    start = 0
    last = len(tokens) - 1
    for k in outside_brackets(tokens, 0, last):
        if tokens[k].kind == "newline" or (
            tokens[k].kind == ";" and _equation(tokens, start, k) and _equation(tokens, k + 1, last)
        ):
            groups.append((start, k))
            start = k + 1
    groups.append((start, last))
    merged: list[tuple[int, int]] = []
    joining = ("+", "-", "*", "/", "dot", "times", "@", "odot", "^", "rel", ",")
    for a, b in groups:
        while a < b and tokens[a].kind == "&":
            a += 1
        if a >= b:
            continue
        if merged:
            before = tokens[merged[-1][1] - 1]
            first = tokens[a]
            goes_on = before.kind in joining[:-1] or (
                first.kind in ("+", "*", "/", "dot", "times", "@", "odot")
                or (first.kind == "-" and not has_relation(tokens, a, b))
            )
            if goes_on:
                merged[-1] = (merged[-1][0], b)
                continue
        merged.append((a, b))
    return merged


def _equation(tokens: Tokens, a: int, b: int) -> bool:
    """Whether an equation or assignment stands here, up to the next line, outside brackets and outside cases in
    line."""
    for k in outside_brackets(tokens, a, b):
        t = tokens[k]
        if t.kind == "rel" and t.value in ("=", ":="):
            return True
        if t.kind in ("newline", ";") or (t.kind == "word" and (t.value in IF or t.value in UNLESS)):
            return False
    return False


def has_relation(tokens: Tokens, a: int, b: int) -> bool:
    return any(tokens[k].kind == "rel" for k in outside_brackets(tokens, a, b))
