"""Fractions in fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivations.domains import Names
from derivations.formula import ONE, Add, Call, Key, Mul, Node, Num, Pow, add, factors_of, mul, over
from derivations.simplify.monomials import monomial
from derivations.simplify.tidy import tidy, tidy_mul


def denominators(node: Add) -> int:
    """How many fractions the terms of a sum hold."""
    return sum(
        isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0
        for t in node.args
        for f in (t.args if isinstance(t, Mul) else (t,))
    )


def without_inner_bars(node: Node, names: Names | None) -> Node:
    """k/(v + a) of k/(v (1 + a/v)), (s x + v m)/(s + v) of (x/v + m/s)/(1/v + 1/s): a sum of fractions that is divided
    by, multiplied by their denominators above and below."""
    if not isinstance(node, Mul):
        node = over(node, lambda child: without_inner_bars(child, names))
    else:  # what is divided by is looked at with what stands above it
        node = Mul(
            tuple(
                a if isinstance(a, Pow) and isinstance(a.base, Add) else without_inner_bars(a, names) for a in node.args
            )
        )
    for factor in factors_of(node):
        match factor:
            case Pow(Add(args), Num(e)) if e == -1:
                below = _common_denominator(args)
                if below == ONE:
                    continue
                cleared = add(*(tidy_mul((below, t), names) for t in args))
                rest = list(factors_of(node))
                rest.remove(factor)
                above = next((f for f in rest if isinstance(f, Add) and denominators(f)), None)
                if above is None:
                    return tidy(mul(below, *rest, Pow(cleared, factor.exponent)), names)
                rest.remove(above)
                multiplied = add(*(tidy_mul((below, t), names) for t in above.args))
                return tidy(mul(*rest, multiplied, Pow(cleared, factor.exponent)), names)
    return node


def _common_denominator(terms: Sequence[Node]) -> Node:
    """Π of what the terms are divided by, each as often as it is at most."""
    most: dict[Key, tuple[Node, Fraction]] = {}
    for term in terms:
        for spelled, (base, exponent) in monomial(term)[1].items():
            if isinstance(exponent, Num) and exponent.value < 0 and not isinstance(base, Call):
                before = most.get(spelled, (base, Fraction(0)))[1]
                most[spelled] = base, max(before, -exponent.value)
    return mul(*(Pow(base, Num(e)) if e != 1 else base for base, e in most.values()))
