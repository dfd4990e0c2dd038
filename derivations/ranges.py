"""Between which numbers a formula lies, from its form, the domains of its names, and what is known besides.

    exp z ∈ (0, ∞)    σ(z) ∈ (0, 1)    1 + Σ w_i² ∈ [1, ∞)    1 - p ∈ (0, 1) for a probability p    √(1 - tanh² z) has
                                                              a value

An end is open where it is not taken. In continuous names that may be understood up to null sets: w² is 0 at w = 0
alone, so that 1/w² has a value almost everywhere; then what is analytic in a continuous name and not constant counts as
not zero. (That it does vanish everywhere, as x - x does, is for points to show: who asks has seen a value.) With
`everywhere` null sets count too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from derivations.atoms import ATOMS, composed
from derivations.domains import Declared, Domain, Names
from derivations.evaluate.program import literal
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
    Formula,
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
    free_indices,
    index_exprs,
    key_of,
    neg,
    reindex,
    sub,
    walk,
)
from derivations.frozen import frozen

_ZERO, _ONE = Fraction(0), Fraction(1)


@frozen
class Range:
    """From `low` to `high` (None: unbounded); an open end is not taken."""

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = True
    open_high: bool = True

    @property
    def positive(self) -> bool:
        return self.low is not None and (self.low > 0 or (self.low == 0 and self.open_low))

    @property
    def negative(self) -> bool:
        return self.high is not None and (self.high < 0 or (self.high == 0 and self.open_high))

    @property
    def nonnegative(self) -> bool:
        return self.low is not None and self.low >= 0

    @property
    def nonpositive(self) -> bool:
        return self.high is not None and self.high <= 0

    @property
    def nonzero(self) -> bool:
        return self.positive or self.negative

    def __neg__(self) -> Range:
        return Range(
            None if self.high is None else -self.high,
            None if self.low is None else -self.low,
            self.open_high,
            self.open_low,
        )

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high, self.open_low or other.open_low, self.open_high or other.open_high)

    def meet(self, other: Range) -> Range:
        """In both."""
        low = _end(self.low, self.open_low, other.low, other.open_low, max)
        high = _end(self.high, self.open_high, other.high, other.open_high, min)
        return Range(low[0], high[0], low[1], high[1])

    def join(self, other: Range) -> Range:
        """In one of them."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        open_low = all(r.open_low for r in (self, other) if r.low == low)
        open_high = all(r.open_high for r in (self, other) if r.high == high)
        return Range(low, high, open_low, open_high)

    def times(self, by: Fraction) -> Range:
        """Multiplied by a number."""
        if by == 0:
            return Range(_ZERO, _ZERO, False, False)
        one = self if by > 0 else -self
        by = abs(by)
        return Range(
            None if one.low is None else one.low * by,
            None if one.high is None else one.high * by,
            one.open_low,
            one.open_high,
        )


def _end(
    a: Fraction | None, a_open: bool, b: Fraction | None, b_open: bool, of: Callable[..., Fraction]
) -> tuple[Fraction | None, bool]:
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    best = of(a, b)
    return best, any(o for e, o in ((a, a_open), (b, b_open)) if e == best)


ANY = Range()
POSITIVE = Range(_ZERO)
NONNEGATIVE = Range(_ZERO, open_low=False)
UNIT = Range(_ZERO, _ONE, False, False)
SIGNED_UNIT = Range(-_ONE, _ONE, False, False)
INSIDE = Range(_ZERO, _ONE)
FROM_ONE = Range(_ONE, open_low=False)


class Known:
    """What is known besides the domains: ranges of single expressions, of all entries of names, and of expressions at
    all their indices."""

    def __init__(self) -> None:
        self.at: dict[Node, Range] = {}
        self.entries: dict[str, Range] = {}
        self.closed: dict[tuple[object, ...], Range] = {}

    def learn(self, node: Node, found: Range, over: Iterable[Index] = ()) -> None:
        """An expression lies in a range, at every value of the indices `over`: also what it is a multiple or a shift
        of."""
        over = frozenset(over)
        match node:
            case Add(args) if len(numbers := [a.value for a in args if isinstance(a, Num)]) == 1 and len(args) == 2:
                rest = next(a for a in args if not isinstance(a, Num))
                self.learn(rest, found + Range(-numbers[0], -numbers[0], False, False), over)
            case Mul((Num(c), *rest)) if c:
                self.learn(rest[0] if len(rest) == 1 else Mul(tuple(rest)), found.times(1 / c), over)
            case Elem(name, at) if over and set(at) <= over and len(set(at)) == len(at):
                self.entries[name] = self.entries.get(name, ANY).meet(found)
            case Elem(name, ()):
                self.entries[name] = self.entries.get(name, ANY).meet(found)
                return
        if over & free_indices(node):
            key = closed_key(node, over)
            self.closed[key] = self.closed.get(key, ANY).meet(found)
        else:
            self.at[node] = self.at.get(node, ANY).meet(found)

    def assume(self, condition: Node, over: Iterable[Index] = ()) -> None:
        """A condition holds."""
        match condition:
            case And(args):
                for a in args:
                    self.assume(a, over)
            case Not(Or(args)):
                for a in args:
                    self.assume(Not(a), over)
            case Not(Rel(op, left, right)):
                self.assume(Rel(OPPOSITE[op], left, right), over)
            case Rel("<" | "<=" as op, left, right):
                self.learn(_gap(right, left), POSITIVE if op == "<" else NONNEGATIVE, over)
            case Rel(">" | ">=" as op, left, right):
                self.learn(_gap(left, right), POSITIVE if op == ">" else NONNEGATIVE, over)
            case Rel("==", left, right):
                self.learn(_gap(left, right), Range(_ZERO, _ZERO, False, False), over)


OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def _gap(a: Node, b: Node) -> Node:
    value = literal(b)
    if value is not None:
        return a if value == 0 else Add((a, Num(-value))) if not isinstance(a, Num) else Num(a.value - value)
    above = literal(a)
    return neg(b) if above == 0 else sub(a, b)


def closed_key(node: Node, over: Iterable[Index]) -> tuple[object, ...]:
    """What is the same for expressions that differ in the names of the indices `over`."""
    over = frozenset(over)
    where: dict[Index, tuple[object, ...]] = {}
    for part in walk(node):
        for at in index_exprs(part):
            for i in (at,) if isinstance(at, Index) else ():
                if i in over:
                    where.setdefault(i, ("over", len(where), str(i.size)))
    for i in free_indices(node) - over:
        where[i] = ("at", id(i))
    return key_of(node, where)


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
            case Apply(_, args):
                return all(self.analytic(a) for a in args)
            case Bound("sum" | "prod" | "logsumexp", _, body):
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
            out = _product(out, self(a) if times == 1 else self._pow(a, Num(Fraction(times))))
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
            size = _size(below)
            out = Range(
                _ZERO if size.low is None else size.low ** abs(power.numerator),
                None if size.high is None else size.high ** abs(power.numerator),
                size.open_low,
                size.open_high,
            )
            if out.low == 0 and (below.nonzero or power < 0 or self.nonzero(base)):
                out = Range(out.low, out.high, True, out.open_high)
            return _inverse(out) if power < 0 else out if power.denominator == 1 else _signed(out)
        if power.denominator % 2 == 0:
            out = POSITIVE if below.positive or power < 0 or self.nonzero(base) else NONNEGATIVE
            if below.high is not None and below.high <= 1 and power > 0:
                out = out.meet(Range(None, _ONE, True, below.open_high and below.high == 1))
            if below.low is not None and below.low >= 1 and power > 0:
                out = out.meet(Range(_ONE, None, below.open_low, True))
            return out
        if abs(power) == 1:
            return below if power == 1 else _inverse(below)
        return _signed(below) if power > 0 else _signed(_inverse(below))

    def _call(self, fn: str, args: tuple[Node, ...]) -> Range:
        if fn in ("max", "min"):
            parts = [self(a) for a in args]
            out = parts[0]
            for p in parts[1:]:
                out = _larger(out, p) if fn == "max" else -_larger(-out, -p)
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
            return out.meet(_signed(z))
        if fn in ("abs", "relu"):
            size = _size(z) if fn == "abs" else _larger(z, Range(_ZERO, _ZERO, False, False))
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
            case [Elem(name, at)] if (
                set(at) == {row, col} and (found := self.names.get(name)) is not None and found.domain.has("definite")
            ):
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


def _size(z: Range) -> Range:
    """|z|."""
    if z.nonnegative:
        return z
    if z.nonpositive:
        return -z
    high = None if z.low is None or z.high is None else max(-z.low, z.high)
    return Range(
        _ZERO,
        high,
        False,
        all(o for e, o in ((-z.low, z.open_low), (z.high, z.open_high)) if e == high)
        if high is not None and z.low is not None
        else True,
    )


def _signed(z: Range) -> Range:
    """What has the sign of z."""
    if z.nonnegative:
        return POSITIVE if z.positive else NONNEGATIVE
    if z.nonpositive:
        return -POSITIVE if z.negative else -NONNEGATIVE
    return ANY


def _inverse(z: Range) -> Range:
    """1/z, where it has a value."""
    if z.nonnegative:
        assert z.low is not None
        return Range(
            _ZERO if z.high is None else 1 / z.high if z.high else _ZERO,
            1 / z.low if z.low > 0 else None,
            z.high is None or z.open_high,
            z.open_low,
        )
    return -_inverse(-z) if z.nonpositive else ANY


def _product(a: Range, b: Range) -> Range:
    if a.low is not None and a.low == a.high:
        return b.times(a.low)
    if b.low is not None and b.low == b.high:
        return a.times(b.low)
    if a.nonnegative and b.nonnegative:
        assert a.low is not None
        assert b.low is not None
        high = None if a.high is None or b.high is None else a.high * b.high
        low = a.low * b.low
        # a product is 0 where a factor is
        open_low = (a.positive and b.positive) if low == 0 else a.open_low or b.open_low
        return Range(low, high, open_low, a.open_high or b.open_high)
    if a.nonpositive:
        return -_product(-a, b)
    if b.nonpositive:
        return -_product(a, -b)
    if None in (a.low, a.high, b.low, b.high):
        return ANY
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]  # type: ignore[operator]
    return Range(min(ends), max(ends), False, False)


def _larger(a: Range, b: Range) -> Range:
    """max(a, b)."""
    low, open_low = _end(a.low, a.open_low, b.low, b.open_low, max)
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Range(low, high, open_low, all(r.open_high for r in (a, b) if r.high == high))


__all__ = ["Known", "Range", "Ranges", "closed_key"]
