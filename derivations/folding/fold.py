"""Folding into the course's names: a binding of the model, read backwards.

A binding `c = D` is solved for every atom of D that carries all of c's indices, so that

    p = σ(z)                  gives  σ(z)   → p
    y_i = e^x_i / Σ_k e^x_k   gives  e^x_i  → y_i Σ_k e^x_k
    x̂_ij = (x_ij - μ_j)/√v_j  gives  x_ij   → μ_j + x̂_ij √v_j
    v_j = (1/m) Σ_i (x_ij-μ_j)²  gives  Σ_i (x_ij - μ_j)² → m v_j

and a domain's fact `Σ_k t_k = 1` is the rule Σ_k t_k → 1. A rule is taken when the result is shorter (`simplify.cost`);
no rule knows a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from fractions import Fraction
from functools import partial

from derivations.domains import Declared, Names
from derivations.folding.bindings import folds_of
from derivations.folding.facts import facts_of
from derivations.folding.matching import Fold, apply, fits
from derivations.formula import (
    ONE,
    Add,
    Bound,
    Call,
    Cases,
    Delta,
    Elem,
    Formula,
    Mul,
    Node,
    Num,
    Pow,
    add,
    bound,
    count,
    free_indices,
    key,
    map_up,
    mul,
    names_in,
    neg,
    num,
    over,
    power,
    reindex,
    replace_elems,
    split_coefficient,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.pointwise import covers
from derivations.signs import away_from_zero, positive
from derivations.simplify.shapes import LARGE, cost, expand, neat, recognise, shortest
from derivations.simplify.tidy import tidy
from derivations.work import TooMuchWork, left, limited


def rules(names: Names, root: str | None = None) -> tuple[Fold, ...]:
    """Every rule of the names, latest bindings first; not those of the root, which nobody wants to see in its own
    gradient.

    The exception are functions that are known by their own derivative: h = σ(z) has h(1 - h), k = exp(…) has k.
    """
    made: list[Fold] = [fact.fold for fact in names.facts]
    for row in reversed(list(names.values())):
        if row.role == "node" and row.known and (row.name != root or _in_itself(row)):
            made.extend(folds_of(row, names))
            made.extend(_of_softmax(row, names) or _of_shares(row, names))
        elif row.role == "input":
            made.extend(facts_of(row))
    return tuple(made)


def _of_softmax(row: Declared, names: Names) -> tuple[Fold, ...]:
    """Σ_k y_ik = 1 of a node that is a softmax along its last axis."""
    if row.definition is None or not row.definition.axes:
        return ()
    *rows, last = (i.fresh() for i in row.definition.axes)
    entry = reindex(row.definition.body, dict(zip(row.definition.axes, (*rows, last), strict=True)))
    summed = _summed(Bound("sum", (last,), tidy(recognise(entry, names), names)))
    if summed is None:
        return ()
    return (
        Fold(_SUM_OF_ENTRIES.format(row.name), total((last,), Elem(row.name, (*rows, last))), frozenset(rows), summed),
    )


def _of_shares(row: Declared, names: Names) -> tuple[Fold, ...]:
    """Σ_k q_ik = 1 of a node that is declared as shares, where it follows from what it is made of: (1 - ε) t + ε/K of
    shares t."""
    if row.definition is None or not row.definition.axes or not row.domain.has("partition"):
        return ()
    *rows, last = (i.fresh() for i in row.definition.axes)
    entry = reindex(row.definition.body, dict(zip(row.definition.axes, (*rows, last), strict=True)))
    rows_of = [names[name] for name in sorted(names_in(entry)) if name in names]
    known = [fact for used in rows_of if used.role == "input" for fact in facts_of(used)]
    if not known or fold(total((last,), entry), known, names).node != ONE:
        return ()
    summed = total((last,), Elem(row.name, (*rows, last)))
    return (Fold(_SUM_OF_ENTRIES.format(row.name), summed, frozenset(rows), ONE),)


_SUM_OF_ENTRIES = "entries of `{}` sum to 1"
_OWN_DERIVATIVE = frozenset({"exp", "sigmoid", "tanh"})


def _in_itself(row: Declared) -> bool:
    body = row.definition.body if row.definition is not None else None
    return isinstance(body, Call) and body.fn in _OWN_DERIVATIVE


@frozen
class Folded:
    """What folding gave, with the rules that were taken, in order."""

    node: Node
    taken: tuple[tuple[str, Node], ...]


def fold(node: Node, folds: Sequence[Fold], names: Names) -> Folded:
    """Rules are taken while one makes the formula shorter and leaves it a value wherever it had one; each is recorded
    with the formula after it. At most half of the work that is left goes into this: what is short by then stands."""
    best, allowed = tidy(node, names), left()
    taken: list[tuple[str, Node]] = []
    with suppress(TooMuchWork), nullcontext() if allowed is None else limited(allowed // 2):
        for rule, shorter in _shortened(node, folds, names):
            best = shorter
            if rule is not None:
                taken.append((rule, shorter))
        best = cleared(best, names)
    return Folded(best, tuple(taken))


def _shortened(node: Node, folds: Sequence[Fold], names: Names) -> Iterator[tuple[str | None, Node]]:
    """The formula made neat, and shorter and shorter forms, each with the rule that gave it; at last one that divides
    by no sum, where there is such a one, without a rule."""
    best = neat(node, names)
    yield None, best
    axes = tuple(sorted(free_indices(node), key=lambda i: (i.name, str(i.size))))
    given = Formula(node, axes, names=names)

    def whole(new: Node) -> bool:
        return free_indices(new) <= set(axes) and covers(Formula(new, axes, names=names), given)

    ways = [(rule, partial(_by_known, known)) for rule, known in _KNOWN]
    ways += [("1 - σ(a) = σ(-a)", _reflected)]
    ways += [(rule.rule, partial(_by_fold, rule)) for rule in folds]
    forms = _forms(best, names)
    improving = True
    while improving:
        improving = False
        for rule, way in ways:
            fitting = [neat(made, names) for form in forms if (made := way(form)) is not None]
            if fitting and cost(new := shortest(fitting)) < cost(best) and whole(new):
                best, improving = new, True
                yield rule, best
                forms = _forms(best, names)
    yield None, over_one_bar(best, names, whole)


def over_one_bar(node: Node, names: Names, holds: Callable[[Node], bool]) -> Node:
    """The form that divides by no sum, where there is such a one; else one over a common denominator, 1/(q (1 - q)) of
    q/(1 - q) + 1/q + 1, where that is much shorter. `holds` says which forms have a value wherever this one has."""
    if not sum_in_denominator(node):
        return node
    cancelled = [neat(_positive_below(form, names), names) for form in _cancelled(node)]
    without = [form for form in cancelled if not sum_in_denominator(form) and holds(form)]
    shorter = [form for form in cancelled if 4 * cost(form) <= 3 * cost(node) and holds(form)]
    return shortest([node, *(without or shorter)])


def _by_fold(rule: Fold, form: Node) -> Node | None:
    """A form with the rule taken; None where it fits nowhere, as where a name of its pattern is missing."""
    return apply(rule, form) if rule.names <= names_in(form) and fits(rule, form) else None


def _by_known(known: Callable[[Node], Node | None], form: Node) -> Node | None:
    """The same for what holds of a stable function."""
    made = map_up(form, known)
    return None if made is form else made


def _summed(node: Node) -> Node | None:
    """1 for Σ_i exp(a_i - logsumexp_k a_k)."""
    match node:
        case Bound("sum", (index,), Call("exp", (Add(terms),))):
            for term in terms:
                match term:
                    case Mul((Num(sign), Bound("logsumexp", (k,), body))) if sign == -1 and k.size == index.size:
                        rest = add(*(t for t in terms if t is not term))
                        same = index not in free_indices(body) and key(reindex(body, {k: index})) == key(rest)
                        return ONE if same else None
    return None


def _complement(node: Node) -> Node | None:
    """σ(a) for 1 - σ(-a)."""
    match node:
        case Add((first, second)):
            one, other = (first, second) if first == ONE else (second, first)
            match other:
                case Mul((Num(sign), Call("sigmoid", (inner,)))) if one == ONE and sign == -1:
                    terms = inner.args if isinstance(inner, Add) else (inner,)
                    if all(split_coefficient(t)[0] < 0 for t in terms):
                        return Call("sigmoid", (add(*(neg(t) for t in terms)),))
    return None


def _reflected(form: Node) -> Node | None:
    """σ(-a) for 1 - σ(a), and -σ(-a) for σ(a) - 1, where σ(a) stands nowhere else."""
    counted = Counter(key(part) for part in walk(form) if isinstance(part, Call) and part.fn == "sigmoid")

    def by(part: Node) -> Node | None:
        match part:
            case Add((first, second)):
                one, other = (first, second) if isinstance(first, Num) else (second, first)
                match one, *split_coefficient(other):
                    case Num(whole), sign, Call("sigmoid", (inner,)) as of if whole == -sign and abs(sign) == 1:
                        if counted[key(of)] == alone(part):
                            return mul(num(whole), Call("sigmoid", (tidy(neg(inner)),)))
        return None

    complements = Counter(key(part) for part in walk(form) if isinstance(part, Add))

    def alone(part: Node) -> int:
        return complements[key(part)]

    made = map_up(form, by)
    return None if made is form else made


_KNOWN = (("entries of a softmax sum to 1", _summed), ("1 - σ(-a) = σ(a)", _complement))
"""What holds of the stable functions, whatever the names are."""


def _forms(node: Node, names: Names) -> tuple[Node, ...]:
    """A formula and its expansion: a rule may fit either."""
    if count(node) > LARGE:
        return (node,)
    forms = (node, expand(node, names), weighted(node, names))
    return tuple({key(form): form for form in forms}.values())


def weighted(node: Node, names: Names) -> Node:
    """Σ_k t_k (a_k - b) as Σ_k t_k a_k - b Σ_k t_k, and nothing else expanded: where the t_k sum to 1, b is left."""
    node = over(node, lambda child: weighted(child, names))
    match node:
        case Bound("sum", indices, Mul(args)):
            for one in args:
                if isinstance(one, Add) and any(not free_indices(t) & set(indices) for t in one.args):
                    rest = [a for a in args if a is not one]
                    return add(*(tidy(reindex(bound("sum", indices, mul(*rest, t)), {}), names) for t in one.args))
    return node


def cleared(node: Node, names: Names) -> Node:
    """p (a + b/p) = p a + b wherever p may come near 0: the first has no value there, and the second is as long."""
    inside = over(node, lambda child: cleared(child, names))
    if inside is not node:
        node = tidy(inside, names)
    if not isinstance(node, Mul):
        return node
    for k, factor in enumerate(node.args):
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Pow) else (factor, ONE)
        if (
            not (isinstance(exponent, Num) and exponent.value >= 1)
            or isinstance(base, Num | Delta | Cases)
            or away_from_zero(base, names)
        ):
            continue
        for j, other in enumerate(node.args):
            if j != k and isinstance(other, Add | Cases) and _divides_by(base, other):
                left = power(base, Num(exponent.value - 1)) if exponent != ONE else ONE
                rest = [f for i, f in enumerate(node.args) if i not in (j, k)]

                def met(term: Node, base: Node = base) -> Node:
                    return cleared(tidy(mul(base, term), names), names)

                if isinstance(other, Cases):
                    otherwise = None if other.otherwise is None else met(other.otherwise)
                    opened: Node = Cases(tuple((c, met(v)) for c, v in other.branches), otherwise)
                else:
                    opened = add(*map(met, other.args))
                return cleared(tidy(mul(left, *rest, opened), names), names)
    return node


def _divides_by(base: Node, node: Node) -> bool:
    """Whether a term holds a negative power of the base that a factor before it would cancel."""
    if isinstance(node, Pow):
        return isinstance(node.exponent, Num) and node.exponent.value <= -1 and key(node.base) == key(base)
    if isinstance(node, Cases):
        return any(
            _divides_by(base, v)
            for v in (*(v for _, v in node.branches), *((node.otherwise,) if node.otherwise is not None else ()))
        )
    return isinstance(node, Mul | Add) and any(_divides_by(base, c) for c in node.args)


def sum_in_denominator(node: Node) -> bool:
    """Whether some a + b is divided by beside other terms or factors that it might cancel with."""
    return any(isinstance(part, Add | Mul) and any(map(_divides_by_sum, part.args)) for part in walk(node))


def _divides_by_sum(node: Node) -> bool:
    if isinstance(node, Pow):
        return (
            isinstance(node.base, Add)
            and isinstance(node.exponent, Num)
            and node.exponent.value < 0
            and node.exponent.value.denominator == 1
        )
    return isinstance(node, Mul) and any(_divides_by_sum(c) for c in node.args)


def _cancelled(node: Node) -> tuple[Node, ...]:
    from derivations.sympy_bridge.algebra import (
        rational,  # late: SymPy takes 0.3 s to import, and few formulas divide by a sum
    )

    return rational(node)


def _positive_below(node: Node, names: Names) -> Node:
    """1/(1 - p) for -1/(p - 1) of a probability: what is divided by is positive where it can be."""

    def by(part: Node) -> Node | None:
        match part:
            case Pow(Add(args), Num(e)) if e < 0 and e.denominator == 1:
                turned = tidy(add(*map(neg, args)), names)
                if positive(turned, names) and not positive(part.base, names):
                    return mul(Num(Fraction(-1) ** int(e)), Pow(turned, part.exponent))
        return None

    return map_up(node, by)


def inline(node: Node, names: Names, which: frozenset[str], *, once: bool = False) -> Node:
    """The definitions of some nodes (or adjoints) in place of their names, `once` or until none is left."""

    def by(elem: Elem) -> Node | None:
        row = names.get(elem.name) if elem.name in which else None
        if row is None or row.definition is None:
            return None
        definition: Formula = row.definition
        body = reindex(definition.body, dict(zip(definition.axes, elem.at, strict=True)))
        return body if once else inline(body, names, which)

    return replace_elems(node, by)
