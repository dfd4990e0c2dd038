"""The degree of a formula in its sizes: how many values of a size two polynomials must share to be the same."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.atoms import composed
from derivations.domains import Names
from derivations.evaluate.program import definition_of, literal
from derivations.evaluate.regions import kinked
from derivations.formula import (
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Or,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    affine_terms,
    children,
    walk,
)

MOST_DEGREE = 60
"""Of a higher degree in the sizes no number of sizes is looked at."""


class Degree:
    """A bound of the degree in the sizes and indices that stand as numbers: (of the numerator, of the denominator)."""

    def __init__(self, names: Names):
        self.names = names
        self.terms = 0
        """Functions and powers of sizes: each is a term of its own kind."""
        self.seen: dict[Node, tuple[int, int]] = {}

    def __call__(self, node: Node) -> tuple[int, int]:
        if node not in self.seen:
            self.seen[node] = (0, 0)
            self.seen[node] = self._of(node)
        return self.seen[node]

    def _of(self, node: Node) -> tuple[int, int]:
        match node:
            case SizeVal():
                return 1, 0
            case IndexVal(at):
                return int(bool(affine_terms(at)[0])), 0
            case Elem(name, _):
                definition = definition_of(name, self.names)
                return self(definition.body) if definition is not None else (0, 0)
            case Mul(args):
                below = [self(a) for a in args]
                return sum(n for n, _ in below), sum(d for _, d in below)
            case Pow(base, exponent):
                return self._power(base, exponent)
            case Bound(op, indices, body):
                return self._bound(op, indices, body)
            case Add(args):
                return _over_one_denominator([self(a) for a in args])
            case Cases():
                return _over_one_denominator(
                    [self(c) for c in children(node) if not isinstance(c, Rel | And | Or | Not)]
                )
            case Call(fn, args) if fn in ("max", "min") or kinked(fn):
                return _over_one_denominator([self(a) for a in args])
            case Call() if (inner := composed(node)) is not None:
                return self(inner)
            case Tensor(_, body):
                return self(body)
            case Call() | Apply() | MatrixAtom() | Deriv():
                self._term(children(node))
                return 0, 0
            case _:
                return 0, 0

    def _term(self, inside: Iterable[Node]) -> None:
        inner = max((max(self(c)) for c in inside), default=0)
        self.terms += inner + 1 if inner else 0

    def _power(self, base: Node, exponent: Node) -> tuple[int, int]:
        n, d = self(base)
        e = literal(exponent)
        if e is None:
            self._term((base, exponent))
            return 0, 0
        if not n and not d:
            return 0, 0
        k = -(-abs(e.numerator) // e.denominator)
        return (n * k, d * k) if e > 0 else (d * k, n * k)

    def _bound(self, op: str, indices: tuple[Index, ...], body: Node) -> tuple[int, int]:
        n, d = self(body)
        standing = {
            t for node in walk(body) if isinstance(node, Elem) for at in node.at for t, _ in affine_terms(at)[0]
        }
        counted = sum(isinstance(i.size, str) and i not in standing for i in indices)
        times = 1
        for i in indices:
            times *= i.size if isinstance(i.size, int) else 1
        if op == "sum":
            return (n + (len(indices) if n or d else counted), d)
        if op == "prod":
            if n or d or counted:
                self.terms += 2 * (1 + n + d) if any(isinstance(i.size, str) for i in indices) else 0
            return n * times, d * times
        if op == "logsumexp":
            self.terms += n + d + counted
            return 0, 0
        if n or d:
            self.terms += 4
        return n, d


def _over_one_denominator(below: list[tuple[int, int]]) -> tuple[int, int]:
    whole = sum(d for _, d in below)
    return max((n + whole - d for n, d in below), default=0), whole


def degree_of(formulas: Iterable[Formula], names: Names) -> int:
    degree = Degree(names)
    (n, d), (m, e) = (degree(f.body) for f in formulas)
    return max(n + e, m + d) + degree.terms
