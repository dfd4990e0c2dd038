"""Products of functions that cancel: exp(z) σ(-z), exp(a_i)/Σ_k exp(a_k), y log p, sinh a sech a."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivations.atoms import is_number
from derivations.domains import Declared, Names
from derivations.emit.stable.exponents import negated
from derivations.emit.stable.norms import unit_factors
from derivations.emit.stable.shares import entry_of, same
from derivations.formula import (
    ONE,
    Add,
    Bound,
    Call,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    add,
    call,
    mul,
    power,
    reindex,
)


def quotient(node: Mul, names: Names | None, recognised: Callable[[Node, Names | None], Node]) -> Node:
    """Quotients of exponentials, one factor at a time until none is left; what becomes a sum is `recognised` anew."""
    factors = list(node.args)
    changed = True
    while changed:
        changed = (
            _pair_sigmoid(factors)
            or _pair_softmax(factors, recognised)
            or _pair_limit(factors, names)
            or _pair_power(factors)
            or unit_factors(factors)
        )
    return node if factors == list(node.args) else mul(*factors)


def _pair_limit(factors: list[Node], names: Names | None) -> bool:
    """y log p → xlogy(y, p), y log(1 - p) → xlog1py(y, -p), y p^-c → xdivy(y, p^c); y log(y/p), y (log y - log p)."""
    weight = next((k for k, f in enumerate(factors) if _given_zero(f, names)), None)
    if weight is None:
        return False
    for q, b in enumerate(factors):
        made: Node
        if isinstance(b, Call) and b.fn == "log" and _ratio(b.args[0], names):
            made = Call("xlogy", (factors[weight], b.args[0]))
        elif isinstance(b, Add) and (logs := [_log_of(term, names) for term in b.args]) and None not in logs:
            made = add(*(mul(c, Call("xlogy", (factors[weight], p))) for c, p in filter(None, logs)))
        elif isinstance(b, Call) and b.fn == "log1p" and _probability(negated(b.args[0]), names):
            made = Call("xlog1py", (factors[weight], b.args[0]))
        elif (
            isinstance(b, Pow) and isinstance(b.exponent, Num) and b.exponent.value < 0 and _probability(b.base, names)
        ):
            made = Call("xdivy", (factors[weight], power(b.base, Num(-b.exponent.value))))
        else:
            continue
        factors[weight] = made
        del factors[q]
        return True
    return False


def _pair_power(factors: list[Node]) -> bool:
    """sinh a sech a → tanh a; a^y log a → xlogy(a^y, a), which is 0 at a = 0 as a^y is there."""
    for p, a in enumerate(factors):
        for q, b in enumerate(factors):
            base, exponent = (a.base, a.exponent) if isinstance(a, Pow) else (a, ONE)
            if (
                isinstance(a, Pow)
                and not isinstance(exponent, Num)
                and not isinstance(base, Num)
                and isinstance(b, Call)
                and b.fn == "log"
                and same(b.args[0], base)
            ):
                factors[p] = Call("xlogy", (a, base))
                del factors[q]
                return True
            if (
                isinstance(base, Call)
                and base.fn == "sech"
                and isinstance(exponent, Num)
                and exponent.value >= 1
                and isinstance(b, Call)
                and b.fn == "sinh"
                and same(b.args[0], base.args[0])
            ):
                factors[q] = call("tanh", base.args[0])
                if exponent.value > 1:
                    factors[p] = power(base, Num(exponent.value - 1))
                else:
                    del factors[p]
                return True
    return False


def _declared(node: Node, names: Names | None) -> Declared | None:
    """The declaration of an element, also of 1 minus it."""
    if isinstance(node, Add) and len(node.args) == 2 and any(is_number(t, 1) for t in node.args):
        node = negated(without_one(node))
    return names.get(node.name) if isinstance(node, Elem) and names is not None else None


def _given_zero(node: Node, names: Names | None) -> bool:
    """Whether a factor is an argument that weighs what it is multiplied by, and may be 0: a label, a share, a count."""
    row = _declared(node, names)
    return (
        row is not None
        and row.definition is None
        and (row.domain.has("weight") and (isinstance(node, Elem) or row.domain.high == 1))
    )


def _ratio(node: Node, names: Names | None) -> bool:
    """Whether a node is made of probabilities by products and quotients."""
    match node:
        case Mul(args) | Call("xdivy", args):
            return all(_ratio(a, names) for a in args)
        case Pow(base, Num()):
            return _ratio(base, names)
    return _probability(node, names)


def _log_of(term: Node, names: Names | None) -> tuple[Node, Node] | None:
    """(c, p) where a term is c log p of a probability."""
    number, rest = (term.args[0], term.args[1:]) if isinstance(term, Mul) else (ONE, (term,))
    alone = rest[0] if len(rest) == 1 and isinstance(number, Num) else None
    if isinstance(alone, Call) and alone.fn == "log" and _probability(alone.args[0], names):
        return number, alone.args[0]
    return None


def _probability(node: Node, names: Names | None) -> bool:
    """Whether a factor is a probability or 1 minus one; it comes as near to 0 as it likes."""
    row = _declared(node, names)
    return row is not None and row.domain.has("share")


def _pair_sigmoid(factors: list[Node]) -> bool:
    """exp(z) σ(-z) → σ(z)."""
    for p, a in enumerate(factors):
        if not (isinstance(a, Call) and a.fn == "exp"):
            continue
        for q, b in enumerate(factors):
            base, exponent = (b.base, b.exponent) if isinstance(b, Pow) else (b, ONE)
            if (
                isinstance(base, Call)
                and base.fn == "sigmoid"
                and isinstance(exponent, Num)
                and exponent.value >= 1
                and same(negated(base.args[0]), a.args[0])
            ):
                factors[p] = call("sigmoid", a.args[0])
                factors[q] = power(base, Num(exponent.value - 1)) if exponent.value > 1 else ONE
                if is_number(factors[q], 1):
                    del factors[q]
                return True
    return False


def _exp_sum(node: Node) -> tuple[Bound, Fraction] | None:
    """(Σ_k exp a, c) where the node is (Σ_k exp a)^-c, c > 0."""
    if isinstance(node, Pow) and isinstance(node.exponent, Num) and node.exponent.value < 0:
        base = node.base
        if isinstance(base, Bound) and base.op == "sum" and isinstance(base.body, Call) and base.body.fn == "exp":
            return base, -node.exponent.value
    return None


def _pair_softmax(factors: list[Node], recognised: Callable[[Node, Names | None], Node]) -> bool:
    """exp(a) (Σ_k exp b)^-c → exp(a - logsumexp_k b) (Σ_k exp b)^(1-c), the matching a first; also into a sum Σ_s
    exp(a_s) v_s."""
    for q, b in enumerate(factors):
        found = _exp_sum(b)
        if found is None:
            continue
        base, c = found
        body, lse = base.body.args[0], Bound("logsumexp", base.indices, base.body.args[0])  # type: ignore[attr-defined]
        exps = [(p, a) for p, a in enumerate(factors) if isinstance(a, Call) and a.fn == "exp"]
        exps.sort(key=lambda pair: len(base.indices) != 1 or entry_of(body, base.indices[0], pair[1].args[0]) is None)
        taken = min(c, Fraction(1)) if exps else c
        if exps:
            p, a = exps[0]
            factors[p] = call("exp", add(a.args[0], mul(Num(-taken), _fresh(lse))))
        else:
            sums = [
                (p, a)
                for p, a in enumerate(factors)
                if isinstance(a, Bound)
                and a.op == "sum"
                and (isinstance(a.body, Mul) and any(isinstance(f, Call) and f.fn == "exp" for f in a.body.args))
            ]
            if not sums:
                # alone in the product, a reciprocal of Σ exp is exp of minus its logarithm
                factors[q] = call("exp", mul(Num(-c), lse))
                return True
            p, a = sums[0]
            taken = min(c, Fraction(1))
            factors[p] = Bound("sum", a.indices, mul(*a.body.args, power(_fresh(base), Num(-taken))))  # type: ignore[attr-defined]
            factors[p] = recognised(factors[p], None)
        if c == taken:
            del factors[q]
        else:
            factors[q] = power(base, Num(taken - c))
        return True
    return False


def _fresh(node: Node) -> Node:
    return reindex(node, {})


def without_one(node: Add) -> Node:
    """The other terms of 1 + a."""
    at = next(k for k, t in enumerate(node.args) if is_number(t, 1))
    return add(*(t for k, t in enumerate(node.args) if k != at))
