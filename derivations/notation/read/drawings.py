"""Surface nodes of random variables: what is drawn from which law, and what is asked of it."""

from __future__ import annotations

from derivations.domains import Declared
from derivations.frozen import frozen
from derivations.notation.read.surface import Surface


@frozen
class LawOf(Surface):
    """N(mu, s^2): a family and its parameters; a vector of probabilities is categorical."""

    parameters: tuple[Surface, ...]
    family: str


@frozen
class Drawing(Surface):
    """x ~ N(mu, s^2), x_i ~ N(w^T z_i, s^2) with its indices, a ~ p of an index."""

    law: LawOf
    letter: str
    row: Declared | None
    indices: tuple[str, ...] = ()


@frozen
class Averaged(Surface):
    """E_{x ~ p}[a], Var_{x ~ p}[a], Cov_{x ~ p}[a, b]."""

    drawings: tuple[Drawing, ...]
    parts: tuple[Surface, ...]
    kind: str


@frozen
class Integral(Surface):
    """∫_a^b f dx: the variable, the limits (None where there is none), what is integrated."""

    row: Declared
    low: Surface | None
    high: Surface | None
    body: Surface


@frozen
class OfLaws(Surface):
    """KL(p || q), H(p), H(p, q): `kind` is that of `laws.written`."""

    laws: tuple[LawOf, ...]
    kind: str


@frozen
class Density(Surface):
    """N(x; mu, S): a density at a place."""

    law: LawOf
    place: Surface
