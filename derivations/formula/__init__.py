"""The typed tree: a formula in index form, plain Python, no SymPy.

    indices    index expressions: what stands below a name
    nodes      the closed set of nodes and their constructors
    sizes      the sizes of axes, and sums of them
    walk       what stands below a node, what occurs in a tree, substitution
    equality   equal up to the names of indices and the order of terms and factors
    in_sympy   what a formula and an equation are in SymPy
    whole      a formula: a tree with its axes and the names it was read with

The names of all are taken from here.
"""

from derivations.formula.equality import *  # noqa: F403
from derivations.formula.in_sympy import *  # noqa: F403
from derivations.formula.indices import *  # noqa: F403
from derivations.formula.nodes import *  # noqa: F403
from derivations.formula.sizes import *  # noqa: F403
from derivations.formula.walk import *  # noqa: F403
from derivations.formula.whole import *  # noqa: F403
