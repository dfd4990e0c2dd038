r"""A reason in words that nothing here judges, apart from the answer that it is given for.

-m/(1 + e^{cm}) < 0, since all margins are positive         what stands behind since, because
Since c > 0 does not depend on θ, $$…$$                     a sentence that begins so, in front of a display
The denominator is constant, hence $$…$$                    a sentence that ends so, in front of a display

A reason changes no value. Where the answer cannot be read with its words it is judged without them, and the verdict
says that they are not judged. Words that may limit an answer, if, for, unless, are never taken for a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from checker.verdict import Finding, Verdict

_BEHIND = re.compile(
    r"\A(?P<answer>.*?\S)[\s,;.]*(?P<reason>(?<![A-Za-z])(?:since|because)\s[^\n]*(?:\n[^\n]*)?)\Z", re.S
)
_FRONT = re.compile(
    r"\A\s*(?P<reason>[A-Z][^\n]*?)\s*(?P<answer>(?:\$\$|\\\[|\\begin\{(?:align|aligned|equation)).*)\Z", re.S
)
_OPENS = re.compile(r"(?:Since|Because|As)\s")
_LEADS = re.compile(r"(?:hence|so|thus|therefore|consequently|it follows that|which (?:gives|yields))\s*[,:]?\Z", re.I)
_LIMITS = re.compile(
    r"\b(?:if|for|when|whenever|unless|except|only|where|with|let|set|put|define|assum\w*|suppos\w*|provided|case|under|but|not\s+equal)\b",
    re.I,
)
_STATES = re.compile(r"=|:=|\\(?:implies|Rightarrow|coloneqq)|→|⇒")
LONGEST = 400
"""Characters of a reason."""


def without_reason(answer: Any, verdict: Verdict, judge: Callable[[str], Verdict]) -> Verdict:
    """The verdict on an answer without a reason in words, where it cannot be read with it."""
    if verdict.status != "unreadable" or not isinstance(answer, str):
        return verdict
    for found in (_BEHIND.match(answer), _FRONT.match(answer)):
        if found is None or not _is_reason(found["reason"], found.re is _FRONT):
            continue
        told = judge(found["answer"].rstrip(" ,;\t\n"))
        if told.status != "unreadable":
            said = " ".join(found["reason"].split())
            return replace(told, findings=(*told.findings, Finding("reason", f"the reason, {said!r}, is not judged")))
    return verdict


def _is_reason(words: str, front: bool) -> bool:
    """Whether words give a reason, and neither limit the answer nor define or claim anything by a formula."""
    if len(words) > LONGEST or _LIMITS.search(words) or _STATES.search(words):
        return False
    return not front or bool(_OPENS.match(words) or _LEADS.search(words))
