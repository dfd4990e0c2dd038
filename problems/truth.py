"""The truth of a part: derived from its model, never typed in.

dL/dx, dy_i/dx_j where i != j, d2L/dw2, argmin J over w    a target of the model
value of z_1, value of w5 - eta dE/dw5                     a formula over inputs, nodes and adjoints
shape of dL/dW2                                            the formula whose shape is asked
entries of W1, W2                                          the number of entries of names: Σ of products of sizes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any

from derivations.adjoint import adjoints_of, chained
from derivations.derivation import Derivation
from derivations.domains import DOMAINS, Declared, Names, NamesError, parse_names
from derivations.folding.facts import FactError, tied
from derivations.formula import ONE, Formula, Index, Node, SizeVal, add, mul, num, reindex
from derivations.frozen import frozen
from derivations.model import Model, ModelError, UnknownName, build
from derivations.models import load
from derivations.notation import ReadError, read
from derivations.pipeline import derive, with_facts
from derivations.target import read_target
from problems.kinds import KINDS
from problems.schema import Part


class TruthError(ValueError):
    """The author's file states something that cannot be derived; says which key and why."""

    def __init__(self, what: str, path: str = ""):
        super().__init__(what)
        self.what, self.path = what, path


@frozen
class Truth:
    """What a part's answer is judged against.

    formula       the answer; its free indices are the letters of the target (dy_i/dx_j), declared in `names`; None
                  where nothing is derived
    names         what an answer may be read with: inputs, nodes, adjoints, indices
    derivation    how it was derived, None for a formula that is only read
    rows          trace, equations: name → formula, in order
    alternatives  further formulas that are right as well
    letters       names that stand for what the sheet calls so: an answer may use them, nothing is derived from them
    """

    names: Names
    formula: Formula | None = None
    derivation: Derivation | None = None
    rows: Mapping[str, Formula] = field(default_factory=lambda: MappingProxyType({}))
    alternatives: tuple[Formula, ...] = ()
    model: Model | None = None
    letters: frozenset[str] = frozenset()

    @property
    def asked(self) -> Formula:
        """The answer of a part that asks for a formula."""
        assert self.formula is not None
        return self.formula


def model_of(part: Part[Any]) -> Model:
    """The model of a part: the named one, with the part's own names, bindings and facts. Raises `TruthError`."""
    model = _model(part.id, part.model, tuple(part.declared.items()), part.let, part.upstream)
    try:
        model = with_facts(model, part.facts)
        tied(model.names, model.names.facts)  # what cannot be judged under is refused before it is derived with
    except FactError as error:
        raise TruthError(str(error), ".facts") from error
    return model


@lru_cache(maxsize=256)
def _model(
    identity: str, model: str | None, declared: tuple[tuple[str, str], ...], let: tuple[str, ...], upstream: str | None
) -> Model:
    try:
        base = load(model) if model else None
    except UnknownName as error:
        raise TruthError(str(error), ".model") from error
    try:
        own = parse_names(dict(declared))
    except NamesError as error:
        raise TruthError(str(error), ".names") from error
    if base is not None and not declared and not let:
        return base
    names = base.names.with_rows(*own.values()) if base else own
    try:
        made = build(
            identity,
            names,
            "\n".join(let),
            upstream=upstream,
            loss=base.loss if base else "L",
            adjoints=adjoints_of,
            labels=True,
        )
    except (ModelError, NamesError) as error:
        raise TruthError(str(error), ".let") from error
    except KeyError as error:
        raise TruthError(f"upstream: no node {error.args[0]!r}", ".upstream") from error
    return made if base is None else replace(base, names=made.names, bindings=base.bindings + made.bindings)


@frozen
class Source:
    """Where a kind has its truth from: the model of a part, asked for a target, for named values, or for bindings."""

    model: Model

    def names(self, further: Mapping[str, str] | None = None, path: str = "") -> Truth:
        """Nothing but the names, and further ones that the part declares at `path`."""
        try:
            rows = parse_names(dict(further or {}))
        except NamesError as error:
            raise TruthError(str(error), path) from error
        return Truth(self.model.names.with_rows(*rows.values()), model=self.model)

    def target(self, text: str | None, either: tuple[str, ...] = ()) -> Truth:
        """What a text stands for, `dL/dx`, and other texts that are right as well; without one, the names."""
        if text is None:
            return self.names()
        found = resolve(text, self.model)
        others = (resolve(other, self.model, found.names).formula for other in either)
        return replace(found, alternatives=tuple(formula for formula in others if formula is not None))

    def values(self, texts: Mapping[str, str]) -> Truth:
        """Named values that depend on one another: name → `value of z1`."""
        return _rows(self.model, texts)

    def bindings(self, asked: tuple[str, ...]) -> Truth:
        """Bindings of the model by the names of their nodes; all of them where none are asked."""
        model = self.model
        nodes = {name: model.node(model.find(name)).formula for name in asked or (b.name for b in model.bindings)}
        return Truth(model.names, rows=MappingProxyType(nodes), model=model)


def truth(part: Part[Any]) -> Truth:
    """The truth of a part. Raises `TruthError` where its author asks for what cannot be derived."""
    if part.stated:
        return Truth(Names())
    model = model_of(part)
    found = KINDS[part.kind].truth(part, Source(model))
    if part.facts:
        found = _under_facts(found, model)
    if part.introduces:
        _with_letters(found, part.id, part.introduces)  # what cannot be read is told of the part that says it
    if part.letters:
        found = _with_letters(found, part.id, part.letters)
    for text in part.earlier:
        try:
            found = _with_letters(found, part.id, (text,))
        except TruthError:
            continue  # of another model, whose names this part does not have
    return found


def _under_facts(found: Truth, model: Model) -> Truth:
    """A truth whose names are tied as the facts say, so that answers are judged where these hold."""
    names = tied(found.names, model.names.facts)

    def under(formula: Formula) -> Formula:
        return replace(formula, names=names)

    return replace(
        found,
        names=names,
        formula=None if found.formula is None else under(found.formula),
        rows=MappingProxyType({name: under(row) for name, row in found.rows.items()}),
        alternatives=tuple(map(under, found.alternatives)),
    )


def _with_letters(found: Truth, identity: str, letters: tuple[str, ...]) -> Truth:
    """A truth whose answers may use letters of the sheet, those that it does not have itself. Raises `TruthError`."""
    model, said = found.model, [(line, _LEFT.match(line)) for line in letters]
    renamed = [m for line in letters if (m := _RENAMES.fullmatch(line)) is not None and m[2] in found.names]
    found = replace(found, names=_called_also(found.names, {m[1]: m[2] for m in renamed}))
    said = [(line, left) for line, left in said if line not in {m[0] for m in renamed}]
    lines = [line for line, left in said if left is None or left[1] not in found.names]
    try:
        made = build(
            identity, found.names, "\n".join(lines), loss=model.loss if model is not None else "L", adjoints=adjoints_of
        )
    except (ModelError, NamesError) as error:
        raise TruthError(str(error), ".letters") from error
    formula = found.formula if found.formula is None else replace(found.formula, names=made.names)
    others = tuple(replace(other, names=made.names) for other in found.alternatives)
    names = found.letters | {b.name for b in made.bindings}
    return replace(found, names=made.names, formula=formula, alternatives=others, letters=names)


def _called_also(names: Names, other: Mapping[str, str]) -> Names:
    """The names, some of which a sheet calls otherwise, and the derivatives by and of them. Raises `TruthError`."""
    if clash := next((name for name in other if name in names), None):
        raise TruthError(f"{clash} is a name of the problem: it cannot be another name of {other[clash]}", ".letters")
    rows = []
    for row in names.values():
        sides = row.name[1:].split("/d") if row.role == "adjoint" else [row.name]
        ways = [[side, *(new for new, old in other.items() if old == side)] for side in sides]
        spelled = ["d" + "/d".join(way) if row.role == "adjoint" else way[0] for way in product(*ways)]
        if len(spelled) > 1:
            rows.append(replace(row, also=(*row.also, *spelled[1:])))
    return names.with_rows(*rows) if rows else names


_RENAMES = re.compile(r"\s*([^\W\d]\w*)\s*:?=\s*([^\W\d]\w*)\s*")
"""`e = r`: another name for what has one."""

_LEFT = re.compile(r"\s*([^\W\d]\w*?'*)(?:_\{?[a-z]+\}?)?\s*:?=")
"""The name in front of a binding, without its indices."""

# ---------------------------------------------------------------- what `derives` may say

_PHRASE = re.compile(r"(?P<what>value|shape|entries|closed form)\s+of\s+(?P<rest>.+)\Z", re.DOTALL)
_ADJOINT = re.compile(r"\bd(?P<top>[A-Za-z]\w*?)\s*/\s*d(?P<below>[A-Za-z]\w*)")
_TARGET = re.compile(r"\s*(?:d\^?2?\s*\S+\s*/\s*d|arg(?:min|max)\s|dual\s).*\Z", re.DOTALL)


def resolve(text: str, model: Model, names: Names | None = None) -> Truth:
    """What a text such as `dL/dx`, `value of z_1`, `shape of W2` stands for. Raises `TruthError`."""
    phrase = _PHRASE.match(text.strip())
    what, rest = (phrase["what"], phrase["rest"].strip()) if phrase else ("", text.strip())
    try:
        if what == "entries":
            return _entries(rest, model)
        if what == "closed form":
            top = model.loss if model.loss in model.names else model.bindings[-1].name
            return _derived(f"argmin {top} over {rest}", model)
        if what in ("", "value") and _is_target(rest, model):
            return _derived(rest, model)
        if what == "value" and _is_node(rest, model):
            return _derived(rest, model)
        return _read(rest, model, names)
    except UnknownName as error:
        raise TruthError(str(error), ".derives") from error
    except ReadError as error:
        raise TruthError(f"{rest!r} cannot be read: {error}", ".derives") from error
    except (ValueError, ArithmeticError) as error:
        if isinstance(error, TruthError):
            raise
        raise TruthError(f"{text!r} cannot be derived: {error}", ".derives") from error


def _is_target(text: str, model: Model) -> bool:
    """`dL/dx` alone is a target; within a formula it is an adjoint."""
    if not _TARGET.match(text):
        return _is_node(text, model)
    head = text.partition(" where ")[0]
    return text.startswith(("arg", "dual ")) or (
        re.fullmatch(r"\s*d\S+\s*/\s*d\S+(?:\s*d\S+)?\s*", head) is not None and not re.search(r"[-+*()=]", head)
    )


def _is_node(text: str, model: Model) -> bool:
    """`z` or `z_i`: the value of a node is derived; `z_1` is one entry of it, and read."""
    head = text.partition(" where ")[0].strip()
    base, mark, letters = head.partition("_")
    return head in model.nodes or (
        bool(mark) and base in model.nodes and re.fullmatch(r"\{?[A-Za-z]+\}?", letters) is not None
    )


def _derived(target: str, model: Model) -> Truth:
    """A target of the model, its axes the declared indices where the target has letters."""
    derivation = derive(model, target)
    if derivation.implicit:
        raise TruthError(
            f"{target!r} is an equation that its unknown solves, and no formula: ask for the value of a side",
            ".derives",
        )
    result = derivation.result
    names = derivation.names
    if not _letters(target, model):
        return Truth(names, replace(result, names=names), derivation, model=model)
    rows: dict[str, Declared] = {}
    free: list[Index] = []
    for axis in result.axes:
        row = names.get(axis.name)
        if row is None or row.index is None or row.index.size != axis.size:
            row = rows.setdefault(
                axis.name, Declared(axis.name, DOMAINS["index"], (), "index", Index(axis.name, axis.size))
            )
        assert row.index is not None
        free.append(row.index)
    names = names.with_rows(*rows.values())
    body = reindex(result.body, dict(zip(result.axes, free, strict=True)))
    return Truth(names, Formula(body, (), tuple(dict.fromkeys(free)), names), derivation, model=model)


def _letters(target: str, model: Model) -> bool:
    """Whether a target is written with indices: dy_i/dx_j; the k of a declared w_k is none."""
    found = read_target(target, model)
    return any(part.letters for part in (found.top, found.below, found.second) if part is not None)


def with_adjoints(text: str, model: Model) -> Names:
    """The model's names and every adjoint that a text mentions, derived."""
    names = model.names
    for found in _ADJOINT.finditer(text):
        key = f"d{found['top']}/d{found['below']}"
        if key in names or found["top"] not in model.names:
            continue
        below = found["below"]
        base = below if below in model.names else below.partition("_")[0]
        name = f"d{found['top']}/d{base}"
        if name not in names and base in model.names:
            derivation = derive(model, name)
            result = derivation.result
            inner = Names({**names, **derivation.names}.values())
            row = Declared(name, DOMAINS["real"], result.shape, "adjoint", definition=replace(result, names=inner))
            names = inner.with_rows(row)
    return names


def _read(text: str, model: Model, names: Names | None = None) -> Truth:
    """A formula over the model's names and adjoints."""
    known = names or with_adjoints(text, model)
    formula = read(text, known)
    if formula.shape_error is not None:
        raise TruthError(formula.shape_error.message, ".derives")
    return Truth(known, formula, model=model)


def _entries(text: str, model: Model) -> Truth:
    """`W1, W2`: d·h + h."""
    terms: list[Node] = []
    for name in (n.strip() for n in text.split(",")):
        row = model.names[model.find(name)]
        terms.append(mul(ONE, *(num(s) if isinstance(s, int) else SizeVal(s) for s in row.sizes)))
    return Truth(model.names, Formula(add(*terms), names=model.names), model=model)


def _step_by_step(text: str, model: Model) -> Names:
    """The model's names and the adjoints that a trace mentions, each in those of its consumers: ∂E/∂w5 = ∂E/∂z3 ·
    h1."""
    names = model.names
    wanted: dict[str, list[str]] = {}
    for found in _ADJOINT.finditer(text):
        below = found["below"] if found["below"] in names else found["below"].partition("_")[0]
        if found["top"] in names and below in names:
            wanted.setdefault(found["top"], []).append(below)
    for top, below in wanted.items():
        names = chained(names, top, below)
    return names


def _rows(model: Model, values: Mapping[str, str]) -> Truth:
    """A trace: each value's formula, over data, nodes and adjoints."""
    names = _step_by_step(" ; ".join(values.values()), model)
    rows: dict[str, Formula] = {}
    for name, text in values.items():
        phrase = _PHRASE.match(text.strip())
        wanted = phrase["rest"].strip() if phrase else text.strip()
        try:
            rows[name] = read(wanted, names)
        except ReadError as error:
            raise TruthError(f"{wanted!r} cannot be read: {error}", f".values.{name}") from error
    return Truth(names, rows=MappingProxyType(rows), model=model)
