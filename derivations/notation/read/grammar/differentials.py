r"""Derivatives as written: dL/dv, ∂L/∂v, \frac{\partial L}{\partial v}, d/dz (…), ∇_w L, and declared adjoints by their
names."""

from __future__ import annotations

from typing import Any

from derivations.notation.read.grammar.cursor import Item, Tree, joined_texts
from derivations.notation.read.grammar.subscripts import Subscripts
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENTS, GREEK, canonical
from derivations.notation.words import FUNCTIONS


class Differentials(Subscripts):
    r"""Derivatives as written: dL/dv, ∂L/∂v, \frac{\partial L}{\partial v}, d/dz (…), ∇_w L, and declared adjoints by
    their names."""

    def skip_target(self, k: int, offset: int = 0) -> int | None:
        """The position behind a name or bracket that starts at k, its subscripts and labels included; None if there is
        none."""
        t = self.toks[k]
        if t.kind in ("(", "{"):
            k = t.mate + 1
        elif t.kind == "word":
            k += 1
            if t.value[offset:] in FUNCTIONS and self.toks[k].kind == "(":
                return self.toks[k].mate + 1
            if self.toks[k].kind == "num" and not self.toks[k].space:
                k += 1
        else:
            return None
        while self.toks[k].kind in ("_", "^", "'"):
            if self.toks[k].kind == "'":
                k += 1
                continue
            after = self.toks[k + 1]
            if after.kind in ("{", "(", "["):
                k = after.mate + 1
            elif after.kind in ("word", "num", "top", "*"):
                k += 2
            else:
                return None
        return k

    def differential(self, k: int) -> tuple[int, int] | None:
        """A `dX` or `∂X` at k: (offset of letters of d in the word, position behind); None if there is none."""
        t = self.toks[k]
        if t.kind == "partial" or (t.kind == "word" and t.value == "d"):
            end = self.skip_target(k + 1)
            return None if end is None else (0, end)
        if (
            t.kind == "word"
            and t.value[0] == "d"
            and len(t.value) > 1
            and t.value not in self.scope.rows
            and t.value not in FUNCTIONS
            and t.value not in GREEK
        ):
            end = self.skip_target(k, 1)
            return None if end is None else (1, end)
        return None

    def derivative(self) -> Tree | None:
        """dL/dv, ∂L/∂v, d/dz(…), d(…)/dx, or a declared `dv`; None where it is none of these."""
        start = self.pos
        t = self.toks[start]
        if (t.kind == "partial" or t.value == "d") and self.toks[start + 1].kind == "/":
            below = self.differential(start + 2)
            if below is None:
                return None
            return self.operator(start, start + 2, below)
        above = self.differential(start)
        if above is None:
            return None
        if self.toks[above[1]].kind == "/":
            below = self.differential(above[1] + 1)
            if below is not None:
                return self.quotient(start, above, above[1] + 1, below, None)
        return self.short_adjoint(start)

    def short_adjoint(self, at: int) -> Tree | None:
        """`dv` where it is not declared and one adjoint ends so."""
        t = self.toks[at]
        if t.kind != "word":
            return None
        short = self.scope.short
        row, end, items = (
            self.match_adjoint(at, 1, t.value, "", {k[1:]: v for k, v in short.items()})
            if t.value[0] == "d"
            else (None, 0, [])
        )
        if row is None:
            return None
        self.pos = end
        made = self.tree("name", [], row, t.start, t.end)
        if items:
            self.count_loose(items)
            return self.tree("at", [made], items, t.start, self.toks[end - 1].end)
        return made

    def match_adjoint(self, at: int, offset: int, word: str, prefix: str, table: Any) -> tuple[Any, int, list[Item]]:
        """The longest key of `table` that is prefix + the name at `at`; what is left of its subscripts are entries.

        A brace before `at` closes behind the name: {z_2}_i.
        """
        base = word[offset:] if offset else self.toks[at].value
        braced = not offset and self.toks[at - 1].kind == "{"
        k = at + 1
        current = prefix + base
        best: tuple[Any, int, list[Item]] = (table.get(current), k, [])
        rest: list[Item] = []
        exact = best[0] is not None
        while True:
            t = self.toks[k]
            if t.kind == "num" and k == at + 1 and not t.space and t.value.isdigit():
                items, k2 = [("num", t.value, t.start, t.end)], k + 1
            elif t.kind == "_":
                items, k2 = self.subscript(k)
            elif t.kind == "'" and not t.space:
                current += "'"
                k += 1
                if current in table:
                    best, rest = (table[current], k, []), []
                continue
            elif t.kind == "^":
                label = self.label_at(k, True, True)
                if label is None:
                    break
                items, k2 = label[1], label[2]
            elif t.kind == "}" and braced:
                k, braced = k + 1, False
                best = (best[0], k, rest)
                continue
            else:
                break
            texts = [str(p) if i in ("word", "num", "raw") else "?" for i, p, _, _ in items]
            if len(texts) == 1 and texts[0] in ACCENTS:
                current += texts[0]
            else:
                current += "_" + joined_texts(texts)
            k = k2
            if current in table:
                best, rest = (table[current], k, []), []
                exact = True
            else:
                rest = rest + items
                if best[0] is not None:
                    best = (best[0], k, rest)
        return best if exact or best[0] is not None else (None, k, [])

    def quotient(self, start: int, above: tuple[int, int], at: int, below: tuple[int, int], end: int | None) -> Tree:
        """A derivative as a quotient: a declared adjoint, or ∂of/∂wrt as written. `end`: the position behind the
        fraction."""
        first = self.toks[start]
        begin = start + (0 if above[0] else 1)
        wrt_at = at + (0 if below[0] else 1)
        name_at = wrt_at + (self.toks[wrt_at].kind == "{")
        of_text = self.text[
            self.toks[begin].start + above[0] if above[0] else self.toks[begin].start : self.toks[above[1] - 1].end
        ]
        if self.scope.adjoints and self.toks[name_at].kind == "word":
            top = canonical(of_text)
            row, after, items = self.match_adjoint(
                name_at, below[0], self.toks[name_at].value, f"d{top}/d", self.scope.adjoints
            )
            if row is not None:
                self.pos = after if end is None else end
                made = self.tree("name", [], row, first.start, self.toks[self.pos - 1].end)
                if items:
                    self.count_loose(items)
                    return self.tree("at", [made], items, first.start, self.toks[self.pos - 1].end)
                return made
        # A run of letters that is split on the way adds tokens: what lies behind moves.
        many = len(self.toks)
        of = self.target(begin, above[0], above[1])
        wrt = self.target(wrt_at + len(self.toks) - many, below[0], below[1] + len(self.toks) - many)
        self.pos = (below[1] if end is None else end) + len(self.toks) - many
        return self.tree("deriv", [of, wrt], None, first.start, self.toks[self.pos - 1].end)

    def target(self, at: int, offset: int, end: int) -> Tree:
        """The name or bracket of a differential, without its d."""
        t = self.toks[at]
        if offset:
            t = Token("word", t.value[1:], t.start + 1, t.end)
            t.space = True
            self.toks[at] = t
        self.pos = at
        self.enter(t)
        many = len(self.toks)
        found = self.factor()
        self.depth -= 1
        if self.pos != end + len(self.toks) - many:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "the end of the differential")
        return found

    def operator(self, start: int, at: int, below: tuple[int, int]) -> Tree:
        """d/dz (…): the operator takes the bracket or the factors that follow."""
        wrt = self.target(at + (0 if below[0] else 1), below[0], below[1])
        return self.operated(start, wrt)

    def operated(self, start: int, wrt: Tree) -> Tree:
        t = self.toks[self.pos]
        if not self.starts_operand(t):
            raise self.fail("a derivative of nothing", t, "what is differentiated")
        self.enter(t)
        of = self.factor() if t.kind in ("(", "[", "{", r"\{") else self.product()
        self.depth -= 1
        return self.tree("deriv", [of, wrt], None, self.toks[start].start, of.end)

    def fraction_derivative(self, token: Token) -> Tree | None:
        r"""\frac{\partial L}{\partial v}, \frac{d}{dz}(…); the position stands behind \frac."""
        a = self.toks[self.pos]
        if a.kind != "{":
            return None
        b = self.toks[a.mate + 1]
        if b.kind != "{":
            return None
        start = self.pos
        k = start + 1
        first = self.toks[k]
        if not (
            first.kind == "partial"
            or (first.kind == "word" and first.value[0] == "d" and first.value not in self.scope.rows)
        ):
            return None
        below = self.differential(a.mate + 2)
        if below is None or below[1] != b.mate:
            return None
        if k + 1 == a.mate and (first.kind == "partial" or first.value == "d"):
            wrt = self.target(a.mate + 2 + (0 if below[0] else 1), below[0], below[1])
            self.pos = b.mate + 1
            return self.operated(start - 1, wrt)
        above = self.differential(k)
        if above is None or above[1] != a.mate:
            return None
        begin = self.pos
        made = self.quotient(k, above, a.mate + 2, below, b.mate + 1)
        made.start = self.toks[begin - 1].start
        return made

    def nabla(self, token: Token) -> Tree:
        self.enter(token)
        found = self.nabla_of(token)
        self.depth -= 1
        return found

    def nabla_of(self, token: Token) -> Tree:
        self.pos += 1
        if self.toks[self.pos].kind != "_":
            raise self.fail("∇ needs the name it differentiates by", token, "∇_w L")
        inner = self.toks[self.pos + 1]
        start = self.pos - 1
        if inner.kind == "{":
            self.pos += 2
            wrt = self.guarded(self.additive)
            self.expect("}", "the end of the name")
        else:
            self.pos += 1
            wrt = self.primary(inner)
        t = self.toks[self.pos]
        if t.kind == "word" and self.scope.adjoints and wrt.op == "name":
            row = self.scope.adjoints.get(f"d{t.value}/d{canonical(wrt.value.name)}")
            if row is not None:
                self.pos += 1
                return self.tree("name", [], row, token.start, t.end)
        return self.operated(start, wrt)
