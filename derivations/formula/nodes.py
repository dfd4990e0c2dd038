"""The typed tree: a formula in index form, plain Python, no SymPy.

The set of nodes is closed; operations on it (reading, writing, evaluating, proving, emitting) live in modules of their
own.

    number      Num(3/2)  Const("pi")  SizeVal("n")  IndexVal(t - s)
    element     Elem("x", (i, j))            a declared name at indices; a scalar has none
    arithmetic  Add(a, b, …)  Mul(a, b, …)  Pow(a, b)
    function    Call("log", (a,))            a row of `atoms`
                Apply("f", (a,), at=(j,))    a declared, unknown function of numbers and of arrays
                Apply("f", (a,), ((0, (i,)),))   its derivative by entry i of the first argument
                Tensor((i, …), a)            the array with the entries a, as an argument of `Apply` and nowhere else
    choice      Delta(i, j)  Cases(((cond, a), …), otherwise)
    condition   Rel("<", a, b)  And(…)  Or(…)  Not(…)
    binder      Bound("sum" | "prod" | "max" | "min" | "logsumexp", (i, …), body)
    matrix      MatrixAtom("inv" | "det" | "logdet", row, col, body, at)
    derivative  Deriv(of, wrt)               written, not yet carried out

Indices count from 1. An index expression is Σ c·t + const over indices, sizes and labels, the entries of arrays of
indices: `i`, `n`, `t-s`, `y_i-1`. An `Index` is itself and nothing else (identity), so substitution cannot capture one
as long as a definition is instantiated with fresh binders (`instantiate` does). Two formulas are `==` when they are the
same tree up to source positions, the names of bound and free indices, and the order of terms and factors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from fractions import Fraction
from typing import Any, ClassVar, TypeVar, dataclass_transform

from derivations.formula.indices import Index, IndexExpr
from derivations.frozen import frozen

Span = tuple[int, int]
"""Half-open range of characters in the source text."""


FOLD_DIGITS = 60
"""Numerals are multiplied in the tree only while the result stays this short: text must not make us compute."""


class Node:
    """A node of the tree. Frozen; equality is structural and ignores `span`; hashes are kept."""

    __slots__ = ("kept_free", "kept_hash", "kept_key", "kept_names")
    kept_free: frozenset[Index]  # the free indices, once asked for
    kept_hash: int
    kept_key: tuple[str, int]  # what equal trees are written as, and the work of writing it
    kept_names: frozenset[str]
    parts: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        return all(getattr(self, p) == getattr(other, p) for p in self.parts)

    def __hash__(self) -> int:
        try:
            return self.kept_hash
        except AttributeError:
            value = hash((type(self).__name__, *(getattr(self, p) for p in self.parts)))
            object.__setattr__(self, "kept_hash", value)
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


Slot = tuple[int, tuple[IndexExpr, ...]]
"""An argument of a function, counted from 0, and the entry of it: what a function is differentiated by."""


@_node
class Apply(Node):
    """A declared, unknown function (domain `function`) at arguments, each a number or a `Tensor`; `by` are the places
    that it is differentiated by, once for each, in any order: f'' of one number is twice by its only argument. `at` is
    the entry asked of a function whose value is an array: φ(x)_j."""

    fn: str
    args: tuple[Node, ...]
    by: tuple[Slot, ...] = ()
    at: tuple[IndexExpr, ...] = ()
    span: Span | None = field(default=None, repr=False)


@_node
class Tensor(Node):
    """The array with the entries `body`, an axis for each of its bound indices: the x of k(x, z). It is an argument of
    `Apply` and no number."""

    indices: tuple[Index, ...]
    body: Node
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


OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
"""The relation that holds where another does not."""
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""The relation with its sides exchanged."""


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
