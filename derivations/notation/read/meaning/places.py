"""Values at a place: names replaced by what they are there. A derivative is carried out first: d/dε f(x + ε v) at ε = 0
is the derivative of f along v."""

from __future__ import annotations

from derivations.formula import Deriv, Elem, Index, Node, map_up, names_in, reindex, replace_elems, walk
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Val, find
from derivations.notation.read.surface import At
from derivations.work import TooMuchWork, limited

WORK = 2_000
"""Units of work for the derivatives that are carried out while one formula is read."""


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
            node = carried_out(meaning, t, node)
        return replace_elems(node, replaced)

    if not body.sizes:
        assert body.node is not None
        return Val(at_place(body.node))
    return meaning.made(body.sizes, lambda *at: at_place(body.entry(*at)), body)


def carried_out(meaning: Meaning, t: At, node: Node) -> Node:
    """A formula whose derivatives are formulas too, so that a place can be put in."""
    from derivations.calculus import NoDerivative, partial  # late: who reads a formula seldom differentiates

    def done(part: Node) -> Node | None:
        if not isinstance(part, Deriv):
            return None
        wrt = part.wrt
        if not isinstance(wrt, Elem) or "/" in wrt.name:
            raise meaning.fail("a derivative by a formula has no value at a place", t, "a name for it", "operation")
        for name in names_in(part.of):
            if name != wrt.name and (wrt.name in meaning.scope.computed_from(name) or "/" in name):
                raise meaning.fail(
                    f"{name} depends on {wrt.name}, by which is differentiated", t, "it written out", "operation"
                )
        places = tuple(Index("s", size) for size in meaning.scope.rows[wrt.name].sizes)
        slope = partial(part.of, Elem(wrt.name, places))
        made = reindex(slope, dict(zip(places, wrt.at, strict=True)))
        for _ in walk(made):
            meaning.count()
        return made

    try:
        with limited(WORK):
            return map_up(node, done)
    except NoDerivative as error:
        raise meaning.fail(f"this derivative is not carried out: {error}", t, "the derivative itself") from None
    except TooMuchWork:
        raise meaning.too_large() from None
