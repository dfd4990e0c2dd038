"""Which part of a sheet a stretch of a document answers: by the label that it stands under, by its left side, by its
content. What is placed by content only is never scored as wrong: it may answer something else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from checker.answers.counts import whole
from checker.answers.given import entries, point_of
from checker.answers.outcome import undecided
from checker.documents.chains import sides
from checker.documents.claims import FORMULA, Claim
from checker.documents.left_sides import names_target, without_arguments
from checker.documents.sheets import Asked, Sheet
from checker.documents.stretches import Stretch, is_condition
from checker.documents.topics import about, with_head
from checker.verdict import Verdict
from derivations.frozen import frozen
from derivations.notation.relations import ORDER, spelled

OF_ANOTHER = "of-another"
"""The tag of what is open, as words say that it answers another part than the one it is right for."""
_OF_WORDS = frozenset(["choice", "text"])
_OF_ROWS = frozenset(["trace"])
"""Kinds whose answer is gathered from many rows."""
_WHOLE = frozenset(["condition", "claim", "witness", "equations"])
"""Kinds whose answer may need the words behind the formula: `for all i`, `and b = 1`."""


@frozen
class Answer:
    """A part that a stretch answers, and how it is judged. `sure`: the label or the left side says so."""

    asked: Asked
    verdict: Verdict
    sure: bool


def candidates(claim: Claim, sheet: Sheet, recent: str) -> tuple[Asked, ...]:
    """The parts that a claim may answer: those under its label, those of its problem, and those of the problem that the
    lines before it turned out to belong to; all, where it stands under no label."""
    if not claim.sure:
        return sheet.asked
    near = (*sheet.having(claim.path), *sheet.having(claim.path[:1]), *sheet.having((recent,)))
    return tuple({asked.id: asked for asked in near}.values())


def answered(
    claim: Claim,
    stretch: Stretch,
    row: str,
    sheet: Sheet,
    recent: str,
    done: Collection[str] = (),
    settled: bool = False,
    here: bool = False,
) -> Answer | None:
    """The part that a row of a claim answers, a right answer before a wrong one; None where it answers none. Among
    several that it answers: the one that its left side names, the one it stands under, one not answered so far. A row
    that is `settled` by its relations is looked for only where it stands, or where its left side says; with `here` only
    where it stands."""
    under = sheet.having(claim.path) if claim.sure else ()
    topic = about(claim.topic, [a for a in under if a.part.kind not in _OF_WORDS])
    under = (topic,) if topic is not None else under
    row = with_head(row, claim.topic)
    right: list[tuple[tuple[bool, ...], Answer]] = []
    wrong: Answer | None = None
    for asked in under if topic is not None else candidates(claim, sheet, recent):
        exact = asked in under
        if not _may_be(asked, stretch, claim, exact) or (here and not exact):
            continue
        said = _without_letter(without_arguments(asked.setting.spelled.put_in(row), asked.names), asked)
        named = is_named(said, asked)
        if stretch.about == "shape" and not named and any(is_named(said, other) for other in sheet.asked):
            continue  # it says the shape of something else
        if settled and not named and not exact:
            continue
        for text in _texts(asked, said, claim, stretch):
            verdict = asked.judged(text)
            tells = wrong is None and (topic is not None or _tells(claim, said, asked, under, named, done))
            if verdict.status != "correct" and not (verdict.status in ("wrong", "undecided") and tells):
                continue
            verdict = asked.verdict(text)  # with its reason, and its conventions settled
            if verdict.status == "correct":
                right.append(((named, exact, asked.id not in done), Answer(asked, verdict, exact or named)))
                break
            tag = verdict.diagnosis.tag if verdict.diagnosis is not None else ""
            if tells and tag != UNDONE and (named or tag not in _OF_OTHERS):
                wrong = Answer(asked, verdict, named or topic is not None or asked.part.kind in ("condition", "count"))
        if right and right[-1][0] == (True, True, True):
            break
    if not right:
        return wrong
    (named, exact, _), best = max(right, key=lambda found: found[0])
    if not (named or exact or settled) and (own := _own(claim, stretch, sheet)) is not None:
        why = f"it is right for {best.asked.id}, and stands under the label of {own.id}"
        return Answer(own, undecided(OF_ANOTHER, why), True)
    told = _told_by_words(claim, under)
    if told is None or told.id == best.asked.id or best.asked.id not in done or told.id in done:
        return best
    why = f"it is right for {best.asked.id} once more, and the words in front of it speak of {told.id}"
    return Answer(told, undecided(OF_ANOTHER, why), True)


def _own(claim: Claim, stretch: Stretch, sheet: Sheet) -> Asked | None:
    """The one part that a formula without a left side answers by its label, where that has no other."""
    alone = [a for a in sheet.having(claim.path) if a.part.kind not in _OF_WORDS] if claim.sure else []
    one = len(alone) == 1 and alone[0].part.kind == "formula" and alone[0].label == claim.path
    return alone[0] if one and stretch.value else None


def asks_for(claim: Claim, text: str, answer: Answer, sheet: Sheet) -> bool:
    """Whether a row is a right answer to the part under whose own label it stands, once its left side is what hand-ins
    write for what is asked."""
    if not claim.sure or claim.path != answer.asked.label:
        return False
    ways = [a for a in (answer.asked, *sheet.lettered) if a.id == answer.asked.id]
    told = (answer.asked.judged(a.setting.spelled.put_in(text)) for a in ways)
    return any(v.status == "correct" and all(f.tag != "other-target" for f in v.findings) for v in told)


def _told_by_words(claim: Claim, under: Sequence[Asked]) -> Asked | None:
    """The one of several parts under a label of which the words in front of a formula speak: `and for ELU`."""
    said = _words(claim.before.rpartition(FORMULA)[2])
    asked = {a.id: _words(" ".join((a.part.ask, *map(str, a.part.conventions.values())))) for a in under}
    told = [a for a in under if said & (asked[a.id] - set().union(*(w for i, w in asked.items() if i != a.id)))]
    return told[0] if len(told) == 1 else None


def _witness_of(claim: Claim, under: Sequence[Asked], done: Collection[str]) -> Asked | None:
    """The one of several parts under a label that ask for values for which the values of a claim are meant: that of
    which the words in front of it speak last, `Line B: … so w = …`; without such words the one that is left."""
    several = [a for a in under if a.part.kind == "witness"]
    asked = {a.id: _words(a.part.ask) for a in several}
    for said in (_words(clause) for clause in reversed(claim.before.split(FORMULA))):
        told = [a for a in several if said & (asked[a.id] - set().union(*(w for i, w in asked.items() if i != a.id)))]
        if len(told) == 1:
            return told[0]
        if told:
            return None
    left = [a for a in several if a.id not in done]
    return left[0] if len(left) == 1 else None


def _words(text: str) -> frozenset[str]:
    """The words of a text that say what it is about, and those with a letter or a number behind them: `line B`."""
    plain = _FORMULA.sub(" ", text)
    lettered = (" ".join(m[0].casefold().split()) for m in _LETTERED.finditer(plain))
    return frozenset((*_WORD.findall(plain.casefold()), *lettered)) - _OF_ANY


_FORMULA = re.compile(r"\$[^$]*\$")
_WORD = re.compile(r"[^\W\d_]{3,}")
_LETTERED = re.compile(r"[^\W\d_]{3,}\s+(?:[A-Z]|\d{1,2})(?!\w|\.\d)")
_OF_ANY = frozenset(
    [
        "and",
        "are",
        "for",
        "from",
        "has",
        "have",
        "how",
        "its",
        "one",
        "over",
        "that",
        "the",
        "these",
        "this",
        "value",
        "what",
        "when",
        "where",
        "which",
        "with",
    ]
)
"""Words of any question."""


def known_mistake(row: str, sheet: Sheet) -> Answer | None:
    """The part of which a row under a letter of its own is a known mistake: it may be meant for its answer. Where it is
    one of several parts, nothing is said."""
    found: list[Answer] = []
    for asked in sheet.asked:
        messages = {mistake.message for mistake in asked.part.mistakes}
        if asked.part.kind != "formula" or not messages:
            continue
        if asked.judged(row).status != "wrong":
            continue
        verdict = asked.verdict(row)
        if verdict.diagnosis is not None and verdict.diagnosis.message in messages:
            found.append(Answer(asked, verdict, False))
    return found[0] if len(found) == 1 else None


def _may_be(asked: Asked, stretch: Stretch, claim: Claim, exact: bool) -> bool:
    kind = asked.part.kind
    if kind in _OF_WORDS or kind in _OF_ROWS:
        return False
    if kind == "equations" and len(asked.truth.rows) > 1:  # gathered from its rows
        return False
    if stretch.about == "shape" or kind == "shape":
        return stretch.about == "shape" and kind == "shape"
    if stretch.about == "nothing" and not claim.piece.display and not exact:
        return False
    if kind in ("number", "count"):
        return exact or (stretch.about == "relation" and claim.piece.display)
    return stretch.about != "declaration"


UNDONE = "restates-question"
"""The reason of a line on the way to an answer: a derivative is left in it."""
_OF_OTHERS = frozenset(["shape", "missing-quantifier"])
"""Reasons that an answer to something else would have as well."""


def _tells(claim: Claim, row: str, asked: Asked, under: Sequence[Asked], named: bool, done: Collection[str]) -> bool:
    """Whether a wrong verdict is one about this part: its left side names it, or it is all that the label asks."""
    if asked.part.kind == "witness":
        single = len(asked.part.payload.unknowns) == 1  # values of several are gathered from their lines
        return single and named and not claim.supposed and _witness_of(claim, under, done) is asked
    if asked.part.kind == "equations" and not named:
        return False
    alone = [a for a in under if a.part.kind not in _OF_WORDS]
    if asked.part.kind == "condition":  # `if w^T x < 0` is what is asked
        return alone == [asked] and is_condition(row)
    if asked.part.kind == "count":  # `n_x = 301` is all that the label asks
        return not claim.supposed and (alone == [asked] or _counts(claim, row, asked, under))
    return not claim.supposed and (
        (named and (asked in under or not under)) or (alone == [asked] and claim.piece.display)
    )


def _counts(claim: Claim, row: str, asked: Asked, under: Sequence[Asked]) -> bool:
    """Whether the words behind a number say that it is what one of several parts counts: `300 · 80 = 24000 weights`;
    what is counted in all is not."""
    several = [a for a in under if a.part.kind == "count"]
    behind, before = _CLAUSE_BEHIND.match(claim.behind), claim.before.rpartition(FORMULA)[2]
    said = set(re.findall(r"[a-z]+", behind[0].casefold())) if behind is not None else set[str]()
    units = [a for a in several if said & {unit.casefold() for unit in a.part.units}]
    if units != [asked] or _IN_ALL.search(f"{before} {behind[0] if behind is not None else ''}"):
        return False
    number = re.sub(r"[\s,{}\\]", "", sides(row)[-1])
    return number != str(sum(_count(a) for a in several))


def _count(asked: Asked) -> int:
    """The number that a part counts."""
    point = point_of(asked.part.payload.given, asked.truth.names)
    return whole(entries(asked.truth.asked, point)[1][0]) or 0


_CLAUSE_BEHIND = re.compile(r"[^.;:,!?\n$]*")
_IN_ALL = re.compile(r"\b(?:total|altogether|in\s+all|all\s+in\s+all|overall|together|sums?)\b", re.IGNORECASE)


_SOLVED = re.compile(rf"&?(?:(?<![<>!:=])=|{spelled(*ORDER)})\s*(?:\\mathbf\s*\{{?)?0\}}?\s*[.,]?\s*\Z")
_SIGNED = re.compile(spelled(*ORDER))


def _texts(asked: Asked, row: str, claim: Claim, stretch: Stretch) -> Iterator[str]:
    entire = asked.part.kind in _WHOLE or len(sides(row)) + (_SIGNED.search(row) is not None) <= 2
    yield row if entire else _SOLVED.sub("", row)  # what is set equal to 0 to be solved, or is said to be positive
    if (joined := differentials(row)) != row:
        yield joined
    if asked.part.kind in _WHOLE:
        sentence = claim.sentence
        if sentence.strip() != row.strip():
            yield sentence
        if stretch.follows:
            yield row + claim.behind.split(".")[0]


def differentials(text: str) -> str:
    """A text with the signs of differentials at their names, which a scanner sets apart: `d W` → `dW`."""
    return _APART.sub("d", text)


_APART = re.compile(r"(?<![A-Za-z\\_^{])d\s+(?=\\?[A-Za-z])")


_TURNED = re.compile(r"\s*\^\s*\{?\s*(?:\\top|\\intercal|T)\s*\}?\s*\Z")
"""The sign of a transpose: `w^T = [1, 2]` gives w."""


_LETTER_BELOW = re.compile(
    r"(?P<name>\s*\\?[A-Za-z]+)\s*_\s*\{?\s*(?:\\(?:text|mathrm)\s*\{\s*)?(?P<letter>[A-Z])\s*\}{0,2}(?=\s*=)"
)
"""A name with a capital below it on the left."""


def _without_letter(row: str, asked: Asked) -> str:
    """Values without the letter of their part below the name: `w_B = [2, 1]`, where the part is 1.1B."""
    below = _LETTER_BELOW.match(row) if asked.part.kind == "witness" else None
    own = below is not None and below["letter"].casefold() == asked.label[-1]
    return below["name"] + row[below.end() :] if own and below is not None else row


def is_named(row: str, asked: Asked) -> bool:
    """Whether the left side of a row is what a part asks for."""
    left = re.split(r"(?<![<>!:=])[:&]*=(?!=)|:(?!=)|\\in(?![A-Za-z])|∈", row, maxsplit=1)
    targets = [(asked.part.derives or "").removeprefix("shape of "), *(name.rstrip("'") for name in asked.truth.rows)]
    if asked.part.kind == "witness":
        targets += asked.part.payload.unknowns
        left[0] = _TURNED.sub("", left[0])
    return len(left) > 1 and any(t and names_target(left[0], t, asked.names) for t in targets)
