"""A text on its way to a formula: the part that is read, where it stands in the whole, and the names it speaks of."""

from __future__ import annotations

from derivations.domains import Names
from derivations.formula import Note
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.scope import Scope


@frozen
class Source:
    """What one reading is of, and under which names.

    text    what is read: the whole without its fences and boxes
    whole   the text as it was given: faults and spans are told in it
    offset  where `text` begins in the whole
    scope   the declarations, as the reader looks them up
    own     letters that the text defines for itself, which stand for no declared one
    """

    text: str
    whole: str
    offset: int
    scope: Scope
    own: frozenset[str] = frozenset()

    @property
    def names(self) -> Names:
        """The declarations."""
        return self.scope.names

    def fail(self, message: str, start: int, end: int, expected: str = "", tag: str = "syntax") -> ReadError:
        """A refusal of what stands between two positions of the text."""
        return ReadError(message, (start, max(end, start + 1)), expected, (), (), self.text, tag)

    def home(self, error: ReadError) -> ReadError:
        """A fault found in the text, placed in the whole."""
        return at_home(error, self.whole, self.offset)

    def placed(self, notes: list[Note]) -> tuple[Note, ...]:
        """Notes on the text, placed in the whole."""
        if not self.offset:
            return tuple(notes)
        return tuple(
            Note(n.tag, n.message, None if n.span is None else (n.span[0] + self.offset, n.span[1] + self.offset))
            for n in notes
        )


def at_home(error: ReadError, text: str, offset: int) -> ReadError:
    """A fault found in part of a text, placed in the whole."""
    if error.text is not text or offset:
        error.span = (error.span[0] + offset, error.span[1] + offset)
        error.text = text
    error.__traceback__ = None
    return error
