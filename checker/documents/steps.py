r"""Updates as hand-ins write them: `W = W - αV`, and with the number of the step at their names, `V_t = \beta V_{t-1} +
g`, which says `V ← βV + g`; and whether a line is one step more of those before it."""

from __future__ import annotations

import re
from dataclasses import replace

from checker.documents.chains import sides
from checker.documents.claims import Claim
from checker.documents.left_sides import names_target
from checker.documents.sheets import Sheet
from checker.documents.stretches import Stretch

_STEP = r"[tk]\s*(?:[+-]\s*1\s*)?"
_NUMBERED = re.compile(
    rf"(?P<name>\\?[A-Za-z]+)(?P<step>\s*(?:_\s*(?:[tk](?![\w^])|\{{\s*{_STEP}\}})|\^\s*\{{?\s*\(\s*{_STEP}\)\s*\}}?))"
)
_SIGN = re.compile(r"&?(?<![<>!:=])=(?!=)&?")


def without_steps(text: str) -> str:
    """A text with an update in it without the numbers of steps, every sign behind them in its place; as it is where its
    left side is not a step further than the same name on the right."""
    sign = _SIGN.search(text)
    left = _NUMBERED.fullmatch(text[: sign.start()].strip()) if sign is not None else None
    if sign is None or left is None:
        return text
    before = [m for m in _NUMBERED.finditer(text, sign.end()) if m["name"] == left["name"]]
    if not before or any(_plain(m["step"]) == _plain(left["step"]) for m in before):
        return text
    first = _NUMBERED.sub(lambda m: m["name"].ljust(len(m[0])), text[: sign.start()])
    others = _NUMBERED.sub(lambda m: m["name"].rjust(len(m[0])), text[sign.end() :])
    return first + "←".rjust(len(sign[0])) + others


def _plain(step: str) -> str:
    return re.sub(r"[\s{}()_^]", "", step)


def as_update(claim: Claim, stretch: Stretch, sheet: Sheet) -> Stretch:
    """A stretch with a sign of assignment, where an update is asked and it sets a name equal to what holds it:
    `W = W - αV`."""
    names = [(a, n) for a in sheet.having(claim.path) if a.part.kind == "equations" for n in a.truth.rows]
    stretch = replace(stretch, text=without_steps(stretch.text)) if names and claim.sure else stretch
    said = sides(stretch.text)
    if not claim.sure or len(said) != 2:
        return stretch
    if not any(names_target(a.setting.spelled.put_in(said[0]), n.rstrip("'"), a.names) for a, n in names):
        return stretch
    again = re.search(rf"(?<![\w\\]){re.escape(said[0])}(?!\w)", said[1])
    return replace(stretch, text=re.sub("&?=", lambda m: "←".rjust(len(m[0])), stretch.text)) if again else stretch


def joined_on(claim: Claim, stretch: Stretch) -> bool:
    """Whether a stretch goes on from what stands before it: `= 2x`."""
    return stretch.goes_on or (claim.continues and stretch.start == 0 and not stretch.follows)
