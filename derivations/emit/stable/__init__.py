"""Numerically stable forms, recognised in the tree before it becomes arrays. Nothing is clipped.

    log(1 + exp z)           → softplus(z)          1/(1 + exp(-z))     → σ(z)
    log σ(z), log(1 - σ(z))  → log σ(±z)            exp(z)/(1 + exp z)  → σ(z)
    log Σ_k exp a_k          → logsumexp_k a_k      1 - σ(z)            → σ(-z)
    exp(a_i)/Σ_k exp(a_k)    → exp(a_i - logsumexp_k a_k), which is a softmax
    log exp a → a            log(c exp a) → a + log c    log √a → ½ log a    log(σ(a)/b) → log σ(a) - log b
    log(1 + a) → log1p(a)    exp(a) - 1 → expm1(a)
    y log p → xlogy(y, p)    y log(1 - p) → xlog1py(y, -p)    y/p → xdivy(y, p)

The last three are 0 where y is 0, as the limit is when p tends to 0: for a y that is given (a label, a share) and may
be 0, and a p that is a probability. `log1p`, `expm1` and these are calls that only emitted code knows. A node's
definition is looked into under a logarithm, so that log p_i with p_i = σ(z_i) is log σ(z_i). The value of a branch that
is not taken is computed at a harmless argument (`guarded`), so it cannot warn.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivations.atoms import is_number, opened
from derivations.domains import Names
from derivations.emit.stable.exponentials import scaled_throughout
from derivations.emit.stable.exponents import collected, negated
from derivations.emit.stable.norms import rooted
from derivations.emit.stable.quotients import quotient, without_one
from derivations.emit.stable.shares import same
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    Add,
    Bound,
    Call,
    Cases,
    Const,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    add,
    call,
    children,
    instantiate,
    mul,
    power,
    rebuild,
    split_coefficient,
    terms_of,
)


def stable(node: Node, names: Names | None = None) -> Node:
    """The same function in its stable form."""
    return scaled_throughout(_recognised(opened(node, PRINTED), names), names)


PRINTED = frozenset({"cot", "sec", "csc", "acot", "asec", "acsc", "coth", "sech", "csch", "leaky_relu", "xlogy"})
"""Functions with a definition that emitted code has a form of its own for; others become their definition."""


def _recognised(node: Node, names: Names | None) -> Node:
    """The stable functions, from the leaves up."""
    below = children(node)
    if below:
        new = tuple(_recognised(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    rule = _RULES.get(type(node))
    return node if rule is None else rule(node, names)


def _seen(node: Node, names: Names | None) -> Node:
    """The definition of a node's element, the node itself otherwise."""
    if (
        isinstance(node, Elem)
        and names is not None
        and (row := names.get(node.name)) is not None
        and row.definition is not None
    ):
        return _recognised(instantiate(row.definition, node.at), names)
    return node


def _pow(node: Pow, names: Names | None) -> Node:
    """e^z → exp z; (exp z)^c → exp(c z); (1 + exp z)^-c → σ(-z)^c; cosh^-c z → sech^c z; roots of sums of squares
    (`norms`)."""
    base, exponent = node.base, node.exponent
    if isinstance(base, Const) and base.name == "e":
        return call("exp", exponent)
    if isinstance(base, Call) and base.fn == "exp" and isinstance(exponent, Num):
        return call("exp", mul(exponent, base.args[0]))
    if isinstance(exponent, Num) and exponent.value <= -1 and (z := _one_plus_exp(base)) is not None:
        return power(call("sigmoid", negated(z)), Num(-exponent.value))
    if isinstance(exponent, Num) and exponent.value < 0 and isinstance(base, Call) and base.fn in _RECIPROCAL:
        return power(call(_RECIPROCAL[base.fn], *base.args), Num(-exponent.value))
    return rooted(node)


_RECIPROCAL = {"cosh": "sech", "sinh": "csch", "sech": "cosh", "csch": "sinh"}


def _one_plus_exp(node: Node) -> Node | None:
    """z where the node is 1 + exp z."""
    if isinstance(node, Add) and len(node.args) == 2:
        for one, other in (node.args, node.args[::-1]):
            if is_number(one, 1) and isinstance(other, Call) and other.fn == "exp":
                return other.args[0]
    return None


def _one_minus_sigmoid(node: Node, names: Names | None, look: bool) -> Node | None:
    """z where the node is 1 - σ(z)."""
    if isinstance(node, Add) and len(node.args) == 2:
        for one, other in (node.args, node.args[::-1]):
            if is_number(one, 1) and isinstance(other, Mul) and len(other.args) == 2 and is_number(other.args[0], -1):
                inner = _seen(other.args[1], names) if look else other.args[1]
                if isinstance(inner, Call) and inner.fn == "sigmoid":
                    return inner.args[0]
    return None


def _call(node: Call, names: Names | None) -> Node:
    """Logarithms of what has a stable logarithm."""
    if node.fn != "log":
        return node
    a = _seen(node.args[0], names)
    if isinstance(a, Call) and a.fn == "exp":
        return a.args[0]
    if isinstance(a, Call) and a.fn == "sigmoid":
        return call("log_sigmoid", a.args[0])
    if (z := _one_minus_sigmoid(a, names, look=True)) is not None:
        return call("log_sigmoid", negated(z))
    if (z := _one_plus_exp(a)) is not None:
        return call("softplus", z)
    if isinstance(a, Bound) and a.op == "sum" and isinstance(a.body, Call) and a.body.fn == "exp":
        return Bound("logsumexp", a.indices, a.body.args[0])
    inner = a.base.fn if isinstance(a, Pow) and isinstance(a.base, Call) else ""
    if (
        isinstance(a, Pow)
        and isinstance(a.exponent, Num)
        and (a.exponent.value.denominator == 2 or inner in ("exp", "sigmoid"))
    ):
        return mul(a.exponent, _call(Call("log", (a.base,)), names))
    if isinstance(a, Mul):
        logs = [_log_of_factor(f, names) for f in a.args]
        if any(log is not None for log in logs):
            rest = [f for f, log in zip(a.args, logs, strict=True) if log is None]
            taken = [log for log in logs if log is not None]
            return add(*([_call(Call("log", (mul(*rest),)), names)] if rest else []), *taken)
    if a is node.args[0] and isinstance(a, Add) and any(is_number(t, 1) for t in a.args):
        return call("log1p", without_one(a))
    return node


def _log_of_factor(f: Node, names: Names | None) -> Node | None:
    """log f of a factor that is e^a or σ(z), or a power of one, as a node too: log(p/q) of two softmaxes is the
    difference of their logarithms, where p or q underflows. None for any other."""
    base, power_of = (f.base, f.exponent) if isinstance(f, Pow) else (f, ONE)
    inner = _seen(base, names)
    if not (isinstance(inner, Call) and inner.fn in ("exp", "sigmoid")):
        return None
    return mul(power_of, _call(Call("log", (inner,)), names))


def _add(node: Add, names: Names | None) -> Node:
    """1 - σ(z) → σ(-z); a - a σ(z) → a σ(-z); exp(a) - 1 → expm1(a); 1 - cos a → 2 sin²(a/2); cosh a - 1 → 2
    sinh²(a/2); √a - √b → (a - b)/(√a + √b)."""
    if (z := _one_minus_sigmoid(node, names, look=False)) is not None:
        return call("sigmoid", negated(z))
    if len(node.args) == 2:
        for one, other in (node.args, node.args[::-1]):
            if is_number(one, -1) and isinstance(other, Call) and other.fn == "exp":
                return call("expm1", other.args[0])
            c, f = split_coefficient(other)
            if isinstance(f, Call) and isinstance(one, Num) and c == -one.value:
                if f.fn == "exp":
                    return mul(Num(c), call("expm1", f.args[0]))
                if f.fn == "cos":
                    return mul(Num(-2 * c), power(call("sin", mul(HALF, f.args[0])), TWO))
                if f.fn == "cosh":
                    return mul(Num(2 * c), power(call("sinh", mul(HALF, f.args[0])), TWO))
        rooted_difference = _difference_of_roots(*node.args)
        if rooted_difference is not None:
            return rooted_difference
    return _kept_share(node, names)


def _kept_share(node: Add, names: Names | None) -> Node:
    """a - a σ(z) → a σ(-z), term by term: where σ(z) rounds to 1 and a is large, the difference would round to 0.
    Of a number a, 1 - p is kept where p has a name: it is no larger than what is added."""
    terms = list(node.args)
    for at, term in enumerate(terms):
        factors = term.args if isinstance(term, Mul) else ()
        for k, factor in enumerate(factors):
            rest = mul(*factors[:k], *factors[k + 1 :])
            gate = factor if isinstance(rest, Num) else _seen(factor, names)
            if isinstance(gate, Call) and gate.fn == "sigmoid":
                whole = next((q for q, t in enumerate(terms) if q != at and same(t, negated(rest))), None)
                if whole is not None:
                    terms[whole] = mul(terms[whole], call("sigmoid", negated(gate.args[0])))
                    del terms[at]
                    return _kept_share(Add(tuple(terms)), names) if len(terms) > 1 else terms[0]
    return node


def _difference_of_roots(one: Node, other: Node) -> Node | None:
    """c √a - d √b → (c² a - d² b)/(c √a + d √b) where a term of c² a meets one of d² b."""
    (c, a), (d, b) = _square_of(one), _square_of(other)
    if c * d >= 0 or (isinstance(a, Num) and isinstance(b, Num)):
        return None
    rest = collected([(c * c, a), (-d * d, b)])
    if len(terms_of(rest)) >= len(terms_of(a)) + len(terms_of(b)):
        return None
    if c < 0:
        one, other, rest = other, one, negated(rest)
    return mul(rest, power(add(one, negated(other)), MINUS_ONE))


def _square_of(node: Node) -> tuple[Fraction, Node]:
    """(c, a) where the node is c √a or a number c; (0, …) for anything else."""
    c, f = split_coefficient(node)
    if f == ONE:
        return c, ONE
    return (c, f.base) if isinstance(f, Pow) and f.exponent == HALF else (Fraction(0), f)


def _mul(node: Mul, names: Names | None) -> Node:
    return quotient(node, names, _recognised)


def _cases(node: Cases, names: Names | None) -> Node:
    """max(z, 0) where it is written as cases; indicators stay."""
    if len(node.branches) == 1 and node.otherwise is not None:
        condition, value = node.branches[0]
        if (
            isinstance(condition, Rel)
            and condition.op in (">", ">=")
            and is_number(condition.right, 0)
            and same(condition.left, value)
        ):
            if is_number(node.otherwise, 0):
                return call("relu", value)
            if same(node.otherwise, negated(value)):
                return call("abs", value)
    return node


_RULES: dict[type, Callable] = {Pow: _pow, Call: _call, Add: _add, Mul: _mul, Cases: _cases}
