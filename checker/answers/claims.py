"""A claim: a sign, a monotone, a limit or an invariance, under hypotheses.

    d/dc f(c) < 0        f is decreasing in c        lim c->oo f(c) = 0        f does not depend on c

A claim is a relation between a subject and a bound; decreasing in c is d/dc f < 0, negative is f < 0, not depending on
c is d/dc f = 0.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from checker.answers.compare import equal_to
from checker.answers.numbers import close, judge_number
from checker.answers.outcome import right, undecided, unreadable, wrong
from checker.answers.reading import unreadable_text
from checker.answers.reasons import judge_reasons
from checker.answers.upto import same_up_to
from checker.verdict import Verdict
from derivations.domains import Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import Formula, names_in, neg, sub
from derivations.frozen import frozen
from derivations.notation import ReadError, read
from derivations.notation.read.prose import Item, bare, declared, items, not_understood, opened, unexplained
from derivations.notation.read.scope import scope_of
from derivations.notation.read.statements import clause
from derivations.notation.relations import OP_OF, ORDER, spelled

_RELATION = re.compile(spelled("=", *ORDER))
_EVERY = re.compile(
    r"\s(?:for (?:all|every|any|each)(?: values? of)?|\\forall|∀)\s*(?P<of>\\?[A-Za-z]+)"
    r"(?:\s*(?:\\in|∈)\s*(?:\\mathbb\s*\{?\s*)?[Rℝ]\}?)?[\s.$]*\Z"
)
"""`negative for all c`."""
_LIMIT = re.compile(
    r"(?:\\?lim)\s*_?\s*\{?\s*(?P<var>[A-Za-z_]\w*)\s*(?:->|→|\\to)\s*(?P<to>[^}\s]+)\s*\}?\s*(?P<of>.*)\Z", re.S
)
_NOT = r"(?:is not|are not|isn't|not|never|cannot be|can not be|can't be)(?: strictly)?"
_WORDS = (
    (
        (
            rf"non[- ]?negative|{_NOT} negative|(?:strictly )?positive or (?:equal to )?zero|zero or "
            r"positive|positive semi-?definite"
        ),
        ">=",
    ),
    (
        (
            rf"non[- ]?positive|{_NOT} positive|(?:strictly )?negative or (?:equal to )?zero|zero or "
            r"negative|negative semi-?definite"
        ),
        "<=",
    ),
    (r"non[- ]?increasing|weakly decreasing|monotonically non-?increasing", "<="),
    (r"non[- ]?decreasing|weakly increasing", ">="),
    (r"(?:strictly |monotonically |always )*(?:decreasing|decreases|falls|falling)", "<"),
    (r"(?:strictly |monotonically |always )*(?:increasing|increases|grows|rises|growing)", ">"),
    (r"(?:strictly |always )*negative(?: definite)?", "<"),
    (r"(?:strictly |always )*positive(?: definite)?", ">"),
    (r"constant|invariant|unchanged|does not (?:depend|change)|independent of|zero|the same", "=="),
)
_SAID = re.compile("|".join(rf"(?P<w{k}>\b(?:{pattern})\b)" for k, (pattern, _) in enumerate(_WORDS)), re.I)
_BOTH = {frozenset({"<", "<="}): "<", frozenset({">", ">="}): ">", frozenset({"<=", ">="}): "=="}
"""Two things said at once: negative, not positive."""
_SAYING = frozenset({
    "in", "on", "with", "sign", "sum", "loss", "everywhere", "strictly", "always", "monotonically", "monotone",
    "monotonic", "both", "or equal to", "limit",
})  # fmt: skip
"""Further words beside a claim in words that change nothing of what it says."""
_REASONED = re.compile(r"(?<![^\W_])(?:since|because|as|by|using|due|thanks)(?![^\W_])", re.I)
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_INFINITY = re.compile(r"^(?P<sign>[-+−]?)\s*(?:oo|inf|infinity|∞|\\infty)$", re.I)
_EXPECTED = "a statement such as d/dc f(c) < 0, or: decreasing in c"


@frozen
class Claim:
    """What is said: `subject op bound`; for a limit the subject is what the limit is taken of. Empty texts where only
    the relation is said."""

    form: str
    op: str
    subject: str = ""
    bound: str = "0"
    towards: tuple[str, str] = ("", "")
    """Of a limit: the variable and what it goes to."""


def read_claim(text: str) -> Claim | None:
    """A claim in symbols or words, None where it says none."""
    text = text.strip().strip("$").strip().replace("’", "'")
    limit = _LIMIT.match(text)
    if limit:
        found = _RELATION.search(limit["of"])
        if not found:
            return None
        return Claim(
            "limit",
            "==",
            limit["of"][: found.start()].strip(),
            limit["of"][found.end() :].strip(),
            (limit["var"], limit["to"].lstrip("+")),
        )
    found = [m for m in _RELATION.finditer(text) if _outside(text, m.start())]
    if found:
        m = found[-1]
        op = OP_OF[m[0]]
        return Claim("relation", "==" if op == "=" else op, text[: m.start()].strip(), text[m.end() :].strip())
    ops = frozenset(_WORDS[int(str(m.lastgroup)[1:])][1] for m in _SAID.finditer(text))
    op = next(iter(ops)) if len(ops) == 1 else _BOTH.get(ops)
    return None if op is None else Claim("words", op)


def _beside(answer: str, claim: str, names: Names, units: Collection[str]) -> Item | None:
    """The first word beside those of a claim that is in no table and that the claim does not speak of: `not always
    negative` says something else."""
    known = (
        _SAYING | declared(units) | {w.text for w in items(claim + " " + " ".join(names)) if w.kind in ("word", "math")}
    )
    return unexplained(_SAID.sub(lambda m: " " * len(m[0]), answer.replace("’", "'")), known)


def _outside(text: str, at: int) -> bool:
    before = text[:at]
    return before.count("(") + before.count("{") == before.count(")") + before.count("}")


def judge_claim(answer: str, claim: str, names: Names, units: Collection[str] = ()) -> Verdict:
    """The relation that is said against the true one; the subjects are compared where both are written. A reason behind
    it is judged as well."""
    taken = scope_of(names).spells
    length = len(answer)
    saying = {w for m in _SAID.finditer(answer) for w in m[0].split()}
    answer = bare(answer.strip().strip("$"), lambda word: word in saying or taken(word), declared(units)).text.strip()
    every = _EVERY.search(answer)
    if every is not None and every.start() and taken(every["of"]):  # a claim is about every value there is
        answer = answer[: every.start()].rstrip(" ,")
    for m in _REASONED.finditer(answer):
        if m.start() and not taken(m[0]) and opened(answer[m.start() :]) is not None:
            try:
                remark = clause(answer, m.start(), len(answer), names).message
            except ReadError as error:
                return unreadable_text(error)
            return judge_reasons(judge_claim(answer[: m.start()].rstrip(" ,;("), claim, names, units), [remark], names)
    true = read_claim(claim)
    if true is None:
        return unreadable(f"the claim {claim!r} of the problem says no relation", "", 0, 0)
    if true.form == "limit":
        return _limit(answer, true, names)
    said = read_claim(answer)
    word = _beside(answer, claim, names, units) if said is None or said.form == "words" else None
    if said is None or word is not None:
        return unreadable(
            "there is no claim in it that can be told" if word is None else not_understood(word.shown),
            _EXPECTED,
            0,
            length,
        )
    op = said.op
    if said.form == "relation" and said.subject:
        turned = _same_subject(said, true, names)
        if isinstance(turned, Verdict):
            return turned
        if turned is None and _closed(true, names) and not _closed(said, names):
            return undecided(
                "subject",
                "it is written in names where the claim has numbers, so the two are not compared; write the numbers",
            )
        if turned is None:
            return wrong("subject", "it speaks of something else than what is asked")
        op = _FLIP[op] if turned < 0 else op
    elif said.form == "relation":
        other = _other_bound(said.bound, true.bound, names)
        if other is not None:
            return other
    return _relation(op, true.op)


def _other_bound(said: str, true: str, names: Names) -> Verdict | None:
    """A verdict where `> 5` is said of what is > 0; None where the bounds are the same."""
    try:
        found = equal_to(read(said, names), read(true, names), names)
    except ReadError as error:
        return unreadable_text(error)
    if found.status == "wrong":
        return wrong("subject", "it compares with something else than what is asked")
    return None if found.status == "correct" else found


def _closed(claim: Claim, names: Names) -> bool:
    """Whether a claim speaks of numbers only. Its texts were read before."""
    return not any(names_in(read(text, names).body) for text in (claim.subject, claim.bound))


def _relation(said: str, true: str) -> Verdict:
    if said == true:
        return right()
    if {said, true} in ({"<", "<="}, {">", ">="}):
        if true in ("<", ">"):
            return wrong("too-weak", "true, but more can be said: it is strict")
        return wrong("too-strong", "equality is possible")
    if said == _FLIP[true] or said[0] == _FLIP[true][0]:
        return wrong("direction", "it is the other way round")
    return wrong("claim", "that is not so" if true != "==" else "it is exactly zero, or exactly the same")


def _same_subject(said: Claim, true: Claim, names: Names) -> int | Verdict | None:
    """1 or -1 where subject - bound are positive, or negative, multiples of each other; None where they are not."""
    if re.sub(r"\s", "", said.subject + said.bound) == re.sub(r"\s", "", true.subject + true.bound):
        return 1
    try:
        mine = [read(t, names) for t in (said.subject, said.bound)]
    except ReadError as error:
        return unreadable_text(error)
    theirs = [read(t, names) for t in (true.subject, true.bound)]
    a, b = (replace(pair[0], body=sub(pair[0].body, pair[1].body)) for pair in (mine, theirs))
    if not any(names_in(f.body) for f in (a, b)):
        return _same_numbers((said.subject, said.bound), theirs, a, b)
    if same_up_to(a, b, names, "positive_factor"):
        return 1
    return -1 if same_up_to(replace(a, body=neg(a.body)), b, names, "positive_factor") else None


def _same_numbers(texts: tuple[str, str], theirs: list[Formula], mine: Formula, true: Formula) -> int | None:
    """Two numbers are compared: each side is the number asked for, to the digits shown, or their difference is the one
    asked for."""
    values = [value_at(f, Point({}, {})) for f in theirs]
    for turned, pair in ((1, values), (-1, values[::-1])):
        if all(judge_number(text, (value,)).status == "correct" for text, value in zip(texts, pair, strict=True)):
            return turned
    try:
        gap, asked = value_at(mine, Point({}, {})), value_at(true, Point({}, {}))
    except (NoValue, Untold):
        return None
    return 1 if close(gap, asked, Fraction(0)) else -1 if close(-gap, asked, Fraction(0)) else None


def _same_limit(said: Claim, true: Claim, names: Names) -> bool:
    """`= 0`, `limit = 0`, or the limit asked, written out."""
    if said.form == "relation":
        return said.op == "==" and re.fullmatch(r"(?:the )?\\?(?:lim|limit)?", said.subject.strip(), re.I) is not None
    infinite = [(_INFINITY.match(to), to) for _, to in (said.towards, true.towards)]
    same = [found["sign"] if found else to for found, to in infinite]
    if said.towards[0] != true.towards[0] or same[0] != same[1] or (infinite[0][0] is None) != (infinite[1][0] is None):
        return False
    try:
        return equal_to(read(said.subject, names), read(true.subject, names), names).status != "wrong"
    except ReadError:
        return re.sub(r"\s", "", said.subject) == re.sub(r"\s", "", true.subject)


def _limit(answer: str, true: Claim, names: Names) -> Verdict:
    """The value of a limit: a formula, or infinity."""
    said = read_claim(answer)
    stated = said is not None and said.form in ("limit", "relation")
    if said is not None and stated and not _same_limit(said, true, names):
        return wrong("subject", "it speaks of something else than the limit asked")
    value = said.bound if said is not None and stated else answer.strip()
    wanted = _INFINITY.match(true.bound.strip())
    got = _INFINITY.match(value.strip().strip("$"))
    if wanted or got:
        if wanted and got and wanted["sign"].replace("+", "") == got["sign"].replace("+", ""):
            return right()
        return (
            wrong("sign", "infinity has the other sign") if wanted and got else wrong("limit", "the limit is not right")
        )
    try:
        found = equal_to(read(value, names), read(true.bound, names), names)
    except ReadError as error:
        return unreadable_text(error)
    return wrong("limit", "the limit is not right", evidence=found.evidence) if found.status == "wrong" else found
