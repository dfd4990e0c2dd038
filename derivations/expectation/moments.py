"""The mean of a formula over one random variable: a polynomial in its entries, times e to a linear form of them.

A formula is taken apart into terms, Σ over indices of a coefficient times entries of the variable (`Term`); the mean of
each is the coefficient times a moment of the law. What is not such a formula, and is of one entry of a variable with
few values, is the sum over these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from derivations.densities import hidden_in
from derivations.domains import Names
from derivations.expectation.existing import exists
from derivations.expectation.joint import joint_log_density, root
from derivations.expectation.of_normal import mean_of
from derivations.expectation.variable import NoClosedForm, Place, Variable, log_mean
from derivations.formula import (
    HALF,
    ONE,
    ZERO,
    Add,
    Bound,
    Call,
    Cases,
    Const,
    Elem,
    Index,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    Tensor,
    add,
    bound,
    call,
    count,
    factors_of,
    index_exprs,
    key,
    map_up,
    mul,
    names_in,
    neg,
    reindex,
    replace_elems,
    sub,
    terms_of,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.kept_means import (
    in_variables,
    means_alone,
    over_atoms,
    over_density,
    standardised,
    with_densities,
)
from derivations.laws.written import JOINT
from derivations.laws.written import at as at_of
from derivations.simplify.shapes import expand
from derivations.simplify.tidy import tidy

MOST_NODES = 4_000
OPENED = 200
"""Parts of a formula that is multiplied out, so that what has a closed form in it is found."""
MOST_TERMS = 2_000
"""Terms that a formula is taken apart into; a power of a long sum has many."""


@frozen
class Term:
    """Σ over `indices` of `coefficient` · Π entries at `places` · e^(Σ exponent) · Π log of the entries at `logs`.

    Entries are centred where those of the variable are. `exponent` holds terms of the first degree; of a `log` it is
    said whether it is log(1 - x).
    """

    indices: tuple[Index, ...]
    coefficient: Node
    places: tuple[Place, ...] = ()
    exponent: tuple[Term, ...] = ()
    logs: tuple[tuple[Place, bool], ...] = ()

    @property
    def certain(self) -> bool:
        return not (self.places or self.exponent or self.logs)


def mean(node: Node, x: Variable, names: Names) -> Node:
    """E[node] over x. Raises `NoClosedForm`."""
    if x.name in hidden_in(node):
        raise NoClosedForm(f"a law that depends on {x.name}, which is drawn too, has no gradient by the score here")
    if x.name not in names_in(node):
        return node
    if count(node) > MOST_NODES:
        raise NoClosedForm(f"what the mean over {x.name} is of has more than {MOST_NODES:,} parts")
    try:
        return tidy(_linear(node, x, names), names)
    except NoClosedForm:
        summed = _over_values(node, x)
        if summed is None:
            raise
        return tidy(summed, names)


def _linear(node: Node, x: Variable, names: Names) -> Node:
    """E goes into sums, and past what is certain."""
    if x.name not in names_in(node):
        return node
    match node:
        case Add(args):
            return add(*(_linear(a, x, names) for a in args))
        case Bound("sum", indices, body):
            return add(*(total(indices, t) for t in terms_of(_linear(body, x, names))))
        case Mul(args):
            certain = [a for a in args if x.name not in names_in(a)]
            if certain:
                return mul(*certain, _linear(mul(*(a for a in args if a not in certain)), x, names))
        case Cases(branches, otherwise) if not any(x.name in names_in(c) for c, _ in branches):
            return Cases(
                tuple((c, _linear(v, x, names)) for c, v in branches),
                None if otherwise is None else _linear(otherwise, x, names),
            )
    try:
        if x.row.name == "normal":
            found = mean_of(node, lambda a: _of_linear(_terms(a, x, names), x))
            if found is not None:
                return found
        return add(*(_mean_of_term(t, x) for t in _terms(node, x, names)))
    except NoClosedForm:
        opened = expand(node, names) if count(node) <= OPENED else node
        if isinstance(opened, Add):
            return _linear(opened, x, names)
        held = _kept(node, x, names) if x.name.endswith(STANDARD) or exists(node, x, names) else None
        if held is None:
            raise
        return held


def _kept(node: Node, x: Variable, names: Names) -> Node | None:
    """A mean without a closed form; None where its law is none that a mean is kept over."""
    if with_densities():
        if x.row.log_density is None:
            return None
        at = tuple(Index("i", size) for size in x.sizes)
        if x.law == JOINT:
            density = joint_log_density(Tensor(at, Elem(x.name, at)), *x.parameters)
        else:
            density = total(at, x.row.log_density(Elem(x.name, at), *x.own(at)))
        return over_density(x.name, x.row.domain, node, (x.law, x.parameters, density), x.sizes)
    if x.name.endswith(STANDARD):
        return over_atoms(x.name, x.law, node, x.sizes)
    other = x.name + STANDARD
    if x.law == JOINT:
        return _over_a_root(node, x, other, names)
    found = standardised(x.name, x.law, node, x.own, other)
    if found is None:
        return None
    moved, law = found
    return _linear(tidy(moved, names), _standard(other, law, x.sizes), names)


def _over_a_root(node: Node, x: Variable, other: str, names: Names) -> Node:
    """The mean over z = μ + A e, e standard normal, of a normal variable whose covariance is A Aᵀ."""
    factor = root(x.parameters[1])

    def by(elem: Elem) -> Node | None:
        if elem.name != x.name:
            return None
        k = factor.indices[1].fresh()
        return add(x.mean(elem.at), total((k,), mul(at_of(factor, *elem.at, k), Elem(other, (k,)))))

    moved = tidy(replace_elems(node, by), names)
    return _linear(moved, _standard(other, "normal", (factor.indices[1].size,)), names)


def settled(node: Node, names: Names) -> Node:
    """A tree with the parts of its kept means that have a closed form in place: E[e (1 - f(e))] = -E[e f(e)]."""

    def by(part: Node) -> Node | None:
        if not isinstance(part, Bound):
            return None
        if (alone := means_alone(part)) is not None:
            return settled(alone, names)
        found = in_variables(part, "e" + STANDARD)
        if found is None:
            return None
        law, sizes, body = found
        try:
            return _linear(expand(body, names), _standard("e" + STANDARD, law, sizes), names)
        except NoClosedForm:
            return None

    return map_up(node, by)


def _standard(name: str, law: str, sizes: tuple[Size, ...]) -> Variable:
    """A variable of a standard law."""
    axes = tuple(Index("i", size) for size in sizes)
    zero, one = (Tensor(axes, value) if axes else value for value in (ZERO, ONE))
    return Variable(name, law, (zero, one))


STANDARD = ", standard"
"""Behind the name of a variable: what it is a function of."""


def _of_linear(terms: tuple[Term, ...], x: Variable) -> tuple[Node, Node]:
    """The mean and the variance of a linear form."""
    linear = [t for t in terms if not t.certain]
    if any(len(t.places) != 1 or t.exponent or t.logs for t in linear):
        raise NoClosedForm(
            f"the mean of a function of what is not linear in {x.name}, whose law is normal, has no closed form here"
        )
    spread = (
        _summed((*s.indices, *t.indices), mul(s.coefficient, t.coefficient, x.joined(s.places[0], t.places[0])))
        for s in linear
        for t in map(_fresh, linear)
    )
    return add(*(_summed(t.indices, t.coefficient) for t in terms if t.certain)), add(*spread)


def _over_values(node: Node, x: Variable) -> Node | None:
    """Σ over the values of the one entry that a formula is of; None where there are more, or the values are many."""
    if x.row.values is None:
        return None
    places = {key(reindex(n, {})): n.at for n in walk(node) if isinstance(n, Elem) and n.name == x.name}
    if len(places) != 1:
        return None
    (place,) = places.values()
    return add(
        *(
            mul(weight, reindex(replace_elems(node, lambda e, v=value: v if e.name == x.name else None), {}))
            for value, weight in x.row.values(*x.own(place))
        )
    )


# ---------------------------------------------------------------- a formula as terms


def _terms(node: Node, x: Variable, names: Names) -> tuple[Term, ...]:
    """A formula as terms, those without the variable as one."""
    if x.name not in names_in(node):
        return (Term((), node),)
    match node:
        case Elem(_, place):
            entry = Term((), ONE, (place,))
            return _gathered((Term((), x.mean(place)), entry), names) if x.centred else (entry,)
        case Add(args):
            return _gathered((t for a in args for t in _terms(a, x, names)), names)
        case Mul(args):
            return _product([_terms(a, x, names) for a in args], names)
        case Pow(base, Num(value)) if value.denominator == 1 and 1 < value <= 12:
            return _product([_terms(reindex(base, {}), x, names) for _ in range(int(value))], names)
        case Bound("sum"):
            fresh = reindex(node, {})
            assert isinstance(fresh, Bound)
            inner = _terms(fresh.body, x, names)
            return _gathered(
                (
                    Term((), total(fresh.indices, t.coefficient))
                    if t.certain
                    else Term((*fresh.indices, *t.indices), t.coefficient, t.places, t.exponent, t.logs)
                    for t in inner
                ),
                names,
            )
        case Call("exp", (a,)):
            return (_power_of_e(_terms(a, x, names), x),)
        case Pow(Const("e"), a):
            return (_power_of_e(_terms(a, x, names), x),)
        case Call("log", (a,)):
            return _logarithm(a, x, names)
    raise NoClosedForm(_reason(node, x))


def _reason(node: Node, x: Variable) -> str:
    match node:
        case Call(fn) | Bound(fn):
            what = fn
        case Pow(_, exponent) if x.name in names_in(exponent):
            what = f"a power with {x.name} above"
        case Pow():
            what = f"a root or a power of {x.name} that is not 2, 3, …"
        case Cases():
            what = f"cases that {x.name} decides"
        case _:
            what = "this"
    return f"the mean of {what} over {x.name}, whose law is {x.row.name}, has no closed form here"


def _gathered(terms: Iterable[Term], names: Names) -> tuple[Term, ...]:
    """Terms, the certain ones as one; those that are 0 are left out."""
    kept: list[Term] = []
    certain: list[Node] = []
    for t in terms:
        if t.certain and not t.indices:
            certain.append(t.coefficient)
        elif t.coefficient != ZERO:
            kept.append(t)
        if len(kept) > MOST_TERMS:
            raise NoClosedForm(f"it has more than {MOST_TERMS:,} terms")
    if certain:
        constant = certain[0] if len(certain) == 1 else tidy(add(*certain), names)
        if constant != ZERO:
            kept.insert(0, Term((), constant))
    return tuple(kept)


def _product(factors: Sequence[tuple[Term, ...]], names: Names) -> tuple[Term, ...]:
    made: tuple[Term, ...] = (Term((), ONE),)
    for factor in factors:
        if len(made) * len(factor) > MOST_TERMS:
            raise NoClosedForm(f"it has more than {MOST_TERMS:,} terms when it is multiplied out")
        made = _gathered((_times(a, b) for a in made for b in factor), names)
    return made


def _times(a: Term, b: Term) -> Term:
    return Term(
        a.indices + b.indices,
        mul(a.coefficient, b.coefficient),
        a.places + b.places,
        a.exponent + b.exponent,
        a.logs + b.logs,
    )


def _power_of_e(terms: tuple[Term, ...], x: Variable) -> Term:
    """e^(a + Σ b e)"""
    if any(len(t.places) > 1 or t.exponent or t.logs for t in terms):
        raise NoClosedForm(
            f"the mean of e to a power that is not linear in {x.name}, whose law is {x.row.name}, has no closed form "
            "here"
        )
    return Term((), ONE, (), terms)


def _logarithm(a: Node, x: Variable, names: Names) -> tuple[Term, ...]:
    """log of an entry, of 1 - an entry, of e to something, and of products with what is certain."""
    factors = factors_of(a)
    if len(factors) > 1:
        return _gathered((t for f in factors for t in _terms(call("log", f), x, names)), names)
    match a:
        case Call("exp", (inner,)):
            return _terms(inner, x, names)
        case Pow(base, exponent) if x.name not in names_in(exponent):
            return _product([_terms(exponent, x, names), _terms(call("log", base), x, names)], names)
        case Elem(name, place) if name == x.name:
            return (Term((), ONE, (), (), ((place, False),)),)
    rest = tidy(sub(ONE, a), names)
    if isinstance(rest, Elem) and rest.name == x.name:
        return (Term((), ONE, (), (), ((rest.at, True),)),)
    raise NoClosedForm(f"the mean of the logarithm of such a formula of {x.name} has no closed form here")


# ---------------------------------------------------------------- the mean of a term


def _mean_of_term(t: Term, x: Variable) -> Node:
    if t.logs:
        first, *more = t.logs
        if more or t.places or t.exponent:
            raise NoClosedForm(f"the mean of log {x.name} times more of {x.name} has no closed form here")
        return _summed(t.indices, mul(t.coefficient, log_mean(x, *first)))
    if t.exponent:
        return _summed(t.indices, mul(t.coefficient, _tilted(t, x)))
    if not t.places:
        return _summed(t.indices, t.coefficient)
    if x.centred and len(t.places) == 1:
        return ZERO
    return _summed(t.indices, mul(t.coefficient, x.moment(t.places)))


def _summed(indices: tuple[Index, ...], body: Node) -> Node:
    return ZERO if body == ZERO else bound("sum", indices, body)


def _tilted(t: Term, x: Variable) -> Node:
    """E[e^(a + L) Π x_p]: the law is tilted by e^L."""
    certain = [_summed(s.indices, s.coefficient) for s in t.exponent if s.certain]
    linear = tuple(s for s in t.exponent if not s.certain)
    if x.row.name != "normal":
        return _tilted_alone(certain, linear, t.places, x)
    shift = [_shift(place, linear, x) for place in t.places]
    spread = _of_linear(linear, x)[1]
    moments = [
        mul(x.moment(tuple(t.places[k] for k in inside)), *(shift[k] for k in range(len(shift)) if k not in inside))
        for many in range(0, len(t.places) + 1, 2)
        for inside in combinations(range(len(t.places)), many)
    ]
    return mul(call("exp", add(*certain, mul(HALF, spread))), add(*moments))


def _tilted_alone(certain: list[Node], linear: tuple[Term, ...], places: tuple[Place, ...], x: Variable) -> Node:
    """The same for one entry of a variable whose entries are independent."""
    if x.row.grows is None or x.row.mean is None:
        raise NoClosedForm(f"the mean of e to a power of {x.name}, whose law is {x.row.name}, is not known here")
    if len({_key_of(p) for p in (*places, *(p for s in linear for p in s.places))}) != 1 or any(
        s.indices for s in linear
    ):
        raise NoClosedForm(f"the mean of e to a power of several entries of {x.name} is not known here")
    if len(places) > 1:
        raise NoClosedForm(f"the mean of e to a power of {x.name} times a power of {x.name} is not known here")
    by = add(*(s.coefficient for s in linear))
    own = x.own(linear[0].places[0])
    growth, tilted = x.row.grows(by, *own)
    centre = neg(mul(by, x.row.mean(*own))) if x.centred else ZERO  # e^(b e) is e^(b x) e^(-b E[x])
    away = sub(x.row.mean(*tilted), x.row.mean(*own) if x.centred else ZERO)
    return mul(call("exp", add(*certain, growth, centre)), away if places else ONE)


def _key_of(place: Place) -> object:
    return key(Elem("x", place))


def _shift(place: Place, exponent: tuple[Term, ...], x: Variable) -> Node:
    """Σ of the covariances with a linear form: by how much its exponential moves the mean of an entry."""
    return add(*(_summed(s.indices, mul(s.coefficient, x.joined(place, s.places[0]))) for s in map(_fresh, exponent)))


def _fresh(t: Term) -> Term:
    """A linear term with indices of its own."""
    if not t.indices:
        return t
    new = {i: i.fresh() for i in t.indices}
    places = tuple(index_exprs(reindex(Elem("x", p), new)) for p in t.places)  # type: ignore[arg-type]
    return Term(tuple(new.values()), reindex(t.coefficient, new), places)  # type: ignore[arg-type]
