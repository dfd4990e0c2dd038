r"""What stands below and above a Σ: its indices, their ends, and conditions on them.

i    ij    i=1    k'=1    1≤i≤n    j≤i    k≠i    i : y_i > 0    l<m    1≤l<m≤n
i∈[n]    i∈{1,…,n}    i=1,…,n    w∈V, where V is a size
l=1, l≠i    \substack{l=1 \\ l≠i}
"""

from __future__ import annotations

from dataclasses import replace

from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.expressions import parse_additive, parse_logic, parse_primary
from derivations.notation.read.grammar.letters import split_tail
from derivations.notation.read.quantifiers import range_of
from derivations.notation.read.surface import Binder, Numeral, Relation, SizeName, Surface
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.spelling import GREEK
from derivations.notation.words import COMPARISONS


def indices_below(cursor: Cursor) -> list[Binder]:
    """What stands below a Σ."""
    mark = cursor.toks[cursor.pos]
    t = cursor.toks[cursor.pos + 1]
    if t.kind in ("{", "(", "["):
        begin, stop = cursor.pos + 2, t.mate
        if begin == stop:
            raise cursor.fail("an empty subscript", t, "an index", tag="index")
        inner = cursor.toks[begin]
        while inner.kind == "{" and inner.mate == stop - 1:  # \\substack
            begin, stop = begin + 1, stop - 1
            inner = cursor.toks[begin]
        binders: list[Binder] = []
        at = begin
        while at < stop:
            listed = ranged(cursor, at, stop)
            if listed is not None:
                binder, at = listed
                binders.append(binder)
                continue
            end = at
            while end < stop and cursor.toks[end].kind not in (",", "newline"):
                end = cursor.toks[end].mate + 1 if cursor.toks[end].mate > end else end + 1
            many = len(cursor.toks)  # a run of letters that is split adds tokens: what lies behind moves
            if end > at:
                binders = index_below(cursor, at, end, binders)
            moved = len(cursor.toks) - many
            at, stop = end + 1 + moved, stop + moved
        cursor.pos = t.mate + 1
        return binders
    if t.kind != "word":
        raise cursor.fail(
            "an index was expected below",
            t,
            "an index, as in sum_i",
            tag="index",
            span=(mark.start, max(t.end, mark.end)),
        )
    cursor.pos += 2
    after = cursor.toks[cursor.pos]
    value, end = t.value, t.end
    while after.kind == "'" and not after.space:
        value += "'"
        end = after.end
        cursor.pos += 1
        after = cursor.toks[cursor.pos]
    if (
        len(value) > 1
        and value not in GREEK
        and "'" not in value
        and end - t.start == len(value)
        and value not in cursor.scope.indices
        and split_tail(cursor, value[1:])
    ):
        # sum_ix_i: one letter is the index, as LaTeX has it, unless the run is letters of indices
        cursor.split_word(t, 1)
        value, end = t.value, t.end
    letters = cursor.letters(value)
    made = [Binder(letter, t.start, end) for letter in letters]
    after = cursor.toks[cursor.pos]
    if (
        after.kind == "rel"
        and after.value == "="
        and len(made) == 1
        and not after.space
        and cursor.toks[cursor.pos + 1].kind == "num"
    ):
        cursor.pos += 1
        n = cursor.toks[cursor.pos]
        made[0] = replace(made[0], lower=cursor.node(Numeral(n.start, n.end, number(n))))
        cursor.pos += 1
    return made


def ranged(cursor: Cursor, at: int, stop: int) -> tuple[Binder, int] | None:
    """`i = 1, …, n` below a Σ, and where it ends; None where nothing is listed."""
    toks = cursor.toks
    if at + 3 >= stop or toks[at].kind != "word" or toks[at + 1].value != "=" or toks[at + 2].kind != "num":
        return None
    if not any(t.kind == "dots" for t in toks[at + 3 : stop]):
        return None
    size, end = range_of(toks, cursor.text, at + 1, stop, cursor.scope.names)
    t = toks[at]
    made: Surface = (
        SizeName(t.start, toks[end - 1].end, size)
        if isinstance(size, str)
        else Numeral(t.start, toks[end - 1].end, number(Token("num", str(size), 0, 0)))
    )
    return Binder(t.value, t.start, t.end, None, cursor.node(made)), end + (toks[end].kind == ",")


def letter_at(cursor: Cursor, at: int, end: int) -> str | None:
    """The one letter, with its primes, that stands alone between two positions."""
    toks = cursor.toks
    if at >= end or toks[at].kind != "word" or any(t.kind != "'" for t in toks[at + 1 : end]):
        return None
    return toks[at].value + "'" * (end - at - 1)


def index_below(cursor: Cursor, at: int, end: int, before: list[Binder]) -> list[Binder]:
    """The indices below a Σ with what one entry of the list there says: an index more, or a condition on those
    before."""
    toks = cursor.toks
    rels = [k for k in range(at, end) if toks[k].kind == "rel"]
    words = [k for k in range(at, end) if toks[k].kind == "word"]
    if not words:
        raise cursor.fail("an index was expected below", toks[at], "an index, as in sum_{i=1}^n", tag="index")
    if not rels:
        return [*before, *plain_indices(cursor, at, end)]
    first = rels[0]
    for k in range(at, first if toks[at].kind != "|" else at):
        if toks[k].kind in (":", "|"):
            return [*before, *condition_below(cursor, plain_indices(cursor, at, k), k, end)]
    left = letter_at(cursor, at, first)
    if left is not None and toks[first].value == "=" and len(rels) == 1 and all(b.letter != left for b in before):
        binder = Binder(left, toks[at].start, toks[first].end)
        return [*before, replace(binder, lower=value_between(cursor, first + 1, end))]
    known = {b.letter for b in before}
    sides = list(zip([at, *(k + 1 for k in rels)], [*rels, end], strict=True))
    alone = [(letter, a, b) for a, b in sides if (letter := letter_at(cursor, a, b)) is not None]
    fresh = [one for one in alone if not spoken_for(cursor, one[0]) and one[0] not in known]
    if not fresh and any(toks[k].value in known for k in words):
        return condition_below(cursor, before, at - 1, end)
    declared = [one for one in alone if one[0] in cursor.scope.indices and not cursor.bound.get(one[0])]
    inner = [one for one in declared if one[1] not in (at, sides[-1][0])]
    running = list({letter: (letter, a, b) for letter, a, b in reversed(fresh or inner or declared[:1])}.values())[::-1]
    if not running and not before and (only := _below_names(cursor, at, end)):
        shown = cursor.text[toks[at].start : toks[end - 1].end]
        cursor.note("sum-index", f"the sum over {shown} was read to run over {only}", toks[at].start, toks[end - 1].end)
        return condition_below(cursor, [Binder(only, toks[at].start, toks[end - 1].end)], at - 1, end)
    if not running:
        raise cursor.fail(
            "no index stands below this sum",
            toks[at],
            "an index, as in sum_{j <= i}",
            tag="index",
            span=(toks[at].start, toks[end - 1].end),
        )
    made = [Binder(letter, toks[a].start, toks[b - 1].end) for letter, a, b in running]
    ordered = all(toks[k].value in ("<", "<=") for k in rels)
    if ordered and len(rels) > 1 and toks[rels[0]].value == "<=" and sides[1][0] == running[0][1]:
        made[0] = replace(made[0], lower=value_between(cursor, *sides[0]))
        del sides[0], rels[0]
    if ordered and len(sides) > 1 and toks[rels[-1]].value == "<=" and sides[-2][0] == running[-1][1]:
        made[-1] = replace(made[-1], upper=value_between(cursor, *sides[-1]))
        del sides[-1], rels[-1]
    if not rels:
        return [*before, *made]
    strict = len(rels) == 1 and toks[rels[0]].value in ("<", ">", "!=")
    other = next((letter for letter, _, _ in declared if letter != made[0].letter), "")
    if strict and other and len(made) == 1:
        made[0] = replace(made[0], beside=other)
    return [*before, *chain_below(cursor, made, sides, rels)]


def _below_names(cursor: Cursor, at: int, end: int) -> str:
    """The one index that stands below names in a condition, the i of `y_i = 1`; "" where it is none, or not the only
    one."""
    toks = cursor.toks
    found = {toks[k + 1].value for k in range(at, end - 1) if toks[k].kind == "_" and toks[k + 1].kind == "word"}
    only = next(iter(found)) if len(found) == 1 else ""
    return only if only in cursor.scope.indices and not cursor.bound.get(only) else ""


def chain_below(cursor: Cursor, made: list[Binder], sides: list[tuple[int, int]], rels: list[int]) -> list[Binder]:
    """Indices and the chain of comparisons that has to hold."""
    with_bound(cursor, made, 1)
    values: list[Surface] = []
    many = len(cursor.toks)
    signs = [cursor.toks[k] for k in rels]
    for begin, end in sides:
        moved = len(cursor.toks) - many
        values.append(value_between(cursor, begin + moved, end + moved))
    with_bound(cursor, made, -1)
    ops = []
    for sign in signs:
        op = COMPARISONS.get(sign.value)
        if op is None:
            raise cursor.fail(cursor.unexpected(sign), sign, "<, ≤, =, ≠ below a sum", "index")
        ops.append(op)
    relation = cursor.node(Relation(values[0].start, values[-1].end, tuple(values), tuple(ops)))
    made[-1] = replace(made[-1], conditions=(*made[-1].conditions, relation))
    return made


def with_bound(cursor: Cursor, made: list[Binder], by: int) -> None:
    """The letters of indices are bound, or no longer are."""
    for b in made:
        cursor.bound[b.letter] = cursor.bound.get(b.letter, 0) + by


def spoken_for(cursor: Cursor, letter: str) -> bool:
    """Whether a letter has a meaning outside the Σ: a declared index, a size, a name, an index of a Σ around it."""
    scope = cursor.scope
    return bool(cursor.bound.get(letter) or letter in scope.indices or letter in scope.sizes or letter in scope.rows)


def plain_indices(cursor: Cursor, at: int, end: int) -> list[Binder]:
    """`i`, `ij`, `k'`, `i∈[n]`: indices without a relation."""
    toks = cursor.toks
    made: list[Binder] = []
    k = at
    while k < end:
        t = toks[k]
        if t.kind == "'" and made:
            made[-1] = replace(made[-1], letter=made[-1].letter + "'")
        elif t.kind == "in" or (t.kind == "word" and t.value == "in" and made):
            return over_set(cursor, made, k, end)
        elif t.kind == "word":
            made += [Binder(letter, t.start, t.end) for letter in cursor.letters(t.value)]
        elif t.kind == ":":
            return condition_below(cursor, made, k, end)
        else:
            raise cursor.fail(
                f"{cursor.shown(t)!r} does not belong below a sum", t, "an index, as in sum_{i=1}^n", tag="index"
            )
        k += 1
    return made


def over_set(cursor: Cursor, made: list[Binder], mark: int, end: int) -> list[Binder]:
    """`i ∈ [n]`, `i ∈ {1, …, n}`, `w ∈ V`: over the whole range of that size."""
    toks = cursor.toks
    t = toks[mark + 1]
    size: int | str | None = None
    stop = mark + 2
    if t.kind in ("[", "{", r"\{") and made:
        size, stop = range_of(toks, cursor.text, mark, end, cursor.scope.names)
    elif t.kind == "word" and made:
        size = cursor.scope.sizes.get(t.value)
    without = _left_out(cursor, made, mark, stop, end)
    if size is None or (stop != end and not without):
        raise cursor.fail(
            f"a set below a sum is not read: {cursor.text[t.start : toks[end - 1].end]}",
            toks[mark],
            "an index with its ends or a condition, as in sum_{j <= i}, or i in [n]",
            tag="index",
        )
    upper: Surface = cursor.node(
        SizeName(t.start, toks[stop - 1].end, size)
        if isinstance(size, str)
        else Numeral(t.start, toks[stop - 1].end, number(Token("num", str(size), 0, 0)))
    )
    if t.kind == "word":
        shown = cursor.text[made[0].start : t.end]
        cursor.note("set", f"{shown} was read as all of 1, …, {size}", made[0].start, t.end)
    return [replace(b, upper=upper, conditions=(*b.conditions, *without)) for b in made]


def _left_out(cursor: Cursor, made: list[Binder], mark: int, at: int, end: int) -> tuple[Surface, ...]:
    r"""`\setminus \{i, k\}` behind a set of indices, as the conditions j ≠ i and j ≠ k; none where it is not that."""
    toks = cursor.toks
    if at + 3 >= end or len(made) != 1 or toks[at].kind != "setminus" or toks[at + 1].kind not in ("{", r"\{"):
        return ()
    if toks[at + 1].mate != end - 1 or toks[mark - 1].value != made[0].letter:
        return ()
    items, commas = range(at + 2, end - 1, 2), range(at + 3, end - 1, 2)
    if any(toks[k].kind != "," for k in commas) or any(toks[k].kind not in ("word", "num") for k in items):
        return ()
    with_bound(cursor, made, 1)
    letter = value_between(cursor, mark - 1, mark)
    found = tuple(value_between(cursor, k, k + 1) for k in items)
    with_bound(cursor, made, -1)
    return tuple(cursor.node(Relation(one.start, one.end, (letter, one), ("!=",))) for one in found)


def condition_below(cursor: Cursor, made: list[Binder], mark: int, end: int) -> list[Binder]:
    """Indices with a condition on them, which stands after position `mark`."""
    if not made:
        raise cursor.fail("an index was expected below", cursor.toks[mark], "an index, as in sum_{i=1}^n", tag="index")
    with_bound(cursor, made, 1)
    cursor.pos = mark + 1
    many = len(cursor.toks)
    condition = parse_logic(cursor)
    with_bound(cursor, made, -1)
    if cursor.pos != end + len(cursor.toks) - many:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "the end of the condition", tag="index")
    made[-1] = replace(made[-1], conditions=(*made[-1].conditions, condition))
    return made


def value_between(cursor: Cursor, at: int, end: int) -> Surface:
    """The value between two positions, whole."""
    cursor.pos = at
    if at >= end:
        raise cursor.fail("an empty end of a range", cursor.toks[at], "a number or a size", tag="index")
    many = len(cursor.toks)
    found = parse_additive(cursor)
    if cursor.pos != end + len(cursor.toks) - many:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "the end of the range", tag="index")
    return found


def end_above(cursor: Cursor) -> Surface:
    """What stands above a Σ."""
    t = cursor.toks[cursor.pos]
    if t.kind in ("{", "("):
        found = value_between(cursor, cursor.pos + 1, t.mate)
        cursor.pos = t.mate + 1
        return found
    if t.kind == "num":
        cursor.pos += 1
        return cursor.node(Numeral(t.start, t.end, number(t)))
    if t.kind == "word":
        if (
            len(t.value) > 1
            and t.value not in cursor.scope.sizes
            and t.value not in cursor.scope.rows
            and t.end - t.start == len(t.value)
            and (
                t.value[0] in cursor.scope.sizes
                or t.value[0] in cursor.scope.rows
                or t.value[0] in cursor.scope.indices
            )
        ):
            cursor.split_word(t, 1)
        if t.value in cursor.scope.sizes and cursor.toks[cursor.pos + 1].kind != "_":
            cursor.pos += 1
            return cursor.node(SizeName(t.start, t.end, cursor.scope.sizes[t.value]))
        return parse_primary(cursor, t)
    raise cursor.fail("an empty end of a range", t, "a number or a size", tag="index")
