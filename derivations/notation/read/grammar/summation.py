"""Σ, Π, max_i, mean_i: the index below, the end above, and the body as mathematicians read it."""

from __future__ import annotations

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import Binder, Tree
from derivations.notation.read.grammar.differentials import Differentials
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.spelling import GREEK
from derivations.notation.words import BINDERS


class Summation(Differentials):
    """Σ, Π, max_i, mean_i: the index below, the end above, and the body as mathematicians read it."""

    def big(self, op: str, token: Token) -> Tree:
        """Σ, Π, max_i, mean_i: the index below, the end above, and the body."""
        self.enter(token)
        binders: list[Binder] = []
        upper: Tree | None = None
        while True:
            t = self.toks[self.pos]
            if t.kind == "_" and not binders:
                binders = self.below()
            elif t.kind == "^" and upper is None:
                self.pos += 1
                upper = self.above()
            else:
                break
        if upper is not None:
            if not binders:
                raise self.fail(
                    "a sum with an end and no index", token, "an index below, as in sum_{i=1}^n", tag="index"
                )
            binders[-1].upper = upper
            for b in binders[:-1]:
                if b.lower is not None and b.upper is None:
                    b.upper = upper
        made = self.body(op, token, binders)
        self.depth -= 1
        return made

    def body(self, op: str, token: Token, binders: list[Binder]) -> Tree:
        """The body: the product that follows, as mathematicians read it."""
        letters = [b.letter for b in binders]
        for letter in letters:
            self.bound[letter] = self.bound.get(letter, 0) + 1
        t = self.toks[self.pos]
        seen = len(self.loose)
        start = t.start
        if not self.starts_operand(t) and t.kind not in ("-", "+") and t.kind not in ("|", "||"):
            raise self.fail(
                "a sum of nothing" if op == "sum" else f"{op} of nothing",
                t,
                "what is summed" if op == "sum" else "a value",
            )
        sign = False
        while t.kind in ("-", "+"):
            sign ^= t.kind == "-"
            self.pos += 1
            t = self.toks[self.pos]
        inner = self.product()
        if sign:
            inner = self.tree("neg", [inner], None, start, inner.end)
        for letter in letters:
            self.bound[letter] -= 1
        if (
            op not in ("sum", "mean")
            and inner.op == "prod"
            and inner.value[-1] == "/"
            and letters
            and not self.mentions(inner.args[-1], letters)
        ):
            raise self.divided(token, inner)
        loose = self.loose[seen:] if not binders else []
        made = self.tree("big", [inner], (op, binders, loose), token.start, inner.end)
        if not binders and loose:
            only = {letter for letter, _ in loose}
            if len(only) == 1:
                del self.loose[seen:]
        self.trailing = (self.pos, made)
        return made

    def mentions(self, t: Tree, letters: list[str]) -> bool:
        """Whether one of these letters may stand in what was written."""
        return any(
            tok.kind == "word" and any(letter in tok.value for letter in letters)
            for tok in self.toks
            if t.start <= tok.start < t.end
        )

    def divided(self, token: Token, inner: Tree) -> ReadError:
        """`Π_j x_j / c`, `max_j x_j / c`: every entry is divided, or the whole is."""
        above, below = inner.args[:-1], inner.args[-1]
        head, factors = self.text[token.start : inner.start].rstrip(), self.text[inner.start : above[-1].end]
        return self.fail(
            f"{self.text[token.start : inner.end]} reads two ways", span=(token.start, inner.end), tag="ambiguous",
            expected="brackets around what is divided",
            readings=put(self.text, (token.start, inner.end), f"{head} ({self.source(inner)})",
                f"({head} {factors})/{self.source(below)}"),
        )  # fmt: skip

    def below(self) -> list[Binder]:
        """What stands below a Σ: i, ij, i=1, j≤i, k≠i, 1≤i≤n."""
        mark = self.toks[self.pos]
        t = self.toks[self.pos + 1]
        if t.kind in ("{", "(", "["):
            begin, stop = self.pos + 2, t.mate
            if begin == stop:
                raise self.fail("an empty subscript", t, "an index", tag="index")
            binders: list[Binder] = []
            at = begin
            while at < stop:
                end = at
                while end < stop and self.toks[end].kind not in (",", "newline"):
                    end = self.toks[end].mate + 1 if self.toks[end].mate > end else end + 1
                binders += self.one_below(at, end)
                at = end + 1
            self.pos = stop + 1
            return binders
        if t.kind != "word":
            raise self.fail(
                "an index was expected below",
                t,
                "an index, as in sum_i",
                tag="index",
                span=(mark.start, max(t.end, mark.end)),
            )
        self.pos += 2
        after = self.toks[self.pos]
        value, end = t.value, t.end
        while after.kind == "'" and not after.space:
            value += "'"
            end = after.end
            self.pos += 1
            after = self.toks[self.pos]
        if (
            len(value) > 1
            and value not in GREEK
            and "'" not in value
            and end - t.start == len(value)
            and value not in self.scope.indices
            and self.split_tail(value[1:])
        ):
            # sum_ix_i: one letter is the index, as LaTeX has it, unless the run is letters of indices
            self.split_word(t, 1)
            value, end = t.value, t.end
        letters = self.letters(value)
        made = [Binder(letter, t.start, end) for letter in letters]
        after = self.toks[self.pos]
        if (
            after.kind == "rel"
            and after.value == "="
            and len(made) == 1
            and not after.space
            and self.toks[self.pos + 1].kind == "num"
        ):
            self.pos += 1
            n = self.toks[self.pos]
            made[0].lower = self.tree("num", [], number(n), n.start, n.end)
            self.pos += 1
        return made

    def one_below(self, at: int, end: int) -> list[Binder]:
        toks = self.toks
        rels = [k for k in range(at, end) if toks[k].kind == "rel"]
        words = [k for k in range(at, end) if toks[k].kind == "word"]
        if not words:
            raise self.fail("an index was expected below", toks[at], "an index, as in sum_{i=1}^n", tag="index")
        if not rels:
            made: list[Binder] = []
            k = at
            while k < end:
                t = toks[k]
                if t.kind == "'" and made:
                    made[-1].letter += "'"
                elif t.kind == "word":
                    made += [Binder(letter, t.start, t.end) for letter in self.letters(t.value)]
                elif t.kind in ("in", ":"):
                    return self.condition_below(made, k, end)
                else:
                    raise self.fail(
                        f"{self.shown(t)!r} does not belong below a sum", t, "an index, as in sum_{i=1}^n", tag="index"
                    )
                k += 1
            return made
        first = rels[0]
        for k in range(at, first):
            if toks[k].kind in (":", "|"):
                made = [Binder(letter, toks[at].start, toks[at].end) for letter in self.letters(toks[at].value)]
                return self.condition_below(made, k, end)
        alone = first == at + 1 and toks[at].kind == "word"
        if alone and toks[first].value == "=" and len(rels) == 1:
            binder = Binder(toks[at].value, toks[at].start, toks[first].end)
            binder.lower = self.between(first + 1, end)
            return [binder]
        if (
            len(rels) == 2
            and toks[rels[0]].value in ("<=", "<")
            and toks[rels[1]].value in ("<=", "<")
            and rels[1] == rels[0] + 2
            and toks[rels[0] + 1].kind == "word"
        ):
            t = toks[rels[0] + 1]
            if not self.bound.get(t.value):
                binder = Binder(t.value, t.start, t.end)
                if toks[rels[0]].value == "<=" and toks[rels[1]].value == "<=":
                    binder.lower = self.between(at, rels[0])
                    binder.upper = self.between(rels[1] + 1, end)
                    return [binder]
                return self.condition_below([binder], at - 1, end)
        candidates = [
            k
            for k in (at, rels[-1] + 1)
            if k < end
            and toks[k].kind == "word"
            and ((k == at and alone) or k == end - 1)
            and not self.bound.get(toks[k].value)
        ]
        fresh = [k for k in candidates if toks[k].value not in self.scope.indices] or candidates
        if not fresh:
            raise self.fail(
                "no index stands below this sum",
                toks[at],
                "an index, as in sum_{j <= i}",
                tag="index",
                span=(toks[at].start, toks[end - 1].end),
            )
        t = toks[fresh[0]]
        return self.condition_below([Binder(t.value, t.start, t.end)], at - 1, end)

    def condition_below(self, made: list[Binder], mark: int, end: int) -> list[Binder]:
        """Indices with a condition on them, which stands after position `mark`."""
        if (mark >= 0 and self.toks[mark].kind == "in") or not made:
            raise self.fail(
                "a set below a sum is not read",
                self.toks[mark],
                "an index with its ends or a condition, as in sum_{j <= i}",
                tag="index",
            )
        for b in made:
            self.bound[b.letter] = self.bound.get(b.letter, 0) + 1
        self.pos = mark + 1
        condition = self.logic()
        for b in made:
            self.bound[b.letter] -= 1
        if self.pos != end:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "the end of the condition", tag="index")
        made[-1].conditions.append(condition)
        return made

    def between(self, at: int, end: int) -> Tree:
        """The value between two positions, whole."""
        self.pos = at
        if at >= end:
            raise self.fail("an empty end of a range", self.toks[at], "a number or a size", tag="index")
        found = self.additive()
        if self.pos != end:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "the end of the range", tag="index")
        return found

    def above(self) -> Tree:
        """What stands above a Σ."""
        t = self.toks[self.pos]
        if t.kind in ("{", "("):
            stop = t.mate
            found = self.between(self.pos + 1, stop)
            self.pos = stop + 1
            return found
        if t.kind == "num":
            self.pos += 1
            return self.tree("num", [], number(t), t.start, t.end)
        if t.kind == "word":
            if (
                len(t.value) > 1
                and t.value not in self.scope.sizes
                and t.value not in self.scope.rows
                and t.end - t.start == len(t.value)
                and (
                    t.value[0] in self.scope.sizes or t.value[0] in self.scope.rows or t.value[0] in self.scope.indices
                )
            ):
                self.split_word(t, 1)
            if t.value in self.scope.sizes and self.toks[self.pos + 1].kind != "_":
                self.pos += 1
                return self.tree("size", [], self.scope.sizes[t.value], t.start, t.end)
            return self.primary(t)
        raise self.fail("an empty end of a range", t, "a number or a size", tag="index")

    def called_binder(self, name: str, token: Token) -> Tree | None:
        """max(z_k, k), mean(x_i, i): a binder written as a call; None for an ordinary call."""
        bracket = self.toks[self.pos]
        commas = self.commas(self.pos)
        if len(commas) == 1 and commas[0] == bracket.mate - 2:
            t = self.toks[bracket.mate - 1]
            if t.kind == "word" and not self.known(t.value) and len(t.value) == 1:
                return self.called_big(BINDERS[name], token)
        return None

    def called_big(self, op: str, token: Token) -> Tree:
        """sum(x_i, i), Sum(x_i, (i, 1, n)), sum(x_i, i, 1, n), Sum(x_i)."""
        at = self.pos
        bracket = self.toks[at]
        if bracket.mate == at + 1:
            raise self.fail(
                "a sum of nothing", bracket, "what is summed", span=(bracket.start, self.toks[bracket.mate].end)
            )
        self.enter(bracket)
        commas = self.commas(at)
        binders: list[Binder] = []
        stop = bracket.mate
        if commas:
            ends = [*commas[1:], stop]
            pieces = [(a + 1, b) for a, b in zip(commas, ends, strict=True)]
            k = 0
            while k < len(pieces):
                a, b = pieces[k]
                t = self.toks[a]
                if t.kind == "(" and t.mate == b - 1:
                    inner = self.commas(a)
                    if not inner or self.toks[a + 1].kind != "word":
                        raise self.fail("a range is (i, 1, n)", t, "(i, 1, n)", tag="index")
                    binder = Binder(self.toks[a + 1].value, self.toks[a + 1].start, self.toks[a + 1].end)
                    bounds = [(x + 1, y) for x, y in zip(inner, [*inner[1:], t.mate], strict=True)]
                    if len(bounds) > 2:
                        raise self.fail("a range is (i, 1, n)", t, "(i, 1, n)", tag="index")
                    if len(bounds) == 2:
                        binder.lower = self.between(*bounds[0])
                    binder.upper = self.between(*bounds[-1])
                    binders.append(binder)
                elif t.kind == "word" and (b == a + 1):
                    binder = Binder(t.value, t.start, t.end)
                    if k + 2 < len(pieces) and self.toks[pieces[k + 1][0]].kind == "num":
                        binder.lower = self.between(*pieces[k + 1])
                        binder.upper = self.between(*pieces[k + 2])
                        k += 2
                    binders.append(binder)
                elif t.kind == "word" and self.toks[a + 1].kind == "rel" and self.toks[a + 1].value == "=":
                    binder = Binder(t.value, t.start, t.end)
                    binder.lower = self.between(a + 2, b)
                    if k + 1 < len(pieces):
                        binder.upper = self.between(*pieces[k + 1])
                        k += 1
                    binders.append(binder)
                else:
                    raise self.fail(
                        "the index of the sum was expected", t, "sum(x_i, i) or Sum(x_i, (i, 1, n))", tag="index"
                    )
                k += 1
            stop = commas[0]
        letters = [b.letter for b in binders]
        for letter in letters:
            self.bound[letter] = self.bound.get(letter, 0) + 1
        self.pos = at + 1
        seen = len(self.loose)
        inner_tree = self.guarded(self.full)
        for letter in letters:
            self.bound[letter] -= 1
        if self.pos != stop:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "an operator, or the end of the sum")
        self.pos = bracket.mate + 1
        self.depth -= 1
        loose = self.loose[seen:] if not binders else []
        if not binders and len({letter for letter, _ in loose}) == 1:
            del self.loose[seen:]
        return self.tree("big", [inner_tree], (op, binders, loose), token.start, self.toks[bracket.mate].end)
