r"""Entries beyond the ends of an array that an answer lets count as 0: `\sum_k w_k z_{j-k+1}, where z_i = 0 outside
1 ≤ i ≤ n`, `… with z zero-padded`, `… (terms out of range are 0)`.

Of a named array every such entry is 0; of terms, what stands below the innermost sum. A range that is said must be that
of the array.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derivations.domains import Names
from derivations.formula import (
    ZERO,
    Add,
    And,
    Bound,
    Cases,
    Elem,
    Formula,
    Index,
    IndexVal,
    Node,
    Note,
    Rel,
    Size,
    add,
    map_up,
    replace_elems,
    walk,
)
from derivations.formula.sizes import end_of
from derivations.frozen import frozen
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import canonical

LONGEST = 200
"""Characters at the end of an answer that are looked at."""
_FIRST = re.compile(r"zero|\b0\b|absent|missing|vanish|drop|omit|ignor|leav|range|bounds|valid|defined", re.IGNORECASE)
_LEADS = re.compile(
    r"[,;(]|\\q?quad(?![A-Za-z])|\\text"
    r"|(?<=\s)(?:where|with|treating|taking|assuming|using|ignoring|omitting|dropping)\b"
)
_DRESSED = re.compile(r"\\text\w*\s*\{([^{}]*)\}|\\(?:q?quad(?![A-Za-z])|[,;: ]|left(?![A-Za-z])|right(?![A-Za-z]))|\$")
_SIGNS = (
    (re.compile(r"\\leq?(?![A-Za-z])|≤|⩽"), "<="), (re.compile(r"\\geq?(?![A-Za-z])|≥|⩾"), ">="),
    (re.compile(r"\\(?:l|c)?dots(?![A-Za-z])|…|⋯|\.\.\."), ".."), (re.compile(r"\\notin(?![A-Za-z])|∉"), "outside"),
    (re.compile(r"\\([{}])"), r"\1"), (re.compile(r"\bnot in\b"), "outside"),
)  # fmt: skip
_LEAD = (
    r"(?:[,;(]\s*)*(?:and\s+)?(?:where\s+|with\s+|treating\s+|taking\s+|assuming\s+(?:that\s+)?|using\s+|for\s+)?"
    r"(?:the\s+|all\s+|any\s+|we set\s+)*"
)
_IS = (
    r"(?:(?:is|are|being|=|:=|counts?\s+as|equal|taken\s+(?:as|to\s+be)|treated\s+as|set\s+to|as|read\s+as|contributes?)"
    r"\s*(?:0|zeros?|nothing)|vanish(?:es)?|(?:is\s+|are\s+)?(?:omitted|ignored|dropped|left\s+out))"
)
_OUT = (
    r"(?:out[- ]of[- ](?:range|bounds)"
    r"|outside(?:\s+of)?(?:\s+(?:its|their|the|this|that))?(?:\s+(?:valid|index|array))?\s+"
    r"(?:ranges?|bounds|array|image|indices|support)"
    r"|beyond\s+(?:the|its|their)\s+ends?|undefined|not\s+defined|invalid)"
)
_WHAT = r"(?:terms?|entries|summands?|elements|indices|index|values|factors|those|anything|everything)"
_UNDER = r"(?:\{[\w,\s+]+\}|\w{1,3})"
_NAME = (
    r"(?P<name>d\w+/d[^\W\d_]\w*|\\frac\s*\{\s*(?:\\partial|∂)\s*\w+\s*\}\s*"
    rf"\{{\s*(?:\\partial|∂)\s*\w\s*(?:_\s*{_UNDER})?\s*\}}|\\?[^\W\d_]+)(?:\s*_\s*(?P<below>{_UNDER}))?"
)
_BEYOND = re.compile(rf"{_LEAD}{_NAME}\s*(?:{_IS})")
"""∂L/∂c_{T+1} = 0"""
_TAILS = (
    re.compile(
        rf"{_LEAD}(?:first|last|second|third|other|recurrent|future)\s+"
        r"(?:term|sum|summand|part|contribution)\s+"
        rf"(?:{_IS}|drops(?:\s+out)?|is\s+(?:absent|missing|not\s+there))"
        r"\s+(?:for|at|if|when)\s+(?P<letter>\w)\s*=\s*(?P<end>\w+)"
    ),
    re.compile(
        rf"{_LEAD}{_NAME}\s*(?:{_IS})\s*(?:for\s+|if\s+|when\s+|whenever\s+)?(?:its\s+|the\s+)?(?:indices\s+|index\s+)?"
        rf"(?:\w\s+)?(?:is\s+|are\s+|that\s+are\s+)?(?P<range>{_OUT}|outside\b.+|\w\s*<.+|\w\s*>.+)"
    ),
    _BEYOND,
    re.compile(
        rf"{_LEAD}(?:{_NAME}\s+)?(?:is\s+|being\s+)?(?:zero[- ]padded|padded\s+with\s+zeros?|zero[- ]padding)"
        r"(?:\s+of\s+\w+)?"
    ),
    re.compile(
        rf"{_LEAD}{_WHAT}\s+(?:(?:that\s+are|with|whose|of\s+(?P<name>\\?\w+))\s+)?"
        rf"(?:(?:an?\s+)?(?:index|indices)\s+(?:is\s+|are\s+)?)?{_OUT}\s+{_IS}"
    ),
    re.compile(rf"{_LEAD}(?:{_OUT})\s+{_WHAT}\s+(?:of\s+(?P<name>\\?\w+)\s+)?{_IS}"),
    re.compile(
        r"(?:[,;(]\s*)*(?:ignoring|omitting|dropping|leaving\s+out)\s+(?:the\s+|all\s+|any\s+)*"
        rf"(?:{_WHAT}\s+(?:that\s+are\s+|with\s+indices\s+)?{_OUT}|{_OUT}\s+{_WHAT})"
    ),
    re.compile(
        rf"{_LEAD}{_WHAT}\s+with\s+[\w+\s-]+?\s+outside\s+"
        rf"(?P<within>[\[{{(]?\s*1\s*(?:,|\.\.|,\s*\.\.\s*,)\s*\w+\s*[\]}})]?)\s+{_IS}"
    ),
)
"""What may stand at the end of an answer."""


@frozen
class Padding:
    """Which arrays go on with zeros, by their names; none where every term of a sum that has no value is 0."""

    names: tuple[str, ...] = ()
    above: bool = False
    """Whether only what lies above the last entry is 0: `∂L/∂c_{T+1} = 0`."""
    at: tuple[str, str] | None = None
    """Of `the last term is 0 for t = T`: t and T. The term is the one with entries that may lie beyond an end."""

    def of(self, formula: Formula) -> Formula:
        """A formula with 0 beyond the ends."""
        names = formula.names
        if names is None:
            return formula
        if self.at is not None:
            body = _ended(formula.body, *self.at, names)
        elif self.names:

            def by(elem: Elem) -> Node | None:
                holds = _within(elem, names)[self.above :: 1 + self.above] if elem.name in self.names else ()
                return Cases(((And(holds), elem),), ZERO) if holds else None

            body = replace_elems(formula.body, by)
        else:
            body = map_up(formula.body, lambda part: _padded_sum(part, names))
            terms = body.args if isinstance(body, Add) else (body,)
            body = add(*(_padded_term(term, names) for term in terms))
        note = Note("zero-padding", f"{', '.join(self.names) or 'terms'} beyond the ends: 0, as the answer says")
        return formula if body == formula.body else replace(formula, body=body, notes=(*formula.notes, note))


def without_padding(text: str, names: Names) -> tuple[str, Padding | None]:
    """A text without what it says of entries beyond the ends, and that; None where it says nothing that is true of the
    declared arrays."""
    begin = max(0, len(text) - LONGEST)
    if _FIRST.search(text, begin) is None:
        return text, None
    for lead in _LEADS.finditer(text, begin):
        tail = _plain(text[lead.start() :])
        for pattern in _TAILS:
            found = pattern.fullmatch(tail)
            padding = None if found is None else _said(found, names)
            if padding is not None:
                return text[: lead.start()].rstrip(" ,;"), padding
    return text, None


def _plain(text: str) -> str:
    """Words and signs without their dressing, and without the stops at the end."""
    text = _DRESSED.sub(lambda m: f" {m[1] or ''} ", text)
    for pattern, plain in _SIGNS:
        text = pattern.sub(plain, text)
    return " ".join(text.split()).rstrip(" .)") + (")" if text.count("(") == 0 < text.count(")") else "")


def _said(found: re.Match[str], names: Names) -> Padding | None:
    """What a tail says; None where its range is not that of the array."""
    groups = found.groupdict()
    if (letter := groups.get("letter")) is not None:
        row = names.get(letter)
        ends = () if row is None or row.index is None else ("1", str(row.index.size))
        return Padding(at=(letter, groups["end"])) if groups["end"] in ends else None
    if groups.get("within") is not None:
        sizes = {str(size) for row in names.values() for size in row.sizes}
        end = re.findall(r"\w+", groups["within"])[-1]
        return Padding() if end in sizes else None
    if groups.get("name") is None:
        return Padding()
    spelled = canonical(groups["name"])
    scope = scope_of(names)
    row = scope.rows.get(spelled) or scope.adjoints.get(spelled)
    below: list[str] = re.findall(r"\w", groups.get("below") or "")
    for mark in [m.start() for m in re.finditer("_", spelled)] if row is None else []:  # the i of ∂L/∂z_i
        whole, under = spelled[:mark], spelled[mark + 1 :]
        row = row or scope.rows.get(whole) or scope.adjoints.get(whole)
        below = below if row is None else below or re.findall(r"[^\W_]", under)
    if row is None or not row.sizes or row.labels:
        return None
    if found.re is _BEYOND:
        shown = (groups.get("below") or groups["name"]).replace(" ", "")
        beyond = (rf"(?<!\w){re.escape(f'{size}+1')}(?!\w)" for size in row.sizes)
        return Padding((row.name,), above=True) if any(re.search(end, shown) for end in beyond) else None
    said = groups.get("range") or ""
    return Padding((row.name,)) if _is_range(said, below, row.sizes) else None


def _is_range(said: str, below: list[str], sizes: tuple[Size, ...]) -> bool:
    """Whether a text says only that indices are out of the range of an array."""
    if re.search(r"\d|<|>", said) is None:
        return not said or re.fullmatch(_OUT, said.strip(" .()")) is not None
    said = said.removeprefix("outside").strip(" .()")
    ends = dict(zip(below, map(str, sizes), strict=False)) if len(below) == len(sizes) else {}
    for part in re.split(r"\s*(?:,(?!\s*\.\.)(?<!\.\.,)|\band\b|\bor\b)\s*", said):
        part = part.replace(" ", "").strip("[]{}()")
        bounds = re.fullmatch(r"1<=(\w)<=(.+)", part)
        if bounds is not None and ends.get(bounds[1]) == bounds[2]:
            continue
        if any(part in (f"{i}<1", f"{i}<=0", f"{i}>{end}", f"{i}>={end}+1") for i, end in ends.items()):
            continue
        whole = rf"[\[{{(]?1(?:,|\.\.|,\.\.,){re.escape(str(sizes[0]))}[\]}})]?"
        return len(sizes) == 1 and re.fullmatch(whole, said.replace(" ", "")) is not None
    return True


def _within(elem: Elem, names: Names) -> tuple[Node, ...]:
    """The conditions under which an entry lies within its array; none where it certainly does."""
    row = names.get(elem.name)
    holds: list[Node] = []
    for at, size in zip(elem.at, () if row is None else row.sizes, strict=False):
        if isinstance(at, int) or (isinstance(at, Index) and at.size == size):
            continue
        last = end_of(Index("k", size))
        holds += [Rel(">=", IndexVal(at), IndexVal(1)), Rel("<=", IndexVal(at), IndexVal(last))]
    return tuple(holds)


def _ended(body: Node, letter: str, end: str, names: Names) -> Node:
    """A sum of terms in which the one that goes beyond an end is 0 where an index is what is said."""
    row = names.get(letter)
    terms = body.args if isinstance(body, Add) else (body,)
    open_ = [k for k, t in enumerate(terms) if any(isinstance(n, Elem) and _within(n, names) for n in walk(t))]
    if row is None or row.index is None or len(open_) != 1:
        return body
    last = IndexVal(1 if end == "1" else end_of(row.index))
    held = Cases(((Rel("!=", IndexVal(row.index), last), terms[open_[0]]),), ZERO)
    return add(*(held if k == open_[0] else t for k, t in enumerate(terms)))


def _padded_term(term: Node, names: Names) -> Node:
    """A term without a sum, which is 0 where an entry in it lies beyond an end."""
    if any(isinstance(n, Bound) for n in walk(term)):
        return term
    holds = tuple(dict.fromkeys(c for n in walk(term) if isinstance(n, Elem) for c in _within(n, names)))
    return Cases(((And(holds), term),), ZERO) if holds else term


def _padded_sum(part: Node, names: Names) -> Node | None:
    """An innermost sum, whose terms are 0 where an entry in them lies beyond an end."""
    if not isinstance(part, Bound) or part.op != "sum" or any(isinstance(n, Bound) for n in walk(part.body)):
        return None
    holds = tuple(dict.fromkeys(c for n in walk(part.body) if isinstance(n, Elem) for c in _within(n, names)))
    return replace(part, body=Cases(((And(holds), part.body),), ZERO)) if holds else None
