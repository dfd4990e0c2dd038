"""Between which numbers a formula lies, from its form, the domains of its names, and what is known besides.

    exp z ∈ (0, ∞)    σ(z) ∈ (0, 1)    1 + Σ w_i² ∈ [1, ∞)    1 - p ∈ (0, 1) for a probability p    √(1 - tanh² z) has
                                                              a value

An end is open where it is not taken. In continuous names that may be understood up to null sets: w² is 0 at w = 0
alone, so that 1/w² has a value almost everywhere; then what is analytic in a continuous name and not constant counts as
not zero. (That it does vanish everywhere, as x - x does, is for points to show: who asks has seen a value.) With
`everywhere` null sets count too.
"""

from __future__ import annotations

from fractions import Fraction

from derivations.atoms import ATOMS, composed
from derivations.atoms.of_matrices import OF_MATRICES
from derivations.domains import Declared, Domain, Names
from derivations.evaluate.program import literal
from derivations.formula import (
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    Tensor,
    free_indices,
    label_alone,
    neg,
    reindex,
    walk,
)
from derivations.ranges.interval import (
    ANY,
    FROM_ONE,
    NONNEGATIVE,
    POSITIVE,
    SIGNED_UNIT,
    UNIT,
    Range,
    inverse,
    larger,
    of_the_sign_of,
    product,
    size_of,
)
from derivations.ranges.known import Known, closed_key
from derivations.stacks import matrix_of

_ZERO, _ONE = Fraction(0), Fraction(1)


class Ranges:
    """Ranges of nodes under declarations and what is known; each node is looked at once."""

    def __init__(self, names: Names, known: Known | None = None, *, everywhere: bool = False):
        self.names = names
        self.known = known or Known()
        self.everywhere = everywhere
        self._kept: dict[Node, Range] = {}
        self._open: set[str] = set()
        self._strict: Ranges | None = self if everywhere else None

    def __call__(self, node: Node) -> Range:
        found = self._kept.get(node)
        if found is None:
            found = self._kept[node] = self._known(node, self._of(node))
        return found

    @property
    def strict(self) -> Ranges:
        """The ranges in which null sets count."""
        if self._strict is None:
            self._strict = Ranges(self.names, everywhere=True)
        return self._strict

    def nonzero(self, node: Node) -> bool:
        """Whether it is not 0 (almost) anywhere."""
        if self(node).nonzero:
            return True
        match node:
            case Elem(name, _) if (
                (row := self.names.get(name)) is not None and row.domain.values and row.role == "input"
            ):
                return 0 not in row.domain.values
            case Mul(args):
                return all(self.nonzero(a) for a in args)
            case Pow(base, _):
                return self.nonzero(base)
            case Call(fn, (arg,)) if fn == "abs" or ATOMS[fn].signed:
                return self.nonzero(arg)
            case Bound("prod", _, body):
                return self.nonzero(body)
            case Call("floor" | "ceil" | "max" | "min", _) | Cases():
                return False
            case _:
                return not self.everywhere and self.generic(node)

    def generic(self, node: Node) -> bool:
        """Whether it is analytic in continuous names, with one that is beside no discrete one: not constant for any
        values of the others, then."""
        if not self.analytic(node):
            return False
        terms = node.args if isinstance(node, Add) else (node,)
        inputs = [self._inputs(t) for t in terms]
        mixed = (
            set().union(*(found for found in inputs if any(_discrete(self.names.get(n)) for n in found)))
            if inputs
            else set()
        )
        free = set().union(*inputs) - mixed
        if any(not _discrete(self.names.get(n)) for n in free):
            return True
        # the few values of scalar labels are all drawn
        every = set().union(*inputs)
        return any(not _discrete(self.names.get(n)) for n in every) and all(
            not _discrete(row) or (row is not None and not row.sizes and bool(row.domain.values))
            for row in map(self.names.get, every)
        )

    def analytic(self, node: Node) -> bool:
        """Whether it is analytic in its continuous names on all of their domain, as far as it has a value."""
        match node:
            case Num() | Const() | SizeVal() | IndexVal() | Delta():
                return True
            case Elem(name, _):
                definition = self._definition(name)
                return definition is None or self.analytic(definition.body)
            case Add(args) | Mul(args):
                return all(self.analytic(a) for a in args)
            case Pow(base, exponent):
                power = literal(exponent)
                if power is not None and power.denominator == 1:
                    return self.analytic(base)
                return self.analytic(base) and self.analytic(exponent) and self.strict(base).positive
            case Call("log" | "lgamma" | "digamma" | "trigamma", (arg,)):
                return self.analytic(arg) and self.strict(arg).positive
            case Call(fn, args):
                inner = composed(node) if fn != "acot" else None  # acot jumps at 0
                return ((ATOMS[fn].analytic or fn == "tan") and all(self.analytic(a) for a in args)) or (
                    inner is not None and self.analytic(inner)
                )
            case Apply(fn) if fn in OF_MATRICES and not OF_MATRICES[fn].analytic:
                return False
            case Apply(_, args):
                return all(self.analytic(a) for a in args)
            case Bound("sum" | "prod" | "logsumexp", _, body) | Tensor(_, body):
                return self.analytic(body)
            case MatrixAtom("det" | "inv", _, _, body, _):
                return self.analytic(body)
            case Cases(branches, otherwise):
                parts = [v for _, v in branches] + ([otherwise] if otherwise is not None else [])
                return all(of_indices(c) for c, _ in branches) and all(self.analytic(p) for p in parts)
            case _:
                return False

    def _inputs(self, node: Node) -> set[str]:
        found: set[str] = set()
        for part in walk(node):
            if isinstance(part, Elem) and part.name not in found:
                found.add(part.name)
                definition = self._definition(part.name)
                if definition is not None:
                    found |= self._inputs(definition.body)
        return {n for n in found if self._definition(n) is None}

    def _definition(self, name: str) -> Formula | None:
        row = self.names.get(name)
        return row.definition if row is not None and row.role in ("node", "adjoint") else None

    # ------------------------------------------------------------ rules

    def _known(self, node: Node, found: Range) -> Range:
        known = self.known
        if isinstance(node, Elem) and node.name in known.entries:
            found = found.meet(known.entries[node.name])
        if known.at and node in known.at:
            found = found.meet(known.at[node])
        if known.at and isinstance(node, Add | Mul):
            turned = known.at.get(neg(node))
            found = found if turned is None else found.meet(-turned)
        if known.closed and isinstance(node, Elem | Add | Mul | Pow | Bound | Call):
            indices = free_indices(node)
            if indices:
                more = known.closed.get(closed_key(node, indices))
                found = found if more is None else found.meet(more)
        if (
            not self.everywhere
            and (found.low == 0 or found.high == 0)
            and not found.nonzero
            and isinstance(node, Add | Bound | Call | MatrixAtom)
            and self.generic(node)
        ):
            found = Range(found.low, found.high, found.open_low or found.low == 0, found.open_high or found.high == 0)
        return found

    def _of(self, node: Node) -> Range:
        match node:
            case Num(value):
                return Range(value, value, False, False)
            case Const(name):
                return Range(Fraction(2), Fraction(3)) if name == "e" else Range(Fraction(3), Fraction(22, 7))
            case SizeVal() | IndexVal(Index()):
                return FROM_ONE
            case IndexVal(at) if label_alone(at) is not None:
                return FROM_ONE
            case Delta():
                return UNIT
            case Elem():
                return self._elem(node)
            case Add(args):
                out = self(args[0])
                for a in args[1:]:
                    out = out + self(a)
                return out
            case Mul(args):
                return self._mul(args)
            case Pow(base, exponent):
                return self._pow(base, exponent)
            case Call(fn, args):
                return self._call(fn, args)
            case Cases(branches, otherwise):
                parts = [v for _, v in branches] + ([otherwise] if otherwise is not None else [])
                out = self(parts[0])
                for p in parts[1:]:
                    out = out.join(self(p))
                return out
            case Bound(op, _, body):
                return (
                    Range(_ONE, _ONE, False, False) if op == "sum" and self._of_parts(node) else self._bound(op, body)
                )
            case MatrixAtom("det", row, col, body):
                return POSITIVE if self._definite(body, row, col) else ANY
            case _:
                return ANY

    def _elem(self, node: Elem) -> Range:
        row = self.names.get(node.name)
        definition = self._definition(node.name)
        if row is None or row.role not in ("input", "node", "adjoint"):
            return ANY
        if definition is None:
            return of_domain(row.domain, self.everywhere) if row.role == "input" else ANY
        if node.name in self._open:
            return ANY
        self._open.add(node.name)
        slots = definition.free + definition.axes
        body = (
            reindex(definition.body, dict(zip(slots, node.at, strict=True)))
            if len(slots) == len(node.at)
            else definition.body
        )
        found = self(body)
        self._open.discard(node.name)
        return found

    def _mul(self, args: tuple[Node, ...]) -> Range:
        powers: dict[Node, int] = {}
        for a in args:
            powers[a] = powers.get(a, 0) + 1
        out = Range(_ONE, _ONE, False, False)
        for a, times in powers.items():
            out = product(out, self(a) if times == 1 else self._pow(a, Num(Fraction(times))))
        return out

    def _pow(self, base: Node, exponent: Node) -> Range:
        if isinstance(base, Const) and base.name == "e":
            return self._call("exp", (exponent,))
        below = self(base)
        power = literal(exponent)
        if power is None:
            return (
                POSITIVE
                if below.positive or (not self.everywhere and below.nonnegative and self.nonzero(base))
                else NONNEGATIVE
                if below.nonnegative
                else ANY
            )
        if power == 0:
            return Range(_ONE, _ONE, False, False)
        if power.numerator % 2 == 0:
            size = size_of(below)
            out = Range(
                _ZERO if size.low is None else size.low ** abs(power.numerator),
                None if size.high is None else size.high ** abs(power.numerator),
                size.open_low,
                size.open_high,
            )
            if out.low == 0 and (below.nonzero or power < 0 or self.nonzero(base)):
                out = Range(out.low, out.high, True, out.open_high)
            return inverse(out) if power < 0 else out if power.denominator == 1 else of_the_sign_of(out)
        if power.denominator % 2 == 0:
            out = POSITIVE if below.positive or power < 0 or self.nonzero(base) else NONNEGATIVE
            if below.high is not None and below.high <= 1 and power > 0:
                out = out.meet(Range(None, _ONE, True, below.open_high and below.high == 1))
            if below.low is not None and below.low >= 1 and power > 0:
                out = out.meet(Range(_ONE, None, below.open_low, True))
            return out
        if abs(power) == 1:
            return below if power == 1 else inverse(below)
        return of_the_sign_of(below) if power > 0 else of_the_sign_of(inverse(below))

    def _call(self, fn: str, args: tuple[Node, ...]) -> Range:
        if fn in ("max", "min"):
            parts = [self(a) for a in args]
            out = parts[0]
            for p in parts[1:]:
                out = larger(out, p) if fn == "max" else -larger(-out, -p)
            return out
        z = self(args[0])
        row = ATOMS[fn]
        out = ANY if row.range is None else Range(*row.range)
        if fn == "exp":
            return out.meet(FROM_ONE if z.nonnegative else ANY).meet(
                Range(None, _ONE, True, False) if z.nonpositive else ANY
            )
        if fn == "log":
            above = Range(_ZERO, None, z.open_low and z.low == 1) if z.low is not None and z.low >= 1 else ANY
            return above.meet(
                Range(None, _ZERO, True, z.open_high and z.high == 1) if z.high is not None and z.high <= 1 else ANY
            )
        if row.signed:
            return out.meet(of_the_sign_of(z))
        if fn in ("abs", "relu"):
            size = size_of(z) if fn == "abs" else larger(z, Range(_ZERO, _ZERO, False, False))
            if fn == "abs" and size.low == 0 and self.nonzero(args[0]):
                size = Range(_ZERO, size.high, True, size.open_high)
            return size
        if fn in ("floor", "ceil"):
            low = None if z.low is None else Fraction(z.low.__floor__() if fn == "floor" else z.low.__ceil__())
            high = None if z.high is None else Fraction(z.high.__floor__() if fn == "floor" else z.high.__ceil__())
            return Range(low, high, False, False)
        inner = composed(Call(fn, args))
        return out if inner is None else out.meet(self(inner))

    def _bound(self, op: str, body: Node) -> Range:
        inside = self(body)
        if op == "sum":
            some = _where_it_counts(body)
            inside = inside if some is None else self(some)
            low, high = (inside.low if inside.nonnegative else None), (inside.high if inside.nonpositive else None)
            return Range(low, high, inside.open_low, inside.open_high)
        if op == "prod":
            return POSITIVE if inside.positive else NONNEGATIVE if inside.nonnegative else ANY
        if op == "logsumexp":
            return Range(inside.low, None, inside.open_low)
        return inside

    def _of_parts(self, node: Bound) -> bool:
        """Whether it is the sum of all entries of a simplex or a onehot."""
        match node:
            case Bound("sum", (index,), Elem(name, (*_, last))) if (
                last is index and (row := self.names.get(name)) is not None
            ):
                return row.domain.has("partition")
        return False

    # ------------------------------------------------------------ matrices

    def _definite(self, body: Node, row: Index, col: Index) -> bool:
        """Whether a matrix is positive definite by its form: a sum of semidefinite ones, one of them definite."""
        terms = body.args if isinstance(body, Add) else (body,)
        found = [self._semidefinite(t, row, col) for t in terms]
        return None not in found and True in found

    def _semidefinite(self, term: Node, row: Index, col: Index) -> bool | None:
        """True for a positive definite term (l I, A of posdef, A⁻¹), False for a semidefinite one (XᵀX, v vᵀ), None
        where it is not known."""
        factors = term.args if isinstance(term, Mul) else (term,)
        scalars = [f for f in factors if not {row, col} & free_indices(f)]
        rest = [f for f in factors if {row, col} & free_indices(f)]
        if any(not self(f).nonnegative for f in scalars):
            return None
        strict = all(self(f).positive for f in scalars)
        match rest:
            case [Delta(a, b)] if {a, b} == {row, col}:
                return strict
            case [Elem() as of] if (found := matrix_of(of, row, col, self.names)) and found.domain.has("definite"):
                return strict
            case [MatrixAtom("inv", r, c, inner, at)] if set(at) == {row, col}:
                return strict if self._definite(inner, r, c) else None
            case [Bound("sum", indices, inner)]:
                parts = inner.args if isinstance(inner, Mul) else (inner,)
                return False if self._gram(parts, row, col, indices) else None
            case [a, b]:
                return False if self._gram((a, b), row, col, ()) else None
        return None

    def _gram(self, factors: tuple[Node, ...], row: Index, col: Index, indices: tuple[Index, ...]) -> bool:
        """Whether a product is c a_row a_col with c ≥ 0."""
        left = [f for f in factors if row in free_indices(f)]
        right = [f for f in factors if col in free_indices(f)]
        others = [f for f in factors if not {row, col} & free_indices(f)]
        if len(left) != 1 or len(right) != 1 or left[0] is right[0] or any(not self(f).nonnegative for f in others):
            return False
        return reindex(left[0], {row: col}) == right[0]


def of_indices(condition: Node) -> bool:
    """Whether a condition is on indices, sizes and numbers alone."""
    return not any(isinstance(n, Elem) for n in walk(condition))


def _where_it_counts(body: Node) -> Node | None:
    """The value of cases that are 0 where a condition on indices fails: at some index it holds."""
    match body:
        case Cases(((condition, value),), Num(zero)) if zero == 0 and of_indices(condition):
            return value
        case Mul(args):
            inner = [_where_it_counts(a) for a in args]
            if any(i is not None for i in inner):
                return Mul(tuple(a if i is None else i for a, i in zip(args, inner, strict=True)))
    return None


def _discrete(row: Declared | None) -> bool:
    return row is None or bool(row.domain.values) or row.domain.integer


def of_domain(domain: Domain, everywhere: bool = False) -> Range:
    """The range of an entry; up to null sets no end is taken by a continuous one."""
    if domain.has("orthonormal"):
        return SIGNED_UNIT
    taken = everywhere or bool(domain.values) or domain.integer
    return Range(domain.low, domain.high, domain.open_low or not taken, domain.open_high or not taken)


__all__ = ["Range", "Ranges", "of_indices"]
