"""Values at a place: names replaced by what they are there."""

from __future__ import annotations

from derivations.formula import Deriv, Elem, Node, reindex, replace_elems, walk
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val, find
from derivations.notation.read.surface import At


def evaluated(meaning: Meaning, t: At) -> Val:
    """a |_{b = c}: a with c in the place of b, all at once."""
    body = meaning.value(t.body)
    span = (t.start, t.end)
    there: dict[str, Val] = {}
    for name, written in zip(t.names, t.values, strict=True):
        value = meaning.value(written)
        sizes = tuple(name.row.sizes)
        fits = len(value.sizes) == len(sizes) and all(find(a) == b for a, b in zip(value.sizes, sizes, strict=True))
        if not fits and not (value.numeral and not value.sizes):
            raise meaning.shape_fault("a value at a place", [meaning.value(name), value], span)
        there[name.row.name] = value

    def replaced(elem: Elem) -> Node:
        value = there.get(elem.name)
        if value is None:
            if not there.keys().isdisjoint(meaning.scope.computed_from(elem.name)) or "/" in elem.name:
                raise meaning.fail(
                    f"{elem.name} depends on what is replaced there", t, "the formula, written out", "operation"
                )
            return elem
        return value.entry(*elem.at) if value.sizes else reindex(value.entry(), {})

    def at_place(node: Node) -> Node:
        if any(isinstance(x, Deriv) for x in walk(node)):
            raise meaning.fail("a derivative is taken before it is evaluated", t, "the derivative itself", "operation")
        return replace_elems(node, replaced)

    if not body.sizes:
        assert body.node is not None
        return Val(at_place(body.node))
    return meaning.made(body.sizes, lambda *at: at_place(body.entry(*at)), body)
