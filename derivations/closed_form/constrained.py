"""Points that are least or largest under equations, h(u) = 0 (Lagrange): the gradient is Σ_c λ_c ∂h_c.

    linear        A u = b                     ⇒  u(λ) from the gradient as without a constraint, λ from A u(λ) = b
    quadric       uᵀBu = r, the function cᵀu      ⇒  u = ± √(r/(cᵀB⁻¹c)) B⁻¹ c
    eigenvectors  uᵀBu = r, the function uᵀSu      ⇒  S u = λ B u, and r λ is the value of the function;
                  UᵀBU = R for a matrix: S U = B U Λ

Several equations are met one after the other, each by a multiplier of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from derivations.calculus import is_zero, partial
from derivations.chain import Chain, axes_for
from derivations.closed_form.inverses import behind_front
from derivations.closed_form.rules import by_power, entrywise, linear
from derivations.closed_form.values import Found, NoClosedForm, Point
from derivations.definite import definite
from derivations.derivation import Lemma
from derivations.domains import DOMAINS, Declared, Names
from derivations.folding.facts import facts_of
from derivations.folding.fold import fold, inline
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ZERO,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Node,
    Num,
    add,
    div,
    mul,
    names_in,
    neg,
    power,
    reindex,
    replace_elems,
    sub,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.model import depends
from derivations.signs import positive
from derivations.simplify.same import alike_joined
from derivations.simplify.shapes import expand, factor, neat, shortest
from derivations.simplify.tidy import tidy

LETTERS, MATRICES = ("lambda", "nu", "kappa", "tau"), ("Lambda", "Nu")
"""Of multipliers, those that are no names of the question."""
MOST = 3


@frozen
class Asked:
    """What is asked: the gradient and the constraints in the unknown, definitions put in, and their multipliers."""

    names: Names
    gradient: Formula
    unknown: Declared
    constraints: tuple[Formula, ...]
    multipliers: tuple[Declared, ...]
    largest: bool

    @property
    def said(self) -> str:
        """What the point is asked to be."""
        return ("maximum" if self.largest else "minimum") + " under the constraint" + "s" * (len(self.constraints) > 1)

    def along(self, k: int) -> tuple[tuple[Index, ...], Node]:
        """(axes of a constraint, its derivative by the unknown)."""
        h = self.constraints[k]
        return h.axes, expand(partial(h.body, Elem(self.unknown.name, self.gradient.axes)), self.names)

    def lagrange(self) -> Node:
        """g - Σ_c λ_c ∂h_c"""
        terms = []
        for k, row in enumerate(self.multipliers):
            axes, slope = self.along(k)
            terms.append(total(axes, mul(Elem(row.name, axes), slope)))
        return expand(sub(self.gradient.body, add(*terms)), self.names)

    def no(self, why: str) -> NoClosedForm:
        return NoClosedForm(f"no closed form by these rules under a constraint: {why}", self.gradient)

    def lemma(self, chain: Chain, condition: str, requires: Sequence[Node] = ()) -> Lemma:
        which = f"arg{'max' if self.largest else 'min'} {self.unknown.name}"
        conditions = tuple(Formula(r, (), chain.axes, names=chain.names) for r in requires)
        return Lemma(which, tuple(chain.steps), condition=condition, requires=conditions)


def under_constraints(
    names: Names, gradient: Formula, unknown: Declared, constraints: Sequence[Formula], *, largest: bool
) -> tuple[Point, Names]:
    """The point where the function is least, or largest, among those that meet the constraints, each a formula that is
    0 there; and the names with the multipliers. Raises `NoClosedForm`."""
    hidden = frozenset(r.name for r in names.values() if r.role == "node" and depends(names, r.uses(), unknown.name))
    if any(names[name].recursion is not None for name in hidden):
        raise NoClosedForm("the unknown enters a recursion", gradient)
    opened = [replace(f, body=expand(inline(f.body, names, hidden), names)) for f in (gradient, *constraints)]
    if unknown.domain.name != "real":
        raise NoClosedForm(
            f"under a constraint the unknown is real: {unknown.name} is declared {unknown.domain.name} (shares that "
            "sum to 1 are declared simplex, without a constraint)",
            gradient,
        )
    for f in constraints:
        if unknown.name not in names_in(f.body) and not names_in(f.body) & hidden:
            raise NoClosedForm(f"a constraint does not speak of {unknown.name}", gradient)
    if len(constraints) > MOST:
        raise NoClosedForm(f"more than {MOST} constraints at once", gradient)
    rows: list[Declared] = []
    for f in constraints:
        taken = {*names, *names.sizes, *(row.name for row in rows)}
        letter = next(x for x in (MATRICES if len(f.axes) > 1 else LETTERS) if x not in taken)
        rows.append(Declared(letter, DOMAINS["real"], f.shape, known=False))
    asked = Asked(names.with_rows(*rows), opened[0], unknown, tuple(opened[1:]), tuple(rows), largest)
    curved = [k for k in range(len(rows)) if unknown.name in names_in(asked.along(k)[1])]
    if not curved:
        return _linear(asked)
    if len(rows) > 1:
        raise asked.no("one of several is not linear in the unknown")
    return _eigenvectors(asked) if unknown.name in names_in(asked.gradient.body) else _quadric(asked)


def solved(names: Names, body: Node, axes: tuple[Index, ...], unknown: Declared) -> Found | None:
    """The zero of an equation that is linear in the unknown, or entry by entry."""
    joined = alike_joined(body, names)
    return next((f for rule in RULES if (f := rule(names, joined, axes, unknown)) is not None), None)


Solves = Callable[[Names, Node, tuple[Index, ...], Declared], Found | None]
RULES: tuple[Solves, ...] = (behind_front, entrywise, linear)


def put_in(node: Node, row: Declared, value: Formula) -> Node:
    """The tree with the entries of an array replaced by what they are."""

    def by(elem: Elem) -> Node | None:
        if elem.name != row.name:
            return None
        return reindex(value.body, dict(zip(value.axes, elem.at, strict=True)))

    return replace_elems(node, by)


def _written(asked: Asked, chain: Chain) -> None:
    """The point by the facts of the domains."""
    facts = [f for row in asked.names.inputs() for f in facts_of(row)]
    opened = neat(alike_joined(expand(chain.node, asked.names), asked.names), asked.names)
    chain.to("simplify", shortest((chain.node, opened)))
    chain.fold(fold(chain.node, facts, asked.names))


# ---------------------------------------------------------------- A u = b


def _linear(asked: Asked) -> tuple[Point, Names]:
    names, unknown, axes = asked.names, asked.unknown, asked.gradient.axes
    found = solved(names, asked.lagrange(), axes, unknown)
    if found is None:
        raise asked.no(
            f"the gradient, {', '.join(r.name for r in asked.multipliers)} times that of the constraint, is not linear "
            f"in {unknown.name} with a matrix that could be inverted"
        )
    chain = Chain(names, axes, Elem(unknown.name, axes))
    multiplier = " and ".join(f"`{row.name}`" for row in asked.multipliers)
    chain.to(f"the gradient is {multiplier} times that of the constraint: solve for `{unknown.name}`",
        found.chain.node, solves=True)  # fmt: skip
    equation = asked.lagrange()
    for row, h in zip(asked.multipliers, asked.constraints, strict=True):
        point = replace(asked.gradient, body=chain.node)
        met = expand(put_in(h.body, unknown, point), names)
        value = solved(names, met, h.axes, row) if row.name in names_in(met) else None
        if value is None:
            raise asked.no(f"the multiplier {row.name} does not follow from its constraint")
        of = Formula(value.chain.node, h.axes, names=names)
        chain.to(f"the multiplier `{row.name}` from the constraint", tidy(put_in(chain.node, row, of), names),
            solves=True)  # fmt: skip
        equation = put_in(equation, row, of)
    _written(asked, chain)
    kind = _curvature(asked)
    said = [f"it is a stationary point: whether it is the {asked.said} is not told", f"it is the {asked.said}"][
        kind is not None
    ]
    if kind is False:
        raise asked.no("the point where the gradient is a multiple of that of the constraint is the other extremum")
    inverted = any(isinstance(n, MatrixAtom) and n.op == "inv" for n in walk(chain.node))
    said = f"the matrices to be inverted are invertible; {said}" if inverted else said
    return Point(asked.lemma(chain, said), replace(asked.gradient, body=equation), kind is not None), names


def _curvature(asked: Asked) -> bool | None:
    """Whether a function that is linear or quadratic has the extremum that is asked for wherever it is stationary."""
    axes = asked.gradient.axes
    other = axes_for(asked.unknown.sizes, asked.names, axes)
    second = partial(asked.gradient.body, Elem(asked.unknown.name, other))
    slope = alike_joined(expand(neg(second) if asked.largest else second, asked.names), asked.names)
    if asked.unknown.name in names_in(slope):
        return None
    if not axes:
        axes = other = ()
        return True if isinstance(slope, Num) and slope.value > 0 else None
    if len(axes) != 1:
        return None
    row, col = axes[0], other[0]
    if definite(slope, row, col, asked.names) is not None:
        return True
    return False if definite(neg(slope), row, col, asked.names) == "definite" else None


# ---------------------------------------------------------------- uᵀBu = r


def _quadric(asked: Asked) -> tuple[Point, Names]:
    """A function that is linear in the unknown: u = B⁻¹ c/(2 λ), and λ > 0 at the largest."""
    (row,), (h,) = asked.multipliers, asked.constraints
    unknown, axes = asked.unknown, asked.gradient.axes
    if is_zero(asked.gradient.body):
        raise asked.no(f"the function does not depend on {unknown.name}")
    if h.axes or len(axes) > 1:
        raise asked.no("a linear function is solved for a vector with one number that is held")
    _, slope = asked.along(0)
    turned = _turned(asked, h)
    up = asked.largest != turned
    row = replace(row, domain=DOMAINS["positive"])
    names = asked.names.with_rows(row)
    own = Elem(row.name)
    scaled = div(asked.gradient.body, own)
    body = expand(sub(scaled, slope) if up else add(scaled, slope), names)
    found = solved(names, body, axes, unknown)
    if found is None:
        raise asked.no("the constraint is no quadratic form whose matrix could be inverted")
    chain = Chain(names, axes, Elem(unknown.name, axes))
    sign = "" if up else "-"
    chain.to(f"the gradient is {sign}`{row.name}` times that of the constraint: solve for `{unknown.name}`",
        found.chain.node, solves=True)  # fmt: skip
    level = neg(_at_zero(h.body, unknown, names))
    # ½ u (2 B u) is ½ u g/λ
    half = mul(HALF if up else neg(HALF), power(own, MINUS_ONE), total(axes, mul(chain.node, asked.gradient.body)))
    value = _square_root(expand(div(half, level), names), own, names)
    if value is None:
        raise asked.no(f"the multiplier {row.name} does not follow from the constraint")
    chain.to(f"the multiplier `{row.name}` from the constraint", neat(put_in(chain.node, row, Formula(value)), names),
        solves=True)  # fmt: skip
    _written(replace(asked, names=names), chain)
    equation = mul(own, put_in(body, row, Formula(value)))
    equation = put_in(equation, row, Formula(value))
    said = f"it is the {asked.said}"
    return Point(asked.lemma(chain, said), replace(asked.gradient, body=equation), True), names


def _square_root(ratio: Node, own: Elem, names: Names) -> Node | None:
    """λ > 0 of c/λ² = 1, as √c."""
    rows = by_power(names, ratio, own)
    if rows is None or set(rows) != {-2}:
        return None
    return tidy(power(factor(tidy(add(*rows[Fraction(-2)]), names), names), HALF), names)


def _turned(asked: Asked, h: Formula) -> bool:
    """Whether the quadratic form of a constraint is negative: r - uᵀBu. Refused where it is not shown to be an
    ellipsoid."""
    names, unknown, axes = asked.names, asked.unknown, asked.gradient.axes
    body = reindex(h.body, {h.axes[1]: h.axes[0]}) if h.axes else h.body  # of UᵀBU = R what holds of one column of U
    other = axes_for(unknown.sizes, names, (*axes, *h.axes))
    slope = expand(partial(body, Elem(unknown.name, axes)), names)
    form = partial(slope, Elem(unknown.name, other))
    if len(axes) == 2:
        form = reindex(form, {axes[1]: h.axes[0], other[1]: h.axes[0]})
    form, level = expand(form, names), tidy(neg(_at_zero(h.body, unknown, names)), names)
    if axes and unknown.name not in names_in(form) and is_zero(_at_zero(slope, unknown, names)):
        for turned in (False, True):
            b, r = (expand(neg(x), names) if turned else x for x in (form, level))
            held = definite(r, h.axes[0], h.axes[1], names) == "definite" if h.axes else positive(r, names)
            if held and definite(b, axes[0], other[0], names) == "definite":
                return turned
    raise asked.no("the constraint is not shown to be u^T B u = r with a positive definite B and a positive r")


def _eigenvectors(asked: Asked) -> tuple[Point, Names]:
    """S u = λ B u: a lemma whose two sides both hold the unknown."""
    (row,) = asked.multipliers
    unknown, axes = asked.unknown, asked.gradient.axes
    hc, slope = asked.along(0)
    names = asked.names
    if hc:
        row = replace(row, domain=DOMAINS["symmetric"])
        names = names.with_rows(row)
    other = axes_for(unknown.sizes, names, (*axes, *hc))
    flat = Elem(unknown.name, other)
    homogeneous = len(axes) == 1 + bool(hc) and all(
        unknown.name not in names_in(partial(side, flat)) and is_zero(_at_zero(side, unknown, names))
        for side in (asked.gradient.body, slope)
    )
    if not homogeneous or len(hc) not in (0, 2):
        raise asked.no(
            "function and constraint are no quadratic forms of one unknown, whose solutions are eigenvectors, nor is "
            "the function linear"
        )
    slope = neg(slope) if _turned(asked, asked.constraints[0]) else slope
    left = neat(mul(HALF, total(hc, mul(Elem(row.name, hc), slope))), names)
    chain = Chain(names, axes, left)
    right = neat(alike_joined(expand(mul(HALF, asked.gradient.body), names), names), names)
    chain.to(f"the gradient is `{row.name}` times that of the constraint", right, solves=True)
    which, u, multiplier = "largest" if asked.largest else "smallest", f"`{unknown.name}`", f"`{row.name}`"
    if hc:
        said = (
            f"{multiplier} is symmetric; at the {asked.said} the columns of {u} span the eigenvectors of the {which} "
            f"eigenvalues, which are those of {multiplier}"
        )
    else:
        said = f"{u} is an eigenvector and {multiplier} its eigenvalue, the {which} one at the {asked.said}"
    return Point(asked.lemma(chain, said), asked.gradient, False), names


def _at_zero(node: Node, unknown: Declared, names: Names) -> Node:
    return tidy(replace_elems(node, lambda e: ZERO if e.name == unknown.name else None), names)
