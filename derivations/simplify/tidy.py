"""Collect like terms and powers, sift δ (Σ_i δ_ij a_i = a_j), pull constants out of Σ, Σ_i 1 = n; from the leaves up.

Every rule holds wherever both sides are defined.
"""

from __future__ import annotations

from collections.abc import Sequence

from derivations.atoms.of_matrices import OF_MATRICES
from derivations.calculus import delta, is_zero
from derivations.domains import Kept, Names
from derivations.formula import (
    ONE,
    TURNED,
    ZERO,
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
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
    Tensor,
    add,
    bound,
    call,
    children,
    factors_of,
    free_indices,
    indicator,
    key,
    mul,
    over,
    power,
    reindex,
    split_coefficient,
)
from derivations.signs import defined, nonnegative, positive
from derivations.simplify.deltas import components, delta_on, distributed, hides_delta, reaches, solved
from derivations.simplify.monomials import (
    absorbed,
    exact_root,
    from_monomial,
    guard,
    is_indicator,
    like_terms,
    met,
    monomial,
    negated,
    signs_met,
)
from derivations.simplify.positions import decided, index_in_front, only_place, size_of, without_decided
from derivations.stacks import matrix_of
from derivations.work import spend

_TIDIED: Kept[Node, Node] = Kept()


def tidy(node: Node, names: Names | None = None) -> Node:
    """Like terms and powers collected, δ sifted, constants out of sums; from the leaves up.

    What has been tidied under the same names is kept with them: folding tidies the same parts over and over.
    """
    if names is None:
        return _tidied(node, None)
    known = _TIDIED.under(names)
    found = known.get(node)
    if found is None:
        found = _tidied(node, names)
        known[node] = found
        known[found] = found
    return found


def _tidied(node: Node, names: Names | None) -> Node:
    spend(1 + len(children(node)))
    node = over(node, lambda child: tidy(child, names))
    match node:
        case Add(args):
            return like_terms(args)
        case Mul(args):
            return tidy_mul(args, names)
        case Pow(base, exponent):
            return _tidy_pow(base, exponent, names)
        case Bound("sum", indices, body):
            return _tidy_sum(indices, body, names)
        case Bound("prod", indices, body):
            return _tidy_prod(indices, body, names)
        case Call(fn, args):
            return _tidy_call(fn, args, node, names)
        case Delta(a, b):
            return ZERO if decided(Rel("==", IndexVal(a), IndexVal(b))) is False else delta(a, b)
        case Elem(name, at) if (start := _at_start(name, at, names)) is not None:
            return Elem(start[0], start[1], node.span)
        case Elem(name, (*stack, a, b)) if _symmetric(name, names):
            return node if _before(a, b) else Elem(name, (*stack, b, a), node.span)
        case Apply(fn, (Tensor((row, col), Elem(name, (*stack, a, b))),), by, at) if (
            fn in OF_MATRICES and (a, b) == (col, row) and _symmetric(name, names)
        ):
            return _tidy_symmetric(Apply(fn, (Tensor((row, col), Elem(name, (*stack, row, col))),), by, at, node.span))
        case Apply("@eigproj"):
            return _tidy_symmetric(node)
        case MatrixAtom(op, row, col, Elem(name, (*stack, _, _)) as of, at) if (  # S⁻¹ is symmetric too
            names is not None
            and (found := matrix_of(of, row, col, names)) is not None
            and found.domain.has("symmetric")
        ):
            turned = at if not at or _before(*at) else (at[1], at[0])
            return MatrixAtom(op, row, col, Elem(name, (*stack, row, col)), turned, node.span)
        case Cases(branches, otherwise):
            return _tidy_cases(branches, otherwise, node)
        case Rel(op, left, right):
            return _tidy_rel(op, left, right) or index_in_front(op, left, right) or node
        case _:
            return node


def _tidy_rel(op: str, left: Node, right: Node) -> Node | None:
    """-a > 0 as a < 0, and 1 - a > 0 as a < 1."""
    if op not in TURNED or not is_zero(right):
        return None
    terms = left.args if isinstance(left, Add) else (left,)
    bounds = [t for t in terms if isinstance(t, Num)]
    rest = [t for t in terms if not isinstance(t, Num)]
    if not rest or len(bounds) > 1 or any(split_coefficient(t)[0] >= 0 for t in rest):
        return None
    return Rel(TURNED[op], add(*(negated(t) for t in rest)), bounds[0] if bounds else ZERO)


def _symmetric(name: str, names: Names | None) -> bool:
    row = names.get(name) if names is not None else None
    return row is not None and row.domain.has("symmetric")


def _at_start(name: str, at: tuple[IndexExpr, ...], names: Names | None) -> tuple[str, tuple[IndexExpr, ...]] | None:
    """The start of a recursion, and the rest of the indices, for an entry before its first place."""
    row = names.get(name) if names is not None else None
    r = row.recursion if row is not None else None
    if r is None or not r.start or r.place(at[r.over]) != 0:
        return None
    return r.start, r.rest(at)


def _before(a: IndexExpr, b: IndexExpr) -> bool:
    """The order in which the indices of a symmetric matrix are written: by their letters."""
    return repr(a) <= repr(b)


def tidy_mul(args: Sequence[Node], names: Names | None) -> Node:
    if any(is_zero(a) for a in args):
        return ZERO
    coefficient, powers = signs_met(absorbed(met(monomial(_without_gates(_unguarded(mul(*args), names))))))
    if coefficient < 0:  # -(-a - b) is a + b
        for k, (base, exponent) in powers.items():
            if exponent == ONE and isinstance(base, Add) and all(split_coefficient(t)[0] < 0 for t in base.args):
                powers[k] = (add(*(negated(t) for t in base.args)), ONE)
                coefficient = -coefficient
                break
    return from_monomial(coefficient, powers.values())


def guarded(condition: Node, value: Node, names: Names | None) -> Node:
    """1[c] a where a has a value everywhere, else {a if c, 0 otherwise}: 1[i ≥ 2] x_{i-1} has none at i = 1."""
    if value == ONE or defined(value, names):
        return mul(indicator(condition), value)
    return Cases(((condition, value),), ZERO)


def _unguarded(product: Node, names: Names | None) -> Node:
    """1[c] {a if c, 0 otherwise} with one of its two guards: 1[c] a where a has a value everywhere."""
    factors = product.args if isinstance(product, Mul) else ()
    for factor in factors:
        inside = guard(factor)
        if inside is None or inside[1] == ONE:
            continue
        for other in factors:
            if other is not factor and _needs(other, inside[0]):
                rest = [f for f in factors if f is not factor]
                if defined(inside[1], names):
                    return _unguarded(mul(*rest, inside[1]), names)
                if key(other) == key(indicator(inside[0])):
                    return _unguarded(mul(*(f for f in rest if f is not other), factor), names)
    return product


def _without_gates(product: Node) -> Node:
    """relu(a) of 1[a > 0] relu(a), which is 0 wherever a is not positive."""
    factors = product.args if isinstance(product, Mul) else ()
    gated = {
        key(tidy(Rel(">", f.args[0], ZERO))) for f in map(_base, factors) if isinstance(f, Call) and f.fn == "relu"
    }
    if not gated:
        return product
    return mul(*(f for f in factors if not ((held := guard(f)) and held[1] == ONE and key(held[0]) in gated)))


def _base(factor: Node) -> Node:
    """a of a to a positive power."""
    match factor:
        case Pow(base, Num(value)) if value > 0:
            return base
        case _:
            return factor


def _needs(factor: Node, condition: Node) -> bool:
    """Whether a factor is 0 wherever a condition does not hold: 1[a > b] + ½ 1[a = b] without a ≥ b."""
    match factor:
        case Add(args):
            return all(_needs(a, condition) for a in args)
        case Mul(args):
            return any(_needs(a, condition) for a in args)
        case Delta():
            return key(factor) == key(indicator(condition))
        case Cases():
            inside = guard(factor)
            if inside is None:
                return False
            if key(inside[0]) == key(condition):
                return True
            match inside[0], condition:
                case Rel(one, a, b), Rel(other, c, d):
                    return other in (">=", "<=") and one in (other[0], "==") and key(a) == key(c) and key(b) == key(d)
    return False


def _tidy_pow(base: Node, exponent: Node, names: Names | None) -> Node:
    if is_zero(exponent):
        return ONE
    if exponent == ONE or base == ONE:
        return base
    if not isinstance(exponent, Num):
        if isinstance(base, Pow) and positive(base.base, names):
            return _tidy_pow(base.base, tidy_mul((base.exponent, exponent), names), names)
        return Pow(base, exponent)
    e = exponent.value
    whole = e.denominator == 1
    match base:
        case Num(value) if whole and abs(e) <= 8 and value != 0:
            return Num(value ** int(e))
        case Num(value) if value == 0 and e > 0:
            return ZERO
        case Num(value) if e.denominator == 2 and abs(e) <= 8 and (root := exact_root(value)) is not None:
            return Num(root**e.numerator)
        case Delta() | Cases() if e > 0 and is_indicator(base):
            return base
        case Pow(inner, Num(f)) if whole or positive(inner, names):
            return _tidy_pow(inner, Num(e * f), names)
        case Pow(inner, Num(f)) if f.numerator % 2 == 0 and f.denominator == 1:
            return _tidy_pow(_tidy_call("abs", (inner,), None, names), Num(e * f), names)
        case Mul(factors) if whole:
            return tidy_mul(tuple(_tidy_pow(f, exponent, names) for f in factors), names)
        case Mul(factors) if all(isinstance(f, Num | Const) for f in factors):
            return tidy_mul((power(base, exponent),), names)
        case Mul(factors):
            left = [f for f in factors if not nonnegative(f, names)]
            out = [
                f for f in factors if f not in left and not (left and isinstance(f, Add))
            ]  # √((a + b) c) stays together where c may be negative
            left = [f for f in factors if f not in out]
            if out:
                rest = (_tidy_pow(mul(*left), exponent, names),) if left else ()
                return tidy_mul((*(_tidy_pow(f, exponent, names) for f in out), *rest), names)
        case Call("abs", (inner,)) if whole and e.numerator % 2 == 0:
            return _tidy_pow(inner, exponent, names)
        case Call("exp", (inner,)) if not whole or abs(e) > 1:
            return call("exp", tidy_mul((exponent, inner), names))
    return power(base, exponent)


def _sift(indices: list[Index], factors: list[Node], names: Names | None) -> bool:
    """One Σ_i δ_ij a_i = a_j, in place; whether there was one."""
    for position, factor in enumerate(factors):
        if not isinstance(factor, Delta):
            continue
        for mine, other in ((factor.left, factor.right), (factor.right, factor.left)):
            if isinstance(mine, Index) and mine in indices and reaches(mine, other):
                rest = factors[:position] + factors[position + 1 :]
                factors[:] = [reindex(f, {mine: other}) for f in rest]
                indices.remove(mine)
                return True
        for mine in indices:
            found = solved(factor, mine)
            if found is not None:
                rest = [reindex(f, {mine: found}) for f in factors[:position] + factors[position + 1 :]]
                ends = (Rel(">=", IndexVal(found), ONE), Rel("<=", IndexVal(found), size_of(mine)))
                limits = [tidy(end) for end in ends if decided(end) is not True]
                inside = tidy(mul(*rest), names)
                factors[:] = [
                    guarded(limits[0] if len(limits) == 1 else And(tuple(limits)), inside, names) if limits else inside
                ]
                indices.remove(mine)
                return True
    return False


def _number_out(node: Node) -> tuple[Node, ...]:
    """2 and {a if c, 0 otherwise} of {2 a if c, 0 otherwise}."""
    held = guard(node)
    if held is None:
        return (node,)
    number, rest = split_coefficient(held[1])
    return (node,) if number == 1 or rest == ONE else (Num(number), Cases(((held[0], rest),), ZERO))


def _tidy_sum(given: Sequence[Index], body: Node, names: Names | None) -> Node:
    indices, factors = list(given), list(body.args if isinstance(body, Mul) else (body,))
    if any(is_zero(f) for f in factors):
        return ZERO
    for position, factor in enumerate(factors):
        if hides_delta(factor, indices):
            rest = factors[:position] + factors[position + 1 :]
            terms = [
                reindex(bound("sum", indices, tidy(mul(*rest, term), names)), {})
                for term in distributed(factor, indices)
            ]
            return like_terms([tidy(t, names) for t in terms])
        if isinstance(factor, Bound) and factor.op == "sum":
            inner = factor.body.args if isinstance(factor.body, Mul) else (factor.body,)
            if any(delta_on(f, indices) for f in inner):  # Σ_i a_i Σ_k δ_ij b_ik: one sum over both, so that δ sifts
                rest = factors[:position] + factors[position + 1 :]
                merged = bound("sum", (*indices, *factor.indices), mul(*rest, factor.body))
                return tidy(reindex(merged, {}), names)
    sifted = False
    while _sift(indices, factors, names):
        sifted = True
    if sifted:
        return _tidy_sum(indices, tidy(mul(*factors), names), names) if indices else tidy(mul(*factors), names)
    if not indices:
        return mul(*factors)
    if len(factors) == 1 and (held := guard(factors[0])) and not free_indices(held[0]) & set(indices):
        return guarded(held[0], _tidy_sum(indices, held[1], names), names)
    factors = [part for f in factors for part in _number_out(f)]
    outside = [f for f in factors if not free_indices(f) & set(indices)]
    inside = [f for f in factors if free_indices(f) & set(indices)]
    for group in components(indices, inside):
        mine = [i for i in indices if i in group]
        own = [f for f in inside if free_indices(f) & set(mine)]
        if own:
            outside.append(bound("sum", mine, mul(*own)))
        else:
            outside.extend(size_of(i) for i in mine)
    return tidy_mul(outside, names)


def _tidy_symmetric(node: Apply) -> Node:
    """u uᵀ has its indices in order."""
    if node.fn != "@eigproj" or _before(*node.at[1:]):
        return node
    k, a, b = node.at
    return Apply(node.fn, node.args, node.by, (k, b, a), node.span)


def _tidy_prod(indices: Sequence[Index], body: Node, names: Names | None) -> Node:
    """Π_i c = c^n"""
    if not free_indices(body) & set(indices):
        return _tidy_pow(body, mul(*(size_of(i) for i in indices)), names)
    return Bound("prod", tuple(indices), body)


def _tidy_call(fn: str, args: tuple[Node, ...], node: Node | None, names: Names | None) -> Node:
    made = node if isinstance(node, Call) and node.args == args else Call(fn, args)
    a = args[0] if args else ONE
    match fn:
        case "exp":
            if is_zero(a):
                return ONE
            if isinstance(a, Call) and a.fn == "log":
                return a.args[0]
        case "log":
            if a == ONE:
                return ZERO
            if isinstance(a, Call) and a.fn == "exp":
                return a.args[0]
            if isinstance(a, Const) and a.name == "e":
                return ONE
        case "abs":
            if nonnegative(a, names):
                return a
            if isinstance(a, Num):
                return Num(abs(a.value))
            if isinstance(a, Mul):
                return tidy_mul([_tidy_call("abs", (f,), None, names) for f in a.args], names)
            if isinstance(a, Pow) and isinstance(a.exponent, Num) and a.exponent.value.denominator == 1:
                return _tidy_pow(_tidy_call("abs", (a.base,), None, names), a.exponent, names)
        case "max" | "min":
            if len(args) == 1:
                return a
        case "sign":
            if positive(a, names):
                return ONE
    return made


def _tidy_cases(branches: tuple[tuple[Node, Node], ...], otherwise: Node | None, node: Cases) -> Node:
    """All branches alike are one value; a decided condition decides."""
    kept: list[tuple[Node, Node]] = []
    for condition, value in branches:
        condition = without_decided(condition)
        truth = decided(condition)
        if truth is False:
            continue
        if truth is True:
            otherwise = value
            break
        kept.append((condition, value))
    if otherwise is not None:
        while kept and key(kept[-1][1]) == key(otherwise):
            kept.pop()
        if not kept:
            return otherwise
        if len(kept) == 1 and is_zero(kept[0][1]) and (at := only_place(kept[0][0])) is not None:
            return mul(Delta(*at), reindex(otherwise, dict((at,))))
        if (
            len(kept) == 1 and is_zero(otherwise) and (inside := guard(kept[0][1])) is not None
        ):  # a guard within a guard
            both = tuple(p for c in (kept[0][0], inside[0]) for p in (c.args if isinstance(c, And) else (c,)))
            return Cases(((without_decided(And(both)), inside[1]),), ZERO)
        values = [v for _, v in kept] + [otherwise]
        equal = next((d for v in values for d in factors_of(v) if isinstance(d, Delta)), None)
        if equal is not None and all(is_zero(v) or equal in factors_of(v) for v in values):  # δ_ij of every branch
            left = [v if is_zero(v) else mul(*(f for f in factors_of(v) if f != equal)) for v in values]
            return mul(equal, Cases(tuple((c, v) for (c, _), v in zip(kept, left, strict=False)), left[-1]))
    return node if tuple(kept) == node.branches and otherwise is node.otherwise else Cases(tuple(kept), otherwise)
