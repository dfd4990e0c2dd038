"""From index form to arrays: one method a node type.

A node of the model is lowered once, at the axes of its definition, and every element of it refers to that array; so
common work is shared without searching for it. Sums of products go to `contract`; δ under a sum is sifted, elsewhere it
becomes an addition on a diagonal; an inverse applied to something becomes a linear solve, and the trace of such a
product the trace of a solve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from derivations.domains import Names
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Affine,
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
    add,
    affine_terms,
    free_indices,
    index_exprs,
    mul,
    neg,
    power,
    reindex,
    walk,
)
from derivations.numpy_code.axes import Named, distinct, entrywise, length, literal, permuted, reduced, spread
from derivations.numpy_code.contract import grouped, product, sum_of_product
from derivations.numpy_code.program import (
    AddDiagonal,
    Array,
    CannotEmit,
    Constant,
    Counter,
    Entry,
    Gather,
    Input,
    Literal,
    Map,
    Matrix,
    Softmax,
    Solve,
    Spread,
    Zeros,
)
from derivations.numpy_code.stable import guarded, opposite, softmax_parts, stable

Order = tuple[Index, ...]

COMPARISONS: Mapping[str, str] = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


class Lowering:
    """Lowers the formulas of one emitted function; remembers the arrays of nodes and which sizes must not be 0."""

    def __init__(self, names: Names):
        self.names = names
        self.nodes: dict[str, Named] = {}
        self.nonzero: dict[str, str] = {}
        """Sizes that must be at least 1, with the reason."""
        self._variances: set[str] = set()
        """Names that stand with an exponent ±1 and with -2, as in (n v - Σ x²)/(2v²): 1e-300 is no rare value for them,
        its square is 0."""
        self._seen: dict[object, tuple[Array, tuple[int, ...]]] = {}
        self._definitions: dict[object, tuple[str, Order, Order]] | None = None

    def formula(self, f: Formula) -> Named:
        """A formula as an array with its free indices, then its axes."""
        if f.shape_error is not None:
            raise CannotEmit(f.shape_error.message)
        order = tuple(i for i in f.free + f.axes if i.size != 1 or i in free_indices(f.body))
        body = stable(f.body, self.names)
        self._variances |= _variances(body)
        value = _as_float(self.lower(body, order))
        if value.static and not (f.free + f.axes):
            return Named(Spread(value.array, (), ()))
        return spread(value, f.free + f.axes)

    # ------------------------------------------------------------ dispatch

    def lower(self, node: Node, order: Order) -> Named:
        """A tree as an array over its free indices. A tree that was met before, at whatever indices, is the array it
        was then."""
        if not isinstance(node, (Bound, Add, Call)):
            return self._lower(node, order)
        free, key = _up_to_indices(node)
        if key not in self._seen:
            if key in self._known():  # laid out as the node is declared
                _, indices, declared = self._known()[key]
                order = tuple(dict.fromkeys((*(free[indices.index(i)] for i in declared if i in indices), *order)))
            made = self._lower(node, order)
            if not set(made.axes) <= set(free):
                return made
            places = tuple(free.index(i) for i in made.axes)
            self._seen[key] = (made.array, places)
            if key in self._known():
                name, indices, _ = self._known()[key]
                self.nodes.setdefault(name, Named(made.array, tuple(indices[k] for k in places)))
        array, axes = self._seen[key]
        return Named(array, tuple(free[k] for k in axes))

    def _known(self) -> dict[object, tuple[str, Order, Order]]:
        """The names of nodes and adjoints by what defines them, with the indices of the definition in order of
        appearance and as declared."""
        if self._definitions is None:
            self._definitions = {}
            for row in self.names.values():
                if row.definition is not None and isinstance(row.definition.body, (Bound, Add, Call)):
                    order, key = _up_to_indices(stable(row.definition.body, self.names))
                    self._definitions.setdefault(key, (row.name, order, row.definition.free + row.definition.axes))
        return self._definitions

    def _lower(self, node: Node, order: Order) -> Named:
        match node:
            case Num(value):
                return literal(value)
            case Const(name):
                return Named(Constant(name))
            case SizeVal(size):
                return length(size)
            case IndexVal(at):
                return self._index_value(at, order)
            case Elem():
                return self._element(node)
            case Add():
                return self._add(node, order)
            case Mul():
                return self._mul(node, order)
            case Pow():
                return self._pow(node, order)
            case Call():
                return self._call(node, order)
            case Delta():
                return self._delta(node, order)
            case Cases():
                return self._cases(node, order)
            case Rel() | And() | Or() | Not():
                return self._condition(node, order)
            case Bound():
                return self._bound(node, order)
            case MatrixAtom():
                return self._matrix(node, order)
            case Apply(fn):
                raise CannotEmit(f"{fn} is an unknown function; NumPy code needs its definition")
            case Deriv():
                raise CannotEmit("a derivative that was not carried out has no NumPy form")
            case _:
                raise CannotEmit(f"{type(node).__name__} has no NumPy form")

    # ------------------------------------------------------------ leaves

    def _element(self, node: Elem) -> Named:
        row = self.names.get(node.name)
        if row is None:
            raise CannotEmit(f"{node.name} is not declared")
        if row.definition is None:
            base: Named | None = None
            array: Array = Input(node.name, row.sizes)
            axes: Sequence[Index] = tuple(Index("i", s) for s in row.sizes)
        else:
            base = self._node(node.name, row.definition)
            array, axes = base.array, base.axes
        declared = axes if base is None else row.definition.free + row.definition.axes  # type: ignore[union-attr]
        where = dict(zip(declared, node.at, strict=True))
        return self._placed(array, [where[i] for i in axes])

    def _placed(self, array: Array, at: list[IndexExpr]) -> Named:
        """An array with an index expression at each axis."""
        for k, expression in enumerate(at):
            if isinstance(expression, int):
                size = array.shape[k]
                if isinstance(size, int) and not 1 <= expression <= size:
                    raise CannotEmit(f"position {expression} lies outside 1..{size}")
                return self._placed(Entry(array, k, expression), at[:k] + at[k + 1 :])
        for k, expression in enumerate(at):
            if isinstance(expression, Affine):
                position = self._index_value(expression, (), "int")
                return self._placed(Gather(array, k, position.array), [*position.axes, *at[:k], *at[k + 1 :]])
        return distinct(Named(array, tuple(at)))  # type: ignore[arg-type]

    def _node(self, name: str, definition: Formula) -> Named:
        if name not in self.nodes:
            order = definition.free + definition.axes
            self.nodes[name] = _as_float(self.lower(stable(definition.body, self.names), order))
        return self.nodes[name]

    def _index_value(self, at: IndexExpr, order: Order, kind: str = "float") -> Named:
        terms, const = affine_terms(at)
        parts: list[Named] = []
        for term, c in terms:
            one = Named(Counter(term.size, kind), (term,)) if isinstance(term, Index) else length(term)
            parts.append(
                one
                if c == 1
                else entrywise("multiply", (literal(c), one), order, "float" if kind == "float" or one.static else kind)
            )
        if const or not parts:
            parts.append(literal(const))
        result = parts[0]
        for p in parts[1:]:
            result = entrywise(
                "add", (result, p), order, "int" if "int" in (result.array.kind, p.array.kind) else "float"
            )
        return result

    def _delta(self, node: Delta, order: Order) -> Named:
        return entrywise(
            "equal", (self._index_value(node.left, order), self._index_value(node.right, order)), order, "bool"
        )

    # ------------------------------------------------------------ arithmetic

    def _add(self, node: Add, order: Order) -> Named:
        for k, term in enumerate(node.args):
            if (pair := _diagonal_term(term)) is not None:
                rest = add(*(t for m, t in enumerate(node.args) if m != k))
                return self._add_diagonal(self.lower(rest, order), *pair, order)
        signed = [(_positive(t), _sign(t)) for t in node.args]
        terms = [_unsigned(_as_float(self.lower(t, order)), s) for t, s in signed]
        statics = [(t, s) for t, s in terms if t.static]
        groups: dict[frozenset[Index], tuple[Named, int]] = {}
        for t, s in [*(p for p in terms if not p[0].static), *statics]:
            key = frozenset(t.axes)
            groups[key] = (t, s) if key not in groups else _plus(groups[key], (t, s), order)
        result: tuple[Named, int] | None = None
        for value in sorted(groups.values(), key=lambda g: len(g[0].axes)) if _nested(groups) else groups.values():
            result = value if result is None else _plus(result, value, order)
        assert result is not None
        total, sign = result
        return total if sign > 0 else _minus(total, order)

    def _add_diagonal(self, base: Named, i: Index, j: Index, value: Node, order: Order) -> Named:
        """base + δ_ij value."""
        axes = tuple(dict.fromkeys((*base.axes, *(k for k in order if k in (i, j) or k in free_indices(value)), i, j)))
        if base.array == Literal(Fraction(0)):
            base = Named(Zeros(tuple(k.size for k in axes)), axes)
        elif set(base.axes) != set(axes):
            base = spread(_as_float(base), axes)
        p, q = sorted((base.axes.index(i), base.axes.index(j)))
        kept, gone = base.axes[p], base.axes[q]
        rest = (*(k for m, k in enumerate(base.axes) if m not in (p, q)), kept)
        on = _as_float(self.lower(reindex(value, {gone: kept}), rest))
        on = permuted(on, [k for k in rest if k in on.axes])
        return Named(AddDiagonal(base.array, on.array, p, q, tuple(rest.index(k) for k in on.axes)), base.axes)

    def _mul(self, node: Mul, order: Order) -> Named:
        opened = _open_deltas(node)
        if opened is not None:
            return self.lower(opened, order)
        if (pair := _diagonal_term(node)) is not None:
            return self._add_diagonal(literal(0), *pair, order)
        return self._quotient(node.args, order)

    def _quotient(self, factors: Sequence[Node], order: Order, more: Sequence[Named] = ()) -> Named:
        """A product of powers as one fraction: Python numbers and small arrays first, one division for each
        denominator."""
        above: list[Named] = list(more)
        below: list[Named] = []
        number = Fraction(1)
        for f in factors:
            if isinstance(f, Num):
                number *= f.value
                continue
            for base, down in self._powers(f):
                value = self.lower(base, order)
                if down and not value.axes and value.static:
                    self._need(base, "it is divided by")
                (below if down else above).append(value)
        return assemble(number, above, below, order)

    def _powers(self, f: Node) -> list[tuple[Node, bool]]:
        """A factor as factors above and below the bar: v^-3/2 is 1/v/√v and s^-3 is 1/s²/s, so that a small variance
        does not underflow."""
        if not (isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0):
            return [(f, False)]
        p = -f.exponent.value
        if p.denominator in (1, 2) and p <= 4:
            whole, half = int(p), p.denominator == 2
            if half:
                return [(f.base, True)] * whole + [(Pow(f.base, Num(Fraction(1, 2))), True)]
            if (
                (isinstance(f.base, Elem) and f.base.name in self._variances)
                or (isinstance(f.base, Bound) and f.base.op == "norm")
                or (isinstance(f.base, Call) and f.base.fn in ("hypot", "softplus"))
            ):
                return [(f.base, True)] * whole
            return [(Pow(f.base, Num(Fraction(2))), True)] * (whole // 2) + [(f.base, True)] * (whole % 2)
        return [(power(f.base, Num(p)), True)]

    def _need(self, node: Node, why: str) -> None:
        if isinstance(node, SizeVal):
            self.nonzero.setdefault(node.size, why)
        elif isinstance(node, (Mul, Pow)):
            for c in node.args if isinstance(node, Mul) else (node.base,):
                self._need(c, why)

    def _pow(self, node: Pow, order: Order) -> Named:
        exponent = node.exponent
        if isinstance(exponent, Num) and exponent.value < 0:
            return self._quotient((node,), order)
        base = _as_float(self.lower(node.base, order))
        if isinstance(exponent, Num):
            if exponent.value == 0:
                return literal(1)
            fn = {Fraction(1, 2): "sqrt", Fraction(2): "square", Fraction(1, 3): "cbrt"}.get(exponent.value)
            if fn is not None and not (base.static and fn == "cbrt"):
                return entrywise(fn, (base,), order)
            if exponent.value.denominator % 2 and exponent.value.denominator > 1:
                return entrywise("root_power", (base, literal(exponent.value)), order)
        return entrywise("power", (base, _as_float(self.lower(exponent, order))), order)

    # ------------------------------------------------------------ functions and cases

    def _call(self, node: Call, order: Order) -> Named:
        if (parts := softmax_parts(node)) is not None:
            k, body, i = parts
            a = _as_float(
                self.lower(
                    body,
                    tuple(i if j is k else j for j in order) if k in order else (*(j for j in order if j is not i), k),
                )
            )
            if k in a.axes:
                self._nonempty(k, "a softmax runs over it")
                return distinct(Named(Softmax(a.array, a.axes.index(k)), tuple(i if j is k else j for j in a.axes)))
        if node.fn in ("max", "min"):
            fn = "maximum" if node.fn == "max" else "minimum"
            operands = sorted((_as_float(self.lower(a, order)) for a in node.args), key=lambda a: a.static)
            result = operands[0]
            for a in operands[1:]:
                result = entrywise(fn, (result, a), order)
            return result
        if node.fn == "leaky_relu":
            z, a = node.args
            return self.lower(Cases(((Rel(">", z, ZERO), z),), mul(a, z)), order)
        if node.fn == "elu":
            z, a = node.args
            return self.lower(Cases(((Rel(">", z, ZERO), z),), mul(a, Call("expm1", (z,)))), order)
        if node.fn in ("erfc", "lgamma", "digamma", "trigamma"):
            raise CannotEmit(f"{node.fn} has no emitted form yet")
        if node.fn == "whole":
            return self.lower(node.args[0], order)
        if node.fn == "where":
            condition, value, otherwise = node.args
            return self._where(
                condition, _as_float(self.lower(value, order)), _as_float(self.lower(otherwise, order)), order
            )
        args = tuple(_as_float(self.lower(a, order)) for a in node.args)
        if node.fn == "log_sigmoid":  # -softplus(-z)
            return _minus(entrywise("softplus", (_minus(args[0], order),), order), order)
        return entrywise(node.fn, args, order)

    def _cases(self, node: Cases, order: Order) -> Named:
        if len(node.branches) == 1 and node.otherwise == ZERO and node.branches[0][1] == ONE:
            return self._condition(node.branches[0][0], order)
        if len(node.branches) == 1 and node.otherwise == ONE and node.branches[0][1] == ZERO:
            return self._condition(opposite(node.branches[0][0]), order)
        conditions = [c for c, _ in node.branches]
        if node.otherwise is None:
            result = Named(Constant("nan"))
        else:
            failing = opposite(conditions[0]) if len(conditions) == 1 else And(tuple(opposite(c) for c in conditions))
            result = _as_float(self.lower(stable(guarded(node.otherwise, failing), self.names), order))
        for condition, value in reversed(node.branches):
            chosen = _as_float(self.lower(stable(guarded(value, condition), self.names), order))
            result = self._where(condition, chosen, result, order)
        return result

    def _where(self, condition: Node, value: Named, otherwise: Named, order: Order) -> Named:
        """value where the condition holds; a choice between two Python numbers is cast, or it would be of a dtype of
        its own."""
        made = entrywise("where", (self._condition(condition, order), value, otherwise), order, "float")
        return entrywise("as_dtype", (made,), order) if value.static and otherwise.static else made

    def _condition(self, node: Node, order: Order) -> Named:
        match node:
            case Rel(op, a, b):
                return entrywise(COMPARISONS[op], (self.lower(a, order), self.lower(b, order)), order, "bool")
            case And(args) | Or(args):
                result = self._condition(args[0], order)
                for a in args[1:]:
                    result = entrywise(
                        "logical_and" if isinstance(node, And) else "logical_or",
                        (result, self._condition(a, order)),
                        order,
                        "bool",
                    )
                return result
            case Not(arg):
                return entrywise("logical_not", (self._condition(arg, order),), order, "bool")
            case _:
                raise CannotEmit(f"{type(node).__name__} is no condition")

    # ------------------------------------------------------------ binders

    def _nonempty(self, i: Index, why: str) -> None:
        if isinstance(i.size, str):
            self.nonzero.setdefault(i.size, why)

    def _bound(self, node: Bound, order: Order) -> Named:
        if node.op == "sum":
            return self._sum(node.indices, node.body, order)
        inner = _as_float(self.lower(node.body, (*(i for i in order if i not in node.indices), *node.indices)))
        missing = [i for i in node.indices if i not in inner.axes]
        if missing:
            inner = spread(inner, (*inner.axes, *missing))
        if node.op not in ("prod", "norm"):
            for i in node.indices:
                self._nonempty(i, f"a {node.op} runs over it")
        if not inner.axes:
            return inner
        return reduced(node.op, inner, node.indices)

    def _sum(self, indices: Sequence[Index], body: Node, order: Order) -> Named:
        """Σ over indices of a tree."""
        order = (*(i for i in order if i not in indices), *indices)
        if isinstance(body, Bound) and body.op == "sum":
            return self._sum((*indices, *body.indices), body.body, order)
        if isinstance(body, Add) and _worth_splitting(body, indices):
            return self.lower(add(*(Bound("sum", tuple(indices), t) for t in _fresh_terms(body, indices))), order)
        factors = list(body.args) if isinstance(body, Mul) else [body]
        for k, f in enumerate(factors):
            if isinstance(f, Delta) and (sifted := _sift(f, indices)) is not None:
                gone, by = sifted
                rest = reindex(mul(*factors[:k], *factors[k + 1 :]), {gone: by})
                left = [i for i in indices if i is not gone]
                return self._sum(left, rest, order) if left else self.lower(rest, order)
        opened = _open_deltas(body, frozenset(indices)) if isinstance(body, Mul) else None
        if opened is not None:
            return self._sum(indices, opened, order)
        bound = frozenset(indices)
        # an inner sum joins this one: Σ_i a_i Σ_k b_ik is one contraction
        for k, f in enumerate(factors):
            if (
                isinstance(f, Bound)
                and f.op == "sum"
                and free_indices(f) & bound
                and not isinstance(f.body, Add)
                and not self._shared(f)
            ):
                inner = reindex(f, {})
                assert isinstance(inner, Bound)
                return self._sum((*indices, *inner.indices), mul(*factors[:k], inner.body, *factors[k + 1 :]), order)
        outside = [f for f in factors if not free_indices(f) & bound]
        inside = [f for f in factors if free_indices(f) & bound]
        solved = self._solve(indices, inside, order)
        if solved is not None:
            return self._quotient(outside, order, [solved])
        above: list[Named] = []
        below: list[Named] = []
        number = Fraction(1)
        for f in inside:
            for base, down in self._powers(f):
                if isinstance(base, Num):
                    number *= base.value
                elif not down and isinstance(base, Pow) and base.exponent == Num(Fraction(2)):
                    above += [self.lower(base.base, order)] * 2
                else:
                    (below if down else above).append(self.lower(base, order))
        above = _divide_in(above, below, order)
        total = sum_of_product(above, indices, order)
        return self._quotient([Num(number), *outside], order, [total])

    def _shared(self, node: Node) -> bool:
        """Whether a tree is computed anyway, so that it is better used whole."""
        key = _up_to_indices(node)[1]
        return key in self._seen or key in self._known()

    def _solve(self, indices: Sequence[Index], inside: list[Node], order: Order) -> Named | None:
        """Σ_j inv(A)_ij (…)_j as a linear solve, the result laid out in the given order where it can be."""
        inverses = [
            (f, inside[:k] + inside[k + 1 :])
            for k, f in enumerate(inside)
            if isinstance(f, MatrixAtom) and f.op == "inv" and len(inside) > 1
        ]
        rank = {i: k for k, i in enumerate(order)}
        sides = [
            (f, others, *ends, transposed)
            for f, others in inverses
            for ends, transposed in ((f.at[::-1], False), (f.at, True))
        ]
        for f, others, summed, kept, transposed in sorted(sides, key=lambda side: rank.get(side[3], len(rank))):  # type: ignore[call-overload]
            rest = mul(*others)
            if (
                not isinstance(summed, Index)
                or summed not in indices
                or kept in indices
                or isinstance(kept, Affine)
                or kept in free_indices(rest)
            ):
                continue
            right = self._right_side(
                [i for i in indices if i is not summed], rest, (summed, *(i for i in order if i is not summed))
            )
            if len(right.axes) - (summed in right.axes) > 1:
                continue
            right = spread(right, (summed, *(i for i in right.axes if i is not summed)))
            solved = Solve(self._square(f, order), right.array, transposed and not self._symmetric(f))
            return self._placed(solved, [kept, *right.axes[1:]])
        for f, others in inverses:
            if (
                f.at[0] in indices
                and f.at[1] in indices
                and (found := self._form(indices, f, others, order)) is not None
            ):
                return found
        return None

    def _right_side(self, indices: Sequence[Index], rest: Node, order: Order) -> Named:
        return _as_float(self._sum(indices, rest, order) if indices else self.lower(rest, order))

    def _form(self, indices: Sequence[Index], f: MatrixAtom, others: list[Node], order: Order) -> Named | None:
        """Σ_jk a_j inv(A)_jk b_k as a · A⁻¹b, and Σ_jk inv(A)_jk B_kj, where other sums tie b to a, as tr(A⁻¹B)."""
        row, col = f.at
        tied, between = {col}, [i for i in indices if i is not row and i is not col]
        while more := {i for g in others if free_indices(g) & tied for i in between if i in free_indices(g)} - tied:
            tied |= more
        right = [g for g in others if free_indices(g) & tied]
        left = [g for g in others if g not in right]
        if not any(row in free_indices(g) for g in right):
            solved = self._solve([i for i in indices if i in tied], [f, *right], order)
            if solved is None or any(down for g in left for _, down in self._powers(g)):
                return None
            return sum_of_product(
                [*(self.lower(g, order) for g in left), solved], [i for i in indices if i not in tied], order
            )
        assert isinstance(row, Index)
        assert isinstance(col, Index)
        b = self._right_side(between, mul(*others), (col, row, *order))
        if set(b.axes) != {row, col}:
            return None
        product = Named(Solve(self._square(f, order), permuted(b, (col, row)).array, False), (row, row))
        return reduced("sum", distinct(product), (row,))

    def _symmetric(self, f: MatrixAtom) -> bool:
        """Whether the matrix of an atom is declared symmetric, so that its inverse may be read along either axis."""
        row = self.names.get(f.body.name) if isinstance(f.body, Elem) else None
        return row is not None and row.definition is None and row.domain.structure in ("symmetric", "posdef")

    def _square(self, f: MatrixAtom, order: Order) -> Array:
        axes = (f.row, f.col)
        inner = _as_float(self.lower(f.body, axes))
        if not set(inner.axes) <= set(axes):
            raise CannotEmit(f"{f.op} of a family of matrices")
        return spread(inner, axes).array

    def _matrix(self, node: MatrixAtom, order: Order) -> Named:
        a = Matrix(node.op, self._square(node, order))
        if node.op != "inv":
            return Named(a)
        rank = {i: k for k, i in enumerate(order)}
        symmetric = self._symmetric(node)
        at = sorted(node.at, key=lambda i: rank.get(i, len(rank))) if symmetric else list(node.at)  # type: ignore
        return self._placed(a, at)


# ---------------------------------------------------------------- assembling


def _as_float(a: Named) -> Named:
    """Conditions as 0.0 and 1.0; everything else as it is."""
    return entrywise("as_float", (a,), a.axes) if a.array.kind == "bool" else a


def _unsigned(a: Named, sign: int) -> tuple[Named, int]:
    """-x with a sign as x with the other."""
    if isinstance(a.array, Map) and a.array.fn == "negative":
        return Named(a.array.args[0], a.axes), -sign
    return a, sign


def _plus(a: tuple[Named, int], b: tuple[Named, int], order: Order) -> tuple[Named, int]:
    """a + b of signed arrays, the sign pulled out where both are negative."""
    (x, s), (y, t) = a, b
    if s == t:
        return entrywise("add", (x, y), order), s
    return entrywise("subtract", (x, y) if s > 0 else (y, x), order), 1


def _nested(groups: Mapping[frozenset[Index], object]) -> bool:
    """Whether small arrays are best added before large ones: only when there are two or more below the largest."""
    ranks = sorted(len(k) for k in groups)
    return len(ranks) > 2 and ranks[-1] > ranks[0] and ranks[-2] < ranks[-1] and any(ranks.count(r) > 1 for r in ranks)


def assemble(number: Fraction, above: Iterable[Named], below: Iterable[Named], order: Order) -> Named:
    """number · Π above / Π below, cheapest first."""
    above, below = list(above), list(below)
    if any(a.array.kind != "bool" for a in above) or not above:
        flags = [a for a in above if a.array.kind == "bool"]
        if len(flags) == len(above):
            above = [_as_float(a) for a in above]
    else:
        above = [_as_float(above[0]), *above[1:]]
    below = [_as_float(b) for b in below]
    for k, a in enumerate(above):
        if isinstance(a.array, Map) and a.array.fn == "negative":
            above[k], number = Named(a.array.args[0], a.axes), -number
    top, bottom = [a for a in above if a.static], [b for b in below if b.static]
    sign, number = (-1, -number) if number < 0 else (1, number)
    if number.denominator != 1:
        if number.denominator & (number.denominator - 1) == 0 and number.denominator <= 1024:
            top.insert(0, literal(number))
        else:
            bottom.insert(0, literal(number.denominator))
            if number.numerator != 1:
                top.insert(0, literal(number.numerator))
    elif number != 1:
        top.insert(0, literal(number))
    if sign < 0 and top and isinstance(top[0].array, Literal):
        top[0], sign = literal(-top[0].array.value), 1
    rank = len({i for a in (*above, *below) for i in a.axes})
    ups, downs = (
        grouped([a for a in above if not a.static], order),
        sorted((b for b in below if not b.static), key=lambda b: len(b.axes)),
    )
    if not ups:
        result = product(top, order)
    else:
        if (sign < 0 and len(ups[0].axes) < rank) or top or bottom:
            ups[0] = _as_float(ups[0])  # a condition has no minus, and a Python integer would make it int64
        if sign < 0 and len(ups[0].axes) < rank:
            ups[0], sign = entrywise("negative", (ups[0],), order), 1  # on the small operand
        if top:
            ups[0] = entrywise("multiply", (product(top, order), ups[0]), order)
        if bottom:
            ups[0], bottom = entrywise("divide", (ups[0], product(bottom, order)), order), []
        rest: list[Named] = []
        for d in downs:
            k = next((k for k, u in enumerate(ups) if set(d.axes) <= set(u.axes)), None)
            if k is None:
                rest.append(d)
            else:
                ups[k] = entrywise("divide", (_as_float(ups[k]), d), order)
        downs, result = rest, product(ups, order)
    if bottom:
        result = entrywise("divide", (result, product(bottom, order)), order)
    for d in downs:
        result = entrywise("divide", (result, d), order)
    return result if sign > 0 else _minus(result, order)


def _minus(a: Named, order: Order) -> Named:
    """-a; -(x - y) is y - x and -(-x) is x, exactly."""
    if isinstance(a.array, Map) and a.array.fn == "negative":
        return Named(a.array.args[0], a.axes)
    if isinstance(a.array, Map) and a.array.fn == "subtract":
        x, y = a.array.args
        return Named(Map("subtract", (y, x), a.array.places[::-1], a.array.sizes, a.array.kind), a.axes)
    return entrywise("negative", (a,), order)


def _divide_in(above: list[Named], below: list[Named], order: Order) -> list[Named]:
    """The factors of a sum with each denominator divided into the smallest factor that covers it."""
    result = list(above)
    for d in below:
        d = _as_float(d)
        fits = [k for k, a in enumerate(result) if set(d.axes) <= set(a.axes)]
        if fits:
            k = min(fits, key=lambda k: len(result[k].axes))
            result[k] = entrywise("divide", (_as_float(result[k]), d), order)
        else:
            result.append(entrywise("divide", (literal(1), d), order))
    return result


# ---------------------------------------------------------------- questions about trees


def _up_to_indices(node: Node) -> tuple[tuple[Index, ...], object]:
    """The free indices of a tree in order of appearance, and a key that trees share which differ only in their
    indices."""
    free = free_indices(node)
    found = dict.fromkeys(t for n in walk(node) for at in index_exprs(n) for t, _ in affine_terms(at)[0] if t in free)
    order = tuple(t for t in found if isinstance(t, Index))
    return order, Formula(node, free=order).key()


def _variances(body: Node) -> set[str]:
    """Names that stand with the exponent -2, and with 1 or -1."""
    exponents: dict[str, set[Fraction]] = {}
    for n in walk(body):
        if isinstance(n, Pow) and isinstance(n.base, Elem) and isinstance(n.exponent, Num):
            exponents.setdefault(n.base.name, set()).add(n.exponent.value)
        for a in n.args if isinstance(n, (Add, Mul)) else ():
            if isinstance(a, Elem):
                exponents.setdefault(a.name, set()).add(Fraction(1))
    return {name for name, of in exponents.items() if -2 in of and of & {Fraction(1), Fraction(-1)}}


def _sign(term: Node) -> int:
    first = term.args[0] if isinstance(term, Mul) else term
    return -1 if isinstance(first, Num) and first.value < 0 else 1


def _positive(term: Node) -> Node:
    return neg(term) if _sign(term) < 0 else term


def _factors(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, Mul) else (node,)


def _diagonal_term(term: Node) -> tuple[Index, Index, Node] | None:
    """(i, j, c) where a term is δ_ij c with two different free indices."""
    for k, f in enumerate(_factors(term)):
        if (
            isinstance(f, Delta)
            and isinstance(f.left, Index)
            and isinstance(f.right, Index)
            and f.left is not f.right
            and f.left.size == f.right.size
        ):
            rest = [g for m, g in enumerate(_factors(term)) if m != k]
            return f.left, f.right, mul(*rest)
    return None


def _has_delta(node: Node, of: frozenset[Index] | None) -> bool:
    for f in _factors(node):
        if (
            isinstance(f, Delta)
            and isinstance(f.left, Index)
            and isinstance(f.right, Index)
            and (of is None or {f.left, f.right} & of)
        ):
            return True
    return False


def _open_deltas(node: Mul, of: frozenset[Index] | None = None) -> Node | None:
    """p_i (δ_ij - p_j) → δ_ij p_i - p_i p_j, so that δ becomes a diagonal or is sifted; None where no factor holds a
    δ."""
    for k, f in enumerate(node.args):
        if isinstance(f, Add) and any(_has_delta(t, of) for t in f.args):
            rest = (*node.args[:k], *node.args[k + 1 :])
            return add(*(reindex(mul(*rest, t), {}) for t in f.args))
    return None


def _sift(delta: Delta, indices: Sequence[Index]) -> tuple[Index, IndexExpr] | None:
    """(i, e) where Σ_i δ_ie (…) is (…) at i = e; e must surely lie in the range."""
    for a, b in ((delta.left, delta.right), (delta.right, delta.left)):
        if (
            isinstance(a, Index)
            and a in indices
            and (
                (isinstance(b, Index) and b is not a and b.size == a.size)
                or (isinstance(b, int) and isinstance(a.size, int) and 1 <= b <= a.size)
            )
        ):
            return a, b
    return None


def _worth_splitting(body: Add, indices: Sequence[Index]) -> bool:
    """Whether Σ(a + b) is better as Σa + Σb: some term is a product that no factor covers, holds a δ, or lacks a summed
    index and is covered by no other term. Σ_i (x_i - μ) stays: in Σ_i x_i - n μ the digits would cancel."""
    bound = frozenset(indices)
    for t in body.args:
        needed = free_indices(t)
        if _has_delta(t, bound) or not (
            bound <= needed or any(needed | bound <= free_indices(other) for other in body.args)
        ):
            return True
        if isinstance(t, Mul) and not any(free_indices(f) == needed for f in t.args):
            return True
    return False


def _fresh_terms(body: Add, indices: Sequence[Index]) -> list[Node]:
    """The terms of a sum, to be bound one by one: binders inside are made fresh so that none is shared."""
    del indices
    return [reindex(t, {}) for t in body.args]
