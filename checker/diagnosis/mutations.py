"""Every single slip on a formula, one row each: what it does to a place of the tree, its stable tag, its sentence.

A row is a generator from a `Site` to changes; its docstring is the formula. `mutants` applies all rows everywhere.
Nothing here knows whether a mutant is wrong: some are neutral, and only the judge says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from fractions import Fraction
from types import MappingProxyType

from checker.diagnosis.sites import Site, held, sites, term_words
from derivations.atoms import ATOMS
from derivations.domains import Names
from derivations.formula import (
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
    Formula,
    Index,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    SizeVal,
    add,
    call,
    div,
    free_indices,
    mul,
    names_in,
    neg,
    num,
    over,
    power,
    reindex,
    replace_elems,
    sub,
    total,
    walk,
)
from derivations.frozen import frozen

MAX_MUTANTS = 1500
MAX_FACTORS = 7
"""Products of more factors are not searched for two that are missing."""


@frozen
class Change:
    """What a row yields: the tree with one slip, its tag and its sentences. `effect` marks a sentence about what is
    seen, not what was done."""

    body: Node
    tag: str
    message: str
    reveal: str = ""
    effect: bool = False


@frozen
class Mutant:
    """A formula with one slip."""

    formula: Formula
    tag: str
    message: str
    reveal: str = ""
    effect: bool = False


@frozen
class Scene:
    """What a row may know besides its place: the truth, and the indices an answer may use in place of others."""

    truth: Formula
    indices: tuple[Index, ...] = ()
    around: Mapping[Index, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def names(self) -> Names:
        return self.truth.names if self.truth.names is not None else Names()


Row = Callable[[Site, Scene], Iterator[Change]]
ROWS: dict[str, Row] = {}
"""The table: name of the row → row."""


def row(made: Row) -> Row:
    """Enter a row in the table under its own name."""
    ROWS[made.__name__] = made
    return made


def _of(site: Site, *gone: Node | str) -> str:
    """` in the term with log`, or nothing for the whole; not by a word of what is `gone`, or named already."""
    words = site.place(frozenset().union(*({g} if isinstance(g, str) else held(g) for g in gone)))
    return f" {words}" if words else ""


def short(node: Node, depth: int = 1) -> str:
    """A few words for a factor, from its outside: `depth` functions and sums deep."""
    match node:
        case Elem(name):
            return name
        case Call(fn, args):
            return f"{fn}({', '.join(short(a, depth - 1) for a in args) if depth else '…'})"
        case Pow(a, Num(value)) if value < 0:
            return f"1/{short(a, depth)}" if value == -1 else f"{short(a, depth)}^({value})"
        case Pow(a, Num(value)):
            return f"{short(a, depth)}^{value}" if value.denominator == 1 else f"{short(a, depth)}^({value})"
        case Bound(op, _, body):
            return f"{op}({short(body, depth - 1) if depth else '…'})"
        case SizeVal(size):
            return size
        case Num(value) | Const(value):
            return str(value)
        case Add(args):
            return (
                "("
                + " + ".join(short(a, depth) for a in args[:2]).replace("+ -", "- ")
                + (" + …" if len(args) > 2 else "")
                + ")"
            )
        case Mul((Num(value), *args)) if value == -1:
            return "-" + " ".join(short(a, depth) for a in args[:3])
        case Mul(args):
            return " ".join(short(a, depth) for a in args[:3])
        case Delta():
            return "delta"
        case MatrixAtom(op):
            return op
        case _:
            return "the bracket"


def shown_term(terms: tuple[Node, ...], k: int) -> str:
    """A term by what only it holds, else by a few words for all of it."""
    words = term_words(terms, k)
    return words if "one of" not in words else f"the term {short(terms[k])}"


def _mean(node: Node) -> str | None:
    """The n of a factor 1/n."""
    return (
        node.base.size
        if isinstance(node, Pow) and isinstance(node.base, SizeVal) and node.exponent == MINUS_ONE
        else None
    )


def _adjoints(node: Node, scene: Scene) -> list[str]:
    """The nodes whose adjoints stand in a tree: v for dL/dv."""
    found = [n for n in sorted(names_in(node)) if n in scene.names and scene.names[n].role == "adjoint"]
    return [n.rpartition("/d")[2] for n in found]


# ---------------------------------------------------------------- signs and constants


@row
def sign(site: Site, scene: Scene) -> Iterator[Change]:
    """a + b → a - b;  the whole: a → -a"""
    if site.depth == 0:
        yield Change(site.put(neg(site.node)), "sign", "the sign is wrong", effect=True)
    if isinstance(site.node, Add):
        for k, term in enumerate(site.node.args):
            changed = add(*site.node.args[:k], neg(term), *site.node.args[k + 1 :])
            yield Change(site.put(changed), "sign", f"the sign of {term_words(site.node.args, k)} is wrong")


@row
def sign_inside(site: Site, scene: Scene) -> Iterator[Change]:
    """f(-a) → f(a), f(a) → f(-a)"""
    if isinstance(site.node, Call) and len(site.node.args) == 1 and site.node.fn not in ("abs",):
        yield Change(
            site.put(call(site.node.fn, neg(site.node.args[0]))), "sign", f"the sign inside {site.node.fn} is wrong"
        )


@row
def constant(site: Site, scene: Scene) -> Iterator[Change]:
    """c·a → a, -a;  a → 2a, a/2 (as one term)"""
    if isinstance(site.node, Mul) and isinstance(site.node.args[0], Num) and site.node.args[0].value not in (0, 1, -1):
        value = site.node.args[0].value
        for ratio in (1 / abs(value), -1 / abs(value)):
            yield Change(
                site.put(mul(num(ratio * value), *site.node.args[1:])),
                f"factor:{ratio}",
                _factor_words(ratio, _of(site)),
            )
    if isinstance(site.node, Add):
        for k, term in enumerate(site.node.args):
            for c in (Fraction(2), Fraction(1, 2)):
                changed = add(*site.node.args[:k], mul(num(c), term), *site.node.args[k + 1 :])
                yield Change(
                    site.put(changed),
                    f"factor:{c}",
                    _factor_words(c, f" in {term_words(site.node.args, k)}"),
                    effect=True,
                )
    if site.depth == 0:
        for c in (Fraction(2), Fraction(1, 2), Fraction(-2), Fraction(-1, 2)):
            yield Change(mul(num(c), site.node), f"factor:{c}", _factor_words(c, ""), effect=True)


def _factor_words(c: Fraction, where: str) -> str:
    size = abs(c)
    words = f"a factor {size} too large{where}" if size > 1 else f"a factor {1 / size} too small{where}"
    return f"it is {words}" + (", and the sign is wrong" if c < 0 else "")


# ---------------------------------------------------------------- terms and factors


@row
def dropped_term(site: Site, scene: Scene) -> Iterator[Change]:
    """a + b → a;  with an adjoint in b: the path through its node"""
    if not isinstance(site.node, Add):
        return
    for k, term in enumerate(site.node.args):
        rest = add(*site.node.args[:k], *site.node.args[k + 1 :])
        paths = _adjoints(term, scene)
        others = {p for j, t in enumerate(site.node.args) if j != k for p in _adjoints(t, scene)}
        own = [p for p in paths if p not in others]
        if own and site.depth <= 1:
            yield Change(site.put(rest), f"missing-path:{own[0]}", f"the path through {own[0]} is missing")
            continue
        if term in (ONE, MINUS_ONE):
            yield Change(site.put(rest), "missing-one", f"a 1 is missing{_of(site)}")
            continue
        inside = _of(site, term) or (" in a bracket" if site.depth else "")
        yield Change(
            site.put(rest), "missing-term", f"a term is missing{inside}", f"{shown_term(site.node.args, k)} is missing"
        )


@row
def complement(site: Site, scene: Scene) -> Iterator[Change]:
    """1 - p → p;  p → 1 - p"""
    if isinstance(site.node, Add) and len(site.node.args) == 2 and ONE in site.node.args:
        other = next((a for a in site.node.args if a != ONE), None)
        if other is not None:
            yield Change(
                site.put(neg(other)),
                "complement",
                f"1 minus it is needed{_of(site)}",
                f"1 - {short(neg(other))} stands there",
            )
    if (
        isinstance(site.node, Elem)
        and site.node.name in scene.names
        and scene.names[site.node.name].domain.name in ("label01", "probability")
    ):
        changed = sub(ONE, site.node)
        body = site.put(changed)
        if sub(ONE, changed) not in walk(body):  # 1 - p → 1 - (1 - p) is the slip above
            yield Change(body, "complement", f"it is not 1 minus {site.node.name}{_of(site, site.node)}")


@row
def dropped_factor(site: Site, scene: Scene) -> Iterator[Change]:
    """a·b → a;  (1/n)·a → a;  δ_ij·a → a"""
    if not isinstance(site.node, Mul):
        return
    for k, factor in enumerate(site.node.args):
        if isinstance(factor, Num):
            continue
        rest = site.put(mul(*site.node.args[:k], *site.node.args[k + 1 :]))
        size = _mean(factor)
        if size is not None:
            yield Change(rest, "missing-mean", f"the factor 1/{size} is missing{_of(site, factor)}")
        elif isinstance(factor, Delta) and not set(site.outer) & {factor.left, factor.right}:
            yield Change(
                rest, "only-diagonal", f"it is right only {diagonal_words(scene.truth, factor.left, factor.right)[0]}"
            )
        elif isinstance(factor, Cases) and factor.branches[0][1] == ONE and factor.otherwise == ZERO:
            yield Change(
                rest, "missing-indicator", _one_case(site, factor, "it is right only where the condition holds")
            )
        else:
            yield Change(
                rest,
                "missing-factor",
                f"a factor is missing{_of(site, factor)}",
                f"the factor {short(factor)} is missing",
            )


def diagonal_words(truth: Formula, left: object, right: object) -> tuple[str, str]:
    """Words for the entries with two equal indices, and for the others: by the letters that the question gave them, if
    it did."""
    given = {row.index for row in truth.names.values()} if truth.names is not None else set()
    if isinstance(left, Index) and isinstance(right, Index) and {left, right} <= given:
        return f"where {left.name} = {right.name}", f"where {left.name} ≠ {right.name}"
    if len(truth.free + truth.axes) == 2:
        return "on the diagonal", "off the diagonal"
    return "where two indices are equal", "where two indices differ"


@row
def dropped_pair(site: Site, scene: Scene) -> Iterator[Change]:
    """a·b·c → a"""
    if site.depth <= 2 and isinstance(site.node, Mul) and 3 <= len(site.node.args) <= MAX_FACTORS:
        for j, a in enumerate(site.node.args):
            for k in range(j + 1, len(site.node.args)):
                b = site.node.args[k]
                if isinstance(a, Num) or isinstance(b, Num):
                    continue
                rest = mul(*(f for i, f in enumerate(site.node.args) if i not in (j, k)))
                yield Change(
                    site.put(rest),
                    "missing-factor",
                    f"factors are missing{_of(site, a, b)}",
                    f"the factors {short(a)} and {short(b)} are missing",
                )


@row
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
                f"a factor is there twice{_of(site)}",
                f"the factor {short(factor)} is there twice",
            )


@row
def inverted_factor(site: Site, scene: Scene) -> Iterator[Change]:
    """a/b → a·b;  a·b → a/b"""
    if isinstance(site.node, Pow) and isinstance(site.node.exponent, Num) and not isinstance(site.node.base, Const):
        changed = power(site.node.base, num(-site.node.exponent.value))
        did, should = ("multiplied", "divided") if site.node.exponent.value < 0 else ("divided", "multiplied")
        yield Change(
            site.put(changed),
            "inverted",
            f"{did} where it should be {should}{_of(site)}",
            f"{short(site.node)} is upside down",
        )
    elif isinstance(site.node, Mul):
        for k, factor in enumerate(site.node.args):
            if isinstance(factor, (Elem, Call, Add, SizeVal, Bound)):
                changed = mul(*site.node.args[:k], power(factor, MINUS_ONE), *site.node.args[k + 1 :])
                yield Change(
                    site.put(changed),
                    "inverted",
                    f"divided where it should be multiplied{_of(site)}",
                    f"{short(factor)} is upside down",
                )


@row
def brackets(site: Site, scene: Scene) -> Iterator[Change]:
    """a·(b + c) → a·b + c"""
    if isinstance(site.node, Mul):
        for k, factor in enumerate(site.node.args):
            if isinstance(factor, Add):
                rest = (*site.node.args[:k], *site.node.args[k + 1 :])
                for j, term in enumerate(factor.args):
                    outside = add(*factor.args[:j], *factor.args[j + 1 :])
                    yield Change(
                        site.put(add(mul(*rest, term), outside)),
                        "brackets",
                        f"brackets are missing: a factor reaches only one term of a sum{_of(site)}",
                    )
                    if len(factor.args) > 2:
                        yield Change(
                            site.put(add(mul(*rest, outside), term)),
                            "brackets",
                            f"brackets are missing: a factor does not reach every term of a sum{_of(site)}",
                        )


# ---------------------------------------------------------------- powers and functions

_NAMES_OF_POWERS = {
    (Fraction(1), Fraction(2)): "the square is missing",
    (Fraction(1), Fraction(1, 2)): "the root is missing",
    (Fraction(-1), Fraction(-1, 2)): "the root is missing",
    (Fraction(-1), Fraction(-2)): "the square is missing",
}


@row
def exponent(site: Site, scene: Scene) -> Iterator[Change]:
    """a^k → a^(k ± 1), a^(k/2), a^(2k)"""
    match site.node:
        case Pow(base, Num(value)) if not isinstance(base, Const):
            place = (
                "" if site.where and site.where[0][0] == short(base) else _of(site)
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
            for k, factor in enumerate(args):
                if isinstance(factor, Elem) and not factor.at:
                    changed = mul(*args[:k], power(factor, num("1/2")), *args[k + 1 :])
                    yield Change(
                        site.put(changed),
                        "exponent",
                        f"the power of {factor.name} is wrong{_of(site, factor)}",
                        f"{factor.name}, not its root",
                    )


@row
def missing_function(site: Site, scene: Scene) -> Iterator[Change]:
    """f(a) → a"""
    match site.node:
        case Call(fn, (arg,)):
            yield Change(site.put(arg), f"missing-{fn}", f"{fn} is missing{_of(site, fn)}")
        case Pow(Const("e"), a):
            yield Change(site.put(a), "missing-exp", f"exp is missing{_of(site)}")


@row
def other_function(site: Site, scene: Scene) -> Iterator[Change]:
    """exp ↔ log, sin ↔ cos, max ↔ min, σ(z) → σ(z)(1 - σ(z)), σ' → σ"""
    match site.node:
        case Call(fn, args) if other := ATOMS[fn].mistaken:
            yield Change(
                site.put(Call(other, args)),
                "wrong-function",
                f"{other} stands where another function is needed{_of(site, fn)}",
                f"it should be {fn}",
            )


# ---------------------------------------------------------------- sums


@row
def lost_sum(site: Site, scene: Scene) -> Iterator[Change]:
    """Σ_i a_i → a_i (i an index of the answer), a_1"""
    match site.node:
        case Bound("sum", indices, body):
            for i in indices:
                rest = tuple(j for j in indices if j is not i)
                for k in scene.indices:
                    if k.size == i.size:
                        yield Change(
                            site.put(total(rest, reindex(body, {i: k}))),
                            "missing-sum",
                            f"the sum over {_running(i)} is missing{_of(site)}",
                        )
                if i not in free_indices(body):
                    yield Change(
                        site.put(total(rest, body)), "missing-sum", f"the sum over {_running(i)} is missing{_of(site)}"
                    )
        case Bound("prod", indices, body):
            for i in indices:
                rest = tuple(j for j in indices if j is not i)
                for k in scene.indices:
                    if k.size == i.size:
                        changed = reindex(body, {i: k})
                        yield Change(
                            site.put(Bound("prod", rest, changed) if rest else changed),
                            "missing-product",
                            f"the product over {_running(i)} is missing{_of(site)}",
                        )


def _running(i: Index) -> str:
    return f"all {i.size}"


@row
def sum_of_products(site: Site, scene: Scene) -> Iterator[Change]:
    """Σ a·b → Σ a · Σ b;  Σ a² → (Σ a)²;  (Σ a)² → Σ a²;  Σ (a + c) → Σ a + c"""
    match site.node:
        case Bound("sum", indices, body):
            yield from _inside_a_sum(site, indices, body)
    match site.node:
        case Pow(Bound("sum", indices, a), b) if not free_indices(b) & set(indices):
            yield Change(
                site.put(total(indices, power(a, b))), "power-of-sum", f"the power belongs outside the sum{_of(site)}"
            )
        case Call(fn, (Bound("sum", indices, a),)) if fn in ("log", "exp", "abs", "sigmoid", "relu"):
            yield Change(
                site.put(total(indices, call(fn, a))),
                "function-of-sum",
                f"{fn} of a sum is not the sum of {fn}{_of(site, fn)}",
            )


def _inside_a_sum(site: Site, indices: tuple[Index, ...], body: Node) -> Iterator[Change]:
    """Slips on Σ c·body, with c free of the indices."""
    mine = set(indices)
    args = body.args if isinstance(body, Mul) else (body,)
    inside = [a for a in args if free_indices(a) & mine]
    outside = [a for a in args if not free_indices(a) & mine]
    if len(inside) >= 2:
        for k, a in enumerate(inside):
            again = {i: i.fresh() for i in indices}
            rest = reindex(mul(*inside[:k], *inside[k + 1 :]), dict(again))
            split = mul(*outside, total(indices, a), total(tuple(again.values()), rest))
            yield Change(
                site.put(split), "sum-of-products", f"a sum of products is not the product of the sums{_of(site)}"
            )
    if len(inside) == 1:
        match inside[0]:
            case Pow(a, b) if not free_indices(b) & mine:
                yield Change(
                    site.put(mul(*outside, power(total(indices, a), b))),
                    "power-of-sum",
                    f"the power belongs inside the sum{_of(site)}",
                )
            case Call(fn, (a,)) if fn in ("log", "exp", "abs", "sigmoid", "relu"):
                yield Change(
                    site.put(mul(*outside, call(fn, total(indices, a)))),
                    "function-of-sum",
                    f"the sum of {fn} is not {fn} of the sum{_of(site, fn)}",
                )
    if isinstance(body, Add):
        for k, a in enumerate(body.args):
            rest = add(*body.args[:k], *body.args[k + 1 :])
            if not free_indices(a) & mine:
                yield Change(
                    site.put(add(total(indices, rest), a)),
                    "sum-of-constant",
                    f"a constant is summed too: it counts once for every term{_of(site)}",
                )


@row
def sum_for_product(site: Site, scene: Scene) -> Iterator[Change]:
    """Π a → Σ a;  Σ a → Π a;  max a → Σ a"""
    match site.node:
        case Bound("prod", indices, body):
            yield Change(
                site.put(total(indices, body)), "sum-for-product", f"a sum stands where a product is needed{_of(site)}"
            )
        case Bound("max" | "min" | "logsumexp" as op, indices, body):
            yield Change(
                site.put(total(indices, body)),
                "wrong-function",
                f"a sum stands where something else is needed{_of(site)}",
                f"it should be {op}",
            )


@row
def sizes(site: Site, scene: Scene) -> Iterator[Change]:
    """n → n - 1, n + 1, another size;  a → a/n for the whole"""
    match site.node:
        case SizeVal(size):
            yield Change(site.put(sub(site.node, ONE)), "n-1", f"{size} is needed, not {size} - 1{_of(site, size)}")
            yield Change(site.put(add(site.node, ONE)), "n+1", f"{size} is needed, not {size} + 1{_of(site, size)}")
            for other in scene.names.sizes:
                if other != size:
                    yield Change(
                        site.put(SizeVal(other)),
                        "wrong-size",
                        f"the wrong size is counted{_of(site, size)}",
                        f"it is {size}",
                    )
    if site.depth == 0:
        for size in scene.names.sizes:
            yield Change(
                div(site.node, SizeVal(size)), "extra-mean", f"there is a factor 1/{size} too many", effect=True
            )
            yield Change(
                mul(SizeVal(size), site.node), f"factor:{size}", f"it is a factor {size} too large", effect=True
            )


# ---------------------------------------------------------------- names and indices


@row
def delta(site: Site, scene: Scene) -> Iterator[Change]:
    """δ_ij → 1, 0"""
    if isinstance(site.node, Delta) and not set(site.outer) & {site.node.left, site.node.right}:
        on, off = diagonal_words(scene.truth, site.node.left, site.node.right)
        yield Change(site.put(ONE), "only-diagonal", f"it is right only {on}")
        yield Change(site.put(ZERO), "missing-diagonal", f"it is right only {off}")


@row
def swapped_index(site: Site, scene: Scene) -> Iterator[Change]:
    """x_ij → x_ji;  x_i → x_k"""
    if not isinstance(site.node, Elem) or not site.node.at:
        return
    name, at = site.node.name, site.node.at
    if len(at) == 2 and at[0] != at[1] and _size(at[0]) == _size(at[1]):
        yield Change(
            site.put(Elem(name, (at[1], at[0]))),
            "swapped-index",
            f"the two indices of {name} are exchanged{_of(site, name)}",
        )
    for k, i in enumerate(at):
        for j in (*scene.indices, *site.outer):
            if isinstance(i, Index) and j is not i and j.size == i.size:
                changed = Elem(name, (*at[:k], j, *at[k + 1 :]))
                yield Change(
                    site.put(changed),
                    "swapped-index",
                    f"{name} has the wrong index{_of(site, name)}",
                    f"its index is {i.name}, not {j.name}" if i.name != j.name else "",
                )


def _size(at: object) -> object:
    return at.size if isinstance(at, Index) else None


@row
def exchanged_indices(site: Site, scene: Scene) -> Iterator[Change]:
    """f_ij → f_ji for the whole"""
    if site.depth == 0:
        slots = scene.truth.free + scene.truth.axes
        for a, i in enumerate(slots):
            for j in slots[a + 1 :]:
                if i.size == j.size:
                    yield Change(
                        reindex(site.node, {i: j, j: i}),
                        "swapped-index",
                        "the two indices are exchanged: it is the transpose",
                    )


@row
def diagonal(site: Site, scene: Scene) -> Iterator[Change]:
    """f_ij → f_ii for the whole"""
    if site.depth == 0:
        slots = scene.truth.free + scene.truth.axes
        for a, i in enumerate(slots):
            for j in slots[a + 1 :]:
                if i.size == j.size:
                    message = f"it is right only {diagonal_words(scene.truth, i, j)[0]}"
                    yield Change(reindex(site.node, {j: i}), "only-diagonal", message)
                    yield Change(reindex(site.node, {i: j}), "only-diagonal", message)


@row
def exchanged_names(site: Site, scene: Scene) -> Iterator[Change]:
    """f(a, b) → f(b, a) for two names of the same shape"""
    if site.depth:
        return
    present = [n for n in sorted(names_in(site.node)) if n in scene.names and scene.names[n].role != "function"]
    for a, x in enumerate(present):
        for y in present[a + 1 :]:
            if scene.names[x].sizes == scene.names[y].sizes:
                to = {x: y, y: x}
                yield Change(_renamed(site.node, to), "swapped-names", f"{x} and {y} are exchanged")


@row
def wrong_name(site: Site, scene: Scene) -> Iterator[Change]:
    """a → b for a name b of the same shape"""
    if isinstance(site.node, Elem) and site.node.name in scene.names:
        mine = scene.names[site.node.name]
        for name, other in scene.names.items():
            if name != mine.name and other.sizes == mine.sizes and other.role in ("input", "node", "adjoint"):
                yield Change(
                    site.put(Elem(name, site.node.at)),
                    "wrong-name",
                    f"{name} stands where another name is needed{_of(site, mine.name)}",
                    f"it should be {mine.name}",
                )


def _renamed(node: Node, to: Mapping[str, str]) -> Node:
    return replace_elems(node, lambda e: Elem(to[e.name], e.at) if e.name in to else None)


# ---------------------------------------------------------------- cases and matrices


@row
def cases(site: Site, scene: Scene) -> Iterator[Change]:
    """[c] a else b → [c] b else a;  → a;  → b"""
    match site.node:
        case Cases(((condition, a),), b) if b is not None:
            yield Change(
                site.put(Cases(((condition, b),), a)), "swapped-cases", f"the two cases are exchanged{_of(site)}"
            )
            yield Change(site.put(a), "missing-case", _one_case(site, site.node))
            if b != ZERO or not free_indices(condition) & set(site.outer):  # a sum that is gone is no case of it
                yield Change(site.put(b), "missing-case", _one_case(site, site.node))
            if b != ZERO and a != ZERO:
                yield Change(site.put(Cases(((condition, a),), ZERO)), "missing-case", f"one case is not 0{_of(site)}")
        case Cases(branches, otherwise) if len(branches) >= 2:
            values = [v for _, v in branches]
            for k in range(len(values)):
                for j in range(k + 1, len(values)):
                    turned = list(branches)
                    turned[k], turned[j] = (branches[k][0], values[j]), (branches[j][0], values[k])
                    yield Change(
                        site.put(Cases(tuple(turned), otherwise)),
                        "swapped-cases",
                        f"two cases are exchanged{_of(site)}",
                    )
            for value in values:
                yield Change(site.put(value), "missing-case", _one_case(site, site.node))


def _one_case(site: Site, node: Node, words: str = "it is right in one case only") -> str:
    """What is seen where cases are not told apart; inside a sum over them no one case is seen."""
    return "a condition is missing inside the sum" if free_indices(node) & set(site.outer) else words


@row
def cases_threshold(site: Site, scene: Scene) -> Iterator[Change]:
    """[z > 0] → [z > 1];  [a > b] → [a < b]"""
    if isinstance(site.node, Cases):
        for k, (condition, value) in enumerate(site.node.branches):
            if isinstance(condition, Rel) and condition.op in _TURNED and not isinstance(condition.left, IndexVal):
                turned = Rel(_TURNED[condition.op], condition.left, condition.right)
                changed = (*site.node.branches[:k], (turned, value), *site.node.branches[k + 1 :])
                yield Change(
                    site.put(Cases(changed, site.node.otherwise)),
                    "swapped-cases",
                    f"the condition of a case points the wrong way{_of(site)}",
                )


@row
def conditions(site: Site, scene: Scene) -> Iterator[Change]:
    """Every z > 0 → z < 0"""
    if site.depth == 0 and sum(isinstance(n, Cases) for n in walk(site.node)) > 1:
        yield Change(_turned(site.node), "swapped-cases", "the cases are exchanged")


def _turned(node: Node) -> Node:
    if isinstance(node, Rel) and node.op in _TURNED and not isinstance(node.left, IndexVal):
        return Rel(_TURNED[node.op], node.left, node.right)
    return over(node, _turned)


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@row
def matrix_atoms(site: Site, scene: Scene) -> Iterator[Change]:
    """A⁻¹ → A;  log det A → det A"""
    match site.node:
        case MatrixAtom("inv", r, c, body, (a, b)):
            yield Change(site.put(reindex(body, {r: a, c: b})), "missing-inverse", f"an inverse is missing{_of(site)}")
            if a != b:
                yield Change(
                    site.put(MatrixAtom("inv", r, c, body, (b, a))),
                    "swapped-index",
                    f"an inverse is transposed{_of(site)}",
                )
        case MatrixAtom("logdet", r, c, body):
            yield Change(site.put(MatrixAtom("det", r, c, body)), "missing-log", f"log is missing{_of(site)}")


# ---------------------------------------------------------------- all of them


def mutants(truth: Formula, indices: tuple[Index, ...] = ()) -> Iterator[Mutant]:
    """Every single mutation of a formula: rows × places, from the outside in. `indices` are further indices an answer
    may use."""
    declared = tuple(r.index for r in truth.names.values() if r.index is not None) if truth.names is not None else ()
    scene = Scene(truth, tuple(dict.fromkeys((*truth.free, *truth.axes, *indices, *declared))))
    seen: set[tuple[Node, str]] = set()
    for site in sites(truth.body):
        for rule in ROWS.values():
            for change in rule(site, scene):
                if change.body == truth.body or (change.body, change.tag) in seen:
                    continue
                seen.add((change.body, change.tag))
                yield Mutant(
                    replace(truth, body=change.body, source=None),
                    change.tag,
                    change.message,
                    change.reveal,
                    change.effect,
                )
                if len(seen) >= MAX_MUTANTS:
                    return
