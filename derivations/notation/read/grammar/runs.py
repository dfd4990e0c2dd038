"""Runs of letters: the longest declared name, an index, a constant, a function, or several names run together."""

from __future__ import annotations

import re
from typing import Any

from derivations.notation.errors import put
from derivations.notation.read.grammar.alike import (
    covariance,
    example_of,
    number_above,
    part_transpose,
    settled,
    unnumbered_letter,
)
from derivations.notation.read.grammar.applications import builtin
from derivations.notation.read.grammar.called import called_entry
from derivations.notation.read.grammar.chance import WORDS, of_chance
from derivations.notation.read.grammar.constants import is_eulers, is_the_number
from derivations.notation.read.grammar.cursor import Cursor, Primary, joined_texts
from derivations.notation.read.grammar.declared import application_of, no_index
from derivations.notation.read.grammar.differentials import derivative, partial_sign
from derivations.notation.read.grammar.expressions import parse_factor
from derivations.notation.read.grammar.letters import segments
from derivations.notation.read.grammar.means import mean_of
from derivations.notation.read.grammar.nabla import PRIMARY as NABLA
from derivations.notation.read.grammar.refusals import differential_of, refuse_entry
from derivations.notation.read.grammar.spectral import extreme_value
from derivations.notation.read.grammar.subscripts import (
    count_loose,
    glued,
    items_between,
    label_at,
    sized,
    subscript_at,
)
from derivations.notation.read.grammar.summation import big_operator
from derivations.notation.read.surface import (
    Constant,
    Identity,
    Indexed,
    IndexedDelta,
    Letter,
    Name,
    Product,
    SizeName,
    Subscript,
    Surface,
)
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENTS, COMMANDS, GREEK
from derivations.notation.words import PREFIXES, UNREAD

SIGNS: dict[str, Primary] = {"partial": partial_sign, **NABLA}
"""Words that are signs before a subscript: nabla_w, partial_2."""
_COMMAND = re.compile(r"\\[A-Za-z]+")
_RUNNING = frozenset(
    [r"\mathbf", r"\boldsymbol", r"\bm", r"\mathit", r"\mathnormal", r"\pmb", r"\symbf", r"\textbf", r"\textit"]
)
"""Styles of letters that stand side by side; upright letters are one name."""


def run_of_letters(cursor: Cursor, token: Token) -> Surface:
    """A run of letters: an index, a declared name, a derivative, a constant, a function, or several names."""
    word = token.value
    scope = cursor.scope
    primed = word
    k = cursor.pos + 1
    while cursor.toks[k].kind == "'" and not cursor.toks[k].space:
        primed += "'"
        k += 1
    if word in SIGNS and cursor.toks[cursor.pos + 1].kind == "_" and word not in scope.bases:  # nabla_w, partial_2
        return SIGNS[word](cursor, token)
    if word in ("lambda", "sigma") and (value := extreme_value(cursor, token)) is not None:
        return value
    if word in WORDS and (chance := of_chance(cursor, token)) is not None:
        return chance
    if cursor.bound and cursor.bound.get(primed):
        cursor.pos = k
        return cursor.node(Letter(token.start, cursor.toks[k - 1].end, primed))
    after = cursor.toks[k]
    if (
        after.kind == "word"
        and word + after.value in scope.bases
        and (
            after.start == token.end
            or (cursor.text[token.start] == "\\" and cursor.text[token.end : after.start].isspace())
        )
    ):
        # ΔW, \\Delta W, declared as one name
        token.value, token.end = word + after.value, after.end
        cursor.drop(cursor.pos + 1)
        return run_of_letters(cursor, token)
    if after.kind == "word" and after.value in ACCENTS and word + after.value in scope.bases:
        token.value, token.end = word + after.value, after.end
        cursor.drop(cursor.pos + 1)
        return run_of_letters(cursor, token)
    if (
        word[0] == "d"
        and word not in scope.rows
        and (word != "d" or cursor.toks[cursor.pos + 1].kind in ("(", "/", "word", "^"))
        and word not in scope.indices
    ):
        found = derivative(cursor)
        if found is not None:
            return found
    if word == "pi" and is_the_number(cursor, token):
        cursor.note("evident", "the pi behind a number was read as 3.14…, not as the array pi", token.start, token.end)
        cursor.pos += 1
        return cursor.node(Constant(token.start, token.end, "pi"))
    if word == "e" and is_eulers(cursor):
        cursor.note("evident", "the e of a power was read as 2.718…, not as the array e", token.start, token.end)
        cursor.pos += 1
        return cursor.node(Constant(token.start, token.end, "e"))
    if word in scope.bases:
        found = declared_name(cursor, token)
        if found is not None:
            return found
    if word in scope.indices:
        cursor.pos += 1
        cursor.used.append(word)
        return cursor.node(Letter(token.start, token.end, word))
    found = builtin(cursor, token)
    if found is not None:
        return found
    after = cursor.toks[cursor.pos + 1]
    if after.kind == "_" and cursor.toks[cursor.pos + 2].kind in ("word", "{"):
        braced = cursor.toks[cursor.pos + 2].kind == "{"
        accent = cursor.toks[cursor.pos + 2 + braced]
        if (
            accent.value in ACCENTS
            and word + accent.value in scope.bases
            and (not braced or cursor.toks[cursor.pos + 2].mate == cursor.pos + 4)
        ):
            token.value, token.end = word + accent.value, cursor.toks[cursor.pos + 2 + 2 * braced].end
            for _ in range(2 + 2 * braced):
                cursor.drop(cursor.pos + 1)
            return run_of_letters(cursor, token)
    if word.endswith("bar") and scope.rows.get(word[:-3]) is not None:
        return mean_of(cursor, token, scope.rows[word[:-3]])
    if word in UNREAD:
        raise cursor.fail(
            f"{word}, {UNREAD[word]}, is not read", token, cursor.scope.known(), "unknown-name", scope.nearest(word)
        )
    if word in ACCENTS or word in ("mathbf", "bf", "underline", "overline"):
        inner = cursor.toks[min(cursor.pos + 2, len(cursor.toks) - 1)]
        if after.kind in ("(", "{") and after.mate == cursor.pos + 3 and inner.kind == "word":
            accent = {"overline": "bar"}.get(word, word) if word in ACCENTS or word == "overline" else ""
            token.value, token.end = inner.value + accent, cursor.toks[after.mate].end
            for _ in range(3):
                cursor.drop(cursor.pos + 1)
            return run_of_letters(cursor, token)
    if settled(cursor, token) or (word == "Sigma" and covariance(cursor, token)):
        return run_of_letters(cursor, token)
    split = segments(cursor, word) if len(word) > 1 and is_run(cursor, token) else None
    if split is not None:
        return split_run(cursor, token, split)
    if (len(word) == 1 or word in GREEK) and after.kind != "_" and not (after.kind == "num" and not after.space):
        if word == "Sigma" and cursor.text[token.start : token.end] != "Sigma":
            cursor.pos += 1
            return big_operator(cursor, "sum", token)
        cursor.pos += 1
        cursor.loose.append((word, token.start))
        return cursor.node(Letter(token.start, token.end, word))
    if word == "Sigma" and after.kind == "_":
        cursor.pos += 1
        return big_operator(cursor, "sum", token)
    if word == "delta" and after.kind == "_":
        items, end = subscript_at(cursor, cursor.pos + 1)
        count_loose(cursor, items)
        cursor.pos = end
        return cursor.node(IndexedDelta(token.start, items[-1].end, tuple(items)))
    raise cursor.unknown(word, token)


def split_run(cursor: Cursor, token: Token, split: list[str]) -> Surface:
    """A run of several names, as juxtaposed factors; the last one takes what follows."""
    refuse_entry(cursor, token, split)
    start = token.start
    at = token.start
    args: list[Surface] = []
    for piece in split[:-1]:
        part = Token("word", piece, at, at + len(piece))
        args.append(single_name(cursor, part))
        at += len(piece)
    token.value, token.start = split[-1], at
    cursor.enter(token)
    args.append(parse_factor(cursor))
    cursor.depth -= 1
    if isinstance(args[0], SizeName) and len(args) == 2:
        differential_of(cursor, args[0], args[1])
    return cursor.node(Product(start, args[-1].end, tuple(args), ("split",) * (len(args) - 1)))


def single_name(cursor: Cursor, token: Token) -> Surface:
    """One whole word as a value, without what follows it."""
    word = token.value
    if cursor.bound.get(word):
        return cursor.node(Letter(token.start, token.end, word))
    row = cursor.scope.rows.get(word)
    if row is not None:
        return cursor.node(Name(token.start, token.end, row))
    if word in cursor.scope.sizes:
        return cursor.node(SizeName(token.start, token.end, cursor.scope.sizes[word]))
    if word in cursor.scope.indices:
        return cursor.node(Letter(token.start, token.end, word))
    if word == "I":
        return cursor.node(Identity(token.start, token.end, None))
    return cursor.node(Constant(token.start, token.end, word))


def declared_name(cursor: Cursor, token: Token) -> Surface | None:
    """The longest declared name that starts here, with its entries; None where none does."""
    scope, toks, base = cursor.scope, cursor.toks, token.value
    row = scope.rows.get(base)
    cursor.pos += 1
    after = toks[cursor.pos]
    if base in scope.plain and after.kind not in ("_", "[", "^", "'", "num"):
        return named_value(cursor, token, row, base, [], token.end)
    # Gather what may belong to the name: digits, subscripts, labels, primes.
    whole = base not in scope.plain
    pieces: list[tuple[str, list[Subscript], int]] = []
    k = cursor.pos
    tensor = row is not None and bool(row.sizes)
    while True:
        t = toks[k]
        kind = t.kind
        if kind in ("^", "_") and (beyond := example_of(cursor, token, row, pieces, k)) is not None:
            if pieces:
                pieces[-1] = (*pieces[-1][:2], beyond)
            else:
                cursor.pos = beyond
            k = beyond
            continue
        if kind == "num" and not pieces and not t.space and t.value.isdigit():
            pieces.append(("sub", [Subscript("num", t.start, t.end, t.value)], k + 1))
            k += 1
        elif kind == "_":
            if toks[k + 1].kind in ("{", "(") and cursor.relation_inside(toks[k + 1], k + 1) and not whole:
                break
            items, k2 = subscript_at(cursor, k)
            k2 = glued(cursor, items, k2, row, whole)
            pieces.append(("sub", items, k2))
            k = k2
        elif kind == "[" and sized(cursor, t) and (pieces or t.mate > k + 2):
            break  # r_{ik} \left[ … \right] is a product
        elif kind == "[" and not t.space and (tensor or whole) and not cursor.relation_inside(t, k):
            if t.mate == k + 1:
                break
            pieces.append(("sub", items_between(cursor, k + 1, t.mate), t.mate + 1))
            k = t.mate + 1
        elif kind == "^":
            part_transpose(cursor, k)
            told = any(item.kind == "num" for _, items, _ in pieces for item in items)  # h1^2 is the square of h1
            number = None if told else number_above(cursor, k, base)
            if number is not None:
                pieces.append(("label", [number[0]], number[1]))
                k = number[1]
                continue
            label = label_at(cursor, k, tensor, whole)
            if label is None:
                break
            pieces.append(label)
            k = label[2]
        elif kind == "'" and not t.space:
            pieces.append(("prime", [], k + 1))
            k += 1
        else:
            break
        if len(pieces) > 8:
            break
    if not pieces:
        found = named_value(cursor, token, row, base, [], token.end)
        return declared_name(cursor, token) if found is None and unnumbered_letter(cursor, token) else found
    if any(p[0] == "label" for p in pieces[1:]) and pieces[0][0] != "label":
        last = pieces[-1][2]
        pieces.sort(key=lambda p: p[0] != "label")
        pieces = [(kind, items, last if n == len(pieces) - 1 else -1) for n, (kind, items, _) in enumerate(pieces)]
    best = (
        row,
        scope.sizes.get(base) if row is None else None,
        0,
        0,
    )  # what, size, whole pieces used, items used of the next
    current = base
    for n, (kind, items, _) in enumerate(pieces):
        if kind == "prime":
            current += "'"
            if current in scope.rows:
                best = (scope.rows[current], None, n + 1, 0)
            continue
        texts = [i.text if i.kind in ("word", "num", "raw") else None for i in items]
        if len(texts) == 1 and texts[0] is not None and texts[0] in ACCENTS and "_" not in current:
            current += texts[0]
            if current in scope.rows:
                best = (scope.rows[current], None, n + 1, 0)
            continue
        stop = False
        for j in range(1, len(texts) + 1):
            if texts[j - 1] is None:
                stop = True
                break
            candidate = current + "_" + joined_texts(texts[:j])
            if tensor and cursor.bound.get(str(texts[0])):
                continue  # u_o under a Σ over o is an entry, whether or not u_o is declared besides
            if candidate in scope.rows:
                best = (scope.rows[candidate], None, n + (j == len(texts)), 0 if j == len(texts) else j)
            elif candidate in scope.sizes:
                best = (None, scope.sizes[candidate], n + (j == len(texts)), 0 if j == len(texts) else j)
        if stop:
            break
        current += "_" + joined_texts(texts)
    row, size, used, part = best
    if row is None and size is None:
        cursor.pos -= 1
        return declared_name(cursor, token) if unnumbered_letter(cursor, token) else None
    if used < len(pieces) and pieces[used][1] and pieces[used][1][0].text in ACCENTS:
        accent = pieces[used][1][0].text
        cursor.pos -= 1
        raise cursor.fail(
            f"{base}_{accent} is not declared",
            token,
            "a declared name",
            "unknown-name",
            scope.nearest(base + accent),
            span=(token.start, pieces[used][1][0].end),
        )
    rest: list[Subscript] = []
    end = token.end if used == 0 else toks[(pieces[used - 1][2] if pieces[used - 1][2] > 0 else pieces[-1][2]) - 1].end
    at = cursor.pos if used == 0 else pieces[used - 1][2]
    for n in range(used, len(pieces)):
        kind, items, after_piece = pieces[n]
        if kind == "prime":
            break
        rest += items[part:] if n == used else items
        at = after_piece
    if at < 0:
        at = pieces[-1][2]
    if row is None:
        assert size is not None
        if rest:
            cursor.pos -= 1
            return None
        cursor.pos = at
        return cursor.node(SizeName(token.start, end, size))
    if rest and not row.sizes and (row.signature is None or "^" in cursor.text[token.end : toks[at].start]):
        raise no_index(cursor, row, rest)
    cursor.pos = at
    if rest:
        return named_value(cursor, token, row, base, rest, max(toks[at - 1].end, rest[-1].end))
    return named_value(cursor, token, row, base, [], end)


def named_value(cursor: Cursor, token: Token, row: Any, base: str, items: list[Subscript], end: int) -> Surface | None:
    """A declared name with its entries; a function is applied."""
    if row is None:
        size = cursor.scope.sizes.get(base)
        if size is not None:
            return cursor.node(SizeName(token.start, end, size))
        cursor.pos -= 1
        return None
    if row.role == "function":
        return application_of(cursor, token, row, items)
    if base in PREFIXES and not row.sizes and cursor.toks[cursor.pos].kind == "(" and not items:
        cursor.note(
            "sigma",
            f"{row.name} is declared a scalar, so {row.name}(…) was read as a product, not as the {PREFIXES[base]}",
            token.start,
            end,
        )
    if row.sizes and (called := called_entry(cursor, token, row, items)) is not None:
        count_loose(cursor, called.items)
        return called
    made = cursor.node(Name(token.start, end if not items else token.end, row))
    if items:
        count_loose(cursor, items)
        return cursor.node(Indexed(token.start, end, made, tuple(items)))
    if row.role == "node" and cursor.toks[cursor.pos].kind == "(" and not cursor.toks[cursor.pos].space:
        return of_arguments(cursor, made, row)
    return made


def of_arguments(cursor: Cursor, made: Surface, row: Any) -> Surface:
    """A node with its arguments in brackets is the node: LL(x, y), f(x_i; μ, σ²); p(x) could be a product as well,
    and reads two ways."""
    bracket = cursor.toks[cursor.pos]
    found = arguments_of(cursor, row, bracket)
    if found is None:
        return made
    items, several = found
    end = cursor.toks[bracket.mate].end
    if not several:
        name, inside = cursor.text[made.start : bracket.start], cursor.text[bracket.start : end]
        tail = cursor.text[made.start :]  # each of its places reads the same way
        raise cursor.fail(
            f"{name}{inside} reads two ways", span=(made.start, end), tag="ambiguous",
            expected=f"{name} * {inside} for the product, {name} alone for its value",
            readings=put(cursor.text, (made.start, len(cursor.text)), tail.replace(name + inside, f"{name} * {inside}"),
                tail.replace(name + inside, name)),
        )  # fmt: skip
    cursor.note("arguments", f"{cursor.text[made.start : end]} was read as {row.name}", made.start, end)
    cursor.pos = bracket.mate + 1
    if not items:
        return made
    count_loose(cursor, items)
    return cursor.node(Indexed(made.start, end, made, tuple(items)))


def arguments_of(cursor: Cursor, row: Any, bracket: Token) -> tuple[list[Subscript], bool] | None:
    """What a bracket behind a node lists, where these are names that it is computed from: the entry meant, whether
    there are several; else None."""
    toks, k = cursor.toks, cursor.pos + 1
    below = cursor.scope.computed_from(row.name)
    entry: list[Subscript] = []
    count = 0
    while k < bracket.mate:
        known = cursor.scope.rows.get(toks[k].value) if toks[k].kind == "word" else None
        if known is None or known.name not in below:
            return None
        count += 1
        k += 1
        if toks[k].kind == "_":
            items, k = subscript_at(cursor, k)
            if len(items) == len(row.sizes) and not entry:
                entry = items
            elif len(items) != len(row.sizes):
                return None
        elif toks[k].kind == "^" and toks[k + 1].kind in ("num", "{") and count > 1:
            k = k + 2 if toks[k + 1].kind == "num" else toks[k + 1].mate + 1
        if k < bracket.mate:
            if toks[k].kind not in (",", ";", "|"):
                return None
            k += 1
    return (entry, count > 1) if count else None


def is_run(cursor: Cursor, token: Token) -> bool:
    r"""Whether letters stand side by side in the text: \Pr, \operatorname{Var} and \bar{ab} are one thing each."""
    if token.end - token.start == len(token.value):
        return True
    style = _COMMAND.match(cursor.text, token.start)
    return (style is not None and style[0] in _RUNNING and token.value in cursor.text[token.start : token.end]) or (
        style is not None and style[0][1:] in COMMANDS
    )


PRIMARY: dict[str, Primary] = {"word": run_of_letters}
"""What these kinds of token start."""
