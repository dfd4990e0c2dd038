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

from derivations.domains import Declared
from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.brackets import Brackets
from derivations.notation.read.grammar.cursor import MAX_ATTACHED, Binder, Item, Tree, is_condition
from derivations.notation.read.scope import Scope
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number, tokenize
from derivations.notation.words import AND, COMPARISONS, ELSE, IF, KEYWORDS, NOT, OPERAND, OR, PRODUCT, SINCE, UNLESS

__all__ = ["Binder", "Item", "Parser", "Tree"]


_BRACKETS = frozenset(["(", "[", r"\{"])
_HEADS = frozenset(["name", "at", "const", "size", "eye", "ones"])
"""What a bracket with names in it may be the argument of."""


def is_number(tree: Tree) -> bool:
    """Whether a tree is a number or the name of one."""
    return tree.op in ("num", "const", "size", "letter") or (tree.op == "name" and not tree.value.sizes)


def whole(exponent: Tree) -> int | None:
    """The integer that an exponent is; None where it is none."""
    sign = 1
    while exponent.op in ("group", "neg"):
        sign = -sign if exponent.op == "neg" else sign
        exponent = exponent.args[0]
    return sign * int(exponent.value) if exponent.op == "num" and exponent.value.denominator == 1 else None


class Parser(Brackets):
    """One reading of one text; a text that reads two ways is refused with both."""

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
        if token.kind == "word" and (token.value in IF or token.value in UNLESS) and not is_condition(value):
            return self.inline_cases(value)
        return value

    def array_heads(self, token: Token) -> tuple[list[tuple[str, Any, Token]], int] | None:
        """The indices before an arrow, `j ->`, `(i, j:d) ->`, and the position behind it; None where there is no
        arrow."""
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
                size = self.scope.sizes.get(t2.value) or (
                    int(t2.value) if t2.kind == "num" and t2.value.isdigit() and len(t2.value) < 6 else None
                )
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
        """`v if c, w if d, u otherwise`, `v if c else w`, `v for c; w for d`, `v unless c`."""
        pairs: list[tuple[Tree, Tree]] = []
        otherwise: Tree | None = None
        beside = False
        value = first
        while True:
            token = self.toks[self.pos]
            if token.kind == "word" and (token.value in IF or token.value in UNLESS):
                self.pos += 1
                condition = self.logic()
                pairs.append((self.denied(condition) if token.value in UNLESS else condition, value))
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
            if token.kind == "word" and token.value in (AND | OR) and (comma or self.next_case()):
                comma = True
                self.pos += 1
                token = self.toks[self.pos]
            if token.kind == "word" and token.value in ELSE:
                self.pos += 1
                if self.toks[self.pos].kind == ":":
                    self.pos += 1
                otherwise = self.logic()
                after = self.toks[self.pos]
                if after.kind == "word" and after.value in IF and not is_condition(otherwise):
                    value, otherwise = otherwise, None
                    continue
                break
            if not comma or not (self.starts_operand(token) or token.kind in ("-", "+", "|", "||")):
                self.pos = save
                break
            value, beside = self.logic(), True
            if self.toks[self.pos].kind == ",":
                self.pos += 1
        if beside:
            self.beside([c for c, _ in pairs])
        args = [t for pair in pairs for t in pair] + ([otherwise] if otherwise else [])
        return self.tree("cases", args, otherwise is not None, min(a.start for a in args), max(a.end for a in args))

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
                if self.next_case():
                    break
                self.pos += 1
                clauses.append(self.clause())
            elif token.kind == "or" or (token.kind == "word" and token.value in OR):
                self.pos += 1
                alternatives.append(self.joined("and", clauses))
                clauses = [self.clause()]
            else:
                break
        return self.joined("or", [*alternatives, self.joined("and", clauses)])

    def next_case(self) -> bool:
        """Whether the `and` here joins cases, not conditions: `a if c and b otherwise`."""
        k = self.pos + 1
        while k < len(self.toks) - 1:
            t = self.toks[k]
            if t.kind == "word" and t.value in IF | ELSE:
                return True
            if t.kind in ("rel", ",", ";", "and", "or", ")", "}", "]") or (
                t.kind == "word" and t.value in AND | OR | NOT
            ):
                return False
            k = t.mate + 1 if t.mate > k else k + 1
        return False

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
        if token.kind != "rel" or token.value not in COMPARISONS or is_condition(left):
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
                if self.toks[self.pos].start == self.toks[self.pos - 1].end:
                    raise self.fail(
                        (
                            f"{self.text[self.toks[self.pos - 1].start : self.toks[self.pos].end]} stands for two "
                            "signs, which is not read"
                        ),
                        expected="one sign, or brackets around a negative term",
                    )
                negative ^= kind == "-"
                self.pos += 1
                kind = self.toks[self.pos].kind
            seen, used = len(self.loose), len(self.used)
            term = self.product()
            if negative:
                term = self.tree("neg", [term], None, term.start, term.end)
            kind = self.toks[self.pos].kind
            if (
                sums is not None
                and (len(self.loose) > seen or len(self.used) > used)
                and self.extend(sums[1], term, seen, used)
            ):
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
            if twice is None:
                return False
            sign = self.text[big.end : term.start].strip()
            inner, rest = self.source(big.args[0]), self.source(term)
            raise self.fail(
                f"{rest} after the sum uses its index {twice}, which is declared as well: this reads two ways",
                span=(term.start, term.end), tag="ambiguous", expected="brackets",
                readings=put(self.text, (big.args[0].start, term.end), f"({inner}) {sign} {rest}",
                    f"({inner} {sign} {rest})"),
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
        self.note(
            "sum-extent",
            f"the sum was read to go on over {self.source(term)}, which uses its index",
            big.start,
            term.end,
        )
        return True

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
                if stop and (
                    (op == "/" and token.space)
                    or after.kind in ("sum", "prod")
                    or (after.kind == "word" and self.is_function(after, self.pos + 1))
                ):
                    break  # ln a / a is (ln a)/a
                if stop and op != "/":
                    self.note(
                        "function-extent",
                        f"a function without brackets was read to take {self.shown(token)} {self.shown(after)} as well",
                        token.start,
                        after.end,
                    )
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
                if not self.indicates(token, self.pos + 1):
                    self.note(
                        "juxtaposed-number",
                        f"{self.shown(before)} {self.shown(token)} was read as a product",
                        before.start,
                        token.end,
                    )
            elif token.kind in _BRACKETS:
                self.not_applied(args[-1], token)
                if stop and token.space and token.kind != r"\{":
                    self.apart = self.pos
            args.append(self.factor())
            if token.kind == "frac" and args[-2].op == "num":
                self.mixed_number(args[-2], args[-1])
            elif args[-2].op == "size" and args[-2].end == args[-1].start:
                self.differential_of(args[-2], args[-1])
        if len(args) == 1:
            return first
        if any(a.op == "prod" for a in args):
            args = [x for a in args for x in (a.args if a.op == "prod" and a.value[0] == "split" else [a])]
        return self.tree("prod", args, ["jux"] * (len(args) - 1), first.start, args[-1].end)

    def divisor(self, factor: Tree, stop: bool) -> tuple[Tree, Tree | None]:
        """What `/` divides by, and what stands beside it as a further factor: `a/b c` is (a/b)c, `a/bc` reads two
        ways."""
        token = self.toks[self.pos]
        if not self.starts_operand(token) or (token.kind == "word" and token.value == "o" and self.hadamard_o()):
            if factor.op == "prod" and factor.value and factor.value[0] == "split":
                raise self.two_ways(factor, factor.args, None)
            return factor, None
        if stop and (token.kind in ("sum", "prod") or (token.kind == "word" and self.is_function(token, self.pos))):
            return factor, None
        before = self.toks[self.pos - 1]
        if token.kind in _BRACKETS:
            self.not_applied(factor, token)
        closed = before.kind in (")", "]", "}", r"\}") and factor.op not in ("at", "pow", "name")
        if closed and factor.op in ("call", "apply", "special"):  # 1/f(x)g reads two ways, 1/√(2π)e^x does not
            closed = token.kind == "word" and (token.value in ("e", "E") or self.is_function(token, self.pos))
        if closed or (factor.op == "T" and (factor.value is None or not is_number(factor.args[0]))):
            more = self.juxtaposed(self.factor(), stop)  # 1/w^T w is 1/(w^T w): `prod` of the lowering sees to it
            return factor, more
        if token.space or token.kind in ("sum", "prod"):
            plain = not (
                token.space
                and (token.kind in ("sum", "prod") or (token.kind == "word" and self.is_function(token, self.pos)))
            )
            more = self.juxtaposed(self.factor(), stop)
            if plain:  # nobody means 2/(n Σ…) by 2/n Σ…, nor -N/(2 log …) by -N/2 log …
                self.note(
                    "division",
                    (
                        f"/{self.source(factor)} {self.source(more)} was read as (… / {self.source(factor)}) · "
                        f"{self.source(more)}"
                    ),
                    factor.start,
                    more.end,
                )
            return factor, more
        raise self.two_ways(factor, [factor], token)

    def two_ways(self, factor: Tree, group: list[Tree], token: Token | None) -> ReadError:
        """`/2x`: (…/2)·x or …/(2x)."""
        group = list(group)
        if token is not None:
            while True:
                beside = self.toks[self.pos]
                if beside.space or not self.starts_operand(beside) or beside.kind in ("sum", "prod"):
                    break
                group.append(self.factor())
        end = group[-1].end
        whole, rest = self.text[group[0].start : end], self.text[group[1].start : end]
        return self.fail(
            f"/{whole} reads two ways", span=(factor.start, end), tag="ambiguous",
            expected="brackets, or a space after the divisor",
            readings=put(self.text, (factor.start, end), f"{self.source(group[0])} * {rest}", f"({whole})"),
        )  # fmt: skip

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
                made = self.raised(base)
                base = self.two_entries(base, made) if base.op == "at" and made.op in ("pow", "T") else made
            elif kind == "_":
                base = self.lowered(base)
            elif (
                kind == "."
                and self.toks[self.pos + 1].kind == "word"
                and self.toks[self.pos + 1].value in ("T", "t")
                and not self.toks[self.pos + 1].space
                and (not self.is_sized_pair())
            ):
                self.pos += 2
                base = self.tree("T", [base], None, base.start, self.toks[self.pos - 1].end)
            elif kind == "!":
                self.pos += 1
                if base.op == "call" and base.value == "factorial" and self.text[base.end - 1] == "!":
                    raise self.fail(
                        "a double factorial is not read",
                        token,
                        "(n!)!, if that is meant",
                        span=(base.end - 1, token.end),
                    )
                base = self.tree("call", [base], "factorial", base.start, token.end)
            elif kind == "'":
                raise self.fail(
                    "a prime stands where none is declared",
                    token,
                    "^T for a transpose, or a declared name with a prime",
                )
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
            t.kind in (",", ":", "+", "-")
            or (t.kind == "num" and t.value.isdigit())
            or (t.kind == "word" and (self.bound.get(t.value) or t.value in self.scope.indices))
            for t in inside
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
                if inner.kind == "top" or (
                    inner.kind == "word" and inner.value in ("T", "t", "intercal") and self.transposes(inner.value)
                ):
                    self.pos += 3
                    return self.tree("T", [base], self.maybe_power(inner), base.start, self.toks[self.pos - 1].end)
                if inner.kind == "'":
                    raise self.fail("a prime stands where none is declared", inner, "a declared name with a prime")
            if (
                token.mate == self.pos + 3
                and inner.kind == "-"
                and (
                    self.toks[self.pos + 2].kind == "top"
                    or (
                        self.toks[self.pos + 2].kind == "word"
                        and self.toks[self.pos + 2].value == "T"
                        and self.transposes("T")
                    )
                )
            ):
                self.pos += 4
                return self.tree("invT", [base], None, base.start, self.toks[self.pos - 1].end)
            if token.mate == self.pos + 1:
                raise self.fail(
                    "an empty power",
                    token,
                    "a power, as in x^2",
                    span=(hat.start, max(self.toks[token.mate].end, hat.end)),
                )
            if kind == "{" and inner.kind in ("(", "[") and inner.mate == token.mate - 1:
                label = self.label_items(inner)
                if label is not None:
                    self.pos = token.mate + 1
                    return self.tree(
                        "label", [base], (label, self.toks[inner.mate].end), base.start, self.toks[self.pos - 1].end
                    )
            if (
                kind == "{"
                and self.toks[token.mate - 1].kind == "word"
                and self.toks[token.mate - 1].value == "T"
                and self.toks[token.mate - 1].start == self.toks[token.mate - 1].end - 1
                and self.toks[token.mate - 2].kind == "num"
                and token.start == token.end
            ):
                # x²ᵀ in one run of superscripts
                power = self.tree(
                    "num", [], number(self.toks[self.pos + 1]), token.start, self.toks[token.mate - 1].start
                )
                if token.mate == self.pos + 3:
                    self.pos = token.mate + 1
                    return self.tree(
                        "T",
                        [self.tree("pow", [base, power], None, base.start, power.end)],
                        None,
                        base.start,
                        self.toks[self.pos - 1].end,
                    )
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
            if self.toks[self.pos + 1].space or self.toks[self.pos + 1].kind in (")", "}", "]", "end of text"):
                raise self.fail(
                    f"^{self.shown(token)} is no power", token, "a power, as in x^2", span=(hat.start, token.end)
                )
            if (
                self.toks[self.pos + 1].kind == "word"
                and self.toks[self.pos + 1].value == "T"
                and self.transposes("T")
                and kind == "-"
            ):
                self.pos += 2
                return self.tree("invT", [base], None, base.start, self.toks[self.pos - 1].end)
        elif not self.starts_operand(token):
            raise self.fail("an empty power", token, "a power, as in x^2", span=(hat.start, max(hat.end, token.end)))
        exponent = self.exponent()
        run = exponent.args[0] if exponent.op == "neg" else exponent
        if run.op == "prod" and run.value and run.value[0] == "split":
            first, rest = self.text[exponent.start : run.args[0].end], self.text[run.args[1].start : exponent.end]
            below = self.source(base)
            apart = f"{below}^({first}) {rest}" if exponent is not run else f"{below}^{first} {rest}"
            raise self.fail(
                f"the power {self.source(exponent)} reads two ways",
                span=(exponent.start, exponent.end),
                tag="ambiguous",
                expected="braces around the power",
                readings=put(self.text, (base.start, exponent.end), apart, f"{below}^({self.source(exponent)})"),
            )
        return self.tree("pow", [base, exponent], None, base.start, exponent.end)

    def exponent(self) -> Tree:
        """A power without braces; a number in it takes no subscript: x^2_i is the square of x_i."""
        at = self.pos + (self.toks[self.pos].kind in ("-", "+"))
        if self.toks[at].kind != "num" or self.toks[at + 1].kind != "_":
            return self.signed_factor()
        sign, numeral = self.toks[self.pos], self.toks[at]
        self.pos = at + 1
        made = self.tree("num", [], number(numeral), numeral.start, numeral.end)
        return self.tree("neg", [made], None, sign.start, numeral.end) if sign.kind == "-" else made

    def lowered(self, base: Tree) -> Tree:
        """Subscripts on an expression: entries of a tensor."""
        mark = self.toks[self.pos]
        if base.op in ("num", "ind"):
            raise self.fail("a number takes no subscript", mark, "an operator", tag="index")
        items, self.pos = self.subscript(self.pos)
        self.count_loose(items)
        end = self.toks[self.pos - 1].end
        below = base.args[0] if base.op in ("T", "pow") else base
        axes = len(below.value.sizes) if below.op == "name" else 0
        if base.op == "T" and below.op == "name" and self.places(items) == 1:
            return self.tree("T", [self.tree("at", [below], items, base.start, end)], base.value, base.start, end)
        if (
            base.op == "pow"
            and below.op == "norm"
            and not below.value
            and items[0][0] == "num"
            and items[0][1] in ("1", "2")
        ):
            return self.tree(
                "pow",
                [self.tree("norm", below.args, items[0][1], below.start, below.end), base.args[1]],
                None,
                base.start,
                end,
            )
        if base.op == "pow" and below.op == "name" and not (axes == 2 and below.value.sizes[0] == below.value.sizes[1]):
            return self.tree(
                "pow", [self.tree("at", [below], items, base.start, end), base.args[1]], None, base.start, end
            )
        if (
            base.op == "pow"
            and below.op == "name"
            and self.places(items) == 2
            and whole(base.args[1]) not in (None, -1)
        ):
            name, raised, below_ = self.source(below), self.text[below.end : base.end], self.text[mark.start : end]
            raise self.fail(
                f"{self.text[base.start : end]} reads two ways", span=(base.start, end), tag="ambiguous",
                expected="brackets",
                readings=put(self.text, (base.start, end), f"({name}{below_}){raised}", f"({name}{raised}){below_}"),
            )  # fmt: skip
        return self.tree("at", [base], items, base.start, end)

    def two_entries(self, base: Tree, made: Tree) -> Tree:
        """A_{ij}^{-1} of a square matrix, A_{ij}^T: of the entry, or the entry of the inverse, of the transpose."""
        row = base.args[0].value if base.args[0].op == "name" else None
        if (
            row is None
            or len(row.sizes) != 2
            or self.places(base.value) != 2
            or (made.op == "pow" and (row.sizes[0] != row.sizes[1] or whole(made.args[1]) != -1))
        ):
            return made
        name, below, raised = (
            self.source(base.args[0]),
            self.text[base.args[0].end : base.end],
            self.text[base.end : made.end],
        )
        if not below:
            return made
        raise self.fail(
            f"{self.source(made)} reads two ways", span=(made.start, made.end), tag="ambiguous", expected="brackets",
            readings=put(self.text, (made.start, made.end),
                f"(1/{name}{below})" if made.op == "pow" else f"({name}{below}){raised}", f"({name}{raised}){below}"),
        )  # fmt: skip

    def places(self, items: list[Item]) -> int:
        """How many axes subscripts settle."""
        if len(items) == 1 and items[0][0] == "num":
            return len(items[0][1])
        return sum(len(self.letters(payload)) if kind == "word" else 1 for kind, payload, _, _ in items)

    def not_applied(self, head: Tree, bracket: Token) -> None:
        """Refuse V(s), P(y|x), α_t(i), E[…]: a bracket that lists declared names is the argument of what stands before
        it, not a factor."""
        start = head.start
        while head.op == "prod" and head.value[-1] == "split":
            head = head.args[-1]
        if head.op == "pow":
            base, above = head.args
            start, head = (
                (above.start, above)
                if above.end == bracket.start and above.op != "num"
                else (start, base if base.op == "name" and not base.value.sizes else head)
            )
        if head.op not in _HEADS:
            return
        toks = self.toks
        shown, inside = (
            self.text[start : toks[toks.index(bracket, self.pos) - 1].end],
            self.text[bracket.end : toks[bracket.mate].start].strip(),
        )
        span = (start, toks[bracket.mate].end)
        named, listed, plain = self.listing(bracket)
        if head.op == "name" and self.dressing(head.start, head.end) in ("mathbb", "operatorname"):
            if self.source(head).strip("{} ")[-1] in "E𝔼":
                raise self.expectation(head.start, head.end, bracket)
            named = plain = True
        if head.op in ("eye", "ones") and plain and not listed:
            letter = "I" if head.op == "eye" else "ones"
            raise self.fail(
                f"{shown}({inside}) is no product",
                bracket,
                f"{letter}_{{{inside}}} for its size, {shown} * {inside} for the product",
                span=span,
            )
        row = (
            head.value
            if head.op == "name"
            else head.args[0].value
            if head.op == "at" and head.args[0].op == "name"
            else None
        )
        tensor = row is not None and bool(row.sizes)
        entry = tensor and bracket.kind == "(" and not plain and self.counts(bracket)
        if (
            not (named or tensor)
            or not (plain or entry or (listed and named and bracket.kind == "("))
            or (bracket.kind == "[" and listed == ",")
        ):
            return
        instead = "" if listed else f"{shown} * {inside if plain else f'({inside})'} for the product"
        if tensor:
            instead = (
                f"{self.source(head.args[0] if head.op == 'at' else head)}_{{…}} with all indices for an entry"
                + (f", {instead}" if instead else "")
            )
        raise self.fail(
            (
                f"{shown}{self.shown(bracket)}{inside}{self.shown(toks[bracket.mate])} is {shown} as a function "
                f"of {inside}, which is not read"
            ),
            bracket,
            instead,
            "application",
            span=span,
        )

    def counts(self, bracket: Token) -> bool:
        """Whether a bracket holds an index and numbers, as in x(t-1)."""
        inside = self.toks[self.toks.index(bracket, self.pos) + 1 : bracket.mate]
        return all(
            t.kind in ("num", "+", "-", ",")
            or (t.kind == "word" and (t.value in self.scope.indices or self.bound.get(t.value)))
            for t in inside
        )

    def listing(self, bracket: Token) -> tuple[bool, str, bool]:
        """What a bracket lists: whether a declared name is among it, the sign that separates, whether each entry is one
        name or number."""
        toks, k, stop = self.toks, self.toks.index(bracket, self.pos) + 1, bracket.mate
        scope = self.scope
        named, sign, plain = False, "", True
        fresh = True
        bars = sum(t.kind in ("|", "||") for t in toks[k:stop])
        while k < stop:
            token = toks[k]
            kind = token.kind
            if kind in (",", ";") or (kind in ("|", "||") and bars == 1):  # more bars are absolute values
                sign = sign if sign and sign != "," else kind
                fresh = True
                k += 1
                continue
            word = kind == "word" and (
                token.value in scope.bases or token.value in scope.indices or bool(self.bound.get(token.value))
            )
            named = named or word
            if not fresh or not (word or (kind == "num" and token.value.isdigit())):
                plain = False
                k = token.mate + 1 if token.mate > k else k + 1
                fresh = False
                continue
            fresh = False
            k += 1
            while k < stop and toks[k].kind in ("_", "'", "^", "num") and (toks[k].kind != "num" or not toks[k].space):
                if toks[k].kind in ("'", "num"):
                    k += 1
                elif (
                    toks[k].kind == "^"
                    and toks[k + 1].kind != "*"
                    and not (toks[k + 1].kind == "{" and toks[k + 2].kind in ("(", "[", "*", "'"))
                ):
                    plain = False  # a power, no label
                    k = toks[k + 1].mate + 1 if toks[k + 1].mate > k else k + 2
                else:
                    k = toks[k + 1].mate + 1 if toks[k + 1].mate > k else k + 2
        return named, sign, plain

    def mixed_number(self, before: Tree, fraction: Tree) -> None:
        r"""2\frac12: two and a half, or two times a half."""
        above, below = (
            (group.args[0] if group.op == "group" else group for group in fraction.args)
            if fraction.op == "div"
            else (fraction, fraction)
        )
        if above.op == "num" and below.op == "num" and before.value.denominator == 1 and 0 < above.value < below.value:
            shown, part = self.source(before), self.source(fraction)
            raise self.fail(
                f"{self.text[before.start : fraction.end]} reads two ways", span=(before.start, fraction.end),
                tag="ambiguous", expected="+ or * between the two",
                readings=put(self.text, (before.start, fraction.end), f"({shown} + {part})", f"{shown} * {part}"),
            )  # fmt: skip

    def differential_of(self, before: Tree, factor: Tree) -> None:
        """Refuse dX where d is a size: the differential of X is no product."""
        name = factor.args[0] if factor.op == "at" else factor
        if before.value == "d" and name.op == "name" and name.value.sizes:
            shown = self.source(factor)
            raise self.fail(
                f"d{shown} is a differential, which is not read",
                span=(before.start, factor.end),
                expected=f"d * {shown} for the product",
            )

    def primary(self, token: Token) -> Tree:
        kind = token.kind
        if kind == "num":
            self.pos += 1
            after = self.toks[self.pos]
            if after.kind == "word" and after.value in ("e", "E") and not after.space and "e" not in self.scope.bases:
                then = self.toks[self.pos + 1]
                digits = self.toks[min(self.pos + 2, len(self.toks) - 1)]
                if then.kind in ("-", "+") and digits.kind == "num" and not then.space and not digits.space:
                    shown = self.shown(digits)
                    sign = "-" if then.kind == "-" else ""
                    raise self.fail(
                        f"{self.text[token.start : digits.end]} reads two ways here", span=(token.start, digits.end),
                        tag="ambiguous", expected="* between the factors",
                        readings=put(self.text, (token.start, digits.end), f"{self.shown(token)}*10^({sign}{shown}) ",
                            f"{self.shown(token)}*{self.shown(after)} {self.shown(then)} {shown} "),
                    )  # fmt: skip
                if then.kind == "^":
                    self.note(
                        "literal",
                        (
                            f"{self.shown(token)}e^… was read literally, as {self.shown(token)} times a power of "
                            f"e; for a power of ten write {self.shown(token)}*10^…"
                        ),
                        token.start,
                        then.end,
                    )
            elif "e" in token.value or "E" in token.value:
                letter = "e" if "e" in token.value else "E"
                if letter in self.scope.bases:
                    mantissa, exponent = token.value.split(letter)
                    raise self.fail(
                        f"{token.value} reads two ways, because {letter} is declared",
                        token,
                        "brackets or *",
                        "ambiguous",
                        readings=put(
                            self.text,
                            (token.start, token.end),
                            f"{mantissa}*10^({exponent})",
                            f"{mantissa}*{letter} {exponent}",
                        ),
                    )
            elif (
                after.kind == ","
                and not after.space
                and self.toks[self.pos + 1].kind == "num"
                and len(self.toks[self.pos + 1].value) == 3
                and not self.toks[self.pos + 1].space
                and len(token.value) <= 3
            ):
                self.note(
                    "comma",
                    (
                        f"{self.shown(token)},{self.toks[self.pos + 1].value} was read as two values; a thousand "
                        "is written 1000"
                    ),
                    token.start,
                    self.toks[self.pos + 1].end,
                )
            elif self.indicates(token, self.pos):
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
        raise self.fail(
            self.unexpected(token),
            token,
            "a value: a number, a name, a function or a bracket",
            tag="relation" if kind == "rel" else "syntax",
        )


def reads_as(text: str, row: Declared, scope: Scope) -> bool:
    """Whether a text is the name of a declaration and nothing else."""
    try:
        parser = Parser(text, tokenize(text), scope)
        tree = parser.full()
    except ReadError:
        return False
    return parser.toks[parser.pos].kind == "end of text" and tree.op == "name" and tree.value is row
