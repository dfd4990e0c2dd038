"""The surface tree into index form: names, shapes and indices settled, matrix notation written out.

    X^T (p - y)      Σ_i X_ij (p_i - y_i), axes (j)
    ‖w‖²             Σ_i w_i²
    diag(p)          δ_ij p_i
    softmax(z)       exp(z_i - logsumexp_k z_k)
    Σ_{j≤i} a_j      Σ_j [a_j if j ≤ i, else 0]

`RULES` says what each kind of surface node means. Shapes that do not conform end the reading with a `ShapeFault`;
everything else that cannot be is a `ReadError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.notation.read import case_lists, drawings, surface
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.meaning import (
    algebra,
    binding,
    chance,
    choices,
    entries,
    functions,
    matrices,
    only_code,
    pairs,
    picked,
    places,
    powers,
    written_out,
)
from derivations.notation.read.meaning.context import Meaning, Rule

RULES: Mapping[type[surface.Surface], Rule] = MappingProxyType(
    {
        surface.Numeral: entries.numeral,
        surface.Constant: entries.constant,
        surface.SizeName: entries.size_name,
        surface.Letter: entries.index_letter,
        surface.Name: entries.declared_name,
        surface.Identity: entries.identity_matrix,
        surface.Ones: entries.vector_of_ones,
        surface.Indexed: picked.indexed,
        surface.Label: entries.labelled,
        surface.Terms: algebra.sum_of_terms,
        surface.Negative: algebra.negated,
        surface.Product: algebra.product,
        surface.Quotient: algebra.quotient,
        surface.Power: powers.raised,
        surface.EntryPower: powers.raised_by_entries,
        surface.Transposed: matrices.transpose,
        surface.InverseTransposed: matrices.inverse_transpose,
        surface.Norm: matrices.norm_bars,
        surface.Bars: matrices.absolute_bars,
        surface.InnerProduct: pairs.angled,
        surface.At: places.evaluated,
        surface.Vector: written_out.vector,
        surface.Matrix: written_out.matrix,
        surface.Row: written_out.vector,
        surface.Applied: functions.called,
        surface.Along: binding.along_axis,
        surface.OfCode: only_code.of_code,
        surface.FunctionOf: functions.applied,
        surface.Root: functions.root,
        surface.Determinant: matrices.determinant_bars,
        surface.Kronecker: choices.kronecker_call,
        surface.IndexedDelta: choices.delta_subscripts,
        surface.Indicator: choices.indicated,
        surface.ByCases: choices.by_cases,
        case_lists.NoValue: choices.no_value,
        surface.Big: binding.big_operator,
        surface.Derivative: functions.derivative,
        drawings.Averaged: chance.averaged,
        drawings.Integral: chance.integral,
        drawings.OfLaws: chance.of_laws,
        drawings.Density: chance.density,
        surface.ArrayOf: written_out.array_by_entries,
    }
)


def meaning_of(cursor: Cursor) -> Meaning:
    """Where what a cursor has read gets its meaning."""
    return Meaning(cursor, RULES)


def knowing_laws(cursor: Cursor) -> Cursor:
    """A cursor that is told the sizes of what is drawn from a law."""
    cursor.sizes_of_law = lambda law: chance.probe(cursor, meaning_of(cursor))(law)
    return cursor
