"""Answers that words give: a count or a shape in a clause, and what a sentence says is the answer.

300 weights, b is a scalar      the clause as it stands, where it names what is counted, or what has the shape
Biases: $80$                    the same with a formula in it
The answer is y_i (1 - y_i).    what stands behind the words
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from checker.documents.claims import FORMULA, Claim, label_at
from checker.documents.left_sides import names_target
from checker.documents.marking import Judged
from checker.documents.placing import Answer
from checker.documents.sheets import Asked
from checker.extract.found import Source
from checker.extract.labels import ANSWER, FINAL, labelled
from checker.verdict import Verdict
from derivations.frozen import frozen

FINAL_ANSWER, SAID_ANSWER = labelled(FINAL), labelled(ANSWER)
LONGEST = 80
"""Characters of a clause that gives a count or a shape."""

_COUNTED = frozenset(["count", "shape"])
_OF_WORDS = frozenset(["choice", "text", "trace"])
_NAMED = re.compile(r"(?P<name>[^:=∈]+?)\s*(?:[:=∈]|\\in(?![A-Za-z])|\b(?:is|are|has|have)\b)")
_NUMBER = re.compile(r"\D{0,3}\d[\d\s,.*·+]*")
_FIRST = re.compile(r"\A(?:[^.;!?\n]|[.](?=\d))*")
_LAST = re.compile(r"(?:[^.;,!?\n]|[.,](?=\d))*\Z")


@frozen
class Spoken:
    """What a clause says of a part; `open`: why that is not judged."""

    answer: Answer
    open: str = ""


UNCLEAR = "which part it answers is not said"

_QUANTITY = re.compile(
    r"(?:\b(?:sub)?(?:gradient|derivative|jacobian|hessian|differential|slope)s?\b|\b(?:its|their|whose)\s+[^\W\d_])"
    r"[^.;:!?]*(?<!\w)(?:is|are|equals?|becomes?|reads?|comes\s+to)[\s:*_]*\Z",
    re.IGNORECASE,
)
"""Words in front of a formula that say of what quantity it is the value: `Its gradient is`, `The slope of J is`."""
_NAME_ALONE = re.compile(r"\s*\\?[^\W\d]+(?:\s*_\s*(?:\w|\{\s*\w+\s*\}))?[\s.,]*")


def unrelated(claim: Claim, text: str, start: int, end: int) -> Judged:
    """A formula without a relation, `start` to `end` of a text: no claim. It is left open where words say of what
    quantity it is the value, unless it is only a name, which they give."""
    found = None if claim.supposed else _QUANTITY.search(_SENTENCE.split(claim.before)[-1])
    if found is None or _NAME_ALONE.fullmatch(text[start:end]):
        return Judged(start, end, "not_a_claim")
    words = " ".join(found[0].replace(FORMULA, "…").strip(" :*_").split())
    return Judged(start, end, "undecided", remark=f"whether it is what the words say ({words}) is not judged")


_SENTENCE = re.compile(r"[.;!?](?=\s|\Z)|\n\s*\n")


def said_in_words(claim: Claim, under: Sequence[Asked], done: Collection[str]) -> Iterator[tuple[int, int, Spoken]]:
    """The answers in a line of words, each with where it stands in it."""
    line = claim.piece.inside
    given = [(f.start, f.end) for find in (FINAL_ANSWER, SAID_ANSWER) for f in find(Source(line, ()))][:1]
    for start, end in given:
        if not claim.behind and (found := announced(line[start:end], under)) is not None:
            yield start, end, found
            return
    every = list(clauses(line))
    for k, (start, end) in enumerate(every):
        if (k == 0 and claim.before) or (k == len(every) - 1 and claim.behind):
            continue  # it is the clause of a formula
        text = bare(line[start:end])
        if text and len(text) <= LONGEST and (found := counted((text,), under, done)) is not None:
            begin = start + len(line[start:end]) - len(line[start:end].lstrip(" *_`\n"))
            yield begin, begin + len(line[begin:end].rstrip(" *_`\n.")), found


def announced(text: str, under: Sequence[Asked]) -> Spoken | None:
    """What words say is the answer, judged as that of the part under whose label it stands."""
    asked = [one for one in under if one.part.kind not in _OF_WORDS]
    verdicts = [(one, one.verdict(text)) for one in asked]
    right = next((Spoken(Answer(one, verdict, True)) for one, verdict in verdicts if verdict.status == "correct"), None)
    if right is not None or not verdicts:
        return right
    return Spoken(Answer(*verdicts[0], True), UNCLEAR if len(verdicts) > 1 else "")


def counted(texts: Sequence[str], under: Sequence[Asked], done: Collection[str]) -> Spoken | None:
    """A count or a shape that one of several readings of a clause gives; None where no part asks for it."""
    found: list[tuple[Asked, Verdict]] = []
    for asked in under:
        for text in texts if asked.part.kind in _COUNTED else ():
            left = [one for one in under if one.id not in done or one is asked]  # what is not answered yet
            named = _speaks_of(text, asked, under)
            if not named and not _speaks_of(text, asked, left):
                continue
            verdict = asked.verdict(text)
            if verdict.status == "correct":
                return Spoken(Answer(asked, verdict, True))
            tag = verdict.diagnosis.tag if verdict.diagnosis is not None else ""
            if verdict.status == "unreadable" and asked.part.kind == "count" and _beside_unit(text, asked):
                return Spoken(Answer(asked, verdict, True), "the words beside the number are not understood")
            if verdict.status == "wrong" and (named or tag == "transpose"):
                found.append((asked, verdict))
                break
    of_others = [one for one in found if one[0].id not in done] or found
    return Spoken(Answer(*of_others[0], True), UNCLEAR if len(of_others) > 1 else "") if of_others else None


def clauses_around(claim: Claim, text: str) -> tuple[str, ...]:
    """A formula in a line with the words of its clause around it, as they may belong to it."""
    before = _LAST.search(claim.before)
    ahead = before[0].rpartition(FORMULA)[2] if before is not None else ""
    if (label := label_at(ahead, 0, len(ahead))) is not None:
        ahead = ahead[label.end :].lstrip(").: ")
    behind = _FIRST.match(claim.behind)
    after = re.split(r",|\band\b", behind[0], maxsplit=1)[0] if behind is not None else ""
    said = (bare(ahead + " " + text + " " + after), bare(text + " " + after), bare(ahead + " " + text))
    return tuple(dict.fromkeys(said))


def bare(text: str) -> str:
    """A clause without its dressing."""
    return " ".join(re.sub(r"\*\*|__|`|\\item\b|\\(?:textbf|textit|emph)\b", " ", text).split()).strip(" .,;*")


def _speaks_of(text: str, asked: Asked, under: Sequence[Asked]) -> bool:
    """Whether a clause names what a part counts, or what it asks the shape of; a number or a shape alone belongs to the
    only part of its kind under the label."""
    alone = [one.id for one in under if one.part.kind == asked.part.kind] == [asked.id]
    if asked.part.kind == "count":
        words = set(re.findall(r"[a-z]+", text.casefold()))
        return any(unit.casefold() in words for unit in asked.part.units) or (
            alone and _NUMBER.fullmatch(text) is not None
        )
    left = _NAMED.match(text)
    if left is None:
        return alone
    name = _IN_FRONT.sub("", left["name"])
    if names_target(name.strip(), asked.part.derives or "", asked.names):
        return True
    return alone and name.strip().casefold() in _PRONOUNS


def _beside_unit(text: str, asked: Asked) -> bool:
    units = "|".join(map(re.escape, asked.part.units))
    return bool(units) and re.search(rf"\d\s*(?:{units})\b", text, re.IGNORECASE) is not None


_IN_FRONT = re.compile(r"\A(?:the\s+)?(?:shape|size|dimensions?)\s+of\s+|\A(?:so|and|thus|hence|the)\s+|\$")
_PRONOUNS = frozenset(["", "it", "this", "that", "which", "shape", "size", "dimension", "answer"])


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Where the clauses of a line begin and end, brackets whole."""
    depth, start = 0, 0
    for found in _EDGES.finditer(text):
        sign = found[0]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth = max(0, depth - 1)
        elif depth == 0:
            yield start, found.start()
            start = found.end()
    yield start, len(text)


_EDGES = re.compile(
    r"[(\[{)\]}]|[.,](?!\d)|[;!?\n]|\s[-–—]\s|\b(?:and|while|because|since|so|as|hence|thus|but|where)\b"
)
