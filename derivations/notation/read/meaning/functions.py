"""The surface tree into index form: names, shapes and indices settled, matrix notation written out.

    X^T (p - y)      Σ_i X_ij (p_i - y_i), axes (j)
    ‖w‖²             Σ_i w_i²
    diag(p)          δ_ij p_i
    softmax(z)       exp(z_i - logsumexp_k z_k)
    Σ_{j≤i} a_j      Σ_j [a_j if j ≤ i, else 0]

Shapes that do not conform end the lowering with a `ShapeFault`; everything else that cannot be is a `ReadError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derivations.atoms import ABBREVIATIONS, ATOMS, Atom
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    Apply,
    Bound,
    Call,
    Deriv,
    Elem,
    Index,
    MatrixAtom,
    Node,
    Num,
    Pow,
    div,
    power,
    replace_elems,
)
from derivations.notation.read.grammar.expressions import Tree
from derivations.notation.read.meaning.binding import Binding
from derivations.notation.read.meaning.special import SPECIAL
from derivations.notation.read.meaning.values import (
    Val,
    find,
)


def core(t: Tree) -> Tree:
    """What a factor or term is about: without its brackets, sign, entries, transpose, logarithm, and the numbers that
    scale it."""
    while True:
        if t.op in ("group", "neg", "T", "at", "label") or (t.op == "call" and t.value in ("log", "transpose")):
            t = t.args[0]
            continue
        if t.op in ("add", "prod"):
            rest = [a for a in t.args if a.op != "num"]
            if len(rest) == 1:
                t = rest[0]
                continue
        return t


_SIGMA = re.compile(r"\\?sigma|σ")


class Lowering(Binding):
    """One lowering of one surface tree."""

    def value(self, tree: Tree) -> Val:
        outer = tree
        while tree.op == "group":
            tree = tree.args[0]
        if tree.op in ("rel", "and", "or", "not"):
            raise self.fail(
                "a condition stands where a value was expected",
                outer,
                "a value; an indicator is written 1[x > 0]",
                "relation",
            )
        found = _RULES[tree.op](self, tree)
        found.span = (outer.start, outer.end)
        return found

    def whole(self, tree: Tree) -> Val:
        """The value of a whole formula, which must not be one thing on paper and another in code."""
        value = self.value(tree)
        if value.turned is not None and (self.code or "@" in self.text):
            raise self.turned_in_code(value.turned, (tree.start, tree.end))
        if self.squashed:
            self.against_onehot(tree)
        return value

    def against_onehot(self, t: Tree) -> None:
        """Refuse σ(z) - y and y^T log σ(z) with y one-hot and z a vector: there σ is the softmax, not the sigmoid of
        every entry."""
        if t.op in ("add", "prod", "div", "call"):
            cores = [c for c in map(core, t.args) if c.op != "name" or c.value.sizes]
            pairs = [
                (a, b) for k, a in enumerate(cores) for b in (cores[k + 1 :] if t.op == "add" else cores[k + 1 : k + 2])
            ]
            for a, b in [*pairs, *((b, a) for a, b in pairs)]:
                if a in self.squashed and b.op == "name" and b.value.domain.name == "onehot":
                    shown = self.source((a.start, a.end))
                    inner = self.source((a.args[0].start, a.args[0].end))
                    raise self.fail(
                        f"{shown} stands against the one-hot {b.value.name}, where σ of a vector is the softmax",
                        a,
                        f"softmax({inner}), or sigmoid({inner}) for every entry by itself",
                        "operation",
                    )
        for below in t.args:
            self.against_onehot(below)

    def call(self, t: Tree) -> Val:
        name, base, order = t.value if isinstance(t.value, tuple) else (t.value, None, 0)
        special = SPECIAL.get(name)
        span = (t.start, t.end)
        if order:
            return self.primed(t, name, order)
        if name == "log":
            return self.log(t, base)
        if special is not None:
            return special(self, t, base)
        values = [self.value(a) for a in t.args]
        written_out = ABBREVIATIONS.get(name)
        atom = written_out or ATOMS[name]
        if (
            atom.arity is not None
            and len(values) != atom.arity
            and not (name in ("leaky_relu", "elu") and (base is not None or len(values) == 1))
        ):
            raise self.fail(
                f"{name} takes {atom.arity} argument{'s' if atom.arity > 1 else ''}, not {len(values)}",
                t,
                f"{name}({', '.join('xyz'[: atom.arity])})",
            )
        if name in ("leaky_relu", "elu") and len(values) == 1:
            values.append(self.default_slope(name, base, t))
        if name in ("max", "min") and len(values) == 1:
            v = values[0]
            if not v.sizes:
                raise self.fail(f"{name} of one number says nothing", t, f"{name}(a, b), or {name}_i x_i", "operation")
            where = [self.index("k", s) if find(s) != 1 else 1 for s in v.sizes]
            self.note(
                "over-all",
                f"{self.source(span)} was read as the {'largest' if name == 'max' else 'smallest'} of all entries",
                t,
            )
            return Val(Bound(name, tuple(k for k in where if isinstance(k, Index)), v.entry(*where), span))
        if name == "sigmoid" and values[0].sizes and _SIGMA.match(self.text, t.start):
            self.squashed.add(t)
        self.said_entrywise(name, values[0], span)
        if written_out is not None and written_out.definition is not None:
            return self.elementwise(values, written_out.definition, name, span)
        return self.elementwise(values, lambda *n: Call(name, n, span), name, span)

    def default_slope(self, name: str, base: Any, t: Tree) -> Val:
        """The α of leaky_relu and elu where it is not written: a declared scalar alpha, or a subscript."""
        if base is not None:
            kind, payload, _, _ = base[0]
            if kind == "word":
                return Val(self.letter_or_name(payload, t))
            if kind == "num":
                return Val(Num(Fraction(payload)))
        row = self.scope.rows.get("alpha")
        if row is not None and not row.sizes:
            self.note("slope", f"the slope of {name} was taken to be {row.name}", t)
            return Val(Elem(row.name))
        if name == "elu":
            self.note("slope", "the scale of elu was taken to be 1", t)
            return Val(ONE)
        raise self.fail(f"{name} needs its slope", t, f"{name}(x, alpha)")

    def primed(self, t: Tree, name: str, order: int) -> Val:
        """σ'(z): the derivative of a function at its argument."""
        atom = ATOMS.get(name)
        span = (t.start, t.end)
        slope = None if atom is None or order > 1 or atom.arity != 1 else _slope(atom)
        if slope is None:
            raise self.fail(
                f"this derivative of {name} is not read", t, f"{name}'(x), once, of a function of one argument"
            )
        v = self.value(t.args[0])
        return self.elementwise([v], slope, name, span)

    def log(self, t: Tree, base: Any) -> Val:
        span = (t.start, t.end)
        if len(t.args) not in (1, 2):
            raise self.fail(f"log takes 1 or 2 arguments, not {len(t.args)}", t, "log(x) or log(x, b)")
        values = [self.value(a) for a in t.args]
        first = values[0].node
        if base is not None and len(values) == 1:
            kind, payload, _, _ = base[0]
            if kind == "num":
                values.append(Val(Num(Fraction(payload)), numeral=True))
            elif kind == "word" and payload == "e" and "e" not in self.scope.rows:
                pass
            elif kind == "word":
                values.append(Val(self.letter_or_name(payload, t)))
            else:
                raise self.fail("this base of a logarithm is not read", t, "log_2 x or log(x, b)")
        if len(values) == 1 and isinstance(first, MatrixAtom) and first.op == "det":
            return Val(MatrixAtom("logdet", first.row, first.col, first.body, (), span))
        if len(values) == 1:
            self.said_entrywise("log", values[0], span)
            return self.elementwise(values, lambda x: Call("log", (x,), span), "log", span)
        return self.elementwise(values, lambda x, b: div(Call("log", (x,), span), Call("log", (b,), span)), "log", span)

    def apply(self, t: Tree) -> Val:
        row, order = t.value
        values = [self.value(a) for a in t.args]
        return self.elementwise(
            values, lambda *n: Apply(row.name, n, order, (t.start, t.end)), row.name, (t.start, t.end)
        )

    def special(self, t: Tree) -> Val:
        """√ and its kin, which the grammar knows by their sign."""
        v = self.value(t.args[0])
        span = (t.start, t.end)
        if t.value == "sqrt":
            self.said_entrywise("sqrt", v, span)
            return self.elementwise([v], lambda x: self.raise_to(x, HALF, span), "a root", span)
        if t.value == "det":
            return self.determinant(v, span)
        degree = self.value(t.args[1])
        return self.elementwise([v, degree], lambda x, n: Pow(x, power(n, MINUS_ONE), span), "a root", span)

    def deriv(self, t: Tree) -> Val:
        """∂of/∂wrt, not carried out: the axes of `of`, then those of `wrt`."""
        of, wrt = self.value(t.args[0]), self.value(t.args[1])
        span = (t.start, t.end)
        if not of.sizes and not wrt.sizes:
            return Val(Deriv(of.node, wrt.node, span))  # type: ignore[arg-type]
        n = len(of.sizes)
        return self.made(of.sizes + wrt.sizes, lambda *at: Deriv(of.entry(*at[:n]), wrt.entry(*at[n:]), span), of, wrt)


def _slope(row: Atom) -> Callable[[Node], Node] | None:
    """The derivative of a function of one argument, by its rule or that of its definition."""
    if row.derivative or row.definition is None:
        return row.derivative[0] if row.derivative else None
    from derivations.calculus import partial  # late: functions that are written with a prime have rules of their own

    argument = Elem("the argument")
    slope = partial(row.definition(argument), argument)
    return lambda z: replace_elems(slope, lambda _: z)


_RULES: dict[str, Callable[[Lowering, Tree], Val]] = {
    "num": Lowering.num,
    "const": Lowering.const,
    "size": Lowering.size,
    "letter": Lowering.letter,
    "name": Lowering.name,
    "eye": Lowering.eye,
    "ones": Lowering.ones,
    "at": Lowering.at,
    "label": Lowering.label,
    "add": Lowering.add,
    "neg": Lowering.neg,
    "prod": Lowering.prod,
    "div": Lowering.div,
    "pow": Lowering.pow,
    "T": Lowering.transpose,
    "invT": Lowering.inverse_transpose,
    "norm": Lowering.norm,
    "bars": Lowering.bars,
    "list": Lowering.listed,
    "rows": Lowering.rows,
    "row": Lowering.listed,
    "call": Lowering.call,
    "along": Lowering.along,
    "apply": Lowering.apply,
    "special": Lowering.special,
    "kronecker": Lowering.kronecker,
    "delta": Lowering.delta,
    "ind": Lowering.indicator,
    "cases": Lowering.cases,
    "big": Lowering.big,
    "deriv": Lowering.deriv,
    "array": Lowering.array,
    "rel": Lowering.condition,
    "and": Lowering.condition,
    "or": Lowering.condition,
    "not": Lowering.condition,
}
