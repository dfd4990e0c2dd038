"""The typed tree: a formula in index form, plain Python, no SymPy.

    nodes      the closed set of nodes and their constructors
    walk       what stands below a node, what occurs in a tree, substitution
    equality   equal up to the names of indices and the order of terms and factors
    whole      a formula: a tree with its axes and the names it was read with

The names of all four are taken from here.
"""

from derivations.formula.equality import Key as Key
from derivations.formula.equality import key as key
from derivations.formula.equality import key_of as key_of
from derivations.formula.nodes import FOLD_DIGITS as FOLD_DIGITS
from derivations.formula.nodes import HALF as HALF
from derivations.formula.nodes import MINUS_ONE as MINUS_ONE
from derivations.formula.nodes import ONE as ONE
from derivations.formula.nodes import TWO as TWO
from derivations.formula.nodes import ZERO as ZERO
from derivations.formula.nodes import Add as Add
from derivations.formula.nodes import Affine as Affine
from derivations.formula.nodes import And as And
from derivations.formula.nodes import Apply as Apply
from derivations.formula.nodes import Bound as Bound
from derivations.formula.nodes import Call as Call
from derivations.formula.nodes import Cases as Cases
from derivations.formula.nodes import Const as Const
from derivations.formula.nodes import Delta as Delta
from derivations.formula.nodes import Deriv as Deriv
from derivations.formula.nodes import Elem as Elem
from derivations.formula.nodes import Index as Index
from derivations.formula.nodes import IndexExpr as IndexExpr
from derivations.formula.nodes import IndexVal as IndexVal
from derivations.formula.nodes import MatrixAtom as MatrixAtom
from derivations.formula.nodes import Mul as Mul
from derivations.formula.nodes import Node as Node
from derivations.formula.nodes import Not as Not
from derivations.formula.nodes import Num as Num
from derivations.formula.nodes import Or as Or
from derivations.formula.nodes import Pow as Pow
from derivations.formula.nodes import Rel as Rel
from derivations.formula.nodes import Size as Size
from derivations.formula.nodes import SizeVal as SizeVal
from derivations.formula.nodes import Span as Span
from derivations.formula.nodes import add as add
from derivations.formula.nodes import affine as affine
from derivations.formula.nodes import affine_terms as affine_terms
from derivations.formula.nodes import bound as bound
from derivations.formula.nodes import call as call
from derivations.formula.nodes import div as div
from derivations.formula.nodes import indicator as indicator
from derivations.formula.nodes import mul as mul
from derivations.formula.nodes import neg as neg
from derivations.formula.nodes import num as num
from derivations.formula.nodes import power as power
from derivations.formula.nodes import short as short
from derivations.formula.nodes import sqrt as sqrt
from derivations.formula.nodes import sub as sub
from derivations.formula.nodes import total as total
from derivations.formula.walk import binders as binders
from derivations.formula.walk import children as children
from derivations.formula.walk import count as count
from derivations.formula.walk import free_indices as free_indices
from derivations.formula.walk import index_exprs as index_exprs
from derivations.formula.walk import map_down as map_down
from derivations.formula.walk import map_up as map_up
from derivations.formula.walk import names_in as names_in
from derivations.formula.walk import over as over
from derivations.formula.walk import rebuild as rebuild
from derivations.formula.walk import reindex as reindex
from derivations.formula.walk import reindex_expr as reindex_expr
from derivations.formula.walk import replace_elems as replace_elems
from derivations.formula.walk import sizes_in as sizes_in
from derivations.formula.walk import walk as walk
from derivations.formula.whole import SUBSCRIPT as SUBSCRIPT
from derivations.formula.whole import Formula as Formula
from derivations.formula.whole import Note as Note
from derivations.formula.whole import ShapeError as ShapeError
from derivations.formula.whole import instantiate as instantiate
from derivations.formula.whole import same_shape as same_shape
from derivations.formula.whole import show_shape as show_shape
