"""The surface tree into index form: names, shapes and indices settled, matrix notation written out.

    X^T (p - y)      Σ_i X_ij (p_i - y_i), axes (j)
    ‖w‖²             Σ_i w_i²
    diag(p)          δ_ij p_i
    softmax(z)       exp(z_i - logsumexp_k z_k)
    Σ_{j≤i} a_j      Σ_j [a_j if j ≤ i, else 0]

Shapes that do not conform end the lowering with a `ShapeFault`; everything else that cannot be is a `ReadError`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from derivations.atoms import ATOMS
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
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
    ShapeError,
    SizeVal,
    Span,
    add,
    affine,
    affine_terms,
    bound,
    call,
    div,
    indicator,
    mul,
    neg,
    power,
    reindex,
    sub,
    total,
    walk,
)
from derivations.notation.errors import ReadError
from derivations.notation.parser import Binder, Item, Parser, Tree
from derivations.notation.shapes import (
    AnySize,
    Entry,
    ShapeFault,
    Sizes,
    Val,
    Wild,
    columns,
    explicit,
    find,
    identity,
    matmul,
    rows,
    squeeze,
    unify,
)

MAX_BUILT = 8_000
"""Entries written while matrix notation is unfolded: powers of powers must not make us compute."""

MAX_COST, MAX_NESTED = 1_000, 80
"""Entries that one entry of a tensor is made of, and how deep they nest."""

MAX_POWER = 8


class Lowering:
    """One lowering of one surface tree."""

    def __init__(self, parser: Parser):
        self.parser = parser
        self.text = parser.text
        self.scope = parser.scope
        self.env: dict[str, Index] = {}
        self.pending: list[Index] = []
        self.hints: list[tuple[Index, AnySize]] = []
        self.built = 0
        self.free: dict[Index, None] = {}

    # ------------------------------------------------------------ helpers

    def fail(self, message: str, tree: Tree, expected: str = "", tag: str = "syntax", nearest: tuple[str, ...] = (), readings: tuple[str, ...] = (), span: Span | None = None) -> ReadError:
        return ReadError(message, span or (tree.start, tree.end), expected, nearest, readings, self.text, tag)

    def note(self, tag: str, message: str, tree: Tree) -> None:
        self.parser.note(tag, message, tree.start, tree.end)

    def source(self, span: Span) -> str:
        return self.text[span[0] : span[1]].strip() or "this"

    def shape_fault(self, operation: str, values: Sequence[Val], span: Span, hint: str = "") -> ShapeFault:
        shapes = tuple(tuple(s if not isinstance(s, Wild) else "?" for s in map(find, v.sizes)) for v in values)
        return ShapeFault(ShapeError(operation, tuple(self.source(v.span) for v in values), shapes, span, hint))

    def index(self, name: str, size: AnySize) -> Index:
        """A new bound index; its size is filled in at the end where it is not known yet."""
        size = find(size)
        made = Index(name, size)  # type: ignore[arg-type]
        if isinstance(size, Wild):
            self.pending.append(made)
        return made

    def settle(self) -> None:
        """Every size that was left open is known by now, or nobody can tell it."""
        for index, size in self.hints:
            if isinstance(find(index.size), Wild):
                unify(index.size, size)
        for index in self.pending:
            size = find(index.size)  # type: ignore[arg-type]
            if isinstance(size, Wild):
                size = self.only_square()
                if size is None:
                    raise ReadError("the size of I, or of a vector of ones, cannot be told", (0, len(self.text)), "its size, as in I_n", (), (), self.text, "index")
                unify(index.size, size)
            index.size = size

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
        if made.cost > MAX_COST or made.depth > MAX_NESTED:
            raise self.too_large()
        return made

    def too_large(self) -> ReadError:
        return ReadError("the formula is too large when its matrices are written out", (0, len(self.text)), "smaller powers, or shorter products", (), (), self.text, "limit")

    def count(self) -> None:
        self.built += 1
        if self.built > MAX_BUILT:
            raise self.too_large()

    # ------------------------------------------------------------ dispatch

    def value(self, tree: Tree) -> Val:
        outer = tree
        while tree.op == "group":
            tree = tree.args[0]
        if tree.op in ("rel", "and", "or", "not"):
            raise self.fail("a condition stands where a value was expected", outer, "a value; an indicator is written 1[x > 0]", "relation")
        found = _RULES[tree.op](self, tree)
        found.span = (outer.start, outer.end)
        return found

    def scalar(self, tree: Tree, what: str) -> Node:
        found = self.value(tree)
        if found.sizes:
            raise self.shape_fault(what, [found], (tree.start, tree.end), "a scalar was expected")
        assert found.node is not None
        return found.node

    # ------------------------------------------------------------ leaves

    def num(self, t: Tree) -> Val:
        return Val(Num(t.value, (t.start, t.end)), numeral=True)

    def const(self, t: Tree) -> Val:
        return Val(Const(t.value, (t.start, t.end)), numeral=True)

    def size(self, t: Tree) -> Val:
        return Val(SizeVal(t.value, (t.start, t.end)))

    def letter(self, t: Tree) -> Val:
        found = self.index_of(t.value)
        if found is None:
            raise self.unknown(t.value, t)
        return Val(IndexVal(found, (t.start, t.end)))

    def index_of(self, letter: str) -> Index | None:
        found = self.env.get(letter)
        if found is None:
            found = self.scope.indices.get(letter)
            if found is not None:
                self.free[found] = None
        return found

    def unknown(self, word: str, t: Tree) -> ReadError:
        nearest = self.scope.nearest(word)
        known = ", ".join([r.name for r in self.scope.rows.values()][:12]) or "none"
        return self.fail(f"{word[:40]} is not declared", t, f"one of the declared names: {known}", "unknown-name", nearest)

    def name(self, t: Tree) -> Val:
        row = t.value
        span = (t.start, t.end)
        if row.role == "function":
            raise self.fail(f"{row.name} is a function and needs its argument", t, f"{row.name}(…)")
        if not row.sizes:
            return Val(Elem(row.name, (), span))
        return self.tensor(row.name, row.sizes, span)

    def tensor(self, name: str, sizes: Sizes, span: Span, head: tuple[IndexExpr, ...] = ()) -> Val:
        """A declared tensor, its first axes fixed: axes of size 1 take the index 1; a matrix with one column is a vector."""

        def at(*indices: IndexExpr) -> Node:
            self.count()
            return Elem(name, head + indices, span)

        if all(s == 1 for s in sizes):
            return Val(at(*(1 for _ in sizes)))
        sizes, entry = squeeze(sizes, at)
        return self.made(sizes, entry)

    def eye(self, t: Tree) -> Val:
        size = t.value if t.value is not None else Wild()
        return self.made((size, size), identity)

    def ones(self, t: Tree) -> Val:
        return self.made((t.value if t.value is not None else Wild(),), lambda i: ONE)

    # ------------------------------------------------------------ entries

    def at(self, t: Tree) -> Val:
        """Entries x_i, X_ij; fewer subscripts than axes give a row as a vector."""
        base, items = t.args[0], t.value
        if base.op == "name":
            row = base.value
            if not row.sizes:
                raise self.fail(f"{row.name} is a scalar: it takes no index", t, "a name with axes", "index", span=(items[0][2], items[-1][3]))
            where = self.subscripts(items, len(row.sizes), t, row.name)
            return self.entry_of(where, row.sizes, lambda *at: Elem(row.name, at, (t.start, t.end)), t, row.name)
        found = self.value(base)
        shown = self.source((base.start, base.end))
        if not found.sizes:
            raise self.fail(f"{shown} is a scalar: it takes no index", t, "", "index")
        where = self.subscripts(items, len(found.sizes), t, shown)
        return self.entry_of(where, found.sizes, found.entry, t, shown, found)

    def entry_of(self, where: list[IndexExpr | None], sizes: Sizes, entry: Entry, t: Tree, shown: str, of: Val | None = None) -> Val:
        left: list[AnySize] = []
        for axis, (index, size) in enumerate(zip(where, sizes, strict=False), 1):
            if index is None:
                left.append(size)
                continue
            self.check_axis(index, size, axis, t, shown)
        left += sizes[len(where) :]
        if not left:
            self.count()
            return Val(entry(*where))
        fixed = list(where) + [None] * (len(sizes) - len(where))

        def at(*indices: IndexExpr) -> Node:
            self.count()
            given = iter(indices)
            return entry(*(next(given) if f is None else f for f in fixed))

        if all(s == 1 for s in left):
            return Val(at(*(1 for _ in left)))
        shape, inner = squeeze(tuple(left), at)
        return self.made(shape, inner, *([] if of is None else [of]))

    def check_axis(self, index: IndexExpr, size: AnySize, axis: int, t: Tree, shown: str) -> None:
        """An index fits its axis: the same size; a literal within it."""
        size = find(size)
        if isinstance(index, Index):
            before = find(index.size)
            if not unify(index.size, size):
                raise ShapeFault(ShapeError(f"the subscript {index.name} of {shown}", (index.name, f"axis {axis} of {shown}"), ((before,), (size,)), (t.start, t.end), f"{index.name} runs over 1..{before}"))  # type: ignore[arg-type]
        elif isinstance(index, int):
            if isinstance(size, int) and index > size:
                raise self.fail(f"{shown} has {size} entries along axis {axis}; there is no entry {index}", t, f"an index from 1 to {size}", "index")
        else:
            for term, _ in index.terms:
                if isinstance(term, Index) and isinstance(find(term.size), Wild):
                    self.hints.append((term, size))

    def subscripts(self, items: list[Item], axes: int, t: Tree, shown: str) -> list[IndexExpr | None]:
        """Subscripts as index expressions; None is a slice. Digits in a run are one number, or one a place where that fits."""
        flat: list[Item] = []
        for kind, payload, start, end in items:
            if kind == "word" and payload not in self.env:
                letters = self.parser.letters(payload)
                step = 1 if len(letters) > 1 else 0
                flat += [("word", letter, start + k * step, start + k + 1 if step else end) for k, letter in enumerate(letters)]
            else:
                flat.append((kind, payload, start, end))
        if len(flat) < axes and any(k == "num" and len(p) > 1 for k, p, _, _ in flat):
            digits = [i for item in flat for i in ([("num", c, item[2], item[3]) for c in item[1]] if item[0] == "num" else [item])]
            if len(digits) == axes:
                flat = digits
        if len(flat) > axes:
            extra = flat[axes]
            raise self.fail(f"{shown} has {axes} {'axis' if axes == 1 else 'axes'}; {self.text[extra[2] : extra[3]] or 'this'} is one index too many", t, f"{axes} {'index' if axes == 1 else 'indices'}", "index", span=(extra[2], max(extra[3], extra[2] + 1)))
        out: list[IndexExpr | None] = []
        for kind, payload, start, end in flat:
            if kind == "slice":
                out.append(None)
            elif kind == "num":
                value = int(payload)
                if value == 0:
                    raise self.fail("indices count from 1", t, "1 for the first entry", "index", span=(start, end))
                out.append(value)
            elif kind == "word":
                out.append(self.index_term(payload, t, (start, end)))
            elif kind == "affine":
                terms, const = payload
                made = affine([(self.affine_term(letter, t, (start, end)), c) for letter, c in terms.items()], const)
                if isinstance(made, int) and made < 1:
                    raise self.fail("indices count from 1", t, "1 for the first entry", "index", span=(start, end))
                out.append(made)
            else:
                raise self.fail(f"{self.text[start:end]} is no index", t, "an index", "index", span=(start, end))
        return out

    def affine_term(self, letter: str, t: Tree, span: Span) -> Index | str:
        found = self.index_of(letter)
        if found is not None:
            return found
        size = self.scope.sizes.get(letter)
        if size is not None:
            return size
        known = [*self.env, *self.scope.indices]
        raise self.fail(f"{letter[:20]} is no index here", t, "an index: " + ", ".join(known) if known else "a declared index, or the index of a sum", "index", span=span)

    def index_term(self, letter: str, t: Tree, span: Span) -> IndexExpr:
        found = self.affine_term(letter, t, span)
        return affine([(found, 1)])

    def label(self, t: Tree) -> Val:
        """A superscript in brackets on something that is no tensor by name: a power of a scalar, an entry of a tensor."""
        items, _ = t.value
        base = self.value(t.args[0])
        if base.sizes:
            where = self.subscripts(items, len(base.sizes), t, self.source(base.span))
            return self.entry_of(where, base.sizes, base.entry, t, self.source(base.span), base)
        kind, payload, start, end = items[0]
        self.note("label-power", f"{self.text[t.start : t.end]} was read as a power", t)
        if kind == "num":
            exponent: Node = Num(Fraction(int(payload)), (start, end))
        elif kind == "word":
            exponent = self.letter_or_name(payload, t)
        else:
            terms, const = payload
            exponent = add(*(mul(Num(Fraction(c)), self.letter_or_name(x, t)) for x, c in terms.items()), Num(Fraction(const)))
        assert base.node is not None
        return Val(power(base.node, exponent, (t.start, t.end)), numeral=False)

    def letter_or_name(self, word: str, t: Tree) -> Node:
        row = self.scope.rows.get(word)
        if row is not None and not row.sizes:
            return Elem(row.name)
        if word in self.scope.sizes:
            return SizeVal(self.scope.sizes[word])
        found = self.index_of(word)
        if found is None:
            raise self.unknown(word, t)
        return IndexVal(found)

    # ------------------------------------------------------------ elementwise

    def elementwise(self, values: list[Val], build: Callable[..., Node], operation: str, span: Span, bias: bool = False) -> Val:
        """An operation entry by entry: equal shapes; scalars are the same for every entry."""
        tensors = [v for v in values if v.sizes]
        numeral = all(v.numeral for v in values)
        if not tensors:
            return Val(build(*(v.node for v in values)), numeral=numeral)
        shape = max((v.sizes for v in tensors), key=len)
        views: list[Callable[..., Node]] = []
        for v in values:
            if not v.sizes:
                node = v.node
                views.append(lambda *at, node=node: node)
                continue
            view = self.view(v, shape, tensors, operation, span, bias)
            views.append(view)
        return self.made(shape, lambda *at: build(*(view(*at) for view in views)), *values)

    def view(self, v: Val, shape: Sizes, tensors: list[Val], operation: str, span: Span, bias: bool) -> Entry:
        """A value seen in a shape: itself, or spread along the one axis it fits."""
        if len(v.sizes) == len(shape):
            if len(shape) == 2 and bias and find(v.sizes[0]) == 1 and find(shape[0]) != 1 and unify(v.sizes[1], shape[1]):
                self.parser.note("bias", f"{self.source(v.span)} was added to every row", *v.span)
                return lambda i, j: v.entry(1, j)
            if all(unify(a, b) for a, b in zip(v.sizes, shape, strict=True)):
                return v.entry
        elif bias and len(v.sizes) == 1 and len(shape) == 2 and 1 not in map(find, shape):
            size = find(v.sizes[0])
            fits = [k for k in (0, 1) if find(shape[k]) == size]
            if len(fits) == 1:
                axis = fits[0]
                self.parser.note("bias", f"{self.source(v.span)} was added along the axis of size {size}", *v.span)
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

    def add(self, t: Tree) -> Val:
        values = [self.value(a) for a in t.args]
        span = (t.start, t.end)
        if all(not v.sizes for v in values):
            return Val(add(*[v.node for v in values], span=span), numeral=all(v.numeral for v in values))  # type: ignore[misc]
        tensors = [v for v in values if v.sizes]
        shape = max((v.sizes for v in tensors), key=len)
        for v in values:
            if not v.sizes and not v.numeral:
                if len(shape) == 2:
                    a, b = find(shape[0]), find(shape[1])
                    if a is b or a == b:
                        raise self.shape_fault("a sum", [v, tensors[0]], span, f"did you mean {self.source(v.span)} I?")
                self.parser.note("broadcast", f"{self.source(v.span)} was added to every entry", *v.span)
        return self.elementwise(values, lambda *n: add(*n, span=span), "a sum", span, bias=True)

    def neg(self, t: Tree) -> Val:
        v = self.value(t.args[0])
        span = (t.start, t.end)
        if not v.sizes:
            return Val(neg(v.node, span), numeral=v.numeral)  # type: ignore[arg-type]
        return self.made(v.sizes, lambda *at: neg(v.entry(*at)), v)

    # ------------------------------------------------------------ products

    def prod(self, t: Tree) -> Val:
        args, ops = t.args, t.value
        values = [self.value(a) for a in args]
        span = (t.start, t.end)
        if all(not v.sizes for v in values):
            factors: list[Node] = [values[0].node]  # type: ignore[list-item]
            for op, v in zip(ops, values[1:], strict=True):
                factors.append(power(v.node, MINUS_ONE) if op == "/" else v.node)  # type: ignore[arg-type]
            return Val(mul(*factors, span=span), numeral=all(v.numeral for v in values))
        result = values[0]
        result.span = (args[0].start, args[0].end)
        for op, v, arg in zip(ops, values[1:], args[1:], strict=True):
            result = self.times(result, v, op, (t.start, arg.end))
            result.span = (t.start, arg.end)
        return result

    def times(self, a: Val, b: Val, op: str, span: Span) -> Val:
        """One product. `*` between tensors is whichever of matrix product and elementwise product conforms."""
        if op == "/":
            if b.sizes and a.sizes and len(a.sizes) != len(b.sizes):
                raise self.shape_fault("a division", [a, b], span)
            return self.elementwise([a, b], lambda x, y: div(x, y, span), "a division", span)
        if not a.sizes or not b.sizes:
            if op == "@":
                scalar = b if not b.sizes else a
                self.parser.note("scalar-product", f"{self.source(scalar.span)} is a scalar, so @ scales", *span)
            return self.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
        if op == "odot":
            return self.elementwise([a, b], lambda x, y: mul(x, y), "an elementwise product", span)
        if op == "dot" and len(a.sizes) == len(b.sizes) == 1:
            return self.inner(a, b, span, "a dot product")
        if op == "*":
            return self.star(a, b, span)
        return self.matrix_product(a, b, span, op)

    def star(self, a: Val, b: Val, span: Span) -> Val:
        same = len(a.sizes) == len(b.sizes) and all(self.could(x, y) for x, y in zip(a.sizes, b.sizes, strict=True))
        product = len(a.sizes) <= 2 and len(b.sizes) <= 2 and self.could(columns(a.sizes), rows(b.sizes))
        left, right = self.source(a.span), self.source(b.span)
        if same and product and self.parser.choice is not None:
            self.parser.note("two-readings", f"{left} * {right} reads two ways", *span)
            return self.times(a, b, "odot" if self.parser.choice else "@", span)
        if same and product:
            raise ReadError(f"{left} * {right} reads two ways: both are square", span, "@ for the matrix product, ⊙ for the elementwise one", (), (f"{left} @ {right}", f"{left} ⊙ {right}"), self.text, "ambiguous")
        if same:
            self.parser.note("star", f"{left} * {right} was read as the elementwise product", *span)
            return self.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
        return self.matrix_product(a, b, span, "*")

    def could(self, a: AnySize, b: AnySize) -> bool:
        """Whether two sizes may be the same, without making them so."""
        a, b = find(a), find(b)
        return isinstance(a, Wild) or isinstance(b, Wild) or a == b

    def matrix_product(self, a: Val, b: Val, span: Span, op: str) -> Val:
        found = matmul(a, b, self.index)
        if found is None:
            hint = ""
            if len(a.sizes) == len(b.sizes) == 1:
                left, right = self.source(a.span), self.source(b.span)
                hint = f"write {left} ⊙ {right} for the elementwise product, ({left})^T ({right}) for the dot product"
            else:
                hint = self.hint([a, b])
            raise self.shape_fault("a product", [a, b], span, hint)
        sizes, at = found
        if all(find(s) == 1 for s in sizes):
            return Val(at(*(1 for _ in sizes)))
        return self.made(sizes, at, a, b)

    def inner(self, a: Val, b: Val, span: Span, operation: str) -> Val:
        if len(a.sizes) != 1 or len(b.sizes) != 1 or not unify(a.sizes[0], b.sizes[0]):
            raise self.shape_fault(operation, [a, b], span)
        if a.entries is not None or b.entries is not None:
            size = find(a.sizes[0])
            if isinstance(size, int):
                return Val(add(*(mul(a.entry(k), b.entry(k)) for k in range(1, size + 1))))
        k = self.index("k", a.sizes[0])
        return Val(total((k,), mul(a.entry(k), b.entry(k)), span))

    def div(self, t: Tree) -> Val:
        a, b = self.value(t.args[0]), self.value(t.args[1])
        span = (t.start, t.end)
        if not a.sizes and not b.sizes:
            return Val(div(a.node, b.node, span), numeral=a.numeral and b.numeral)  # type: ignore[arg-type]
        return self.times(a, b, "/", span)

    def pow(self, t: Tree) -> Val:
        base, exponent = self.value(t.args[0]), self.value(t.args[1])
        span = (t.start, t.end)
        if isinstance(base.node, Pow) and base.node.exponent is HALF and self.integer(exponent.node) == 2 and _is_norm(t.args[0]):
            return Val(base.node.base)
        if exponent.sizes and not base.sizes:
            return self.elementwise([base, exponent], lambda x, y: self.raise_to(x, y, span), "a power", span)
        if not base.sizes:
            return Val(self.raise_to(base.node, exponent.node, span), numeral=base.numeral and exponent.numeral)  # type: ignore[arg-type]
        if exponent.sizes:
            raise self.shape_fault("a power", [base, exponent], span, "a power is a scalar")
        whole = self.integer(exponent.node)
        shown = self.source(base.span)
        if len(base.sizes) == 1 or (len(base.sizes) == 2 and 1 in map(find, base.sizes)):
            if whole is not None and whole > 1:
                raise self.fail(f"{shown} is a vector: its power {whole} says nothing", t, f"{shown} ⊙ {shown}, or ‖{shown}‖²", "operation", readings=(f"{shown} ⊙ {shown}", f"‖{shown}‖^2"))
            return self.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
        if len(base.sizes) != 2:
            raise self.shape_fault("a power", [base], span)
        if whole is None:
            self.note("elementwise-power", f"{self.source(span)} was read entry by entry", t)
            return self.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
        if not unify(base.sizes[0], base.sizes[1]):
            raise self.shape_fault("a matrix power", [base], span, "only a square matrix has powers")
        if abs(whole) > MAX_POWER:
            raise self.fail(f"the power {whole} of a matrix is beyond {MAX_POWER}", t, f"a power up to {MAX_POWER}", "limit")
        if whole == 0:
            return self.made(base.sizes, identity)
        factor = base if whole > 0 else self.inverse(base, span)
        result = factor
        for _ in range(abs(whole) - 1):
            found = matmul(result, factor, self.index)
            assert found is not None
            result = self.made(*found, result, factor)
        return result

    def raise_to(self, base: Node, exponent: Node, span: Span) -> Node:
        """base^exponent; a power of e is `exp`; an exponent of indices is one index expression, β^(t-s)."""
        if isinstance(exponent, (Add, Mul)):
            exponent = _index_value(exponent)
        if isinstance(base, Const) and base.name == "e":
            return Call("exp", (exponent,), span)
        return power(base, exponent, span)

    def integer(self, node: Node | None) -> int | None:
        """The integer a numeral exponent is."""
        if isinstance(node, Num) and node.value.denominator == 1:
            return int(node.value)
        return None

    def transpose(self, t: Tree) -> Val:
        v = self.value(t.args[0])
        if not v.sizes:
            if t.value is not None:
                exponent = self.value(t.value)
                return Val(self.raise_to(v.node, exponent.node, (t.start, t.end)))  # type: ignore[arg-type]
            self.note("scalar-transpose", f"{self.source(v.span)} is a scalar: its transpose is itself", t)
            return v
        return self.transposed(v, (t.start, t.end))

    def transposed(self, v: Val, span: Span) -> Val:
        if len(v.sizes) == 1:
            return self.made((1, v.sizes[0]), lambda i, j: v.entry(j), v)
        if len(v.sizes) != 2:
            raise self.shape_fault("a transpose", [v], span)
        sizes, at = squeeze((v.sizes[1], v.sizes[0]), lambda i, j: v.entry(j, i))
        return self.made(sizes, at, v)

    def inverse_transpose(self, t: Tree) -> Val:
        v = self.value(t.args[0])
        span = (t.start, t.end)
        if not v.sizes:
            return Val(power(v.node, MINUS_ONE, span))  # type: ignore[arg-type]
        v.span = (t.args[0].start, t.args[0].end)
        return self.transposed(self.inverse(v, span), span)

    # ------------------------------------------------------------ matrices

    def square(self, v: Val, what: str, span: Span) -> AnySize:
        if len(v.sizes) != 2 or not unify(v.sizes[0], v.sizes[1]):
            raise self.shape_fault(what, [v], span, "a square matrix was expected")
        return v.sizes[0]

    def inverse(self, v: Val, span: Span) -> Val:
        if not v.sizes:
            return Val(power(v.node, MINUS_ONE, span))  # type: ignore[arg-type]
        size = self.square(v, "an inverse", span)

        def at(i: IndexExpr, j: IndexExpr) -> Node:
            r, c = self.index("r", size), self.index("c", size)
            return MatrixAtom("inv", r, c, v.entry(r, c), (i, j), span)

        return self.made(v.sizes, at, v)

    def determinant(self, v: Val, span: Span, op: str = "det") -> Val:
        if not v.sizes:
            return v if op == "det" else Val(call("log", v.node))  # type: ignore[arg-type]
        size = self.square(v, "a determinant", span)
        r, c = self.index("r", size), self.index("c", size)
        return Val(MatrixAtom(op, r, c, v.entry(r, c), (), span))

    def trace(self, v: Val, span: Span) -> Val:
        if not v.sizes:
            return v
        size = self.square(v, "a trace", span)
        k = self.index("k", size)
        return Val(total((k,), v.entry(k, k), span))

    def diagonal(self, v: Val, span: Span) -> Val:
        if len(v.sizes) == 2 and find(v.sizes[0]) == 1 and find(v.sizes[1]) != 1:
            v = self.transposed(v, span)
        if len(v.sizes) == 1:
            size = v.sizes[0]

            def at(i: IndexExpr, j: IndexExpr) -> Node:
                if isinstance(i, int) and isinstance(j, int):
                    return v.entry(i) if i == j else ZERO
                return mul(Delta(i, j), v.entry(i))

            return self.made((size, size), at, v)
        size = self.square(v, "a diagonal", span)
        return self.made((size,), lambda i: v.entry(i, i), v)

    def norm_of(self, v: Val, degree: str, t: Tree) -> Val:
        span = (t.start, t.end)
        if not v.sizes:
            return Val(call("abs", v.node, span=span))  # type: ignore[arg-type]
        if degree in ("infty", "infinity"):
            raise self.fail("the maximum norm is not read", t, "max_i |x_i|")
        if len(v.sizes) == 2 and 1 not in map(find, v.sizes):
            if degree == "1":
                raise self.fail("the 1-norm of a matrix is not read", t, "the sum of |A_ij|", "operation")
            if degree == "2":
                self.note("frobenius", f"{self.source(span)} was read as the Frobenius norm", t)
        where = [self.index("k", s) if find(s) != 1 else 1 for s in v.sizes]
        entry = v.entry(*where)
        over = [k for k in where if isinstance(k, Index)]
        if degree == "1":
            return Val(total(over, call("abs", entry), span))
        return Val(Pow(total(over, Pow(entry, TWO)), HALF, span))

    def norm(self, t: Tree) -> Val:
        return self.norm_of(self.value(t.args[0]), t.value, t)

    def bars(self, t: Tree) -> Val:
        v = self.value(t.args[0])
        span = (t.start, t.end)
        if not v.sizes:
            return Val(call("abs", v.node, span=span), numeral=v.numeral)  # type: ignore[arg-type]
        if len(v.sizes) == 2 and (find(v.sizes[0]) is find(v.sizes[1]) or find(v.sizes[0]) == find(v.sizes[1])):
            self.note("determinant", f"{self.source(span)} was read as a determinant", t)
            return self.determinant(v, span)
        self.note("elementwise", f"{self.source(span)} was read as the absolute value of every entry; a norm is written ‖…‖", t)
        return self.elementwise([v], lambda x: call("abs", x, span=span), "an absolute value", span)

    def listed(self, t: Tree) -> Val:
        values = [self.value(a) for a in t.args]
        if any(v.sizes for v in values):
            if all(len(v.sizes) == 2 and find(v.sizes[0]) == 1 and v.entries is not None for v in values):
                return self.grid([v.entries[0] for v in values], t)
            raise self.shape_fault("a vector", values, (t.start, t.end), "its entries are scalars")
        nodes: list[Node] = [v.node for v in values]  # type: ignore[misc]
        if len(nodes) == 1:
            return Val(nodes[0])
        entry = explicit([[n] for n in nodes])
        made = self.made((len(nodes),), lambda i: entry(i, 1), cost=len(nodes))
        made.entries = [[n] for n in nodes]
        return made

    def grid(self, made: list[list[Node]], t: Tree) -> Val:
        if len({len(r) for r in made}) != 1:
            raise self.fail("the rows of this matrix differ in length", t, "rows of equal length")
        at = explicit(made)
        if len(made) == 1 and len(made[0]) == 1:
            return Val(made[0][0])
        sizes, entry = squeeze((len(made), len(made[0])), at)
        out = self.made(sizes, entry, cost=len(made) * len(made[0]))
        out.entries = made
        return out

    def rows(self, t: Tree) -> Val:
        made = []
        for row in t.args:
            values = [self.value(a) for a in row.args]
            if any(v.sizes for v in values):
                raise self.shape_fault("a matrix", values, (t.start, t.end), "its entries are scalars")
            made.append([v.node for v in values])
        return self.grid(made, t)

    # ------------------------------------------------------------ functions

    def call(self, t: Tree) -> Val:
        name, base, order = t.value if isinstance(t.value, tuple) else (t.value, None, 0)
        special = _SPECIAL.get(name)
        span = (t.start, t.end)
        if order:
            return self.primed(t, name, order)
        if name == "log":
            return self.log(t, base)
        if special is not None:
            return special(self, t, base)
        values = [self.value(a) for a in t.args]
        atom = ATOMS[name]
        if atom.arity is not None and len(values) != atom.arity and not (name in ("leaky_relu", "elu") and (base is not None or len(values) == 1)):
            raise self.fail(f"{name} takes {atom.arity} argument{'s' if atom.arity > 1 else ''}, not {len(values)}", t, f"{name}({', '.join('xyz'[: atom.arity])})")
        if name in ("leaky_relu", "elu") and len(values) == 1:
            values.append(self.default_slope(name, base, t))
        if name in ("max", "min") and len(values) == 1:
            v = values[0]
            if not v.sizes:
                return v
            where = [self.index("k", s) if find(s) != 1 else 1 for s in v.sizes]
            self.note("over-all", f"{self.source(span)} was read as the {'largest' if name == 'max' else 'smallest'} of all entries", t)
            return Val(Bound(name, tuple(k for k in where if isinstance(k, Index)), v.entry(*where), span))
        return self.elementwise(values, lambda *n: Call(name, n, span), name, span)

    def default_slope(self, name: str, base: Any, t: Tree) -> Val:
        """The α of leaky_relu and elu where it is not written: a declared scalar alpha, or a subscript."""
        if base is not None:
            kind, payload, _, _ = base[0]
            if kind == "word":
                return Val(self.letter_or_name(payload, t))
            if kind == "num":
                return Val(Num(Fraction(payload)))
        row = self.scope.rows.get("alpha")
        if row is not None and not row.sizes:
            self.note("slope", f"the slope of {name} was taken to be {row.name}", t)
            return Val(Elem(row.name))
        if name == "elu":
            self.note("slope", "the scale of elu was taken to be 1", t)
            return Val(ONE)
        raise self.fail(f"{name} needs its slope", t, f"{name}(x, alpha)")

    def primed(self, t: Tree, name: str, order: int) -> Val:
        """σ'(z): the derivative of a function at its argument."""
        atom = ATOMS.get(name)
        span = (t.start, t.end)
        if atom is None or len(atom.derivative) != 1 or order > 1:
            raise self.fail(f"this derivative of {name} is not read", t, f"{name}'(x), once, of a function of one argument")
        v = self.value(t.args[0])
        rule = atom.derivative[0]
        return self.elementwise([v], lambda x: rule(x), name, span)

    def log(self, t: Tree, base: Any) -> Val:
        span = (t.start, t.end)
        if len(t.args) not in (1, 2):
            raise self.fail(f"log takes 1 or 2 arguments, not {len(t.args)}", t, "log(x) or log(x, b)")
        values = [self.value(a) for a in t.args]
        first = values[0].node
        if base is not None and len(values) == 1:
            kind, payload, _, _ = base[0]
            if kind == "num":
                values.append(Val(Num(Fraction(payload)), numeral=True))
            elif kind == "word" and payload == "e" and "e" not in self.scope.rows:
                pass
            elif kind == "word":
                values.append(Val(self.letter_or_name(payload, t)))
            else:
                raise self.fail("this base of a logarithm is not read", t, "log_2 x or log(x, b)")
        if len(values) == 1 and isinstance(first, MatrixAtom) and first.op == "det":
            return Val(MatrixAtom("logdet", first.row, first.col, first.body, (), span))
        if len(values) == 1:
            return self.elementwise(values, lambda x: Call("log", (x,), span), "log", span)
        return self.elementwise(values, lambda x, b: div(Call("log", (x,), span), Call("log", (b,), span)), "log", span)

    def apply(self, t: Tree) -> Val:
        row, order = t.value
        values = [self.value(a) for a in t.args]
        return self.elementwise(values, lambda *n: Apply(row.name, n, order, (t.start, t.end)), row.name, (t.start, t.end))

    def special(self, t: Tree) -> Val:
        """√ and its kin, which the grammar knows by their sign."""
        v = self.value(t.args[0])
        span = (t.start, t.end)
        if t.value == "sqrt":
            return self.elementwise([v], lambda x: Pow(x, HALF, span), "a root", span)
        if t.value == "det":
            return self.determinant(v, span)
        degree = self.value(t.args[1])
        return self.elementwise([v, degree], lambda x, n: Pow(x, power(n, MINUS_ONE), span), "a root", span)

    def kronecker(self, t: Tree) -> Val:
        if len(t.args) != 2:
            raise self.fail("δ takes two indices", t, "delta(i, j)", "index")
        where = [self.index_value(self.value(a).node, a) for a in t.args]
        return Val(self.delta_of(where[0], where[1], t))

    def index_value(self, node: Node | None, t: Tree) -> IndexExpr:
        if isinstance(node, IndexVal):
            return node.at
        if isinstance(node, Num) and node.value.denominator == 1 and node.value >= 1:
            return int(node.value)
        raise self.fail(f"{self.source((t.start, t.end))} is no index", t, "an index", "index")

    def delta(self, t: Tree) -> Val:
        """δ_ij."""
        where = self.subscripts(t.value, 2, t, "δ")
        if len(where) != 2 or None in where:
            raise self.unknown("delta", t)
        return Val(self.delta_of(where[0], where[1], t))  # type: ignore[arg-type]

    def delta_of(self, a: IndexExpr, b: IndexExpr, t: Tree) -> Node:
        self.relate(a, b, t)
        return identity(a, b) if isinstance(a, int) and isinstance(b, int) else Delta(a, b, (t.start, t.end))

    def relate(self, a: IndexExpr, b: IndexExpr, t: Tree) -> None:
        """Indices that are compared run over the same range, if nothing else says so."""
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Index) and isinstance(find(x.size), Wild):
                for term, _ in affine_terms(y)[0]:
                    if isinstance(term, Index):
                        self.hints.append((x, term.size))

    # ------------------------------------------------------------ conditions

    def condition(self, t: Tree) -> Val:
        """A condition; entry by entry where its sides are tensors."""
        if t.op == "group":
            return self.condition(t.args[0])
        if t.op == "rel":
            return self.relation(t)
        if t.op in ("and", "or", "not"):
            values = [self.condition(a) for a in t.args]
            make: Callable[..., Node] = {"and": lambda *n: And(n), "or": lambda *n: Or(n), "not": lambda *n: Not(n[0])}[t.op]
            return self.elementwise(values, make, "a condition", (t.start, t.end))
        raise self.fail("a value stands where a condition was expected", t, "a condition, as in x > 0", "relation")

    def relation(self, t: Tree) -> Val:
        values = [self.value(a) for a in t.args]
        span = (t.start, t.end)
        parts: list[Val] = []
        for op, a, b, left, right in zip(t.value, values, values[1:], t.args, t.args[1:], strict=False):
            a, b = (Val(_index_value(v.node), span=v.span) if isinstance(v.node, (Add, Mul)) else v for v in (a, b))
            if isinstance(a.node, IndexVal) and isinstance(b.node, IndexVal):
                self.relate(a.node.at, b.node.at, t)
            if op not in ("==", "!="):
                pass  # only an equality of indices becomes a δ; other comparisons keep their numbers
            elif isinstance(a.node, IndexVal) and isinstance(b.node, Num) and b.node.value.denominator == 1 and b.node.value >= 1:
                b = Val(IndexVal(int(b.node.value), (right.start, right.end)))
            elif isinstance(b.node, IndexVal) and isinstance(a.node, Num) and a.node.value.denominator == 1 and a.node.value >= 1:
                a = Val(IndexVal(int(a.node.value), (left.start, left.end)))
            parts.append(self.elementwise([a, b], lambda x, y, op=op: Rel(op, x, y, span), "a comparison", span))
        if len(parts) == 1:
            return parts[0]
        return self.elementwise(parts, lambda *n: And(n, span), "a comparison", span)

    def indicator(self, t: Tree) -> Val:
        span = (t.start, t.end)
        inner = t.args[0]
        if inner.op not in ("rel", "and", "or", "not", "group"):
            raise self.fail("an indicator needs a condition", inner, "a condition, as in 1[x > 0]", "relation")
        return self.elementwise([self.condition(inner)], lambda c: indicator(c), "an indicator", span)

    def cases(self, t: Tree) -> Val:
        args = t.args
        last = len(args) - 1 if t.value else len(args)
        conditions = [self.condition(a) for a in args[:last:2]]
        values = [self.value(a) for a in args[1:last:2]]
        rest = [self.value(args[last])] if t.value else []
        span = (t.start, t.end)
        n = len(conditions)
        if n == 0:
            return rest[0]

        def build(*nodes: Node) -> Node:
            return Cases(tuple(zip(nodes[:n], nodes[n : 2 * n], strict=True)), nodes[2 * n] if rest else None, span)

        return self.elementwise([*conditions, *values, *rest], build, "cases", span)

    # ------------------------------------------------------------ binders

    def big(self, t: Tree) -> Val:
        """Σ, Π, max, mean: full ranges, and conditions on them."""
        op, binders, loose = t.value
        span = (t.start, t.end)
        body_tree = t.args[0]
        if not binders:
            found = self.unnamed(t, op, loose, body_tree)
            if isinstance(found, Val):
                return found
            binders = found
        saved = dict(self.env)
        made: list[Index] = []
        for b in binders:
            declared = self.scope.indices.get(b.letter)
            size = Wild()
            index = Index(b.letter, size)  # type: ignore[arg-type]
            self.env[b.letter] = index
            made.append(index)
            if declared is not None:
                self.hints.append((index, declared.size))
        body = self.value(body_tree)
        conditions: list[Node] = []
        for b, index in zip(binders, made, strict=True):
            conditions += self.range(b, index, t)
        for b in binders:
            for c in b.conditions:
                found_c = self.condition(c)
                if found_c.sizes:
                    raise self.shape_fault("a condition below a sum", [found_c], span)
                conditions.append(found_c.node)  # type: ignore[arg-type]
        for index in made:
            self.close(index, t)
        self.env = saved
        if op == "mean":
            if conditions:
                raise self.fail("a mean over part of a range is not read", t, "a sum, divided by how many there are")
            scale = mul(*(power(_size_node(i.size), MINUS_ONE) for i in made))
            return self.elementwise([body], lambda x: mul(scale, total(made, x, span)), "a mean", span)
        if conditions:
            if op not in ("sum", "prod"):
                raise self.fail(f"{op} over part of a range is not read", t, f"{op} over a full range")
            neutral = ZERO if op == "sum" else ONE
            condition = conditions[0] if len(conditions) == 1 else And(tuple(conditions))
            return self.elementwise([body], lambda x: Bound(op, tuple(made), Cases(((condition, x),), neutral), span), "a sum", span)
        return self.elementwise([body], lambda x: bound(op, made, x, span), "a sum", span)

    def unnamed(self, t: Tree, op: str, loose: list[tuple[str, int]], body: Tree) -> Val | list[Binder]:
        """A Σ without an index: the one undeclared index of its body; else the one declared index; else all entries."""
        letters = list(dict.fromkeys(letter for letter, _ in loose if letter not in self.env))
        if len(letters) == 1:
            return [Binder(letters[0], t.start, t.end)]
        if len(letters) > 1:
            raise self.fail(f"which index does this sum run over: {', '.join(letters[:5])}?", t, f"the index below, as in sum_{letters[0]}", "index")
        used = [x for x in dict.fromkeys(_letters(self.parser, body)) if x in self.scope.indices and x not in self.env]
        if len(used) == 1:
            self.note("sum-index", f"the sum was read to run over {used[0]}", t)
            return [Binder(used[0], t.start, t.end)]
        if len(used) > 1:
            raise self.fail(f"which index does this sum run over: {', '.join(used[:5])}?", t, f"the index below, as in sum_{used[0]}", "index")
        v = self.value(body)
        span = (t.start, t.end)
        if not v.sizes:
            raise self.fail("this sum has no index", t, "an index below, as in sum_i x_i", "index")
        where = [self.index("k", s) if find(s) != 1 else 1 for s in v.sizes]
        over = [k for k in where if isinstance(k, Index)]
        self.note("over-all", f"{self.source(span)} was read over all entries", t)
        if op == "mean" and any(isinstance(find(k.size), Wild) for k in over):
            raise self.fail("the range of this mean cannot be told", t, "an index below, as in mean_i x_i", "index")
        if op == "mean":
            return Val(mul(*(power(_size_node(find(k.size)), MINUS_ONE) for k in over), total(over, v.entry(*where), span)))
        return Val(bound(op, over, v.entry(*where), span))

    def range(self, b: Binder, index: Index, t: Tree) -> list[Node]:
        """The ends of a range: the full one gives the size, any other a condition."""
        lower = self.end_of(b.lower, t) if b.lower is not None else 1
        upper = self.end_of(b.upper, t) if b.upper is not None else None
        conditions: list[Node] = []
        if upper is None:
            if lower != 1:
                conditions.append(Rel(">=", IndexVal(index), IndexVal(lower)))
            return conditions
        plain: Any = upper if isinstance(upper, int) else None
        terms, const = affine_terms(upper)
        if not isinstance(upper, int) and const == 0 and len(terms) == 1 and isinstance(terms[0][0], str) and terms[0][1] == 1:
            plain = terms[0][0]
        known = find(index.size)  # type: ignore[arg-type]
        if isinstance(known, Wild):
            if plain is not None and not (isinstance(plain, int) and plain < 1):
                unify(index.size, plain)  # type: ignore[arg-type]
            else:
                for term, _ in terms:
                    self.hints.append((index, term if isinstance(term, str) else term.size))
                conditions.append(Rel("<=", IndexVal(index), IndexVal(upper)))
        elif plain is None:
            for term, _ in terms:
                size = term if isinstance(term, str) else find(term.size)
                if isinstance(size, str) and isinstance(known, str) and size != known:
                    raise ShapeFault(ShapeError("a sum", (b.letter, self.source((b.upper.start, b.upper.end))), ((known,), (size,)), (t.start, t.end), f"{b.letter} runs over 1..{known}"))  # type: ignore[union-attr]
            conditions.append(Rel("<=", IndexVal(index), IndexVal(upper)))
        elif plain != known:
            if isinstance(plain, int) and isinstance(known, str):
                conditions.append(Rel("<=", IndexVal(index), IndexVal(plain)))
            else:
                raise ShapeFault(ShapeError("a sum", (b.letter, self.source((b.upper.start, b.upper.end))), ((known,), (plain,)), (t.start, t.end), f"{b.letter} runs over 1..{known}"))  # type: ignore[union-attr,arg-type]
        if lower != 1:
            if isinstance(lower, int) and lower < 1:
                raise self.fail("indices count from 1", t, "1 as the first index", "index", span=(b.lower.start, b.lower.end))  # type: ignore[union-attr]
            conditions.insert(0, Rel(">=", IndexVal(index), IndexVal(lower)))
        return conditions

    def end_of(self, t: Tree, where: Tree) -> IndexExpr:
        """An end of a range as an index expression."""
        node = self.scalar(t, "the end of a range")
        found = _affine_of(node)
        if found is None:
            raise self.fail(f"{self.source((t.start, t.end))} is no end of a range", t, "a size, an index or a number", "index")
        return affine(*found)

    def close(self, index: Index, t: Tree) -> None:
        """The size of a bound index is known once its body is."""
        size = find(index.size)  # type: ignore[arg-type]
        if isinstance(size, Wild):
            for other, hint in self.hints:
                if other is index:
                    known = find(hint)
                    if not isinstance(known, Wild):
                        unify(size, known)
                        size = known
                        break
        if isinstance(size, Wild):
            if any(v is index for v in self.env.values()) and self.used_open(size):
                self.pending.append(index)
                return
            raise self.fail(f"the range of {index.name} cannot be told", t, f"the end above, as in sum_{{{index.name}=1}}^n", "index")
        index.size = size

    def used_open(self, size: Wild) -> bool:
        return False

    def array(self, t: Tree) -> Val:
        """`j -> a_j`: the array with these entries."""
        saved = dict(self.env)
        made: list[Index] = []
        for letter, size in t.value:
            index = self.index(letter, size if size is not None else Wild())
            self.env[letter] = index
            made.append(index)
        body = self.value(t.args[0])
        self.env = saved
        if body.sizes:
            raise self.shape_fault("an array", [body], (t.start, t.end), "its entries are scalars")
        node = body.node
        assert node is not None
        sizes = tuple(i.size for i in made)

        def at(*indices: IndexExpr) -> Node:
            return reindex(node, dict(zip(made, indices, strict=True)))

        return self.made(*squeeze(sizes, at), cost=sum(1 for _ in walk(node)))

    # ------------------------------------------------------------ derivatives

    def deriv(self, t: Tree) -> Val:
        """∂of/∂wrt, not carried out: the axes of `of`, then those of `wrt`."""
        of, wrt = self.value(t.args[0]), self.value(t.args[1])
        span = (t.start, t.end)
        if not of.sizes and not wrt.sizes:
            return Val(Deriv(of.node, wrt.node, span))  # type: ignore[arg-type]
        n = len(of.sizes)
        return self.made(of.sizes + wrt.sizes, lambda *at: Deriv(of.entry(*at[:n]), wrt.entry(*at[n:]), span), of, wrt)


def _is_norm(t: Tree) -> bool:
    """‖a‖, whose square is the sum of squares itself."""
    return t.op == "norm" or (t.op == "call" and (t.value == "norm" or (isinstance(t.value, tuple) and t.value[0] == "norm")))


def _index_value(node: Node) -> Node:
    """t - s as one index expression, where a node is one; itself otherwise."""
    if not any(isinstance(n, IndexVal) for n in walk(node)):
        return node
    found = _affine_of(node)
    return node if found is None or not any(c for _, c in found[0]) else IndexVal(affine(*found), node.span)  # type: ignore[attr-defined]


def _size_node(size: Any) -> Node:
    return Num(Fraction(size)) if isinstance(size, int) else SizeVal(size)


def _affine_of(node: Node) -> tuple[list[tuple[Index | str, int]], int] | None:
    """Σ c·t + const of a node, None where it is none."""
    match node:
        case Num(value) if value.denominator == 1 and abs(value) < 10**6:
            return [], int(value)
        case SizeVal(size):
            return [(size, 1)], 0
        case IndexVal(at):
            terms, const = affine_terms(at)
            return list(terms), const
        case Add(args):
            terms, const = [], 0
            for a in args:
                found = _affine_of(a)
                if found is None:
                    return None
                terms += found[0]
                const += found[1]
            return terms, const
        case Mul((Num(value), other)) if value.denominator == 1 and abs(value) < 10**6:
            found = _affine_of(other)
            return None if found is None else ([(x, c * int(value)) for x, c in found[0]], found[1] * int(value))
        case _:
            return None


def _letters(parser: Parser, tree: Tree) -> list[str]:
    """The letters that stand as subscripts in a surface tree."""
    out: list[str] = []
    stack = [tree]
    while stack:
        top = stack.pop()
        if top.op in ("at", "delta"):
            for kind, payload, _, _ in top.value:
                if kind == "word":
                    out += parser.letters(payload)
                elif kind == "affine":
                    out += list(payload[0])
        stack += reversed(top.args)
    return out


# ---------------------------------------------------------------- functions that are more than elementwise


def _arity(low: Lowering, t: Tree, name: str, *allowed: int) -> list[Val]:
    if len(t.args) not in allowed:
        raise low.fail(f"{name} takes {' or '.join(map(str, allowed))} argument{'s' if allowed != (1,) else ''}, not {len(t.args)}", t, f"{name}({', '.join('xyz'[: allowed[0]])})")
    return [low.value(a) for a in t.args]


def _along_last(low: Lowering, t: Tree, name: str, base: Any) -> tuple[Val, Sizes, Callable[[tuple[IndexExpr, ...]], Node]]:
    """The argument of softmax and its kin, and the logsumexp over its last axis."""
    v = _arity(low, t, name, 1)[0]
    if not v.sizes:
        inner = low.source((t.args[0].start, t.args[0].end))
        raise low.fail(f"{name} needs a vector; {inner} is a scalar", t, f"{name}(z)_i, with the index outside", "operation")
    if len(v.sizes) == 2 and find(v.sizes[0]) != 1:
        low.note("last-axis", f"{name} was read along the rows", t)

    def lse(at: tuple[IndexExpr, ...]) -> Node:
        k = low.index("k", v.sizes[-1])
        return Bound("logsumexp", (k,), v.entry(*at[:-1], k))

    return v, v.sizes, lse


def _softmax(low: Lowering, t: Tree, base: Any) -> Val:
    v, sizes, lse = _along_last(low, t, "softmax", base)
    out = low.made(sizes, lambda *at: call("exp", sub(v.entry(*at), lse(at))), v, v)
    return _indexed(low, out, base, t)


def _log_softmax(low: Lowering, t: Tree, base: Any) -> Val:
    v, sizes, lse = _along_last(low, t, "log_softmax", base)
    out = low.made(sizes, lambda *at: sub(v.entry(*at), lse(at)), v, v)
    return _indexed(low, out, base, t)


def _indexed(low: Lowering, v: Val, base: Any, t: Tree) -> Val:
    """softmax_i(z) is softmax(z)_i."""
    if base is None:
        return v
    where = low.subscripts(base, len(v.sizes), t, low.source((t.start, t.end)))
    return low.entry_of(where, v.sizes, v.entry, t, low.source((t.start, t.end)), v)


def _logsumexp(low: Lowering, t: Tree, base: Any) -> Val:
    v, sizes, lse = _along_last(low, t, "logsumexp", base)
    if len(sizes) == 1 or find(sizes[0]) == 1:
        return Val(lse(tuple(1 for _ in sizes)))
    return low.made(sizes[:-1], lambda *at: lse((*at, 1)), v)


def _mean(low: Lowering, t: Tree, base: Any) -> Val:
    if len(t.args) != 1:
        raise low.fail(f"mean takes 1 argument, not {len(t.args)}", t, "mean_i x_i or mean(x)")
    tree = Tree("big", t.args, ("mean", [], [(x, 0) for x in _letters(low.parser, t.args[0]) if x not in low.scope.indices and x not in low.scope.sizes]), t.start, t.end)
    return low.big(tree)


def _norm(low: Lowering, t: Tree, base: Any) -> Val:
    degree = "2"
    if len(t.args) == 2:
        second = t.args[1]
        degree = low.source((second.start, second.end))
        if degree not in ("1", "2"):
            raise low.fail(f"the norm {degree[:20]} is not read", second, "1 or 2")
        v = low.value(t.args[0])
    else:
        v = _arity(low, t, "norm", 1)[0]
    if base is not None:
        degree = str(base[0][1])
        if degree not in ("1", "2", "F"):
            raise low.fail(f"the norm {degree[:20]} is not read", t, "1, 2 or F")
    return low.norm_of(v, degree, t)


def _span(t: Tree) -> Span:
    return (t.start, t.end)


def _root(low: Lowering, t: Tree, base: Any) -> Val:
    v, n = _arity(low, t, "root", 2)
    return low.elementwise([v, n], lambda x, k: Pow(x, power(k, MINUS_ONE)), "a root", _span(t))


def _simple(name: str, build: Callable[[Node], Node]) -> Callable[[Lowering, Tree, Any], Val]:
    return lambda low, t, base: low.elementwise(_arity(low, t, name, 1), build, name, _span(t))


def _outer(low: Lowering, t: Tree, base: Any) -> Val:
    a, b = _arity(low, t, "outer", 2)
    if len(a.sizes) != 1 or len(b.sizes) != 1:
        raise low.shape_fault("an outer product", [a, b], _span(t), "two vectors were expected")
    return low.made((a.sizes[0], b.sizes[0]), lambda i, j: mul(a.entry(i), b.entry(j)), a, b)


def _inner(low: Lowering, t: Tree, base: Any) -> Val:
    a, b = _arity(low, t, "dot", 2)
    return low.inner(a, b, _span(t), "a dot product")


def _transpose(low: Lowering, t: Tree, base: Any) -> Val:
    v = _arity(low, t, "transpose", 1)[0]
    return low.transposed(v, _span(t)) if v.sizes else v


def _hadamard(low: Lowering, t: Tree, base: Any) -> Val:
    a, b = _arity(low, t, "hadamard", 2)
    return low.times(a, b, "odot", _span(t))


def _power(low: Lowering, t: Tree, base: Any) -> Val:
    if len(t.args) != 2:
        raise low.fail(f"power takes 2 arguments, not {len(t.args)}", t, "power(x, k)")
    return low.pow(t)


_SPECIAL: dict[str, Callable[[Lowering, Tree, Any], Val]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "mean": _mean,
    "norm": _norm,
    "trace": lambda low, t, base: low.trace(_arity(low, t, "trace", 1)[0], _span(t)),
    "det": lambda low, t, base: low.determinant(_arity(low, t, "det", 1)[0], _span(t)),
    "logdet": lambda low, t, base: low.determinant(_arity(low, t, "logdet", 1)[0], _span(t), "logdet"),
    "inv": lambda low, t, base: low.inverse(_arity(low, t, "inv", 1)[0], _span(t)),
    "diag": lambda low, t, base: low.diagonal(_arity(low, t, "diag", 1)[0], _span(t)),
    "transpose": _transpose,
    "inner": _inner,
    "outer": _outer,
    "hadamard": _hadamard,
    "sqrt": _simple("sqrt", lambda x: Pow(x, HALF)),
    "cbrt": _simple("cbrt", lambda x: Pow(x, Num(Fraction(1, 3)))),
    "root": _root,
    "log1p": _simple("log1p", lambda x: call("log", add(ONE, x))),
    "expm1": _simple("expm1", lambda x: sub(call("exp", x), ONE)),
    "logit": _simple("logit", lambda x: call("log", div(x, sub(ONE, x)))),
    "square": _simple("square", lambda x: Pow(x, TWO)),
    "power": _power,
}

_RULES: dict[str, Callable[[Lowering, Tree], Val]] = {
    "num": Lowering.num,
    "const": Lowering.const,
    "size": Lowering.size,
    "letter": Lowering.letter,
    "name": Lowering.name,
    "eye": Lowering.eye,
    "ones": Lowering.ones,
    "at": Lowering.at,
    "label": Lowering.label,
    "add": Lowering.add,
    "neg": Lowering.neg,
    "prod": Lowering.prod,
    "div": Lowering.div,
    "pow": Lowering.pow,
    "T": Lowering.transpose,
    "invT": Lowering.inverse_transpose,
    "norm": Lowering.norm,
    "bars": Lowering.bars,
    "list": Lowering.listed,
    "rows": Lowering.rows,
    "row": Lowering.listed,
    "call": Lowering.call,
    "apply": Lowering.apply,
    "special": Lowering.special,
    "kronecker": Lowering.kronecker,
    "delta": Lowering.delta,
    "ind": Lowering.indicator,
    "cases": Lowering.cases,
    "big": Lowering.big,
    "deriv": Lowering.deriv,
    "array": Lowering.array,
    "rel": Lowering.condition,
    "and": Lowering.condition,
    "or": Lowering.condition,
    "not": Lowering.condition,
}
