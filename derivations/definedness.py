"""Where a formula has a value: the conditions of its partial operations, and which of them are sure to hold.

    needs(body, names)          what has to hold: z > 0 under log z, z ≥ 0 under √z, b ≠ 0 in a/b, one of the
                                conditions of cases
    unproved(needs, names, …)   those of them that neither the domains nor what else is known imply, up to null sets

What has to hold at every value of a bound index has that index among its `indices`; what has to hold in one branch of
cases only has the conditions of the branch as its `guards`. Conditions on indices and sizes alone are not looked into:
there are few, and points show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, permutations

from derivations.atoms import ATOMS, composed
from derivations.atoms.of_matrices import last
from derivations.domains import Kept, Names
from derivations.evaluate.program import definition_of, equation_of, is_integral, literal
from derivations.formula import (
    ZERO,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Key,
    MatrixAtom,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    bound,
    call,
    children,
    free_indices,
    neg,
    reindex,
    sub,
    walk,
)
from derivations.frozen import frozen
from derivations.normal_form.cells import empty
from derivations.normal_form.known import sign_of
from derivations.normal_form.lower import REBUILD, Lowering
from derivations.normal_form.order import definite
from derivations.normal_form.polynomials import Exhausted, Polynomial, Unprovable
from derivations.normal_form.prove import prove_equal
from derivations.normal_form.ring import Ring
from derivations.ranges import Ranges, of_indices
from derivations.ranges.known import Known, closed_key
from derivations.stacks import matrix_of

MOST = 200
"""More conditions than this are not looked at one by one."""
WORK = 4_000
"""Of the normal form, for one condition."""
MAX_WAYS = 6
"""Ways to put the indices of what is known onto those of what is asked."""


@frozen
class Need:
    """A condition `left op 0` with op in > >= != ==, or an `Or` of any conditions, at every value of `indices`, where
    all `guards` hold."""

    condition: Node
    indices: tuple[Index, ...] = ()
    guards: tuple[Node, ...] = ()

    @property
    def key(self) -> Key:
        """Two needs with the same key are the same condition."""
        return closed_key(
            Cases(((And(self.guards), self.condition),), None) if self.guards else self.condition, self.indices
        )

    def kept(self) -> Node | None:
        """What is ≥ 0 where it holds and < 0 where it fails, at the worst of its indices; None for (in)equalities with
        0."""
        found = _slack(self.condition)
        if found is None:
            return None
        over = [i for i in self.indices if i in free_indices(found)]
        return bound("min", over, found) if over else found


def _slack(condition: Node) -> Node | None:
    match condition:
        case Rel(">" | ">=", left, right):
            return left if right == ZERO else sub(left, right)
        case Rel("<" | "<=", left, right):
            return sub(right, left)
        case Not(arg):
            inside = _slack(arg)
            return None if inside is None else neg(inside)
        case And(args) | Or(args):
            inside = [_slack(a) for a in args]
            return None if None in inside else call("min" if isinstance(condition, And) else "max", *inside)  # type: ignore[arg-type]
        case _:
            return None


# ---------------------------------------------------------------- what has to hold


_NEEDS: Kept[Node, tuple[Need, ...]] = Kept()


def needs(body: Node, names: Names) -> tuple[Need, ...]:
    """Every condition once."""
    kept = _NEEDS.under(names)
    found = kept.get(body)
    if found is None:
        once = {need.key: need for need in _found(body, names, (), ())}
        if len(kept) > 256:
            kept.clear()
        found = kept[body] = tuple(once.values())
    return found


def _found(node: Node, names: Names, over: tuple[Index, ...], guards: tuple[Node, ...]) -> Iterator[Need]:
    match node:
        case Cases(branches, otherwise):
            before: tuple[Node, ...] = ()
            for condition, value in branches:
                yield from _found(condition, names, over, (*guards, *before))
                yield from _found(value, names, over, (*guards, *before, condition))
                before = (*before, Not(condition))
            if otherwise is not None:
                yield from _found(otherwise, names, over, (*guards, *before))
            else:
                yield from _needed(one_of([c for c, _ in branches]), over, guards)
            return
        case Bound(_, indices, body) | Tensor(indices, body):
            yield from _found(body, names, (*over, *indices), guards)
            return
        case MatrixAtom(op, row, col, body):
            yield from _found(body, names, (*over, row, col), guards)
            if op != "det":
                det = MatrixAtom("det", row, col, body)
                yield from _needed(Rel("!=" if op == "inv" else ">", det, ZERO), over, guards)
            return
        case Apply("@chol", (Tensor(indices, body) as matrix,)):
            yield from _found(body, names, (*over, *indices), guards)
            if (factor_of := matrix_of(body, indices[0], indices[1], names)) is None or not factor_of.domain.has(
                "definite"
            ):
                least = Apply("@eigval", (matrix,), (), (last(indices[0].size),))
                yield from _needed(Rel(">", least, ZERO), over, guards)
            return
        case Pow(base, exponent):
            for condition in _of_power(base, exponent, names):
                yield from _needed(condition, over, guards)
        case Call(fn, args):
            rule = ATOMS[fn].defined
            if rule is not None:
                condition = rule(*args)
                for part in condition.args if isinstance(condition, And) else (condition,):
                    yield from _needed(part, over, guards)
            elif (inner := composed(node)) is not None:
                yield from _found(inner, names, over, guards)
                return
        case Elem(name, at):
            definition = equation_of(name, names)
            if definition is not None:
                names, at = _anywhere(name, names, at)
                slots = definition.free + definition.axes
                inner = (
                    definition.names if isinstance(definition.names, Names) and name not in definition.names else names
                )
                onto = dict(zip(slots, at, strict=True)) if len(slots) == len(at) else {}
                for need in needs(definition.body, inner):
                    yield Need(
                        reindex(need.condition, onto),
                        (*need.indices, *(i for i in over if i in onto.values())),
                        (*guards, *(reindex(g, onto) for g in need.guards)),
                    )
            return
    for child in children(node):
        yield from _found(child, names, over, guards)


def _anywhere(name: str, names: Names, at: tuple[IndexExpr, ...]) -> tuple[Names, tuple[IndexExpr, ...]]:
    """What a recursion needs at one place it needs at all: the place as an index of its own, under names in which the
    entries that a step uses are given."""
    row = names[name]
    if row.recursion is None:
        return names, at
    over = row.recursion.over
    given = names.with_rows(replace(row, role="input", recursion=None))
    return given, (*at[:over], row.recursion.time.fresh(), *at[over + 1 :])


def one_of(conditions: Sequence[Node]) -> Node:
    """One of the conditions holds."""
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def _needed(condition: Node, over: tuple[Index, ...], guards: tuple[Node, ...]) -> Iterator[Need]:
    used = free_indices(condition).union(*(free_indices(g) for g in guards))
    yield Need(condition, tuple(i for i in over if i in used), guards)


def _of_power(base: Node, exponent: Node, names: Names) -> Iterator[Node]:
    """b^(p/q): b ≥ 0 for an even root, b ≠ 0 for a negative power; b^e is real for b > 0, and for b = 0 where e ≥ 0."""
    if (
        isinstance(base, Const | SizeVal)
        or (isinstance(base, Num) and base.value > 0)
        or (isinstance(base, IndexVal) and isinstance(base.at, Index))
    ):
        return
    power = literal(exponent)
    if power is not None:
        if power.denominator % 2 == 0:
            yield Rel(">" if power < 0 else ">=", base, ZERO)
        elif power < 0:
            yield Rel("!=", base, ZERO)
        return
    if not is_integral(exponent, names):
        yield Rel(">=", base, ZERO)
    yield Or((Rel("!=", base, ZERO), Rel(">=", exponent, ZERO)))


# ---------------------------------------------------------------- what is sure to hold


def unproved(asked: Sequence[Need], names: Names, given: Sequence[Need] = ()) -> tuple[Need, ...]:
    """The needs that may fail on more than a null set, for all that the domains and the `given` ones say."""
    if not asked:
        return ()
    if len(asked) > MOST or len(given) > MOST:
        return tuple(asked)
    same = {need.key for need in given}
    ranges = Ranges(names, _known(given, ()))
    return tuple(
        n for n in asked if not of_indices(n.condition) and n.key not in same and not _sure(n, names, ranges, given)
    )


def _known(given: Sequence[Need], guards: Sequence[Node]) -> Known:
    known = Known()
    for need in given:
        if not need.guards:
            known.assume(need.condition, need.indices)
    for guard in guards:
        known.assume(guard)
    return known


def _sure(need: Need, names: Names, ranges: Ranges, given: Sequence[Need]) -> bool:
    if need.guards:
        ranges = Ranges(names, _known(given, need.guards))
    return _holds(need.condition, ranges) or _follows(need, names, ranges, given)


def _holds(condition: Node, ranges: Ranges) -> bool:
    match condition:
        case Rel(op, left, right):
            gap = left if right == ZERO else sub(left, right)
            if op == "!=":
                return ranges.nonzero(gap)
            if op == "==":
                match (left, right):
                    case (_, Call("floor", (inside,))) if inside == left:
                        return is_integral(left, ranges.names)
                return False
            found = ranges(gap)
            if op in ("<", "<="):
                found = -found
            return (
                found.positive
                or (op in (">=", "<=") and found.nonnegative)
                or (found.nonnegative and ranges.nonzero(gap))
            )
        case Or(args):
            return any(_holds(a, ranges) for a in args) or _covers(args)
        case And(args):
            return all(_holds(a, ranges) for a in args)
        case _:
            return False


def _covers(conditions: Sequence[Node]) -> bool:
    """a > b or a < b: but for a = b, one of them holds."""
    seen: set[tuple[Node, Node]] = set()
    for condition in conditions:
        match condition:
            case Rel(">" | ">=", a, b):
                pair = (a, b)
            case Rel("<" | "<=", a, b):
                pair = (b, a)
            case _:
                continue
        if pair[::-1] in seen:
            return True
        seen.add(pair)
    return False


def _follows(need: Need, names: Names, ranges: Ranges, given: Sequence[Need]) -> bool:
    """By the normal form: no point has all that is given and the contrary of what is needed."""
    op = need.condition.op if isinstance(need.condition, Rel) else ""
    if op not in (">", ">=", "!="):
        return False
    assert isinstance(need.condition, Rel)
    goal = sub(need.condition.left, need.condition.right)
    if op != ">=" and not ranges.nonzero(goal):
        return False
    if op == "!=":
        return True
    ring = Ring(names, WORK, REBUILD)
    labels = {
        i: (k, str(i.size)) for k, i in enumerate(sorted(free_indices(goal), key=lambda i: (i.name, str(i.size))))
    }
    facts = list(islice(_instances(need, given), 2 * MAX_WAYS))
    labels |= {
        i: (len(labels) + k, str(i.size))
        for k, i in enumerate(dict.fromkeys(i for f in facts for i in free_indices(f) if i not in labels))
    }
    try:
        for unfolded in (
            (False, True)
            if any(definition_of(e.name, names) is not None for e in walk(goal) if isinstance(e, Elem))
            else (False,)
        ):
            lowering = Lowering(ring, labels, unfolded)
            poly = lowering(goal)
            if not poly:
                return op == ">="
            if sign_of(ring, poly) in (0, 1) or definite(ring, poly) == 1:
                return True
            signs = {Polynomial(p): 1 for f in facts if (p := lowering(f))}
            if empty(ring, {**signs, Polynomial(poly): -1}):
                return True
    except (Exhausted, Unprovable, RecursionError):
        pass
    return False


def vanishes(need: Need, names: Names) -> bool:
    """Whether what has to be positive, or not zero, is 0 everywhere, as is proved: then there is no value anywhere."""
    if need.guards or not isinstance(need.condition, Rel) or need.condition.op not in (">", "!="):
        return False
    slots = tuple(sorted(free_indices(need.condition), key=lambda i: (i.name, str(i.size))))
    left, right = (Formula(side, (), slots, names) for side in (need.condition.left, need.condition.right))
    return prove_equal(left, right, WORK) is True


def _instances(need: Need, given: Sequence[Need]) -> Iterator[Node]:
    """What is > 0 by what is given, at the indices of the need."""
    goal = sorted(free_indices(need.condition), key=lambda i: (i.name, str(i.size)))
    facts: Iterable[Need] = [*(g for g in given if not g.guards), *(Need(g) for g in need.guards)]
    for fact in facts:
        parts = fact.condition.args if isinstance(fact.condition, And) else (fact.condition,)
        for part in parts:
            slack = _slack(part)
            if slack is None or isinstance(part, Or):
                continue
            over = [i for i in fact.indices if i in free_indices(slack)]
            ways = permutations(goal, len(over)) if over else iter([()])
            for way in islice(ways, MAX_WAYS):
                if all(i.size == j.size for i, j in zip(over, way, strict=True)):
                    yield reindex(slack, dict(zip(over, way, strict=True)))


__all__ = ["Need", "needs", "one_of", "unproved", "vanishes"]
