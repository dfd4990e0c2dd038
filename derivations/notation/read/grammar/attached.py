"""What is attached to a value: powers, transposes, subscripts, entries, factorials."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.notation.errors import put
from derivations.notation.read.grammar.alike import part_transpose
from derivations.notation.read.grammar.cursor import Attached, Cursor
from derivations.notation.read.grammar.evaluated import evaluated_group
from derivations.notation.read.grammar.expressions import signed_factor
from derivations.notation.read.grammar.families import family
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.subscripts import (
    array_item,
    count_loose,
    items_between,
    label_items,
    sized,
    subscript_at,
)
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import (
    Along,
    Applied,
    EntryPower,
    Group,
    Indexed,
    Indicator,
    InverseTransposed,
    Label,
    Name,
    Negative,
    Norm,
    Numeral,
    OfCode,
    Ones,
    Power,
    Product,
    Root,
    Subscript,
    Surface,
    Terms,
    Transposed,
    whole,
)
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number


def _is_dagger(cursor: Cursor, base: Surface, sign: Token) -> bool:
    r"""Whether a sign above a matrix says its pseudoinverse: X^\dagger, X^+."""
    return sign.kind == "dagger" or (sign.kind == "+" and isinstance(base, Name) and len(base.row.sizes) == 2)


def raised(cursor: Cursor, base: Surface) -> Surface:
    """What a `^` does: a power, a transpose."""
    part_transpose(cursor, cursor.pos)
    hat = cursor.toks[cursor.pos]
    cursor.pos += 1
    token = cursor.toks[cursor.pos]
    kind = token.kind
    if kind == "top":
        cursor.pos += 1
        return cursor.node(Transposed(base.start, token.end, base, None))
    if kind == "*" or kind == "dot":
        raise cursor.fail("an empty power", token, "a power, as in x^2")
    if kind == "{" or kind == "(":
        inner = cursor.toks[cursor.pos + 1]
        if token.mate == cursor.pos + 2:
            if inner.kind == "top" or (
                inner.kind == "word" and inner.value in ("T", "t", "intercal") and cursor.transposes(inner.value)
            ):
                cursor.pos += 3
                return cursor.node(
                    Transposed(base.start, cursor.toks[cursor.pos - 1].end, base, cursor.maybe_power(inner))
                )
            if inner.kind == "'":
                raise cursor.fail("a prime stands where none is declared", inner, "a declared name with a prime")
            if _is_dagger(cursor, base, inner):
                cursor.pos += 3
                return cursor.node(OfCode(base.start, cursor.toks[cursor.pos - 1].end, (base,), "dagger"))
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
            return cursor.node(InverseTransposed(base.start, cursor.toks[cursor.pos - 1].end, base))
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
                return cursor.node(Label(base.start, cursor.toks[cursor.pos - 1].end, base, tuple(label)))
        if (
            kind == "{"
            and cursor.toks[token.mate - 1].kind == "word"
            and cursor.toks[token.mate - 1].value == "T"
            and cursor.toks[token.mate - 1].start == cursor.toks[token.mate - 1].end - 1
            and cursor.toks[token.mate - 2].kind == "num"
            and token.start == token.end
        ):
            # x²ᵀ in one run of superscripts
            power = cursor.node(
                Numeral(token.start, cursor.toks[token.mate - 1].start, number(cursor.toks[cursor.pos + 1]))
            )
            if token.mate == cursor.pos + 3:
                cursor.pos = token.mate + 1
                return cursor.node(
                    Transposed(
                        base.start,
                        cursor.toks[cursor.pos - 1].end,
                        cursor.node(Power(base.start, power.end, base, power)),
                        None,
                    )
                )
        of_entries = kind == "{" and inner.kind == "odot" and token.mate > cursor.pos + 2
        bars, cursor.bars = cursor.bars, []
        cursor.pos += 2 if of_entries else 1
        above = parse_full(cursor)
        cursor.bars = bars
        close = cursor.expect("}" if kind == "{" else ")", "the end of the power")
        return cursor.node((EntryPower if of_entries else Power)(base.start, close.end, base, above))
    if kind == "word":
        word = token.value
        if word in ("T", "t") and cursor.transposes(word):
            cursor.pos += 1
            return cursor.node(Transposed(base.start, token.end, base, cursor.maybe_power(token)))
        if len(word) > 1 and word[0] == "T" and token.end - token.start == len(word) and not cursor.known(word):
            cursor.split_word(token, 1)
            cursor.pos += 1
            return cursor.node(Transposed(base.start, token.end, base, None))
    elif kind == "'":
        raise cursor.fail("a prime stands where none is declared", token, "a declared name with a prime")
    elif kind == "ones" and token.value == "I":
        pass
    elif _is_dagger(cursor, base, token) and (kind == "dagger" or token.end < cursor.toks[cursor.pos + 1].start):
        cursor.pos += 1
        return cursor.node(OfCode(base.start, token.end, (base,), "dagger"))
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
            return cursor.node(InverseTransposed(base.start, cursor.toks[cursor.pos - 1].end, base))
    elif not starts_operand(cursor, token):
        raise cursor.fail("an empty power", token, "a power, as in x^2", span=(hat.start, max(hat.end, token.end)))
    above = exponent(cursor)
    run = above.body if isinstance(above, Negative) else above
    if isinstance(run, Product) and run.signs[0] == "split":
        first, rest = cursor.text[above.start : run.factors[0].end], cursor.text[run.factors[1].start : above.end]
        below = cursor.source(base)
        apart = f"{below}^({first}) {rest}" if above is not run else f"{below}^{first} {rest}"
        raise cursor.fail(
            f"the power {cursor.source(above)} reads two ways",
            span=(above.start, above.end),
            tag="ambiguous",
            expected="braces around the power",
            readings=put(cursor.text, (base.start, above.end), apart, f"{below}^({cursor.source(above)})"),
        )
    return cursor.node(Power(base.start, above.end, base, above))


def exponent(cursor: Cursor) -> Surface:
    """A power without braces; a number in it takes no subscript: x^2_i is the square of x_i."""
    at = cursor.pos + (cursor.toks[cursor.pos].kind in ("-", "+"))
    if cursor.toks[at].kind != "num" or cursor.toks[at + 1].kind != "_":
        return signed_factor(cursor)
    sign, numeral = cursor.toks[cursor.pos], cursor.toks[at]
    cursor.pos = at + 1
    made = cursor.node(Numeral(numeral.start, numeral.end, number(numeral)))
    return cursor.node(Negative(sign.start, numeral.end, made)) if sign.kind == "-" else made


def lowered(cursor: Cursor, base: Surface) -> Surface:
    """Subscripts on an expression: entries of a tensor."""
    mark = cursor.toks[cursor.pos]
    if isinstance(base, (Numeral, Indicator)):
        raise cursor.fail("a number takes no subscript", mark, "an operator", tag="index")
    items, cursor.pos = subscript_at(cursor, cursor.pos)
    count_loose(cursor, items)
    end = cursor.toks[cursor.pos - 1].end
    below = base.body if isinstance(base, Transposed) else base.base if isinstance(base, Power) else base
    axes = len(below.row.sizes) if isinstance(below, Name) else 0
    if isinstance(base, Transposed) and isinstance(below, Name) and places(cursor, items) == 1:
        return cursor.node(
            Transposed(base.start, end, cursor.node(Indexed(base.start, end, below, tuple(items))), base.power)
        )
    if (
        isinstance(base, Power)
        and isinstance(below, Norm)
        and not below.degree
        and items[0].kind == "num"
        and items[0].text in ("1", "2")
    ):
        return cursor.node(
            Power(base.start, end, cursor.node(Norm(below.start, below.end, below.body, items[0].text)), base.exponent)
        )
    if (
        isinstance(base, Power)
        and isinstance(below, Name)
        and not (axes == 2 and below.row.sizes[0] == below.row.sizes[1])
    ):
        return cursor.node(
            Power(base.start, end, cursor.node(Indexed(base.start, end, below, tuple(items))), base.exponent)
        )
    if (
        isinstance(base, Power)
        and isinstance(below, Name)
        and places(cursor, items) == 2
        and whole(base.exponent) not in (None, -1)
    ):
        name, raised, below_ = cursor.source(below), cursor.text[below.end : base.end], cursor.text[mark.start : end]
        raise cursor.fail(
            f"{cursor.text[base.start : end]} reads two ways", span=(base.start, end), tag="ambiguous",
            expected="brackets",
            readings=put(cursor.text, (base.start, end), f"({name}{below_}){raised}", f"({name}{raised}){below_}"),
        )  # fmt: skip
    return cursor.node(Indexed(base.start, end, base, tuple(items)))


def two_entries(cursor: Cursor, base: Indexed, made: Surface) -> Surface:
    """A_{ij}^{-1} of a square matrix, A_{ij}^T: of the entry, or the entry of the inverse, of the transpose."""
    row = base.base.row if isinstance(base.base, Name) else None
    if (
        row is None
        or len(row.sizes) != 2
        or places(cursor, base.items) != 2
        or (isinstance(made, Power) and (row.sizes[0] != row.sizes[1] or whole(made.exponent) != -1))
    ):
        return made
    name, below, raised = (
        cursor.source(base.base),
        cursor.text[base.base.end : base.end],
        cursor.text[base.end : made.end],
    )
    if not below:
        return made
    raise cursor.fail(
        f"{cursor.source(made)} reads two ways", span=(made.start, made.end), tag="ambiguous", expected="brackets",
        readings=put(cursor.text, (made.start, made.end),
            f"(1/{name}{below})" if isinstance(made, Power) else f"({name}{below}){raised}",
            f"({name}{raised}){below}"),
    )  # fmt: skip


def places(cursor: Cursor, items: Sequence[Subscript]) -> int:
    """How many axes subscripts settle."""
    if len(items) == 1 and items[0].kind == "num":
        return len(items[0].text)
    return sum(len(cursor.letters(item.text)) if item.kind == "word" else item.kind != "slice" for item in items)


def is_sized_pair(cursor: Cursor) -> bool:
    """Whether `.T` is a product with a declared name T: never, unless a bracket or subscript follows it."""
    return cursor.toks[cursor.pos + 2].kind in ("_",) and "T" in cursor.scope.rows


def entry_follows(cursor: Cursor, base: Surface) -> bool:
    """Whether `[…]` after a bracket or function is an entry: letters of indices and integers only."""
    if not isinstance(base, (Group, Root, Transposed, Applied, Indexed, InverseTransposed, Name, OfCode, Along)):
        return False
    token = cursor.toks[cursor.pos]
    inside = cursor.toks[cursor.pos + 1 : token.mate]
    if array_item(cursor, cursor.pos + 1, token.mate) is not None:
        return True
    return bool(inside) and all(
        t.kind in (",", ":", "+", "-")
        or (t.kind == "num" and t.value.isdigit())
        or (
            t.kind == "word"
            and (cursor.bound.get(t.value) or t.value in cursor.scope.indices or cursor.scope.is_label(t.value))
        )
        for t in inside
    )


def power_or_transpose(cursor: Cursor, base: Surface, token: Token) -> Surface:
    """x^2, A^T."""
    made = raised(cursor, base)
    return (
        two_entries(cursor, base, made) if isinstance(base, Indexed) and isinstance(made, (Power, Transposed)) else made
    )


def subscripted(cursor: Cursor, base: Surface, token: Token) -> Surface:
    """(A x)_i; [a]_+; [a_i]_{i=1}^n."""
    if (made := family(cursor, base)) is not None:
        return made
    after = cursor.toks[cursor.pos + 1]
    braced = after.kind == "{" and after.mate == cursor.pos + 3
    sign = cursor.toks[cursor.pos + 2] if braced else after
    if sign.kind in ("+", "-"):
        return signed_part(cursor, base, sign, cursor.pos + 2 + 2 * braced)
    return lowered(cursor, base)


def signed_part(cursor: Cursor, base: Surface, sign: Token, end: int) -> Surface:
    """[a]_+ = max(a, 0); [a]_- is min(a, 0) or max(-a, 0)."""
    last = cursor.toks[end - 1].end
    shown, inside = cursor.text[base.start : last], cursor.source(base)
    if not isinstance(base, Group) or base.bracket == "{":
        raise cursor.fail(
            f"{shown} is not read", sign, f"[{inside}]_+, or max({inside}, 0)", "index", span=(base.start, last)
        )
    if sign.kind == "-":
        raise cursor.fail(
            f"{shown} reads two ways", span=(base.start, last), tag="ambiguous", expected="max or min",
            readings=put(cursor.text, (base.start, last), f"min({cursor.source(base.body)}, 0)",
                f"max(-({cursor.source(base.body)}), 0)"),
        )  # fmt: skip
    cursor.note("positive-part", f"{shown} was read as max({cursor.source(base.body)}, 0)", base.start, last)
    cursor.pos = end
    return cursor.node(Applied(base.start, last, (base.body,), "relu"))


def dot_transpose(cursor: Cursor, base: Surface, token: Token) -> Surface | None:
    """A.T, as in code."""
    after = cursor.toks[cursor.pos + 1]
    if after.kind != "word" or after.value not in ("T", "t") or after.space or is_sized_pair(cursor):
        return None
    cursor.pos += 2
    return cursor.node(Transposed(base.start, cursor.toks[cursor.pos - 1].end, base, None))


def factorial(cursor: Cursor, base: Surface, token: Token) -> Surface:
    """n!"""
    cursor.pos += 1
    if isinstance(base, Applied) and base.function == "factorial" and cursor.text[base.end - 1] == "!":
        raise cursor.fail(
            "a double factorial is not read", token, "(n!)!, if that is meant", span=(base.end - 1, token.end)
        )
    return cursor.node(Applied(base.start, token.end, (base,), "factorial"))


def _of_arrays(tree: Surface) -> bool:
    """Whether a name with axes stands in a tree."""
    if isinstance(tree, Name):
        return bool(tree.row.sizes) and tree.row.role != "function"
    return isinstance(tree, Group | Indexed | Terms | Product | Negative) and any(map(_of_arrays, tree.below()))


def prime(cursor: Cursor, base: Surface, token: Token) -> Surface:
    """A', x'y, (X w - y)'(X w - y): a prime behind an array, or a bracket with one, is a transpose."""
    row = base.row if isinstance(base, Name) else None
    if _of_arrays(base):
        cursor.pos += 1
        vector = row is not None and len(row.sizes) == 1  # whose prime may make another name of it
        said = f"{cursor.text[base.start : token.end]} was read as {cursor.source(base)}^T"
        cursor.note("evident" if vector else "prime", said, base.start, token.end)
        return cursor.node(Transposed(base.start, token.end, base, None))
    raise cursor.fail(
        "a prime stands where none is declared", token, "^T for a transpose, or a declared name with a prime"
    )


def entry_in_brackets(cursor: Cursor, base: Surface, token: Token) -> Surface | None:
    """(A x)[i]."""
    if token.space or isinstance(base, (Numeral, Indicator, Ones)) or not entry_follows(cursor, base):
        return None
    if sized(cursor, token) and (isinstance(base, Indexed) or token.mate > cursor.pos + 2):
        return None  # r_{ik} \left[ … \right] is a product
    items, end = items_between(cursor, cursor.pos + 1, token.mate), cursor.toks[token.mate].end
    cursor.pos = token.mate + 1
    return cursor.node(Indexed(base.start, end, base, tuple(items)))


ATTACHED: dict[str, Attached] = {
    "|": evaluated_group,
    "^": power_or_transpose,
    "_": subscripted,
    ".": dot_transpose,
    "!": factorial,
    "'": prime,
    "[": entry_in_brackets,
}
"""What these kinds of token do behind a value."""
