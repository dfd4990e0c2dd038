"""The order in which a person writes terms and factors; it depends on nothing but the formula.

2 n λ δ_ij x_i log(p_i) 1[z_i > 0] (1 - p_i) Σ_j a_j        factors
a^2 + a b + b - c,   ŷ_i - y_i,   1 - p                      terms: a positive one first
"""

from __future__ import annotations

from derivations.densities import is_score
from derivations.formula import (
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Index,
    IndexExpr,
    IndexTerm,
    IndexVal,
    Label,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    Tensor,
    affine_terms,
    children,
    index_exprs,
    walk,
)  # fmt: skip

Named = dict[Index, str]
"""The names that indices have on the page."""


def _spell(name: str) -> tuple[str, str]:
    return (name.lower(), name)


def index_text(at: IndexExpr, named: Named) -> str:
    """`i`, `3`, `i+1`, `t-s`, `2i-1`, `n`, `y_i`: positive terms first."""
    terms, const = affine_terms(at)
    spelt = sorted(((_term_text(t, named), c) for t, c in terms), key=lambda p: (p[1] < 0, p))
    out = ""
    for name, c in spelt:
        size = "" if abs(c) == 1 else str(abs(c))
        out += ("-" if c < 0 else "+" if out else "") + size + name
    if const or not out:
        out += f"{const:+d}" if out else str(const)
    return out


def _term_text(term: IndexTerm, named: Named) -> str:
    if isinstance(term, Index):
        return named.get(term, term.name)
    if isinstance(term, Label) and term.at:
        below = ",".join(index_text(a, named) for a in term.at)
        return f"{term.name}_{below}" if len(below) == 1 else f"{term.name}_{{{below}}}"
    return term if isinstance(term, str) else term.name


def coefficient(node: Node) -> tuple[int, Node]:
    """The sign in front of a term, and the term without it."""
    match node:
        case Num(value) if value < 0:
            return -1, Num(-value)
        case Mul((Num(value), *rest)) if value < 0:
            if value == -1:
                return -1, rest[0] if len(rest) == 1 else Mul(tuple(rest))
            return -1, Mul((Num(-value), *rest))
        case _:
            return 1, node


def _rank(node: Node) -> float:
    """The class of a factor: numerals, sizes and constants, scalars, brackets of these, δ, adjoints, elements, brackets
    of these, functions, choices, scores, brackets that hold functions, big sums."""
    match node:
        case Num():
            return 0
        case SizeVal() | Const():
            return 1
        case Pow(base, exponent) if isinstance(base, Num):
            return 2 if isinstance(exponent, Num) else 6
        case Elem(name, at):
            return 9.5 if is_score(name) else 5 if "/" in name else 6 if at else 3
        case IndexVal():
            return 3
        case Delta():
            return 4
        case Pow(base, _):
            return _rank(base)
        case Deriv():
            return 5
        case MatrixAtom():
            return 7
        case Call() | Apply():
            return 8
        case Cases():
            return 9
        case Add():
            if any(isinstance(n, (Call, Apply, Bound)) for n in walk(node)):
                return 10
            return 7 if any(index_exprs(n) for n in walk(node)) else 3.5
        case Bound(op):
            return 12 if op in ("sum", "prod") else 11
        case _:
            return 10


class Order:
    """Orders the terms and factors of one page; texts of subtrees are made once."""

    def __init__(self, named: Named):
        self.named = named
        self._texts: dict[int, tuple[Node, str]] = {}

    def text(self, node: Node) -> str:
        """A text by which trees are compared: what stands in them, as it is named on the page."""
        found = self._texts.get(id(node))
        if found is None:
            found = (node, "(" + ",".join(map(str, self._key(node))) + ")")
            self._texts[id(node)] = found
        return found[1]

    def _key(self, node: Node) -> tuple:
        named = self.named
        match node:
            case Num(value):
                return ("a", f"{float(value):030.12f}" if abs(value) < 10**15 else "0", str(value))
            case Const(name) | SizeVal(name):
                return ("b", *_spell(name))
            case IndexVal(at):
                return ("c", index_text(at, named))
            case Elem(name, at):
                return ("d", *_spell(name), *(index_text(a, named) for a in at))
            case Delta(a, b):
                return ("e", *sorted((index_text(a, named), index_text(b, named))))
            case Pow(base, exponent):
                return (*self._key(base), "^", self.text(exponent))
            case Bound(op, indices, body):
                return ("g", op, self.text(body), str([i.size for i in indices]))
            case MatrixAtom(op, _, _, body, at):
                return ("h", op, self.text(body), *(index_text(a, named) for a in at))
            case Call(fn, args):
                return ("f", *_spell(fn), *map(self.text, args))
            case Apply(fn, args):
                return ("f", *_spell(fn), *map(self.text, args), *(index_text(a, named) for a in index_exprs(node)))
            case Tensor(_, body):
                return self._key(body)
            case Add():
                return ("k", "+", *map(self.text, self.terms(node)))
            case Mul():
                return ("k", "*", *map(self.text, self.factors(node)))
            case _:
                return ("k", type(node).__name__, getattr(node, "op", ""), *map(self.text, children(node)))

    def factors(self, node: Node) -> list[Node]:
        """The factors of a product in order; of anything else, itself."""
        if not isinstance(node, Mul):
            return [node]
        return sorted(node.args, key=lambda f: (_rank(f), self.text(f)))

    def terms(self, node: Node) -> list[Node]:
        """The terms of a sum in order: positive ones and higher powers first; a constant first where the rest is
        subtracted from it or it is 1 + e^z."""
        if not isinstance(node, Add):
            return [node]
        others = [t for t in node.args if not _constant(t)]
        numbers = [t for t in node.args if _constant(t)]

        def place(term: Node) -> tuple:
            sign, rest = coefficient(term)
            bare = self.factors(rest)
            if len(bare) > 1 and isinstance(bare[0], Num):
                bare = bare[1:]
            poly = _polynomial(rest)
            return (
                sign < 0,
                -_degree(rest) if poly else 0,
                0 if poly else len(bare),
                tuple(map(self.text, bare)),
                self.text(rest),
            )

        others.sort(key=place)
        numbers.sort(key=lambda t: (coefficient(t)[0] < 0, all(isinstance(n, Num) for n in walk(t)), place(t)))
        ahead = (
            bool(numbers)
            and coefficient(numbers[0])[0] > 0
            and (_fraction_like(others) or all(coefficient(t)[0] < 0 for t in others))
        )
        return numbers + others if ahead else others + numbers


def _constant(node: Node) -> bool:
    """3, n, 2/n."""
    match node:
        case Mul(args):
            return all(map(_constant, args))
        case Pow(base, Num()):
            return _constant(base)
        case _:
            return isinstance(node, (Num, Const, SizeVal))


def _degree(node: Node) -> int:
    """How high a term stands: literal powers of names count, functions and sums count one."""
    match node:
        case Mul(args):
            return sum(_degree(a) for a in args)
        case Pow(base, Num(value)) if value.denominator == 1 and abs(value) < 100:
            return _degree(base) * int(value)
        case Num() | Const() | SizeVal():
            return 0
        case _:
            return 1


def _polynomial(node: Node) -> bool:
    """Whether a term is a product of literal powers of plain names, so that its degree orders it."""
    match node:
        case Mul(args):
            return all(_polynomial(a) for a in args)
        case Pow(base, Num()):
            return isinstance(base, Elem)
        case _:
            return isinstance(node, (Elem, Num, Const, SizeVal))


def _fraction_like(others: list[Node]) -> bool:
    """1 + e^-z, 1 + z^2, 1 + exp(…): textbooks put the 1 first when one term that is no plain name follows."""
    if len(others) != 1:
        return False
    _, rest = coefficient(others[0])
    return not isinstance(rest, (Elem, IndexVal, Mul)) or (
        isinstance(rest, Mul) and any(isinstance(f, (Call, Bound)) for f in rest.args)
    )
