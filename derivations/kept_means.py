"""Means that have no closed form, kept: Σ_s w_s f(m + σ e_s) over the atoms e_s of a discrete law with weights w_s.

The law is a standard one, N(0, 1) or U(0, 1), of which the variable is a function of its parameters (`standardised`).
Its atoms and weights are any: what holds for every discrete law holds for each law that discrete ones come close to, so
equality is proved as that of sums is, and derivatives go under the mean by the rules of sums. What differs for some
discrete law may be equal for this one, E[e f(e)] = E[f'(e)]: it is told to be different only where the means cancel.

Names of atoms and weights have a blank in them, which no text can have; a formula with them is written as a mean,
E_{e ~ N(0, 1)}[…] (`in_letters`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import MappingProxyType

from derivations.densities import densities_in, is_density, is_score, named, names_densities, rows_of, with_letter
from derivations.domains import DOMAINS, Declared, Names
from derivations.formula import (
    Bound,
    Call,
    Elem,
    Formula,
    Index,
    IndexExpr,
    Node,
    Size,
    add,
    binders,
    call,
    div,
    factors_of,
    free_indices,
    map_up,
    mul,
    names_in,
    neg,
    reindex,
    replace_elems,
    sqrt,
    sub,
    total,
    walk,
)
from derivations.frozen import frozen


@frozen
class Standard:
    """A law without parameters, or a measure, whose weights do not sum to 1: how it is written, the letters of its
    variable, what its entries are."""

    written: str
    of_vectors: str
    letters: tuple[str, ...]
    domain: str
    measure: bool = False


_VALUES = ("real", "positive", "probability", "count")
STANDARD: Mapping[str, Standard] = MappingProxyType(
    {
        "normal": Standard("N(0, 1)", "N(0, I)", ("epsilon", "xi", "zeta"), "real"),
        "uniform": Standard("Uniform(0, 1)", "", ("u", "v", "t"), "probability"),
        **{f"measure_{of}": Standard("a measure", "a measure", ("z", "t"), of, measure=True) for of in _VALUES},
    }
)
"""The laws of atoms. A mean over a measure has the density of its law beside the weights."""

REACHED: Mapping[str, tuple[str, Callable[..., Node]]] = MappingProxyType(
    {
        "normal": ("normal", lambda e, m, v: add(m, mul(sqrt(v), e))),
        "uniform": ("uniform", lambda u, a, b: add(a, mul(sub(b, a), u))),
        "exponential": ("uniform", lambda u, rate: neg(div(call("log", u), rate))),
    }
)
"""The laws whose variables are functions of one of a standard law and their parameters, entry by entry."""

_ATOMS, _WEIGHTS = " atoms", " weights"


def size_of(law: str) -> str:
    """The size that counts the atoms of a standard law."""
    return f"atoms_{law}"


def is_size(size: Size) -> bool:
    """Whether a size counts atoms."""
    return isinstance(size, str) and size in {size_of(law) for law in STANDARD}


def atom(law: str, s: Index, sizes: tuple[Size, ...], at: tuple[IndexExpr, ...]) -> Elem:
    """The entry of an atom of a standard law."""
    return Elem(" ".join((law + _ATOMS, *map(str, sizes))), (s, *at))


def weight(law: str, s: Index) -> Elem:
    return Elem(law + _WEIGHTS, (s,))


def atoms_in(node: Node) -> tuple[str, ...]:
    """The names of atoms and weights in a tree."""
    return tuple(sorted(name for name in names_in(node) if " " in name and name.split(" ")[0] in STANDARD))


def with_atoms(names: Names, *bodies: Node) -> Names:
    """The names, and those of atoms and weights in some trees."""
    densities = [row for body in bodies for row in rows_of(body) if row.name not in names]
    bodies = (*bodies, *(row.definition.body for row in densities if row.definition is not None))
    new = [*(_row(name) for body in bodies for name in atoms_in(body) if name not in names), *densities]
    return names.with_rows(*new) if new else names


def _row(name: str) -> Declared:
    law, what, *sizes = name.split(" ")
    if what == _WEIGHTS.strip():
        return Declared(name, DOMAINS["positive" if STANDARD[law].measure else "simplex"], (size_of(law),))
    around = tuple(int(s) if s.isdigit() else s for s in sizes)
    return Declared(name, DOMAINS[STANDARD[law].domain], (size_of(law), *around))


def in_letters(formula: Formula) -> Formula:
    """A formula with a letter for each atom, as it is written; the weight of a mean has its letters in its name."""
    if not (atoms_in(formula.body) or densities_in(formula.body)) or formula.names is None:
        return formula
    formula = replace(formula, body=map_up(formula.body, means_alone))
    names, taken = formula.names, {*formula.names, *formula.names.sizes, *(i.name for i in formula.free)}
    letters: dict[tuple[str, IndexExpr], str] = {}
    for part in walk(formula.body):
        for s in binders(part):
            here = [n for n in walk(part) if isinstance(n, Elem) and s in n.at]
            for name in sorted({name for n in here for name in _of(n, names)}):
                law = name.split(" ")[0]
                spare = (*STANDARD[law].letters, *(f"{STANDARD[law].letters[0]}_{k}" for k in range(1, 99)))
                letters[name, s] = letter = next(c for c in spare if c not in taken)
                taken.add(letter)
                names = names.with_rows(replace(_row(name), name=letter, sizes=_row(name).sizes[1:]))

    def by(elem: Elem) -> Node | None:
        if _ATOMS in elem.name:
            return Elem(letters[elem.name, elem.at[0]], elem.at[1:], elem.span)
        if elem.name.endswith(_WEIGHTS):
            own = sorted(letter for (_, s), letter in letters.items() if s is elem.at[0])
            return Elem(" ".join((elem.name, *own)), elem.at, elem.span)
        if (is_density(elem.name) or is_score(elem.name)) and is_size(getattr(elem.at[0], "size", "")):
            (of,) = (letters[name, elem.at[0]] for name in _of(elem, names))
            return with_letter(elem, of)
        return None

    return replace(formula, body=replace_elems(formula.body, by), names=names)


def _of(elem: Elem, names: Names) -> tuple[str, ...]:
    """The atoms that an entry is of: those of its own name, or the value of a density."""
    if _ATOMS in elem.name:
        return (elem.name,)
    if not (is_density(elem.name) or is_score(elem.name)):
        return ()
    definition = names[elem.name].definition
    assert definition is not None
    return tuple(name for name in atoms_in(definition.body) if _ATOMS in name)


def means_alone(node: Node) -> Node | None:
    """E_e[Σ_k a] of Σ_{k,s} w_s a: a mean is a sum of its own, below the indices that its law depends on."""
    if not isinstance(node, Bound) or node.op != "sum" or len(node.indices) == 1:
        return None
    factors = factors_of(node.body)
    beside = [f for f in factors if _is_density(f)]
    drawn = {f.args[0].at[0] for f in beside}  # type: ignore[attr-defined]
    over = [s for s in node.indices if is_size(s.size) or s in drawn]
    if not over:
        return None
    weights = [f for f in factors if (isinstance(f, Elem) and f.name.endswith(_WEIGHTS)) or (f in beside)]
    weights = [w for w in weights if _first(w) in over]
    above = {i for w in weights for i in free_indices(w)} - {*over}
    inner = [i for i in node.indices if i not in over and i not in above]
    body = total(inner, mul(*(f for f in factors if f not in weights)))
    for s in over:
        body = Bound("sum", (s,), mul(*(w for w in weights if _first(w) is s), body))
    outer = tuple(i for i in node.indices if i in above)
    return Bound("sum", outer, body) if outer else body


def _first(factor: Node) -> object:
    """The index of a weight, or of the density beside it."""
    return factor.at[0] if isinstance(factor, Elem) else factor.args[0].at[0]  # type: ignore[attr-defined]


def _is_density(factor: Node) -> bool:
    """e^(ℓ_s) of the logarithm of a density that has a name."""
    match factor:
        case Call("exp", (Elem(name),)):
            return is_density(name)
    return False


def density_beside(node: Bound) -> tuple[Elem, Node] | None:
    """(log p, body) of a mean that has its density p, by a name, beside the body; None for any other sum."""
    if node.op != "sum" or len(node.indices) != 1:
        return None
    factors = [
        f for f in factors_of(node.body) if not (isinstance(f, Elem) and _WEIGHTS in f.name and f.at == node.indices)
    ]
    found = next((f for f in factors if _is_density(f) and f.args[0].at[0] is node.indices[0]), None)  # type: ignore[attr-defined]
    if found is None:
        return None
    return found.args[0], mul(*(f for f in factors if f is not found))  # type: ignore[attr-defined]


def in_variables(node: Bound, called: str) -> tuple[str, tuple[Size, ...], Node] | None:
    """(law, sizes, body) of a mean over the atoms of a standard law, its atom as the variable `called`; None for any
    other sum, and where one law has atoms of several shapes."""
    if node.op != "sum" or len(node.indices) != 1 or not is_size(node.indices[0].size):
        return None
    (s,) = node.indices
    found = next((f for f in factors_of(node.body) if isinstance(f, Elem) and f.name.endswith(_WEIGHTS)), None)
    atoms = {n.name for n in walk(node.body) if isinstance(n, Elem) and _ATOMS in n.name and s in n.at}
    if found is None or len(atoms) != 1 or STANDARD[found.name.split(" ")[0]].measure:
        return None
    (name,) = atoms
    rest = mul(*(f for f in factors_of(node.body) if f is not found))
    body = replace_elems(rest, lambda e: Elem(called, e.at[1:], e.span) if e.name == name and e.at[0] is s else None)
    return name.split(" ")[0], _row(name).sizes[1:], body


def mean_in_letters(node: Bound) -> tuple[Standard, tuple[str, ...], Node] | None:
    """(law, letters, body) of a kept mean with its atoms in letters; None for any other sum."""
    if node.op != "sum" or len(node.indices) != 1 or not is_size(node.indices[0].size):
        return None
    for k, factor in enumerate(factors := factors_of(node.body)):
        if isinstance(factor, Elem) and _WEIGHTS in factor.name and factor.at == node.indices:
            law, _, *letters = factor.name.split(" ")
            return STANDARD[law], tuple(letters), mul(*factors[:k], *factors[k + 1 :])
    return None


UNDER_THE_MEAN = "reparameterised, the derivative goes under the mean, whose law has no parameters"

UNKEPT = "has no closed form here"
"""What is said of a mean that is neither known nor kept."""

Parameters = Callable[[tuple[IndexExpr, ...]], tuple[Node, ...]]
"""Those of one entry."""


Density = tuple[str, tuple[Node, ...], Node]
"""A law with its parameters, and the logarithm of its density at the variable."""


def standardised(name: str, law: str, node: Node, own: Parameters, other: str) -> tuple[Node, str] | None:
    """A tree in a variable of a standard law, called `other`, and that law; None where no standard law leads to it."""
    if law not in REACHED:
        return None
    standard, reached = REACHED[law]

    def by(elem: Elem) -> Node | None:
        return reached(Elem(other, elem.at), *own(elem.at)) if elem.name == name else None

    return replace_elems(node, by), standard


def over_atoms(name: str, law: str, node: Node, sizes: tuple[Size, ...]) -> Node:
    """The mean of a tree over a variable of a standard law, kept."""
    s = Index("s", size_of(law))
    node = replace_elems(reindex(node, {}), lambda e: atom(law, s, sizes, e.at) if e.name == name else None)
    return Bound("sum", (s,), mul(weight(law, s), node))


def over_density(name: str, domain: str, node: Node, density: Density, sizes: tuple[Size, ...]) -> Node | None:
    """The same over a measure, with the density beside it; None for values that no measure has here."""
    law = f"measure_{domain}"
    if law not in STANDARD:
        return None
    family, parameters, logarithm = density
    if not names_densities():
        return over_atoms(name, law, mul(call("exp", logarithm), node), sizes)
    s = Index("s", size_of(law))
    node, logarithm = (
        replace_elems(reindex(part, {}), lambda e: atom(law, s, sizes, e.at) if e.name == name else None)
        for part in (node, logarithm)
    )
    known = named(family, parameters, logarithm, s)
    return Bound("sum", (s,), mul(weight(law, s), call("exp", known), node))


_BY_DENSITY: ContextVar[bool] = ContextVar("by_density", default=False)


@contextmanager
def by_density() -> Iterator[None]:
    """Means that are read in this block are kept as Σ_s v_s p(z_s) f(z_s), p the density of the law: its derivative is
    p times the score."""
    token = _BY_DENSITY.set(True)
    try:
        yield
    finally:
        _BY_DENSITY.reset(token)


def with_densities() -> bool:
    """Whether means are kept so."""
    return _BY_DENSITY.get()
