"""A formula as a SymPy matrix expression, from the arrangement that is written in matrix notation.

    X^T (p - y)      X.T*(p - y)               A^-1 b      Inverse(A)*b               tr(A B)    Trace(A*B)
    u ⊙ v / w        HadamardProduct, HadamardPower(w, -1)           diag(v)     DiagMatrix(v)
    f(A)             ElementwiseApplyFunction(f, A)                  u^T v       Trace(u.T*v), a number

Vectors are columns. Nothing is evaluated: A.I*A stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct

from derivations.atoms import ATOMS
from derivations.formula import Call, Elem, Formula, labels_of, walk
from derivations.notation import NoMatrixForm
from derivations.notation.matrix.chains import ROWWISE, Atom, Chain, Side, Term, cost, upright
from derivations.notation.matrix.contracting import cheapest
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.as_given import built
from derivations.sympy_bridge.outward import RELATIONS, Writer, opened, real_power

_SQUARED = ("norm", "normF")
"""Norms, whose squares are traces."""


def matrix_expression(formula: Formula, making: Writer) -> Any:
    """A scalar, or a `MatrixExpr` of the shape of the formula. Raises `NoSympy`."""
    if making.nodes == "unfold":
        formula = replace(formula, body=opened(formula.body, making.names))
    if any(map(labels_of, walk(formula.body))):
        raise NoSympy("an entry of an array of indices has no form among matrices")
    try:
        return _Raised(making).chain(cheapest(formula, cost))
    except NoMatrixForm as error:
        raise NoSympy(f"it has no matrix form: {error}") from error


class _Raised:
    def __init__(self, making: Writer):
        self.making = making
        self.letters = making.letters
        self.variable = sympy.Symbol(self.letters.labels.new("z"), real=True)

    def side(self, side: Side) -> Any:
        return sympy.Integer(1) if side is None else self.letters.size(side)

    def chain(self, chain: Chain) -> Any:
        """A sum of terms; one of fewer axes is the same along those that it lacks."""
        if chain.scalar:
            return built(sympy.Add, *map(self.scalar_term, chain.terms)) if chain.terms else sympy.Integer(0)
        if not chain.terms:
            return sympy.ZeroMatrix(self.side(chain.rows), self.side(chain.cols))
        terms = [self.spread(t, chain) for t in chain.terms]
        return terms[0] if len(terms) == 1 else sympy.MatAdd(*terms)

    def scalar_term(self, term: Term) -> Any:
        """A row times a column is a number: the trace of what SymPy calls a 1×1 matrix."""
        scale = self.scale(term)
        return built(sympy.Mul, scale, self.number([self.atom(a) for a in term.factors])) if term.factors else scale

    def number(self, factors: list[Any]) -> Any:
        return sympy.Trace(self.product(factors)) if any(f.is_Matrix for f in factors) else sympy.Mul(*factors)

    def scale(self, term: Term) -> Any:
        number = sympy.Rational(term.number.numerator, term.number.denominator)
        powers = [self.power(a, e) for a, e in term.scalars]
        return built(sympy.Mul, number, *powers) if powers else number

    def power(self, atom: Atom, exponent: Fraction) -> Any:
        e = sympy.Rational(exponent.numerator, exponent.denominator)
        if atom.kind in _SQUARED:
            inner = self.chain(atom.data[0])
            return built(sympy.Pow, sympy.Trace(sympy.MatMul(sympy.Transpose(inner), inner)), e / 2)
        return real_power(self.atom(atom), e)

    def spread(self, term: Term, chain: Chain) -> Any:
        rows, cols = term.shape
        factors = [self.atom(a) for a in term.factors]
        if rows is None and chain.rows is not None:
            factors = [sympy.OneMatrix(self.side(chain.rows), 1), *factors]
        if cols is None and chain.cols is not None:
            factors = [*factors, sympy.OneMatrix(1, self.side(chain.cols))]
        return self.product(factors, self.scale(term))

    @staticmethod
    def product(factors: list[Any], scale: Any = sympy.S.One) -> Any:
        if scale == 1 and len(factors) == 1:
            return factors[0]
        return sympy.MatMul(*([] if scale == 1 else [scale]), *factors)

    def atom(self, atom: Atom) -> Any:
        atom, turned = upright(atom)
        made = self.straight(atom)
        if not (turned or atom.flip):
            return made
        return sympy.OneMatrix(made.cols, made.rows) if isinstance(made, sympy.OneMatrix) else sympy.Transpose(made)

    def straight(self, atom: Atom) -> Any:
        data = atom.data
        match atom.kind:
            case "name" if not data[1]:
                row = self.letters.labels.rows.get(data[0])
                return self.letters.matrix(data[0]) if row is not None and row.sizes else self.letters.array(data[0])
            case "ones":
                return sympy.OneMatrix(self.side(atom.cols if atom.flip else atom.rows), 1)
            case "eye":
                return sympy.Identity(self.side(atom.rows))
            case "paren":
                return self.chain(data[0])
            case "inv":
                return sympy.Inverse(self.chain(data[0]))
            case "pow":
                return sympy.MatPow(self.atom(data[0]), data[1])
            case "had":
                return self.hadamard(*data)
            case "diag":
                return sympy.DiagMatrix(self.chain(data[0]))
            case "diagonal":
                return DiagonalOf(self.chain(data[0]))
            case "det" | "logdet":
                made = sympy.Determinant(self.chain(data[0]))
                return made if atom.kind == "det" else sympy.log(made)
            case "norm" | "normF":
                return self.power(atom, Fraction(1))
            case "norm1":
                inner = self.chain(data[0])
                return self.summed(self.by_entry(sympy.Abs, inner))
            case "dot" | "trace":
                return self.number([self.atom(a) for a in data])
            case "reduce" if data[0] == "mean":
                inner = self.chain(data[1])
                return self.summed(inner) / (inner.rows * inner.cols)
            case "reduce" if data[0] == "logsumexp":
                return sympy.log(self.summed(self.by_entry(sympy.exp, self.chain(data[1]))))
            case "size":
                return self.letters.size(data[0])
            case "const":
                return sympy.E if data[0] == "e" else sympy.pi
            case "index":
                return self.letters.place(data[0], {})
            case "map":
                return self.mapped(data[0], data[1])
        raise NoSympy(f"{atom.kind} has no form among SymPy's matrices: take the index form")

    def hadamard(self, above: tuple[Chain, ...], below: tuple[Chain, ...]) -> Any:
        factors = [*map(self.chain, above), *(HadamardPower(self.chain(c), -1) for c in below)]
        return factors[0] if len(factors) == 1 else HadamardProduct(*factors)

    def mapped(self, head: Any, args: tuple[Chain, ...]) -> Any:
        """A function of numbers, or entry by entry of one matrix."""
        values = [self.chain(a) for a in args]
        arrays = [k for k, a in enumerate(args) if not a.scalar]
        if not arrays:
            return self.function(head, values)
        if len(arrays) > 1:
            raise NoSympy("a function of several matrices, entry by entry, has no SymPy form: take the index form")
        (at,) = arrays
        if head in ROWWISE:
            return self.rowwise(str(head), values[0], args[0].rows is not None and args[0].cols is not None)
        if isinstance(head, tuple) and head[0] == "^" and isinstance(head[1], Fraction):
            return HadamardPower(values[at], sympy.Rational(head[1].numerator, head[1].denominator))
        body = self.function(head, [self.variable if k == at else v for k, v in enumerate(values)])
        return ElementwiseApplyFunction(sympy.Lambda(self.variable, body), values[at])

    def rowwise(self, fn: str, m: Any, of_rows: bool) -> Any:
        """softmax: e^v / Σ e^v, and log_softmax: v - log Σ e^v, of a vector or of each row."""
        powers = self.by_entry(sympy.exp, m)
        if not of_rows:
            whole = self.summed(powers)
            if fn == "softmax":
                return sympy.MatMul(1 / whole, powers)
            return sympy.MatAdd(m, sympy.MatMul(-sympy.log(whole), sympy.OneMatrix(m.rows, m.cols)))
        along = sympy.OneMatrix(1, m.cols)
        sums = sympy.MatMul(powers, sympy.OneMatrix(m.cols, 1))
        if fn == "softmax":
            return HadamardProduct(powers, sympy.MatMul(HadamardPower(sums, -1), along))
        return sympy.MatAdd(m, sympy.MatMul(-1, self.by_entry(sympy.log, sums), along))

    @staticmethod
    def summed(m: Any) -> Any:
        """The sum of the entries of a vector."""
        column = m if m.cols == 1 else sympy.Transpose(m)
        return sympy.Trace(sympy.MatMul(sympy.OneMatrix(1, column.rows), column))

    def by_entry(self, fn: Any, m: Any) -> Any:
        return ElementwiseApplyFunction(sympy.Lambda(self.variable, fn(self.variable)), m)

    def function(self, head: Any, values: list[Any]) -> Any:
        match head:
            case ("indicator", op):
                return sympy.Piecewise((1, RELATIONS[op](*values)), (0, True))
            case ("cases", said, rest):
                sides = iter(values)
                conditions = [_condition(c, sides) for c in said]
                left = list(sides)
                pairs = list(zip(left, conditions, strict=False))
                if rest:
                    pairs.append((left[-1], sympy.true))
                return built(sympy.Piecewise, *(sympy.Tuple(*pair) for pair in pairs))
            case ("^", Fraction() as exponent):
                return real_power(values[0], sympy.Rational(exponent.numerator, exponent.denominator))
            case "^":
                return real_power(*values)
            case str() if head in ATOMS:
                return self.called(head, values)
        raise NoSympy(f"{head} has no form among SymPy's matrices: take the index form")

    def called(self, fn: str, values: list[Any]) -> Any:
        """A function of the table, as the index form writes it. The values stand in it from the start: SymPy would
        evaluate what it puts in afterwards."""
        stand = [Elem(f"·{k}") for k in range(len(values))]
        making = Writer(self.letters, self.making.nodes)
        making.given = {s.name: v for s, v in zip(stand, values, strict=True)}
        return making.tree(Call(fn, tuple(stand)), {})


def _condition(said: Any, sides: Iterator[Any]) -> Any:
    """A condition from its words and its sides."""
    match said:
        case ("not", (inner,)):
            return sympy.Not(_condition(inner, sides))
        case (op, parts):
            made = [_condition(p, sides) for p in parts]
            return (sympy.And if op == "and" else sympy.Or)(*made)
        case op:
            return RELATIONS[op](next(sides), next(sides))
