"""Formula ↔ SymPy.

to_sympy      a formula as a SymPy expression: at given sizes one expression an entry (symbols x_1, x_2, …), or with
              symbolic sizes, `IndexedBase`, `Sum`, `Product`, `KroneckerDelta`
freeze, thaw  a tree as a rational expression whose atoms (elements, sums, functions, δ, cases) are symbols, and back
rational      SymPy's `cancel` and `factor` on a frozen tree: its scalar algebra is sound, its rewriting of sums is not
              (a bound index can be captured, `simplify` of the softmax Jacobian raises), so sums never reach it
              unfrozen
from_sympy    a scalar SymPy expression as a tree, never through text
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from derivations.domains import Declared, Names, parse_names, show_domain
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
    free_indices,
    key,
    mul,
    num,
    power,
    reindex,
    show_shape,
    walk,
)
from derivations.formula import bound as formula_bound


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
    **{
        f: getattr(sympy, f)
        for f in ("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc")
    },
    **{f: getattr(sympy, f) for f in ("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh")},
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "softplus": lambda z: sympy.log(1 + sympy.exp(z)),
    "log_sigmoid": lambda z: -sympy.log(1 + sympy.exp(-z)),
    "relu": lambda z: sympy.Piecewise((z, z > 0), (0, True)),
    "leaky_relu": lambda z, a: sympy.Piecewise((z, z > 0), (a * z, True)),
    "elu": lambda z, a: sympy.Piecewise((z, z > 0), (a * (sympy.exp(z) - 1), True)),
}
_RELATIONS: Mapping[str, Callable[..., Any]] = {
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
    "==": sympy.Eq,
    "!=": sympy.Ne,
}


# ---------------------------------------------------------------- to SymPy


class _Labels:
    """How sizes, elements and indices are called: declared names keep theirs, and no two things share one.

    SymPy tells symbols apart by their names; `A: real[n,k]` beside a scalar `k_`, or `x: real[m,d]` beside `x_1:
    real[d]`, must not meet.
    """

    def __init__(self, names: Names | None):
        self.rows: Mapping[str, Declared] = names if names is not None else {}
        sizes = names.sizes if names is not None else ()
        self.taken = {name for name, row in self.rows.items() if row.role != "size"}
        self.sizes = {size: self.new(size) for size in sizes}
        stems: dict[str, str] = {}
        for name in (n for n, row in self.rows.items() if row.sizes):
            stem = f"{name}_"
            while any(other.startswith(stem) for other in self.rows if other != name) or any(
                _one_begins_the_other(stem, s) for s in stems.values()
            ):
                stem += "_"
            stems[name] = stem
        self.stems = stems

    def new(self, wanted: str) -> str:
        """The name, with a number where it is taken."""
        name, k = wanted, 0
        while name in self.taken:
            k += 1
            name = f"{wanted}_{k}"
        self.taken.add(name)
        return name

    def element(self, name: str, at: tuple[int, ...]) -> str:
        """`x_1`, `x_1_2`"""
        return self.stems.get(name, f"{name}_") + "_".join(map(str, at))


def _one_begins_the_other(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


class _Writer:
    """One conversion. With `sizes` sums are written out; without, they stay sums. `loose`: the formula has free
    indices, which stay symbols."""

    def __init__(self, names: Names | None, sizes: Mapping[str, int] | None, *, loose: bool = False):
        self.names, self.sizes, self.loose = names, sizes, loose
        self.labels = _Labels(names)
        self.symbols: dict[Index, Any] = {}

    def size(self, size: Size) -> Any:
        if isinstance(size, int):
            return sympy.Integer(size)
        if self.sizes is None:
            return sympy.Symbol(self.labels.sizes.get(size, size), integer=True, positive=True)
        if size not in self.sizes:
            raise NoSympy(f"give a value for the size {size}: to_sympy({{{size!r}: 3}})")
        return sympy.Integer(self.sizes[size])

    def index(self, at: IndexExpr, where: Mapping[Index, int]) -> Any:
        terms, const = affine_terms(at)
        total: Any = sympy.Integer(const)
        for term, c in terms:
            total += c * (
                self.size(term) if isinstance(term, str) else where[term] if term in where else self._symbol(term)
            )
        return total

    def _symbol(self, index: Index) -> Any:
        if index not in self.symbols:
            row = self.labels.rows.get(index.name)
            name = index.name if row is not None and row.index is index else self.labels.new(index.name)
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
        if self.sizes is not None and not self.loose:
            return sympy.Symbol(self.labels.element(node.name, tuple(map(int, at))), **assumptions)
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
                return _real_power(self.tree(base, where), self.tree(exponent, where))
            case Call(fn, args):
                if fn not in _FUNCTIONS:
                    raise NoSympy(f"{fn} has no SymPy form here")
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
        combine = {
            "sum": sympy.Add,
            "prod": sympy.Mul,
            "max": sympy.Max,
            "min": sympy.Min,
            "logsumexp": lambda *v: sympy.log(sympy.Add(*map(sympy.exp, v))),
        }
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


def _real_power(base: Any, exponent: Any) -> Any:
    """base^exponent, odd roots real: (-8)^(1/3) = -2, where SymPy's principal root is complex."""
    if exponent.is_Rational and exponent.q % 2 and exponent.q > 1 and not base.is_nonnegative:
        root = sympy.Abs(base) ** exponent
        return root if exponent.p % 2 == 0 else sympy.sign(base) * root
    return base**exponent


def to_sympy(formula: Formula, sizes: Mapping[str, int] | None = None) -> Any:
    """The formula over its inputs, nodes unfolded. No two of sizes, bound indices and names share a symbol (`_Labels`).

    With `sizes` an Expr (a scalar) or an `ImmutableDenseNDimArray` of Exprs over symbols x_1, x_1_2, …; without, one
    Expr with
    `Sum` and `IndexedBase`, its axes free, as the question's own indices are in either. Raises `NoSympy`.
    """
    if formula.shape_error is not None:
        raise NoSympy(formula.shape_error.message)
    if sizes is not None:
        for size, value in sizes.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise NoSympy(f"the size {size} is a positive integer, not {value!r}")
    writer = _Writer(formula.names, sizes, loose=bool(formula.free))
    try:
        if sizes is None or not formula.axes:
            return writer.tree(formula.body, {})
        lengths = [int(writer.size(i.size)) for i in formula.axes]
        entries = [
            writer.tree(formula.body, dict(zip(formula.axes, at, strict=True)))
            for at in product(*(range(1, n + 1) for n in lengths))
        ]
    except NoSympy:
        raise
    except (
        TypeError,
        ValueError,
    ) as error:  # SymPy compares no complex number, which it makes of what has no real value
        raise NoSympy(f"SymPy holds no such expression: {error}") from error
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


MAX_COMMON = 200
"""Terms of a common denominator that SymPy is asked to form."""


def _common(node: Node) -> int:
    """How many terms the common denominator of a tree may have: the product of those of the sums that are divided
    by."""
    found: dict[tuple[Any, ...], int] = {}
    for part in walk(node):
        if (
            isinstance(part, Pow)
            and isinstance(part.base, Add)
            and isinstance(part.exponent, Num)
            and part.exponent.value < 0
        ):
            found[key(part.base)] = max(
                len(part.base.args) ** min(12, -math.floor(part.exponent.value)), found.get(key(part.base), 1)
            )
    return math.prod(found.values())


def rational(node: Node) -> tuple[Node, ...]:
    """The tree with common factors of numerator and denominator cancelled, and factored; as it is where these would be
    too large."""
    if _common(node) > MAX_COMMON:
        return (node,)
    atoms: dict[Any, tuple[Any, Node]] = {}
    frozen = freeze(node, atoms)
    cancelled = sympy.cancel(frozen)
    return thaw(cancelled, atoms), thaw(sympy.factor(cancelled), atoms)


# ---------------------------------------------------------------- from SymPy

_BACK: Mapping[Any, str] = {
    **{
        getattr(sympy, f): f
        for f in ("exp", "log", "sign", "floor", "erf", "factorial", "sin", "cos", "tan", "cot", "sec", "csc")
    },
    **{
        getattr(sympy, f): f
        for f in (
            "asin",
            "acos",
            "atan",
            "acot",
            "asec",
            "acsc",
            "sinh",
            "cosh",
            "tanh",
            "coth",
            "sech",
            "csch",
            "asinh",
            "acosh",
            "atanh",
        )
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


MAX_TREE, MAX_DEEP = 4_000, 100
"""Operations of an expression and how deep they nest, as of a text."""
MAX_NUMERAL = 10**300


_DOMAIN_OF: Mapping[frozenset[tuple[str, bool]], str] = {
    frozenset(sympy.Symbol("s", **given).assumptions0.items()): domain  # type: ignore[arg-type]
    for domain, given in (
        ("real", {}),
        ("real", {"real": True}),
        ("positive", {"positive": True}),
        ("negative", {"negative": True}),
        ("nonnegative", {"nonnegative": True}),
        ("integer", {"integer": True}),
        ("size", {"integer": True, "positive": True}),
    )
}


def declared_by(*expressions: Any) -> Names:
    """The symbols of SymPy expressions as declarations: by their assumptions, real unless they say more; an
    `IndexedBase` by its shape.

    Raises `NoSympy` for a symbol that no domain fits, and for two symbols of one name.
    """
    domains: dict[str, str] = {}
    symbols = {s for e in expressions for s in e.free_symbols if s.is_Symbol}
    arrays = {base.label: base for e in expressions for base in e.atoms(sympy.IndexedBase)}
    for symbol in sorted(symbols | {s for base in arrays.values() for s in base.shape or () if s.is_Symbol}, key=str):
        domain = _DOMAIN_OF.get(frozenset(symbol.assumptions0.items()))
        if domain is None or symbol.name in domains:
            why = (
                "two different symbols have this name"
                if symbol.name in domains
                else "no domain is just what it assumes"
            )
            raise NoSympy(f"declare {symbol.name} in names: {why}")
        shape = arrays[symbol].shape if symbol in arrays else None
        domains[symbol.name] = domain + (f"[{','.join(map(str, shape))}]" if shape else "")
    return parse_names(domains)


def from_sympy(expression: Any, names: Names) -> Formula:
    """A scalar SymPy expression over declared names, sums of indexed names included. Raises `NoSympy` naming what has
    no place here."""
    given = sympy.sympify(expression) if isinstance(expression, int | float) else expression
    _measured(given)
    reader = _Reader(names)
    body = reader.tree(given)
    used = free_indices(body)
    return Formula(body, (), tuple(row.index for row in names.values() if row.index in used), names=names)  # type: ignore[misc]


def _measured(expression: Any) -> None:
    """Refuses what is no scalar expression, or too large to be walked by recursion."""
    if isinstance(expression, sympy.MatrixBase | sympy.MatrixExpr | sympy.NDimArray):
        raise NoSympy("a SymPy matrix has no form here: give one entry, or write it as text in the notation")
    if not isinstance(expression, sympy.Expr):
        raise NoSympy(f"{type(expression).__name__} is no scalar SymPy expression")
    count = 0
    stack: list[tuple[Any, int]] = [(expression, 1)]
    while stack:
        top, depth = stack.pop()
        count += 1
        if count > MAX_TREE or depth > MAX_DEEP:
            raise NoSympy(
                f"the expression is too large: more than {MAX_TREE} operations, or nested more than {MAX_DEEP} deep"
            )
        stack.extend((a, depth + 1) for a in top.args)


class _Reader:
    """One conversion from SymPy. A symbol is known by its name; two different symbols of one name are refused."""

    def __init__(self, names: Names):
        self.names = names
        labels = _Labels(names)
        self.sizes = {label: size for size, label in labels.sizes.items()}
        self.bound: dict[Any, Index] = {}
        self.seen: dict[str, Any] = {}

    def called(self, symbol: Any) -> str:
        """The name of a free symbol."""
        name = symbol.name
        if self.seen.setdefault(name, symbol) != symbol:
            raise NoSympy(f"two different symbols are called {name}: their assumptions differ")
        if symbol.is_commutative is False:
            raise NoSympy(f"{name} does not commute: only real numbers are known here")
        if symbol.is_extended_real is False:
            raise NoSympy(f"{name} is not real: only real numbers are known here")
        row = self.names.get(name)
        more = next(
            (
                a
                for a in _NARROWING
                if getattr(symbol, f"is_{a}") and not (row is None or getattr(_sample(row), f"is_{a}"))
            ),
            None,
        )
        if more is not None:
            declared = show_domain(row)  # type: ignore[arg-type]
            raise NoSympy(f"{name} is {more} in the expression, which SymPy may have used; it is declared {declared}")
        return name

    def place(self, e: Any) -> IndexExpr:
        """An index: bound or declared ones and sizes, shifted by whole numbers."""
        refused = NoSympy(f"the index {e} has no place in a formula here")
        terms: list[tuple[Index | str, int]] = []
        const = 0
        for term, c in e.as_coefficients_dict().items():
            if not c.is_Integer:
                raise refused
            if term == 1:
                const += int(c)
            elif term in self.bound:
                terms.append((self.bound[term], int(c)))
            elif not term.is_Symbol:
                raise refused
            elif (name := self.called(term)) in self.names and self.names[name].index is not None:
                terms.append((self.names[name].index, int(c)))  # type: ignore[arg-type]
            elif name in self.sizes:
                terms.append((self.sizes[name], int(c)))
            else:
                raise refused
        if not terms and const < 1:
            raise NoSympy(f"the index {e}: indices count from 1 here")
        return affine(terms, const)

    def length(self, symbol: Any, low: Any, high: Any) -> Size:
        if low != 1 or not ((high.is_Integer and high >= 1) or (high.is_Symbol and self.called(high) in self.sizes)):
            raise NoSympy(f"the range of {symbol} is not 1 to a size: {low} to {high}")
        return int(high) if high.is_Integer else self.sizes[high.name]

    def binder(self, e: Any) -> Node:
        """Σ and Π; the first limits of SymPy are the innermost, and no range depends on another index."""
        outer = dict(self.bound)
        if any(len(limit) != 3 for limit in e.limits):
            raise NoSympy(f"{e} has no range")
        made = [(symbol, Index(symbol.name, self.length(symbol, low, high))) for symbol, low, high in e.limits]
        if len(dict(made)) < len(made):
            raise NoSympy(f"{e} binds one symbol twice")
        self.bound = {**outer, **dict(made)}
        try:
            return formula_bound(
                "sum" if isinstance(e, sympy.Sum) else "prod", [index for _, index in made], self.tree(e.function)
            )
        finally:
            self.bound = outer

    def indexed(self, e: Any) -> Node:
        base, at = e.args[0], e.args[1:]
        if not isinstance(base, sympy.IndexedBase) or base.offset not in (None, 0) or base.strides is not None:
            raise NoSympy(f"{base} is no plain IndexedBase")
        name = self.called(base.label) if base.label.is_Symbol else str(base.label)
        if (
            name not in self.names
            or len(self.names[name].sizes) != len(at)
            or self.names[name].role not in ("input", "node", "adjoint")
        ):
            raise NoSympy(f"{e} is not declared with {len(at)} ax{'i' if len(at) == 1 else 'e'}s")
        places = tuple(self.place(i) for i in at)
        for place, size in zip(places, self.names[name].sizes, strict=True):
            fits = (
                place <= size
                if isinstance(place, int) and isinstance(size, int)
                else isinstance(place, int) or _within(place, size)
            )
            if not fits:
                raise NoSympy(f"{e} leaves the range 1 to {size}")
        return Elem(name, places)

    def symbol(self, e: Any) -> Node:
        name = self.called(e)
        row = self.names.get(name)
        if row is not None and row.index is not None:
            return IndexVal(row.index)
        if name in self.sizes:
            return SizeVal(self.sizes[name])
        if row is None:
            raise NoSympy(f"{name} is not declared")
        if row.sizes or row.role == "function":
            shape = f"it has the shape {show_shape(row.sizes)}; give an entry of an IndexedBase"
            raise NoSympy(f"{name} is no scalar: {'it is a function' if row.role == 'function' else shape}")
        return Elem(name)

    def tree(self, e: Any) -> Node:
        if isinstance(e, sympy.Sum | sympy.Product):
            return self.binder(e)
        if isinstance(e, sympy.Indexed):
            return self.indexed(e)
        if isinstance(e, sympy.KroneckerDelta):
            return Delta(self.place(e.args[0]), self.place(e.args[1]))
        if e in self.bound:
            return IndexVal(self.bound[e])
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
        if (
            isinstance(e, AppliedUndef)
            and e.func.__name__ in self.names
            and self.names[e.func.__name__].role == "function"
            and len(e.args) == 1
        ):
            return Apply(e.func.__name__, (self.tree(e.args[0]),))
        if e.func in _BACK:
            return call(_BACK[e.func], *map(self.tree, e.args))
        raise NoSympy(f"{e.func.__name__} has no place in a formula here")

    def piecewise(self, e: Any) -> Node:
        """The first branch whose condition holds, as in `Cases`."""
        *first, last = e.args
        pairs = [(self.condition(c), self.tree(v)) for v, c in first]
        if last[1] is sympy.true:
            return Cases(tuple(pairs), self.tree(last[0])) if pairs else self.tree(last[0])
        return Cases((*pairs, (self.condition(last[1]), self.tree(last[0]))))

    def condition(self, e: Any) -> Node:
        if type(e) in _SIGNS:
            return Rel(_SIGNS[type(e)], self.tree(e.args[0]), self.tree(e.args[1]))
        if isinstance(e, sympy.And | sympy.Or):
            return (And if isinstance(e, sympy.And) else Or)(tuple(self.condition(a) for a in e.args))
        if isinstance(e, sympy.Not):
            return Not(self.condition(e.args[0]))
        raise NoSympy(f"the condition {e} has no place in a formula here")


_NARROWING = ("positive", "negative", "nonnegative", "nonpositive", "integer", "even", "odd", "prime")
"""Assumptions by which SymPy rewrites: sqrt(x**2) is x where x is positive."""


def _sample(row: Declared) -> Any:
    """A symbol that assumes what a declaration says."""
    low, high = row.domain.low, row.domain.high
    signs = (
        {"nonnegative": True}
        if low is not None and low >= 0
        else {"nonpositive": True}
        if high is not None and high <= 0
        else {}
    )
    return sympy.Symbol("s", **{**signs, **row.domain.assumptions})


def _within(at: IndexExpr, size: Size) -> bool:
    """Whether an index stays in the range 1 to a size: one that runs over just that range, or the size itself."""
    terms, const = affine_terms(at)
    if len(terms) != 1 or terms[0][1] != 1:
        return False
    term = terms[0][0]
    return const == 0 and (term == size if isinstance(term, str) else term.size == size)


def _decimal(e: Any) -> Fraction:
    """A float by the digits that are shown of it: 0.1 is one tenth."""
    text = repr(float(e)) if e._prec == 53 else sympy.sstr(e, full_prec=True)
    try:
        value = Fraction(text)
    except ValueError:
        raise NoSympy(f"{text} is no number") from None
    if max(abs(value.numerator), value.denominator) > MAX_NUMERAL:
        raise NoSympy("a number has more than 300 digits")
    return value
