"""One formula: what stands between two positions of the tokens, parsed and given its meaning. All that is read, is read
here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derivations.formula import ZERO, Formula, Index, Node, Not, Note, binders, free_indices, walk
from derivations.kept_means import with_atoms
from derivations.notation.errors import ReadError
from derivations.notation.read.case_lists import cases_of
from derivations.notation.read.dots import without_dots
from derivations.notation.read.grammar import GRAMMAR, cursor_over
from derivations.notation.read.grammar.alike import consistent
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.expressions import parse_logic
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.whole import inline_cases, parse_full
from derivations.notation.read.labels import Label
from derivations.notation.read.matching import rematch
from derivations.notation.read.meaning import knowing_laws, meaning_of
from derivations.notation.read.meaning.binding import close_index
from derivations.notation.read.meaning.choices import condition
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.functions import whole_formula
from derivations.notation.read.meaning.guards import guarded
from derivations.notation.read.meaning.of_matrices import refuse_unsymmetric
from derivations.notation.read.meaning.values import (
    AnySize,
    JointIndex,
    JointSize,
    ShapeFault,
    Val,
    Wild,
    find,
    indices_of,
)
from derivations.notation.read.source import Source
from derivations.notation.read.surface import AllOf, AnyOf, Relation, Surface
from derivations.notation.read.symbols import ENDS
from derivations.notation.read.token import Token, Tokens, outside_brackets
from derivations.notation.spelling import GREEK

Quantified = tuple[str, Token, int | str | None]
"""A letter after `for all`, where it stands, and its size where the text says it."""


def formula_between(
    source: Source, tokens: Tokens, start: int, stop: int, notes: list[Note], label: Label | None = None
) -> Formula:
    """The formula between two positions of the tokens; a label in front of it may introduce its indices."""
    stop = without_dots(tokens, start, stop, source.text, source.scope, notes)
    cursor = _cursor(source, tokens, start, stop)
    if start == stop:
        raise cursor.fail("there is nothing to read", tokens[start], "a formula")
    bound = _introduced(label, source, tokens, start, stop)
    cursor.bound.update((index.name, 1) for index in bound)
    try:
        tree = parse_full(cursor)
        if cursor.toks[cursor.pos].kind != "end of text":
            tree = _afterthought(cursor, tree, cursor.toks[cursor.pos])
        consistent(cursor, tree)
    except RecursionError:
        raise too_deep(source.text) from None
    if isinstance(tree, Relation):
        sign = {"==": "="}.get(tree.ops[0], tree.ops[0])
        words = (
            f"an {sign} stands where an expression was asked"
            if sign == "="
            else f"a condition with {sign} stands where an expression was asked"
        )
        relation = next(t for t in cursor.toks if t.kind == "rel" and t.start >= tree.sides[0].end)
        raise cursor.fail(words, relation, "one expression, without a relation", "relation")
    meaning = meaning_of(cursor)
    for index in bound:
        meaning.env[index.name] = index
        meaning.pending.append(index)
    found = _formula(source, meaning, lambda: whole_formula(meaning, tree), notes, bound)
    guess = next((n for n in found.notes if n.tag in _EVIDENT), None) if found.shape_error is not None else None
    if guess is not None:
        why = f"{guess.message}, and then the shapes do not conform"
        raise ReadError(why, guess.span or (0, 1), "^T, or a declared name")
    return found if label is None else in_order_of(label.indices, found)


_EVIDENT = frozenset(["prime", "evident"])
"""Notes on what is read so because nothing else makes sense."""


def in_order_of(letters: Sequence[str], formula: Formula) -> Formula:
    """A formula whose free indices stand in the order in which its label shows them: H_kj is row k, column j."""
    if len(formula.free) < 2 or not {i.name for i in formula.free} <= set(letters):
        return formula
    return replace(formula, free=tuple(sorted(formula.free, key=lambda i: letters.index(i.name))), ordered=True)


def _introduced(label: Label | None, source: Source, tokens: Tokens, start: int, stop: int) -> tuple[Index, ...]:
    """The indices that a label introduces: letters below it that nobody declared, and that the formula uses below
    names."""
    if label is None or not label.indices:
        return ()
    scope = source.scope
    new = [
        letter
        for letter in dict.fromkeys(label.indices)
        if letter not in scope.indices and letter not in scope.bases and letter not in scope.sizes
    ]
    words = {t.value for t in tokens[start:stop] if t.kind == "word"}
    used = {letter for word in words if word not in scope.bases and word not in GREEK for letter in word}
    return tuple(Index(letter, Wild()) for letter in new if letter in used)  # type: ignore[arg-type]


def condition_between(
    source: Source, tokens: Tokens, start: int, stop: int, notes: list[Note], tag: str, quantified: list[Quantified]
) -> Formula:
    """The condition between two positions of the tokens; parts joined by a comma all hold. Each quantified letter
    gets a note with the tag."""
    stop = without_dots(tokens, start, stop, source.text, source.scope, notes)
    cursor = _cursor(source, tokens, start, stop)
    meaning = meaning_of(cursor)
    bound: list[Index] = []
    for letter, token, size in quantified:
        declared = source.scope.indices.get(letter)
        if declared is None:
            cursor.bound[letter] = 1
            index = meaning.index(letter, size if size is not None else Wild())
            meaning.env[letter] = index
            bound.append(index)
        else:
            meaning.free[declared] = None
        notes.append(Note(tag, letter, (token.start, token.end)))
    if start == stop:
        raise cursor.fail("there is nothing to read", tokens[start], "a condition")
    try:
        trees = [parse_logic(cursor)]
        while cursor.toks[cursor.pos].kind in (",", ";"):
            cursor.pos += 1
            trees.append(parse_logic(cursor))
    except RecursionError:
        raise too_deep(source.text) from None
    token = cursor.toks[cursor.pos]
    if token.kind != "end of text":
        raise cursor.fail(cursor.unexpected(token), token, "a relation, or the end of the condition")
    tree = trees[0] if len(trees) == 1 else cursor.node(AllOf(trees[0].start, trees[-1].end, tuple(trees)))
    consistent(cursor, tree)

    def value() -> Val:
        held = condition(meaning, tree)
        for index in bound:
            close_index(meaning, index, tree)
        return held

    return _formula(source, meaning, value, notes, tuple(bound))


def _cursor(source: Source, tokens: Tokens, start: int, stop: int) -> Cursor:
    end = tokens[stop]
    end.kind, end.space = "end of text", True
    cursor = cursor_over(source.text, tokens, source.scope, start)
    cursor.own = source.own
    return knowing_laws(cursor)


def _formula(
    source: Source, meaning: Meaning, value: Callable[[], Val], notes: list[Note], bound: tuple[Index, ...] = ()
) -> Formula:
    """A value as a formula; shapes that do not conform are its shape error."""
    try:
        found = value()
        body, axes, joint = _finish(meaning, found)
        fault = None
    except ShapeFault as shape:
        found, body, axes, joint, fault = None, ZERO, (), (), shape.error
    except RecursionError:
        raise too_deep(source.text) from None
    free = (*(i for i in source.scope.indices.values() if i in meaning.free), *bound)

    def formula(body: Node, axes: tuple[Index, ...], joint: tuple[int, ...]) -> Formula:
        if meaning.asks_of_laws:
            body = _closed(source, body)
        if meaning.of_matrices:
            refuse_unsymmetric(body, source.names, source.text)
        if meaning.indicators and (behind := guarded(body)) is not body:
            body = behind
            meaning.noted(
                "guard", "where an indicator is 0, the entry beside it is not looked at", *meaning.indicators[0]
            )
        noted = source.placed([*notes, *meaning.notes])
        names = with_atoms(source.names, body) if meaning.asks_of_laws else source.names
        return Formula(body, axes, free, names, source.whole, noted, fault, joint=joint)

    made = formula(body, axes, joint)
    if found is None or found.joined is None:
        return made
    return replace(made, kron=formula(*_finish(meaning, meaning.as_pairs(found))))


def _closed(source: Source, body: Node) -> Node:
    """A tree with means, divergences and densities in closed form."""
    from derivations.expectation import NoClosedForm, unfolded  # late: few texts ask anything of a law

    try:
        return unfolded(body, source.names)
    except NoClosedForm as error:
        span = error.span or (0, max(1, len(source.text)))
        expected = "a mean that is known, or the sum over its values"
        raise ReadError(error.message, span, expected, text=source.text, tag="mean") from None


def too_deep(text: str) -> ReadError:
    """The limits on depth keep clear of Python's recursion limit, unless the caller stands close to it already."""
    return ReadError(
        "the formula nests too deep to be read here", (0, max(1, len(text))), "fewer brackets", (), (), text, "limit"
    )


def _afterthought(cursor: Cursor, tree: Surface, token: Token) -> Surface:
    """What may follow a value: `, if c`, `, g < 0`; anything else is refused."""
    if token.kind == "," and not isinstance(tree, (Relation, AllOf, AnyOf, Not)):
        save = cursor.pos
        cursor.pos += 1
        after = cursor.toks[cursor.pos]
        if after.kind == "word" and after.value in ("if", "for", "when"):
            tree = inline_cases(cursor, tree)
        elif starts_operand(cursor, after) or after.kind in ("-", "|"):
            condition = parse_logic(cursor)
            if isinstance(condition, (Relation, AllOf, AnyOf, Not)):
                tree = cursor.node(cases_of(tree.start, condition.end, [(condition, tree)], None))
                cursor.note(
                    "condition",
                    f"{cursor.source(condition)} was read as the condition under which the value holds",
                    condition.start,
                    condition.end,
                )
            else:
                cursor.pos = save
        else:
            cursor.pos = save
        token = cursor.toks[cursor.pos]
        if token.kind == "end of text":
            return tree
    expected = "an operator, or the end of the formula"
    before = cursor.toks[cursor.pos - 1]
    after = cursor.toks[min(cursor.pos + 1, len(cursor.toks) - 1)]
    if token.kind == "," and before.kind == "num" and after.kind == "num" and len(after.value) == 3:
        expected = f"{before.value}{after.value}, without the comma"
    raise cursor.fail(cursor.unexpected(token), token, expected, "relation" if token.kind == "rel" else "syntax")


def _finish(meaning: Meaning, value: Val) -> tuple[Node, tuple[Index, ...], tuple[int, ...]]:
    """The body, the axes of a value, and how many of them make one where some run over pairs; every open size is
    settled."""
    sizes = [find(s) for s in value.sizes]
    taken = {i.name for i in meaning.free}
    names = (n for n in "ijklmnrstu" if n not in taken)

    def index(size: AnySize) -> Index:
        if not isinstance(size, JointSize):
            return meaning.index(next(names, "i"), size)
        parts = [index(part) for part in size.parts]
        if len(sizes) == 1 and len(parts) == 2:  # the entries of vec(X) are X_ij
            parts[0].name, parts[1].name = parts[1].name, parts[0].name
        return JointIndex("i", size, tuple(parts))

    at = [1 if size == 1 else index(size) for size in sizes]
    groups = [indices_of(place) or (Index("_", 1),) for place in at]
    body = value.entry(*at)
    meaning.settle()
    if meaning.paired:
        _refuse_pairs_left(meaning, body)
    joint = tuple(map(len, groups)) if any(len(group) > 1 for group in groups) else ()
    return body, tuple(i for group in groups for i in group), joint


def _refuse_pairs_left(meaning: Meaning, body: Node) -> None:
    """Refuse a tree in which a place along pairs is left as one index: a rule that knows nothing of pairs made it."""
    if any(isinstance(i, JointIndex) for node in walk(body) for i in (*binders(node), *free_indices(node))):
        raise meaning.fail(
            "this is not read of an axis that runs over pairs of indices, as that of vec(X)",
            span=(0, len(meaning.text)),
            expected="the formula with the indices of both",
            tag="operation",
        )


def refuse_second_line(tokens: Tokens, text: str) -> None:
    """Refuse a second line: it would silently be a factor. In LaTeX a plain line break is a space."""
    plain = "\\" not in text
    last = len(tokens) - 1
    for k in outside_brackets(tokens, 0, last - 1):
        t = tokens[k]
        if k == 0 or t.kind != "newline" or not (plain or t.value != "\n") or tokens[k - 1].kind not in _ENDS_OPERAND:
            continue
        after = next((tokens[m] for m in range(k + 1, last) if tokens[m].kind not in ("newline", "&")), None)
        if after is not None and (after.kind in GRAMMAR.operands or after.kind in ("|", "||")):
            raise ReadError(
                "a second line begins where one formula was asked",
                (after.start, max(after.end, after.start + 1)),
                "one formula; a line goes on after an operator",
                (),
                (),
                text,
            )


_ENDS_OPERAND = ENDS | {"|", "||"}


def signs_once(tokens: Tokens) -> None:
    """A sign of equality that stands at the end of a line and again at the beginning of the next, once."""
    again = [
        k
        for k, t in enumerate(tokens)
        if t.kind == "rel" and tokens[k - 1].kind in ("newline", "&") and _ends_line(tokens, k) == (t.kind, t.value)
    ]
    for k in reversed(again):
        del tokens[k]
    if again:
        rematch(tokens)


def _ends_line(tokens: Tokens, k: int) -> tuple[str, str]:
    """Kind and value of what stands before the line break in front of a token."""
    while k > 1 and tokens[k - 1].kind in ("newline", "&"):
        k -= 1
    return (tokens[k - 1].kind, tokens[k - 1].value) if k else ("", "")


def without_breaks(tokens: Tokens) -> None:
    """Line breaks inside one formula are spaces."""
    if any(t.kind == "newline" or t.kind == "&" for t in tokens):
        depth = 0
        keep: list[Token] = []
        for before, t, after in zip([None, *tokens], tokens, [*tokens[1:], tokens[-1]], strict=False):
            if t.kind == "begin":
                depth += 1
            elif t.kind == "end":
                depth -= 1
            if depth == 0 and t.kind in ("newline", "&"):
                if (
                    t.kind == "&"
                    and keep
                    and keep[-1].kind in _ENDS_OPERAND
                    and keep[-1] is before
                    and after.kind in GRAMMAR.operands
                ):
                    raise ReadError(
                        "& between two values is not read",
                        (t.start, t.end),
                        "and, between conditions",
                        (),
                        (),
                        "",
                        "syntax",
                    )
                continue
            keep.append(t)
        if len(keep) != len(tokens):
            where = {id(t): k for k, t in enumerate(keep)}
            old = list(tokens)
            for t in keep:
                if t.mate >= 0:
                    t.mate = where[id(old[t.mate])]
            tokens[:] = keep
