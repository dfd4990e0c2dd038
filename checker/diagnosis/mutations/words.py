"""What a row of the mutations yields, and the words in which it says what it did to a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from types import MappingProxyType

from checker.diagnosis.sites import Site, held, term_words
from derivations.domains import Names
from derivations.formula import (
    MINUS_ONE,
    Add,
    Bound,
    Call,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    names_in,
)
from derivations.frozen import frozen


@frozen
class Change:
    """What a row yields: the tree with one slip, its tag and its sentences. `effect` marks a sentence about what is
    seen, not what was done."""

    body: Node
    tag: str
    message: str
    reveal: str = ""
    effect: bool = False


@frozen
class Mutant:
    """A formula with one slip."""

    formula: Formula
    tag: str
    message: str
    reveal: str = ""
    effect: bool = False


@frozen
class Scene:
    """What a row may know besides its place: the truth, and the indices an answer may use in place of others."""

    truth: Formula
    indices: tuple[Index, ...] = ()
    around: Mapping[Index, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def names(self) -> Names:
        return self.truth.names if self.truth.names is not None else Names()


Row = Callable[[Site, Scene], Iterator[Change]]


def of(site: Site, *gone: Node | str) -> str:
    """` in the term with log`, or nothing for the whole; not by a word of what is `gone`, or named already."""
    words = site.place(frozenset().union(*({g} if isinstance(g, str) else held(g) for g in gone)))
    return f" {words}" if words else ""


def short(node: Node, depth: int = 1) -> str:
    """A few words for a factor, from its outside: `depth` functions and sums deep."""
    match node:
        case Elem(name):
            return name
        case Call(fn, args):
            return f"{fn}({', '.join(short(a, depth - 1) for a in args) if depth else '…'})"
        case Pow(a, Num(value)) if value < 0:
            return f"1/{short(a, depth)}" if value == -1 else f"{short(a, depth)}^({value})"
        case Pow(a, Num(value)):
            return f"{short(a, depth)}^{value}" if value.denominator == 1 else f"{short(a, depth)}^({value})"
        case Bound(op, _, body):
            return f"{op}({short(body, depth - 1) if depth else '…'})"
        case SizeVal(size):
            return size
        case Num(value) | Const(value):
            return str(value)
        case Add(args):
            return (
                "("
                + " + ".join(short(a, depth) for a in args[:2]).replace("+ -", "- ")
                + (" + …" if len(args) > 2 else "")
                + ")"
            )
        case Mul((Num(value), *args)) if value == -1:
            return "-" + " ".join(short(a, depth) for a in args[:3])
        case Mul(args):
            return " ".join(short(a, depth) for a in args[:3])
        case Delta():
            return "delta"
        case MatrixAtom(op):
            return op
        case _:
            return "the bracket"


def shown_term(terms: tuple[Node, ...], k: int) -> str:
    """A term by what only it holds, else by a few words for all of it."""
    words = term_words(terms, k)
    return words if "one of" not in words else f"the term {short(terms[k])}"


def mean_of(node: Node) -> str | None:
    """The n of a factor 1/n."""
    return (
        node.base.size
        if isinstance(node, Pow) and isinstance(node.base, SizeVal) and node.exponent == MINUS_ONE
        else None
    )


def adjoints_in(node: Node, scene: Scene) -> list[str]:
    """The nodes whose adjoints stand in a tree: v for dL/dv."""
    found = [n for n in sorted(names_in(node)) if n in scene.names and scene.names[n].role == "adjoint"]
    return [n.rpartition("/d")[2] for n in found]


def factor_words(c: Fraction, where: str) -> str:
    size = abs(c)
    words = f"a factor {size} too large{where}" if size > 1 else f"a factor {1 / size} too small{where}"
    return f"it is {words}" + (", and the sign is wrong" if c < 0 else "")


def diagonal_words(truth: Formula, left: object, right: object) -> tuple[str, str]:
    """Words for the entries with two equal indices, and for the others: by the letters that the question gave them, if
    it did."""
    given = {row.index for row in truth.names.values()} if truth.names is not None else set()
    if isinstance(left, Index) and isinstance(right, Index) and {left, right} <= given:
        return f"where {left.name} = {right.name}", f"where {left.name} ≠ {right.name}"
    if len(truth.free + truth.axes) == 2:
        return "on the diagonal", "off the diagonal"
    return "where two indices are equal", "where two indices differ"
