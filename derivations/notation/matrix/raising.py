"""Formulas in matrix notation: X^T (p - y), A^-1 b, tr(A B), ‖w‖², diag(u), the shortest arrangement that `contract`
finds.

    Σ_i x_ij (p_i - y_i)      X^T (p - y)
    Σ_j w_j^2                 ‖w‖^2
    p_i (δ_ij - p_j)          diag(p) - p p^T

Where there is none, `NoMatrixForm` says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derivations.formula import Delta, Formula, Size, binders, labels_of, walk
from derivations.kept_means import atoms_in
from derivations.notation.matrix.chains import Atom, Chain, Term, cost, entry_powers, flip, flips, key, upright
from derivations.notation.matrix.contracting import cheapest
from derivations.notation.matrix.joint import over_pairs
from derivations.notation.write.layout import (
    Choose,
    Compare,
    Deny,
    Entry,
    Factors,
    Fence,
    Fn,
    Frac,
    Lay,
    Logic,
    NoMatrixForm,
    Numeral,
    Raise,
    Ref,
    Root,
    Terms,
    Turn,
    Word,
)  # fmt: skip
from derivations.notation.write.order import affine_terms, index_text
from derivations.notation.write.page import CONSTANTS, index_form, number, word

ONES = Word("ones", "𝟏", r"\mathbf{1}")
EYE = Word("I", "I", "I")
INVERSE_TRANSPOSE = Word("-T", "-T", r"-\top")


def matrix_form(formula: Formula) -> Lay:
    """The arrangement of a formula in matrix notation. Raises `NoMatrixForm`."""
    if not formula.axes and not any(binders(n) for n in walk(formula.body)):
        return index_form(formula)
    if any(  # one label alone picks a row, and several that a δ tells are rows of a one-hot matrix
        label.at for node in walk(formula.body) if not isinstance(node, Delta) for label in labels_of(node)
    ):
        raise NoMatrixForm("an entry of an array of indices stands as an index")
    if atoms_in(formula.body):
        raise NoMatrixForm("a mean that is kept")
    if formula.joint:
        return over_pairs(formula, lambda part: _arranged(part, None))
    names = formula.names.values() if formula.names is not None else ()
    squares = {r.sizes[0] for r in names if len(r.sizes) == 2 and r.sizes[0] == r.sizes[1]}
    return _arranged(formula, squares.pop() if len(squares) == 1 else None)


def _arranged(formula: Formula, lone: Size | None) -> Lay:
    try:
        return _chain(_sized(cheapest(formula, cost), lone))
    except RecursionError:
        raise NoMatrixForm("too deep a formula") from None


def _sized(chain: Chain, lone: Size | None) -> Chain:
    """I and vectors of ones say their size where nothing beside them tells it; `lone` is the one size that square
    matrices have."""
    tells_rows = (
        any(t.factors and t.factors[0].kind not in _BLANK and t.shape[0] == chain.rows for t in chain.terms)
        or chain.rows == lone
    )
    tells_cols = (
        any(t.factors and t.factors[-1].kind not in _BLANK and t.shape[1] == chain.cols for t in chain.terms)
        or chain.cols == lone
    )

    def said(atom: Atom, first: bool, last: bool) -> Atom:
        if atom.kind in _BLANK:
            silent = tells_rows or tells_cols if atom.kind == "eye" else tells_cols if atom.flip else tells_rows
            return (
                atom if silent or not (first or last) else replace(atom, data=(atom.cols if atom.flip else atom.rows,))
            )
        return replace(atom, data=tuple(map(below, atom.data)))

    def below(part: Any) -> Any:
        match part:
            case Chain():
                return _sized(part, lone)
            case Atom():
                return said(part, False, False)
            case tuple():
                return tuple(map(below, part))
            case _:
                return part

    def term(t: Term) -> Term:
        last = len(t.factors) - 1
        factors = tuple(
            said(a, k == 0 and not a.flip, k == last and (a.flip or a.kind == "eye")) for k, a in enumerate(t.factors)
        )
        return Term(t.number, tuple((said(a, False, False), e) for a, e in t.scalars), factors)

    return Chain(tuple(map(term, chain.terms)), chain.rows, chain.cols)


_BLANK = frozenset({"ones", "eye"})


def _chain(chain: Chain) -> Lay:
    """A sum: positive terms first, longer products before shorter ones."""
    if not chain.terms:
        zero = Numeral(Fraction(0))
        ones = [
            _blank(ONES, s) if k == 0 else Turn(_blank(ONES, s))
            for k, s in enumerate((chain.rows, chain.cols))
            if s is not None
        ]
        return Factors((zero, *ones)) if ones else zero
    if len(chain.terms) == 1:
        chain = replace(chain, terms=(_without_sign(chain.terms[0]),))
    shown = [(_column(t, chain), t) for t in chain.terms]
    ahead = [(s, t) for s, t in shown if _leads(t, chain)]
    rest = sorted(
        ((s, t) for s, t in shown if not _leads(t, chain)),
        key=lambda p: (p[0].number < 0, -_weight(p[0]), _scaled(p[0]), flips(p[0]), key(p[0])),
    )
    laid = [(-1 if t.number < 0 else 1, _term(t)) for t, _ in ahead + rest]
    return laid[0][1] if len(laid) == 1 and laid[0][0] > 0 else Terms(tuple(laid))


def _without_sign(term: Term) -> Term:
    """(p - y) v^T of -(y - p) v^T: a sign that stands alone goes into the one bracket that has both."""
    if term.number >= 0 or abs(term.number.numerator) != 1:
        return term
    places = [(k, a) for k, a in enumerate(term.factors) if _turns(a)]
    scalars = [(k, a) for k, (a, e) in enumerate(term.scalars) if e in (1, -1) and _turns(a)]
    if len(places) + len(scalars) != 1:
        return term
    ((k, bracket),) = places + scalars
    inner: Chain = bracket.data[0]
    turned = replace(bracket, data=(replace(inner, terms=tuple(replace(t, number=-t.number) for t in inner.terms)),))
    if places:
        return replace(term, number=-term.number, factors=(*term.factors[:k], turned, *term.factors[k + 1 :]))
    left = (*term.scalars[:k], (turned, term.scalars[k][1]), *term.scalars[k + 1 :])
    return replace(term, number=-term.number, scalars=left)


def _turns(atom: Atom) -> bool:
    """Whether an atom is a - b in brackets, and not 1 - p."""
    terms = atom.data[0].terms if atom.kind == "paren" else ()
    return len(terms) == 2 and len({t.number > 0 for t in terms}) == 2 and all(t.scalars or t.factors for t in terms)


def _leads(term: Term, chain: Chain) -> bool:
    """1 - p, 1 + e^z: a positive numeral comes first when one term follows or the rest is subtracted."""
    if term.factors or term.scalars or term.number < 0 or len(chain.terms) < 2:
        return False
    others = [t for t in chain.terms if t is not term]
    plain = all(a.kind in ("name", "size", "index") for a in (*(a for a, _ in others[0].scalars), *others[0].factors))
    return all(t.number < 0 for t in others) or (len(others) == 1 and not plain)


def _weight(term: Term) -> int:
    return len(term.factors) if term.factors else -1 if term.scalars else -2


def _scaled(term: Term) -> int:
    """How much stands in front of a product."""
    return len(term.scalars) + (abs(term.number) != 1)


def _column(term: Term, chain: Chain) -> Term:
    """A row added to every row of a matrix is named as the vector that it is."""
    if (
        term.factors
        and term.shape[0] is None
        and term.shape[1] is not None
        and chain.rows is not None
        and chain.cols is not None
    ):
        return Term(
            term.number,
            term.scalars,
            flip(Chain((Term(Fraction(1), (), term.factors),), None, term.shape[1])).terms[0].factors,
        )
    return term


def _term(term: Term) -> Lay:
    """numerals, sizes, scalars, then the product; what is below a fraction bar stands in front of a product of
    matrices."""
    size = abs(term.number)
    above: list[Lay] = [] if size.numerator == 1 else [number(Fraction(size.numerator))]
    below: list[Lay] = [] if size.denominator == 1 else [number(Fraction(size.denominator))]
    behind: list[Lay] = []
    plain = all(a.kind in ("size", "const") for a, e in term.scalars if e < 0)
    among = len(term.scalars) + len(term.factors) > 1 or size != 1
    for atom, exponent in sorted(term.scalars, key=lambda p: _scalar_rank(p[0], p[1])):
        lay = _scalar(atom, abs(exponent), among)
        (
            below
            if exponent < 0
            else behind
            if plain and atom.kind not in ("size", "const", "name", "index")
            else above
        ).append(lay)
    if behind and not term.factors:
        behind[-1] = _opened(behind[-1])
    product = [*behind, *(_atom(a) for a in term.factors)]
    if not below:
        return _row([*above, *product])
    if not above and len(product) > 1 and term.factors and not plain and size.denominator == 1:
        return Frac(_row(product), _row(below))  # A b/‖c‖; what has only sizes and numerals below is 1/n A b
    if not above and len(product) == 1 and term.factors:
        only = product[0]
        return Frac(only.above, _row([*below, only.below])) if isinstance(only, Frac) else Frac(only, _row(below))
    return _row([Frac(_row(above), _row(below)), *product])


def _row(factors: list[Lay]) -> Lay:
    """Factors side by side; 1 where there are none."""
    if not factors:
        return Numeral(Fraction(1))
    if len(factors) > 1 and isinstance(factors[-1], Factors) and not factors[-1].op:
        factors = [*factors[:-1], *factors[-1].factors]
    return factors[0] if len(factors) == 1 else Factors(tuple(factors))


_RANK = {
    "size": 0,
    "const": 0,
    "name": 1,
    "index": 1,
    "norm": 2,
    "norm1": 2,
    "normF": 2,
    "det": 2,
    "trace": 2,
    "entry": 2,
    "logdet": 3,
    "map": 3,
    "dot": 4,
    "paren": 1.5,
}


def _scalar_rank(atom: Atom, exponent: Fraction) -> tuple[float, str, Fraction]:
    return 3 if atom.kind == "name" and "/" in atom.data[0] else _RANK.get(atom.kind, 3), key(atom), exponent


def _scalar(atom: Atom, exponent: Fraction, among: bool) -> Lay:
    lay = _atom(atom)
    if exponent == 1:
        return _enclosed(lay) if among and atom.kind == "dot" else lay
    if exponent.numerator == 1 and exponent.denominator in (2, 3):
        return Root(lay, exponent.denominator)
    return Raise(lay, number(exponent))


def _enclosed(lay: Lay) -> Lay:
    """u^T v among other factors keeps its brackets: a sum of one term binds as a sum does."""
    return Terms(((1, lay),))


def _opened(lay: Lay) -> Lay:
    """The last of several factors needs no brackets."""
    return lay.terms[0][1] if isinstance(lay, Terms) and len(lay.terms) == 1 and lay.terms[0][0] > 0 else lay


def _atom(atom: Atom) -> Lay:
    """One factor; (p - y)^T rather than (p^T - y^T)."""
    atom, turned = upright(atom)
    if turned and atom.kind == "inv":
        return Raise(_chain(atom.data[0]), INVERSE_TRANSPOSE)
    if turned and atom.kind == "pow":
        base = atom.data[0]
        sign = -1 if base.kind == "inv" else 1
        return Raise(Turn(_chain(base.data[0]) if sign < 0 else _upright(base)), number(Fraction(sign * atom.data[1])))
    return Turn(_upright(atom)) if turned else _upright(atom)


def _upright(atom: Atom) -> Lay:
    data = atom.data
    match atom.kind:
        case "name":
            return _turned(Ref(data[0], data[1]), atom)
        case "onehot":
            return _turned(Fn("onehot", (Ref(data[0]),)), atom)
        case "ones":
            return _turned(_blank(ONES, *data), atom)
        case "eye":
            return _blank(EYE, *data)
        case "paren":
            return _chain(data[0])
        case "inv":
            return Raise(_chain(data[0]), number(Fraction(-1)))
        case "pow":
            inner: Atom = data[0]
            if inner.kind == "inv":
                return Raise(_chain(inner.data[0]), number(Fraction(-data[1])))
            return Raise(_atom(inner), number(Fraction(data[1])))
        case "had":
            return _hadamard(*data)
        case "diag" | "diagonal":
            return _turned(Fn("diag", (_chain(data[0]),)), atom)
        case "det" | "logdet":
            return Fn(atom.kind, (_chain(data[0]),))
        case "norm" | "norm1" | "norm2" | "norm*" | "normF":
            return Fence(atom.kind, _chain(data[0]))
        case "dot":
            return _row([_atom(a) for a in data])
        case "trace":
            return Fn("tr", (_row([_atom(a) for a in data]),))
        case "reduce":
            return Fn(data[0], (_chain(data[1]),))
        case "size":
            return word(data[0])
        case "const":
            return CONSTANTS[data[0]]
        case "index":
            return _index(data[0])
        case "entry":
            return Entry(_row([_atom(a) for a in data[0]]), data[1])
        case "unknown":
            name, args, at, held, slots, by = data
            return _turned(Fn(name, tuple(_chain(c) for c in args), at, 0, held, () if by else slots, by), atom)
        case "map":
            return _turned(_mapped(data[0], data[1]), atom)
        case kind:
            raise NoMatrixForm(kind)


def _blank(symbol: Word, size: object = None) -> Word:
    """I_d, 1_n; without the size where it can be told."""
    if size is None:
        return symbol
    one, two, three = (
        f"_{{{n}}}" if len(n) > 1 else f"_{n}" for n in (str(size), word(str(size)).unicode, word(str(size)).latex)
    )
    return Word(symbol.ascii + one, symbol.unicode + two, symbol.latex + three)


def _turned(lay: Lay, atom: Atom) -> Lay:
    return Turn(lay) if atom.flip else lay


def _index(at: object) -> Lay:
    terms, const = affine_terms(at)  # type: ignore[arg-type]
    if len(terms) == 1 and terms[0][1] == 1 and const == 0:
        return word(index_text(at, {}))  # type: ignore[arg-type]
    raise NoMatrixForm("an index as a number")


def _hadamard(above: tuple[Chain, ...], below: tuple[Chain, ...]) -> Lay:
    """a ⊙ b, and entry by entry a / b."""
    top = [_entry_power(c, many) for c, many in entry_powers(above)]
    upper: Lay = Numeral(Fraction(1)) if not top else top[0] if len(top) == 1 else Factors(tuple(top), "⊙")
    if not below:
        return upper
    bottom = [_entry_power(c, many) for c, many in entry_powers(below)]
    return Frac(upper, bottom[0] if len(bottom) == 1 else Factors(tuple(bottom), "⊙"))


def _entry_power(chain: Chain, many: int) -> Lay:
    lay = _chain(chain)
    return lay if many == 1 else Raise(lay, number(Fraction(many)), of_entries=True)


def _words(said: Any, sides: Iterator[Lay]) -> Lay:
    """A condition from its words and its sides."""
    match said:
        case ("not", (inner,)):
            return Deny(_words(inner, sides))
        case (op, parts):
            return Logic(op, tuple(_words(p, sides) for p in parts))
        case op:
            return Compare(op, next(sides), next(sides))


def _mapped(head: object, args: tuple[Chain, ...]) -> Lay:
    laid = tuple(_chain(a) for a in args)
    match head:
        case ("indicator", op):
            return Fence("indicator", Compare(str(op), laid[0], laid[1]))
        case ("cases", said, rest):
            sides = iter(laid)
            conditions = [_words(c, sides) for c in said]
            values = list(sides)
            if values == [Numeral(Fraction(1)), Numeral(Fraction(0))]:
                return Fence("indicator", conditions[0])
            return Choose(tuple(zip(values, conditions, strict=False)), values[-1] if rest else None)
        case ("apply", fn, primes, slots):
            return Fn(f"@{fn}", laid, primes=int(primes), slots=slots)  # type: ignore[call-overload,arg-type]
        case ("^", Fraction() as exponent):
            if exponent.numerator == 1 and exponent.denominator in (2, 3):
                return Root(laid[0], exponent.denominator)
            return Raise(laid[0], number(exponent))
        case "^":
            return Raise(laid[0], laid[1])
        case "abs" | "floor" | "ceil":
            return Fence(str(head), laid[0])
        case "exp" if not args[0].scalar:  # e^A would be the exponential of a matrix
            return Fn("exp of entries", laid)
        case _:
            return Fn(str(head), laid)
