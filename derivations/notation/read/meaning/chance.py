r"""Means over random variables, their laws, divergences and densities: what is asked of a law, as `laws.written` keeps
it until every size is known. Closed forms are put in their place then (`expectation`).

    E_{x ~ N(mu, s^2)}[x^2]     the mean of x² over a normal x
    E_{a ~ p}[R_a]              Σ_a p_a R_a
    Var[a]                      E[(a - E[a])²], a matrix of covariances for a vector
"""

from __future__ import annotations

from collections.abc import Callable

from derivations.formula import TWO, Delta, Index, Node, Span, Tensor, mul, power, reindex, sub
from derivations.laws.table import LAWS
from derivations.laws.written import JOINT, NUMBERS, asked
from derivations.notation.read.drawings import Averaged, Density, Drawing, Integral, LawOf, OfLaws
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Sizes, Val, Wild, find, unify
from derivations.notation.read.surface import (
    Applied,
    EntryPower,
    Group,
    Name,
    Power,
    Surface,
    whole,
    with_replaced,
)

MOST_SPREADS = 3
Wrap = Callable[[Node], Node]
"""From what the mean is of to the mean."""


def averaged(meaning: Meaning, t: Averaged) -> Val:
    """E, Var, Cov over what is drawn below it."""
    saved = dict(meaning.env)
    wraps = [_drawn(meaning, d, (t.start, t.end)) for d in t.drawings]
    meaning.spreads += t.kind != "E"  # each stands twice in its square, and so does what it holds
    if meaning.spreads > MOST_SPREADS:
        raise meaning.fail(f"variances nest more than {MOST_SPREADS} deep", t, "the inner ones by themselves", "limit")
    values = [meaning.value(part) for part in t.parts]
    meaning.spreads -= t.kind != "E"
    meaning.env = saved
    span = (t.start, t.end)

    def mean(node: Node) -> Node:
        for wrap in reversed(wraps):
            node = wrap(node)
        return node

    if t.kind == "E":
        return meaning.elementwise(values, mean, "a mean", span)
    a, b = values[0], values[-1]
    if any(len(v.sizes) > 1 for v in values):
        raise meaning.shape_fault("a covariance", values, span, "of numbers or of vectors")

    def away(node: Node) -> Node:
        return sub(node, reindex(mean(node), {}))

    if not a.sizes and t.kind == "Var":
        assert a.node is not None
        return Val(mean(power(away(a.node), TWO)))
    sizes = (*(a.sizes or ()), *(b.sizes or ()))

    def entry(*at: object) -> Node:
        mine, other = at[: len(a.sizes)], at[len(a.sizes) :]
        return mean(mul(away(a.entry(*mine)), away(b.entry(*other))))  # type: ignore[arg-type]

    return meaning.made(sizes, entry, a, b) if sizes else Val(entry())


def integral(meaning: Meaning, t: Integral) -> Val:
    """∫_a^b f dx, of every entry of an array."""
    meaning.asks_of_laws = True
    span = (t.start, t.end)
    ends: list[Node] = []
    for limit in (t.low, t.high):
        value = None if limit is None else meaning.value(limit)
        if value is not None and value.sizes:
            raise meaning.shape_fault("the limits of an integral", [value], span, "numbers")
        if value is not None and value.node is not None:
            ends.append(value.node)
    kind = f"{'-' if t.low is None else 'a'}{'-' if t.high is None else 'b'}"
    body = meaning.value(t.body)
    return meaning.elementwise(
        [body],
        lambda node: asked("integral", kind, (node, *(reindex(e, {}) for e in ends)), t.row.name, span),
        "an integral",
        span,
    )


def _drawn(meaning: Meaning, d: Drawing, span: Span) -> Wrap:
    """The mean over one variable."""
    meaning.asks_of_laws = True
    if d.row is None:
        p = _probabilities(meaning, d.law)
        index = meaning.index(d.letter, p.indices[0].size)
        meaning.env[d.letter] = index
        return lambda node: asked("E", "categorical", (reindex(Tensor((index,), node), {}), p), d.letter, span)
    axes = tuple(meaning.index(letter, size) for letter, size in zip(d.indices or "ijklmn", d.row.sizes, strict=False))
    saved = dict(meaning.env)
    meaning.env |= dict(zip(d.indices, axes, strict=False))
    family, parameters = _parameters(meaning, d.law, d.row.sizes, axes)
    meaning.env = saved
    name = d.row.name
    return lambda node: asked("E", family, (node, *parameters), name, span)


def _probabilities(meaning: Meaning, law: LawOf) -> Tensor:
    """The vector of probabilities of a categorical law."""
    p = meaning.value(law.parameters[0])
    if len(p.sizes) != 1:
        raise meaning.fail(
            f"{meaning.source((law.start, law.end))} is no vector of probabilities", law, "p: simplex[K], softmax(z), "
            + ", ".join(row.show() for row in LAWS.values()), "operation",
        )  # fmt: skip
    k = meaning.index("k", p.sizes[0])
    return Tensor((k,), p.entry(k))


def _parameters(meaning: Meaning, law: LawOf, sizes: Sizes, axes: tuple[Index, ...]) -> tuple[str, tuple[Node, ...]]:
    """The family and its parameters over the axes of the variable; a number is the same for every entry."""
    row = LAWS[law.family]
    if row.told:
        _told(meaning, "law", f"{meaning.source((law.start, law.end))} {row.told}", law)
    values = _values(meaning, law)
    span = (law.start, law.end)
    if law.family == "normal":
        _refuse_deviation(meaning, law)
        if len(values[1].sizes) == 2 and len(sizes) == 1:
            i, j = axes[0], meaning.index("j", sizes[0])
            if not all(unify(s, sizes[0]) for s in values[1].sizes):
                raise meaning.shape_fault("a covariance", values, span, "as many rows and columns as the mean")
            return JOINT, (_over(meaning, values[0], sizes, axes, span), Tensor((i, j), values[1].entry(i, j)))
    if row.vector and not (len(sizes) == 1 and len(values[0].sizes) == 1):
        raise meaning.shape_fault(f"the parameter of {row.show()}", values, span, "a vector")
    return law.family, tuple(_over(meaning, v, sizes, axes, span) for v in values)


def _values(meaning: Meaning, law: LawOf) -> list[Val]:
    """What the parameters are; a variance s^2 of a vector s is one for each entry, also in diag(s^2)."""
    if law.family != "normal":
        return [meaning.value(p) for p in law.parameters]
    mean, variance = law.parameters
    inner: Surface = variance
    while isinstance(inner, Group) or (
        isinstance(inner, Applied) and inner.function == "diag" and len(inner.args) == 1
    ):
        inner = inner.below()[0]
    if isinstance(inner, Power) and whole(inner.exponent) == 2 and len(meaning.value(inner.base).sizes) == 1:
        squares = EntryPower(inner.start, inner.end, inner.base, inner.exponent)
        variance = with_replaced(variance, inner, squares)
        said = f"{meaning.source((inner.start, inner.end))} was read as the variances, one for each entry"
        _told(meaning, "elementwise", said, inner)
    return [meaning.value(mean), meaning.value(variance)]


def _told(meaning: Meaning, tag: str, said: str, tree: Surface) -> None:
    """A note, once: the shape of what is drawn is asked of a law before its meaning is."""
    if all(note.message != said for note in meaning.notes):
        meaning.note(tag, said, tree)


def _over(meaning: Meaning, v: Val, sizes: Sizes, axes: tuple[Index, ...], span: Span) -> Node:
    if not v.sizes:
        assert v.node is not None
        return Tensor(axes, v.node) if axes else v.node
    if len(v.sizes) != len(sizes) or not all(map(unify, v.sizes, sizes)):
        raise meaning.shape_fault("the parameters of a law", [v, Val(None, sizes)], span, "one for every entry")
    return Tensor(axes, v.entry(*axes))


_DEVIATIONS = frozenset(["sigma", "s", "sd", "std"])


def _refuse_deviation(meaning: Meaning, law: LawOf) -> None:
    """N(mu, sigma): the letter is that of a standard deviation, the place that of a variance."""
    second = law.parameters[1]
    if isinstance(second, Name) and len(second.row.sizes) < 2 and second.row.name in _DEVIATIONS:
        shown = meaning.source((second.start, second.end))
        head, tail = meaning.text[law.start : second.start], meaning.text[second.end : law.end]
        raise meaning.two_ways(
            f"{meaning.source((law.start, law.end))} reads two ways: {shown} is the variance or its root",
            (law.start, law.end), f"{shown}^2, or another letter for the variance",
            f"{head}{shown}^2{tail}", f"{head}({shown}){tail}",
        )  # fmt: skip


def sizes_of(meaning: Meaning, law: LawOf) -> Sizes:
    """The sizes of what is drawn: those of the parameters, without the second axis of a covariance."""
    values = _values(meaning, law)
    covariance = law.family == "normal" and len(values[1].sizes) == 2 and len(values[0].sizes) < 2
    found = [v.sizes[:1] if covariance and k == 1 else v.sizes for k, v in enumerate(values)]
    longest = max(found, key=len)
    return tuple(
        next(
            (size for sizes in found if len(sizes) == len(longest) and not isinstance(size := find(sizes[k]), Wild)),
            Wild(),
        )
        for k in range(len(longest))
    )


def probe(cursor: Cursor, meaning: Meaning) -> Callable[[LawOf], Sizes]:
    """The sizes of laws while a text is parsed; what is noted on the way is noted again when they get their meaning."""

    def sizes(law: LawOf) -> Sizes:
        notes = list(meaning.notes)
        meaning.env = {letter: Index(letter, Wild()) for letter, times in cursor.bound.items() if times}  # type: ignore[arg-type]
        try:
            return sizes_of(meaning, law)
        finally:
            meaning.notes[:] = notes
            meaning.env = {}

    return sizes


def of_laws(meaning: Meaning, t: OfLaws) -> Val:
    """KL(p || q), H(p), H(p, q)"""
    meaning.asks_of_laws = True
    span = (t.start, t.end)
    if t.laws[0].family == "categorical":
        found = [meaning.value(law.parameters[0]) for law in t.laws]
        if all(not v.sizes for v in found):
            return _of_probabilities(meaning, t, found)
        vectors = tuple(_probabilities(meaning, law) for law in t.laws)
        if not all(unify(v.indices[0].size, vectors[0].indices[0].size) for v in vectors):  # type: ignore[arg-type]
            raise meaning.shape_fault("a divergence", found, span, "as many probabilities")
        return Val(asked(t.kind, "categorical", vectors, span=span))
    sizes = max((sizes_of(meaning, law) for law in t.laws), key=len)
    made = []
    for law in t.laws:
        axes = tuple(meaning.index(letter, size) for letter, size in zip("ijklmn", sizes, strict=False))
        made.append(_parameters(meaning, law, sizes, axes))
    if len({family for family, _ in made}) > 1:  # a matrix and a number for each entry
        made = [(JOINT, parameters if family == JOINT else _as_matrix(parameters)) for family, parameters in made]
    return Val(asked(t.kind, made[0][0], tuple(p for _, parameters in made for p in parameters), span=span))


def _as_matrix(parameters: tuple[Node, ...]) -> tuple[Node, ...]:
    """Variances of independent entries as a diagonal matrix."""
    mean, variances = parameters
    assert isinstance(variances, Tensor)
    (i,) = variances.indices
    j = i.fresh()
    return mean, Tensor((i, j), mul(Delta(i, j), variances.body))


def _of_probabilities(meaning: Meaning, t: OfLaws, values: list[Val]) -> Val:
    """H(p) of one probability is the entropy of a Bernoulli variable."""
    shown = meaning.source((t.start, t.end))
    meaning.note("law", f"{shown} was read of Bernoulli laws with these probabilities", t)
    numbers = tuple(v.node for v in values if v.node is not None)
    return Val(asked(t.kind, "bernoulli", numbers, NUMBERS, (t.start, t.end)))


def density(meaning: Meaning, t: Density) -> Val:
    """N(x; mu, S), of all entries together."""
    meaning.asks_of_laws = True
    place = meaning.value(t.place)
    span = (t.start, t.end)
    if t.law.family == "categorical" and not place.sizes:
        raise meaning.fail(f"{meaning.source(span)} is read of a one-hot vector", t, "p_y for the probability of y")
    sizes = max(place.sizes, sizes_of(meaning, t.law), key=len)
    axes = tuple(meaning.index(letter, size) for letter, size in zip("ijklmn", sizes, strict=False))
    family, parameters = _parameters(meaning, t.law, sizes, axes)
    return Val(asked("density", family, (_over(meaning, place, sizes, axes, span), *parameters), span=span))
