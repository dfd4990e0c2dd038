"""What values a name takes: one row a domain; and the declarations of a question, `Names`.

    x: real[n,d]; y: label01[n]; p: probability; T: onehot[m,K]; A: posdef[n]; a: interval(0,1); i: index[d]; n: size;
    e: real[n] ~ N(0, s^2)

A row tells SymPy's assumptions, how a value is drawn, and the facts that follow. Sizes are declared by their use in
`[…]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from derivations.formula import Formula, Index, Size, is_sum, names_in, read_size, shortened, sizes_under
from derivations.formula.kept import Kept
from derivations.frozen import frozen
from derivations.recursion import Recursion
from derivations.signature import Signature, is_mapping, parse_signature

Structure = Literal["plain", "onehot", "simplex", "symmetric", "posdef", "invertible", "orthonormal"]
Fact = Literal[
    "symmetric", "definite", "invertible", "orthonormal", "partition", "idempotent", "involution", "weight", "share"
]
Role = Literal["input", "node", "adjoint", "index", "size", "function"]


@frozen
class Domain:
    """One row: what the entries of a tensor may be.

    low, high    the closed range of an entry (None: unbounded); `open_low`/`open_high` exclude the end itself
    values       the values of a small discrete domain, in full
    structure    what holds between entries; onehot and simplex hold along the last axis
    assumptions  SymPy's words for one entry
    facts        what follows for a name `N` of this domain:
                 symmetric    N_ij = N_ji              partition    sum_j N_ij = 1, along the last axis
                 definite     xᵀ N x > 0               idempotent   N_i² = N_i
                 invertible   det N ≠ 0                involution   N_i² = 1
                 orthonormal  sum_l N_li N_lj = δ_ij   weight       may be 0, and what it weighs counts for nothing then
                                                       share        comes as near to 0 as it likes
    """

    name: str
    meaning: str
    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False
    values: tuple[int, ...] = ()
    integer: bool = False
    structure: Structure = "plain"
    assumptions: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({"real": True}))
    facts: frozenset[Fact] = frozenset()

    def has(self, fact: Fact) -> bool:
        """Whether a fact follows."""
        return fact in self.facts

    def contains_zero(self) -> bool:
        """Whether an entry may be 0."""
        if self.values:
            return 0 in self.values
        below = self.low is None or self.low < 0 or (self.low == 0 and not self.open_low)
        above = self.high is None or self.high > 0 or (self.high == 0 and not self.open_high)
        return below and above


def _row(name: str, meaning: str, **kw: object) -> Domain:
    assumptions = MappingProxyType({"real": True, **kw.pop("assumptions", {})})  # type: ignore[dict-item]
    facts = frozenset(str(kw.pop("facts", "")).split())
    return Domain(name, meaning, assumptions=assumptions, facts=facts, **kw)  # type: ignore[arg-type]


_ZERO, _ONE = Fraction(0), Fraction(1)

DOMAINS: Mapping[str, Domain] = MappingProxyType({
    d.name: d
    for d in (
        _row("real", "any real number"),
        _row("positive", "a real number > 0", low=_ZERO, open_low=True, assumptions={"positive": True}),
        _row("nonnegative", "a real number ≥ 0", low=_ZERO, assumptions={"nonnegative": True},
            facts="weight"),
        _row("negative", "a real number < 0", high=_ZERO, open_high=True, assumptions={"negative": True}),
        _row("probability", "a real number strictly between 0 and 1", low=_ZERO, high=_ONE, open_low=True,
            open_high=True, assumptions={"positive": True}, facts="weight share"),
        _row("label01", "a class label, 0 or 1", low=_ZERO, high=_ONE, values=(0, 1), integer=True,
            assumptions={"integer": True, "nonnegative": True}, facts="idempotent weight"),
        _row("labelpm1", "a class label, -1 or +1", low=-_ONE, high=_ONE, values=(-1, 1), integer=True,
            assumptions={"integer": True, "nonzero": True}, facts="involution"),
        _row("integer", "an integer", integer=True, assumptions={"integer": True}),
        _row("count", "a whole number: 0, 1, 2, …", low=_ZERO, integer=True,
            assumptions={"integer": True, "nonnegative": True}, facts="weight"),
        _row("mask", "0 (dropped) or 1 (kept)", low=_ZERO, high=_ONE, values=(0, 1), integer=True,
            assumptions={"integer": True, "nonnegative": True}, facts="idempotent"),
        _row("interval", "a real number in the closed interval (a,b) as given: interval(0,1)"),
        _row("onehot", "along the last axis one entry is 1, the others are 0", low=_ZERO, high=_ONE, values=(0, 1),
            integer=True, structure="onehot", assumptions={"integer": True, "nonnegative": True},
            facts="partition idempotent weight"),
        _row("simplex", "positive along the last axis, summing to 1", low=_ZERO, high=_ONE, open_low=True,
            open_high=True, structure="simplex", assumptions={"positive": True}, facts="partition weight share"),
        _row("symmetric", "a symmetric k×k matrix", structure="symmetric", facts="symmetric"),
        _row("posdef", "a symmetric positive definite k×k matrix", structure="posdef",
            facts="symmetric definite invertible"),
        _row("invertible", "an invertible k×k matrix", structure="invertible", facts="invertible"),
        _row("orthonormal", "an n×k matrix with orthonormal columns", structure="orthonormal",
            facts="orthonormal"),
        _row("index", "an index running over 1..d", integer=True, assumptions={"integer": True, "positive": True}),
        _row("size", "a positive integer, the length of an axis", integer=True, low=_ONE,
            assumptions={"integer": True, "positive": True}),
        _row("function", "an unknown smooth function, of numbers or of arrays"),
    )
})  # fmt: skip

SQUARE = frozenset({"symmetric", "posdef", "invertible"})
"""Domains declared with one size k that are k×k matrices; with [n,k,k] they are stacks of n."""


class NamesError(ValueError):
    """A declaration that cannot be used. The author's fault; `name` says which."""

    def __init__(self, message: str, name: str = ""):
        super().__init__(message)
        self.name = name


@frozen
class Declared:
    """One declared name.

    sizes       the sizes of its axes, in order
    role        input (drawn), node (computed from `definition`), adjoint (computed), index, size, function
    index       the `Index` itself, for role index
    labels      whether it is an array of indices, `y: index[K] of [n]`: kept as the one-hot array [n,K] whose ones it
                tells the places of, so that all that is known of those holds of it; formulas have it as a `Label`
    definition  for nodes and adjoints: a Formula over inputs and earlier nodes, its axes those of the name
    recursion   for those that recur, in place of a definition: one step, and where it begins; for an input, where an
                array of any values begins
    signature   for a function: what it takes and gives, where that is declared; else it takes numbers and gives one
    law         what it is drawn from, as text: N(mu, s^2); means that name no law are over it
    known       whether its author knows the name: no result is folded into the letter that we gave to a formula
    also        what it is called as well: names by which a text may mean it
    symbol      what an expression of SymPy that declared it calls it, so that results come back in that
    """

    name: str
    domain: Domain
    sizes: tuple[Size, ...] = ()
    role: Role = "input"
    index: Index | None = None
    definition: Formula | None = None
    latex: str | None = None
    known: bool = True
    labels: bool = False
    signature: Signature | None = None
    law: str = ""
    recursion: Recursion | None = None
    also: tuple[str, ...] = ()
    symbol: Any = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Declared):
            return NotImplemented
        return self is other or self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.name, self.sizes, self.role))

    def __repr__(self) -> str:
        return f"<{self.role} {self.name}: {show_domain(self)}>"

    def _key(self) -> tuple[Any, ...]:
        """All fields; an index by its letter and size, since an `Index` is equal to itself alone."""
        index = self.index and (self.index.name, self.index.size)
        return (
            self.name, self.domain, self.sizes, self.role, index, self.definition, self.latex, self.known, self.labels,
            self.signature, self.law, self.recursion, self.also, self.symbol,
        )  # fmt: skip

    @property
    def equation(self) -> Formula | None:
        """What its entries are: its definition, or one step of its recursion; None for an input."""
        if self.role == "input":
            return None
        return self.definition if self.recursion is None else self.recursion.step

    def with_equation(self, equation: Formula) -> Declared:
        """The same name with another definition, or step."""
        if self.recursion is None:
            return replace(self, definition=equation)
        return replace(self, recursion=replace(self.recursion, step=equation))

    def uses(self) -> frozenset[str]:
        """The names that its value is computed from."""
        start = frozenset({self.recursion.start} if self.recursion is not None and self.recursion.start else ())
        return start if self.equation is None else start | names_in(self.equation.body)


class Names(Mapping[str, Declared]):
    """The declarations of a question, in order; immutable. `sizes` lists the symbolic sizes in order of appearance.

    `facts` are what its author states to hold besides the domains (`folding.Fact`); `entrywise` says that arrays are
    multiplied entry by entry, as a setting may state.
    """

    __slots__ = ("_rows", "entrywise", "facts", "kept", "sizes")

    def __init__(self, rows: Iterable[Declared] = (), facts: tuple[Any, ...] = (), entrywise: bool = False):
        self.facts = facts
        self.entrywise = entrywise
        self._rows: dict[str, Declared] = {}
        for row in rows:
            if row.name in self._rows:
                raise NamesError(f"{row.name} is declared twice", row.name)
            self._rows[row.name] = row
        seen: dict[str, None] = {}
        for row in self._rows.values():
            if row.role == "size":
                seen[row.name] = None
            around = row.sizes if row.signature is None else row.signature.sizes()
            seen |= dict.fromkeys(name for s in around for name in sizes_under(s))
        self.sizes: tuple[str, ...] = tuple(seen)
        self.kept: dict[Kept[Any, Any], dict[Any, Any]] = {}
        """What others have found out under these names: a table for each `Kept`, which alone looks into it."""

    def __getitem__(self, name: str) -> Declared:
        return self._rows[name]

    def __iter__(self):
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Names):
            return NotImplemented
        return self is other or (
            list(self._rows.values()) == list(other._rows.values())
            and _stated(self) == _stated(other)
            and self.entrywise == other.entrywise
        )

    def __hash__(self) -> int:
        return hash(tuple(self._rows))

    def __reduce__(self) -> tuple[Any, ...]:
        return Names, (
            tuple(self._rows.values()),
            self.facts,
            self.entrywise,
        )  # without the look-up tables, which are made again

    def __deepcopy__(self, _memo: object) -> Names:
        return self

    def __repr__(self) -> str:
        return f"<Names {shortened(self.show())}>"

    def with_rows(self, *rows: Declared) -> Names:
        """These declarations and more; a name that is there already is replaced in place."""
        return Names({**self._rows, **{r.name: r for r in rows}}.values(), self.facts, self.entrywise)

    def without(self, *names: str) -> Names:
        """These declarations but for some."""
        return Names((r for r in self._rows.values() if r.name not in names), self.facts, self.entrywise)

    def with_facts(self, facts: tuple[Any, ...]) -> Names:
        """These declarations with other facts."""
        return Names(self._rows.values(), facts, self.entrywise)

    def multiplied_entrywise(self) -> Names:
        """These declarations where arrays are multiplied entry by entry."""
        return Names(self._rows.values(), self.facts, True)

    def inputs(self) -> tuple[Declared, ...]:
        """The names that are drawn when formulas are sampled."""
        return tuple(r for r in self._rows.values() if r.role == "input")

    def show(self) -> str:
        """The declarations as text that `parse_names` accepts (nodes and adjoints by their domain)."""
        return "; ".join(f"{r.name}: {show_domain(r)}" for r in self._rows.values())


def _stated(names: Names) -> list[tuple[str, Formula]]:
    return [(fact.text, fact.residual) for fact in names.facts]


def show_domain(row: Declared) -> str:
    """`real[n,d]`, `interval(0,1)[n]`, `posdef[k]`, `index[K] of [n]`, `function (real[d]) -> real`."""
    name = row.domain.name
    if row.signature is not None:
        return f"{name} {row.signature.show()}"
    if row.labels:
        return f"index[{row.sizes[-1]}] of [{','.join(map(str, row.sizes[:-1]))}]"
    if name == "interval":
        name = f"interval({row.domain.low},{row.domain.high})"
    sizes: tuple[Size, ...] = row.sizes
    if row.role == "index" and row.index is not None:
        sizes = (row.index.size,)
    elif row.domain.name in SQUARE:
        sizes = sizes_of_square(row)
    shown = name + (f"[{','.join(map(str, sizes))}]" if sizes else "")
    return shown + (f" ~ {row.law}" if row.law else "")


def sizes_of_square(row: Declared) -> tuple[Size, ...]:
    """The sizes that a square matrix is declared with, [k], or a stack of them, [n,k,k]."""
    return row.sizes[1:] if len(row.sizes) == 2 else row.sizes


_NUMBER = r"-?\d{1,20}(?:\.\d{1,20})?(?:/\d{1,20})?"
_DOMAIN = re.compile(
    rf"\s*(?P<name>[A-Za-z0-9_]+)\s*(?:\(\s*(?P<low>{_NUMBER})\s*,\s*(?P<high>{_NUMBER})\s*\))?"
    r"\s*(?:\[\s*(?P<sizes>[A-Za-z0-9_,\s+*-]*)\])?\s*(?:\bof\b\s*\[(?P<of>[A-Za-z0-9_,\s+*-]*)\])?\s*\Z"
)
_DECLARATIONS = re.compile(r"(?:\([^()\n]*\)|[^;\n])+")
"""Declarations stand between `;` and ends of lines; in brackets `;` stands before the parameters of a function."""
MAX_NAMES, MAX_AXES, MAX_NAME, MAX_LAW = 200, 6, 60, 200


def parse_domain(name: str, text: str) -> Declared:
    """One declaration, `real[n,d]` or `real ~ N(mu, s^2)`, as a row. Raises `NamesError`."""
    text, drawn, law = text.partition("~")
    if drawn:
        row = parse_domain(name, text)
        if not law.strip() or len(law) > MAX_LAW or row.role not in ("input", "index") or row.labels:
            raise NamesError(f"{name}: a law stands behind a domain, as in real ~ N(mu, s^2)", name)
        return replace(row, law=law.strip())
    if is_mapping(text):
        try:
            signature = parse_signature(text, lambda size: _size(name, size))
        except NamesError:
            raise
        except ValueError as error:
            raise NamesError(f"{name}: {error}", name) from None
        return Declared(name, DOMAINS["function"], role="function", signature=signature)
    found = _DOMAIN.match(text) if len(text) <= 200 else None
    if found is None:
        raise NamesError(f"{name}: cannot read the domain {text[:60]!r}; write it like real[n,d]", name)
    domain = DOMAINS.get(found["name"])
    if domain is None:
        near = get_close_matches(found["name"], DOMAINS, 1)
        raise NamesError(
            f"{name}: unknown domain {found['name']!r}"
            + (f"; did you mean {near[0]}?" if near else f"; known are {', '.join(DOMAINS)}"),
            name,
        )
    sizes = _sizes(name, found["sizes"])
    if len(sizes) > MAX_AXES:
        raise NamesError(f"{name}: at most {MAX_AXES} axes", name)
    if found["of"] is not None:
        return _array_of_indices(name, domain, sizes, _sizes(name, found["of"]))
    if (domain.name == "interval") != (found["low"] is not None):
        raise NamesError(f"{name}: bounds belong to interval, and interval needs them: interval(0,1)", name)
    if domain.name == "interval":
        low, high = Fraction(found["low"]), Fraction(found["high"])
        if low >= high:
            raise NamesError(f"{name}: the interval ({low},{high}) is empty", name)
        domain = replace(domain, low=low, high=high)
    if domain.name in SQUARE:
        if not sizes or sizes[-2:] != (sizes[-1],) * min(len(sizes), 2):
            said = f"{domain.name}[k] is k×k, and {domain.name}[n,k,k] n of these"
            raise NamesError(f"{name}: {domain.name} takes one size, {said}", name)
        sizes = sizes if len(sizes) > 1 else sizes * 2
    elif domain.name == "orthonormal" and len(sizes) != 2:
        raise NamesError(f"{name}: orthonormal takes two sizes, orthonormal[n,k]", name)
    elif domain.name == "orthonormal" and any(map(is_sum, sizes)):
        raise NamesError(f"{name}: a size of orthonormal is a name or a number, no sum", name)
    elif domain.name in ("onehot", "simplex") and not sizes:
        raise NamesError(f"{name}: {domain.name} needs its size, {domain.name}[K]", name)
    elif domain.name == "index":
        if len(sizes) != 1:
            raise NamesError(f"{name}: an index needs its size, index[d]", name)
        return Declared(name, domain, (), "index", Index(name, sizes[0]))
    elif domain.name in ("size", "function"):
        if sizes:
            raise NamesError(f"{name}: a {domain.name} has no shape", name)
        return Declared(name, domain, (), "size" if domain.name == "size" else "function")
    return Declared(name, domain, sizes)


def _array_of_indices(name: str, domain: Domain, runs: tuple[Size, ...], sizes: tuple[Size, ...]) -> Declared:
    """`y: index[K] of [n]`: n labels, each from 1 to K; `index[K] of []` is one label."""
    if domain.name != "index" or len(runs) != 1:
        raise NamesError(f"{name}: `of` makes an array of indices, index[K] of [n]", name)
    if len(sizes) >= MAX_AXES:
        raise NamesError(f"{name}: at most {MAX_AXES - 1} axes", name)
    return array_of_indices(name, sizes, runs[0])


def array_of_indices(name: str, sizes: tuple[Size, ...], runs: Size) -> Declared:
    """An array of indices, each from 1 to `runs`; without sizes it is one label."""
    return Declared(name, DOMAINS["onehot"], (*sizes, runs), labels=True)


def _sizes(name: str, text: str | None) -> tuple[Size, ...]:
    return tuple(_size(name, s.strip()) for s in text.split(",")) if text and text.strip() else ()


def _size(name: str, text: str) -> Size:
    try:
        return read_size(text)
    except ValueError as error:
        raise NamesError(
            f"{name}: {error}; a size is a name, a positive integer, or a sum as n+k-1 or 2n", name
        ) from None


def parse_names(given: str | Mapping[str, str] | Names) -> Names:
    """Declarations from `x: real[n,d]; p: probability` or from a mapping of name to domain. Raises `NamesError`.

    A name is kept as declared; how a text may spell it (`\\hat{y}` for `yhat`) is the notation's business."""
    if isinstance(given, Names):
        return given
    if isinstance(given, str):
        pairs: list[tuple[str, str]] = []
        for part in _DECLARATIONS.findall(given):
            if part.strip():
                name, colon, domain = part.partition(":")
                if not colon:
                    like = "x: real ~ N(0, 1)" if "~" in part else "x: real[n,d]"
                    raise NamesError(f"{part.strip()[:60]!r} declares nothing; write it like {like}")
                pairs.append((name.strip(), domain))
    else:
        pairs = [(str(name).strip(), str(domain)) for name, domain in given.items()]
    if len(pairs) > MAX_NAMES:
        raise NamesError(f"at most {MAX_NAMES} names")
    for name, _ in pairs:
        if not name or len(name) > MAX_NAME:
            raise NamesError(f"{name[:20]!r} is no name: 1 to {MAX_NAME} characters", name)
    return Names(parse_domain(name, domain) for name, domain in pairs)
