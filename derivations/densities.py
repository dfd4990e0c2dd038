"""Densities that keep a name of their own while a gradient by the score is derived: ℓ_s = log p(z_s) of the s-th value.

A mean is then Σ_s v_s e^(ℓ_s) f(z_s) over any values z_s with any weights v_s (`kept_means`), and Σ_a e^(ℓ_a) f_a over
an index that is drawn. What moves p moves ℓ, and nothing else: the derivative of p is p times that of ℓ, the score.

The names have a blank in them, which no text can have, and are nodes: whoever computes puts in what they stand for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from derivations.domains import DOMAINS, Declared, Names
from derivations.formula import Elem, Formula, Index, IndexExpr, Node, Tensor, free_indices, names_in, reindex
from derivations.frozen import frozen

_LOG, _PARAMETER, _BY, _LETTER = "logdensity ", " parameter ", " by ", " of "

_NAMED: ContextVar[list[Declared] | None] = ContextVar("named", default=None)


@contextmanager
def named_densities() -> Iterator[list[Declared]]:
    """In this block the densities of means that are read get names; their rows are what it gives."""
    rows: list[Declared] = []
    token = _NAMED.set(rows)
    try:
        yield rows
    finally:
        _NAMED.reset(token)


def names_densities() -> bool:
    """Whether densities get names here."""
    return _NAMED.get() is not None


def unsaid(name: str) -> bool:
    """Whether a name is one of these, which no text can have."""
    return name.startswith(_LOG)


def is_density(name: str) -> bool:
    """Whether a name is that of the logarithm of a density."""
    return name.startswith(_LOG) and _PARAMETER not in name and _BY not in name


def is_score(name: str) -> bool:
    """Whether a name is that of its derivative."""
    return name.startswith(_LOG) and _BY in name


def densities_in(node: Node) -> tuple[str, ...]:
    return tuple(sorted(name for name in names_in(node) if is_density(name)))


def hidden_in(node: Node) -> frozenset[str]:
    """The names that stand in the densities of a tree."""
    rows = _NAMED.get()
    if not rows:
        return frozenset()
    known = {row.name: row for row in rows}
    found = (known[name].definition for name in densities_in(node) if name in known)
    return frozenset(name for definition in found if definition is not None for name in names_in(definition.body))


def named(law: str, parameters: Sequence[Node], log_density: Node, value: Index) -> Node:
    """The logarithm of a density as an entry of a name: at its value, and at the indices that its parameters have."""
    rows = _NAMED.get()
    assert rows is not None
    outer = tuple(sorted(free_indices(log_density) - {value}, key=lambda i: i.name))
    name = f"{_LOG}{law} {sum(is_density(row.name) for row in rows)}"
    rows.append(_node(name, log_density, (value, *outer)))
    for k, parameter in enumerate(parameters):
        own = parameter.indices if isinstance(parameter, Tensor) else ()
        entry = parameter.body if isinstance(parameter, Tensor) else parameter
        rows.append(_node(f"{name}{_PARAMETER}{k}", entry, (*outer, *own)))
    return Elem(name, (value, *outer))


def _node(name: str, body: Node, axes: tuple[Index, ...]) -> Declared:
    fresh = tuple(i.fresh() for i in axes)
    body = reindex(body, dict(zip(axes, fresh, strict=True)))
    sizes = tuple(i.size for i in axes)
    return Declared(name, DOMAINS["real"], sizes, "node", definition=Formula(body, fresh), known=False)


def rows_of(node: Node) -> tuple[Declared, ...]:
    """The rows of the densities in a tree, and of their parameters."""
    names = densities_in(node)
    return tuple(row for row in _NAMED.get() or () if row.name.split(_PARAMETER)[0] in names)


def scored(elem: Elem, wrt: Elem, slope: Node) -> tuple[Declared, Elem]:
    """The row of the derivative of a density's logarithm by a name, from that derivative, and its entry at the same."""
    name, places = f"{elem.name}{_BY}{wrt.name}", (*elem.at, *wrt.at)
    return _node(name, slope, places), Elem(name, places)  # type: ignore[arg-type]


@frozen
class Written:
    """A density as it is written: its law with its parameters, the letter of its value where that is no index, and of a
    score by which entry the derivative is."""

    law: str
    parameters: tuple[Node, ...]
    value: IndexExpr
    letter: str
    by: Elem | None


def as_written(elem: Elem, names: Names) -> Written | None:
    """What an entry of a density, or of a score, is written as; None for any other name."""
    if not (is_density(elem.name) or is_score(elem.name)):
        return None
    name, _, letter = elem.name.partition(_LETTER)
    stem, _, wrt = name.partition(_BY)
    row = names.get(stem)
    if row is None or row.definition is None:
        return None
    value, *outer = elem.at[: len(row.sizes)]
    parameters: list[Node] = []
    while (given := names.get(f"{stem}{_PARAMETER}{len(parameters)}")) is not None:
        assert given.definition is not None
        axes, body = given.definition.axes, given.definition.body
        own = axes[len(outer) :]
        entry = reindex(body, dict(zip(axes, outer, strict=False)))
        parameters.append(Tensor(own, entry) if own else entry)
    by = Elem(wrt, elem.at[len(row.sizes) :]) if wrt else None
    return Written(stem.split(" ")[1], tuple(parameters), value, letter, by)


def with_letter(elem: Elem, letter: str) -> Elem:
    """The entry as it is written where its value has a letter."""
    return Elem(f"{elem.name}{_LETTER}{letter}", elem.at, elem.span)
