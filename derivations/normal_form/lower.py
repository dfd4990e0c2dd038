"""From the tree to polynomials over atoms: one row a node type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

from flint import fmpq

from derivations.atoms import unfold
from derivations.evaluate.one_hot import opened
from derivations.evaluate.program import is_integral
from derivations.formula import (
    TURNED,
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
    IndexExpr,
    IndexVal,
    Label,
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
    affine_terms,
    instantiate,
    labels_in,
    neg,
)  # fmt: skip
from derivations.normal_form.binders import BINDERS, again_max, again_prod, again_sum, log_prod
from derivations.normal_form.conditions import again_delta, again_gate, relation
from derivations.normal_form.elements import again_element, again_index, element, place_value
from derivations.normal_form.functions import FUNCTIONS, again_function, largest, log, smallest
from derivations.normal_form.matrices import again_determinant, again_inverse, determinant, matrix_inverse
from derivations.normal_form.order import definite, same_sign
from derivations.normal_form.polynomials import (
    ONE,
    SIZE,
    UNBOUNDED,
    UNIT,
    Leaf,
    Place,
    Poly,
    Polynomial,
    Unprovable,
    fraction,
)
from derivations.normal_form.powers import (
    abs_power,
    again_abs,
    again_composite,
    again_exp,
    again_flog,
    again_log,
    again_parity,
    exponential,
    learn,
    logarithm,
    rational_power,
    symbolic_power,
)  # fmt: skip
from derivations.normal_form.rational import canonical
from derivations.normal_form.ring import Ring
from derivations.normal_form.sums import size_value
from derivations.normal_form.trigonometry import again_angle
from derivations.normal_form.unknown import Argument, again_unknown, unknown, written_out
from derivations.simplify.of_matrices import known


class Lowering:
    """Lowers nodes of one proof; indices are mapped to labels once, so equal subtrees are lowered once."""

    def __init__(self, ring: Ring, labels: dict[Index, Leaf], unfolded: bool, written_out: bool = False):
        self.ring = ring
        self.labels = labels
        self.unfolded = unfolded
        self.written_out = written_out
        self.memo: dict[Any, Poly] = {}

    def __call__(self, node: Node) -> Poly:
        key = (node, self.ring.guarded > 0)
        got = self.memo.get(key)
        if got is None:
            self.ring.spend(2)
            rule = RULES.get(type(node))
            if rule is None:
                raise Unprovable(f"{type(node).__name__} has no normal form")
            plain = opened(node, self.ring.names)
            got = self.memo[key] = rule(self, node) if plain is None else self(plain)
        return got

    def leaf(self, index: Index) -> Leaf:
        """The label of an index."""
        got = self.labels.get(index)
        if got is None:
            got = self.labels[index] = (self.ring.fresh(), str(index.size))
        return got

    def place(self, at: IndexExpr) -> Place:
        """An index expression over labels; a literal size is a number."""
        terms, const = affine_terms(at)
        found: dict[Leaf, int] = {}
        for t, c in terms:
            if isinstance(t, Label):
                raise Unprovable("a label that is not written out")
            leaf = self.leaf(t) if isinstance(t, Index) else (SIZE, t)
            if isinstance(t, Index) and t.size == 1:
                const += c
                continue
            found[leaf] = found.get(leaf, 0) + c
        return Place((tuple(sorted((t, c) for t, c in found.items() if c)), const))


def _num(low: Lowering, node: Num) -> Poly:
    return Ring.const(node.value)


def _const(low: Lowering, node: Const) -> Poly:
    if node.name == "pi":
        return low.ring.gen(low.ring.intern(("pi",), (Fraction(3), True, Fraction(4), True)))
    return exponential(low.ring, ONE)


def _size(low: Lowering, node: SizeVal) -> Poly:
    return size_value(low.ring, str(node.size))


def _index(low: Lowering, node: IndexVal) -> Poly:
    place = low.place(node.at)
    return place_value(low.ring, place)


def _elem(low: Lowering, node: Elem) -> Poly:
    row = low.ring.names.get(node.name)
    if low.unfolded and row is not None and row.definition is not None:
        low.ring.spend(10)
        return low(instantiate(row.definition, node.at))
    return element(low.ring, node.name, tuple(low.place(p) for p in node.at))


def _add(low: Lowering, node: Add) -> Poly:
    return low.ring.add(*(low(a) for a in node.args))


def _mul(low: Lowering, node: Mul) -> Poly:
    return low.ring.product(low(a) for a in node.args)


def _pow(low: Lowering, node: Pow) -> Poly:
    ring = low.ring
    if isinstance(node.base, Const) and node.base.name == "e":
        return exponential(ring, low(node.exponent))
    base, exponent = low(node.base), low(node.exponent)
    if set(exponent) <= {()}:
        r = fraction(exponent.get((), fmpq(0)))
        if r.denominator % 2 == 0:
            learn(ring, base, strict=False)
        return rational_power(ring, base, r)
    if not is_integral(node.exponent, ring.names):
        # a real exponent: the power has a value only where the base is ≥ 0
        learn(ring, base, strict=False)
    return symbolic_power(ring, base, exponent)


def _call(low: Lowering, node: Call) -> Poly:
    ring = low.ring
    rule = FUNCTIONS.get(node.fn)
    if rule is not None:
        return rule(ring, *(low(a) for a in node.args))
    opened = unfold(node)
    if opened is not None:
        return low(opened)
    args = tuple(Polynomial(canonical(ring, low(a))) for a in node.args)
    return ring.gen(ring.intern(("fn", node.fn, *args)))


def _maximum(low: Lowering, node: Call) -> Poly:
    args: list[Node] = []
    stack = list(reversed(node.args))
    while stack:
        a = stack.pop()
        if isinstance(a, Call) and a.fn == node.fn:
            stack.extend(reversed(a.args))
        else:
            args.append(a)
    return (largest if node.fn == "max" else smallest)(low.ring, *(low(a) for a in args))


def _apply(low: Lowering, node: Apply) -> Poly:
    arguments = [argument for arg in node.args for argument in _argument(low, arg)]
    by = tuple((k, tuple(map(low.place, places))) for k, places in node.by)
    at = tuple(low.place(p) for p in node.at)
    if node.fn == "@eigproj":  # u uᵀ is its own transpose
        at = (at[0], *sorted(at[1:]))
    return unknown(low.ring, node.fn, by, at, arguments)


def _argument(low: Lowering, node: Node) -> tuple[Argument, ...]:
    if not isinstance(node, Tensor):
        return (((), low(node)),)
    leaves, entry = tuple(low.leaf(i) for i in node.indices if i.size != 1), low(node.body)
    small = low.written_out and all(size.isdigit() for _, size in leaves)
    if small and prod(int(size) for _, size in leaves) <= MAX_WRITTEN_OUT:
        return written_out(low.ring, leaves, entry)
    return ((leaves, entry),)


def _delta(low: Lowering, node: Delta) -> Poly:
    return low.ring.delta(low.place(node.left), low.place(node.right))


def gate(low: Lowering, node: Node) -> Poly:
    """A condition as an idempotent polynomial."""
    ring = low.ring
    match node:
        case Rel("==" | "!=", IndexVal(a), IndexVal(b)) if labels_in(a) or labels_in(b):
            return low(Delta(a, b)) if node.op == "==" else ring.sub(ONE, low(Delta(a, b)))
        case Rel(op, left, right):
            parts = _opened(node)
            return relation(ring, op, ring.sub(low(left), low(right))) if parts is None else gate(low, parts)
        case And(args) | Or(args):
            # one part may settle it where another is undefined: nothing is learnt from either
            ring.guarded += 1
            try:
                parts = [gate(low, a) for a in args]
            finally:
                ring.guarded -= 1
            return (
                ring.product(parts)
                if isinstance(node, And)
                else ring.sub(ONE, ring.product(ring.sub(ONE, p) for p in parts))
            )
        case Not(arg):
            return ring.sub(ONE, gate(low, arg))
    raise Unprovable(f"{type(node).__name__} is no condition")


def _opened(rel: Rel) -> Node | None:
    """max(a, b) > c as a > c or b > c, min(a, b) > c as both; |a| is max(a, -a). None where neither side is one of
    them."""
    for op, side, other in ((rel.op, rel.left, rel.right), (TURNED[rel.op], rel.right, rel.left)):
        match side:
            case Call("max" | "min" as fn, args):
                pass
            case Call("abs", (arg,)):
                fn, args = "max", (arg, neg(arg))
            case _:
                continue
        if op not in ("==", "!="):
            parts = tuple(Rel(op, a, other) for a in args)
            return (Or if (fn == "max") == (op in (">", ">=")) else And)(parts)
    return None


def _cases(low: Lowering, node: Cases) -> Poly:
    """Σ [condition, none before it] · value. Without an otherwise the last branch is it: elsewhere the formula is
    undefined."""
    ring = low.ring
    branches = list(node.branches)
    otherwise = node.otherwise
    if otherwise is None:
        otherwise = branches.pop()[1]
    out: Poly = {}
    left = ONE
    for condition, value in branches:
        here = gate(low, condition)
        share = ring.mul(left, here)
        left = ring.sub(left, share)
        if share == ONE:
            return low(value)
        if share:
            ring.guarded += 1
            try:
                out = ring.add(out, ring.mul(share, low(value)))
            finally:
                ring.guarded -= 1
        if not left:
            return out
    if left == ONE:
        return low(otherwise)
    ring.guarded += 1
    try:
        return ring.add(out, ring.mul(left, low(otherwise)))
    finally:
        ring.guarded -= 1


def _bound(low: Lowering, node: Bound) -> Poly:
    if (closed := known(node)) is not None:  # of entries of a Cholesky factor
        return low(closed)
    leaves = tuple(low.leaf(i) for i in node.indices if i.size != 1)
    body = low(node.body)
    if low.written_out:
        for leaf in leaves:
            if leaf[1].isdigit() and int(leaf[1]) <= MAX_WRITTEN_OUT:
                body = _written_out(low.ring, node.op, leaf, body)
        leaves = tuple(leaf for leaf in leaves if not (leaf[1].isdigit() and int(leaf[1]) <= MAX_WRITTEN_OUT))
    return BINDERS[node.op](low.ring, leaves, body) if leaves else body


def _written_out(ring: Ring, op: str, leaf: Leaf, body: Poly) -> Poly:
    """A binder over a range of known length, term by term."""
    terms = [ring.substitute(body, {leaf[0]: Place(((), k))}) for k in range(1, int(leaf[1]) + 1)]
    match op:
        case "sum":
            return ring.add({}, *terms)
        case "prod":
            return ring.product(terms)
        case "max":
            return largest(ring, *terms)
        case "min":
            return smallest(ring, *terms)
        case _:
            return logarithm(ring, ring.add({}, *(exponential(ring, t) for t in terms)))


MAX_WRITTEN_OUT = 8
"""Ranges of at most this literal length are written out, where nothing else proves it."""


def _matrix(low: Lowering, node: MatrixAtom) -> Poly:
    row, col = low.leaf(node.row), low.leaf(node.col)
    body = low(node.body)
    if low.written_out and row[1].isdigit() and int(row[1]) <= MAX_COFACTORS:
        return _by_cofactors(low, node, row, col, body)
    if node.op == "inv":
        return matrix_inverse(low.ring, row, col, body, low.place(node.at[0]), low.place(node.at[1]))
    value = determinant(low.ring, row, col, body)
    return log(low.ring, value) if node.op == "logdet" else value


def _by_cofactors(low: Lowering, node: MatrixAtom, row: Leaf, col: Leaf, body: Poly) -> Poly:
    """det of a small literal size by Laplace's expansion; A⁻¹_ij = cofactor_ji / det at literal i, j."""
    ring = low.ring
    n = int(row[1])
    entries = [
        [ring.substitute(body, {row[0]: Place(((), i)), col[0]: Place(((), j))}) for j in range(1, n + 1)]
        for i in range(1, n + 1)
    ]

    def det(rows: tuple[int, ...], cols: tuple[int, ...]) -> Poly:
        if not rows:
            return ONE
        out: Poly = {}
        for k, c in enumerate(cols):
            minor = ring.mul(entries[rows[0]][c], det(rows[1:], cols[:k] + cols[k + 1 :]))
            out = ring.add(out, minor if k % 2 == 0 else ring.scale(minor, fmpq(-1)))
        return out

    every = tuple(range(n))
    whole = det(every, every)
    if node.op == "det":
        return whole
    if node.op == "logdet":
        return log(ring, whole)
    if ring.guarded:
        raise Unprovable("an inverse inside a case")
    out: Poly = {}
    left, right = (low.place(p) for p in node.at)
    for i in every:
        for j in every:
            here = ring.mul(ring.delta(left, Place(((), i + 1))), ring.delta(right, Place(((), j + 1))))
            if here:
                minor = det(every[:j] + every[j + 1 :], every[:i] + every[i + 1 :])
                out = ring.add(
                    out,
                    ring.product(
                        [here, minor, rational_power(ring, ring.scale(whole, fmpq((-1) ** (i + j))), Fraction(-1))]
                    ),
                )
    return out


MAX_COFACTORS = 3


RULES: Mapping[type, Callable[..., Poly]] = {
    Num: _num, Const: _const, SizeVal: _size, IndexVal: _index, Elem: _elem, Add: _add, Mul: _mul, Pow: _pow,
    Delta: _delta,
    Call: lambda low, node: _maximum(low, node) if node.fn in ("max", "min") else _call(low, node),
    Apply: _apply, Cases: _cases, Bound: _bound, MatrixAtom: _matrix, Rel: gate, And: gate, Or: gate, Not: gate,
}  # fmt: skip


REBUILD: Mapping[str, Callable[..., Any]] = {
    "elem": again_element, "idx": again_index, "exp": again_exp, "log": again_log, "flog": again_flog,
    "parity": again_parity, "D": again_composite, "abs": again_abs,
    "P": again_gate, "Z": again_gate, "delta": again_delta, "fn": again_function, "apply": again_unknown,
    "sin": again_angle, "cos": again_angle,
    "sum": again_sum, "bmax": again_max, "prod": again_prod, "inv": again_inverse, "det": again_determinant,
    "abs_power": abs_power, "log_prod": log_prod, "definite": definite, "same_sign": same_sign,
}  # fmt: skip
"""How an atom is made again under other indices (and four rules that are needed below the modules that make them)."""


__all__ = ["REBUILD", "UNBOUNDED", "UNIT", "Lowering"]
