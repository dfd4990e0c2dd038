"""Inverses and determinants of products: (A B)^-1 = B^-1 A^-1, det(A B) = det A det B, det A^-1 = 1/det A."""

from __future__ import annotations

from fractions import Fraction

from derivations.notation.matrix.chains import Atom, Chain, Scalars, flip, flips, inside, key, of_factors


def determinant_of(atom: Atom) -> Scalars:
    """The determinant of a factor as a product of scalars."""
    one = Fraction(1)
    if atom.kind == "pow":
        return tuple((a, e * atom.data[1]) for a, e in determinant_of(atom.data[0]))
    if atom.kind == "inv":
        return ((Atom("det", (straight(atom.data[0]),)), -one),)
    if atom.kind == "eye":
        return ()
    return ((Atom("det", (straight(of_factors((atom,)) if atom.kind != "paren" else atom.data[0]),)), one),)


def straight(chain: Chain) -> Chain:
    """A matrix or its transpose, which have one determinant: whichever has fewer transposes."""
    return min(chain, flip(chain), key=lambda c: (flips(c), key(c)))


def inverse_of(chain: Chain) -> tuple[Atom, ...]:
    """A^-1, factor by factor where every factor is square."""
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
