"""Show that A = B: a chain of steps between two forms, found by rewriting both sides until they meet.

Each rule of `RULES` rewrites a whole formula in one direction (a definition put in, a product multiplied out, an
inverse of the other side inserted as M M⁻¹, …). From both sides the forms that the rules reach are collected, nearest
first; where a form is reached from both, the steps of the left side down to it and those of the right side back from it
are the chain. Nothing here says whether A = B holds: that is the judge's, and every step is evaluated before it is
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, permutations

from derivations import verify
from derivations.atoms import unfold
from derivations.derivation import Lemma, Step
from derivations.domains import Names
from derivations.folding import apply, facts_of, fits, inline
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    Add,
    Bound,
    Call,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    Key,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    add,
    binders,
    call,
    children,
    count,
    free_indices,
    key,
    key_of,
    mul,
    neg,
    power,
    rebuild,
    reindex,
    sub,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.logs import open_logs
from derivations.signs import positive
from derivations.simplify.shapes import cost, factor, neat
from derivations.simplify.tidy import tidy
from derivations.work import TooMuchWork, limited

FORMS = 48
"""Forms that are rewritten on each side before the search ends: a chain that is longer convinces nobody."""
LARGEST = 600
"""Nodes of a form that is looked at."""
DEPTH = 5
"""Rewritings of one side."""
WORK = 80_000
"""Units of `work` for one search: some seconds."""
TIES = 4
"""Indices that stand alike and are put in every order: 4! orders are compared."""
MAX_PRODUCT = 60
"""Terms of a product that is multiplied out."""


@frozen
class Rule:
    """One direction of rewriting. `says` names it from left to right in the chain, `back` when the chain passes it from
    right to left.

    `rewrite` gives the forms that follow, each with what was used; that stands for {} in the rule's name.
    """

    says: str
    back: str
    rewrite: Callable[[Node, Side], Iterator[tuple[Node, str]]]


@frozen
class Side:
    """What a rule may look at besides the formula: the names, the axes, the inverses of the other side."""

    names: Names
    axes: tuple[Index, ...]
    inverses: tuple[MatrixAtom, ...]


@frozen
class Reached:
    """A form and how it was reached."""

    node: Node
    before: Reached | None = None
    rule: Rule | None = None
    used: str = ""

    @property
    def depth(self) -> int:
        return 0 if self.before is None else self.before.depth + 1


def chain(left: Formula, right: Formula, names: Names) -> Lemma | None:
    """The steps from `left` to `right` (both over the same axes), each verified; None where none were found.

    Raises `StepError` where a step does not hold: our bug.
    """
    left = replace(left, names=names)
    for rules in (RULES, RULES + ALGEBRA):  # SymPy takes 0.3 s to import: only where nothing else meets
        try:
            with limited(WORK):
                met = _meet(left.body, right.body, names, left.axes, rules)
        except TooMuchWork:
            return None
        if met is not None:
            lemma = _lemma(*met, left, names)
            return verify.check_steps(lemma, names, gentle=True)
    return None


def _meet(
    left: Node, right: Node, names: Names, axes: tuple[Index, ...], rules: Sequence[Rule]
) -> tuple[Reached, Reached] | None:
    """A form that both sides reach, with the fewest steps and then the shortest forms."""
    sides = (Side(names, axes, _inverses(right, axes)), Side(names, axes, _inverses(left, axes)))
    known: tuple[dict[Key, Reached], dict[Key, Reached]] = ({}, {})
    waiting = ([Reached(left)], [Reached(right)])
    for mine, start in zip(known, waiting, strict=True):
        mine[identity(start[0].node, names)] = start[0]
    for depth in range(2 * DEPTH + 1):
        common = [(known[0][k], known[1][k]) for k in known[0].keys() & known[1].keys()]
        if common:
            return min(common, key=lambda pair: (pair[0].depth + pair[1].depth, cost(pair[0].node)))
        which = depth % 2
        waiting[which][:] = list(_next(waiting[which], known[which], sides[which], rules))
    return None


def _next(forms: Sequence[Reached], known: dict[Key, Reached], side: Side, rules: Sequence[Rule]) -> Iterator[Reached]:
    for form in sorted(forms, key=lambda f: cost(f.node)):
        if len(known) > FORMS:
            return
        for rule in rules:
            for node, used in rule.rewrite(form.node, side):
                if count(node) > LARGEST:
                    continue
                k = identity(node, side.names)
                if k not in known:
                    known[k] = Reached(node, form, rule, used)
                    yield known[k]


def _lemma(left: Reached, right: Reached, formula: Formula, names: Names) -> Lemma:
    down = list(_way(left))[::-1]
    up = list(_way(right))
    steps: list[Step] = []
    here = replace(formula, names=names)

    def to(rule: str, node: Node) -> None:
        nonlocal here
        after = Formula(node, formula.axes, names=names)
        if after != here:
            steps.append(Step(rule, here, after))
            here = after

    for form in down[1:]:
        assert form.rule is not None
        to(form.rule.says.replace("{}", form.used), form.node)
    met, other = tidy(here.body, names), tidy(up[0].node, names)
    parts = [*walk(here.body), *walk(up[0].node)]
    sifted = any(isinstance(n, Delta) for n in parts)
    out = any(isinstance(n, Add) for n in parts)
    to(("multiply out" if out else "sift δ") if sifted else "simplify", met)
    to("rename and reorder the sums" if any(isinstance(n, Bound) for n in walk(other)) else "rearrange", other)
    to(("factor" if out else "sift δ") if sifted else "rewrite", up[0].node)
    for one, two in pairwise(up):
        assert one.rule is not None
        to(one.rule.back.replace("{}", one.used), two.node)
    if not steps:
        steps.append(Step("the same by the notation", here, here))
    return Lemma("proof", tuple(steps))


def _way(form: Reached) -> Iterator[Reached]:
    at: Reached | None = form
    while at is not None:
        yield at
        at = at.before


# ---------------------------------------------------------------- when two forms are the same


def identity(node: Node, names: Names) -> Key:
    """Equal for forms that differ in the order of terms, of factors and of sums, in the names of bound indices, in
    nesting of sums, and in the order of a symmetric matrix's indices."""
    return key(_flat(tidy(node, names), names))


def _flat(node: Node, names: Names) -> Node:
    below = children(node)
    if below:
        node = rebuild(node, tuple(_flat(c, names) for c in below))
    if isinstance(node, Mul | Bound | Pow) and (not isinstance(node, Bound) or node.op == "sum"):
        indices, factors = opened(node)
        if indices:
            return _ordered(indices, factors, names)
    if isinstance(node, Elem | MatrixAtom) and _swaps(node, names):
        return _sorted_at(node, {})
    return node


def opened(node: Node) -> tuple[list[Index], list[Node]]:
    """A product of sums of products as one sum: Σ_i a_i Σ_j b_j = Σ_ij a_i b_j. Its indices and its factors."""
    if isinstance(node, Bound) and node.op == "sum":
        indices, factors = opened(node.body)
        fresh = {i: i.fresh() for i in (*node.indices, *indices)}
        return list(fresh.values()), [reindex(f, fresh) for f in factors]
    if isinstance(node, Mul):
        parts = [opened(a) for a in node.args]
        return [i for p in parts for i in p[0]], [f for p in parts for f in p[1]]
    if (
        isinstance(node, Pow)
        and isinstance(node.base, Bound)
        and node.base.op == "sum"
        and isinstance(node.exponent, Num)
        and node.exponent.value in (2, 3)
    ):
        return opened(Mul((node.base,) * int(node.exponent.value)))
    return [], [node]


def _ordered(indices: Sequence[Index], factors: Sequence[Node], names: Names) -> Node:
    """One sum with its indices in an order that depends on where they stand and not on their names."""
    colours: dict[Index, str] = {i: str(i.size) for i in indices}
    for _ in range(len(indices)):
        finer = {
            i: repr((colours[i], sorted(_seen_from(i, f, colours, names) for f in factors if i in free_indices(f))))
            for i in indices
        }
        ranks = {c: f"{k:03d}" for k, c in enumerate(sorted(set(finer.values())))}
        done = len(ranks) == len(set(colours.values()))
        colours = {i: ranks[finer[i]] for i in indices}
        if done:
            break
    ranked = sorted(indices, key=lambda i: colours[i])
    ties = [i for i in ranked if sum(colours[i] == colours[j] for j in ranked) > 1]
    if not 1 < len(ties) <= TIES:
        return _written(ranked, factors, names)
    orders = (sorted(ranked, key=lambda i, p=p: (colours[i], p.index(i) if i in p else 0)) for p in permutations(ties))
    return min((_written(order, factors, names) for order in orders), key=lambda n: repr(key(n)))


def _written(order: Sequence[Index], factors: Sequence[Node], names: Names) -> Node:
    rank = {i: k for k, i in enumerate(order)}
    return Bound("sum", tuple(order), mul(*(_sorted_at(f, rank) if _swaps(f, names) else f for f in factors)))


def _seen_from(index: Index, factor: Node, colours: Mapping[Index, str], names: Names) -> str:
    """A factor with its bound indices as colours, the index itself marked."""
    to: dict[Index, IndexExpr] = {
        i: Index("me" if i is index else colours[i], i.size) for i in free_indices(factor) if i in colours
    }
    seen = reindex(factor, to)
    if _swaps(seen, names) and isinstance(seen, Elem | MatrixAtom):
        seen = replace(seen, at=tuple(sorted(seen.at, key=repr)))
    where = {i: ("seen", i.name) for i in free_indices(seen)}
    return repr(key_of(seen, where))


def _swaps(node: Node, names: Names) -> bool:
    """Whether a matrix entry is the same with its two indices exchanged."""
    if isinstance(node, Elem):
        row = names.get(node.name)
        return row is not None and len(node.at) == 2 and row.domain.structure in ("symmetric", "posdef")
    if not (isinstance(node, MatrixAtom) and node.op == "inv"):
        return False
    one, two = Index("r", node.row.size), Index("c", node.col.size)
    there, back = (
        _flat(tidy(reindex(node.body, to), names), names)
        for to in ({node.row: one, node.col: two}, {node.row: two, node.col: one})
    )
    return key(there) == key(back)


def _sorted_at(node: Node, rank: Mapping[Index, int]) -> Node:
    if not isinstance(node, Elem | MatrixAtom):
        return node
    return replace(
        node,
        at=tuple(sorted(node.at, key=lambda a: (rank.get(a, -1), a.name) if isinstance(a, Index) else (-2, str(a)))),
    )


# ---------------------------------------------------------------- the rules


def _everywhere(node: Node, by: Callable[[Node], Node | None]) -> Node:
    """The tree with what `by` gives in place of each node, from the leaves up."""
    below = children(node)
    if below:
        new = tuple(_everywhere(c, by) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = rebuild(node, new)
    made = by(node)
    return node if made is None else made


SPELLED: Mapping[str, str] = {
    "sigmoid": "σ",
    "log_sigmoid": "log σ",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
}


def _definitions(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """tanh z = (e^2z - 1)/(e^2z + 1), σ(z) = 1/(1 + e^-z), logsumexp_k a_k = log Σ_k e^a_k, …"""
    used: dict[str, None] = {}

    def by(part: Node) -> Node | None:
        if isinstance(part, Call) and part.fn not in ("exp", "relu"):
            made = unfold(part)
            if made is not None:
                used[SPELLED.get(part.fn, part.fn)] = None
            return made
        if isinstance(part, Bound) and part.op == "logsumexp":
            used["logsumexp"] = None
            return call("log", total(part.indices, call("exp", part.body)))
        return None

    made = _everywhere(node, by)
    if used:
        yield made, ", ".join(used)


def _bindings(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """A node by its definition."""
    nodes = frozenset(r.name for r in side.names.values() if r.role == "node" and r.definition is not None)
    there = sorted({n.name for n in walk(node) if isinstance(n, Elem)} & nodes)
    if there:
        yield inline(node, side.names, nodes), ", ".join(f"`{n}`" for n in there)


def _terms(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, Add) else (node,)


def multiply(node: Node, names: Names) -> Node:
    """(a + b)c = ac + bc, (a + b)² = a² + 2ab + b², Σ (a + b) = Σ a + Σ b, everywhere; tidied."""
    below = children(node)
    if below:
        node = tidy(rebuild(node, tuple(multiply(c, names) for c in below)), names)
    match node:
        case Mul(args) | Pow(Mul(args), _) if any(_opens(a) for a in args):
            factors = args if isinstance(node, Mul) else ()
        case Pow() if _opens(node):
            factors = (node,)
        case Bound("sum", indices, Add(terms)):
            return tidy(add(*(multiply(reindex(total(indices, t), {}), names) for t in terms)), names)
        case _:
            return node
    made: list[Node] = [ONE]
    for part in factors:
        base, times = (
            (part.base, int(part.exponent.value))
            if _opens(part) and isinstance(part, Pow) and isinstance(part.exponent, Num)
            else (part, 1)
        )
        for _ in range(times):
            made = [tidy(mul(a, reindex(b, {})), names) for a in made for b in _terms(base)]
            if len(made) > MAX_PRODUCT:
                return node
    return tidy(add(*made), names)


def _opens(node: Node) -> bool:
    match node:
        case Add():
            return True
        case Pow(Add(), Num(e)):
            return e.denominator == 1 and 2 <= e <= 4
        case _:
            return False


def _multiplied(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    made = multiply(tidy(node, side.names), side.names)
    yield made, ""


def _merged(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """Σ_i a_i Σ_j b_ij c multiplied out as one sum: what a product of matrices is, entry by entry."""
    made = multiply(_everywhere(tidy(node, side.names), lambda n: _one_sum(n)), side.names)
    yield made, ""


def _one_sum(node: Node) -> Node | None:
    if isinstance(node, Bound) and node.op == "sum":
        indices, factors = opened(node)
        return Bound("sum", tuple(indices), mul(*factors)) if len(indices) > len(node.indices) else None
    return None


def _logarithms(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """log(ab) = log a + log b, log aʳ = r log a, where the parts are positive."""

    def by(part: Node) -> Node | None:
        if isinstance(part, Call) and part.fn == "log":
            inner = part.args[0]
            if isinstance(inner, Mul) and all(positive(a, side.names) for a in inner.args):
                return add(*(open_logs(call("log", a), side.names) for a in inner.args))
        return None

    yield tidy(_everywhere(open_logs(node, side.names), by), side.names), ""


def _exponentials(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """e^(a + b) = e^a e^b, e^(c log a) = a^c."""

    def by(part: Node) -> Node | None:
        if isinstance(part, Call) and part.fn == "exp":
            return mul(*(_exponential(t) for t in _terms(multiply(part.args[0], side.names))))
        return None

    yield tidy(_everywhere(node, by), side.names), ""


def _exponential(term: Node) -> Node:
    factors = term.args if isinstance(term, Mul) else (term,)
    for k, part in enumerate(factors):
        if isinstance(part, Call) and part.fn == "log":
            return power(part.args[0], mul(*factors[:k], *factors[k + 1 :]))
    return call("exp", term)


def _known_facts(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    for row in side.names.inputs():
        for fact in facts_of(row):
            if fits(fact, node):
                yield tidy(apply(fact, node), side.names), fact.rule


def _pythagoras(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """sin² a = 1 - cos² a"""

    def by(part: Node) -> Node | None:
        match part:
            case Pow(Call("sin", (a,)), Num(e)) if e.denominator == 1 and e >= 2:
                left = power(call("sin", a), Num(e - 2)) if e > 2 else ONE
                return mul(sub(ONE, Pow(call("cos", a), TWO)), left)
        return None

    made = _everywhere(node, by)
    if made != node:
        yield tidy(made, side.names), ""


def _double_angles(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """sin 2a = 2 sin a cos a, cos 2a = 1 - 2 sin² a"""

    def by(part: Node) -> Node | None:
        match part:
            case Call("sin" | "cos", (Mul((Num(two), *rest)),)) if two == 2:
                a = mul(*rest)
                return (
                    mul(TWO, call("sin", a), call("cos", a))
                    if part.fn == "sin"
                    else sub(ONE, mul(TWO, Pow(call("sin", a), TWO)))
                )
        return None

    made = _everywhere(node, by)
    if made != node:
        yield tidy(made, side.names), ""


def _simplified(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    yield neat(node, side.names), ""


def _factored(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    yield factor(tidy(node, side.names), side.names), ""


def _inverses(node: Node, axes: tuple[Index, ...]) -> tuple[MatrixAtom, ...]:
    """The inverses of a formula that one of its axes stands at, and whose matrix holds no other index."""
    found: dict[Key, MatrixAtom] = {}
    for part in walk(node):
        if (
            isinstance(part, MatrixAtom)
            and part.op == "inv"
            and set(part.at) & set(axes)
            and not free_indices(part.body) - {part.row, part.col}
        ):
            found.setdefault(key(part), part)
    return tuple(found.values())


def _with_identity(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """a_i = Σ_kl M⁻¹_ik M_kl a_l, and from the right, for an inverse of the other side."""
    there = [n for n in walk(node) if isinstance(n, MatrixAtom) and n.op == "inv"]
    for inverse in side.inverses:
        if any(key(replace(n, at=inverse.at)) == key(inverse) for n in there):
            continue
        for place, at in enumerate(inverse.at):
            if isinstance(at, Index) and at in side.axes:
                inner, outer = Index("k", at.size), Index("l", at.size)
                matrix = reindex(
                    inverse.body,
                    {inverse.row: inner, inverse.col: outer}
                    if place == 0
                    else {inverse.row: outer, inverse.col: inner},
                )
                entry = reindex(
                    MatrixAtom(
                        "inv", inverse.row, inverse.col, inverse.body, (at, inner) if place == 0 else (inner, at)
                    ),
                    {},
                )
                rest = reindex(node, {at: outer})
                yield total((inner, outer), mul(entry, matrix, rest) if place == 0 else mul(rest, matrix, entry)), ""


def _inverse_times(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """Σ_k A⁻¹_ik A_kj = δ_ij, Σ_k A_ik A⁻¹_kj = δ_ij"""

    def by(part: Node) -> Node | None:
        if not (isinstance(part, Bound) and part.op == "sum"):
            return None
        indices, factors = opened(part)
        for one in factors:
            for two in factors:
                met = _inverse_pair(one, two, indices, factors)
                if met is not None:
                    k, left = met
                    rest = [f for f in factors if f is not one and f is not two]
                    return tidy(total([i for i in indices if i is not k], mul(left, *rest)), side.names)
        return None

    made = _everywhere(tidy(node, side.names), by)
    if made != node:
        yield tidy(made, side.names), ""


def _inverse_pair(one: Node, two: Node, indices: Sequence[Index], factors: Sequence[Node]) -> tuple[Index, Node] | None:
    """The index that joins A⁻¹ and A when nothing else stands at it, and the δ that is left."""
    if not (
        isinstance(one, MatrixAtom)
        and one.op == "inv"
        and isinstance(two, Elem)
        and isinstance(one.body, Elem)
        and one.body.name == two.name
    ):
        return None
    at = two.at if one.body.at == (one.row, one.col) else two.at[::-1] if one.body.at == (one.col, one.row) else None
    if at is None:
        return None
    for k, i, j in ((one.at[1], one.at[0], at[1]), (one.at[0], one.at[1], at[0])):
        joins = at[0] if k is one.at[1] else at[1]
        if (
            isinstance(k, Index)
            and k is joins
            and k in indices
            and sum(k in free_indices(f) for f in factors) == 2
            and k not in (i, j)
        ):
            return k, Delta(i, j)
    return None


def _largest(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """max(a, b) = (a + b + |a - b|)/2, min(a, b) = (a + b - |a - b|)/2, ReLU(a) = max(0, a)"""

    def by(part: Node) -> Node | None:
        match part:
            case Call("max" | "min", (a, b)):
                apart = call("abs", sub(a, b))
                return mul(HALF, add(a, b, apart if part.fn == "max" else neg(apart)))
            case Call("relu", (a,)):
                return mul(HALF, add(a, call("abs", a)))
        return None

    made = _everywhere(node, by)
    if made != node:
        yield made, ""


def _cancelled(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """One fraction in lowest terms, inside functions and sums as well; e^-a is 1/e^a."""
    made = _fraction(tidy(node, side.names), side.names)
    for form in made:
        yield tidy(form, side.names), ""


def _fraction(node: Node, names: Names) -> tuple[Node, ...]:
    from derivations.tensor import rational  # late: SymPy takes 0.3 s to import

    inner = _below_arithmetic(node, names)
    if not isinstance(inner, Add | Mul | Pow) or count(inner) > LARGEST // 2:
        return (inner,)
    return rational(_everywhere(inner, _one_exponential))


def _below_arithmetic(node: Node, names: Names) -> Node:
    """The tree with the arguments of functions and sums as fractions in lowest terms."""
    below = children(node)
    if isinstance(node, Add | Mul) or (isinstance(node, Pow) and isinstance(node.exponent, Num)):
        return rebuild(node, tuple(_below_arithmetic(c, names) for c in below))
    if not below or (binders(node) and isinstance(node, MatrixAtom)):
        return node
    return tidy(rebuild(node, tuple(tidy(_fraction(c, names)[0], names) for c in below)), names)


def _one_exponential(node: Node) -> Node | None:
    """e^(c a) as (e^a)^c for whole c, so that e^z and e^-z are one quantity."""
    if isinstance(node, Call) and node.fn == "exp":
        a = node.args[0]
        factors = a.args if isinstance(a, Mul) else (a,)
        if (
            isinstance(factors[0], Num)
            and len(factors) > 1
            and factors[0].value.denominator == 1
            and abs(factors[0].value) <= 8
        ):
            return Pow(call("exp", mul(*factors[1:])), factors[0])
    return None


RULES: tuple[Rule, ...] = (
    Rule("definition of {}", "definition of {}", _bindings),
    Rule("definition of {}", "definition of {}", _definitions),
    Rule("multiply out", "factor", _multiplied),
    Rule("multiply out", "collect", _merged),
    Rule("{}", "{}", _known_facts),
    Rule("exponential of a sum", "exponential of a sum", _exponentials),
    Rule("logarithm of a product", "logarithm of a product", _logarithms),
    Rule("insert the identity M⁻¹M = I", "M⁻¹M = I", _with_identity),
    Rule("A⁻¹A = I", "insert A⁻¹A = I", _inverse_times),
    Rule("max(a, b) = (a + b + |a - b|)/2", "max(a, b) = (a + b + |a - b|)/2", _largest),
    Rule("sin² + cos² = 1", "sin² + cos² = 1", _pythagoras),
    Rule("double angle", "double angle", _double_angles),
    Rule("simplify", "rewrite", _simplified),
    Rule("factor", "multiply out", _factored),
)
"""The rules in the order in which they are tried."""

ALGEBRA: tuple[Rule, ...] = (Rule("common denominator, cancelled", "expand the fraction", _cancelled),)
"""The rules that need SymPy."""
