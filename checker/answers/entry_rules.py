"""Update rules of single entries: `w_k := w_k - α r x_k` is the rule for w, k any of its places.

A letter below what is updated is an index where what is asked has an axis for it and no step of time stands beside it:
in V_t = β V_{t-1} + g it counts steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.answers.lines import spelled
from checker.answers.outcome import wrong
from checker.verdict import Verdict
from derivations.domains import Names, parse_domain
from derivations.formula import Formula
from derivations.frozen import frozen
from derivations.notation.read.labels import label_of, quantity
from derivations.notation.read.one_formula import in_order_of

_NEW = re.compile(r"['′]|\\prime|new|next|\+\s*1")


@frozen
class Entry:
    """What a left side updates: the row, the letters of its place, and whether it is marked as new."""

    row: str
    letters: tuple[str, ...]
    new: bool


def entry_of(left: str, right: str, rows: Mapping[str, Formula], names: Names) -> Entry | None:
    """The entry that a left side names; None where it names a whole array, or its letter counts steps."""
    label = label_of(left, names)
    if label is None:
        return None
    named = quantity(label.spelled)
    letters = named.letters
    row = next((r for r in rows if spelled(r).rstrip("'") == spelled(named.name).rstrip("'")), None)
    if (
        row is None
        or rows[row].joint
        or not letters
        or len(set(letters)) < len(letters)
        or len(letters) != len(rows[row].axes)
    ):
        return None
    steps = "|".join(re.escape(letter) for letter in letters)
    if "t" in letters or re.search(rf"\b(?:{steps})\s*[+-]\s*1\b", left + " " + right):
        return None
    for letter, axis in zip(letters, rows[row].axes, strict=True):
        known = names.get(letter)
        if known is not None and (known.index is None or known.index.size != axis.size):
            return None
    return Entry(row, letters, _NEW.search(left) is not None)


def with_letters(entry: Entry, true: Formula, names: Names) -> Names:
    """The names, with the letters of an entry as indices over the axes of its array."""
    pairs = zip(entry.letters, true.axes, strict=True)
    return names.with_rows(*(parse_domain(x, f"index[{axis.size}]") for x, axis in pairs if x not in names))


def at_entry(entry: Entry, formula: Formula) -> Formula | Verdict:
    """The right side of a rule for an entry, its letters in the order of the left side; `wrong` where they are other
    ones."""
    mine = [i.name for i in formula.free]
    if mine and set(mine) != set(entry.letters):
        left, right = (", ".join(sorted(letters)) for letters in (entry.letters, mine))
        return wrong("free-index", f"the left side is at {left}, and the right side at {right}")
    return in_order_of(entry.letters, formula)
