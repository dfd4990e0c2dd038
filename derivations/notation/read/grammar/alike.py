r"""Letters that are not declared, read as the one declared thing that they can stand for; each is noted.

    X for x     Σ^{-1} for S^{-1}                                         the one matrix that is positive definite
    lam for λ     eps for ε     dlam in a derivative      the other case, a Greek letter shortened
    z_k for z2_k                                              a letter without its number, by what k runs over
    b^1 for b_1 W^{2T}, W^{[2]T}, W^{(2)\top}                         a number above, where the letter alone is nothing
    x^{(i)}, y^{(i)}, v^{(\mathcal B)}, \mu_{\mathcal B}              the example or batch, where x is one example

Where two declared things fit, where none does, and where a name stands with its example and without, nothing is
inferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derivations.domains import Declared
from derivations.notation.errors import ReadError
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.letters import segments
from derivations.notation.read.surface import Big, Name, Subscript, Surface
from derivations.notation.read.token import Token
from derivations.notation.spelling import GREEK

_PLAIN_STYLES = frozenset(
    ["", "mathbf", "boldsymbol", "bm", "mathrm", "mathit", "mathnormal", "vec", "text", "textrm", "textbf", "textit",
        "pmb", "symbf", "bf", "rm", "it", "operatorname", "mathsf", "mathtt"]
)  # fmt: skip
"""Styles in which a letter is that letter; a script or double-struck one is a thing of its own."""


def settled(cursor: Cursor, token: Token, offset: int = 0) -> bool:
    """Whether an undeclared word, `offset` letters into its token, is read as a declared one from now on."""
    word = token.value[offset:]
    meant = cursor.scope.meant(word)
    if meant is None or word in cursor.own or cursor.dressing(token.start, token.end) not in _PLAIN_STYLES:
        return False
    if len(word) > 1 and not offset and word not in GREEK and segments(cursor, word) is not None:
        return False
    if not offset and word.lower() == meant.lower():
        _refuse_call(cursor, token, meant)
    message = f"{word} was read as {cursor.scope.shown(meant)}"
    if all(n.message != message for n in cursor.notes):
        cursor.note("letter", message, token.start, token.end)
    token.value = token.value[:offset] + meant
    return True


def covariance(cursor: Cursor, token: Token) -> bool:
    r"""Whether an undeclared Σ that is inverted, or whose determinant is taken, is the one matrix that is declared
    positive definite, and is read as that from now on; any other Σ is a sum."""
    toks, at = cursor.toks, cursor.pos
    inverted = toks[at + 1].kind == "^" and toks[at + 2].kind == "{" and toks[at + 3].kind == "-"
    before = toks[at - 1] if at else token
    closed = toks[at + 1].kind in ("|", ")") and (before.kind == "|" or (at > 1 and toks[at - 2].value == "det"))
    found = [r for r in cursor.scope.rows.values() if r.domain.name == "posdef" and r.role == "input"]
    if not (inverted or closed) or len(found) != 1 or "Sigma" in cursor.own:
        return False
    cursor.note("letter", f"Σ was read as {found[0].name}", token.start, token.end)
    token.value = found[0].name
    return True


def _refuse_call(cursor: Cursor, token: Token, meant: str) -> None:
    """Refuse `H(h z)` where h is declared: H is a function of its own, or h times what follows."""
    bracket = cursor.toks[cursor.pos + 1]
    row = cursor.scope.rows.get(meant)
    if cursor.toks[cursor.pos] is not token or bracket.kind != "(" or bracket.space or row is None or row.sizes:
        return
    end = cursor.toks[bracket.mate].end
    shown, inside = cursor.text[token.start : end], cursor.text[bracket.end : cursor.toks[bracket.mate].start].strip()
    raise cursor.fail(
        f"{shown} reads two ways: {token.value} as a function of {inside}, or {meant} times it",
        token,
        f"{meant} * ({inside}) for the product; a function by its formula, as 1[z > 0] for a step",
        "ambiguous",
        span=(token.start, end),
    )


def part_transpose(cursor: Cursor, k: int) -> None:
    """`^{[2]T}`, `^{(i)\\top}`, `^{2T}` at k as `^{[2]}^T`: a label and a transpose are two things."""
    toks = cursor.toks
    brace = toks[k + 1]
    if brace.kind != "{" or brace.mate < k + 4:
        return
    inner, last = toks[k + 2], toks[brace.mate - 1]
    alone = inner.mate == brace.mate - 2 if inner.kind in ("(", "[") else inner.kind == "num" and brace.mate == k + 4
    if not alone or not (last.kind == "top" or (last.kind == "word" and last.value == "T" and cursor.transposes("T"))):
        return
    at = brace.mate - 1
    toks[at], toks[at + 1] = toks[at + 1], toks[at]
    toks[at].mate, brace.mate = k + 1, at
    hat = toks[k]
    cursor.insert(at + 1, Token(hat.kind, hat.value, last.start, last.start))


def number_above(cursor: Cursor, k: int, base: str) -> tuple[Subscript, int] | None:
    """The 1 of `b^1`, `b^{1}` at k, where b is nothing and b_1 is declared: its item and the position behind it."""
    toks = cursor.toks
    braced = toks[k + 1].kind == "{"
    token = toks[k + 1 + braced]
    scope = cursor.scope
    if (
        token.kind != "num"
        or not token.value.isdigit()
        or (braced and toks[k + 1].mate != k + 3)
        or base in scope.rows
        or base in scope.sizes
        or f"{base}_{token.value}" not in scope.rows
    ):
        return None
    cursor.note(
        "letter", f"{base}^{token.value} was read as {scope.shown(f'{base}_{token.value}')}", token.start, token.end
    )
    return Subscript("num", token.start, token.end, token.value), k + 2 + 2 * braced


def unnumbered_letter(cursor: Cursor, token: Token) -> bool:
    """Whether the z of `z_k`, where only z1 and z2 are declared, is read as the one of them whose axes its letters run
    over, wherever they are free; it gets its number back."""
    base = token.value
    if cursor.pos and cursor.toks[cursor.toks.index(token) - 1].kind == "partial":
        return False  # ∂L/∂z_i names what is asked
    if base not in cursor.numbers:
        cursor.numbers[base] = _number_of(cursor, base)
    number = cursor.numbers[base]
    if not number:
        return False
    shown = cursor.scope.shown(f"{base}_{number}")
    message = f"{base} was read as {shown}: its letter runs over an axis of {shown}"
    if all(n.message != message for n in cursor.notes):
        cursor.note("letter", message, token.start, token.end)
    cursor.insert(cursor.toks.index(token, cursor.pos) + 1, Token("num", number, token.end, token.end))
    return True


def _number_of(cursor: Cursor, base: str) -> str:
    """The number of the one declared name that a letter without one can be; empty where there is none, or several."""
    rows = cursor.scope.rows
    numbers = [s[len(base) + 1 :] for s in rows if s.startswith(f"{base}_")]
    numbers = [n for n in numbers if n.isdigit() and rows[f"{base}_{n}"].sizes]
    if base in cursor.own or not numbers:
        return ""
    sizes = {tuple(cursor.scope.indices[c].size for c in letters) for letters in _letters_below(cursor, base)}
    fit = [n for n in numbers if {rows[f"{base}_{n}"].sizes} == sizes]
    return fit[0] if len(fit) == 1 else ""


def _letters_below(cursor: Cursor, base: str) -> Iterator[list[str]]:
    """The index letters below each place of a letter, where they are all declared and no sum binds them."""
    toks, scope = cursor.toks, cursor.scope
    bound = {letter for letter, times in cursor.bound.items() if times}
    pairs = list(zip(toks, toks[1:], toks[2:], toks[3:], strict=False))
    for sign, mark, one, other in pairs:
        if mark.kind == "_" and (sign.kind in ("sum", "prod") or sign.value in ("sum", "prod", "max", "min")):
            bound.add(other.value if one.kind == "{" else one.value)
    for k, (letter, mark, one, _) in enumerate(pairs):
        if letter.kind != "word" or letter.value != base or mark.kind != "_":
            continue
        inside = toks[k + 3 : one.mate] if one.kind == "{" else [one]
        letters = [c for t in inside if t.kind == "word" for c in scope.letters(t.value, cursor.bound)]
        plain = all(t.kind in ("word", ",") for t in inside)
        if letters and plain and not bound & {*letters} and all(c in scope.indices for c in letters):
            yield letters


def example_of(
    cursor: Cursor, token: Token, row: Declared | None, pieces: Sequence[tuple[str, list[Subscript], int]], k: int
) -> int | None:
    r"""The position behind `^{(i)}`, `^{(\mathcal B)}`, `_{\mathcal B}` at k, where it says of which example or batch a
    name is; None where it can be an entry or part of the name."""
    part_transpose(cursor, k)
    letter, end = _example_at(cursor, k) or ("", 0)
    if not letter or letter == "t" or cursor.bound.get(letter) or cursor.unnamed:  # t counts steps
        return None
    scope = cursor.scope
    spelled = token.value + "".join(f"_{items[0].text}" for kind, items, _ in pieces if kind != "prime" and items)
    row = scope.rows.get(spelled, row)
    if row is None or row.role == "function" or len(row.sizes) > 1 or f"{spelled}_{letter}" in scope.rows:
        return None
    index = scope.indices.get(letter)
    if (index is not None and index.size in row.sizes) or letter in scope.sizes or letter in scope.rows:
        return None
    if index is not None and scope.rows_of(row, index.size) is not None:
        return None
    cursor.examples.append((row, letter, (token.start, cursor.toks[end - 1].end)))
    return end


def _example_at(cursor: Cursor, k: int) -> tuple[str, int] | None:
    """The letter of a label at k, and the position behind it."""
    toks, brace = cursor.toks, cursor.toks[k + 1]
    inner, end = (toks[k + 2], brace.mate + 1) if brace.kind == "{" else (brace, k + 2)
    if toks[k].kind == "^" and brace.kind == "{" and inner.kind == "(" and inner.mate == k + 4 == brace.mate - 1:
        letter = toks[k + 3]
        single = letter.kind == "word" and (len(letter.value) == 1 or letter.value in GREEK)
        return (letter.value, end) if single else None
    if inner.kind != "word" or (brace.kind == "{" and brace.mate != k + 3):
        return None
    return (inner.value, end) if inner.value.isupper() and _is_batch(cursor, inner) else None


def _is_batch(cursor: Cursor, token: Token) -> bool:
    return token.value == "B" or cursor.dressing(token.start, token.end) in ("mathcal", "mathscr")


def consistent(cursor: Cursor, tree: Surface) -> None:
    """Refuse a text that speaks of a name with its example and without, or of two examples."""
    if not cursor.examples:
        return
    one_batch = all(letter.isupper() for _, letter, _ in cursor.examples)  # there is only one
    row, letter, span = cursor.examples[0]
    of = {r.name for r, _, _ in cursor.examples}
    starts = {s for _, _, (s, _) in cursor.examples}
    bound = {b.letter for node in _walk(tree) if isinstance(node, Big) for b in node.binders}
    other = next((n for n in _walk(tree) if isinstance(n, Name) and n.row.name in of and n.start not in starts), None)
    if one_batch or (
        other is None
        and not bound & {x for _, x, _ in cursor.examples}
        and len({x for _, x, _ in cursor.examples}) == 1
    ):
        for name, (x, (start, end)) in {r.name: (x, span) for r, x, span in reversed(cursor.examples)}.items():
            of = "batch" if x.isupper() else "example"
            cursor.note(
                "example", f"{cursor.text[start:end]} was read as {name}: {x} says which {of} it is", start, end
            )
        return
    raise not_one_example(cursor, row.name, letter, span)


def not_one_example(cursor: Cursor, name: str, letter: str, span: tuple[int, int]) -> ReadError:
    return cursor.fail(
        f"{cursor.text[span[0] : span[1]]}: {letter} is no index of {name}, and what stands beside it is of another "
        "example or of none",
        span=span,
        tag="index",
        expected=f"{name} alone, where it is one example",
    )


def _walk(tree: Surface) -> Iterator[Surface]:
    stack = [tree]
    while stack:
        top = stack.pop()
        yield top
        stack += top.below()
