r"""Answers that are no formula: relations, intervals, finite sets, ±. Each is a set of points, told by its writing.

    x > 2,  0 < x \le 1,  x = 2 or x = -3     a condition
    [0, 1),  (-\infty, 2),  [0,1] \cup [2,3)  intervals
    \{1, 2\},  \pm\sqrt2,  x = 3 \pm a        finite sets

`(0, 1)` alone is a pair as well: it is an interval only where an end, a union or `x \in` says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from checker.answers.arrays import split_top
from derivations.domains import Names, parse_names
from derivations.formula import ZERO, And, Formula, Node, Or, Rel, names_in
from derivations.frozen import frozen
from derivations.notation import ReadError, read, read_condition
from derivations.notation.read.fences import unfenced
from derivations.notation.read.macros import expanded
from derivations.notation.relations import ORDER, spelled
from derivations.notation.spelling import canonical

MOST = 24
"""Values, intervals or pieces of one answer."""

Kind = Literal["condition", "intervals", "values"]


@frozen
class Interval:
    """Two ends as text, None where there is none, and whether each belongs to it."""

    low: str | None
    high: str | None
    with_low: bool
    with_high: bool


@frozen
class Form:
    """What a text says. `name` is the letter that it speaks of, where one is written; `notes` say what was inferred."""

    kind: Kind
    name: str | None = None
    values: tuple[str, ...] = ()
    intervals: tuple[Interval, ...] = ()
    condition: str = ""
    notes: tuple[str, ...] = ()


_SIZED = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])|\\[,;:! ]|\\q?quad(?![A-Za-z])|[$~]|\\[()]|(?<!\\)\\[\[\]]"
)
_JOINED = re.compile(
    r"\\(?:text|mbox|textrm|mathrm)\s*\{\s*,?\s*(or|and)\s*,?\s*\}|\\(lor|vee|land|wedge)(?![A-Za-z])|[∨∧]"
)
_OR = re.compile(r"\s*,?\s*(?<![A-Za-z\\])or(?![A-Za-z])\s*")
_LISTED = re.compile(r"\s*,?\s*(?<![A-Za-z\\])(?:or|and)(?![A-Za-z])\s*|\s*[,;]\s*")
_NAME = r"\\?[A-Za-z]+(?:\{[A-Za-z]\})?(?:_(?:\{\w+\}|\w))?"
_IN = re.compile(rf"\s*(?P<name>{_NAME})\s*(?:\\in(?![A-Za-z])|∈)\s*(?P<set>.+)\Z", re.DOTALL)
_IS = re.compile(rf"\s*(?P<name>{_NAME})\s*=(?!=)\s*(?P<value>[^=<>≤≥≠]+)\Z", re.DOTALL)
_UNION = re.compile(r"\\cup(?![A-Za-z])|∪")
_INFINITY = re.compile(r"\s*(?P<sign>[-+−]?)\s*(?:\\infty|∞|oo|infinity|inf)\s*\Z")
_ENDLESS = re.compile(r"\\infty(?![A-Za-z])|∞|(?<![A-Za-z])oo(?![A-Za-z])")
_SEVERAL = re.compile(r"\\pm(?![A-Za-z])|\\mp(?![A-Za-z])|[±∓]|\+/-")
_ORDER = re.compile(spelled(*ORDER) + r"|∈|\\in(?![A-Za-z])")
_RELATION = re.compile(f"{_ORDER.pattern}|{spelled('!=')}")


def ordered(text: str) -> bool:
    """Whether a condition holds an inequality."""
    return _ORDER.search(text) is not None


def signed(text: str) -> bool:
    """Whether a text may be one of these forms: a first look."""
    signs = (_RELATION, _SEVERAL, _UNION, _ENDLESS)
    return (
        any(sign.search(text) for sign in signs)
        or "\\{" in text
        or text.strip(" $").startswith("{")
        or _brackets(text)
        or _OR.search(plain := _plain(text)) is not None
        or (plain.count("=") > 1 and _solutions(plain, False) is not None)
    )


def _plain(text: str) -> str:
    """A text without its signs of mathematics, spacing and sizes of brackets; `or` and `and` as words."""
    try:
        text = unfenced(expanded(text)[0])[0]
    except ReadError:
        return text

    def joined(found: re.Match[str]) -> str:
        word = found[1] or {"lor": "or", "vee": "or", "∨": "or"}.get(found[2] or found[0], "and")
        return f" {word} "

    return _JOINED.sub(joined, _SIZED.sub(" ", text)).strip().rstrip(".").strip()


def _brackets(text: str) -> bool:
    """Whether a text begins and ends with brackets of two kinds: `[0, 1)`."""
    inside = _SIZED.sub(" ", text).strip()
    return inside[:1] + inside[-1:] in ("[)", "(]", "][", ")(", "](", ")[", "]]", "[[") and "," in inside


def form_of(text: str, like: Kind | None = None) -> Form | None:
    """The form of a text, None where it is a formula, a tuple, or nothing that is known. Raises `ReadError` for one
    that reads two ways.

    As an answer it is read `like` what is asked: `1, 2` is a finite set where one is asked, and (0, 1) an interval
    where a condition or an interval is.
    """
    text = _plain(text)
    member = _IN.match(text)
    if member is not None and _RELATION.search(member["set"]) is None:
        return _set(member["set"], member["name"])
    found = _set(text, None, evident=like in ("condition", "intervals"))
    if found is not None:
        return found
    values = _solutions(text, like == "values")
    if values is not None:
        return values
    if _outside(text, _RELATION) or (_outside(text, _OR) and "=" in text):
        return Form("condition", condition=text)
    if _SEVERAL.search(text) and "=" not in text:
        return _values([text], None)
    pieces = [p for p in _split(text, _LISTED) if p]
    return _values(pieces, None) if like == "values" and pieces and "=" not in text else None


def _outside(text: str, sign: re.Pattern[str]) -> bool:
    """Whether a sign stands outside of brackets."""
    return len(_split(text, sign)) > 1


def _set(text: str, name: str | None, evident: bool = True) -> Form | None:
    """A finite set or a union of intervals. `evident`: words say that it is a set, so that (0, 1) is an interval."""
    text = text.strip()
    if text.startswith(("\\{", "{")) and text.endswith("}"):
        inside = text.removeprefix("\\").removeprefix("{").removesuffix("}").removesuffix("\\")
        if ("," not in inside and name is None) or _closes(inside) or _NO_SET.search(inside) or inside.count("|") == 1:
            return None  # a group, two of them, cases, a set that only a person reads
        return _values(split_top(inside, ","), name)
    parts = _UNION.split(text)
    found = [_interval(p) for p in parts]
    intervals = tuple(i for i in found if i is not None)
    if len(intervals) < len(parts) or len(parts) > MOST:
        return None
    open_ended = any(i.low is None or i.high is None or i.with_low != i.with_high for i in intervals)
    turned = any(p.strip()[:1] == "]" or p.strip()[-1:] == "[" for p in parts)
    if not (evident or open_ended or turned or len(parts) > 1):
        return None
    return Form("intervals", name, intervals=intervals)


_NO_SET = re.compile(
    r":|\\(?:mid|colon|begin)(?![A-Za-z])|(?<![A-Za-z\\])(?:if|otherwise|else|for|when|unless)(?![A-Za-z])"
)
"""What stands in braces that are no list of values: cases, conditions."""


def _closes(inside: str) -> bool:
    """Whether the brackets of a text close before it ends: those around it are not one pair."""
    depth = 0
    for c in inside:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return True
    return False


def _interval(text: str) -> Interval | None:
    text = text.strip()
    if len(text) < 5 or text[0] not in "([]" or text[-1] not in ")][":
        return None
    ends = split_top(text[1:-1], ",;")
    if len(ends) != 2 or not all(ends):
        return None
    low, high = (_INFINITY.match(end) for end in ends)
    if (low is not None and low["sign"] not in ("-", "−")) or (high is not None and high["sign"] in ("-", "−")):
        return None
    return Interval(
        None if low else ends[0], None if high else ends[1], text[0] == "[" and not low, text[-1] == "]" and not high
    )


def _split(text: str, at: re.Pattern[str]) -> list[str]:
    """The pieces of a text between separators that stand outside of brackets."""
    pieces, start = [], 0
    for found in at.finditer(text):
        before = text[start : found.start()]
        if sum(before.count(c) for c in "([{") == sum(before.count(c) for c in ")]}"):
            pieces.append(before.strip())
            start = found.end()
    return [*pieces, text[start:].strip()]


def _solutions(text: str, listed: bool) -> Form | None:
    """`x = 2 or x = -3`, `x = 3 ± a`, and where they are asked `x = 2, -3`: the values of one name."""
    pieces = _split(text, _LISTED)
    first = _IS.match(pieces[0])
    if first is None or len(pieces) > MOST:
        return None
    said = [_IS.match(p) for p in pieces]
    if any(m is None and (_RELATION.search(p) or "=" in p) for m, p in zip(said, pieces, strict=True)):
        return None
    if {m["name"] for m in said if m is not None} != {first["name"]} or (not listed and None in said):
        return None
    values = [m["value"].strip() if m else p for m, p in zip(said, pieces, strict=True)]
    if len(values) == 1 and not listed and not _SEVERAL.search(values[0]):
        return None  # `x = 2` is a label
    note = "" if len(values) == 1 or _OR.search(text) else f"{text} was read as the values of {first['name']}"
    made = _values(values, first["name"])
    return Form("values", made.name, made.values, notes=(note,) if note else ())


def _values(pieces: Sequence[str], name: str | None) -> Form:
    """A finite set, each ± as two values."""
    values: list[str] = []
    for piece in pieces:
        signs = list(_SEVERAL.finditer(piece))
        kinds = {s[0] in ("\\mp", "∓") for s in signs}
        if len(signs) > 1 and not (len(signs) == 2 and kinds == {True, False}):
            plus = _SEVERAL.sub(lambda s: "-" if s[0] in ("\\mp", "∓") else "+", piece)
            message = "several ± may have one sign or each its own"
            raise ReadError(message, (0, len(piece)), f"each value, as {{{plus}, …}}", (), (), piece, "several")
        for up in (True, False) if signs else (True,):
            values.append(_SEVERAL.sub(lambda s, up=up: " + " if (s[0] in ("\\mp", "∓")) != up else " - ", piece))
    if len(values) > MOST:
        raise ReadError(f"more than {MOST} values", (0, 1), "fewer values", (), (), pieces[0], "limit")
    return Form("values", name, tuple(v.strip() for v in values))


# ---------------------------------------------------------------- conditions


def leaves(form: Form) -> list[str]:
    """The formulas that a form holds, as text: for whoever looks for its letters."""
    ends = [end for i in form.intervals for end in (i.low, i.high) if end is not None]
    inside = [
        p for p in re.split(rf"{_RELATION.pattern}|=|(?<![A-Za-z\\])(?:or|and)(?![A-Za-z])|,", form.condition) if p
    ]
    return [*([form.name] if form.name else []), *form.values, *ends, *inside]


def name_of(form: Form, names: Names, other: Form) -> str | None:
    """The one name that a form is about: the one written, or the only one of a condition that the ends and values of
    the other do not hold; None where there is none. Raises `ReadError`."""
    if form.name is not None:
        return canonical(form.name)
    if form.kind != "condition":
        return None
    found = names_in(read_condition(form.condition, names).body)
    if other.kind != "condition":
        found = found - {n for text in leaves(other) for n in names_in(_scalar(text, names))}
    return next(iter(found)) if len(found) == 1 else None


def condition(form: Form, subject: str, names: Names) -> Formula:
    """A form as a condition on a name. Raises `ReadError`."""
    if form.kind == "condition":
        return read_condition(form.condition, names)
    x = _scalar(subject, names)
    if form.kind == "values":
        parts = [Rel("==", x, _scalar(value, names)) for value in form.values]
    else:
        parts = [_within(x, i, names) for i in form.intervals]
    body = parts[0] if len(parts) == 1 else Or(tuple(parts))
    return Formula(body, names=names)


def _within(x: Node, interval: Interval, names: Names) -> Node:
    parts: list[Node] = []
    if interval.low is not None:
        parts.append(Rel("<=" if interval.with_low else "<", _scalar(interval.low, names), x))
    if interval.high is not None:
        parts.append(Rel("<=" if interval.with_high else "<", x, _scalar(interval.high, names)))
    return parts[0] if len(parts) == 1 else And(tuple(parts)) if parts else Rel("==", ZERO, ZERO)


def _scalar(text: str, names: Names) -> Node:
    found = read(text, names)
    if found.shape_error is not None or found.axes or found.free:
        raise ReadError(f"{text} is no single number", (0, len(text)), "a number", (), (), text, "shape")
    return found.body


def fresh(names: Names, *texts: str) -> tuple[str, Names]:
    """A name that neither the question nor a text has, for what a set is of."""
    taken = "".join((*names, *names.sizes, *texts))
    letter = next(c for c in "zutsqxyvwabc" if c not in taken) if set("zutsqxyvwabc") - set(taken) else "omega"
    return letter, names.with_rows(*parse_names(f"{letter}: real").values())
