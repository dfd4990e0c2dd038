"""The order in which a person writes terms and factors; it depends on nothing but the formula.

    2 n λ δ_ij x_i log(p_i) 1[z_i > 0] (1 - p_i) Σ_j a_j        factors
    a^2 + a b + b - c,   ŷ_i - y_i,   1 - p                      terms: a positive one first
"""

from __future__ import annotations

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
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    affine_terms,
    children,
    walk,
)  # fmt: skip

Named = dict[Index, str]
"""The names that indices have on the page."""

def _spell(name: str) -> tuple[str, str]:
    return (name.lower(), name)


def index_text(at: IndexExpr, named: Named) -> str:
    """`i`, `3`, `i+1`, `t-s`, `2i-1`, `n`: positive terms first."""
    terms, const = affine_terms(at)
    spelt = sorted(((t if isinstance(t, str) else named.get(t, t.name), c) for t, c in terms), key=lambda p: (p[1] < 0, p))
    out = ""
    for name, c in spelt:
        size = "" if abs(c) == 1 else str(abs(c))
        out += ("-" if c < 0 else "+" if out else "") + size + name
    if const or not out:
        out += (f"{const:+d}" if out else str(const))
    return out


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


def _rank(node: Node) -> int:
    """The class of a factor: numerals, sizes and constants, scalars, δ, adjoints, elements, brackets of these, functions, choices, brackets
    that hold functions, big sums."""
    match node:
        case Num():
            return 0
        case SizeVal() | Const():
            return 1
        case Pow(base, exponent) if isinstance(base, Num):
            return 2 if isinstance(exponent, Num) else 6
        case Elem(name, at):
            return 5 if "/" in name else 6 if at else 3
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
            return 10 if any(isinstance(n, (Call, Apply, Bound)) for n in walk(node)) else 7
        case Bound(op):
            return 12 if op in ("sum", "prod") else 11
        case _:
            return 10


def sort_key(node: Node, named: Named) -> tuple:
    """A total order of trees up to the names that their indices have on the page."""
    match node:
        case Num(value):
            return ("a", float(value) if abs(value) < 10**15 else 0.0, str(value))
        case Const(name) | SizeVal(name):
            return ("b", 0.0, *_spell(name))
        case IndexVal(at):
            return ("c", 0.0, index_text(at, named))
        case Elem(name, at):
            return ("d", 0.0, *_spell(name), *(index_text(a, named) for a in at))
        case Delta(a, b):
            return ("e", 0.0, *sorted((index_text(a, named), index_text(b, named))))
        case Pow(base, exponent):
            return (*sort_key(base, named), "^", _text(exponent, named))
        case Bound(op, indices, body):
            return ("g", 0.0, op, str([i.size for i in indices]), _text(body, _opened(indices, named)))
        case MatrixAtom(op, row, col, body, at):
            return ("h", 0.0, op, _text(body, _opened((row, col), named)), *(index_text(a, named) for a in at))
        case Call(fn, args) | Apply(fn, args):
            return ("f", 0.0, *_spell(fn), *(_text(a, named) for a in args))
        case _:
            return ("k", 0.0, type(node).__name__, getattr(node, "op", ""), *(_text(c, named) for c in ordered_children(node, named)))


def _opened(indices: tuple[Index, ...], named: Named) -> Named:
    """Names for bound indices that depend on depth only, so that the order does not depend on how they are called."""
    return {**named, **{i: f"#{len(named)}.{k}" for k, i in enumerate(indices)}}


def _text(node: Node, named: Named) -> str:
    return "(" + ",".join(map(str, sort_key(node, named))) + ")"


def ordered_children(node: Node, named: Named) -> tuple[Node, ...]:
    """Children, those of commutative nodes in order."""
    match node:
        case Add():
            return tuple(terms(node, named))
        case Mul():
            return tuple(factors(node, named))
        case _:
            return children(node)


def factors(node: Node, named: Named) -> list[Node]:
    """The factors of a product in order; of anything else, itself."""
    if not isinstance(node, Mul):
        return [node]
    return sorted(node.args, key=lambda f: (_rank(f), sort_key(f, named)))


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


def terms(node: Node, named: Named) -> list[Node]:
    """The terms of a sum in order: a constant first when the rest is subtracted from it or it is 1 + …, else last; higher powers first."""
    if not isinstance(node, Add):
        return [node]
    numbers = [t for t in node.args if isinstance(t, (Num, Const, SizeVal)) or (isinstance(t, Mul) and all(isinstance(f, (Num, Const, SizeVal)) for f in t.args))]
    others = [t for t in node.args if not any(t is x for x in numbers)]

    def key(term: Node) -> tuple:
        sign, rest = coefficient(term)
        bare = factors(rest, named)
        if bare and isinstance(bare[0], Num):
            bare = bare[1:] or bare
        return (sign < 0, -_degree(rest) if _polynomial(rest) else 0, tuple(_text(f, named) for f in bare), _text(rest, named))

    others.sort(key=key)
    numbers.sort(key=key)
    ahead = bool(numbers) and coefficient(numbers[0])[0] > 0 and (_fraction_like(others) or all(coefficient(t)[0] < 0 for t in others))
    return numbers + others if ahead else others + numbers


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
    return not isinstance(rest, (Elem, IndexVal, Mul)) or (isinstance(rest, Mul) and any(isinstance(f, (Call, Bound)) for f in rest.args))
