"""An indicator beside an entry that may lie outside of its array: Σ_k w_k g_{j-k+1} 1[1 ≤ j-k+1 ≤ n].

Where the condition fails the term is 0, and the entry is not looked at: {g_{j-k+1} if 1 ≤ j-k+1 ≤ n, 0 otherwise}.
"""

from __future__ import annotations

from derivations.formula import ONE, ZERO, Cases, Elem, Index, Mul, Node, free_indices, label_alone, map_up, mul, walk


def guarded(body: Node) -> Node:
    """The tree with shifted entries put behind the indicators that stand beside them."""
    return map_up(body, _behind)


def _behind(node: Node) -> Node | None:
    if not isinstance(node, Mul):
        return None
    guards = [f for f in node.args if _of_indices(f)]
    shifted = [f for f in node.args if f not in guards and _shifted(f)]
    for guard in guards:
        assert isinstance(guard, Cases)
        condition = guard.branches[0][0]
        mine = [f for f in shifted if free_indices(f) & free_indices(condition)]
        if mine:
            rest = (f for f in node.args if f is not guard and not any(f is m for m in mine))
            inner = Cases(((condition, mul(*mine)),), ZERO, guard.span)
            whole = mul(*rest, inner)
            return _behind(whole) or whole
    return None


def _of_indices(node: Node) -> bool:
    """1[c], where c is on indices and sizes alone."""
    match node:
        case Cases(((condition, one),), zero) if one == ONE and zero == ZERO:
            return not any(isinstance(n, Elem) for n in walk(condition))
    return False


def _shifted(node: Node) -> bool:
    """Whether an entry at an index like j - k + 1 stands in it."""
    return any(
        isinstance(n, Elem) and any(not isinstance(i, Index | int) and label_alone(i) is None for i in n.at)
        for n in walk(node)
    )
