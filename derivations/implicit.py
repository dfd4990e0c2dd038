"""What an equation defines, differentiated: of the x with F(x, θ) = 0, ∂x/∂θ = -(∂F/∂x)⁻¹ ∂F/∂θ, ∂F/∂x invertible.

F has the shape of x, a number or a vector; it may be written out or unknown, and hold derivatives (x the least point of
g: ∇_x g = 0). Of a formula in x and θ the derivative is ∂f/∂θ + Σ_i ∂f/∂x_i ∂x_i/∂θ.

The second way: the equation F(x, θ) = c, with c its value at a point that is drawn, goes through that point; it is
solved by steps of Newton's method at θ ± h, with differences for ∂F/∂x, and what is found is compared with the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from derivations import slopes, verify
from derivations.adjoint import adjoint_name
from derivations.calculus import NoDerivative
from derivations.chain import Chain, axes_for, quoted
from derivations.derivation import Lemma
from derivations.domains import DOMAINS, Declared, Names
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.folding.facts import FactError, equation
from derivations.folding.fold import fold, inline, rules
from derivations.formula import (
    MINUS_ONE,
    Deriv,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Node,
    add,
    mul,
    neg,
    power,
    show_shape,
    total,
)
from derivations.model import Model, uses, with_node
from derivations.notation import ReadError, read
from derivations.products import stated
from derivations.simplify.shapes import neat
from derivations.simplify.tidy import tidy
from derivations.target import Subscripted, Target

NAMES = ("F", "G", "R", "h", "F_", "G_")
"""What the left side of the equation is called, the first that is free."""
ROUNDS = 6
"""Steps of Newton's method, each with the slope at the point itself: h⁶ is far below any rounding."""
WIDTH, NEAR = 1e-4, 2e-4
"""Half-width of the differences, and how near the result has to come: the equation amplifies what rounding leaves."""

Gradient = Callable[[Model, Target], tuple[tuple[Lemma, ...], Names]]


def defined(model: Model, target: Target, gradient: Gradient) -> tuple[tuple[Lemma, ...], Names]:
    """The lemmas of df/dθ, or dx/dθ, where an equation makes x a function of θ; `gradient` derives a plain one.

    Raises `NoDerivative` and `FactError`.
    """
    assert target.below is not None
    top, unknown, wrt = target.top.name, target.root, target.below.name
    model = _with_residual(model, unknown, wrt, target.equation)
    residual = model.bindings[-1].name
    names, lemmas = slopes.carried_out(model.names)
    model = replace(model, names=names)
    if all(lemma.target != residual for lemma in lemmas):
        lemmas = (*lemmas, stated(names, residual))
    known: dict[str, Names] = {}
    done = {lemma.target for lemma in lemmas}

    def slope(of: str, by: str) -> str | None:
        """∂of/∂by with the other held fixed, as a lemma; None where it is 0."""
        nonlocal lemmas, names
        if not uses(model.names, of, by):
            return None
        found, after = gradient(model, Target("", "gradient", Subscripted(of), Subscripted(by)))
        lemmas = (*lemmas, *(lemma for lemma in found if lemma.target not in done))
        done.update(lemma.target for lemma in found)
        names = names.with_rows(*(row for row in after.values() if "/" in row.name and row.name not in names))
        known[found[-1].target] = after
        return found[-1].target

    by_x, by_wrt = slope(residual, unknown), slope(residual, wrt)
    if by_x is None or by_wrt is None:
        missing = unknown if by_x is None else wrt
        raise NoDerivative(f"the equation {target.equation!r} does not depend on {missing}", _whole(names, missing))
    lemma, names = _of_root(names, residual, unknown, wrt, by_x, by_wrt)
    lemmas = (*lemmas, lemma)
    equation_of_top = names[top].equation
    if top != unknown and not (equation_of_top and _is_root(equation_of_top, unknown)):
        through, direct = slope(top, unknown), slope(top, wrt)
        if through is None and direct is None:
            raise NoDerivative(f"{top} depends on neither {unknown} nor {wrt}", _whole(names, wrt))
        lemmas = (*lemmas, _of_formula(names, top, unknown, wrt, (through, direct, lemma.target), target.text))
    else:
        top = unknown
    result, fixed = lemmas[-1].result, names.without(*known)
    if not _holds(fixed, residual, (unknown, wrt), top, replace(result, names=names)):
        lemmas = (*lemmas[:-1], lemmas[-1].unchecked())
    return lemmas, names


def _is_root(of: Formula, unknown: str) -> bool:
    """Whether a node is x itself."""
    return isinstance(of.body, Elem) and of.body.name == unknown and of.body.at == of.axes


def _whole(names: Names, name: str) -> Elem:
    return Elem(name, axes_for(names[name].sizes, names, ()))


def _with_residual(model: Model, unknown: str, wrt: str, text: str) -> Model:
    """The model with F as one more node. Raises `FactError` where the equation has not the shape of x."""
    names = model.names
    row = names[unknown]
    if row.role != "input" or names[wrt].role != "input" or unknown == wrt:
        raise FactError(f"an equation makes {unknown} a function of {wrt}: both have to be given names, and two", text)
    if len(row.sizes) > 1 or row.domain.structure != "plain":
        raise FactError(f"{unknown} is no number or vector: an equation for it is not differentiated", text)
    if "=" in text:
        left, _, residual = equation(text, names, "equation")
        made = Formula(residual, left.axes, names=names)
        free = left.free
    else:
        try:
            made = read(text, names)
        except ReadError as error:
            raise FactError(f"the equation {text!r}: {error}", text, error.span) from error
        free = made.free
        if made.shape_error is not None:
            raise FactError(f"the equation {text!r}: {made.shape_error}", text)
        made = Formula(made.body, made.axes, names=names)
    if len(free) == 1 and not made.axes:  # written entry by entry
        made, free = replace(made, axes=free), ()
    if free or tuple(i.size for i in made.axes) != row.sizes:
        raise FactError(
            f"the equation {text!r} has the shape {show_shape(tuple(i.size for i in made.axes))}, {unknown} has "
            f"{show_shape(row.sizes)}: as many equations as unknowns are needed",
            text,
        )
    name = next(x for x in NAMES if x not in names and x not in names.sizes)
    model = with_node(model, name, made)
    return replace(model, names=_unfolded(model.names, name))


def _unfolded(names: Names, residual: str) -> Names:
    """The names with F as one into which nothing is folded: it is 0 where the result is asked."""
    return names.with_rows(replace(names[residual], known=False))


def _of_root(names: Names, residual: str, unknown: str, wrt: str, by_x: str, by_wrt: str) -> tuple[Lemma, Names]:
    """∂x_i/∂θ = -Σ_k ((∂F/∂x)⁻¹)_ik ∂F_k/∂θ, in these by name and then put in."""
    own = axes_for(names[unknown].sizes, names, ())
    ways = axes_for(names[wrt].sizes, names, own)
    over = axes_for(names[unknown].sizes, names, (*own, *ways))
    chain = Chain(names, (*own, *ways), Deriv(Elem(unknown, own), Elem(wrt, ways)))
    named = neg(_solved(by_x, own, over, Elem(by_wrt, (*over, *ways))))
    chain.to(f"`{residual}` stays 0: differentiate it and solve", named, solves=True)
    derived = frozenset((by_x, by_wrt))
    chain.to("insert " + quoted((by_x, by_wrt)), tidy(inline(named, names, derived), names))
    chain.fold(fold(chain.node, rules(names, None), names))
    name = adjoint_name(unknown, wrt)
    condition = f"`{by_x}` is invertible" if own else f"`{by_x}` ≠ 0"
    lemma = Lemma(name, tuple(chain.steps), (by_x, by_wrt), condition)
    row = Declared(name, DOMAINS["real"], tuple(i.size for i in lemma.result.axes), "adjoint")
    return lemma, names.with_rows(replace(row, definition=lemma.result))


def _solved(by_x: str, own: tuple[Index, ...], over: tuple[Index, ...], right: Node) -> Node:
    """(∂F/∂x)⁻¹ times the right side over the entries of F."""
    if not own:
        return mul(power(Elem(by_x, ()), MINUS_ONE), right)
    row, col = own[0].fresh(), own[0].fresh()
    return total(over, mul(MatrixAtom("inv", row, col, Elem(by_x, (row, col)), (own[0], over[0])), right))


def _of_formula(
    names: Names, top: str, unknown: str, wrt: str, slopes: tuple[str | None, str | None, str], target: str
) -> Lemma:
    """∂f/∂θ + Σ_i ∂f/∂x_i ∂x_i/∂θ."""
    through, direct, root = slopes
    out = axes_for(names[top].sizes, names, ())
    ways = axes_for(names[wrt].sizes, names, out)
    inner = axes_for(names[unknown].sizes, names, (*out, *ways))
    formal: list[Node] = [] if direct is None else [Deriv(Elem(top, out), Elem(wrt, ways))]
    made: list[Node] = [] if direct is None else [Elem(direct, (*out, *ways))]
    if through is not None:
        outer = Deriv(Elem(top, out), Elem(unknown, inner))
        formal.append(total(inner, mul(outer, Deriv(Elem(unknown, inner), Elem(wrt, ways)))))
        made.append(total(inner, mul(Elem(through, (*out, *inner)), Elem(root, (*inner, *ways)))))
    chain = Chain(names, (*out, *ways), add(*formal))
    used = tuple(name for name in slopes if name is not None)
    chain.to("insert " + quoted(used), tidy(inline(add(*made), names, frozenset(used)), names))
    chain.to("simplify", neat(chain.node, names))
    chain.fold(fold(chain.node, rules(names, top), names))
    return Lemma(target, tuple(chain.steps), used)


def _holds(names: Names, residual: str, given: tuple[str, str], top: str, result: Formula) -> bool:
    """The result against differences along the solutions of F(x, θ) = c. Whether it had a value anywhere."""
    unknown, wrt = given
    assignment = verify.gentled(draw.assignments(names, seed=5, points=verify.POINTS)[0], names)
    x0, at = (np.asarray(assignment.values[name], float) for name in given)
    points = assignment.points

    def value(name: str, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
        axes = tuple(Index("s", size) for size in names[name].sizes)
        moved = Assignment(assignment.sizes, {**assignment.values, unknown: x, wrt: theta}, points, names)
        return np.asarray(floats.evaluate(Formula(Elem(name, axes), axes, names=names), moved), float)

    with np.errstate(all="ignore"):
        start, columns = value(residual, x0, at), []
        for cell in np.ndindex(x0.shape[1:]):
            step = np.zeros_like(x0)
            step[(slice(None), *cell)] = WIDTH
            difference = value(residual, x0 + step, at) - value(residual, x0 - step, at)
            columns.append(difference.reshape(points, -1) / (2 * WIDTH))
        matrix = np.stack(columns, -1)

        def solved(theta: np.ndarray) -> np.ndarray:
            x = x0
            for _ in range(ROUNDS):
                left = (value(residual, x, theta) - start).reshape(points, -1)
                x = x - np.stack([_newton(m, b) for m, b in zip(matrix, left, strict=True)]).reshape(x0.shape)
            return x

        got = np.asarray(floats.evaluate(result, assignment), float)
        got = np.broadcast_to(got, np.broadcast_shapes(got.shape, (points,) + (1,) * (got.ndim - 1)))
        expected = np.full(got.shape, np.nan)
        inner = (slice(None),) * (got.ndim - at.ndim)
        for cell in verify.cells(at):
            step = np.zeros_like(at)
            step[(slice(None), *cell)] = WIDTH
            up, down = (value(top, solved(theta), theta) for theta in (at + step, at - step))
            expected[(slice(None), *inner, *cell)] = (up - down) / (2 * WIDTH)
    off = verify.median_agreement(got, expected)
    if off is not None and off > NEAR:
        raise verify.StepError(f"d{top}/d{wrt} by an equation: off by {off:.3g} at sizes {assignment.sizes}")
    return off is not None


def _newton(matrix: np.ndarray, left: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(matrix, left)
    except np.linalg.LinAlgError:
        return np.full(left.shape, np.nan)
