"""What a program costs, counted and not timed: operations and the largest array, as polynomials of the sizes.

    X @ w                    2 n d operations            solve(A, B)   2/3 n³ + 2 n² k
    exp(X)                   n d                         inv(A)        2 n³

Of two programs for one formula the one is better that costs less when all sizes are large (`LARGE`): the degree counts
first, then the coefficient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Cumulative,
    Diagonal,
    Distances,
    Entry,
    Gather,
    Input,
    Loop,
    Map,
    Matrix,
    Padded,
    Permute,
    Reduce,
    Scatter,
    Shape,
    Sliding,
    Softmax,
    Solve,
    Spread,
    Window,
    Zeros,
    in_order,
    operands,
    within,
)
from derivations.formula import Size

LARGE = 1024
"""What a size by a letter counts for where two programs are compared: sizes that nobody relates are taken as equal."""

Monomial = tuple[str, ...]
"""A product of sizes: n² d is `("d", "n", "n")`."""
Polynomial = dict[Monomial, float]


def count(size: Size) -> int:
    """A size where programs are compared."""
    return size if isinstance(size, int) else LARGE


def monomial(sizes: Iterable[Size]) -> tuple[float, Monomial]:
    """The product of some sizes: the number and the letters."""
    number, letters = 1.0, []
    for s in sizes:
        if isinstance(s, int):
            number *= s
        else:
            letters.append(s)
    return number, tuple(sorted(letters))


_FACTORS = {
    "eigval": 4 / 3,
    "eigvals": 4 / 3,
    "eigproj": 9,
    "singval": 8 / 3,
    "nuclear": 8 / 3,
    "singdyad": 20,
    "polar": 20,
    "expm": 40,
    "chol": 1 / 3,
    "inv": 2,
    "cholesky": 1 / 3,
    "cholesky_inverse": 2 / 3,
    "lu_inv": 4 / 3,
    "lu_det": 0,
    "lu_logdet": 0,
    "lu_logabsdet": 0,
}
"""n³ for each operation of a matrix that costs more or less than its LU factorisation."""


def _terms(a: Array) -> Iterator[tuple[float, Shape]]:
    """The operations of one array over its operands."""
    match a:
        case Map() | Spread() | AddDiagonal() | Zeros() | Gather() | Padded() | Cumulative():
            if a.kind != "static":
                yield 1, a.shape
        case Reduce(_, arg, _):
            yield 1, arg.shape
        case Softmax(arg, _):
            yield 4, arg.shape
        case Scatter(_, values, _):
            yield 1, values.shape
        case Contract():
            sizes = dict(zip((*a.la, *a.lb), (*a.a.shape, *a.b.shape), strict=True))
            yield 2, tuple(sizes.values())
        case Loop(body, which):
            for inner in (b for b in in_order((body.members[which].step,)) if within(b)):
                for number, sizes in _terms(inner):
                    yield number, (body.size, *sizes)
        case Distances(x, z):
            yield 3, (*x.shape, z.shape[0])
        case Solve(m, b, _, how):
            n = m.shape[0]
            yield 0 if how else 2 / 3, (n, n, n)
            yield 2, (n, *b.shape)
        case Matrix(op, arg):
            yield _FACTORS.get(op, 2 / 3), (*arg.shape, arg.shape[-1])


def work(a: Array) -> Polynomial:
    """The operations of one array over its operands, as a polynomial."""
    made: Polynomial = {}
    for coefficient, sizes in _terms(a):
        number, letters = monomial(sizes)
        made[letters] = made.get(letters, 0) + coefficient * number
    return made


def computed(roots: Iterable[Array], given: Collection[Array] = ()) -> Iterator[Array]:
    """Every distinct array below the roots that is not given."""
    seen, stack = set(given), list(roots)
    while stack:
        a = stack.pop()
        if a not in seen:
            seen.add(a)
            yield a
            stack.extend(operands(a))


def operations(roots: Iterable[Array], given: Collection[Array] = ()) -> Polynomial:
    """All operations of a program."""
    return _sum(computed(roots, given))


def _sum(arrays: Iterable[Array]) -> Polynomial:
    total: Polynomial = {}
    for a in arrays:
        for letters, number in work(a).items():
            total[letters] = total.get(letters, 0) + number
    return total


def made(arrays: Iterable[Array]) -> frozenset[Monomial]:
    """The sizes of arrays that take room of their own: no views, no arguments."""
    return frozenset(
        monomial(a.shape)[1]
        for a in arrays
        if a.kind != "static" and not isinstance(a, (Input, Permute, Entry, Window, Sliding, Diagonal))
    )


def at_large(polynomial: Polynomial) -> float:
    """The polynomial where all sizes are `LARGE`."""
    return sum(number * LARGE ** len(letters) for letters, number in polynomial.items())


def price(roots: Iterable[Array], given: Collection[Array] = ()) -> tuple[float, int]:
    """By what two programs are compared: operations where all sizes are large, then the axes of the largest array."""
    return price_of(list(computed(roots, given)))


def price_of(arrays: Collection[Array]) -> tuple[float, int]:
    """The same of some arrays, what they are computed from left out."""
    return at_large(_sum(arrays)), max(map(len, made(arrays)), default=0)


def exponent(polynomial: Polynomial, size: str) -> int:
    """The power of a size with which a cost grows."""
    return max((letters.count(size) for letters in polynomial), default=0)


def oversized(outputs: Collection[Array]) -> list[Array]:
    """The arrays larger than every argument, every result and every square matrix over their axes."""
    allowed = [monomial(a.shape)[1] for a in (*outputs, *(a for a in computed(outputs) if isinstance(a, Input)))]
    every = list(computed(outputs))
    whole = {a for a in every if isinstance(a, Input)} | {a.arg for a in every if isinstance(a, Sliding)}
    found: dict[Monomial, Array] = {}
    for a in every:
        letters = monomial(a.shape)[1]
        if len(letters) > max(2, *map(len, allowed)) and a not in whole:
            found.setdefault(letters, a)
    return list(found.values())
