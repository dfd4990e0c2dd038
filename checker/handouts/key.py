"""The key: for each kind of answer what stands in it, for derived answers the whole derivation with the result in a
box."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from checker.answers.given import entries, point_of
from checker.conventions import verdict_on
from checker.handouts.numerals import latex_number, latex_value
from checker.handouts.prose import joined, on_paper, prose, reason
from checker.handouts.setting import data, equation, is_defined, is_named, let, needed_names
from checker.handouts.value import (
    Block,
    Chain,
    Code,
    Line,
    Options,
    Paragraph,
    Prose,
    Result,
    Table,
    Tex,
    Words,
)
from checker.kinds.contract import kind_of
from derivations.derivation import Derivation, Lemma, over
from derivations.domains import Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import Cases, Deriv, Elem, Formula, names_in, reindex
from derivations.frozen import frozen
from derivations.notation import NoMatrixForm, ReadError, read, read_condition, read_statement, spelling, write
from derivations.notation.write import axis_names, write_body
from problems.schema import Part, Problem
from problems.truth import Truth

RELATIONS: Mapping[str, str] = MappingProxyType({
    "=": "=", "<": "<", ">": ">", "<=": r"\le", ">=": r"\ge", "!=": r"\ne", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "=>": r"\Rightarrow", "⇒": r"\Rightarrow", "<=>": r"\Leftrightarrow", "⇔": r"\Leftrightarrow",
    "proportional": r"\propto", "∝": r"\propto", "≈": r"\approx", ":=": ":=",
})  # fmt: skip
"""Relations of statements in LaTeX."""


@frozen
class Told:
    """What a key may refer to: the text that stands above it, and the lemmas of earlier questions by the letter of
    each."""

    said: str
    lemmas: tuple[tuple[str, Lemma], ...] = ()

    def letter_of(self, lemma: Lemma) -> str | None:
        """The question that has derived a lemma."""
        return next((letter for letter, known in self.lemmas if known == lemma), None)


Writer = Callable[[Part[Any], Truth, Told], Iterator[Block]]


def key(problem: Problem, part: Part[Any], truth: Truth, told: Told) -> tuple[Block, ...]:
    """The key of a part."""
    blocks = list(KEYS.get(part.kind, _as_typed)(part, truth, told))
    for shown in part.demonstrations:
        if shown.says and part.kind in ("claim", "condition", "text"):
            blocks += on_paper(shown.says)
    return tuple(blocks)


# ---------------------------------------------------------------- derivations


def derivation(derived: Derivation, told: Told, value: str = "", asked: str = "") -> Iterator[Block]:
    """Definitions that are not said yet, the lemmas that are new, and the result in a box: with its `value`, or in the
    form in which it is `asked` for, where that is another."""
    shown = {lemma.target for lemma in derived.lemmas}
    bindings = [
        equation(name, row.definition)
        for name, row in needed_names(Truth(derived.names, derivation=derived), told.said).items()
        if row.role == "node" and row.definition is not None and not (name in shown or is_defined(name, told.said))
    ]
    if bindings:
        yield let(bindings)
    known = [(letter, lemma) for lemma in derived.lemmas[:-1] if (letter := told.letter_of(lemma)) is not None]
    fresh = [lemma for lemma in derived.lemmas if not any(lemma is done for _, done in known)]
    used = {name for lemma in fresh for step in lemma.steps for side in step.sides() for name in names_in(side.body)}
    if needed := [(letter, lemma) for letter, lemma in known if lemma.target in used]:
        yield Paragraph(_from_before(needed))
    for k, lemma in enumerate(derived.lemmas):
        if any(lemma is one for one in fresh):
            written = _written(derived, k)
            lines = [Line(*member) for member in written.members]
            if asked and k == len(derived.lemmas) - 1:
                lines.append(Line(asked, (Words("in the form that is asked for"),)))
            yield Chain(written.left, tuple(lines), written.where)
    yield Result(_results(derived, value, asked))


def _from_before(known: Sequence[tuple[str, Lemma]]) -> Prose:
    """What stands in earlier questions: with ∂L/∂v from (d) and ∂L/∂μ from (e)."""
    by_letter: dict[str, list[str]] = {}
    for letter, lemma in known:
        by_letter.setdefault(letter, []).append(spelling.latex(lemma.target))
    out: list[Words | Tex] = [Words("With ")]
    for k, (letter, targets) in enumerate(by_letter.items()):
        between = [Words(" and " if k == len(by_letter) - 1 else ", ")] if k else []
        out += [*between, *joined(targets), Words(f" from {letter}")]
    return (*out, Words(":"))


@frozen
class _Written:
    """A lemma as it is written: its left side, the members behind it with their reasons, and what must hold."""

    left: str
    members: tuple[tuple[str, Prose], ...]
    where: Prose


def _written(derived: Derivation, k: int) -> _Written:
    """The lemma of a number. One that takes the case of equal or of different indices of the lemma before it has that
    one's left side, and begins with its result."""
    lemma = derived.lemmas[k]
    if k and lemma.uses == (derived.lemmas[k - 1].target,) and not isinstance(lemma.statement.body, Elem | Deriv):
        lemma, left = _in_case(lemma, derived.lemmas[k - 1].statement)
        (first, _), *rows = derived.told(lemma, "latex", "index", "normal")
        rows = [(first, ""), *rows]
        left = write(over(left), "latex", "index")
    else:
        (left, _), *rows = derived.told(lemma, "latex", "index", "normal")
    return _Written(left, tuple((right, reason(rule)) for right, rule in rows), _where(lemma))


def _in_case(lemma: Lemma, asked: Formula) -> tuple[Lemma, Formula]:
    """A lemma without the braces of its only case, and its left side: what is `asked`, at its own indices."""
    axes = lemma.result.axes
    if len(axes) == 1:
        return lemma, replace(asked, body=reindex(asked.body, dict.fromkeys(asked.axes, axes[0])), axes=axes)
    steps = tuple(replace(s, before=_opened(s.before), after=_opened(s.after)) for s in lemma.steps)
    return replace(lemma, steps=steps), asked


def _opened(formula: Formula) -> Formula:
    match formula.body:
        case Cases(((_, value),), None):
            return replace(formula, body=value)
    return formula


def _where(lemma: Lemma) -> Prose:
    formulas = joined([write(formula, "latex", "index") for formula in lemma.requires])
    if not lemma.condition:
        return formulas
    return (*formulas, *([Words("; ")] if formulas else []), *reason(lemma.condition))


def _results(derived: Derivation, value: str, asked: str) -> tuple[str, ...]:
    """The result in index form; where an array is asked, not its entries, in matrix form as well if there is one."""
    last = _written(derived, len(derived.lemmas) - 1)
    shown = [" = ".join((last.left, asked or last.members[-1][0], *([value] if value else [])))]
    lemma = derived.lemmas[-1]
    if lemma.result.axes and "_" not in derived.target and not asked:
        try:
            left, right = (write(side, "latex", "matrix") for side in (lemma.statement, lemma.result))
        except NoMatrixForm:
            return tuple(shown)
        if right != last.members[-1][0]:
            shown.append(f"{left} = {right}")
    return tuple(shown)


# ---------------------------------------------------------------- kinds


def _formula(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    if truth.derivation is not None:
        yield from derivation(truth.derivation, told, asked=_as_asked(part, truth, truth.derivation))
    else:
        yield Result((_stated(part, truth.asked),))


def _as_asked(part: Part[Any], truth: Truth, derived: Derivation) -> str:
    """The form that the author expects, judged to be equal, where the derivation's is in names that an answer does not
    have: not in the vocabulary, derivatives that are derived on the way, recursions."""
    used = names_in(derived.result.body)
    for expected in part.expect[:1]:
        try:
            formula = read(str(expected.answer), truth.names)
        except ReadError:
            return ""
        letters, free = axis_names(derived.result), [index.name for index in formula.free]
        rest = [letter for letter in letters if letter not in free]
        foreign = {
            name
            for name in used - names_in(formula.body)
            if (row := derived.names.get(name)) is not None
            and (
                row.recursion is not None
                or ("/" in name and row.definition is not None)
                or (part.vocabulary is not None and name not in (*part.vocabulary, *part.also))
            )
        }
        if not foreign or not set(free) <= set(letters):
            return ""
        if len(rest) == len(formula.axes) and verdict_on(part, truth, expected.answer).status == "correct":
            return write_body(formula, "latex", rest)
    return ""


def _stated(part: Part[Any], formula: Formula) -> str:
    """A formula that is read, behind what it is called where it has a name."""
    text = write(over(formula), "latex", "index")
    name = (part.derives or "").removeprefix("value of").strip()
    return f"{spelling.latex(name)} = {text}" if name.isidentifier() and spelling.latex(name) != text else text


def _number(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    shape, values = entries(truth.asked, point_of(part.payload.given, truth.names))
    shown = [latex_number(value) for value in values]
    if len(shape) == 2:
        width = shape[1]
        rows = [" & ".join(shown[k : k + width]) for k in range(0, len(shown), width)]
        value = r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"
    else:
        value = f"({', '.join(shown)})" if shape else shown[0]
    yield from _untold(part, truth, told)
    if truth.derivation is not None:
        yield from derivation(truth.derivation, told, value)
    else:
        yield Result((f"{_stated(part, truth.asked)} = {value}",))


def _untold(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    """The data whose names do not stand above."""
    used = {*needed_names(truth), *truth.names.sizes}
    given = {
        name: value for name, value in part.payload.given.items() if name in used and not is_named(name, told.said)
    }
    if given:
        yield data(given)


def _count(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    point = point_of(part.payload.given, truth.names)
    _, (value,) = entries(truth.asked, point)
    yield from _untold(part, truth, told)
    text = write(over(truth.asked), "latex", "index")
    filled = re.sub(
        r"(?<![A-Za-z\\{])[A-Za-z](?:_\{?\w+\}?)?(?![A-Za-z])",
        lambda found: next(
            (rf"{{{size}}}" for name, size in point.sizes.items() if spelling.latex(name) == found[0]), found[0]
        ),
        text,
    )
    filled = re.sub(r"\}\s*\{", r"} \\cdot {", filled)
    shown = latex_number(value)
    members = dict.fromkeys(str(one) for one in (text, filled, shown))
    if filled.strip("{}") == shown and filled != shown:
        members.pop(filled, None)
    yield Result((" = ".join(members),))


def _shape(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    name = (part.derives or "").removeprefix("shape of").strip()
    sizes = [spelling.latex(str(size)) if isinstance(size, str) else str(size) for size in truth.asked.shape]
    if not sizes:
        yield Result((), (Words("a scalar"),))
        return
    shape = r" \times ".join(sizes)
    left = spelling.latex(name) if re.fullmatch(r"\w+|d\w+/d\w+", name) else ""
    yield Result((rf"{left} \in \mathbb{{R}}^{{{shape}}}" if left else shape,))


def _trace(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    point = point_of(part.payload.given, truth.names)
    rows = []
    for name, formula in truth.rows.items():
        try:
            value = latex_number(value_at(formula, Point(point.sizes, point.values, point.names)))
        except (NoValue, Untold):
            value = r"\text{none}"
        rows.append(((Tex(spelling.latex(name)),), (Tex(_row_text(truth, formula)),), (Tex(value),)))
    yield Table(((Words("value"),), (Words("formula"),), (Words("result"),)), tuple(rows))


def _row_text(truth: Truth, formula: Formula) -> str:
    """What a row of a trace is: its definition where it is a node or a derivative, else the formula itself."""
    text = write(over(formula), "latex", "index")
    body = formula.body
    row = truth.names.get(body.name) if isinstance(body, Elem) else None
    if row is None or row.definition is None or not isinstance(body, Elem):
        return text
    if body.at:
        return text
    right = write(over(row.definition), "latex", "index")
    return right if "/" not in row.name else f"{text} = {right}"


def _choice(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    asked = part.payload
    match asked.key:
        case Mapping() as pairs:
            rows = tuple((option(a, asked.options.get(a, a)), prose(str(b))) for a, b in pairs.items())
            yield Table((), rows)
        case several:
            right = frozenset(map(str, several if isinstance(several, tuple) else (several,)))
            yield Options(tuple((letter, prose(str(text))) for letter, text in asked.options.items()), right)
    if asked.because:
        yield from on_paper(asked.because)


def option(letter: str, text: Any) -> Prose:
    """What is to be matched, behind its letter."""
    return (Words(f"{letter}: "), *prose(str(text)))


def _chained(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    """The author's own chain where there is one, else the derivation, else both ends."""
    asked = part.payload
    if asked.model_chain:
        yield from _statement("\n".join(asked.model_chain), truth.names, part)
    elif truth.derivation is not None:
        yield from derivation(truth.derivation, told)
    else:
        relation = RELATIONS.get(asked.relation, "=")
        yield from _statement(f"{asked.start} = {asked.end}", truth.names, part, relation)


def _statement(text: str, names: Names, part: Part[Any], relation: str = "") -> Iterator[Block]:
    """The lines of a statement, as they are read; as they are typed where they are none."""
    try:
        found = read_statement(text, names)
    except ReadError:
        yield from (Code(line) for line in text.splitlines())
        return
    shown = [[write(over(formula), "latex", "auto") for formula in line.parts] for line in found.lines]
    if any(a == b for members in shown for a, b in pairwise(members)):  # read, both sides of a step are one
        yield from (Code(line) for line in text.splitlines())
        return
    for line, (left, *rest) in zip(found.lines, shown, strict=True):
        ops = [relation or RELATIONS.get(op, op) for op in line.ops]
        yield Chain(left, tuple(Line(right, (), op) for op, right in zip(ops, rest, strict=True)))


def _claim(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    yield from _boxed(part.payload.claim, truth.names)


def _condition(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    if truth.formula is not None:
        yield Result((write(over(truth.formula), "latex", "index"),))
        return
    formula = read_condition(str(part.payload.condition), truth.names)
    every = [note.message for note in formula.notes if note.tag == "quantified"]
    text = write(replace(formula, notes=()), "latex", "index")
    yield Result((text + (rf" \quad \text{{for all }} {', '.join(every)}" if every else ""),))


def _boxed(text: str, names: Names) -> Iterator[Block]:
    """A relation in a box, as it is read; a sentence as it stands."""
    try:
        found = read_statement(text, names)
    except ReadError:
        yield Result((), (Words(text),))
        return
    yield Result(
        tuple(
            " ".join(
                [write(over(line.parts[0]), "latex", "index")]
                + [
                    f"{RELATIONS.get(op, op)} {write(over(right), 'latex', 'index')}"
                    for op, right in zip(line.ops, line.parts[1:], strict=True)
                ]
            )
            for line in found.lines
        )
    )


def _equations(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    for form in ("matrix", "index"):
        try:
            yield Result(tuple(equation(name, formula, form) for name, formula in truth.rows.items()))
        except NoMatrixForm:
            continue
        return


def _witness(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    example = part.payload.example
    if isinstance(example, Mapping):
        shown = [f"{spelling.latex(name)} = {latex_value(value)}" for name, value in example.items()]
    else:
        shown = [
            _assigned(text, truth.names) or "" for text in re.split(r"\s*[,;\n]\s*(?=[^\W\d_]\w*'*\s*=)", str(example))
        ]
    if all(shown):
        yield Paragraph((Words("For example "), *joined(shown), Words(".")))
    else:
        yield Code(str(example))


def _assigned(text: str, names: Names) -> str | None:
    """`w = (1, 0, 1)` in LaTeX, where its right side is read."""
    left, _, right = (side.strip() for side in text.partition("="))
    if re.fullmatch(r"\([-\d./,\s]+\)", right):
        return f"{spelling.latex(left)} = {right}"
    try:
        return f"{spelling.latex(left)} = {write(read(right, Names()), 'latex')}"
    except ReadError:
        return None


def _text(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    yield from on_paper(part.payload.model_answer)


def _as_typed(part: Part[Any], truth: Truth, told: Told) -> Iterator[Block]:
    """A kind that this table does not know: its first right answer, as one types it."""
    for answer in kind_of(part).right(part, truth):
        yield Code(str(answer))
        return


KEYS: Mapping[str, Writer] = MappingProxyType({
    "formula": _formula, "number": _number, "count": _count, "shape": _shape, "trace": _trace, "choice": _choice,
    "chain": _chained, "claim": _claim, "condition": _condition, "equations": _equations, "witness": _witness,
    "text": _text,
})  # fmt: skip
"""Kind → its key."""
