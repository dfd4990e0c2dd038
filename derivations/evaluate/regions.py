"""The regions of a formula: its conditions, kinks and branches, and what must hold on the way to each."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.atoms import ATOMS, composed
from derivations.domains import Names
from derivations.evaluate.program import equation_of, is_integral, literal
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    OPPOSITE,
    ZERO,
    And,
    Call,
    Cases,
    Elem,
    Formula,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    add,
    call,
    children,
    free_indices,
    neg,
    sub,
    walk,
)


def kinked(fn: str) -> bool:
    """Whether the sign of the first argument decides what a function is."""
    return ATOMS[fn].kink == 0


def conditions(formula: Formula) -> tuple[Rel, ...]:
    """The relations between values that a formula, and the nodes it uses, decide on; those between indices alone are
    not steered."""
    return tuple(r for r in _every_condition(formula) if any(isinstance(n, Elem) for n in walk(r)))


def regions(formula: Formula) -> tuple[Rel, ...]:
    """Where several conditions have to hold at once, each as one relation: 1000 < x < 1001 is min(x - 1000, 1001 - x) >
    0.

    The branches of cases (each with the failure of those before it), conjunctions, products of indicators.
    """
    found: dict[Rel, None] = {}
    names = formula.names if isinstance(formula.names, Names) else None
    left = MOST_TOGETHER
    for node in everything(formula):
        for together in _together(node):
            left -= len(together)
            if left < 0:
                break
            slacks = [slack(c, names) for c in together]
            if None not in slacks and len(slacks) > 1:
                found[Rel(">", call("min", *slacks), ZERO)] = None  # type: ignore[arg-type]
    return tuple(r for r in found if any(isinstance(n, Elem) for n in walk(r)))


def _together(node: Node) -> Iterator[list[Node]]:
    match node:
        case And(args):
            yield list(args)
        case Or(args):
            yield [Not(a) for a in args]
        case Cases(branches, otherwise):
            before: list[Node] = []
            for condition, _ in branches:
                yield [*before, condition]
                before = [*before, Not(condition)]
            if otherwise is not None:
                yield before
        case Mul(args):
            yield [a.branches[0][0] for a in args if isinstance(a, Cases) and len(a.branches) == 1]


def slack(condition: Node, names: Names | None = None) -> Node | None:
    """What is > 0 where a condition holds, boundaries left out but for whole numbers; None for an equality of
    others."""
    match condition:
        case Rel(op, left, right):
            between = (
                is_integral(left, names)
                and is_integral(right, names)
                and not (literal(left) is not None and literal(right) is not None)
            )
            gap = sub(left, right) if op in (">", ">=") else sub(right, left)
            if op in ("==", "!="):
                near = sub(HALF, call("abs", gap))
                return (near if op == "==" else neg(near)) if between else None
            return add(gap, HALF) if between and op in (">=", "<=") else gap
        case Not(Rel(op, left, right)):
            return slack(Rel(OPPOSITE[op], left, right), names)
        case Not(Not(arg)):
            return slack(arg, names)
        case Not(And(args) | Or(args) as inner):
            return slack((Or if isinstance(inner, And) else And)(tuple(Not(a) for a in args)), names)
        case And(args) | Or(args):
            slacks = [slack(a, names) for a in args]
            return None if None in slacks else call("min" if isinstance(condition, And) else "max", *slacks)  # type: ignore[arg-type]
        case _:
            return None


def branches(formula: Formula) -> dict[Rel, Node | None] | None:
    """Where each branch of a formula is taken: cases, indicators, the sides of kinks, one within the other.

    Each as one relation > 0, with what of it sizes and indices alone decide. None where they are too many.
    """
    names = formula.names if isinstance(formula.names, Names) else Names()
    found: dict[Rel, Node | None] = {}
    seen: set[str] = set()
    pending: list[tuple[Node, tuple[Node, ...], Names]] = [(formula.body, (), names)]
    left = MOST_TOGETHER
    while pending:
        node, path, inner = pending.pop()
        for taken, below in _ways(node):
            along = tuple(dict.fromkeys(path + taken))
            if any(isinstance(c, Not) and c.arg in along for c in along):
                continue
            if taken:
                left -= len(along)
                if left < 0:
                    return None
                found |= _along(along, inner)
            pending += [(b, along, inner) for b in below]
        if isinstance(node, Elem) and node.name not in seen:
            seen.add(node.name)
            definition = equation_of(node.name, inner)
            if definition is not None:
                pending.append(
                    (definition.body, (), definition.names if isinstance(definition.names, Names) else inner)
                )
    return found


def edges(formula: Formula) -> tuple[Rel, ...]:
    """Where conditions on integers hold with equality: k = 7 for k/7 ≥ 1, which has a probability; not all of them are
    ever met."""
    names = formula.names if isinstance(formula.names, Names) else Names()
    return tuple(
        Rel("==", r.left, r.right) for r in conditions(formula) if r.op not in ("==", "!=") and _discrete(r, names)
    )


MOST_TOGETHER = 4000
"""Conditions of all regions and all branches together; 200 cases one after the other have as many as 20,000."""


MOST_COMPARED = 64


def _ways(node: Node) -> Iterator[tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """(what holds, the nodes that count there) for every way that a node can go."""
    match node:
        case Cases(cases, otherwise):
            before: tuple[Node, ...] = ()
            for condition, value in cases:
                yield before, (condition,)
                yield (*before, condition), (value,)
                before = (*before, Not(condition))
            if otherwise is not None:
                yield before, (otherwise,)
        case Call("max" | "min" as fn, args):
            yield (), args
            for k, a in enumerate(args):
                yield tuple(Rel(">" if fn == "max" else "<", a, b) for j, b in enumerate(args) if j != k), ()
        case Call(fn, (arg, *_) as args) if kinked(fn):
            yield (), args
            yield (Rel(">", arg, ZERO),), ()
            yield (Rel("<", arg, ZERO),), ()
        case Call("floor" | "ceil", (arg,)):
            yield (), (arg,)
            for rel in (Rel(">", arg, ONE), Rel("<", arg, MINUS_ONE)):
                yield (rel,), ()
        case Mul(args) if any(isinstance(a, Cases) for a in args):
            gates = [
                a.branches[0][0] for a in args if isinstance(a, Cases) and len(a.branches) == 1 and a.otherwise == ZERO
            ]
            yield tuple(gates), args
        case _ if (inner := _branching(node)) is not None:
            yield (), (inner,)
        case _:
            yield (), children(node)


def _branching(node: Node) -> Node | None:
    """The definition of a function that is nothing else, but for those that the sign of their argument decides."""
    return None if isinstance(node, Call) and kinked(node.fn) else composed(node)


def _along(path: tuple[Node, ...], names: Names) -> dict[Rel, Node | None]:
    """A way as one relation; none where it is on an equality between continuous values, or on whole numbers alone."""
    path = tuple(part for c in path for part in (c.args if isinstance(c, And) else (c,)))
    whole = tuple(c for c in path if not any(isinstance(n, Elem) for n in walk(c)))
    slacks: list[Node] = []
    for condition in (c for c in path if c not in whole):
        found = slack(condition, names)
        if found is None and _discrete(condition, names):
            found = sub(_holding(condition), HALF)
        if found is None:
            match condition:
                case Not(Rel("==")) | Rel("!="):
                    continue
                case _:
                    return {}
        slacks.append(found)
    if not slacks:
        return {}
    guard = whole[0] if len(whole) == 1 else And(whole) if whole else None
    if guard is not None:
        slacks.append(sub(_holding(guard), HALF))
    return {Rel(">", call("min", *slacks) if len(slacks) > 1 else slacks[0], ZERO): guard}


def _holding(condition: Node) -> Node:
    return Cases(((condition, ONE),), ZERO)


def _discrete(node: Node, names: Names) -> bool:
    """Whether no continuous value stands in a condition."""
    rows = [names.get(n.name) for n in walk(node) if isinstance(n, Elem)]
    return all(row is not None and row.domain.integer and row.definition is None for row in rows)


def needs(formula: Formula) -> tuple[Node, ...]:
    """What has to be positive for a formula to have a value: under logarithms, even roots and real powers."""
    found: dict[Node, None] = {}
    for node in everything(formula):
        match node:
            case Call("log", (arg,)):
                found[arg] = None
            case Pow(base, Num(exponent)) if exponent.denominator % 2 == 0:
                found[base] = None
    return tuple(n for n in found if not free_indices(n) and any(isinstance(e, Elem) for e in walk(n)))


def _every_condition(formula: Formula) -> tuple[Rel, ...]:
    found: dict[Rel, None] = {}
    for node in everything(formula):
        match node:
            case Rel():
                found[node] = None
            case Call(fn, (arg, *_)) if kinked(fn):
                found[Rel(">", arg, ZERO)] = None
            case Call("max" | "min", args):
                # of very many, each with the next: a tie of two that are not the largest is none
                found |= {
                    Rel(">", a, b): None
                    for k, a in enumerate(args)
                    for b in args[k + 1 : (None if len(args) <= MOST_COMPARED else k + 2)]
                }
            case Call("floor" | "ceil", (arg,)):
                # a step beyond the first on either side: floor(x/10⁶) is 0 or -1 for a long while
                found |= {Rel(">", arg, ONE): None, Rel("<", arg, MINUS_ONE): None}
            case Pow(Num(zero), exponent) if zero == 0:
                found[Rel(">", exponent, ZERO)] = None
            case Pow(Pow(inner, Num(even)), Num(root)) if even.numerator % 2 == 0 and root.denominator % 2 == 0:
                found[Rel(">", inner, ZERO)] = None
    return tuple(found)


def everything(formula: Formula) -> Iterator[Node]:
    """Every node of a formula and of the definitions it uses."""
    seen: set[str] = set()
    pending: list[tuple[Node, Names | None]] = [(formula.body, formula.names)]
    while pending:
        body, names = pending.pop()
        for node in walk(body):
            yield node
            if (inner := _branching(node)) is not None:
                pending.append((inner, names))
            if isinstance(node, Elem) and node.name not in seen:
                seen.add(node.name)
                definition = equation_of(node.name, names)
                if definition is not None:
                    pending.append((definition.body, definition.names or names))
