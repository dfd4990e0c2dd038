"""Index form to matrix expressions: a product of elements is a graph whose vertices are indices and whose edges are
factors.

    Σ_j A_ij B_jk   a path, A B           Σ_i u_i v_i    u^T v         Σ_ij A_ij B_ji   a cycle, tr(A B)
    u_i v_k         two ends, u v^T       u_i v_i        u ⊙ v         u_i A_ij         diag(u) A
    Σ_i u_i         1^T u                 A_ij + b_j     A + b         f(x_i)           f(x)

An index that is open or stands at three factors makes an entrywise product; everything else is a chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from fractions import Fraction
from typing import Any

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
    SizeVal,
    Tensor,
    add,
    affine_terms,
    count,
    free_indices,
    mul,
    reindex,
)  # fmt: skip
from derivations.frozen import frozen
from derivations.notation.matrix.chains import (
    Atom,
    Chain,
    Side,
    Term,
    collect,
    flip,
    flips,
    inside,
    join,
    key,
    of_factors,
    shortest,
    times,
    transpose,
    turn,
    upright,
)
from derivations.notation.write.layout import NoMatrixForm
from derivations.notation.write.order import index_text
from derivations.notation.write.page import held_by


def elementwise(node: Apply) -> bool:
    """Whether a function is one of numbers alone, and can go entry by entry."""
    return not node.at and not any(isinstance(arg, Tensor) for arg in node.args)


Scalars = tuple[tuple[Atom, Fraction], ...]

WIDEST = 48
"""Products of sums are multiplied out while they give no more terms than this."""

WORK = 4_000
"""Sums and products looked into before a formula is called too large for matrix notation."""


@frozen
class Edge:
    """A factor at one or two indices: the product `atoms` has its rows at `a` and its columns at `b`."""

    atoms: tuple[Atom, ...]
    a: Index
    b: Index | None = None

    def at(self, index: Index) -> bool:
        return self.a is index or self.b is index

    def ends(self) -> tuple[Index, ...]:
        return (self.a,) if self.b is None else (self.a, self.b)

    def other(self, index: Index) -> Index | None:
        return self.b if self.a is index else self.a

    def from_(self, index: Index) -> tuple[Atom, ...]:
        """The product read away from an index: its rows are there."""
        return self.atoms if self.a is index else turn(self.atoms)


@frozen
class Raw:
    """A term of the expanded formula: number · Π factors, summed over the bound indices."""

    number: Fraction
    factors: tuple[Node, ...]
    bound: tuple[Index, ...]


def _apart(raw: Raw, taken: Set[Index | None]) -> Raw:
    """The term with bound indices of its own where others have them."""
    clash: dict[Index, IndexExpr] = {i: i.fresh() for i in raw.bound if i in taken}
    if not clash:
        return raw
    return Raw(raw.number, tuple(reindex(f, clash) for f in raw.factors), tuple(clash.get(i, i) for i in raw.bound))  # type: ignore[misc]


def _times(a: Raw, b: Raw) -> Raw:
    """The product of two terms; sums that share an index object keep apart."""
    if b.bound:
        b = _apart(b, {*a.bound, *(i for f in a.factors for i in free_indices(f))})
    if a.bound:
        a = _apart(a, {i for f in b.factors for i in free_indices(f)} - set(b.bound))
    return Raw(a.number * b.number, a.factors + b.factors, a.bound + b.bound)


class Raiser:
    """Raises the nodes of one formula. `spread`: products of sums are multiplied out first."""

    def __init__(self, formula: Formula, spread: bool):
        self.names = formula.names
        self.fixed = frozenset(formula.free)
        self.named = {i: i.name for i in formula.free}
        self.spread = spread
        self.chains: dict[tuple[Node, Index | None, Index | None], Chain] = {}
        self.work = 0

    # -------------------------------------------------- sums of terms

    def chain(self, node: Node, row: Index | None = None, col: Index | None = None) -> Chain:
        """A node as a matrix expression with rows at `row` and columns at `col`."""
        found = self.chains.get((node, row, col))
        if found is None:
            rows, cols = (row.size if row else None), (col.size if col else None)
            terms = tuple(self.term(_apart(raw, {row, col}), row, col) for raw in self.expand(node))
            found = shortest(self.broadcast(collect(Chain(terms, rows, cols))))
            self.chains[node, row, col] = found
        return found

    def broadcast(self, chain: Chain) -> Chain:
        """Terms that lack an axis: left to broadcasting where the reader has it, else times vectors of ones."""
        if chain.scalar:
            return chain
        full = (chain.rows, chain.cols)
        whole = any(t.shape == full for t in chain.terms)
        out = []
        for term in chain.terms:
            have = term.shape
            if have == full:
                out.append(term)
                continue
            square = chain.rows is not None and chain.rows == chain.cols
            numeral = have == (None, None) and not term.scalars
            if whole and len(chain.terms) > 1 and (numeral or not square):
                out.append(term)
                continue
            factors = term.factors
            if have[0] is None and chain.rows is not None:
                factors = (_ones(chain.rows), *factors)
            if have[1] is None and chain.cols is not None:
                factors = (*factors, transpose(_ones(chain.cols)))
            out.append(Term(term.number, term.scalars, factors))
        return Chain(tuple(out), chain.rows, chain.cols)

    def expand(self, node: Node) -> list[Raw]:
        """A node as a sum of products, with the sums in a product pulled to its front."""
        self.work += 1
        if self.work > WORK:
            raise NoMatrixForm("too large a formula")
        match node:
            case Add():
                return [raw for a in self.softened(node) for raw in self.expand(a)]
            case Num(value):
                return [Raw(value, (), ())]
            case Bound("sum", indices, body):
                return [Raw(r.number, r.factors, (*indices, *r.bound)) for r in self.expand(body)]
            case Mul(args):
                return self.product([self.operand(a) for a in args])
            case Pow(base, Num(value)) if (
                value.denominator == 1 and 2 <= value <= 3 and free_indices(base) - self.fixed
            ):
                whole = isinstance(base, (Elem, Call, Apply, Cases, MatrixAtom, Pow))
                return self.product(
                    [
                        [Raw(Fraction(1), (base,), ())] if whole else self.operand(reindex(base, {}))
                        for _ in range(int(value))
                    ]
                )
            case _:
                return [Raw(Fraction(1), (node,), ())]

    def operand(self, node: Node) -> list[Raw]:
        """A factor of a product: a sum stays whole unless products are multiplied out."""
        open_here = free_indices(node) - self.fixed
        match node:
            case Add() if not (self.spread and open_here):
                return [Raw(Fraction(1), (node,), ())]
            case Bound("sum", indices, Add() as body) if not self.spread:
                return (
                    [Raw(Fraction(1), (reindex_body(node),), ())]
                    if not open_here
                    else [Raw(Fraction(1), (body,), indices)]
                )
            case Bound("sum") if not open_here:
                found = self.expand(node)
                return found if len(found) == 1 else [Raw(Fraction(1), (node,), ())]
            case _:
                return self.expand(node)

    def product(self, operands: list[list[Raw]]) -> list[Raw]:
        out = [Raw(Fraction(1), (), ())]
        for operand in operands:
            if len(out) * len(operand) > WIDEST:
                raise NoMatrixForm("too many terms")
            out = [_times(a, b) for a in out for b in operand]
        return out

    # -------------------------------------------------- one term

    def term(self, raw: Raw, row: Index | None, col: Index | None) -> Term:
        """One product contracted: scalars and a chain from `row` to `col`."""
        number = raw.number
        scalars: Scalars = ()
        edges: list[Edge] = []
        bound = list(dict.fromkeys(raw.bound))
        factors = self.sift(list(raw.factors), bound, (row, col))
        for factor in factors:
            ends = sorted(
                free_indices(factor) - self.fixed,
                key=lambda i: (i is not row, i is not col, bound.index(i) if i in bound else -1),
            )
            if not ends:
                n, s = self.scalar(factor)
                number, scalars = number * n, times(scalars, s)
            elif len(ends) > 2:
                raise NoMatrixForm(f"a factor with {len(ends)} indices")
            else:
                edge, n, s = self.edge(factor, ends)
                edges.append(edge)
                number, scalars = number * n, times(scalars, s)
        for index in bound:
            if not any(e.at(index) for e in edges):
                scalars = (
                    times(scalars, ((_size_atom(index.size), Fraction(1)),)) if isinstance(index.size, str) else scalars
                )
                number *= index.size if isinstance(index.size, int) else 1
        chain, loose = _between(edges, row, col)
        for part in loose:
            n, s = _closed(part)
            number, scalars = number * n, times(scalars, s)
        return Term(number, scalars, join(chain) if chain else ())

    def sift(self, factors: list[Node], bound: list[Index], kept: tuple[Index | None, Index | None]) -> list[Node]:
        """Σ_j δ_ij a_j = a_i."""
        for k, factor in enumerate(factors):
            match factor:
                case Delta(Index() as a, Index() as b):
                    gone, stays = (a, b) if a in bound else (b, a)
                    if gone in bound and a is not b and gone.size == stays.size:
                        bound.remove(gone)
                        rest = [reindex(f, {gone: stays}) for f in factors[:k] + factors[k + 1 :]]
                        return self.sift(rest, bound, kept)
        return factors

    def scalar(self, node: Node) -> tuple[Fraction, Scalars]:
        """A factor without open indices as number · Π scalar^exponent."""
        one = Fraction(1)
        match node:
            case Num(value):
                return value, ()
            case SizeVal(size):
                return one, ((_size_atom(size), one),)
            case Const(name):
                return one, ((Atom("const", (name,)), one),)
            case IndexVal(at):
                return one, ((Atom("index", (at,)), one),)
            case Elem(name, at):
                return one, ((Atom("name", (name, self.labels(at))), one),)
            case Pow(base, Num(exponent)):
                number, scalars = self.scalar(base)
                if exponent.denominator == 1 and abs(exponent) <= 8 and number:
                    return number ** int(exponent), tuple((a, e * exponent) for a, e in scalars)
                if number == 1 and len(scalars) == 1 and scalars[0][1] == 1:
                    return one, ((scalars[0][0], exponent),)
                if (
                    number == 1
                    and len(scalars) == 1
                    and scalars[0][0].kind in ("norm", "norm1", "normF")
                    and (scalars[0][1] * exponent).denominator == 1
                ):
                    return one, ((scalars[0][0], scalars[0][1] * exponent),)
                return one, ((self.bracketed(base), exponent),)
            case Pow(base, exponent):
                return one, ((Atom("map", ("^", (self.chain(base), self.chain(exponent)))), one),)
            case MatrixAtom("inv", row, col, body, at):
                return one, ((Atom("entry", (self.inverse(row, col, body), self.labels(at)), None, None), one),)
            case MatrixAtom(op, row, col, body):
                return self.determinant(op, self.chain(body, row, col))
            case Bound("sum") | Mul():
                whole = self.chain(node)
                if len(whole.terms) == 1:
                    return whole.terms[0].number, whole.terms[0].scalars
                return one, ((Atom("paren", (whole,)), one),)
            case Add():
                return one, ((self.bracketed(node), one),)
            case Bound(op, (index,), body) if op != "prod":
                return one, ((Atom("reduce", (op, self.chain(body, index))), one),)
            case Apply() if not elementwise(node):
                return one, ((self.unknown(node, ()), one),)
            case Call() | Apply() | Cases():
                return one, ((self.mapped(node, None, None), one),)
            case _:
                raise NoMatrixForm(f"{type(node).__name__} has none")

    def bracketed(self, node: Node) -> Atom:
        chain = self.chain(node)
        if len(chain.terms) == 1:
            term = chain.terms[0]
            if term.number == 1 and len(term.scalars) == 1 and term.scalars[0][1] == 1:
                return term.scalars[0][0]
        return Atom("paren", (chain,))

    def determinant(self, op: str, chain: Chain) -> tuple[Fraction, Scalars]:
        """det A^T = det A, det(A B) = det A det B for square A and B, det A^-1 = 1/det A."""
        one = Fraction(1)
        if op == "det" and len(chain.terms) == 1 and chain.terms[0].number == 1 and not chain.terms[0].scalars:
            factors = chain.terms[0].factors
            if all(a.rows == a.cols for a in factors):
                total: Scalars = ()
                for atom in factors:
                    total = times(total, _det(atom))
                return one, total
        straight = min(chain, flip(chain), key=lambda c: (flips(c), key(c)))
        return one, ((Atom(op, (straight,)), one),)

    def labels(self, at: Sequence[IndexExpr]) -> tuple[str, ...]:
        return tuple(index_text(a, self.named) for a in at)

    # -------------------------------------------------- factors with open indices

    def edge(self, node: Node, ends: list[Index]) -> tuple[Edge, Fraction, Scalars]:
        """A factor at one or two indices, and what scales it."""
        a, b = ends[0], (ends[1] if len(ends) > 1 else None)
        if isinstance(node, (Add, Mul)) or (isinstance(node, Bound) and node.op == "sum"):
            chain = self.chain(node, a, b)
            if not chain.terms:
                return Edge((Atom("paren", (chain,), chain.rows, chain.cols),), a, b), Fraction(0), ()
            term, atom = inside(chain)
            factors = term.factors if atom is None else (atom,)
            return Edge(factors, a, b), term.number, term.scalars
        return self.plain_edge(node, ends), Fraction(1), ()

    def plain_edge(self, node: Node, ends: list[Index]) -> Edge:
        """An element, δ, inverse or function at one or two indices."""
        a, b = ends[0], (ends[1] if len(ends) > 1 else None)
        match node:
            case Elem(name, at):
                spots = [t for t in at if isinstance(t, Index) and t not in self.fixed]
                if any(not isinstance(t, Index) and any(s in ends for s, _ in affine_terms(t)[0]) for t in at):
                    raise NoMatrixForm("a shifted index")
                fixed = tuple(t for t in at if t not in spots)
                if [t in spots for t in at] != [False] * len(fixed) + [True] * len(spots):
                    raise NoMatrixForm("a column picked out of a matrix")
                if len(spots) == 1:
                    return Edge((Atom("name", (name, self.labels(fixed)), a.size, None),), a)
                if len(spots) != 2:
                    raise NoMatrixForm(f"an array of {len(spots)} axes")
                same = self.symmetric(name) and not fixed
                matrix = Atom("name", (name, self.labels(fixed)), spots[0].size, spots[1].size, same=same)
                if b is None:
                    return Edge((Atom("diagonal", (of_factors((matrix,)),), a.size, None),), a)
                return Edge((matrix if spots[0] is a else transpose(matrix),), a, b)
            case Delta():
                if b is None or a.size != b.size:
                    raise NoMatrixForm("a δ at one index")
                return Edge((Atom("eye", (), a.size, b.size, same=True),), a, b)
            case MatrixAtom("inv", row, col, body, (x, y)) if b is not None and {x, y} == {a, b}:
                inverse = self.inverse(row, col, body)
                return Edge(inverse if x is a else turn(inverse), a, b)
            case MatrixAtom("inv", row, col, body, (x, y)) if x is a and y is a:
                return Edge((Atom("diagonal", (of_factors(self.inverse(row, col, body)),), a.size, None),), a)
            case Pow(base, Num(value)) if value < 0:
                below = base if value == -1 else Pow(base, Num(-value))
                rows, cols = a.size, (b.size if b else None)
                return Edge((Atom("had", ((), (self.chain(below, a, b),)), rows, cols),), a, b)
            case Apply() if not elementwise(node):
                atom = self.unknown(node, ends)
                return Edge((atom if node.at[0] is a else transpose(atom),), a, b)
            case Pow() | Call() | Apply() | Cases():
                return Edge((self.mapped(node, a, b),), a, b)
            case _:
                raise NoMatrixForm(f"{getattr(node, 'op', type(node).__name__)} along one axis")

    def symmetric(self, name: str) -> bool:
        return self.names is not None and name in self.names and self.names[name].domain.has("symmetric")

    def inverse(self, row: Index, col: Index, body: Node) -> tuple[Atom, ...]:
        """(A B)^-1 = B^-1 A^-1 for square A and B."""
        return _inverse(self.chain(body, row, col))

    def unknown(self, node: Apply, ends: Sequence[Index]) -> Atom:
        """An unknown function of arrays, and of numbers beside them: k(x, z), or the array φ(x) that is its value."""
        if any(free_indices(arg) - self.fixed for arg in node.args):
            raise NoMatrixForm("a function of arrays at each index")
        if ends and (set(node.at) != set(ends) or len(node.at) != len(ends)):
            raise NoMatrixForm("a part of the value of a function")
        args = tuple(
            self.chain(arg.body, *arg.indices) if isinstance(arg, Tensor) else self.chain(arg) for arg in node.args
        )
        shape = [a.size for a in node.at if isinstance(a, Index)] if ends else []
        rows, cols = (*shape, None, None)[:2]
        at = () if ends else self.labels(node.at)
        return Atom("unknown", (f"@{node.fn}", args, at, held_by(node.fn, self.names)), rows, cols)

    def mapped(self, node: Node, a: Index | None, b: Index | None) -> Atom:
        """A function, entry by entry."""
        rows, cols = (a.size if a else None), (b.size if b else None)

        def arg(part: Node) -> Chain:
            """An argument; one without open indices is the same for every entry."""
            return self.chain(part, a, b) if free_indices(part) - self.fixed else self.chain(part)

        match node:
            case Call("exp", (Add(args),)) if a is not None:
                soft = self.softmax(args, a, b)
                if soft is not None:
                    return soft
                return Atom("map", ("exp", (arg(node.args[0]),)), rows, cols)
            case Call("log_softmax", (one, IndexVal(Index() as along))) if a is not None:
                return self.along("log_softmax", one, along, a, b)
            case Call(fn, args):
                return Atom("map", (fn, tuple(arg(p) for p in args)), rows, cols)
            case Apply(fn, args, order):
                return Atom("map", (("apply", fn, order), tuple(arg(p) for p in args)), rows, cols)
            case Cases(((Rel(op, left, right), Num(one)),), Num(zero)) if one == 1 and zero == 0:
                return Atom("map", (("indicator", op), (arg(left), arg(right))), rows, cols)
            case Cases(branches, otherwise):
                sides: list[Chain] = []
                said = tuple(_condition(c, lambda n: sides.append(arg(n))) for c, _ in branches)
                values = [arg(v) for _, v in branches] + ([] if otherwise is None else [arg(otherwise)])
                if not any((c.rows, c.cols) == (rows, cols) for c in (*sides, *values)):
                    raise NoMatrixForm("cases that broadcast")
                return Atom("map", (("cases", said, otherwise is not None), (*sides, *values)), rows, cols)
            case Pow(base, Num(value)) if value.denominator != 1:
                return Atom("map", (("^", value), (arg(base),)), rows, cols)
            case _:
                raise NoMatrixForm("powers entry by entry")

    def softmax(self, args: tuple[Node, ...], a: Index, b: Index | None) -> Atom | None:
        """exp(z_i - logsumexp_k z_k); with two indices along the rows, or of the transpose."""
        for at, two in enumerate(args):
            match two:
                case Mul((Num(value), Bound("logsumexp", (k,), body))) if value == -1:
                    one = add(*args[:at], *args[at + 1 :])
                    for along in (a, b):
                        if along is not None and _same(one, body, k, along):
                            return self.along("softmax", one, along, a, b)
        return None

    def along(self, fn: str, one: Node, along: Index, a: Index, b: Index | None) -> Atom:
        """A function of whole rows: of the transpose where it runs down the columns."""
        if b is not None and along is a:
            return transpose(Atom("map", (fn, (self.chain(one, b, a),)), b.size, a.size))
        return Atom("map", (fn, (self.chain(one, a, b),)), a.size, b.size if b else None)

    def softened(self, node: Add) -> tuple[Node, ...]:
        """The terms of a sum, log_softmax(z)_i for z_i - logsumexp_k z_k (as a call of z_i and i)."""
        for two in node.args:
            match two:
                case Mul((Num(value), Bound("logsumexp", (k,), body))) if value == -1:
                    for along in sorted(free_indices(node) - self.fixed, key=lambda i: (i.name, str(i.size))):
                        whole = reindex(body, {k: along})
                        parts = whole.args if isinstance(whole, Add) else (whole,)
                        left = [t for t in node.args if t is not two]
                        for part in parts:
                            hit = next((t for t in left if _equal(t, part)), None)
                            if hit is None:
                                break
                            left = [t for t in left if t is not hit]
                        else:
                            if along.size == k.size and along not in free_indices(body):
                                return (*left, Call("log_softmax", (whole, IndexVal(along))))
        return node.args


def _equal(one: Node, two: Node) -> bool:
    free = tuple(free_indices(one) | free_indices(two))
    return Formula(one, (), free) == Formula(two, (), free)


def _same(one: Node, body: Node, k: Index, along: Index) -> bool:
    """Whether a term is the body of a binder at another index of the same range."""
    return k.size == along.size and along not in free_indices(body) and _equal(one, reindex(body, {k: along}))


def _condition(node: Node, side: Callable[[Node], None]) -> Any:
    """The words of a condition; its sides go to `side` in order."""
    match node:
        case Rel(op, left, right):
            side(left)
            side(right)
            return op
        case And(args) | Or(args):
            return ("and" if isinstance(node, And) else "or", tuple(_condition(a, side) for a in args))
        case Not(inner):
            return ("not", (_condition(inner, side),))
        case _:
            raise NoMatrixForm("such a condition")


# ---------------------------------------------------------------- the graph


def _ones(size: Side) -> Atom:
    return Atom("ones", (), size, None)


def _size_atom(size: Side) -> Atom:
    return Atom("size", (size,))


def _det(atom: Atom) -> Scalars:
    one = Fraction(1)
    if atom.kind == "pow":
        return tuple((a, e * atom.data[1]) for a, e in _det(atom.data[0]))
    if atom.kind == "inv":
        return ((Atom("det", (_straight(atom.data[0]),)), -one),)
    if atom.kind == "eye":
        return ()
    return ((Atom("det", (_straight(of_factors((atom,)) if atom.kind != "paren" else atom.data[0]),)), one),)


def _straight(chain: Chain) -> Chain:
    return min(chain, flip(chain), key=lambda c: (flips(c), key(c)))


def _inverse(chain: Chain) -> tuple[Atom, ...]:
    if len(chain.terms) == 1 and chain.terms[0].number == 1 and not chain.terms[0].scalars:
        factors = chain.terms[0].factors
        if all(a.rows == a.cols for a in factors):
            return tuple(x for a in reversed(factors) for x in _inverse_atom(a))
    return (Atom("inv", (chain,), chain.cols, chain.rows),)


def _inverse_atom(atom: Atom) -> tuple[Atom, ...]:
    if atom.kind == "eye":
        return (atom,)
    if atom.kind == "pow":
        return _inverse_atom(atom.data[0]) * atom.data[1]
    if atom.kind == "inv":
        term, bracket = inside(atom.data[0])
        return term.factors if bracket is None else (bracket,)
    chain = atom.data[0] if atom.kind == "paren" else of_factors((atom,))
    return (Atom("inv", (chain,), atom.cols, atom.rows, same=atom.same),)


def _components(edges: list[Edge], cut: tuple[Index | None, ...]) -> list[list[Edge]]:
    """Edges that hang together through indices other than those of the cut."""
    left = list(edges)
    found: list[list[Edge]] = []
    while left:
        group = [left.pop(0)]
        grown = True
        while grown:
            near = {i for e in group for i in e.ends() if i not in cut}
            more = [e for e in left if any(i in near for i in e.ends())]
            left = [e for e in left if not any(e is m for m in more)]
            group += more
            grown = bool(more)
        found.append(group)
    return found


def _between(edges: list[Edge], row: Index | None, col: Index | None) -> tuple[tuple[Atom, ...], list[list[Edge]]]:
    """The chain from row to col, and the components that touch neither."""
    if row is None and col is None:
        return (), _components(edges, ())
    if row is None:
        chain, loose = _between(edges, col, None)
        return turn(chain), loose
    if col is None:
        return _from(edges, row)
    return _across(edges, row, col)


def _from(edges: list[Edge], i: Index) -> tuple[tuple[Atom, ...], list[list[Edge]]]:
    """A vector at i: the components that hang on i, multiplied entry by entry."""
    parts = _components(edges, (i,))
    loose = [p for p in parts if not any(e.at(i) for e in p)]
    hanging = [p for p in parts if any(e.at(i) for e in p)]
    vectors = [_branch(p, i) for p in hanging]
    if len(vectors) <= 1:
        return (vectors[0] if vectors else ()), loose
    return (_had(vectors, i.size, None),), loose


def _had(products: Sequence[tuple[Atom, ...]], rows: Side, cols: Side) -> Atom:
    """Products multiplied entry by entry, reciprocals below the bar."""
    above: list[Chain] = []
    below: list[Chain] = []
    for product in products:
        if len(product) == 1 and product[0].kind == "had":
            above += product[0].data[0]
            below += product[0].data[1]
        else:
            above.append(of_factors(product))
    return Atom("had", (tuple(sorted(above, key=key)), tuple(sorted(below, key=key))), rows, cols)


def _merged(edges: list[Edge], i: Index) -> list[Edge] | None:
    """Two matrices at the same two indices as one entrywise product; None where there are no two."""
    for p, one in enumerate(edges):
        for two in edges[p + 1 :]:
            if one.b is not None and two.b is not None and one.at(i) and two.at(i) and one.other(i) is two.other(i):
                other = one.other(i)
                atom = _had((one.from_(i), two.from_(i)), i.size, other.size if other else None)
                return [e for e in edges if e is not one and e is not two] + [Edge((atom,), i, other)]
    return None


def _branch(part: list[Edge], i: Index) -> tuple[Atom, ...]:
    """A connected component as a vector at i."""
    touching = [e for e in part if e.at(i)]
    if len(touching) > 1:
        merged = _merged(part, i)
        if merged is not None:
            return _branch(merged, i)
        first = touching[0]
        rest = [e for e in part if e is not first]
        k = first.other(i)
        if k is None:
            raise NoMatrixForm("indices that do not form a chain")
        across, loose = _across(rest, i, k)
        if loose or not across or across[0].rows != i.size or across[-1].cols != k.size:
            raise NoMatrixForm("indices that do not form a chain")
        return (_had((first.from_(i), across), i.size, k.size), _ones(k.size))
    edge = touching[0]
    k = edge.other(i) if edge.b is not None else None
    if k is None:
        return edge.atoms
    rest = [e for e in part if e is not edge]
    tail, loose = _from(rest, k)
    if loose:
        raise NoMatrixForm("indices that do not form a chain")
    return (*edge.from_(i), *(tail or (_ones(k.size),)))


def _across(edges: list[Edge], i: Index, j: Index) -> tuple[tuple[Atom, ...], list[list[Edge]]]:
    """A matrix with rows at i and columns at j: paths, outer products, diagonal scalings, entrywise products."""
    parts = _components(edges, (i, j))
    paths: list[tuple[Atom, ...]] = []
    left: list[tuple[Atom, ...]] = []
    right: list[tuple[Atom, ...]] = []
    loose: list[list[Edge]] = []
    for part in parts:
        at_i, at_j = any(e.at(i) for e in part), any(e.at(j) for e in part)
        if at_i and at_j:
            paths.append(_path(part, i, j))
        elif at_i:
            left.append(_branch(part, i))
        elif at_j:
            right.append(_branch(part, j))
        else:
            loose.append(part)
    u = left[0] if len(left) == 1 else (_had(left, i.size, None),) if left else ()
    v = right[0] if len(right) == 1 else (_had(right, j.size, None),) if right else ()
    if not paths:
        return (*u, *turn(v)), loose
    if u and v:
        return (_had([(*u, *turn(v)), *paths], i.size, j.size),), loose
    middle = paths[0] if len(paths) == 1 else (_had(paths, i.size, j.size),)
    return (*_diagonal(u), *middle, *_diagonal(v)), loose


def _diagonal(v: tuple[Atom, ...]) -> tuple[Atom, ...]:
    return (Atom("diag", (of_factors(v),), v[0].rows, v[0].rows, same=True),) if v else ()


def _path(part: list[Edge], i: Index, j: Index) -> tuple[Atom, ...]:
    """A connected component as a matrix from i to j."""
    if len(part) == 1:
        return part[0].from_(i)
    for here, there, back in ((i, j, False), (j, i, True)):
        touching = [e for e in part if e.at(here)]
        if len(touching) == 1:
            edge = touching[0]
            k = edge.other(here)
            if k is None or k is there:
                continue
            rest, loose = _across([e for e in part if e is not edge], k, there)
            if loose:
                continue
            chain = (*edge.from_(here), *rest)
            return turn(chain) if back else chain
    merged = _merged(part, i) or _merged(part, j)
    if merged is not None:
        return _path(merged, i, j)
    raise NoMatrixForm("indices that do not form a chain")


def _closed(part: list[Edge]) -> tuple[Fraction, Scalars]:
    """A component without open indices: u^T A v, 1^T u, tr(A B)."""
    ends = [i for e in part for i in e.ends()]
    vector = next((e for e in part if e.b is None), None)
    if vector is not None:
        rest = [e for e in part if e is not vector]
        if not rest and vector.atoms[-1].kind == "diagonal" and len(vector.atoms) == 1:
            return _trace(vector.atoms[0].data[0].terms[0].factors)
        k = vector.a
        tail, loose = _from(rest, k)
        if loose:
            raise NoMatrixForm("indices that do not form a chain")
        return _dot((*turn(vector.atoms), *(tail or (_ones(k.size),))))
    loose_end = next((i for i in ends if ends.count(i) == 1), None)
    if loose_end is not None:
        tail, _ = _from(part, loose_end)
        return _dot((transpose(_ones(loose_end.size)), *tail))
    edge = min(part, key=lambda e: key(e.atoms))
    if edge.b is None:
        raise NoMatrixForm("indices that do not form a chain")
    rest = [e for e in part if e is not edge]
    if not rest:
        return Fraction(1), ()
    across, loose = _across(rest, edge.b, edge.a)
    if loose or across[0].rows != edge.b.size or across[-1].cols != edge.a.size:
        raise NoMatrixForm("indices that do not form a chain")
    return _trace((*edge.atoms, *across))


_LEADING = {"name": 0, "ones": 0, "paren": 1}
"""What a scalar product begins with rather than with a function or an entrywise product."""


def _dot(factors: tuple[Atom, ...]) -> tuple[Fraction, Scalars]:
    """u^T A v in the direction that has fewer transposes; ‖v‖² where it is a square."""
    factors = join(factors)
    half = len(factors) // 2
    if len(factors) % 2 == 0 and factors[:half] == turn(factors[half:]) and not any(a.kind == "ones" for a in factors):
        return Fraction(1), ((Atom("norm", (of_factors(factors[half:]),)), Fraction(2)),)
    for one, two in (factors, turn(factors)) if len(factors) == 2 else ():
        if one.kind == "ones" and two.kind == "map" and two.data[0] == "abs":
            return Fraction(1), ((Atom("norm1", two.data[1]), Fraction(1)),)
    best = min(
        (factors, join(turn(factors))),
        key=lambda f: (f[0].kind != "ones" and f[-1].kind == "ones", _LEADING.get(f[0].kind, 2), _turns(f), key(f)),
    )
    return Fraction(1), ((Atom("dot", best), Fraction(1)),)


def _trace(factors: tuple[Atom, ...]) -> tuple[Fraction, Scalars]:
    """tr of a cycle, begun where it has the fewest transposes and the smallest name."""
    half = len(factors) // 2
    if len(factors) == 2 and factors[0] == transpose(factors[1]) and not factors[0].same:
        return Fraction(1), (
            (
                Atom("normF", (of_factors(min(factors[:half], factors[half:], key=lambda f: (_turns(f), key(f)))),)),
                Fraction(2),
            ),
        )
    turns = [f[k:] + f[:k] for f in (factors, turn(factors)) for k in range(len(factors))]
    best = min(turns, key=lambda f: (_turns(f), len(join(f)), key(f)))
    return Fraction(1), ((Atom("trace", join(best)), Fraction(1)),)


def _turns(factors: tuple[Atom, ...]) -> int:
    """How many transposes are written in a product; those of names count half."""
    return sum(flips(a) * (1 if a.kind in ("name", "ones") else 2) + 2 * turned for a, turned in map(upright, factors))


def reindex_body(node: Node) -> Node:
    """A copy with binders of its own."""
    return reindex(node, {})


def cheapest(formula: Formula, cost: Callable[[Chain], int]) -> Chain:
    """The shortest matrix expression of a formula: its products of sums kept, or multiplied out."""
    if formula.joint:
        raise NoMatrixForm("an axis over pairs of indices")
    if len(formula.axes) > 2:
        raise NoMatrixForm(f"an array of {len(formula.axes)} axes")
    row = formula.axes[0] if formula.axes else None
    col = formula.axes[1] if len(formula.axes) > 1 else None
    if row is not None and row.size == 1 and col is not None:
        row = None
    found: list[Chain] = []
    reason: NoMatrixForm | None = None
    for spread in (False, True):
        if spread and count(formula.body) > 400:
            continue
        try:
            found.append(Raiser(formula, spread).chain(formula.body, row, col))
        except NoMatrixForm as error:
            reason = reason or error
    if not found:
        raise reason or NoMatrixForm("none")
    return min(found, key=cost)


__all__ = ["NoMatrixForm", "Raiser", "cheapest", "collect", "mul"]
