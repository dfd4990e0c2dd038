"""Runs of letters: into which declared names they fall, and what starts an operand; an exp behind a logarithm."""

from __future__ import annotations

from derivations.notation.errors import put
from derivations.notation.read.grammar.cursor import SPOKEN, Cursor
from derivations.notation.read.surface import Indexed, Name, Surface
from derivations.notation.read.token import Token
from derivations.notation.spelling import GREEK
from derivations.notation.words import FUNCTIONS, KEYWORDS, NEVER_RUN, PRODUCT, SINCE


def starts_operand(cursor: Cursor, token: Token) -> bool:
    """Whether a token starts an operand in the place of an operator: that is, juxtaposed."""
    kind = token.kind
    if kind == "word":
        return token.value not in KEYWORDS or (token.value in SINCE and segments(cursor, token.value) is not None)
    if kind in cursor.grammar.operands:
        return True
    if kind in ("|", "||"):
        if token.value or is_evaluation(cursor, token):
            return token.value == "open"
        return not cursor.bars
    return False


def is_evaluation(cursor: Cursor, token: Token) -> bool:
    r"""Whether a bar says where a value is taken: a^2 \big|_{a = b}."""
    if token.kind != "|" or cursor.bars or token.value == "open":
        return False
    at = cursor.toks.index(token, cursor.pos)
    group = cursor.toks[at + 2] if at + 2 < len(cursor.toks) else token
    return (
        cursor.toks[at + 1].kind == "_"
        and group.kind == "{"
        and any(t.kind == "rel" and t.value == "=" for t in cursor.toks[at + 3 : group.mate])
    )


def segments(cursor: Cursor, word: str) -> list[str] | None:
    """The one way in which a run of letters falls into declared names; None where there is none. Raises where there
    are two."""
    if len(word) > 60 or word in GREEK or word in NEVER_RUN:
        return None
    scope, n = cursor.scope, len(word)
    if any(word.startswith(f) or word.endswith(f) for f in SPOKEN):
        return None
    ways: list[list[list[str]]] = [[] for _ in range(n + 1)]
    ways[n] = [[]]
    for at in range(n - 1, -1, -1):
        for end in range(at + 1, min(n, at + 30) + 1):
            piece = word[at:end]
            last = end == n
            if (
                piece in scope.rows
                or piece in scope.sizes
                or (last and piece in scope.bases)
                or cursor.bound.get(piece)
                or piece in scope.indices
                or piece == "pi"
                or (piece == "I" and last)
            ):
                ways[at] += [[piece, *rest] for rest in ways[end][:2]]
        del ways[at][3:]
    found = [w for w in ways[0] if len(w) > 1]
    if not found:
        return None
    if len(found) > 1:
        here = cursor.toks[cursor.pos]
        raise cursor.fail(
            f"{word} reads two ways",
            None,
            "spaces or * between the names",
            "ambiguous",
            readings=put(cursor.text, (here.start, here.end), *("*".join(w) for w in found[:2])),
        )
    return found[0]


def split_tail(cursor: Cursor, tail: str) -> bool:
    """Whether what follows a subscript in the same run is a product of declared names (indices do not count)."""
    rows = cursor.scope.rows
    if not tail:
        return False
    if (tail in cursor.scope.bases and tail not in cursor.scope.sizes) or in_other_case(cursor, tail):
        return True
    return any(tail[:k] in rows and split_tail(cursor, tail[k:]) for k in range(1, min(len(tail), 12)))


def is_a_name(cursor: Cursor, letter: str) -> bool:
    """Whether a letter is a declared name, in either case, and no index here."""
    free = not cursor.bound.get(letter) and letter not in cursor.scope.indices
    return free and (letter in cursor.scope.bases or in_other_case(cursor, letter))


def in_other_case(cursor: Cursor, letter: str) -> bool:
    """Whether a letter is read as a declared one in the other case, x as X, and is no index here."""
    free = not cursor.bound.get(letter) and letter not in cursor.scope.indices
    return len(letter) == 1 and free and cursor.scope.meant(letter) is not None


def before_exp(cursor: Cursor, inner: Surface) -> bool:
    r"""Whether an exp stands next, as a factor: of what the logarithm takes, in `\log \frac{1}{2b} \exp(-|x|/b)`, or of
    the logarithm. That of a name is `(log x) exp(x)`."""
    if isinstance(inner, Name | Indexed):
        return False
    at = cursor.pos + (cursor.toks[cursor.pos].kind in PRODUCT and PRODUCT[cursor.toks[cursor.pos].kind] != "/")
    after = cursor.toks[at]
    return after.kind == "word" and FUNCTIONS.get(after.value) == "exp" and cursor.is_function(after, at)
