"""Brackets, bars, fractions, roots, matrices and cases."""

from __future__ import annotations

from typing import Any

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import Tree, is_condition
from derivations.notation.read.grammar.runs import Naming
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.words import ELSE, IF, UNLESS


class Brackets(Naming):
    """Brackets, bars, fractions, roots, matrices and cases."""

    def bracket(self, token: Token) -> Tree:
        """(…), […], {…}: a group, a vector, an indicator, cases."""
        close_kind = {"(": ")", "{": "}", "[": "]", r"\{": r"\}"}[token.kind]
        opened = self.pos
        self.pos += 1
        if token.mate == self.pos:
            raise self.fail("an empty bracket", token, "a value", span=(token.start, self.toks[token.mate].end))
        bars, self.bars = self.bars, []
        inner = self.full()
        if self.toks[self.pos].kind in (",", ";") and self.toks[self.pos].kind != close_kind:
            inner = self.listed(inner, token, opened)
        self.bars = bars
        close = self.toks[self.pos]
        if close.kind != close_kind or self.pos != token.mate:
            raise self.fail(self.unexpected(close), close, f"an operator, or the {close_kind} of this bracket")
        self.pos += 1
        if token.kind == "[" and is_condition(inner):
            return self.tree("ind", [inner], None, token.start, close.end)
        if inner.op in ("list", "rows"):
            inner.start, inner.end = token.start, close.end
            return inner
        return self.tree("group", [inner], token.kind, token.start, close.end)

    def listed(self, first: Tree, token: Token, opened: int) -> Tree:
        """The rest of a vector or matrix in brackets: 1, 0, 1 or rows of them; or cases: v, c; w, d."""
        entries, rows = [first], []
        while self.toks[self.pos].kind in (",", ";", "newline"):
            kind = self.toks[self.pos].kind
            self.pos += 1
            if self.pos == token.mate:
                raise self.fail(self.unexpected(self.toks[self.pos - 1]), self.toks[self.pos - 1], "another entry")
            if kind == ";":
                rows.append(entries)
                entries = []
            entries.append(self.full())
        rows.append(entries)
        if any(is_condition(e) for row in rows for e in row):
            flat: list[Tree] = []
            for row in rows if len(rows) > 1 else [rows[0][k : k + 2] for k in range(0, len(rows[0]), 2)]:
                if len(row) != 2 or is_condition(row[0]) == is_condition(row[1]):
                    raise self.fail("a case is a value and its condition", self.toks[self.pos], "value, condition")
                flat += row if is_condition(row[0]) else [row[1], row[0]]
            return self.tree("cases", flat, False, token.start, self.toks[self.pos].end)
        if len(rows) == 1:
            if all(e.op == "list" for e in rows[0]):
                return self.tree(
                    "rows",
                    [self.tree("row", e.args, None, e.start, e.end) for e in rows[0]],
                    None,
                    token.start,
                    self.toks[self.pos].end,
                )
            return self.tree("list", rows[0], None, token.start, self.toks[self.pos].end)
        if all(len(r) == 1 for r in rows):
            return self.tree("list", [r[0] for r in rows], None, token.start, self.toks[self.pos].end)
        return self.tree(
            "rows",
            [self.tree("row", r, None, r[0].start, r[-1].end) for r in rows],
            None,
            token.start,
            self.toks[self.pos].end,
        )

    def argument(self) -> Tree:
        r"""An argument of \frac: a group, or one symbol."""
        token = self.toks[self.pos]
        self.enter(token)
        if token.kind == "{":
            if token.mate == self.pos + 1:
                raise self.fail(
                    "an empty fraction",
                    token,
                    "a numerator and a denominator",
                    span=(token.start, self.toks[token.mate].end),
                )
            self.pos += 1
            inner = self.guarded(self.full)
            close = self.expect("}", "the end of this part of the fraction")
            inner = self.tree("group", [inner], "{", token.start, close.end)
        elif token.kind == "word" and self.toks[self.pos + 1].kind == "num" and len(token.value) == 1:
            self.toks[self.pos + 1].space = True  # \frac a2 is a/2
            inner = self.primary(token)
        elif token.kind == "word" and len(token.value) == token.end - token.start > 1 and not self.known(token.value):
            self.split_word(token, 1)
            inner = self.primary(token)
        elif token.kind in ("num", "word", "frac", "sqrt", "ones"):
            inner = self.primary(token)
        else:
            raise self.fail("an empty fraction", token, "a numerator and a denominator")
        self.depth -= 1
        return inner

    def fraction(self, token: Token) -> Tree:
        self.pos += 1
        found = self.fraction_derivative(token)
        if found is not None:
            return found
        above = self.argument()
        below = self.argument()
        return self.tree("div", [above, below], None, token.start, below.end)

    def root(self, token: Token) -> Tree:
        self.pos += 1
        degree: Tree | None = None
        after = self.toks[self.pos]
        if token.kind == "sqrt" and after.kind == "[" and token.value == r"\sqrt":
            self.pos += 1
            degree = self.guarded(self.full)
            self.expect("]", "the end of the degree of the root")
        after = self.toks[self.pos]
        if not self.starts_operand(after):
            raise self.fail("an empty root", after, "a value under the root")
        if after.kind == "{" and after.mate == self.pos + 1:
            raise self.fail(
                "an empty root", after, "a value under the root", span=(after.start, self.toks[after.mate].end)
            )
        command = token.value == r"\sqrt"
        if command and after.kind == "num" and len(after.value) > 1 and after.value.isdigit():
            raise self.fail(
                f"{self.text[token.start : after.end]} reads two ways: printed, the root is over one digit", after,
                "braces around what is under the root", "ambiguous",
                readings=put(self.text, (after.start, after.end), f"{{{after.value}}}",
                    f"{{{after.value[0]}}} * {after.value[1:]}"),
            )  # fmt: skip
        if (
            command
            and after.kind == "word"
            and len(after.value) == after.end - after.start > 1
            and not self.known(after.value)
        ):
            self.split_word(after, 1)  # \sqrt ab is (√a) b, as it prints
        elif not command and after.kind == "[" and self.toks[after.mate + 1].kind in ("(", "{"):
            raise self.fail(
                "the degree of this root is not read",
                after,
                r"\sqrt[3]{a}, or a^(1/3)",
                span=(after.start, self.toks[after.mate].end),
            )
        self.enter(after)
        inner = self.primary(after)
        self.depth -= 1
        if not command and after.kind in ("word", "num"):
            self.root_ends(token, inner)
        if token.kind == "sqrt" and degree is None:
            return self.tree("special", [inner], "sqrt", token.start, inner.end)
        if degree is None:
            degree = self.tree(
                "num", [], number(Token("num", "3" if token.kind == "cbrt" else "4", 0, 0)), token.start, token.end
            )
        return self.tree("special", [inner, degree], "root", token.start, inner.end)

    def root_ends(self, token: Token, inner: Tree) -> None:
        """√2π, √ab, √x²: the sign has no line over what it takes, so these read two ways."""
        end = inner.args[0].end if inner.op == "prod" else inner.end
        after = self.toks[self.pos]
        stop = inner.end
        if not after.space and after.kind in ("word", "num", "^") and after.start == inner.end:
            while not after.space and (self.starts_operand(after) or after.kind == "^"):
                if after.kind == "^":
                    self.raised(inner)
                else:
                    self.factor()
                stop, after = self.toks[self.pos - 1].end, self.toks[self.pos]
        if stop > end:
            sign = self.text[token.start : inner.start]
            raise self.fail(
                f"{self.text[token.start : stop]} reads two ways", span=(token.start, stop), tag="ambiguous",
                expected="brackets around what is under the root",
                readings=put(self.text, (token.start, stop),
                    f"({sign}({self.text[inner.start : end]})){self.text[end:stop]}",
                f"{sign}({self.text[inner.start : stop]})"),
            )  # fmt: skip

    def bar(self, token: Token) -> Tree:
        """|x|, ‖x‖. `||` opens a norm, or two bars; it closes one or the other."""
        save, notes, loose = self.pos, len(self.notes), len(self.loose)
        try:
            return self.bar_as(token, token.kind)
        except ReadError as error:
            if token.kind != "||" or token.value or self.retries >= 4 or error.tag != "brackets":
                raise
            self.retries += 1
            self.pos = save
            del self.notes[notes:], self.loose[loose:]
            token.kind = "|"
            middle = (token.start + token.end) // 2
            second = Token("|", "", middle, token.end)
            token.end = middle
            self.insert(save + 1, second)
            try:
                return self.bar_as(token, "|")
            except ReadError as second_error:
                raise (error if second_error.tag == "brackets" else second_error) from None

    def bar_as(self, token: Token, kind: str) -> Tree:
        depth = len(self.bars)
        self.bars.append(kind)
        level = self.depth
        self.enter(token)
        try:
            self.pos += 1
            inner = self.full()
            close = self.toks[self.pos]
            if close.kind == "||" and kind == "|":
                # |a||b|: one bar closes, the other is left for what follows
                close.kind = "|"
                middle = (close.start + close.end) // 2
                rest = Token("|", "", middle, close.end)
                close.end = middle
                self.insert(self.pos + 1, rest)
            elif close.kind == "|" and kind == "||" and self.toks[self.pos + 1].kind == "|":
                self.pos += 1
            elif close.kind != kind or close.value == "open":
                raise self.fail(
                    self.unexpected(close)
                    if close.kind != "end of text"
                    else f"this {self.shown(token)} is never closed",
                    close if close.kind != "end of text" else token,
                    "‖" if kind == "||" else "|",
                    tag="brackets",
                )
            self.pos += 1
        finally:
            del self.bars[depth:]
            self.depth = level
        end = self.toks[self.pos - 1].end
        if kind == "|":
            return self.tree("bars", [inner], None, token.start, end)
        degree: Any = ""
        if self.toks[self.pos].kind == "_":
            items, self.pos = self.subscript(self.pos)
            degree = str(items[0][1])
            end = items[-1][3]
            if len(items) != 1 or degree not in ("1", "2", "F", "infty", "infinity"):
                raise self.fail(
                    f"the norm {degree[:20]} is not read", expected="_1, _2 or _F", span=(items[0][2], items[-1][3])
                )
        return self.tree("norm", [inner], degree, token.start, end)

    def environment(self, token: Token) -> Tree:
        if token.value == "cases":
            return self.cases(token)
        self.pos += 1
        rows: list[list[Tree]] = [[]]
        bars, self.bars = self.bars, []
        while self.pos < token.mate:
            kind = self.toks[self.pos].kind
            if kind == "newline":
                if rows[-1]:
                    rows.append([])
                self.pos += 1
            elif kind == "&":
                self.pos += 1
            else:
                rows[-1].append(self.full())
                if self.pos < token.mate and self.toks[self.pos].kind not in ("&", "newline"):
                    raise self.fail(self.unexpected(self.toks[self.pos]), None, "& or the next row")
        self.bars = bars
        if not rows[-1]:
            rows.pop()
        end = self.toks[token.mate].end
        self.pos = token.mate + 1
        if not rows:
            raise self.fail("an empty matrix", token, "entries")
        made = self.tree(
            "rows", [self.tree("row", r, None, r[0].start, r[-1].end) for r in rows], None, token.start, end
        )
        if token.value == "vmatrix":
            return self.tree("special", [made], "det", token.start, end)
        return made

    def cases(self, token: Token) -> Tree:
        r"""\begin{cases}: rows of a value and its condition, either first."""
        self.pos += 1
        args: list[Tree] = []
        otherwise: Tree | None = None
        bars, self.bars = self.bars, []
        while self.pos < token.mate:
            if self.toks[self.pos].kind == "newline":
                self.pos += 1
                continue
            start = self.toks[self.pos]
            found: list[Tree] = []
            rest = False
            while self.pos < token.mate and self.toks[self.pos].kind != "newline":
                here = self.toks[self.pos]
                if here.kind in ("&", ",", ";", ".", ":") or (here.kind == "word" and here.value in IF):
                    self.pos += 1
                elif here.kind == "word" and here.value in UNLESS:
                    self.pos += 1
                    found.append(self.denied(self.logic()))
                elif (here.kind == "word" and here.value in ELSE) or (
                    here.kind == "text"
                    and here.value.rstrip(".,").lower() in ("otherwise", "else", "o.w", "o.w.", "if not")
                ):
                    rest = True
                    self.pos += 1
                elif here.kind == "text" and here.value.startswith(("if", "for", "when")) and len(here.value) < 6:
                    self.pos += 1
                else:
                    found.append(self.logic())
            conditions = [f for f in found if is_condition(f)]
            values = [f for f in found if not is_condition(f)]
            if len(values) != 1 or (rest and conditions) or (not rest and not conditions):
                raise self.fail(
                    "a case is a value and its condition", start, r"value & condition \\ or value & otherwise"
                )
            if rest:
                if otherwise is not None:
                    raise self.fail("a second otherwise", start, "one otherwise, at the end")
                otherwise = values[0]
            else:
                condition = (
                    conditions[0]
                    if len(conditions) == 1
                    else self.tree("and", conditions, None, conditions[0].start, conditions[-1].end)
                )
                args += [condition, values[0]]
        self.bars = bars
        end = self.toks[token.mate].end
        self.pos = token.mate + 1
        if not args and otherwise is None:
            raise self.fail("cases without a case", token, r"value & condition")
        self.beside(args[::2])
        return self.tree("cases", args + ([otherwise] if otherwise else []), otherwise is not None, token.start, end)
