r"""Reading: text and declared names into formulas, statements and conditions.

    read("(y-p)theta_i", "p: probability; y: label01; theta: real[d]; i: index[d]")

The stages: `tokens` → `parser` (surface tree) → `lower` (index form). Around a formula, habits of paper are taken off
and noted: a leading `dL/dw =`, `Answer:`, a label `(3)`, a full stop, `\text{since …}`, Markdown fences, `≈ 0.757` at
the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from derivations.domains import Names, parse_names
from derivations.formula import ZERO, Formula, Index, Note
from derivations.frozen import frozen
from derivations.notation.conditions import conditions_in_line
from derivations.notation.errors import ReadError
from derivations.notation.lower import Lowering
from derivations.notation.parser import Parser, Tree
from derivations.notation.prose import (
    ALONE,
    GLOSSES,
    OPENERS,
    REASONING,
    bare,
    is_name,
    led,
    not_understood,
    opened,
    take_apart,
    undressed,
    unexplained,
)
from derivations.notation.quantifiers import letters_of, quantifier
from derivations.notation.scope import scope_of
from derivations.notation.shapes import ShapeFault, Val, find
from derivations.notation.spelling import adjoint, canonical
from derivations.notation.token import Token, Tokens
from derivations.notation.token import outside_brackets as _depth0
from derivations.notation.tokens import ENDS, MAX_CHARS, tokenize
from derivations.notation.words import FUNCTIONS, IF, OPERAND, SINCE, UNLESS

NamesLike = Names | str | Mapping[str, str]


@frozen
class Line:
    """One chain: `parts` joined by `ops` (=, :=, ≈, ∝, <, <=, >, >=, !=, =>, <=>), one op less than parts.

    A side that is no formula under the names (`LL(x, y)`, the derivative asked for) is `target`, its text; then `parts`
    begin behind it, and `by` is the relation between the two. `label` is the line's own: "(3)", "Line A". `remarks` are
    the words around the formulas.
    """

    parts: tuple[Formula, ...]
    ops: tuple[str, ...] = ()
    label: str | None = None
    remarks: tuple[str, ...] = ()
    target: str | None = None
    by: str = "="


@frozen
class Statement:
    """The lines of a text, in order."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...] = ()

    @property
    def last(self) -> Formula | None:
        """Where the text ends: the last part of the last line."""
        return self.lines[-1].parts[-1] if self.lines and self.lines[-1].parts else None


def names_of(names: NamesLike) -> Names:
    """The declarations, parsed once for equal text. Raises `NamesError`."""
    if isinstance(names, Names):
        return names
    if isinstance(names, str):
        return _parsed(names)
    return _parsed_pairs(tuple((str(k), str(v)) for k, v in names.items()))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Names:
    return parse_names(text)


@lru_cache(maxsize=256)
def _parsed_pairs(pairs: tuple[tuple[str, str], ...]) -> Names:
    return parse_names(dict(pairs))


def read(text: str, names: NamesLike, *, target: str | None = None, up_to_factor: bool = False) -> Formula:
    r"""The formula that a text states. Raises `ReadError`; shapes that do not conform are in `shape_error`.

    A leading `dL/dw =` is taken off and noted, as `target` where it is what was asked, as `other-target` where it is
    not;
    `dL/dw ∝` too, where a factor does not count. A condition behind or in front of the formula makes it a value by
    cases: it is said there, and nowhere else.
    """
    return _read(text, names_of(names), target, up_to_factor)


MAX_READINGS = 8
"""More readings of one text are not told apart."""


def readings(text: str, names: NamesLike, *, target: str | None = None) -> tuple[Formula, ...]:
    """All readings of a text: two where `/2x` may be (…/2)x and …/(2x). Raises `ReadError` where one of them cannot be
    read."""
    found = each_reading(text, lambda t: read(t, names, target=target))
    return tuple(f for k, f in enumerate(found) if f not in found[:k])


def each_reading(text: str, read_one: Callable[[str], Any], most: int = MAX_READINGS) -> list[Any]:
    """What `read_one` makes of a text, or of every text that says one of its readings. Raises `ReadError`."""
    try:
        return [read_one(text)]
    except ReadError as error:
        if not error.readings or most < 2:
            raise
        try:
            return [found for reading in error.readings for found in each_reading(reading, read_one, most // 2)]
        except ReadError:
            raise error from None


def read_condition(text: str, names: NamesLike) -> Formula:
    """A condition: `w^T x_i + b <= 0 for all i`; its body is a Rel, And, Or or Not. Parts joined by a comma all hold.

    `for all i` names the indices that run over everything: they are the `free` indices of the formula, and each has a
    note `quantified` with its letter as message (`some` after `for some i`). A declared index that is not quantified is
    free as well, without the note. `if c > 0` behind it is a note `side-condition`.
    """
    declared = names_of(names)
    kept, notes, offset = _trim(text, declared)
    try:
        return _condition(text, kept, offset, declared, notes)
    except ReadError as error:
        raise _at_home(error, text, offset) from None


def read_statement(text: str, names: NamesLike) -> Statement:
    r"""A text of one or more lines, each a chain: `a = b = c`, `z > 0 \Rightarrow relu(z) = z`, aligned lines, labels,
    remarks.

    A line that begins with a relation goes on with the chain before it. Raises `ReadError`.
    """
    return _statement(text, names_of(names))


# ---------------------------------------------------------------- one formula


def _read(text: str, names: Names, target: str | None, up_to_factor: bool = False) -> Formula:
    if not isinstance(text, str):
        raise TypeError("a formula is text")
    kept, notes, offset = _trim(text, names)
    try:
        tokens = tokenize(kept)
    except ReadError as error:
        raise _at_home(error, text, offset) from None
    try:
        _tilde(kept)
        conditions_in_line(tokens, kept, names, notes)
        if "\n" in kept or r"\\" in kept:
            _one_formula(tokens, kept)
        _drop_breaks(tokens)
        start = _leading_target(tokens, kept, names, target, notes, up_to_factor)
        stop = _trailing(tokens, kept, names, notes)
        return _formula(kept, tokens, start, stop, names, notes, text, offset)
    except ReadError as error:
        raise _at_home(_of_words(error, kept), text, offset) from None


_ALONE = re.compile(r"[a-z]{3,}")
_MATHEMATICS = re.compile(r"[-+*/^=()\\\d]")


def _of_words(error: ReadError, text: str) -> ReadError:
    """A word that stands by itself and is like no declared name was meant as a word."""
    start, end = error.span
    word = text[start:end]
    if (
        error.tag == "unknown-name"
        and not error.nearest
        and _ALONE.fullmatch(word)
        and (start > 0 or _MATHEMATICS.search(text))
        and not (text[:start][-1:] + text[end : end + 1]).strip(" .,;")
    ):
        error.message, error.expected = not_understood(word), ALONE
    return error


def _at_home(error: ReadError, text: str, offset: int) -> ReadError:
    """A fault found in part of a text, placed in the whole."""
    if error.text is not text or offset:
        error.span = (error.span[0] + offset, error.span[1] + offset)
        error.text = text
    error.__traceback__ = None
    return error


def _formula(
    kept: str,
    tokens: Tokens,
    start: int,
    stop: int,
    names: Names,
    notes: list[Note],
    source: str,
    offset: int = 0,
    condition: bool = False,
) -> Formula:
    """The formula between two positions of the tokens."""
    scope = scope_of(names)
    parser = Parser(kept, tokens, scope)
    end = tokens[stop]
    end.kind, end.space = "end of text", True
    parser.pos = start
    first = tokens[start]
    if start == stop:
        raise parser.fail("there is nothing to read", first, "a formula")
    try:
        tree = parser.full()
        if parser.toks[parser.pos].kind != "end of text":
            token = parser.toks[parser.pos]
            tree = _afterthought(parser, tree, token)
    except RecursionError:
        raise _too_deep(kept) from None
    if tree.op == "rel" and not condition:
        sign = {"==": "="}.get(tree.value[0], tree.value[0])
        words = (
            f"an {sign} stands where an expression was asked"
            if sign == "="
            else f"a condition with {sign} stands where an expression was asked"
        )
        relation = next(t for t in parser.toks if t.kind == "rel" and t.start >= tree.args[0].end)
        raise parser.fail(words, relation, "one expression, without a relation", "relation")
    lowering = Lowering(parser)
    try:
        value = lowering.condition(tree) if condition else lowering.whole(tree)
        body, axes = _finish(lowering, value)
        fault = None
    except ShapeFault as shape:
        body, axes, fault = ZERO, (), shape.error
    except RecursionError:
        raise _too_deep(kept) from None
    free = tuple(i for i in scope.indices.values() if i in lowering.free)
    found = [*notes, *parser.notes]
    if offset:
        found = [
            Note(n.tag, n.message, None if n.span is None else (n.span[0] + offset, n.span[1] + offset)) for n in found
        ]
    return Formula(body, axes, free, names, source, tuple(found), fault)


def _too_deep(text: str) -> ReadError:
    """The limits on depth keep clear of Python's recursion limit, unless the caller stands close to it already."""
    return ReadError(
        "the formula nests too deep to be read here", (0, max(1, len(text))), "fewer brackets", (), (), text, "limit"
    )


def _afterthought(parser: Parser, tree: Tree, token: Token) -> Tree:
    """What may follow a value: `, if c`, `, g < 0`; anything else is refused."""
    if token.kind == "," and tree.op not in ("rel", "and", "or", "not"):
        save = parser.pos
        parser.pos += 1
        after = parser.toks[parser.pos]
        if after.kind == "word" and after.value in ("if", "for", "when"):
            tree = parser.inline_cases(tree)
        elif parser.starts_operand(after) or after.kind in ("-", "|"):
            condition = parser.logic()
            if condition.op in ("rel", "and", "or", "not"):
                tree = parser.tree("cases", [condition, tree], False, tree.start, condition.end)
                parser.note(
                    "condition",
                    f"{parser.source(condition)} was read as the condition under which the value holds",
                    condition.start,
                    condition.end,
                )
            else:
                parser.pos = save
        else:
            parser.pos = save
        token = parser.toks[parser.pos]
        if token.kind == "end of text":
            return tree
    expected = "an operator, or the end of the formula"
    before = parser.toks[parser.pos - 1]
    after = parser.toks[min(parser.pos + 1, len(parser.toks) - 1)]
    if token.kind == "," and before.kind == "num" and after.kind == "num" and len(after.value) == 3:
        expected = f"{before.value}{after.value}, without the comma"
    raise parser.fail(parser.unexpected(token), token, expected, "relation" if token.kind == "rel" else "syntax")


def _finish(lowering: Lowering, value: Val) -> tuple:
    """The body and the axes of a value; every open size is settled."""
    sizes = [find(s) for s in value.sizes]
    names = iter("ijklmn")
    axes: list[Index] = []
    at: list[Index | int] = []
    taken = {i.name for i in lowering.free}
    for size in sizes:
        if size == 1:
            axes.append(Index("_", 1))
            at.append(1)
            continue
        name = next((n for n in names if n not in taken), "i")
        index = lowering.index(name, size)
        axes.append(index)
        at.append(index)
    body = value.entry(*at)
    lowering.settle()
    return body, tuple(axes)


def _one_formula(tokens: Tokens, text: str) -> None:
    """Refuse a second line: it would silently be a factor. In LaTeX a plain line break is a space."""
    plain = "\\" not in text
    last = len(tokens) - 1
    for k in _depth0(tokens, 0, last - 1):
        t = tokens[k]
        if k == 0 or t.kind != "newline" or not (plain or t.value != "\n") or tokens[k - 1].kind not in _ENDS_OPERAND:
            continue
        after = next((tokens[m] for m in range(k + 1, last) if tokens[m].kind not in ("newline", "&")), None)
        if after is not None and (after.kind in OPERAND or after.kind in ("|", "||")):
            raise ReadError(
                "a second line begins where one formula was asked",
                (after.start, max(after.end, after.start + 1)),
                "one formula; a line goes on after an operator",
                (),
                (),
                text,
            )


_ENDS_OPERAND = ENDS | {"|", "||"}


def _drop_breaks(tokens: Tokens) -> None:
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
                    and after.kind in OPERAND
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


# ---------------------------------------------------------------- what stands around a formula

_FENCE = re.compile(r"\A\s*(```|~~~)[A-Za-z]*[ \t]*\n?(.*?)\n?\s*\1\s*\Z", re.DOTALL)
_TICKS = re.compile(r"\A\s*`([^`]+)`\s*\Z")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


def _trim(text: str, names: Names, lines: bool = False) -> tuple[str, list[Note], int]:
    """A text without Markdown fences and (where it is no text of several lines) the harmless words around it, what was
    noted, and where it starts."""
    if len(text) > MAX_CHARS:
        return text, [], 0
    notes: list[Note] = []
    offset = 0
    for pattern, group in ((_FENCE, 2), (_TICKS, 1)):
        found = pattern.match(text)
        if found:
            notes.append(Note("fence", "the code marks around the formula were taken off", (offset, offset + 1)))
            offset += found.start(group)
            text = found[group]
    text = unboxed(text)
    spells = scope_of(names).spells
    if not lines and opened(text) is not None and (stop := led(text, spells)):
        note = clause(text, 0, stop, names)
        notes.append(Note(note.tag, note.message.strip(" ,:"), (offset, offset + stop)))
        text = " " * stop + text[stop:]
    if lines:
        return _equated(text, names), notes, offset
    without = bare(text, spells)
    for words, span in ((without.before, (0, 1)), (without.behind, (len(text) - 1, len(text)))):
        if words:
            notes.append(Note("remark", words, (offset + span[0], offset + span[1])))
    return _equated(without.text, names), notes, offset


_IS = re.compile(r"\A\s*(?P<left>\S[^\n]{0,60}?)\s+(?P<word>is|equals|becomes|is equal to|is given by)\s(?=\s*\S)")


def _equated(text: str, names: Names) -> str:
    """`dL/dz is q - y` as `dL/dz =  q - y`, where what stands in front is a name or a derivative."""
    m = _IS.match(text) if " is " in text or " equals " in text or " becomes " in text else None
    if m is None or not (
        spelled_target(m["left"]) is not None
        or scope_of(names).spells(m["left"])
        or is_name(m["left"], scope_of(names).spells)
    ):
        return text
    return text[: m.start("word")] + "=".ljust(m.end("word") - m.start("word")) + text[m.end("word") :]


def unboxed(text: str) -> str:
    r"""The text with each `\boxed{…}` blanked around its inside, every character in its place."""
    while found := _BOX.search(text):
        depth, end = 1, found.end()
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
            end += 1
        if depth:
            break
        text = (
            text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() : end - 1] + " " + text[end:]
        )
    return text


_NUMBER = re.compile(r"\((?:\d{1,3}(?:\.\d{1,3})?[a-z]?|[a-z*]|[ivx]{1,4})\)|")


def _numbered(t: Token, text: str) -> bool:
    r"""Whether a text is the number of a formula: `\tag{3}`, `\text{(3)}`."""
    return t.kind == "text" and (
        _NUMBER.fullmatch(t.value) is not None or (text.startswith(r"\tag", t.start) and " " not in t.value)
    )


def _refused(word: str, start: int, end: int, text: str) -> ReadError:
    """The refusal of a word that is in no table of `prose`."""
    return ReadError(not_understood(word), (start, max(end, start + 1)), ALONE, (), (), text, "words")


_WHERE = re.compile(r"[\s,;(]*(?:\\text\w*\s*\{[\s,]*)?where\b", re.IGNORECASE)


def clause(text: str, start: int, stop: int, names: Names) -> Note:
    r"""The note for a clause between two positions of a text. Raises `ReadError` for a word in no table, and for a
    formula that cannot be read.

    `since p = σ(z)`, `(by the chain rule)`: a reason. `where y is the label`: what a name is. `\text{as desired}`:
    harmless words.
    """
    words = text[start:stop]
    begin, where = opened(words), _WHERE.match(words)
    note = Note("remark", words, (start, stop))
    if begin is None and where is None:
        unknown = unexplained(words)
        if unknown is not None:
            raise _refused(unknown.shown, start + unknown.start, start + unknown.end, text)
        return note
    start_of, table = (begin or 0, REASONING) if where is None else (where.end(), REASONING | GLOSSES)
    found = take_apart(words, scope_of(names).spells, start_of, table)
    if where is not None and any(t.kind == "rel" for _, formula in found.formulas for t in tokenize(formula)):
        return note  # a condition
    if found.unknown is not None:
        raise _refused(found.unknown.shown, start + found.unknown.start, start + found.unknown.end, text)
    for at, formula in found.formulas:
        try:
            read_statement(formula, names)
        except ReadError as error:
            raise _at_home(error, text, start + at) from None
    return note


def reasons(remark: str, names: Names) -> tuple[Statement, ...]:
    """The formulas and conditions that a remark gives as its reason, each as it was read before; none where it is no
    reason."""
    begin = opened(remark)
    if begin is None:
        return ()
    return tuple(
        read_statement(formula, names) for _, formula in take_apart(remark, scope_of(names).spells, begin).formulas
    )


_SO = frozenset(["=", ":=", "=>", "<=>"])
"""Relations that may stand in front of a formula: what is asked is this, and so this holds."""


def _leading_relation(t: Token, text: str) -> ReadError:
    """≥ x, ∝ x, ≠ x say something of a formula, and are not the formula."""
    shown = text[t.start : t.end]
    return ReadError(
        f"{shown} stands in front of the formula: that says something else than =",
        (t.start, t.end),
        "the formula, or = and the formula",
        (),
        (),
        text,
        "relation",
    )


def _tilde(text: str) -> None:
    """`~ x` is about x, or distributed as x; between symbols ~ is a space of LaTeX."""
    if text[:1] == "~":
        raise _leading_relation(Token("rel", "~", 0, 1), text)


def _leading_target(
    tokens: Tokens, text: str, names: Names, target: str | None, notes: list[Note], up_to_factor: bool
) -> int:
    """Where the formula starts: behind a leading `dL/dw =`, or behind `name =` where the name is the target."""
    start = 0
    last = len(tokens) - 1
    while start < last and (tokens[start].kind == "text" or tokens[start].kind == "rel"):
        t = tokens[start]
        if t.kind == "rel" and t.value not in _SO and not (up_to_factor and t.value == "∝"):
            raise _leading_relation(t, text)
        notes.append(
            clause(text, t.start, t.end, names)
            if t.kind == "text" and not _numbered(t, text)
            else Note("remark", text[t.start : t.end], (t.start, t.end))
        )
        start += 1
    first = None
    for k in _depth0(tokens, start, last):
        t = tokens[k]
        if t.kind == "word" and (t.value in IF or t.value in UNLESS or t.value == "else"):
            return start
        if t.kind == "rel":
            first = k
            break
    if first is None or tokens[first].value not in ("=", ":=", "≈", "∝") or first == start:
        return start
    left = text[tokens[start].start : tokens[first - 1].end].strip()
    spelled = spelled_target(left) or _primed(left, names)
    wanted = None if target is None else spelled_target(target) or canonical(target)
    plain = canonical(re.sub(r"\(.*\)\Z", "", left, flags=re.DOTALL)) if len(left) < 120 else ""
    relation = tokens[first]
    if spelled is not None or (wanted is not None and _same_target(plain, wanted)) or _is_signature(left, names):
        found = spelled or plain
        if wanted is None or _same_target(found, wanted):
            notes.append(Note("target", f"{left} =", (tokens[start].start, relation.end)))
        else:
            notes.append(
                Note(
                    "other-target", f"{left} was written where {target} was asked", (tokens[start].start, relation.end)
                )
            )
        if relation.value not in _SO and not (up_to_factor and relation.value == "∝"):
            raise _leading_relation(relation, text)
        return first + 1
    return start


def _same_target(a: str, b: str) -> bool:
    """Targets are the same up to subscripts: `dL/dx_i` where dL/dx was asked."""
    return a == b or re.sub(r"_[^/]*", "", a) == re.sub(r"_[^/]*", "", b)


_D = r"(?:\\partial|\\mathrm\{d\}|∂|d)"
_TARGET = re.compile(
    rf"\A(?:\\[dt]?frac\s*\{{\s*{_D}\s*(?P<a>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}\s*\{{\s*{_D}\s*(?P<b>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}|{_D}\s*(?P<c>[^/=+*]{{1,60}})/\s*{_D}\s*(?P<e>[^/=+*]{{1,60}}))\Z",
    re.DOTALL,
)
_PRIMED = re.compile(
    r"\A\s*(\\?[A-Za-z]+)\s*(?:'|′|\^\s*\\prime|\^\{\s*\\prime\s*\})\s*\(\s*(\\?[A-Za-z]+(?:_\w+)?)\s*\)\Z"
)
_NABLA = re.compile(
    r"\A(?:\\nabla|∇)\s*_\s*(?:\{(?P<b>[^{}]+(?:\{[^{}]*\}[^{}]*)*)\}|(?P<c>\\?[A-Za-z]+|\S))\s*(?P<a>\S{1,40})\Z",
    re.DOTALL,
)


def spelled_target(text: str) -> str | None:
    r"""`dL/dw` for `\frac{\partial L}{\partial w}`, `∂L/∂w`, `∇_w L`; bars around it are taken off. None for anything
    else."""
    text = text.strip()
    if len(text) > 200:
        return None
    for left, right in ((r"\left|", r"\right|"), (r"\lvert", r"\rvert"), ("|", "|")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left) + len(right):
            text = text[len(left) : -len(right)].strip()
    text = text.replace(r"\dfrac", r"\frac").replace(r"\tfrac", r"\frac").replace(r"\displaystyle", "").strip()
    found = _TARGET.match(text)
    if found:
        above, below = (found["a"], found["b"]) if found["a"] is not None else (found["c"], found["e"])
        above, below = above.strip(), below.strip()
        above = re.sub(r"\([^()]*\)\Z", "", above)
        if above and below and not re.search(r"[-+*=]", above + below):
            return f"d{canonical(above)}/d{canonical(below)}"
        return None
    found = _NABLA.match(text)
    if found:
        return f"d{canonical(found['a'])}/d{canonical(found['b'] or found['c'])}"
    split = adjoint(text) if "/" in text and len(text) < 60 and not re.search(r"[-+*=() ]", text) else None
    return None if split is None else f"d{canonical(split[0])}/d{canonical(split[1])}"


def _primed(text: str, names: Names) -> str | None:
    """`dh/dz` for h'(z), where no name has the prime itself."""
    found = _PRIMED.match(text)
    if found is None or canonical(found[1]) + "'" in scope_of(names).rows or found[1] in FUNCTIONS:
        return None
    return f"d{canonical(found[1])}/d{canonical(found[2])}"


def _trailing(tokens: Tokens, text: str, names: Names, notes: list[Note]) -> int:
    """Where the formula ends: before a full stop, a clause, words, an approximate value."""
    last = _before_stops(tokens, len(tokens) - 1, notes)
    while last > 0 and _numbered(tokens[last - 1], text):
        last = _before_stops(tokens, last - 1, notes)
    for k in _depth0(tokens, 1, last):
        if _opens(tokens, k, last, text, names):
            notes.append(clause(text, tokens[k].start, tokens[last - 1].end, names))
            stop = len(bare(text[: tokens[k].start], scope_of(names).spells).text.rstrip())
            last = next((m for m in range(k, 0, -1) if tokens[m - 1].end <= stop), k)
            last = last - 1 if tokens[last - 1].kind in (",", ";", ".") else last
            break
    return _approximate(tokens, text, notes, last)


def _before_stops(tokens: Tokens, last: int, notes: list[Note]) -> int:
    """The end of what is said before the stops at its end, which are noted."""
    while last > 0 and tokens[last - 1].kind in (".", ",", ";"):
        t = tokens[last - 1]
        notes.append(Note("punctuation", f"the {t.value} at the end was left out", (t.start, t.end)))
        last -= 1
    return last


_FIRST_OPENERS = frozenset(o.split()[0] for o in OPENERS)
_TO_BE_READ = frozenset(["if", "otherwise", "and", "or", "else", "when"])
"""Words that the parser reads, of a text of several."""
_BETWEEN = _TO_BE_READ | {"for", "of", "with", "where"} | _FIRST_OPENERS


def _opens(tokens: Tokens, k: int, stop: int, text: str, names: Names) -> bool:
    """Whether a clause begins here that is not part of the formula: a reason, `where …`, words in a `\\text`."""
    t = tokens[k]
    if t.kind == "text":
        return t.value.split(" ", 1)[0].rstrip(",.").lower() not in _TO_BE_READ
    if t.kind == "(":
        if t.mate != stop - 1 or tokens[k + 1].kind not in ("word", "text"):
            return False
        t, after = tokens[k + 1], tokens[k + 2]
        if (
            t.kind == "word"
            and t.value.lower() in ("as", "by")
            and (after.kind not in ("word", "text") or len(after.value) == 1)
        ):
            return False
    elif t.kind != "word":
        return False
    else:
        after = tokens[k + 1]
    if t.value == "where":
        return True
    if t.value.split(" ", 1)[0].lower() not in _FIRST_OPENERS or opened(text[t.start : t.start + 60]) is None:
        return False
    spells = scope_of(names).spells  # `by` may be b times y, but not before a word
    return (
        t.kind == "text"
        or text.startswith("\\", t.start)
        or spells(t.value) is False
        or (after.kind in ("word", "text") and spells(after.value) is False)
    )


def _approximate(tokens: Tokens, text: str, notes: list[Note], last: int) -> int:
    """Before `≈ 0.757` at the end."""
    for k in _depth0(tokens, 0, last):
        t = tokens[k]
        if t.kind == "rel" and t.value == "≈" and k > 0:
            rest = tokens[k + 1 : last]
            if rest and all(r.kind in ("num", "-", "+", "*", "times", "dot", "^", "{", "}", "(", ")") for r in rest):
                notes.append(Note("approximation", text[t.start : rest[-1].end], (t.start, rest[-1].end)))
                return k
    return last


# ---------------------------------------------------------------- conditions


def _condition(source: str, kept: str, offset: int, names: Names, notes: list[Note]) -> Formula:
    tokens = tokenize(kept)
    _drop_breaks(tokens)
    last = len(tokens) - 1
    while last > 0 and tokens[last - 1].kind in (".", ",", ";"):
        t = tokens[last - 1]
        notes.append(Note("punctuation", f"the {t.value} at the end was left out", (t.start, t.end)))
        last -= 1
    for k in _depth0(tokens, 0, last):
        t = tokens[k]
        opened = quantifier(tokens, k, last)
        if opened is not None:
            tag, after = opened
            quantified, end = letters_of(tokens, kept, after, last, names)
            if k == 0 and end < last and tokens[end].kind in (":", ","):  # `for all i: …`: the condition follows
                return _quantified_formula(kept, tokens, end + 1, last, names, notes, tag, quantified, source, offset)
            rest = _behind(tokens, end, last, kept, names, notes)
            t = tokens[rest]
            if rest < last and t.value in _SIDE:
                notes.append(
                    Note("side-condition", kept[t.start : tokens[last - 1].end], (t.start, tokens[last - 1].end))
                )
            elif rest < last or k == 0:
                raise ReadError(
                    "what stands beside `for all` is not read",
                    (t.start, max(t.end, t.start + 1)),
                    "the condition, then: for all i",
                    (),
                    (),
                    kept,
                    "quantifier",
                )
            return _quantified_formula(
                kept, tokens, 0, _before(tokens, k, kept, names, notes), names, notes, tag, quantified, source, offset
            )
        if t.kind in ("word", "text") and t.value in _SIDE and k > 0:
            # `w^T x = 0, for c > 0`: a side condition, noted
            notes.append(Note("side-condition", kept[t.start : tokens[last - 1].end], (t.start, tokens[last - 1].end)))
            return _quantified_formula(
                kept, tokens, 0, _before(tokens, k, kept, names, notes), names, notes, "", [], source, offset
            )
    return _quantified_formula(
        kept, tokens, 0, _before(tokens, last, kept, names, notes), names, notes, "", [], source, offset
    )


def _before(tokens: Tokens, stop: int, text: str, names: Names, notes: list[Note]) -> int:
    """Where the condition ends that stands before a position: commas and harmless words between the two are left out,
    words noted."""
    while stop > 0 and tokens[stop - 1].kind in (",", ";", ".", "text"):
        _behind(tokens, stop - 1, stop, text, names, notes)
        stop -= 1
    return stop


def _behind(tokens: Tokens, at: int, last: int, text: str, names: Names, notes: list[Note]) -> int:
    """The first position from one on where more stands than punctuation and harmless words, which are noted."""
    while at < last and tokens[at].kind in (",", ";", ".", "text"):
        t = tokens[at]
        if t.kind == "text" and not _numbered(t, text):
            notes.append(clause(text, t.start, t.end, names))
        at += 1
    return at


_SIDE = frozenset(["for", "where", "with", "provided", "if", "when"])


def _quantified_formula(
    kept: str,
    tokens: Tokens,
    start: int,
    stop: int,
    names: Names,
    notes: list[Note],
    tag: str,
    quantified: list[tuple[str, Token, int | str | None]],
    source: str,
    offset: int,
) -> Formula:
    scope = scope_of(names)
    parser = Parser(kept, tokens, scope)
    end = tokens[stop]
    end.kind, end.space = "end of text", True
    parser.pos = start
    lowering = Lowering(parser)
    bound: list[Index] = []
    for letter, token, size in quantified:
        declared = scope.indices.get(letter)
        if declared is None:
            parser.bound[letter] = 1
            index = lowering.index(letter, size if size is not None else _wild())
            lowering.env[letter] = index
            bound.append(index)
        else:
            lowering.free[declared] = None
        notes.append(Note(tag, letter, (token.start, token.end)))
    if start == stop:
        raise parser.fail("there is nothing to read", tokens[start], "a condition")
    try:
        trees = [parser.logic()]
        while parser.toks[parser.pos].kind in (",", ";"):
            parser.pos += 1
            trees.append(parser.logic())
    except RecursionError:
        raise _too_deep(kept) from None
    token = parser.toks[parser.pos]
    if token.kind != "end of text":
        raise parser.fail(parser.unexpected(token), token, "a relation, or the end of the condition")
    tree = trees[0] if len(trees) == 1 else parser.tree("and", trees, None, trees[0].start, trees[-1].end)
    try:
        value = lowering.condition(tree)
        for index in bound:
            lowering.close(index, tree)
        body, axes = _finish(lowering, value)
        fault = None
    except ShapeFault as shape:
        body, axes, fault = ZERO, (), shape.error
    except RecursionError:
        raise _too_deep(kept) from None
    free = (*(i for i in scope.indices.values() if i in lowering.free), *bound)
    found = [*notes, *parser.notes]
    if offset:
        found = [
            Note(n.tag, n.message, None if n.span is None else (n.span[0] + offset, n.span[1] + offset)) for n in found
        ]
    return Formula(body, axes, free, names, source, tuple(found), fault)


def _wild():
    from derivations.notation.shapes import Wild

    return Wild()


# ---------------------------------------------------------------- statements

_LABEL = re.compile(r"\A\s*(\(\s*(?:\d{1,3}|[a-z]|[ivx]{1,4})\s*\)|\d{1,3}[.)])\s+(?=\S)")
_ARGUMENTS = re.compile(
    r"\A\s*\\?[A-Za-z]+(?:\{[A-Za-z]+\})?(?:_\{?\w+\}?)?\s*(?:\\left)?\((?:[^()]|\([^()]*\))*[,;|](?:[^()]|\([^()]*\))*\)\s*\Z"
)
_ARGUMENT = re.compile(
    r"\A\s*\\?[A-Za-z]+(?:\{[A-Za-z]+\})?(?:_\{?\w+\}?)?\s*(?:\\left)?\(\s*([^()]{1,40}?)\s*(?:\\right)?\)\s*\Z"
)


def _statement(text: str, names: Names) -> Statement:
    kept, notes, offset = _trim(text, names, lines=True)
    try:
        tokens = tokenize(kept)
        _tilde(kept)
        conditions_in_line(tokens, kept, names, notes, statement=True)
        groups = _split_lines(tokens)
        lines: list[Line] = []
        extra = notes
        for start, stop in groups:
            _one_line(kept, tokens, start, stop, names, lines, extra, text, offset)
    except ReadError as error:
        raise _at_home(error, text, offset) from None
    if not lines:
        raise ReadError("there is nothing to read", (0, max(1, len(text))), "a formula", (), (), text)
    return Statement(tuple(lines), tuple(extra))


def _split_lines(tokens: Tokens) -> list[tuple[int, int]]:
    """The ranges of tokens between line breaks outside brackets; a line ending or starting with an operator goes on."""
    groups: list[tuple[int, int]] = []
    start = 0
    last = len(tokens) - 1
    for k in _depth0(tokens, 0, last):
        if tokens[k].kind == "newline" or (
            tokens[k].kind == ";" and _equation(tokens, start, k) and _equation(tokens, k + 1, last)
        ):
            groups.append((start, k))
            start = k + 1
    groups.append((start, last))
    merged: list[tuple[int, int]] = []
    joining = ("+", "-", "*", "/", "dot", "times", "@", "odot", "^", "rel", ",")
    for a, b in groups:
        while a < b and tokens[a].kind == "&":
            a += 1
        if a >= b:
            continue
        if merged:
            before = tokens[merged[-1][1] - 1]
            first = tokens[a]
            goes_on = before.kind in joining[:-1] or (
                first.kind in ("+", "*", "/", "dot", "times", "@", "odot")
                or (first.kind == "-" and not _has_relation(tokens, a, b))
            )
            if goes_on:
                merged[-1] = (merged[-1][0], b)
                continue
        merged.append((a, b))
    return merged


def _equation(tokens: Tokens, a: int, b: int) -> bool:
    """Whether an equation or assignment stands here, up to the next line, outside brackets and outside cases in
    line."""
    for k in _depth0(tokens, a, b):
        t = tokens[k]
        if t.kind == "rel" and t.value in ("=", ":="):
            return True
        if t.kind in ("newline", ";") or (t.kind == "word" and (t.value in IF or t.value in UNLESS)):
            return False
    return False


def _has_relation(tokens: Tokens, a: int, b: int) -> bool:
    return any(tokens[k].kind == "rel" for k in _depth0(tokens, a, b))


def _one_line(
    kept: str,
    tokens: Tokens,
    start: int,
    stop: int,
    names: Names,
    lines: list[Line],
    extra: list[Note],
    source: str,
    offset: int,
) -> None:
    """One line: its label and remarks taken off, split at its relations, each part read."""
    remarks: list[str] = []
    label: str | None = None
    # labels and words in front, words and labels behind
    text = kept[tokens[start].start : tokens[stop - 1].end]
    found = _LABEL.match(text)
    if found and (_has_relation(tokens, start, stop) or found[1][-1] == "." or not found[1].startswith("(")):
        label = found[1].strip()
        cut = tokens[start].start + found.end(1)
        while start < stop and tokens[start].end <= cut:
            start += 1
    while stop > start and (tokens[stop - 1].kind in (".", ",", ";", ":") or _numbered(tokens[stop - 1], kept)):
        t = tokens[stop - 1]
        label = label or (t.value if t.kind == "text" and t.value else None)
        stop -= 1
    if start < stop:
        at = tokens[start].start
        without = bare(kept[at : tokens[stop - 1].end], scope_of(names).spells)
        if without.before:
            title = undressed(without.before).strip(" $*_`")
            remarks.append(title)
            if label is None and title.endswith(":"):
                label = title[:-1]
            while start < stop and tokens[start].start < at + len(without.text) - len(without.text.lstrip()):
                start += 1
        if without.behind:
            remarks.append(without.behind)
            while stop > start and tokens[stop - 1].end > at + len(without.text.rstrip()):
                stop -= 1
    if start < stop:
        at = tokens[start].start
        behind = led(kept[at : tokens[stop - 1].end], scope_of(names).spells)
        if behind:
            remarks.append(clause(kept, at, at + behind, names).message.strip(" ,:"))
            while start < stop and tokens[start].start < at + behind:
                start += 1
            _one_line(kept, tokens, start, stop, names, lines, extra, source, offset)
            if lines:
                lines[-1] = replace(lines[-1], remarks=(*remarks, *lines[-1].remarks), label=label or lines[-1].label)
            return
    while start < stop and (
        tokens[start].kind == "text"
        or (tokens[start].kind == "word" and tokens[start].value in SINCE and len(tokens[start].value) > 2)
    ):
        t = tokens[start]
        if t.kind == "word":
            remarks.append(t.value)
        elif _numbered(t, kept):
            label = label or t.value or None
        else:
            remarks.append(clause(kept, t.start, t.end, names).message)
        start += 1
        if start < stop and tokens[start].kind in (",", ":"):
            start += 1
    for k in _depth0(tokens, start + 1, stop):
        t = tokens[k]
        if _joins(tokens, k, stop, kept, names):
            for a, b in ((start, k), (k + 1, stop)):
                _one_line(kept, tokens, a, b, names, lines, extra, source, offset)
            return
        if _opens(tokens, k, stop, kept, names):
            remarks.append(clause(kept, t.start, tokens[stop - 1].end, names).message)
            stop = k
            while stop > start and tokens[stop - 1].kind in (",", ";", ".", ":"):
                stop -= 1
            break
    if start >= stop:
        if remarks:
            extra.append(
                Note(
                    "remark",
                    " ".join(remarks),
                    (
                        tokens[min(start, len(tokens) - 1)].start + offset,
                        tokens[min(start, len(tokens) - 1)].end + offset,
                    ),
                )
            )
        return
    pieces: list[tuple[int, int]] = []
    ops: list[str] = []
    begin = start
    inline = False
    for k in _depth0(tokens, start, stop):
        t = tokens[k]
        if t.kind == "word" and (t.value in IF or t.value in UNLESS):
            inline = True
        elif t.kind == "word" and t.value in ("iff", "implies") and not inline:
            pieces.append((begin, k))
            ops.append("<=>" if t.value == "iff" else "=>")
            begin = k + 1
        elif t.kind == "," and ops and not inline:
            after = next((tokens[m] for m in _depth0(tokens, k + 1, stop) if tokens[m].kind in ("rel", ",")), None)
            if after is not None and after.kind == "rel" and after.value in ("<", ">", "<=", ">=", "!="):
                inline = True  # `f = αg, g < 0`: the value and when it holds
            elif after is not None and after.kind == "rel" and after.value in ("=", ":="):
                _one_line(kept, tokens, start, k, names, lines, extra, source, offset)
                _one_line(kept, tokens, k + 1, stop, names, lines, extra, source, offset)
                return
        elif t.kind == "rel" and not inline:
            pieces.append((begin, k))
            ops.append(t.value)
            begin = k + 1
    pieces.append((begin, stop))
    leading = pieces[0][0] == pieces[0][1] or all(tokens[k].kind == "&" for k in range(*pieces[0]))
    if leading:
        if not ops:
            return
        pieces = pieces[1:]
        if not lines and ops[0] not in _SO:
            raise _leading_relation(tokens[pieces[0][0] - 1], kept)
        if not lines or ops[0] in ("=>", "<=>"):
            remarks.insert(0, ops[0])
            ops = ops[1:]
            leading = False
    parts: list[Formula] = []
    target: str | None = None
    for n, (a, b) in enumerate(pieces):
        while a < b and tokens[a].kind in ("&", ",", ";"):
            a += 1
        while b > a and tokens[b - 1].kind in ("&", ",", ";"):
            b -= 1
        if a >= b:
            t = tokens[min(a, len(tokens) - 1)]
            raise ReadError(
                "a relation with nothing on one side",
                (t.start, max(t.end, t.start + 1)),
                "a formula",
                (),
                (),
                kept,
                "relation",
            )
        shown = kept[tokens[a].start : tokens[b - 1].end]
        if n == 0 and not leading and ops and ops[0] in ("=", ":=", "∝", "≈") and _is_signature(shown, names):
            target = shown
            continue
        try:
            parts.append(_piece(kept, tokens, a, b, names, source, offset))
        except ReadError as error:
            if (
                n == 0
                and not leading
                and len(pieces) > 1
                and ops
                and ops[0] in ("=", ":=", "∝", "≈")
                and _is_left_side(shown, error, names)
            ):
                target = shown
                continue
            raise
    by = "="
    if target is not None:
        by, ops = ops[0], ops[1:]
    if leading and lines:
        before = lines[-1]
        lines[-1] = Line(
            before.parts + tuple(parts),
            before.ops + tuple(ops),
            before.label or label,
            before.remarks + tuple(remarks),
            before.target,
            before.by,
        )
        return
    lines.append(Line(tuple(parts), tuple(ops), label, tuple(remarks), target, by))


def _joins(tokens: Tokens, k: int, stop: int, text: str, names: Names) -> bool:
    r"""Whether harmless words in a `\text` stand here between two lines: `a = b \text{ and so } c = d`."""
    t = tokens[k]
    if (
        t.kind not in ("text", "word")
        or not text.startswith("\\", t.start)
        or t.value.split(" ", 1)[0].lower() in _BETWEEN
    ):
        return False
    if unexplained(t.value) is not None or (t.kind == "word" and scope_of(names).spells(t.value) is not False):
        return False
    return any(tokens[m].kind not in ("text", ".", ",", ";", ":") for m in range(k + 1, stop))


def _is_signature(text: str, names: Names) -> bool:
    """`LL(x, y)`, `P(x_1, …; μ)`: a name with arguments that is no known function; `L(w)`: a node of one name that it
    is computed from."""
    several = _ARGUMENTS.match(text)
    alone = None if several else _ARGUMENT.match(text)
    if several is None and alone is None:
        return False
    word = text.split("(", 1)[0].strip().lstrip("\\").removesuffix("left").rstrip("\\").strip()
    scope = scope_of(names)
    row = scope.rows.get(canonical(word))
    if alone is not None:
        inside = scope.rows.get(canonical(alone[1]))
        return (
            row is not None
            and row.role == "node"
            and inside is not None
            and inside.name in scope.computed_from(row.name)
        )
    return word not in FUNCTIONS and (row is None or row.role != "function")


_LEFT = re.compile(
    r"(?:\\(?!text|mbox|emph)[A-Za-z]+\s*(?:\{[^{}=<>]*\}\s*)*|[A-Za-z]+|[^\x00-\x7f]+)"
    r"(?:\s*(?:[_^]\s*(?:\{[^=<>]*?\}|\\?[\w*]+)|['′]|(?:\\left)?\((?:[^()=<>]|\([^()=<>]*\))*\)|\[[^\[\]=<>]*\]))*"
)
_RUN = re.compile(r"[A-Za-z]{2,}")


def _is_left_side(text: str, error: ReadError, names: Names) -> bool:
    """Whether a side that cannot be read is what the line defines: a derivative, a name, a name with arguments. Words
    have to be harmless."""
    if spelled_target(text) is not None:
        return True
    text = re.sub(r"\^\s*(?:\{\s*)?(?:\*|\\ast|\\star)(?:\s*\})?", "", text).strip()  # w^* is what the line defines
    if len(text) > 80 or error.tag not in ("unknown-name", "syntax", "index", "brackets", "words"):
        return False
    if _RUN.fullmatch(text) and not scope_of(names).spells(text):
        return unexplained(text) is None
    return re.fullmatch(r"[^+*/=<>]*", text) is not None and (
        _LEFT.fullmatch(text) is not None or unexplained(text) is None
    )


def _piece(kept: str, tokens: Tokens, a: int, b: int, names: Names, source: str, offset: int) -> Formula:
    """One part of a chain, read by itself from its own tokens."""
    own = Tokens()
    for t in tokens[a:b]:
        copy = Token(t.kind, t.value, t.start, t.end, t.space)
        copy.mate = t.mate - a if t.mate >= 0 else -1
        own.append(copy)
    end = tokens[b - 1].end
    own.append(Token("end of text", "", end, end, True))
    _drop_breaks(own)
    return _formula(kept, own, 0, len(own) - 1, names, [], kept[tokens[a].start : end], offset)
