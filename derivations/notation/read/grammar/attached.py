"""What is attached to a value: powers, transposes, subscripts, entries, factorials."""

from __future__ import annotations

from derivations.notation.errors import put
from derivations.notation.read.grammar.cursor import Cursor, Item, Tree, whole
from derivations.notation.read.grammar.expressions import signed_factor
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.subscripts import count_loose, items_between, label_items, subscript_at
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number


def raised(cursor: Cursor, base: Tree) -> Tree:
    """What a `^` does: a power, a transpose."""
    hat = cursor.toks[cursor.pos]
    cursor.pos += 1
    token = cursor.toks[cursor.pos]
    kind = token.kind
    if kind == "top":
        cursor.pos += 1
        return cursor.tree("T", [base], None, base.start, token.end)
    if kind == "*" or kind == "dot":
        raise cursor.fail("an empty power", token, "a power, as in x^2")
    if kind == "{" or kind == "(":
        inner = cursor.toks[cursor.pos + 1]
        if token.mate == cursor.pos + 2:
            if inner.kind == "top" or (
                inner.kind == "word" and inner.value in ("T", "t", "intercal") and cursor.transposes(inner.value)
            ):
                cursor.pos += 3
                return cursor.tree("T", [base], cursor.maybe_power(inner), base.start, cursor.toks[cursor.pos - 1].end)
            if inner.kind == "'":
                raise cursor.fail("a prime stands where none is declared", inner, "a declared name with a prime")
        if (
            token.mate == cursor.pos + 3
            and inner.kind == "-"
            and (
                cursor.toks[cursor.pos + 2].kind == "top"
                or (
                    cursor.toks[cursor.pos + 2].kind == "word"
                    and cursor.toks[cursor.pos + 2].value == "T"
                    and cursor.transposes("T")
                )
            )
        ):
            cursor.pos += 4
            return cursor.tree("invT", [base], None, base.start, cursor.toks[cursor.pos - 1].end)
        if token.mate == cursor.pos + 1:
            raise cursor.fail(
                "an empty power",
                token,
                "a power, as in x^2",
                span=(hat.start, max(cursor.toks[token.mate].end, hat.end)),
            )
        if kind == "{" and inner.kind in ("(", "[") and inner.mate == token.mate - 1:
            label = label_items(cursor, inner)
            if label is not None:
                cursor.pos = token.mate + 1
                return cursor.tree(
                    "label", [base], (label, cursor.toks[inner.mate].end), base.start, cursor.toks[cursor.pos - 1].end
                )
        if (
            kind == "{"
            and cursor.toks[token.mate - 1].kind == "word"
            and cursor.toks[token.mate - 1].value == "T"
            and cursor.toks[token.mate - 1].start == cursor.toks[token.mate - 1].end - 1
            and cursor.toks[token.mate - 2].kind == "num"
            and token.start == token.end
        ):
            # x²ᵀ in one run of superscripts
            power = cursor.tree(
                "num", [], number(cursor.toks[cursor.pos + 1]), token.start, cursor.toks[token.mate - 1].start
            )
            if token.mate == cursor.pos + 3:
                cursor.pos = token.mate + 1
                return cursor.tree(
                    "T",
                    [cursor.tree("pow", [base, power], None, base.start, power.end)],
                    None,
                    base.start,
                    cursor.toks[cursor.pos - 1].end,
                )
        bars, cursor.bars = cursor.bars, []
        cursor.pos += 1
        above = parse_full(cursor)
        cursor.bars = bars
        close = cursor.expect("}" if kind == "{" else ")", "the end of the power")
        return cursor.tree("pow", [base, above], None, base.start, close.end)
    if kind == "word":
        word = token.value
        if word in ("T", "t") and cursor.transposes(word):
            cursor.pos += 1
            return cursor.tree("T", [base], cursor.maybe_power(token), base.start, token.end)
        if len(word) > 1 and word[0] == "T" and token.end - token.start == len(word) and not cursor.known(word):
            cursor.split_word(token, 1)
            cursor.pos += 1
            return cursor.tree("T", [base], None, base.start, token.end)
    elif kind == "'":
        raise cursor.fail("a prime stands where none is declared", token, "a declared name with a prime")
    elif kind == "ones" and token.value == "I":
        pass
    elif kind in ("-", "+"):
        if cursor.toks[cursor.pos + 1].space or cursor.toks[cursor.pos + 1].kind in (")", "}", "]", "end of text"):
            raise cursor.fail(
                f"^{cursor.shown(token)} is no power", token, "a power, as in x^2", span=(hat.start, token.end)
            )
        if (
            cursor.toks[cursor.pos + 1].kind == "word"
            and cursor.toks[cursor.pos + 1].value == "T"
            and cursor.transposes("T")
            and kind == "-"
        ):
            cursor.pos += 2
            return cursor.tree("invT", [base], None, base.start, cursor.toks[cursor.pos - 1].end)
    elif not starts_operand(cursor, token):
        raise cursor.fail("an empty power", token, "a power, as in x^2", span=(hat.start, max(hat.end, token.end)))
    above = exponent(cursor)
    run = above.args[0] if above.op == "neg" else above
    if run.op == "prod" and run.value and run.value[0] == "split":
        first, rest = cursor.text[above.start : run.args[0].end], cursor.text[run.args[1].start : above.end]
        below = cursor.source(base)
        apart = f"{below}^({first}) {rest}" if above is not run else f"{below}^{first} {rest}"
        raise cursor.fail(
            f"the power {cursor.source(above)} reads two ways",
            span=(above.start, above.end),
            tag="ambiguous",
            expected="braces around the power",
            readings=put(cursor.text, (base.start, above.end), apart, f"{below}^({cursor.source(above)})"),
        )
    return cursor.tree("pow", [base, above], None, base.start, above.end)


def exponent(cursor: Cursor) -> Tree:
    """A power without braces; a number in it takes no subscript: x^2_i is the square of x_i."""
    at = cursor.pos + (cursor.toks[cursor.pos].kind in ("-", "+"))
    if cursor.toks[at].kind != "num" or cursor.toks[at + 1].kind != "_":
        return signed_factor(cursor)
    sign, numeral = cursor.toks[cursor.pos], cursor.toks[at]
    cursor.pos = at + 1
    made = cursor.tree("num", [], number(numeral), numeral.start, numeral.end)
    return cursor.tree("neg", [made], None, sign.start, numeral.end) if sign.kind == "-" else made


def lowered(cursor: Cursor, base: Tree) -> Tree:
    """Subscripts on an expression: entries of a tensor."""
    mark = cursor.toks[cursor.pos]
    if base.op in ("num", "ind"):
        raise cursor.fail("a number takes no subscript", mark, "an operator", tag="index")
    items, cursor.pos = subscript_at(cursor, cursor.pos)
    count_loose(cursor, items)
    end = cursor.toks[cursor.pos - 1].end
    below = base.args[0] if base.op in ("T", "pow") else base
    axes = len(below.value.sizes) if below.op == "name" else 0
    if base.op == "T" and below.op == "name" and places(cursor, items) == 1:
        return cursor.tree("T", [cursor.tree("at", [below], items, base.start, end)], base.value, base.start, end)
    if (
        base.op == "pow"
        and below.op == "norm"
        and not below.value
        and items[0][0] == "num"
        and items[0][1] in ("1", "2")
    ):
        return cursor.tree(
            "pow",
            [cursor.tree("norm", below.args, items[0][1], below.start, below.end), base.args[1]],
            None,
            base.start,
            end,
        )
    if base.op == "pow" and below.op == "name" and not (axes == 2 and below.value.sizes[0] == below.value.sizes[1]):
        return cursor.tree(
            "pow", [cursor.tree("at", [below], items, base.start, end), base.args[1]], None, base.start, end
        )
    if base.op == "pow" and below.op == "name" and places(cursor, items) == 2 and whole(base.args[1]) not in (None, -1):
        name, raised, below_ = cursor.source(below), cursor.text[below.end : base.end], cursor.text[mark.start : end]
        raise cursor.fail(
            f"{cursor.text[base.start : end]} reads two ways", span=(base.start, end), tag="ambiguous",
            expected="brackets",
            readings=put(cursor.text, (base.start, end), f"({name}{below_}){raised}", f"({name}{raised}){below_}"),
        )  # fmt: skip
    return cursor.tree("at", [base], items, base.start, end)


def two_entries(cursor: Cursor, base: Tree, made: Tree) -> Tree:
    """A_{ij}^{-1} of a square matrix, A_{ij}^T: of the entry, or the entry of the inverse, of the transpose."""
    row = base.args[0].value if base.args[0].op == "name" else None
    if (
        row is None
        or len(row.sizes) != 2
        or places(cursor, base.value) != 2
        or (made.op == "pow" and (row.sizes[0] != row.sizes[1] or whole(made.args[1]) != -1))
    ):
        return made
    name, below, raised = (
        cursor.source(base.args[0]),
        cursor.text[base.args[0].end : base.end],
        cursor.text[base.end : made.end],
    )
    if not below:
        return made
    raise cursor.fail(
        f"{cursor.source(made)} reads two ways", span=(made.start, made.end), tag="ambiguous", expected="brackets",
        readings=put(cursor.text, (made.start, made.end),
            f"(1/{name}{below})" if made.op == "pow" else f"({name}{below}){raised}", f"({name}{raised}){below}"),
    )  # fmt: skip


def places(cursor: Cursor, items: list[Item]) -> int:
    """How many axes subscripts settle."""
    if len(items) == 1 and items[0][0] == "num":
        return len(items[0][1])
    return sum(len(cursor.letters(payload)) if kind == "word" else 1 for kind, payload, _, _ in items)


def is_sized_pair(cursor: Cursor) -> bool:
    """Whether `.T` is a product with a declared name T: never, unless a bracket or subscript follows it."""
    return cursor.toks[cursor.pos + 2].kind in ("_",) and "T" in cursor.scope.rows


def entry_follows(cursor: Cursor, base: Tree) -> bool:
    """Whether `[…]` after a bracket or function is an entry: letters of indices and integers only."""
    if base.op not in ("group", "special", "T", "call", "at", "invT", "name"):
        return False
    token = cursor.toks[cursor.pos]
    inside = cursor.toks[cursor.pos + 1 : token.mate]
    return bool(inside) and all(
        t.kind in (",", ":", "+", "-")
        or (t.kind == "num" and t.value.isdigit())
        or (t.kind == "word" and (cursor.bound.get(t.value) or t.value in cursor.scope.indices))
        for t in inside
    )


def power_or_transpose(cursor: Cursor, base: Tree, token: Token) -> Tree:
    """x^2, A^T."""
    made = raised(cursor, base)
    return two_entries(cursor, base, made) if base.op == "at" and made.op in ("pow", "T") else made


def subscripted(cursor: Cursor, base: Tree, token: Token) -> Tree:
    """(A x)_i."""
    return lowered(cursor, base)


def dot_transpose(cursor: Cursor, base: Tree, token: Token) -> Tree | None:
    """A.T, as in code."""
    after = cursor.toks[cursor.pos + 1]
    if after.kind != "word" or after.value not in ("T", "t") or after.space or is_sized_pair(cursor):
        return None
    cursor.pos += 2
    return cursor.tree("T", [base], None, base.start, cursor.toks[cursor.pos - 1].end)


def factorial(cursor: Cursor, base: Tree, token: Token) -> Tree:
    """n!"""
    cursor.pos += 1
    if base.op == "call" and base.value == "factorial" and cursor.text[base.end - 1] == "!":
        raise cursor.fail(
            "a double factorial is not read", token, "(n!)!, if that is meant", span=(base.end - 1, token.end)
        )
    return cursor.tree("call", [base], "factorial", base.start, token.end)


def prime(cursor: Cursor, base: Tree, token: Token) -> Tree:
    """A prime behind a value is no name's."""
    raise cursor.fail(
        "a prime stands where none is declared", token, "^T for a transpose, or a declared name with a prime"
    )


def entry_in_brackets(cursor: Cursor, base: Tree, token: Token) -> Tree | None:
    """(A x)[i]."""
    if token.space or base.op in ("num", "ind", "ones") or not entry_follows(cursor, base):
        return None
    items, end = items_between(cursor, cursor.pos + 1, token.mate), cursor.toks[token.mate].end
    cursor.pos = token.mate + 1
    return cursor.tree("at", [base], items, base.start, end)
