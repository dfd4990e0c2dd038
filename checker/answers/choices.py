"""A choice: one or several of the stated options, true or false, or a matching. Letters, words of an option, yes and
no."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from checker.answers.numerals import plain
from checker.answers.outcome import named, right, unreadable, wrong
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.notation.read.prose import bare, declared, undressed

_TRUE, _FALSE = ("true", "yes", "t", "y", "1", "right", "correct"), ("false", "no", "f", "n", "0", "wrong", "incorrect")
_PAIR = re.compile(r"\s*(.+?)\s*(?:=|:|->|→|\\to|\bis\b)\s*(.+?)\s*\Z")

_ARTICLE = re.compile(r"(?:the|an?)\s+", re.I)
_LETTERED = re.compile(r"(?P<letter>\w+)\s*[).:,-]\s*(?P<words>.+)\Z", re.S)
_SUBORDINATE = re.compile(r"(?:because|since|as|by|using|due to|thanks to|given)\b", re.I)
_BREAK = re.compile(rf"(?P<stop>[.;:!]\s+|\s*[–—]\s*|\s+-\s+)|\s*[,(]\s*|\s+(?={_SUBORDINATE.pattern})", re.I)
"""Where an answer may end and its reason begin: `false, since …`, `No. The order …`; not `false is wrong`."""

_CONJUNCTION = re.compile(
    r"(?:if|unless|until|only|but|except|provided|though|although|however|or|nor|otherwise|assuming)\b", re.I
)
_NARROWING = re.compile(
    rf"{_CONJUNCTION.pattern}|(?:when|whenever|where|while|whereas|excluding|depending|not?|more|less|most|mostly|usually"
    r"|sometimes|often|partly|partially|nearly|almost|at|in|on|for|up|to|under|over|with|without|within|from|of|about"
    r"|than|rather|maybe|perhaps|possibly|probably|kind|sort)\b",
    re.I,
)
"""How English begins what narrows the words in front of it down: `yes, if …`, `yes, at least …`, `no, or …`."""

_CONDITIONAL = re.compile(r"\b(?:if|unless|except|provided|assuming|depending|only (?:if|when|for|in|with))\b", re.I)
_FUNCTIONS = re.compile(
    r"(?:am|are|is|was|were|be|been|being|do|does|did|has|have|had|can|cannot|could|may|might|must|shall|should|will"
    r"|would|it|its|this|that|these|those|they|them|there|he|she|we|us|you|not|no|so|too)\Z",
    re.I,
)
"""Words that alone say nothing: `since it is not`."""
_VERB = re.compile(
    r"(?:am|are|is|was|were|do|does|did|has|have|had|can|cannot|could|may|might|must|shall|should|will|would"
    r"|[a-z]{2,}[^\Ws_]s|\w+n't)\Z",
    re.I,
)
"""What a clause has and a mere addition has not: an auxiliary, or a verb in the third person."""


class ChoiceError(ValueError):
    """An answer that names no option."""


def judge_choice(
    answer: Any,
    key: Any,
    options: Mapping[str, Any],
    because: str = "",
    units: Collection[str] = (),
) -> Verdict:
    """`key` is one letter, a list of letters, or a table letter → partner. A reason may stand behind an option: it is
    not what is asked, and a note says that it was not judged."""
    options = {_clean(k): str(v) for k, v in options.items()}
    answer, reason = _alone(answer, options, units) if isinstance(answer, str) else (answer, "")
    verdict = _judged(answer, key, options, because)
    if not reason or verdict.status == "unreadable":
        return verdict
    return replace(verdict, findings=(*verdict.findings, Finding("reason", "the reason given was not judged")))


def _judged(answer: Any, key: Any, options: Mapping[str, str], because: str) -> Verdict:
    try:
        if isinstance(key, Mapping):
            return _matching(answer, {_clean(k): _clean(v) for k, v in key.items()}, because)
        if isinstance(key, (list, tuple)):
            return _several(_picked(answer, options), {_option(k, options) for k in key}, options, because)
        picked = _picked(answer, options)
        if len(picked) != 1:
            return unreadable(f"one option is asked, {len(picked)} are given", _listed(options), 0, len(str(answer)))
        if picked == {_option(key, options)}:
            return right(*_because(because), read=next(iter(picked)))
        return wrong("choice", "that is not it", because, read=next(iter(picked)))
    except ChoiceError as error:
        return unreadable(str(error), _listed(options), 0, len(str(answer)))


def _because(because: str) -> tuple[Finding, ...]:
    return (Finding("because", because),) if because else ()


def _listed(options: Mapping[str, str]) -> str:
    return "one of " + ", ".join(options)


def _clean(text: Any) -> str:
    if isinstance(text, bool):
        return "true" if text else "false"
    return re.sub(r"\s+", " ", str(text).strip().strip("().;!\"'").strip()).casefold()


def _option(text: Any, options: Mapping[str, str]) -> str:
    """The letter of one option: by its letter, its words, or yes and no. Raises `ChoiceError`."""
    said = _clean(text)
    if said in options:
        return said
    by_words = [letter for letter, words in options.items() if _clean(words) == said]
    if len(by_words) == 1:
        return by_words[0]
    if set(options) == {"true", "false"} and said in _TRUE + _FALSE:
        return "true" if said in _TRUE else "false"
    for words, wanted in ((_TRUE, ("true", "yes")), (_FALSE, ("false", "no"))):
        if said in words:
            found = [letter for letter, option in options.items() if letter in wanted or _clean(option) in wanted]
            if len(found) == 1:
                return found[0]
    lettered = _LETTERED.match(said)
    if lettered and lettered["letter"] in options:
        words = _clean(lettered["words"])
        if words in (options[lettered["letter"]].casefold(), _clean(options[lettered["letter"]])):
            return lettered["letter"]
    told = _told_by(said, options)
    if told is not None:
        return told
    near = get_close_matches(said, [*options, *(_clean(w) for w in options.values())], 1)
    raise ChoiceError(f"{str(text)[:40]!r} is no option" + (f"; did you mean {near[0]}?" if near else ""))


_AROUND = frozenset(("the", "a", "an", "on", "in", "with", "by", "of", "for", "to", "its", "one"))
_GENERIC = frozenset(("data", "dataset", "set", "sets", "examples", "samples", "split", "method", "algorithm", "one"))
"""Nouns for one thing of a kind, of which an answer may take another: the validation set for the validation data."""


def _told_by(said: str, options: Mapping[str, str]) -> str | None:
    """The option of which an answer has all words but for articles and generic nouns; None where several have them."""
    words = _own_words(said)
    found = [letter for letter, text in options.items() if words and _own_words(_clean(text)) == words]
    return found[0] if len(found) == 1 else None


def _own_words(text: str) -> list[str]:
    return sorted(w for w in text.split() if w not in _AROUND | _GENERIC)


def _alone(answer: str, options: Mapping[str, str], units: Collection[str]) -> tuple[str, str]:
    """An answer without harmless words, and the reason behind it, which says why and not which."""
    if _is_option(answer, options):
        return answer, ""
    text, reason = _without(undressed(plain(answer)).strip(), options, units), ""
    if not _is_option(text, options):
        for end in _BREAK.finditer(text):
            said = _without(text[: end.start()], options, units)
            if _picks(said, options) and _is_reason(text[end.end() :], end, options):
                text, reason = said, text[end.end() :].rstrip(" ).")
                break
    article = _ARTICLE.match(text)
    if article is not None and _is_option(text[article.end() :], options) and not _is_option(article[0], options):
        text = text[article.end() :]
    return text, reason


def _is_reason(text: str, end: re.Match[str], options: Mapping[str, str]) -> bool:
    """Whether what stands behind an option says why: what because or the like opens, or a clause of its own, with a
    verb, that neither names an option nor narrows the answer down. Behind a full stop it may go on as it likes: the
    sentence that answers is whole."""
    opened = _SUBORDINATE.match(text)
    words = re.findall(r"[^\W\d_][\w'’]+", text[opened.end() if opened else 0 :])
    clauses = re.split(r"[,.;:()]", text)
    if (
        len(words) < (2 if opened else 3)
        or all(_FUNCTIONS.match(w) for w in words)
        or any(_is_option(c, options) for c in clauses if c.strip())
        or (end[0].strip() == "(" and text.find(")") < len(text.rstrip(" .")) - 1)
    ):
        return False
    if opened:
        return True
    first = re.match(r"\W*([^\W_]+)", text)
    if first is None or _is_option(first[1], options) or not any(_VERB.match(w) for w in words):
        return False
    if end["stop"] is not None and end["stop"].startswith(".") and text[:1].isupper():
        return _CONJUNCTION.match(text) is None
    return _NARROWING.match(text) is None and _CONDITIONAL.search(text) is None


def _picks(text: str, options: Mapping[str, str]) -> bool:
    try:
        return bool(_picked(text, options))
    except ChoiceError:
        return False


def _without(text: str, options: Mapping[str, str], units: Collection[str]) -> str:
    """A text without the harmless words around its option."""
    while not _is_option(text, options):
        found = bare(text, lambda word: _clean(word) in (*options, "yes", "no"), declared(units)).text.strip()
        if found == text:
            break
        text = found
    return text


def _is_option(text: str, options: Mapping[str, str]) -> bool:
    try:
        _option(text, options)
    except ChoiceError:
        return False
    return True


def _picked(answer: Any, options: Mapping[str, str]) -> set[str]:
    if isinstance(answer, (list, tuple, set, frozenset)):
        return {_option(a, options) for a in answer}
    try:
        return {_option(answer, options)}
    except ChoiceError:
        pieces = [p for p in re.split(r"\s*(?:,|;|/|\n|\band\b|&|\+)\s*", str(answer)) if p.strip()]
        if len(pieces) == 1 and len(_clean(answer)) <= len(options) and all(c in options for c in _clean(answer)):
            return set(_clean(answer))
        if len(pieces) == 1 and all(w in options for w in _clean(answer).split()):
            pieces = _clean(answer).split()
        if len(pieces) < 2:
            raise
        picked = {_option(p, options) for p in pieces}
        if len(picked) < len(pieces):
            raise ChoiceError("an option is given twice") from None
        return picked


def _several(picked: set[str], key: set[str], options: Mapping[str, str], because: str) -> Verdict:
    """Each option counts: ticked and right, or left and wrong."""
    read = ", ".join(sorted(picked))
    if picked == key:
        return right(*_because(because), read=read)
    missing, extra = len(key - picked), len(picked - key)
    said = [f"{missing} right {'option is' if missing == 1 else 'options are'} missing"] if missing else []
    said += [f"{extra} of yours {'is' if extra == 1 else 'are'} wrong"] if extra else []
    score = sum((o in picked) == (o in key) for o in options) / len(options)
    return Verdict("wrong", score, diagnosis=Diagnosis("choice", "; ".join(said), because), student_read=read)


def _matching(answer: Any, key: Mapping[str, str], because: str) -> Verdict:
    """The share of right pairs."""
    if isinstance(answer, Mapping):
        pairs = {_clean(k): _clean(v) for k, v in answer.items()}
    else:
        pairs = {}
        letters = "|".join(re.escape(k) for k in key)
        for piece in re.split(rf"\s*[,;\n]\s*|\s+(?=(?:{letters})\s*(?:=|:|->|→|\\to))", str(answer), flags=re.I):
            found = _PAIR.match(piece)
            if not found:
                raise ChoiceError(
                    f"{piece.strip()[:40]!r} is no pair; write a matching as {', '.join(f'{k}=…' for k in key)}"
                )
            if pairs.setdefault(_clean(found[1]), _clean(found[2])) != _clean(found[2]):
                raise ChoiceError(f"{found[1]!r} is matched twice")
    if pairs and not set(pairs) & set(key) and set(pairs) <= set(key.values()):  # SGD = C for C = SGD
        turned = {v: k for k, v in pairs.items()}
        if len(turned) < len(pairs):
            raise ChoiceError(f"one of {', '.join(key)} is matched twice")
        pairs = turned
    unknown = [k for k in pairs if k not in key]
    if unknown:
        raise ChoiceError(f"{unknown[0]!r} is not asked; asked are {', '.join(key)}")
    parts = tuple(
        named(right() if pairs.get(k) == v else wrong("choice", "not this one" if k in pairs else "not answered"), k)
        for k, v in key.items()
    )
    good = sum(p.status == "correct" for p in parts)
    read = ", ".join(f"{k}={v}" for k, v in pairs.items())
    if good == len(key):
        return Verdict("correct", 1.0, findings=_because(because), student_read=read, parts=parts)
    return Verdict(
        "wrong",
        good / len(key),
        diagnosis=Diagnosis("choice", f"{good} of {len(key)} pairs are right", because),
        student_read=read,
        parts=parts,
    )
