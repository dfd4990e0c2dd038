"""Answers that join pairs counted in different orders, `(A ⊗ Bᵀ) vec(X)` for vec(A X B): as arrays over pairs they are
not read, and where all sizes are one they are.

An answer that differs there is not right for all sizes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from checker.equality.judge import judge
from checker.verdict import Evidence
from derivations.domains import Names, NamesError, parse_names, show_domain
from derivations.formula import Formula
from derivations.notation import ReadError, read

MESSAGE = "factors of ⊗ are exchanged, or a transpose is missing: it joins entries that are counted in different orders"

_SIZES = re.compile(r"\[[^\[\]]*\]")


def where_they_differ(text: str, truth: Formula, names: Names, target: str | None) -> Evidence | None:
    """A point where such a text differs from a formula that was read from its source; None where it does not, or joins
    no such pairs."""
    if truth.source is None or any(row.equation is not None for row in names.values()):
        return None
    try:
        read(text, names, target=target)
        return None
    except ReadError as error:
        if error.tag != "pairs":
            return None
    try:
        one = _of_one_size(names)
        if read(truth.source, names) != truth:
            return None
        found = judge(read(text, one, target=target), read(truth.source, one), one)
    except (ReadError, NamesError):
        return None
    point = found.evidence.counterexample
    if found.status != "different" or point is None:
        return None
    sizes = {size: length for length in point.sizes.values() for size in names.sizes}
    return replace(found.evidence, counterexample=replace(point, sizes=sizes))


def _of_one_size(names: Names) -> Names:
    """The declarations with one size in the place of all."""
    sizes = sorted(names.sizes)
    every = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sizes))})(?!\w)")
    declared = {row.name: show_domain(row) for row in names.values() if row.role != "size"}
    return parse_names({n: _SIZES.sub(lambda m: every.sub(sizes[0], m[0]), d) for n, d in declared.items()})
