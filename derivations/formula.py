"""The typed tree: a formula in index form, plain Python, no SymPy.

The set of nodes is closed; operations on it (reading, writing, evaluating, proving, emitting) live in modules of their
own.

    number      Num(3/2)  Const("pi")  SizeVal("n")  IndexVal(t - s)
    element     Elem("x", (i, j))            a declared name at indices; a scalar has none
    arithmetic  Add(a, b, …)  Mul(a, b, …)  Pow(a, b)
    function    Call("log", (a,))            a row of `atoms`;  Apply("f", (a,)) a declared, unknown function
    choice      Delta(i, j)  Cases(((cond, a), …), otherwise)
    condition   Rel("<", a, b)  And(…)  Or(…)  Not(…)
    binder      Bound("sum" | "prod" | "max" | "min" | "logsumexp", (i, …), body)
    matrix      MatrixAtom("inv" | "det" | "logdet", row, col, body, at)
    derivative  Deriv(of, wrt)               written, not yet carried out

Indices count from 1. An `Index` is itself and nothing else (identity), so substitution cannot capture one as long as a
definition is instantiated with fresh binders (`instantiate` does). Two formulas are `==` when they are the same tree up
to source positions, the names of bound and free indices, and the order of terms and factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any, ClassVar, TypeVar, dataclass_transform

from derivations.frozen import frozen

Size = int | str
"""A size: a positive integer, or the name of a symbolic one."""

Span = tuple[int, int]
"""Half-open range of characters in the source text."""

FOLD_DIGITS = 60
"""Numerals are multiplied in the tree only while the result stays this short: text must not make us compute."""


class Index:
    """An index with the size of its range 1..size. Equal only to itself; the name is for display."""

    __slots__ = ("name", "size")

    def __init__(self, name: str, size: Size):
        self.name = name
        self.size = size

    def __repr__(self) -> str:
        return f"{self.name}:{self.size}"

    def fresh(self) -> Index:
        """Another index of the same name and size."""
        return Index(self.name, self.size)


@frozen
class Affine:
    """An index expression Σ c·t + const over indices and sizes: `i+1`, `t-s`, `n`."""

    terms: tuple[tuple[Index | str, int], ...]
    const: int = 0


IndexExpr = Index | int | Affine


def affine(parts: Iterable[tuple[Index | str, int]], const: int = 0) -> IndexExpr:
    """Σ c·t + const in its simplest form: an `Index`, an `int`, or an `Affine` with no zero coefficient."""
    total: dict[Index | str, int] = {}
    for term, coefficient in parts:
        total[term] = total.get(term, 0) + coefficient
    terms = tuple((t, c) for t, c in total.items() if c)
    if not terms:
        return const
    if const == 0 and len(terms) == 1 and terms[0][1] == 1 and isinstance(terms[0][0], Index):
        return terms[0][0]
    return Affine(terms, const)


def affine_terms(at: IndexExpr) -> tuple[tuple[tuple[Index | str, int], ...], int]:
    """The terms and the constant of any index expression."""
    if isinstance(at, Index):
        return ((at, 1),), 0
    if isinstance(at, int):
        return (), at
    return at.terms, at.const


class Node:
    """A node of the tree. Frozen; equality is structural and ignores `span`; hashes are kept."""

    __slots__ = ("_free", "_hash")
    parts: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        return all(getattr(self, p) == getattr(other, p) for p in self.parts)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            value = hash((type(self).__name__, *(getattr(self, p) for p in self.parts)))
            object.__setattr__(self, "_hash", value)
            return value


_Class = TypeVar("_Class")


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def _node(cls: type[_Class]) -> type[_Class]:
    made: Any = frozen(cls)
    made.parts = tuple(f for f in made.__dataclass_fields__ if f not in ("span", "parts"))
    return made


@_node
class Num(Node):
    """An exact rational number."""

    value: Fraction
    span: Span | None = field(default=None, repr=False)


@_node
class Const(Node):
    """`e` (Euler's number) or `pi`."""

    name: str
    span: Span | None = field(default=None, repr=False)


@_node
class SizeVal(Node):
    """A symbolic size as a number: the n in Σ/n."""

    size: str
    span: Span | None = field(default=None, repr=False)


@_node
class IndexVal(Node):
    """An index expression as a number: the t - s in β^(t-s), the i in i ≤ j."""

    at: IndexExpr
    span: Span | None = field(default=None, repr=False)


@_node
class Elem(Node):
    """A declared name at indices: x_ij. A scalar has no index. `name` is the canonical spelling."""

    name: str
    at: tuple[IndexExpr, ...] = ()
    span: Span | None = field(default=None, repr=False)


@_node
class Add(Node):
    """Σ of two or more terms. Make it with `add`."""

    args: tuple[Node, ...]
    span: Span | None = field(default=None, repr=False)


@_node
class Mul(Node):
    """Product of two or more factors, at most one numeral, in front. Make it with `mul`."""

    args: tuple[Node, ...]
    span: Span | None = field(default=None, repr=False)


@_node
class Pow(Node):
    """base ** exponent over the reals. Make it with `power`."""

    base: Node
    exponent: Node
    span: Span | None = field(default=None, repr=False)


@_node
class Call(Node):
    """A function of the table `atoms`, elementwise."""

    fn: str
    args: tuple[Node, ...]
    span: Span | None = field(default=None, repr=False)


@_node
class Apply(Node):
    """A declared, unknown function (domain `function`) at arguments; `order` counts the primes of f'."""

    fn: str
    args: tuple[Node, ...]
    order: int = 0
    span: Span | None = field(default=None, repr=False)


@_node
class Delta(Node):
    """Kronecker δ of two index expressions: 1 where they are equal, else 0."""

    left: IndexExpr
    right: IndexExpr
    span: Span | None = field(default=None, repr=False)


@_node
class Rel(Node):
    """A condition: left op right with op in < <= > >= == !=."""

    op: str
    left: Node
    right: Node
    span: Span | None = field(default=None, repr=False)


@_node
class And(Node):
    """Every condition holds."""

    args: tuple[Node, ...]
    span: Span | None = field(default=None, repr=False)


@_node
class Or(Node):
    """At least one condition holds."""

    args: tuple[Node, ...]
    span: Span | None = field(default=None, repr=False)


@_node
class Not(Node):
    """The condition does not hold."""

    arg: Node
    span: Span | None = field(default=None, repr=False)


@_node
class Cases(Node):
    """The value of the first branch whose condition holds; `otherwise` elsewhere, undefined there when None."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None = None
    span: Span | None = field(default=None, repr=False)


@_node
class Bound(Node):
    """A binder over the full ranges of its indices: sum, prod, max, min or logsumexp of the body."""

    op: str
    indices: tuple[Index, ...]
    body: Node
    span: Span | None = field(default=None, repr=False)


@_node
class MatrixAtom(Node):
    """inv, det or logdet of the square matrix body[row, col] (row, col bound); `at` is the entry asked of an
    inverse."""

    op: str
    row: Index
    col: Index
    body: Node
    at: tuple[IndexExpr, ...] = ()
    span: Span | None = field(default=None, repr=False)


@_node
class Deriv(Node):
    """∂of/∂wrt as written, not carried out. `of` may be a name or an expression, and so may `wrt` (∂p/∂(θᵀx))."""

    of: Node
    wrt: Node
    span: Span | None = field(default=None, repr=False)


# ---------------------------------------------------------------- constructors

ZERO, ONE, TWO, MINUS_ONE, HALF = (Num(Fraction(v)) for v in (0, 1, 2, -1, Fraction(1, 2)))


def num(value: int | Fraction | str, span: Span | None = None) -> Num:
    """An exact number: `num(3)`, `num("0.25")`, `num(Fraction(1, 3))`."""
    return Num(Fraction(value), span)


def short(value: Fraction) -> bool:
    """Whether a number may be folded in the tree."""
    limit = FOLD_DIGITS * 10 // 3
    return value.numerator.bit_length() <= limit and value.denominator.bit_length() <= limit


def add(*terms: Node, span: Span | None = None) -> Node:
    """The sum, flattened. An empty sum is 0; zero terms are dropped."""
    flat: list[Node] = []
    for term in terms:
        if isinstance(term, Add):
            flat.extend(term.args)
        elif not (isinstance(term, Num) and term.value == 0):
            flat.append(term)
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else Add(tuple(flat), span)


def mul(*factors: Node, span: Span | None = None) -> Node:
    """The product, flattened, its numerals folded into one in front. 1·a is a; 0·a stays (a may be undefined)."""
    coefficient = Fraction(1)
    flat: list[Node] = []
    for factor in factors:
        for part in factor.args if isinstance(factor, Mul) else (factor,):
            if isinstance(part, Num) and short(coefficient * part.value):
                coefficient *= part.value
            else:
                flat.append(part)
    if not flat:
        return Num(coefficient, span)
    if coefficient != 1:
        flat.insert(0, Num(coefficient))
    return flat[0] if len(flat) == 1 else Mul(tuple(flat), span)


def neg(a: Node, span: Span | None = None) -> Node:
    """-a."""
    return mul(MINUS_ONE, a, span=span)


def sub(a: Node, b: Node, span: Span | None = None) -> Node:
    """a - b."""
    return add(a, neg(b), span=span)


def power(base: Node, exponent: Node, span: Span | None = None) -> Node:
    """base**exponent. a¹ is a; no power is evaluated but the reciprocal of a numeral.

    A reciprocal goes to the factors, (2ab²)⁻¹ = ½ a⁻¹ b⁻², so that a fraction has one tree however it is written.
    """
    if isinstance(exponent, Num):
        if exponent.value == 1:
            return base
        if exponent.value == -1:
            match base:
                case Num(value) if value != 0:
                    return Num(1 / value, span)
                case Mul(factors):
                    return mul(*(power(f, exponent) for f in factors), span=span)
                case Pow(inner, Num(value)) if value > 0:
                    return Pow(inner, Num(-value), span)
    return Pow(base, exponent, span)


def div(a: Node, b: Node, span: Span | None = None) -> Node:
    """a / b, as a·b⁻¹."""
    return mul(a, power(b, MINUS_ONE), span=span)


def sqrt(a: Node, span: Span | None = None) -> Node:
    """√a, as a^(1/2)."""
    return Pow(a, HALF, span)


def call(fn: str, *args: Node, span: Span | None = None) -> Node:
    """A function of the table `atoms`."""
    return Call(fn, args, span)


def bound(op: str, indices: Iterable[Index], body: Node, span: Span | None = None) -> Node:
    """A binder; directly nested binders of one kind become one. Without indices it is its body."""
    indices = tuple(indices)
    if not indices:
        return body
    if isinstance(body, Bound) and body.op == op:
        return Bound(op, indices + body.indices, body.body, span)
    return Bound(op, indices, body, span)


def total(indices: Iterable[Index], body: Node, span: Span | None = None) -> Node:
    """Σ over full ranges."""
    return bound("sum", indices, body, span)


def indicator(condition: Node, span: Span | None = None) -> Node:
    """1[condition]; an equality of two indices is a Kronecker δ."""
    if isinstance(condition, Rel) and condition.op == "==":
        left, right = condition.left, condition.right
        if isinstance(left, IndexVal) and isinstance(right, IndexVal):
            return Delta(left.at, right.at, span)
    return Cases(((condition, ONE),), ZERO, span)


# ---------------------------------------------------------------- traversal


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, conditions of cases included, in the order in which `rebuild` takes them."""
    match node:
        case Add(args) | Mul(args) | And(args) | Or(args) | Call(_, args) | Apply(_, args):
            return args
        case Pow(a, b) | Rel(_, a, b) | Deriv(a, b):
            return (a, b)
        case Bound(_, _, body) | MatrixAtom(_, _, _, body):
            return (body,)
        case Not(arg):
            return (arg,)
        case Cases(branches, otherwise):
            flat = tuple(part for branch in branches for part in branch)
            return flat if otherwise is None else (*flat, otherwise)
        case _:
            return ()


def rebuild(node: Node, below: tuple[Node, ...]) -> Node:
    """The same node over other children."""
    match node:
        case Add():
            return add(*below, span=node.span)
        case Mul():
            return mul(*below, span=node.span)
        case Pow():
            return power(below[0], below[1], node.span)
        case Call(fn, _):
            return Call(fn, below, node.span)
        case Apply(fn, _, order):
            return Apply(fn, below, order, node.span)
        case And():
            return And(below, node.span)
        case Or():
            return Or(below, node.span)
        case Not():
            return Not(below[0], node.span)
        case Rel(op, _, _):
            return Rel(op, below[0], below[1], node.span)
        case Deriv():
            return Deriv(below[0], below[1], node.span)
        case Bound(op, indices, _):
            return Bound(op, indices, below[0], node.span)
        case MatrixAtom(op, row, col, _, at):
            return MatrixAtom(op, row, col, below[0], at, node.span)
        case Cases(branches, otherwise):
            n = len(branches)
            pairs = tuple((below[2 * k], below[2 * k + 1]) for k in range(n))
            return Cases(pairs, None if otherwise is None else below[2 * n], node.span)
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, parents first, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))


def index_exprs(node: Node) -> tuple[IndexExpr, ...]:
    """The index expressions that stand directly in a node."""
    match node:
        case Elem(_, at) | MatrixAtom(_, _, _, _, at):
            return at
        case IndexVal(at):
            return (at,)
        case Delta(a, b):
            return (a, b)
        case _:
            return ()


def binders(node: Node) -> tuple[Index, ...]:
    """The indices a node binds."""
    match node:
        case Bound(_, indices, _):
            return indices
        case MatrixAtom(_, row, col):
            return (row, col)
        case _:
            return ()


def free_indices(node: Node) -> frozenset[Index]:
    """The indices that occur unbound. Kept with the node: simplification asks again and again."""
    try:
        return node._free  # type: ignore[attr-defined]
    except AttributeError:
        found = {t for at in index_exprs(node) for t, _ in affine_terms(at)[0] if isinstance(t, Index)}
        below: frozenset[Index] = frozenset().union(*(free_indices(c) for c in children(node)))
        free = frozenset(found) | (below - frozenset(binders(node)))
        object.__setattr__(node, "_free", free)
        return free


def names_in(node: Node) -> frozenset[str]:
    """The declared names that occur, functions included, sizes and indices not."""
    return frozenset(n.name if isinstance(n, Elem) else n.fn for n in walk(node) if isinstance(n, (Elem, Apply)))


def sizes_in(node: Node) -> frozenset[str]:
    """The symbolic sizes that occur, as ranges of indices or as numbers."""
    found: set[Size] = set()
    for n in walk(node):
        if isinstance(n, SizeVal):
            found.add(n.size)
        found.update(i.size for i in binders(n))
        for at in index_exprs(n):
            found.update(t if isinstance(t, str) else t.size for t, _ in affine_terms(at)[0])
    return frozenset(s for s in found if isinstance(s, str))


def count(node: Node) -> int:
    """How many nodes the tree has."""
    return sum(1 for _ in walk(node))


def reindex_expr(at: IndexExpr, to: Mapping[Index, IndexExpr]) -> IndexExpr:
    """An index expression with indices replaced."""
    if isinstance(at, Index):
        return to.get(at, at)
    if isinstance(at, int):
        return at
    parts: list[tuple[Index | str, int]] = []
    const = at.const
    for term, coefficient in at.terms:
        target: IndexExpr | None = to.get(term, term) if isinstance(term, Index) else None
        if target is None:
            parts.append((term, coefficient))
        else:
            inner, shift = affine_terms(target)
            parts.extend((t, c * coefficient) for t, c in inner)
            const += coefficient * shift
    return affine(parts, const)


def reindex(node: Node, to: Mapping[Index, IndexExpr]) -> Node:
    """The tree with free indices replaced and every binder fresh, so that nothing can be captured."""
    made = binders(node)
    if made:
        renamed: dict[Index, IndexExpr] = {i: i.fresh() for i in made}
        to = {**to, **renamed}
    match node:
        case Elem(name, at):
            return Elem(name, tuple(reindex_expr(a, to) for a in at), node.span) if at else node
        case IndexVal(at):
            return IndexVal(reindex_expr(at, to), node.span)
        case Delta(a, b):
            return Delta(reindex_expr(a, to), reindex_expr(b, to), node.span)
        case Bound(op, indices, body):
            return Bound(op, tuple(to[i] for i in indices), reindex(body, to), node.span)  # type: ignore[misc]
        case MatrixAtom(op, row, col, body, at):
            outer = {k: v for k, v in to.items() if k not in made}
            entry = tuple(reindex_expr(a, outer) for a in at)
            return MatrixAtom(op, to[row], to[col], reindex(body, to), entry, node.span)  # type: ignore[arg-type]
        case _:
            below = children(node)
            return rebuild(node, tuple(reindex(c, to) for c in below)) if below else node


def replace_elems(node: Node, by: Callable[[Elem], Node | None]) -> Node:
    """The tree with elements replaced where `by` gives a node (whose binders must be fresh: use `instantiate`)."""
    if isinstance(node, Elem):
        new = by(node)
        return node if new is None else new
    below = children(node)
    if not below:
        return node
    new_below = tuple(replace_elems(c, by) for c in below)
    if all(a is b for a, b in zip(new_below, below, strict=True)):
        return node
    return rebuild(node, new_below)


# ---------------------------------------------------------------- the whole formula


@frozen
class Note:
    """Something said about how a text was read: `tag` is stable, `message` is for people."""

    tag: str
    message: str
    span: Span | None = None


SUBSCRIPT = "the subscript "
"""How the operation of a `ShapeError` begins where an index does not fit its axis."""


@frozen
class ShapeError:
    """Operands that do not conform: what was to be done, both operands as written, their shapes, the place."""

    operation: str
    operands: tuple[str, ...]
    shapes: tuple[tuple[Size, ...], ...]
    span: Span | None = None
    hint: str = ""

    @property
    def message(self) -> str:
        sides = " and ".join(f"{o} is {show_shape(s)}" for o, s in zip(self.operands, self.shapes, strict=True))
        return f"shapes do not conform in {self.operation}: {sides}" + (f"; {self.hint}" if self.hint else "")

    @property
    def of_letter(self) -> bool:
        """Whether an index runs over another axis than the one that it stands at: a slip of the letter, not of the
        shapes."""
        return self.operation.startswith(SUBSCRIPT)


@frozen
class Formula:
    """A tree with its result axes.

    axes     the axes of the value, in order; its shape is their sizes; a row vector is (1, d)
    free     the question's own indices that stand in the text (`i` of `y_i`), in the order of `names`
    names    the declarations it was read with (`domains.Names`)
    """

    body: Node
    axes: tuple[Index, ...] = ()
    free: tuple[Index, ...] = ()
    names: Any = None
    source: str | None = None
    notes: tuple[Note, ...] = ()
    shape_error: ShapeError | None = None

    @property
    def shape(self) -> tuple[Size, ...]:
        return tuple(i.size for i in self.axes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return NotImplemented
        return self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __deepcopy__(self, _memo: object) -> Formula:
        return self

    def key(self) -> tuple[Any, ...]:
        """What `==` compares: the tree with indices as positions and commutative arguments sorted."""
        where: dict[Index, tuple[Any, ...]] = {i: ("axis", k) for k, i in enumerate(self.axes)}
        where |= {i: ("free", k) for k, i in enumerate(self.free)}
        return (self.shape, tuple(i.size for i in self.free), _key(self.body, where, 0), self.shape_error)


def _index_key(at: IndexExpr, where: Mapping[Index, tuple[Any, ...]]) -> tuple[Any, ...]:
    terms, const = affine_terms(at)
    named = sorted((str(where.get(t, ("loose", t.name))) if isinstance(t, Index) else t, c) for t, c in terms)
    return (tuple(named), const)


def _spread(at: IndexExpr) -> tuple[Node, ...]:
    """t - s + 1 as the terms of a sum: an index expression as a number is the same formula as that sum."""
    terms, const = affine_terms(at)
    parts = [mul(num(c), IndexVal(t) if isinstance(t, Index) else SizeVal(t)) for t, c in terms]
    return (*parts, num(const)) if const or not parts else tuple(parts)


def key_of(node: Node, where: Mapping[Index, tuple[Any, ...]]) -> tuple[Any, ...]:
    """The same for two nodes that differ in the order of terms and in indices of the same place: `where` says the
    places of those that are free."""
    return _key(node, where, 0)


def _key(node: Node, where: Mapping[Index, tuple[Any, ...]], depth: int) -> tuple[Any, ...]:
    kind = type(node).__name__
    match node:
        case Num(value):
            return (kind, (value.numerator, value.denominator))
        case Const(name) | SizeVal(name):
            return (kind, name)
        case IndexVal(Index() as at):
            return (kind, _index_key(at, where))
        case IndexVal(at):
            return _key(add(*_spread(at)), where, depth)
        case Elem(name, at):
            return (kind, name, tuple(_index_key(a, where) for a in at))
        case Delta(a, b):
            return (kind, tuple(sorted((_index_key(a, where), _index_key(b, where)))))
        case Add(args) if (
            any(isinstance(a, IndexVal) and not isinstance(a.at, Index) for a in args)
            or sum(isinstance(a, IndexVal) for a in args) > 1
        ):
            at = affine(
                [term for a in args if isinstance(a, IndexVal) for term in affine_terms(a.at)[0]],
                sum(affine_terms(a.at)[1] for a in args if isinstance(a, IndexVal)),
            )
            once = add(*(a for a in args if not isinstance(a, IndexVal)), *_spread(at))
            if isinstance(once, Add):
                return (kind, tuple(sorted((_key(a, where, depth) for a in once.args), key=repr)))
            return _key(once, where, depth)
        case Add(args) | Mul(args) | And(args) | Or(args):
            return (kind, tuple(sorted((_key(a, where, depth) for a in args), key=repr)))
        case Bound(op, indices, body):
            inner = {**where, **{i: ("bound", depth, k) for k, i in enumerate(indices)}}
            return (kind, op, tuple(str(i.size) for i in indices), _key(body, inner, depth + 1))
        case MatrixAtom(op, row, col, body, at):
            inner = {**where, row: ("bound", depth, 0), col: ("bound", depth, 1)}
            entry = tuple(_index_key(a, where) for a in at)
            return (kind, op, str(row.size), _key(body, inner, depth + 1), entry)
        case Call(fn, args) | Apply(fn, args):
            order = node.order if isinstance(node, Apply) else 0
            below = tuple(_key(a, where, depth) for a in args)
            return (kind, fn, order, tuple(sorted(below, key=repr)) if fn in ("max", "min") else below)
        case Rel(op, a, b):
            return (kind, op, _key(a, where, depth), _key(b, where, depth))
        case Cases(branches, otherwise):
            return (
                kind,
                tuple((_key(c, where, depth), _key(v, where, depth)) for c, v in branches),
                None if otherwise is None else _key(otherwise, where, depth),
            )
        case _:
            return (kind, *(_key(c, where, depth) for c in children(node)))


def instantiate(formula: Formula, at: tuple[IndexExpr, ...]) -> Node:
    """The body of a formula at the given indices (its free indices first, then its axes), with fresh binders."""
    slots = formula.free + formula.axes
    if len(slots) != len(at):
        raise ValueError(f"{len(slots)} indices expected, {len(at)} given")
    return reindex(formula.body, dict(zip(slots, at, strict=True)))


def show_shape(shape: tuple[Size, ...]) -> str:
    """`(n, d)`; a scalar is `scalar`."""
    if not shape:
        return "scalar"
    return f"({shape[0]},)" if len(shape) == 1 else "(" + ", ".join(map(str, shape)) + ")"


def same_shape(a: tuple[Size, ...], b: tuple[Size, ...]) -> bool:
    """Shapes equal as answers: (d) is (d, 1), and () is (1) is (1, 1). A row (1, d) is not a column."""

    def column(s: tuple[Size, ...]) -> tuple[Size, ...]:
        while s and s[-1] == 1:
            s = s[:-1]
        return s

    return column(a) == column(b)
