r"""Sums that count from 0, brought to indices that count from 1, before they get their meaning.

Σ_{l=0}^{n-1} a^l          Σ_{l=1}^{n} a^{l-1}
Σ_{l=0}^{n-1} x_{l+1}      Σ_{l=1}^{n} x_l
Σ_{l=0}^{n-1} a^l x_l      Σ_{l=1}^{n} a^{l-1} x_l, with a note: the entries are counted from 0 as well
Σ_{l=0}^{n} a^l            a^0 + Σ_{l=1}^{n} a^l
Σ_{l=0}^{n} x_l            refused: x has no n + 1 entries
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.surface import (
    Applied,
    Big,
    Binder,
    IndexedDelta,
    Letter,
    Negative,
    Numeral,
    Product,
    SizeName,
    Subscript,
    Subscripted,
    Surface,
    Terms,
)

BESIDE = 1_000
"""The offset of x_{t+l}, whose first entry does not depend on the 0 alone."""


def counts_from_zero(b: Binder) -> bool:
    """Whether an index begins at a written 0."""
    return isinstance(b.lower, Numeral) and b.lower.value == 0


def from_one(meaning: Meaning, t: Big) -> Surface:
    """The same sum with an index that counts from 1."""
    at = next(k for k, b in enumerate(t.binders) if counts_from_zero(b))
    b = t.binders[at]
    if b.upper is None:
        raise meaning.fail(
            "a sum from 0 needs its end", t, rf"the end above, as in sum_{{{b.letter}=0}}^{{n-1}}", "index"
        )
    offsets = set(_offsets(meaning, (t.body, *b.conditions), b.letter))
    above = _one_more(b.upper)
    exact = not offsets or min(offsets) >= 1
    inside = [x for big in _bigs(t.body) for x in big.binders if _mentions(meaning, x, b.letter)]
    if above is not None and exact:
        return _moved(meaning, t, at, above, entries=-1)
    if above is not None and _counted(above) and offsets == {0} and not inside:
        meaning.note("from-zero", f"the entries that {b.letter} runs over were counted from 0, as their index is", t)
        meaning.from_zero = True
        return _moved(meaning, t, at, above, entries=0)
    if not exact or len(t.binders) > 1 or b.conditions or t.op not in _JOINED:
        raise meaning.fail(
            f"indices count from 1, and {b.letter} runs from 0",
            t,
            "1 as the first index, or one less than there are entries as the last",
            "index",
            span=(b.lower.start, b.lower.end) if b.lower is not None else None,
        )
    zero = _written(meaning, t.body, b.letter, lambda node: Numeral(node.start, node.end, Fraction(0)), None)
    lower = Numeral(b.start, b.end, Fraction(1))
    rest = replace(t, binders=(replace(b, lower=lower),))
    return _JOINED[t.op](t, zero, rest)


def refuse_mixed(meaning: Meaning, tree: Surface) -> None:
    """Refuse x_1 beside Σ_{l=0}^{n-1} x_l: which entry is it?"""
    for item in () if isinstance(tree, Applied) else _items(tree):
        if item.kind == "num":
            shown = meaning.source((tree.start, tree.end))
            raise meaning.fail(
                f"{shown} stands beside a sum from 0: which entry is the first?",
                tree,
                "the sum from 1, or entries by their index alone",
                "index",
            )
    for below in tree.below():
        refuse_mixed(meaning, below)


_JOINED: dict[str, Callable[[Surface, Surface, Surface], Surface]] = {
    "sum": lambda t, a, b: Terms(t.start, t.end, (a, b)),
    "prod": lambda t, a, b: Product(t.start, t.end, (a, b), ("jux",)),
    "max": lambda t, a, b: Applied(t.start, t.end, (a, b), "max"),
    "min": lambda t, a, b: Applied(t.start, t.end, (a, b), "min"),
}
"""How the entry at 0 is joined to the rest."""


def _one_more(upper: Surface) -> Surface | None:
    """n for n - 1, 4 for 3, i - 1 + 1 for i - 1, which may be 0; None for a size or an index, which may not."""
    if isinstance(upper, Numeral):
        return replace(upper, value=upper.value + 1)
    if not isinstance(upper, Terms):
        return None
    first, last = upper.parts[0], upper.parts[-1]
    if len(upper.parts) == 2 and isinstance(last, Negative) and isinstance(last.body, Numeral) and last.body.value == 1:
        return first
    return Terms(upper.start, upper.end, (*upper.parts, Numeral(upper.end, upper.end, Fraction(1))))


def _counted(above: Surface | None) -> bool:
    """Whether an end is a size or a number: that many entries there are."""
    return isinstance(above, (SizeName, Numeral))


def _moved(meaning: Meaning, t: Big, at: int, above: Surface, entries: int) -> Big:
    """The sum over 1, …, `above`; values of the index are one less, entries are moved by `entries`."""
    b = t.binders[at]

    def less(node: Letter) -> Surface:
        one = Numeral(node.start, node.end, Fraction(1))
        return Terms(node.start, node.end, (node, Negative(node.start, node.end, one)))

    def moved(tree: Surface) -> Surface:
        return _written(meaning, tree, b.letter, less, entries)

    one = replace(b, lower=None, upper=above, conditions=tuple(map(moved, b.conditions)))
    return replace(t, body=moved(t.body), binders=(*t.binders[:at], one, *t.binders[at + 1 :]))


def _letters(meaning: Meaning, item: Subscript) -> list[tuple[str, int]]:
    """The letters of a subscript with their coefficients."""
    if item.kind == "word":
        return [(letter, 1) for letter in meaning.scope.letters(item.text, meaning.letters)]
    return [(term, c) for term, c in item.terms if isinstance(term, str)]


def _labels(item: Subscript) -> tuple[Surface, ...]:
    """The entries of arrays of indices in a subscript: y_l of f_{l,y_l}."""
    return tuple(term for term, _ in item.terms if isinstance(term, Surface))


def _items(tree: Surface) -> tuple[Subscript, ...]:
    """The subscripts of a node."""
    if isinstance(tree, (Subscripted, IndexedDelta)):
        return tree.items
    return tree.base or () if isinstance(tree, Applied) else ()


def _offsets(meaning: Meaning, trees: tuple[Surface, ...], letter: str) -> Iterator[int]:
    """What is added to the letter where it stands in subscripts; -1 where it is used otherwise there."""
    for tree in trees:
        for item in _items(tree):
            if (letter, 1) in _letters(meaning, item):
                yield 0 if item.kind == "word" else item.const if len(item.terms) == 1 else BESIDE
            elif letter in dict(_letters(meaning, item)):
                yield -1
            yield from _offsets(meaning, _labels(item), letter)
        yield from _offsets(meaning, tree.below(), letter)


def _bigs(tree: Surface) -> Iterator[Big]:
    if isinstance(tree, Big):
        yield tree
    for below in tree.below():
        yield from _bigs(below)


def _mentions(meaning: Meaning, b: Binder, letter: str) -> bool:
    ends = [x for x in (b.lower, b.upper, *b.conditions) if x is not None]
    return any(_has(meaning, x, letter) for x in ends)


def _has(meaning: Meaning, tree: Surface, letter: str) -> bool:
    return (
        (isinstance(tree, Letter) and tree.letter == letter)
        or any(letter in dict(_letters(meaning, i)) for i in _items(tree))
        or any(_has(meaning, label, letter) for i in _items(tree) for label in _labels(i))
        or any(_has(meaning, below, letter) for below in tree.below())
    )


def _written(
    meaning: Meaning, tree: Surface, letter: str, value: Callable[[Letter], Surface], entries: int | None
) -> Surface:
    """A tree with another value for a letter; in subscripts it is moved by `entries`, or 0 where that is None."""
    if isinstance(tree, Letter):
        return value(tree) if tree.letter == letter else tree
    if isinstance(tree, Big) and any(b.letter == letter for b in tree.binders):
        return tree

    def relabelled(item: Subscript) -> Subscript:
        terms = tuple((again(term) if isinstance(term, Surface) else term, c) for term, c in item.terms)
        return replace(item, terms=terms) if _labels(item) else item

    def again(held: Any) -> Any:
        if isinstance(held, Surface):
            return _written(meaning, held, letter, value, entries)
        if isinstance(held, Binder):
            lower, upper = (None if x is None else again(x) for x in (held.lower, held.upper))
            return replace(held, lower=lower, upper=upper, conditions=tuple(map(again, held.conditions)))
        if isinstance(held, tuple) and held and isinstance(held[0], Subscript):
            return tuple(x for item in held for x in _item(meaning, relabelled(item), letter, entries))
        if isinstance(held, tuple) and held and isinstance(held[0], (Surface, Binder)):
            return tuple(map(again, held))
        return held

    return replace(tree, **{f.name: again(getattr(tree, f.name)) for f in fields(tree)[2:]})  # type: ignore[arg-type]


def _item(meaning: Meaning, item: Subscript, letter: str, entries: int | None) -> list[Subscript]:
    """A subscript in which a letter is moved, or is 0; a run of letters is taken apart."""
    if letter not in dict(_letters(meaning, item)) or entries == 0:
        return [item]
    if item.kind == "word":
        return [
            x
            for one, _ in _letters(meaning, item)
            for x in (
                [replace(item, text=one)]
                if one != letter
                else _item(meaning, replace(item, kind="affine", text="", terms=((one, 1),)), letter, entries)
            )
        ]
    times = dict(item.terms)[letter]
    if entries is None:
        terms = tuple((t, c) for t, c in item.terms if t != letter)
        return [replace(item, terms=terms) if terms else Subscript("num", item.start, item.end, str(item.const))]
    return [replace(item, const=item.const + times * entries)]
