r"""An answer whose index letters are not those of its question: y_l(1-y_l) where y_i(1-y_i) is asked.

The question is asked again in the letters of the answer, where this can mean one thing only: a foreign letter is the
only one that runs over its axis, one index of the question runs over it, and that one is not free in the answer.
Letters that are swapped, or of a pair i ≠ j, are therefore never renamed, and no letter is where another has a part of
its own (the true class k). A left side that is the derivative asked for, ∂y_k/∂x_l where ∂y_i/∂x_j is asked, says
which letter is which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from derivations.domains import DOMAINS, Declared, Names
from derivations.formula import Formula, Index, Size, reindex
from derivations.frozen import frozen
from derivations.notation import ReadError
from derivations.notation.read.labels import label_of, quantity
from derivations.notation.spelling import canonical
from problems.truth import Truth

MOST = 8
"""More foreign letters are not looked at."""
_UNKNOWN = "?"
"""The size of a letter whose axis is not known yet: the axis at which it stands says it."""

Read = Callable[[Names], Sequence[Formula]]
"""All formulas of an answer, read under some names. Raises `ReadError`."""


@frozen
class Relettered:
    """A question in the letters of an answer, and what was inferred: (letter of the question, or the size of an axis;
    letter of the answer)."""

    truth: Truth
    letters: tuple[tuple[Size, str], ...]

    @property
    def message(self) -> str:
        """`l was read as i`; `l was read to run over K`."""
        over = "to run over 1..{}" if self.truth.asked.axes else "as {}"
        return ", ".join(f"{theirs} was read {over.format(ours)}" for ours, theirs in self.letters)


def in_letters_of(truth: Truth, read: Read, told: Mapping[str, str]) -> Relettered | None:
    """The question in the letters of an answer; None where they are its own, or could mean two things. `told` are
    letters of the answer that its left side says to be those of the question."""
    asked = truth.asked
    slots = asked.free or asked.axes
    if not slots or (asked.free and asked.axes):
        return None
    found = _foreign(truth.names, asked.free, sum(i.size != 1 for i in asked.axes), read)
    if found is None:
        return None
    names, letters, spoken = found
    where: dict[Index, Index] = {}
    for letter in letters:
        same = [slot for slot in slots if slot.size == letter.size]
        if letter.name in told:
            same = [slot for slot in same if slot.name == told[letter.name]]
        elif sum(other.size == letter.size for other in letters) > 1 or any(s.name in told.values() for s in same):
            return None  # ∂h/∂w_j = x_k: the left side has the letter already
        if len(same) != 1 or same[0] in spoken or same[0] in where:
            return None
        where[same[0]] = letter
    if asked.axes:  # the letters of an entry where the whole array is asked
        return Relettered(replace(truth, names=names), tuple((i.size, x.name) for i, x in where.items()))

    def turned(formula: Formula) -> Formula:
        free = tuple(dict.fromkeys(where.get(i, i) for i in formula.free))
        return replace(formula, body=reindex(formula.body, where), free=free, names=names)

    again = replace(truth, names=names, formula=turned(asked), alternatives=tuple(map(turned, truth.alternatives)))
    return Relettered(again, tuple((ours.name, theirs.name) for ours, theirs in where.items()))


_LABEL = re.compile(r"\^\s*\{\s*\(\s*(?P<letter>[A-Za-z])\s*\)\s*(?P<turned>T|\\top)?\s*\}")


def of_one_example(text: str) -> tuple[str, str] | None:
    """A text whose labels ^{(i)} all say which example is meant, without them, and their letter; None where it has
    none, or uses their letter otherwise."""
    found = {m["letter"] for m in _LABEL.finditer(text)}
    if len(found) != 1:
        return None
    rest = _LABEL.sub(lambda m: "^T" if m["turned"] else "", text)
    letter = found.pop()
    below = re.search(rf"_\s*(?:{letter}(?![A-Za-z])|\{{[^{{}}]*(?<![A-Za-z\\]){letter}(?![A-Za-z])[^{{}}]*\}})", rest)
    return None if below is not None else (rest, letter)


def told_by(text: str, target: str | None, names: Names) -> dict[str, str]:
    """Letter of the answer → letter of the question, by a left side of the same derivative: k → i, l → j of
    `dy_k/dx_l = …` where dy_i/dx_j is asked."""
    left, sign, _ = text.partition("=")
    label = label_of(left, names) if sign and target is not None else None
    theirs = quantity(label.spelled if label is not None else "")
    ours = quantity(canonical((target or "").partition(" where ")[0]))
    sides = ((theirs.letters_above, ours.letters_above), (theirs.letters_below, ours.letters_below))
    alike = ours.top and (theirs.top, theirs.name) == (ours.top, ours.name)
    if not alike or any(len(mine) != len(asked) for mine, asked in sides):
        return {}
    pairs = [pair for mine, asked in sides for pair in zip(mine, asked, strict=True)]
    told = dict(pairs)
    return told if len(told) == len(set(told.values())) == len(set(pairs)) else {}


def _foreign(
    names: Names, own: Sequence[Index], axes: int, read: Read
) -> tuple[Names, tuple[Index, ...], tuple[Index, ...]] | None:
    """The names with the foreign letters of an answer as indices, these, and all that are free in it; None where it
    has no foreign ones, or cannot be read so."""
    mine = {i.name for i in own}
    declared: dict[str, Size] = {}
    for _ in range(2 * MOST):
        try:
            formulas = read(names)
        except ReadError as error:
            letter = _letter_of(error)
            if letter is None or letter.isupper() or letter in mine or letter in declared or _is_name(letter, names):
                return None
            names = _with_index(names, letter, _UNKNOWN)
            declared[letter] = _UNKNOWN
            continue
        fault = next((f.shape_error for f in formulas if f.shape_error is not None), None)
        if fault is None:
            free = tuple(dict.fromkeys(i for f in formulas for i in f.free))
            introduced = [i for i in free if i.name not in names or names[i.name].index is not i]
            if introduced:  # by a left side: an index of the names from now on
                for index in introduced:
                    names = _with_index(names, index.name, index.size)
                    declared[index.name] = index.size
                continue
            foreign = tuple(i for i in free if (i not in own if own else i.name in declared))
            whole = bool(own) or len(free) + len(formulas[-1].axes) == axes
            return (names, foreign, free) if whole and foreign and all(i.size != _UNKNOWN for i in foreign) else None
        letter = fault.operands[0] if fault.of_letter else ""
        size = fault.shapes[-1][0] if fault.of_letter else _UNKNOWN
        if not letter or letter in mine or declared.get(letter, _UNKNOWN) != _UNKNOWN or size == _UNKNOWN:
            return None
        names = _with_index(names, letter, size)
        declared[letter] = size
    return None


def _letter_of(error: ReadError) -> str | None:
    """The letter of `l is no index here`."""
    start, end = error.span
    letter = error.text[start:end].strip("\\ ")
    return letter if error.tag == "index" and "is no index here" in str(error) and letter.isalpha() else None


def _is_name(letter: str, names: Names) -> bool:
    return letter in names and names[letter].role != "index"


def _with_index(names: Names, letter: str, size: Size) -> Names:
    return names.with_rows(Declared(letter, DOMAINS["index"], (), "index", Index(letter, size)))
