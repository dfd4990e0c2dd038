"""Whether a declared name can be written in a formula."""

from __future__ import annotations

from derivations.domains import Declared
from derivations.notation.errors import ReadError
from derivations.notation.read.grammar import cursor_over
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.scope import Scope
from derivations.notation.read.surface import Name
from derivations.notation.read.tokens import tokenize


def reads_as(text: str, row: Declared, scope: Scope) -> bool:
    """Whether a text is the name of a declaration and nothing else."""
    try:
        cursor = cursor_over(text, tokenize(text), scope)
        tree = parse_full(cursor)
    except ReadError:
        return False
    return cursor.toks[cursor.pos].kind == "end of text" and isinstance(tree, Name) and tree.row is row
