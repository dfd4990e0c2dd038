"""Σ, Π, max and means: the size of an index from its use or its ends, parts of a range as conditions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    And,
    Bound,
    Call,
    Cases,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Node,
    Rel,
    ShapeError,
    Size,
    affine,
    affine_terms,
    bound,
    free_indices,
    mul,
    power,
    sizes_under,
    sub,
    total,
)
from derivations.notation.read.meaning.arrays import kept_axis
from derivations.notation.read.meaning.choices import condition
from derivations.notation.read.meaning.chosen import length, summed, within
from derivations.notation.read.meaning.context import Meaning, letters_of
from derivations.notation.read.meaning.from_zero import counts_from_zero, from_one
from derivations.notation.read.meaning.index_numbers import (
    affine_of,
    at_least_one,
    beyond,
    least_of,
    most_of,
    size_node,
    size_up_to,
)
from derivations.notation.read.meaning.long_ranges import is_long, long_sum
from derivations.notation.read.meaning.values import (
    ChosenSize,
    JointSize,
    ShapeFault,
    Val,
    Wild,
    find,
    indices_of,
    is_open,
    unify,
)
from derivations.notation.read.surface import Along, Big, Binder, SizeName, Surface


def big_operator(meaning: Meaning, t: Big) -> Val:
    """Σ, Π, max, mean: full ranges, and conditions on them."""
    if any(map(counts_from_zero, t.binders)):
        return meaning.value(from_one(meaning, t))
    if is_long(t):
        return long_sum(meaning, t)
    op, binders, loose = t.op, list(t.binders), list(t.loose)
    span = (t.start, t.end)
    body_tree = t.body
    if not binders:
        found = unnamed(meaning, t, op, loose, body_tree)
        if isinstance(found, Val):
            return found
        binders = found
    saved = dict(meaning.env)
    made: list[Index] = []
    for b in binders:
        declared = meaning.scope.indices.get(b.letter)
        size = Wild()
        index = Index(b.letter, size)  # type: ignore[arg-type]
        meaning.env[b.letter] = index
        made.append(index)
        if declared is not None:
            meaning.hints.append((index, declared.size))
        if isinstance(b.upper, SizeName):
            meaning.ends[index] = b.upper.size
    body = meaning.value(body_tree)
    conditions: list[Node] = []
    for b, index in zip(binders, made, strict=True):
        conditions += range_conditions(meaning, b, index, t)
    if meaning.entry_by_entry and len(made) == 1 and body.sizes and not conditions:
        body = with_index_left_out(meaning, made[0], body, t)
    for b in binders:
        for c in b.conditions:
            found_c = condition(meaning, c)
            if found_c.sizes:
                raise meaning.shape_fault("a condition below a sum", [found_c], span)
            conditions.append(found_c.node)  # type: ignore[arg-type]
    for index in made:
        close_index(meaning, index, t)
    meaning.env = saved
    if op == "mean":
        if conditions:
            raise meaning.fail("a mean over part of a range is not read", t, "a sum, divided by how many there are")
        scale = mul(*(power(size_node(i.size), MINUS_ONE) for i in made))
        return meaning.elementwise([body], lambda x: mul(scale, total(made, x, span)), "a mean", span)
    if conditions:
        if op not in ("sum", "prod"):
            raise meaning.fail(f"{op} over part of a range is not read", t, f"{op} over a full range")
        neutral = ZERO if op == "sum" else ONE
        holds = conditions[0] if len(conditions) == 1 else And(tuple(conditions))
        return meaning.elementwise(
            [body], lambda x: Bound(op, tuple(made), Cases(((holds, x),), neutral), span), "a sum", span
        )
    return meaning.elementwise([body], lambda x: bound(op, made, x, span), "a sum", span)


def with_index_left_out(meaning: Meaning, index: Index, body: Val, t: Big) -> Val:
    """`Σ_i ∂L/∂y x̂` where everything goes entry by entry, y and x̂ run over i first, and the body never says i: its
    entry at i."""
    size = find(index.size)  # type: ignore[arg-type]
    if isinstance(size, Wild):
        size = next((find(hint) for other, hint in meaning.hints if other is index), size)
    joint = any(isinstance(find(s), JointSize) for s in body.sizes)
    probes = [Index("k", find(s)) for s in body.sizes]  # type: ignore[arg-type]
    if isinstance(size, Wild) or find(body.sizes[0]) != size or joint or index in free_indices(body.entry(*probes)):
        return body
    source = meaning.source((t.body.start, t.body.end))
    meaning.note("index-left-out", f"{source} was read at {index.name}, which it leaves out", t)
    rest = body.sizes[1:]
    unify(index.size, size)  # type: ignore[arg-type]
    return meaning.made(rest, lambda *at: body.entry(index, *at), body) if rest else Val(body.entry(index))


def _named(meaning: Meaning, letter: str, t: Surface) -> list[Binder]:
    """The index of a Σ that names none; one within it may run over the same again: `Σ x_i Σ y_i`."""
    meaning.unnamed.add(letter)
    return [Binder(letter, t.start, t.end)]


def unnamed(meaning: Meaning, t: Surface, op: str, loose: list[tuple[str, int]], body: Surface) -> Val | list[Binder]:
    """A Σ without an index: the one undeclared index of its body; else the one declared index; else all entries."""
    letters = list(dict.fromkeys(letter for letter, _ in loose if letter not in meaning.env))
    letters = letters or list(dict.fromkeys(letter for letter, _ in loose if letter in meaning.unnamed))
    if len(letters) == 1:
        return _named(meaning, letters[0], t)
    if len(letters) > 1:
        raise meaning.fail(
            f"which index does this sum run over: {', '.join(letters[:5])}?",
            t,
            f"the index below, as in sum_{letters[0]}",
            "index",
        )
    said = [x for x in dict.fromkeys(letters_of(meaning, body)) if x in meaning.scope.indices]
    used = [x for x in said if x not in meaning.env] or [x for x in said if x in meaning.unnamed]
    if used and meaning.code:  # which sums over the entries of an array, whatever stands in its brackets
        many = len(meaning.notes)
        used = [] if meaning.value(body).sizes else used
        del meaning.notes[many:]
    if len(used) == 1:
        meaning.note("sum-index", f"the sum was read to run over {used[0]}", t)
        return _named(meaning, used[0], t)
    if len(used) > 1:
        raise meaning.fail(
            f"which index does this sum run over: {', '.join(used[:5])}?",
            t,
            f"the index below, as in sum_{used[0]}",
            "index",
        )
    v = meaning.value(body)
    span = (t.start, t.end)
    if not v.sizes:
        raise meaning.fail("this sum has no index", t, "an index below, as in sum_i x_i", "index")
    index = partial(summed, meaning) if op in ("sum", "mean") else meaning.index
    where = [index("k", s) if find(s) != 1 else 1 for s in v.sizes]
    over = indices_of(*where)
    if meaning.code and len(v.sizes) > 1 and meaning.source(span).startswith("sum("):
        inside = meaning.source((body.start, body.end))
        ways = (f"np.sum({inside})", f"np.sum({inside}, axis=0)")
        raise meaning.two_ways("sum of Python runs over the first axis, np.sum over all", span, "np.sum", *ways)
    meaning.note("over-all", f"{meaning.source(span)} was read over all entries", t)
    if op == "mean" and any(isinstance(find(k.size), Wild) for k in over):
        raise meaning.fail("the range of this mean cannot be told", t, "an index below, as in mean_i x_i", "index")
    if op == "mean":
        count = mul(*(power(length(meaning, s), MINUS_ONE) for s in v.sizes if find(s) != 1))
        return Val(mul(count, total(over, within(meaning, where, v.entry(*where)), span)))
    return Val(bound(op, over, within(meaning, where, v.entry(*where)), span))


def along_axis(meaning: Meaning, t: Along) -> Val:
    """sum(Z, axis=0): over one axis; softmax and its logarithm keep it."""
    op, axis = t.function, t.axis
    v = meaning.value(t.body)
    span = (t.start, t.end)
    rank = len(v.sizes)
    if not -rank <= axis < rank:
        raise meaning.shape_fault(f"{op} along axis {axis}", [v], span, "there is no such axis")
    axis %= rank
    size = v.sizes[axis]
    if is_open(size):
        raise meaning.fail(f"the range of this {op} cannot be told", t, "an index below, as in sum_i x_i", "index")

    def over(op: str, at: tuple[IndexExpr, ...]) -> Node:
        if find(size) == 1:
            return v.entry(*at[:axis], 1, *at[axis:])
        k = summed(meaning, "k", size) if op == "sum" else meaning.index("k", size)
        return bound(op, indices_of(k), within(meaning, (k,), v.entry(*at[:axis], k, *at[axis:])), span)

    def entry(*at: IndexExpr) -> Node:
        if op in ("softmax", "log_softmax"):
            logarithm = sub(v.entry(*at), over("logsumexp", at[:axis] + at[axis + 1 :]))
            return logarithm if op == "log_softmax" else Call("exp", (logarithm,), span)
        return mul(power(length(meaning, size), MINUS_ONE), over("sum", at)) if op == "mean" else over(op, at)

    if op in ("softmax", "log_softmax"):
        return meaning.made(v.sizes, entry, v)
    sizes = v.sizes[:axis] + v.sizes[axis + 1 :]
    found = meaning.made(sizes, entry, v) if sizes else Val(entry(), span=span)
    return kept_axis(meaning, found, axis) if t.keeps else found


def range_conditions(meaning: Meaning, b: Binder, index: Index, t: Surface) -> list[Node]:
    """The ends of a range: the full one gives the size, any other a condition. From max(1, j-m+1) on, up to min(n, j),
    several hold."""
    lowers = ends_of(meaning, b.lower, "max", t) if b.lower is not None else [1]
    uppers = ends_of(meaning, b.upper, "min", t) if b.upper is not None else []
    conditions: list[Node] = []
    for lower in lowers:
        if isinstance(lower, int) and lower < 1 and b.upper is not None:
            raise meaning.fail(
                "indices count from 1",
                t,
                "1 as the first index",
                "index",
                span=(b.lower.start, b.lower.end),  # type: ignore
            )
        told = not isinstance(find(index.size), Wild) or _on_an_axis(meaning, index)  # type: ignore[arg-type]
        if not isinstance(lower, int) and not told and not _begins_in(lower):
            raise meaning.fail(
                f"indices count from 1, and {b.letter} may begin before", t, "1 or more as the first index", "index"
            )
        if lower != 1:
            conditions.append(Rel(">=", IndexVal(index), IndexVal(lower)))
    sizes_first = sorted(uppers, key=lambda upper: _plain(upper) is None)
    return conditions + [
        condition for upper in sizes_first for condition in _up_to(meaning, b, index, upper, t, len(uppers) == 1)
    ]


def _plain(end: IndexExpr) -> int | str | None:
    """The number or the size that an end is, alone."""
    if isinstance(end, int):
        return end
    terms, const = affine_terms(end)
    alone = const == 0 and len(terms) == 1 and terms[0][1] == 1
    return terms[0][0] if alone and isinstance(terms[0][0], str) else None


def _up_to(meaning: Meaning, b: Binder, index: Index, upper: IndexExpr, t: Surface, alone: bool) -> Iterator[Node]:
    """The condition that an end is, unless it is that of the whole range; where it stands `alone`, an end of another
    axis is a fault."""
    plain: Any = _plain(upper)
    terms = affine_terms(upper)[0]
    known = find(index.size)  # type: ignore[arg-type]
    other: Any = None
    if isinstance(known, Wild):
        if plain is not None and not (isinstance(plain, int) and plain < 1):
            unify(index.size, plain)  # type: ignore[arg-type]
            return
        size = None if _on_an_axis(meaning, index) else _long_enough(meaning, b, upper, t)
        if size is not None:
            unify(index.size, size)  # type: ignore[arg-type]
            if beyond(upper, size) == 0:
                return
        else:
            for term, _ in terms:
                meaning.hints.append((index, term if isinstance(term, str) else term.size))
    elif plain is None:
        sizes = [term if isinstance(term, str) else find(term.size) for term, _ in terms]
        whole = size_up_to(upper) if all(isinstance(term, str) for term, _ in terms) else None
        if whole is not None and whole == known and beyond(upper, whole) == 0:
            return
        other = next(
            (s for s in sizes if isinstance(s, str) and isinstance(known, str) and s not in sizes_under(known)), None
        )
        if whole is not None and isinstance(known, str) and at_least_one(beyond(upper, known)):
            other = whole
    elif plain == known:
        return
    elif not (isinstance(plain, int) and isinstance(known, str)):
        other = plain
    if alone and other is not None:
        raise ShapeFault(
            ShapeError(
                "a sum",
                (b.letter, meaning.source((b.upper.start, b.upper.end))),  # type: ignore
                ((known,), (other,)),  # type: ignore[arg-type]
                (t.start, t.end),
                f"{b.letter} runs over 1..{known}",
            )
        )
    yield Rel("<=", IndexVal(index), IndexVal(upper))


def _on_an_axis(meaning: Meaning, index: Index) -> bool:
    """Whether something has told already how far an index runs: an axis that it runs along, besides its own
    declaration."""
    declared = index.name in meaning.scope.indices
    return sum(other is index for other, _ in meaning.hints) > declared


def _long_enough(meaning: Meaning, b: Binder, upper: IndexExpr, t: Surface) -> Size | None:
    """The size that an index runs over which stands below no name, for what is cut off of its range would be lost in
    silence; None where the size of an index in its end is not known yet, which then is that size."""
    most = most_of(upper)
    size = size_up_to(most) if most is not None else None
    terms, const = affine_terms(upper)
    if size is None and (const > 0 or sum(max(c, 0) for _, c in terms) != 1):
        raise meaning.fail(f"the range of {b.letter} cannot be told", t, "a size as its end", "index")
    return size


def _begins_in(lower: IndexExpr) -> bool:
    """Whether a range begins at 1 or later, for certain."""
    least = least_of(lower)
    return least is not None and at_least_one(least)


def ends_of(meaning: Meaning, t: Surface, several: str, where: Surface) -> list[IndexExpr]:
    """The ends of a range that a text says: those of max(1, j-m+1) for a first, of min(n, j) for a last index."""
    node = meaning.scalar(t, "the end of a range")
    row = meaning.scope.names.get(node.name) if isinstance(node, Elem) and not node.at else None
    if row is not None and isinstance(row.definition, Formula):  # a name for a size: N = n
        node = row.definition.body
    ends = [affine_of(one) for one in (node.args if isinstance(node, Call) and node.fn == several else (node,))]
    if any(found is None for found in ends):
        raise meaning.fail(
            f"{meaning.source((t.start, t.end))} is no end of a range", t, "a size, an index or a number", "index"
        )
    return [affine(*found) for found in ends if found is not None]


def close_index(meaning: Meaning, index: Index, t: Surface) -> None:
    """The size of a bound index is known once its body is."""
    size = find(index.size)  # type: ignore[arg-type]
    if isinstance(size, Wild):
        for other, hint in meaning.hints:
            if other is index:
                known = find(hint)
                if not isinstance(known, Wild):
                    unify(size, known)
                    size = known
                    break
    if isinstance(size, Wild | JointSize | ChosenSize):
        raise meaning.fail(
            f"the range of {index.name} cannot be told", t, f"the end above, as in sum_{{{index.name}=1}}^n", "index"
        )
    index.size = size
