"""What a declared function takes and gives: `function (real[d]; real[p]) -> real[m]`; its arguments may be called
something, `function of (x: real[d], theta: real[p]) -> real`."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod

from derivations.formula import Size
from derivations.frozen import frozen

Sizes = tuple[Size, ...]


@frozen
class Signature:
    """The sizes of the arguments of a function and of its value, () for a number; `held` of its arguments, the last
    ones, are parameters, the w of f(x; w)."""

    takes: tuple[Sizes, ...]
    gives: Sizes = ()
    held: int = 0

    def sizes(self) -> Sizes:
        """All sizes, in order."""
        return tuple(size for one in (*self.takes, self.gives) for size in one)

    def show(self) -> str:
        """`(real[d]; real[p]) -> real`"""
        first = len(self.takes) - self.held
        taken = "; ".join(", ".join(map(_real, part)) for part in (self.takes[:first], self.takes[first:]) if part)
        return f"({taken}) -> {_real(self.gives)}"


def _real(sizes: Sizes) -> str:
    return f"real[{','.join(map(str, sizes))}]" if sizes else "real"


_MAPPING = re.compile(
    r"\s*(?:function\b(?:\s+of\b)?)?(?P<taken>[^→>\\-]{1,150})(?:->|→|\\to\b|\\rightarrow\b)(?P<given>[^→>]{1,60})\Z"
    r"|\s*function\s+of\s*(?P<alone>\([^→>\\-]{1,150}\))\s*\Z"
)
_SHAPED = re.compile(r"\s*(?:[^\W\d]\w*\s*:)?\s*real\s*(?:\[(?P<sizes>[A-Za-z0-9_,\s]*)\])?\s*\Z")
_SHAPE = re.compile(r"\[[^\[\]]*\]")
MOST_ARGUMENTS, MOST_AXES, MOST_ENTRIES = 6, 2, 4_096


def is_mapping(text: str) -> bool:
    """Whether a declaration has an arrow, or says of what it is a function."""
    return _MAPPING.match(text) is not None


def parse_signature(text: str, size: Callable[[str], Size]) -> Signature | None:
    """The signature in a text that `is_mapping`; None for a number to a number, which `function` alone says. Raises
    `ValueError` with what is wrong."""
    found = _MAPPING.match(text)
    assert found is not None
    taken, held = (found["taken"] or found["alone"]).strip(), 0
    if taken[:1] == "(" and taken[-1:] == ")":
        taken = taken[1:-1]
    parts = re.split(r"([,;])", _SHAPE.sub(lambda shape: shape[0].replace(",", " "), taken))
    if parts.count(";") > 1:
        raise ValueError("one `;` stands before all parameters of a function, (real[d]; real[p]) -> real")
    if ";" in parts:
        held = len(parts[parts.index(";") :]) // 2
    takes = tuple(_shape(part, size) for part in parts[::2])
    gives = _shape(found["given"] or "real", size)
    if len(takes) > MOST_ARGUMENTS:
        raise ValueError(f"a function takes at most {MOST_ARGUMENTS} arguments")
    return None if takes == ((),) and not gives else Signature(takes, gives, held)


def _shape(text: str, size: Callable[[str], Size]) -> Sizes:
    found = _SHAPED.match(text)
    if found is None:
        shown = text.strip()[:40]
        raise ValueError(
            "a function takes and gives real numbers, vectors and matrices, as in "
            f"function (real[d], real[d]) -> real; {shown!r} is none of them"
        )
    sizes = tuple(map(size, found["sizes"].replace(",", " ").split())) if found["sizes"] else ()
    while sizes[-1:] == (1,):  # as everywhere, an array with one column is a vector
        sizes = sizes[:-1]
    if len(sizes) > MOST_AXES:
        raise ValueError(f"what a function takes and gives has at most {MOST_AXES} axes")
    if prod(s for s in sizes if isinstance(s, int)) > MOST_ENTRIES:
        raise ValueError(f"what a function takes and gives has at most {MOST_ENTRIES} entries")
    return sizes
