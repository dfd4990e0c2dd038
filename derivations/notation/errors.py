"""A text that cannot be read: where, what was read so far, what was expected, and the nearest declared name."""

from __future__ import annotations

from derivations.formula import Span


class ReadError(ValueError):
    """Raised by the reader. Whose fault: the writer of the text.

    span      where in the text
    expected  what could have stood there, in the user's words
    nearest   declared names that look like the unknown one
    readings  where a text reads two ways: how to write each of them
    tag       a stable word: syntax, unknown-name, index, ambiguous, limit, brackets, relation, operation
    """

    def __init__(
        self,
        message: str,
        span: Span = (0, 0),
        expected: str = "",
        nearest: tuple[str, ...] = (),
        readings: tuple[str, ...] = (),
        text: str = "",
        tag: str = "syntax",
    ):
        super().__init__(message)
        self.message = message
        self.span = span
        self.expected = expected
        self.nearest = nearest
        self.readings = readings
        self.text = text
        self.tag = tag

    def __str__(self) -> str:
        return self.message

    @property
    def line(self) -> int:
        """The line of the fault, from 1."""
        return self.text.count("\n", 0, self.span[0]) + 1

    @property
    def column(self) -> int:
        """The column of the fault, from 1."""
        return self.span[0] - (self.text.rfind("\n", 0, self.span[0]) + 1) + 1

    @property
    def so_far(self) -> str:
        """What was read before the fault, on its line."""
        start = self.text.rfind("\n", 0, self.span[0]) + 1
        return self.text[start : self.span[0]].strip()

    def show(self) -> str:
        """The message, the line with a caret under the fault, and what to do next."""
        start = self.text.rfind("\n", 0, self.span[0]) + 1
        end = self.text.find("\n", self.span[0])
        row = self.text[start : len(self.text) if end < 0 else end].replace("\t", " ")
        row = "".join(c if c.isprintable() else "�" for c in row)
        at = self.span[0] - start
        width = max(1, min(self.span[1], start + len(row)) - self.span[0])
        if len(row) > 100:
            left = max(0, at - 50)
            row, at = ("…" if left else "") + row[left : left + 98] + "…", at - left + (1 if left else 0)
            width = min(width, max(1, len(row) - at))
        out = [
            f"line {self.line}, column {self.column}: {self.message}",
            "",
            "    " + row,
            "    " + " " * at + "^" * width,
        ]
        if self.so_far:
            out.append(f"read so far: {self.so_far[-60:]}")
        if self.expected:
            out.append(f"expected: {self.expected}")
        if self.nearest:
            out.append("did you mean: " + ", ".join(self.nearest) + "?")
        out += [f"reading {k}: {r}" for k, r in enumerate(self.readings, 1)]
        return "\n".join(out)


def put(text: str, span: tuple[int, int], *parts: str) -> tuple[str, ...]:
    """The whole text once for each part that can stand in the span: readings are texts that can be read in place of
    what was written."""
    return tuple(text[: span[0]] + part + text[span[1] :] for part in parts)
