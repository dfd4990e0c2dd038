"""Formula ↔ SymPy.

to_sympy      a formula as a SymPy expression: at given sizes one expression an entry (symbols x_1, x_2, …), or with symbolic
              sizes, `IndexedBase`, `Sum`, `Product`, `KroneckerDelta`
freeze, thaw  a tree as a rational expression whose atoms (elements, sums, functions, δ, cases) are symbols, and back
rational      SymPy's `cancel` and `factor` on a frozen tree: its scalar algebra is sound, its rewriting of sums is not
              (a bound index can be captured, `simplify` of the softmax Jacobian raises), so sums never reach it unfrozen
from_sympy    a scalar SymPy expression as a tree, for comparing
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import sympy

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
    Size,
    SizeVal,
    add,
    affine,
    affine_terms,
    call,
    mul,
    num,
    power,
    reindex,
)
from derivations.formula import bound as formula_bound
from derivations.simplify import key


class NoSympy(ValueError):
    """A tree that has no SymPy form here. The message names the node and what to do instead."""


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "erf": sympy.erf,
    "factorial": sympy.factorial,
    "max": sympy.Max,
    "min": sympy.Min,
    **{f: getattr(sympy, f) for f in ("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc")},
    **{f: getattr(sympy, f) for f in ("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh")},
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "softplus": lambda z: sympy.log(1 + sympy.exp(z)),
    "log_sigmoid": lambda z: -sympy.log(1 + sympy.exp(-z)),
    "relu": lambda z: sympy.Piecewise((z, z > 0), (0, True)),
    "leaky_relu": lambda z, a: sympy.Piecewise((z, z > 0), (a * z, True)),
    "elu": lambda z, a: sympy.Piecewise((z, z > 0), (a * (sympy.exp(z) - 1), True)),
}
_RELATIONS: Mapping[str, Callable[..., Any]] = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne}


# ---------------------------------------------------------------- to SymPy


class _Writer:
    """One conversion. With `sizes` sums are written out; without, they stay sums."""

    def __init__(self, names: Names | None, sizes: Mapping[str, int] | None):
        self.names, self.sizes = names, sizes
        self.symbols: dict[Index, Any] = {}

    def size(self, size: Size) -> Any:
        if isinstance(size, int):
            return sympy.Integer(size)
        if self.sizes is None:
            return sympy.Symbol(size, integer=True, positive=True)
        if size not in self.sizes:
            raise NoSympy(f"give a value for the size {size}: to_sympy({{{size!r}: 3}})")
        return sympy.Integer(self.sizes[size])

    def index(self, at: IndexExpr, where: Mapping[Index, int]) -> Any:
        terms, const = affine_terms(at)
        total: Any = sympy.Integer(const)
        for term, c in terms:
            total += c * (self.size(term) if isinstance(term, str) else where[term] if term in where else self._symbol(term))
        return total

    def _symbol(self, index: Index) -> Any:
        if index not in self.symbols:
            taken = {str(s) for s in self.symbols.values()}
            name = index.name
            while name in taken:
                name += "_"
            self.symbols[index] = sympy.Symbol(name, integer=True, positive=True)
        return self.symbols[index]

    def element(self, node: Elem, where: Mapping[Index, int]) -> Any:
        row = self.names.get(node.name) if self.names is not None else None
        if row is not None and row.definition is not None:
            body = reindex(row.definition.body, dict(zip(row.definition.axes, node.at, strict=True)))
            return self.tree(body, where)
        assumptions = dict(row.domain.assumptions) if row is not None else {"real": True}
        if not node.at:
            return sympy.Symbol(node.name, **assumptions)
        at = [self.index(a, where) for a in node.at]
        if self.sizes is not None and all(a.is_Integer for a in at):
            return sympy.Symbol(node.name + "_" + "_".join(map(str, at)), **assumptions)
        return sympy.IndexedBase(node.name, **assumptions)[tuple(at)]  # type: ignore[arg-type]

    def ranges(self, indices: tuple[Index, ...], where: Mapping[Index, int]) -> Iterator[dict[Index, int]]:
        for values in product(*(range(1, int(self.size(i.size)) + 1) for i in indices)):
            yield {**where, **dict(zip(indices, values, strict=True))}

    def tree(self, node: Node, where: Mapping[Index, int]) -> Any:
        match node:
            case Num(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Const(name):
                return sympy.E if name == "e" else sympy.pi
            case SizeVal(size):
                return self.size(size)
            case IndexVal(at):
                return self.index(at, where)
            case Elem():
                return self.element(node, where)
            case Add(args):
                return sympy.Add(*(self.tree(a, where) for a in args))
            case Mul(args):
                return sympy.Mul(*(self.tree(a, where) for a in args))
            case Pow(base, exponent):
                return self.tree(base, where) ** self.tree(exponent, where)
            case Call(fn, args):
                return _FUNCTIONS[fn](*(self.tree(a, where) for a in args))
            case Apply(fn, args, order):
                made = sympy.Function(fn)(*(self.tree(a, where) for a in args))
                if order:
                    raise NoSympy(f"the derivative of the unknown function {fn} has no SymPy form here")
                return made
            case Delta(a, b):
                return sympy.KroneckerDelta(self.index(a, where), self.index(b, where))
            case Cases(branches, otherwise):
                pairs = [(self.tree(v, where), self.condition(c, where)) for c, v in branches]
                return sympy.Piecewise(*pairs, (sympy.nan if otherwise is None else self.tree(otherwise, where), True))
            case Bound(op, indices, body):
                return self.binder(op, indices, body, where)
            case MatrixAtom():
                return self.matrix(node, where)
            case _:
                raise NoSympy(f"{type(node).__name__} has no SymPy form here")

    def condition(self, node: Node, where: Mapping[Index, int]) -> Any:
        match node:
            case Rel(op, a, b):
                return _RELATIONS[op](self.tree(a, where), self.tree(b, where))
            case And(args):
                return sympy.And(*(self.condition(a, where) for a in args))
            case Or(args):
                return sympy.Or(*(self.condition(a, where) for a in args))
            case Not(a):
                return sympy.Not(self.condition(a, where))
            case _:
                raise NoSympy(f"{type(node).__name__} is no condition")

    def binder(self, op: str, indices: tuple[Index, ...], body: Node, where: Mapping[Index, int]) -> Any:
        if self.sizes is None:
            if op not in ("sum", "prod", "logsumexp"):
                raise NoSympy(f"{op} over a symbolic size has no SymPy form; give sizes")
            inner = self.tree(body, where)
            limits = [(self._symbol(i), 1, self.size(i.size)) for i in indices]
            if op == "prod":
                return sympy.Product(inner, *limits)
            return sympy.Sum(inner, *limits) if op == "sum" else sympy.log(sympy.Sum(sympy.exp(inner), *limits))
        values = [self.tree(body, w) for w in self.ranges(indices, where)]
        combine = {"sum": sympy.Add, "prod": sympy.Mul, "max": sympy.Max, "min": sympy.Min, "logsumexp": lambda *v: sympy.log(sympy.Add(*map(sympy.exp, v)))}
        return combine[op](*values)

    def matrix(self, node: MatrixAtom, where: Mapping[Index, int]) -> Any:
        if self.sizes is None:
            raise NoSympy(f"{node.op} of a matrix of symbolic size has no SymPy form here; give sizes")
        k = int(self.size(node.row.size))
        made = sympy.Matrix(k, k, lambda r, c: self.tree(node.body, {**where, node.row: r + 1, node.col: c + 1}))
        if node.op == "inv":
            row, col = (int(self.index(a, where)) for a in node.at)
            return made.inv()[row - 1, col - 1]
        return made.det() if node.op == "det" else sympy.log(made.det())


def to_sympy(formula: Formula, sizes: Mapping[str, int] | None = None) -> Any:
    """The formula over its inputs, nodes unfolded.

    With `sizes` an Expr (a scalar) or an `ImmutableDenseNDimArray` of Exprs over symbols x_1, x_1_2, …; without, one Expr with
    `Sum` and `IndexedBase`, its axes free. Raises `NoSympy`.
    """
    writer = _Writer(formula.names, sizes)
    if sizes is None or not formula.axes:
        return writer.tree(formula.body, {})
    lengths = [int(writer.size(i.size)) for i in formula.axes]
    entries = [writer.tree(formula.body, dict(zip(formula.axes, at, strict=True))) for at in product(*(range(1, n + 1) for n in lengths))]
    return sympy.ImmutableDenseNDimArray(entries, lengths)


def symbols(names: Names, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The SymPy symbols of every input at given sizes, as nested lists: what `to_sympy` writes for its entries."""
    writer = _Writer(names, sizes)

    def entries(row: Declared, at: tuple[int, ...]) -> Any:
        if len(at) == len(row.sizes):
            return writer.element(Elem(row.name, at), {})
        return [entries(row, (*at, k)) for k in range(1, int(writer.size(row.sizes[len(at)])) + 1)]

    return {row.name: entries(row, ()) for row in names.inputs()}


# ---------------------------------------------------------------- scalar algebra on frozen trees


def freeze(node: Node, atoms: dict[Any, tuple[Any, Node]]) -> Any:
    """A tree as a SymPy expression in +, ·, powers and symbols; `atoms` collects what each symbol stands for."""
    match node:
        case Num(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Add(args):
            return sympy.Add(*(freeze(a, atoms) for a in args))
        case Mul(args):
            return sympy.Mul(*(freeze(a, atoms) for a in args))
        case Pow(base, Num(e)) if e.denominator == 1 and abs(e) <= 12:
            return freeze(base, atoms) ** int(e)
        case Pow(base, Num(e)) if abs(e) <= 12:
            return _symbol_of(power(base, Num(Fraction(1, e.denominator))), atoms) ** e.numerator
        case _:
            return _symbol_of(node, atoms)


def _symbol_of(node: Node, atoms: dict[Any, tuple[Any, Node]]) -> Any:
    k = key(node)
    if k not in atoms:
        atoms[k] = (sympy.Symbol(f"a{len(atoms):03d}"), node)
    return atoms[k][0]


def thaw(expression: Any, atoms: Mapping[Any, tuple[Any, Node]]) -> Node:
    """A SymPy expression in those symbols as a tree; every use of a sum gets bound indices of its own."""
    nodes: dict[Any, Node] = dict(atoms.values())

    def back(e: Any) -> Node:
        if e.is_Symbol:
            return reindex(nodes[e], {})
        if e.is_Rational:
            return num(Fraction(int(e.p), int(e.q)))
        if e.is_Add:
            return add(*map(back, e.args))
        if e.is_Mul:
            return mul(*map(back, e.args))
        if e.is_Pow:
            return power(back(e.base), back(e.exp))
        raise NoSympy(f"{type(e).__name__} came back from SymPy's algebra")

    return back(expression)


def rational(node: Node) -> tuple[Node, ...]:
    """The tree with common factors of numerator and denominator cancelled, and factored."""
    atoms: dict[Any, tuple[Any, Node]] = {}
    frozen = freeze(node, atoms)
    cancelled = sympy.cancel(frozen)
    return thaw(cancelled, atoms), thaw(sympy.factor(cancelled), atoms)


# ---------------------------------------------------------------- from SymPy

_BACK: Mapping[Any, str] = {
    **{getattr(sympy, f): f for f in ("exp", "log", "sign", "floor", "erf", "factorial", "sin", "cos", "tan", "cot", "sec", "csc")},
    **{
        getattr(sympy, f): f
        for f in ("asin", "acos", "atan", "acot", "asec", "acsc", "sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh")
    },
    sympy.Abs: "abs",
    sympy.ceiling: "ceil",
    sympy.Max: "max",
    sympy.Min: "min",
}
_SIGNS: Mapping[Any, str] = {
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.Eq: "==",
    sympy.Ne: "!=",
}


def from_sympy(expression: Any, names: Names) -> Formula:
    """A scalar SymPy expression over declared names, sums of indexed names included. Raises `NoSympy` naming what has no place here."""
    bound: dict[Any, Index] = {}

    def place(e: Any) -> IndexExpr:
        terms: list[tuple[Index | str, int]] = []
        const = 0
        for term, c in e.as_coefficients_dict().items():
            if not c.is_Integer:
                raise NoSympy(f"the index {e} has no place in a formula here")
            if term == 1:
                const += int(c)
            elif term in bound:
                terms.append((bound[term], int(c)))
            elif term.is_Symbol and term.name in names and names[term.name].index is not None:
                terms.append((names[term.name].index, int(c)))  # type: ignore[arg-type]
            elif term.is_Symbol and term.name in names.sizes:
                terms.append((term.name, int(c)))
            else:
                raise NoSympy(f"the index {e} has no place in a formula here")
        return affine(terms, const)

    def binder(e: Any) -> Node:
        indices: list[Index] = []
        for symbol, low, high in e.limits:
            if low != 1 or not (high.is_Symbol or high.is_Integer):
                raise NoSympy(f"the range of {symbol} is not 1 to a size")
            bound[symbol] = Index(symbol.name, int(high) if high.is_Integer else high.name)
            indices.append(bound[symbol])
        return formula_bound("sum" if isinstance(e, sympy.Sum) else "prod", indices, tree(e.function))

    def tree(e: Any) -> Node:
        if isinstance(e, sympy.Sum | sympy.Product):
            return binder(e)
        if isinstance(e, sympy.Indexed):
            name, at = str(e.args[0]), e.args[1:]
            if name not in names or len(names[name].sizes) != len(at):
                raise NoSympy(f"{e} is not declared with {len(at)} axes")
            return Elem(name, tuple(place(i) for i in at))
        if isinstance(e, sympy.KroneckerDelta):
            return Delta(place(e.args[0]), place(e.args[1]))
        if e in bound:
            return IndexVal(bound[e])
        if e.is_Symbol:
            if e.name in names and names[e.name].index is not None:
                return IndexVal(place(e))
            if e.name in names:
                return Elem(e.name)
            if e.name in names.sizes:
                return SizeVal(e.name)
            raise NoSympy(f"{e.name} is not declared")
        if e.is_Rational:
            return num(Fraction(int(e.p), int(e.q)))
        if e is sympy.E or e is sympy.pi:
            return Const("e" if e is sympy.E else "pi")
        if e.is_Float:
            return num(Fraction(str(e)))
        if e.is_Add or e.is_Mul:
            return (add if e.is_Add else mul)(*map(tree, e.args))
        if e.is_Pow:
            return call("exp", tree(e.exp)) if e.base is sympy.E else power(tree(e.base), tree(e.exp))
        if isinstance(e, sympy.Piecewise):
            branches: Any = e.args
            *first, last = branches
            pairs = [(condition(c), tree(v)) for v, c in first]
            if last[1] is sympy.true:
                return Cases(tuple(pairs), tree(last[0]))
            return Cases((*pairs, (condition(last[1]), tree(last[0]))))
        if e.func in _BACK:
            return call(_BACK[e.func], *map(tree, e.args))
        raise NoSympy(f"{e.func.__name__} has no place in a formula here; write it as text")

    def condition(e: Any) -> Node:
        if type(e) in _SIGNS:
            return Rel(_SIGNS[type(e)], tree(e.args[0]), tree(e.args[1]))
        if isinstance(e, sympy.And | sympy.Or):
            return (And if isinstance(e, sympy.And) else Or)(tuple(condition(a) for a in e.args))
        if isinstance(e, sympy.Not):
            return Not(condition(e.args[0]))
        raise NoSympy(f"the condition {e} has no place in a formula here")

    return Formula(tree(sympy.sympify(expression) if isinstance(expression, int | float) else expression), names=names)
