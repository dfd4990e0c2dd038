"""Formulas in and out as SymPy.

    outward      a formula as a SymPy expression, in index form; `matrices` in matrix form
    letters      how names, sizes and indices are called there
    as_given     building what SymPy would otherwise change
    functions    sigmoid, softplus, relu, softmax as functions of SymPy
    lambdified   a result as a function of arrays in a given order
    inward       a SymPy expression as a formula; `entries` of matrices, `ranges` of sums, `inferred` declarations
    algebra      SymPy cancels and factors a rational expression whose atoms are frozen to symbols

SymPy's scalar algebra is sound, its rewriting of sums is not: a bound index can be captured, two sums that differ by
the name of a bound index are not equal, `simplify` of the softmax Jacobian raises, `.doit()` puts guards around what a
δ picks out. So no sum passes through its simplifier: what reaches `algebra` holds sums as frozen symbols, and what
goes outward is only written.

Importing SymPy takes 0.3 s; who needs it imports the module concerned where it is used, late.
"""

from __future__ import annotations


class NoSympy(ValueError):
    """A tree that has no SymPy form here. The message names the node and what to do instead."""
