"""What the symbols of SymPy expressions declare of themselves.

Symbol("b", positive=True)                 b: positive       real unless it assumes more
Symbol("n", integer=True, positive=True)   n: size           as is whatever stands in a shape or ends a range
IndexedBase("x", shape=(n, d))             x: real[n,d]      without a shape, by the ranges of the indices below it
Idx("i", (1, n))                           i: index[n]
MatrixSymbol("A", n, d)                    A: real[n,d]      a column: real[n]
IndexedBase("y") as an index of x          y: index[K] of [n]
Function("g")                              g: function
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from derivations.domains import DOMAINS, MAX_NAME, MAX_NAMES, Declared, Names, NamesError, array_of_indices
from derivations.formula import SIZE_NAME, Index, Size, affine
from derivations.notation.read.scope import scope_of
from derivations.signature import Signature
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.ranges import whole_size

_DOMAIN_OF: Mapping[frozenset[tuple[str, bool]], str] = {
    frozenset(sympy.Symbol("s", **given).assumptions0.items()): domain  # type: ignore[arg-type]
    for domain, given in (
        ("real", {}),
        ("real", {"real": True}),
        ("positive", {"positive": True}),
        ("negative", {"negative": True}),
        ("nonnegative", {"nonnegative": True}),
        ("integer", {"integer": True}),
        ("count", {"integer": True, "nonnegative": True}),
        ("size", {"integer": True, "positive": True}),
    )
}


def declared_by(*expressions: Any) -> Names:
    """The declarations of SymPy expressions. Raises `NoSympy` for a symbol that no domain fits, for two of one name,
    and for an array whose sizes nothing tells."""
    given = [e for e in expressions if hasattr(e, "free_symbols") and hasattr(e, "atoms")]
    return _Declaring(given).names()


class _Declaring:
    def __init__(self, expressions: list[Any]):
        self.expressions = expressions
        self.sized = set(self._lengths())
        self.bound = {limit[0] for e in self._all(sympy.Sum, sympy.Product) for limit in e.limits if limit}
        self.bound |= {v for e in self._all(sympy.Lambda) for v in e.variables}
        self.ranges = self._ranges()
        self.indexed = sorted(self._all(sympy.Indexed), key=sympy.default_sort_key)
        self.below = {
            inner: (e.base, k)
            for e in self.indexed
            for k, at in enumerate(e.indices)
            for inner in sympy.sympify(at).atoms(sympy.Indexed)
        }
        self.rows: dict[str, tuple[Any, Declared]] = {}

    def _all(self, *kinds: Any) -> set[Any]:
        return {part for e in self.expressions for part in e.atoms(*kinds)}

    def _lengths(self) -> Iterator[Any]:
        """Symbols that are lengths: in shapes, and in the ends of ranges where they are no index."""
        ends = [end for e in self._all(sympy.Sum, sympy.Product) for limit in e.limits for end in limit[1:]]
        ends += [end for i in self._all(sympy.Idx) for end in (i.lower, i.upper) if end is not None]
        shapes = [n for base in self._all(sympy.IndexedBase) for n in base.shape or ()]
        shapes += [n for m in self.expressions for part in _matrices(m) for n in part.shape]
        bound = {limit[0] for e in self._all(sympy.Sum, sympy.Product) for limit in e.limits}
        for length in (*ends, *shapes):
            for symbol in sympy.sympify(length).free_symbols:
                if symbol.is_Symbol and symbol not in bound and symbol.is_integer is not False:
                    yield symbol

    def _ranges(self) -> dict[Any, list[tuple[Any, Any]]]:
        """Index → the ranges that it runs through."""
        found: dict[Any, list[tuple[Any, Any]]] = {}
        for e in self._all(sympy.Sum, sympy.Product):
            for symbol, *ends in e.limits:
                if len(ends) == 2:
                    found.setdefault(symbol, []).append((ends[0], ends[1]))
        for i in self._all(sympy.Idx):
            if i not in found and i.lower is not None and i.upper is not None:
                found[i] = [(i.lower, i.upper)]
        return found

    def names(self) -> Names:
        for symbol in sorted(self.sized, key=str):
            if SIZE_NAME.match(symbol.name) is None:
                raise NoSympy(f"{symbol.name[:60]!r} is no name of a size: a letter, then letters and digits")
            self._enter(symbol, Declared(symbol.name, DOMAINS["size"], role="size", symbol=symbol))
        for i in sorted(self._all(sympy.Idx) - self.bound, key=str):
            low, high = self.ranges.get(i, [(None, None)])[0]
            if low is None:
                raise NoSympy(f"the index {i} has no range: write Idx({str(i)!r}, (1, n))")
            size = self._size(high - low + 1)
            if size is None:
                raise NoSympy(f"the range of {i} is not as long as a size: {low} to {high}")
            name = str(i.label)
            own = i if low == 1 else None  # here it is counted from 1
            self._enter(i.label, Declared(name, DOMAINS["index"], (), "index", Index(name, size), symbol=own))
        for base in sorted({e.base for e in self.indexed}, key=str):
            self._enter(base.label, replace(self._array(base), symbol=None if self._from_zero(base) else base))
        for matrix in sorted({m for e in self.expressions for m in _matrices(e)}, key=str):
            sizes = tuple(self._known(n, matrix.name) for n in matrix.shape)
            own = sizes[:1] if sizes[1] == 1 else sizes
            self._enter(matrix, Declared(matrix.name, DOMAINS["real"], own, symbol=matrix))
        for function in sorted({e.func for e in self._all(AppliedUndef)}, key=str):
            self._enter(function, self._function(function))
        arrays = {e.base.label for e in self.indexed}
        idx = {i.label for i in self._all(sympy.Idx)} | self._all(sympy.Idx)
        free = {s for e in self.expressions for s in e.free_symbols if s.is_Symbol}
        free |= {v for e in self.expressions for v in _differentiated_by(e) if v.is_Symbol}
        for symbol in sorted(free - arrays - idx - self.sized, key=str):
            domain = self._domain(symbol)
            role = "size" if domain.name == "size" else "input"
            self._enter(symbol, Declared(symbol.name, domain, role=role, symbol=symbol))
        rows = [row for _, row in self.rows.values()]
        if len(rows) > MAX_NAMES:
            raise NoSympy(f"at most {MAX_NAMES} names")
        order = ("size", "index", "input", "function")
        made = Names(sorted(rows, key=lambda row: order.index(row.role)))
        try:
            scope_of(made)
        except NamesError as error:  # a name that no text could speak of, or two spellings of one
            raise NoSympy(str(error)) from error
        return made

    def _enter(self, symbol: Any, row: Declared) -> None:
        if not row.name or len(row.name) > MAX_NAME:
            raise NoSympy(f"{row.name[:20]!r} is no name: 1 to {MAX_NAME} characters")
        held, other = self.rows.setdefault(row.name, (symbol, row))
        if held != symbol:
            raise NoSympy(f"declare {row.name} in names: two different symbols have this name")
        if other.sizes != row.sizes:
            raise NoSympy(f"declare {row.name} in names: it has two shapes")

    def _domain(self, symbol: Any) -> Any:
        domain = _DOMAIN_OF.get(frozenset(symbol.assumptions0.items()))
        if domain is None:
            raise NoSympy(f"declare {symbol.name} in names: no domain is just what it assumes")
        return DOMAINS[domain]

    def _function(self, function: Any) -> Declared:
        counts = {len(e.args) for e in self._all(AppliedUndef) if e.func == function}
        if len(counts) > 1:
            raise NoSympy(f"{function} takes {min(counts)} and other numbers of arguments")
        (count,) = counts
        if not count:
            raise NoSympy(f"{function}() has no place in a formula here: it takes nothing")
        signature = Signature(((),) * count) if count != 1 else None
        return Declared(function.__name__, DOMAINS["function"], role="function", signature=signature)

    def _array(self, base: Any) -> Declared:
        uses = [e for e in self.indexed if e.base == base]
        name, axes = str(base.label), len(uses[0].indices)
        if any(len(e.indices) != axes for e in uses):
            raise NoSympy(f"{name} stands with {axes} and with other numbers of indices")
        sizes = tuple(self._known(n, name) for n in base.shape or ()) or tuple(
            self._run_through(name, [e.indices[k] for e in uses]) for k in range(axes)
        )
        inside = next((self.below[e] for e in uses if e in self.below), None)
        if inside is not None:
            outer, k = inside
            return array_of_indices(name, sizes, self._array(outer).sizes[k])
        domain = self._domain(base.label) if base.label.is_Symbol else DOMAINS["real"]
        if domain.name == "size":
            raise NoSympy(f"declare {name} in names: no domain of arrays is just what it assumes")
        return Declared(name, domain, sizes)

    def _run_through(self, name: str, places: list[Any]) -> Size:
        """The size of an axis by what runs along it: one that all indices stay in."""
        found: set[Size] = set()
        for at in places:
            for index in sympy.sympify(at).free_symbols & self.ranges.keys():
                for ends in self.ranges[index]:
                    first, last = (at.subs(index, end) for end in ends)
                    for least, most in ((first, last), (last, first)):
                        size = self._size(most - least + 1) if least in (0, 1) else None
                        found |= {size} if size is not None else set()
        if len(found) != 1:
            raise NoSympy(f"nothing tells the size of {name}: write IndexedBase({name!r}, shape=(n,)), or declare it")
        return found.pop()

    def _from_zero(self, base: Any) -> bool:
        """Whether what runs over an array begins at 0, or ends there: here it is counted from 1."""
        for at in (sympy.sympify(k) for e in self.indexed if e.base == base for k in e.indices):
            ends = [at.subs(i, end) for i in at.free_symbols & self.ranges.keys() for r in self.ranges[i] for end in r]
            if any(end == 0 for end in (at, *ends)):
                return True
        return False

    def _known(self, length: Any, name: str) -> Size:
        size = self._size(sympy.sympify(length))
        if size is None:
            raise NoSympy(f"{length} is no size for {name}: a symbol or a positive integer is one")
        return size

    def _size(self, length: Any) -> Size | None:
        if length.is_Integer:
            return int(length) if length >= 1 else None
        terms = dict(length.as_coefficients_dict())
        const = terms.pop(sympy.S.One, sympy.S.Zero)
        if not all(t in self.sized and c.is_Integer for t, c in terms.items()):
            return None
        return (
            whole_size(affine([(t.name, int(c)) for t, c in terms.items()], int(const))) if const.is_Integer else None
        )


def _differentiated_by(expression: Any) -> Iterator[Any]:
    """What derivatives are by: it need not stand in what is differentiated. What a `Subs` puts in is its own."""
    stack: list[tuple[Any, frozenset[Any]]] = [(expression, frozenset())]
    while stack:
        e, bound = stack.pop()
        variables = tuple(getattr(e, "variables", ()))
        if isinstance(e, sympy.Derivative):
            yield from (v for v in variables if v not in bound)
        within = bound | frozenset(variables) if isinstance(e, sympy.Subs) else bound
        stack += [(part, bound if k else within) for k, part in enumerate(getattr(e, "args", ()))]


def _matrices(expression: Any) -> set[Any]:
    return expression.atoms(sympy.MatrixSymbol)
