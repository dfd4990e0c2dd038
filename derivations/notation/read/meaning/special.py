"""Functions that are more than entry by entry: softmax, norms, traces, means, roots; one row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from derivations.formula import (
    Bound,
    IndexExpr,
    Node,
    Span,
    call,
    mul,
    sub,
)
from derivations.notation.read.grammar.expressions import Tree
from derivations.notation.read.meaning.context import letters_of
from derivations.notation.read.meaning.values import (
    Sizes,
    Val,
    find,
)

if TYPE_CHECKING:
    from derivations.notation.read.meaning.functions import Lowering


def _span(t: Tree) -> Span:
    return (t.start, t.end)


def _arity(low: Lowering, t: Tree, name: str, *allowed: int) -> list[Val]:
    if len(t.args) not in allowed:
        raise low.fail(
            (
                f"{name} takes {' or '.join(map(str, allowed))} argument{'s' if allowed != (1,) else ''}, not "
                f"{len(t.args)}"
            ),
            t,
            f"{name}({', '.join('xyz'[: allowed[0]])})",
        )
    return [low.value(a) for a in t.args]


def _along_last(
    low: Lowering, t: Tree, name: str, base: Any
) -> tuple[Val, Sizes, Callable[[tuple[IndexExpr, ...]], Node]]:
    """The argument of softmax and its kin, and the logsumexp over its last axis."""
    v = _arity(low, t, name, 1)[0]
    if not v.sizes:
        inner = low.source((t.args[0].start, t.args[0].end))
        raise low.fail(
            f"{name} needs a vector; {inner} is a scalar", t, f"{name}(z)_i, with the index outside", "operation"
        )
    if len(v.sizes) == 2 and find(v.sizes[0]) != 1:
        low.note("last-axis", f"{name} was read along the rows", t)

    def lse(at: tuple[IndexExpr, ...]) -> Node:
        k = low.index("k", v.sizes[-1])
        return Bound("logsumexp", (k,), v.entry(*at[:-1], k))

    return v, v.sizes, lse


def _softmax(low: Lowering, t: Tree, base: Any) -> Val:
    v, sizes, lse = _along_last(low, t, "softmax", base)
    out = low.made(sizes, lambda *at: call("exp", sub(v.entry(*at), lse(at))), v, v)
    return _indexed(low, out, base, t)


def _log_softmax(low: Lowering, t: Tree, base: Any) -> Val:
    v, sizes, lse = _along_last(low, t, "log_softmax", base)
    out = low.made(sizes, lambda *at: sub(v.entry(*at), lse(at)), v, v)
    return _indexed(low, out, base, t)


def _indexed(low: Lowering, v: Val, base: Any, t: Tree) -> Val:
    """softmax_i(z) is softmax(z)_i."""
    if base is None:
        return v
    where = low.subscripts(base, len(v.sizes), t, low.source((t.start, t.end)))
    return low.entry_of(where, v.sizes, v.entry, t, low.source((t.start, t.end)), v)


def _logsumexp(low: Lowering, t: Tree, base: Any) -> Val:
    v, sizes, lse = _along_last(low, t, "logsumexp", base)
    if len(sizes) == 1 or find(sizes[0]) == 1:
        return Val(lse(tuple(1 for _ in sizes)))
    return low.made(sizes[:-1], lambda *at: lse((*at, 1)), v)


def _mean(low: Lowering, t: Tree, base: Any) -> Val:
    if len(t.args) != 1:
        raise low.fail(f"mean takes 1 argument, not {len(t.args)}", t, "mean_i x_i or mean(x)")
    tree = Tree(
        "big",
        t.args,
        (
            "mean",
            [],
            [
                (x, 0)
                for x in letters_of(low.parser, t.args[0])
                if x not in low.scope.indices and x not in low.scope.sizes
            ],
        ),
        t.start,
        t.end,
    )
    return low.big(tree)


def _norm(low: Lowering, t: Tree, base: Any) -> Val:
    degree = ""
    if len(t.args) == 2:
        second = t.args[1]
        degree = low.source((second.start, second.end))
        if degree not in ("1", "2"):
            raise low.fail(f"the norm {degree[:20]} is not read", second, "1 or 2")
        v = low.value(t.args[0])
    else:
        v = _arity(low, t, "norm", 1)[0]
    if base is not None:
        degree = str(base[0][1])
        if degree not in ("1", "2", "F"):
            raise low.fail(f"the norm {degree[:20]} is not read", t, "1, 2 or F")
    return low.norm_of(v, degree, t)


def _outer(low: Lowering, t: Tree, base: Any) -> Val:
    a, b = _arity(low, t, "outer", 2)
    if len(a.sizes) != 1 or len(b.sizes) != 1:
        raise low.shape_fault("an outer product", [a, b], _span(t), "two vectors were expected")
    return low.made((a.sizes[0], b.sizes[0]), lambda i, j: mul(a.entry(i), b.entry(j)), a, b)


def _inner(low: Lowering, t: Tree, base: Any) -> Val:
    a, b = _arity(low, t, "dot", 2)
    return low.inner(a, b, _span(t), "a dot product")


def _matmul(low: Lowering, t: Tree, base: Any) -> Val:
    """matmul(a, b) by NumPy's rules: a vector on the left is a row, two vectors have an inner product, a number
    multiplies."""
    a, b = _arity(low, t, "matmul", 2)
    if not a.sizes or not b.sizes:
        return low.times(a, b, "*", _span(t))
    if len(a.sizes) == 1:
        return low.row_product(a, b, _span(t), "a matrix product")
    return low.times(a, b, "@", _span(t))


def _transpose(low: Lowering, t: Tree, base: Any) -> Val:
    v = _arity(low, t, "transpose", 1)[0]
    return low.transposed(v, _span(t)) if v.sizes else v


def _hadamard(low: Lowering, t: Tree, base: Any) -> Val:
    a, b = _arity(low, t, "hadamard", 2)
    return low.times(a, b, "odot", _span(t))


def _power(low: Lowering, t: Tree, base: Any) -> Val:
    if len(t.args) != 2:
        raise low.fail(f"power takes 2 arguments, not {len(t.args)}", t, "power(x, k)")
    return low.pow(t)


SPECIAL: dict[str, Callable[[Lowering, Tree, Any], Val]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "mean": _mean,
    "norm": _norm,
    "trace": lambda low, t, base: low.trace(_arity(low, t, "trace", 1)[0], _span(t)),
    "det": lambda low, t, base: low.determinant(_arity(low, t, "det", 1)[0], _span(t)),
    "logdet": lambda low, t, base: low.determinant(_arity(low, t, "logdet", 1)[0], _span(t), "logdet"),
    "inv": lambda low, t, base: low.inverse(_arity(low, t, "inv", 1)[0], _span(t)),
    "diag": lambda low, t, base: low.diagonal(_arity(low, t, "diag", 1)[0], _span(t)),
    "transpose": _transpose,
    "inner": _inner,
    "matmul": _matmul,
    "outer": _outer,
    "hadamard": _hadamard,
    "power": _power,
}
