"""Expressions of SymPy built so that none gains or loses a place at which it has a value.

SymPy evaluates while it builds: x/x is 1 and sqrt(x)**2 is x, also where x is 0 or negative. `built(op, a, b)` is what
SymPy makes of op(a, b), unless that has lost a condition under which the operation has a value; then it stays as it
was given, `evaluate=False`.

    1/x    x ≠ 0              log x    x > 0           sqrt x    x ≥ 0           1/sqrt x    x > 0
    any other function that is not everywhere defined: that it stands there
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from derivations.sympy_bridge.functions import relu, sigmoid, softmax, softplus

Condition = tuple[str, Any]

_TOTAL = (
    *(sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.atan, sympy.acot),
    *(sympy.asinh, sympy.erf, sympy.erfc, sympy.Abs, sympy.sign, sympy.floor, sympy.ceiling, sympy.Max, sympy.Min),
    *(sympy.Heaviside, sympy.KroneckerDelta, sigmoid, softplus, relu, softmax),
)
"""Functions with a value at every real number."""

_OF_SIGNS = (sympy.Abs, sympy.sign, sympy.Max, sympy.Min, relu)
"""Functions that SymPy evaluates by what it finds out of signs: |log(1 + e^z)| is to stay what was written."""

_LARGE = 10_000
"""Bits of a number that is worked out; 10**10**9 stays as it is written."""


def built(op: Callable[..., Any], *args: Any) -> Any:
    """op(*args), evaluated by SymPy only where that keeps the places at which it has a value."""
    if _too_large(op, args) or (op in _OF_SIGNS and not all(a.is_Rational for a in args)):
        return op(*args, evaluate=False)
    made = op(*args)
    lost = _asked(op, args) - conditions(made)
    return op(*args, evaluate=False) if lost else made


def _too_large(op: Any, args: tuple[Any, ...]) -> bool:
    if op is sympy.Pow and all(a.is_Rational for a in args) and args[1].is_Integer:
        base, exponent = args
        return abs(int(exponent)) * max(base.p.bit_length(), base.q.bit_length()) > _LARGE
    if op is sympy.factorial:
        return args[0].is_Integer and args[0] > 1_000
    return op in (sympy.floor, sympy.ceiling) and args[0].is_number and not args[0].is_Rational


def _asked(op: Any, args: tuple[Any, ...]) -> frozenset[Condition]:
    """What an operation needs, and what its arguments need."""
    return frozenset().union(_own(op, args), *map(conditions, args))


@lru_cache(maxsize=50_000)
def conditions(e: Any) -> frozenset[Condition]:
    """Under which conditions an expression has a value, each in one spelling; those that its symbols assume left
    out."""
    below = (conditions(a) for a in e.args if isinstance(a, sympy.Basic))
    return frozenset().union(_own(e.func, e.args), *below)


def _own(op: Any, args: tuple[Any, ...]) -> frozenset[Condition]:
    if op is sympy.Pow or op is sympy.Pow.func:
        return _of_power(*args)
    if op is sympy.log and len(args) == 1:
        return _positive(args[0])
    if op is sympy.Piecewise:
        return frozenset() if args and args[-1][1] == True else frozenset({("cases", sympy.Tuple(*args))})  # noqa: E712
    if op is sympy.Function or not (isinstance(op, type) and issubclass(op, sympy.Function)):
        return frozenset()
    if issubclass(op, _TOTAL) or issubclass(op, Boolean | Relational):
        return frozenset()
    return frozenset({(op.__name__, sympy.Tuple(*args))})


def _of_power(base: Any, exponent: Any) -> frozenset[Condition]:
    if base is sympy.E or base.is_positive:
        return frozenset()
    if exponent.is_Integer:
        return _nonzero(base) if exponent < 0 else frozenset()
    if exponent.is_Rational:
        return _positive(base) if exponent < 0 else _nonnegative(base)
    return frozenset({("power", sympy.Tuple(base, exponent))})


def _nonzero(e: Any) -> frozenset[Condition]:
    if e.is_nonzero:
        return frozenset()
    if e.is_Mul:
        return frozenset().union(*map(_nonzero, e.args))
    if e.is_Pow and e.exp.is_Rational:
        return _nonzero(e.base)
    return _nonzero(e.args[0]) if isinstance(e, sympy.Abs) else frozenset({("nonzero", e)})


def _nonnegative(e: Any) -> frozenset[Condition]:
    return frozenset() if e.is_nonnegative else frozenset({("nonnegative", _without_factor(e))})


def _positive(e: Any) -> frozenset[Condition]:
    if e.is_positive:
        return frozenset()
    if e.is_nonnegative:
        return _nonzero(e)
    return _nonnegative(e) | _nonzero(e)


def _without_factor(e: Any) -> Any:
    """x of 2 x: a positive number changes no sign."""
    number, rest = e.as_coeff_Mul()
    return rest if number.is_positive else e
