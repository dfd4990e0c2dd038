r"""Limits and infinite sums in a document, put into closed form before they are read.

\lim_{x \to 0} \alpha e^x = \alpha                      the limit, where a rule has it
\sum_{k=0}^\infty \gamma^k = \frac{1}{1 - \gamma}       the sum, where it converges
as $x \to \infty$, $\sigma(x) \to 1$                    the same in words: σ(x) ⇝ x∞ = 1, which is as long
$\sigma(x) \to 1$ as $x \to \infty$

What no rule has stays as it is written, and is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.documents.scan import Piece
from checker.documents.stretches import RELATION, outside
from derivations.domains import Names, parse_names
from derivations.formula import Node
from derivations.limits import DOWN, UP, Limit, depends, limit
from derivations.notation import read
from derivations.notation.spelling import canonical
from derivations.notation.write import write_body
from derivations.series import infinite_sum

TOWARDS = "⇝"
"""Behind a formula: what goes where, as the limit of the formula is meant."""

MOST = 8
"""Limits and sums of one text."""

_ARROW = r"(?:\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])|→|⟶|->)"
_LETTER = r"\\?[A-Za-z]+(?:_\w)?"
_PLACE = r"[+-]?\s*(?:\\infty(?![A-Za-z])|∞|\d+(?:\.\d+)?|[a-z](?![A-Za-z]))"
_SIDE = r"(?:\s*\^\s*\{?\s*[+-]\s*\}?)?"
_LIMIT = re.compile(
    rf"\\lim(?![A-Za-z])\s*(?:\\limits)?\s*_\s*\{{\s*(?P<name>{_LETTER})\s*{_ARROW}\s*(?P<to>{_PLACE}){_SIDE}\s*\}}"
)
_ABOVE = r"\^\s*(?:\{\s*\+?\s*(?:\\infty|∞)\s*\}|\\infty(?![A-Za-z])|∞)"
_SUM = re.compile(
    r"(?:\\sum(?![A-Za-z])|∑|Σ)\s*(?:\\limits)?\s*"
    r"(?:_\s*\{\s*(?P<k>[a-z])\s*=\s*(?P<start>\d{1,2})\s*\}\s*" + _ABOVE + r"|" + _ABOVE + r"\s*"
    r"_\s*\{\s*(?P<k2>[a-z])\s*=\s*(?P<start2>\d{1,2})\s*\})"
)
_TOWARDS = re.compile(rf"{TOWARDS}(?P<name>{_LETTER})(?P<to>[+-]?(?:∞|\d+(?:\.\d+)?|[a-z]))")


def speaks_of_limits(text: str) -> bool:
    """Whether a text has a limit or an infinite sum in it."""
    return any(pattern.search(text) is not None for pattern in (_LIMIT, _SUM, _TOWARDS))


def claims_limits(text: str) -> bool:
    """Whether a text says of a limit, or of an infinite sum, what it is."""
    left = text[: next((m.start() for m in outside(text, RELATION)), 0)]
    return speaks_of_limits(left)


def without_limits(text: str) -> str:
    """A text with the signs of its limits and infinite sums blank: what letters it speaks of."""
    for pattern in (_LIMIT, _SUM, _TOWARDS):
        text = pattern.sub(lambda m: " " * len(m[0]), text)
    return text


def closed(text: str, names: Names) -> str:
    """A text with its limits and infinite sums in closed form, the inner ones first. Raises `ReadError` where what
    stands in one cannot be read."""
    if (towards := _TOWARDS.search(text)) is not None:
        text = f"\\lim_{{{towards['name']}→{towards['to']}}} {text[: towards.start()]}{text[towards.end() :]}"
    for _ in range(MOST):
        found = max((*_LIMIT.finditer(text), *_SUM.finditer(text)), key=lambda m: m.start(), default=None)
        if found is None:
            return text
        of_limit = found.re is _LIMIT
        end = _reach(text, found.end(), not of_limit)
        body = text[found.end() : end]
        made = _limit(found, body, names) if of_limit else _sum(found, body, text, end, names)
        if made is None:
            return text
        text = f"{text[: found.start()]}\\left({made}\\right){text[end:]}"
    return text


def _limit(found: re.Match[str], body: str, names: Names) -> str | None:
    name = canonical(found["name"])
    row = names.get(name)
    if row is not None and (row.role != "input" or row.sizes):
        return None
    names = names.without(name) if row is not None else names
    names = names.with_rows(*parse_names({name: "real"}).values())  # what goes there is a number that may
    formula, to = read(body, names), _place(found["to"], names)
    if not depends(formula.body, name, names):
        return None  # what is meant depends on it
    made = limit(formula.body, name, to, names)
    return write_body(replace(formula, body=made, source=None), "latex") if _written(formula, made) else None


def _sum(found: re.Match[str], body: str, text: str, end: int, names: Names) -> str | None:
    k, start = found["k"] or found["k2"], int(found["start"] or found["start2"])
    if re.search(rf"(?<![A-Za-z\\]){k}(?![A-Za-z])", text[end : _reach(text, end, False)]):
        return None  # what stands behind a sign belongs to the sum as well
    counting = names.without(k) if k in names else names
    counting = counting.with_rows(*parse_names({k: "integer"}).values())
    formula = read(body, counting)
    made = infinite_sum(formula.body, k, start, counting)
    return write_body(replace(formula, body=made, source=None), "latex") if _written(formula, made) else None


def _written(formula: object, made: object) -> bool:
    """Whether what was made is a tree that can stand where the formula stood."""
    return isinstance(made, Node) and not getattr(formula, "axes", ())


def _place(text: str, names: Names) -> Limit:
    bare = re.sub(r"\s", "", text).replace("\\infty", "∞").removeprefix("+")
    if bare in ("∞", "-∞"):
        return UP if bare == "∞" else DOWN
    return read(bare, names).body


def _reach(text: str, at: int, term: bool) -> int:
    """Where what stands behind a sign ends: with its bracket, or, where it is a `term`, before the next + or -."""
    depth, begun = 0, False
    for k in range(at, len(text)):
        sign = text[k]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth < 0:
                return len(text[:k].rstrip().removesuffix("\\right"))
        elif term and depth == 0 and begun and sign in "+-−" and text[:k].rstrip()[-1:] not in ("^", "_", "{"):
            return k
        begun = begun or not (sign.isspace() or sign in "+-−")
    return len(text)


# ---------------------------------------------------------------- in words

_GOES = re.compile(rf"\s*(?P<name>{_LETTER})\s*{_ARROW}\s*(?P<to>{_PLACE}){_SIDE}\s*[,.]?\s*")
_SIGN = re.compile(rf"\s*{_ARROW}\s*")
_LEADING = re.compile(r"\b(?:as|when|whenever|if|for|while|letting|let)\s*\Z", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s*,?\s*(?:(?:and|but|while|whereas|then|we\s+(?:have|get|see)|so|that|it\s+holds)\s*)*", re.IGNORECASE
)
_AS = re.compile(r"\s*,?\s*(?:as|when|whenever|if|for)\s*", re.IGNORECASE)
_IN_ONE = re.compile(
    rf"(?:\s|\\[,;:! ]|\\q?quad(?![A-Za-z]))*(?:\\(?:text|mbox|textrm)\s*\{{\s*,?\s*(?:as|when|for|if)\s*\}}|\()"
    rf"(?:\s|\\[,;:! ])*(?P<name>{_LETTER})\s*{_ARROW}\s*(?P<to>{_PLACE}){_SIDE}\s*\)?\s*[,.]?\s*\Z"
)


def in_one(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a document, those that say where a formula tends to as an equation of its limit, character by
    character where they stand."""
    going: re.Match[str] | None = None
    """What goes where, as words in front say."""
    for k, piece in enumerate(pieces):
        if piece.kind != "formula":
            going = going if piece.kind == "words" and _BETWEEN.fullmatch(piece.inside) else None
            yield piece
            continue
        own = _IN_ONE.search(piece.inside)
        goes = _GOES.fullmatch(piece.inside)
        if own is not None:
            blank = " " * (len(piece.inside) - own.start())
            yield _tending(replace(piece, inside=piece.inside[: own.start()] + blank), own) or piece
        elif goes is not None and k and pieces[k - 1].kind == "words" and _LEADING.search(pieces[k - 1].inside):
            going = goes
            yield piece
        else:
            behind = _behind(pieces, k)
            made = _tending(piece, behind or going) if behind or going else None
            going = going if made is not None else None
            yield made or piece


def _behind(pieces: Sequence[Piece], k: int) -> re.Match[str] | None:
    """What goes where, as words behind a formula say: `as $x \\to 0$`."""
    said = pieces[k + 1 : k + 3]
    if len(said) < 2 or said[0].kind != "words" or said[1].kind != "formula" or not _AS.fullmatch(said[0].inside):
        return None
    return _GOES.fullmatch(said[1].inside)


def _tending(piece: Piece, going: re.Match[str] | None) -> Piece | None:
    """`F \\to B` as `F⇝x∞ = B`; None where it says something else, or has no room for that."""
    signs = list(outside(piece.inside, _SIGN))
    if going is None or len(signs) != 1 or any(True for _ in outside(piece.inside, RELATION)):
        return None
    sign, name = signs[0], going["name"]
    to = re.sub(r"\s", "", going["to"]).replace("\\infty", "∞").removeprefix("+")
    left = piece.inside[: sign.start()]
    if not re.search(rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])", left):
        return None
    said = f"{TOWARDS}{name}{to}="
    if len(said) > len(sign[0]) or not piece.inside[sign.end() :].strip():
        return None
    return replace(piece, inside=left + said.ljust(len(sign[0])) + piece.inside[sign.end() :])
