"""The sizes at which two formulas have to be looked at, where they say more of sizes than how far their sums run.

    values      a quotient of polynomials of degree k in n needs k + 1 sizes, and 2^n, (-1)^n, cos(2πn/7), n! need
                more the more of them there are
    conditions  1[n = 7], floor(n/50), max(n, 40), δ_{i,40}, 0^(n-9) cut the sizes into parts, and each part needs one

Conditions on sizes and indices alone are asked at every size up to some thousand (of several sizes at once, at fewer),
and at larger and larger ones beyond. One that has a side nowhere there, and is not proved to have none, is open: then
nothing can be said of every size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np

from checker.equality.align import Aligned
from checker.equality.sample import constant
from derivations.atoms import composed
from derivations.domains import Names
from derivations.evaluate import floats
from derivations.evaluate.program import definition_of, literal
from derivations.evaluate.regions import everything, kinked
from derivations.formula import (
    ZERO,
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    affine_terms,
    binders,
    children,
    index_exprs,
    labels_of,
    walk,
)  # fmt: skip
from derivations.frozen import frozen

Choice = Mapping[str, int]
MOST_DEGREE = 60
"""Of a higher degree in the sizes no number of sizes is looked at."""
MOST_PARTS = 48
"""Parts into which conditions may cut the sizes."""
WINDOW, WINDOW_OF_INDICES = 4096, (4096, 256, 40, 16)
"""Every size up to this is asked, the fewer the more indices stand in the condition."""
GRID = (0, 4096, 64, 14, 7, 4)
"""Every size up to this is asked where so many of them meet."""
FAR = tuple(2**k for k in range(13, 1000, 3))
LARGEST = 1 << 14
"""The largest size at which arrays are drawn."""
MOST_LITERAL = 10**6
LARGEST_FACTORIAL = 170
"""Of a larger number no float holds it."""
STEPS = 3
"""So many values of floor(n/50) are looked at."""
ROUNDING = 1e-12


@frozen
class Needed:
    """`sizes` at which the two have to be looked at; `open` says what stands against any number of them; `explicit`:
    sizes stand as numbers."""

    sizes: tuple[Choice, ...]
    open: tuple[Node, ...] = ()
    degree: int = 0
    explicit: bool = False

    @property
    def too_many(self) -> bool:
        """Whether the degree asks for more sizes than are looked at."""
        return self.degree > MOST_DEGREE


def needed(pair: Aligned, names: Names, sizes: Sequence[str], base: Choice) -> Needed:
    """Where two formulas have to be looked at; `base` are sizes of a first draw."""
    formulas = (pair.student, pair.truth)
    if not sizes:
        return Needed(())
    degree = _degree_of(formulas, names)
    cuts = tuple(dict.fromkeys(c for f in formulas for c in _cuts(f)))
    chosen, open_ = _parts(cuts, sizes, base, names)
    if degree <= MOST_DEGREE:
        chosen += _enough(degree, sizes, base)
    distinct = {tuple(sorted(c.items())): c for c in chosen}
    return Needed(tuple(distinct.values()), tuple(open_), degree, bool(degree or cuts))


# ---------------------------------------------------------------- values


def _enough(degree: int, sizes: Sequence[str], base: Choice) -> list[Choice]:
    """So many values of every size, the others as they were, and as many with all of them changed."""
    if not degree:
        return []
    values = range(1, degree + 3)
    out: list[Choice] = [{**base, s: v} for s in sizes for v in values]
    if len(sizes) > 1:
        m = degree + 2
        out += [{s: 1 + (v * (2 * k + 1) + k) % m for k, s in enumerate(sizes)} for v in values]
    return out


class _Degree:
    """A bound of the degree in the sizes and indices that stand as numbers: (of the numerator, of the denominator)."""

    def __init__(self, names: Names):
        self.names = names
        self.terms = 0
        """Functions and powers of sizes: each is a term of its own kind."""
        self.seen: dict[Node, tuple[int, int]] = {}

    def __call__(self, node: Node) -> tuple[int, int]:
        if node not in self.seen:
            self.seen[node] = (0, 0)
            self.seen[node] = self._of(node)
        return self.seen[node]

    def _of(self, node: Node) -> tuple[int, int]:
        match node:
            case SizeVal():
                return 1, 0
            case IndexVal(at):
                return int(bool(affine_terms(at)[0])), 0
            case Elem(name, _):
                definition = definition_of(name, self.names)
                return self(definition.body) if definition is not None else (0, 0)
            case Mul(args):
                below = [self(a) for a in args]
                return sum(n for n, _ in below), sum(d for _, d in below)
            case Pow(base, exponent):
                return self._power(base, exponent)
            case Bound(op, indices, body):
                return self._bound(op, indices, body)
            case Add(args):
                return _over_one_denominator([self(a) for a in args])
            case Cases():
                return _over_one_denominator(
                    [self(c) for c in children(node) if not isinstance(c, Rel | And | Or | Not)]
                )
            case Call(fn, args) if fn in ("max", "min") or kinked(fn):
                return _over_one_denominator([self(a) for a in args])
            case Call() if (inner := composed(node)) is not None:
                return self(inner)
            case Tensor(_, body):
                return self(body)
            case Call() | Apply() | MatrixAtom() | Deriv():
                self._term(children(node))
                return 0, 0
            case _:
                return 0, 0

    def _term(self, inside: Iterable[Node]) -> None:
        inner = max((max(self(c)) for c in inside), default=0)
        self.terms += inner + 1 if inner else 0

    def _power(self, base: Node, exponent: Node) -> tuple[int, int]:
        n, d = self(base)
        e = literal(exponent)
        if e is None:
            self._term((base, exponent))
            return 0, 0
        if not n and not d:
            return 0, 0
        k = -(-abs(e.numerator) // e.denominator)
        return (n * k, d * k) if e > 0 else (d * k, n * k)

    def _bound(self, op: str, indices: tuple[Index, ...], body: Node) -> tuple[int, int]:
        n, d = self(body)
        standing = {
            t for node in walk(body) if isinstance(node, Elem) for at in node.at for t, _ in affine_terms(at)[0]
        }
        counted = sum(isinstance(i.size, str) and i not in standing for i in indices)
        times = 1
        for i in indices:
            times *= i.size if isinstance(i.size, int) else 1
        if op == "sum":
            return (n + (len(indices) if n or d else counted), d)
        if op == "prod":
            if n or d or counted:
                self.terms += 2 * (1 + n + d) if any(isinstance(i.size, str) for i in indices) else 0
            return n * times, d * times
        if op == "logsumexp":
            self.terms += n + d + counted
            return 0, 0
        if n or d:
            self.terms += 4
        return n, d


def _over_one_denominator(below: list[tuple[int, int]]) -> tuple[int, int]:
    whole = sum(d for _, d in below)
    return max((n + whole - d for n, d in below), default=0), whole


def _degree_of(formulas: Iterable[Formula], names: Names) -> int:
    degree = _Degree(names)
    (n, d), (m, e) = (degree(f.body) for f in formulas)
    return max(n + e, m + d) + degree.terms


# ---------------------------------------------------------------- conditions


def whole(node: Node) -> bool:
    """Whether sizes, indices and numbers alone stand in a node, and one of the first two."""
    every = list(walk(node))
    return any(isinstance(n, SizeVal | IndexVal | Delta) for n in every) and not any(
        isinstance(n, Elem | Apply | MatrixAtom | Deriv) or labels_of(n) for n in every
    )


def _cuts(formula: Formula) -> Iterator[Node]:
    """What sizes and indices alone decide: relations, steps."""
    for node in everything(formula):
        match node:
            case Rel() if whole(node):
                yield node
            case Delta(left, right) if whole(node) and not (
                isinstance(left, Index) and isinstance(right, Index) and left.size == right.size
            ):
                yield Rel("==", IndexVal(left), IndexVal(right))
            case Call(fn, (arg, *_)) if kinked(fn) and whole(arg):
                yield Rel(">", arg, ZERO)
            case Call("max" | "min", args) if all(whole(a) or literal(a) is not None for a in args):
                yield from (Rel(">", a, b) for a, b in combinations(args, 2) if whole(a) or whole(b))
            case Call("floor" | "ceil") if whole(node):
                yield node
            case Pow(base, exponent) if literal(exponent) is None and whole(exponent):
                if literal(base) == 0:
                    yield Rel("==", exponent, ZERO)
                elif whole(base):
                    yield Rel("==", base, ZERO)
                    yield Rel("==", exponent, ZERO)
            case _:
                pass


def _sizes_of(node: Node) -> set[str]:
    """The sizes that a condition depends on: its own, and those its indices run over."""
    found: set[str] = set()
    for n in walk(node):
        if isinstance(n, SizeVal):
            found.add(n.size)
        for at in index_exprs(n):
            for term, _ in affine_terms(at)[0]:
                found |= {term} if isinstance(term, str) else {term.size} if isinstance(term.size, str) else set()
        found |= {i.size for i in binders(n) if isinstance(i.size, str)}
    return found


def _indices_of(node: Node) -> tuple[Index, ...]:
    """The indices that stand free in a condition."""
    found: dict[Index, None] = {}
    for n in walk(node):
        for at in index_exprs(n):
            found |= {t: None for t, _ in affine_terms(at)[0] if isinstance(t, Index)}
    return tuple(found)


class _Unscannable(Exception):
    pass


def _value(node: Node, env: Mapping[Any, Any]) -> Any:
    """A condition's side over arrays of sizes and indices."""
    match node:
        case Num(v):
            return float(v) if abs(v) < 10**300 else np.inf if v > 0 else -np.inf
        case Const(name):
            return np.e if name == "e" else np.pi
        case SizeVal(size):
            return env[size]
        case IndexVal(at):
            terms, const = affine_terms(at)
            return sum((c * env[t] for t, c in terms), float(const))
        case Delta(left, right):
            return np.equal(_value(IndexVal(left), env), _value(IndexVal(right), env)).astype(float)
        case Add(args):
            return sum(_value(a, env) for a in args)
        case Mul(args):
            out: Any = 1.0
            for a in args:
                out = out * _value(a, env)
            return out
        case Pow(base, exponent):
            e = literal(exponent)
            if e is not None:
                return floats.literal_power(np.asarray(_value(base, env), dtype=float), e)
            return np.power(np.asarray(_value(base, env), dtype=float), _value(exponent, env))
        case Call("max" | "min" as fn, args):
            f = np.maximum if fn == "max" else np.minimum
            out = _value(args[0], env)
            for a in args[1:]:
                out = f(out, _value(a, env))
            return out
        case Call("factorial", (arg,)):
            n = np.asarray(_value(arg, env), dtype=float)
            return np.where(
                n > LARGEST_FACTORIAL, np.inf, floats.FUNCTIONS["factorial"](np.minimum(n, LARGEST_FACTORIAL))
            )
        case Call() if (inner := composed(node)) is not None:
            return _value(inner, env)
        case Call(fn, args):
            return floats.FUNCTIONS[fn](*(np.asarray(_value(a, env), dtype=float) for a in args))
        case Rel(op, left, right):
            return floats.RELATIONS[op](_value(left, env), _value(right, env)).astype(float)
        case Cases(branches, otherwise) if otherwise is not None:
            out = _value(otherwise, env)
            for condition, value in reversed(branches):
                out = np.where(_value(condition, env), _value(value, env), out)
            return out
        case And(args) | Or(args):
            parts = [np.asarray(_value(a, env), dtype=bool) for a in args]
            return (
                (np.logical_and if isinstance(node, And) else np.logical_or)
                .reduce(np.broadcast_arrays(*parts))
                .astype(float)
            )
        case Not(arg):
            return 1.0 - _value(arg, env)
    raise _Unscannable


def _codes(cut: Node, cells: Mapping[str, np.ndarray]) -> np.ndarray:
    """What a cut is at each of many sizes, as a number: which of <, =, > it is for some index, or the value of a
    step."""
    indices = _indices_of(cut)
    count = len(next(iter(cells.values())))
    lengths = [
        np.broadcast_to(i.size if isinstance(i.size, int) else cells[i.size], count).astype(np.int64) for i in indices
    ]
    total = np.ones(count, dtype=np.int64)
    for length in lengths:
        total = total * length
    at = np.repeat(np.arange(count), total)
    env: dict[Any, Any] = {s: v[at].astype(float) for s, v in cells.items()}
    rest = np.arange(len(at)) - np.repeat(np.cumsum(total) - total, total)
    for i, length in zip(indices, lengths, strict=True):
        env[i] = 1.0 + rest % length[at]
        rest = rest // length[at]
    with np.errstate(all="ignore"):
        if isinstance(cut, Rel):
            left, right = np.broadcast_arrays(
                np.asarray(_value(cut.left, env), dtype=float), np.asarray(_value(cut.right, env), dtype=float)
            )
            gap = left - right
            same = np.isfinite(gap) & (np.abs(gap) <= ROUNDING * (np.abs(left) + np.abs(right)))
            seen = np.where(np.isnan(gap), 8, np.where(same, 1, np.where(gap > 0, 2, 4)))
        else:
            steps = np.nan_to_num(
                np.asarray(_value(cut, env), dtype=float), nan=-1.0, posinf=2.0**40, neginf=-(2.0**40)
            )
            distinct = np.unique(steps)
            near = sorted(distinct, key=abs)[: 2 * STEPS + 1]
            seen = np.left_shift(1, np.minimum(np.searchsorted(np.sort(near), steps), 60))
    seen = np.broadcast_to(seen, len(at))
    out = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(out, at, seen)
    return out


def _literals(cuts: Iterable[Node]) -> set[int]:
    """The numbers in conditions, powers of numbers too, rounded; with -1 for one that is too large to be a size."""
    found: set[int] = set()
    for cut in cuts:
        for node in walk(cut):
            value = _number(node)
            if value is not None:
                found.add(round(abs(value)) if abs(value) <= MOST_LITERAL else -1)
    return found


def _number(node: Node) -> float | None:
    if isinstance(node, Num):
        return float(node.value) if abs(node.value) < 10**300 else np.inf
    if isinstance(node, Pow | Mul | Call) and all(_number(c) is not None for c in children(node)):
        with np.errstate(all="ignore"):
            try:
                return float(_value(node, {}))
            except (_Unscannable, TypeError, ValueError):
                return None
    return None


def _parts(cuts: Sequence[Node], sizes: Sequence[str], base: Choice, names: Names) -> tuple[list[Choice], list[Node]]:
    """One choice of sizes for every part into which conditions cut them, and the conditions that are open."""
    cuts = [c for c in cuts if _sizes_of(c)]  # at known sizes every index is looked at in full
    if not cuts:
        return [], []
    about = {c: tuple(s for s in sizes if s in _sizes_of(c)) for c in cuts}
    marks = {s: _marks(s, [c for c in cuts if s in about[c]]) for s in sizes}
    involved = tuple(s for s in sizes if any(s in about[c] for c in cuts))
    open_: dict[Node, None] = {}
    met: dict[Node, int] = dict.fromkeys(cuts, 0)
    chosen: list[Choice] = []
    ends: dict[str, set[int]] = {}
    for s in involved:
        alone = [c for c in cuts if about[c] == (s,)]
        ends[s] = set(_line(s, alone, marks[s], met, open_)) if alone else set()
        chosen += [{**base, s: v} for v in ends[s]]
    several = [c for c in cuts if len(about[c]) > 1]
    if len(involved) > 1:
        together = several if several else list(cuts)
        grid = involved if len(involved) < len(GRID) else involved[: len(GRID) - 1]
        found = _grid(grid, cuts if several or len(involved) > 1 else together, ends, marks, met, open_)
        chosen += [{**base, **f} for f in found]
        if len(grid) < len(involved):
            open_ |= dict.fromkeys(c for c in several if not set(about[c]) <= set(grid))
    for cut in cuts:
        if cut not in open_ and not _settled(cut, met[cut], names):
            open_[cut] = None
    return chosen, list(open_)


def _marks(size: str, cuts: Sequence[Node]) -> list[int]:
    """Numbers of a condition, and their neighbours."""
    near = {c + k for c in _literals(cuts) if c >= 0 for k in (-1, 0, 1)}
    roots = {round(c**0.5) + k for c in _literals(cuts) if c > 0 for k in (-1, 0, 1)}
    return sorted(v for v in near | roots if v > 0)


def _line(
    size: str, cuts: Sequence[Node], marks: Sequence[int], met: dict[Node, int], open_: dict[Node, None]
) -> list[int]:
    """The first of the sizes at which conditions on one size have each of their combinations, twice where it comes
    back."""
    indices = max(len(_indices_of(c)) for c in cuts)
    window = WINDOW_OF_INDICES[min(indices, len(WINDOW_OF_INDICES) - 1)]
    values = np.array(
        sorted({*range(1, window + 1), *(m for m in marks if m <= (MOST_LITERAL if not indices else LARGEST // 8))})
    )
    far = np.array([f for f in FAR if f > values[-1]], dtype=float)
    codes = []
    for cut in cuts:
        try:
            here = _codes(cut, {size: values})
            met[cut] |= int(np.bitwise_or.reduce(here))
            if not indices:
                beyond = _codes(cut, {size: far}) if isinstance(cut, Rel) else None
                if beyond is not None and np.any(beyond != here[-1]) and not _comes_back(here):
                    open_[cut] = None
            codes.append(here)
        except _Unscannable:
            met[cut] = 0
    return [int(v) for v in _firsts(values, codes, cuts, open_)] if codes else []


def _comes_back(codes: np.ndarray) -> bool:
    """Whether each combination is there in the second half too: cos(πn) > 0 changes for ever."""
    return set(np.unique(codes)) == set(np.unique(codes[len(codes) // 2 :]))


def _firsts(values: np.ndarray, codes: list[np.ndarray], cuts: Sequence[Node], open_: dict[Node, None]) -> list[Any]:
    """Of every combination the first size, the first of the next stretch and the last of a stretch that ends."""
    joint = np.stack(codes, axis=1)
    _, which = np.unique(joint, axis=0, return_inverse=True)
    which = which.reshape(-1)
    starts = np.flatnonzero(np.r_[True, which[1:] != which[:-1]])
    if len(np.unique(which)) > MOST_PARTS:
        open_ |= dict.fromkeys(cuts)
        return []
    taken: dict[int, int] = {}
    out: list[int] = []
    for s in starts:
        if taken.get(int(which[s]), 0) < 2:
            taken[int(which[s])] = taken.get(int(which[s]), 0) + 1
            out.append(int(s))
    found = [values[k] for k in out]
    if any(v > LARGEST for v in found):
        open_ |= dict.fromkeys(cuts)
    return [v for v in found if v <= LARGEST]


def _grid(
    sizes: Sequence[str],
    cuts: Sequence[Node],
    ends: Mapping[str, set[int]],
    marks: Mapping[str, list[int]],
    met: dict[Node, int],
    open_: dict[Node, None],
) -> list[Choice]:
    """The same where several sizes meet: the cells of a grid, the smallest of each combination."""
    indices = max(len(_indices_of(c)) for c in cuts)
    few = max(3, GRID[len(sizes)] >> (2 * indices))
    few = 12 if indices == 1 and len(sizes) == 2 else few
    along = [
        sorted(
            {
                *range(1, few + 1),
                *ends.get(s, ()),
                *([m for m in marks[s] if m <= 512] if not indices else [m for m in marks[s] if m <= 24]),
            }
        )
        for s in sizes
    ]
    if np.prod([float(len(a)) for a in along]) > 1 << 16:
        along = [a[: GRID[len(sizes)]] for a in along]
    cells = np.array(list(product(*along)))
    if not indices and len(sizes) == 2:
        far = np.array(list(product((1, 2, 3, 7, *(4**k for k in range(2, 8))), repeat=2)))
        cells = np.concatenate([cells, far])
    cells = cells[np.argsort(cells.sum(axis=1), kind="stable")]
    codes, scanned = [], []
    for cut in cuts:
        try:
            here = _codes(cut, {s: cells[:, k] for k, s in enumerate(sizes)})
        except (_Unscannable, KeyError):
            continue
        met[cut] |= int(np.bitwise_or.reduce(here))
        codes.append(here)
        scanned.append(cut)
    if not codes:
        return []
    joint = np.stack(codes, axis=1)
    kinds, first = np.unique(joint, axis=0, return_index=True)
    if len(kinds) > MOST_PARTS:
        open_ |= dict.fromkeys(scanned)
        return []
    return [dict(zip(sizes, (int(v) for v in cells[k]), strict=True)) for k in sorted(first)]


def _settled(cut: Node, met: int, names: Names) -> bool:
    """Whether a condition was met on every side it has: on both, or on one where the other is proved not to be."""
    if not isinstance(cut, Rel):
        if met & (met - 1):
            return True
        low = cut.args[0]  # type: ignore[attr-defined]
        return met != 0 and _one_step(cut, low, names)
    above, same, below = bool(met & 2), bool(met & 1), bool(met & 4)
    holds = {"<": below, "<=": below or same, ">": above, ">=": above or same, "==": same, "!=": above or below}[cut.op]
    fails = {"<": above or same, "<=": above, ">": below or same, ">=": below, "==": above or below, "!=": same}[cut.op]
    if not met & 7:
        return False
    if holds and fails:
        return -1 not in _literals((cut,))
    return constant(cut, holds, names)


def _one_step(cut: Node, inside: Node, names: Names) -> bool:
    return any(
        constant(Rel(">=", inside, Num(Fraction(k))), True, names)
        and constant(Rel("<", inside, Num(Fraction(k + 1))), True, names)
        for k in (-1, 0, 1)
    )


__all__ = ["Needed", "needed", "whole"]
