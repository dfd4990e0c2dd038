r"""What an answer says of the notation's own signs: `where I is the d × d identity matrix`, `⊙ denotes the Hadamard
product`, `and e_k is the k-th unit vector`.

What says of a sign that it is what it is read as anyway is taken off; a size that is said of I is put below it, so that
it is checked. Everything else is left where it stands, for whoever reads it.
"""

from __future__ import annotations

import re

from derivations.domains import Names
from derivations.frozen import frozen
from derivations.notation.read.scope import scope_of


@frozen
class Sign:
    """A sign of the notation.

    letter    the name that it would be read as where one is declared; empty for what is no name
    written   how it is written, as a pattern
    meaning   what may be said of it, as a pattern
    """

    letter: str
    written: str
    meaning: str


_STYLE = r"(?:\\(?:mathbf|mathbb|mathrm|mathds|boldsymbol|bm|text|operatorname)\s*\{{?\s*{0}\s*\}}?|{0})"
_SIZE = r"(?P<size>[A-Za-z])\s*(?:×|x|\\times|by|-by-)\s*(?P=size)"
_OF_SIZE = r"(?:\s+of\s+(?:size|order|dimension)\s+\$?(?P<order>[A-Za-z])\$?)?"
_IN = (
    r"(?:\s*(?:\\in(?![A-Za-z])|∈)\s*(?:\\mathbb\s*\{?\s*R\s*\}?|ℝ|R)\s*\^\s*\{?\(?\s*(?P<rows>[A-Za-z])\s*"
    r"(?:×|x|\\times)\s*(?P=rows)\s*\)?\}?)?"
)

SIGNS = (
    Sign("I", _STYLE.format("I") + r"(?:_\{?(?P<below>[A-Za-z])\}?)?" + _IN,
        rf"(?:\$?{_SIZE}\$?[\s-]+|(?P<dim>[A-Za-z])-dimensional\s+)?(?:identity|unit)(?:\s+matrix)?{_OF_SIZE}"),
    Sign("", _STYLE.format("[1𝟏𝟙]"), r"(?:vector\s+of\s+(?:all\s+)?(?:ones|1s)|all[\s-]ones(?:\s+vector)?)"),
    Sign("", _STYLE.format("[1I𝟏𝟙]") + r"(?:\s*[\[({]\s*(?:\\?[{}.,·\s]|\\cdot)*[\])}])?",
        r"(?P<where>indicator(?:\s+function)?)"),
    Sign("", r"(?:⊙|\\odot|∘|\\circ)",
        r"(?:Hadamard|(?:element|entry|component|point)-?wise)(?:\s*\(\s*(?:element|entry|component)-?wise\s*\))?"
        r"\s+(?:Hadamard\s+)?(?:product|multiplication)"),
    Sign("", r"(?:⊗|\\otimes)", r"Kronecker\s+product"),
    Sign("sigma", r"(?:σ|\\sigma|sigma)(?:\s*\(\s*(?:\\cdot|·|\.|[a-z])\s*\))?",
        r"(?:(?:logistic\s+)?sigmoid|logistic)(?:\s+(?:function|activation))*"),
    Sign("delta", r"(?:δ|\\delta|delta)(?:_\s*(?:\{[^{}]*\}|\w+))?", r"Kronecker(?:['’]s)?[\s-]+(?:delta|symbol|δ)"),
    Sign("", r"(?:\|\||\\\||‖|\\lVert)\s*(?:\\cdot|·|\.)\s*(?:\|\||\\\||‖|\\rVert)(?:_\{?2\}?)?",
        r"(?:Euclidean|[ℓlL]_?2|2-?)\s*-?\s*norm"),
    Sign("", r"(?:\\?tr|\\operatorname\s*\{\s*tr\s*\}|\\mathrm\s*\{\s*tr\s*\})(?:\s*\(\s*(?:\\cdot|·)?\s*\))?",
        r"(?:matrix\s+)?trace(?:\s+(?:operator|of a matrix))?"),
    Sign("", r"\\?(?:log|ln)", r"natural\s+log(?:arithm)?"),
    Sign("e", _STYLE.format("e") + r"_\{?(?P<at>[a-z])\}?",
        r"(?:\$?(?P=at)\$?(?:\s*-?\s*th|'th)?|\$?(?P=at)\^\{?(?:th|\\text\{th\})\}?\$?)\s+(?:standard\s+|canonical\s+)?"
        r"(?:unit|basis)(?:\s+basis)?\s+vector"),
)  # fmt: skip
"""The signs, each with what may be said of it."""

_VERB = r"\s*\$?\s*(?:is|are|denotes?|being|stands\s+for|represents|means|:)?\s+(?:the\s+|an?\s+)?"
_TEXT = re.compile(r"\\(?:text|textrm|mbox)\s*\{([^{}]*)\}")
_LEADS = r"(?<![A-Za-z])(?:where|with|here)(?![A-Za-z])"
_PLAIN_I = re.compile(r"(?<![A-Za-z\\])(?:\\(?:mathbf|mathbb|mathrm|boldsymbol)\s*\{\s*I\s*\}|I)(?![A-Za-z_}])")
_SIZED_I = re.compile(r"(?<![A-Za-z])I\s*\}?\s*_\s*\{?\s*([A-Za-z])")
_CONDITION = re.compile(r"[1I𝟏𝟙]\s*\}?\s*(?:_\s*)?(?:\\left|\\[bB]ig+l?)?\s*(?:\\\{|[\[{(])")
_CONNECTION = re.compile(rf"\s+\Z|(?:[,;.]|\\q?quad|(?<![\w\\])and|{_LEADS})\Z")
_MARKED = re.compile(
    r"identity|unit|basis|ones|1s|indicator|product|multiplication|sigmoid|logistic|ronecker|norm|trace|natural"
)


def without_glosses(text: str, names: Names) -> str:
    """The answer without what it says of signs that mean what they mean."""
    if not _MARKED.search(text):
        return text
    for sign in SIGNS:
        if not sign.letter or sign.letter not in scope_of(names).bases:
            text = _without(text, sign)
    return text


def _without(text: str, sign: Sign) -> str:
    """The answer without what it says of one sign: at its end, or first in a list of definitions."""
    gloss = rf"\$?\s*{sign.written}{_VERB}{sign.meaning}"
    last = re.compile(rf"(?:[,;.(]|\\q?quad|\band\b|{_LEADS})\s*{gloss}[\s).$]*\Z")
    first = re.compile(rf"(?P<lead>(?:{_LEADS}|,)\s*){gloss}\s*\$?\s*(?:,\s*and\s|,|\band\b)\s*")
    plain = _TEXT.sub(lambda m: f" {m[1]} ", text)
    for pattern in (last, first):
        found = pattern.search(plain)
        if found is None:
            continue
        before, said = plain[: found.start()], found.groupdict()
        sizes = {s for s in map(said.get, ("size", "dim", "order", "below", "rows")) if s}
        if sizes:  # what is said of the size of I holds wherever I stands without one
            before = _PLAIN_I.sub(rf"I_{min(sizes)}", before)
        if sizes | {m[1] for m in _SIZED_I.finditer(before)} > sizes or len(sizes) > 1:
            return text
        if said.get("where") and not _CONDITION.search(before):
            return text
        lead = said.get("lead")
        return _without_connection(before) if lead is None else before + lead + plain[found.end() :]
    return text


def _without_connection(text: str) -> str:
    """A text without the commas and words that lead on to what is said of its signs."""
    while (found := _CONNECTION.search(text[-40:])) is not None:
        text = text[: len(text) - len(found[0])]
    return text
