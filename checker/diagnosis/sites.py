"""Every place of a tree where a mutation may act: the node there, how to put another in its place, and how to name the
place.

Conditions of cases and numerals in exponents are no places of their own: rules for cases and powers treat them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from derivations.formula import (
    Add,
    Call,
    Cases,
    Delta,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    Tensor,
    binders,
    children,
    rebuild,
    walk,
)
from derivations.frozen import frozen

Where = tuple[tuple[str, str], ...]
MAX_SITES = 400
"""Larger trees are mutated at their outermost places only."""


@frozen
class Site:
    """One place.

    node    what stands there
    put     the whole tree with another node there
    where   words for the place, none for the whole: (what they name, the words), the most telling first
    outer   the indices bound around it
    depth   how many nodes stand around it, the one case that is asked about aside
    """

    node: Node
    put: Callable[[Node], Node]
    where: Where = ()
    outer: tuple = ()
    depth: int = 0

    def place(self, gone: Collection[str] = ()) -> str:
        """Words for the place that name nothing that is gone from it: an answer without the sigmoid has no term with
        sigmoid."""
        return next((words for named, words in self.where if named not in gone), "")


def sites(body: Node) -> Iterator[Site]:
    """Places from the outside in."""
    queue = [Site(body, lambda new: new)]
    seen = 0
    while queue and seen < MAX_SITES:
        site = queue.pop(0)
        seen += 1
        if not isinstance(site.node, Tensor):
            yield site
        queue.extend(_below(site))


def _below(site: Site) -> Iterator[Site]:
    node = site.node
    below = children(node)
    outer = site.outer + binders(node)
    for k, child in enumerate(below):
        if isinstance(node, Cases) and k % 2 == 0 and k < 2 * len(node.branches):
            continue
        if isinstance(node, Pow) and k == 1 and isinstance(child, Num):
            continue
        if isinstance(child, Num) and isinstance(node, (Mul, Add)):
            continue
        put = _putter(site, k)
        whole = site.depth == 0 and isinstance(node, Cases) and len(node.branches) == 1 and node.otherwise is None
        yield Site(child, put, _where(site.where, node, k, child), outer, site.depth + (not whole))


def _putter(site: Site, k: int) -> Callable[[Node], Node]:
    node, below = site.node, children(site.node)
    return lambda new: site.put(rebuild(node, (*below[:k], new, *below[k + 1 :])))


def _where(where: Where, node: Node, k: int, child: Node) -> Where:
    if where:
        return where
    if isinstance(node, Add):
        return tuple((named, f"in {words}") for named, words in _terms(node.args, k))
    if isinstance(node, Cases) and len(node.branches) + (node.otherwise is not None) > 1:
        return (("", f"in case {k // 2 + 1}" if k < 2 * len(node.branches) else "in the last case"),)
    return ()


def term_words(terms: tuple[Node, ...], k: int) -> str:
    """Words for one term among others: by a function or a name that only it holds, else by its number."""
    return _terms(terms, k)[0][1]


def _terms(terms: tuple[Node, ...], k: int) -> Where:
    """All words for one term: what they name, and the words."""
    kept = [_ranked(t) for t in terms]
    others = frozenset().union(*(h for j, h in enumerate(kept) if j != k))
    own = sorted(kept[k] - others, key=lambda h: (h[0], len(h[1]), h[1]))
    by_number = f"one of the {len(terms)} terms" if kept[k] else "the constant term"
    return (
        *((named, "the diagonal term" if named == "delta" else f"the term with {named}") for _, named in own),
        ("", by_number),
    )


def held(node: Node) -> frozenset[str]:
    """What a term may be named by: its functions, names and sizes."""
    return frozenset(named for _, named in _ranked(node))


def _ranked(node: Node) -> frozenset[tuple[int, str]]:
    found = set()
    for n in walk(node):
        if isinstance(n, Call):
            found.add((0, n.fn))
        elif isinstance(n, Elem):
            found.add((1, n.name))
        elif isinstance(n, SizeVal):
            found.add((2, n.size))
        elif isinstance(n, Delta):
            found.add((3, "delta"))
    return frozenset(found)
