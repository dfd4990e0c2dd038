"""Definite integrals of one variable: SymPy's closed form, where quadrature in balls confirms it at drawn points.

SymPy is asked about what is derived alone, never about an answer (`laws.written.carrying_out`): there an integral over
a finite range is a mean over a uniform variable, and one over an infinite range that of a density (`endless`). What
stands in the integral without its variable is a letter for it, positive where it certainly is. An infinite range is cut
where what is left is below the tolerance, and so are ends at which there is no value.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from flint import acb, arb

from derivations.atoms import ATOMS
from derivations.domains import DOMAINS, Declared, Names
from derivations.evaluate.balls.single import precision
from derivations.expectation.endless import endless
from derivations.expectation.moments import mean
from derivations.expectation.variable import NoClosedForm, Variable
from derivations.formula import Add, Call, Const, Elem, Key, Mul, Node, Num, Pow, key, mul, names_in, sub
from derivations.frozen import frozen
from derivations.laws.written import integrals_carried_out
from derivations.signs import positive
from derivations.simplify.tidy import tidy

POINTS, BITS = 6, 80
TOLERANCE, NEAR = arb("1e-9"), arb("1e-14")
"""What counts as confirmed, and what a quadrature aims at."""
FAR, CUT = arb("1e12"), arb("1e-18")
"""Where an infinite range is cut off, and how far from an end without a value."""
EVALUATIONS = 4_000
"""Of what is integrated, in one quadrature."""


@frozen
class Frozen:
    """The letters of the parts without the variable: (letter, what it stands for, whether that is positive)."""

    letters: Mapping[Key, tuple[str, Node, bool]]
    variable: str


def integral(kind: str, args: tuple[Node, ...], variable: str, names: Names) -> Node:
    """∫ body between the limits that `kind` says: `ab`, `a-`, `-b`, `--`, with - for an infinite one."""
    body, *ends = args
    limits = [None if sign == "-" else ends.pop(0) for sign in kind]
    if any(limit is not None and variable in names_in(limit) for limit in limits):
        raise NoClosedForm(f"a limit of an integral over {variable} does not depend on {variable}")
    if not integrals_carried_out():
        return _in_an_answer(body, limits, variable, names)
    names = names.with_rows(Declared(variable, DOMAINS["real"]))
    found = _closed_form(tidy(body, names), limits, variable, names)
    if found is None:
        raise NoClosedForm(f"the integral over {variable} has no closed form that is known here")
    return found


def _in_an_answer(body: Node, limits: list[Node | None], variable: str, names: Names) -> Node:
    """∫_a^b f(x) dx = (b - a) E_{x ~ U(a, b)}[f(x)]: the mean is taken, or kept, and SymPy is not asked."""
    low, high = limits
    if low is None or high is None:
        return endless(body, low, high, variable, names)
    try:
        return mul(sub(high, low), mean(body, Variable(variable, "uniform", (low, high)), names))
    except NoClosedForm:
        said = f"the integral over {variable} is not known here, nor that it certainly exists: give its value"
        raise NoClosedForm(said) from None


def _closed_form(body: Node, limits: list[Node | None], variable: str, names: Names) -> Node | None:
    from derivations.sympy_bridge import integrating, scalars  # late: SymPy takes 0.3 s to import

    letters: dict[Key, tuple[str, Node, bool]] = {}
    for part in (body, *(limit for limit in limits if limit is not None)):
        _collect(part, variable, names, letters)
    frozen_ = Frozen(letters, variable)
    task = scalars.task(body, limits, frozen_)
    if task is None:
        return None
    found = integrating.integral(*task)
    made = None if found is None else scalars.back(found, frozen_)
    if made is None or not _confirmed(body, limits, made, frozen_):
        return None
    return tidy(made, names)


def _collect(node: Node, variable: str, names: Names, letters: dict[Key, tuple[str, Node, bool]]) -> None:
    """The parts without the variable, sums and products of such taken apart."""
    if variable not in names_in(node) and not isinstance(node, Add | Mul | Pow):
        if not isinstance(node, Num | Const) and key(node) not in letters:
            letters[key(node)] = (f"c{len(letters)}", node, positive(node, names))
        return
    for child in _below(node):
        _collect(child, variable, names, letters)


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Add(args) | Mul(args) | Call(_, args):
            return args
        case Pow(base, exponent):
            return (base, exponent)
        case _:
            return ()


# ---------------------------------------------------------------- confirmed in balls


def _confirmed(body: Node, limits: list[Node | None], made: Node, known: Frozen) -> bool:
    """Whether quadrature in balls gives the closed form at all letters that are drawn."""
    draw = random.Random(0)
    with precision(BITS):
        for point in range(POINTS if known.letters else 1):
            at = {
                spelled: acb(arb(draw.randint(60, 280)) / 100 * (1 if plus or (point >> k % 2) % 2 else -1))
                for k, (spelled, (_, _, plus)) in enumerate(known.letters.items())
            }
            told, area = _both(body, limits, made, known, at, False)
            if area is None:
                told, area = _both(body, limits, made, known, at, True)
            if told is None or area is None or not abs(told - area) < TOLERANCE * (1 + abs(told)):
                return False
    return True


def _both(
    body: Node, limits: list[Node | None], made: Node, known: Frozen, at: Mapping[Key, Any], cut: bool
) -> tuple[Any, Any]:
    """The closed form and the quadrature, None where there is no finite ball."""

    def integrand(z: Any, analytic: bool) -> Any:
        return value(body, at, known.variable, z, analytic)

    try:
        low, high = (
            sign * FAR if limit is None else value(limit, at, known.variable, acb(0)).real - sign * cut * CUT
            for limit, sign in zip(limits, (-1, 1), strict=True)
        )
        told = value(made, at, known.variable, acb(0))
        area = acb.integral(integrand, acb(low), acb(high), rel_tol=NEAR, abs_tol=NEAR, eval_limit=EVALUATIONS)
    except (NoValueError, ValueError, ZeroDivisionError):
        return None, None
    return (told if told.is_finite() else None), (area if area.is_finite() else None)


class NoValueError(Exception):
    """A tree that is not evaluated here."""


def value(node: Node, at: Mapping[Key, Any], variable: str, z: Any, analytic: bool = False) -> Any:
    """A tree at a complex ball of its variable; where `analytic` is asked, not finite unless it is analytic there."""
    found = at.get(key(node))
    if found is not None:
        return found
    match node:
        case Num(number):
            return acb(arb(number.numerator) / number.denominator)
        case Const("pi"):
            return acb(arb.pi())
        case Const("e"):
            return acb(arb(1).exp())
        case Elem(name) if name == variable:
            return z
        case Add(args):
            return sum((value(a, at, variable, z, analytic) for a in args), acb(0))
        case Mul(args):
            product = acb(1)
            for a in args:
                product *= value(a, at, variable, z, analytic)
            return product
        case Pow(base, Num(e)) if e.denominator == 1 and abs(e) < 64:
            return value(base, at, variable, z, analytic) ** int(e)
        case Pow(base, exponent):
            under, over = (value(part, at, variable, z, analytic) for part in (base, exponent))
            return (over * under.log(analytic=analytic)).exp()
        case Call("log", (a,)):
            return value(a, at, variable, z, analytic).log(analytic=analytic)
        case Call(fn, (a,)) if fn in _FUNCTIONS:
            return _FUNCTIONS[fn](value(a, at, variable, z, analytic))
        case Call(fn, args) if (definition := ATOMS[fn].definition) is not None and ATOMS[fn].analytic:
            return value(definition(*args), at, variable, z, analytic)
        case _:
            raise NoValueError


_FUNCTIONS: Mapping[str, Any] = {
    "exp": lambda a: a.exp(),
    "sin": lambda a: a.sin(),
    "cos": lambda a: a.cos(),
    "tan": lambda a: a.tan(),
    "tanh": lambda a: a.tanh(),
    "sinh": lambda a: a.sinh(),
    "cosh": lambda a: a.cosh(),
    "atan": lambda a: a.atan(),
    "erf": lambda a: a.erf(),
    "erfc": lambda a: a.erfc(),
    "sigmoid": lambda a: 1 / (1 + (-a).exp()),
    "lgamma": lambda a: a.lgamma(),
    "digamma": lambda a: a.digamma(),
    "normcdf": lambda a: (-a / acb(2).sqrt()).erfc() / 2,
    "normpdf": lambda a: (-a * a / 2).exp() / (2 * acb.pi()).sqrt(),
}
"""Functions whose branches do not matter on the real line."""
