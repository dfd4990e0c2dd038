"""The dual function of a minimum under constraints that are affine in the unknowns u.

    Lagrangian        L = f - Σ α g - Σ λ h     f least where g(u) ≥ 0 and h(u) = 0; α ≥ 0
    stationarity      ∂L/∂u = 0, for one unknown after the other:
                      L definite and quadratic in u      u is solved and put in
                      L affine in u                      its coefficient is 0: it gives a multiplier, or ties them
    slackness         α g = 0 at the minimum
    dual function     D = min over u of L

The least value over all unknowns is the least over one of what is least over the others, so that the order does not
matter, and no joint convexity has to be shown: every step shows that of its own. The constraints being affine and f
convex and quadratic, the largest D over the multipliers is the least f wherever the constraints can be met.

The second way: at drawn multipliers that satisfy the conditions, the Lagrangian as it was written down is D at the
point that was found, and nowhere around it less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from derivations import verify
from derivations.adjoint import adjoint_name
from derivations.calculus import is_zero, partial
from derivations.chain import Chain, axes_for, quoted
from derivations.closed_form.constrained import put_in, solved
from derivations.closed_form.values import NoClosedForm
from derivations.definite import definite
from derivations.derivation import Lemma
from derivations.domains import DOMAINS, Declared, Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.folding.facts import Fact, FactError, facts_of, related
from derivations.folding.fold import fold, inline
from derivations.folding.matching import Fold
from derivations.formula import (
    HALF,
    ZERO,
    Delta,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Node,
    Num,
    Rel,
    add,
    count,
    factors_of,
    free_indices,
    mul,
    names_in,
    neg,
    replace_elems,
    split_coefficient,
    terms_of,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.model import Model, depends, with_node
from derivations.signs import nonnegative, positive
from derivations.simplify.same import alike_joined
from derivations.simplify.shapes import expand, neat, shortest
from derivations.simplify.tidy import tidy
from derivations.target import Subscripted, Target

LAGRANGIAN, DUAL = ("L", "Lagrangian", "Lagrangian_"), ("D", "Dual", "Dual_")
AT_LEAST, EQUAL = ("alpha", "mu", "kappa", "tau", "rho"), ("lambda", "nu", "eta", "zeta", "omega")
"""What multipliers are called: of inequalities and of equations, the first names that are free."""
MOVES = 6

Gradients = Callable[[Model, tuple[Target, ...]], tuple[tuple[Lemma, ...], Names]]


@frozen
class Constraint:
    """g ≥ 0, or g = 0, with its multiplier."""

    body: Formula
    multiplier: Declared

    @property
    def equal(self) -> bool:
        return self.multiplier.domain.name == "real"

    @property
    def term(self) -> Node:
        """α g, entry by entry."""
        return mul(Elem(self.multiplier.name, self.body.axes), self.body.body)


@dataclass(slots=True)
class Elimination:
    """What is least over the unknowns that are gone, and what was found on the way."""

    names: Names
    constraints: tuple[Constraint, ...]
    body: Node
    left: list[Declared]
    values: dict[str, Formula] = field(default_factory=dict)
    """Of unknowns that are solved, and of multipliers."""
    ties: dict[str, Formula] = field(default_factory=dict)
    """What is 0 among the multipliers, by the unknown whose coefficient it is."""

    def put(self, row: Declared, value: Formula) -> None:
        """A name is what was found for it, everywhere."""

        def by(formula: Formula) -> Formula:
            return replace(formula, body=neat(put_in(formula.body, row, value), self.names))

        self.body = expand(put_in(self.body, row, value), self.names)
        self.values = {name: by(found) for name, found in self.values.items()} | {row.name: value}
        self.ties = {name: by(found) for name, found in self.ties.items()}


def derived(model: Model, target: Target, gradients: Gradients) -> tuple[tuple[Lemma, ...], Names]:
    """The lemmas of the dual function: Lagrangian, its gradients, stationarity, slackness, the function itself.

    Raises `FactError` where a constraint cannot be used, `NoClosedForm` where an unknown cannot be eliminated.
    """
    unknowns = [model.names[name] for name in target.over]
    _only_plain(unknowns)
    hidden = _hidden(model.names, unknowns)
    constraints = _constraints(model.names, unknowns, target, hidden)
    names = model.names.with_rows(*(c.multiplier for c in constraints))
    top = next(x for x in LAGRANGIAN if x not in names and x not in names.sizes)
    value = inline(Elem(target.top.name), names, hidden | {target.top.name})
    body = add(value, *(neg(total(c.body.axes, c.term)) for c in constraints))
    model = with_node(replace(model, names=names), top, Formula(body, names=names))
    chain = Chain(model.names, (), Elem(top))
    chain.to(f"the Lagrangian: `{target.top.name}` less each constraint times its multiplier", body)
    lagrangian = Lemma(top, tuple(chain.steps))
    slopes, _ = gradients(model, tuple(Target("", "gradient", Subscripted(top), Subscripted(u.name)) for u in unknowns))
    opened = inline(body, names, hidden)
    found = Elimination(model.names, constraints, expand(opened, names), list(unknowns))
    lemmas = []
    while found.left:
        lemmas.append(_next(found, top))
    names = _tied(found)
    lemma, names = _dual(found, names, top, target, opened)
    rest = tuple(_slack(c, names, found) for c in constraints if not c.equal)
    given = Formula(body, names=names)
    checked = lemma if _holds(names, given, unknowns, found, lemma.result) else lemma.unchecked()
    return (lagrangian, *slopes, *lemmas, *rest, checked), names


# ---------------------------------------------------------------- what is asked


def _hidden(names: Names, unknowns: Sequence[Declared]) -> frozenset[str]:
    """The nodes that depend on an unknown."""
    found = [r for r in names.values() if r.role == "node" and any(depends(names, r.uses(), u.name) for u in unknowns)]
    for row in found:
        if row.recursion is not None:
            raise FactError(f"an unknown enters the recursion of {row.name}: its dual is not derived", row.name)
    return frozenset(row.name for row in found)


def _only_plain(unknowns: Sequence[Declared]) -> None:
    for row in unknowns:
        if row.role != "input" or row.domain.name != "real":
            raise FactError(
                f"the unknown {row.name} is no plain real name: say in a constraint of its own what holds of it, "
                f"`{row.name} >= 0`",
                row.name,
            )


def _constraints(
    names: Names, unknowns: Sequence[Declared], target: Target, hidden: frozenset[str]
) -> tuple[Constraint, ...]:
    own = {row.name for row in unknowns}
    made: list[Constraint] = []
    for text in target.constraints:
        left, right, residual, sign = related(text, names, "constraint", (">=", "<=", "="), "equation or inequality")
        axes = (*left.free, *left.axes)
        residual = tidy(add(right, neg(left.body)), names) if sign == "<=" else residual
        body = expand(inline(residual, names, hidden), names)
        if not names_in(body) & own:
            raise FactError(f"the constraint {text!r} does not speak of {', '.join(sorted(own))}", text)
        slopes = [partial(body, Elem(row.name, axes_for(row.sizes, names, axes))) for row in unknowns]
        if any(names_in(slope) & own for slope in slopes):
            raise FactError(f"the constraint {text!r} is not affine in what is sought: its dual is not derived", text)
        taken = {*names, *names.sizes, *(c.multiplier.name for c in made)}
        letter = next((x for x in (EQUAL if sign == "=" else AT_LEAST) if x not in taken), None)
        if letter is None:
            raise FactError("there are more constraints than letters for their multipliers", text)
        domain = DOMAINS["real" if sign == "=" else "nonnegative"]
        row = Declared(letter, domain, tuple(i.size for i in axes), known=False)
        made.append(Constraint(Formula(residual, axes, names=names), row))
    return tuple(made)


# ---------------------------------------------------------------- one unknown after the other


def _next(found: Elimination, top: str) -> Lemma:
    """The stationarity of one more unknown, which is eliminated."""
    why = ""
    for row in found.left:
        axes = axes_for(row.sizes, found.names, ())
        slope = alike_joined(expand(partial(found.body, Elem(row.name, axes)), found.names), found.names)
        if row.name not in names_in(slope) and names_in(slope) & {other.name for other in found.left}:
            why = f"what is left of `{top}` is a product of {row.name} and another unknown"
            continue
        if row.name in names_in(slope):
            why = f"what is left of {top} is not shown to be quadratic and convex in {row.name}"
            if not _convex(slope, row, axes, found.names):
                continue
            solution = solved(found.names, slope, axes, row)
            if solution is None:
                why = f"the stationarity in {row.name} is not solved"
                continue
            return _at_least(found, top, row, Formula(solution.chain.node, axes, names=found.names))
        return _affine(found, top, row, Formula(slope, axes, names=found.names))
    raise NoClosedForm(f"no dual by these rules: {why}", Formula(found.body, names=found.names))


def _convex(slope: Node, row: Declared, axes: tuple[Index, ...], names: Names) -> bool:
    """Whether the second derivative is free of the unknown, and definite."""
    other = axes_for(row.sizes, names, axes)
    second = expand(partial(slope, Elem(row.name, other)), names)
    if row.name in names_in(second):
        return False
    if len(axes) == 1:
        return definite(alike_joined(second, names), axes[0], other[0], names) == "definite"
    scale = second
    for one, two in zip(axes, other, strict=True):  # c δ_ik δ_jl of a matrix
        parts = factors_of(scale)
        equal = next((f for f in parts if isinstance(f, Delta) and {f.left, f.right} == {one, two}), None)
        if equal is None:
            return False
        scale = mul(*(f for f in parts if f is not equal))
    return not free_indices(scale) & {*axes, *other} and positive(scale, names)


def _at_least(found: Elimination, top: str, row: Declared, value: Formula) -> Lemma:
    names = found.names
    chain = Chain(names, value.axes, Elem(row.name, value.axes))
    rule = f"stationarity: `{top}` is least over `{row.name}` where its derivative is 0"
    chain.to(rule, value.body, solves=True)
    facts = [f for known in names.inputs() for f in facts_of(known)]
    chain.to("simplify", shortest((chain.node, neat(alike_joined(expand(chain.node, names), names), names))))
    chain.fold(fold(chain.node, facts, names))
    found.left.remove(row)
    least = _least(found, row, chain.formula)
    found.put(row, chain.formula)
    found.body = least
    inverted = any(isinstance(n, MatrixAtom) and n.op == "inv" for n in walk(chain.node))
    condition = "the matrices to be inverted are invertible" if inverted else ""
    return Lemma(f"stationarity in {row.name}", tuple(chain.steps), (adjoint_name(top, row.name),), condition)


def _least(found: Elimination, row: Declared, value: Formula) -> Node:
    """½ cᵀu + k of ½ uᵀHu + cᵀu + k at its least: H and its inverse do not meet there."""
    here = Elem(row.name, value.axes)
    zero = Formula(ZERO, value.axes, names=found.names)
    const = put_in(found.body, row, zero)
    slope = put_in(partial(found.body, here), row, zero)
    return expand(add(const, mul(HALF, total(value.axes, mul(slope, value.body)))), found.names)


def _affine(found: Elimination, top: str, row: Declared, slope: Formula) -> Lemma:
    """The least value over an unknown that enters linearly is finite where its coefficient is 0."""
    names, rule = found.names, f"stationarity: `{top}` is bounded below over `{row.name}` where its coefficient is 0"
    found.left.remove(row)
    found.body = expand(replace_elems(found.body, lambda e: ZERO if e.name == row.name else None), names)
    own = {c.multiplier.name: c for c in found.constraints}
    if not names_in(slope.body) & own.keys():
        raise NoClosedForm(
            f"the Lagrangian is not bounded below over {row.name}, whatever the multipliers are: there is no dual",
            slope,
        )
    uses = (adjoint_name(top, row.name),)
    for constraint in sorted(own.values(), key=lambda c: count(c.body.body)):
        value = _multiplier(names, slope, constraint.multiplier)
        if value is not None and constraint.multiplier.name not in found.values:
            chain = Chain(names, slope.axes, Elem(constraint.multiplier.name, slope.axes))
            chain.to(rule, value, solves=True)
            found.put(constraint.multiplier, chain.formula)
            return Lemma(f"stationarity in {row.name}", tuple(chain.steps), uses)
    body = slope.body
    if all(split_coefficient(term)[0] < 0 for term in terms_of(body)):
        body = tidy(neg(body), names)
    found.ties[row.name] = replace(slope, body=body)
    chain = Chain(names, slope.axes, body)
    chain.to(rule, ZERO, solves=True)
    return Lemma(f"stationarity in {row.name}", tuple(chain.steps), uses)


def _multiplier(names: Names, slope: Formula, row: Declared) -> Node | None:
    """The multiplier that stands in a coefficient entry by entry, C - α - μ, with a number before it."""
    if row.sizes != slope.shape or row.name not in names_in(slope.body):
        return None
    own = [t for t in terms_of(slope.body) if row.name in names_in(t)]
    rest = [t for t in terms_of(slope.body) if row.name not in names_in(t)]
    factor, core = split_coefficient(own[0])
    if len(own) != 1 or core != Elem(row.name, slope.axes):
        return None
    return neat(mul(Num(-1 / factor), add(*rest)), names)


# ---------------------------------------------------------------- the function


def _tied(found: Elimination) -> Names:
    """The names under which the ties among the multipliers hold as facts."""
    facts = []
    for unknown, tie in found.ties.items():
        for constraint in found.constraints:
            name = constraint.multiplier.name
            at = axes_for(constraint.multiplier.sizes, found.names, tie.axes)
            slope = partial(tie.body, Elem(name, at))
            if not is_zero(slope) and name not in names_in(slope):
                rule = Fold(f"stationarity in `{unknown}`", tie.body, frozenset(tie.axes), ZERO)
                facts.append(Fact(f"stationarity in {unknown}", rule, tie, name))
                break
    return found.names.with_facts((*found.names.facts, *facts))


def _dual(found: Elimination, names: Names, top: str, target: Target, opened: Node) -> tuple[Lemma, Names]:
    """D, of the Lagrangian without nodes that depend on an unknown."""
    letter = next(x for x in DUAL if x not in names and x not in names.sizes)
    names = names.with_rows(Declared(letter, DOMAINS["real"], (), "input", known=False))
    for name, value in found.values.items():
        opened = put_in(opened, names[name], value)
    for name in found.ties:
        opened = replace_elems(opened, lambda e, name=name: ZERO if e.name == name else None)
    opened = replace_elems(opened, lambda e: ZERO if e.name in target.over else None)
    chain = Chain(names, (), Elem(letter))
    over = [name for name in target.over if name in found.values]
    what = f": put in {quoted(over)}" if over else ""
    chain.to(f"the dual function: `{top}` where it is least over {quoted(target.over)}{what}", tidy(opened, names),
        solves=True)  # fmt: skip
    facts = [f for row in names.inputs() for f in facts_of(row)] + [fact.fold for fact in names.facts]
    made = fold(alike_joined(found.body, names), facts, names).node
    chain.to("simplify", shortest((made, chain.node)))
    names = names.with_rows(replace(names[letter], role="node", definition=chain.formula))
    requires = _at_least_zero(found, names)
    requires += [replace(tie, body=Rel("==", tie.body, ZERO)) for tie in found.ties.values()]
    under = " under these conditions" if requires else ""
    said = (
        f"the largest `{letter}`{under} is the least `{target.top.name}` under the constraints, where they can be met"
    )
    conditions = tuple(Formula(r.body, (), r.axes, names=names) for r in requires)
    uses = tuple(f"stationarity in {name}" for name in target.over)
    return Lemma(letter, tuple(chain.steps), uses, said, conditions), names


def _at_least_zero(found: Elimination, names: Names) -> list[Formula]:
    """α ≥ 0, and α ≤ C of the μ = C - α ≥ 0 that was put in."""
    made = []
    for constraint in found.constraints:
        if constraint.equal:
            continue
        name = constraint.multiplier.name
        value = found.values.get(name, Formula(Elem(name, constraint.body.axes), constraint.body.axes, names=names))
        if nonnegative(value.body, names) and name in found.values:
            continue
        if isinstance(value.body, Num):
            raise NoClosedForm(
                f"the Lagrangian is bounded below for no {name} ≥ 0: the function is not bounded below under the "
                "constraints, or they cannot be met",
                value,
            )
        below = [neg(t) for t in terms_of(value.body) if split_coefficient(t)[0] < 0]
        above = [t for t in terms_of(value.body) if split_coefficient(t)[0] >= 0]
        condition = Rel("<=", tidy(add(*below), names), add(*above)) if below else Rel(">=", value.body, ZERO)
        made.append(replace(value, body=condition))
    return made


def _slack(constraint: Constraint, names: Names, found: Elimination) -> Lemma:
    """α g = 0: the multiplier of a constraint is 0, or it is met with equality."""
    row = constraint.multiplier
    term = constraint.term
    if row.name in found.values:
        term = mul(put_in(Elem(row.name, constraint.body.axes), row, found.values[row.name]), constraint.body.body)
    chain = Chain(names, constraint.body.axes, term)
    chain.to("complementary slackness, at the minimum: the multiplier is 0, or the constraint an equation", ZERO,
        solves=True)  # fmt: skip
    return Lemma(f"complementary slackness of {row.name}", tuple(chain.steps))


# ---------------------------------------------------------------- the second way


def _holds(
    names: Names, lagrangian: Formula, unknowns: Sequence[Declared], found: Elimination, result: Formula
) -> bool:
    """Whether the function was compared anywhere: with the Lagrangian at the point, and around it. Raises
    `StepError`."""
    seen = False
    for drawn in draw.assignments(names, seed=6, points=verify.POINTS):
        at = verify.satisfying(verify.gentled(drawn, names), names)
        values = dict(at.values)
        for name, value in found.values.items():
            values[name] = np.asarray(floats.evaluate(replace(value, names=names), at), float)

        def there(moved: dict[str, np.ndarray], at: Assignment = at) -> np.ndarray:
            here = Assignment(at.sizes, moved, at.points, names)
            return np.asarray(floats.evaluate(replace(lagrangian, names=names), here), float)

        least = np.asarray(floats.evaluate(replace(result, names=names), at), float)
        seen |= verify.compare(there(values), least, verify.TOLERANCE, "the dual function", at.sizes)
        for k in range(MOVES):
            moved = dict(values)
            for row in unknowns:
                way = np.sin(np.arange(values[row.name].size) * (k + 1.3) + k).reshape(values[row.name].shape)
                moved[row.name] = values[row.name] + 0.3 * way
            lower = least - there(moved) - verify.TOLERANCE * (1 + np.abs(least))
            if (np.where(np.isfinite(lower), lower, -1) > 0).any():
                raise verify.StepError(f"the Lagrangian is less than the dual function at sizes {at.sizes}")
    return seen
