r"""Gradients and what is made of them: ∇_w L, ∇_w² L, the divergence ∇_x · v, the Laplacian Δ_x f."""

from __future__ import annotations

from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.grammar.differentials import again, operated, twice
from derivations.notation.read.grammar.expressions import parse_additive, parse_primary
from derivations.notation.read.surface import Applied, Derivative, Indexed, Name, Surface
from derivations.notation.read.token import Token
from derivations.notation.spelling import canonical


def nabla_sign(cursor: Cursor, token: Token) -> Surface:
    cursor.enter(token)
    found = nabla_of(cursor, token)
    cursor.depth -= 1
    return found


def nabla_of(cursor: Cursor, token: Token) -> Surface:
    if (count := twice(cursor, cursor.pos + 1)) and cursor.toks[cursor.pos + 1 + count].kind == "_":  # ∇²_w is ∇_w²
        return _of_gradient(cursor, token, cursor.pos + 1, count)
    cursor.pos += 1
    if cursor.toks[cursor.pos].kind != "_":
        made = only_gradient(cursor, token)
        if made is None:
            raise cursor.fail("∇ needs the name it differentiates by", token, "∇_w L")
        return made
    inner = cursor.toks[cursor.pos + 1]
    start = cursor.pos - 1
    if inner.kind == "{":
        cursor.pos += 2
        wrt = cursor.guarded(parse_additive)
        cursor.expect("}", "the end of the name")
    else:
        cursor.pos += 1
        wrt = parse_primary(cursor, inner)
    if count := twice(cursor, cursor.pos):
        at, cursor.pos = cursor.pos, start
        return _of_gradient(cursor, token, at, count)
    t = cursor.toks[cursor.pos]
    below = wrt.base if isinstance(wrt, Indexed) else wrt
    entry = t.kind == "word" and cursor.toks[cursor.pos + 1].kind == "_"  # of C_k: then its index comes first
    if t.kind == "word" and cursor.scope.adjoints and isinstance(below, Name) and not entry:
        row = cursor.scope.adjoints.get(f"d{t.value}/d{canonical(below.row.name)}")
        if row is not None:
            cursor.pos += 1
            made = cursor.node(Name(token.start, t.end, row))
            return cursor.node(Indexed(token.start, t.end, made, wrt.items)) if isinstance(wrt, Indexed) else made
    if t.kind == "dot" or (t.kind == "^" and cursor.toks[cursor.pos + 1].value == "T"):
        cursor.pos += 1 if t.kind == "dot" else 2
        return traced(cursor, operated(cursor, start, wrt))
    return operated(cursor, start, wrt)


def traced(cursor: Cursor, found: Surface) -> Surface:
    """∇_x · v, ∇_xᵀ v: Σ_i ∂v_i/∂x_i, the trace of the derivative."""
    return cursor.node(Applied(found.start, found.end, (found,), "trace"))


def laplacian(cursor: Cursor, token: Token) -> Surface:
    """Δ_x f = ∇_x · ∇_x f, where Δ is no name."""
    start, below = cursor.pos, cursor.toks[cursor.pos + 2]
    braced = below.kind == "{"
    name = cursor.toks[start + 2 + braced]
    row = cursor.scope.rows.get(name.value) if name.kind == "word" else None
    end = start + 3 + 2 * braced
    if row is None or len(row.sizes) > 1 or (braced and below.mate != end - 1) or row.role not in ("input", "node"):
        raise cursor.fail("Delta is not declared", token, cursor.scope.known(), "unknown-name")
    cursor.enter(token)
    cursor.pos = start + 2 + braced
    wrt = parse_primary(cursor, name)
    cursor.pos = end
    slope = operated(cursor, start, wrt)
    again = cursor.node(Derivative(slope.start, slope.end, slope, wrt))
    cursor.depth -= 1
    cursor.note("laplacian", f"{cursor.source(again)} was read as the Laplacian", token.start, again.end)
    return traced(cursor, again)


def _of_gradient(cursor: Cursor, token: Token, at: int, count: int) -> Surface:
    """∇_w² L: the derivative of ∇_w L by w; its ^2 stands at a position."""
    found = again(cursor, ((at, count),), lambda cursor: nabla_of(cursor, token))
    if not isinstance(found, Derivative):
        raise cursor.fail("this second derivative is not read", token, "∇_w ∇_w L")
    return found


def only_gradient(cursor: Cursor, token: Token) -> Surface | None:
    """∇J, ∇J(w), where one gradient of J is declared."""
    t, bracket = cursor.toks[cursor.pos], cursor.toks[cursor.pos + 1]
    of = [] if t.kind != "word" else [r for s, r in cursor.scope.adjoints.items() if s.startswith(f"d{t.value}/d")]
    if len(of) != 1:
        return None
    by = of[0].name.rpartition("/d")[2]
    if bracket.kind == "(":
        inside = cursor.toks[cursor.pos + 2]
        if bracket.mate != cursor.pos + 3 or inside.kind != "word" or inside.value != canonical(by):
            return None
        cursor.pos += 3
    cursor.pos += 1
    end = cursor.toks[cursor.pos - 1].end
    cursor.note("gradient", f"{cursor.text[token.start : end]} was read as {of[0].name}", token.start, end)
    return cursor.node(Name(token.start, end, of[0]))


PRIMARY: dict[str, Primary] = {"nabla": nabla_sign, "Delta": laplacian}
"""What this kind of token starts, and these words before a subscript."""
