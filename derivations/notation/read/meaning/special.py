"""Functions that are more than entry by entry: softmax, norms, traces, means, roots; one row each."""

from __future__ import annotations

from collections.abc import Callable

from derivations.formula import Bound, IndexExpr, Node, Span, call, mul, sub
from derivations.notation.read.meaning.algebra import row_product, times
from derivations.notation.read.meaning.binding import big_operator
from derivations.notation.read.meaning.context import Meaning, letters_of
from derivations.notation.read.meaning.entries import entry_of, index_expressions
from derivations.notation.read.meaning.joint import call_of_kron, columns_stacked
from derivations.notation.read.meaning.matrices import (
    determinant_of,
    diagonal_of,
    inverse_of,
    norm_of,
    trace_of,
    transposed,
    with_entries,
)
from derivations.notation.read.meaning.of_matrices import SPECIAL as OF_MATRICES
from derivations.notation.read.meaning.pairs import inner_product
from derivations.notation.read.meaning.powers import power_of
from derivations.notation.read.meaning.values import Sizes, Val, find, indices_of
from derivations.notation.read.surface import Applied, Big, Subscript

Base = tuple[Subscript, ...] | None
"""What stands below a function: log_2, softmax_i."""


def _span(t: Applied) -> Span:
    return (t.start, t.end)


def _arity(meaning: Meaning, t: Applied, name: str, *allowed: int) -> list[Val]:
    if len(t.args) not in allowed:
        raise meaning.fail(
            (
                f"{name} takes {' or '.join(map(str, allowed))} argument{'s' if allowed != (1,) else ''}, not "
                f"{len(t.args)}"
            ),
            t,
            f"{name}({', '.join('xyz'[: allowed[0]])})",
        )
    return [meaning.value(a) for a in t.args]


def _along_last(
    meaning: Meaning, t: Applied, name: str, base: Base
) -> tuple[Val, Sizes, Callable[[tuple[IndexExpr, ...]], Node]]:
    """The argument of softmax and its kin, and the logsumexp over its last axis."""
    v = _arity(meaning, t, name, 1)[0]
    if not v.sizes:
        inner = meaning.source((t.args[0].start, t.args[0].end))
        raise meaning.fail(
            f"{name} needs a vector; {inner} is a scalar", t, f"{name}(z)_i, with the index outside", "operation"
        )
    if len(v.sizes) == 2 and find(v.sizes[0]) != 1:
        meaning.note("last-axis", f"{name} was read along the rows", t)

    def lse(at: tuple[IndexExpr, ...]) -> Node:
        k = meaning.index("k", v.sizes[-1])
        return Bound("logsumexp", indices_of(k), v.entry(*at[:-1], k))

    return v, v.sizes, lse


def _softmax(meaning: Meaning, t: Applied, base: Base) -> Val:
    v, sizes, lse = _along_last(meaning, t, "softmax", base)
    out = meaning.made(sizes, lambda *at: call("exp", sub(v.entry(*at), lse(at))), v, v)
    return _indexed(meaning, out, base, t)


def _log_softmax(meaning: Meaning, t: Applied, base: Base) -> Val:
    v, sizes, lse = _along_last(meaning, t, "log_softmax", base)
    out = meaning.made(sizes, lambda *at: sub(v.entry(*at), lse(at)), v, v)
    return _indexed(meaning, out, base, t)


def _indexed(meaning: Meaning, v: Val, base: Base, t: Applied) -> Val:
    """softmax_i(z) is softmax(z)_i."""
    if base is None:
        return v
    where = index_expressions(meaning, base, len(v.sizes), t, meaning.source((t.start, t.end)))
    return entry_of(meaning, where, v.sizes, v.entry, t, meaning.source((t.start, t.end)), v)


def _logsumexp(meaning: Meaning, t: Applied, base: Base) -> Val:
    v, sizes, lse = _along_last(meaning, t, "logsumexp", base)
    if len(sizes) == 1 or find(sizes[0]) == 1:
        return Val(lse(tuple(1 for _ in sizes)))
    return meaning.made(sizes[:-1], lambda *at: lse((*at, 1)), v)


def _mean(meaning: Meaning, t: Applied, base: Base) -> Val:
    if len(t.args) != 1:
        raise meaning.fail(f"mean takes 1 argument, not {len(t.args)}", t, "mean_i x_i or mean(x)")
    letters = [x for x in letters_of(meaning, t.args[0]) if x not in (meaning.scope.indices | meaning.scope.sizes)]
    tree = Big(t.start, t.end, t.args[0], "mean", (), tuple((x, 0) for x in letters))
    return big_operator(meaning, tree)


def _norm(meaning: Meaning, t: Applied, base: Base) -> Val:
    degree = ""
    if len(t.args) == 2:
        second = t.args[1]
        degree = meaning.source((second.start, second.end))
        if degree not in ("1", "2"):
            raise meaning.fail(f"the norm {degree[:20]} is not read", second, "1 or 2")
        v = meaning.value(t.args[0])
    else:
        v = _arity(meaning, t, "norm", 1)[0]
    if base is not None:
        degree = base[0].text
        if degree not in ("1", "2", "F"):
            raise meaning.fail(f"the norm {degree[:20]} is not read", t, "1, 2 or F")
    return norm_of(meaning, v, degree, t)


def _outer(meaning: Meaning, t: Applied, base: Base) -> Val:
    a, b = _arity(meaning, t, "outer", 2)
    if len(a.sizes) != 1 or len(b.sizes) != 1:
        raise meaning.shape_fault("an outer product", [a, b], _span(t), "two vectors were expected")
    return meaning.made((a.sizes[0], b.sizes[0]), lambda i, j: mul(a.entry(i), b.entry(j)), a, b)


def _kron(meaning: Meaning, t: Applied, base: Base) -> Val:
    a, b = _arity(meaning, t, "kron", 2)
    return call_of_kron(meaning, a, b, _span(t))


def _inner(meaning: Meaning, t: Applied, base: Base) -> Val:
    a, b = _arity(meaning, t, "dot", 2)
    return inner_product(meaning, a, b, _span(t), "a dot product")


def _diag(meaning: Meaning, t: Applied, base: Base) -> Val:
    """diag(v), and diag(v_i) of all i: of one entry there is no diagonal."""
    outside = frozenset(meaning.free)
    v = with_entries(meaning, _arity(meaning, t, "diag", 1)[0], outside, _span(t))
    return diagonal_of(meaning, v, _span(t))


def _matmul(meaning: Meaning, t: Applied, base: Base) -> Val:
    """matmul(a, b) by NumPy's rules: a vector on the left is a row, two vectors have an inner product, a number
    multiplies."""
    a, b = _arity(meaning, t, "matmul", 2)
    if not a.sizes or not b.sizes:
        return times(meaning, a, b, "*", _span(t))
    if len(a.sizes) == 1:
        return row_product(meaning, a, b, _span(t), "a matrix product")
    return times(meaning, a, b, "@", _span(t))


def _transpose(meaning: Meaning, t: Applied, base: Base) -> Val:
    v = _arity(meaning, t, "transpose", 1)[0]
    return transposed(meaning, v, _span(t)) if v.sizes else v


def _hadamard(meaning: Meaning, t: Applied, base: Base) -> Val:
    a, b = _arity(meaning, t, "hadamard", 2)
    return times(meaning, a, b, "odot", _span(t))


def _power(meaning: Meaning, t: Applied, base: Base) -> Val:
    if len(t.args) != 2:
        raise meaning.fail(f"power takes 2 arguments, not {len(t.args)}", t, "power(x, k)")
    return power_of(meaning, t, *t.args, code=True)


SPECIAL: dict[str, Callable[[Meaning, Applied, Base], Val]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "mean": _mean,
    "norm": _norm,
    "trace": lambda meaning, t, base: trace_of(meaning, _arity(meaning, t, "trace", 1)[0], _span(t)),
    "det": lambda meaning, t, base: determinant_of(meaning, _arity(meaning, t, "det", 1)[0], _span(t)),
    "logdet": lambda meaning, t, base: determinant_of(meaning, _arity(meaning, t, "logdet", 1)[0], _span(t), "logdet"),
    "inv": lambda meaning, t, base: inverse_of(meaning, _arity(meaning, t, "inv", 1)[0], _span(t)),
    "diag": _diag,
    "transpose": _transpose,
    "inner": _inner,
    "matmul": _matmul,
    "outer": _outer,
    "hadamard": _hadamard,
    "vec": lambda meaning, t, base: columns_stacked(meaning, _arity(meaning, t, "vec", 1)[0], _span(t)),
    "kron": _kron,
    "power": _power,
    **OF_MATRICES,
}
