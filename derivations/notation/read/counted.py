r"""Equal terms or factors with dots that a brace counts.

\underbrace{a + a + \dots + a}_{n \text{ times}}    n a          \underbrace{a \cdots a}_{3}    a³
"""

from __future__ import annotations

import re

_DOTS = re.compile(r"\\(?:[lc]?dots[bmc]?)(?![A-Za-z])|…|⋯|(?<![.\d])\.\.\.(?!\.)")
_TIMES = re.compile(r"\\(?:cdot|times)(?![A-Za-z])|[*·×]")
_SPACE = re.compile(r"\s+|\\[,;:! ]")
_COUNT = re.compile(
    r"(?P<count>\\?[A-Za-z]+|\d{1,6}|(?:[A-Za-z]|\d{1,6})[+-](?:[A-Za-z]|\d{1,6}))"
    r"(?:\\?(?:text|mathrm|mbox|textrm)\{-?(?:times|terms|copies|factors|summands)\})?|"
    r"\\(?:text|mbox|textrm)\{\$?(?P<inner>[A-Za-z]|\d{1,6})\$?(?:times|terms|copies|factors|summands)\}"
)
LONGEST = 200
"""Longer bodies are not looked at."""


def counted(body: str, label: str) -> tuple[str, str] | None:
    """What equal terms or factors with dots come to, and how it is said; None where they differ, where the brace has
    another label, or where more stand there than it counts."""
    if len(body) > LONGEST or len(label) > LONGEST:
        return None
    found = _COUNT.fullmatch(_SPACE.sub("", label))
    dots = list(_DOTS.finditer(body))
    if found is None or len(dots) != 1:
        return None
    count = found["count"] or found["inner"]
    before, behind = (_SPACE.sub(" ", side).strip() for side in (body[: dots[0].start()], body[dots[0].end() :]))
    sign = before[-1:] == behind[:1] == "+"
    if sign:
        terms, last = _split(before[:-1]), behind[1:].strip()
        if any("-" in _outside(side) for side in (before, behind)):
            return None
    else:
        terms, last = _factors(_TIMES.sub(" ", before).strip(), _TIMES.sub(" ", behind).strip())
    written = len(terms) + 1
    if not terms or len(_split(last)) != 1 or any(term != last for term in terms) or not _closed(last):
        return None
    if not sign and "/" in _outside(last):  # a/b a/b reads two ways
        return None
    if count.isdigit() and int(count) < written:
        return None
    made = f"(({count})*({last}))" if sign else f"({last})^{{{count}}}"
    return made, f"{count} times {last}" if sign else f"{last} to the power {count}"


def _outside(text: str) -> str:
    """A text with a blank for all that stands in brackets."""
    out, depth = [], 0
    for c in text:
        depth -= c in ")]}"
        out.append(c if depth == 0 else " ")
        depth += c in "([{"
    return "".join(out)


def _split(text: str) -> list[str]:
    """The terms of a sum."""
    places = [k for k, c in enumerate(_outside(text)) if c in "+-"]
    return [text[a:b].strip() for a, b in zip([0, *(k + 1 for k in places)], [*places, len(text)], strict=True)]


def _factors(before: str, last: str) -> tuple[list[str], str]:
    """Factors side by side, all of which are the last one."""
    times, rest = divmod(len(before.replace(" ", "")), max(1, len(last.replace(" ", ""))))
    same = last and not rest and before.replace(" ", "") == last.replace(" ", "") * times
    return ([last] * times, last) if same else ([], last)


def _closed(text: str) -> bool:
    depth = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return False
    return bool(text) and depth == 0 and not re.search(r"[=<>,;&]|\\\\", text)
