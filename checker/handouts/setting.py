r"""The setting of an exercise in prose: what its author tells, then what he leaves to the declarations: the domains of
the names, the bindings, the data, the conventions that change an answer.

What the author's own words say already is not said twice: a binding whose left side stands in them in front of `=`, a
name that stands in front of `\in`, data whose numbers all occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from checker.handouts.numerals import latex_value
from checker.handouts.prose import joined, on_paper, prose
from checker.handouts.value import Block, Paragraph, Prose, Tex, Words
from checker.kinds.contract import kind_of
from checker.telling import told
from derivations.derivation import over
from derivations.domains import Declared, Names
from derivations.formula import Elem, Formula, names_in
from derivations.notation import read_statement, spelling, write
from derivations.notation.write import WrittenForm
from problems.conventions import CONVENTIONS, OPEN
from problems.schema import Part, Problem
from problems.truth import Truth

ON_PAPER = frozenset(["logarithm", "labels", "spread", "reduction", "layout", "kink", "threshold"])
"""Conventions that a sheet says; the others say how answers are typed."""

IN_WORDS = ("wiring", "rounding")
"""Conventions whose value is a sentence."""

_ONE: Mapping[str, str] = MappingProxyType({
    "real": r"\mathbb{R}", "integer": r"\mathbb{Z}", "count": r"\mathbb{N}_0", "label01": r"\{0,1\}",
    "labelpm1": r"\{-1,1\}", "mask": r"\{0,1\}", "probability": "(0,1)", "nonnegative": r"[0,\infty)",
    "positive": r"(0,\infty)", "negative": r"(-\infty,0)", "onehot": r"\{0,1\}", "simplex": "(0,1)",
})  # fmt: skip
"""The set that an entry of a domain is in."""

_KNOWN: Mapping[str, str] = MappingProxyType({
    "onehot": "one-hot", "simplex": "a distribution", "symmetric": "symmetric",
    "posdef": "symmetric positive definite", "invertible": "invertible", "orthonormal": "with orthonormal columns",
})  # fmt: skip
"""What is known of an array of a domain besides; along the last axis for the first two."""


def setting(problem: Problem, parts: Sequence[tuple[Part[Any], Truth]]) -> tuple[Block, ...]:
    """What stands above the questions of an exercise."""
    asked = replace(problem, parts=tuple(part for part, _ in parts))
    said = " ".join((problem.about, *(part.ask for part, _ in parts)))
    return (*on_paper(problem.about), *_declared(asked, parts, said), *_conventions(asked, parts, said))


def _declared(problem: Problem, parts: Sequence[tuple[Part[Any], Truth]], said: str) -> Iterator[Block]:
    """The domains of the names, the bindings that are not said, and the data."""
    rows: dict[str, Declared] = {}
    definitions: dict[str, str] = {}
    shapes = frozenset().union(*(kind_of(part).asked_shapes(part) for part, _ in parts))
    for part, truth in parts:
        needed = needed_names(truth)
        open_ = {name: row for name, row in needed.items() if told(problem, part, "where", {name: "-"})}
        for name in _spoken_of(open_, said) if problem.about else open_:
            row = open_[name]
            if row.role == "node" and row.definition is not None and not is_defined(name, said):
                definitions.setdefault(name, equation(name, row.definition))
            elif row.role in ("input", "adjoint") and name not in shapes:
                rows.setdefault(name, row)
    facts = {text: _fact(text, truth) for part, truth in parts for text in part.facts}
    if untold := [fact for fact in facts.values() if _bare(fact) not in _bare(said)]:
        yield Paragraph((Words("It holds that "), *joined(untold), Words(".")))
    given = {name: value for part, _ in parts for name, value in told(problem, part, "given", _given(part)).items()}
    if kinds := _domains([row for name, row in rows.items() if name not in given or row.sizes], said):
        yield Paragraph((Words("Here "), *kinds, Words(".")))
    if definitions:
        yield let(list(definitions.values()))
    if set(_numbers(tuple(given.values()))) <= set(_numbers_of(said)):
        given = {name: value for name, value in given.items() if name in rows and not is_named(name, said)}
    if given:
        yield data(given)


def _fact(text: str, truth: Truth) -> str:
    """A stated equation in LaTeX."""
    (line,) = read_statement(text, truth.names).lines
    return " = ".join(write(over(side), "latex", "index") for side in line.parts)


def let(definitions: list[str]) -> Paragraph:
    """Bindings in a sentence."""
    return Paragraph((Words("Let "), *joined(definitions), Words(".")))


def data(given: Mapping[str, Any]) -> Paragraph:
    """Values by name."""
    values = [f"{spelling.latex(name)} = {latex_value(value)}" for name, value in given.items()]
    return Paragraph((*joined(values), Words(".")), "Data:")


def needed_names(truth: Truth, said: str = "") -> dict[str, Declared]:
    """The names that a truth and its derivation use, and those that these are defined by where a text does not say so
    itself, in the order of their declaration."""
    stack: list[str] = []
    formulas: list[Formula] = [*truth.rows.values(), *([truth.formula] if truth.formula is not None else [])]
    stated = truth.model.names if truth.model is not None else {}  # what a fact ties is an input there
    names = Names({**truth.names, **stated, **(truth.derivation.names if truth.derivation else {})}.values())
    for lemma in truth.derivation.lemmas if truth.derivation else ():
        formulas += [lemma.statement, *(step.after for step in lemma.steps)]
    for formula in formulas:
        stack += names_in(formula.body)
    if not formulas:
        stack += names
    needed: set[str] = set()
    while stack:
        name = stack.pop()
        row = names.get(name)
        if row is not None and name not in needed:
            needed.add(name)
            if "/" not in name and not (said and is_defined(name, said)):
                stack += row.uses()
    return {row.name: row for row in names.values() if row.name in needed and not _is_derived(row)}


def _spoken_of(rows: Mapping[str, Declared], said: str) -> list[str]:
    """The names that a text speaks of, and those that they are made of where it does not say that itself, in their
    order: what else a truth uses is how it is put in the notation."""
    stack = [name for name in rows if is_named(name, said)]
    found: set[str] = set()
    while stack:
        name = stack.pop()
        if name in rows and name not in found:
            found.add(name)
            stack += () if is_defined(name, said) else rows[name].uses()
    return [name for name in rows if name in found]


def _is_derived(row: Declared) -> bool:
    """Whether a name is a derivative that is derived, and so is no part of the setting."""
    return "/" in row.name and row.definition is not None


def equation(name: str, definition: Formula, form: WrittenForm = "index") -> str:
    """A name and what it is, in index form with the indices of both. Raises `NoMatrixForm`."""
    left = replace(definition, body=Elem(name, definition.axes))
    sides = (over(left), over(definition)) if form == "index" else (left, definition)
    return " = ".join(write(side, "latex", form) for side in sides)


def is_defined(name: str, said: str) -> bool:
    """Whether a name stands in a formula of a text in front of `=`."""
    return _stands(name, said, r"(?:[_^](?:\w|{[^{}]*})|\([^()]*\))*:?=")


def is_named(name: str, said: str) -> bool:
    """Whether a name stands in a formula of a text."""
    return _stands(name, said, r"(?![A-Za-z])")


def _stands(name: str, said: str, behind: str) -> bool:
    stem = re.escape(_bare(spelling.latex(name)))
    sign = re.compile(rf"(?<![A-Za-z\\]){stem}{behind}")
    formulas = (piece for piece in prose(said) if not isinstance(piece, Words))
    return any(sign.search(_bare(f.source if isinstance(f, Tex) else f.text)) for f in formulas)


def _bare(latex: str) -> str:
    """LaTeX without blanks and without braces around one sign: `\\hat{x}_{i}` and `\\hat x_i` are the same."""
    latex = re.sub(r"\{(\w|\\[a-z]+)\}", r"\1", latex)
    return re.sub(r"(\\[A-Za-z]+)\s+", r"\1", latex).replace(" ", "")


def _domains(rows: list[Declared], said: str) -> Prose:
    """x ∈ ℝ^{n×d}, γ, β ∈ ℝ^d, 0 < p < 1: names of the same domain together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        latex = spelling.latex(row.name)
        inside, known = domain_of(row)
        plain = row.domain.name == "real" and not row.sizes
        if not inside or f"{_bare(latex)}\\in" in _bare(said) or (plain and _bare(latex) in _bare(said)):
            continue
        groups.setdefault((inside, known), []).append(latex)
    out: list[Words | Tex] = []
    for k, ((inside, known), names) in enumerate(groups.items()):
        out += [Words(", " if k < len(groups) - 1 else " and ")] if k else []
        out += [Tex(f"{', '.join(names)} \\in {inside}"), *([Words(f" ({known})")] if known else [])]
    return tuple(out)


def domain_of(row: Declared) -> tuple[str, str]:
    """The set that a name is in, in LaTeX ("" for functions and the like), and what is known besides."""
    name = row.domain.name
    if row.labels:
        return _of_shape(rf"\{{1,\dots,{_size(row.sizes[-1])}\}}", row.sizes[:-1]), ""
    if name == "interval":
        return _of_shape(f"[{row.domain.low},{row.domain.high}]", row.sizes), ""
    if name in _KNOWN and name not in _ONE:
        return _of_shape(r"\mathbb{R}", row.sizes), _KNOWN[name]
    if name not in _ONE:
        return "", ""
    known = _KNOWN.get(name, "")
    if known and len(row.sizes) > 1:
        known = f"{known} along the last axis" if len(row.sizes) > 2 else f"each row {known}"
    return _of_shape(_ONE[name], row.sizes), known


def _of_shape(inside: str, sizes: Sequence[Any]) -> str:
    if not sizes:
        return inside
    shape = r" \times ".join(map(_size, sizes))
    return f"{inside}^{{{shape}}}"


def _size(size: Any) -> str:
    return re.sub(r"[A-Za-z]\w*", lambda found: spelling.latex(found[0]), str(size))


def _given(part: Part[Any]) -> Mapping[str, Any]:
    return getattr(part.payload, "given", None) or getattr(part.payload, "data", None) or {}


def _numbers(value: Any) -> Iterator[Fraction]:
    if isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)
    elif not isinstance(value, Mapping):
        yield Fraction(str(value))


def _numbers_of(text: str) -> list[Fraction]:
    return [Fraction(found) for found in re.findall(r"\d+(?:\.\d+)?", text)] + [
        -Fraction(found) for found in re.findall(r"[-−](\d+(?:\.\d+)?)", text)
    ]


def _conventions(problem: Problem, parts: Sequence[tuple[Part[Any], Truth]], said: str) -> Iterator[Block]:
    """What is fixed for all parts, as far as an answer depends on it."""
    stated = [told(problem, part, "conventions", part.conventions) for part, _ in parts]
    shared = {name: value for table in stated for name, value in table.items()}
    clauses = [CONVENTIONS[name].clause(value) for name, value in shared.items() if name in ON_PAPER and value != OPEN]
    sentences = [f"{clause[:1].upper()}{clause[1:]}." for clause in clauses]
    sentences += [
        f"{name.capitalize()}: {shared[name].rstrip('.')}."
        for name in IN_WORDS
        if name in shared and shared[name] not in said and len({table.get(name) for table in stated}) == 1
    ]
    if sentences:
        yield from on_paper(" ".join(sentences))
