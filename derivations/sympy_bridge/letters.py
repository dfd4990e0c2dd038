"""How things are called in SymPy: declared names keep theirs, and no two things share a symbol.

What a SymPy expression declared keeps the symbol that it has there.

    x: real[n,d]     IndexedBase("x", shape=(n, d), real=True)       as a matrix MatrixSymbol("x", n, d)
    b: positive      Symbol("b", positive=True)
    n                Symbol("n", integer=True, positive=True)
    a free index     Place("i", (1, n)), an Idx
    a bound index    Symbol("i", integer=True, positive=True)
    ∂L/∂y            "dL/dy", as it is called as a target

SymPy tells symbols apart by their names and assumptions; `A: real[n,k]` beside a scalar `k_`, or `x: real[m,d]` beside
`x_1: real[d]`, must not meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import sympy

from derivations.domains import Declared, Names
from derivations.formula import Index, IndexExpr, Label, Size, affine_terms, is_sum, size_terms
from derivations.sympy_bridge import NoSympy


class Labels:
    """Names for sizes, elements and indices that were not taken."""

    def __init__(self, names: Names | None):
        self.rows: Mapping[str, Declared] = names if names is not None else {}
        sizes = names.sizes if names is not None else ()
        self.taken = {name for name, row in self.rows.items() if row.role not in ("size", "index")}
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


class Place(sympy.Idx):
    """A free index with its range; LaTeX prints its letter alone."""

    def _latex(self, printer: Any) -> str:
        return printer._print(self.label)


class Letters:
    """The symbols of one conversion. With `sizes` an array is a symbol an entry, unless `loose`: then its indices are
    open, and stay."""

    def __init__(self, names: Names | None, sizes: Mapping[str, int] | None = None, *, loose: bool = False):
        self.names, self.sizes, self.loose = names, sizes, loose
        self.labels = Labels(names)
        self.indices: dict[Index, Any] = {}
        self.slots: dict[int, str] = {}

    def size(self, size: Size) -> Any:
        """A size as a number, a symbol, or a sum of these."""
        if isinstance(size, int):
            return sympy.Integer(size)
        if is_sum(size):
            terms, const = size_terms(size)
            return sympy.Add(*(c * self.size(name) for name, c in terms), const)
        if self.sizes is None:
            row = self.labels.rows.get(size)
            if row is not None and row.role == "size" and row.symbol is not None:
                return row.symbol
            return sympy.Symbol(self.labels.sizes.get(size, size), integer=True, positive=True)
        if size not in self.sizes:
            raise NoSympy(f"give a value for the size {size}: to_sympy({{{size!r}: 3}})")
        return sympy.Integer(self.sizes[size])

    def free(self, index: Index) -> Any:
        """A free index: it carries its range."""
        if index not in self.indices:
            row = self.labels.rows.get(index.name)
            same = row is not None and row.index is not None and row.index.size == index.size
            own = row.symbol if row is not None and same and self.sizes is None else None
            if own is not None and str(own.label) not in self.labels.taken:
                self.labels.taken.add(str(own.label))
                self.indices[index] = own
                return own
            label = sympy.Symbol(self.labels.new(index.name), integer=True)
            self.indices[index] = Place(label, (sympy.Integer(1), self.size(index.size)))
        return self.indices[index]

    def bound(self, index: Index) -> Any:
        """A bound index."""
        if index not in self.indices:
            self.indices[index] = sympy.Symbol(self.labels.new(index.name), integer=True, positive=True)
        return self.indices[index]

    def place(self, at: IndexExpr, where: Mapping[Index, int]) -> Any:
        """An index expression; `where` holds the values of indices that have one."""
        terms, const = affine_terms(at)
        total: Any = sympy.Integer(const)
        for term, c in terms:
            if isinstance(term, Label):
                total += c * self.label(term, where)
            elif isinstance(term, str):
                total += c * self.size(term)
            else:
                total += c * (where[term] if term in where else self.bound(term))
        return total

    def label(self, label: Label, where: Mapping[Index, int]) -> Any:
        """An entry of an array of indices."""
        if self.sizes is not None:
            raise NoSympy(
                f"{label.name} is an array of indices: at given sizes SymPy has none; a one-hot array can be given"
            )
        at = [self.place(a, where) for a in label.at]
        if not at:
            return sympy.Symbol(label.name, integer=True, positive=True)
        sizes = self.labels.rows[label.name].sizes[:-1] if label.name in self.labels.rows else ()
        return self._array(label.name, sizes, {"integer": True, "positive": True})[tuple(at)]

    def _array(self, name: str, sizes: tuple[Size, ...], assumptions: Mapping[str, bool]) -> Any:
        own = self._own(name)
        if isinstance(own, sympy.IndexedBase) and self.sizes is None:
            return own
        shape: Any = tuple(map(self.size, sizes)) or None
        return sympy.IndexedBase(sympy.Symbol(name, **assumptions), shape)

    def assumptions(self, name: str) -> dict[str, bool]:
        own = self._own(name)
        if isinstance(own, sympy.IndexedBase):
            own = own.label
        if isinstance(own, sympy.Symbol):
            return dict(own.assumptions0)
        row = self.labels.rows.get(name)
        return dict(row.domain.assumptions) if row is not None else {"real": True}

    def _own(self, name: str) -> Any:
        """What the expression that declared a name calls it; None where a text declared it."""
        row = self.labels.rows.get(name)
        return None if row is None or row.role == "size" else row.symbol

    def array(self, name: str) -> Any:
        """A declared array, or a scalar."""
        row = self.labels.rows.get(name)
        if row is not None and row.labels:
            sizes = row.sizes[:-1]
            kind = {"integer": True, "positive": True}
            return self._array(name, sizes, kind) if sizes else sympy.Symbol(name, **kind)
        if row is None or not row.sizes:
            return sympy.Symbol(name, **self.assumptions(name))
        return self._array(name, row.sizes, self.assumptions(name))

    def entry(self, name: str, at: tuple[Any, ...], sizes: tuple[Size, ...] | None = None) -> Any:
        """An entry of an array; a symbol of its own where every size is given. `sizes` are those of a name that is not
        declared."""
        if not at:
            return sympy.Symbol(name, **self.assumptions(name))
        if self.sizes is not None and not self.loose:
            return sympy.Symbol(self.labels.element(name, tuple(map(int, at))), **self.assumptions(name))
        row = self.labels.rows.get(name)
        if sizes is None:
            sizes = row.sizes if row is not None else ()
        return self._array(name, sizes, self.assumptions(name))[at]

    def applied(self, fn: str, args: list[Any], by: list[int]) -> Any:
        """An unknown function of numbers, differentiated by its arguments at some places: f'(x) is
        Derivative(f(x), x), and f'(2 x) is Subs(Derivative(f(xi), xi), xi, 2*x)."""
        function = sympy.Function(fn)
        if not by:
            return function(*args)
        letters = [
            a if a.is_Symbol and sum(b.has(a) for b in args) == 1 else sympy.Symbol(self.slot(k), real=True)
            for k, a in enumerate(args)
        ]
        made = sympy.Derivative(function(*letters), *(letters[k] for k in by))
        apart = [(letter, a) for letter, a in zip(letters, args, strict=True) if letter != a]
        return sympy.Subs(made, *map(tuple, zip(*apart, strict=True))) if apart else made

    def slot(self, k: int) -> str:
        """What the argument at a place is called where it stands alone."""
        if k not in self.slots:
            self.slots[k] = self.labels.new("xi")
        return self.slots[k]

    def matrix(self, name: str) -> Any:
        """A declared array as a matrix; a vector is a column."""
        sizes = self.labels.rows[name].sizes
        if len(sizes) > 2:
            raise NoSympy(f"{name} has {len(sizes)} axes: SymPy's matrices have two")
        return sympy.MatrixSymbol(name, *map(self.size, sizes), *[1] * (2 - len(sizes)))

    def ranges(self, indices: tuple[Index, ...], where: Mapping[Index, int]) -> Iterator[dict[Index, int]]:
        """Every value of some indices, where sizes are given."""
        for values in product(*(range(1, int(self.size(i.size)) + 1) for i in indices)):
            yield {**where, **dict(zip(indices, values, strict=True))}
