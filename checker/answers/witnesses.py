"""Values that satisfy a stated predicate, checked exactly over the stated data; any correct ones are accepted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from checker.answers.arrays import ArrayError, read_array
from checker.answers.given import point_of
from checker.answers.lines import LinesError, named_values
from checker.answers.numbers import read_said
from checker.answers.numerals import NumeralError
from checker.answers.outcome import named, right, undecided, unreadable, wrong
from checker.answers.sets import Condition, as_condition
from checker.answers.text import answer_text, spoken
from checker.verdict import Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.evaluate.at_point import Point, holds_at
from derivations.evaluate.exact_values import NoValue, Untold, Value
from derivations.formula import Index, Size
from derivations.frozen import frozen
from derivations.notation import read_condition

_EXPECTED = "one value a line: w1 = (0, -1), b1 = 2"


@frozen
class Predicate:
    """One thing that must hold: its text, and the condition."""

    text: str
    condition: Condition


def predicates(texts: Sequence[str], names: Names) -> tuple[Predicate, ...]:
    """The predicates of a part, read."""
    return tuple(Predicate(text, as_condition(read_condition(text, names))) for text in texts)


def judge_witness(
    answer: Any,
    unknowns: Sequence[str],
    predicates: Sequence[Predicate],
    data: Mapping[str, Any],
    names: Names,
    either_sign: bool = False,
    units: Collection[str] = (),
) -> Verdict:
    """Correct when all values are given, have the declared shapes, and every predicate holds at every data point, of
    them or (`either_sign`) of their opposites."""
    try:
        written = _by_entries(answer, unknowns, names) or named_values(answer, unknowns)
        values = {name: _as_declared(_value(text, units), len(names[name].sizes)) for name, text in written.items()}
    except (LinesError, NumeralError, ArrayError) as error:
        return unreadable(str(error), _EXPECTED, 0, len(str(answer)))
    missing = [u for u in unknowns if u not in values]
    if missing:
        return wrong("missing", f"no value is given for {', '.join(missing)}")
    base = point_of(data, names)
    sizes = dict(base.sizes)
    for name, value in values.items():
        fault = _fits(name, value, names, sizes)
        if fault is not None:
            return fault
    parts = _all_hold(predicates, Point(sizes, {**base.values, **{n: v for n, (v, _) in values.items()}}, names))
    if either_sign and any(p.status == "wrong" for p in parts):
        opposite = _all_hold(
            predicates, Point(sizes, {**base.values, **{n: _opposite(v) for n, (v, _) in values.items()}}, names)
        )
        parts = opposite if all(p.status == "correct" for p in opposite) else parts
    failed = [p for p in parts if p.status == "wrong"]
    open_ = [p for p in parts if p.status == "undecided"]
    if failed:
        return Verdict(
            "wrong",
            0.0,
            diagnosis=failed[0].diagnosis,
            findings=tuple(f for p in failed for f in p.findings),
            parts=parts,
        )
    if open_:
        return Verdict("undecided", None, findings=open_[0].findings, parts=parts)
    return Verdict("correct", 1.0, Evidence("proved"), parts=parts)


def _all_hold(predicates: Sequence[Predicate], point: Point) -> tuple[Verdict, ...]:
    return tuple(named(_holds(p, point), p.text) for p in predicates)


def _opposite(value: Any) -> Any:
    return tuple(_opposite(v) for v in value) if isinstance(value, tuple) else -value


def _by_entries(answer: Any, unknowns: Sequence[str], names: Names) -> dict[str, Any] | None:
    """`w_1 = 1, w_2 = 0, w_3 = 1` as w = [1, 0, 1], where every entry is given, counted from 1 or from 0; else None."""
    longest = {
        u: names[u].sizes[0] for u in unknowns if len(names[u].sizes) == 1 and isinstance(names[u].sizes[0], int)
    }
    if not longest:
        return None
    entries = {f"{u}_{k}": (u, k) for u, size in longest.items() for k in range(int(size) + 1)}
    plain_ones = [u for u in unknowns if u not in longest]
    try:
        found = named_values(answer, [*entries, *plain_ones])
    except LinesError:
        return None
    made = {u: found[u] for u in plain_ones if u in found}
    for u, size in longest.items():
        given = {k: found[name] for name, (v, k) in entries.items() if v == u and name in found}
        if sorted(given) not in (list(range(int(size))), list(range(1, int(size) + 1))):
            return None
        made[u] = "[" + ", ".join(answer_text(given[k]) for k in sorted(given)) + "]"
    return made


def _value(written: Any, units: Collection[str]) -> tuple[Any, tuple[int, ...]]:
    """A written number or array, exactly, with its shape."""
    sides = spoken(answer_text(written), units, number=False).pieces
    if len(sides) != 1:
        raise NumeralError(f"{answer_text(written)[:40]!r} is not one value")
    text = sides[0]
    array = read_array(text)
    if array is None:
        return _number(text), ()
    numbers = [_number(e) for e in array.entries]
    if array.flat:
        return tuple(numbers), array.shape
    width = array.shape[1]
    return tuple(tuple(numbers[r * width : (r + 1) * width]) for r in range(array.shape[0])), array.shape


def _as_declared(value: tuple[Any, tuple[int, ...]], axes: int) -> tuple[Any, tuple[int, ...]]:
    """A row or a column, where a vector is declared, as its entries."""
    held, shape = value
    if axes != 1 or len(shape) != 2 or 1 not in shape:
        return value
    flat = tuple(v for r in held for v in r)
    return flat, (len(flat),)


def _number(text: str) -> Value:
    said, _ = read_said([text])
    return said[0].value


def _fits(name: str, value: tuple[Any, tuple[int, ...]], names: Names, sizes: dict[str, int]) -> Verdict | None:
    """Shapes as declared (a size that no data fixes is fixed by the answer), values in their domains."""
    held, shape = value
    row = names[name]
    if len(shape) != len(row.sizes):
        return wrong("shape", f"{name} is {_words(row.sizes)}, {_words(shape)} is given")
    for size, length in zip(row.sizes, shape, strict=True):
        wanted = size if isinstance(size, int) else sizes.setdefault(size, length)
        if wanted != length:
            return wrong(
                "shape",
                f"{name} has {wanted} entries{'' if isinstance(size, int) else f' along {size}'}, {length} are given",
            )
    flat = [held] if not shape else [v for r in held for v in (r if isinstance(r, tuple) else (r,))]
    if row.domain.values and any(v not in [Fraction(x) for x in row.domain.values] for v in flat):
        return wrong("domain", f"{name} may only be {' or '.join(map(str, row.domain.values))}")
    return None


def _words(shape: Sequence[Size]) -> str:
    return "one number" if not shape else "×".join(map(str, shape)) + " numbers"


def _holds(predicate: Predicate, point: Point) -> Verdict:
    """One predicate over all of its indices; the first that fails is named."""
    condition = predicate.condition
    indices = (*condition.every, *sorted(condition.free, key=lambda i: i.name))
    failed: list[tuple[int, ...]] = []
    count = 0
    try:
        for at in product(*(range(1, point.size(i.size) + 1) for i in indices)):
            count += 1
            if not _at(condition, point, dict(zip(indices, at, strict=True))):
                failed.append(at)
    except NoValue as error:
        return wrong("domain", f"{predicate.text} has no value there: {error}")
    except Untold as error:
        return undecided("precision", f"{predicate.text}: {error}")
    if not failed:
        return right()
    where = ", ".join(f"{i.name} = {k}" for i, k in zip(indices, failed[0], strict=True))
    if not indices:
        return wrong("predicate", f"{predicate.text} does not hold")
    share = f"it fails for {len(failed)} of {count}" if count > 1 else "it fails"
    return wrong("predicate", f"{predicate.text} does not hold for {where}", "", Finding("fails", share))


def _at(condition: Condition, point: Point, fixed: dict[Index, int]) -> bool:
    return holds_at(condition.body, Point(point.sizes, point.values, point.names), fixed)
