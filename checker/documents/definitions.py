r"""Names that a document gives to its own formulas: `p(\theta) = …`, `s_i = …`, which later lines use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from derivations.frozen import frozen

MOST = 40
LONGEST = 600

_NUMBER = re.compile(r"[\s\-−\d.]+")
_CALLED = re.compile(r"\\?[A-Za-z]+(?:_\{?\w+\}?)?\s*\([^()]{1,40}\)\Z")
_GIVEN = re.compile(r"\s*(?:;|\||\\mid(?![A-Za-z]))[^()]*\)")
"""What a density is given: `; \\mu, \\sigma^2)`."""
SINGLE = re.compile(
    r"(?:\\(?:text|mathrm|operatorname)\s*\{\w+\}|\\?[A-Za-z]+)(?:\s*_\s*(?:\w|\{(?:[^{}]|\{[^{}]*\}){1,30}\}))?(?:\s*\^\s*\{?\s*[*'+\w()]+\s*\}?|')*\Z"
)
"""A name with its marks: `net_{h_1}`, `\\text{out}_{1}`, `w_5^{+}`."""


Use = Literal["everywhere", "as written", "at others"]
"""Where a definition is put in: as written, `f(x)` alone, where the sheet has another f; at others, `f(0)` and `f'(x)`
alone, where the sheet has this f."""


@frozen
class Definition:
    """A left side as it is written, and what it stands for."""

    left: str
    right: str
    use: Use = "everywhere"

    def pattern(self) -> re.Pattern[str]:
        """The left side wherever it is written, blanks apart."""
        pieces = re.findall(r"\\[A-Za-z]+|\S", self.left)
        return re.compile(
            r"(?<![A-Za-z\\])" + r"\s*".join(map(re.escape, pieces)) + r"(?![A-Za-z_'(]|\^\s*\{?\s*[(\[*'])"
        )

    def applied(self, text: str) -> str:
        """A text with the function at other arguments put in: `f(0)`, `f(2a)`, `f'(1)` for `f(x) = …`."""
        called = FUNCTION.match(self.left) if self.use != "as written" else None
        if called is None or called["name"] + "(" not in text.replace(" ", "").replace(r"\left(", "(").replace("'", ""):
            return text
        own = re.compile(rf"(?<![A-Za-z\\]){re.escape(called['by'])}(?![A-Za-z])(?P<below>\s*_)?")
        if not own.search(self.right) or any(m["below"] for m in own.finditer(self.right)):
            return text

        def put(found: re.Match[str]) -> str:
            inside = found["inside"].strip()
            if self.use == "at others" and not found["prime"] and inside == called["by"]:
                return found[0]
            if found["prime"]:
                slope = rf"\frac{{d}}{{d {called['by']}}} \left({self.right}\right)"
                return slope if inside == called["by"] else rf"\left. {slope} \right|_{{{called['by']} = {inside}}}"
            put_in = own.sub(lambda _: rf"{{\left({inside}\right)}}", self.right)
            return rf"\left({put_in}\right)"

        at = (
            rf"(?<![A-Za-z\\]){re.escape(called['name'])}\s*(?P<prime>'|\^\s*\{{?\s*\\prime\s*\}}?)?\s*"
            r"(?:\\left)?\(\s*(?P<inside>[^()=<>,;|]{1,40}?)\s*(?:\\right)?\)"
        )
        return re.sub(at, put, text)


FUNCTION = re.compile(r"(?P<name>\\?[A-Za-z]+)\s*\(\s*(?P<by>\\?[A-Za-z]+)\s*\)\Z")
"""A name of one argument, which is a letter: `f(x)`."""


@frozen
class Definitions:
    """The definitions of a document so far, the last one of a name first."""

    held: tuple[Definition, ...] = ()

    def with_one(self, left: str, right: str, use: Use = "everywhere") -> Definitions:
        """With one more, if its left side is a name that can be found again."""
        left, right = left.strip(" &$\n"), right.strip(" &$\n.,;")
        left = re.sub(r"\\begin\{[a-z*]+\}", "", left).strip()
        if len(left) + len(right) > LONGEST or not (_CALLED.match(left) or SINGLE.match(left)) or not right:
            return self
        others = tuple(d for d in self.held if d.left != left)
        return Definitions((Definition(left, right, use), *others)[:MOST])

    def with_row(self, said: Sequence[str], use: Use = "everywhere") -> Definitions:
        """With the left side of a row: its value where it ends in a number, else what it is first said to be."""
        if len(said) < 2:
            return self
        value = said[-1] if _NUMBER.fullmatch(said[-1]) else said[1]
        return self.with_one(said[0], value, use)

    def bare(self, left: str, right: str, free: bool = True) -> Definitions:
        """With P(x) for `P(x; m)`, and with P where that is a free name, as later lines say it."""
        called = _CALLED.match(left.strip(" &$\n"))
        if called is None:
            return self
        short = _GIVEN.sub(")", called[0])
        known = self.with_one(short, right) if short != called[0] else self
        return known.with_one(left.partition("(")[0].replace(r"\left", ""), right) if free else known

    def takes(self, text: str) -> bool:
        """Whether a text has one of them that is a name with something in brackets: `f(x_i)` is then no product."""
        called = [d for d in self.held if _CALLED.match(d.left)]
        return any((d.use != "at others" and d.pattern().search(text)) or d.applied(text) != text for d in called)

    def without(self, pattern: re.Pattern[str]) -> Definitions:
        """Without those of left sides of a form."""
        return Definitions(tuple(d for d in self.held if not pattern.match(d.left)))

    def put_in(self, text: str, numbers: bool = True) -> str:
        """A text with what they stand for in the place of names, in brackets; as it is where it has none of them.
        Without `numbers` the names of numbers stay: nothing is differentiated by one."""
        for one in self.held:
            if not numbers and _NUMBER.fullmatch(one.right):
                continue
            if one.use != "at others":
                text = one.pattern().sub(lambda _, right=one.right: f"\\left({right}\\right)", text)
            text = one.applied(text)
        return text


NOTHING = Definitions()
