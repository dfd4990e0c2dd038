"""What two operations compute alike is computed once, in the operations of a program.

softmax(z), logsumexp(z)    → e = exp(z - m), s = Σ e; e / s, m + log s        m = max z
sigmoid(z) sigmoid(-z)      → sigmoid_slope(z), with one exponential; σ(z) (1 - σ(z)) too, where nothing else needs σ(z)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from derivations.emit.program import Array, Literal, Map, Reduce, Softmax, in_order, operands, over, rewritten


def shared(outputs: Mapping[str, Array], nodes: Mapping[Array, str]) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes after both."""
    order = list(in_order(tuple(outputs.values())))
    readers = Counter(o for a in order for o in operands(a))
    kept = {*outputs.values()}
    both = {(a.arg, a.axis) for a in order if isinstance(a, Softmax)} & {_summed(a) for a in order}

    def rule(a: Array, visit: Callable[[Array], Array]) -> Array:
        if isinstance(a, Softmax) and (a.arg, a.axis) in both:
            return _shifted(visit(a.arg), a.axis)[0]
        if (summed := _summed(a)) in both and summed is not None:
            return _shifted(visit(summed[0]), summed[1])[1]
        if (sigmoid := _share_of_itself(a)) is not None and readers[sigmoid] == 2 and sigmoid not in kept:
            return over(Map("sigmoid_slope", sigmoid.args, sigmoid.places, a.shape), visit)
        return _slope(over(a, visit))

    return rewritten(outputs, nodes, rule)


def _summed(a: Array) -> tuple[Array, int] | None:
    """The argument and the axis of a logsumexp over one axis."""
    return (a.arg, a.axes[0]) if isinstance(a, Reduce) and a.op == "logsumexp" and len(a.axes) == 1 else None


def _shifted(z: Array, axis: int) -> tuple[Array, Array]:
    """The softmax and the logsumexp of z, from exp(z - max z)."""
    every = tuple(range(len(z.shape)))
    kept = tuple(k for k in every if k != axis)
    top = Reduce("max", z, (axis,))
    powers = Map("exp", (Map("subtract", (z, top), (every, kept), z.shape),), (every,), z.shape)
    total = Reduce("sum", powers, (axis,))
    inside = tuple(range(len(top.shape)))
    logs = Map("log", (total,), (inside,), top.shape)
    return Map("divide", (powers, total), (every, kept), z.shape), Map("add", (top, logs), (inside, inside), top.shape)


def _share_of_itself(a: Array) -> Map | None:
    """σ(z) of σ(z) (1 - σ(z))."""
    match a:
        case Map("multiply", (Map("sigmoid") as p, Map("subtract", (Literal(one), q)) as rest)) if (
            one == 1 and p == q and p.shape == rest.shape == a.shape
        ):
            return p
        case _:
            return None


def _slope(a: Array) -> Array:
    """σ(z) σ(-z) as one function."""
    match a:
        case Map("multiply", (Map("sigmoid", (x,)), Map("sigmoid", (y,)))) if a.places[0] == a.places[1]:
            z = next(
                (p for p, q in ((x, y), (y, x)) if isinstance(q, Map) and q.fn == "negative" and q.args[0] == p), None
            )
            return a if z is None else Map("sigmoid_slope", (z,), (a.places[0],), a.sizes)
        case _:
            return a
