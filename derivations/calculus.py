"""Differentiation in index form: one row a node type.

`partial(node, wrt)` is ∂node/∂wrt for an element `wrt` with indices of its own; other names, nodes of the model
included, are
held fixed (the sweep in `adjoint` sums over the paths). The derivative of an element is a product of Kronecker δ.
Nothing is simplified here beyond dropping zeros: `simplify` does that, as steps of its own.

    (a + b)' = a' + b'                     (Σ_i a_i)' = Σ_i a_i'
    (a b)' = a' b + a b'                   (Π_i a_i)' = Σ_i a_i' Π_{k≠i} a_k
    (a^c)' = c a^(c-1) a'                  (max_i a_i)' = Σ_i 1[a_i = max] a_i' / Σ_i 1[a_i = max]
    (c^a)' = c^a log(c) a'                 (logsumexp_i a_i)' = Σ_i exp(a_i - logsumexp_k a_k) a_i'
    f(A)' = Σ_rc ∂f/∂A_rc A_rc' for functions of matrices (`matrix_slopes`)
    (A⁻¹)' = -A⁻¹ A' A⁻¹                   det(A)' = det(A) tr(A⁻¹ A')      (log det A)' = tr(A⁻¹ A')
    cases: branch by branch, undefined on the boundary unless a convention says otherwise
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from derivations import matrix_slopes
from derivations.atoms import ATOMS, composed
from derivations.atoms.of_matrices import matrix_anew, of_matrix
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    add,
    bound,
    free_indices,
    indicator,
    label_alone,
    mul,
    names_in,
    neg,
    power,
    reindex,
    sub,
    total,
    walk,
)
from derivations.sendable import Sendable
from derivations.signs import total as total_function
from derivations.work import spend


class NoDerivative(Sendable, ValueError):
    """There is no rule for a node. `node` says where, in the definition of `binding`; the message says what to write
    instead."""

    def __init__(self, message: str, node: Node, binding: str = ""):
        super().__init__(message)
        self.node, self.binding = node, binding


INSTEAD: Mapping[str, str] = {
    "factorial": (
        ": it is defined at whole numbers only; leave it out where it is a constant, or write a smooth function "
        "in its place"
    ),
    "trigamma": ": the polygamma functions end here",
}


def partial(node: Node, wrt: Elem) -> Node:
    """∂node/∂wrt with every other name held fixed."""
    if wrt.name not in names_in(node):
        return ZERO
    rule = _RULES.get(type(node))
    if rule is None:
        raise NoDerivative(f"there is no derivative rule for {type(node).__name__}", node)
    return rule(node, wrt)


def is_zero(node: Node) -> bool:
    """Whether a tree is the numeral 0."""
    return isinstance(node, Num) and node.value == 0


def times(*factors: Node) -> Node:
    """A product in which a zero factor wins."""
    return ZERO if any(is_zero(f) for f in factors) else mul(*factors)


def delta(a: IndexExpr, b: IndexExpr) -> Node:
    """δ_ab, decided where both are literal or the same."""
    if a == b:
        return ONE
    if isinstance(a, int) and isinstance(b, int):
        return ZERO
    return Delta(a, b)


def _elem(node: Elem, wrt: Elem) -> Node:
    """∂x_ij/∂x_kl = δ_ik δ_jl; that a label chooses where x is looked at is nothing to differentiate."""
    if node.name != wrt.name:
        return ZERO
    return times(*(delta(a, b) for a, b in zip(node.at, wrt.at, strict=True)))


def _add(node: Add, wrt: Elem) -> Node:
    return add(*(partial(a, wrt) for a in node.args))


def _mul(node: Mul, wrt: Elem) -> Node:
    terms = []
    for k, factor in enumerate(node.args):
        spend(len(node.args) // 24)  # each term has all the factors
        inner = partial(factor, wrt)
        if not is_zero(inner):
            terms.append(times(*node.args[:k], inner, *node.args[k + 1 :]))
    return add(*terms)


def _pow(node: Pow, wrt: Elem) -> Node:
    base, exponent = node.base, node.exponent
    d_base, d_exponent = partial(base, wrt), partial(exponent, wrt)
    through_base = times(
        exponent, power(base, sub(exponent, ONE) if not isinstance(exponent, Num) else Num(exponent.value - 1)), d_base
    )
    if is_zero(d_exponent):
        return through_base
    return add(through_base, times(node, Call("log", (base,)), d_exponent))


def _call(node: Call, wrt: Elem) -> Node:
    if node.fn in _ABOVE:
        return _extreme(node, wrt)
    rules = ATOMS[node.fn].derivative
    if not rules:
        definition = composed(node)
        if definition is not None:
            return partial(definition, wrt)
        raise NoDerivative(f"{node.fn} has no derivative{INSTEAD.get(node.fn, '')}", node)
    return add(*(times(rule(*node.args), partial(arg, wrt)) for rule, arg in zip(rules, node.args, strict=True)))


Leaf = tuple[tuple[Index, ...], Node]
"""One argument of a maximum, or one for every value of some indices."""


def _extreme(node: Call | Bound, wrt: Elem) -> Node:
    """∂max/∂a_k = 1[a_k = max] / #{l: a_l = max}: tied arguments have equal shares, which sum to 1; maxima within a
    maximum are one."""
    fn = node.fn if isinstance(node, Call) else node.op
    leaves = tuple(dict.fromkeys(_leaves(node, fn)))
    spend(2 * len(leaves) ** 2)  # each share compares an argument with all others
    if len(leaves) == 1 and not leaves[0][0]:
        return partial(leaves[0][1], wrt)
    inner = [partial(value, wrt) for _, value in leaves]
    if len(leaves) == 2 and not any(indices for indices, _ in leaves) and not any(map(is_zero, inner)):
        (_, a), (_, b) = leaves
        return Cases(((Rel(_ABOVE[fn], a, b), inner[0]), (Rel("==", a, b), mul(HALF, add(*inner)))), inner[1])
    terms = []
    for k, (slope, (indices, _)) in enumerate(zip(inner, leaves, strict=True)):
        if not is_zero(slope):
            share, among = _share(node, fn, leaves, k)
            terms.append(total(indices, times(share, slope if _regular(slope) else Cases(((among, slope),), ZERO))))
    return add(*terms)


_ABOVE: Mapping[str, str] = {"max": ">", "min": "<"}


def _leaves(node: Node, fn: str) -> Iterator[Leaf]:
    match node:
        case Call(name, args) if name == fn:
            for arg in args:
                yield from _leaves(arg, fn)
        case Bound(op) if op == fn:
            fresh = reindex(node, {})
            assert isinstance(fresh, Bound)
            for indices, value in _leaves(fresh.body, fn):
                yield (
                    tuple(i for i in fresh.indices + indices if i in free_indices(value)),
                    value,
                )  # a of max_i max(x_i, a) is one argument
        case _:
            yield (), node


def _share(node: Node, fn: str, leaves: tuple[Leaf, ...], k: int) -> tuple[Node, Node]:
    """The share of one argument, and the condition without which it is 0.

    1[a > b] + ½ 1[a = b]          1[a ≥ max(b, c)]/(1 + 1[a = b] + 1[a = c])          1[x_i = max]/Σ_k 1[x_k = max]
    """
    value, others = leaves[k][1], [v for _, v in leaves[:k] + leaves[k + 1 :]]
    if any(indices for indices, _ in leaves):
        best = Rel("==", value, node)
        each = (reindex(total(indices, indicator(Rel("==", v, node))), {}) for indices, v in leaves)
        return times(indicator(best), power(add(*each), MINUS_ONE)), best
    if len(others) == 1:
        tied = mul(HALF, indicator(Rel("==", value, others[0])))
        return add(indicator(Rel(_ABOVE[fn], value, others[0])), tied), Rel(_ABOVE[fn] + "=", value, others[0])
    best = Rel(_ABOVE[fn] + "=", value, Call(fn, tuple(others)))
    return times(indicator(best), power(add(ONE, *(indicator(Rel("==", value, v)) for v in others)), MINUS_ONE)), best


def _regular(slope: Node) -> bool:
    """Whether a derivative has a value wherever what was differentiated has one: not 1/(2√a) of √a."""
    for part in walk(slope):
        match part:
            case Pow(_, Num(e)) if e.denominator == 1 and e >= 0:
                continue
            case Elem(_, at) if all(isinstance(i, Index) or label_alone(i) is not None for i in at):
                continue
            case Call(fn) if total_function(fn):
                continue
            case Pow() | Elem() | Call() | MatrixAtom():
                return False
    return True


def _apply(node: Apply, wrt: Elem) -> Node:
    """f(a, b)' = Σ_k ∂_k f(a, b) a_k', an argument that is an array entry by entry."""
    if of_matrix(node) is not None:
        return _of_matrix(node, wrt)
    terms = []
    for k, arg in enumerate(node.args):
        whole = reindex(arg, {})
        places = whole.indices if isinstance(whole, Tensor) else ()
        inner = partial(whole.body if isinstance(whole, Tensor) else whole, wrt)
        if not is_zero(inner):
            slope = Apply(node.fn, node.args, (*node.by, (k, places)), node.at)
            terms.append(total(places, times(slope, inner)))
    return add(*terms)


def _of_matrix(node: Apply, wrt: Elem) -> Node:
    """f(A)' = Σ_rc ∂f/∂A_rc A_rc'"""
    matrix = matrix_anew(node)
    inner = partial(matrix.body, wrt)
    if is_zero(inner):
        return ZERO
    outer = matrix_slopes.slope(node, *matrix.indices)
    if outer is None:
        raise NoDerivative(matrix_slopes.why_not(node), node)
    return total(matrix.indices, times(outer, inner))


def _cases(node: Cases, wrt: Elem) -> Node:
    branches = tuple((condition, partial(value, wrt)) for condition, value in node.branches)
    otherwise = None if node.otherwise is None else partial(node.otherwise, wrt)
    if all(is_zero(v) for _, v in branches) and (otherwise is None or is_zero(otherwise)):
        return ZERO
    if len(branches) == 1 and otherwise is not None and is_zero(otherwise):
        # Guarded and marked: `tidy` keeps 1[c] a' where a' has a value everywhere, {a' if c, 0 otherwise} where it may
        # have none.
        return (
            times(indicator(branches[0][0]), Cases(branches, otherwise))
            if node.otherwise == ZERO
            else Cases(branches, otherwise)
        )
    return Cases(branches, otherwise)


def _bound(node: Bound, wrt: Elem) -> Node:
    return _BINDERS[node.op](node, wrt)


def _sum(node: Bound, wrt: Elem) -> Node:
    """(Σ_i a_i)' = Σ_i a_i', and tr(exp(X))' = Σ_rc exp(X)_cr X_rc'"""
    found = matrix_slopes.traced(node)
    if found is not None:
        return _of_trace(node, found, wrt)
    inner = partial(node.body, wrt)
    return ZERO if is_zero(inner) else total(node.indices, inner)


def _of_trace(node: Bound, found: tuple[Index, Apply, Node], wrt: Elem) -> Node:
    """(c tr exp(X))' = c' tr exp(X) + c Σ_rc exp(X)_cr X_rc', under the other indices of the sum."""
    index, exponential, factor = found
    matrix = matrix_anew(exponential)
    others = tuple(i for i in node.indices if i is not index)
    outer, inner = partial(factor, wrt), partial(matrix.body, wrt)
    moved = matrix_slopes.of_trace(exponential, *matrix.indices)
    through = ZERO if is_zero(inner) else times(factor, total(matrix.indices, mul(moved, inner)))
    made = add(times(outer, total((index,), exponential)), through)
    return ZERO if is_zero(made) else total(others, made)


def _prod(node: Bound, wrt: Elem) -> Node:
    """(Π_i a_i)' = Σ_i a_i' Π_{k≠i} a_k"""
    inner = partial(node.body, wrt)
    if is_zero(inner):
        return ZERO
    others = tuple(i.fresh() for i in node.indices)
    body = reindex(node.body, dict(zip(node.indices, others, strict=True)))
    here: list[Node] = [Rel("==", IndexVal(a), IndexVal(b)) for a, b in zip(others, node.indices, strict=True)]
    if len(here) > 1:
        raise NoDerivative("a product over several indices at once; write it as nested products", node)
    rest = bound("prod", others, Cases(((here[0], ONE),), body))
    return total(node.indices, times(inner, rest))


def _logsumexp(node: Bound, wrt: Elem) -> Node:
    inner = partial(node.body, wrt)
    if is_zero(inner):
        return ZERO
    return total(node.indices, times(Call("exp", (sub(node.body, reindex(node, {})),)), inner))


_BINDERS: Mapping[str, Callable[[Bound, Elem], Node]] = {
    "sum": _sum,
    "prod": _prod,
    "max": _extreme,
    "min": _extreme,
    "logsumexp": _logsumexp,
}


def _matrix(node: MatrixAtom, wrt: Elem) -> Node:
    inner = partial(node.body, wrt)
    if is_zero(inner):
        return ZERO
    row, col = node.row.fresh(), node.col.fresh()
    inner = reindex(inner, {node.row: row, node.col: col})

    def inverse(a: IndexExpr, b: IndexExpr) -> Node:
        return reindex(MatrixAtom("inv", node.row, node.col, node.body, (a, b)), {})

    if node.op == "inv":
        a, b = node.at
        return neg(total((row, col), mul(inverse(a, row), inner, inverse(col, b))))
    trace = total((row, col), mul(inverse(col, row), inner))
    return trace if node.op == "logdet" else mul(reindex(node, {}), trace)


def _deriv(node: Deriv, wrt: Elem) -> Node:
    raise NoDerivative(
        "a derivative that is not carried out cannot be differentiated again; ask for the second derivative instead",
        node,
    )


def _constant(node: Node, wrt: Elem) -> Node:
    return ZERO


_RULES: Mapping[type, Callable[..., Node]] = {
    Num: _constant,
    Const: _constant,
    SizeVal: _constant,
    IndexVal: _constant,
    Delta: _constant,
    Elem: _elem,
    Add: _add,
    Mul: _mul,
    Pow: _pow,
    Call: _call,
    Apply: _apply,
    Cases: _cases,
    Bound: _bound,
    MatrixAtom: _matrix,
    Deriv: _deriv,
}
