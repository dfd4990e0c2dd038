r"""Tokens into a surface tree, by precedence climbing; the declared names settle what grammar cannot.

    statement   chain of values and relations
    full        logic, or cases written in line: `v if c, w if d`, `v if c else w`
    logic       relation (and|or relation)…
    relation    additive (< additive)…
    additive    ± product ± product …
    product     juxtaposed factors, joined by * · @ ⊙ /
    factor      primary with its subscripts, powers, primes, transposes
    primary     numeral, name, bracket, function, Σ, fraction, root, cases, bars, derivative

A surface tree says what was written (`Tree.op`); what it means, its shapes included, is settled in `lower`.
"""

from __future__ import annotations

from typing import Any

from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.scope import Scope
from derivations.notation.spelling import ACCENTS, GREEK, canonical, parts
from derivations.notation.tokens import MAX_DEPTH, Token, Tokens, number
from derivations.notation.words import AND, BINDERS, COMPARISONS, ELSE, FUNCTIONS, IF, KEYWORDS, NOT, OPERAND, OR, PREFIXES, PRODUCT, SINCE, TRIG, TRUTH

MAX_NODES = 4_000
MAX_ATTACHED = 20
MAX_SUBSCRIPTS = 12


class Tree:
    """A node of the surface tree: what was written, its parts, and where."""

    __slots__ = ("args", "end", "op", "start", "value")

    def __init__(self, op: str, args: list[Tree], value: Any, start: int, end: int):
        self.op = op
        self.args = args
        self.value = value
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        inside = ", ".join([repr(self.value)] * (self.value is not None) + [repr(a) for a in self.args])
        return f"{self.op}({inside})"


Item = tuple[str, Any, int, int]
"""A subscript as written: ("word", "ij"), ("num", "12"), ("affine", ({letter: coefficient}, constant)), ("slice", None), with its span."""


class Binder:
    """What stands below and above a Σ: an index letter, its lower and upper end, further conditions."""

    __slots__ = ("conditions", "end", "letter", "lower", "start", "upper")

    def __init__(self, letter: str, start: int, end: int):
        self.letter = letter
        self.lower: Tree | None = None
        self.upper: Tree | None = None
        self.conditions: list[Tree] = []
        self.start = start
        self.end = end


class Parser:
    """One reading of one text. `choice` settles a text with two readings: None refuses, 0 the first, 1 the second."""

    def __init__(self, text: str, tokens: Tokens, scope: Scope, choice: int | None = None):
        self.text = text
        self.toks: list[Token] = tokens
        self.scope = scope
        self.choice = choice
        self.pos = 0
        self.depth = 0
        self.nodes = 0
        self.retries = 0
        self.bound: dict[str, int] = {}
        self.bars: list[str] = []
        self.loose: list[tuple[str, int]] = []
        self.used: list[str] = []
        self.notes: list[Note] = list(tokens.notes)
        self.trailing: tuple[int, Tree] | None = None
        self.ambiguous = False

    # ------------------------------------------------------------ helpers

    def fail(self, message: str, token: Token | None = None, expected: str = "", tag: str = "syntax", nearest: tuple[str, ...] = (), readings: tuple[str, ...] = (), span: tuple[int, int] | None = None) -> ReadError:
        token = token or self.toks[self.pos]
        return ReadError(message, span or (token.start, max(token.end, token.start + 1)), expected, nearest, readings, self.text, tag)

    def note(self, tag: str, message: str, start: int, end: int) -> None:
        self.notes.append(Note(tag, message, (start, end)))

    def tree(self, op: str, args: list[Tree], value: Any, start: int, end: int) -> Tree:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.fail(f"the formula has more than {MAX_NODES:,} parts", tag="limit")
        return Tree(op, args, value, start, end)

    def shown(self, token: Token) -> str:
        return self.text[token.start : token.end] or token.kind

    def source(self, tree: Tree) -> str:
        return self.text[tree.start : tree.end]

    def expect(self, kind: str, what: str) -> Token:
        token = self.toks[self.pos]
        if token.kind != kind:
            raise self.fail(self.unexpected(token), token, what)
        self.pos += 1
        return token

    def unexpected(self, token: Token) -> str:
        if token.kind == "end of text":
            return "the formula ends here"
        if token.kind == "rel" and token.value == "=":
            return "an = stands where an expression was asked"
        return f"{self.shown(token)!r} does not belong here"

    # ------------------------------------------------------------ values and conditions

    def full(self) -> Tree:
        """A value or condition, an array by its entries, or cases written in line."""
        token = self.toks[self.pos]
        if token.kind == "word" or token.kind == "(":
            heads = self.array_heads(token)
            if heads is not None:
                return self.array(token, *heads)
        value = self.additive() if token.kind != "not" and token.value not in NOT else self.logic()
        token = self.toks[self.pos]
        kind = token.kind
        if kind == "rel" or kind == "and" or kind == "or" or (kind == "word" and token.value in AND | OR):
            value = self.logic_from(value)
            token = self.toks[self.pos]
        if token.kind == "word" and token.value in IF and value.op not in _CONDITIONS:
            return self.inline_cases(value)
        return value

    def array_heads(self, token: Token) -> tuple[list[tuple[str, Any, Token]], int] | None:
        """The indices before an arrow, `j ->`, `(i, j:d) ->`, and the position behind it; None where there is no arrow."""
        toks = self.toks
        if token.kind == "word":
            after = toks[self.pos + 1].kind
            if after not in ("mapsto", "rel", ":"):
                return None
            begin, stop = self.pos, self.pos + (3 if after == ":" else 1)
            if stop >= len(toks):
                return None
        else:
            begin, stop = self.pos + 1, token.mate
            if toks[stop + 1].kind not in ("mapsto", "rel"):
                return None
            stop += 1
        arrow = toks[stop]
        if arrow.kind != "mapsto" and not (arrow.kind == "rel" and self.shown(arrow) == "->"):
            return None
        heads: list[tuple[str, Any, Token]] = []
        k = begin
        last = stop - 1 if token.kind == "(" else stop
        while k < last:
            t = toks[k]
            if t.kind != "word":
                return None
            size: Any = None
            if toks[k + 1].kind == ":":
                t2 = toks[k + 2]
                size = self.scope.sizes.get(t2.value) or (int(t2.value) if t2.kind == "num" and t2.value.isdigit() and len(t2.value) < 6 else None)
                k += 3
                if size is None and k < last and toks[k].kind in ("_", "num"):
                    items, k = self.subscript(k) if toks[k].kind == "_" else ([("num", toks[k].value, 0, 0)], k + 1)
                    size = self.scope.sizes.get(t2.value + "_" + "".join(str(i[1]) for i in items))
                if size is None:
                    raise self.fail(f"{self.shown(t2)} is no size", t2, "a size", "index")
            else:
                k += 1
            heads.append((t.value, size, t))
            if k < last and toks[k].kind != ",":
                return None
            k += 1
        return (heads, stop + 1) if heads else None

    def array(self, token: Token, heads: list[tuple[str, Any, Token]], after: int) -> Tree:
        """`j -> a_j b_j`: the array with these entries."""
        self.enter(token)
        self.pos = after
        for letter, _, _ in heads:
            self.bound[letter] = self.bound.get(letter, 0) + 1
        body = self.full()
        for letter, _, _ in heads:
            self.bound[letter] -= 1
        self.depth -= 1
        return self.tree("array", [body], [(letter, size) for letter, size, _ in heads], token.start, body.end)

    def inline_cases(self, first: Tree) -> Tree:
        """`v if c, w if d, u otherwise`, `v if c else w`, `v for c; w for d`."""
        pairs: list[tuple[Tree, Tree]] = []
        otherwise: Tree | None = None
        value = first
        while True:
            token = self.toks[self.pos]
            if token.kind == "word" and token.value in IF:
                self.pos += 1
                pairs.append((self.logic(), value))
            elif token.kind == "word" and token.value in ELSE:
                self.pos += 1
                otherwise = value
                break
            else:
                raise self.fail(self.unexpected(token), token, "if with a condition, or otherwise")
            save = self.pos
            token = self.toks[self.pos]
            comma = token.kind in (",", ";")
            if comma:
                self.pos += 1
                token = self.toks[self.pos]
            if token.kind == "word" and token.value in (AND | OR) and comma:
                self.pos += 1
                token = self.toks[self.pos]
            if token.kind == "word" and token.value in ELSE:
                self.pos += 1
                if self.toks[self.pos].kind == ":":
                    self.pos += 1
                otherwise = self.logic()
                after = self.toks[self.pos]
                if after.kind == "word" and after.value in IF and otherwise.op not in _CONDITIONS:
                    value, otherwise = otherwise, None
                    continue
                break
            if not comma or not (self.starts_operand(token) or token.kind in ("-", "+", "|", "||")):
                self.pos = save
                break
            value = self.logic()
            if self.toks[self.pos].kind == ",":
                self.pos += 1
        args = [t for pair in pairs for t in pair] + ([otherwise] if otherwise else [])
        return self.tree("cases", args, otherwise is not None, first.start, self.toks[self.pos - 1].end)

    # Few calls a level: brackets may nest a hundred deep within Python's recursion limit.

    def logic(self) -> Tree:
        """Relations joined by and, or, not."""
        first = self.clause()
        token = self.toks[self.pos]
        if token.kind in ("and", "or") or (token.kind == "word" and token.value in AND | OR):
            return self.logic_from(first)
        return first

    def logic_from(self, first: Tree) -> Tree:
        """The rest of a condition whose first value or clause was read; `and` binds tighter than `or`."""
        clauses = [self.compared(first)]
        alternatives: list[Tree] = []
        while True:
            token = self.toks[self.pos]
            if token.kind == "and" or (token.kind == "word" and token.value in AND):
                self.pos += 1
                clauses.append(self.clause())
            elif token.kind == "or" or (token.kind == "word" and token.value in OR):
                self.pos += 1
                alternatives.append(self.joined("and", clauses))
                clauses = [self.clause()]
            else:
                break
        return self.joined("or", [*alternatives, self.joined("and", clauses)])

    def joined(self, op: str, args: list[Tree]) -> Tree:
        return args[0] if len(args) == 1 else self.tree(op, args, None, args[0].start, args[-1].end)

    def clause(self) -> Tree:
        """A relation, or not a relation."""
        token = self.toks[self.pos]
        if token.kind == "not" or (token.kind == "word" and token.value in NOT):
            self.enter(token)
            self.pos += 1
            below = self.clause()
            self.depth -= 1
            return self.tree("not", [below], None, token.start, below.end)
        return self.compared(self.additive())

    def compared(self, left: Tree) -> Tree:
        """A value compared with the values that follow: a < b <= c."""
        token = self.toks[self.pos]
        if token.kind != "rel" or token.value not in COMPARISONS or left.op in _CONDITIONS:
            return left
        args, ops = [left], []
        while token.kind == "rel" and token.value in COMPARISONS:
            self.pos += 1
            ops.append(COMPARISONS[token.value])
            args.append(self.additive())
            token = self.toks[self.pos]
        return self.tree("rel", args, ops, left.start, args[-1].end)

    def additive(self) -> Tree:
        """Terms joined by + and -, a sign in front allowed."""
        token = self.toks[self.pos]
        start = token.start
        negative = False
        while token.kind in ("-", "+"):
            negative ^= token.kind == "-"
            self.pos += 1
            token = self.toks[self.pos]
        first = self.product()
        if negative:
            first = self.tree("neg", [first], None, start, first.end)
        kind = self.toks[self.pos].kind
        if kind != "+" and kind != "-":
            return first
        terms = [first]
        while kind == "+" or kind == "-":
            sums = self.trailing if self.trailing and self.trailing[0] == self.pos else None
            self.pos += 1
            negative = kind == "-"
            kind = self.toks[self.pos].kind
            while kind == "-" or kind == "+":
                negative ^= kind == "-"
                self.pos += 1
                kind = self.toks[self.pos].kind
            seen, used = len(self.loose), len(self.used)
            term = self.product()
            if negative:
                term = self.tree("neg", [term], None, term.start, term.end)
            kind = self.toks[self.pos].kind
            if sums is not None and (len(self.loose) > seen or len(self.used) > used) and self.extend(sums[1], term, seen, used):
                continue
            terms.append(term)
        if len(terms) == 1:
            return first
        return self.tree("add", terms, None, start, terms[-1].end)

    def extend(self, big: Tree, term: Tree, seen: int, used: int) -> bool:
        """A term after Σ that uses its index belongs under the Σ: `Σ_i a_i + b_i`, where i means nothing outside.

        Where i is declared, it may mean something outside as well: then the text reads two ways.
        """
        letters = {b.letter for b in big.value[1]} or {letter for letter, _ in self.loose[:seen]}
        if not any(letter in letters for letter, _ in self.loose[seen:]):
            twice = next((letter for letter in self.used[used:] if letter in letters), None)
            if twice is None or self.choice == 0:
                return False
            if self.choice is None:
                sign = self.text[big.end : term.start].strip()
                head, tail = self.text[: big.args[0].start], self.text[term.end :]
                inner, rest = self.source(big.args[0]), self.source(term)
                raise self.fail(
                    f"{rest} after the sum uses its index {twice}, which is declared as well: this reads two ways", span=(term.start, term.end), tag="ambiguous", expected="brackets",
                    readings=(f"{head}({inner}) {sign} {rest}{tail}", f"{head}({inner} {sign} {rest}){tail}"),
                )  # fmt: skip
        if big.value[1]:
            self.loose[seen:] = [pair for pair in self.loose[seen:] if pair[0] not in letters]
        body = big.args[0]
        if body.op == "add":
            body.args.append(term)
            body.end = term.end
        else:
            big.args[0] = self.tree("add", [body, term], None, body.start, term.end)
        big.end = term.end
        self.trailing = (self.pos, big)
        self.note("sum-extent", f"the sum was read to go on over {self.source(term)}, which uses its index", big.start, term.end)
        return True

    # ------------------------------------------------------------ products

    def starts_operand(self, token: Token) -> bool:
        """Whether a token starts an operand in the place of an operator: that is, juxtaposed."""
        kind = token.kind
        if kind == "word":
            return token.value not in KEYWORDS or (token.value in SINCE and self.segments(token.value) is not None)
        if kind in OPERAND:
            return True
        if kind in ("|", "||"):
            if token.value:
                return token.value == "open"
            return not self.bars
        return False

    def product(self, stop: bool = False) -> Tree:
        """Factors joined by juxtaposition and by * · @ ⊙ /. With `stop`, up to the next function or Σ."""
        first = self.juxtaposed(self.factor(), stop)
        kind = self.toks[self.pos].kind
        if kind not in PRODUCT and kind != "." and not (kind == "word" and self.hadamard_o()):
            return first
        args, ops = [first], []
        while True:
            token = self.toks[self.pos]
            kind = token.kind
            if kind in PRODUCT:
                op = PRODUCT[kind]
                after = self.toks[self.pos + 1]
                if stop and (after.kind in ("sum", "prod") or (after.kind == "word" and self.is_function(after, self.pos + 1))):
                    break
                if stop:
                    self.note("function-extent", f"a function without brackets was read to take {self.shown(token)} {self.shown(after)} as well", token.start, after.end)
            elif kind == "." and self.toks[self.pos + 1].kind in ("word", "(", "["):
                op = "dot"
            elif kind == "word" and self.hadamard_o():
                op = "odot"
                self.note("hadamard", "o was read as the elementwise product ⊙", token.start, token.end)
            else:
                break
            self.pos += 1
            factor = self.signed_factor()
            if op == "/":
                factor, more = self.divisor(factor, stop)
                args.append(factor)
                ops.append(op)
                if more is not None:
                    args.append(more)
                    ops.append("jux")
            else:
                args.append(self.juxtaposed(factor, stop))
                ops.append(op)
        if len(args) == 1:
            return first
        return self.tree("prod", args, ops, first.start, args[-1].end)

    def hadamard_o(self) -> bool:
        """Whether a lone `o` between spaces stands for ⊙."""
        token = self.toks[self.pos]
        return token.value == "o" and token.space and self.toks[self.pos + 1].space and "o" not in self.scope.bases and not self.bound.get("o")

    def juxtaposed(self, first: Tree, stop: bool) -> Tree:
        """A factor and those written beside it without a sign."""
        args = [first]
        while True:
            token = self.toks[self.pos]
            if not self.starts_operand(token):
                break
            if token.kind == "word" and token.value == "o" and self.hadamard_o():
                break
            if stop and (token.kind in ("sum", "prod") or (token.kind == "word" and self.is_function(token, self.pos))):
                break
            if token.kind == "num":
                before = self.toks[self.pos - 1]
                if before.kind == "num":
                    raise self.fail("two numbers stand side by side", token, "an operator between them", tag="syntax")
                if before.kind == "word" and not token.space:
                    raise self.unknown(before.value + token.value, before, token.end)
                self.note("juxtaposed-number", f"{self.shown(before)} {self.shown(token)} was read as a product", before.start, token.end)
            args.append(self.factor())
        if len(args) == 1:
            return first
        if any(a.op == "prod" for a in args):
            args = [x for a in args for x in (a.args if a.op == "prod" and a.value[0] == "split" else [a])]
        return self.tree("prod", args, ["jux"] * (len(args) - 1), first.start, args[-1].end)

    def divisor(self, factor: Tree, stop: bool) -> tuple[Tree, Tree | None]:
        """What `/` divides by, and what stands beside it as a further factor: `a/b c` is (a/b)c, `a/bc` reads two ways."""
        token = self.toks[self.pos]
        if not self.starts_operand(token) or (token.kind == "word" and token.value == "o" and self.hadamard_o()):
            if factor.op == "prod" and factor.value and factor.value[0] == "split":
                return self.two_ways(factor, factor.args, None, stop)
            return factor, None
        if stop and (token.kind in ("sum", "prod") or (token.kind == "word" and self.is_function(token, self.pos))):
            return factor, None
        before = self.toks[self.pos - 1]
        if before.kind in (")", "]", "}", r"\}", "|", "||") and factor.op not in ("at", "pow", "name"):
            more = self.juxtaposed(self.factor(), stop)
            return factor, more
        if token.space or token.kind in ("sum", "prod"):
            more = self.juxtaposed(self.factor(), stop)
            self.note("division", f"/{self.source(factor)} {self.source(more)} was read as (… / {self.source(factor)}) · {self.source(more)}", factor.start, more.end)
            return factor, more
        return self.two_ways(factor, [factor], token, stop)

    def two_ways(self, factor: Tree, group: list[Tree], token: Token | None, stop: bool) -> tuple[Tree, Tree | None]:
        """`/2x`: (…/2)·x or …/(2x). Refused, unless a choice was made."""
        group = list(group)
        if token is not None:
            while True:
                beside = self.toks[self.pos]
                if beside.space or not self.starts_operand(beside) or beside.kind in ("sum", "prod"):
                    break
                group.append(self.factor())
        end = group[-1].end
        self.ambiguous = True
        whole = self.text[group[0].start : end]
        rest = self.text[group[1].start : end]
        if self.choice is None:
            before, after = self.text[: factor.start], self.text[end:]
            raise self.fail(
                f"/{whole} reads two ways", span=(factor.start, end), tag="ambiguous", expected="brackets, or a space after the divisor",
                readings=(f"{before}{self.source(group[0])} * {rest}{after}", f"{before}({whole}){after}"),
            )  # fmt: skip
        if self.choice == 1:
            inner = self.tree("prod", group, ["jux"] * (len(group) - 1), factor.start, end)
            first, more = inner, None
        else:
            first = group[0]
            more = group[1] if len(group) == 2 else self.tree("prod", group[1:], ["jux"] * (len(group) - 2), group[1].start, end)
        self.note("two-readings", f"/{whole} reads two ways; read as " + (f"… / ({whole})" if self.choice else f"(… / {self.source(group[0])}) * {rest}"), factor.start, end)
        beside = self.toks[self.pos]
        if self.starts_operand(beside) and not (beside.kind == "word" and self.hadamard_o()):
            further = self.juxtaposed(self.factor(), stop)
            more = further if more is None else self.tree("prod", [more, further], ["jux"], more.start, further.end)
        return first, more

    def signed_factor(self) -> Tree:
        token = self.toks[self.pos]
        negative = False
        start = token.start
        while token.kind in ("-", "+"):
            negative ^= token.kind == "-"
            self.pos += 1
            token = self.toks[self.pos]
        factor = self.factor()
        return self.tree("neg", [factor], None, start, factor.end) if negative else factor

    def is_function(self, token: Token, at: int) -> bool:
        """Whether a word starts the application of a function."""
        word = token.value
        if word in self.scope.rows or self.bound.get(word):
            return False
        if word in FUNCTIONS:
            return True
        return word in PREFIXES and word not in self.scope.bases and self.toks[at + 1].kind in ("(", "'")

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"the formula nests more than {MAX_DEPTH} deep", token, tag="limit")

    # ------------------------------------------------------------ factors

    def factor(self) -> Tree:
        """A primary with what is attached to it: subscripts, powers, transposes, primes, factorials."""
        token = self.toks[self.pos]
        self.enter(token)
        base = self.primary(token)
        attached = 0
        while True:
            token = self.toks[self.pos]
            kind = token.kind
            attached += 1
            if attached > MAX_ATTACHED:
                raise self.fail(f"more than {MAX_ATTACHED} powers and subscripts on one value", token, tag="limit")
            if kind == "^":
                base = self.raised(base)
            elif kind == "_":
                base = self.lowered(base)
            elif kind == "." and self.toks[self.pos + 1].kind == "word" and self.toks[self.pos + 1].value in ("T", "t") and not self.toks[self.pos + 1].space and (not self.is_sized_pair()):
                self.pos += 2
                base = self.tree("T", [base], None, base.start, self.toks[self.pos - 1].end)
            elif kind == "!":
                self.pos += 1
                base = self.tree("call", [base], "factorial", base.start, token.end)
            elif kind == "'":
                raise self.fail("a prime stands where none is declared", token, "^T for a transpose, or a declared name with a prime")
            elif kind == "[" and not token.space and base.op not in ("num", "ind", "ones") and self.entry_follows(base):
                items, end = self.items(self.pos + 1, token.mate), self.toks[token.mate].end
                self.pos = token.mate + 1
                base = self.tree("at", [base], items, base.start, end)
            else:
                break
        self.depth -= 1
        return base

    def is_sized_pair(self) -> bool:
        """Whether `.T` is a product with a declared name T: never, unless a bracket or subscript follows it."""
        return self.toks[self.pos + 2].kind in ("_",) and "T" in self.scope.rows

    def entry_follows(self, base: Tree) -> bool:
        """Whether `[…]` after a bracket or function is an entry: letters of indices and integers only."""
        if base.op not in ("group", "special", "T", "call", "at", "invT", "name"):
            return False
        token = self.toks[self.pos]
        inside = self.toks[self.pos + 1 : token.mate]
        return bool(inside) and all(
            t.kind in (",", ":", "+", "-") or (t.kind == "num" and t.value.isdigit()) or (t.kind == "word" and (self.bound.get(t.value) or t.value in self.scope.indices)) for t in inside
        )

    def raised(self, base: Tree) -> Tree:
        """What a `^` does: a power, a transpose."""
        hat = self.toks[self.pos]
        self.pos += 1
        token = self.toks[self.pos]
        kind = token.kind
        if kind == "top":
            self.pos += 1
            return self.tree("T", [base], None, base.start, token.end)
        if kind == "*" or kind == "dot":
            raise self.fail("an empty power", token, "a power, as in x^2")
        if kind == "{" or kind == "(":
            inner = self.toks[self.pos + 1]
            if token.mate == self.pos + 2:
                if inner.kind == "top" or (inner.kind == "word" and inner.value in ("T", "t", "intercal") and self.transposes(inner.value)):
                    self.pos += 3
                    return self.tree("T", [base], self.maybe_power(inner), base.start, self.toks[self.pos - 1].end)
                if inner.kind == "'":
                    raise self.fail("a prime stands where none is declared", inner, "a declared name with a prime")
            if token.mate == self.pos + 3 and inner.kind == "-" and (self.toks[self.pos + 2].kind == "top" or (self.toks[self.pos + 2].kind == "word" and self.toks[self.pos + 2].value == "T" and self.transposes("T"))):
                self.pos += 4
                return self.tree("invT", [base], None, base.start, self.toks[self.pos - 1].end)
            if token.mate == self.pos + 1:
                raise self.fail("an empty power", token, "a power, as in x^2", span=(hat.start, max(self.toks[token.mate].end, hat.end)))
            if kind == "{" and inner.kind in ("(", "[") and inner.mate == token.mate - 1:
                label = self.label_items(inner)
                if label is not None:
                    self.pos = token.mate + 1
                    return self.tree("label", [base], (label, self.toks[inner.mate].end), base.start, self.toks[self.pos - 1].end)
            if kind == "{" and self.toks[token.mate - 1].kind == "word" and self.toks[token.mate - 1].value == "T" and self.toks[token.mate - 1].start == self.toks[token.mate - 1].end - 1 and self.toks[token.mate - 2].kind == "num" and token.start == token.end:
                # x²ᵀ in one run of superscripts
                power = self.tree("num", [], number(self.toks[self.pos + 1]), token.start, self.toks[token.mate - 1].start)
                if token.mate == self.pos + 3:
                    self.pos = token.mate + 1
                    return self.tree("T", [self.tree("pow", [base, power], None, base.start, power.end)], None, base.start, self.toks[self.pos - 1].end)
            bars, self.bars = self.bars, []
            self.pos += 1
            exponent = self.full()
            self.bars = bars
            close = self.expect("}" if kind == "{" else ")", "the end of the power")
            return self.tree("pow", [base, exponent], None, base.start, close.end)
        if kind == "word":
            word = token.value
            if word in ("T", "t") and self.transposes(word):
                self.pos += 1
                return self.tree("T", [base], self.maybe_power(token), base.start, token.end)
            if len(word) > 1 and word[0] == "T" and token.end - token.start == len(word) and not self.known(word):
                self.split_word(token, 1)
                self.pos += 1
                return self.tree("T", [base], None, base.start, token.end)
        elif kind == "'":
            raise self.fail("a prime stands where none is declared", token, "a declared name with a prime")
        elif kind == "ones" and token.value == "I":
            pass
        elif kind in ("-", "+"):
            if self.toks[self.pos + 1].kind == "word" and self.toks[self.pos + 1].value == "T" and self.transposes("T") and kind == "-":
                self.pos += 2
                return self.tree("invT", [base], None, base.start, self.toks[self.pos - 1].end)
        elif not self.starts_operand(token):
            raise self.fail("an empty power", token, "a power, as in x^2", span=(hat.start, max(hat.end, token.end)))
        exponent = self.signed_factor()
        if exponent.op == "prod" and exponent.value and exponent.value[0] == "split":
            first, rest = exponent.args[0], self.text[exponent.args[1].start : exponent.end]
            if self.choice is not None:
                self.note("two-readings", f"the power {self.source(exponent)} reads two ways", exponent.start, exponent.end)
                if self.choice == 1:
                    return self.tree("pow", [base, exponent], None, base.start, exponent.end)
                raised = self.tree("pow", [base, first], None, base.start, first.end)
                return self.tree("prod", [raised, *exponent.args[1:]], ["split"] * (len(exponent.args) - 1), base.start, exponent.end)
            raise self.fail(
                f"the power {self.source(exponent)} reads two ways", span=(exponent.start, exponent.end), tag="ambiguous", expected="braces around the power",
                readings=(f"{self.source(base)}^{self.source(first)} {rest}", f"{self.source(base)}^({self.source(exponent)})"),
            )  # fmt: skip
        return self.tree("pow", [base, exponent], None, base.start, exponent.end)

    def transposes(self, word: str) -> bool:
        """Whether ^word may be a transpose: T always (a power where the base is a scalar), t only where it is no name."""
        return (word == "T" and not self.bound.get("T")) or (word not in self.scope.bases and word not in self.scope.indices and not self.bound.get(word))

    def maybe_power(self, token: Token) -> Tree | None:
        """The T of x^T as a value, for a scalar x."""
        row = self.scope.rows.get(token.value)
        if row is not None and not row.sizes:
            return self.tree("name", [], row, token.start, token.end)
        if token.value in self.scope.sizes:
            return self.tree("size", [], self.scope.sizes[token.value], token.start, token.end)
        if token.value in self.scope.indices:
            return self.tree("letter", [], token.value, token.start, token.end)
        return None

    def known(self, word: str) -> bool:
        return word in self.scope.bases or word in self.scope.indices or bool(self.bound.get(word)) or word in FUNCTIONS

    def split_word(self, token: Token, at: int) -> None:
        """Cut a run of letters in two tokens."""
        rest = Token("word", token.value[at:], token.start + at, token.end)
        token.value = token.value[:at]
        token.end = token.start + at
        where = self.toks.index(token, max(0, self.pos - 3))
        self.toks.insert(where + 1, rest)
        for other in self.toks:
            if other.mate > where:
                other.mate += 1

    def label_items(self, bracket: Token) -> list[Item] | None:
        """The content of a label `(i)`, `[1]`: one letter, one number, or i+1; None where it is something else."""
        at = self.toks.index(bracket, self.pos)
        inside = self.toks[at + 1 : bracket.mate]
        if not inside or len(inside) > 5:
            return None
        if not all(t.kind in ("num", "word", "+", "-", ",") for t in inside):
            return None
        if any(t.kind == "num" and not t.value.isdigit() for t in inside) or any(t.kind == "word" and len(t.value) > 1 and t.value not in GREEK for t in inside):
            return None
        if inside[0].kind == "-":
            return None
        save = len(self.loose)
        items = self.items(at + 1, bracket.mate)
        del self.loose[save:]
        return items

    def lowered(self, base: Tree) -> Tree:
        """Subscripts on an expression: entries of a tensor."""
        mark = self.toks[self.pos]
        if base.op in ("num", "ind"):
            raise self.fail("a number takes no subscript", mark, "an operator", tag="index")
        items, self.pos = self.subscript(self.pos)
        self.count_loose(items)
        if base.op == "T" and len(items) == 1 and base.args[0].op in ("name",):
            inner = self.tree("at", [base.args[0]], items, base.start, items[-1][3])
            return self.tree("T", [inner], base.value, base.start, items[-1][3])
        if base.op == "pow" and base.args[0].op == "name":
            inner = self.tree("at", [base.args[0]], items, base.start, items[-1][3])
            return self.tree("pow", [inner, base.args[1]], None, base.start, items[-1][3])
        return self.tree("at", [base], items, base.start, items[-1][3])

    # ------------------------------------------------------------ subscripts

    def subscript(self, at: int) -> tuple[list[Item], int]:
        """The subscripts after the `_` at position `at`, and where reading goes on."""
        token = self.toks[at + 1]
        kind = token.kind
        if kind == "{" or kind == "(" or kind == "[":
            if token.mate == at + 2:
                raise self.fail("an empty subscript", token, "an index", tag="index", span=(token.start, self.toks[token.mate].end))
            return self.items(at + 2, token.mate), token.mate + 1
        if kind == "num":
            if not token.value.isdigit():
                raise self.fail("a subscript is an index or a whole number", token, "an index", tag="index")
            return [("num", token.value, token.start, token.end)], at + 2
        if kind == "word":
            value, end, k = token.value, token.end, at + 2
            while self.toks[k].kind == "'" and not self.toks[k].space and len(value) == 1 and self.bound.get(value + "'"):
                value += "'"
                end = self.toks[k].end
                k += 1
            return [("word", value, token.start, end)], k
        if kind == "ones":
            return [("num", "1", token.start, token.end)], at + 2
        raise self.fail("an empty subscript", token, "an index", tag="index", span=(self.toks[at].start, max(token.end, self.toks[at].end)))

    def items(self, at: int, stop: int) -> list[Item]:
        """The subscripts between two positions: i, ij, 1,2, i+1, t-s, `:`."""
        out: list[Item] = []
        toks = self.toks
        begin = at
        while at < stop:
            token = toks[at]
            kind = token.kind
            if kind == ",":
                at += 1
                continue
            if kind == ":" or kind == "dot" or kind == "*":
                out.append(("slice", None, token.start, token.end))
                at += 1
                continue
            if kind == "{" or kind == "(":
                out += self.items(at + 1, token.mate)
                at = token.mate + 1
                continue
            if kind == "text":
                out.append(("raw", canonical(token.value), token.start, token.end))
                at += 1
                continue
            if kind not in ("num", "word", "-", "+"):
                return [self.raw_item(begin, stop)]
            start = token.start
            terms: dict[str, int] = {}
            const = 0
            sign = 1
            pieces = 0
            simple: Item | None = None
            while True:
                while at < stop and toks[at].kind in ("-", "+"):
                    sign = -sign if toks[at].kind == "-" else sign
                    at += 1
                    pieces += 1
                if at >= stop or toks[at].kind not in ("num", "word"):
                    raise self.fail("a subscript ends where an index was expected", toks[at], "an index", tag="index")
                token = toks[at]
                at += 1
                pieces += 1
                if token.kind == "num":
                    if not token.value.isdigit():
                        raise self.fail("a subscript is an index or a whole number", token, "an index", tag="index")
                    simple = ("num", token.value, token.start, token.end)
                    const += sign * int(token.value)
                else:
                    value, end = token.value, token.end
                    while at < stop and toks[at].kind == "'" and not toks[at].space:
                        value += "'"
                        end = toks[at].end
                        at += 1
                    if at < stop and toks[at].kind in ("_", "^"):
                        return [self.raw_item(begin, stop)]
                    simple = ("word", value, token.start, end)
                    terms[value] = terms.get(value, 0) + sign
                sign = 1
                if at >= stop or toks[at].kind not in ("-", "+"):
                    break
            if len(out) > MAX_SUBSCRIPTS:
                raise self.fail(f"more than {MAX_SUBSCRIPTS} subscripts", toks[at - 1], "fewer subscripts", tag="limit")
            if pieces == 1 and simple is not None:
                out.append(simple)
            else:
                out.append(("affine", (terms, const), start, toks[at - 1].end))
        return out

    def raw_item(self, at: int, stop: int) -> Item:
        """A subscript that is no index, kept as its spelling: it can only be part of a declared name."""
        start, end = self.toks[at].start, self.toks[stop - 1].end
        found = parts("x_{" + self.text[start:end] + "}").subscripts
        return ("raw", found[0] if found else "", start, end)

    def count_loose(self, items: list[Item]) -> None:
        """Remember letters that are no index here: a later Σ may claim them."""
        for kind, payload, start, _ in items:
            if kind == "word":
                for letter in self.letters(payload):
                    if not self.bound.get(letter):
                        self.claim(letter, start)
            elif kind == "affine":
                for letter in payload[0]:
                    if not self.bound.get(letter):
                        self.claim(letter, start)

    def claim(self, letter: str, start: int) -> None:
        """Note the use of a letter that no Σ binds here."""
        if letter in self.scope.indices:
            self.used.append(letter)
        elif letter not in self.scope.sizes:
            self.loose.append((letter, start))

    def letters(self, word: str) -> list[str]:
        """A run in a subscript as index letters: ij is i and j; a known word or Greek name is one."""
        if len(word) == 1 or word in GREEK or word in self.scope.indices or word in self.scope.sizes or self.bound.get(word):
            return [word]
        out: list[str] = []
        for char in word:
            if char == "'" and out:
                out[-1] += "'"
            else:
                out.append(char)
        return out

    # ------------------------------------------------------------ primaries

    def primary(self, token: Token) -> Tree:
        kind = token.kind
        if kind == "num":
            self.pos += 1
            after = self.toks[self.pos]
            if after.kind == "word" and after.value in ("e", "E") and not after.space and "e" not in self.scope.bases:
                then = self.toks[self.pos + 1]
                if then.kind == "^":
                    self.note("literal", f"{self.shown(token)}e^… was read literally, as {self.shown(token)} times a power of e; for a power of ten write {self.shown(token)}*10^…", token.start, then.end)
            elif "e" in token.value or "E" in token.value:
                letter = "e" if "e" in token.value else "E"
                if letter in self.scope.bases:
                    mantissa, exponent = token.value.split(letter)
                    raise self.fail(f"{token.value} reads two ways, because {letter} is declared", token, "brackets or *", "ambiguous", readings=(f"{mantissa}*10^({exponent})", f"{mantissa}*{letter} {exponent}"))
            elif after.kind == "," and not after.space and self.toks[self.pos + 1].kind == "num" and len(self.toks[self.pos + 1].value) == 3 and not self.toks[self.pos + 1].space and len(token.value) <= 3:
                self.note("comma", f"{self.shown(token)},{self.toks[self.pos + 1].value} was read as two values; a thousand is written 1000", token.start, self.toks[self.pos + 1].end)
            elif (after.kind in ("[", r"\{", "(") and token.value == "1" and not after.space and self.relation_inside(after, self.pos)) or (after.kind == "_" and token.value == "1" and self.toks[self.pos + 1].kind in ("{", "(", "[") and self.relation_inside(self.toks[self.pos + 1], self.pos + 1)):
                return self.indicator(token)
            return self.tree("num", [], number(token), token.start, token.end)
        if kind == "word":
            return self.word(token)
        if kind == "(" or kind == "{" or kind == "[" or kind == r"\{":
            return self.bracket(token)
        if kind == "frac":
            return self.fraction(token)
        if kind == "|" or kind == "||":
            return self.bar(token)
        if kind == "sum" or kind == "prod":
            self.pos += 1
            return self.big(kind, token)
        if kind in ("sqrt", "cbrt", "qdrt"):
            return self.root(token)
        if kind == "ones":
            return self.ones(token)
        if kind == "begin":
            return self.environment(token)
        if kind == "partial":
            found = self.derivative()
            if found is not None:
                return found
            raise self.fail("a ∂ without a derivative", token, "∂L/∂v")
        if kind == "nabla":
            return self.nabla(token)
        if kind in ("lfloor", "lceil"):
            self.pos += 1
            inner = self.guarded(self.full)
            close = self.expect("rfloor" if kind == "lfloor" else "rceil", "the closing bracket")
            return self.tree("call", [inner], "floor" if kind == "lfloor" else "ceil", token.start, close.end)
        raise self.fail(self.unexpected(token), token, "a value: a number, a name, a function or a bracket", tag="relation" if kind == "rel" else "syntax")

    def guarded(self, read: Any) -> Tree:
        """Read inside a bracket: bars outside do not close here."""
        bars, self.bars = self.bars, []
        found = read()
        self.bars = bars
        return found

    def relation_inside(self, bracket: Token, at: int) -> bool:
        """Whether a relation stands directly inside a bracket."""
        k = at + 1
        while k < bracket.mate:
            token = self.toks[k]
            if token.kind == "rel" and token.value in COMPARISONS:
                return True
            if token.kind in ("and", "or", "not"):
                return True
            k = token.mate + 1 if token.mate > k else k + 1
        return False

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
        if token.kind == "[" and inner.op in _CONDITIONS:
            return self.tree("ind", [inner], None, token.start, close.end)
        if token.kind == "[" and inner.op not in ("list", "cases") and self.vector_context(inner):
            return self.tree("list", [inner], None, token.start, close.end)
        if inner.op in ("list", "rows"):
            inner.start, inner.end = token.start, close.end
            return inner
        return self.tree("group", [inner], token.kind, token.start, close.end)

    def vector_context(self, inner: Tree) -> bool:
        return inner.op == "list"

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
        if any(e.op in _CONDITIONS for row in rows for e in row):
            flat: list[Tree] = []
            for row in rows if len(rows) > 1 else [rows[0][k : k + 2] for k in range(0, len(rows[0]), 2)]:
                if len(row) != 2 or (row[0].op in _CONDITIONS) == (row[1].op in _CONDITIONS):
                    raise self.fail("a case is a value and its condition", self.toks[self.pos], "value, condition")
                flat += row if row[0].op in _CONDITIONS else [row[1], row[0]]
            return self.tree("cases", flat, False, token.start, self.toks[self.pos].end)
        if len(rows) == 1:
            if all(e.op == "list" for e in rows[0]):
                return self.tree("rows", [self.tree("row", e.args, None, e.start, e.end) for e in rows[0]], None, token.start, self.toks[self.pos].end)
            return self.tree("list", rows[0], None, token.start, self.toks[self.pos].end)
        if all(len(r) == 1 for r in rows):
            return self.tree("list", [r[0] for r in rows], None, token.start, self.toks[self.pos].end)
        return self.tree("rows", [self.tree("row", r, None, r[0].start, r[-1].end) for r in rows], None, token.start, self.toks[self.pos].end)

    def argument(self) -> Tree:
        r"""An argument of \frac: a group, or one symbol."""
        token = self.toks[self.pos]
        self.enter(token)
        if token.kind == "{":
            if token.mate == self.pos + 1:
                raise self.fail("an empty fraction", token, "a numerator and a denominator", span=(token.start, self.toks[token.mate].end))
            self.pos += 1
            inner = self.guarded(self.full)
            close = self.expect("}", "the end of this part of the fraction")
            inner = self.tree("group", [inner], "{", token.start, close.end)
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
            raise self.fail("an empty root", after, "a value under the root", span=(after.start, self.toks[after.mate].end))
        self.enter(after)
        inner = self.primary(after)
        self.depth -= 1
        if token.kind == "sqrt" and degree is None:
            return self.tree("special", [inner], "sqrt", token.start, inner.end)
        if degree is None:
            degree = self.tree("num", [], number(Token("num", "3" if token.kind == "cbrt" else "4", 0, 0)), token.start, token.end)
        return self.tree("special", [inner, degree], "root", token.start, inner.end)

    def ones(self, token: Token) -> Tree:
        r"""\mathbf 1: an indicator before a condition, else the vector of ones; \mathbb I likewise the identity."""
        self.pos += 1
        after = self.toks[self.pos]
        if after.kind in ("(", "[", r"\{", "{") and self.relation_inside(after, self.pos):
            return self.indicator(token)
        if after.kind == "_" and self.toks[self.pos + 1].kind in ("{", "(", "[") and self.relation_inside(self.toks[self.pos + 1], self.pos + 1):
            return self.indicator(token)
        return self.sized("ones" if token.value != "I" else "eye", token)

    def sized(self, op: str, token: Token) -> Tree:
        r"""I or \mathbf 1 with its size: I_n, I_{d}."""
        size: Any = None
        end = token.end
        if self.toks[self.pos].kind == "_":
            items, after = self.subscript(self.pos)
            texts = [i[1] for i in items if i[0] in ("word", "num", "raw")]
            name = "_".join(texts) if len(items) == 1 or op == "ones" else texts[0] if len(set(texts)) == 1 else ""
            size = self.scope.sizes.get(name) or (int(name) if name.isdigit() and len(name) < 6 else None)
            if size is None and self.toks[after].kind == "_":
                more, later = self.subscript(after)
                name += "_" + "".join(i[1] for i in more if i[0] in ("word", "num", "raw"))
                size, after = self.scope.sizes.get(name), later
            if size is None:
                raise self.fail(f"{self.text[items[0][2] : items[-1][3]]} is no size", expected="one of " + ", ".join(self.scope.sizes.values()) if self.scope.sizes else "a number", span=(items[0][2], items[-1][3]), nearest=self.scope.nearest(name), tag="unknown-name")
            self.pos = after
            end = items[-1][3]
        return self.tree(op, [], size, token.start, end)

    def indicator(self, token: Token) -> Tree:
        """1[…], 1_{…}, I(…): the position stands behind the 1."""
        if self.toks[self.pos].kind == "_":
            self.pos += 1
        bracket = self.toks[self.pos]
        self.enter(bracket)
        self.pos += 1
        inner = self.guarded(self.logic)
        if self.pos != bracket.mate:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "a condition in brackets")
        self.pos += 1
        self.depth -= 1
        return self.tree("ind", [inner], None, token.start, self.toks[bracket.mate].end)

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

    def insert(self, where: int, token: Token) -> None:
        self.toks.insert(where, token)
        for other in self.toks:
            if other.mate >= where:
                other.mate += 1

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
                raise self.fail(self.unexpected(close) if close.kind != "end of text" else f"this {self.shown(token)} is never closed", close if close.kind != "end of text" else token, "‖" if kind == "||" else "|", tag="brackets")
            self.pos += 1
        finally:
            del self.bars[depth:]
            self.depth = level
        end = self.toks[self.pos - 1].end
        if kind == "|":
            return self.tree("bars", [inner], None, token.start, end)
        degree: Any = "2"
        if self.toks[self.pos].kind == "_":
            items, self.pos = self.subscript(self.pos)
            degree = str(items[0][1])
            end = items[-1][3]
            if len(items) != 1 or degree not in ("1", "2", "F", "infty", "infinity"):
                raise self.fail(f"the norm {degree[:20]} is not read", expected="_1, _2 or _F", span=(items[0][2], items[-1][3]))
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
        made = self.tree("rows", [self.tree("row", r, None, r[0].start, r[-1].end) for r in rows], None, token.start, end)
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
                elif (here.kind == "word" and here.value in ELSE) or (here.kind == "text" and here.value.rstrip(".,").lower() in ("otherwise", "else", "o.w", "o.w.", "if not")):
                    rest = True
                    self.pos += 1
                elif here.kind == "text" and here.value.startswith(("if", "for", "when")) and len(here.value) < 6:
                    self.pos += 1
                else:
                    found.append(self.logic())
            conditions = [f for f in found if f.op in _CONDITIONS]
            values = [f for f in found if f.op not in _CONDITIONS]
            if len(values) != 1 or (rest and conditions) or (not rest and not conditions):
                raise self.fail("a case is a value and its condition", start, r"value & condition \\ or value & otherwise")
            if rest:
                if otherwise is not None:
                    raise self.fail("a second otherwise", start, "one otherwise, at the end")
                otherwise = values[0]
            else:
                condition = conditions[0] if len(conditions) == 1 else self.tree("and", conditions, None, conditions[0].start, conditions[-1].end)
                args += [condition, values[0]]
        self.bars = bars
        end = self.toks[token.mate].end
        self.pos = token.mate + 1
        if not args and otherwise is None:
            raise self.fail("cases without a case", token, r"value & condition")
        return self.tree("cases", args + ([otherwise] if otherwise else []), otherwise is not None, token.start, end)

    # ------------------------------------------------------------ words

    def word(self, token: Token) -> Tree:
        """A run of letters: an index, a declared name, a derivative, a constant, a function, or several names."""
        word = token.value
        scope = self.scope
        primed = word
        k = self.pos + 1
        while self.toks[k].kind == "'" and not self.toks[k].space:
            primed += "'"
            k += 1
        if self.bound and self.bound.get(primed):
            self.pos = k
            return self.tree("letter", [], primed, token.start, self.toks[k - 1].end)
        after = self.toks[k]
        if after.kind == "word" and after.value in ACCENTS and word + after.value in scope.bases:
            token.value, token.end = word + after.value, after.end
            self.drop(self.pos + 1)
            return self.word(token)
        if word[0] == "d" and word not in scope.rows and (word != "d" or self.toks[self.pos + 1].kind in ("(", "/", "word")) and word not in scope.indices:
            found = self.derivative()
            if found is not None:
                return found
        if word in scope.bases:
            found = self.name(token)
            if found is not None:
                return found
        if word in scope.indices:
            self.pos += 1
            self.used.append(word)
            return self.tree("letter", [], word, token.start, token.end)
        found = self.builtin(token)
        if found is not None:
            return found
        after = self.toks[self.pos + 1]
        if after.kind == "_" and self.toks[self.pos + 2].kind in ("word", "{"):
            braced = self.toks[self.pos + 2].kind == "{"
            accent = self.toks[self.pos + 2 + braced]
            if accent.value in ACCENTS and word + accent.value in scope.bases and (not braced or self.toks[self.pos + 2].mate == self.pos + 4):
                token.value, token.end = word + accent.value, self.toks[self.pos + 2 + 2 * braced].end
                for _ in range(2 + 2 * braced):
                    self.drop(self.pos + 1)
                return self.word(token)
        if word in ACCENTS or word in ("vec", "mathbf", "bf", "underline", "overline"):
            inner = self.toks[min(self.pos + 2, len(self.toks) - 1)]
            if after.kind in ("(", "{") and after.mate == self.pos + 3 and inner.kind == "word":
                accent = {"overline": "bar"}.get(word, word) if word in ACCENTS or word == "overline" else ""
                token.value, token.end = inner.value + accent, self.toks[after.mate].end
                for _ in range(3):
                    self.drop(self.pos + 1)
                return self.word(token)
        split = self.segments(word) if len(word) > 1 else None
        if split is not None:
            return self.split_run(token, split)
        if (len(word) == 1 or word in GREEK) and after.kind != "_" and not (after.kind == "num" and not after.space):
            if word == "Sigma" and self.text[token.start : token.end] != "Sigma":
                self.pos += 1
                return self.big("sum", token)
            self.pos += 1
            self.loose.append((word, token.start))
            return self.tree("letter", [], word, token.start, token.end)
        if word == "Sigma" and after.kind == "_":
            self.pos += 1
            return self.big("sum", token)
        if word == "delta" and after.kind == "_":
            items, end = self.subscript(self.pos + 1)
            self.count_loose(items)
            self.pos = end
            return self.tree("delta", [], items, token.start, items[-1][3])
        raise self.unknown(word, token)

    def drop(self, where: int) -> None:
        del self.toks[where]
        for other in self.toks:
            if other.mate > where:
                other.mate -= 1

    def unknown(self, word: str, token: Token, end: int | None = None) -> ReadError:
        scope = self.scope
        after = self.toks[self.pos + 1] if self.pos + 1 < len(self.toks) else token
        whole = word
        if after.kind == "_" and self.toks[self.pos + 2].kind in ("word", "num") and end is None:
            whole = f"{word}_{self.toks[self.pos + 2].value}"
        nearest = scope.nearest(whole) or scope.nearest(word)
        if word.lower() in FUNCTIONS and not nearest:
            nearest = (word.lower(),)
        known = ", ".join([r.name for r in scope.rows.values()][:12]) or "none"
        spoken = next((f for f in _SPOKEN if word.startswith(f) and len(word) > len(f)), None) or next((f for f in _SPOKEN if word.endswith(f) and len(word) > len(f)), None)
        if spoken is not None and not nearest:
            apart = f"{spoken} {word[len(spoken) :]}" if word.startswith(spoken) else f"{word[: -len(spoken)]} {spoken}"
            return self.fail(f"{whole[:40]} is not declared", token, f"a space around the function: {apart[:40]}", "unknown-name", span=(token.start, end or token.end))
        return self.fail(f"{whole[:40]} is not declared", token, f"one of the declared names: {known}", "unknown-name", nearest, span=(token.start, end or token.end))

    def segments(self, word: str) -> list[str] | None:
        """The one way in which a run of letters falls into declared names; None where there is none. Raises where there are two."""
        if len(word) > 60 or word in GREEK:
            return None
        scope, n = self.scope, len(word)
        if any(word.startswith(f) or word.endswith(f) for f in _SPOKEN):
            return None
        ways: list[list[list[str]]] = [[] for _ in range(n + 1)]
        ways[n] = [[]]
        for at in range(n - 1, -1, -1):
            for end in range(at + 1, min(n, at + 30) + 1):
                piece = word[at:end]
                last = end == n
                if (
                    piece in scope.rows or piece in scope.sizes or (last and piece in scope.bases) or self.bound.get(piece) or piece in scope.indices
                    or piece == "pi" or (piece == "I" and last)
                ):  # fmt: skip
                    ways[at] += [[piece, *rest] for rest in ways[end][:2]]
            del ways[at][3:]
        found = [w for w in ways[0] if len(w) > 1]
        if not found:
            return None
        if len(found) > 1 and self.choice is not None:
            self.note("two-readings", f"{word} reads two ways; read as {' * '.join(found[self.choice])}", self.toks[self.pos].start, self.toks[self.pos].end)
            return found[self.choice]
        if len(found) > 1:
            raise self.fail(f"{word} reads two ways", None, "spaces or * between the names", "ambiguous", readings=tuple("*".join(w) for w in found[:2]))
        return found[0]

    def split_run(self, token: Token, split: list[str]) -> Tree:
        """A run of several names, as juxtaposed factors; the last one takes what follows."""
        start = token.start
        at = token.start
        args: list[Tree] = []
        for piece in split[:-1]:
            part = Token("word", piece, at, at + len(piece))
            args.append(self.single(part))
            at += len(piece)
        token.value, token.start = split[-1], at
        self.enter(token)
        args.append(self.factor())
        self.depth -= 1
        return self.tree("prod", args, ["split"] * (len(args) - 1), start, args[-1].end)

    def single(self, token: Token) -> Tree:
        """One whole word as a value, without what follows it."""
        word = token.value
        if self.bound.get(word):
            return self.tree("letter", [], word, token.start, token.end)
        row = self.scope.rows.get(word)
        if row is not None:
            return self.tree("name", [], row, token.start, token.end)
        if word in self.scope.sizes:
            return self.tree("size", [], self.scope.sizes[word], token.start, token.end)
        if word in self.scope.indices:
            return self.tree("letter", [], word, token.start, token.end)
        if word == "I":
            return self.tree("eye", [], None, token.start, token.end)
        return self.tree("const", [], word, token.start, token.end)

    def name(self, token: Token) -> Tree | None:
        """The longest declared name that starts here, with its entries; None where none does."""
        scope, toks, base = self.scope, self.toks, token.value
        row = scope.rows.get(base)
        self.pos += 1
        after = toks[self.pos]
        if base in scope.plain and after.kind not in ("_", "[", "^", "'", "num"):
            return self.named(token, row, base, [], token.end)
        # Gather what may belong to the name: digits, subscripts, labels, primes.
        whole = base not in scope.plain
        pieces: list[tuple[str, list[Item], int]] = []
        k = self.pos
        tensor = row is not None and bool(row.sizes)
        while True:
            t = toks[k]
            kind = t.kind
            if kind == "num" and not pieces and not t.space and t.value.isdigit():
                pieces.append(("sub", [("num", t.value, t.start, t.end)], k + 1))
                k += 1
            elif kind == "_":
                if toks[k + 1].kind in ("{", "(") and self.relation_inside(toks[k + 1], k + 1) and not whole:
                    break
                items, k2 = self.subscript(k)
                k2 = self.glued(items, k2, row, whole)
                pieces.append(("sub", items, k2))
                k = k2
            elif kind == "[" and not t.space and (tensor or whole) and not self.relation_inside(t, k):
                if t.mate == k + 1:
                    break
                pieces.append(("sub", self.items(k + 1, t.mate), t.mate + 1))
                k = t.mate + 1
            elif kind == "^":
                label = self.label_at(k, tensor, whole)
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
            return self.named(token, row, base, [], token.end)
        if any(p[0] == "label" for p in pieces[1:]) and pieces[0][0] != "label":
            last = pieces[-1][2]
            pieces.sort(key=lambda p: p[0] != "label")
            pieces = [(kind, items, last if n == len(pieces) - 1 else -1) for n, (kind, items, _) in enumerate(pieces)]
        best = (row, scope.sizes.get(base) if row is None else None, 0, 0)  # what, size, whole pieces used, items used of the next
        current = base
        for n, (kind, items, _) in enumerate(pieces):
            if kind == "prime":
                current += "'"
                if current in scope.rows:
                    best = (scope.rows[current], None, n + 1, 0)
                continue
            texts = [str(p) if i in ("word", "num", "raw") else None for i, p, _, _ in items]
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
                candidate = current + "_" + _joined(texts[:j])
                if candidate in scope.rows:
                    best = (scope.rows[candidate], None, n + (j == len(texts)), 0 if j == len(texts) else j)
                elif candidate in scope.sizes:
                    best = (None, scope.sizes[candidate], n + (j == len(texts)), 0 if j == len(texts) else j)
            if stop:
                break
            current += "_" + _joined(texts)
        row, size, used, part = best
        if row is None and size is None:
            self.pos -= 1
            return None
        if used < len(pieces) and pieces[used][1] and str(pieces[used][1][0][1]) in ACCENTS:
            accent = str(pieces[used][1][0][1])
            self.pos -= 1
            raise self.fail(f"{base}_{accent} is not declared", token, "a declared name", "unknown-name", scope.nearest(base + accent), span=(token.start, pieces[used][1][0][3]))
        rest: list[Item] = []
        end = token.end if used == 0 else toks[(pieces[used - 1][2] if pieces[used - 1][2] > 0 else pieces[-1][2]) - 1].end
        at = self.pos if used == 0 else pieces[used - 1][2]
        for n in range(used, len(pieces)):
            kind, items, after_piece = pieces[n]
            if kind == "prime":
                break
            rest += items[part:] if n == used else items
            at = after_piece
        if at < 0:
            at = pieces[-1][2]
        if size is not None or row is None:
            if rest:
                self.pos -= 1
                return None
            self.pos = at
            return self.tree("size", [], size, token.start, end)
        if rest and not row.sizes:
            kind = "function" if row.role == "function" else "scalar"
            raise self.fail(f"{row.name} is a {kind}: it takes no index", expected="a name with axes", span=(rest[0][2], rest[-1][3]), tag="index")
        self.pos = at
        if rest:
            return self.named(token, row, base, rest, max(toks[at - 1].end, rest[-1][3]))
        return self.named(token, row, base, [], end)

    def glued(self, items: list[Item], k: int, row: Any, whole: bool) -> int:
        """`h_2i` in one run is h_{2i}, unless h_2 is all there is room for; `x_iy_i` is x_i y_i."""
        last = items[-1]
        token = self.toks[k]
        axes = len(row.sizes) if row is not None else 0
        before = self.toks[k - 1]
        if before.kind in ("}", ")", "]"):
            return k
        if last[0] == "num" and token.kind == "word" and not token.space and token.start == last[3] and len(token.value) <= 2 and token.end - token.start == len(token.value):
            letters = self.letters(token.value)
            if all(self.bound.get(x) or x in self.scope.indices for x in letters) and (axes == 1 + len(letters) or (whole and axes < 2)):
                items.append(("word", token.value, token.start, token.end))
                return k + 1
            return k
        if last[0] != "word" or len(last[1]) < 2 or last[1] in GREEK or last[3] - last[2] != len(last[1]) or before.kind != "word":
            return k
        word = last[1]
        letters = self.letters(word)
        if len(letters) < 2 or word in ACCENTS:
            return k
        base = canonical(self.text[self.toks[k - 3].start : self.toks[k - 3].end]) if k >= 3 else ""
        if base + "_" + word in self.scope.rows or (axes >= len(letters) and not self.split_tail(word[axes:])):
            return k
        for keep in range(min(max(axes, 1), len(word) - 1), 0, -1):
            head, tail = word[:keep], word[keep:]
            if (axes >= keep or base + "_" + head in self.scope.rows) and self.split_tail(tail):
                self.split_word(before, keep)
                items[-1] = ("word", head, last[2], last[2] + keep)
                return k
        return k

    def split_tail(self, tail: str) -> bool:
        """Whether what follows a subscript in the same run is a product of declared names (indices do not count)."""
        rows = self.scope.rows
        if not tail:
            return False
        if tail in self.scope.bases and tail not in self.scope.sizes:
            return True
        return any(tail[:k] in rows and self.split_tail(tail[k:]) for k in range(1, min(len(tail), 12)))

    def label_at(self, k: int, tensor: bool, whole: bool) -> tuple[str, list[Item], int] | None:
        """A superscript that is a label: ^{(i)}, ^{[1]}, ^[1], ^(i), ^*, ^\\prime."""
        t = self.toks[k + 1]
        if t.kind == "'":
            return ("prime", [], k + 2)
        if t.kind == "{":
            inner = self.toks[k + 2]
            if inner.kind == "'" and t.mate == k + 3:
                return ("prime", [], t.mate + 1)
            if inner.kind == "*" and t.mate == k + 3 and whole:
                return ("sub", [("word", "star", inner.start, inner.end)], t.mate + 1)
            if inner.kind in ("(", "[") and inner.mate == t.mate - 1 and (tensor or whole):
                items = self.label_items_at(k + 2)
                return None if items is None else ("label", items, t.mate + 1)
            return None
        if t.kind == "*" and whole and not self.starts_operand(self.toks[k + 2]):
            return ("sub", [("word", "star", t.start, t.end)], k + 2)
        if t.kind == "[" and (tensor or whole):
            items = self.label_items_at(k + 1)
            return None if items is None else ("label", items, t.mate + 1)
        if t.kind == "(" and tensor and t.mate == k + 3 and self.toks[k + 2].kind == "word" and (self.bound.get(self.toks[k + 2].value) or self.toks[k + 2].value in self.scope.indices):
            items = self.label_items_at(k + 1)
            return None if items is None else ("label", items, t.mate + 1)
        return None

    def label_items_at(self, at: int) -> list[Item] | None:
        bracket = self.toks[at]
        save, self.pos = self.pos, at
        items = self.label_items(bracket)
        self.pos = save
        return items

    def named(self, token: Token, row: Any, base: str, items: list[Item], end: int) -> Tree | None:
        """A declared name with its entries; a function is applied."""
        if row is None:
            size = self.scope.sizes.get(base)
            if size is not None:
                return self.tree("size", [], size, token.start, end)
            self.pos -= 1
            return None
        if row.role == "function":
            return self.application(token, row)
        if base in PREFIXES and not row.sizes and self.toks[self.pos].kind == "(" and not items:
            self.note("sigma", f"{row.name} is declared a scalar, so {row.name}(…) was read as a product, not as the sigmoid", token.start, end)
        made = self.tree("name", [], row, token.start, end if not items else token.end)
        if not items:
            return made
        self.count_loose(items)
        return self.tree("at", [made], items, token.start, end)

    def application(self, token: Token, row: Any) -> Tree:
        """f(x), f'(x) of a declared function; what follows a `;` are parameters."""
        order = 0
        while self.toks[self.pos].kind == "'":
            order += 1
            self.pos += 1
        bracket = self.toks[self.pos]
        if bracket.kind not in ("(", "{", "["):
            raise self.fail(f"{row.name} is a function and needs its argument", bracket, f"{row.name}(…)")
        self.pos += 1
        args = [self.guarded(self.full)]
        while self.toks[self.pos].kind == ",":
            self.pos += 1
            args.append(self.guarded(self.full))
        if self.toks[self.pos].kind == ";" or self.toks[self.pos].kind == "|":
            self.note("parameters", f"the parameters after {self.shown(self.toks[self.pos])} in {row.name}(…) were left out", self.toks[self.pos].start, self.toks[bracket.mate].start)
            self.pos = bracket.mate
        if self.pos != bracket.mate:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "the end of the argument")
        self.pos += 1
        return self.tree("apply", args, (row, order), token.start, self.toks[bracket.mate].end)

    # ------------------------------------------------------------ constants and functions

    def builtin(self, token: Token) -> Tree | None:
        """e, π, I, and functions; None where the word is none of them."""
        word = token.value
        after = self.toks[self.pos + 1]
        if word in ("e", "E", "pi"):
            self.pos += 1
            return self.tree("const", [], "pi" if word == "pi" else "e", token.start, token.end)
        if word == "I" or word == "Id":
            self.pos += 1
            if after.kind in ("(", "[", r"\{") and self.relation_inside(after, self.pos):
                return self.indicator(token)
            return self.sized("eye", token)
        if word == "ones":
            self.pos += 1
            return self.sized("ones", token)
        if word == "zeros" and after.kind != "_":
            self.pos += 1
            return self.tree("num", [], number(Token("num", "0", 0, 0)), token.start, token.end)
        name = FUNCTIONS.get(word)
        if after.kind == "_" and self.toks[self.pos + 2].kind == "word" and not after.space:
            joined = FUNCTIONS.get(f"{word}_{self.toks[self.pos + 2].value}")
            if joined is not None:
                token.end = self.toks[self.pos + 2].end
                self.pos += 2
                name = joined
        if name is None and word in PREFIXES and (after.kind in ("(", "'") or (after.kind == "^" and self.call_after_power(self.pos + 1))):
            name = "sigmoid"
        if name is None and word == "delta" and after.kind == "(":
            name = "kronecker"
        if name is None:
            return None
        self.pos += 1
        return self.function(token, name)

    def call_after_power(self, at: int) -> bool:
        """σ^2(z), σ^{2}(z): a power between a function and its bracket."""
        token = self.toks[at + 1]
        if token.kind == "{":
            return self.toks[token.mate + 1].kind == "(" and not self.toks[token.mate + 1].space
        return token.kind in ("num", "'") and self.toks[at + 2].kind == "("

    def function(self, token: Token, name: str) -> Tree:
        """A function with primes, base, power and argument; or a binder such as max_i."""
        toks = self.toks
        word = token.value
        if name in ("sum", "prod"):
            after = toks[self.pos]
            if after.kind == "(" and not after.space:
                return self.called_big(name, token)
            return self.big(name, token)
        order = 0
        power: Tree | None = None
        base: list[Item] | None = None
        if name == "log" and toks[self.pos].kind == "num" and not toks[self.pos].space and toks[self.pos].value.isdigit():
            t = toks[self.pos]
            base = [("num", t.value, t.start, t.end)]
            self.pos += 1
        while True:
            t = toks[self.pos]
            if t.kind == "'" and power is None:
                order += 1
                self.pos += 1
            elif t.kind == "_" and base is None:
                if name in BINDERS:
                    return self.big(BINDERS[name], token)
                base, self.pos = self.subscript(self.pos)
                if name not in ("log", "softmax", "norm", "log_softmax", "leaky_relu", "elu"):
                    raise self.fail(f"{word} takes no subscript", t, f"{word}(…)")
                if name in ("softmax", "log_softmax"):
                    self.count_loose(base)
            elif t.kind == "^" and power is None:
                if toks[self.pos + 1].kind == "'":
                    order += 1
                    self.pos += 2
                    continue
                if toks[self.pos + 1].kind == "{" and toks[self.pos + 2].kind == "'" and toks[self.pos + 1].mate == self.pos + 3:
                    order += 1
                    self.pos += 4
                    continue
                marker = self.tree("num", [], number(Token("num", "1", 0, 0)), t.start, t.start)
                raised = self.raised(marker)
                if raised.op != "pow":
                    raise self.fail("this power of a function is not read", t, "a number, as in sin^2 x")
                power = raised.args[1]
            else:
                break
        t = toks[self.pos]
        if name == "piecewise":
            return self.piecewise(token)
        if name == "indicator":
            if t.kind not in ("(", "[", "{", r"\{"):
                raise self.fail("an indicator needs its condition", t, "Indicator(x > 0)")
            return self.indicator(token)
        if name in ("argmax", "argmin"):
            raise self.fail(f"{word} is no formula here", token, "the value itself")
        if t.kind == "(" or t.kind == "{" or t.kind == r"\{" or (t.kind == "[" and name != "num"):
            if name in BINDERS and t.kind == "(":
                called = self.called_binder(name, token)
                if called is not None:
                    return called
            args = self.arguments(t)
        else:
            if not self.starts_operand(t) and t.kind not in ("-", "+"):
                raise self.fail(f"{word} needs its argument", t, f"{word}(…)")
            self.enter(t)
            if t.kind in ("-", "+"):
                self.pos += 1
                inner = self.product(stop=True)
                if t.kind == "-":
                    inner = self.tree("neg", [inner], None, t.start, inner.end)
            elif self.is_single(t):
                inner = self.product(stop=True)
            else:
                inner = self.product(stop=True)
            self.depth -= 1
            args = [inner]
        end = toks[self.pos - 1].end
        made: Tree
        if name == "kronecker":
            made = self.tree("kronecker", args, None, token.start, end)
        else:
            if name in TRIG and power is not None and power.op == "group" and power.args[0].op == "neg":
                power = power.args[0]
            if name in TRIG and power is not None and power.op == "neg" and power.args[0].op == "num" and power.args[0].value == 1:
                self.note("inverse", f"{self.text[token.start : t.start]} was read as the inverse function", token.start, t.start)
                name, power = "a" + name, None
            made = self.tree("call", args, name, token.start, end)
            if base is not None or order:
                made.value = (name, base, order)
        if power is not None:
            made = self.tree("pow", [made, power], None, token.start, end)
        return made

    def is_single(self, token: Token) -> bool:
        return token.kind == "num"

    def arguments(self, bracket: Token) -> list[Tree]:
        """The arguments in a bracket."""
        self.enter(bracket)
        self.pos += 1
        if bracket.mate == self.pos:
            raise self.fail("an empty argument", bracket, "a value", span=(bracket.start, self.toks[bracket.mate].end))
        bars, self.bars = self.bars, []
        args = [self.full()]
        while self.toks[self.pos].kind == ",":
            self.pos += 1
            args.append(self.full())
        self.bars = bars
        if self.pos != bracket.mate:
            close = self.toks[self.pos]
            raise self.fail(self.unexpected(close), close, "an operator, a comma, or the end of the argument")
        self.pos += 1
        self.depth -= 1
        return args

    def piecewise(self, token: Token) -> Tree:
        """Piecewise((a, c), (b, d), (v, True))."""
        bracket = self.expect("(", "Piecewise((value, condition), …)")
        args: list[Tree] = []
        otherwise: Tree | None = None
        bars, self.bars = self.bars, []
        outer = self.toks.index(bracket, self.pos - 1)
        while self.pos < self.toks[outer].mate:
            pair = self.expect("(", "(value, condition)")
            at = self.pos - 1
            value = self.logic()
            self.expect(",", "a comma and the condition")
            t = self.toks[self.pos]
            if t.kind == "word" and (t.value in TRUTH or t.value in ELSE):
                self.pos += 1
                otherwise = value
            else:
                args += [self.logic(), value]
            if self.pos != self.toks[at].mate:
                raise self.fail(self.unexpected(self.toks[self.pos]), None, "the end of this case", span=(self.toks[self.pos].start, self.toks[self.pos].end))
            assert pair is self.toks[at]
            self.pos += 1
            if self.toks[self.pos].kind == ",":
                self.pos += 1
                if otherwise is not None and self.pos < self.toks[outer].mate:
                    raise self.fail("a case after the last one", None, "the end of Piecewise")
        self.bars = bars
        self.pos += 1
        if not args and otherwise is None:
            raise self.fail("cases without a case", token, "Piecewise((value, condition), …)")
        return self.tree("cases", args + ([otherwise] if otherwise else []), otherwise is not None, token.start, self.toks[self.pos - 1].end)

    # ------------------------------------------------------------ sums and other binders

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
                raise self.fail("a sum with an end and no index", token, "an index below, as in sum_{i=1}^n", tag="index")
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
            raise self.fail("a sum of nothing" if op == "sum" else f"{op} of nothing", t, "what is summed" if op == "sum" else "a value")
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
        loose = self.loose[seen:] if not binders else []
        made = self.tree("big", [inner], (op, binders, loose), token.start, inner.end)
        if not binders and loose:
            only = {letter for letter, _ in loose}
            if len(only) == 1:
                del self.loose[seen:]
        self.trailing = (self.pos, made)
        return made

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
            raise self.fail("an index was expected below", t, "an index, as in sum_i", tag="index", span=(mark.start, max(t.end, mark.end)))
        self.pos += 2
        after = self.toks[self.pos]
        value, end = t.value, t.end
        while after.kind == "'" and not after.space:
            value += "'"
            end = after.end
            self.pos += 1
            after = self.toks[self.pos]
        if len(value) > 1 and value not in GREEK and "'" not in value and end - t.start == len(value) and value not in self.scope.indices and self.split_tail(value[1:]):
            # sum_ix_i: one letter is the index, as LaTeX has it, unless the run is letters of indices
            self.split_word(t, 1)
            value, end = t.value, t.end
        letters = self.letters(value)
        made = [Binder(letter, t.start, end) for letter in letters]
        after = self.toks[self.pos]
        if after.kind == "rel" and after.value == "=" and len(made) == 1 and not after.space and self.toks[self.pos + 1].kind == "num":
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
                    raise self.fail(f"{self.shown(t)!r} does not belong below a sum", t, "an index, as in sum_{i=1}^n", tag="index")
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
        if len(rels) == 2 and toks[rels[0]].value in ("<=", "<") and toks[rels[1]].value in ("<=", "<") and rels[1] == rels[0] + 2 and toks[rels[0] + 1].kind == "word":
            t = toks[rels[0] + 1]
            if not self.bound.get(t.value):
                binder = Binder(t.value, t.start, t.end)
                if toks[rels[0]].value == "<=" and toks[rels[1]].value == "<=":
                    binder.lower = self.between(at, rels[0])
                    binder.upper = self.between(rels[1] + 1, end)
                    return [binder]
                return self.condition_below([binder], at - 1, end)
        candidates = [k for k in (at, rels[-1] + 1) if k < end and toks[k].kind == "word" and ((k == at and alone) or k == end - 1) and not self.bound.get(toks[k].value)]
        fresh = [k for k in candidates if toks[k].value not in self.scope.indices] or candidates
        if not fresh:
            raise self.fail("no index stands below this sum", toks[at], "an index, as in sum_{j <= i}", tag="index", span=(toks[at].start, toks[end - 1].end))
        t = toks[fresh[0]]
        return self.condition_below([Binder(t.value, t.start, t.end)], at - 1, end)

    def condition_below(self, made: list[Binder], mark: int, end: int) -> list[Binder]:
        """Indices with a condition on them, which stands after position `mark`."""
        if (mark >= 0 and self.toks[mark].kind == "in") or not made:
            raise self.fail("a set below a sum is not read", self.toks[mark], "an index with its ends or a condition, as in sum_{j <= i}", tag="index")
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
            if len(t.value) > 1 and t.value not in self.scope.sizes and t.value not in self.scope.rows and t.end - t.start == len(t.value) and (t.value[0] in self.scope.sizes or t.value[0] in self.scope.rows or t.value[0] in self.scope.indices):
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

    def commas(self, at: int) -> list[int]:
        """The commas directly inside the bracket at a position."""
        out: list[int] = []
        k, stop = at + 1, self.toks[at].mate
        while k < stop:
            t = self.toks[k]
            if t.kind == ",":
                out.append(k)
            k = t.mate + 1 if t.mate > k else k + 1
        return out

    def called_big(self, op: str, token: Token) -> Tree:
        """sum(x_i, i), Sum(x_i, (i, 1, n)), sum(x_i, i, 1, n), Sum(x_i)."""
        at = self.pos
        bracket = self.toks[at]
        if bracket.mate == at + 1:
            raise self.fail("a sum of nothing", bracket, "what is summed", span=(bracket.start, self.toks[bracket.mate].end))
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
                    raise self.fail("the index of the sum was expected", t, "sum(x_i, i) or Sum(x_i, (i, 1, n))", tag="index")
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

    # ------------------------------------------------------------ derivatives

    def skip_target(self, k: int, offset: int = 0) -> int | None:
        """The position behind a name or bracket that starts at k, its subscripts and labels included; None if there is none."""
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
        if t.kind == "word" and t.value[0] == "d" and len(t.value) > 1 and t.value not in self.scope.rows and t.value not in FUNCTIONS and t.value not in GREEK:
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
        row, end, items = self.match_adjoint(at, 1, t.value, "", {k[1:]: v for k, v in short.items()}) if t.value[0] == "d" else (None, 0, [])
        if row is None:
            return None
        self.pos = end
        made = self.tree("name", [], row, t.start, t.end)
        if items:
            self.count_loose(items)
            return self.tree("at", [made], items, t.start, self.toks[end - 1].end)
        return made

    def match_adjoint(self, at: int, offset: int, word: str, prefix: str, table: Any) -> tuple[Any, int, list[Item]]:
        """The longest key of `table` that is prefix + the name at `at`; what is left of its subscripts are entries."""
        base = word[offset:] if offset else self.toks[at].value
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
            else:
                break
            texts = [str(p) if i in ("word", "num", "raw") else "?" for i, p, _, _ in items]
            if len(texts) == 1 and texts[0] in ACCENTS:
                current += texts[0]
            else:
                current += "_" + _joined(texts)
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
        """A derivative as a quotient: a declared adjoint, or ∂of/∂wrt as written. `end`: the position behind the fraction."""
        first = self.toks[start]
        begin = start + (0 if above[0] else 1)
        wrt_at = at + (0 if below[0] else 1)
        of_text = self.text[self.toks[begin].start + above[0] if above[0] else self.toks[begin].start : self.toks[above[1] - 1].end]
        if self.scope.adjoints and self.toks[wrt_at].kind == "word":
            top = canonical(of_text)
            row, after, items = self.match_adjoint(wrt_at, below[0], self.toks[wrt_at].value, f"d{top}/d", self.scope.adjoints)
            if row is not None:
                self.pos = after if end is None else end
                made = self.tree("name", [], row, first.start, self.toks[self.pos - 1].end)
                if items:
                    self.count_loose(items)
                    return self.tree("at", [made], items, first.start, self.toks[self.pos - 1].end)
                return made
        of = self.target(begin, above[0], above[1])
        wrt = self.target(wrt_at, below[0], below[1])
        self.pos = below[1] if end is None else end
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
        found = self.factor()
        self.depth -= 1
        if self.pos != end:
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
        if not (first.kind == "partial" or (first.kind == "word" and first.value[0] == "d" and first.value not in self.scope.rows)):
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


_CONDITIONS = frozenset(["rel", "and", "or", "not"])
_SPOKEN = ("exp", "log", "sin", "cos", "tan", "ln", "sqrt", "max", "min", "relu", "sigmoid", "softmax", "tanh", "det", "diag", "abs", "sum")
"""Functions that are run together with a name by mistake: no run of letters is split through them."""


def _joined(texts: list[Any]) -> str:
    """Subscripts run together as in `spelling`."""
    many = len(texts) > 1 and any(t.isdigit() and len(t) > 1 for t in texts)
    return ("," if many else "").join(texts)
