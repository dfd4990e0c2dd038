"""Cases put together from their pairs of a condition and a value, one of which may say that there is none."""

from __future__ import annotations

from derivations.frozen import frozen
from derivations.notation.read.surface import AllOf, ByCases, Group, Negation, Surface


@frozen
class NoValue(Surface):
    """undefined: a case without a value."""


def cases_of(start: int, end: int, pairs: list[tuple[Surface, Surface]], otherwise: Surface | None) -> ByCases:
    """Cases by their pairs of a condition and a value. Where one says that there is no value, no other gives one."""
    nowhere = [c for c, v in pairs if is_nowhere(v)]
    pairs = [(c, v) for c, v in pairs if not is_nowhere(v)]
    if otherwise is not None and is_nowhere(otherwise):
        otherwise = None
    if nowhere:
        denied = tuple(Negation(c.start, c.end, c) for c in nowhere)
        pairs = [(AllOf(c.start, c.end, (c, *denied)), v) for c, v in pairs]
        if otherwise is not None:
            pairs.append((denied[0] if len(denied) == 1 else AllOf(start, end, denied), otherwise))
            otherwise = None
    return ByCases(start, end, tuple(c for c, _ in pairs), tuple(v for _, v in pairs), otherwise)


def is_nowhere(tree: Surface) -> bool:
    """Whether a tree says that there is no value, in brackets too."""
    while isinstance(tree, Group):
        tree = tree.body
    return isinstance(tree, NoValue)
