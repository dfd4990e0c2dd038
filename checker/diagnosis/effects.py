"""What is seen where no act explains it: a constant or monomial ratio, a difference that is one thing, and the place
where it is wrong.

Every effect is a claim that the judge of equality confirms (a ratio, a difference) or that sampling shows (a place).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations

import numpy as np

from checker.diagnosis.fingerprint import Ground, alike
from checker.diagnosis.mutations.words import Mutant, diagonal_words, short, shown_term
from checker.diagnosis.sites import term_words
from checker.verdict import Diagnosis
from derivations.formula import (
    Add,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    Label,
    Mul,
    Node,
    Num,
    Rel,
    SizeVal,
    add,
    affine,
    call,
    indicator,
    label_alone,
    mul,
    num,
    power,
    reindex,
    walk,
)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A student's formula and the truth with their values on the ground."""

    student: Formula
    truth: Formula
    ground: Ground
    s: np.ndarray
    t: np.ndarray

    @property
    def slots(self) -> tuple[Index, ...]:
        return self.truth.free + self.truth.axes


def ratios(pair: Pair) -> Iterator[Mutant]:
    """student = c·truth for a constant, a power of a size, or a power of one name."""
    with np.errstate(all="ignore"):
        r = pair.s / pair.t
    seen = np.isfinite(r) & (pair.t != 0)
    if seen.sum() < 3:
        return
    constant = _constant(r[seen])
    if constant is None and not any(isinstance(n, Elem) for n in walk(pair.student.body)):
        return  # of a number, every name of the truth would be a factor too few
    if constant is not None:
        yield from _constant_ratio(pair, constant)
        return
    for name, node in _monomials(pair):
        values = pair.ground.node(node, pair.slots)
        if values is None:
            continue
        for k in (1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2)):
            with np.errstate(all="ignore"):
                rest = r / np.power(values, float(k))
            good = seen & np.isfinite(rest)
            if good.sum() < 3:
                continue
            c = _constant(rest[good])
            fraction = _rational(c) if c is not None else None
            if fraction is not None:
                body = mul(num(fraction), power(node, num(Fraction(k))), pair.truth.body)
                words = (
                    f"a power of {name} too {'many' if k > 0 else 'few'}"
                    if abs(fraction) == 1
                    else f"a number and a power of {name}"
                )
                words = f"it is off by a factor: {words}" + (", and the sign is wrong" if fraction < 0 else "")
                yield _ratio(pair, body, f"factor:{_monomial(fraction, name, Fraction(k))}", words)
                return


def _constant(values: np.ndarray) -> float | None:
    middle = float(np.median(values))
    return middle if np.all(np.abs(values - middle) <= 1e-8 * max(abs(middle), 1e-12)) and middle != 0 else None


def _rational(value: float) -> Fraction | None:
    near = Fraction(value).limit_denominator(120)
    return near if near != 0 and abs(float(near) - value) <= 1e-9 * abs(value) else None


def _constant_ratio(pair: Pair, constant: float) -> Iterator[Mutant]:
    fraction = _rational(constant)
    sizes = pair.ground.assignments
    if len(sizes) > 1 and sizes[0].sizes:
        s, t = pair.ground.values(pair.student, 1), pair.ground.values(pair.truth, 1)
        if s is None or t is None:
            return
        with np.errstate(all="ignore"):
            r = (s / t)[np.isfinite(s / t)]
        other = _constant(r) if len(r) else None
        if other is None:
            return
        if abs(other - constant) > 1e-8 * abs(constant):
            yield from _size_ratio(pair, constant, other)
            return
    if fraction is not None:
        if fraction == -1:
            yield _ratio(pair, mul(num(-1), pair.truth.body), "sign", "the sign is wrong")
            return
        size = abs(fraction)
        words = f"it is a factor {size} too large" if size > 1 else f"it is a factor {1 / size} too small"
        yield _ratio(
            pair,
            mul(num(fraction), pair.truth.body),
            f"factor:{fraction}",
            words + (", and the sign is wrong" if fraction < 0 else ""),
        )


def _size_ratio(pair: Pair, first: float, second: float) -> Iterator[Mutant]:
    one, two = (a.sizes for a in pair.ground.assignments[:2])
    for size in one:
        for k in (1, -1, 2, -2):
            a, b = first / one[size] ** k, second / two[size] ** k
            c = _rational(a) if abs(a - b) <= 1e-8 * abs(a) else None
            if c is not None:
                body = mul(num(c), power(SizeVal(size), num(k)), pair.truth.body)
                words = (
                    f"it is a factor {size} too {'large' if k > 0 else 'small'}"
                    if abs(k) == 1 and c == 1
                    else f"it is off by a factor with {size}"
                )
                yield _ratio(pair, body, f"factor:{_monomial(c, size, Fraction(k))}", words)
                return


def _monomial(c: Fraction, name: str, k: Fraction) -> str:
    front = "" if c == 1 else "-" if c == -1 else f"{c}*"
    return (
        f"{front}{name}"
        if k == 1
        else f"{front}1/{name}"
        if k == -1 and not front
        else f"{front}{name}^{k if k.denominator == 1 and k > 0 else f'({k})'}"
    )


def _ratio(pair: Pair, body: Node, tag: str, message: str) -> Mutant:
    return Mutant(replace(pair.truth, body=body, source=None), tag, message, effect=True)


def _monomials(pair: Pair) -> Iterator[tuple[str, Node]]:
    """Every declared name at every fitting choice of the answer's indices; of labels, which of them it is."""
    for name, row in pair.ground.names.items():
        if row.role not in ("input", "node", "adjoint"):
            continue
        for at in permutations(pair.slots, len(row.sizes)):
            if all(i.size == s for i, s in zip(at, row.sizes, strict=True)):
                yield (
                    name,
                    Delta(affine([(Label(name, at[:-1], row.sizes[-1]), 1)]), at[-1]) if row.labels else Elem(name, at),
                )


def differences(pair: Pair) -> Iterator[Mutant]:
    """student = truth + one of its own terms, truth ± c."""
    terms = pair.student.body.args if isinstance(pair.student.body, Add) else ()
    slots = _renamed(pair)
    if slots is not None and len(terms) > 1:
        for k in range(len(terms)):
            rest = add(*terms[:k], *terms[k + 1 :])
            if alike(pair.ground.node(rest, pair.student.free + pair.student.axes), pair.t):
                body = add(pair.truth.body, _moved(terms[k], slots))
                yield Mutant(
                    replace(pair.truth, body=body, source=None),
                    "extra-term",
                    f"there is a term too many: {shown_term(terms, k)}",
                )
                return
    gap = pair.s - pair.t
    seen = np.isfinite(gap)
    c = _constant(gap[seen]) if seen.sum() > 2 else None
    fraction = _rational(c) if c is not None else None
    if fraction is not None:
        yield Mutant(
            replace(pair.truth, body=add(pair.truth.body, num(fraction)), source=None),
            "extra-constant",
            "it is off by a constant",
            f"the constant is {fraction}",
        )
    for fn, tag in (("exp", "missing-log"), ("log", "missing-exp")):
        made = replace(pair.truth, body=call(fn, pair.truth.body), source=None)
        if alike(pair.s, pair.ground.values(made)):
            yield Mutant(made, tag, f"{tag.removeprefix('missing-')} is missing")


def _renamed(pair: Pair) -> dict[Index, Index] | None:
    mine, truth = pair.student.free + pair.student.axes, pair.slots
    if tuple(i.size for i in mine) != tuple(i.size for i in truth):
        return None
    return dict(zip(mine, truth, strict=True))


def _moved(node: Node, slots: dict[Index, Index]) -> Node:
    return reindex(node, dict(slots))


# ---------------------------------------------------------------- the place


def place(pair: Pair) -> Diagnosis | None:
    """Where it is right and where it is wrong: a diagonal, a case, a class, a term."""
    asked = np.isfinite(pair.t)
    good = np.isclose(pair.s, pair.t, rtol=1e-8, atol=1e-12) | ~asked
    if not good.any():
        return _terms(pair)
    for mask, tag, inside, outside in _masks(pair):
        if not (mask & asked).any() or not (~mask & asked).any():
            continue
        if good[mask].all() and not good[~mask].all():
            return Diagnosis(tag, f"right {inside}, wrong {outside}")
        if good[~mask].all() and not good[mask].all():
            return Diagnosis(tag, f"right {outside}, wrong {inside}")
    return _terms(pair)


def _masks(pair: Pair) -> Iterator[tuple[np.ndarray, str, str, str]]:
    shape = pair.t.shape
    for a, i in enumerate(pair.slots):
        for b in range(a + 1, len(pair.slots)):
            j = pair.slots[b]
            if i.size == j.size:
                grid = np.indices(shape[1:])
                yield (
                    np.broadcast_to(grid[a] == grid[b], shape),
                    f"where:{i.name}={j.name}",
                    *diagonal_words(pair.truth, i, j),
                )
    conditions = [
        c for side in (pair.truth, pair.student) for n in walk(side.body) if isinstance(n, Cases) for c, _ in n.branches
    ]
    moved = _renamed(pair) or {}
    for condition in dict.fromkeys(conditions):
        values = pair.ground.node(indicator(_moved(condition, moved)), pair.slots)
        if values is not None and values.shape == shape:
            yield values == 1, "where:case", *_words(condition)
    for name, node in _monomials(pair):
        row = pair.ground.names[name]
        if row.domain.values and len(row.domain.values) == 2 and row.domain.structure in ("plain", "onehot"):
            values = pair.ground.node(node, pair.slots)
            low, high = row.domain.values
            if values is not None and values.shape == shape and row.labels:
                said = _text(node)
                yield values == high, f"where:{name}", f"for {said}", f"for {said.replace('=', '≠')}"
            elif values is not None and values.shape == shape:
                yield (
                    values == high,
                    f"where:{name}={high}",
                    f"for {_text(node)} = {high}",
                    f"for {_text(node)} = {low}",
                )


def _words(condition: Node) -> tuple[str, str]:
    """A condition and its opposite, in words that a student reads."""
    turned = {"<": "≥", "<=": ">", ">": "≤", ">=": "<", "==": "≠", "!=": "="}
    if isinstance(condition, Rel):
        left, right = _text(condition.left), _text(condition.right)
        if left and right:
            return f"for {left} {condition.op} {right}", f"for {left} {turned[condition.op]} {right}"
    return "in one case", "in the other case"


def _text(node: Node) -> str:
    match node:
        case Elem(name, ()):
            return name
        case Elem(name, at) if all(isinstance(a, Index) for a in at):
            return f"{name}_{','.join(a.name for a in at if isinstance(a, Index))}"
        case Delta(left, Index() as k) if (label := label_alone(left)) is not None:
            below = ",".join(a.name for a in label.at if isinstance(a, Index))
            return f"{label.name}{below and '_'}{below} = {k.name}"
        case Num(value):
            return str(value)
        case _:
            return ""


def _terms(pair: Pair) -> Diagnosis | None:
    """The one term, or the one factor, of the student's that the truth does not hold."""
    for kind, word, tag in ((Add, "term", "where:term"), (Mul, "factor", "where:factor")):
        mine = _parts(pair.student, kind)
        true = _parts(pair.truth, kind)
        if len(mine) < 2 or len(true) < 2:
            continue
        values = [pair.ground.node(p, pair.truth.free + pair.truth.axes) for p in true]
        open_ = list(range(len(true)))
        wrong = []
        for k, part in enumerate(mine):
            value = pair.ground.node(part, pair.student.free + pair.student.axes)
            found = next((j for j in open_ if alike(value, values[j])), None)
            if found is None:
                wrong.append(k)
            else:
                open_.remove(found)
        if len(wrong) == 1 and len(open_) == 1 and len(mine) > 1:
            shown = "" if kind is Add else short(mine[wrong[0]])
            words = term_words(mine, wrong[0]) if kind is Add else f"the factor {shown}".replace("factor the ", "")
            return Diagnosis(tag, f"the other {word}s are right, {words} is not")
    return None


def _parts(formula: Formula, kind: type) -> tuple[Node, ...]:
    return formula.body.args if isinstance(formula.body, (Add, Mul)) and isinstance(formula.body, kind) else ()
