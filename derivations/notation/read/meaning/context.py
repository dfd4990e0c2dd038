"""What every rule of the meaning stands on: refusals, notes, shape faults, indices and their sizes, entry-by-entry
operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from derivations.formula import (
    Add,
    Call,
    Const,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    Label,
    Mul,
    Node,
    Note,
    Num,
    ShapeError,
    Size,
    SizeVal,
    Span,
    affine_terms,
    power,
)
from derivations.notation.errors import ReadError, put
from derivations.notation.read.code import is_code
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.meaning.index_numbers import one_index
from derivations.notation.read.meaning.values import (
    AnySize,
    ChosenSize,
    Entry,
    JointIndex,
    JointSize,
    ShapeFault,
    Sizes,
    Val,
    Wild,
    as_long,
    find,
    unify,
)
from derivations.notation.read.surface import Applied, Group, Indexed, IndexedDelta, Norm, Surface

MAX_BUILT = 8_000
"""Entries written while matrix notation is unfolded: powers of powers must not make us compute."""

MAX_COST, MAX_NESTED = 1_000, 80
"""Entries that one entry of a tensor is made of, and how deep they nest."""

MAX_POWER = 8


_OF_MATRICES = {"exp": "exponential", "log": "logarithm", "sqrt": "root"}


Rule = Callable[["Meaning", Any], Val]
"""What one kind of surface node means."""


class Meaning:
    """What every rule of the meaning stands on: refusals, notes, shape faults, indices and their sizes, entry-by-entry
    operations."""

    def __init__(self, cursor: Cursor, rules: Mapping[type[Surface], Rule]):
        self.rules = rules
        self.text = cursor.text
        self.code = is_code(cursor.text)
        self.scope = cursor.scope
        self.letters = cursor.bound
        self.notes = cursor.notes
        self.unnamed: set[str] = set()
        """Letters that sums without an index run over."""
        self.of_entries: set[int] = set()
        """Powers beside ⊙, which are those of every entry."""
        self.entry_by_entry = cursor.scope.names.entrywise
        self.env: dict[str, Index] = {}
        self.pending: list[Index] = []
        self.hints: list[tuple[Index, AnySize]] = []
        self.ends: dict[Index, AnySize] = {}
        """The size above a Σ, before its body says what the index runs over."""
        self.built = 0
        self.free: dict[Index, None] = {}
        self.squashed: set[Surface] = set()
        self.turned = False
        self.kept = False
        self.from_zero = False
        self.asks_of_laws = False
        self.of_matrices = False
        self.spreads = 0
        self.chosen: dict[Index, ChosenSize] = {}
        self.paired = False
        """Whether some axis runs over pairs."""
        self.indicators: list[Span] = []
        """Where indicators stand."""
        self.beside: list[tuple[Wild, Span]] = []
        """Sizes that nothing but a ⊗ stands beside, so that it says nothing of them, and where."""

    def value(self, tree: Surface) -> Val:
        """The value of a tree, by the rule of its kind."""
        outer = tree
        while type(tree) is Group:
            tree = tree.body
        rule = self.rules.get(type(tree))
        if rule is None:
            raise self.fail(
                "a condition stands where a value was expected",
                outer,
                "a value; an indicator is written 1[x > 0]",
                "relation",
            )
        found = rule(self, tree)
        found.span = (outer.start, outer.end)
        return found

    def fail(
        self,
        message: str,
        tree: Surface | None = None,
        expected: str = "",
        tag: str = "syntax",
        nearest: tuple[str, ...] = (),
        readings: tuple[str, ...] = (),
        span: Span | None = None,
    ) -> ReadError:
        if span is None:
            assert tree is not None
            span = (tree.start, tree.end)
        return ReadError(message, span, expected, nearest, readings, self.text, tag)

    def two_ways(self, message: str, span: Span, expected: str, *readings: str, tag: str = "ambiguous") -> ReadError:
        """The fault of a text that is one of several formulas: what may stand in its place."""
        return self.fail(message, span=span, expected=expected, tag=tag, readings=put(self.text, span, *readings))

    def note(self, tag: str, message: str, tree: Surface) -> None:
        self.noted(tag, message, tree.start, tree.end)

    def noted(self, tag: str, message: str, start: int, end: int) -> None:
        self.notes.append(Note(tag, message, (start, end)))

    def source(self, span: Span) -> str:
        return self.text[span[0] : span[1]].strip() or "this"

    def shape_fault(self, operation: str, values: Sequence[Val], span: Span, hint: str = "") -> ShapeFault | ReadError:
        for a, b in combinations(values, 2):
            pairs = ((find(s), find(t)) for s in a.sizes for t in b.sizes)
            one, other = next(((s, t) for s, t in pairs if s != t and as_long(s, t)), (None, None))
            if one is not None:  # no fault: as vectors they conform
                return self.fail(
                    f"{self.source(span)} joins {one} entries with {other}: as many, that count in another order",
                    span=span,
                    expected="vec of matrices of one shape",
                    tag="pairs",
                )
        shapes = tuple(tuple(_shown(s) for s in map(find, v.sizes)) for v in values)
        return ShapeFault(ShapeError(operation, tuple(self.source(v.span) for v in values), shapes, span, hint))

    def index(self, name: str, size: AnySize) -> Index:
        """A new bound index; its size is filled in at the end where it is not known yet."""
        size = find(size)
        if isinstance(size, JointSize):
            self.paired = True
            return JointIndex(name, size, tuple(self.index(name, part) for part in size.parts))
        if isinstance(size, ChosenSize):
            said, instead = f"the entries where {size.shown} are fewer, and stay so", "their sum, or all times 1[…]"
            raise self.fail(said, None, instead, "operation", span=(0, len(self.text)))
        made = Index(name, size)  # type: ignore[arg-type]
        if isinstance(size, Wild):
            self.pending.append(made)
        return made

    def settle(self) -> None:
        """Every size that was left open is known by now, or nobody can tell it."""
        for index, size in self.hints:
            if isinstance(find(index.size), Wild):
                unify(index.size, size)
        for wild, span in self.beside:
            if isinstance(find(wild), Wild):
                raise self.fail(
                    f"{self.source(span)}: its size cannot be told, as ⊗ takes any",
                    span=span,
                    expected="its size, as in I_n",
                    tag="index",
                )
        for index in self.pending:
            size = find(index.size)  # type: ignore[arg-type]
            if isinstance(size, JointSize):
                raise self.fail(
                    f"I, or a vector of ones, over pairs ({size}) is not read here",
                    span=(0, len(self.text)),
                    expected=r"I_m ⊗ I_n for it",
                    tag="index",
                )
            if isinstance(size, Wild):
                size = self.only_square()
                if size is None:
                    said = "the size of I, or of a vector of ones, cannot be told"
                    raise ReadError(said, (0, len(self.text)), "its size, as in I_n", (), (), self.text, "index")
                unify(index.size, size)
            index.size = size  # type: ignore[assignment]

    def only_square(self) -> Any:
        """The one size of square matrices among the declarations."""
        found = {r.sizes[0] for r in self.scope.rows.values() if len(r.sizes) == 2 and r.sizes[0] == r.sizes[1]}
        return found.pop() if len(found) == 1 else None

    def made(self, sizes: Sizes, at: Entry, *of: Val, cost: int = 1) -> Val:
        """A tensor made of others. What writing out an entry of it will cost is known before it is written."""
        made = Val(None, sizes, at)
        if of:
            made.cost = sum(v.cost for v in of)
            made.depth = 1 + max(v.depth for v in of)
        else:
            made.cost = cost
        if self.turned and of and find(sizes[0]) == 1:
            made.turned = next((v.turned for v in of if v.turned is not None), None)
        if made.cost > MAX_COST or made.depth > MAX_NESTED:
            raise self.too_large()
        return made

    def too_large(self) -> ReadError:
        return ReadError(
            "the formula is too large when its matrices are written out",
            (0, len(self.text)),
            "smaller powers, or shorter products",
            (),
            (),
            self.text,
            "limit",
        )

    def count(self) -> None:
        self.built += 1
        if self.built > MAX_BUILT:
            raise self.too_large()

    def scalar(self, tree: Surface, what: str) -> Node:
        found = self.value(tree)
        if found.sizes:
            raise self.shape_fault(what, [found], (tree.start, tree.end), "a scalar was expected")
        assert found.node is not None
        return found.node

    def index_of(self, letter: str) -> Index | None:
        found = self.env.get(letter)
        if found is None:
            found = self.scope.indices.get(letter)
            if found is not None:
                self.free[found] = None
        return found

    def unknown(self, word: str, t: Surface) -> ReadError:
        nearest = self.scope.nearest(word)
        return self.fail(f"{word[:40]} is not declared", t, self.scope.known(), "unknown-name", nearest)

    def letter_or_name(self, word: str, t: Surface) -> Node:
        row = self.scope.rows.get(word)
        if row is not None and not row.sizes and row.role != "function" and not row.labels:
            return Elem(row.name)
        if word in self.scope.sizes:
            return SizeVal(self.scope.sizes[word])
        found = self.index_of(word)
        if found is None:
            raise self.unknown(word, t)
        return IndexVal(found)

    def elementwise(
        self, values: list[Val], build: Callable[..., Node], operation: str, span: Span, bias: bool = False
    ) -> Val:
        """An operation entry by entry: equal shapes; scalars are the same for every entry."""
        tensors = [v for v in values if v.sizes]
        numeral = all(v.numeral for v in values)
        if not tensors:
            return Val(build(*(v.node for v in values)), numeral=numeral)
        if self.code and has_kept_axis(tensors):
            return self.spread(values, build, operation, span)
        tensors = self._joined(tensors)
        taken = iter(tensors)
        values = [next(taken) if v.sizes else v for v in values]
        shape = max((v.sizes for v in tensors), key=len)
        views: list[Callable[..., Node]] = []
        for v in values:
            if not v.sizes:
                node = v.node
                views.append(lambda *at, node=node: node)
                continue
            view = self.view(v, shape, tensors, operation, span, bias)
            views.append(view)
        made = self.made(shape, lambda *at: build(*(view(*at) for view in views)), *values)
        if all(v.joined is not None for v in tensors):
            made.joined = self.elementwise([v.joined or v for v in values], build, operation, span)
        return made

    def as_pairs(self, v: Val) -> Val:
        """u ⊗ v as the vector of the pairs of entries, and what is noted of it."""
        assert v.joined is not None
        start, end = v.span
        self.notes[:] = [n for n in self.notes if n.tag != "outer" or n.span is None or not _within(n.span, v.span)]
        self.noted("kronecker", f"{self.source(v.span)} was read as the vector of the products of entries", start, end)
        v.joined.span = v.span
        return v.joined

    def _joined(self, tensors: list[Val]) -> list[Val]:
        """Operands with u ⊗ v as the vector of its pairs where beside them u vᵀ does not conform, and that does."""
        paired = [v for v in tensors if v.joined is not None]
        rest = [v.sizes for v in tensors if v.joined is None]

        def fit(v: Val) -> bool:
            return len(v.sizes) == len(rest[0]) and all(map(self.could, v.sizes, rest[0]))

        if not paired or not rest or any(map(fit, paired)) or not all(fit(v.joined) for v in paired if v.joined):
            return tensors
        return [v if v.joined is None else self.as_pairs(v) for v in tensors]

    def spread(self, values: list[Val], build: Callable[..., Node], operation: str, span: Span) -> Val:
        """An operation of code beside an axis of length 1: axes meet from the last on, and one of length 1 is spread,
        (n, 1) + (n, k) → (n, k) and (n, 1) + (n) → (n, n)."""
        tensors = [v for v in values if v.sizes]
        rank = max(len(v.sizes) for v in tensors)
        shape: list[AnySize] = []
        for axis in range(-rank, 0):
            sizes = [find(v.sizes[axis]) for v in tensors if len(v.sizes) >= -axis]
            long = [s for s in sizes if s != 1]
            if not all(unify(long[0], s) for s in long[1:]):
                raise self.shape_fault(operation, tensors, span, self.hint(tensors))
            shape.append(find(long[0]) if long else 1)

        def view(v: Val, at: tuple[IndexExpr, ...]) -> Node:
            if not v.sizes:
                return v.entry()
            own = at[len(at) - len(v.sizes) :]
            return v.entry(*(1 if find(s) == 1 else i for s, i in zip(v.sizes, own, strict=True)))

        return self.made(tuple(shape), lambda *at: build(*(view(v, at) for v in values)), *values)

    def view(self, v: Val, shape: Sizes, tensors: list[Val], operation: str, span: Span, bias: bool) -> Entry:
        """A value seen in a shape: itself, or spread along the one axis it fits."""
        if len(v.sizes) == len(shape):
            if (
                len(shape) == 2
                and bias
                and find(v.sizes[0]) == 1
                and find(shape[0]) != 1
                and unify(v.sizes[1], shape[1])
            ):
                self.noted("bias", f"{self.source(v.span)} was added to every row", *v.span)
                return lambda i, j: v.entry(1, j)
            if all(unify(a, b) for a, b in zip(v.sizes, shape, strict=True)):
                return v.entry
        elif bias and len(v.sizes) == 1 and len(shape) == 2 and 1 not in map(find, shape):
            size = find(v.sizes[0])
            fits = [k for k in ((1,) if self.code else (0, 1)) if find(shape[k]) == size]  # code spreads over rows
            if len(fits) == 1:
                axis = fits[0]
                self.noted("bias", f"{self.source(v.span)} was added along the axis of size {size}", *v.span)
                return (lambda i, j: v.entry(i)) if axis == 0 else (lambda i, j: v.entry(j))
            if len(fits) == 2:
                raise self.shape_fault(operation, tensors, span, "a vector on a square matrix: write b 1^T or 1 b^T")
        raise self.shape_fault(operation, tensors, span, self.hint(tensors))

    def hint(self, tensors: list[Val]) -> str:
        """What to write instead."""
        if len(tensors) == 2:
            a, b = (tuple(map(find, v.sizes)) for v in tensors)
            if len(a) == len(b) == 2 and a == b[::-1] and a[0] != a[1]:
                return "is a transpose missing?"
            if {len(a), len(b)} == {1, 2}:
                row, col = (a, b) if len(a) == 2 else (b, a)
                if row[0] == 1 and row[1] == col[0]:
                    return "a row and a column: is a transpose missing?"
        return ""

    def could(self, a: AnySize, b: AnySize) -> bool:
        """Whether two sizes may be the same, without making them so."""
        a, b = find(a), find(b)
        return isinstance(a, Wild) or isinstance(b, Wild) or a == b

    def integer(self, node: Node | None) -> int | None:
        """The integer a numeral exponent is."""
        if isinstance(node, Num) and node.value.denominator == 1:
            return int(node.value)
        return None

    def relate(self, a: IndexExpr, b: IndexExpr, t: Surface) -> None:
        """Indices that are compared run over the same range, if nothing else says so."""
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Index) and isinstance(find(x.size), Wild):
                for term, _ in affine_terms(y)[0]:
                    if isinstance(term, Index | Label):
                        self.hints.append((x, term.size))

    def raise_to(self, base: Node, exponent: Node, span: Span) -> Node:
        """base^exponent; a power of e is `exp`; an exponent of indices is one index expression, β^(t-s)."""
        if isinstance(exponent, (Add, Mul)):
            exponent = one_index(exponent)
        if isinstance(base, Const) and base.name == "e":
            return Call("exp", (exponent,), span)
        return power(base, exponent, span)

    def said_entrywise(self, name: str, v: Val, span: Span) -> None:
        """exp, log and √ of a square matrix are entry by entry here; there are a matrix exponential, logarithm and root
        as well."""
        if len(v.sizes) == 2 and name in _OF_MATRICES and not self.code and find(v.sizes[0]) == find(v.sizes[1]):
            self.noted(
                "elementwise",
                f"{self.source(span)} was read entry by entry; the {_OF_MATRICES[name]} of a matrix is not read",
                *span,
            )


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def has_kept_axis(values: Sequence[Val]) -> bool:
    """Whether one of these has an axis of length 1."""
    return any(find(s) == 1 for v in values for s in v.sizes)


def is_norm(t: Surface) -> bool:
    """‖a‖, whose square is the sum of squares itself."""
    return isinstance(t, Norm) or (isinstance(t, Applied) and t.function == "norm")


def _shown(size: AnySize) -> Size:
    return "?" if isinstance(size, Wild) else str(size) if isinstance(size, JointSize | ChosenSize) else size


def letters_of(meaning: Meaning, tree: Surface) -> list[str]:
    """The letters that stand as subscripts in a surface tree."""
    out: list[str] = []
    stack = [tree]
    while stack:
        top = stack.pop()
        if isinstance(top, (Indexed, IndexedDelta)):
            for item in top.items:
                out += item.letters(lambda run: meaning.scope.letters(run, meaning.letters))
        stack += reversed(top.below())
    return out
