"""Kinks that cancel, before a formula is differentiated: relu(x) - relu(-x) is x, max(x, y) + min(x, y) is x + y, |x|²
is x².

A **gate** is a quantity u whose sign decides: of relu(u), |u|, sign(u), of max(a, b) with u = a - b, of cases that ask
for u > 0. On either side of u = 0 every function of the gate is one smooth form, so that a formula E has two, E₊ and
E₋.

    E₊ = E₋                       E is that form: the kink is none
    E₊ ≠ E₋, and the rules give   E is {E₊ if u > 0, E₋ otherwise}: at u = 0 its derivative is then one of the two
                                  one-sided ones,
    something outside of both     and where they agree the derivative
    else                          E stays, and the rules of the functions say what holds at u = 0

All of it holds below a binder too, for the gates with its indices, and for sums over the same range taken together.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from derivations.atoms import ATOMS, opened, unfold
from derivations.atoms.learning import HELD
from derivations.calculus import NoDerivative, partial
from derivations.domains import Declared, Names
from derivations.evaluate import draw, floats, steer
from derivations.evaluate.assignment import Assignment
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.folding.fold import inline
from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Bound,
    Call,
    Cases,
    Elem,
    Formula,
    Index,
    Key,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    add,
    count,
    factors_of,
    free_indices,
    key,
    map_up,
    mul,
    names_in,
    neg,
    over,
    reindex,
    sub,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.signs import positive
from derivations.simplify.shapes import LARGE, expand
from derivations.simplify.tidy import tidy
from derivations.verify import TOLERANCE, StepError
from derivations.work import spend

POINTS = 6
BUDGET = 4_000
"""Points tried to reach u = 0."""
EASING, PROVING = 10_000, 1_500
"""Steps of one proof that two sides of a kink are the same, and its units of `work`: nested kinks ask for many."""
NEAR = 1e-9
"""Values that agree so closely, relative to their size, are taken for equal; what is rewritten is proved or compared
once more."""


@frozen
class Gate:
    """u up to a positive factor, its leading coefficient positive; `sign` is that of what stood there."""

    key: Key
    tree: Node
    sign: int


def eased(names: Names) -> tuple[Names, frozenset[str]]:
    """The names with the kinks that cancel taken out of the definitions of their nodes, and the nodes that were
    changed.

    A node whose kinks cancel against those of earlier nodes is defined by those nodes' definitions.
    """
    kinked: set[str] = set()
    changed: dict[str, Declared] = {}
    for row in names.values():
        definition = row.definition
        if row.role != "node" or definition is None:
            continue
        below = names_in(definition.body) & kinked
        written = opened(definition.body, frozenset(fn for fn, atom in ATOMS.items() if atom.kink == 0 or fn == HELD))
        own = any(_question(n) is not None for n in walk(written))
        if not below and not own:
            continue
        kinked.add(row.name)
        alone = _Easing(names).ease(_absorbed(written, names)) if own and count(written) <= LARGE else written
        body = inline(alone, names, frozenset(kinked - {row.name}))
        if count(body) > LARGE:
            continue
        made = _Easing(names).ease(_absorbed(body, names))
        if key(made) == key(body):  # what cancels, cancels without looking into the nodes
            made, body = alone, written
        if key(made) != key(body):
            made = add(
                made, *(_nothing_of(names[n]) for n in sorted(names_in(definition.body) - names_in(made)) if n in names)
            )
            new = Formula(made, definition.axes, names=names)
            _check(Formula(definition.body, definition.axes, names=names), new, names)
            changed[row.name] = replace(
                row, definition=Formula(made, definition.axes, definition.free, definition.names)
            )
    return (names.with_rows(*changed.values()) if changed else names), frozenset(changed)


_DUAL = {"max": "min", "min": "max"}


def _absorbed(node: Node, names: Names) -> Node:
    """min(c a, c max(a, b)) as c a: a positive factor of all arguments goes in front, min(a, max(a, b)) is a."""

    def by(part: Node) -> Node | None:
        match part:
            case Call("max" | "min" as fn, args) if len(args) > 1:
                shared = [f for f in factors_of(args[0]) if all(_among(f, a) for a in args) and positive(f, names)]
                if shared:
                    inner = by(Call(fn, tuple(_without(a, shared) for a in args)))
                    return mul(*shared, inner or Call(fn, tuple(_without(a, shared) for a in args)))
                flat = [b for a in args for b in (a.args if isinstance(a, Call) and a.fn == fn else (a,))]
                alone = {key(a) for a in flat}
                left = [
                    a
                    for a in flat
                    if not (isinstance(a, Call) and a.fn == _DUAL[fn] and any(key(b) in alone for b in a.args))
                ]
                if len(left) < len(flat):
                    return left[0] if len(left) == 1 else Call(fn, tuple(left))
        return None

    return map_up(node, by)


def _among(factor: Node, product: Node) -> bool:
    return any(key(f) == key(factor) for f in factors_of(product))


def _without(product: Node, shared: list[Node]) -> Node:
    left = list(factors_of(product))
    for factor in shared:
        left.remove(next(f for f in left if key(f) == key(factor)))
    return mul(*left)


def _nothing_of(row: Declared) -> Node:
    """0 times the name: a gradient that is 0 everywhere is shown as that."""
    axes = tuple(Index("r", s) for s in row.sizes)
    return mul(ZERO, total(axes, Elem(row.name, axes)))


# ---------------------------------------------------------------- gates


def _question(node: Node) -> Node | None:
    """The quantity whose sign decides a function; None for those that have no such."""
    match node:
        case Call(fn, (u, *_)) if ATOMS[fn].kink == 0:
            return u
        case Call("max" | "min", (a, b)):
            return sub(a, b)
        case Cases(((Rel("<" | "<=" | ">" | ">=", a, b), _),), otherwise) if otherwise is not None:
            return sub(a, b)
        case _:
            return None


def _side(node: Node, above: bool) -> Node:
    """What a function is where its question is positive, or negative."""
    match node:
        case Call("abs", (u,)):
            return u if above else neg(u)
        case Call("sign", _):
            return ONE if above else MINUS_ONE
        case Call("max" | "min" as fn, (a, b)):
            return a if above == (fn == "max") else b
        case Call() if (written := unfold(node)) is not None:
            return _side(written, above)
        case Cases(((Rel(op), value),), otherwise):
            assert otherwise is not None
            return value if above == (op in (">", ">=")) else otherwise
    raise AssertionError(node)


class _Easing:
    """One formula: gates are tidied under its names, points at which they vanish are kept."""

    def __init__(self, names: Names):
        self.names = names
        self.gates: dict[Node, Gate | None] = {}
        self.ties: dict[Key, Assignment | None] = {}

    def gate(self, node: Node) -> Gate | None:
        """The gate of a function, None where it has none or its sign is known."""
        if node not in self.gates:
            asked = _question(node)
            self.gates[node] = None if asked is None else self._primitive(asked)
        return self.gates[node]

    def _primitive(self, asked: Node) -> Gate | None:
        terms = expand(asked, self.names)
        if isinstance(terms, Num):
            return None
        if not isinstance(terms, Add):
            factors = terms.args if isinstance(terms, Mul) else (terms,)
            sign = -1 if any(isinstance(f, Num) and f.value < 0 for f in factors) else 1
            rest = mul(*(f for f in factors if not isinstance(f, Num) and not positive(f, self.names)))
            return None if rest == ONE else Gate(key(rest), rest, sign)
        each = sorted(terms.args, key=lambda t: key(_plain(t)[1]))
        leading = _plain(each[0])[0]
        tree = expand(mul(Num(1 / leading), terms), self.names)
        return Gate(key(tree), tree, 1 if leading > 0 else -1)

    # ------------------------------------------------------------ easing

    def ease(self, node: Node) -> Node:
        node = over(node, self.ease)
        if not isinstance(node, Add | Mul | Pow | Call | Cases):
            return node
        if isinstance(node, Add):
            node = self._sums_together(node)
        for gate, calls in self._gates_of(node):
            made = self._eased(node, gate, calls)
            if made is not None:
                return self.ease(made) if not isinstance(made, Cases) else made
        return node

    def _gates_of(self, node: Node) -> list[tuple[Gate, list[Node]]]:
        """The gates of the functions in a tree, each with these functions; not those below a binder of their
        indices."""
        found: dict[Key, tuple[Gate, list[Node]]] = {}
        free = free_indices(node)
        for part in walk(node):
            gate = self.gate(part)
            if gate is not None and free_indices(gate.tree) <= free:
                found.setdefault(gate.key, (gate, []))[1].append(part)
        return [
            (gate, calls)
            for gate, calls in found.values()
            if len(calls) > 1 or (calls[0] is not node and _may_cancel(calls[0]))
        ]

    def _eased(self, node: Node, gate: Gate, calls: list[Node]) -> Node | None:
        concerned = [a for a in node.args if self._holds(a, gate)] if isinstance(node, Add) else [node]
        if isinstance(node, Add) and len(concerned) < 2:
            return None  # a single term has been looked at
        part = add(*concerned)
        above, below = self.on(part, gate, 1), self.on(part, gate, -1)
        rest = [a for a in node.args if not any(a is c for c in concerned)] if isinstance(node, Add) else []
        if self._same(above, below, part) and self._at_tie(part, above, gate):
            return add(*rest, tidy(above, self.names))
        if self._outside(part, above, below, gate):
            return add(*rest, Cases(((Rel(">", gate.tree, ZERO), tidy(above, self.names)),), tidy(below, self.names)))
        return None

    def _holds(self, node: Node, gate: Gate) -> bool:
        return any((g := self.gate(n)) is not None and g.key == gate.key for n in walk(node))

    def on(self, node: Node, gate: Gate, side: int) -> Node:
        """The form on one side of the gate."""

        def by(part: Node) -> Node | None:
            own = self.gate(part)
            return _side(part, own.sign == side) if own is not None and own.key == gate.key else None

        return map_up(node, by)

    def _sums_together(self, node: Add) -> Node:
        """Σ_i a_i - Σ_i b_i as one sum, where that lets kinks cancel."""
        sums = [(k, *found) for k, found in enumerate(map(_scaled_sum, node.args)) if found is not None]
        for n, (k, scale, one) in enumerate(sums):
            for other_k, other_scale, other in sums[n + 1 :]:
                if [i.size for i in one.indices] != [i.size for i in other.indices]:
                    continue
                body = reindex(other.body, dict(zip(other.indices, one.indices, strict=True)))
                both = add(mul(*scale, one.body), mul(*other_scale, body))
                made = self.ease(both)
                if key(made) != key(both):
                    rest = [t for j, t in enumerate(node.args) if j not in (k, other_k)]
                    merged = add(*rest, tidy(total(one.indices, made), self.names))
                    return self._sums_together(merged) if isinstance(merged, Add) else merged
        return node

    # ------------------------------------------------------------ deciding

    def _axes(self, *nodes: Node) -> tuple[Index, ...]:
        return tuple(
            sorted(frozenset().union(*(free_indices(n) for n in nodes)), key=lambda i: (i.name, str(i.size), id(i)))
        )

    def _same(self, above: Node, below: Node, part: Node) -> bool:
        if key(expand(above, self.names)) == key(expand(below, self.names)):
            return True
        axes = self._axes(part)
        if not _agree(*(self._values(n, axes, draw.assignments(self.names, points=POINTS)[0]) for n in (above, below))):
            return False
        from derivations.normal_form import prove_equal  # late: few formulas have kinks that need a proof

        one, two = (Formula(n, axes, names=self.names) for n in (above, below))
        spend(PROVING)
        return bool(prove_equal(one, two, EASING))

    def _values(self, node: Node, axes: tuple[Index, ...], points: Assignment) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                return np.asarray(floats.evaluate(Formula(node, axes, names=self.names), points), float)
        except (Unevaluable, TooMuchWork):
            return None

    def _tied(self, gate: Gate) -> Assignment | None:
        """Points at which the gate vanishes in some entry, None where none is found."""
        if gate.key not in self.ties:
            vanishes = steer.Relations([Rel("==", gate.tree, ZERO)], self.names)
            base = draw.assignments(self.names, points=POINTS)[0]
            made = [
                p
                for p in (steer.special(self.names, base), *steer.steer(vanishes, [base], BUDGET).extra)
                if _holding(vanishes, p).any()
            ]
            self.ties[gate.key] = (
                made[0].take([int(k) for k in np.flatnonzero(_holding(vanishes, made[0]))]) if made else None
            )
        return self.ties[gate.key]

    def _at_tie(self, part: Node, above: Node, gate: Gate) -> bool:
        """Whether the form has the value of the formula at the tie too: x sign(x)² is x there, sign(x)² is not 1."""
        if not any(isinstance(n, Cases) or (isinstance(n, Call) and n.fn == "sign") for n in walk(part)):
            return True
        points = self._tied(gate)
        axes = self._axes(part)
        return points is not None and _agree(self._values(part, axes, points), self._values(above, axes, points))

    def _outside(self, part: Node, above: Node, below: Node, gate: Gate) -> bool:
        """Whether the rules give, where the gate vanishes, a derivative outside of the two one-sided ones."""
        points = self._tied(gate)
        if points is None:
            return False
        axes = self._axes(part)
        one, two, here = (self._values(n, axes, points) for n in (above, below, part))
        if one is None or two is None or here is None:
            return False
        at = self._values(gate.tree, axes, points)
        tied = (
            (at == 0)
            & (np.abs(one - two) <= NEAR * (1 + np.abs(one)))
            & (np.abs(here - one) <= NEAR * (1 + np.abs(one)))
        )
        if not tied.any():
            return False
        for name in names_in(gate.tree):
            row = self.names.get(name)
            if row is None or row.role not in ("input", "node"):
                continue
            wrt = Elem(name, tuple(Index("w", s) for s in row.sizes))
            slots = (*axes, *wrt.at)
            try:
                slopes = [self._values(partial(n, wrt), slots, points) for n in (part, above, below)]  # type: ignore[arg-type]
            except NoDerivative:
                return False
            if any(s is None for s in slopes):
                continue
            ruled, up, down = (np.asarray(s)[tied] for s in slopes)
            slack = 1e-7 * (1 + np.abs(up) + np.abs(down))
            if ((ruled < np.minimum(up, down) - slack) | (ruled > np.maximum(up, down) + slack)).any():
                return True
        return False


def _plain(term: Node) -> tuple[Fraction, Node]:
    """A term as (coefficient, rest)."""
    if isinstance(term, Num):
        return term.value, ONE
    if isinstance(term, Mul) and isinstance(term.args[0], Num):
        return term.args[0].value, mul(*term.args[1:])
    return ONE.value, term


def _may_cancel(node: Node) -> bool:
    """|u|² is u², sign(u)² is 1, and cases may be anything; one relu or maximum alone does not cancel."""
    return isinstance(node, Cases) or (isinstance(node, Call) and node.fn in ("abs", "sign"))


def _scaled_sum(term: Node) -> tuple[tuple[Node, ...], Bound] | None:
    """a Σ_i b_i as (a, the sum), where the factor holds none of its indices."""
    factors = term.args if isinstance(term, Mul) else (term,)
    sums = [f for f in factors if isinstance(f, Bound) and f.op == "sum"]
    return (tuple(f for f in factors if f is not sums[0]), sums[0]) if len(sums) == 1 else None


def _holding(vanishes: steer.Relations, points: Assignment) -> np.ndarray:
    found = np.zeros(points.points, dtype=bool)
    for _, values in vanishes.holding(points):
        found |= (values == 1).any(axis=1)
    return found


def _agree(one: np.ndarray | None, two: np.ndarray | None) -> bool:
    if one is None or two is None:
        return False
    both = np.isfinite(one) & np.isfinite(two)
    return bool(both.any() and (np.abs(one - two)[both] <= NEAR * (1 + np.abs(one[both]))).all())


def _check(before: Formula, after: Formula, names: Names) -> None:
    """The definition without its kinks has the values of the one with them."""
    base = draw.assignments(names, points=POINTS)[0]
    for points in (base, steer.special(names, base)):
        with np.errstate(all="ignore"):
            a, b = (np.asarray(floats.evaluate(f, points), float) for f in (before, after))
        both = np.isfinite(a) & np.isfinite(b)
        if both.any() and (np.abs(a - b)[both] > TOLERANCE * (1 + np.abs(a[both]))).any():
            raise StepError(f"kinks that cancel: the form without them has other values at sizes {points.sizes}")
