"""Integrals over an infinite range in an answer, by the integrals of densities; each holds where what it asks for is
certainly so.

    ∫_0^∞ x^p e^(-a x) dx      Γ(p + 1)/a^(p+1)                            a > 0, p > -1
    ∫_0^∞ x^p e^(-a x²) dx     Γ((p+1)/2)/(2 a^((p+1)/2))                  a > 0, p > -1
    ∫_0^∞ g(x) e^(-a x) dx     E_{x ~ Exp(a)}[g(x)]/a                      a > 0, where the mean exists
    ∫ g(x) e^(-a x² + b x) dx  √(π/a) e^(b²/(4a)) E_{x ~ N(b/2a, 1/2a)}[g(x)]   over the whole line, a > 0
    ∫_l^∞ x^(-s) dx            l^(1-s)/(s - 1)                             l > 0, s > 1

Sums go term by term, each of which has to converge by itself. A lower limit is moved to 0 beside an exponential, and
x → -x for a range that begins at -∞. Nothing is cut off: what no row covers is refused.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from derivations.calculus import is_zero, partial
from derivations.domains import DOMAINS, Declared, Names
from derivations.expectation.moments import mean
from derivations.expectation.variable import NoClosedForm, Variable
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    ZERO,
    Add,
    Call,
    Const,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    add,
    call,
    div,
    factors_of,
    mul,
    names_in,
    neg,
    num,
    power,
    replace_elems,
    sub,
    terms_of,
    walk,
)
from derivations.ranges import Ranges
from derivations.simplify.shapes import expand
from derivations.simplify.tidy import tidy


def endless(body: Node, low: Node | None, high: Node | None, variable: str, names: Names) -> Node:
    """∫ body over a range of which an end is infinite (None). Raises `NoClosedForm`."""
    x = Elem(variable)
    if low is None and high is not None:
        body, low, high = _at(body, variable, neg(x)), neg(high), None
    domain = "real" if low is None or not is_zero(low) else "positive"
    inside = names.with_rows(Declared(variable, DOMAINS[domain]))
    terms = [t for t in terms_of(expand(tidy(body, inside), inside)) if not is_zero(t)]
    return tidy(add(*(_term(term, low, variable, names, inside) for term in terms)), names)


def _term(term: Node, low: Node | None, variable: str, names: Names, inside: Names) -> Node:
    x = Elem(variable)
    front = [f for f in factors_of(term) if variable not in names_in(f)]
    exponents = [f.args[0] for f in factors_of(term) if isinstance(f, Call) and f.fn == "exp"]
    exponents = [e for e in exponents if variable in names_in(e)]
    others = [f for f in factors_of(term) if variable in names_in(f) and not (isinstance(f, Call) and f.fn == "exp")]
    if low is not None and not is_zero(low):
        if not exponents:
            return mul(*front, _power_alone(others, low, x, names))
        moved = _at(mul(*(f for f in factors_of(term) if f not in front)), variable, add(low, x))
        return mul(*front, endless(moved, ZERO, None, variable, names))
    form = _quadratic(add(*exponents), x, inside) if exponents else None
    if form is None:
        raise _unknown(variable)
    second, first, const = form
    front.append(call("exp", const) if not is_zero(const) else ONE)
    if low is None:
        return mul(*front, _whole_line(mul(*others), second, first, variable, names))
    return mul(*front, _half_line(others, second, first, variable, names, inside))


def _positive(node: Node, names: Names) -> bool:
    return Ranges(names)(node).positive


def _unknown(variable: str) -> NoClosedForm:
    return NoClosedForm(
        f"the integral over {variable} has an infinite range, and none that is known here, nor is it certain that it "
        "exists: give its value"
    )


def _at(body: Node, variable: str, place: Node) -> Node:
    return replace_elems(body, lambda e: place if e.name == variable else None)


def _quadratic(form: Node, x: Elem, names: Names) -> tuple[Node, Node, Node] | None:
    """a, b, c of a x² + b x + c."""
    if not all(_polynomial(part) for part in walk(form) if x.name in names_in(part)):
        return None
    slope = expand(partial(form, x), names)
    second = expand(partial(slope, x), names)
    if x.name in names_in(second):
        return None
    const, first = (tidy(_at(part, x.name, ZERO), names) for part in (form, slope))
    return tidy(mul(HALF, second), names), first, const


def _polynomial(part: Node) -> bool:
    match part:
        case Pow(_, Num(e)):
            return e.denominator == 1 and e > 0
        case _:
            return isinstance(part, Add | Mul | Elem)


def _degree(factors: list[Node], x: Elem) -> Node | None:
    """p of x^p; None where there is anything else."""
    found: list[Node] = []
    for factor in factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Pow) else (factor, ONE)
        if base != x or x.name in names_in(exponent):
            return None
        found.append(exponent)
    return add(*found) if found else ZERO


def _power_alone(factors: list[Node], low: Node, x: Elem, names: Names) -> Node:
    exponent = _degree(factors, x)
    if exponent is None:
        raise _unknown(x.name)
    beyond = tidy(sub(neg(exponent), ONE), names)
    if not (_positive(low, names) and _positive(beyond, names)):
        raise _unknown(x.name)
    return div(power(low, neg(beyond)), beyond)


def _half_line(others: list[Node], second: Node, first: Node, variable: str, names: Names, inside: Names) -> Node:
    scale = tidy(neg(first if is_zero(second) else second), names)
    if not _positive(scale, names):
        raise _unknown(variable)
    exponent = _degree(others, Elem(variable))
    if exponent is None:
        if not is_zero(second):
            raise _unknown(variable)
        return div(mean(mul(*others), Variable(variable, "exponential", (scale,)), names), scale)
    above = tidy(add(exponent, ONE), names)
    if not _positive(above, inside) or (not is_zero(second) and not is_zero(first)):
        raise _unknown(variable)
    if is_zero(second):
        return mul(_gamma(above), power(scale, neg(above)))
    half = tidy(mul(HALF, above), names)
    return mul(HALF, _gamma(half), power(scale, neg(half)))


def _whole_line(rest: Node, second: Node, first: Node, variable: str, names: Names) -> Node:
    scale = tidy(neg(second), names)
    if not _positive(scale, names):
        raise _unknown(variable)
    centre, spread = (tidy(div(part, mul(TWO, scale)), names) for part in (first, ONE))
    weight = mul(power(div(Const("pi"), scale), HALF), call("exp", div(mul(first, first), mul(num(4), scale))))
    return mul(weight, mean(rest, Variable(variable, "normal", (centre, spread)), names))


def _gamma(at: Node) -> Node:
    """Γ(n) = (n - 1)! and Γ(n + ½) = (n - ½) … ½ √π of numbers; e^(log Γ) of anything else."""
    if isinstance(at, Num) and at.value.denominator == 1 and at.value <= 20:
        return num(factorial(int(at.value) - 1))
    if isinstance(at, Num) and at.value.denominator == 2 and at.value <= 20:
        product, k = Fraction(1), at.value - 1
        while k > 0:
            product, k = product * k, k - 1
        return mul(Num(product), power(Const("pi"), HALF))
    return call("exp", call("lgamma", at))
