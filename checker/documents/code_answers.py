"""Answers in the code of a document: an assignment judged as that of a part under whose label it stands, with the
lines of its block before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker.documents.claims import Claim
from checker.documents.left_sides import names_target
from checker.documents.placing import Answer
from checker.documents.sheets import Asked

MOST_LINES = 40
LANGUAGES = frozenset(["", "python", "py", "python3", "numpy"])
_ASSIGNS = re.compile(r"(?P<left>[A-Za-z_]\w*)\s*=(?!=)\s*\S.*")


def said_in_code(claim: Claim, under: Sequence[Asked]) -> Iterator[tuple[int, int, Answer]]:
    """The answers in a block of code, each with where it stands in it. A wrong one has to name what it is."""
    block = claim.piece.inside
    lines = list(re.finditer(r"^.*$", block, re.MULTILINE))
    for k, line in enumerate(lines[:MOST_LINES]):
        said = line[0].partition("#")[0].rstrip()
        found = _ASSIGNS.fullmatch(said)
        if found is None:
            continue
        for text in dict.fromkeys((said, "\n".join(before[0] for before in lines[: k + 1]))):
            answer = _answered(text, found["left"], under)
            if answer is not None:
                yield line.start(), line.start() + len(said), answer
                break


def _names(left: str, asked: Asked) -> bool:
    """Whether a name of the program is that of what is asked: `dW2`, `grad_W2`, `dL_dW2`."""
    of, _, by = (asked.part.derives or "").partition("/d")
    said = left.replace("_", "")
    derivative = bool(by) and said in {f"{sign}{by.replace('_', '')}" for sign in ("d", "grad", f"{of}d")}
    return derivative or names_target(left, asked.part.derives or "", asked.names)


def _answered(text: str, left: str, under: Sequence[Asked]) -> Answer | None:
    for asked in under:
        if asked.part.kind != "formula":
            continue
        verdict = asked.judged(text)
        named = _names(left, asked)
        if verdict.status == "correct" or (verdict.status == "wrong" and named):
            return Answer(asked, asked.verdict(text), True)
    return None
