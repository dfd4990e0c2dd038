r"""Arrays as families of their entries: `[a_i]_{i=1}^n`, `(a_i b)_{i=1}^n`, `\operatorname{diag}(a_i)_{i=1}^n`."""

from __future__ import annotations

from dataclasses import replace

from derivations.formula import Size
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.surface import Applied, ArrayOf, Group, Surface
from derivations.notation.read.token import Token


def family(cursor: Cursor, base: Surface) -> Surface | None:
    """The array over `_{i=1}^n` behind a bracket, or of the diagonal of a matrix; None where nothing of that kind
    stands there."""
    opened = cursor.toks[cursor.pos + 1]
    if opened.kind != "{" or opened.mate != cursor.pos + 5 or opened.mate + 2 >= len(cursor.toks):
        return None
    letter, sign, first = cursor.toks[cursor.pos + 2 : opened.mate]
    hat, above = cursor.toks[opened.mate + 1 : opened.mate + 3]
    begins = letter.kind == "word" and sign.value == "=" and first.kind == "num" and first.value == "1"
    if not begins or hat.kind != "^":
        return None
    end = opened.mate + 2
    if above.kind == "{" and above.mate == end + 2:
        above, end = cursor.toks[end + 1], above.mate
    size = _size(cursor, above)
    diagonal = isinstance(base, Applied) and base.function == "diag" and len(base.args) == 1
    if size is None or not (diagonal or (isinstance(base, Group) and base.bracket != "{")):
        return None
    body = base.args[0] if isinstance(base, Applied) else base.below()[0]
    body = body.body if isinstance(body, ArrayOf) else body  # diag(a_i) is of all i
    cursor.loose[:] = [
        (at, start) for at, start in cursor.loose if at != letter.value or not base.start <= start < base.end
    ]
    cursor.pos = end + 1
    stop = cursor.toks[end].end
    made = cursor.node(ArrayOf(base.start, stop, body, ((letter.value, size),), (1,)))
    return cursor.node(replace(base, end=stop, args=(made,))) if isinstance(base, Applied) else made


def _size(cursor: Cursor, token: Token) -> Size | None:
    """The length that stands above: a size, or a number of entries."""
    if token.kind == "num" and token.value.isdigit() and len(token.value) < 5:
        return int(token.value)
    return cursor.scope.sizes.get(token.value) if token.kind == "word" else None
