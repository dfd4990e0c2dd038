"""A SymPy expression as a formula, never through text: scalars here, matrices and arrays by their entries
(`entries`), sums over any range whose ends are affine (`ranges`), and what no declaration says by what the symbols
assume (`inferred`).

Indices count from 1. An array whose axis is run through from 0 is counted from 0 in the whole expression, and a note
says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from numbers import Number
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from derivations.domains import Names, parse_names
from derivations.formula import (
    And,
    Apply,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Node,
    Not,
    Note,
    Or,
    Rel,
    SizeVal,
    add,
    affine,
    call,
    div,
    free_indices,
    map_down,
    mul,
    num,
    power,
    reindex,
    show_shape,
)
from derivations.notation.read.scope import scope_of
from derivations.sympy_bridge import NoSympy, functions
from derivations.sympy_bridge.entries import ARRAYS, PICKED, array, picked
from derivations.sympy_bridge.inferred import declared_by
from derivations.sympy_bridge.meanings import meant
from derivations.sympy_bridge.outward import FUNCTIONS, carried_out
from derivations.sympy_bridge.places import OutOfRange, Places
from derivations.sympy_bridge.ranges import Range, summed

_BACK: Mapping[Any, str] = {sympy_function: fn for fn, sympy_function in FUNCTIONS.items()}
_SIGNS: Mapping[Any, str] = {
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.Eq: "==",
    sympy.Ne: "!=",
}


MAX_TREE, MAX_DEEP = 4_000, 100
"""Operations of an expression and how deep they nest, as of a text."""


MAX_NUMERAL = 10**300
_LEAST = 2.0**-1022
"""The least float with all its digits."""


def from_sympy(expression: Any, names: str | Mapping[str, str] | Names | None = None) -> Formula:
    """A SymPy expression as a formula: a scalar, a matrix, an array. Without `names` its symbols declare themselves.

    Indices of the question that stand in it (an `Idx`, or a declared index) are free; a matrix has axes. Raises
    `NoSympy` naming what has no place here.
    """
    given = sympy.sympify(expression) if isinstance(expression, Number) else expression
    measured(given)
    names = declared_by(given) if names is None else parse_names(names)
    scope_of(names)  # what no text can speak of is no name
    from_zero: set[tuple[str, int]] = set()
    first: OutOfRange | None = None
    while True:
        reader = Reader(names, frozenset(from_zero))
        try:
            made = reader.formula(given)
            break
        except OutOfRange as error:
            first = first or error
            if error.axis in from_zero:
                raise first from None
            from_zero.add(error.axis)
    if first is not None and not from_zero <= reader.run_from_zero:
        raise first  # nothing runs from 0: an entry 0 alone is a slip
    counted = sorted({name for name, _ in from_zero})
    notes = [
        Note("from-zero", f"the entries of {name} are counted from 0, as the index that runs over them is")
        for name in counted
    ]
    return replace(made, notes=tuple(notes))


def measured(expression: Any) -> None:
    """Refuses what is neither a number nor an array of numbers, or too large to be walked by recursion."""
    if not isinstance(expression, (sympy.Expr, *ARRAYS)):
        raise NoSympy(f"{type(expression).__name__} is no scalar SymPy expression, and no matrix")
    count = 0
    stack: list[tuple[Any, int]] = [(expression, 1)]
    while stack:
        top, depth = stack.pop()
        count += 1
        if count > MAX_TREE or depth > MAX_DEEP:
            raise NoSympy(
                f"the expression is too large: more than {MAX_TREE} operations, or nested more than {MAX_DEEP} deep"
            )
        stack.extend((a, depth + 1) for a in getattr(top, "args", ()))


class Reader(Places):
    """One conversion from SymPy."""

    def formula(self, given: Any) -> Formula:
        axes: tuple[Index, ...] = ()
        if isinstance(given, ARRAYS):
            axes, body = array(self, given)
        else:
            body = self.tree(given)
        used = free_indices(body) - set(axes)
        declared = [row.index for row in self.names.values() if row.index in used]
        free = (*declared, *(i for i in self.free.values() if i in used and i not in declared))
        return Formula(body, axes, free, names=self.names)  # type: ignore[arg-type]

    # ------------------------------------------------------------ nodes

    def binder(self, e: Any) -> Node:
        """Σ and Π; the first limits of SymPy are the innermost."""
        if any(len(limit) != 3 for limit in e.limits):
            raise NoSympy(f"{e} has no range")
        if len({limit[0] for limit in e.limits}) < len(e.limits):
            raise NoSympy(f"{e} binds one symbol twice")
        return self.over("sum" if isinstance(e, sympy.Sum) else "prod", tuple(reversed(e.limits)), e.function)

    def over(self, op: str, limits: tuple[Any, ...], function: Any) -> Node:
        """The first limits, then those within."""
        if not limits:
            return self.tree(function)
        (symbol, low, high), *within = limits
        name = str(symbol.label) if isinstance(symbol, sympy.Idx) else symbol.name
        refused = NoSympy(f"the range of {symbol} is not 1 to a size: {low} to {high}")

        def body(at: IndexExpr, ranges: Mapping[Index, Range]) -> Node:
            with self.binding(symbol, at, ranges):
                return self.over(op, tuple(within), function)

        ends = self.whole(low, refused), self.whole(high, refused)
        return summed(op, name, *ends, self.ranges, body, self.axes)

    def indexed(self, e: Any) -> Node:
        base, at = e.base, e.indices
        if not isinstance(base, sympy.IndexedBase) or base.offset not in (None, 0) or base.strides is not None:
            raise NoSympy(f"{base} is no plain IndexedBase")
        label = self.label(e)
        if label is not None:
            return IndexVal(affine([(label, 1)]))
        name = self.called(base.label) if base.label.is_Symbol else str(base.label)
        row = self.names.get(name)
        if row is None and (found := self.written_derivative(name, at)) is not None:
            return found
        if row is None or len(row.sizes) != len(at) or row.role not in ("input", "node", "adjoint"):
            raise NoSympy(f"{e} is not declared with {len(at)} ax{'i' if len(at) == 1 else 'e'}s")
        return Elem(name, self.places(name, at, row.sizes))

    def written_derivative(self, name: str, at: tuple[Any, ...]) -> Node | None:
        """dy/dx[j, i], as a step of a derivation has ∂y_j/∂x_i; None for another name."""
        if not name.startswith("d"):
            return None
        for cut in (m.start() for m in re.finditer("/d", name)):
            above, below = name[1:cut], name[cut + 2 :]
            top, row = self.names.get(above), self.names.get(below)
            if row is None or row.role not in ("input", "node"):
                continue
            own = len(at) - len(row.sizes)
            if own == (len(top.sizes) if top is not None else 0):
                sizes = top.sizes if top is not None else ()
                of = Elem(above, self.places(above, at[:own], sizes))
                return Deriv(of, Elem(below, self.places(below, at[own:], row.sizes)))
        return None

    def symbol(self, e: Any) -> Node:
        label = self.label(e)
        if label is not None:
            return IndexVal(affine([(label, 1)]))
        name = self.called(e)
        row = self.names.get(name)
        if row is not None and row.index is not None:
            return IndexVal(self.whole(e))
        if name in self.sizes:
            return SizeVal(self.sizes[name])
        if row is None and (found := self.written_derivative(name, ())) is not None:
            return found
        if row is None:
            raise NoSympy(f"{name} is not declared")
        if row.sizes or row.role == "function":
            shape = f"it has the shape {show_shape(row.sizes)}; give an entry of an IndexedBase"
            raise NoSympy(f"{name} is no scalar: {'it is a function' if row.role == 'function' else shape}")
        return Elem(name)

    def tree(self, e: Any) -> Node:
        if e in self.given:
            return reindex(self.given[e], {})
        if isinstance(e, sympy.Sum | sympy.Product):
            return self.binder(e)
        if isinstance(e, sympy.Indexed):
            return self.indexed(e)
        if isinstance(e, sympy.KroneckerDelta):
            return Delta(self.whole(e.args[0]), self.whole(e.args[1]))
        if e in self.bound or isinstance(e, sympy.Idx):
            at = self.whole(e)
            return num(at) if isinstance(at, int) else IndexVal(at)
        if e.is_Symbol:
            return self.symbol(e)
        if e.is_Rational:
            if abs(e.p) > MAX_NUMERAL or e.q > MAX_NUMERAL:
                raise NoSympy("a number has more than 300 digits")
            return num(Fraction(int(e.p), int(e.q)))
        if e is sympy.E or e is sympy.pi:
            return Const("e" if e is sympy.E else "pi")
        if e.is_Float:
            return num(_decimal(e))
        if e.is_Add or e.is_Mul:
            return (add if e.is_Add else mul)(*map(self.tree, e.args))
        if e.is_Pow:
            return call("exp", self.tree(e.exp)) if e.base is sympy.E else power(self.tree(e.base), self.tree(e.exp))
        if isinstance(e, sympy.Piecewise):
            return self.piecewise(e)
        if isinstance(e, PICKED):
            return picked(self, e)
        if isinstance(e, sympy.Derivative):
            return self.derivative(e)
        if isinstance(e, sympy.Heaviside):
            return self.step(*e.args)
        if isinstance(e, functions.softmax):
            entry, *entries = e.args
            return div(call("exp", self.tree(entry)), add(*(call("exp", self.tree(a)) for a in entries)))
        if isinstance(e, AppliedUndef) and self.takes_numbers(e.func.__name__, len(e.args)):
            return Apply(e.func.__name__, tuple(map(self.tree, e.args)))
        if isinstance(e, sympy.Subs):
            variables, point = tuple(e.variables), tuple(e.point)  # type: ignore[arg-type]
            return self.at_point(e.expr, variables, point, self.tree)
        if e.func in _BACK:
            return call(_BACK[e.func], *map(self.tree, e.args))
        if (found := meant(e, self.tree, self.names)) is not None:
            return found
        raise NoSympy(f"{e.func.__name__} has no place in a formula here: {_short(e)}")

    def derivative(self, e: Any) -> Node:
        """A derivative, carried out by our own rules; one by f(x) as by a letter that stands for it."""
        applied = [v for v, _ in e.variable_count if isinstance(v, AppliedUndef)]
        return self.at_point(e, applied, applied, self.by_letters)

    def by_letters(self, e: Any) -> Node:
        body = self.tree(e.expr)
        for variable, count in e.variable_count:
            wrt = self.tree(variable)
            if not isinstance(wrt, Elem):
                raise NoSympy(f"Derivative by {variable} has no place in a formula here: it is no number that varies")
            if not (count.is_Integer and 0 <= count <= 4):
                raise NoSympy(f"Derivative of the order {count} has no place in a formula here")
            for _ in range(int(count)):
                body = carried_out(body, wrt, self.names)
        return body

    def takes_numbers(self, name: str, count: int) -> bool:
        """Whether a name is declared a function of so many numbers, which gives one."""
        row = self.names.get(name)
        if row is None or row.role != "function":
            return False
        return (
            count == 1 if row.signature is None else (row.signature.takes, row.signature.gives) == (((),) * count, ())
        )

    def at_point(self, e: Any, variables: Sequence[Any], point: Sequence[Any], read: Callable[[Any], Node]) -> Node:
        """An expression at a point; its variables are letters, so that it may be differentiated by them."""
        if not variables:
            return read(e)
        letters = {v: Elem(f"·{len(self.given) + k}") for k, v in enumerate(variables)}
        points = {letter.name: self.tree(p) for letter, p in zip(letters.values(), point, strict=True)}
        before, self.given = self.given, {**self.given, **letters}
        try:
            body = read(e)
        finally:
            self.given = before

        def put_in(part: Node) -> Node | None:
            return reindex(points[part.name], {}) if isinstance(part, Elem) and part.name in points else None

        return map_down(body, put_in)

    def step(self, at: Any, middle: Any) -> Node:
        """Heaviside: 0 below 0, 1 above, and what it says at 0."""
        value = self.tree(at)
        zero = num(0)
        return Cases(((Rel(">", value, zero), num(1)), (Rel("==", value, zero), self.tree(middle))), zero)

    def piecewise(self, e: Any) -> Node:
        """The first branch whose condition holds, as in `Cases`."""
        *first, last = e.args
        pairs = [self.case(*pair) for pair in first]
        if last[1] is sympy.true:
            return Cases(tuple(pairs), self.tree(last[0])) if pairs else self.tree(last[0])
        return Cases((*pairs, self.case(*last)))

    def case(self, value: Any, condition: Any) -> tuple[Node, Node]:
        """A condition, and what stands where it holds."""
        read = self.condition(condition)
        with self.under(condition):
            return read, self.tree(value)

    def condition(self, e: Any) -> Node:
        if type(e) in _SIGNS:
            return Rel(_SIGNS[type(e)], self.tree(e.args[0]), self.tree(e.args[1]))
        if isinstance(e, sympy.And | sympy.Or):
            return (And if isinstance(e, sympy.And) else Or)(tuple(self.condition(a) for a in e.args))
        if isinstance(e, sympy.Not):
            return Not(self.condition(e.args[0]))
        if isinstance(e, sympy.ITE):  # a condition on a Piecewise
            asked, held, otherwise = map(self.condition, e.args)
            return Or((And((asked, held)), And((Not(asked), otherwise))))
        if e is sympy.true or e is sympy.false:
            return Rel("==" if e is sympy.true else "!=", num(0), num(0))
        raise NoSympy(f"the condition {e} has no place in a formula here")


def _short(e: Any) -> str:
    text = str(e)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _decimal(e: Any) -> Fraction:
    """A float by the digits that are shown of it: 0.1 is one tenth. Beyond the range of a machine's float SymPy shows
    them."""
    machine = e._prec == 53 and _LEAST <= abs(float(e)) < float("inf")
    text = repr(float(e)) if machine else sympy.sstr(e, full_prec=True)
    try:
        value = Fraction(text)
    except ValueError:
        raise NoSympy(f"{text} is no number") from None
    if max(abs(value.numerator), value.denominator) > MAX_NUMERAL:
        raise NoSympy("a number has more than 300 digits")
    return value
