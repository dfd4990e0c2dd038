"""Array programs: what a formula becomes before it is text. A closed set of positional operations on arrays.

    leaf       Input("X", (n, d))   Literal(1/2)   Constant("pi")   Length("n")   Counter(n)   1, 2, …, n
    entrywise  Map(fn, args, places)        broadcasts: axis k of argument a lies at axis places[a][k] of the result
    reduction  Reduce("sum", a, axes)       Softmax(a, axis)
               Cumulative(a, axis, backward)      sums up to each place, or from it on
    product    Contract(a, b, la, lb, out)  Σ over the labels that `out` lacks: BLAS where there is one, else einsum
    view       Permute(a, order)   Entry(a, axis, k)   Window(a, axis, start, size)   Diagonal(a, p, q)
                                                       Spread(a, shape, place)
    zeros      Padded(a, axis, start, size)   the argument on an axis of zeros, behind `start` of them
    distances  Distances(a, b)                         Σ_k (a_ik - b_jk)²
    matrix     Solve(A, B, transposed, how)   Matrix("inv", A), "det", "logdet", "cholesky", "lu", …, "eigval"
    diagonal   AddDiagonal(base, values, p, q)   base with values added where axes p and q agree
    recursion  Loop(body, k)                     member k of what is computed place by place; within its steps
                                                 Slice(a, axis, shift), Carried(name), Place(shift)

Longer than other modules: the set of operations is closed, and who walks over a program knows every one.

An operation knows its axes by position, never by name, so two occurrences of one subexpression are equal and are
computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import dataclass_transform

from derivations.formula import Size, size_sum, size_terms

Shape = tuple[Size, ...]


class CannotEmit(ValueError):
    """A formula that has no such form: an unknown function, a derivative that was not carried out."""


class Array:
    """An operation. Frozen, compared by value; `kind` is float, static (a Python number), bool or int."""

    __slots__ = ("_hash",)
    kind: str = "float"

    @property
    def shape(self) -> Shape:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        return all(getattr(self, f) == getattr(other, f) for f in self.__dataclass_fields__)  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            value = hash((type(self).__name__, *(getattr(self, f) for f in self.__dataclass_fields__)))  # type: ignore[attr-defined]
            object.__setattr__(self, "_hash", value)
            return value


@dataclass_transform(eq_default=False, frozen_default=True)
def _operation(cls: type):
    return dataclass(frozen=True, slots=True, eq=False)(cls)


@_operation
class Input(Array):
    """An argument of the function."""

    name: str
    sizes: Shape

    @property
    def shape(self) -> Shape:
        return self.sizes


@_operation
class Literal(Array):
    """An exact number."""

    value: Fraction
    kind = "static"

    @property
    def shape(self) -> Shape:
        return ()


@_operation
class Constant(Array):
    """e or pi."""

    name: str
    kind = "static"

    @property
    def shape(self) -> Shape:
        return ()


@_operation
class Length(Array):
    """A size as a number."""

    size: str
    kind = "static"

    @property
    def shape(self) -> Shape:
        return ()


@_operation
class Counter(Array):
    """1, 2, …, size: an index as a number, or as a position (kind int); 0, 1, … as a label of code (kind place)."""

    size: Size
    kind: str = "float"

    @property
    def shape(self) -> Shape:
        return (self.size,)


@_operation
class Map(Array):
    """An entrywise function. `sizes` is the shape; axis k of args[a] lies at axis places[a][k]."""

    fn: str
    args: tuple[Array, ...]
    places: tuple[tuple[int, ...], ...]
    sizes: Shape
    kind: str = "float"

    @property
    def shape(self) -> Shape:
        return self.sizes


def entry_by_entry(fn: str, *args: Array, kind: str = "float") -> Map:
    """An entrywise function of arrays of one shape."""
    axes = tuple(range(len(args[0].shape)))
    return Map(fn, args, (axes,) * len(args), args[0].shape, kind)


@_operation
class Reduce(Array):
    """sum, prod, max, min or logsumexp over axes."""

    op: str
    arg: Array
    axes: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        return tuple(s for k, s in enumerate(self.arg.shape) if k not in self.axes)


@_operation
class Softmax(Array):
    """exp(a) / Σ exp(a) along one axis."""

    arg: Array
    axis: int

    @property
    def shape(self) -> Shape:
        return self.arg.shape


@_operation
class Contract(Array):
    """Σ a·b over every label that is not in `out`; one label an axis."""

    a: Array
    b: Array
    la: tuple[int, ...]
    lb: tuple[int, ...]
    out: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        sizes = dict(zip(self.la, self.a.shape, strict=True)) | dict(zip(self.lb, self.b.shape, strict=True))
        return tuple(sizes[k] for k in self.out)


@_operation
class Permute(Array):
    """Axis k of the result is axis order[k] of the argument."""

    arg: Array
    order: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        return tuple(self.arg.shape[k] for k in self.order)


@_operation
class Entry(Array):
    """The slice at position `at` of an axis, counted from 1; 0 is the last, -1 the one before it."""

    arg: Array
    axis: int
    at: int

    @property
    def shape(self) -> Shape:
        return tuple(s for k, s in enumerate(self.arg.shape) if k != self.axis)


@_operation
class _Resized(Array):
    """The argument with another size along one axis, from a `start` on."""

    arg: Array
    axis: int
    start: int
    size: Size

    @property
    def shape(self) -> Shape:
        return (*self.arg.shape[: self.axis], self.size, *self.arg.shape[self.axis + 1 :])


@_operation
class Window(_Resized):
    """The positions start + 1, …, start + size of an axis, which has them all."""


@_operation
class Padded(_Resized):
    """The argument as the positions start + 1, …, of an axis of `size`, which is 0 elsewhere: a `Window` backwards."""


@_operation
class Sliding(Array):
    """`size` neighbours from each place of an axis on, i + r - 1 for r from 1, along a last axis; where it `reaches`
    back, u - r + 1, with 0 beside the axis."""

    arg: Array
    axis: int
    size: Size
    reaches: bool

    @property
    def shape(self) -> Shape:
        sign = 1 if self.reaches else -1
        length = size_sum(((self.arg.shape[self.axis], 1), (self.size, sign)), -sign)
        return (*self.arg.shape[: self.axis], length, *self.arg.shape[self.axis + 1 :], self.size)


@_operation
class Cumulative(Array):
    """Σ_{j ≤ i} of an axis, for each i; Σ_{j ≥ i} where it runs `backward`."""

    arg: Array
    axis: int
    backward: bool

    @property
    def shape(self) -> Shape:
        return self.arg.shape


@_operation
class Gather(Array):
    """The argument at computed positions (an int array or number, from 1) along one axis; outside 1..size undefined,
    nan.

    The axes of the positions come first in the result, then the axes of the argument that are left."""

    arg: Array
    axis: int
    at: Array

    @property
    def shape(self) -> Shape:
        return self.at.shape + tuple(s for k, s in enumerate(self.arg.shape) if k != self.axis)


@_operation
class Scatter(Array):
    """Σ_i 1[at_i = k] values_i for the labels k from 0 to below `size`; values have that axis, and one more or none."""

    at: Array
    values: Array
    size: Size

    @property
    def shape(self) -> Shape:
        return (self.size, *self.values.shape[1:])


@_operation
class Diagonal(Array):
    """The entries where axes p < q agree; the diagonal is the last axis of the result."""

    arg: Array
    p: int
    q: int

    @property
    def shape(self) -> Shape:
        rest = tuple(s for k, s in enumerate(self.arg.shape) if k not in (self.p, self.q))
        return (*rest, self.arg.shape[self.p])


@_operation
class Spread(Array):
    """The argument repeated to a shape."""

    arg: Array
    place: tuple[int, ...]
    sizes: Shape

    @property
    def shape(self) -> Shape:
        return self.sizes


@_operation
class Solve(Array):
    """A⁻¹ B, or A⁻ᵀ B, for a matrix or vector B; from the factors of A where `how` is "cholesky" or "lu"."""

    a: Array
    b: Array
    transposed: bool
    how: str = ""

    @property
    def shape(self) -> Shape:
        return self.b.shape


@_operation
class Matrix(Array):
    """inv, det, logdet or logabsdet of a square matrix, or of each in a stack of them; cholesky and lu, the factors of
    one (those of lu are only handed on); cholesky_inverse, lu_inv, lu_det, lu_logdet, lu_logabsdet of such
    factors. Functions of matrices by their names, with the place of an eigenvalue or a singular value as the library
    counts them; eigvals, the eigenvalues, largest first."""

    op: str
    arg: Array
    place: int = 0

    @property
    def shape(self) -> Shape:
        if self.op.endswith("det") or self.op in ("eigval", "singval", "nuclear"):
            return self.arg.shape[:-2]
        return self.arg.shape[:-1] if self.op == "eigvals" else self.arg.shape


@_operation
class AddDiagonal(Array):
    """`base` with `values` added where axes p < q agree. Axis k of the values lies at places[k] of (the other axes, the
    diagonal)."""

    base: Array
    values: Array
    p: int
    q: int
    places: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        return self.base.shape


@_operation
class Distances(Array):
    """Σ_k (a_ik - b_jk)²."""

    a: Array
    b: Array

    @property
    def shape(self) -> Shape:
        return self.a.shape[0], self.b.shape[0]


@_operation
class Zeros(Array):
    """Zeros."""

    sizes: Shape

    @property
    def shape(self) -> Shape:
        return self.sizes


@_operation
class Slice(Array):
    """Within a step: an array at the place of the loop, or `shift` behind it, on one axis."""

    arg: Array
    axis: int
    shift: int

    @property
    def shape(self) -> Shape:
        return tuple(s for k, s in enumerate(self.arg.shape) if k != self.axis)


@_operation
class Carried(Array):
    """Within a step: what a member is at this place (lag 0), or was at the one before."""

    name: str
    sizes: Shape
    lag: int

    @property
    def shape(self) -> Shape:
        return self.sizes


@_operation
class Place(Array):
    """Within a step: the place of the loop as a number, counted from 1, and `shift`."""

    shift: int
    kind = "static"

    @property
    def shape(self) -> Shape:
        return ()


@dataclass(frozen=True)
class Member:
    """What one member of a loop is: an array over `axis` and the axes of its step.

    start   its value before the first place, which is kept as an entry of its own
    first   its step at the first place, where that differs
    """

    name: str
    axis: int
    step: Array
    start: Array | None
    first: Array | None


@dataclass(frozen=True)
class Body:
    """The members of a loop, in the order in which a step computes them; `direction` -1 runs from the last place."""

    members: tuple[Member, ...]
    size: Size
    direction: int

    def arrays(self) -> tuple[Array, ...]:
        """The starts, the first steps and the steps."""
        return tuple(a for m in self.members for a in (m.start, m.first, m.step) if a is not None)

    def over(self, new: Callable[[Array], Array]) -> Body:
        """The same with other arrays."""
        made = (
            replace(m, step=new(m.step), start=m.start and new(m.start), first=m.first and new(m.first))
            for m in self.members
        )
        return replace(self, members=tuple(made))


@_operation
class Loop(Array):
    """One member of what a loop computes place by place."""

    body: Body
    which: int

    @property
    def member(self) -> Member:
        return self.body.members[self.which]

    @property
    def begins(self) -> int:
        """By how much its first entry lies before the first place."""
        return int(self.member.start is not None and self.body.direction > 0)

    @property
    def shape(self) -> Shape:
        m = self.member
        rest = m.step.shape
        length = size_plus(self.body.size, 1) if m.start is not None else self.body.size
        return (*rest[: m.axis], length, *rest[m.axis :])


def size_plus(size: Size, more: int) -> Size:
    """A size and a number."""
    return size_sum(((size, 1),), more)


def size_gap(one: Size, other: Size) -> int | None:
    """How much longer a size is than another, where that is a number."""
    (mine, a), (theirs, b) = size_terms(one), size_terms(other)
    return a - b if mine == theirs else None


def within(a: Array) -> bool:
    """Whether an array is one of a step, and has no value outside of its loop."""
    return isinstance(a, Slice | Carried | Place) or any(within(o) for o in operands(a))


def outside(steps: Iterable[Array]) -> tuple[Array, ...]:
    """What steps use of the world around their loop."""
    found: dict[Array, None] = {}
    stack = list(steps)
    while stack:
        a = stack.pop()
        if isinstance(a, Slice):
            found[a.arg] = None
        elif within(a):
            stack.extend(operands(a))
        else:
            found[a] = None
    return tuple(found)


def operands(a: Array) -> tuple[Array, ...]:
    """The arrays an operation is applied to."""
    match a:
        case Loop(body):
            return outside(body.arrays())
        case Window() | Slice() | Sliding():
            return (a.arg,)
        case Map():
            return a.args
        case Reduce() | Softmax() | Permute() | Entry() | Diagonal() | Spread() | Matrix() | Padded() | Cumulative():
            return (a.arg,)
        case Contract() | Solve() | Distances():
            return (a.a, a.b)
        case Gather():
            return (a.arg, a.at)
        case AddDiagonal():
            return (a.base, a.values)
        case Scatter():
            return (a.at, a.values)
        case _:
            return ()


def in_order(roots: tuple[Array, ...]) -> Iterator[Array]:
    """Every distinct operation below the roots, operands first."""
    seen: set[Array] = set()
    stack: list[tuple[Array, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        top, ready = stack.pop()
        if top in seen:
            continue
        if ready:
            seen.add(top)
            yield top
        else:
            stack.append((top, True))
            stack.extend((o, False) for o in reversed(operands(top)))


Rule = Callable[[Array, Callable[[Array], Array]], Array]
"""What becomes of an operation; the second argument gives what becomes of any other."""


def rewritten(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str], rule: Rule
) -> tuple[dict[str, Array], dict[Array, str]]:
    """A program and the names of its nodes after a rule, each operation once."""
    done: dict[Array, Array] = {}

    def visit(a: Array) -> Array:
        if a not in done:
            done[a] = rule(a, visit)
        return done[a]

    return {key: visit(a) for key, a in outputs.items()}, {visit(a): name for a, name in nodes.items()}


def over(a: Array, new: Callable[[Array], Array]) -> Array:
    """The same operation over other operands."""
    if isinstance(a, Loop):
        return Loop(a.body.over(new), a.which)
    if not operands(a):
        return a
    changes = {}
    for f in fields(a):  # type: ignore[arg-type]
        value = getattr(a, f.name)
        if isinstance(value, Array):
            changes[f.name] = new(value)
        elif f.name == "args":
            changes["args"] = tuple(new(x) for x in value)
    return replace(a, **changes)  # type: ignore[type-var]


def shown(a: Array) -> Array:
    """The array that a view shows."""
    while isinstance(a, (Permute, Entry, Window, Diagonal)):
        a = a.arg
    return a
