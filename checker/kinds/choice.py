"""A choice: one or several of the stated options, true or false, or a matching. Letters, words of an option, yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from checker.kinds.outcome import named, right, unreadable, wrong
from checker.verdict import Diagnosis, Finding, Verdict

_TRUE, _FALSE = ("true", "yes", "t", "y", "1", "right", "correct"), ("false", "no", "f", "n", "0", "wrong", "incorrect")
_PAIR = re.compile(r"\s*(.+?)\s*(?:=|:|->|→|\\to|\bis\b)\s*(.+?)\s*\Z")

_ARTICLE = re.compile(r"\A(?:the|an?|option|answer|it is)\s*:?\s+")
_LETTERED = re.compile(r"(?P<letter>\w+)\s*[).:,-]\s*(?P<words>.+)\Z", re.S)
_REASON = re.compile(r"(?:because|since|as|for)\b")
_DECIDED = re.compile(r"(\w+)(?:\s*[,.;:(]|\s+(?:because|since|as)\b)")
"""`false, since …` begins with the answer; `false is wrong` does not."""


class ChoiceError(ValueError):
    """An answer that names no option."""


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """The answer against the stated key."""
    options = part.payload.get("options") or {"true": "true", "false": "false"}
    return judge_choice(answer, part.payload["key"], options, part.payload.get("because") or "")


def judge_choice(answer: Any, key: Any, options: Mapping[str, Any], because: str = "") -> Verdict:
    """`key` is one letter, a list of letters, or a table letter → partner."""
    options = {_clean(k): str(v) for k, v in options.items()}
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
    if set(options) == {"true", "false"}:
        decided = _DECIDED.match(said)
        word = decided[1] if decided else said
        if {w in _TRUE for w in said.split() if w in _TRUE + _FALSE} == {True, False} and all(w in _TRUE + _FALSE for w in said.split()):
            raise ChoiceError(f"{str(text)[:40]!r} says both")
        # "1.5" and "n × d" begin with no answer
        if (word in _TRUE or word in _FALSE) and (word == said or len(word) > 1):
            return "true" if word in _TRUE else "false"
    for words, wanted in ((_TRUE, ("true", "yes")), (_FALSE, ("false", "no"))):
        if said in words:
            found = [letter for letter, option in options.items() if letter in wanted or _clean(option) in wanted]
            if len(found) == 1:
                return found[0]
    lettered = _LETTERED.match(said)
    if lettered and lettered["letter"] in options:
        words = _clean(lettered["words"])
        if words in (options[lettered["letter"]].casefold(), _clean(options[lettered["letter"]])) or _REASON.match(words):
            return lettered["letter"]
    bare = _ARTICLE.sub("", said)
    if bare != said and not (bare in options and said.split()[0] in options):  # "a b" are two letters
        return _option(bare, options)
    near = get_close_matches(said, [*options, *(_clean(w) for w in options.values())], 1)
    raise ChoiceError(f"{str(text)[:40]!r} is no option" + (f"; did you mean {near[0]}?" if near else ""))


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
                raise ChoiceError(f"{piece.strip()[:40]!r} is no pair; write a matching as {', '.join(f'{k}=…' for k in key)}")
            if pairs.setdefault(_clean(found[1]), _clean(found[2])) != _clean(found[2]):
                raise ChoiceError(f"{found[1]!r} is matched twice")
    unknown = [k for k in pairs if k not in key]
    if unknown:
        raise ChoiceError(f"{unknown[0]!r} is not asked; asked are {', '.join(key)}")
    parts = tuple(named(right() if pairs.get(k) == v else wrong("choice", "not this one" if k in pairs else "not answered"), k) for k, v in key.items())
    good = sum(p.status == "correct" for p in parts)
    read = ", ".join(f"{k}={v}" for k, v in pairs.items())
    if good == len(key):
        return Verdict("correct", 1.0, findings=_because(because), student_read=read, parts=parts)
    return Verdict("wrong", good / len(key), diagnosis=Diagnosis("choice", f"{good} of {len(key)} pairs are right", because), student_read=read, parts=parts)
