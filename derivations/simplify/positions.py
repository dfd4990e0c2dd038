"""What is certain of conditions between indices within their ranges and sizes ≥ 1: i + 1 ≥ 1 holds, k ≤ n - 2 implies
k ≤ n - 1.
"""

from __future__ import annotations

from derivations.formula import (
    Add,
    And,
    Index,
    IndexExpr,
    IndexTerm,
    IndexVal,
    Mul,
    Node,
    Num,
    Rel,
    SizeVal,
    affine,
    affine_terms,
    end_of,
    num,
    size_node,
    size_terms,
)


def size_of(index: Index) -> Node:
    """Σ_i 1."""
    return size_node(index.size)


def without_decided(condition: Node) -> Node:
    """A conjunction without the parts that always hold or follow from another: k ≤ n - 1 beside k ≤ n - 2."""
    if not isinstance(condition, And):
        return condition
    left = [a for a in condition.args if decided(a) is not True]
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
    if not isinstance(condition, Rel) or condition.op not in (">=", "<=", ">", "<"):
        return None
    sides = [whole_number(side) for side in (condition.left, condition.right)]
    if sides[0] is None or sides[1] is None:
        return None
    above, below = sides if condition.op[0] == ">" else sides[::-1]
    assert above is not None
    assert below is not None
    strict = len(condition.op) == 1
    return affine_terms(affine([*above[0], *((t, -c) for t, c in below[0])], above[1] - below[1] - strict))


def decided(condition: Node) -> bool | None:
    """What is certain of a condition between numerals, indices within their ranges 1..size and sizes ≥ 1."""
    if isinstance(condition, And):
        each = [decided(a) for a in condition.args]
        return False if False in each else True if all(each) else None
    if not isinstance(condition, Rel):
        return None
    if isinstance(condition.left, Num) and isinstance(condition.right, Num):
        a, b = condition.left.value, condition.right.value
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[condition.op]
    left, right = whole_number(condition.left), whole_number(condition.right)
    if left is None or right is None:
        return None
    (low, high), op = _range(left, right), condition.op
    above, below, apart = low is not None and low > 0, high is not None and high < 0, {"==": False, "!=": True}
    if op in apart:
        return apart[op] if above or below else None
    least, most = low is not None and low >= 0, high is not None and high <= 0
    always, never = {">": (above, most), ">=": (least, below), "<": (below, least), "<=": (most, above)}[op]
    return True if always else False if never else None


Whole = tuple[tuple[tuple[IndexTerm, int], ...], int]
"""Σ c·t + const over indices and sizes."""


def whole_number(node: Node) -> Whole | None:
    """A tree as a sum of indices, sizes and a whole number, where it is one."""
    match node:
        case Num(value) if value.denominator == 1:
            return (), int(value)
        case IndexVal(at):
            return affine_terms(at)
        case SizeVal(size):
            return ((size, 1),), 0
        case Mul((Num(value), inner)) if value.denominator == 1 and (below := whole_number(inner)) is not None:
            return tuple((t, int(value) * c) for t, c in below[0]), int(value) * below[1]
        case Add(args):
            parts = [whole_number(a) for a in args]
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
            parts, more = (((t, 1),), 0) if isinstance(t, str) else size_terms(1 if c > 0 else t.size)
            for name, times in parts:
                sizes[name] = sizes.get(name, 0) + c * times
            low += c * more
        return low + sum(sizes.values()) if all(c >= 0 for c in sizes.values()) else None

    low, high = least(1), least(-1)
    return low, None if high is None else -high


def only_place(condition: Node) -> tuple[Index, IndexExpr] | None:
    """The one place at which a condition does not hold: 1 of t ≥ 2, n of t < n."""
    match condition:
        case Rel(">=", IndexVal(Index() as i), Num(value)) if value == 2:
            return i, 1
        case Rel("<", IndexVal(Index() as i), right) if right == size_of(i):
            return i, end_of(i)
    return None


def index_in_front(op: str, left: Node, right: Node) -> Node | None:
    """k + 1 ≤ n as k < n, k + 2 ≤ n as k ≤ n - 2."""
    sides = [whole_number(side) for side in (left, right)]
    if sides[0] is None or sides[1] is None or not isinstance(left, IndexVal) or isinstance(left.at, Index):
        return None
    terms, const = sides[0]
    front = [t for t, c in terms if isinstance(t, Index) and c == 1]
    if len(front) != 1:
        return None
    rest = affine([*sides[1][0], *((t, -c) for t, c in terms if t is not front[0])], sides[1][1] - const)
    terms, const = affine_terms(rest)
    if op == "<=" and const == -1 and len(terms) == 1:
        op, rest, const = "<", affine(terms), 0
    plain = (
        num(const)
        if not terms
        else SizeVal(terms[0][0])
        if len(terms) == 1 and not const and terms[0][1] == 1 and isinstance(terms[0][0], str)
        else IndexVal(rest)
    )
    return Rel(op, IndexVal(front[0]), plain)
