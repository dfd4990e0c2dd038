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

from collections.abc import Iterator, Mapping, Sequence

from derivations.calculus import is_zero, partial
from derivations.domains import Declared, Names
from derivations.formula import (
    MINUS_ONE,
    ONE,
    TWO,
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    add,
    affine_terms,
    binders,
    children,
    count,
    div,
    free_indices,
    key,
    mul,
    names_in,
    neg,
    power,
    rebuild,
    reindex,
    total,
)
from derivations.frozen import frozen
from derivations.notation import ReadError, read_statement
from derivations.pointwise import covers
from derivations.sendable import Sendable
from derivations.signs import away_from_zero
from derivations.simplify.shapes import LARGE, cost, expand, neat, recognise, shortest
from derivations.simplify.tidy import tidy
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


# ---------------------------------------------------------------- matching


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
        case (Call(f, args), Call(g, brgs)) | (Apply(f, args), Apply(g, brgs)):
            return _match_all(args, brgs, slots, env, inner) if f == g and len(args) == len(brgs) else None
        case (Add(args), Add(brgs)) | (Mul(args), Mul(brgs)):
            return _match_any_order(list(args), list(brgs), slots, env, inner) if len(args) == len(brgs) else None
        case Bound(f, ii, body), Bound(g, jj, cody):
            if f != g or tuple(i.size for i in ii) != tuple(j.size for j in jj):
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
            if any(isinstance(t, Index) and t in inner for t, _ in affine_terms(n)[0]) or (
                isinstance(n, Index) and n.size != p.size
            ):
                return None
            env = {**env, p: n}
        elif p != n:
            return None
    return env


def apply(fold: Fold, node: Node) -> Node:
    """The rule wherever it fits, from the leaves up, each place once."""
    if any(match(k, node, fold.slots) is not None for k in fold.keep):
        return node
    below = children(node)
    if below:
        new = tuple(apply(fold, c) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            return rebuild(node, new)
    found = _placed(fold, node)
    return node if found is None else mul(reindex(fold.replacement, found[0]), *found[1])


def fits(fold: Fold, node: Node) -> bool:
    """Whether the rule would change anything."""
    spend(1)
    return _placed(fold, node) is not None or any(fits(fold, c) for c in children(node))


def _placed(fold: Fold, node: Node) -> tuple[Env, tuple[Node, ...]] | None:
    """Values of the slots, and the factors that are left where the pattern is a part of a product: u σ(u) in v u²
    σ(u)."""
    env = match(fold.pattern, node, fold.slots)
    if env is not None:
        return env, ()
    if not (isinstance(fold.pattern, Mul) and isinstance(node, Mul)):
        return None
    factors: list[Node] = []
    for factor in node.args:
        whole = isinstance(factor, Pow) and isinstance(factor.exponent, Num) and factor.exponent.value in (2, 3, 4)
        factors.extend([factor.base] * int(factor.exponent.value) if whole else [factor])  # type: ignore[union-attr]
    return _part(list(fold.pattern.args), factors, fold.slots, {})


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


# ---------------------------------------------------------------- rules of a binding


def folds_of(row: Declared, names: Names) -> tuple[Fold, ...]:
    """The rules that a node's binding gives, the most direct first."""
    if row.definition is None:
        return ()
    axes = tuple(i.fresh() for i in row.definition.axes)
    body = tidy(
        recognise(reindex(row.definition.body, dict(zip(row.definition.axes, axes, strict=True))), names), names
    )
    slots = frozenset(axes)
    name: Node = Elem(row.name, axes)
    made = []
    for atom, value, rest in _solve(body, name, (), names):
        if slots <= free_indices(atom) and not isinstance(atom, Num):
            keep = tuple(r for part in rest for r in _containers(part, atom, slots))
            made.append(Fold(f"fold `{row.name}`", atom, slots, tidy(value, names), keep))
    made.sort(key=lambda f: cost(f.replacement))
    return tuple(made)


def _containers(node: Node, atom: Node, slots: frozenset[Index]) -> Iterator[Node]:
    if binders(node) and any(match(atom, below, slots | set(binders(node))) is not None for below in _walk(node)):
        yield node
    else:
        for child in children(node):
            yield from _containers(child, atom, slots)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _walk(child)


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


def facts_of(row: Declared) -> tuple[Fold, ...]:
    """The rules that a name's domain gives."""
    axes = tuple(Index(f"a{k}", s) for k, s in enumerate(row.sizes))
    element = Elem(row.name, axes)
    made = []
    if row.domain.structure in ("onehot", "simplex"):
        made.append(Fold(f"entries of `{row.name}` sum to 1", total(axes[-1:], element), frozenset(axes[:-1]), ONE))
    if row.domain.structure == "orthonormal":
        one, two = Index("r", row.sizes[1]), Index("c", row.sizes[1])
        gram = total(axes[:1], mul(Elem(row.name, (axes[0], one)), Elem(row.name, (axes[0], two))))
        made.append(Fold(f"the columns of `{row.name}` are orthonormal", gram, frozenset((one, two)), Delta(one, two)))
    if row.domain.values and set(row.domain.values) <= {0, 1}:
        made.append(Fold(f"`{row.name}` is 0 or 1", Pow(element, TWO), frozenset(axes), element))
    if set(row.domain.values) == {-1, 1}:
        made.append(Fold(f"`{row.name}` is -1 or +1", Pow(element, TWO), frozenset(axes), ONE))
        made.append(Fold(f"`{row.name}` is -1 or +1", Pow(element, MINUS_ONE), frozenset(axes), element))
    return tuple(made)


class FactError(Sendable, ValueError):
    """A fact that cannot be used: its author's fault. `text` is the fact, `span` a place in it."""

    def __init__(self, message: str, text: str, span: tuple[int, int] | None = None):
        super().__init__(message)
        self.text, self.span = text, span or (0, len(text))


@frozen
class Fact:
    """An equation between the names that holds by statement, `sum_k t_k = 1`: as a rule, and as what drawn points must
    satisfy.

    `residual` is left - right (its slots as axes), linear in the input `name`: points are moved along that name until
    it is 0.
    """

    text: str
    fold: Fold
    residual: Formula
    name: str


def facts_from(texts: Sequence[str], names: Names) -> tuple[Fact, ...]:
    """Facts as they are typed. Raises `FactError` where one cannot be read or used."""
    return tuple(_fact(text, names) for text in texts)


def _fact(text: str, names: Names) -> Fact:
    try:
        statement = read_statement(text, names)
    except ReadError as error:
        raise FactError(f"the fact {text!r}: {error}", text, error.span) from error
    parts = [part for line in statement.lines for part in line.parts]
    if len(parts) != 2 or [op for line in statement.lines for op in line.ops] != ["="]:
        raise FactError(
            f"the fact {text!r} is not one equation between declared names; write it like sum_k t_k = 1", text
        )
    left, right = parts
    slots, onto = left.free + left.axes, right.free + right.axes
    if any(i not in slots for i in right.free) or (
        right.axes and [i.size for i in left.axes] != [i.size for i in right.axes]
    ):
        raise FactError(f"the two sides of the fact {text!r} have different shapes", text)
    value = reindex(right.body, dict(zip(right.axes, left.axes, strict=True)) if onto else {})
    residual = tidy(add(left.body, neg(value)), names)
    for name in sorted(names_in(residual), reverse=True):
        row = names.get(name)
        if row is not None and row.role == "input":
            at = tuple(Index(f"s{k}", s) for k, s in enumerate(row.sizes))
            slope = partial(residual, Elem(name, at))
            if not is_zero(slope) and name not in names_in(slope):
                fold = Fold(f"fact {text.strip()}", tidy(left.body, names), frozenset(slots), value)
                return Fact(text, fold, Formula(residual, slots, names=names), name)
    raise FactError(
        (
            f"the fact {text!r} is not linear in any name; declare what it says as a domain (onehot, simplex, "
            "orthonormal, symmetric)"
        ),
        text,
    )


def rules(names: Names, root: str | None = None) -> tuple[Fold, ...]:
    """Every rule of the names, latest bindings first; not those of the root, which nobody wants to see in its own
    gradient.

    The exception are functions that are known by their own derivative: h = σ(z) has h(1 - h), k = exp(…) has k.
    """
    made: list[Fold] = [fact.fold for fact in names.facts]
    for row in reversed(list(names.values())):
        if row.role == "node" and row.known and (row.name != root or _in_itself(row)):
            made.extend(folds_of(row, names))
        elif row.role == "input":
            made.extend(facts_of(row))
    return tuple(made)


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
    with the formula after it."""
    best = neat(node, names)
    axes = tuple(sorted(free_indices(node), key=lambda i: (i.name, str(i.size))))
    given = Formula(node, axes, names=names)

    def whole(new: Node) -> bool:
        return free_indices(new) <= set(axes) and covers(Formula(new, axes, names=names), given)

    forms = _forms(best, names)
    taken: list[tuple[str, Node]] = []
    improving = True
    while improving:
        improving = False
        for rule in folds:
            fitting = [neat(apply(rule, form), names) for form in forms if fits(rule, form)]
            if fitting and cost(new := shortest(fitting)) < cost(best) and whole(new):
                best, improving = new, True
                forms = _forms(best, names)
                taken.append((rule.rule, new))
    if sum_in_denominator(best):
        cancelled = [neat(form, names) for form in _cancelled(best)]
        best = shortest([best, *(form for form in cancelled if not sum_in_denominator(form) and whole(form))])
    return Folded(cleared(best, names), tuple(taken))


def _forms(node: Node, names: Names) -> tuple[Node, ...]:
    """A formula and its expansion: a rule may fit either."""
    if count(node) > LARGE:
        return (node,)
    open_ = expand(node, names)
    return (node,) if key(open_) == key(node) else (node, open_)


def cleared(node: Node, names: Names) -> Node:
    """p (a + b/p) = p a + b wherever p may come near 0: the first has no value there, and the second is as long."""
    below = children(node)
    if below:
        new = tuple(cleared(c, names) for c in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            node = tidy(rebuild(node, new), names)
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
    if isinstance(node, Add | Mul) and any(_divides_by_sum(part) for part in children(node)):
        return True
    return any(sum_in_denominator(c) for c in children(node))


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
    from derivations.tensor import rational  # late: SymPy takes 0.3 s to import, and few formulas divide by a sum

    return rational(node)


def inline(node: Node, names: Names, which: frozenset[str]) -> Node:
    """The definitions of some nodes (or adjoints) in place of their names, until none is left."""
    if isinstance(node, Elem):
        row = names.get(node.name) if node.name in which else None
        if row is None or row.definition is None:
            return node
        definition: Formula = row.definition
        return inline(reindex(definition.body, dict(zip(definition.axes, node.at, strict=True))), names, which)
    below = children(node)
    if not below:
        return node
    return rebuild(node, tuple(inline(c, names, which) for c in below))
