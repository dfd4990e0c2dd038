r"""Letters that an answer defines for itself where the question has them for something else: `-X^T r` with
`r = y - X w`, where the question's r is X w - y."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from string import ascii_uppercase

from checker.verdict import Finding, Verdict
from derivations.domains import Names
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import canonical, kin


def by_its_own(left: str, text: str, names: Names, judge: Callable[[str], Verdict]) -> Verdict | None:
    """That an answer is right where a letter is what it says, or that this cannot be told; None where it is not."""
    own = with_a_letter_of_its_own(text, left, names)
    found = None if own is None else judge(own)
    if found is not None and found.status == "unreadable":
        return found  # whether it is right by its own letter cannot be told, so that the letter is no reason
    if found is None or found.status != "correct":
        return None
    remark = Finding("letters", f"{left} is what the answer says here, not what the question calls so")
    return replace(found, findings=(*found.findings, remark))


def with_a_letter_of_its_own(text: str, left: str, names: Names) -> str | None:
    """A text in which a letter that it defines for itself, and the question for something else, is a letter that is
    nobody's; None where the text may speak of both."""
    if re.fullmatch(r"\\?[^\W\d_]+", left) is None:
        return None
    taken = scope_of(names).bases
    letter = next((c for c in ascii_uppercase if c not in taken and c not in text and c not in "EIT"), None)
    if letter is None:
        return None
    made, times = re.subn(rf"(?<![A-Za-z\\]){re.escape(left)}(?![A-Za-z])", f"{letter} "[: len(left)], text)
    spelled = canonical(left)
    both = any(canonical(word) in (spelled, "d" + spelled) for word in re.findall(r"\\?[^\W\d_]+", made))
    return None if times < 2 or both or differentiates(made, letter) else made


def by_what_is_asked(left: str, text: str, derives: str, judge: Callable[[str], Verdict]) -> Verdict | None:
    """That an answer is right where a letter stands for what is differentiated in the question: its L for L_k. None
    where it is not; each line is judged so, that which says what the letter is too."""
    top = derives.partition("/d")[0].removeprefix("d")
    bare = re.match(r"[^\W\d_]+", top)
    if not derives.startswith("d") or bare is None or re.fullmatch(r"\\?[^\W\d_]+", left) is None or left == bare[0]:
        return None
    if re.search(rf"(?<![A-Za-z]){bare[0]}(?![A-Za-z])", text) is not None:
        return None
    made, times = re.subn(
        rf"(?<![A-Za-z\\]){re.escape(left)}(?![A-Za-z_])|(?<=\bd){re.escape(left)}(?=/)", f"{top} ", text
    )
    found = judge(made) if times > 1 else None
    if found is None or found.status != "correct":
        return None
    remark = Finding("letters", f"{left} is what the question calls {top}")
    return replace(found, findings=(*found.findings, remark))


def differentiates(text: str, letter: str) -> bool:
    """Whether a derivative of a letter, or by it, stands in a text."""
    sign = r"(?:\\partial|∂|\\mathrm\s*\{?\s*d\s*\}?|\bd)\s*"
    return re.search(rf"{sign}{re.escape(letter)}(?![^\W_])", text) is not None


_GIVEN = re.compile(r"(\\?[^\W\d_]+(?:_(?:\{\w+\}|\w+))?)\s*(?::=|=)(?!=)")


def gives(text: str, name: str) -> bool:
    """Whether a text says what a name is: `\\lambda = …`."""
    own = {canonical(found[1]) for found in _givings(text)}
    return bool(own & {canonical(name), *kin(name)})


_FACTOR = re.compile(r"(?:[\d)\]}+\-*/^·⊙=<>|']|(?<![^\W\d_])[^\W\d_]|\\(?!q?quad|\\)[A-Za-z]+)\s*\Z", re.S)
_SAID = re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{[^{}]*\}\s*\Z")


def _givings(text: str) -> Iterator[re.Match[str]]:
    """The names in front of an `=` that are no factor there: the r of `where r = y - X w`, not of `2 r = r + r`."""
    for found in _GIVEN.finditer(text):
        before = text[: found.start()]
        if _SAID.search(before) or not _FACTOR.search(before):
            yield found


MOST = 2
"""Letters of the question that an answer may define anew: each is tried with and without the others."""


def nodes_given(text: str, names: Names) -> list[str]:
    """The names of nodes of the question that a text says something of, as it writes them: the r of `r = y - X w`."""
    rows = scope_of(names).rows
    said = dict.fromkeys(found[1] for found in _givings(text))
    found = [left for left in said if (row := rows.get(canonical(left))) is not None and row.role == "node"]
    return found if len(found) <= MOST else []
