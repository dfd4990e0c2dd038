"""Slips with names and indices: a row each, whose docstring is its formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checker.diagnosis.mutations.words import Change, Scene, diagonal_words, of
from checker.diagnosis.sites import Site
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    ZERO,
    Cases,
    Delta,
    Elem,
    Index,
    names_in,
    power,
    reindex,
    renamed,
    total,
    walk,
)


def delta(site: Site, scene: Scene) -> Iterator[Change]:
    """δ_ij → 1, 0"""
    if isinstance(site.node, Delta) and not set(site.outer) & {site.node.left, site.node.right}:
        on, off = diagonal_words(scene.truth, site.node.left, site.node.right)
        yield Change(site.put(ONE), "only-diagonal", f"it is right only {on}")
        yield Change(site.put(ZERO), "missing-diagonal", f"it is right only {off}")


def swapped_index(site: Site, scene: Scene) -> Iterator[Change]:
    """x_ij → x_ji;  x_i → x_k"""
    if not isinstance(site.node, Elem) or not site.node.at:
        return
    name, at = site.node.name, site.node.at
    if len(at) == 2 and at[0] != at[1] and _size(at[0]) == _size(at[1]):
        yield Change(
            site.put(Elem(name, (at[1], at[0]))),
            "swapped-index",
            f"the two indices of {name} are exchanged{of(site, name)}",
        )
    for k, i in enumerate(at):
        for j in (*scene.indices, *site.outer):
            if isinstance(i, Index) and j is not i and j.size == i.size:
                changed = Elem(name, (*at[:k], j, *at[k + 1 :]))
                yield Change(
                    site.put(changed),
                    "swapped-index",
                    f"{name} has the wrong index{of(site, name)}",
                    f"its index is {i.name}, not {j.name}" if i.name != j.name else "",
                )


def _size(at: object) -> object:
    return at.size if isinstance(at, Index) else None


def exchanged_indices(site: Site, scene: Scene) -> Iterator[Change]:
    """f_ij → f_ji for the whole"""
    if site.depth == 0:
        slots = scene.truth.free + scene.truth.axes
        for a, i in enumerate(slots):
            for j in slots[a + 1 :]:
                if i.size == j.size:
                    yield Change(
                        site.put(reindex(site.node, {i: j, j: i})),
                        "swapped-index",
                        "the two indices are exchanged: it is the transpose",
                    )


def diagonal(site: Site, scene: Scene) -> Iterator[Change]:
    """f_ij → f_ii for the whole, where that is asked"""
    if site.depth == 0 and not (isinstance(scene.truth.body, Cases) and scene.truth.body.otherwise is None):
        slots = scene.truth.free + scene.truth.axes
        for a, i in enumerate(slots):
            for j in slots[a + 1 :]:
                if i.size == j.size:
                    message = f"it is right only {diagonal_words(scene.truth, i, j)[0]}"
                    yield Change(site.put(reindex(site.node, {j: i})), "only-diagonal", message)
                    yield Change(site.put(reindex(site.node, {i: j})), "only-diagonal", message)


def exchanged_names(site: Site, scene: Scene) -> Iterator[Change]:
    """f(a, b) → f(b, a) for two names of the same shape"""
    if site.depth:
        return
    present = [n for n in sorted(names_in(site.node)) if n in scene.names and scene.names[n].role != "function"]
    for a, x in enumerate(present):
        for y in present[a + 1 :]:
            if scene.names[x].sizes == scene.names[y].sizes:
                to = {x: y, y: x}
                yield Change(site.put(renamed(site.node, to)), "swapped-names", f"{x} and {y} are exchanged")


def wrong_name(site: Site, scene: Scene) -> Iterator[Change]:
    """a → b for a name b of the same shape, at one place and everywhere"""
    if site.depth == 0:
        yield from _another_name(site, scene)
    if isinstance(site.node, Elem) and site.node.name in scene.names:
        mine = scene.names[site.node.name]
        for name, other in scene.names.items():
            if name != mine.name and other.sizes == mine.sizes and other.role in ("input", "node", "adjoint"):
                yield Change(
                    site.put(Elem(name, site.node.at)),
                    "wrong-name",
                    f"{name} stands where another name is needed{of(site, mine.name)}",
                    f"it should be {mine.name}",
                )


def _another_name(site: Site, scene: Scene) -> Iterator[Change]:
    """f(a, a) → f(b, b)"""
    times = Counter(node.name for node in walk(site.node) if isinstance(node, Elem))
    for mine in (scene.names[name] for name in sorted(times) if name in scene.names and times[name] > 1):
        for name, other in scene.names.items():
            if name != mine.name and other.sizes == mine.sizes and other.role in ("input", "node", "adjoint"):
                yield Change(
                    site.put(renamed(site.node, {mine.name: name})),
                    "wrong-name",
                    f"{name} stands everywhere where another name is needed",
                    f"it should be {mine.name}",
                )


def norm_for_vector(site: Site, scene: Scene) -> Iterator[Change]:
    """w_j → ‖w‖, ‖w‖²"""
    match site.node:
        case Elem(name, (Index() as j,)) if j in scene.truth.free + scene.truth.axes:
            k = j.fresh()
            square = total((k,), power(Elem(name, (k,)), TWO))
            for made, words in ((power(square, HALF), "the norm"), (square, "the squared norm")):
                yield Change(
                    site.put(made), "norm-for-vector", f"{words} of {name} stands where {name} itself is needed"
                )
