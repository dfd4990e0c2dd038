"""Slips with signs, constants, terms, factors, powers and functions: a row each, whose docstring is its formula."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from checker.diagnosis.mutations.choices import one_case
from checker.diagnosis.mutations.words import (
    Change,
    Scene,
    adjoints_in,
    diagonal_words,
    factor_words,
    mean_of,
    of,
    short,
    shown_term,
)
from checker.diagnosis.sites import Site, term_words
from derivations.atoms import ATOMS
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    add,
    call,
    map_up,
    mul,
    names_in,
    neg,
    num,
    power,
    sub,
    walk,
)

MAX_FACTORS = 7
"""Products of more factors are not searched for two that are missing."""


def sign(site: Site, scene: Scene) -> Iterator[Change]:
    """a + b → a - b;  a - b → b - a;  the whole: a → -a"""
    if site.depth == 0:
        yield Change(site.put(neg(site.node)), "sign", "the sign is wrong", effect=True)
    if isinstance(site.node, Add):
        yield Change(site.put(add(*map(neg, site.node.args))), "sign", f"the sign is wrong{of(site)}", effect=True)
        for k, term in enumerate(site.node.args):
            changed = add(*site.node.args[:k], neg(term), *site.node.args[k + 1 :])
            yield Change(site.put(changed), "sign", f"the sign of {term_words(site.node.args, k)} is wrong")


def sign_inside(site: Site, scene: Scene) -> Iterator[Change]:
    """f(-a) → f(a), f(a) → f(-a)"""
    if isinstance(site.node, Call) and len(site.node.args) == 1 and site.node.fn not in ("abs",):
        yield Change(
            site.put(call(site.node.fn, neg(site.node.args[0]))), "sign", f"the sign inside {site.node.fn} is wrong"
        )


def constant(site: Site, scene: Scene) -> Iterator[Change]:
    """c·a → a, -a;  a → 2a, a/2 (as one term)"""
    if isinstance(site.node, Mul) and isinstance(site.node.args[0], Num) and site.node.args[0].value not in (0, 1, -1):
        value = site.node.args[0].value
        for ratio in (1 / abs(value), -1 / abs(value)):
            yield Change(
                site.put(mul(num(ratio * value), *site.node.args[1:])),
                f"factor:{ratio}",
                factor_words(ratio, of(site)),
            )
    if isinstance(site.node, Add):
        for k, term in enumerate(site.node.args):
            for c in (Fraction(2), Fraction(1, 2)):
                changed = add(*site.node.args[:k], mul(num(c), term), *site.node.args[k + 1 :])
                yield Change(
                    site.put(changed),
                    f"factor:{c}",
                    factor_words(c, f" in {term_words(site.node.args, k)}"),
                    effect=True,
                )
    if site.depth == 0:
        for c in (Fraction(2), Fraction(1, 2), Fraction(-2), Fraction(-1, 2)):
            yield Change(site.put(mul(num(c), site.node)), f"factor:{c}", factor_words(c, ""), effect=True)


def dropped_term(site: Site, scene: Scene) -> Iterator[Change]:
    """a + b → a;  with an adjoint in b: the path through its node"""
    if not isinstance(site.node, Add):
        return
    for k, term in enumerate(site.node.args):
        rest = add(*site.node.args[:k], *site.node.args[k + 1 :])
        paths = adjoints_in(term, scene)
        others = {p for j, t in enumerate(site.node.args) if j != k for p in adjoints_in(t, scene)}
        own = [p for p in paths if p not in others]
        if own and site.depth <= 1:
            yield Change(site.put(rest), f"missing-path:{own[0]}", f"the path through {own[0]} is missing")
            continue
        if term in (ONE, MINUS_ONE):
            yield Change(site.put(rest), "missing-one", f"a 1 is missing{of(site)}")
            continue
        inside = of(site, term) or (" in a bracket" if site.depth else "")
        yield Change(
            site.put(rest), "missing-term", f"a term is missing{inside}", f"{shown_term(site.node.args, k)} is missing"
        )


_SHARES = ("label01", "probability", "simplex", "onehot")
"""Domains whose entries have a complement: p and 1 - p."""


def complement(site: Site, scene: Scene) -> Iterator[Change]:
    """1 - p → p;  p → 1 - p;  everywhere: p ↔ 1 - p"""
    if site.depth == 0:
        yield from _complements(site, scene)
    if isinstance(site.node, Add) and len(site.node.args) == 2 and ONE in site.node.args:
        other = next((a for a in site.node.args if a != ONE), None)
        if other is not None:
            yield Change(
                site.put(neg(other)),
                "complement",
                f"1 minus it is needed{of(site)}",
                f"1 - {short(neg(other))} stands there",
            )
    if (
        isinstance(site.node, Elem)
        and site.node.name in scene.names
        and scene.names[site.node.name].domain.name in _SHARES
    ):
        changed = sub(ONE, site.node)
        body = site.put(changed)
        if sub(ONE, changed) not in walk(body):  # 1 - p → 1 - (1 - p) is the slip above
            yield Change(body, "complement", f"it is not 1 minus {site.node.name}{of(site, site.node)}")


def _complements(site: Site, scene: Scene) -> Iterator[Change]:
    """f(p, 1 - p) → f(1 - p, p)"""
    for name in sorted(names_in(site.node)):
        there = {n for n in walk(site.node) if isinstance(n, Elem) and n.name == name}
        if name not in scene.names or scene.names[name].domain.name not in _SHARES or len(there) != 1:
            continue
        (one,) = there
        if sub(ONE, one) in walk(site.node):
            body = map_up(site.node, lambda node, one=one: sub(ONE, one) if node == one else None)
            yield Change(body, "complement", f"{name} and 1 - {name} are exchanged")


def dropped_factor(site: Site, scene: Scene) -> Iterator[Change]:
    """a·b → a, -a;  (1/n)·a → a;  δ_ij·a → a;  2π·a, (n/2)·a → a"""
    if not isinstance(site.node, Mul):
        return
    for k, factor in enumerate(site.node.args):
        if isinstance(factor, Num):
            continue
        rest = site.put(mul(*site.node.args[:k], *site.node.args[k + 1 :]))
        size = mean_of(factor)
        if size is not None:
            yield Change(rest, "missing-mean", f"the factor 1/{size} is missing{of(site, factor)}")
        elif isinstance(factor, Delta) and not set(site.outer) & {factor.left, factor.right}:
            yield Change(
                rest, "only-diagonal", f"it is right only {diagonal_words(scene.truth, factor.left, factor.right)[0]}"
            )
        elif isinstance(factor, Cases) and factor.branches[0][1] == ONE and factor.otherwise == ZERO:
            yield Change(
                rest, "missing-indicator", one_case(site, factor, "it is right only where the condition holds")
            )
        else:
            yield Change(
                rest,
                "missing-factor",
                f"a factor is missing{of(site, factor)}",
                f"the factor {short(factor)} is missing",
            )
            if site.depth == 0 and sum(not isinstance(a, Num) for a in site.node.args) == 2:
                yield Change(
                    site.put(neg(mul(*site.node.args[:k], *site.node.args[k + 1 :]))),
                    "missing-factor",
                    "a factor is missing, and the sign is wrong",
                    f"the factor {short(factor)} is missing",
                )
            first = site.node.args[0]
            if k and isinstance(first, Num) and abs(first.value) != 1 and isinstance(factor, (Const, SizeVal)):
                yield Change(
                    site.put(mul(*site.node.args[1:k], *site.node.args[k + 1 :])),
                    "missing-factor",
                    f"a factor is missing{of(site, factor)}",
                    f"the factor {short(mul(first, factor))} is missing",
                )


def dropped_pair(site: Site, scene: Scene) -> Iterator[Change]:
    """a·b·c → a;  (s²/t²)·a → a"""
    if isinstance(site.node, Mul) and 3 <= len(site.node.args) <= MAX_FACTORS:
        for j, a in enumerate(site.node.args):
            for k in range(j + 1, len(site.node.args)):
                b = site.node.args[k]
                if isinstance(a, Num) or isinstance(b, Num) or (site.depth > 2 and not (_scalar(a) and _scalar(b))):
                    continue
                rest = mul(*(f for i, f in enumerate(site.node.args) if i not in (j, k)))
                yield Change(
                    site.put(rest),
                    "missing-factor",
                    f"factors are missing{of(site, a, b)}",
                    f"the factors {short(a)} and {short(b)} are missing",
                )


def _scalar(node: Node) -> bool:
    """A name alone, or a power of one: a hyperparameter."""
    base = node.base if isinstance(node, Pow) and isinstance(node.exponent, Num) else node
    return isinstance(base, Elem) and not base.at


def dropped_means(site: Site, scene: Scene) -> Iterator[Change]:
    """(1/n)·a + (1/n)·b → a + b: everywhere"""
    if site.depth:
        return
    found = [size for node in walk(site.node) if (size := mean_of(node)) is not None]
    for size in sorted({size for size in found if found.count(size) > 1}):
        body = map_up(site.node, lambda node, size=size: ONE if mean_of(node) == size else None)
        yield Change(body, "missing-mean", f"the factor 1/{size} is missing everywhere")


def doubled_factor(site: Site, scene: Scene) -> Iterator[Change]:
    """a·b → a·b²"""
    if isinstance(site.node, Mul):
        for k, factor in enumerate(site.node.args):
            if isinstance(factor, (Num, Delta, Cases)):
                continue
            twice = (
                power(factor.base, num(2 * factor.exponent.value))
                if isinstance(factor, Pow) and isinstance(factor.exponent, Num)
                else power(factor, TWO)
            )
            changed = mul(*site.node.args[:k], twice, *site.node.args[k + 1 :])
            yield Change(
                site.put(changed),
                "doubled-factor",
                f"a factor is there twice{of(site)}",
                f"the factor {short(factor)} is there twice",
            )


def inverted_factor(site: Site, scene: Scene) -> Iterator[Change]:
    """a/b → a·b;  a·b → a/b;  a/b → b;  the whole: a → 1/a"""
    if site.depth == 0:
        yield Change(site.put(power(site.node, MINUS_ONE)), "inverted", "it is upside down")
    if isinstance(site.node, Mul):
        yield from _upside_down(site, site.node.args)
    if isinstance(site.node, Pow) and isinstance(site.node.exponent, Num) and not isinstance(site.node.base, Const):
        changed = power(site.node.base, num(-site.node.exponent.value))
        did, should = ("multiplied", "divided") if site.node.exponent.value < 0 else ("divided", "multiplied")
        yield Change(
            site.put(changed),
            "inverted",
            f"{did} where it should be {should}{of(site)}",
            f"{short(site.node)} is upside down",
        )
    elif isinstance(site.node, Mul):
        for k, factor in enumerate(site.node.args):
            if isinstance(factor, (Elem, Call, Add, SizeVal, Bound)):
                changed = mul(*site.node.args[:k], power(factor, MINUS_ONE), *site.node.args[k + 1 :])
                yield Change(
                    site.put(changed),
                    "inverted",
                    f"divided where it should be multiplied{of(site)}",
                    f"{short(factor)} is upside down",
                )


def _upside_down(site: Site, factors: tuple[Node, ...]) -> Iterator[Change]:
    """a/b → b;  (s²/t²)·a → t²·a"""
    for k, factor in enumerate(factors):
        if not isinstance(factor, Pow) or not isinstance(factor.exponent, Num) or factor.exponent.value > 0:
            continue
        turned = power(factor.base, num(-factor.exponent.value))
        rest = [(*factors[:j], *factors[j + 1 :]) for j, f in enumerate(factors) if j != k and _scalar(f)]
        kept = [mul(*(turned if f is factor else f for f in others)) for others in rest if _scalar(factor)]
        for made in (*([turned] if site.depth == 0 else []), *kept):
            yield Change(
                site.put(made),
                "inverted",
                f"what should divide stands there alone: it is upside down, and a factor is missing{of(site)}",
                f"{short(factor)} is upside down",
            )


_NAMES_OF_POWERS = {
    (Fraction(1), Fraction(2)): "the square is missing",
    (Fraction(1), Fraction(1, 2)): "the root is missing",
    (Fraction(-1), Fraction(-1, 2)): "the root is missing",
    (Fraction(-1), Fraction(-2)): "the square is missing",
}


def exponent(site: Site, scene: Scene) -> Iterator[Change]:
    """a^k → a^(k ± 1), a^(k/2), a^(2k);  s²/t² → s/t"""
    match site.node:
        case Pow(base, Num(value)) if not isinstance(base, Const):
            place = (
                "" if site.where and site.where[0][0] == short(base) else of(site)
            )  # no "power of h in the term with h"
            for other in dict.fromkeys((value + 1, value - 1, value / 2, value * 2, value + 2, value - 2)):
                if other in (0, value):
                    continue
                words = _NAMES_OF_POWERS.get((other, value), f"the power of {short(base)} is wrong")
                tag = (
                    "missing-square"
                    if value in (2, -2) and other == value / 2
                    else "missing-root"
                    if abs(value) == Fraction(1, 2) and other == 2 * value
                    else "exponent"
                )
                yield Change(
                    site.put(power(base, num(other))), tag, f"{words}{place}", f"it should be to the power {value}"
                )
        case Mul(args):
            roots: dict[Node, Node] = {
                f: power(f.base, mul(HALF, f.exponent))
                for f in args
                if isinstance(f, Pow) and _scalar(f) and f.exponent in (TWO, num(-2))
            }
            if len(roots) > 1:
                changed = mul(*(roots.get(a, a) for a in args))
                yield Change(site.put(changed), "missing-square", f"the square is missing{of(site)}", "it is a square")
            for k, factor in enumerate(args):
                if isinstance(factor, Elem) and not factor.at:
                    changed = mul(*args[:k], power(factor, num("1/2")), *args[k + 1 :])
                    yield Change(
                        site.put(changed),
                        "exponent",
                        f"the power of {factor.name} is wrong{of(site, factor)}",
                        f"{factor.name}, not its root",
                    )


def missing_function(site: Site, scene: Scene) -> Iterator[Change]:
    """f(a) → a"""
    match site.node:
        case Call(fn, (arg,)):
            words = f"{fn} is missing{of(site, fn)}"
            if fn == "abs" and site.depth:
                words = f"the bars around {short(arg).strip('()')} are missing"
            yield Change(site.put(arg), f"missing-{fn}", words)
        case Pow(Const("e"), a):
            yield Change(site.put(a), "missing-exp", f"exp is missing{of(site)}")


def other_function(site: Site, scene: Scene) -> Iterator[Change]:
    """exp ↔ log, sin ↔ cos, max ↔ min, σ(z) → σ(z)(1 - σ(z)), σ' → σ"""
    match site.node:
        case Call(fn, args) if other := ATOMS[fn].mistaken:
            yield Change(
                site.put(Call(other, args)),
                "wrong-function",
                f"{other} stands where another function is needed{of(site, fn)}",
                f"it should be {fn}",
            )


def other_slope(site: Site, scene: Scene) -> Iterator[Change]:
    """h(1 - h) → 1 - h²;  1 - h² → h(1 - h)"""
    match site.node:
        case Mul(args):
            for k, h in enumerate(args):
                if isinstance(h, (Elem, Call)) and (one_less := sub(ONE, h)) in args:
                    rest = [a for j, a in enumerate(args) if j != k and a != one_less]
                    yield Change(
                        site.put(mul(*rest, sub(ONE, power(h, TWO)))),
                        "wrong-function",
                        f"the slope of tanh stands there{of(site)}, which is another function",
                    )
        case Add((_, _) as args) if ONE in args:
            for term in args:
                match term:
                    case Mul((Num(value), Pow((Elem() | Call()) as h, Num(two)))) if value == -1 and two == 2:
                        yield Change(
                            site.put(mul(h, sub(ONE, h))),
                            "wrong-function",
                            f"the slope of the sigmoid stands there{of(site)}, which is another function",
                        )
