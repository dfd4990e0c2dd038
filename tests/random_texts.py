"""Texts at random, seeded, each with the meaning it was built from: formulas in every dressing, and words around them.

A text is built from left to right together with a function of the values of its names, by rules that shared no line
with the reader: what binds how tightly is decided here, once more. A text whose meaning is `None` says something that
no formula says, and has to be refused.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SIZES = {"n": 4, "d": 3}
Env = dict[str, Any]
Value = Callable[[Env], Any]

SUM, PRODUCT, FACTOR, ATOM = range(4)
"""How tightly the outside of a text binds: `a + b`, `a b`, `-a` as an exponent or `a^2`, `(a)`."""


@dataclass(frozen=True)
class Text:
    """A piece of text, its value, and how tightly it holds together. `open_end`: a factor behind it would be taken into
    it."""

    text: str
    value: Value
    level: int = ATOM
    open_end: bool = False
    numeral: bool = False


@dataclass(frozen=True)
class Spelling:
    """The letters of one text: role → (how it is declared, how it is written)."""

    dressing: str
    scalars: tuple[tuple[str, str, str], ...]
    vectors: tuple[tuple[str, str, str], ...]
    matrices: tuple[tuple[str, str, str], ...]
    names: str


@dataclass(frozen=True)
class Made:
    """A text, its declarations, its meaning (None: it has to be refused; nan: it has no value here), and the values of
    its names."""

    text: str
    names: str
    value: Any
    env: Env


ASCII, UNICODE, LATEX = "ascii", "unicode", "latex"

# role, domain, then declared name and its spelling in each dressing
SCALARS = (
    ("a", "a", "a"),
    ("b", "b", "b"),
    ("c", "c", "c"),
    ("p", "p", "p"),
    ("q", "q", "q"),
    ("r", "r", "r"),
    ("s", "s", "s"),
    ("z", "z", "z"),
    ("u", "u", "u"),
    ("alpha", "α", r"\alpha"),
    ("beta", "β", r"\beta"),
    ("lambda", "λ", r"\lambda"),
    ("mu", "μ", r"\mu"),
    ("eta", "η", r"\eta"),
    ("tau", "τ", r"\tau"),
    ("theta_0", "θ_0", r"\theta_0"),
    ("z_1", "z₁", "z_{1}"),
    ("yhat", "ŷ", r"\hat{y}"),
    ("b_2", "b₂", "b_2"),
    ("T", "T", "T"),
    ("E", "E", "E"),
    ("e", "e", "e"),
    ("P", "P", "P"),
    ("V", "V", "V"),
    ("N", "N", "N"),
    ("H", "H", "H"),
    ("L", "L", "L"),
    ("t", "t", "t"),
    ("m", "m", "m"),
    ("k", "k", "k"),
    ("zbar", "z̄", r"\bar{z}"),
)
VECTORS = (
    ("x", "x", "x"),
    ("w", "w", "w"),
    ("v", "v", r"\mathbf{v}"),
    ("theta", "θ", r"\theta"),
    ("g", "g", "g"),
    ("phi", "φ", r"\phi"),
)
MATRICES = (("A", "A", "A"), ("B", "B", r"\mathbf B"), ("W", "W", "W"), ("Q", "Q", "Q"))


def spelling(rng: random.Random) -> tuple[Spelling, Env]:
    """Letters for three scalars (one positive), two vectors and a matrix, and values for them."""
    dressing = rng.choice((ASCII, UNICODE, LATEX))
    at = (ASCII, UNICODE, LATEX).index(dressing)
    scalars, vectors, matrices = rng.sample(SCALARS, 3), rng.sample(VECTORS, 2), rng.sample(MATRICES, 1)
    taken: set[str] = set()
    kept = []
    for s in scalars:
        stem = s[0].split("_")[0]
        if stem not in taken and stem not in {v[0] for v in vectors}:
            kept.append(s)
            taken.add(stem)
    scalars = kept
    rows = [f"{s[0]}: {'positive' if k == 0 else 'real'}" for k, s in enumerate(scalars)]
    rows += (
        [f"{v[0]}: real[d]" for v in vectors]
        + [f"{m[0]}: real[d,d]" for m in matrices]
        + ["i: index[d]", "j: index[d]"]
    )
    draw = np.random.default_rng(rng.randrange(1 << 30))
    env: Env = {
        s[0]: float(draw.uniform(0.4, 2.0)) if k == 0 else float(draw.normal() * 0.8) for k, s in enumerate(scalars)
    }
    env |= {v[0]: draw.normal(size=3) * 0.8 for v in vectors} | {m[0]: draw.normal(size=(3, 3)) * 0.6 for m in matrices}
    env |= {"i": 2, "j": 3}
    named = Spelling(
        dressing,
        tuple((s[0], s[at], "positive" if k == 0 else "real") for k, s in enumerate(scalars)),
        tuple((v[0], v[at], "real") for v in vectors),
        tuple((m[0], m[at], "real") for m in matrices),
        "; ".join(rows),
    )
    return named, env


class Writer:
    """One text: its random choices and its letters."""

    def __init__(self, rng: random.Random, letters: Spelling) -> None:
        self.rng, self.s = rng, letters
        self.tex = letters.dressing == LATEX

    # ------------------------------------------------------------ brackets

    def bracketed(self, t: Text) -> Text:
        styles = [("(", ")"), ("( ", " )")]
        styles += [(r"\left(", r"\right)"), (r"\bigl(", r"\bigr)"), (r"\left[", r"\right]")] if self.tex else []
        left, right = self.rng.choice(styles)
        return Text(f"{left}{t.text}{right}", t.value)

    def at_least(self, t: Text, level: int) -> Text:
        return t if t.level >= level and not (t.open_end and level > PRODUCT) else self.bracketed(t)

    def group(self, text: str) -> str:
        """An argument of \\frac or ^: in braces, where it is one letter also bare."""
        return text if len(text) == 1 and self.rng.random() < 0.3 else "{" + text + "}"

    # ------------------------------------------------------------ scalars

    def scalar(self, depth: int) -> Text:
        if depth <= 0:
            return self.leaf()
        rule = self.rng.choice(_RULES)
        return rule(self, depth - 1)

    def leaf(self) -> Text:
        roll = self.rng.random()
        if roll < 0.2:
            text, value = self.rng.choice(
                (("2", 2.0), ("3", 3.0), ("0.5", 0.5), ("1", 1.0), ("10", 10.0), (".25", 0.25), ("1.5", 1.5))
            )
            return Text(text, lambda e: value, numeral=True)
        if roll < 0.4 and self.s.vectors:
            name, shown, _ = self.rng.choice(self.s.vectors)
            letter = self.rng.choice("ij")
            text = self.rng.choice(
                [f"{shown}_{letter}", f"{shown}_{{{letter}}}"] + ([] if self.tex else [f"{shown}[{letter}]"])
            )
            return Text(text, lambda e: e[name][e[letter] - 1])
        if roll < 0.47 and self.s.matrices:
            name, shown, _ = self.rng.choice(self.s.matrices)
            text = self.rng.choice(
                [f"{shown}_{{ij}}", f"{shown}_{{i,j}}"] + ([] if self.tex else [f"{shown}_ij", f"{shown}[i,j]"])
            )
            return Text(text, lambda e: e[name][e["i"] - 1, e["j"] - 1])
        name, shown, _ = self.rng.choice(self.s.scalars)
        return Text(shown, lambda e: e[name])

    def sum(self, depth: int) -> Text:
        parts = [self.at_least(self.scalar(depth), PRODUCT) for _ in range(self.rng.randint(2, 3))]
        signs = [self.rng.choice("+-") for _ in parts[1:]]
        first = "-" if self.rng.random() < 0.15 else ""
        gap = self.rng.choice((" ", " ", ""))
        minus = self.rng.choice(("-", "−")) if self.s.dressing == UNICODE else "-"
        text = (minus if first else "") + parts[0].text
        for sign, part in zip(signs, parts[1:], strict=True):
            text += f"{gap}{minus if sign == '-' else sign}{gap}{part.text}"

        def value(e: Env) -> Any:
            total = -parts[0].value(e) if first else parts[0].value(e)
            for sign, part in zip(signs, parts[1:], strict=True):
                total = total - part.value(e) if sign == "-" else total + part.value(e)
            return total

        return Text(text, value, SUM)

    def product(self, depth: int) -> Text:
        parts = [self.scalar(depth) for _ in range(self.rng.randint(2, 3))]
        tight = [self.at_least(p, FACTOR) for p in parts[:-1]] + [
            self.at_least(parts[-1], PRODUCT if parts[-1].open_end else FACTOR)
        ]
        text = tight[0].text
        for before, part in itertools.pairwise(tight):
            signs = ["*", " * ", " · " if self.s.dressing == UNICODE else " * "]
            if self.tex:
                signs = [r" \cdot ", r" \times ", r"\,", r" \, "]
            apart = not (part.text[0].isdigit() or part.text[0] in ".-−") and not (before.text[-1] in "ij" and False)
            if apart and part.text[0] not in "([{|‖" and not part.text.startswith((r"\left", r"\big", "|", r"\{", "[")):
                signs.append(" ")
            joined = before.text[-1].isalpha() or before.text[-1] in "_"
            if apart and not joined and before.numeral and part.text[0].isalpha() and part.text[0] not in "eEijx":
                signs.append("")
            text += self.rng.choice(signs) + part.text

        def value(e: Env) -> Any:
            out: Any = 1.0
            for part in tight:
                out = out * part.value(e)
            return out

        return Text(text, value, PRODUCT, tight[-1].open_end)

    def quotient(self, depth: int) -> Text:
        p, q = self.scalar(depth), self.scalar(depth)

        def value(e: Env) -> Any:
            return np.float64(p.value(e)) / q.value(e)

        if self.tex and self.rng.random() < 0.8:
            command = self.rng.choice((r"\frac", r"\frac", r"\dfrac", r"\tfrac"))
            top, bottom = ("{" + p.text + "}", "{" + q.text + "}")
            if len(p.text) == len(q.text) == 1 and self.rng.random() < 0.5:
                top, bottom = f" {p.text}", f" {q.text}" if self.rng.random() < 0.5 else q.text
            return Text(f"{command}{top}{bottom}", value)
        bottom = q if q.level == ATOM and not q.open_end else self.bracketed(q)
        gap = self.rng.choice(("", " "))
        return Text(f"{self.at_least(p, FACTOR).text}{gap}/{gap}{bottom.text}", value, PRODUCT)

    def power(self, depth: int) -> Text:
        base = self.scalar(depth)
        exponent, k = self.rng.choice((("2", 2), ("3", 3), ("-1", -1), ("-2", -2), ("4", 4)))
        atom = (
            base
            if base.level == ATOM and not base.open_end and "^" not in base.text and "'" not in base.text
            else self.bracketed(base)
        )

        def value(e: Env) -> Any:
            return np.float64(base.value(e)) ** k

        if self.s.dressing == UNICODE and self.rng.random() < 0.6:
            return Text(atom.text + exponent.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")), value, FACTOR)
        if self.tex:
            return Text(f"{atom.text}^{self.group(exponent)}", value, FACTOR)
        shown = exponent if k > 0 else self.rng.choice((f"({exponent})", "{" + exponent + "}", exponent))
        return Text(f"{atom.text}{self.rng.choice(('^', '**') if k > 0 else ('^',))}{shown}", value, FACTOR)

    def exponential(self, depth: int) -> Text:
        inner = self.scalar(depth)

        def value(e: Env) -> Any:
            return np.exp(np.tanh(inner.value(e)))

        shown = f"tanh({inner.text})" if not self.tex else rf"\tanh({inner.text})"
        styles = (
            [f"exp({shown})"]
            if not self.tex
            else [rf"\exp({shown})", rf"\exp\left({shown}\right)", rf"\exp\{{{shown}\}}"]
        )
        if "e" not in {s[0] for s in self.s.scalars}:
            styles += [f"e^{{{shown}}}"] + ([] if self.tex else [f"e^({shown})"])
        text = self.rng.choice(styles)
        return Text(text, value, FACTOR if text.startswith("e^") else ATOM)

    def function(self, depth: int) -> Text:
        name, f, greek = self.rng.choice(_FUNCTIONS)
        inner = self.scalar(depth)

        def value(e: Env) -> Any:
            return f(inner.value(e))

        if greek and self.rng.random() < 0.6:
            shown = {ASCII: name, UNICODE: "σ", LATEX: r"\sigma"}[self.s.dressing]
        else:
            shown = (
                ("\\" + name if name in ("tanh", "sin", "cos", "exp") else rf"\operatorname{{{name}}}")
                if self.tex
                else name
            )
        style = self.rng.random()
        if style < 0.15 and inner.level == ATOM and not inner.numeral and inner.text[0].isalpha() and not greek:
            return Text(f"{shown} {inner.text}", value, PRODUCT, True)
        if style < 0.3 and name in ("sin", "cos", "tanh"):
            up = "²" if self.s.dressing == UNICODE else "^2"
            return Text(
                f"{shown}{up}({inner.text})" if not self.tex else f"{shown}^{{2}}({inner.text})",
                lambda e: value(e) ** 2,
            )
        return Text(
            f"{shown}({inner.text})" if not self.tex or style < 0.6 else rf"{shown}\left({inner.text}\right)", value
        )

    def root(self, depth: int) -> Text:
        inner = self.scalar(depth)

        def value(e: Env) -> Any:
            return np.sqrt(1 + inner.value(e) ** 2)

        tight = inner if inner.level == ATOM and not inner.open_end and "^" not in inner.text else self.bracketed(inner)
        body = f"1 + {tight.text}^2"
        return Text(rf"\sqrt{{{body}}}" if self.tex else self.rng.choice((f"sqrt({body})", f"√({body})")), value)

    def logarithm(self, depth: int) -> Text:
        inner = self.scalar(depth)
        tight = inner if inner.level == ATOM and not inner.open_end and "^" not in inner.text else self.bracketed(inner)
        body = f"1 + {tight.text}^2"
        name = self.rng.choice(("log", "ln"))
        left, right = self.rng.choice((("(", ")"), (r"\left(", r"\right)"))) if self.tex else ("(", ")")
        return Text(("\\" if self.tex else "") + name + left + body + right, lambda e: np.log(1 + inner.value(e) ** 2))

    def bars(self, depth: int) -> Text:
        inner = self.scalar(min(depth, 1))
        if "|" in inner.text or "vert" in inner.text or "‖" in inner.text:
            return self.bracketed(inner)
        left, right = self.rng.choice(
            [("|", "|")] + ([(r"\left|", r"\right|"), (r"\lvert ", r" \rvert")] if self.tex else [("abs(", ")")])
        )
        return Text(f"{left}{inner.text}{right}", lambda e: abs(inner.value(e)))

    def extreme(self, depth: int) -> Text:
        p, q = self.scalar(depth), self.scalar(depth)
        name, f = self.rng.choice((("max", np.maximum), ("min", np.minimum)))
        text = (
            f"{name}({p.text}, {q.text})"
            if not self.tex
            else self.rng.choice((rf"\{name}({p.text}, {q.text})", rf"\{name}\{{{p.text}, {q.text}\}}"))
        )
        return Text(text, lambda e: f(p.value(e), q.value(e)))

    def sigma(self, depth: int) -> Text:
        """A sum over an index; its body is the product that follows."""
        name, shown, _ = self.rng.choice(self.s.vectors)
        factor = self.at_least(self.scalar(min(depth, 1)), FACTOR)
        if (
            factor.open_end
            or factor.text[0] in "([{|‖-−."
            or factor.text[0].isdigit()
            or factor.text.startswith((r"\left", r"\big"))
        ):
            factor = Text("", lambda e: 1.0)
        sign = {ASCII: "sum", UNICODE: "∑", LATEX: r"\sum"}[self.s.dressing]
        ranges = ["_l", "_{l}", "_{l=1}^d"] if not self.tex else ["_l", "_{l=1}^d", "_{l=1}^{d}", r"\limits_{l=1}^{d}"]
        entry = f"{shown}_l"
        squared = self.rng.random() < 0.3
        head = f"{sign}{self.rng.choice(ranges)} "
        body = (f"{entry}^2" if squared else entry) + (f" {factor.text}" if factor.text else "")
        k = 2 if squared else 1
        return Text(head + body, lambda e: np.sum(e[name] ** k) * factor.value(e), PRODUCT, True)

    def dot(self, depth: int) -> Text:
        u, v = self.vector(min(depth, 1)), self.vector(min(depth, 1))
        u, v = (t if t.level == ATOM else self.bracketed(t) for t in (u, v))
        up = {ASCII: "^T", UNICODE: "ᵀ", LATEX: r"^\top"}[self.s.dressing]
        up = self.rng.choice((up, r"^T", r"^{\top}")) if self.tex else up
        return Text(f"{u.text}{up} {v.text}", lambda e: u.value(e) @ v.value(e), PRODUCT)

    def norm(self, depth: int) -> Text:
        v = self.vector(min(depth, 1))
        if "|" in v.text or "vert" in v.text or "‖" in v.text:
            return self.dot(depth)
        left, right = {ASCII: ("||", "||"), UNICODE: ("‖", "‖"), LATEX: (r"\|", r"\|")}[self.s.dressing]
        if self.tex and self.rng.random() < 0.4:
            left, right = r"\lVert ", r" \rVert"
        below = "_2" if self.rng.random() < 0.3 else ""
        return Text(f"{left}{v.text}{right}{below}^2", lambda e: np.sum(v.value(e) ** 2), FACTOR)

    def indicator(self, depth: int) -> Text:
        p, q = self.leaf(), self.leaf()
        op, f = self.rng.choice(((">", np.greater), ("<", np.less), (">=", np.greater_equal)))
        shown = (
            {">=": r" \ge ", "<": " < ", ">": " > "}[op]
            if self.tex
            else {">=": " ≥ ", "<": " < ", ">": " > "}[op]
            if self.s.dressing == UNICODE
            else f" {op} "
        )
        left, right = self.rng.choice(
            (("1[", "]"), ("I(", ")"))
            if not self.tex
            else ((r"\mathbb{1}[", "]"), (r"\mathbf 1\{", r"\}"), (r"\mathbb{1}_{", "}"))
        )
        return Text(
            f"{left}{p.text}{shown}{q.text}{right}",
            lambda e: float(f(p.value(e), q.value(e))),
            FACTOR if left.endswith("_{") else ATOM,
        )

    def cases(self, depth: int) -> Text:
        p, q, c, d = self.scalar(depth), self.scalar(depth), self.leaf(), self.leaf()

        def value(e: Env) -> Any:
            return p.value(e) if c.value(e) > d.value(e) else q.value(e)

        if self.tex:
            other = self.rng.choice((r"\text{otherwise}", rf"{c.text} \le {d.text}", r"\text{else}"))
            lead = self.rng.choice(("", r"\text{if } "))
            return Text(
                rf"\begin{{cases}} {p.text} & {lead}{c.text} > {d.text} \\ {q.text} & {other} \end{{cases}}", value
            )
        if any(" if " in t.text for t in (p, q)):
            return self.bracketed(p)
        return Text(f"({p.text} if {c.text} > {d.text} else {q.text})", value)

    # ------------------------------------------------------------ vectors

    def vector(self, depth: int) -> Text:
        name, shown, _ = self.rng.choice(self.s.vectors)
        plain = Text(shown, lambda e: e[name])
        if depth <= 0 or self.rng.random() < 0.4:
            return plain
        kind = self.rng.randrange(5)
        other, other_shown, _ = self.rng.choice(self.s.vectors)
        if kind == 0:
            m, m_shown, _ = self.rng.choice(self.s.matrices)
            up = self.rng.random() < 0.4
            star = {ASCII: "^T", UNICODE: "ᵀ", LATEX: r"^\top"}[self.s.dressing] if up else ""
            return Text(f"{m_shown}{star} {shown}", lambda e: (e[m].T if up else e[m]) @ e[name], PRODUCT)
        if kind == 1:
            return Text(f"{shown} - {other_shown}", lambda e: e[name] - e[other], SUM)
        if kind == 2:
            sign = {ASCII: "⊙", UNICODE: "⊙", LATEX: r"\odot"}[self.s.dressing]
            return Text(f"{shown} {sign} {other_shown}", lambda e: e[name] * e[other], PRODUCT)
        if kind == 3:
            s = self.leaf()
            return Text(
                f"{s.text} {shown}" if s.text[-1] not in "]" else f"{s.text} * {shown}",
                lambda e: s.value(e) * e[name],
                PRODUCT,
            )
        return Text((r"\tanh" if self.tex else "tanh") + f"({shown})", lambda e: np.tanh(e[name]))


_FUNCTIONS = (
    ("sigmoid", lambda z: 1 / (1 + np.exp(-z)), True),
    ("tanh", np.tanh, False),
    ("sin", np.sin, False),
    ("cos", np.cos, False),
    ("relu", lambda z: np.maximum(z, 0), False),
    ("softplus", lambda z: np.logaddexp(0, z), False),
)
_RULES = (
    Writer.sum,
    Writer.sum,
    Writer.product,
    Writer.product,
    Writer.quotient,
    Writer.power,
    Writer.exponential,
    Writer.function,
    Writer.root,
    Writer.logarithm,
    Writer.bars,
    Writer.extreme,
    Writer.sigma,
    Writer.dot,
    Writer.norm,
    Writer.indicator,
    Writer.cases,
)

# ---------------------------------------------------------------- words

HARMLESS_BEFORE = ("Answer: ", "The answer is ", "So ", "Thus, ", "Hence ", r"\text{so } ", r"\text{Therefore, }")
HARMLESS_BEHIND = (".", ",", r"\text{.}", " .")
CHANGING = (
    "tripled",
    "doubled",
    "twice",
    "to the fourth power",
    "times two",
    "halved",
    "transposed",
    "is wrong",
    "at least",
    "at most",
    "or more",
    "approximately half",
    "unless it rains",
    "negated",
    "inverted",
    "without the last term",
    "plus one",
    "minus one",
    "per cent",
    "millions",
    "upside down",
    "but with the sign flipped",
    "modulo two",
    "not",
    "never",
    "mirrored",
    "summed over everything",
    "raised to itself",
    "divided by banana",
    "rounded up",
    "ignoring constants",
    "shifted by one",
    "instead of zero",
    "reversed",
    "conjugated",
)
"""Words that say something else of the formula they stand beside, or nothing that is understood."""


def _worded(rng: random.Random, text: str, tex: bool) -> str:
    words = rng.choice(CHANGING)
    style = rng.randrange(4)
    if style == 0:
        return rf"{text} \text{{ {words}}}"
    if style == 1:
        return f"{text} {words}"
    if style == 2:
        return f"{text} ({words})" if not tex else rf"{text} \quad\text{{({words})}}"
    return rf"\text{{{words} }} {text}"


# ---------------------------------------------------------------- what looks like a formula and is none that is read


def _tempting(rng: random.Random, w: Writer) -> str:
    """A text in which a construct stands that is not read, among others that are."""
    (a, shown, _), (v, vec, _), (m, mat, _) = w.s.scalars[0], w.s.vectors[0], w.s.matrices[0]
    del a, v, m
    taken = {s[0] for s in w.s.scalars}
    rows = [
        rf"\mathbb{{E}}[{shown}]",
        rf"\mathrm{{E}}[{shown}]",
        rf"\mathcal{{E}}({shown})",
        rf"\mathbb E_{{{shown}}}[{shown}]",
        f"rank({mat})",
        f"Var({shown})",
        f"Cov({shown}, {shown})",
        f"exp + {shown}",
        f"log + {shown}",
        f"sin^2 + {shown}",
        f"{shown} exp - {shown}",
        f"KL({shown} || {shown})",
        rf"\Pr({shown})",
        f"{vec}^2",
        f"{vec} {vec}",
        rf"\int {shown}",
        rf"\Delta {shown}",
        rf"\nabla {shown}",
        f"{shown} mod 2",
        f"{shown}!!",
        f"{shown} ? 1 : 0",
        f"{shown} : {shown}",
        f"{shown} | {shown}",
        f"{shown} & {shown}",
        f"{vec}_{{0}}",
        f"{vec}[0]",
        rf"{shown} \pm 1",
        f"{shown} +- 1",
        rf"{shown} \mid {shown}",
        f"{vec}^{{(k)(l)}}",
        f"{shown}'",
        f"{shown}^*",
        f"{shown}^+",
        f"2\\frac12 {shown}",
        f"argmax {shown}",
    ]
    if not w.tex:  # in LaTeX they are spaces
        rows += [f"{shown} \\ {shown}", f"{shown} ~ {shown}"]
    if "E" not in taken:
        rows += [f"E[{shown}]", f"E({shown})", f"E_{{{shown}}} {shown}"]
    return rng.choice(rows)


def text_of(seed: int) -> Made:
    """The text of a seed."""
    rng = random.Random(seed)
    letters, env = spelling(rng)
    w = Writer(rng, letters)
    roll = rng.random()
    if roll < 0.12:
        odd = _tempting(rng, w)
        around = rng.randrange(4)
        other = w.at_least(w.scalar(1), PRODUCT)
        text = (
            odd
            if around == 0
            else f"{other.text} + {odd}"
            if around == 1
            else f"{odd} - {other.text}"
            if around == 2
            else f"({odd}) * {w.at_least(other, FACTOR).text}"
        )
        return Made(text, letters.names, None, env)
    body = w.scalar(rng.randint(1, 3))
    if roll < 0.27:
        return Made(_worded(rng, body.text, w.tex), letters.names, None, env)
    text = body.text
    if roll < 0.4:
        text = rng.choice(HARMLESS_BEFORE) + text
    if roll < 0.5:
        text += rng.choice(HARMLESS_BEHIND)
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            return Made(text, letters.names, body.value(env), env)
    except FloatingPointError:
        return Made(text, letters.names, np.nan, env)
