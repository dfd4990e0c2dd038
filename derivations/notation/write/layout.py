"""What stands on the page, in no dressing yet: the arrangement between a formula and its text.

`write` and `matrix_form` arrange formulas, `dressing` turns an arrangement into ASCII, Unicode or LaTeX. The set is
closed:

    Numeral  Word  Ref            2   π   x_ij
    Terms  Factors  Frac          a - b   a b, A ⊙ B   a/b
    Raise  Root  Turn             a^b   √a   A^T
    Fn  Fence  Big                log(a)   |a|, ‖a‖, 1[c]   Σ_i a
    Choose  Compare  Logic  Deny  cases and conditions
    Entry  Build                  (A)_ij   (a_ij)_ij, the array with these entries
    Partial                       ∂a/∂b
"""

from __future__ import annotations

from fractions import Fraction

from derivations.frozen import frozen


class NoMatrixForm(ValueError):
    """A formula that has no matrix notation, or none that is recognised; `reason` says what stands in the way."""

    def __init__(self, reason: str):
        super().__init__(f"no matrix form: {reason}")
        self.reason = reason


class Lay:
    """An arrangement."""

    __slots__ = ()


@frozen
class Numeral(Lay):
    """A number ≥ 0 that is written without a fraction bar."""

    value: Fraction


@frozen
class Word(Lay):
    """A fixed symbol in its three dressings."""

    ascii: str
    unicode: str
    latex: str


@frozen
class Ref(Lay):
    """A declared name with the texts of its indices."""

    name: str
    at: tuple[str, ...] = ()


@frozen
class Terms(Lay):
    """A signed sum; one term with sign -1 is a negation."""

    terms: tuple[tuple[int, Lay], ...]


@frozen
class Factors(Lay):
    """A product: `op` is "" (juxtaposed), "⊙" (entry by entry) or "⊗" (of Kronecker)."""

    factors: tuple[Lay, ...]
    op: str = ""


@frozen
class Frac(Lay):
    """above / below."""

    above: Lay
    below: Lay


@frozen
class Raise(Lay):
    """base ^ exponent; `of_entries`: of every entry of an array."""

    base: Lay
    exponent: Lay
    of_entries: bool = False


@frozen
class Root(Lay):
    """The root of a degree."""

    base: Lay
    degree: int = 2


@frozen
class Turn(Lay):
    """The transpose."""

    base: Lay


@frozen
class Fn(Lay):
    """A function at arguments, a declared one as "@f"; `at` indexes its result: `softmax(z)_i`. The last `held` of its
    arguments are parameters: `f(x; w)`. `slots` are the arguments, counted from 1, that it is differentiated by, `∂_2
    k(x, z)`, `by` the name that one of them is, `∇_w f(x; w)`."""

    name: str
    args: tuple[Lay, ...]
    at: tuple[str, ...] = ()
    primes: int = 0
    held: int = 0
    slots: tuple[int, ...] = ()
    by: str = ""


@frozen
class Fence(Lay):
    """|a| ("abs"), ‖a‖ ("norm"), ‖a‖_1 ("norm1"), 1[c] ("indicator"), ⌊a⌋ ("floor"), ⌈a⌉ ("ceil")."""

    kind: str
    body: Lay


@frozen
class Range(Lay):
    """One index under a big operator: its upper end, whether the body tells it, and the condition of a restricted
    range."""

    index: str
    upper: str
    told: bool = True
    condition: Lay | None = None


@frozen
class Big(Lay):
    """Σ, Π, max, min or logsumexp over indices."""

    op: str
    ranges: tuple[Range, ...]
    body: Lay


@frozen
class Choose(Lay):
    """Cases: (value, condition) in order, then the value elsewhere."""

    branches: tuple[tuple[Lay, Lay], ...]
    otherwise: Lay | None


@frozen
class Compare(Lay):
    """left op right; op as in `formula.Rel`."""

    op: str
    left: Lay
    right: Lay


@frozen
class Logic(Lay):
    """Conditions joined by "and" or "or"."""

    op: str
    args: tuple[Lay, ...]


@frozen
class Deny(Lay):
    """not a."""

    arg: Lay


@frozen
class Entry(Lay):
    """An entry of an array: (A B)_ij."""

    body: Lay
    at: tuple[str, ...]


@frozen
class Build(Lay):
    """The array whose entry at the indices is the body; an index with its upper end where the body does not tell it.
    `joint` says how many indices an axis runs over, where it is more than one."""

    ranges: tuple[Range, ...]
    body: Lay
    joint: tuple[int, ...] = ()


@frozen
class Partial(Lay):
    """∂of/∂wrt, not carried out."""

    of: Lay
    wrt: Lay


ONE = Numeral(Fraction(1))


def parts(lay: Lay) -> tuple[Lay, ...]:
    """The arrangements directly below."""
    match lay:
        case Terms(terms):
            return tuple(t for _, t in terms)
        case Factors(factors, _):
            return factors
        case Frac(a, b) | Raise(a, b) | Partial(a, b):
            return (a, b)
        case Compare(_, a, b):
            return (a, b)
        case Root(a) | Turn(a) | Deny(a):
            return (a,)
        case Fence(_, a):
            return (a,)
        case Fn(_, args) | Logic(_, args):
            return args
        case Entry(a) | Build(_, a) | Big(_, _, a):
            return (a,)
        case Choose(branches, otherwise):
            flat = tuple(p for b in branches for p in b)
            return flat if otherwise is None else (*flat, otherwise)
        case _:
            return ()


def length(lay: Lay) -> int:
    """Binary operators, powers and function applications; transposes, signs and brackets are free. A norm is one, its
    square two."""
    below = sum(length(p) for p in parts(lay))
    match lay:
        case Terms(terms):
            return below + len(terms) - 1
        case Factors(factors, _):
            return below + len(factors) - 1
        case Logic(_, args):
            return below + len(args) - 1
        case Frac() | Raise() | Root() | Fn() | Fence() | Big() | Compare() | Deny() | Partial() | Choose():
            return below + 1
        case _:
            return below
