"""Names, sizes and indices of SymPy expressions: what stands for what while one is read.

A symbol is known by its name; two different symbols of one name are refused, and so is one that assumes more than its
declaration says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sympy

from derivations.domains import DOMAINS, Declared, Names, show_domain
from derivations.formula import Index, IndexExpr, Label, Node, Size, affine, affine_terms
from derivations.formula.indices import IndexTerm
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.letters import Labels
from derivations.sympy_bridge.ranges import Range, inside, minus, plus, whole, whole_size

_ORDERS = (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge)


class OutOfRange(NoSympy):
    """An entry beyond the ends of its axis."""

    def __init__(self, message: str, axis: tuple[str, int]):
        super().__init__(message)
        self.axis = axis


class Places:
    """The names of one conversion, and its indices with their ranges."""

    def __init__(self, names: Names, from_zero: frozenset[tuple[str, int]] = frozenset()):
        self.names = names
        self.from_zero = from_zero
        self.run_from_zero: set[tuple[str, int]] = set()
        self.axes = {size for row in names.values() for size in row.sizes}
        labels = Labels(names)
        self.sizes = {label: size for size, label in labels.sizes.items()}
        self.bound: dict[Any, IndexExpr] = {}
        self.given: dict[Any, Node] = {}
        """What the variables of a function that is applied to a matrix stand for."""
        self.ranges: dict[Index, Range] = {}
        self.free: dict[Any, Index] = {}
        self.seen: dict[str, Any] = {}

    # ------------------------------------------------------------ names

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
        if row is not None and (more := _more_than(symbol, row)):
            declared = show_domain(row)
            raise NoSympy(f"{name} is {more} in the expression, which SymPy may have used; it is declared {declared}")
        return name

    def size(self, e: Any) -> Size:
        """A length: a number, a declared size, or a sum of these."""
        refused = NoSympy(f"{e} is no size that is declared")
        size = whole_size(self.whole(e, refused))
        if size is None:
            raise refused
        return size

    # ------------------------------------------------------------ indices

    def whole(self, e: Any, refused: NoSympy | None = None) -> IndexExpr:
        """An affine expression of indices and sizes."""
        refused = refused or NoSympy(f"the index {e} has no place in a formula here")
        at: IndexExpr = 0
        for term, c in sympy.sympify(e).as_coefficients_dict().items():
            if not c.is_Integer:
                raise refused
            if term == 1:
                at = plus(at, const=int(c))
                continue
            terms, const = affine_terms(self._letter(term, refused))
            at = plus(at, *((t, int(c) * k) for t, k in terms), const=int(c) * const)
        return at

    def _letter(self, term: Any, refused: NoSympy) -> IndexExpr:
        if term in self.bound:
            return self.bound[term]
        if isinstance(term, sympy.Idx):
            return self.open_index(term)
        label = self.label(term)
        if label is not None:
            return affine([(label, 1)])
        if not term.is_Symbol:
            raise refused
        name = self.called(term)
        row = self.names.get(name)
        if row is not None and row.index is not None:
            self.ranges.setdefault(row.index, whole(row.index))
            return row.index
        if name in self.sizes:
            return affine([(self.sizes[name], 1)])
        raise refused

    def label(self, e: Any) -> Label | None:
        """y_i where y is an array of indices."""
        base, at = (e.base, e.indices) if isinstance(e, sympy.Indexed) else (e, ())
        name = getattr(base, "name", "")
        row = self.names.get(name)
        if row is None or not row.labels or len(at) != len(row.sizes) - 1:
            return None
        return Label(name, self.places(name, at, row.sizes[:-1]), row.sizes[-1])

    def open_index(self, e: Any) -> IndexExpr:
        """A free `Idx` by its range."""
        if e.lower is None or e.upper is None:
            raise NoSympy(f"the index {e} has no range: write Idx({str(e)!r}, (1, n))")
        low, high = self.whole(e.lower), self.whole(e.upper)
        size = whole_size(plus(minus(high, low), const=1))
        if size is None or free_places(low):
            raise NoSympy(f"the range of {e} is not 1 to a size: {e.lower} to {e.upper}")
        if e not in self.free:
            name = str(e.label)
            row = self.names.get(name)
            declared = row.index if row is not None and row.index is not None and row.index.size == size else None
            self.free[e] = declared if declared is not None else Index(name, size)
        self.ranges.setdefault(self.free[e], whole(self.free[e]))
        return plus(low, (self.free[e], 1), const=-1)

    def place(self, e: Any) -> IndexExpr:
        """An index expression as it stands in δ and as an entry: ≥ 1 where it is a number."""
        at = self.whole(e)
        if isinstance(at, int) and at < 1:
            raise NoSympy(f"the index {e}: indices count from 1 here")
        return at

    def places(self, name: str, at: tuple[Any, ...], sizes: tuple[Size, ...]) -> tuple[IndexExpr, ...]:
        """The indices below a name, counted from 1. A recursion may be used one place before its first and behind its
        last: there it has a start, or a condition keeps off."""
        made = []
        recursion = self.names[name].recursion if name in self.names else None
        for k, (written, size) in enumerate(zip(at, sizes, strict=True)):
            place = self.whole(written)
            axis = (name, k)
            first = 0 if axis in self.from_zero else 1
            if recursion is not None and k == recursion.over:
                if not any(inside(plus(place, const=c), size, self.ranges) for c in (0, 1, -1)):
                    raise NoSympy(f"{name}[{', '.join(map(str, at))}] leaves the range 0 to {size} + 1")
                made.append(place)
                continue
            if not inside(place, size, self.ranges, first):
                why = (
                    f"the index {written}: indices count from 1 here"
                    if isinstance(place, int) and place < 1
                    else f"{name}[{', '.join(map(str, at))}] leaves the range 1 to {size}"
                )
                raise OutOfRange(why, axis)
            if first == 0 and not isinstance(place, int):
                self.run_from_zero.add(axis)
            made.append(plus(place, const=1 - first))
        return tuple(made)

    @contextmanager
    def under(self, condition: Any) -> Iterator[None]:
        """What stands in a case is read with the ranges of its indices as narrow as its condition leaves them."""
        before = dict(self.ranges)
        for part in condition.args if isinstance(condition, sympy.And) else (condition,):
            if not isinstance(part, _ORDERS) or not all(map(self._of_indices, part.args)):
                continue
            least, most = self.whole(part.lts), self.whole(part.gts)
            gap = plus(minus(most, least), const=-isinstance(part, sympy.Lt | sympy.Gt))  # it is 0 at least
            for term, c in affine_terms(gap)[0]:
                if isinstance(term, Index) and abs(c) == 1 and term in self.ranges:
                    end = plus(gap, (term, -c)) if c < 0 else minus(0, plus(gap, (term, -c)))
                    held = self.ranges[term]
                    self.ranges[term] = (
                        Range(held.lows, (*held.highs, end)) if c < 0 else Range((*held.lows, end), held.highs)
                    )
        try:
            yield
        finally:
            self.ranges = before

    def _of_indices(self, e: Any) -> bool:
        """Whether an expression is of bound indices, those of its own range, and sizes."""
        return all(
            c.is_Integer
            and (
                term == 1
                or term in self.bound
                or isinstance(term, sympy.Idx)
                or (term.is_Symbol and term.name in self.sizes)
            )
            for term, c in e.as_coefficients_dict().items()
        )

    def index(self, letter: str, size: Size) -> Index:
        """A new index, with its range."""
        made = Index(letter, size)
        self.ranges[made] = whole(made)
        return made

    @contextmanager
    def binding(self, symbol: Any, at: IndexExpr, ranges: Mapping[Index, Range]) -> Iterator[None]:
        """A symbol standing for a place while what is under its binder is read."""
        before = dict(self.bound), dict(self.ranges)
        self.bound[symbol] = at
        self.ranges |= ranges
        try:
            yield
        finally:
            self.bound, self.ranges = before


def free_places(at: IndexExpr) -> tuple[IndexTerm, ...]:
    """The terms of an index expression that are no sizes."""
    return tuple(t for t, _ in affine_terms(at)[0] if not isinstance(t, str))


_PLAIN = ("positive", "negative", "nonnegative", "nonpositive", "integer", "nonzero", "real")
"""Assumptions in the order in which a refusal names them, before all others."""


def _more_than(symbol: Any, row: Declared) -> str:
    """What a symbol assumes beyond its declaration: SymPy rewrites by it, sqrt(x**2) to x where x is positive. Empty
    where it assumes no more."""
    counted = row.labels or row.index is not None
    said = _sample(Declared(row.name, DOMAINS["size"]) if counted else row).assumptions0
    more = {a: value for a, value in symbol.assumptions0.items() if said.get(a) != value}
    named = [*(a for a in _PLAIN if more.get(a)), *sorted(a for a in more if more[a]), *(f"not {a}" for a in more)]
    return named[0] if named else ""


@lru_cache(maxsize=1_000)
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
