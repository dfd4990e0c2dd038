"""An arrangement as text: plain ASCII, Unicode for the terminal, LaTeX (the part that KaTeX and amsmath share).

Every text binds at a level; a part that binds looser than its place asks for is put in brackets.

    RELATION   a < b             TERMS  a - b      OPEN   Σ_i a: takes everything up to + or -
    PRODUCT    a b, a/b          BARE   \\log a    POWER  a^b, A^T       ATOM  x_i, f(a), (a)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType

from derivations.atoms import ATOMS
from derivations.domains import Names
from derivations.formula import grouped
from derivations.frozen import frozen
from derivations.notation import spelling
from derivations.notation.write.layout import (
    Big,
    Build,
    Choose,
    Compare,
    Deny,
    Entry,
    Factors,
    Fence,
    Fn,
    Frac,
    Lay,
    Logic,
    Numeral,
    Partial,
    Raise,
    Range,
    Ref,
    Root,
    Terms,
    Turn,
    Word,
)  # fmt: skip
from derivations.notation.write.lettering import latex_index
from derivations.notation.write.symbols import (
    BIG,
    POWERED,
    RELATIONS,
    SUBSCRIPTED,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    WHICH,
    decimal,
    head_of,
)

OR, AND, NOT, RELATION, TERMS, OPEN, PRODUCT, BARE, POWER, ATOM = range(10)

Text = tuple[str, int]


@frozen
class Dressing:
    """How texts are put together: `which` of the three, and the symbols that declared names keep for themselves."""

    which: int
    taken: frozenset[str] = field(default=frozenset())
    latex_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, lay: Lay, at_least: int = OR) -> str:
        """The text of an arrangement, in brackets where it binds looser than asked."""
        text, level = _RULES[type(lay)](self, lay)
        return text if level >= at_least else self.bracket(text)

    def bracket(self, text: str) -> str:
        if self.which == 2:
            return rf"\left({text}\right)" if _tall(text) else f"({text})"
        return f"({text})"

    def pick(self, three: tuple[str, str, str]) -> str:
        return three[self.which]


def declared_names(names: Names | None) -> tuple[frozenset[str], Mapping[str, str]]:
    """The canonical names that are declared, and the LaTeX that a declaration gives itself."""
    if names is None:
        return frozenset(), {}
    return frozenset(names) | frozenset(names.sizes), {row.name: row.latex for row in names.values() if row.latex}


def dress(
    lay: Lay, dressing: str, taken: frozenset[str] = frozenset(), latex_names: Mapping[str, str] | None = None
) -> str:
    """The text of an arrangement. `taken` holds the canonical names that are declared, so that no symbol is theirs and
    ours."""
    which = WHICH.get(dressing)
    if which is None:
        raise ValueError(f"no dressing {dressing!r}; there are {', '.join(WHICH)}")
    return Dressing(which, taken, latex_names or {}).text(lay)


def _tall(text: str) -> bool:
    return any(c in text for c in (r"\frac", r"\sum", r"\prod", r"\begin", r"\sqrt"))


# ---------------------------------------------------------------- one rule a kind


def _numeral(d: Dressing, lay: Numeral) -> Text:
    value = lay.value
    if value.denominator == 1:
        return str(value.numerator), ATOM
    return decimal(value), ATOM


def _word(d: Dressing, lay: Word) -> Text:
    return d.pick((lay.ascii, lay.unicode, lay.latex)), ATOM


def _subscript(d: Dressing, at: tuple[str, ...]) -> str:
    if not at:
        return ""
    inner = "".join(at) if all(len(a) == 1 and a.isalpha() for a in at) else ",".join(at)
    if d.which == 1 and all(c in SUBSCRIPTS for c in inner):
        return "".join(SUBSCRIPTS[c] for c in inner)
    if d.which == 2:
        inner = ",".join(latex_index(a) for a in at) if "," in inner or any(len(a) > 1 for a in at) else inner
    return "_" + (inner if len(inner) == 1 else "{" + inner + "}")


def _name(d: Dressing, name: str) -> str:
    if d.which == 2 and name in d.latex_names:
        return d.latex_names[name]
    return (spelling.ascii, spelling.unicode, spelling.latex)[d.which](name)


def _ref(d: Dressing, lay: Ref) -> Text:
    return _adjoint(d, lay) if "/" in lay.name else (_indexed(d, lay.name, lay.at), ATOM)


_NUMBERED = re.compile(r"(?P<stem>[^_^]*)_\{(?P<own>[^{}]*)\}")


def _indexed(d: Dressing, name: str, at: tuple[str, ...]) -> str:
    """A name with its indices. In LaTeX they share one subscript with that of the name, z_{2,k}, unless `z` is declared
    too; in Unicode a digit of the name stays on the line, W1ₖⱼ, so that it is no index."""
    base = _name(d, name)
    if at and d.which == 1 and base[-1] in SUBSCRIPTED:
        base = name
    elif at and d.which == 2 and "_" in base:
        found = _NUMBERED.fullmatch(base)
        if found is not None and name not in d.latex_names and spelling.parts(name).base not in d.taken:
            inner = _subscript(d, at)[1:].removeprefix("{").removesuffix("}")
            return f"{found['stem']}_{{{found['own']},{inner}}}"
        base = "{" + base + "}"
    return base + _subscript(d, at)


def _adjoint(d: Dressing, lay: Ref) -> Text:
    """∂L/∂v, the name of a derivative that is known: `dL/dv_i`."""
    above, _, below = lay.name.partition("/")
    order = "".join(c for c in above[1:2] if c.isdigit())
    of = above[1 + len(order) :]
    wrt = below[1:]
    if (
        d.which and order and wrt.endswith(order) and len(lay.at) % int(order) == 0
    ):  # ∂²L/∂w_i∂w_j: an equal share of the indices belongs to each ∂w
        share = len(lay.at) // int(order)
        base = _name(d, wrt.removesuffix(order))
        sides = [_indexed(d, wrt.removesuffix(order), lay.at[k * share : (k + 1) * share]) for k in range(int(order))]
        if d.which == 2:
            below = r"\,".join(rf"\partial {side}" for side in sides) if share else rf"\partial {base}^{order}"
            return rf"\frac{{\partial^{order} {_name(d, of)}}}{{{below}}}", BARE
        raised = SUPERSCRIPTS[order]
        return f"∂{raised}{_name(d, of)}/" + (
            "".join(f"∂{side}" for side in sides) if share else f"∂{base}{raised}"
        ), BARE
    mixed = [part for part in wrt.split("d") if part]
    if d.which and order == "2" and len(mixed) == 2:  # ∂²L/∂w∂b: which indices belong to which is for the axes to say
        one, two = (_name(d, part) for part in mixed)
        if d.which == 2:
            fraction = rf"\frac{{\partial^2 {_name(d, of)}}}{{\partial {one}\,\partial {two}}}"
            return (rf"\left({fraction}\right){_subscript(d, lay.at)}" if lay.at else fraction), BARE
        fraction = f"∂²{_name(d, of)}/∂{one}∂{two}"
        return (f"({fraction}){_subscript(d, lay.at)}" if lay.at else fraction), BARE
    if d.which == 2:
        power = f"^{order}" if order else ""
        below = _indexed(d, wrt.removesuffix(order), lay.at)
        return rf"\frac{{\partial{power} {_name(d, of)}}}{{\partial {below}{power}}}", BARE
    if order:
        return lay.name + _subscript(d, lay.at), BARE
    partial = "∂" if d.which == 1 else "d"
    return f"{partial}{_name(d, of)}/{partial}{_indexed(d, wrt, lay.at)}", BARE


def _terms(d: Dressing, lay: Terms) -> Text:
    out = ""
    for k, (sign, term) in enumerate(lay.terms):
        text = d.text(term, OPEN)
        mark = ("-" if sign < 0 else "") if k == 0 else (" - " if sign < 0 else " + ")
        out += mark + text
    return out, TERMS


def _factors(d: Dressing, lay: Factors) -> Text:
    if lay.op == "⊙":
        sign = d.pick((".*", "⊙", r"\odot"))
        bare = [d.which == 2 and isinstance(f, (Frac, Ref)) for f in lay.factors]
        return f" {sign} ".join(
            d.text(f, PRODUCT if b else POWER) for f, b in zip(lay.factors, bare, strict=True)
        ), TERMS
    if lay.op == "⊗":
        if d.which == 0:
            return "kron(" + ", ".join(d.text(f, TERMS) for f in lay.factors) + ")", ATOM
        return d.pick(("", " ⊗ ", r" \otimes ")).join(d.text(f, POWER) for f in lay.factors), TERMS
    out = ""
    last = len(lay.factors) - 1
    pieces = [_RULES[type(f)](d, f) for f in lay.factors]
    many_open = sum(binds == OPEN for _, binds in pieces) > 1
    level = PRODUCT
    for k, (factor, (text, binds)) in enumerate(zip(lay.factors, pieces, strict=True)):
        if k == last and binds in (OPEN, BARE) and not (many_open and binds == OPEN):
            level = min(level, binds)
        elif (
            binds < PRODUCT
            or (k and isinstance(factor, Factors))
            or (binds == BARE and not isinstance(factor, Ref))
            or (isinstance(factor, Frac) and k and d.which != 2)
            or (k and isinstance(lay.factors[k - 1], Turn) and d.which != 2 and text[0] in "0123456789")  # 1^T * 1[…]
        ):
            text = d.bracket(text)
        out = text if not out else out + _joint(d, lay.factors[k - 1], factor, out, text) + text
    return out, level


def _joint(d: Dressing, before: Lay, after: Lay, left: str, right: str) -> str:
    """What stands between two factors: nothing that could be read as anything but a product."""
    if d.which == 2:
        digits = left[-1].isdigit() and (right.startswith((r"\mathbf{1}", r"\frac")))
        return r" \cdot " if right[0].isdigit() or digits else " "
    sign = " · " if d.which == 1 else " * "
    loose = (
        isinstance(before, Frac)
        or (isinstance(before, Ref) and "/" in before.name)
        or (isinstance(after, Ref) and "/" in after.name)
    )
    return sign if loose or right[0] in "0123456789[|‖" else " "


def _frac(d: Dressing, lay: Frac) -> Text:
    if d.which == 2:
        return rf"\frac{{{d.text(lay.above)}}}{{{d.text(lay.below)}}}", PRODUCT
    return f"{d.text(lay.above, PRODUCT)}/{d.text(lay.below, POWER)}", PRODUCT


def _raise(d: Dressing, lay: Raise) -> Text:
    match lay:
        case Raise(Fn(name, (arg,), (), 0), Numeral(value)) if (
            (d.which == 2 or lay.of_entries)
            and name in POWERED
            and value.denominator == 1
            and not (name in ATOMS and ATOMS[name].letter in d.taken)
        ):
            power = d.pick((f"^{value}", "".join(SUPERSCRIPTS[c] for c in str(value)), f"^{{{value}}}"))
            return f"{d.pick(head_of(name))}{power}{d.bracket(d.text(arg))}", ATOM
    base = d.text(lay.base, ATOM)
    if lay.of_entries:
        return base + d.pick(("^{.*%s}", "^{⊙%s}", r"^{\odot %s}")) % d.text(lay.exponent), POWER
    if d.which == 2:
        return f"{base}^{{{_inline(d, lay.exponent)}}}", POWER
    exponent = d.text(lay.exponent)
    if d.which == 1 and all(c in SUPERSCRIPTS for c in exponent):
        return base + "".join(SUPERSCRIPTS[c] for c in exponent), POWER
    plain = isinstance(lay.exponent, (Numeral, Word, Ref)) and "/" not in exponent
    return f"{base}^{exponent}" if plain else f"{base}^({exponent})", POWER


def _inline(d: Dressing, exponent: Lay) -> str:
    """A raised fraction of numerals is written with a slash."""
    match exponent:
        case Frac(Numeral() as above, Numeral() as below):
            return f"{d.text(above)}/{d.text(below)}"
        case Terms(((-1, Frac(Numeral(), Numeral()) as inner),)):
            return "-" + _inline(d, inner)
        case _:
            return d.text(exponent)


def _root(d: Dressing, lay: Root) -> Text:
    if d.which == 2:
        degree = "" if lay.degree == 2 else f"[{lay.degree}]"
        return rf"\sqrt{degree}{{{d.text(lay.base)}}}", ATOM
    if lay.degree == 2:
        return f"sqrt({d.text(lay.base)})" if d.which == 0 else f"√({d.text(lay.base)})", ATOM
    return f"{d.text(lay.base, ATOM)}^(1/{lay.degree})", POWER


def _turn(d: Dressing, lay: Turn) -> Text:
    return d.text(lay.base, ATOM) + d.pick(("^T", "ᵀ", r"^\top")), POWER


def _fn(d: Dressing, lay: Fn) -> Text:
    head = d.pick(head_of(lay.name))
    if lay.name.startswith("@"):
        head = _name(d, lay.name[1:])
    if lay.name == "factorial":
        return f"{d.text(lay.args[0], ATOM)}!", POWER
    if lay.name in ATOMS and ATOMS[lay.name].letter in d.taken:
        head = d.pick((lay.name, lay.name, r"\operatorname{" + lay.name + "}"))
    head += "'" * lay.primes
    if d.which == 2 and lay.name == "exp" and "e" not in d.taken and _small(lay.args[0]):
        return f"e^{{{d.text(lay.args[0])}}}", POWER
    inner = [d.text(a, TERMS if len(lay.args) > 1 else OR) for a in lay.args]
    if (
        d.which == 2
        and len(lay.args) == 1
        and not lay.at
        and not lay.primes
        and lay.name in _BARE
        and isinstance(lay.args[0], Ref)
        and "/" not in lay.args[0].name
    ):
        return f"{head} {inner[0]}", BARE
    level = BARE if lay.name == "logdet" and d.which == 2 else ATOM  # the log of a log det has no brackets of its own
    first = len(inner) - lay.held
    listed = "; ".join(", ".join(part) for part in (inner[:first], inner[first:]) if part)
    signs = [d.pick((f"partial_{k} ", f"∂_{k} ", rf"\partial_{{{k}}} ")) for k in lay.slots]
    if lay.by:
        signs = [d.pick(("nabla_{} ", "∇_{} ", r"\nabla_{{{}}} ")).format(_name(d, lay.by))]
    level = OPEN if lay.by else BARE if lay.slots else level
    return "".join(signs) + head + d.bracket(listed) + _subscript(d, lay.at), level


def _small(lay: Lay) -> bool:
    """Whether an exponent is short enough to stand raised: no fraction, sum or function in it."""
    match lay:
        case Terms(terms):
            return len(terms) <= 2 and all(_small(t) for _, t in terms)
        case Factors(factors):
            return len(factors) <= 3 and all(_small(f) for f in factors)
        case _:
            return isinstance(lay, (Numeral, Word, Ref)) and not (isinstance(lay, Ref) and "/" in lay.name)


_BARE = frozenset({"log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det", "logdet"})


def _fence(d: Dressing, lay: Fence) -> Text:
    inner = d.text(lay.body)
    match lay.kind:
        case "abs":
            return d.pick(
                (f"abs({inner})", f"|{inner}|", rf"\left|{inner}\right|" if _tall(inner) else rf"\lvert {inner} \rvert")
            ), ATOM
        case "norm" | "norm1" | "norm2" | "norm*" | "normF":
            tail = "_" + lay.kind[4:] if lay.kind != "norm" else ""
            small = {"_1": "₁", "_2": "₂"}.get(tail, tail)
            return d.pick((f"||{inner}||{tail}", f"‖{inner}‖{small}", rf"\lVert {inner} \rVert{tail}")), ATOM
        case "indicator":
            return d.pick((f"1[{inner}]", f"1[{inner}]", rf"\mathbf{{1}}[{inner}]")), ATOM
        case kind:
            left, right = (r"\lfloor ", r" \rfloor") if kind == "floor" else (r"\lceil ", r" \rceil")
            return d.pick((f"{kind}({inner})", f"{kind}({inner})", left + inner + right)), ATOM


def _under(d: Dressing, ranges: tuple[Range, ...], said: bool) -> str:
    """The subscript of a big operator."""
    if any(r.condition is not None for r in ranges):
        inner = ", ".join(d.text(r.condition) if r.condition is not None else r.index for r in ranges)
        return "_{" + inner + "}"
    if said and len(ranges) == 1:
        upper = latex_index(ranges[0].upper) if d.which == 2 else ranges[0].upper
        return f"_{{{ranges[0].index}=1}}^" + (upper if len(upper) == 1 else "{" + upper + "}")
    return (
        _subscript(d, tuple(r.index for r in ranges))
        if len(ranges) == 1
        else "_{" + ",".join(r.index for r in ranges) + "}"
    )


def _big(d: Dressing, lay: Big) -> Text:
    """Σ, Π, max; LaTeX says the ranges of sums, the others only those that the body does not tell."""
    head = d.pick(BIG[lay.op])
    summed = lay.op in ("sum", "prod")
    said = (d.which == 2 and summed) or not all(r.told for r in lay.ranges)
    groups = [(r,) for r in lay.ranges] if said else [lay.ranges]
    opened = (" " if d.which != 2 else "").join(head + _under(d, g, said) for g in groups)
    body = d.text(lay.body, OPEN)
    if lay.op == "prod" and "/" in body and d.which != 2:  # prod_j x_j/c reads two ways
        body = d.bracket(body)
    if lay.op == "mean":
        return f"{opened}[{d.text(lay.body)}]", ATOM
    return (f"{opened} {body}" if summed else opened + d.bracket(d.text(lay.body))), OPEN


def _choose(d: Dressing, lay: Choose) -> Text:
    if d.which == 2:
        rows = [rf"{d.text(v)} & \text{{if }} {d.text(c)}" for v, c in lay.branches]
        if lay.otherwise is not None:
            rows.append(rf"{d.text(lay.otherwise)} & \text{{otherwise}}")
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM
    rows = [f"{d.text(v)} if {d.text(c)}" for v, c in lay.branches]
    if lay.otherwise is not None:
        rows.append(f"{d.text(lay.otherwise)} otherwise")
    return "{" + ", ".join(rows) + "}", ATOM


def _compare(d: Dressing, lay: Compare) -> Text:
    return f"{d.text(lay.left, TERMS)} {d.pick(RELATIONS[lay.op])} {d.text(lay.right, TERMS)}", RELATION


def _logic(d: Dressing, lay: Logic) -> Text:
    level = AND if lay.op == "and" else OR
    sign = d.pick((f" {lay.op} ", f" {lay.op} ", rf" \text{{ {lay.op} }} "))
    return sign.join(d.text(a, level + 1) for a in lay.args), level


def _deny(d: Dressing, lay: Deny) -> Text:
    return d.pick(("not ", "not ", r"\neg ")) + d.bracket(d.text(lay.arg)), NOT


def _entry(d: Dressing, lay: Entry) -> Text:
    text = _RULES[type(lay.body)](d, lay.body)[0]
    return (text if isinstance(lay.body, Fn) else d.bracket(text)) + _subscript(d, lay.at), ATOM


def _build(d: Dressing, lay: Build) -> Text:
    heads = [r.index if r.told else f"{r.index}:{r.upper}" for r in lay.ranges]
    if lay.joint:
        groups = grouped(heads, lay.joint)
        heads = [group[0] if len(group) == 1 else "(" + ", ".join(group) + ")" for group in groups]
    head = heads[0] if len(heads) == 1 and not lay.joint else "(" + ", ".join(heads) + ")"
    arrow = d.pick(("->", "↦", r"\mapsto"))
    return f"{head} {arrow} {d.text(lay.body)}", OR


def _partial(d: Dressing, lay: Partial) -> Text:
    of, wrt = d.text(lay.of, ATOM), d.text(lay.wrt, ATOM)
    if d.which == 2:
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}", PRODUCT
    partial = "∂" if d.which == 1 else "d"
    return f"{partial}{of}/{partial}{wrt}", PRODUCT


_RULES: Mapping[type, Callable[..., Text]] = MappingProxyType({
    Numeral: _numeral, Word: _word, Ref: _ref, Terms: _terms, Factors: _factors, Frac: _frac, Raise: _raise,
    Root: _root, Turn: _turn, Fn: _fn,
    Fence: _fence, Big: _big, Choose: _choose, Compare: _compare, Logic: _logic, Deny: _deny, Entry: _entry,
    Build: _build, Partial: _partial,
})  # fmt: skip
