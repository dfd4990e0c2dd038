"""A formula as a SymPy expression in index form: with symbolic sizes (`IndexedBase`, `Sum`, `Product`,
`KroneckerDelta`), or at given sizes one expression an entry (symbols x_1, x_2, …). `matrices` has the matrix form.

    nodes="keep"      a node of a model stays as it is called, y[i]; `definitions` says what stands for it
    nodes="unfold"    the expression in the inputs alone

What is defined by a recursion, h[t, i], has no expression of its own over a symbolic time: it stays in both, and
`recurrences` has its equation. At given sizes it is written out like any other node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any, Literal, get_args

import sympy

from derivations.atoms import unfold
from derivations.atoms.of_matrices import OF_MATRICES
from derivations.calculus import NoDerivative, partial
from derivations.domains import Declared, Names
from derivations.formula import (
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexExpr,
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
    grouped,
    map_down,
    reindex,
    walk,
)
from derivations.sympy_bridge import NoSympy, functions
from derivations.sympy_bridge.as_given import built
from derivations.sympy_bridge.letters import Letters
from derivations.sympy_bridge.over_time import OverTime, equations

Nodes = Literal["keep", "unfold"]
Form = Literal["index", "matrix"]

_SAME = (
    *("exp", "log", "sign", "floor", "erf", "erfc", "factorial", "digamma", "trigamma"),
    *("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
    *("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh"),
)
_OTHERWISE = {"abs": "Abs", "ceil": "ceiling", "max": "Max", "min": "Min", "lgamma": "loggamma"}
_OURS = ("sigmoid", "softplus", "relu")
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{fn: getattr(sympy, word) for fn, word in (dict(zip(_SAME, _SAME, strict=True)) | _OTHERWISE).items()},
    **{fn: getattr(functions, fn) for fn in _OURS},
}
"""Functions that SymPy has, ours among them; every other one is written as its definition."""
RELATIONS: Mapping[str, Callable[..., Any]] = {
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
    "==": sympy.Eq,
    "!=": sympy.Ne,
}


class Entries(sympy.FunctionMatrix):
    """A matrix of symbolic size by its entries; `doit` writes it out once its size is a number."""

    def doit(self, **hints: Any) -> Any:
        rows, cols = self.shape
        if not (rows.is_Integer and cols.is_Integer):
            return self
        made = self.as_explicit()
        return made.applyfunc(lambda e: e.doit(**hints)) if hints.get("deep", True) else made


class Writer:
    """One conversion. With sizes sums are written out; without, they stay sums."""

    def __init__(self, letters: Letters, nodes: Nodes = "unfold"):
        self.letters = letters
        self.nodes: Nodes = nodes
        self.names = letters.names
        self.sized = letters.sizes is not None
        self.kept: dict[Any, Formula] = {}
        """The nodes that stand in what was written, and what each is."""
        self.inverses: dict[Any, Any] = {}
        """Inverses of explicit matrices, of which entry after entry is asked."""
        self.over_time = OverTime(letters, self.tree)
        self.given: Mapping[str, Any] = {}
        """What is written for a name in place of its symbol."""

    def element(self, node: Elem, where: Mapping[Index, int]) -> Any:
        if node.name in self.given:
            return self.given[node.name]
        row = self.names.get(node.name) if self.names is not None else None
        if row is not None and row.recursion is not None and self.sized and self.nodes == "unfold":
            return self.over_time.entry(row, tuple(self.letters.place(a, where) for a in node.at))
        if row is not None and row.definition is not None and self.nodes == "unfold":
            return self.tree(entry_of(row.definition, node.at), where)
        made = self.letters.entry(node.name, tuple(self.letters.place(a, where) for a in node.at))
        if row is not None and row.definition is not None:
            self.kept[made] = replace(row.definition, body=entry_of(row.definition, node.at), axes=())
        return made

    def tree(self, node: Node, where: Mapping[Index, int]) -> Any:
        match node:
            case Num(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Const(name):
                return sympy.E if name == "e" else sympy.pi
            case SizeVal(size):
                return self.letters.size(size)
            case IndexVal(at):
                return self.letters.place(at, where)
            case Elem():
                return self.element(node, where)
            case Add(args):
                return built(sympy.Add, *(self.tree(a, where) for a in args))
            case Mul(args):
                return built(sympy.Mul, *(self.tree(a, where) for a in args))
            case Pow(base, exponent):
                return real_power(self.tree(base, where), self.tree(exponent, where))
            case Call(fn, args):
                if fn in FUNCTIONS:
                    return built(FUNCTIONS[fn], *(self.tree(a, where) for a in args))
                definition = unfold(node)
                if definition is None:
                    raise NoSympy(f"{fn} has no SymPy form here")
                return self.tree(definition, where)
            case Apply(fn, args, by, at):
                if fn in OF_MATRICES:
                    raise NoSympy(f"{fn.removeprefix('@')} has no SymPy form here")
                if at or any(isinstance(a, Tensor) for a in args):
                    raise NoSympy(f"the unknown function {fn} of arrays has no SymPy form here")
                return self.letters.applied(fn, [self.tree(a, where) for a in args], [place for place, _ in by])
            case Delta(a, b):
                return sympy.KroneckerDelta(self.letters.place(a, where), self.letters.place(b, where))
            case Cases() if self.sized and (chosen := self.case(node, where)) is not None:
                return self.tree(chosen, where)
            case Cases(branches, otherwise):
                pairs = [(self.tree(v, where), self.condition(c, where)) for c, v in branches]
                if otherwise is not None:
                    pairs.append((self.tree(otherwise, where), sympy.true))
                return built(sympy.Piecewise, *(sympy.Tuple(*pair) for pair in pairs))
            case Bound(op, indices, body):
                return self.binder(op, indices, body, where)
            case MatrixAtom():
                return self.matrix(node, where)
            case Deriv(of, wrt):
                return self.derivative(of, wrt, where)
            case _:
                raise NoSympy(f"{type(node).__name__} has no SymPy form here")

    def case(self, node: Cases, where: Mapping[Index, int]) -> Node | None:
        """The value of the case that holds, where its conditions tell at the sizes; another one may have none."""
        for value, condition in ((v, self.condition(c, where)) for c, v in node.branches):
            if condition != sympy.false:
                return value if condition == sympy.true else None
        return node.otherwise

    def condition(self, node: Node, where: Mapping[Index, int]) -> Any:
        match node:
            case Rel(op, a, b):
                return built(RELATIONS[op], self.tree(a, where), self.tree(b, where))
            case And(args):
                return sympy.And(*(self.condition(a, where) for a in args))
            case Or(args):
                return sympy.Or(*(self.condition(a, where) for a in args))
            case Not(a):
                return sympy.Not(self.condition(a, where))
            case _:
                raise NoSympy(f"{type(node).__name__} is no condition")

    def binder(self, op: str, indices: tuple[Index, ...], body: Node, where: Mapping[Index, int]) -> Any:
        if not self.sized:
            if op not in ("sum", "prod", "logsumexp"):
                raise NoSympy(f"{op} over a symbolic size has no SymPy form; give sizes")
            inner = self.tree(body, where)
            limits = [(self.letters.bound(i), 1, self.letters.size(i.size)) for i in indices]
            if op == "logsumexp":
                return sympy.log(_over(sympy.Sum, sympy.exp(inner), limits))
            return _over(sympy.Product if op == "prod" else sympy.Sum, inner, limits)
        values = [self.tree(body, w) for w in self.letters.ranges(indices, where)]
        if op == "logsumexp":
            return sympy.log(sympy.Add(*map(sympy.exp, values)))
        combine = {"sum": sympy.Add, "prod": sympy.Mul, "max": sympy.Max, "min": sympy.Min}
        return built(combine[op], *values)

    def matrix(self, node: MatrixAtom, where: Mapping[Index, int]) -> Any:
        if self.sized:
            k = int(self.letters.size(node.row.size))
            made = sympy.Matrix(k, k, lambda r, c: self.tree(node.body, {**where, node.row: r + 1, node.col: c + 1}))
            if node.op == "inv":
                row, col = (int(self.letters.place(a, where)) for a in node.at)
                whole = sympy.ImmutableMatrix(made)
                if whole not in self.inverses:
                    self.inverses[whole] = made.inv()
                return self.inverses[whole][row - 1, col - 1]
            return made.det() if node.op == "det" else sympy.log(made.det())
        size, row, col = self.letters.size(node.row.size), *map(self.letters.bound, (node.row, node.col))
        body = self.tree(node.body, where).xreplace({row: row + 1, col: col + 1})  # SymPy counts entries from 0
        entries = Entries(size, size, sympy.Lambda((row, col), body))
        if node.op == "inv":
            row, col = (self.letters.place(a, where) - 1 for a in node.at)
            return sympy.matrices.expressions.matexpr.MatrixElement(sympy.Inverse(entries), row, col)
        made = sympy.Determinant(entries)
        return made if node.op == "det" else sympy.log(made)

    def derivative(self, of: Node, wrt: Node, where: Mapping[Index, int]) -> Any:
        """∂y_j/∂x_i: the name that it has as a target, dy/dx[j, i], or carried out."""
        if not isinstance(wrt, Elem):
            raise NoSympy("a derivative by a formula has no SymPy form here")
        if not isinstance(of, Elem):
            return self.tree(carried_out(of, wrt, self.names), where)
        name = f"d{of.name}/d{wrt.name}"
        row = self.names.get(name) if self.names is not None else None
        if row is not None:
            return self.element(Elem(name, of.at + wrt.at), where)
        if self.nodes == "unfold":
            return self.tree(carried_out(of, wrt, self.names), where)
        at = tuple(self.letters.place(a, where) for a in of.at + wrt.at)
        sizes = tuple(s for e in (of, wrt) for s in (self.names[e.name].sizes if self.names is not None else ()))
        made = self.letters.entry(name, at, sizes)
        if not recursion_below(of, wrt, self.names):
            self.kept[made] = Formula(carried_out(of, wrt, self.names), names=self.names)
        return made


def carried_out(of: Node, wrt: Elem, names: Names | None) -> Node:
    """∂of/∂wrt, through the definitions of the nodes that stand in it; `wrt` itself is a letter."""
    if name := recursion_below(of, wrt, names):
        raise NoSympy(f"a derivative through {name}, which is defined by a recursion over time, is another recursion")
    try:
        return reindex(partial(opened(of, names, wrt.name), wrt), {})  # a rule may use a part twice
    except NoDerivative as error:
        raise NoSympy(str(error)) from error


def recursion_below(of: Node, wrt: Elem, names: Names | None) -> str:
    """The name of a recursion through which something depends on `wrt`; empty where there is none."""
    below = {part.name for part in walk(opened(of, names, wrt.name)) if isinstance(part, Elem)} - {wrt.name}
    recurring = sorted(name for name in below if names is not None and name in names and names[name].recursion)
    return recurring[0] if recurring else ""


def opened(node: Node, names: Names | None, keep: str = "") -> Node:
    """The tree with nodes of a model by their definitions, but for `keep`."""

    def by(part: Node) -> Node | None:
        row = names.get(part.name) if isinstance(part, Elem) and names is not None else None
        if row is None or row.definition is None or row.name == keep:
            return None
        assert isinstance(part, Elem)
        return map_down(entry_of(row.definition, part.at), by)

    return map_down(node, by)


def entry_of(definition: Formula, at: tuple[IndexExpr, ...]) -> Node:
    """What a node is at some indices."""
    return reindex(definition.body, dict(zip(definition.axes, at, strict=True)))


def _over(binder: Any, inner: Any, limits: list[tuple[Any, ...]]) -> Any:
    """A sum or a product. SymPy draws cases to the top of a sum, also out of a sum within, whose index then stands
    free: such a one is refused."""
    made = binder(inner, *limits)
    ends = set().union(*(sympy.sympify(end).free_symbols for _, *two in limits for end in two))
    if made.free_symbols - inner.free_symbols - ends:
        raise NoSympy("SymPy would draw the cases of a sum within a sum out of it: give sizes")
    return made


def real_power(base: Any, exponent: Any) -> Any:
    """base^exponent, odd roots real: (-8)^(1/3) = -2, where SymPy's principal root is complex."""
    if exponent.is_Rational and exponent.q % 2 and exponent.q > 1 and not base.is_nonnegative:
        root = built(sympy.Pow, sympy.Abs(base), exponent)
        return root if exponent.p % 2 == 0 else sympy.sign(base) * root
    return built(sympy.Pow, base, exponent)


def writer(formula: Formula, sizes: Mapping[str, int] | None = None, nodes: Nodes = "unfold") -> Writer:
    """The writer of a formula, its free indices and axes named first. Raises `NoSympy` for what is no formula, and for
    sizes that are none."""
    if formula.shape_error is not None:
        raise NoSympy(formula.shape_error.message)
    if formula.joint and sizes is None:
        raise NoSympy("an axis runs over pairs of indices: it is written at given sizes")
    if nodes not in get_args(Nodes):
        raise ValueError(f"nodes is {' or '.join(get_args(Nodes))}, not {nodes!r}")
    for size, value in (sizes or {}).items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise NoSympy(f"the size {size} is a positive integer, not {value!r}")
    letters = Letters(formula.names, sizes, loose=bool(formula.free))
    for index in formula.free if sizes is not None else formula.free + formula.axes:
        letters.free(index)
    return Writer(letters, nodes)


def to_sympy(
    formula: Formula, sizes: Mapping[str, int] | None = None, *, form: Form = "index", nodes: Nodes = "unfold"
) -> Any:
    """A formula as a SymPy expression; no two of sizes, indices and names share a symbol.

    In index form: with `sizes` an Expr (a scalar) or an `ImmutableDenseNDimArray` of Exprs over symbols x_1, x_1_2, …;
    without, one Expr with `Sum` and `IndexedBase`, its axes free (`Idx`), as the question's own indices are in either.
    In matrix form: a scalar or a `MatrixExpr`. Raises `NoSympy`.
    """
    if form not in get_args(Form):
        raise ValueError(f"form is {' or '.join(get_args(Form))}, not {form!r}")
    making = writer(formula, sizes, nodes)
    return attempted(lambda: _in_matrices(formula, making) if form == "matrix" else _in_entries(formula, making))


def attempted(make: Callable[[], Any]) -> Any:
    """What is made; `NoSympy` also where SymPy refuses to hold it."""
    try:
        made = make()
    except NoSympy:
        raise
    except RecursionError as error:
        raise NoSympy("the formula is nested too deep for SymPy") from error
    except (TypeError, ValueError) as error:
        # SymPy compares no complex number, which it makes of what has no real value
        raise NoSympy(f"SymPy holds no such expression: {error}") from error
    if any(part.has(sympy.I, sympy.re, sympy.im, sympy.zoo, sympy.nan) for part in _parts(made)):
        raise NoSympy("SymPy holds no such expression of real numbers: it makes a complex one of it")
    return made


def _parts(made: Any) -> Iterable[Any]:
    return made if isinstance(made, sympy.NDimArray | tuple) else (made,)


def _in_entries(formula: Formula, making: Writer) -> Any:
    if not making.sized or not formula.axes:
        return making.tree(formula.body, {})
    lengths = [int(making.letters.size(i.size)) for i in formula.axes]
    entries = [
        making.tree(formula.body, dict(zip(formula.axes, at, strict=True)))
        for at in product(*(range(1, n + 1) for n in lengths))
    ]
    shape = [prod(group) for group in grouped(lengths, map(len, formula.groups))]
    return sympy.ImmutableDenseNDimArray(entries, shape)


def _in_matrices(formula: Formula, making: Writer) -> Any:
    from derivations.sympy_bridge.matrices import matrix_expression  # late: raised when matrix form is asked for

    return matrix_expression(formula, making)


def definitions(formula: Formula) -> dict[Any, Any]:
    """What stands for each node in `to_sympy(formula, nodes="keep")`, in the inputs: `.subs` of it unfolds them all.

    SymPy puts nothing that depends on the index of a sum into the sum; a sum with nodes in it is therefore an entry of
    its own.
    """
    making = writer(formula, nodes="keep")
    written = attempted(lambda: making.tree(formula.body, {}))
    unfolding = Writer(making.letters, "unfold")
    meanings = {
        node: attempted(lambda body=meaning.body: unfolding.tree(body, {})) for node, meaning in making.kept.items()
    }
    return {**{binder: binder.xreplace(meanings) for binder in _holding(written, meanings)}, **meanings}


def _holding(e: Any, nodes: Mapping[Any, Any]) -> Iterator[Any]:
    """The outermost binders that hold nodes."""
    if isinstance(e, sympy.Sum | sympy.Product | Entries):
        if e.has(*nodes):
            yield e
        return
    for part in e.args:
        yield from _holding(part, nodes)


def equation(before: Formula, after: Formula, nodes: Nodes = "keep") -> Any:
    """before = after as `sympy.Eq`, not evaluated: the indices of both are the same."""
    making = writer(before, nodes=nodes)
    slots = dict(zip(after.free + after.axes, before.free + before.axes, strict=True))
    return attempted(
        lambda: sympy.Eq(
            making.tree(before.body, {}), making.tree(reindex(after.body, dict(slots)), {}), evaluate=False
        )
    )


def recurrences(formula: Formula) -> tuple[Any, ...]:
    """The recursions that a formula rests on as `sympy.Eq`, nodes kept: h[t, i] by h[t - 1, i], and h[0, i]."""
    making = writer(formula, nodes="keep")
    return attempted(
        lambda: tuple(sympy.Eq(*sides, evaluate=False) for sides in equations(formula, making.letters, making.tree))
    )


def letters(formula: Formula) -> dict[str, Any]:
    """Names as they stand in `to_sympy(formula)`: arrays and scalars, sizes, and the free indices."""
    making = writer(formula)
    names = formula.names if formula.names is not None else Names()
    arrays = {row.name: making.letters.array(row.name) for row in names.values() if row.role in ("input", "node")}
    sizes = {size: making.letters.size(size) for size in names.sizes}
    return {**sizes, **{index.name: index for index in making.letters.indices.values()}, **arrays}


def symbols(names: Names, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The SymPy symbols of every input at given sizes, as nested lists: what `to_sympy` writes for its entries."""
    making = Letters(names, sizes)

    def entries(row: Declared, at: tuple[int, ...]) -> Any:
        if len(at) == len(row.sizes):
            return making.entry(row.name, at)
        return [entries(row, (*at, k)) for k in range(1, int(making.size(row.sizes[len(at)])) + 1)]

    return {row.name: entries(row, ()) for row in names.inputs()}
