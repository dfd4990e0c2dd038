r"""Conditions beside a formula, brought into one form before it is parsed: `value if condition`, `value unless
condition`.

    -y_i y_j for i ≠ j      if, when, where, whenever, with, provided (that), given (that), assuming (that), only if,
                            iff, as long as
    -y_i y_j unless i = j   unless, except, except if, except for, except when
    -y_i y_j, i ≠ j         a relation behind a comma or a \quad, in brackets at the end, or behind a space where it
                            begins with an index
    If i ≠ j: -y_i y_j      in front, up to `:`, `then`, `we have` or a comma
    p_i - y_i for all i     the names of the question at all their values: noted as `for-all`, limits nothing

A clause is one only if it states a relation; other words are left where they stand.
"""

from __future__ import annotations

from derivations.domains import Names
from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.condition_words import FIRST, open_texts, phrase, with_openings
from derivations.notation.read.matching import rematch
from derivations.notation.read.membership import without_memberships
from derivations.notation.read.scope import scope_of
from derivations.notation.read.segment import ORDERS, STOPS, Segment, opens, states, word_at
from derivations.notation.read.symbols import ENDS
from derivations.notation.read.token import Token, Tokens, outside_brackets
from derivations.notation.words import AND, ELSE, FUNCTIONS, NOT, OR, SINCE

_REASONS = frozenset(["since", "because", "by", "using"])
_LEADS = frozenset(["then", "we", "have", "get", "obtain", "it", "is", "that", "holds", "the", "result"])
"""Words between a condition in front and its value."""

_ENDS_VALUE = ENDS | {"|", "||", "top"}
_WIDE = (r"\quad", r"\qquad", r"\hspace", "\u2003", "\t")


def conditions_in_line(tokens: Tokens, text: str, names: Names, notes: list[Note], statement: bool = False) -> None:
    """Rewrite the tokens in place, so that every condition stands behind its value and is opened by `if` or
    `unless`."""
    if "in" in text or "∈" in text:
        without_memberships(tokens, text, names, notes)
    if not _may_state(tokens, text, names):
        return
    open_texts(tokens, text)
    last = len(tokens) - 1
    made: list[Token] = []
    start = 0
    said = False
    for k in [*(k for k in outside_brackets(tokens, 0, last) if tokens[k].kind in ("newline", ";")), last]:
        segment = Tokens()
        segment.extend(tokens[start:k])
        rematch(segment)
        settled = _settled(Segment(segment, text, names, notes, statement))
        before, said = (
            said,
            any(opens(t) for t in settled) or (said and not settled),
        )
        if settled and before and not statement and made[-1].kind == "newline":
            if settled[0].kind == "rel":  # the condition ends with its line
                t = settled[0]
                raise ReadError(
                    "a line goes on behind a condition", (t.start, t.end), "one formula", (), (), text, "relation"
                )
            if said:
                made[-1] = Token(";", ";", made[-1].start, made[-1].end, True)
        made += settled
        made.append(tokens[k])
        start = k + 1
    tokens[:] = made
    rematch(tokens)


def _may_state(tokens: Tokens, text: str, names: Names) -> bool:
    """Whether there is anything in the text that a condition could begin with or stand behind: most texts have none."""
    related = False
    for k, t in enumerate(tokens):
        kind = t.kind
        if kind == "word":
            if t.value in FIRST or t.value.lower() in FIRST:
                return True
        elif kind == "text" or kind == "forall" or kind == "in":
            return True
        elif kind == "rel":
            if t.value in ORDERS or t.value == "=>" or tokens[k - 1].value in scope_of(names).indices:
                return True
            related = True
    return related and (any(t.kind in (",", ":", ")") for t in tokens) or any(gap in text for gap in _WIDE))


def _settled(segment: Segment) -> Tokens:
    """The segment with its conditions behind their values."""
    end = next((k for k in segment.outside(1) if _says_why(segment, k)), len(segment.toks))
    behind = segment.toks[end:]
    segment.replace(end, len(segment.toks), [])
    if segment.toks:
        _unwrapped(segment)
        with_openings(segment)
        _separated(segment)
        _rotated(segment)
    segment.toks += behind
    return segment.toks


def _says_why(segment: Segment, k: int) -> bool:
    """Whether words begin here that say why: what stands behind them limits nothing."""
    t = segment.toks[k]
    words = t.value.lower().strip(",: ").split()
    return (t.kind == "text" and bool(words) and not _LEADS.issuperset(words)) or (
        t.kind == "word" and t.value in _REASONS
    )


def _unwrapped(segment: Segment) -> None:
    """`value (i ≠ j)`, `value (for i ≠ j)` at the end, without the brackets."""
    end = segment.length()
    if end < 4 or segment.toks[end - 1].kind not in (")", "]"):
        return
    begin = segment.toks[end - 1].mate
    before = segment.toks[begin - 1] if begin > 0 else None
    if before is not None and segment.toks[begin].kind == "(" and segment.runs(begin + 1):  # (i = 1, …, n)
        comma = Token(",", ",", segment.toks[begin].start, segment.toks[begin].start + 1, True)
        segment.replace(begin, end, [comma, *segment.toks[begin + 1 : end - 1]])
        return
    opened = phrase(segment.toks, begin + 1)
    inside = segment.outside(begin + 1, end - 1)
    first = segment.toks[begin + 1]
    reason = first.kind == "text" or (first.kind == "word" and first.value in SINCE and opened is None)
    if before is None or reason or not any(segment.toks[k].kind == "rel" for k in inside):
        return
    if opened is None and (
        segment.toks[begin].kind == "["
        or before.kind not in (*_ENDS_VALUE, ",")
        or _applied(segment, begin)
        or not _of_indices(segment, begin + 1, end - 1)
    ):
        return
    if opened is None:
        segment.infer(begin + 1, end - 1)
    new = [
        *([] if opened else [word_at("if", segment.toks[begin].start, segment.toks[begin].end)]),
        *segment.toks[begin + 1 : end - 1],
    ]
    segment.replace(begin - (before.kind == ","), end, new)


def _of_indices(segment: Segment, a: int, b: int) -> bool:
    """Whether only indices, sizes and numbers are compared: `a (b > 0)` may as well be meant as a factor."""
    scope = scope_of(segment.names)
    return all(
        t.kind != "word" or t.value in scope.indices or t.value in scope.sizes or t.value in AND | OR | NOT
        for t in segment.toks[a:b]
    )


def _applied(segment: Segment, begin: int) -> bool:
    """Whether a bracket is the argument of what stands before it: an indicator, a function."""
    before = segment.toks[begin - 1]
    under = begin > 1 and segment.toks[begin - 2].kind in ("_", "^")
    if before.kind in ("ones", "num"):
        return not under and (before.kind == "ones" or (before.value == "1" and not segment.toks[begin].space))
    if before.kind != "word" or under:
        return False
    row = scope_of(segment.names).rows.get(before.value)
    return (row.role == "function") if row is not None else before.value in FUNCTIONS or before.value == "I"


def _separated(segment: Segment) -> None:
    """A relation behind a comma, a wide space, or an index that stands apart, opened by `if`; in a clause a comma
    says `and`."""
    toks = segment.toks
    within = False
    begin = 0
    ordered = False
    k = 0
    while k < len(toks):
        t = toks[k]
        wide = (
            k > begin
            and not within
            and t.space
            and t.kind in ("word", "num", "|", "(")
            and _is_wide(segment, k)
            and segment.clause(k)
        )
        if opens(t):
            within = True
        elif t.kind == "rel" and not within:
            ordered |= t.value in ORDERS
            if (t.value in ORDERS or (t.value == "=" and not segment.statement)) and _apart(segment, begin, k):
                segment.infer(k - 1, len(toks))
                segment.replace(k - 1, k - 1, [word_at("if", toks[k - 1].start, toks[k - 1].start)])
                within = True
        elif t.kind == "," or wide:
            after = k + (t.kind == ",")
            clause = segment.clause(after)
            if clause and within:
                segment.replace(k, after, [word_at("and", t.start, t.end)])
            elif clause and k > begin and not ordered:
                segment.infer(after, segment.next(after))
                segment.replace(k, after, [word_at("if", t.start, t.end)])
                within = True
            elif within:
                within, ordered, begin = False, False, after
        k = toks[k].mate + 1 if toks[k].mate > k else k + 1


def _is_wide(segment: Segment, k: int) -> bool:
    between = segment.text[segment.toks[k - 1].end : segment.toks[k].start]
    return any(gap in between for gap in _WIDE)


def _apart(segment: Segment, begin: int, k: int) -> bool:
    """`-y_i y_j i ≠ j`: whether the relation at k compares an index that stands apart from the value before it with
    another index or number."""
    toks = segment.toks
    scope = scope_of(segment.names)
    if k < begin + 2 or k + 1 >= len(toks):
        return False
    left, right, before = toks[k - 1], toks[k + 1], toks[k - 2]
    other = (right.kind == "num" and toks[k].value != "=") or (
        right.kind == "word" and (right.value in scope.indices or right.value in scope.sizes)
    )
    return (
        left.kind == "word"
        and left.space
        and left.value in scope.indices
        and other
        and before.kind in _ENDS_VALUE
        and not (before.kind == "word" and before.value in FUNCTIONS)
    )


def _rotated(segment: Segment) -> None:
    """`If i ≠ j: value`, `i ≠ j: value`, `i ≠ j ⇒ value` as `value if i ≠ j`."""
    toks = segment.toks
    opener = toks[0] if toks and opens(toks[0]) else None
    end = _front(segment, opener is not None)
    if end is None:
        return
    after = end
    while after < len(toks) and (
        toks[after].kind in (":", ",", "rel")
        or (toks[after].kind == "word" and toks[after].value in _LEADS)
        or (toks[after].kind == "text" and set(toks[after].value.strip(":, ").lower().split()) <= _LEADS)
    ):
        after += 1
    if after >= len(toks) or not states(toks[:end]):
        return
    clause = toks[:end] if opener is not None else [word_at("if", toks[0].start, toks[0].start), *toks[:end]]
    if opener is None:
        segment.infer(0, end)
    rest = toks[after:]
    stop = (
        next((k for k in segment.outside(after) if toks[k].kind == "word" and toks[k].value in ELSE), len(toks)) - after
    )
    stop -= stop > 0 and stop < len(rest) and rest[stop - 1].kind == ","
    while stop == len(rest) and stop and rest[stop - 1].kind in STOPS:
        rest, stop = rest[:-1], stop - 1
    segment.replace(0, len(toks), [*rest[:stop], *clause, *rest[stop:]])


def _front(segment: Segment, opened: bool) -> int | None:
    """Where a clause that stands in front of its value ends; None where there is none."""
    toks = segment.toks
    places = segment.outside(1)
    colon = next((k for k in places if toks[k].kind == ":"), None)
    if colon is not None and (opened or states(toks[:colon])):
        return colon
    if not opened:
        arrow = (
            None
            if segment.statement
            else next((k for k in places if toks[k].kind == "rel" and toks[k].value == "=>"), None)
        )
        return arrow if arrow is not None and states(toks[:arrow]) and not states(toks[arrow + 1 :]) else None
    led = next(
        (
            k
            for k in places
            if (toks[k].kind == "word" and toks[k].value in ("then", "we", "it", "the"))
            or (toks[k].kind == "rel" and toks[k].value == "=>")
            or (toks[k].kind == "text" and set(toks[k].value.strip(":, ").lower().split()) <= _LEADS)
        ),
        None,
    )
    return led if led is not None else next((k for k in places if toks[k].kind == "," and states(toks[:k])), None)
