"""What is certain of the sign of a tree under the declared domains, and where it certainly has a value.

    positive, nonnegative, nonzero, below_one     wherever the tree is defined
    away_from_zero                                nonzero, and in floats too: σ(z) is 0 at z = -800
    defined                                       at every point of the domains

Each is one-sided: False says only that nothing was shown. Nodes of a model are judged by their definitions.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from derivations.atoms import ATOMS, composed, forgets
from derivations.atoms.of_matrices import OF_MATRICES
from derivations.atoms.row import Limits
from derivations.domains import Names, parse_names
from derivations.formula import (
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Index,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    children,
    key,
    label_alone,
    neg,
    reindex,
)
from derivations.stacks import matrix_of

SIGNED_INSIDE = (Fraction(-1), Fraction(1), True, True)


@lru_cache(maxsize=256)
def total(fn: str) -> bool:
    """Whether a function has a value at all reals: by its row, or by the definition that it is."""
    row = ATOMS[fn]
    if row.defined is not None or not row.composed:
        return row.defined is None
    assert row.definition is not None
    letters = "abcdef"[: row.arity]
    return defined(row.definition(*map(Elem, letters)), parse_names("; ".join(f"{x}: real" for x in letters)))


forgets(total.cache_clear)


def least(node: Call) -> tuple[Fraction | None, bool]:
    """The end above which the values of a function lie whatever its argument, and whether it is not taken."""
    found = _range(node)
    return (found[0], found[2]) if found is not None else (None, True)


def _range(node: Call) -> Limits | None:
    row = ATOMS.get(node.fn)  # emitted code has functions of its own
    return None if row is None else row.range


def positive(node: Node, names: Names | None) -> bool:
    """Whether a tree is certainly > 0 wherever it is defined."""
    match node:
        case Num(value):
            return value > 0
        case IndexVal(at) if label_alone(at) is not None:
            return True
        case Const() | SizeVal() | IndexVal(Index()):
            return True
        case Call("max", args):
            return any(positive(a, names) for a in args)
        case Call("min", args):
            return all(positive(a, names) for a in args)
        case Call("abs", (a,)):
            return nonzero(a, names)
        case Call():
            low, is_open = least(node)
            inner = composed(node) if low is None else None
            return (low is not None and (low > 0 or (low == 0 and is_open))) or (
                inner is not None and positive(inner, names)
            )
        case Elem(name):
            row = names.get(name) if names is not None else None
            if row is None:
                return False
            if row.definition is not None and row.role == "node":
                return positive(row.definition.body, names)
            return bool(row.domain.assumptions.get("positive")) or (
                row.domain.low is not None and (row.domain.low > 0 or (row.domain.low == 0 and row.domain.open_low))
            )
        case Mul(args):
            return all(positive(a, names) for a in args)
        case Add((Num(one), Mul((Num(minus), a)))) if one == 1 and minus == -1:
            return below_one(a, names)
        case Add(args):
            return all(nonnegative(a, names) for a in args) and any(positive(a, names) for a in args)
        case Pow(base, Num(e)) if e.denominator == 1 and e.numerator % 2 == 0:
            return e < 0 or nonzero(base, names)
        case Pow(base, exponent):
            return positive(base, names) or (
                isinstance(exponent, Num) and exponent.value < 0 and nonnegative(node, names)
            )
        case Bound("sum" | "prod" | "max" | "min", _, body):
            return positive(body, names) or _counts_extremes(node, names)
        case Cases(branches, otherwise):
            return all(positive(v, names) for _, v in branches) and (otherwise is None or positive(otherwise, names))
        case MatrixAtom("det", row, col, of):
            found = matrix_of(of, row, col, names) if names is not None else None
            return found is not None and found.domain.has("definite")
        case _:
            return False


def _counts_extremes(node: Node, names: Names | None) -> bool:
    """Σ_k 1[x_k = max_l x_l] ≥ 1: how many entries are the largest, or the smallest."""
    match node:
        case Bound("sum", indices, Cases(((Rel("==", left, best), Num(one)),), Num(nothing))) if (
            one == 1 and nothing == 0
        ):
            row = names.get(best.name) if isinstance(best, Elem) and names is not None else None
            if row is not None and row.definition is not None and isinstance(best, Elem):
                best = reindex(row.definition.body, dict(zip(row.definition.axes, best.at, strict=True)))
            return (
                isinstance(best, Bound)
                and best.op in ("max", "min")
                and key(Bound(best.op, indices, left)) == key(best)
            )
        case _:
            return False


def below_one(node: Node, names: Names | None) -> bool:
    """Whether a tree is certainly < 1: a sigmoid, a probability."""
    if isinstance(node, Call):
        found, inner = _range(node), composed(node)
        if found is not None:
            return found[1] is not None and (found[1] < 1 or (found[1] == 1 and found[3]))
        return inner is not None and below_one(inner, names)
    if isinstance(node, Pow) and isinstance(node.exponent, Num) and node.exponent.value > 0:
        inside = nonnegative(node.base, names) or (isinstance(node.base, Call) and _range(node.base) == SIGNED_INSIDE)
        return inside and below_one(node.base, names)
    row = names.get(node.name) if isinstance(node, Elem) and names is not None else None
    if row is None:
        return False
    if row.definition is not None and row.role == "node" and below_one(row.definition.body, names):
        return True
    return row.domain.high == 1 and row.domain.open_high


def nonnegative(node: Node, names: Names | None) -> bool:
    """Whether a tree is certainly ≥ 0 wherever it is defined."""
    match node:
        case Num(value):
            return value >= 0
        case Delta():
            return True
        case Call("max", args):
            return any(nonnegative(a, names) for a in args)
        case Call("min", args):
            return all(nonnegative(a, names) for a in args)
        case Call():
            low, inner = least(node)[0], composed(node)
            return (low is not None and low >= 0) or (inner is not None and nonnegative(inner, names))
        case Pow(base, Num(e)) if e.denominator == 1 and e.numerator % 2 == 0:
            return True
        case Pow(base, Num(e)) if e.denominator % 2 == 0:
            return True
        case Pow(base, _):
            return nonnegative(base, names) if not positive(base, names) else True
        case Mul(args) | Add(args):
            return all(nonnegative(a, names) for a in args) or positive(node, names)
        case Bound("sum" | "prod" | "max" | "min", _, body):
            return nonnegative(body, names)
        case Cases(branches, otherwise):
            return all(nonnegative(v, names) for _, v in branches) and (
                otherwise is None or nonnegative(otherwise, names)
            )
        case Elem(name):
            row = names.get(name) if names is not None else None
            if row is not None and row.role == "node" and row.definition is not None:
                return nonnegative(row.definition.body, names)
            return row is not None and (positive(node, names) or (row.domain.low is not None and row.domain.low >= 0))
        case _:
            return positive(node, names)


def nonzero(node: Node, names: Names | None) -> bool:
    """Whether a tree is certainly not 0 wherever it is defined."""
    match node:
        case Num(value):
            return value != 0
        case Elem(name):
            row = names.get(name) if names is not None else None
            if row is None:
                return False
            if row.definition is not None:
                return nonzero(row.definition.body, names)
            return (
                row.role == "input" and row.domain.structure in ("plain", "simplex") and not row.domain.contains_zero()
            )
        case Mul(args):
            return all(nonzero(a, names) for a in args)
        case Add(args):
            return (
                positive(node, names)
                or positive(Add(tuple(neg(a) for a in args)), names)
                or (len(args) == 2 and _apart(args, names))
            )
        case Pow(base, Num(e)):
            return e < 0 or nonzero(base, names)
        case Call("abs", (a,)):
            return nonzero(a, names)
        case Bound("prod", _, body):
            return nonzero(body, names)
        case Cases(branches, otherwise):
            return all(nonzero(v, names) for _, v in branches) and (otherwise is None or nonzero(otherwise, names))
        case MatrixAtom("det", row, col, of):
            found = matrix_of(of, row, col, names) if names is not None else None
            return found is not None and found.domain.has("invertible")
        case _:
            return positive(node, names)


def _apart(args: tuple[Node, ...], names: Names | None) -> bool:
    """a - 1 and 1 - a for a < 1."""
    return any(
        isinstance(one, Num) and one.value == -1 and below_one(other, names) for one, other in (args, args[::-1])
    )


def away_from_zero(node: Node, names: Names | None) -> bool:
    """Whether a tree is certainly not 0 and does not come near it either, but where a declared name itself does: 1 +
    e^z, not σ(z) or 1 - σ(z)."""
    match node:
        case Elem(name):
            row = names.get(name) if names is not None else None
            if row is not None and row.definition is not None:
                return away_from_zero(row.definition.body, names)
            return nonzero(node, names)
        case Mul(args):
            return all(away_from_zero(a, names) for a in args)
        case Add((Num(), Mul((Num(), Elem(name) as inner)))):
            return (
                nonzero(node, names)
                and names is not None
                and name in names
                and names[name].definition is None
                and nonzero(inner, names)
            )
        case Add(args):
            return all(nonnegative(a, names) for a in args) and any(
                positive(a, names) and away_from_zero(a, names) for a in args
            )
        case Pow(base, Num(e)):
            return e < 0 or away_from_zero(base, names)
        case Pow(base, _):
            return False
        case Call("max", args):
            return any(positive(a, names) and away_from_zero(a, names) for a in args)
        case Call():
            low, inner = least(node)[0], composed(node)
            return (low is not None and low > 0) or (inner is not None and away_from_zero(inner, names))
        case Bound("sum" | "max" | "min", _, body):
            return positive(node, names) and (away_from_zero(body, names) or _counts_extremes(node, names))
        case _:
            return nonzero(node, names) and not children(node)


def defined(node: Node, names: Names | None) -> bool:
    """Whether a tree certainly has a value at every point of the domains and for every value of its indices."""
    match node:
        case Elem(name, at):
            row = names.get(name) if names is not None else None
            inside = all(isinstance(a, Index) or a == 1 or label_alone(a) is not None for a in at)
            if row is None or row.recursion is not None:
                return False
            return inside and (row.definition is None or defined(row.definition.body, names))
        case Pow(base, Num(e)):
            if not defined(base, names):
                return False
            if e.denominator % 2 == 0:
                return positive(base, names) if e < 0 else nonnegative(base, names)
            return e >= 0 or nonzero(base, names)
        case Pow(base, exponent):
            return positive(base, names) and defined(base, names) and defined(exponent, names)
        case Call(fn, args):
            if fn not in ATOMS or not all(defined(a, names) for a in args):
                return False
            needed, inner = ATOMS[fn].defined, composed(node)
            if needed is None:
                return inner is None or total(fn) or defined(inner, names)
            condition = needed(*args)
            return isinstance(condition, Rel) and condition.op == ">" and positive(condition.left, names)
        case Cases(_, None):
            return False
        case MatrixAtom(_, row, col, Elem() as of):
            found = matrix_of(of, row, col, names) if names is not None else None
            return found is not None and (
                (found.domain.has("invertible") and node.op != "logdet") or found.domain.has("definite")
            )
        case Apply(fn) if fn in OF_MATRICES and not OF_MATRICES[fn].total:
            return False
        case (
            Num()
            | Const()
            | SizeVal()
            | IndexVal()
            | Delta()
            | Add()
            | Mul()
            | Apply()
            | Tensor()
            | Bound()
            | Cases()
            | Rel()
            | And()
            | Or()
            | Not()
        ):
            return all(defined(c, names) for c in children(node))
        case _:
            return False
