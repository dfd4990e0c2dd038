"""Sums, products, powers, transposes, inverses, traces, determinants and norms, by the shapes of their operands."""

from __future__ import annotations

from derivations.formula import (
    HALF,
    MINUS_ONE,
    TWO,
    ZERO,
    Delta,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Node,
    Pow,
    SizeVal,
    Span,
    add,
    affine_terms,
    call,
    div,
    indicator,
    mul,
    neg,
    power,
    total,
    walk,
)
from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import is_condition
from derivations.notation.read.grammar.expressions import Tree
from derivations.notation.read.meaning.context import MAX_POWER, is_norm
from derivations.notation.read.meaning.entries import Entries
from derivations.notation.read.meaning.values import (
    AnySize,
    Sizes,
    Val,
    Wild,
    columns,
    find,
    identity,
    matmul,
    rows,
    squeeze,
    unify,
)


class Algebra(Entries):
    """Sums, products, powers, transposes, inverses, traces, determinants and norms, by the shapes of their operands."""

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
                        term = t.args[next(k for k, w in enumerate(values) if w is v)]
                        raise self.shape_fault(
                            "a sum",
                            [v, tensors[0]],
                            span,
                            f"did you mean {self.outer_of(term, shape) or self.source(v.span) + ' I'}?",
                        )
                self.parser.note("broadcast", f"{self.source(v.span)} was added to every entry", *v.span)
        return self.elementwise(values, lambda *n: add(*n, span=span), "a sum", span, bias=True)

    def outer_of(self, t: Tree, shape: Sizes) -> str:
        """y y^T where y^T y was written among matrices that it conforms with; empty where it does not."""
        while t.op == "neg" or t.op == "group":
            t = t.args[0]
        if t.op != "prod" or len(t.args) != 2 or t.args[0].op != "T":
            return ""
        left, right = t.args[0].args[0], t.args[1]
        sizes = [self.value(x).sizes for x in (left, right)]
        if any(len(s) != 1 or not self.could(s[0], side) for s, side in zip(sizes, shape, strict=True)):
            return ""
        return f"{self.source((left.start, left.end))} {self.source((right.start, right.end))}^T"

    def neg(self, t: Tree) -> Val:
        v = self.value(t.args[0])
        span = (t.start, t.end)
        if not v.sizes:
            return Val(neg(v.node, span), numeral=v.numeral)  # type: ignore[arg-type]
        return self.made(v.sizes, lambda *at: neg(v.entry(*at)), v)

    def prod(self, t: Tree) -> Val:
        args, ops = t.args, t.value
        if "/" in ops and any(a.op == "T" for a in args):
            args, ops = self.divisors(args, ops)
        chosen = [self.stands_for_indicator(a, (*ops[max(k - 1, 0) : k + 1],)) for k, a in enumerate(args)]
        values = [self.as_indicator(a) if c else self.value(a) for a, c in zip(args, chosen, strict=True)]
        span = (t.start, t.end)
        if all(not v.sizes for v in values):
            factors: list[Node] = [values[0].node]  # type: ignore[list-item]
            for op, v in zip(ops, values[1:], strict=True):
                factors.append(power(v.node, MINUS_ONE) if op == "/" else v.node)  # type: ignore[arg-type]
            return Val(mul(*factors, span=span), numeral=all(v.numeral for v in values))
        result = values[0]
        result.span = (args[0].start, args[0].end)
        for k, (op, v, arg) in enumerate(zip(ops, values[1:], args[1:], strict=True)):
            if op in ("*", "times") and (chosen[k] or chosen[k + 1]) and len(result.sizes) == len(v.sizes):
                op = "odot"  # a mask is laid over a matrix, never multiplied with it
            result = self.times(result, v, op, (t.start, arg.end))
            result.span = (t.start, arg.end)
        return result

    def divisors(self, args: list[Tree], ops: list[str]) -> tuple[list[Tree], list[str]]:
        """After a / a transpose and the factors beside it, up to the vector that ends them, are one: 1/w^T A w is
        1/(w^T A w)."""
        args, ops = list(args), list(ops)
        for k in range(len(ops) - 1, -1, -1):
            left, beside = args[k + 1], args[k + 2] if k + 2 < len(args) and ops[k + 1] == "jux" else None
            if ops[k] != "/" or left.op != "T" or beside is None:
                continue
            factors = (
                beside.args if beside.op == "prod" and all(op in ("jux", "split") for op in beside.value) else [beside]
            )
            value = self.value(left)
            taken = 0
            for n, factor in enumerate(factors, 1):
                below = self.value(factor)
                if not below.sizes:
                    break
                if len(below.sizes) == 1:
                    taken = n
                    break
            if not value.sizes or not taken:
                shown = self.source((left.start, left.end))
                self.parser.note(
                    "division",
                    (
                        f"/{shown} {self.source((beside.start, beside.end))} was read as (… / {shown}) · "
                        f"{self.source((beside.start, beside.end))}"
                    ),
                    left.start,
                    beside.end,
                )
                continue
            one = Tree("prod", [left, *factors[:taken]], ["jux"] * taken, left.start, factors[taken - 1].end)
            rest = factors[taken:]
            args[k + 1 : k + 3] = [one, *rest]
            ops[k + 1 : k + 2] = ["jux"] * len(rest)
        return args, ops

    def stands_for_indicator(self, t: Tree, ops: tuple[str, ...]) -> bool:
        """Whether a factor is a relation in brackets beside a sign of multiplication, as in NumPy's `dA * (Z > 0)` and
        `dA @ (Z > 0)`; in `p(x > 0)` it is none."""
        return (
            t.op == "group"
            and is_condition(t)
            and "/" not in ops
            and not {"*", "times", "dot", "odot", "@"}.isdisjoint(ops)
        )

    def as_indicator(self, t: Tree) -> Val:
        """(a > 0) as a factor: 1 where it holds, else 0."""
        source = self.source((t.start, t.end))
        self.parser.note(
            "relation-as-indicator",
            f"{source} was read as the indicator 1[{self.source((t.args[0].start, t.args[0].end))}]",
            t.start,
            t.end,
        )
        found = self.elementwise([self.condition(t.args[0])], lambda c: indicator(c), "an indicator", (t.start, t.end))
        found.span = (t.start, t.end)
        return found

    def times(self, a: Val, b: Val, op: str, span: Span) -> Val:
        """One product. `*` between tensors is whichever of matrix product and elementwise product conforms; in code it
        is the latter."""
        if op == "times":
            if len(a.sizes) == len(b.sizes) == 1:
                left, right = self.source(a.span), self.source(b.span)
                raise self.parser.fail(
                    f"{left} × {right} is a cross product, which is not read",
                    span=span,
                    expected=f"{left} ⊙ {right}, or ({left})^T ({right})",
                    tag="operation",
                )
            op = "*"
        if (
            self.entry_by_entry
            and op not in ("@", "/")
            and a.sizes
            and b.sizes
            and not any(find(s) == 1 for s in (*a.sizes, *b.sizes))
        ):
            self.parser.note("entrywise", f"{self.source(span)} was read entry by entry", *span)
            if {len(a.sizes), len(b.sizes)} == {1, 2}:
                return self.over_rows(a, b, "*", span)
            return self.elementwise([a, b], lambda x, y: mul(x, y), "an elementwise product", span)
        if op in ("*", "/") and {len(a.sizes), len(b.sizes)} == {1, 2} and (self.code or self.entry_by_entry):
            return self.over_rows(a, b, op, span)
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

    def over_rows(self, a: Val, b: Val, op: str, span: Span) -> Val:
        """A matrix times or divided by a vector in code: every row, entry by entry."""
        matrix, vector = (a, b) if len(a.sizes) == 2 else (b, a)
        if not unify(matrix.sizes[1], vector.sizes[0]):
            raise self.shape_fault(
                f"a {'product' if op == '*' else 'division'}{' of code' if self.code else ''}, entry by entry",
                [a, b],
                span,
                "write @ for the matrix product" if op == "*" else "",
            )
        build = mul if op == "*" else div
        wide = self.made(matrix.sizes, lambda i, j: vector.entry(j), vector)
        self.parser.note(
            "broadcast",
            (
                f"every row of {self.source(matrix.span)} was {'multiplied' if op == '*' else 'divided'} entry by "
                f"entry{', as code has it' if self.code else ''}"
            ),
            *span,
        )
        return self.elementwise(
            [wide if v is vector else v for v in (a, b)], lambda x, y: build(x, y), "a product", span
        )

    def star(self, a: Val, b: Val, span: Span) -> Val:
        for v in (a, b):
            if v.turned is not None:
                raise self.turned_in_code(v.turned, span)
        same = len(a.sizes) == len(b.sizes) and all(self.could(x, y) for x, y in zip(a.sizes, b.sizes, strict=True))
        product = len(a.sizes) <= 2 and len(b.sizes) <= 2 and self.could(columns(a.sizes), rows(b.sizes))
        left, right = self.source(a.span), self.source(b.span)
        if self.code:
            if not same:
                raise self.shape_fault(
                    "a product of code, entry by entry", [a, b], span, "write @ for the matrix product"
                )
            product = False
        if same and product:
            whole = (a.span[0], b.span[1])
            readings = put(self.text, whole, f"{left} @ {right}", f"{left} ⊙ {right}")
            raise ReadError(
                f"{left} * {right} reads two ways: both are square",
                whole,
                "@ for the matrix product, ⊙ for the elementwise one",
                (),
                readings,
                self.text,
                "ambiguous",
            )
        if same:
            self.parser.note("star", f"{left} * {right} was read as the elementwise product", *span)
            return self.elementwise([a, b], lambda x, y: mul(x, y), "a product", span)
        if len(a.sizes) == 2 and len(b.sizes) == 1 and product and ("@" in self.text or ".T" in self.text):
            whole = (a.span[0], b.span[1])
            readings = put(self.text, whole, f"{left} @ {right}", f"{left} @ diag({right})")
            raise ReadError(
                f"{left} * {right} reads two ways: beside @ it is code, which multiplies every row",
                whole,
                "@ for the product of matrix and vector",
                (),
                readings,
                self.text,
                "ambiguous",
            )
        return self.matrix_product(a, b, span, "*")

    def matrix_product(self, a: Val, b: Val, span: Span, op: str) -> Val:
        if b.turned is not None and op == "@":
            raise self.turned_in_code(
                b.turned,
                span,
                f"np.outer({self.source(a.span)}, {{}}) for the outer product, " if len(a.sizes) == 1 else "",
            )
        found = matmul(a, b, self.index)
        if found is None and op == "@" and len(a.sizes) == 1:
            return self.row_product(a, b, span, "a product")
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

    def turned_in_code(self, turned: Span, span: Span, outer: str = "") -> ReadError:
        """`v @ v.T`: a number in NumPy, where v.T is v, and a matrix on paper."""
        shown = self.source(turned)
        vector = shown.removesuffix(".T").rstrip()
        expected = f"{outer.format(vector)}{vector} alone for the vector, ({vector})^T for the row"
        return ReadError(
            f"{shown} is {vector} itself in NumPy, a row on paper, and {self.source(span)} differs",
            span,
            expected,
            (),
            (),
            self.text,
            "operation",
        )

    def row_product(self, a: Val, b: Val, span: Span, operation: str) -> Val:
        """A vector on the left is a row, as in code: an inner product, or bᵀ a."""
        return (
            self.inner(a, b, span, operation)
            if len(b.sizes) == 1
            else self.times(self.transposed(b, span), a, "@", span)
        )

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
        if (
            isinstance(base.node, Pow)
            and base.node.exponent is HALF
            and self.integer(exponent.node) == 2
            and is_norm(t.args[0])
        ):
            return Val(base.node.base)
        if exponent.sizes and not base.sizes:
            self.said_entrywise("exp", exponent, span)
            return self.elementwise([base, exponent], lambda x, y: self.raise_to(x, y, span), "a power", span)
        if not base.sizes:
            return Val(self.raise_to(base.node, exponent.node, span), numeral=base.numeral and exponent.numeral)  # type: ignore[arg-type]
        if exponent.sizes:
            raise self.shape_fault("a power", [base, exponent], span, "a power is a scalar")
        whole = self.integer(exponent.node)
        shown = self.source(base.span)
        self.no_index_above(base, exponent.node, t)
        if (self.of_code(t) or self.entry_by_entry) and (
            len(base.sizes) == 1 or base.sizes[:1] != base.sizes[1:] or self.code
        ):
            self.note(
                "elementwise-power",
                f"{self.source(span)} was read entry by entry{', as code has it' if self.of_code(t) else ''}",
                t,
            )
            return self.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
        if len(base.sizes) == 1 or (len(base.sizes) == 2 and 1 in map(find, base.sizes)):
            if whole is not None and whole >= 0:
                raise self.fail(
                    f"{shown} is a vector: its power {whole} says nothing",
                    t,
                    f"{shown} ⊙ {shown}, or ‖{shown}‖²"
                    if whole > 1
                    else f"an entry {shown}_{whole}"
                    if whole
                    else "a vector of ones",
                    "operation",
                    readings=put(self.text, (t.start, t.end), f"({shown} ⊙ {shown})", f"‖{shown}‖^2")
                    if whole == 2
                    else (),
                )
            return self.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
        if len(base.sizes) != 2:
            raise self.shape_fault("a power", [base], span)
        square = find(base.sizes[0]) == find(base.sizes[1])
        if square and "**" in self.source((t.args[0].end, t.args[1].start)):
            entrywise = f"({shown} ⊙ {shown})" if whole == 2 else f"power({shown}, {self.source(exponent.span)})"
            if whole != 2:
                raise self.fail(
                    f"{self.source(span)} is entry by entry in code, a power of the matrix on paper",
                    t,
                    f"{shown}^{self.source(exponent.span)} for the power of the matrix",
                    "operation",
                )
            raise self.fail(
                f"{self.source(span)} reads two ways",
                t,
                "@ for the matrix product, ⊙ for the elementwise one",
                "ambiguous",
                readings=put(self.text, span, f"({shown} @ {shown})", entrywise),
            )
        if whole is None and square:
            raise self.fail(
                f"the power {self.source(exponent.span)} of a square matrix is not read",
                t,
                "a whole number, or the array by its entries",
                "operation",
            )
        if whole is None:
            self.note("elementwise-power", f"{self.source(span)} was read entry by entry", t)
            return self.elementwise([base, exponent], lambda x, y: power(x, y, span), "a power", span)
        if not unify(base.sizes[0], base.sizes[1]):
            raise self.shape_fault("a matrix power", [base], span, "only a square matrix has powers")
        if abs(whole) > MAX_POWER:
            raise self.fail(
                f"the power {whole} of a matrix is beyond {MAX_POWER}", t, f"a power up to {MAX_POWER}", "limit"
            )
        if whole == 0:
            return self.made(base.sizes, identity)
        factor = base if whole > 0 else self.inverse(base, span)
        result = factor
        for _ in range(abs(whole) - 1):
            found = matmul(result, factor, self.index)
            assert found is not None
            result = self.made(*found, result, factor)
        return result

    def no_index_above(self, base: Val, exponent: Node | None, t: Tree) -> None:
        """Refuse h^{t-1} where h runs over t: a superscript is no subscript."""
        assert exponent is not None
        for node in walk(exponent):
            over = (
                [x.size if isinstance(x, Index) else x for x, _ in affine_terms(node.at)[0]]
                if isinstance(node, IndexVal)
                else [node.size]
                if isinstance(node, SizeVal)
                else []
            )
            for size in map(find, over):
                if isinstance(size, Wild) or any(size == find(s) for s in base.sizes):
                    shown, above = self.source(base.span), self.source((t.args[1].start, t.args[1].end)).strip("{}")
                    raise self.fail(
                        f"{self.source((t.start, t.end))} is no power: {above} counts along an axis of {shown}",
                        t,
                        f"{shown}_{{{above}}} for an entry",
                        "index",
                    )

    def of_code(self, t: Tree) -> bool:
        """Whether a power is spelled as in code: z**2, power(z, 2). That of a square matrix is so only where more is
        code."""
        return t.op == "call" or "**" in self.source((t.args[0].end, t.args[1].start))

    def transpose(self, t: Tree) -> Val:
        v = self.value(t.args[0])
        if not v.sizes:
            if (t.args[0].op == "num" and t.args[0].value == 1) or (
                t.value is None and t.args[0].op in ("num", "const", "letter", "size")
            ):
                raise self.fail(
                    f"{self.source(v.span)} is a number: it has no transpose",
                    t,
                    r"\mathbf 1, or ones, for the vector of ones",
                    "operation",
                )
            if t.value is None and self.source((t.args[0].end, t.end)).strip("^{} ") == "t":
                raise self.fail("t is not declared", t, self.scope.known(), "unknown-name", span=(t.end - 1, t.end))
            if t.value is not None:
                exponent = self.value(t.value)
                return Val(self.raise_to(v.node, exponent.node, (t.start, t.end)))  # type: ignore[arg-type]
            self.note("scalar-transpose", f"{self.source(v.span)} is a scalar: its transpose is itself", t)
            return v
        row = self.transposed(v, (t.start, t.end))
        if len(v.sizes) == 1 and self.source((t.args[0].end, t.end)).startswith(".") and not self.has_columns(t):
            row.turned = (t.start, t.end)
            self.turned = True
        return row

    def has_columns(self, t: Tree) -> bool:
        """Whether a name with an axis of one entry stands in a tree: its transpose is a row in NumPy as well."""
        return (t.op == "name" and 1 in t.value.sizes) or any(self.has_columns(a) for a in t.args)

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
                raise self.fail(
                    "the 2-norm of a matrix, its largest singular value, is not read",
                    t,
                    "‖…‖_F for the root of the sum of squares",
                    "operation",
                )
            if not degree:
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
        self.note(
            "elementwise",
            f"{self.source(span)} was read as the absolute value of every entry; a norm is written ‖…‖",
            t,
        )
        return self.elementwise([v], lambda x: call("abs", x, span=span), "an absolute value", span)
