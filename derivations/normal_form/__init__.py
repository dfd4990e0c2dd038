"""Exact equality of two formulas for every size: both in one normal form over the rationals.

`prove_equal` lowers the difference of the two (`lower`, `functions`, `elements`) to a polynomial over atoms (`ring`),
with sums as contractions over canonical indices (`sums`, `numbering`), other binders (`binders`), exponentials,
logarithms and roots split over factors (`powers`), conditions as idempotent atoms (`conditions`), inverses and
determinants (`matrices`), and asks whether it is zero once denominators are cleared (`rational`), as it is or in every
cell of the conditions (`cells`).
`prove_same_set` does it for conditions, boundaries included (`line`).
"""

from derivations.normal_form.prove import prove_equal, prove_same_set

__all__ = ["prove_equal", "prove_same_set"]
