"""Rewriting in index form, one direction each; every rule holds wherever both sides are defined.

    tidy      collect like terms and powers, sift δ (Σ_i δ_ij a_i = a_j), pull constants out of Σ, Σ_i 1 = n
    expand    distribute products over sums and Σ over terms
    factor    the common monomial of all terms in front
    recognise the stable functions in what was typed: log(1 + e^a) is softplus(a), 1/(1 + e^-a) is σ(a)

`cost` counts what a reader must take in; of several forms the cheapest is the textbook's (`shortest`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import cast

from derivations.calculus import delta, is_zero
from derivations.domains import Names
from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    And,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    Key,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    SizeVal,
    add,
    affine,
    affine_terms,
    bound,
    call,
    children,
    count,
    free_indices,
    indicator,
    key,
    mul,
    neg,
    num,
    power,
    rebuild,
    reindex,
)
from derivations.signs import defined, nonnegative, positive
from derivations.work import spend

Monomial = tuple[Fraction, dict[Key, tuple[Node, Node]]]
"""coefficient · Π base**exponent, bases keyed up to the names of bound indices."""


# ---------------------------------------------------------------- monomials


def monomial(node: Node, names: Names | None = None) -> Monomial:
    """A tidied tree as coefficient · Π base**exponent."""
    coefficient, powers = Fraction(1), {}
    for factor in node.args if isinstance(node, Mul) else (node,):
        base, exponent = factor, ONE
        if isinstance(factor, Pow):
            base, exponent = factor.base, factor.exponent
        if (
            isinstance(base, Num)
            and isinstance(exponent, Num)
            and exponent.value.denominator == 1
            and abs(exponent.value) <= 8
            and base.value != 0
        ):
            coefficient *= base.value ** int(exponent.value)
            continue
        if isinstance(base, Call) and base.fn == "exp":
            scale, rest = _split_coefficient(base.args[0])
            if scale < 0:
                base, exponent = call("exp", _scaled(-scale, rest)), neg(exponent)
        k = key(base)
        if k in powers:
            exponent = _sum_exponents(powers[k][1], exponent)
        powers[k] = (base, exponent)
    return coefficient, {k: be for k, be in powers.items() if not is_zero(be[1])}


def _split_coefficient(node: Node) -> tuple[Fraction, Node]:
    if isinstance(node, Num):
        return node.value, ONE
    if isinstance(node, Mul) and isinstance(node.args[0], Num):
        return node.args[0].value, mul(*node.args[1:])
    return Fraction(1), node


def _scaled(coefficient: Fraction, node: Node) -> Node:
    return mul(Num(coefficient), node)


def _sum_exponents(a: Node, b: Node) -> Node:
    if isinstance(a, Num) and isinstance(b, Num):
        return Num(a.value + b.value)
    return _tidy_add([a, b], None)


def from_monomial(coefficient: Fraction, powers: Iterable[tuple[Node, Node]]) -> Node:
    """The product; e^a to the power -1 is e^-a again."""
    factors: list[Node] = [Num(coefficient)]
    for base, exponent in powers:
        if isinstance(base, Call) and base.fn == "exp" and exponent == MINUS_ONE:
            factors.append(call("exp", neg(base.args[0])))
        elif _zero_or_one(base) and isinstance(exponent, Num) and exponent.value > 0:
            factors.append(base)
        else:
            factors.append(power(base, exponent))
    return ZERO if coefficient == 0 else mul(*factors)


# ---------------------------------------------------------------- tidy


def tidy(node: Node, names: Names | None = None) -> Node:
    """Like terms and powers collected, δ sifted, constants out of sums; from the leaves up.

    What has been tidied under the same names is kept with them: folding tidies the same parts over and over.
    """
    if names is None:
        return _tidied(node, None)
    known = cast(dict[Node, Node], names.cache.setdefault("tidy", {}))
    found = known.get(node)
    if found is None:
        found = _tidied(node, names)
        known[node] = found
        known[found] = found
    return found


def _tidied(node: Node, names: Names | None) -> Node:
    below = children(node)
    spend(1 + len(below))
    if below:
        new = tuple(tidy(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    match node:
        case Add(args):
            return _tidy_add(args, names)
        case Mul(args):
            return _tidy_mul(args, names)
        case Pow(base, exponent):
            return _tidy_pow(base, exponent, names)
        case Bound("sum", indices, body):
            return _tidy_sum(indices, body, names)
        case Bound("prod", indices, body):
            return _tidy_prod(indices, body, names)
        case Call(fn, args):
            return _tidy_call(fn, args, node, names)
        case Delta(a, b):
            return delta(a, b)
        case Elem(name, (a, b)) if _symmetric(name, names):
            return node if _before(a, b) else Elem(name, (b, a), node.span)
        case MatrixAtom(op, row, col, Elem(name, (_, _)), at) if _symmetric(name, names):  # S⁻¹ is symmetric too
            return MatrixAtom(
                op, row, col, Elem(name, (row, col)), at if not at or _before(*at) else (at[1], at[0]), node.span
            )
        case Cases(branches, otherwise):
            return _tidy_cases(branches, otherwise, node)
        case Rel(op, left, right):
            return _tidy_rel(op, left, right) or _index_in_front(op, left, right) or node
        case _:
            return node


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _tidy_rel(op: str, left: Node, right: Node) -> Node | None:
    """-a > 0 as a < 0, and 1 - a > 0 as a < 1."""
    if op not in _TURNED or not is_zero(right):
        return None
    terms = left.args if isinstance(left, Add) else (left,)
    bounds = [t for t in terms if isinstance(t, Num)]
    rest = [t for t in terms if not isinstance(t, Num)]
    if not rest or len(bounds) > 1 or any(_split_coefficient(t)[0] >= 0 for t in rest):
        return None
    return Rel(_TURNED[op], add(*(_negated(t) for t in rest)), bounds[0] if bounds else ZERO)


def _symmetric(name: str, names: Names | None) -> bool:
    row = names.get(name) if names is not None else None
    return row is not None and row.domain.structure in ("symmetric", "posdef")


def _before(a: IndexExpr, b: IndexExpr) -> bool:
    """The order in which the indices of a symmetric matrix are written: by their letters."""
    return repr(a) <= repr(b)


def _tidy_add(args: Sequence[Node], names: Names | None) -> Node:
    terms: dict[Key, tuple[Fraction, Node]] = {}
    for arg in args:
        for term in arg.args if isinstance(arg, Add) else (arg,):
            coefficient, rest = _split_coefficient(term)
            k = key(rest)
            before = terms.get(k, (Fraction(0), rest))
            terms[k] = (before[0] + coefficient, before[1])
    for k, (
        c,
        rest,
    ) in terms.items():  # p - (1 - p) is 2p - 1: a bracket is opened where one of its terms meets another
        if c and isinstance(rest, Add) and any(key(_split_coefficient(t)[1]) in terms for t in rest.args):
            opened = [mul(Num(c), t) for t in rest.args]
            return _tidy_add([*(mul(Num(d), r) for j, (d, r) in terms.items() if j != k and d), *opened], names)
    return add(*(mul(Num(c), rest) for c, rest in terms.values() if c))


def _tidy_mul(args: Sequence[Node], names: Names | None) -> Node:
    if any(is_zero(a) for a in args):
        return ZERO
    coefficient, powers = _met(monomial(_unguarded(mul(*args), names), names), names)
    if coefficient < 0:  # -(-a - b) is a + b
        for k, (base, exponent) in powers.items():
            if exponent == ONE and isinstance(base, Add) and all(_split_coefficient(t)[0] < 0 for t in base.args):
                powers[k] = (add(*(_negated(t) for t in base.args)), ONE)
                coefficient = -coefficient
                break
    return from_monomial(coefficient, powers.values())


def guard(node: Node) -> tuple[Node, Node] | None:
    """(c, a) of {a if c, 0 otherwise}."""
    if isinstance(node, Cases) and len(node.branches) == 1 and node.otherwise is not None and is_zero(node.otherwise):
        return node.branches[0]
    return None


def _zero_or_one(node: Node) -> bool:
    """δ_ij and 1[c], which are their own powers."""
    return isinstance(node, Delta) or ((inside := guard(node)) is not None and inside[1] == ONE)


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


def _met(found: Monomial, names: Names | None) -> Monomial:
    """δ_ij a_i/a_j = δ_ij: beside a δ one index may stand for the other, where factors meet that way."""
    coefficient, powers = found
    deltas = [base for base, exponent in powers.values() if isinstance(base, Delta) and exponent == ONE]
    for d in deltas:
        if not (isinstance(d.left, Index) and isinstance(d.right, Index)):
            continue
        others = [power(base, exponent) for base, exponent in powers.values() if base is not d]
        if d.left in _indices_of(others) and d.right in _indices_of(others):
            merged = monomial(mul(d, *(reindex(o, {d.right: d.left}) for o in others)), names)
            if len(merged[1]) < len(powers):
                return coefficient * merged[0], merged[1]
    return found


def _indices_of(nodes: Iterable[Node]) -> frozenset[Index]:
    return frozenset().union(*(free_indices(n) for n in nodes))


def _negated(term: Node) -> Node:
    coefficient, rest = _split_coefficient(term)
    return mul(Num(-coefficient), rest)


def _tidy_pow(base: Node, exponent: Node, names: Names | None) -> Node:
    if is_zero(exponent):
        return ONE
    if exponent == ONE or base == ONE:
        return base
    if not isinstance(exponent, Num):
        if isinstance(base, Pow) and positive(base.base, names):
            return _tidy_pow(base.base, _tidy_mul((base.exponent, exponent), names), names)
        return Pow(base, exponent)
    e = exponent.value
    whole = e.denominator == 1
    match base:
        case Num(value) if whole and abs(e) <= 8 and value != 0:
            return Num(value ** int(e))
        case Delta() | Cases() if e > 0 and _zero_or_one(base):
            return base
        case Pow(inner, Num(f)) if whole or positive(inner, names):
            return _tidy_pow(inner, Num(e * f), names)
        case Pow(inner, Num(f)) if f.numerator % 2 == 0 and f.denominator == 1:
            return _tidy_pow(_tidy_call("abs", (inner,), None, names), Num(e * f), names)
        case Mul(factors) if whole:
            return _tidy_mul(tuple(_tidy_pow(f, exponent, names) for f in factors), names)
        case Mul(factors):
            left = [f for f in factors if not nonnegative(f, names)]
            out = [
                f for f in factors if f not in left and not (left and isinstance(f, Add))
            ]  # √((a + b) c) stays together where c may be negative
            left = [f for f in factors if f not in out]
            if out:
                rest = (_tidy_pow(mul(*left), exponent, names),) if left else ()
                return _tidy_mul((*(_tidy_pow(f, exponent, names) for f in out), *rest), names)
        case Call("abs", (inner,)) if whole and e.numerator % 2 == 0:
            return _tidy_pow(inner, exponent, names)
        case Call("exp", (inner,)) if not whole or abs(e) > 1:
            return call("exp", _tidy_mul((exponent, inner), names))
    return power(base, exponent)


def _sift(indices: list[Index], factors: list[Node], names: Names | None) -> bool:
    """One Σ_i δ_ij a_i = a_j, in place; whether there was one."""
    for position, factor in enumerate(factors):
        if not isinstance(factor, Delta):
            continue
        for mine, other in ((factor.left, factor.right), (factor.right, factor.left)):
            if isinstance(mine, Index) and mine in indices and _reaches(mine, other):
                rest = factors[:position] + factors[position + 1 :]
                factors[:] = [reindex(f, {mine: other}) for f in rest]
                indices.remove(mine)
                return True
        for mine in indices:
            found = _solved(factor, mine)
            if found is not None:
                rest = [reindex(f, {mine: found}) for f in factors[:position] + factors[position + 1 :]]
                ends = (Rel(">=", IndexVal(found), ONE), Rel("<=", IndexVal(found), _size(mine)))
                limits = [tidy(end) for end in ends if _decided(end) is not True]
                inside = tidy(mul(*rest), names)
                factors[:] = [
                    guarded(limits[0] if len(limits) == 1 else And(tuple(limits)), inside, names) if limits else inside
                ]
                indices.remove(mine)
                return True
    return False


def _solved(equal: Delta, mine: Index) -> IndexExpr | None:
    """The value of an index for which two index expressions are equal: i = k + 1 of δ_{i-1,k}."""
    (left, a), (right, b) = affine_terms(equal.left), affine_terms(equal.right)
    difference = affine([*left, *((t, -c) for t, c in right)], a - b)
    terms, const = affine_terms(difference)
    own = next((c for t, c in terms if t is mine), 0)
    if own not in (1, -1):
        return None
    return affine([(t, -own * c) for t, c in terms if t is not mine], -own * const)


def _reaches(index: Index, other: IndexExpr) -> bool:
    """Whether the other side of δ certainly lies in the range of the index."""
    if isinstance(other, Index):
        return other is not index and other.size == index.size
    if isinstance(other, int):
        return (isinstance(index.size, str) and other == 1) or (
            isinstance(index.size, int) and 1 <= other <= index.size
        )
    terms, const = affine_terms(other)
    return terms == ((index.size, 1),) and const == 0


def _hides_delta(factor: Node, indices: Sequence[Index]) -> bool:
    """Whether an Add, or a guard of one, holds a δ on one of the indices, so that distributing over it lets the δ
    sift."""
    inside = guard(factor)
    if inside is not None:
        return any(
            _delta_on(p, indices) or _hides_delta(p, indices)
            for p in (inside[1].args if isinstance(inside[1], Mul) else (inside[1],))
        )
    if not isinstance(factor, Add):
        return False
    return any(
        _delta_on(p, indices) or _hides_delta(p, indices)
        for term in factor.args
        for p in (term.args if isinstance(term, Mul) else (term,))
    )


def _distributed(factor: Node, indices: Sequence[Index]) -> tuple[Node, ...]:
    """The terms of a sum, or of the sum under a guard, with their δ before the guard: δ_ij a_i is 0 where the guard is
    not met too."""
    inside = guard(factor)
    if inside is not None:
        condition, value = inside
        return tuple(_behind_delta(condition, term) for term in _distributed(value, indices))
    if isinstance(factor, Mul):
        hiding = next((f for f in factor.args if _hides_delta(f, indices)), None)
        if hiding is not None:
            rest = [f for f in factor.args if f is not hiding]
            return tuple(mul(*rest, term) for term in _distributed(hiding, indices))
    return factor.args if isinstance(factor, Add) else (factor,)


def _behind_delta(condition: Node, term: Node) -> Node:
    """δ {a if c, 0 otherwise} of {δ a if c, 0 otherwise}."""
    parts = term.args if isinstance(term, Mul) else (term,)
    deltas = [p for p in parts if isinstance(p, Delta)]
    return mul(*deltas, Cases(((condition, mul(*(p for p in parts if not isinstance(p, Delta)))),), ZERO))


def _tidy_sum(given: Sequence[Index], body: Node, names: Names | None) -> Node:
    indices, factors = list(given), list(body.args if isinstance(body, Mul) else (body,))
    if any(is_zero(f) for f in factors):
        return ZERO
    for position, factor in enumerate(factors):
        if _hides_delta(factor, indices):
            rest = factors[:position] + factors[position + 1 :]
            terms = [
                reindex(bound("sum", indices, tidy(mul(*rest, term), names)), {})
                for term in _distributed(factor, indices)
            ]
            return _tidy_add([tidy(t, names) for t in terms], names)
        if isinstance(factor, Bound) and factor.op == "sum":
            inner = factor.body.args if isinstance(factor.body, Mul) else (factor.body,)
            if any(_delta_on(f, indices) for f in inner):  # Σ_i a_i Σ_k δ_ij b_ik: one sum over both, so that δ sifts
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
    outside = [f for f in factors if not free_indices(f) & set(indices)]
    inside = [f for f in factors if free_indices(f) & set(indices)]
    for group in _components(indices, inside):
        mine = [i for i in indices if i in group]
        own = [f for f in inside if free_indices(f) & set(mine)]
        if own:
            outside.append(bound("sum", mine, mul(*own)))
        else:
            outside.extend(_size(i) for i in mine)
    return _tidy_mul(outside, names)


def _delta_on(node: Node, indices: Sequence[Index]) -> bool:
    """Whether a tree is a δ that one of the indices can be read off."""
    return isinstance(node, Delta) and (
        node.left in indices or node.right in indices or any(_solved(node, i) is not None for i in indices)
    )


def _size(index: Index) -> Node:
    return num(index.size) if isinstance(index.size, int) else SizeVal(index.size)


def _components(indices: Sequence[Index], factors: Sequence[Node]) -> list[set[Index]]:
    """The bound indices in groups that share no factor: Σ_ij a_i b_j = Σ_i a_i · Σ_j b_j."""
    groups: list[set[Index]] = [{i} for i in indices]
    for factor in factors:
        used = free_indices(factor) & set(indices)
        touched = [g for g in groups if g & used]
        if len(touched) > 1:
            merged = set().union(*touched)
            groups = [g for g in groups if not g & used] + [merged]
    return sorted(groups, key=lambda g: min(indices.index(i) for i in g))


def _tidy_prod(indices: Sequence[Index], body: Node, names: Names | None) -> Node:
    """Π_i c = c^n"""
    if not free_indices(body) & set(indices):
        return _tidy_pow(body, mul(*(_size(i) for i in indices)), names)
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
                return _tidy_mul([_tidy_call("abs", (f,), None, names) for f in a.args], names)
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
        condition = _without_decided(condition)
        truth = _decided(condition)
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
        if (
            len(kept) == 1 and is_zero(otherwise) and (inside := guard(kept[0][1])) is not None
        ):  # a guard within a guard
            both = tuple(p for c in (kept[0][0], inside[0]) for p in (c.args if isinstance(c, And) else (c,)))
            return Cases(((_without_decided(And(both)), inside[1]),), ZERO)
        values = [v for _, v in kept] + [otherwise]
        equal = next((d for v in values for d in _factors(v) if isinstance(d, Delta)), None)
        if equal is not None and all(is_zero(v) or equal in _factors(v) for v in values):  # δ_ij of every branch
            left = [v if is_zero(v) else mul(*(f for f in _factors(v) if f != equal)) for v in values]
            return mul(equal, Cases(tuple((c, v) for (c, _), v in zip(kept, left, strict=False)), left[-1]))
    return node if tuple(kept) == node.branches and otherwise is node.otherwise else Cases(tuple(kept), otherwise)


def _factors(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, Mul) else (node,)


def _without_decided(condition: Node) -> Node:
    """A conjunction without the parts that always hold or follow from another: k ≤ n - 1 beside k ≤ n - 2."""
    if not isinstance(condition, And):
        return condition
    left = [a for a in condition.args if _decided(a) is not True]
    for part in tuple(left):
        if any(_follows(part, other) for other in left if other is not part):
            left.remove(part)
    if not left:
        return condition.args[0]
    return condition if len(left) == len(condition.args) else left[0] if len(left) == 1 else And(tuple(left))


def _follows(one: Node, other: Node) -> bool:
    """Whether a condition between indices and sizes holds wherever another does: a ≥ b where a - b ≥ c - d and c ≥
    d."""
    slacks = [_slack(c) for c in (one, other)]
    if slacks[0] is None or slacks[1] is None:
        return False
    low, _ = _range(slacks[0], slacks[1])
    return low is not None and low >= 0


def _slack(condition: Node) -> Whole | None:
    """What is at least 0 where the condition holds."""
    if not isinstance(condition, Rel) or condition.op not in (">=", "<="):
        return None
    sides = [_whole(side) for side in (condition.left, condition.right)]
    if sides[0] is None or sides[1] is None:
        return None
    above, below = sides if condition.op == ">=" else sides[::-1]
    assert above is not None
    assert below is not None
    return affine_terms(affine([*above[0], *((t, -c) for t, c in below[0])], above[1] - below[1]))


def _decided(condition: Node) -> bool | None:
    """What is certain of a condition between numerals, indices within their ranges 1..size and sizes ≥ 1."""
    if isinstance(condition, And):
        each = [_decided(a) for a in condition.args]
        return False if False in each else True if all(each) else None
    if not isinstance(condition, Rel):
        return None
    if isinstance(condition.left, Num) and isinstance(condition.right, Num):
        a, b = condition.left.value, condition.right.value
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[condition.op]
    left, right = _whole(condition.left), _whole(condition.right)
    if left is None or right is None:
        return None
    (low, high), op = _range(left, right), condition.op
    above, below, apart = low is not None and low > 0, high is not None and high < 0, {"==": False, "!=": True}
    if op in apart:
        return apart[op] if above or below else None
    least, most = low is not None and low >= 0, high is not None and high <= 0
    always, never = {">": (above, most), ">=": (least, below), "<": (below, least), "<=": (most, above)}[op]
    return True if always else False if never else None


Whole = tuple[tuple[tuple[Index | str, int], ...], int]
"""Σ c·t + const over indices and sizes."""


def _whole(node: Node) -> Whole | None:
    """A tree as a sum of indices, sizes and a whole number, where it is one."""
    match node:
        case Num(value) if value.denominator == 1:
            return (), int(value)
        case IndexVal(at):
            return affine_terms(at)
        case SizeVal(size):
            return ((size, 1),), 0
        case Mul((Num(value), inner)) if value.denominator == 1 and (below := _whole(inner)) is not None:
            return tuple((t, int(value) * c) for t, c in below[0]), int(value) * below[1]
        case Add(args):
            parts = [_whole(a) for a in args]
            if None in parts:
                return None
            return affine_terms(
                affine([t for p in parts if p is not None for t in p[0]], sum(p[1] for p in parts if p is not None))
            )
        case _:
            return None


def _range(left: Whole, right: Whole) -> tuple[int | None, int | None]:
    """The least and the largest value of left - right, None where there is no bound."""
    difference = affine([*left[0], *((t, -c) for t, c in right[0])], left[1] - right[1])
    terms, const = affine_terms(difference)

    def least(sign: int) -> int | None:
        sizes: dict[str, int] = {}
        low = sign * const
        for t, c in terms:
            c *= sign
            end = t if isinstance(t, str) else 1 if c > 0 else t.size
            if isinstance(end, str):
                sizes[end] = sizes.get(end, 0) + c
            else:
                low += c * end
        return low + sum(sizes.values()) if all(c >= 0 for c in sizes.values()) else None

    low, high = least(1), least(-1)
    return low, None if high is None else -high


def _index_in_front(op: str, left: Node, right: Node) -> Node | None:
    """k + 1 ≤ n as k ≤ n - 1."""
    sides = [_whole(side) for side in (left, right)]
    if sides[0] is None or sides[1] is None or not isinstance(left, IndexVal) or isinstance(left.at, Index):
        return None
    terms, const = sides[0]
    front = [t for t, c in terms if isinstance(t, Index) and c == 1]
    if len(front) != 1:
        return None
    rest = affine([*sides[1][0], *((t, -c) for t, c in terms if t is not front[0])], sides[1][1] - const)
    terms, const = affine_terms(rest)
    plain = (
        num(const)
        if not terms
        else SizeVal(terms[0][0])
        if len(terms) == 1 and not const and terms[0][1] == 1 and isinstance(terms[0][0], str)
        else IndexVal(rest)
    )
    return Rel(op, IndexVal(front[0]), plain)


# ---------------------------------------------------------------- expand, factor

MAX_TERMS = 200
"""An expansion past this many terms is left as it is: no textbook form is that long."""


def expand(node: Node, names: Names | None = None) -> Node:
    """Products distributed over sums, small powers multiplied out, Σ split over terms; tidied."""
    below = children(node)
    if below and not isinstance(node, Call | Cases):
        new = tuple(expand(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    match node:
        case Mul(args):
            return _distribute(args, names)
        case Pow(Add(), Num(e)) if e.denominator == 1 and 2 <= e <= 4:
            return _distribute((node.base,) * int(e), names)
        case Pow(Mul(), Num(e)) if e.denominator == 1:
            return tidy(node, names)
        case Bound("sum", indices, Add(terms)):
            return _tidy_add([tidy(reindex(bound("sum", indices, t), {}), names) for t in terms], names)
        case _:
            return tidy(node, names)


def _distribute(args: Sequence[Node], names: Names | None) -> Node:
    """Π over Σ, one sum at a time and tidied in between, sums with denominators first: p(1-p)·(y/p - (1-y)/(1-p))
    cancels."""
    done: list[Node] = []
    waiting = [tidy(mul(*args), names)]
    while waiting:
        spend(1)
        product = waiting.pop(0)
        factors = product.args if isinstance(product, Mul) else (product,)
        sums = [f for f in factors if isinstance(f, Add)]
        if isinstance(product, Add):
            waiting[:0] = product.args
        elif not sums or len(done) + len(waiting) > MAX_TERMS:
            done.append(product)
        else:
            first = max(sums, key=_denominators)
            others = list(factors)
            others.remove(first)
            waiting[:0] = [reindex(tidy(mul(*others, term), names), {}) for term in first.args]
    return _tidy_add(done, names)


def _denominators(node: Add) -> int:
    return sum(
        isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0
        for t in node.args
        for f in (t.args if isinstance(t, Mul) else (t,))
    )


def factor(node: Node, names: Names | None = None) -> Node:
    """The shortest of a sum and its factored forms: the monomial that all terms share, or their common denominator
    too."""
    below = children(node)
    if below:
        new = tuple(factor(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = tidy(rebuild(node, new), names)
    if not isinstance(node, Add):
        return node
    return min((node, _content(node, names, True), _content(node, names, False)), key=cost)


def _content(node: Add, names: Names | None, denominators: bool) -> Node:
    rows = [monomial(t, names) for t in node.args]
    numerator = gcd(*(c.numerator for c, _ in rows))
    denominator = lcm(*(c.denominator for c, _ in rows)) if denominators else gcd(*(c.denominator for c, _ in rows))
    coefficient = Fraction(numerator, denominator)
    if all(c < 0 for c, _ in rows):
        coefficient = -coefficient
    common: dict[Key, tuple[Node, Fraction]] = {}
    for k in dict.fromkeys(k for _, powers in rows for k in powers):
        exponents = [powers[k][1] if k in powers else ZERO for _, powers in rows]
        if not all(isinstance(e, Num) for e in exponents):
            continue
        values = [e.value for e in exponents if isinstance(e, Num)]
        low = min(values)
        shared = low if low > 0 or (low < 0 and (denominators or all(v < 0 for v in values))) else Fraction(0)
        if not denominators and all(v < 0 for v in values):
            shared = max(values)
        if shared:
            base = next(powers[k][0] for _, powers in rows if k in powers)
            common[k] = (base, shared)
    if not common and coefficient in (1, -1) and coefficient == 1:
        return node
    terms = []
    for c, powers in rows:
        left = dict(powers)
        for k, (base, shared) in common.items():
            exponent = left.get(k, (base, ZERO))[1]
            assert isinstance(exponent, Num)
            left[k] = (base, Num(exponent.value - shared))
        terms.append(from_monomial(c / coefficient, [be for be in left.values() if not is_zero(be[1])]))
    inner = add(*terms)
    if len(terms) == 2 and isinstance(inner, Add) and positive(turned := _turned(inner), names):
        inner, coefficient = turned, -coefficient
    front = from_monomial(coefficient, [(b, Num(e)) for b, e in common.values()])
    return mul(front, inner)


def _turned(node: Add) -> Node:
    """b - a of a - b, a numeral first: 1 - p of p - 1."""
    terms = sorted((_tidy_mul((MINUS_ONE, t), None) for t in node.args), key=lambda t: not isinstance(t, Num))
    return add(*terms)


# ---------------------------------------------------------------- length


def cost(node: Node) -> int:
    """What a reader must take in: names, operators, functions; a sign and a division are free beside what they join."""
    match node:
        case Num(value):
            return 1 if value.denominator == 1 else 2
        case Elem() | Const() | SizeVal():
            return 2
        case Add(args):
            return sum(cost(a) for a in args) + 2 * (len(args) - 1)
        case Mul(args):
            return sum(cost(a) + 1 for a in args if a != MINUS_ONE) - 1
        case Pow(base, Num(e)):
            return cost(base) + {Fraction(-1): 1, Fraction(1, 2): 1}.get(e, 2)
        case Call():
            return 3 + sum(cost(c) for c in children(node))
        case Bound(op, indices, body):
            return 3 + len(indices) + cost(body) + (_constant_inside(indices, body) if op == "sum" else 0)
        case Delta():
            return 2
        case _:
            return 3 + sum(cost(c) for c in children(node))


def _constant_inside(indices: tuple[Index, ...], body: Node) -> int:
    """What it costs that a term under Σ does not depend on the index: a reader multiplies it by n, a long one all the
    more."""
    if not isinstance(body, Add):
        return 0
    constant = [t for t in body.args if not free_indices(t) & set(indices)]
    plain = all(cost(t) < 6 for t in body.args)  # Σ (x_i - μ) stays, Σ ((x_i - μ)² - v) is split
    return (3 if plain else 8) * len(constant)


def split_sums(node: Node, names: Names | None = None) -> Node:
    """Σ (a + b) = Σ a + Σ b everywhere, nothing else expanded; tidied."""
    below = children(node)
    if below:
        new = tuple(split_sums(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    match node:
        case Bound("sum", indices, Add(terms)):
            return _tidy_add([tidy(reindex(bound("sum", indices, t), {}), names) for t in terms], names)
        case Mul(args) if sum(isinstance(a, Add) for a in args) == 1 and not any(isinstance(a, Bound) for a in args):
            inner = next(a for a in args if isinstance(a, Add))
            if any(_has_sum(t) for t in inner.args):
                rest = [a for a in args if a is not inner]
                return _tidy_add([tidy(mul(*rest, t), names) for t in inner.args], names)
            return node
        case _:
            return node


def _has_sum(node: Node) -> bool:
    return isinstance(node, Bound) or (isinstance(node, Mul) and any(isinstance(a, Bound) for a in node.args))


def shortest(forms: Iterable[Node]) -> Node:
    """The cheapest form; of equals the first."""
    return min(forms, key=cost)


LARGE = 1000
"""Nodes of a formula that is only tidied: its expansion would fill pages, and nobody looks for a shorter form of it."""


def neat(node: Node, names: Names | None = None) -> Node:
    """The shortest of the forms that tidying, expanding, splitting sums and factoring give."""
    plain = tidy(node, names)
    if count(plain) > LARGE:
        return plain
    open_ = expand(plain, names)
    split = split_sums(plain, names)
    return shortest((factor(plain, names), factor(open_, names), plain, open_, split))


# ---------------------------------------------------------------- recognise


def recognise(node: Node, names: Names | None = None) -> Node:
    """Stable functions in place of what would overflow; done before differentiation.

    log(1 + e^a) = softplus(a) · 1/(1 + e^a) = σ(-a) · log Σ_k e^(a_k) = logsumexp_k a_k · log σ(a) = -softplus(-a)
    √(a²) = |a|
    """
    below = children(node)
    if below:
        new = tuple(recognise(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    match node:
        case Call("log", (Add(args),)) if (inner := _one_plus_exp(args)) is not None:
            return call("softplus", inner)
        case Call("log", (Bound("sum", indices, Call("exp", (inner,))),)):
            return Bound("logsumexp", indices, inner)
        case Pow(Add(args), Num(e)) if e == -1 and (inner := _one_plus_exp(args)) is not None:
            return call("sigmoid", tidy(neg(inner), names))
        case Pow(base, Num(e)) if e > 0 and e.denominator == 2 and any(_even(f) for f in _factors(base)):
            return tidy(node, names)
        case _:
            return node


def _even(node: Node) -> bool:
    return (
        isinstance(node, Pow)
        and isinstance(node.exponent, Num)
        and node.exponent.value > 0
        and node.exponent.value.denominator == 1
        and node.exponent.value.numerator % 2 == 0
    )


def _one_plus_exp(args: tuple[Node, ...]) -> Node | None:
    if len(args) == 2 and ONE in args:
        other = args[0] if args[1] == ONE else args[1]
        if isinstance(other, Call) and other.fn == "exp":
            return other.args[0]
    return None
