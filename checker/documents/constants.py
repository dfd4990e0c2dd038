r"""`+ const`: what is added without saying what it is, as it does not depend on what is looked for.

-\log p(\theta) = \frac12 \|\theta\|^2 + \text{const}      the sides differ by what is free of θ
\ell(w) = \sum_i y_i z_i + C                             C, where words speak of a constant, and C is nothing else
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from checker.answers.outcome import right, undecided, wrong
from checker.answers.upto import same_up_to
from checker.answers.vocabulary import ancestors
from checker.documents.densities import Factor, bare
from checker.verdict import Finding, Verdict
from derivations.domains import Names
from derivations.formula import ZERO, Elem, Formula, Node, map_up, names_in

WORD = "const"
_WRITTEN = re.compile(r"\\(?:text|textrm|mbox|mathrm|operatorname)\s*\{\s?(?:const|constants?)\b\.?\s*\}")
_ADDED = re.compile(
    rf"\+\s*(?P<letter>{WORD}|C)\s*(?=[,;&=]|\.?\s*(?:\\\\|\\end|\\q?quad|\$|\Z))|=\s*&?\s*(?P<first>{WORD}|C)\s*(?=[-+])"
)

_SPOKEN = re.compile(r"\bconstants?\b", re.IGNORECASE)


def in_one_word(text: str) -> str:
    r"""A text with `\text{constant}` as one word of the same length."""
    return _WRITTEN.sub(lambda m: " " * m[0].index("{") + f" {WORD}".ljust(len(m[0]) - m[0].index("{")), text)


def added(text: str, document: str) -> frozenset[str]:
    """What a text of a document adds as a constant: it stands nowhere else in it."""
    letters = [m["letter"] or m["first"] for m in _ADDED.finditer(text)]
    spoken = WORD in letters or _SPOKEN.search(document) is not None
    return frozenset(
        x for x in letters if spoken and len(re.findall(rf"(?<![A-Za-z\\]){x}(?![A-Za-z])", text)) == letters.count(x)
    )


def looked_for(derives: str | None, factors: Sequence[Factor], names: Names) -> frozenset[str]:
    """What a setting looks for, of which a constant is free: what is differentiated by, what densities are given."""
    by = re.findall(r"/d([A-Za-z]\w*?)(?:_\w+)?\b|\bover\s+(\w+)", derives or "")
    given = frozenset().union(*(factor.given for factor in factors))
    return frozenset(n for n in names if n in {x for pair in by for x in pair} or bare(n) in given)


def up_to_constant(
    left: Formula, other: Formula, constants: Collection[str], names: Names, over: Collection[str]
) -> Verdict | None:
    """The verdict on two sides of which one adds a constant; None where neither does. What the constant is free of, if
    nothing says it, is all that the sides depend on; where they differ by what is free of some of it, that is open."""
    if not (names_in(left.body) | names_in(other.body)) & frozenset(constants):
        return None
    one, two = (_without(side, constants) for side in (left, other))
    held = names_in(one.body) | names_in(two.body)
    among = frozenset(over) & held.union(*(ancestors(name, names) for name in held))
    if same_up_to(one, two, names, "constant", among):
        return right(Finding("up-to-constant", "equal up to a constant"))
    for name in sorted(among or names_in(one.body) & names_in(two.body)):
        if names[name].role == "input" and same_up_to(one, two, names, "constant", (name,)):
            return undecided(
                "up-to-constant", f"they differ by what does not depend on {name}; is that a constant here?"
            )
    return wrong("constant", "they differ by more than a constant")


def _without(side: Formula, constants: Collection[str]) -> Formula:
    def by(node: Node) -> Node | None:
        return ZERO if isinstance(node, Elem) and node.name in constants else None

    return replace(side, body=map_up(side.body, by), source=None)
