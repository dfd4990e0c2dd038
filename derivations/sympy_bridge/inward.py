"""A scalar SymPy expression as a tree, never through text."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from derivations.domains import Declared, Names, parse_names, show_domain
from derivations.formula import (
    And,
    Apply,
    Cases,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Node,
    Not,
    Or,
    Rel,
    Size,
    SizeVal,
    add,
    affine,
    affine_terms,
    call,
    free_indices,
    mul,
    num,
    power,
    show_shape,
)
from derivations.formula import bound as formula_bound
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.outward import FUNCTIONS, Labels

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
        labels = Labels(names)
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
            and self.names[e.func.__name__].signature is None
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
