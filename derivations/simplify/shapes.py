"""The shapes that a tidied tree can be given, and which of them is the textbook's: the one of least `cost`.

    expand    distribute products over sums and Σ over terms
    factor    the common monomial of all terms in front
    recognise the stable functions in what was typed: log(1 + e^a) is softplus(a), 1/(1 + e^-a) is σ(a)

Every rule holds wherever both sides are defined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm

from derivations.calculus import is_zero
from derivations.domains import Kept, Names
from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Index,
    Key,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    SizeVal,
    add,
    bound,
    call,
    children,
    count,
    factors_of,
    free_indices,
    key,
    map_up,
    mul,
    neg,
    over,
    reindex,
    split_coefficient,
    walk,
)
from derivations.signs import positive
from derivations.simplify.bars import denominators, without_inner_bars
from derivations.simplify.monomials import from_monomial, like_terms, monomial
from derivations.simplify.of_matrices import known
from derivations.simplify.same import alike_joined
from derivations.simplify.tidy import tidy, tidy_mul
from derivations.work import spend

_EXPANDED: Kept[Node, Node] = Kept()

MAX_TERMS = 200
"""An expansion past this many terms is left as it is: no textbook form is that long."""


def expand(node: Node, names: Names | None = None) -> Node:
    """Products distributed over sums, small powers multiplied out, Σ split over terms; tidied.

    Kept as what is tidied is: what is neat is expanded once more where rules look for what they fit.
    """
    if names is None:
        return _expanded(node, None)
    known = _EXPANDED.under(names)
    found = known.get(node)
    if found is None:
        found = known[node] = _expanded(node, names)
    return found


def _expanded(node: Node, names: Names | None) -> Node:
    if not isinstance(node, Call | Cases):
        node = over(node, lambda child: expand(child, names))
    match node:
        case Mul(args):
            return _distribute(args, names)
        case Pow(Add(), Num(e)) if e.denominator == 1 and 2 <= e <= 4:
            return _distribute((node.base,) * int(e), names)
        case Pow(Mul(), Num(e)) if e.denominator == 1:
            return tidy(node, names)
        case Bound("sum", indices, Add(terms)):
            return like_terms([tidy(reindex(bound("sum", indices, t), {}), names) for t in terms])
        case _:
            return tidy(node, names)


def _distribute(args: Sequence[Node], names: Names | None) -> Node:
    """Π over Σ, one sum at a time and tidied in between, sums with denominators first: p(1-p)·(y/p - (1-y)/(1-p))
    cancels."""
    done: list[Node] = []
    waiting = [tidy(mul(*args), names)]
    if count(waiting[0]) > LARGE:  # sums of sums of sums: what is below has been expanded, and is long enough
        return waiting[0]
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
            first = max(sums, key=denominators)
            others = list(factors)
            others.remove(first)
            waiting[:0] = [reindex(tidy(mul(*others, term), names), {}) for term in first.args]
    return like_terms(done)


def factor(node: Node, names: Names | None = None) -> Node:
    """The shortest of a sum and its factored forms: the monomial that all terms share, or their common denominator
    too."""
    inside = over(node, lambda child: factor(child, names))
    if inside is not node:
        node = tidy(inside, names)
    if not isinstance(node, Add):
        return node
    return min((node, _content(node, names, True), _content(node, names, False)), key=cost)


def _content(node: Add, names: Names | None, denominators: bool) -> Node:
    rows = [monomial(t) for t in node.args]
    numerator = gcd(*(c.numerator for c, _ in rows))
    denominator = lcm(*(c.denominator for c, _ in rows)) if denominators else gcd(*(c.denominator for c, _ in rows))
    coefficient = Fraction(numerator, denominator)
    if all(c < 0 for c, _ in rows):
        coefficient = -coefficient
    common: dict[Key, tuple[Node, Node]] = {}
    for k in dict.fromkeys(k for _, powers in rows for k in powers):
        exponents = [powers[k][1] if k in powers else ZERO for _, powers in rows]
        if not all(isinstance(e, Num) for e in exponents):
            base = next(powers[k][0] for _, powers in rows if k in powers)
            if (least := _least_exponent(exponents)) is not None and positive(base, names):
                common[k] = (base, least)
            continue
        values = [e.value for e in exponents if isinstance(e, Num)]
        low = min(values)
        shared = low if low > 0 or (low < 0 and (denominators or all(v < 0 for v in values))) else Fraction(0)
        if not denominators and all(v < 0 for v in values):
            shared = max(values)
        if shared:
            base = next(powers[k][0] for _, powers in rows if k in powers)
            common[k] = (base, Num(shared))
    if not common and coefficient in (1, -1) and coefficient == 1:
        return node
    terms = []
    for c, powers in rows:
        left = dict(powers)
        for k, (base, shared) in common.items():
            left[k] = (base, like_terms([left.get(k, (base, ZERO))[1], neg(shared)]))
        terms.append(from_monomial(c / coefficient, [be for be in left.values() if not is_zero(be[1])]))
    inner = add(*terms)
    if len(terms) == 2 and isinstance(inner, Add) and positive(turned := _turned(inner), names):
        inner, coefficient = turned, -coefficient
    front = from_monomial(coefficient, list(common.values()))
    return mul(front, inner)


def _least_exponent(exponents: Sequence[Node]) -> Node | None:
    """g of g, g + 1, …: exponents in letters that differ by numbers."""
    apart = [like_terms([e, neg(exponents[0])]) for e in exponents]
    numbers = [d.value for d in apart if isinstance(d, Num)]
    return exponents[numbers.index(min(numbers))] if len(numbers) == len(exponents) else None


def _turned(node: Add) -> Node:
    """b - a of a - b, a numeral first: 1 - p of p - 1."""
    terms = sorted((tidy_mul((MINUS_ONE, t), None) for t in node.args), key=lambda t: not isinstance(t, Num))
    return add(*terms)


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
    # Σ_j (x_j - μ) stays, and Σ_j (x_j - b_i - Σ_k u_ik v_jk); Σ ((x_i - μ)² - v) is split
    plain = all(cost(t) < 6 or _contraction(t) for t in body.args)
    return (3 if plain else 8) * len(constant)


def _contraction(term: Node) -> bool:
    """u_iᵀ v_j, the product of two entries summed."""
    match split_coefficient(term)[1]:
        case Bound("sum", (_,), Mul((Elem(), Elem()))):
            return True
    return False


def split_sums(node: Node, names: Names | None = None) -> Node:
    """Σ (a + b) = Σ a + Σ b everywhere, nothing else expanded; tidied."""
    node = over(node, lambda child: split_sums(child, names))
    match node:
        case Bound("sum", indices, Add(terms)):
            return like_terms([tidy(reindex(bound("sum", indices, t), {}), names) for t in terms])
        case Mul(args) if sum(isinstance(a, Add) for a in args) == 1 and not any(isinstance(a, Bound) for a in args):
            inner = next(a for a in args if isinstance(a, Add))
            if any(_has_sum(t) for t in inner.args):
                rest = [a for a in args if a is not inner]
                return like_terms([tidy(mul(*rest, t), names) for t in inner.args])
            return node
        case _:
            return node


def _has_sum(node: Node) -> bool:
    return isinstance(node, Bound) or (isinstance(node, Mul) and any(isinstance(a, Bound) for a in node.args))


def shortest(forms: Iterable[Node]) -> Node:
    """The cheapest form; of equals the first."""
    return min(forms, key=cost)


LARGE = 1000
"""Nodes of a formula or a product that is only tidied: its expansion would fill pages, and nobody looks for a shorter
form of it."""


def neat(node: Node, names: Names | None = None) -> Node:
    """The shortest of the forms that tidying, expanding, splitting sums and factoring give."""
    plain = tidy(node, names)
    if count(plain) > LARGE:
        return plain
    if names is not None:
        plain = tidy(alike_joined(plain, names), names)
    open_ = expand(plain, names)
    split = split_sums(plain, names)
    forms = (factor(plain, names), factor(open_, names), plain, open_, split, _by_sums(open_, names))
    best = shortest((*forms, tidy(without_inner_bars(plain, names), names)))
    return _without_sign(shortest((best, joined(best, names))), names)


def _by_sums(node: Node, names: Names | None) -> Node:
    """(e - 1) Σ_i a_i of e Σ_i a_i - Σ_i a_i."""
    if not isinstance(node, Add):
        return node
    groups: dict[tuple[Key, ...], list[tuple[Node, Node]]] = {}
    for term in node.args:
        sums = [f for f in factors_of(term) if _has_sum(f)]
        rest = mul(*(f for f in factors_of(term) if not _has_sum(f)))
        groups.setdefault(tuple(sorted(key(f) for f in sums)), []).append((rest, mul(*sums)))
    joined = [rest for k, held in groups.items() if k and len(held) > 1 for rest, _ in held]
    if not joined or any(denominators(Add((rest,))) for rest in joined):
        return node
    return add(
        *(
            mul(factor(add(*(rest for rest, _ in held)), names), held[0][1]) if k else add(*(rest for rest, _ in held))
            for k, held in groups.items()
        )
    )


def joined(node: Node, names: Names | None) -> Node:
    """Σ_k a_k (b_k - c_k) of Σ_k a_k b_k - Σ_l a_l c_l: sums over one range whose terms share a factor as one."""
    node = over(node, lambda child: joined(child, names))
    if not isinstance(node, Add):
        return node
    terms = list(node.args)
    for spot, one in enumerate(terms):
        for other in terms[spot + 1 :]:
            both = _one_sum(one, other, names)
            if both is not None:
                rest = [t for t in terms if t is not one and t is not other]
                return joined(add(*rest, both), names)
    return node


def _one_sum(one: Node, other: Node, names: Names | None) -> Node | None:
    """Two terms as one sum over the same index, where what they sum shares a factor with that index, if of the other
    sign: Σ_j A_ij (x_i - x_j) - Σ_j A_ji (x_j - x_i) = Σ_j (A_ij + A_ji) (x_i - x_j)."""
    (first, outer), (second, beside) = _summed(one), _summed(other)
    if first is None or second is None or first.indices[0].size != second.indices[0].size:
        return None
    index = first.indices[0].fresh()
    a, b = ([tidy(reindex(f, {s.indices[0]: index}), names) for f in factors_of(s.body)] for s in (first, second))
    shared, sign = [], 1
    for f in [f for f in a if index in free_indices(f)]:
        same = next((g for g in b if key(g) == key(f)), None)
        turned = None if same or not isinstance(f, Add) else key(_turned(f))
        twin = same or next((g for g in b if key(g) == turned), None)
        if twin is not None:
            a.remove(f)
            b.remove(twin)
            shared.append(f)
            sign = sign if same else -sign
    if not shared:
        return None
    number, scale = split_coefficient(mul(*outer))
    times, scaled = split_coefficient(mul(*beside))
    if key(scale) != key(scaled):
        return None
    inner = tidy(add(mul(*a), mul(Num(sign * times / number), *b)), names)
    inner = inner if names is None else tidy(alike_joined(inner, names), names)
    return tidy(mul(Num(number), scale, bound("sum", (index,), mul(*shared, factor(inner, names)))), names)


def _summed(term: Node) -> tuple[Bound | None, list[Node]]:
    """The one sum over one index that is a factor of a term, and the other factors."""
    sums = [f for f in factors_of(term) if isinstance(f, Bound) and f.op == "sum"]
    if len(sums) != 1 or len(sums[0].indices) != 1:
        return None, []
    return sums[0], [f for f in factors_of(term) if f is not sums[0]]


def _without_sign(node: Node, names: Names | None) -> Node:
    """b - a of -(a - b), (b - a)/c of -(a - b)/c."""
    factors = factors_of(node)
    brackets = [f for f in factors if isinstance(f, Add)]
    divisors = [f for f in factors if isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0]
    if MINUS_ONE not in factors or len(brackets) != 1 or len(factors) != 2 + len(divisors):
        return node
    match brackets[0]:
        case Add((first, second)) if monomial(first)[0] > 0 > monomial(second)[0]:
            return tidy(mul(_turned(Add((second, first))), *divisors), names)
    return node


def sides_apart(node: Node) -> Node:
    """a > b of a - b > 0, wherever a condition stands in a result."""

    def by(part: Node) -> Node | None:
        match part:
            case Rel(op, Add(args), Num(value)) if value == 0:
                left = [t for t in args if split_coefficient(t)[0] > 0]
                right = [neg(t) for t in args if split_coefficient(t)[0] < 0]
                if left and right:
                    return Rel(op, add(*left), tidy(add(*right)))
        return None

    return map_up(node, by)


def recognise(node: Node, names: Names | None = None) -> Node:
    """Stable functions in place of what would overflow; done before differentiation.

    log(1 + e^a) = softplus(a) · 1/(1 + e^a) = σ(-a) · log Σ_k e^(a_k) = logsumexp_k a_k · log σ(a) = -softplus(-a)
    log(e^(a_i)/Σ_k e^(a_k)) = a_i - logsumexp_k a_k · √(a²) = |a| · what is known of Cholesky factors
    """
    node = over(node, lambda child: recognise(child, names))
    match node:
        case Call("log", (Add(args),)) if (inner := _one_plus_exp(args)) is not None:
            return call("softplus", inner)
        case Call("log", (Bound("sum", indices, Call("exp", (inner,))),)):
            return Bound("logsumexp", indices, inner)
        case Call("log", (Mul(args),)) if (inner := softmax_in(args)) is not None:
            return tidy(call("log", inner), names)
        case Pow(Add(args), Num(e)) if e == -1 and (inner := _one_plus_exp(args)) is not None:
            return call("sigmoid", tidy(neg(inner), names))
        case Pow(base, Num(e)) if e > 0 and e.denominator == 2 and any(_even(f) for f in factors_of(base)):
            return tidy(node, names)
        case Bound() if (found := known(node)) is not None:
            return recognise(found, names)
        case _:
            return node


def with_softmax(node: Node) -> Node:
    """e^(a_i)/Σ_k e^(a_k) as softmax(a)_i wherever it stands: it does not overflow, and its derivative is short."""
    return map_up(node, lambda part: softmax_in(part.args) if isinstance(part, Mul) else None)


def softmax_in(factors: Sequence[Node]) -> Node | None:
    """A product in which e^(a_i) stands over Σ_k e^(a_k), with softmax(a)_i in their place."""
    for below in factors:
        match below:
            case Pow(Bound("sum", (k,), Call("exp", (body,))), Num(e)) if e == -1:
                for above in factors:
                    if isinstance(above, Call) and above.fn == "exp" and _at_some_index(body, k, above.args[0]):
                        rest = (f for f in factors if f is not above and f is not below)
                        soft = call("exp", add(above.args[0], neg(Bound("logsumexp", (k,), body))))
                        return mul(soft, *rest)
    return None


def _at_some_index(body: Node, k: Index, other: Node) -> bool:
    """Whether a term is the body of a sum over k at some index: s_ii of s_ik."""
    mine = [n for n in walk(body) if isinstance(n, Elem) and k in n.at]
    for at in (n.at for n in walk(other) if mine and isinstance(n, Elem) and n.name == mine[0].name):
        place = at[mine[0].at.index(k)]
        if key(reindex(body, {k: place})) == key(other):
            return True
    return False


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
