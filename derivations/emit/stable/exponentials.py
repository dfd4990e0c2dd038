"""Sums of exponentials as one kind: Σ c exp(e), over indices, over explicit terms, or both; cosh, sinh, σ and e^a - 1
are such sums.

A tree that holds exponentials is written as exp(shift) · rest, where the shift is its largest exponent and the rest
neither overflows nor vanishes; products add their shifts before any exponential is taken, so that what is large above
and below the bar cancels:

    exp a → exp(a) · 1                      A B → exp(s + t) · a b           A^p → exp(p s) · a^p
    Π_i A_i → exp(Σ_i s_i) · Π_i a_i
    Σ_i A_i → exp(M) · Σ_i a_i exp(s_i - M),  M = max_i s_i                  A + B the same over its terms
    exp a - exp b → exp(M) · sign(a - b) (1 - exp(-|a - b|))                 1[…] A: s where it holds, else FILL
    cosh z → exp|z| · ½ (1 + exp(-2|z|))    σ(z) → exp(min(z, 0)) · σ(|z|)

    log(exp(s) a) → s + log a               log(A + B) → logaddexp(log A, log B) where both are positive
    log(1 + A) → M + log1p(expm1(-M) + a exp(s - M)),  M = max(s, 0)
    log(exp a - exp b) → a + log(1 - exp(-(a - b)))                          log cosh z → log_cosh(z)

A weight that may be 0 hides its exponent from the maximum, or the rest of what it weighs could vanish beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derivations.atoms import is_number
from derivations.domains import Names
from derivations.emit.stable.exponents import (
    BOUNDED,
    FILL,
    Scaled,
    base_of,
    below,
    below_the_bar,
    collected,
    definition,
    difference,
    gap,
    growing,
    grows_in_nodes,
    inside_whole,
    is_root,
    largest,
    negated,
    nonzero,
    whole,
)
from derivations.emit.stable.shares import softmax_parts
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    And,
    Bound,
    Call,
    Cases,
    Elem,
    Index,
    Mul,
    Node,
    Num,
    Pow,
    Rel,
    add,
    call,
    children,
    count,
    free_indices,
    key,
    mul,
    neg,
    power,
    rebuild,
    reindex,
    split_coefficient,
    walk,
)
from derivations.signs import positive
from derivations.work import spend


def scaled_throughout(node: Node, names: Names | None) -> Node:
    """The same function with every product, power and logarithm of sums of exponentials in its scaled form."""
    grows = any(growing(n) or (isinstance(n, Call) and n.fn in BOUNDED) for n in walk(node))
    return Scaling(names).settled(node) if grows or grows_in_nodes(node, names) else node


class Scaling:
    """The rewriting under some names. `zero_weights` says whether a weight that may be 0 was met below a bar."""

    def __init__(self, names: Names | None):
        self.names = names
        self.zero_weights = False
        self._settled: dict[Node, Node] = {}
        self._forms: dict[tuple[Node, bool], tuple[Scaled, bool]] = {}

    # ------------------------------------------------------------ everywhere

    def settled(self, node: Node) -> Node:
        """The tree with its products, powers and logarithms scaled, from the top down."""
        if node not in self._settled:
            self._settled[node] = self._settle(node)
            spend(count(self._settled[node]))
        return self._settled[node]

    def _settle(self, node: Node) -> Node:
        made: Node | None = None
        match node:
            case Call("whole"):
                return node
            case Mul() | Pow():
                made = self.product(node)
            case Call("log", (a,)):
                made = self.log(a)
            case Call("log1p", (a,)):
                made = self.log(add(ONE, a))
            case Rel(op, Call("exp", (a,)), Call("exp", (b,))):
                made = Rel(op, self.settled(a), self.settled(b))
            case Rel(op, Call("exp", (a,)), Num(c)) if c > 0:
                made = Rel(op, self.settled(a), ZERO if c == 1 else call("log", Num(c)))
            case Rel(op, Num(c), Call("exp", (a,))) if c > 0:
                made = Rel(op, ZERO if c == 1 else call("log", Num(c)), self.settled(a))
        return self._inside(node) if made is None else made

    def _inside(self, node: Node) -> Node:
        """The tree over settled ones."""
        parts = children(node)
        if not parts:
            return node
        new = tuple(self.settled(p) for p in parts)
        return node if all(a is b for a, b in zip(new, parts, strict=True)) else rebuild(node, new)

    # ------------------------------------------------------------ exp(shift) · rest

    def form(self, node: Node, careful: bool) -> Scaled:
        """A tree as exp(shift) · rest. `careful`: weights that may be 0 hide their exponents."""
        if (node, careful) not in self._forms:
            before, self.zero_weights = self.zero_weights, False
            made = self._form(node, careful)
            self._forms[node, careful] = (made, self.zero_weights)
            self.zero_weights = before
        made, met = self._forms[node, careful]
        self.zero_weights = self.zero_weights or met
        return made

    def _form(self, node: Node, careful: bool) -> Scaled:
        match node:
            case Call("exp", (a,)) if softmax_parts(node) is None:
                return Scaled(self.settled(a), ONE)
            case Call("expm1", (a,)):
                return self._terms([add(call("exp", a)), MINUS_ONE], careful)
            case Call("cosh" | "sinh" | "sech" | "csch", (a,)):
                return self._hyperbolic(node.fn, self.settled(a))
            case Call("sigmoid", (a,)):
                z = self.settled(a)
                return Scaled(neg(call("relu", negated(z))), call("sigmoid", call("abs", z)))
            case Mul(args):
                parts = [self.form(a, careful) for a in args]
                if all(p.shift is None for p in parts):
                    return Scaled(None, self._inside(node))
                shift = collected((Fraction(1), p.shift) for p in parts if p.shift is not None)
                for p in parts:
                    if (
                        p.shift is None
                        and isinstance(p.rest, Cases)
                        and len(p.rest.branches) == 1
                        and p.rest.otherwise == ZERO
                    ):
                        shift = Cases(((p.rest.branches[0][0], shift),), FILL)
                return Scaled(shift, mul(*(p.rest for p in parts)))
            case Pow(base, Num(p)):
                inner = self.form(base, careful or p < 0)
                if inner.shift is None:
                    return Scaled(None, self._inside(node))
                return Scaled(
                    collected([(p, inner.shift)]), power(whole(inner.rest), Num(p)) if inner.rest != ONE else ONE
                )
            case Pow(Num(c), exponent) if c > 0 and c != 1:
                return Scaled(mul(self.settled(exponent), call("log", Num(c))), ONE)
            case Pow(base, exponent) if positive(base, self.names) and self.form(base, True).shift is not None:
                made = self.log(base)
                return Scaled(mul(self.settled(exponent), call("log", base) if made is None else made), ONE)
            case Add(args):
                return self._terms(args, careful)
            case Bound("sum", indices, body):
                return self._sum(node, indices, body, careful)
            case Bound("prod", indices, body):
                inner = self.form(body, careful)
                if inner.shift is None:
                    return Scaled(None, self._inside(node))
                return Scaled(Bound("sum", indices, inner.shift), reindex(Bound("prod", indices, inner.rest), {}))
            case Cases(branches, otherwise):
                return self._cases(node, branches, otherwise, careful)
            case Call("max" | "min", args):
                return self._extreme(node, [self.form(a, careful) for a in args])
            case Call("abs" | "relu", (a,)) if (inner := self.form(a, careful)).shift is not None:
                return Scaled(inner.shift, call(node.fn, inner.rest))
            case Call("sign", (a,)) if (inner := self.form(a, careful)).shift is not None:
                return Scaled(None, call("sign", inner.rest))
            case Elem() if self.names is not None and (body := definition(node, self.names)) is not None:
                return self.form(body, careful)
            case Pow():
                return Scaled(None, self._inside(node))
            case _:
                return Scaled(None, self.settled(node))

    def _hyperbolic(self, fn: str, z: Node) -> Scaled:
        """cosh z = exp|z| ½(1 + exp(-2|z|)), sinh z = exp|z| ½ sign(z)(1 - exp(-2|z|)), and their reciprocals."""
        twice = mul(Num(Fraction(-2)), call("abs", z))
        if fn in ("cosh", "sech"):
            part = add(ONE, call("exp", twice))
            return (
                Scaled(call("abs", z), mul(HALF, part))
                if fn == "cosh"
                else Scaled(neg(call("abs", z)), mul(TWO, power(part, MINUS_ONE)))
            )
        part = neg(call("expm1", twice))
        if fn == "sinh":
            return Scaled(call("abs", z), mul(HALF, call("sign", z), part))
        return Scaled(neg(call("abs", z)), mul(TWO, call("sign", z), power(part, MINUS_ONE)))

    def _groups(self, args: Iterable[Node], careful: bool) -> list[tuple[Node | None, Node]]:
        """(shift, rest) of terms, those of one shift added. Beside a number what only vanishes stays as it is."""
        args = tuple(args)
        anchored = any(isinstance(a, Num) for a in args) and not any(growing(n) for a in args for n in walk(a))
        found: dict[object, tuple[Node | None, list[tuple[Fraction, Node]]]] = {}
        for a in args:
            for one in a.args if isinstance(a, Add) else (a,):
                f = Scaled(None, self.settled(one)) if anchored else self.form(one, careful)
                shift = None if f.shift is not None and is_number(f.shift, 0) else f.shift
                k = None if shift is None else key(shift)
                found.setdefault(k, (shift, []))[1].append((Fraction(1), f.rest))
        groups = [(shift, collected(rests)) for shift, rests in found.values()]
        return [(s, r) for s, r in groups if not is_number(r, 0)]

    def _terms(self, args: Iterable[Node], careful: bool) -> Scaled:
        """Σ of terms over the largest exponent; c (exp a - exp b) by expm1."""
        groups = self._groups(args, careful)
        if not groups:
            return Scaled(None, ZERO)
        if len(groups) == 1:
            return Scaled(*groups[0])
        if (pair := difference(groups)) is not None:
            rest, a, b = pair
            d = gap(a, b)
            apart = neg(call("expm1", neg(call("abs", d))))
            top = largest([a, b], self.names)
            return Scaled(None if is_number(top, 0) else top, mul(rest, call("sign", d), apart))
        shifts = [self._seen_by_maximum(s, r, careful) for s, r in groups]
        top = largest(shifts, self.names)
        if is_number(top, 0):
            return Scaled(None, add(*(r if s is None else mul(r, call("exp", s)) for s, r in groups)))
        return Scaled(top, add(*(mul(r, call("exp", below(s, top))) for s, (_, r) in zip(shifts, groups, strict=True))))

    def _extreme(self, node: Call, forms: list[Scaled]) -> Scaled:
        """max(A, B) → exp(M) · max(a exp(s - M), b exp(t - M))"""
        if all(f.shift is None for f in forms):
            return Scaled(None, self._inside(node))
        shifts = [ZERO if f.shift is None else f.shift for f in forms]
        top = largest(shifts, self.names)
        return Scaled(
            top,
            Call(node.fn, tuple(mul(f.rest, call("exp", below(s, top))) for s, f in zip(shifts, forms, strict=True))),
        )

    def _seen_by_maximum(self, shift: Node | None, rest: Node, careful: bool) -> Node:
        """The exponent of a term, FILL where its weight is 0."""
        s = ZERO if shift is None else shift
        conditions = [Rel("!=", f, ZERO) for f in self._doubtful(rest)] if careful else []
        if not conditions:
            return s
        self.zero_weights = True
        return Cases(((conditions[0] if len(conditions) == 1 else And(tuple(conditions)), s),), FILL)

    def _doubtful(self, rest: Node) -> list[Node]:
        """The factors of a weight that may be 0. What is 0 only where an indicator is, its exponent says already."""
        return [f for f in (rest.args if isinstance(rest, Mul) else (rest,)) if not nonzero(f, self.names)]

    def _sum(self, node: Node, indices: tuple[Index, ...], body: Node, careful: bool) -> Scaled:
        """Σ_i a_i exp(s_i) → exp(M) · Σ_i a_i exp(s_i - M), M = max_i s_i"""
        inner = self.form(body, careful)
        if inner.shift is None:
            return Scaled(None, self.settled(node))
        shift = self._seen_by_maximum(inner.shift, inner.rest, careful)
        own = tuple(i for i in indices if i in free_indices(shift))
        if not own:
            return Scaled(shift, reindex(Bound("sum", indices, inner.rest), {}))
        top = reindex(Bound("max", own, shift), {})
        return Scaled(top, reindex(Bound("sum", indices, mul(inner.rest, call("exp", gap(shift, top)))), {}))

    def _cases(
        self, node: Node, branches: tuple[tuple[Node, Node], ...], otherwise: Node | None, careful: bool
    ) -> Scaled:
        parts = [(self.settled(c), self.form(v, careful)) for c, v in branches]
        last = None if otherwise is None else self.form(otherwise, careful)
        if all(f.shift is None for f in (*(f for _, f in parts), *([last] if last else []))):
            return Scaled(None, self.settled(node))

        def exponent(f: Scaled) -> Node:
            return FILL if is_number(f.rest, 0) else ZERO if f.shift is None else f.shift

        shift = Cases(tuple((c, exponent(f)) for c, f in parts), None if last is None else exponent(last))
        return Scaled(shift, Cases(tuple((c, f.rest) for c, f in parts), None if last is None else last.rest))

    # ------------------------------------------------------------ products

    def product(self, node: Mul | Pow) -> Node | None:
        """A product in its scaled form; None where nothing in it overflows beside something else."""
        factors = node.args if isinstance(node, Mul) else (node,)
        before, self.zero_weights = self.zero_weights, False
        forms: dict[int, Scaled] = {}
        for k in sorted(range(len(factors)), key=lambda k: not below_the_bar(factors[k])):
            forms[k] = self.form(factors[k], below_the_bar(factors[k]) or self.zero_weights)
        careful, self.zero_weights = self.zero_weights, before
        moving = [k for k, f in forms.items() if f.shift is not None]
        large = [
            k
            for k in moving
            if is_root(factors[k]) or not (isinstance(b := base_of(factors[k]), Call) and b.fn in BOUNDED)
        ]
        if not any(len(moving) > 1 or below_the_bar(factors[k]) or is_root(factors[k]) for k in large):
            return None
        plain = [forms[k].rest for k in range(len(factors)) if k not in moving]
        if (ratio := self._sigmoid(factors, forms, moving)) is not None:
            return mul(*plain, ratio)
        shift = collected((Fraction(1), forms[k].shift) for k in moving)  # type: ignore[misc]
        rests = [forms[k].rest for k in range(len(factors)) if k in moving]
        if careful:
            conditions = tuple(Rel("!=", p, ZERO) for p in plain if not nonzero(p, self.names))
            if conditions:
                shift = Cases(((conditions[0] if len(conditions) == 1 else And(conditions), shift),), FILL)
        exponential = () if is_number(shift, 0) else (call("exp", shift),)
        return mul(*plain, *exponential, *(r if isinstance(r, Mul) else whole(r) for r in rests))

    def _sigmoid(self, factors: tuple[Node, ...], forms: dict[int, Scaled], moving: list[int]) -> Node | None:
        """exp(p a) (exp a + exp b)^-p → σ(a - b)^p"""
        bars = [k for k in moving if isinstance(factors[k], Pow) and isinstance(base_of(factors[k]), Add)]
        if len(bars) != 1 or not all(forms[k].rest == ONE for k in moving if k not in bars):
            return None
        bar = factors[bars[0]]
        assert isinstance(bar, Pow)
        groups = self._groups(bar.base.args, True)  # type: ignore[attr-defined]
        if (
            len(groups) != 2
            or any(r != ONE for _, r in groups)
            or not (isinstance(bar.exponent, Num) and bar.exponent.value < 0)
        ):
            return None
        p = -bar.exponent.value
        if p < 1:
            return None  # σ vanishes before its root does
        above = collected((Fraction(1), forms[k].shift) for k in moving if k not in bars)  # type: ignore[misc]
        (a, _), (b, _) = groups
        for one, other in ((a, b), (b, a)):
            if one is not None and key(above) == key(collected([(p, one)])):
                return power(call("sigmoid", one if other is None else gap(one, other)), Num(p))
        return None

    # ------------------------------------------------------------ logarithms

    def log(self, node: Node) -> Node | None:
        """log of a tree that holds exponentials, None where it does not."""
        match node:
            case Call("exp", (a,)):
                return self.settled(a)
            case Call("cosh", (a,)):
                return call("log_cosh", self.settled(a))
            case Call("sech", (a,)):
                return neg(call("log_cosh", self.settled(a)))
            case Call("sinh", (a,)):
                z = self.settled(a)
                return add(z, call("log1mexp", mul(TWO, z)), neg(call("log", TWO)))
            case Call("expm1", (a,)):
                z = self.settled(a)
                return add(z, call("log1mexp", z))
            case Mul((Num(minus), Call("expm1", (a,)))) if minus == -1:
                return call("log1mexp", negated(self.settled(a)))
            case Bound("sum", indices, Call("exp", (a,))):
                return Bound("logsumexp", indices, self.settled(a))
            case Bound("prod", indices, body) if positive(body, self.names) and (inner := self.log(body)) is not None:
                return Bound("sum", indices, inner)
            case Pow(base, exponent) if positive(base, self.names) and (inner := self.log(base)) is not None:
                return mul(self.settled(exponent), inner)
            case Mul(args) if all(positive(a, self.names) for a in args) and any(
                self.form(a, True).shift is not None for a in args
            ):
                return add(*(self._log_or_plain(a) for a in args))
            case Add(args) if (made := self._log_of_terms(args)) is not None:
                return made
            case Elem() if self.names is not None and (body := definition(node, self.names)) is not None:
                return self.log(body)
        before = self.zero_weights
        f = self.form(node, True)
        self.zero_weights = before
        return None if f.shift is None else add(f.shift, call("log", whole(f.rest)))

    def _log_or_plain(self, node: Node) -> Node:
        made = self.log(node)
        if made is not None:
            return made
        if isinstance(node, Add) and ONE in node.args:
            at = node.args.index(ONE)
            return call("log1p", self.settled(add(*node.args[:at], *node.args[at + 1 :])))
        return ZERO if node == ONE else call("log", self.settled(node))

    def _log_of_terms(self, args: tuple[Node, ...]) -> Node | None:
        before = self.zero_weights
        groups = self._groups(args, True)
        self.zero_weights = before
        if all(s is None for s, _ in groups):
            return None
        if (pair := difference(groups)) is not None:
            rest, a, b = pair
            if split_coefficient(rest)[0] < 0:
                rest, a, b = neg(rest), b, a
            return add(a, call("log1mexp", gap(a, b)), *([] if rest == ONE else [call("log", rest)]))
        if all(positive(inside_whole(r), self.names) for _, r in groups):
            terms = (
                [self._log_or_plain(t) for t in args]
                if len(groups) == len(args)
                else [_log_of_group(s, r) for s, r in groups]
            )
            terms.sort(key=lambda t: is_number(t, 0))
            made = terms[0]
            for t in terms[1:]:
                made = call("softplus", made) if is_number(t, 0) else call("logaddexp", made, t)
            return made
        if len(groups) > 1 and any(s is None and is_number(r, 1) for s, r in groups):
            shifts = [self._seen_by_maximum(s, r, True) for s, r in groups]
            self.zero_weights = before
            top = largest(shifts, self.names)
            rest = [
                r if is_number(top, 0) and s is None else mul(r, call("exp", below(t, top)))
                for t, (s, r) in zip(shifts, groups, strict=True)
                if not (s is None and is_number(r, 1))
            ]
            if is_number(top, 0):
                return call("log1p", add(*rest))
            return add(top, call("log1p", add(call("expm1", neg(top)), *rest)))
        return None


def _log_of_group(shift: Node | None, rest: Node) -> Node:
    logarithm = [] if rest == ONE else [call("log", rest)]
    return add(*([] if shift is None else [shift]), *logarithm)
