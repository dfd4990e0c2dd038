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

from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.meaning import algebra, binding, choices, entries, functions
from derivations.notation.read.meaning.context import Meaning, Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "num": entries.numeral,
        "const": entries.constant,
        "size": entries.size_name,
        "letter": entries.index_letter,
        "name": entries.declared_name,
        "eye": entries.identity_matrix,
        "ones": entries.vector_of_ones,
        "at": entries.entries,
        "label": entries.labelled,
        "add": algebra.sum_of_terms,
        "neg": algebra.negated,
        "prod": algebra.product,
        "div": algebra.quotient,
        "pow": algebra.raised,
        "T": algebra.transpose,
        "invT": algebra.inverse_transpose,
        "norm": algebra.norm_bars,
        "bars": algebra.absolute_bars,
        "list": entries.vector,
        "rows": entries.matrix,
        "row": entries.vector,
        "call": functions.called,
        "along": binding.along_axis,
        "apply": functions.applied,
        "special": functions.root,
        "kronecker": choices.kronecker_call,
        "delta": choices.delta_subscripts,
        "ind": choices.indicated,
        "cases": choices.by_cases,
        "big": binding.big_operator,
        "deriv": functions.derivative,
        "array": entries.array_by_entries,
        "rel": choices.condition,
        "and": choices.condition,
        "or": choices.condition,
        "not": choices.condition,
    }
)


def meaning_of(cursor: Cursor) -> Meaning:
    """Where what a cursor has read gets its meaning."""
    return Meaning(cursor, RULES)
