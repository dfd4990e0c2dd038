r"""The surface tree: what was written, and where. The set of nodes is closed; what each means is a row of `meaning`.

    number      Numeral  Constant  SizeName  Letter
    name        Name  Indexed  Label  Identity  Ones  IndexedDelta
    arithmetic  Group  Negative  Terms  Product  Quotient  Power  Root
    matrix      Transposed  InverseTransposed  Bars  Norm  InnerProduct  Determinant  Vector  Row  Matrix  ArrayOf
    function    Applied  FunctionOf  Along  Big  Derivative  Kronecker  At
    chance      those of `drawings`
    choice      Indicator  ByCases;  conditions: Relation  AllOf  AnyOf  Negation

Nodes are frozen, and equal only to themselves: the same letters in two places are two nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from derivations.domains import Declared
from derivations.formula import Size, Span
from derivations.frozen import frozen


@frozen
class Subscript:
    """A subscript as written, and its place. `kind` says which:

    word    letters, of one index or of several: ij              text
    num     digits: 12                                           text
    raw     a spelling that is no index, part of a name          text
    slice   the whole axis: `:`
    affine  Σ c·t + const: i+1, t-s, y_i, y_i-1                  terms, const
    array   an array of indices, as in code: s[y]                terms: the array

    A term is a letter, or an entry of an array of indices as a tree.
    """

    kind: str
    start: int
    end: int
    text: str = ""
    terms: tuple[tuple[str | Surface, int], ...] = ()
    const: int = 0

    @property
    def span(self) -> Span:
        return self.start, self.end

    def letters(self, single: Callable[[str], list[str]]) -> list[str]:
        """The letters that stand in it; `single` takes a run of them apart."""
        if self.kind == "word":
            return single(self.text)
        found: list[str] = []
        for term, _ in self.terms:
            if isinstance(term, str):
                found.append(term)
            elif isinstance(term, Subscripted):
                found += [letter for inner in term.items for letter in inner.letters(single)]
        return found


@frozen
class Surface:
    """A node of the surface tree, and the characters it was read from."""

    start: int
    end: int

    def below(self) -> tuple[Surface, ...]:
        """The nodes directly below, from left to right: those that its fields hold."""
        held: list[Surface] = []
        for field in fields(self)[2:]:  # type: ignore[arg-type]
            value = getattr(self, field.name)
            held += [part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, Surface)]
        return tuple(held)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


@frozen
class OfOne(Surface):
    """A node around one other."""

    body: Surface


@frozen
class OfSeveral(Surface):
    """A node of several of one kind."""

    parts: tuple[Surface, ...]


@frozen
class Sized(Surface):
    """A constant array, whose size may stand beside it."""

    size: Size | None


@frozen
class Subscripted(Surface):
    """A value and what stands below or above it."""

    base: Surface
    items: tuple[Subscript, ...]


@frozen
class Binder:
    """What stands below and above a Σ: an index letter, its lower and upper end, further conditions; `beside` is a
    declared index that it is compared with, which may run as well."""

    letter: str
    start: int
    end: int
    lower: Surface | None = None
    upper: Surface | None = None
    conditions: tuple[Surface, ...] = ()
    beside: str = ""


@frozen
class Numeral(Surface):
    """A number as written: 2, 1.5."""

    value: Fraction


@frozen
class Constant(Surface):
    """e, π."""

    name: str


@frozen
class SizeName(Surface):
    """A declared size, as a number."""

    size: str


@frozen
class Letter(Surface):
    """The letter of an index, as a number."""

    letter: str


@frozen
class Name(Surface):
    """A declared name."""

    row: Declared


class Identity(Sized):
    """I, I_n."""


class Ones(Sized):
    r"""\mathbf 1, the vector of ones."""


@frozen
class IndexedDelta(Surface):
    """δ_ij; an entry of I."""

    items: tuple[Subscript, ...]


class Indexed(Subscripted):
    """x_i, X_{ij}, (A b)_i."""


class Label(Subscripted):
    """x^{(i)}, where x is not declared with labels."""


@frozen
class Group(Surface):
    """(a), [a], {a}."""

    body: Surface
    bracket: str


class Negative(OfOne):
    """-a."""


class Terms(OfSeveral):
    """a + b - c."""


@frozen
class Product(Surface):
    """a b * c / d: the signs between the factors; `jux` where there is none, `split` within a run of letters."""

    factors: tuple[Surface, ...]
    signs: tuple[str, ...]


@frozen
class Quotient(Surface):
    r"""\frac{a}{b}."""

    above: Surface
    under: Surface


@frozen
class Power(Surface):
    """a^b."""

    base: Surface
    exponent: Surface


class EntryPower(Power):
    r"""a^{\odot b}: the power of every entry."""


@frozen
class Transposed(Surface):
    """A^T, A.T; `power` is what T may be instead, where it is a declared name."""

    body: Surface
    power: Surface | None

    def below(self) -> tuple[Surface, ...]:
        return (self.body,)


class InverseTransposed(OfOne):
    """A^{-T}."""


@frozen
class Root(Surface):
    r"""√a, \sqrt[n]{a}."""

    body: Surface
    degree: Surface | None


class Bars(OfOne):
    """|a|."""


@frozen
class Norm(Surface):
    """‖a‖, ‖a‖_1."""

    body: Surface
    degree: str


class InnerProduct(OfSeveral):
    """⟨a, b⟩."""


class Determinant(OfOne):
    r"""\begin{vmatrix} … \end{vmatrix}."""


@frozen
class At(Surface):
    """a |_{b = c}: a value where names are others, pair by pair."""

    body: Surface
    names: tuple[Name, ...]
    values: tuple[Surface, ...]


class Vector(OfSeveral):
    """(a, b, c)."""


class Row(OfSeveral):
    """One row of a matrix."""


class Matrix(OfSeveral):
    """[a, b; c, d]."""


@frozen
class ArrayOf(Surface):
    """`(i, j:d) -> a_ij`: the array with these entries; `heads` are the letters with their sizes, `joint` how many of
    them make an axis: 2 and 1 in `((j, i), k) -> …`."""

    body: Surface
    heads: tuple[tuple[str, Size | None], ...]
    joint: tuple[int, ...]


@frozen
class Applied(Surface):
    """log a, log_2 a, σ'(z): a function of the table, what stands below it, and how often it is primed."""

    args: tuple[Surface, ...]
    function: str
    base: tuple[Subscript, ...] | None = None
    order: int = 0


@frozen
class FunctionOf(Surface):
    """f(a), f'(a) of a declared function; `slots` are the arguments, counted from 1, that it is differentiated by."""

    args: tuple[Surface, ...]
    row: Declared
    order: int
    slots: tuple[int, ...] = ()


@frozen
class Along(Surface):
    """sum(a, axis=0); with keepdims=True the axis stays, with length 1."""

    body: Surface
    function: str
    axis: int
    keeps: bool = False


@frozen
class OfCode(Surface):
    """What only code has: X.shape[0], np.eye(n), z[:, None]."""

    parts: tuple[Surface, ...]
    function: str


class Kronecker(OfSeveral):
    """delta(i, j)."""


class Indicator(OfOne):
    """1[c]."""


@frozen
class ByCases(Surface):
    """{a if c, b if d, e otherwise}."""

    conditions: tuple[Surface, ...]
    values: tuple[Surface, ...]
    otherwise: Surface | None

    def below(self) -> tuple[Surface, ...]:
        pairs = [part for pair in zip(self.conditions, self.values, strict=True) for part in pair]
        return tuple(pairs) if self.otherwise is None else (*pairs, self.otherwise)


@frozen
class Big(Surface):
    """Σ_{i=1}^n a, max_i a: `loose` are the letters of the body that may be its index where none is written."""

    body: Surface
    op: str
    binders: tuple[Binder, ...]
    loose: tuple[tuple[str, int], ...]


@frozen
class Derivative(Surface):
    """∂a/∂b."""

    of: Surface
    wrt: Surface


@frozen
class Relation(Surface):
    """a < b <= c."""

    sides: tuple[Surface, ...]
    ops: tuple[str, ...]


class AllOf(OfSeveral):
    """c and d."""


class AnyOf(OfSeveral):
    """c or d."""


class Negation(OfOne):
    """not c."""


CONDITIONS = (Relation, AllOf, AnyOf, Negation)


def is_condition(tree: Surface) -> bool:
    """Whether a tree is a condition, in brackets too."""
    while isinstance(tree, Group) and tree.bracket != "{":
        tree = tree.body
    return isinstance(tree, CONDITIONS)


def is_number(tree: Surface) -> bool:
    """Whether a tree is a number or the name of one."""
    return isinstance(tree, (Numeral, Constant, SizeName, Letter)) or (isinstance(tree, Name) and not tree.row.sizes)


def whole(exponent: Surface) -> int | None:
    """The integer that an exponent is; None where it is none."""
    sign = 1
    while isinstance(exponent, (Group, Negative)):
        sign = -sign if isinstance(exponent, Negative) else sign
        exponent = exponent.body
    return sign * int(exponent.value) if isinstance(exponent, Numeral) and exponent.value.denominator == 1 else None


def with_replaced(tree: Surface, old: Surface, new: Surface) -> Surface:
    """A tree with one of its nodes replaced by another."""
    if tree is old:
        return new
    changed: dict[str, Any] = {}
    for field in fields(tree):  # type: ignore[arg-type]
        value = getattr(tree, field.name)
        if isinstance(value, Surface):
            made: Any = with_replaced(value, old, new)
        elif isinstance(value, tuple) and value and isinstance(value[0], Surface):
            made = tuple(with_replaced(v, old, new) for v in value)
            made = value if all(a is b for a, b in zip(made, value, strict=True)) else made
        else:
            continue
        if made is not value:
            changed[field.name] = made
    return replace(tree, **changed) if changed else tree  # type: ignore[type-var]
