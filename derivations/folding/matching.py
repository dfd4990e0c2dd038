"""Where a pattern stands in a tree, and what takes its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

from derivations.formula import (
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Delta,
    Elem,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    Tensor,
    affine,
    affine_terms,
    children,
    free_indices,
    index_exprs,
    indices_in,
    label_alone,
    mul,
    names_in,
    over,
    reindex,
    total,
)
from derivations.frozen import frozen
from derivations.work import spend

Env = Mapping[Index, IndexExpr]


@frozen
class Fold:
    """pattern → replacement for every value of the slots. `rule` is how a course would say it."""

    rule: str
    pattern: Node
    slots: frozenset[Index]
    replacement: Node
    keep: tuple[Node, ...] = ()
    """Trees of the replacement inside which the pattern stays (the Σ_k e^x_k of a softmax)."""

    @property
    def direct(self) -> bool:
        """Whether the pattern is more than a name: x_ij → μ_j + x̂_ij √v_j is not direct."""
        return not isinstance(self.pattern, Elem)

    @property
    def names(self) -> frozenset[str]:
        """The names that a tree has to hold for the rule to fit somewhere in it."""
        return names_in(self.pattern)


def match(pattern: Node, node: Node, slots: frozenset[Index], env: Env | None = None) -> Env | None:
    """Values of the slots that make the pattern this node, up to bound names and the order of terms and factors; else
    None."""
    return _match(pattern, node, slots, dict(env or {}), frozenset())


def _match(
    p: Node, n: Node, slots: frozenset[Index], env: dict[Index, IndexExpr], inner: frozenset[Index]
) -> dict[Index, IndexExpr] | None:
    if type(p) is not type(n):
        return None
    match p, n:
        case Elem(a, at), Elem(b, bt):
            return _match_indices(at, bt, slots, env, inner) if a == b and len(at) == len(bt) else None
        case IndexVal(a), IndexVal(b):
            return _match_indices((a,), (b,), slots, env, inner)
        case Delta(a, b), Delta(c, d):
            straight = _match_indices((a, b), (c, d), slots, env, inner)
            return straight if straight is not None else _match_indices((a, b), (d, c), slots, env, inner)
        case Call(f, args), Call(g, brgs):
            return _match_all(args, brgs, slots, env, inner) if f == g and len(args) == len(brgs) else None
        case Apply(f, args, by), Apply(g, brgs, other):
            if (f, len(args), [k for k, _ in by]) != (g, len(brgs), [k for k, _ in other]):
                return None
            at, bt = index_exprs(p), index_exprs(n)
            found = _match_all(args, brgs, slots, env, inner) if len(at) == len(bt) else None
            return None if found is None else _match_indices(at, bt, slots, found, inner)
        case (Add(args), Add(brgs)) | (Mul(args), Mul(brgs)):
            return _match_any_order(list(args), list(brgs), slots, env, inner) if len(args) == len(brgs) else None
        case Bound(f, ii, body), Bound(g, jj, cody):
            if f != g or tuple(i.size for i in ii) != tuple(j.size for j in jj):
                return None
            found = _match(body, cody, slots, {**env, **dict(zip(ii, jj, strict=True))}, inner | set(jj))
            return None if found is None else {k: v for k, v in found.items() if k not in ii}
        case Tensor(ii, body), Tensor(jj, cody):
            if tuple(i.size for i in ii) != tuple(j.size for j in jj):
                return None
            found = _match(body, cody, slots, {**env, **dict(zip(ii, jj, strict=True))}, inner | set(jj))
            return None if found is None else {k: v for k, v in found.items() if k not in ii}
        case MatrixAtom(f, r, c, body, at), MatrixAtom(g, s, d, cody, bt):
            if f != g or r.size != s.size or len(at) != len(bt):
                return None
            found = _match(body, cody, slots, {**env, r: s, c: d}, inner | {s, d})
            if found is None:
                return None
            return _match_indices(at, bt, slots, {k: v for k, v in found.items() if k not in (r, c)}, inner)
        case Cases() | Rel() | Pow(), _:
            below, above = children(p), children(n)
            same = len(below) == len(above) and (not isinstance(p, Rel) or (isinstance(n, Rel) and p.op == n.op))
            return _match_all(below, above, slots, env, inner) if same else None
        case _:
            return env if p == n else None


def _match_all(
    ps: Sequence[Node],
    ns: Sequence[Node],
    slots: frozenset[Index],
    env: dict[Index, IndexExpr],
    inner: frozenset[Index],
) -> dict[Index, IndexExpr] | None:
    for p, n in zip(ps, ns, strict=True):
        found = _match(p, n, slots, env, inner)
        if found is None:
            return None
        env = found
    return env


def _match_any_order(
    ps: list[Node], ns: list[Node], slots: frozenset[Index], env: dict[Index, IndexExpr], inner: frozenset[Index]
) -> dict[Index, IndexExpr] | None:
    if not ps:
        return env
    for k, n in enumerate(ns):
        found = _match(ps[0], n, slots, env, inner)
        if found is not None:
            rest = _match_any_order(ps[1:], ns[:k] + ns[k + 1 :], slots, found, inner)
            if rest is not None:
                return rest
    return None


def _match_indices(
    ps: Sequence[IndexExpr],
    ns: Sequence[IndexExpr],
    slots: frozenset[Index],
    env: dict[Index, IndexExpr],
    inner: frozenset[Index],
) -> dict[Index, IndexExpr] | None:
    for p, n in zip(ps, ns, strict=True):
        if isinstance(p, Index) and p in env:
            if env[p] != n:
                return None
        elif isinstance(p, Index) and p in slots:
            runs = n if isinstance(n, Index) else label_alone(n)
            if any(t in inner for t in indices_in(n)) or (runs is not None and runs.size != p.size):
                return None
            env = {**env, p: n}
        elif p != n:
            if (shifted := _shifted(p, n, slots, env, inner)) is not None:
                env = shifted
                continue
            one, two = label_alone(p), label_alone(n)
            if one is None or two is None or one.name != two.name or len(one.at) != len(two.at):
                return None
            found = _match_indices(one.at, two.at, slots, env, inner)
            if found is None:
                return None
            env = found
    return env


def _shifted(
    p: IndexExpr, n: IndexExpr, slots: frozenset[Index], env: dict[Index, IndexExpr], inner: frozenset[Index]
) -> dict[Index, IndexExpr] | None:
    """The t of t - 1 for which it is n."""
    terms, const = affine_terms(p)
    if len(terms) != 1 or not isinstance(slot := terms[0][0], Index) or terms[0][1] != 1 or slot not in slots:
        return None
    above, extra = affine_terms(n)
    value = affine(above, extra - const)
    if slot in env:
        return env if env[slot] == value else None
    return None if any(t in inner for t in indices_in(n)) else {**env, slot: value}


def apply(fold: Fold, node: Node) -> Node:
    """The rule wherever it fits, from the leaves up, each place once."""
    if any(match(k, node, fold.slots) is not None for k in fold.keep):
        return node
    inside = over(node, lambda child: apply(fold, child))
    if inside is not node:
        return inside
    replaced = _replaced(fold, node)
    return node if replaced is None else replaced


def fits(fold: Fold, node: Node) -> bool:
    """Whether the rule would change anything."""
    spend(1)
    return _replaced(fold, node) is not None or any(fits(fold, c) for c in children(node))


def _replaced(fold: Fold, node: Node) -> Node | None:
    """The node with the pattern, or the part of a product or of a sum that is the pattern, replaced."""
    env = match(fold.pattern, node, fold.slots)
    if env is not None:
        return reindex(fold.replacement, env)
    match fold.pattern, node:
        case Mul(), Mul():
            return _in_product(fold, fold.pattern, node)
        case Bound("sum", inner, body), Bound("sum", indices, whole) if len(inner) < len(indices):
            pattern, factors = (n.args if isinstance(n, Mul) else (n,) for n in (body, whole))
            return _in_sum(fold, inner, pattern, indices, factors)
    return None


def _in_product(fold: Fold, pattern: Mul, node: Mul) -> Node | None:
    """u σ(u) in v u² σ(u), with the factors that are left."""
    factors: list[Node] = []
    for factor in node.args:
        whole = isinstance(factor, Pow) and isinstance(factor.exponent, Num) and factor.exponent.value in (2, 3, 4)
        factors.extend([factor.base] * int(factor.exponent.value) if whole else [factor])  # type: ignore[union-attr]
    found = _part(list(pattern.args), factors, fold.slots, {})
    return None if found is None else mul(reindex(fold.replacement, found[0]), *found[1])


def _in_sum(
    fold: Fold, inner: tuple[Index, ...], pattern: Sequence[Node], indices: tuple[Index, ...], factors: Sequence[Node]
) -> Node | None:
    """Σ_l t_il in Σ_{i,l} x_i t_il: the factors that hold l are the pattern's, the others stay under what is left of
    the sum."""
    for chosen in permutations(indices, len(inner)):
        if [i.size for i in chosen] != [i.size for i in inner]:
            continue
        mine = [f for f in factors if not free_indices(f).isdisjoint(chosen)]
        if len(mine) != len(pattern):
            continue
        bound = dict(zip(inner, chosen, strict=True))
        env = _match_any_order(list(pattern), mine, fold.slots, dict(bound), frozenset(chosen))
        if env is not None:
            values = {slot: at for slot, at in env.items() if slot not in bound}
            kept = (f for f in factors if f not in mine)
            return total(tuple(i for i in indices if i not in chosen), mul(reindex(fold.replacement, values), *kept))
    return None


def _part(
    ps: list[Node], ns: list[Node], slots: frozenset[Index], env: dict[Index, IndexExpr]
) -> tuple[Env, tuple[Node, ...]] | None:
    if not ps:
        return env, tuple(ns)
    for k, n in enumerate(ns):
        found = _match(ps[0], n, slots, env, frozenset())
        if found is not None:
            rest = _part(ps[1:], ns[:k] + ns[k + 1 :], slots, found)
            if rest is not None:
                return rest
    return None
