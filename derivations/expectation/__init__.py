"""Means, divergences and entropies in closed form: what a formula asks of laws is put in place once it has been read.

    variable   a random variable, and the moments of its entries
    moments    the mean of a formula over one variable
    of_normal  the mean of kinks and steps of one normal number
    existing   whether a mean that is kept certainly exists
    quadrature the value of a mean that is kept, at a point
    unfold     each thing that is asked of a law, by its kind

Nothing is estimated: what has no closed form here is kept (`derivations.kept_means`), or refused with its reason
(`NoClosedForm`).
"""

from derivations.expectation.moments import settled
from derivations.expectation.quadrature import value_at
from derivations.expectation.unfold import unfolded
from derivations.expectation.variable import NoClosedForm

__all__ = ["NoClosedForm", "settled", "unfolded", "value_at"]
