"""The rules that a binding gives when it is read backwards."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.domains import Declared, Names
from derivations.folding.matching import Fold, match
from derivations.formula import (
    Add,
    Cases,
    Elem,
    Index,
    Mul,
    Node,
    Num,
    Pow,
    add,
    binders,
    children,
    div,
    free_indices,
    mul,
    names_in,
    neg,
    power,
    reindex,
    walk,
)
from derivations.signs import away_from_zero
from derivations.simplify.shapes import cost, recognise
from derivations.simplify.tidy import tidy


def folds_of(row: Declared, names: Names) -> tuple[Fold, ...]:
    """The rules that a node's binding gives, the most direct first."""
    equation = row.equation
    if equation is None:
        return ()
    axes = tuple(i.fresh() for i in equation.axes)
    step = _behind_first(row, equation.body)
    body = tidy(recognise(reindex(step, dict(zip(equation.axes, axes, strict=True))), names), names)
    slots = frozenset(axes)
    name: Node = Elem(row.name, axes)
    made = []
    for atom, value, rest in _solve(body, name, (), names):
        if slots <= free_indices(atom) and not isinstance(atom, Num):
            keep = tuple(r for part in rest for r in _containers(part, atom, slots))
            made.append(Fold(f"fold `{row.name}`", atom, slots, tidy(value, names), keep))
    made.sort(key=lambda f: cost(f.replacement))
    if row.recursion is None:
        return tuple(made)
    behind = step is not equation.body
    return tuple(f for f in made if f.direct and (not behind or row.name in names_in(f.pattern)))


def _behind_first(row: Declared, body: Node) -> Node:
    """The step of a recursion whose first entry is given: what holds entries before its own has no value there."""
    if row.recursion is not None and not row.recursion.start and isinstance(body, Cases) and len(body.branches) == 1:
        return body.branches[0][1]
    return body


def _containers(node: Node, atom: Node, slots: frozenset[Index]) -> Iterator[Node]:
    if binders(node) and any(match(atom, below, slots | set(binders(node))) is not None for below in walk(node)):
        yield node
    else:
        for child in children(node):
            yield from _containers(child, atom, slots)


def _solve(
    node: Node, value: Node, rest: tuple[Node, ...], names: Names
) -> Iterator[tuple[Node, Node, tuple[Node, ...]]]:
    """Every atom A of `node = value` with the value that follows for it, and the trees that value brings in.

    Divided is only by what is certainly not 0, in floats too: of y = γ x̂ the x̂ is y/γ for a positive γ, and stays for
    a real one or a σ(z).
    """
    match node:
        case Add(args):
            for k, term in enumerate(args):
                others = args[:k] + args[k + 1 :]
                yield from _solve(term, add(value, *(neg(o) for o in others)), (*rest, *others), names)
        case Mul(args):
            for k, part in enumerate(args):
                others = args[:k] + args[k + 1 :]
                if not isinstance(part, Num) and away_from_zero(mul(*others), names):
                    yield from _solve(part, div(value, mul(*others)), (*rest, *others), names)
            weak = [a for a in args if not isinstance(a, Num) and not away_from_zero(a, names)]
            # γ x̂ stays: both of its letters are known
            if len(weak) > 1 and not all(isinstance(a, Elem) for a in weak):
                strong = [a for a in args if a not in weak]
                yield mul(*weak), div(value, mul(*strong)), (*rest, *strong)
        case Pow(base, Num(e)) if e in (-1,) or e.denominator == 2:
            yield from _solve(base, power(value, Num(1 / e)), rest, names)
        case _:
            yield node, value, rest
