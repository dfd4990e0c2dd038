r"""Reading: text and declared names into formulas, statements and conditions.

    read("(y-p)theta_i", "p: probability; y: label01; theta: real[d]; i: index[d]")

The stages: `tokens` → `grammar` (surface tree) → `meaning` (index form), joined in `one_formula`, which reads one
formula. Around it, habits of paper are taken off and noted: `fences`, `targets` (a leading `dL/dw =`), `clauses` (`if`,
`unless`), `envelope` (`Answer:`, a full stop, `\text{since …}`, `≈ 0.757` at the end); `statements` are texts of
several lines, `conditions` are relations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from derivations.domains import Names, parse_names
from derivations.formula import Formula
from derivations.notation.errors import ReadError
from derivations.notation.read.conditions import condition_of
from derivations.notation.read.envelope import formula_of
from derivations.notation.read.lines import Line, Statement
from derivations.notation.read.statements import statement_of

__all__ = ["Line", "Statement", "each_reading", "names_of", "read", "read_condition", "read_statement", "readings"]

NamesLike = Names | str | Mapping[str, str]
_Read = TypeVar("_Read")


def names_of(names: NamesLike) -> Names:
    """The declarations, parsed once for equal text. Raises `NamesError`."""
    if isinstance(names, Names):
        return names
    if isinstance(names, str):
        return _parsed(names)
    return _parsed_pairs(tuple((str(k), str(v)) for k, v in names.items()))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Names:
    return parse_names(text)


@lru_cache(maxsize=256)
def _parsed_pairs(pairs: tuple[tuple[str, str], ...]) -> Names:
    return parse_names(dict(pairs))


def read(text: str, names: NamesLike, *, target: str | None = None, up_to_factor: bool = False) -> Formula:
    r"""The formula that a text states. Raises `ReadError`; shapes that do not conform are in `shape_error`.

    text    in plain text, Unicode or LaTeX, mixed freely
    names   declarations, `"x: real[n,d]; p: probability"` or a mapping from names to domains

    >>> read(r"X^\top (p - y)", "X: real[n,d]; p: probability[n]; y: label01[n]").shape
    ('d',)

    A leading `dL/dw =` is taken off and noted, as `target` where it is what was asked, as `other-target` where it is
    not; `dL/dw ∝` too, where a factor does not count (`up_to_factor`). A condition behind or in front of the formula
    makes it a value by cases: it is said there, and nowhere else.
    """
    return formula_of(text, names_of(names), target, up_to_factor)


MAX_READINGS = 8
"""More readings of one text are not told apart."""


def readings(text: str, names: NamesLike, *, target: str | None = None) -> tuple[Formula, ...]:
    """All readings of a text: two where `/2x` may be (…/2)x and …/(2x). Raises `ReadError` where one of them cannot be
    read."""
    found = each_reading(text, lambda t: read(t, names, target=target))
    return tuple(f for k, f in enumerate(found) if f not in found[:k])


def each_reading(text: str, read_one: Callable[[str], _Read], most: int = MAX_READINGS) -> list[_Read]:
    """What `read_one` makes of a text, or of every text that says one of its readings. Raises `ReadError`."""
    try:
        return [read_one(text)]
    except ReadError as error:
        if not error.readings or most < 2:
            raise
        try:
            return [found for reading in error.readings for found in each_reading(reading, read_one, most // 2)]
        except ReadError:
            raise error from None


def read_condition(text: str, names: NamesLike) -> Formula:
    """A condition: `w^T x_i + b <= 0 for all i`; its body is a Rel, And, Or or Not. Parts joined by a comma all hold.

    `for all i` names the indices that run over everything: they are the `free` indices of the formula, and each has a
    note `quantified` with its letter as message (`some` after `for some i`). A declared index that is not quantified is
    free as well, without the note. `if c > 0` behind it is a note `side-condition`.
    """
    return condition_of(text, names_of(names))


def read_statement(text: str, names: NamesLike) -> Statement:
    r"""A text of one or more lines, each a chain: `a = b = c`, `z > 0 \Rightarrow relu(z) = z`, aligned lines, labels,
    remarks.

    A line that begins with a relation goes on with the chain before it. Raises `ReadError`.
    """
    return statement_of(text, names_of(names))
