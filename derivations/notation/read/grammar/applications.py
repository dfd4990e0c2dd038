"""Constants, functions and their arguments, indicators, Piecewise."""

from __future__ import annotations

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import UPRIGHT, Item, Tree
from derivations.notation.read.grammar.summation import Summation
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.words import ALONG, BINDERS, ELSE, FUNCTIONS, PREFIXES, TRIG, TRUTH


class Applications(Summation):
    """Constants, functions and their arguments, indicators, Piecewise."""

    def ones(self, token: Token) -> Tree:
        r"""\mathbf 1: an indicator before a condition, else the vector of ones; \mathbb I likewise the identity."""
        self.pos += 1
        after = self.toks[self.pos]
        if after.kind in ("(", "[", r"\{", "{") and self.relation_inside(after, self.pos):
            return self.indicator(token)
        if (
            after.kind == "_"
            and self.toks[self.pos + 1].kind in ("{", "(", "[")
            and self.relation_inside(self.toks[self.pos + 1], self.pos + 1)
        ):
            return self.indicator(token)
        return self.sized("ones" if token.value != "I" else "eye", token)

    def indicates(self, token: Token, at: int) -> bool:
        """Whether a numeral, followed by the token at a position, is the 1 of an indicator: 1[x > 0], 1{i = j}, 1_{z >
        0}."""
        after = self.toks[at]
        if token.value != "1" or (after.space and after.kind != "_"):
            return False
        if after.kind == "_":
            at += 1
            after = self.toks[at]
            return after.kind in ("{", "(", "[") and self.relation_inside(after, at)
        return after.kind in ("[", r"\{", "{", "(") and self.relation_inside(after, at)

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

    def builtin(self, token: Token) -> Tree | None:
        """e, π, I, and functions; None where the word is none of them."""
        word = token.value
        after = self.toks[self.pos + 1]
        if word in ("e", "E", "pi"):
            self.constant(token, after)
            self.pos += 1
            return self.tree("const", [], "pi" if word == "pi" else "e", token.start, token.end)
        if word == "I" or word == "Id":
            if self.dressing(token.start, token.end) in ("mathcal", "mathscr", "mathfrak"):
                raise self.unknown(word, token)
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
        if (
            name is None
            and word in PREFIXES
            and (after.kind in ("(", "'") or (after.kind == "^" and self.call_after_power(self.pos + 1)))
        ):
            name = "sigmoid"
        if name is None and word == "delta" and after.kind == "(":
            name = "kronecker"
        if name is None:
            return None
        self.pos += 1
        return self.function(token, name)

    def constant(self, token: Token, after: Token) -> None:
        """Refuse what only looks like a constant: an expectation, a vector e or π in bold."""
        shown = self.shown(token)
        style = self.dressing(token.start, token.end)
        if token.value == "E" and (style or after.kind in ("(", "[", r"\{", "_")):
            raise self.expectation(token.start, token.end, after)
        if style not in UPRIGHT:
            raise self.fail(
                f"{shown} is not declared; the constant is written {'e' if token.value == 'e' else 'π'}",
                token,
                self.scope.known(),
                "unknown-name",
            )
        if after.kind == "_" and token.value == "e":
            raise self.fail(
                "e with a subscript is a unit vector, which is not declared", token, self.scope.known(), "unknown-name"
            )

    def expectation(self, start: int, end: int, after: Token) -> ReadError:
        r"""E[x], \mathbb{E}_p[x]."""
        stop = self.toks[after.mate].end if after.mate >= 0 else end
        return self.fail(
            f"{self.text[start:stop]} is an expectation, which is not read yet; Euler's number is e",
            None,
            "the sum or the mean that is meant",
            "application",
            span=(start, stop),
        )

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
        if name in ALONG and toks[self.pos].kind == "(":
            along = self.along(name, token)
            if along is not None:
                return along
        if name in ("sum", "prod"):
            after = toks[self.pos]
            if after.kind == "(" and not after.space:
                return self.called_big(name, token)
            return self.big(name, token)
        order = 0
        power: Tree | None = None
        base: list[Item] | None = None
        if (
            name == "log"
            and toks[self.pos].kind == "num"
            and not toks[self.pos].space
            and toks[self.pos].value.isdigit()
        ):
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
                if (
                    toks[self.pos + 1].kind == "{"
                    and toks[self.pos + 2].kind == "'"
                    and toks[self.pos + 1].mate == self.pos + 3
                ):
                    order += 1
                    self.pos += 4
                    continue
                marker = self.tree("num", [], number(Token("num", "1", 0, 0)), t.start, t.start)
                raised = self.raised(marker)
                if raised.op != "pow":
                    raise self.fail("this power of a function is not read", t, "a number, as in sin^2 x")
                power = raised.args[1]
                self.power_of(name, token, raised)
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
            if t.kind == "[" and toks[t.mate + 1].kind in ("(", "{") and not toks[t.mate + 1].space:
                raise self.fail(
                    f"what stands in {self.text[t.start : toks[t.mate].end]} is not read",
                    t,
                    f"{word}(…)",
                    span=(t.start, toks[t.mate].end),
                )
            args = self.arguments(t)
            if name == "log" and power is None:
                args = self.powered_log(token, t, args)
        else:
            if not self.starts_operand(t) and not (
                t.kind == "-" and not toks[self.pos + 1].space and (t.space or self.text[token.start] == "\\")
            ):
                raise self.fail(f"{word} needs its argument", t, f"{word}(…)")
            self.enter(t)
            if t.kind == "-":
                self.pos += 1
                inner = self.extent(token, t)
                inner = self.tree("neg", [inner], None, t.start, inner.end)
            else:
                inner = self.extent(token, t)
            self.depth -= 1
            args = [inner]
        end = toks[self.pos - 1].end
        made: Tree
        if name == "kronecker":
            made = self.tree("kronecker", args, None, token.start, end)
        else:
            if name in TRIG and power is not None and power.op == "group" and power.args[0].op == "neg":
                power = power.args[0]
            if (
                name in TRIG
                and power is not None
                and power.op == "neg"
                and power.args[0].op == "num"
                and power.args[0].value == 1
            ):
                self.note(
                    "inverse",
                    f"{self.text[token.start : t.start]} was read as the inverse function",
                    token.start,
                    t.start,
                )
                name, power = "a" + name, None
            made = self.tree("call", args, name, token.start, end)
            if base is not None or order:
                made.value = (name, base, order)
        if power is not None:
            made = self.tree("pow", [made, power], None, token.start, end)
        return made

    def extent(self, token: Token, first: Token) -> Tree:
        """What a function without brackets takes: `ln a / a` ends before the /, `ln a/b` and `log p (1-p)` read two
        ways."""
        before, self.apart = self.apart, -1
        inner = self.product(stop=True)
        apart, self.apart = self.apart, before
        if (
            inner.op == "num"
            and inner.value == 1
            and FUNCTIONS.get(token.value) == "log"
            and self.toks[self.pos].kind in ("+", "-")
        ):
            raise self.fail(
                f"{self.text[token.start : inner.end]} is 0: which terms does the logarithm take?",
                span=(token.start, inner.end),
                expected="brackets around what it takes",
                tag="ambiguous",
            )
        cut = None
        signs = list(inner.value) if inner.op == "prod" else []  # type: ignore[arg-type]
        if "/" in signs:
            cut = inner.args[signs.index("/")].end
        elif apart >= 0 and inner.op == "prod":
            cut = self.toks[apart - 1].end
        if cut is None:
            return inner
        whole = (token.start, inner.end)
        function, taken = self.text[token.start : first.start], self.text[first.start : inner.end]
        raise self.fail(
            f"{self.text[token.start : inner.end]} reads two ways", span=whole, tag="ambiguous",
            expected="brackets around what the function takes",
            readings=put(self.text, whole, f"({self.text[token.start : cut]}){self.text[cut : inner.end]}",
                f"{function}({taken})"),
        )  # fmt: skip

    def power_of(self, name: str, token: Token, raised: Tree) -> None:
        """Refuse exp^x, which is no power of a value, and f^-1, the inverse function or a reciprocal."""
        power = raised.args[1]
        while power.op == "group":
            power = power.args[0]
        word, shown = token.value, self.text[token.start : raised.end]
        if name == "exp":
            raise self.fail(
                f"{shown} is no power of e",
                token,
                "e^x or exp(x); exp(x)^2 for a power of it",
                span=(token.start, raised.end),
            )
        if name not in TRIG and power.op == "neg" and power.args[0].op == "num" and power.args[0].value == 1:
            instead = {"sigmoid": "logit(x)", "log": "exp(x)"}.get(name, "the inverse function by its name")
            raise self.fail(
                f"{shown} is the inverse function, or one over the value",
                token,
                f"{instead}, or 1/{word}(x)",
                "operation",
                span=(token.start, raised.end),
            )

    def along(self, name: str, token: Token) -> Tree | None:
        """`sum(Z, axis=0)`: over one axis, counted from 0, or from the last where it is negative; None where no axis is
        given."""
        at = self.pos
        bracket = self.toks[at]
        commas = self.commas(at)
        if (
            not commas
            or self.toks[commas[0] + 1].value not in ("axis", "keepdims")
            or self.toks[commas[0] + 2].value != "="
        ):
            return None
        options = self.toks[commas[0] + 1 : bracket.mate]
        sign = -1 if len(options) > 2 and options[2].kind == "-" else 1
        if (
            len(options) != (3 if sign > 0 else 4)
            or options[0].value != "axis"
            or options[-1].kind != "num"
            or options[-1].value not in ("0", "1", "2", "3")
        ):
            raise self.fail(
                "these options are not read",
                options[0],
                "axis=0 or axis=1, and nothing else",
                span=(options[0].start, options[-1].end),
            )
        axis = sign * int(options[-1].value)
        self.enter(bracket)
        self.pos += 1
        inner = self.guarded(self.full)
        if self.pos != commas[0]:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "a comma and the axis")
        self.pos = bracket.mate + 1
        self.depth -= 1
        return self.tree("along", [inner], (name, axis), token.start, self.toks[bracket.mate].end)

    def powered_log(self, token: Token, bracket: Token, args: list[Tree]) -> list[Tree]:
        """`log (1-p)^{1-y}`: the logarithm of a power, or a power of the logarithm; log(p)^2, with no space and a
        number, is the latter."""
        hat = self.toks[self.pos]
        if hat.kind != "^" or len(args) != 1 or bracket.kind != "(":
            return args
        exponent = self.toks[self.pos + 1]
        inner = self.toks[self.pos + 2] if exponent.kind == "{" else exponent
        if not bracket.space and inner.kind == "num":
            return args
        start, mark = bracket.start, self.pos
        group = self.tree("group", args, None, start, self.toks[mark - 1].end)
        raised = self.raised(group)
        if raised.op != "pow":
            self.pos = mark
            return args
        inside, whole = self.text[start : raised.end], self.text[token.start : raised.end]
        function, power = self.text[token.start : start].rstrip(), self.text[hat.start : raised.end]
        raise self.fail(
            f"{whole} reads two ways", span=(token.start, raised.end), tag="ambiguous",
            expected="brackets around the power or around the logarithm",
            readings=put(self.text, (token.start, raised.end), f"{function}({inside})",
                f"({function}{self.text[start : hat.start]}){power}"),
        )  # fmt: skip

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
                raise self.fail(
                    self.unexpected(self.toks[self.pos]),
                    None,
                    "the end of this case",
                    span=(self.toks[self.pos].start, self.toks[self.pos].end),
                )
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
        return self.tree(
            "cases",
            args + ([otherwise] if otherwise else []),
            otherwise is not None,
            token.start,
            self.toks[self.pos - 1].end,
        )
