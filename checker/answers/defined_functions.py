r"""Functions that an answer defines for itself: `\sum_i \alpha_i k(x_i, x)`, where `k(x, z) = e^{-\|x - z\|^2}`.

A letter of its arguments that the question declares has its shape there, a primed one that of the letter without the
prime. Any other is a number, or a vector of a declared shape, where the answer can be read in one of these ways alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from string import ascii_lowercase

from derivations.calculus import partial
from derivations.domains import DOMAINS, Declared, Names
from derivations.formula import (
    Apply,
    Elem,
    Formula,
    Node,
    Tensor,
    count,
    instantiate,
    map_up,
    reindex,
    replace_elems,
    walk,
)
from derivations.frozen import frozen
from derivations.notation import ReadError, read
from derivations.notation.read.labels import letters_below
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import canonical
from derivations.signature import Signature, Sizes

_LETTER = re.compile(r"\\?[A-Za-z]+(?:_(?:\w|\{\w+\}))?'{0,3}")
_AT_INDEX = re.compile(r"(?P<of>\\?[A-Za-z]+)(?:_\{?(?P<below>[A-Za-z])\}?|\^\{?\((?P<above>[A-Za-z])\)\}?)")
_SEPARATOR = re.compile(r"[,;|]|\\mid\b")
MOST_ARGUMENTS, MOST_SHAPES = 4, 6
LARGEST = 5_000
"""Nodes of a tree in which functions are put in: each level of g(g(x)) may double them."""


@frozen
class Function:
    """A function with the names of its arguments and what it is, an array or a number."""

    row: Declared
    letters: tuple[str, ...]
    value: Formula


def functions(name: str, applied: str, right: str, names: Names, of_entries: bool = False) -> Iterator[Function]:
    """The functions that `name(x, z) = right` may define: one where all letters have their shapes, else one a shape;
    `of_entries`: where the letter of a vector stands for one of its entries, `ψ(r) = r if |r| ≤ δ else …`."""
    given = [part.strip() for part in _SEPARATOR.split(applied.strip()[1:-1])]
    entries: dict[str, Sizes] = {}
    for k, part in enumerate(given):
        entry = _entry(part, applied, right, names)
        if entry is not None:
            given[k], right, entries[given[k]] = entry
    letters = tuple(canonical(part) for part in given if _LETTER.fullmatch(part))
    if len(letters) != len(given) or len(set(letters)) != len(letters) or len(letters) > MOST_ARGUMENTS:
        return
    scope = scope_of(names)
    if name in scope.rows or any(x in scope.indices or x in scope.sizes for x in letters):
        return
    if any(below in scope.indices for x in letters for below in letters_below(x)):
        return  # f(x_i) = … says what it is at the entries of x
    known = {x: found for x in letters if (found := _shape(x, scope.rows)) is not None} | entries
    if of_entries:
        known = {x: () if len(sizes) == 1 else sizes for x, sizes in known.items()}
    open_ = [x for x in letters if x not in known]
    vectors = dict.fromkeys(row.sizes for row in names.values() if len(row.sizes) == 1 and not row.labels)
    for shape in [(), *vectors][:MOST_SHAPES] if open_ else [()]:
        shapes = {**known, **dict.fromkeys(open_, shape)}
        for own in (shapes, {x: sizes[1:] if len(sizes) == 2 else sizes for x, sizes in shapes.items()}):
            found = _function(name, letters, own, right, names)
            if found is not None:
                yield found
            if own == shapes and all(len(sizes) < 2 for sizes in shapes.values()):
                break  # beside a matrix with the letter x, f(x) is also what f is at one of its rows


def by_entries(name: str, applied: str, right: str, names: Names) -> Iterator[Function]:
    """The functions of an array that `g(z) = right` may be where it says what g is of a number: entry by entry."""
    given, scope = applied.strip()[1:-1].strip(), scope_of(names)
    entry = _entry(given, applied, right, names)
    given, right, _ = (given, right, ()) if entry is None or entry[2] else entry
    spelled = canonical(given) if _LETTER.fullmatch(given) is not None else ""
    if not spelled or name in scope.rows or spelled in scope.indices or spelled in scope.sizes or "_" in spelled:
        return
    number = _function(name, (spelled,), {spelled: ()}, right, names)
    if number is None or number.value.axes:
        return
    for sizes in dict.fromkeys(row.sizes for row in names.values() if 0 < len(row.sizes) < 3 and not row.labels):
        found = _function(name, (spelled,), {spelled: sizes}, right, names.multiplied_entrywise())
        if found is not None and found.value.shape == sizes:
            yield found


def _entry(part: str, applied: str, right: str, names: Names) -> tuple[str, str, Sizes] | None:
    """`f(x_i) = x_i^T w` says what f is at any row: a letter that stands for x_i, the right side with it, and its
    shape; None where nothing with rows or entries stands there."""
    found = _AT_INDEX.fullmatch(part)
    scope = scope_of(names)
    row = None if found is None else scope.rows.get(canonical(found["of"]))
    if found is None or row is None or row.role not in ("input", "node") or not row.sizes or row.labels:
        return None
    at = found["below"] or found["above"]
    written = applied + right + "ei"
    letter = next((c for c in ascii_lowercase if c not in written and c not in scope.bases), None)
    if letter is None or at not in scope.indices:
        return None
    there = re.compile(
        rf"(?<![A-Za-z\\]){re.escape(found['of'])}\s*"
        rf"(?:_\s*(?:{at}(?![A-Za-z0-9])|\{{\s*{at}\s*\}})|\^\s*\{{\s*\(\s*{at}\s*\)\s*\}}|\^\({at}\))"
    )
    return letter, there.sub(f" {letter} ", right), row.sizes[1:]


def _shape(letter: str, rows: Mapping[str, Declared]) -> Sizes | None:
    row = rows.get(letter) or rows.get(letter.rstrip("'"))
    return row.sizes if row is not None and row.role in ("input", "node") and not row.labels else None


def _function(
    name: str, letters: tuple[str, ...], shapes: Mapping[str, Sizes], right: str, names: Names
) -> Function | None:
    own = [Declared(letter, DOMAINS["real"], sizes) for letter, sizes in shapes.items()]
    try:
        found = read(right, names.without(*(n for n in names if canonical(n) in shapes)).with_rows(*own))
    except ReadError:
        return None
    if found.shape_error is not None or found.free or found.joint or len(found.shape) > 2:
        return None
    signature = Signature(tuple(shapes[x] for x in letters), found.shape)
    return Function(Declared(name, DOMAINS["function"], role="function", signature=signature), letters, found)


def fits(text: str, function: Function, names: Names, alone: bool) -> bool:
    """Whether the answer can be read with a function; where it is the only one it could be, other names of the text may
    still be unknown."""
    try:
        return read(text, names.with_rows(function.row)).shape_error is None
    except ReadError:
        return alone


def put_in(node: Node, known: Mapping[str, Function]) -> Node:
    """A tree with the functions replaced by what they are."""

    def by(part: Node) -> Node | None:
        function = known.get(part.fn) if isinstance(part, Apply) else None
        if function is None or not isinstance(part, Apply):
            return None
        given = dict(zip(function.letters, part.args, strict=True))
        stands = Counter(n.name for n in walk(function.value.body) if isinstance(n, Elem))
        if count(function.value.body) + sum(stands[x] * count(arg) for x, arg in given.items()) > LARGEST:
            message = "the formula is too large when its functions are written out"
            raise ReadError(message, (0, 0), "fewer functions of functions", (), (), "", "limit")

        def argument(elem: Elem) -> Node | None:
            found = given.get(elem.name)
            if isinstance(found, Tensor):
                return reindex(found.body, dict(zip(found.indices, elem.at, strict=True)))
            return None if found is None else reindex(found, {})

        value = instantiate(function.value, part.at)
        for slot, places in part.by:
            value = partial(value, Elem(function.letters[slot], places))
        return replace_elems(value, argument)

    return map_up(node, by)
