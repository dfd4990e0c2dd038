"""A random variable while the mean over it is taken: its name, its law, and the moments of its entries.

Entries are centred, x = E[x] + e, where the law has cumulants: then (x - μ)² is e² and (x - m)² is e² + (μ - m)² up to
what has the mean 0, which is the form that books have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derivations.formula import (
    ZERO,
    Delta,
    IndexExpr,
    Node,
    Size,
    Span,
    Tensor,
    add,
    call,
    div,
    key,
    mul,
    num,
    reindex,
    sub,
    total,
)
from derivations.frozen import frozen
from derivations.laws.row import Law
from derivations.laws.table import LAWS
from derivations.laws.written import JOINT, at
from derivations.sendable import Sendable

Place = tuple[IndexExpr, ...]
"""Where an entry of the variable stands: () for a number."""

MOST = 6
"""The degree of polynomials whose mean is taken."""


class NoClosedForm(Sendable, ValueError):
    """A mean that is not known in closed form here. The message says which and why; `span` is its place in the text."""

    def __init__(self, message: str, span: Span | None = None):
        super().__init__(message)
        self.message, self.span = message, span


@frozen
class Variable:
    """x of a law with its parameters: numbers, or arrays over its axes."""

    name: str
    law: str
    parameters: tuple[Node, ...]

    @property
    def row(self) -> Law:
        return LAWS["normal" if self.law == JOINT else self.law]

    @property
    def centred(self) -> bool:
        return self.row.cumulants is not None and self.row.raw is None

    @property
    def sizes(self) -> tuple[Size, ...]:
        first = self.parameters[0]
        return tuple(i.size for i in first.indices) if isinstance(first, Tensor) else ()

    def own(self, place: Place) -> tuple[Node, ...]:
        """The parameters of one entry."""
        return tuple(at(p, *place) for p in self.parameters)

    def mean(self, place: Place) -> Node:
        if self.law == JOINT:
            return at(self.parameters[0], *place)
        if self.row.mean is None:
            return self.moment((place,))
        return self.row.mean(*self.own(place))

    def joined(self, place: Place, other: Place) -> Node:
        """The covariance of two entries."""
        if self.law == JOINT:
            return at(self.parameters[1], *place, *other)
        return self._alike((place, other))

    def moment(self, places: Sequence[Place]) -> Node:
        """The mean of a product of entries, centred where the law is."""
        if len(places) > MOST:
            raise NoClosedForm(f"a polynomial of degree {len(places)} in {self.name}: means are taken up to {MOST}")
        if self.row.vector:
            return _URN[self.law](self.parameters[0], places)
        if self.row.raw is not None:
            if any(key(_where(p)) != key(_where(places[0])) for p in places):
                raise NoClosedForm(f"a product of different entries of {self.name}, whose law is {self.law}")
            return self.row.raw(len(places), *self.own(places[0]))
        return add(*(mul(*map(self._block, split)) for split in partitions(tuple(places))))

    def _block(self, places: tuple[Place, ...]) -> Node:
        if self.law == JOINT:
            return self.joined(*places) if len(places) == 2 else ZERO
        return self._alike(places)

    def _alike(self, places: tuple[Place, ...]) -> Node:
        """The cumulant of independent entries: 0 unless they are one."""
        assert self.row.cumulants is not None
        found = self.row.cumulants(len(places), *self.own(places[0]))
        if found is None:
            raise NoClosedForm(f"the moment of order {len(places)} of a {self.law} variable is not known here")
        if found == ZERO:
            return ZERO
        return mul(*(Delta(a, b) for p in places[1:] for a, b in zip(places[0], p, strict=True) if a is not b), found)


def _where(place: Place) -> Node:
    """A place as something that has a key."""
    return mul(*(Delta(a, 1) for a in place))


def partitions(items: tuple[Place, ...]) -> Iterator[tuple[tuple[Place, ...], ...]]:
    """The ways to part items into groups of two and more."""
    if not items:
        yield ()
        return
    first, rest = items[0], items[1:]
    for chosen in range(1, 2 ** len(rest)):
        group = (first, *(x for k, x in enumerate(rest) if chosen >> k & 1))
        for others in partitions(tuple(x for k, x in enumerate(rest) if not chosen >> k & 1)):
            yield (group, *others)


def _dirichlet(concentration: Node, places: Sequence[Place]) -> Node:
    """E[x_i x_j …] = α_i (α_j + δ_ij) … / (α_0 (α_0 + 1) …): an urn to which every ball that is drawn is added."""
    above = [
        add(at(concentration, *p), *(Delta(a, b) for q in places[:m] for a, b in zip(p, q, strict=True)))
        for m, p in enumerate(places)
    ]
    return mul(
        *(div(top, add(whole(concentration), num(m)) if m else whole(concentration)) for m, top in enumerate(above))
    )


def _categorical(probabilities: Node, places: Sequence[Place]) -> Node:
    """E[x_i x_j …] = p_i δ_ij …: one entry is 1."""
    first = places[0]
    return mul(*(Delta(a, b) for q in places[1:] for a, b in zip(first, q, strict=True)), at(probabilities, *first))


_URN = {"dirichlet": _dirichlet, "categorical": _categorical}


def whole(vector: Node) -> Node:
    """The sum of the entries of a vector."""
    assert isinstance(vector, Tensor)
    return reindex(total(vector.indices, vector.body), {})


def log_mean(x: Variable, place: Place, left: bool) -> Node:
    """E[log x], or E[log(1 - x)]."""
    if x.law == "dirichlet" and not left:
        (concentration,) = x.parameters
        return sub(call("digamma", at(concentration, *place)), call("digamma", whole(concentration)))
    rule = x.row.logs_left if left else x.row.logs
    if rule is None:
        raise NoClosedForm(f"the mean of the logarithm of a {x.law} variable is not known here")
    return rule(*x.own(place))
