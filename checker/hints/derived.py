"""A derivation as rungs: the results on the way, what the first step does, where it begins, then line after line.

The lines are those of the derivation, which has verified each; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from checker.answers.given import entries
from checker.equality.unfold import unfold_names
from checker.hints.rungs import OPEN, Line, Name, Rung
from derivations.derivation import Derivation, Lemma, Step, over
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import Value
from derivations.formula import Elem, Formula, names_in, renamed
from derivations.notation import NoMatrixForm, write
from problems.truth import Truth


def of_derivation(derivation: Derivation, *, told: bool = True) -> Iterator[Rung]:
    """Everything but the answer, and the answer where it is to be `told`."""
    *before, last = derivation.lemmas
    if before:
        found = ", then ".join(f"`{lemma.target}`" for lemma in before)
        yield Rung("plan", f"On the way: {found}. From there to what is asked: {_rule(last.steps[0], ', ')}.")
    first = derivation.lemmas[0]
    yield Rung("rule", f"The first step: {_rule(first.steps[0], ', ')}.", tuple(_nodes_of(first.steps[0], derivation)))
    yield Rung("left", "It begins here.", (Line((first.statement, OPEN), ("=",)),))
    for lemma in derivation.lemmas:
        for step in lemma.steps:
            yield Rung("line", _sentence(_rule(step)), (line_of(lemma, step),))
    if told:
        yield Rung("answer", _sentence(_holds(last)), tuple(answer_lines(derivation.result, last)))


def _nodes_of(step: Step, derivation: Derivation) -> Iterator[Line]:
    """The bindings of the nodes that a step names: what is to be differentiated."""
    for name in _rule(step).split("`")[1::2]:
        row = derivation.names.get(name)
        if row is not None and row.role == "node" and row.definition is not None and row.recursion is None:
            definition = row.definition
            yield Line((replace(definition, body=Elem(name, definition.axes)), definition), ("=",))


def line_of(lemma: Lemma, step: Step) -> Line:
    """One line of a derivation, with the left side of its lemma."""
    return Line((lemma.statement, step.after), ("=",))


def answer_lines(result: Formula, lemma: Lemma) -> Iterator[Line]:
    """The answer, in matrix form too where it has one that says more, and the conditions that are formulas."""
    yield Line((lemma.statement, result), ("=",))
    try:
        if write(result, "ascii", "matrix") != write(over(result), "ascii", "index"):
            yield Line((result,), form="matrix", note="in matrix form")
    except NoMatrixForm:
        pass
    for condition in lemma.requires:
        yield Line((condition,))


def of_reading(truth: Truth) -> Iterator[Rung]:
    """A formula that is only read: what it is made of, and it."""
    yield Rung("left", made_of("", truth.asked))
    yield Rung("answer", "The answer.", (Line((truth.asked,)),))


def made_of(name: str, formula: Formula) -> str:
    """`V' is made of V, g and beta`, in the order in which they stand there."""
    used = ", ".join(f"`{used}`" for used in dict.fromkeys(names_in(formula.body)))
    return f"{f'`{name}`' if name else 'It'} is made of {used}." if used else "It holds no name."


def spoken_of(lines: Sequence[Line]) -> Iterator[Rung]:
    """The names that some lines speak of."""
    sides = [side for line in lines for side in line.sides if isinstance(side, Formula)]
    used = dict.fromkeys(name for side in sides for name in names_in(side.body))
    if used:
        yield Rung("left", f"It speaks of {', '.join(f'`{name}`' for name in used)}.")


def steps_of(truth: Truth) -> Iterator[Rung]:
    """A table: the step of each value, down to the data and the values before it."""
    own = {_entry(name, formula): name for name, formula in truth.rows.items()}
    for name, formula in truth.rows.items():
        step = unfold_names(formula, truth.names, stop=own.keys() - {_entry(name, formula)})
        named = replace(step, body=renamed(step.body, own))
        yield Rung("line", f"The step to `{name}`.", (Line((Name(name), named), ("=",)),))


def _entry(name: str, formula: Formula) -> str:
    """The node whose value a row gives, else the row's own name."""
    return formula.body.name if isinstance(formula.body, Elem) and not formula.body.at else name


def valued(formula: Formula, point: Point) -> Rung:
    """The value of a formula at the data of a part, as the answer."""
    shape, values = entries(formula, point)
    return Rung("answer", "The answer.", (Line((_array(shape, [_digits(value) for value in values]),)),))


def tabled(rows: Mapping[str, Formula], point: Point) -> Rung:
    """The values of a table, as the answer."""
    lines = [Line((Name(name), _digits(value_at(formula, point, ()))), ("=",)) for name, formula in rows.items()]
    return Rung("answer", "The answer.", tuple(lines))


def _array(shape: tuple[int, ...], texts: Sequence[str]) -> str:
    if not shape:
        return texts[0]
    step = len(texts) // shape[0]
    return f"[{', '.join(_array(shape[1:], texts[k : k + step]) for k in range(0, len(texts), step))}]"


def _digits(value: Value) -> str:
    """A value to six digits."""
    return f"{float(value):.6g}" if isinstance(value, Fraction) else f"{float(value.mid()):.6g}"


def _holds(lemma: Lemma) -> str:
    return f"the answer, where {lemma.condition}" if lemma.condition else "the answer"


def _rule(step: Step, between: str = ": ") -> str:
    return step.rule + (f"{between}{step.why}" if step.why else "")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
