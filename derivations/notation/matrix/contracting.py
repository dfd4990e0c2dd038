"""Index form to matrix expressions: every term is contracted along the graph of its product, and what stands at its
indices is raised in turn.

    A_ij + b_j     A + b         f(x_i)     f(x)        Σ_i u_i   1^T u
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from derivations.atoms.of_matrices import OF_MATRICES, matrix_of
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
    index_exprs,
    reindex,
)
from derivations.notation.matrix.chains import (
    Atom,
    Chain,
    Scalars,
    Term,
    inside,
    of_factors,
    times,
    transpose,
    turn,
)
from derivations.notation.matrix.expanding import Expansion, Raw, apart, same_body
from derivations.notation.matrix.graph import Edge, between, closed, of_label, ones, size_atom
from derivations.notation.matrix.inverses import determinant_of, inverse_of, straight
from derivations.notation.matrix.shortest import collect, join, shortest
from derivations.notation.write.layout import NoMatrixForm
from derivations.notation.write.of_matrices import as_number, places_of, spelled
from derivations.notation.write.order import index_text
from derivations.notation.write.unknown import held_by, named_slot, of_one_number


def elementwise(node: Apply) -> bool:
    """Whether a function is one of numbers alone, and can go entry by entry."""
    return not node.at and not any(isinstance(arg, Tensor) for arg in node.args)


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


class Raiser:
    """Raises the nodes of one formula. `spread`: products of sums are multiplied out first."""

    def __init__(self, formula: Formula, spread: bool):
        self.names = formula.names
        self.fixed = frozenset(formula.free)
        self.named = {i: i.name for i in formula.free}
        self.expansion = Expansion(self.fixed, spread)
        self.chains: dict[tuple[Node, Index | None, Index | None], Chain] = {}

    # -------------------------------------------------- sums of terms

    def chain(self, node: Node, row: Index | None = None, col: Index | None = None) -> Chain:
        """A node as a matrix expression with rows at `row` and columns at `col`."""
        found = self.chains.get((node, row, col))
        if found is None:
            rows, cols = (row.size if row else None), (col.size if col else None)
            terms = tuple(self.term(apart(raw, {row, col}), row, col) for raw in self.expansion.terms(node))
            found = shortest(self.broadcast(collect(Chain(terms, rows, cols))))
            self.chains[node, row, col] = found
        return found

    def broadcast(self, chain: Chain) -> Chain:
        """Terms that lack an axis: numbers are left as they are where mathematics reads them so, `h + c` and `1 - H`;
        others are multiplied by vectors of ones, `X + 1 b^T`."""
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
            scalar = have == (None, None)
            if whole and len(chain.terms) > 1 and scalar and not (square and term.scalars):
                out.append(term)
                continue
            factors = term.factors
            if have[0] is None and chain.rows is not None:
                factors = (ones(chain.rows), *factors)
            if have[1] is None and chain.cols is not None:
                factors = (*factors, transpose(ones(chain.cols)))
            out.append(Term(term.number, term.scalars, factors))
        return Chain(tuple(out), chain.rows, chain.cols)

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
                    times(scalars, ((size_atom(index.size), Fraction(1)),)) if isinstance(index.size, str) else scalars
                )
                number *= index.size if isinstance(index.size, int) else 1
        chain, loose = between(edges, row, col)
        for part in loose:
            n, s = closed(part)
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
                return one, ((size_atom(size), one),)
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
            case Apply(fn) if fn in OF_MATRICES:
                return one, ((self.of_matrix(node), one),)
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
                    total = times(total, determinant_of(atom))
                return one, total
        return one, ((Atom(op, (straight(chain),)), one),)

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
            case Delta() if (row_of_label := of_label(node, ends, self.names)) is not None:
                return row_of_label
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
            case Apply(fn) if fn in OF_MATRICES:
                atom, places = self.of_matrix(node, whole=True), places_of(node)
                if b is None and places == (a, a):
                    return Edge((Atom("diagonal", (of_factors((atom,)),), a.size, None),), a)
                if b is None or set(places) != {a, b}:
                    raise NoMatrixForm("a part of the value of a function")
                return Edge((atom if places[0] is a else transpose(atom),), a, b)
            case Apply() if not elementwise(node):
                atom = self.unknown(node, ends)
                return Edge((atom if index_exprs(node)[0] is a else transpose(atom),), a, b)
            case Pow() | Call() | Apply() | Cases():
                return Edge((self.mapped(node, a, b),), a, b)
            case _:
                raise NoMatrixForm(f"{getattr(node, 'op', type(node).__name__)} along one axis")

    def symmetric(self, name: str) -> bool:
        return self.names is not None and name in self.names and self.names[name].domain.has("symmetric")

    def inverse(self, row: Index, col: Index, body: Node) -> tuple[Atom, ...]:
        """(A B)^-1 = B^-1 A^-1 for square A and B."""
        return inverse_of(self.chain(body, row, col))

    def of_matrix(self, node: Apply, *, whole: bool = False) -> Atom:
        """A function of a matrix: its value, or where that is a matrix an entry of it."""
        fence, word, number = spelled(node)
        matrix = matrix_of(node)
        if free_indices(matrix) - self.fixed:
            raise NoMatrixForm("a function of matrices at each index")
        chain = self.chain(matrix.body, *matrix.indices)
        if fence:
            return Atom(fence, (chain,))
        args = (chain,) if number is None else (chain, self.chain(as_number(number)))
        row, at = OF_MATRICES[node.fn], () if whole else self.labels(places_of(node))
        rows, cols = (i.size if whole else None for i in matrix.indices)
        same = row.name == "eigproj"
        return Atom("unknown", (word, args, at, 0, (), ""), rows, cols, same=same and whole)

    def unknown(self, node: Apply, ends: Sequence[Index]) -> Atom:
        """An unknown function of arrays, and of numbers beside them: k(x, z), or the array φ(x) that is its value; of
        its derivatives by one argument the array of them all, ∇_w f(x; w) or ∂_2 k(x, z)."""
        if any(free_indices(arg) - self.fixed for arg in node.args):
            raise NoMatrixForm("a function of arrays at each index")
        places = index_exprs(node)
        if ends and (set(places) != set(ends) or len(places) != len(ends)):
            raise NoMatrixForm("a part of the value of a function")
        args = tuple(
            self.chain(arg.body, *arg.indices) if isinstance(arg, Tensor) else self.chain(arg) for arg in node.args
        )
        shape = [a.size for a in places if isinstance(a, Index)] if ends else []
        rows, cols = (*shape, None, None)[:2]
        at = () if ends else self.labels(places)
        slots = tuple(argument + 1 for argument, _ in node.by)
        named = named_slot(node, node.by[0]) if ends and len(slots) == 1 and not node.at else None
        by = "" if named is None else named.name
        return Atom("unknown", (f"@{node.fn}", args, at, held_by(node.fn, self.names), slots, by), rows, cols)

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
            case Apply(fn, args, by):
                slots = () if of_one_number(node) else tuple(argument + 1 for argument, _ in by)
                head = ("apply", fn, 0 if slots else len(by), slots)
                return Atom("map", (head, tuple(arg(p) for p in args)), rows, cols)
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
                        if along is not None and same_body(one, body, k, along):
                            return self.along("softmax", one, along, a, b)
        return None

    def along(self, fn: str, one: Node, along: Index, a: Index, b: Index | None) -> Atom:
        """A function of whole rows: of the transpose where it runs down the columns."""
        if b is not None and along is a:
            return transpose(Atom("map", (fn, (self.chain(one, b, a),)), b.size, a.size))
        return Atom("map", (fn, (self.chain(one, a, b),)), a.size, b.size if b else None)


def cheapest(formula: Formula, cost: Callable[[Chain], int]) -> Chain:
    """The shortest matrix expression of a formula: its products of sums kept, or multiplied out."""
    if formula.joint:
        raise NoMatrixForm("an axis over pairs of indices")
    if len(formula.axes) > 2:
        raise NoMatrixForm(f"an array of {len(formula.axes)} axes")
    row, col = (*formula.axes, None, None)[:2]
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
    return min(found, key=lambda chain: (cost(chain), blanks(chain)))


def blanks(value: Any) -> int:
    """How many vectors of ones are written: of two forms that are as short the one with fewer."""
    match value:
        case Atom("ones"):
            return 1
        case Atom(_, data) | Chain(data):
            return blanks(data)
        case Term(_, scalars, factors):
            return blanks(scalars) + blanks(factors)
        case tuple():
            return sum(map(blanks, value))
        case _:
            return 0
