r"""Definitions that are put back as text, since no array stands for them.

\sum_{i \in M} y_i x_i, M = \{i : m_i < 0\}     \sum_{i : m_i < 0} y_i x_i, and |M| is \#\{i : m_i < 0\}
\|\Gamma w\|^2, \Gamma = diag(A)^{1/2}          \|(diag(A)^{1/2}) w\|^2, a matrix where it multiplies
\sum_j \sigma_j^2, \sigma_j^2 = \sum_i X_ij^2   a name of which only the square is given
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.answers.plain_letters import Said, letter_pattern
from derivations.domains import Names
from derivations.notation import ReadError, read
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import canonical, parts

_SET = re.compile(
    r"\s*(?:\\left)?\s*\\?\{\s*(?P<index>[a-z])\s*(?:(?:\\in(?![A-Za-z])|∈|\bin\b)[^:|]*)?(?::|\||\\mid(?![A-Za-z])|\\colon)"
    r"\s*(?P<holds>.+?)\s*(?:\\right)?\s*\\?\}\s*\Z",
    re.DOTALL,
)
_BELOW = re.compile(r"(?P<before>\S?)\s*_\s*[{(]\s*\Z")
_INDICATOR = frozenset("1}I𝟙𝟏")


def sets_put_back(said: Sequence[Said], text: str) -> tuple[list[Said], str]:
    """The definitions without those of sets of indices, and the text with their conditions."""
    kept: list[Said] = []
    sets: list[tuple[str, str, str]] = []
    for left, right, of in said:
        found = _SET.match(right) if not of else None
        if found is None:
            kept.append((left, right, of))
        else:
            sets.append((left, found["index"], found["holds"]))
    for left, index, holds in sets:
        text = _without_set(text, left, index, holds)
        kept = [(name, _without_set(right, left, index, holds), of) for name, right, of in kept]
    return kept, text


def _without_set(text: str, left: str, index: str, holds: str) -> str:
    name = _name(left)
    member = re.compile(
        rf"(?P<letter>[a-z])\s*(?P<sign>\\(?:not)?in(?![A-Za-z])|\\not\s*\\in(?![A-Za-z])|∈|∉|\b(?:not )?in\b)\s*{name}"
    )
    many = re.compile(
        rf"(?:\\left)?\s*(?:\||\\lvert|\\vert)\s*{name}\s*(?:\\right)?\s*(?:\||\\rvert|\\vert)|\\?\#\s*{name}"
    )

    def condition(letter: str) -> str:
        return re.sub(rf"(?<![A-Za-z\\]){index}(?![A-Za-z])", letter, holds)

    def of_member(m: re.Match[str]) -> str:
        said = condition(m["letter"])
        said = rf"\neg({said})" if "not" in m["sign"] or m["sign"] == "∉" else said
        below = _BELOW.search(text, max(0, m.start() - 20), m.start())
        return said if below is None or below["before"] in _INDICATOR else f"{m['letter']} : {said}"

    text = many.sub(lambda _: rf"\#\{{{index} : {holds}\}}", text)
    return member.sub(of_member, text)


def _name(left: str) -> str:
    """A name as a pattern: the M of `\\mathcal{M}`, S_v."""
    spelled = parts(canonical(left))
    below = "".join(rf"\s*_\s*(?:\{{\s*{re.escape(s)}\s*\}}|{re.escape(s)})" for s in spelled.subscripts)
    style = r"(?:\\(?:mathcal|mathbb|mathbf|mathrm|mathscr|cal)\s*\{?\s*)?"
    closed = r"(?:(?<=[A-Za-z])\s*\})?" if "{" in left.partition("_")[0] else ""
    return rf"{style}{letter_pattern(spelled.base, styled=True)}{closed}{below}(?![A-Za-z_])"


def diagonals_put_back(said: Sequence[Said], text: str, names: Names) -> tuple[list[Said], str]:
    """The definitions without those of diagonals with which the text, as it would be written without them, can be
    read."""
    kept = [*said]
    for one in said:
        left, right, of = one
        spelled = parts(canonical(left))
        if of or spelled.subscripts or "diag" not in right:
            continue
        there = re.compile(letter_pattern(spelled.base) + r"(?![A-Za-z_])")
        made = there.sub(lambda _, right=right: f"({right})", text)
        if made != text and conforms(made, names):
            kept.remove(one)
            text = made
    return kept, text


def entries_put_back(said: Sequence[Said], text: str, names: Names) -> tuple[list[Said], str]:
    """The definitions without those of entries, `t_i = 1[i = k]`, with which the text can be read when each entry is
    written out: k is an index of the question."""
    kept = [*said]
    scope = scope_of(names)
    for one in said:
        left, right, of = one
        spelled = parts(canonical(left))
        letter = spelled.subscripts[0] if len(spelled.subscripts) == 1 else ""
        if of or len(letter) != 1 or letter not in scope.indices or spelled.base in scope.bases:
            continue
        there = re.compile(
            letter_pattern(spelled.base) + r"\s*_\s*(?:\{\s*(?P<in>[a-z])\s*\}|(?P<at>[a-z])(?![A-Za-z]))"
        )

        def entry(m: re.Match[str], letter: str = letter, right: str = right) -> str:
            own = re.sub(rf"(?<![A-Za-z\\]){letter}(?![A-Za-z])", m["in"] or m["at"], right)
            return f"({own})"

        made = there.sub(entry, text)
        if made != text and conforms(made, names):
            kept.remove(one)
            text = made
    return kept, text


def conforms(text: str, names: Names) -> bool:
    """Whether a text can be read, with shapes that conform."""
    try:
        return read(text, names).shape_error is None
    except ReadError:
        return False
