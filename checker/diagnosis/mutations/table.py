"""Every single slip on a formula, one row each: what it does to a place of the tree, its stable tag, its sentence.

A row is a generator from a `Site` to changes; its docstring is the formula. `mutants` applies all rows everywhere.
Nothing here knows whether a mutant is wrong: some are neutral, and only the judge says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from checker.diagnosis.mutations.arithmetic import (
    complement,
    constant,
    doubled_factor,
    dropped_factor,
    dropped_means,
    dropped_pair,
    dropped_term,
    exponent,
    inverted_factor,
    missing_function,
    other_function,
    other_slope,
    sign,
    sign_inside,
)
from checker.diagnosis.mutations.brackets import brackets, brackets_around
from checker.diagnosis.mutations.choices import (
    cases,
    cases_threshold,
    conditions,
    matrix_atoms,
    own_condition,
    value_for_slope,
)
from checker.diagnosis.mutations.names import (
    delta,
    diagonal,
    exchanged_indices,
    exchanged_names,
    norm_for_vector,
    swapped_index,
    wrong_name,
)
from checker.diagnosis.mutations.sums import lost_sum, other_sum, sizes, sum_for_product, sum_of_products
from checker.diagnosis.mutations.words import Mutant, Row, Scene
from checker.diagnosis.sites import sites
from derivations.formula import Formula, Index, Node

MAX_MUTANTS = 1500


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            sign,
            sign_inside,
            constant,
            dropped_term,
            complement,
            dropped_factor,
            dropped_pair,
            dropped_means,
            doubled_factor,
            inverted_factor,
            brackets,
            brackets_around,
            exponent,
            missing_function,
            other_function,
            other_slope,
            lost_sum,
            other_sum,
            sum_of_products,
            sum_for_product,
            sizes,
            delta,
            swapped_index,
            exchanged_indices,
            diagonal,
            exchanged_names,
            wrong_name,
            norm_for_vector,
            cases,
            cases_threshold,
            value_for_slope,
            own_condition,
            conditions,
            matrix_atoms,
        )
    }
)
"""The table: name of the row → row, in the order in which they are tried."""


def mutants(truth: Formula, indices: tuple[Index, ...] = ()) -> Iterator[Mutant]:
    """Every single mutation of a formula: rows × places, from the outside in. `indices` are further indices an answer
    may use."""
    declared = tuple(r.index for r in truth.names.values() if r.index is not None) if truth.names is not None else ()
    scene = Scene(truth, tuple(dict.fromkeys((*truth.free, *truth.axes, *indices, *declared))))
    seen: set[tuple[Node, str]] = set()
    for site in sites(truth.body):
        for rule in ROWS.values():
            for change in rule(site, scene):
                if change.body == truth.body or (change.body, change.tag) in seen:
                    continue
                seen.add((change.body, change.tag))
                yield Mutant(
                    replace(truth, body=change.body, source=None),
                    change.tag,
                    change.message,
                    change.reveal,
                    change.effect,
                )
                if len(seen) >= MAX_MUTANTS:
                    return
