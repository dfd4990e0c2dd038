"""An answer as it is meant where that is not its plainest reading: how its arrays are multiplied, which index its
letters are, of which example it speaks. What was inferred is a finding."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from checker.answers.arrays import split_top
from checker.answers.chain_rule import without_chain_rule
from checker.answers.definitions import LONGEST, defined
from checker.answers.formulas import Question, judge_under
from checker.answers.links import without_extrema
from checker.answers.other_letters import in_letters_of, of_one_example, told_by
from checker.answers.outcome import unreadable
from checker.answers.text import answer_text
from checker.answers.vocabulary import multiplied
from checker.verdict import Finding, Verdict
from derivations.domains import Names
from derivations.formula import Formula
from derivations.notation import ReadError, read, read_statement
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import canonical, parts


def judge(question: Question, answer: Any) -> Verdict:
    """The answer against the derived truth, and against the other formulas that the part accepts; where that is not
    right, in the letters that the answer has for the indices of the question."""
    if (several := _by_what(question, answer)) is not None:
        text, others = several
        aside = Finding("aside", f"{', '.join(others)}: something else, and not judged")
        found = judge(question, text)
        return replace(found, findings=(*found.findings, aside))
    verdict = _as_the_setting_multiplies(question, answer)
    if verdict.status not in ("wrong", "unreadable"):
        return verdict
    if (numbered := _numbered(question, answer, verdict)) is not None:
        return numbered
    if (example := _of_one_example(question, answer, verdict)) is not None:
        return example
    if (fewer := _past_the_chain_rule(question, answer, verdict)) is not None:
        return fewer
    if (aside := _past_a_constant(question, answer, verdict)) is not None:
        return aside
    if (solved := _line_by_line(question, answer, verdict)) is not None:
        return solved
    told = told_by(answer_text(answer), question.part.derives, question.names)
    other = in_letters_of(question.truth, lambda names: formulas(answer, multiplied(question.part, names)), told)
    if other is None:
        return verdict
    again = _as_the_setting_multiplies(replace(question, truth=other.truth), answer)
    if again.diagnosis is not None and again.diagnosis.tag == "shape":
        return verdict  # then the letters were something else
    return replace(again, findings=(Finding("letter", other.message), *again.findings))


def _numbered(question: Question, answer: Any, verdict: Verdict) -> Verdict | None:
    """The verdict on an answer that speaks of z where ∂a/∂z1 is asked and no z is declared: it is that z1."""
    by = parts(canonical(question.derives.partition("/d")[2].partition(" ")[0]))
    names = scope_of(question.names)
    number = by.subscripts[0] if by.subscripts and by.subscripts[0].isdecimal() else ""
    unread = verdict.at is not None and verdict.at.message.startswith(f"{by.base} is not declared")
    if not number or not unread or f"{by.base}_{number}" not in names.rows:
        return None
    shown = names.shown(f"{by.base}_{number}")
    text = re.sub(rf"(?<![A-Za-z\\_]){re.escape(by.base)}(?![A-Za-z0-9_'])", shown, answer_text(answer))
    found = judge(question, text)
    note = Finding("letter", f"{by.base} was read as {shown}, which is asked about")
    return replace(found, findings=(note, *found.findings)) if found.status in ("correct", "wrong") else None


def _past_the_chain_rule(question: Question, answer: Any, verdict: Verdict) -> Verdict | None:
    """The verdict on an answer without its members that state the chain rule through names of its own."""
    text = answer_text(answer)
    if verdict.status != "unreadable" or not ("partial" in text or "∂" in text):
        return None
    fewer = without_chain_rule(text, question.derives, question.names)
    if fewer is None:
        return None
    found = judge(question, fewer[0])
    what = f"the chain rule through {', '.join(fewer[1])}, which the question does not name, was not judged"
    return replace(found, findings=(*found.findings, Finding("chain-rule", what)))


_CONSTANT = re.compile(
    r"\s*\+\s*(?:\\(?:text|textrm|mathrm)\s*\{\s*const(?:ant)?\.?\s*\}|(?<![A-Za-z])const(?:ant)?(?![A-Za-z])\.?)"
)


_GOES_ON = re.compile(r"\b(?:so|hence|thus|therefore)\b|\\(?:Rightarrow|implies|therefore)|[⇒⟹∴]|=>|\\\\|\n")


def _past_a_constant(question: Question, answer: Any, verdict: Verdict) -> Verdict | None:
    """The verdict on an answer that says something else up to a constant on its way: `-log p = ||w||^2/2 + const, so
    …`; None where what is left would be judged by it."""
    text = answer_text(answer)
    constants = list(_CONSTANT.finditer(text))
    if verdict.status != "unreadable" or not constants or _GOES_ON.search(text, constants[-1].end()) is None:
        return None
    found = judge(question, _CONSTANT.sub("", text))
    others = [f for f in found.findings if f.tag == "aside"]
    ends_wrong = any(f.tag == "ending" and f.message == "wrong" for f in found.findings)
    aside = found.status in ("correct", "wrong") and len(others) >= len(constants)
    return found if aside or (found.status == "wrong" and ends_wrong) else None


_ARROW = re.compile(r"\s*(?:\\(?:Rightarrow|implies|Longrightarrow)(?![A-Za-z])|[⇒⟹]|=>)\s*")


def _line_by_line(question: Question, answer: Any, verdict: Verdict) -> Verdict | None:
    """The verdict on a solution whose steps are arrows in one line, `∇J = 0 ⇒ ŵ = …`, as lines of their own: there a
    left side may be a name of what is sought."""
    text = answer_text(answer)
    if verdict.status != "unreadable" or not question.derives.startswith("arg") or _ARROW.search(text) is None:
        return None
    found = judge(question, _ARROW.sub("\n", text))
    return found if found.status in ("correct", "wrong") else None


_BY = re.compile(r"\s*\$?(?P<by>\\?[A-Za-z]+(?:_?\{?\d\}?)?)\s*:\s*(?P<is>\S.*)\Z", re.S)


def _by_what(question: Question, answer: Any) -> tuple[str, list[str]] | None:
    """`W: …, b: …` where ∂L/∂W is asked: what is said of W, and the other inputs that it is said of; None for anything
    else."""
    text, (_, sign, by) = answer_text(answer), question.derives.partition("/d")
    pieces = split_top(text, ",;\n") if sign and text.count(":") > 1 and len(text) < LONGEST else []
    said = [_BY.match(piece) for piece in pieces]
    found = {canonical(m["by"]): m["is"] for m in said if m is not None}
    rows = scope_of(question.names).rows
    if len(found) < 2 or len(found) < len(pieces) or any(n not in rows or rows[n].role != "input" for n in found):
        return None
    asked = parts(canonical(by)).canonical if canonical(by) in found else parts(canonical(by)).base
    return (found[asked], [n for n in found if n != asked]) if asked in found else None


def _of_one_example(question: Question, answer: Any, verdict: Verdict) -> Verdict | None:
    """The verdict on an answer about one example, `θ^T x^{(i)}`, where x^{(i)} as an entry of x has not the shape that
    is asked."""
    plain = of_one_example(answer_text(answer))
    if plain is None or (verdict.diagnosis is not None and verdict.diagnosis.tag not in ("shape", "free-index")):
        return None
    text, letter = plain
    found = _as_the_setting_multiplies(question, text)
    if found.status != "correct":
        return None
    note = Finding("example", f"({letter}) was read as saying which example it is")
    return replace(found, findings=(note, *found.findings))


def formulas(answer: Any, names: Names) -> tuple[Formula, ...]:
    """All formulas of an answer. Raises `ReadError`."""
    said = defined(answer_text(answer), names)
    try:
        return (said.inline(read(said.text, said.names), names),)
    except ReadError as error:
        if error.tag != "relation":
            raise
    lines = said.inlined(read_statement(without_extrema(said.text).text, said.names), names).lines
    return tuple(part for line in lines for part in line.parts)


def _as_the_setting_multiplies(question: Question, answer: Any) -> Verdict:
    """The verdict, arrays multiplied as the setting says.

    Where the setting multiplies arrays entry by entry, so does the answer. Elsewhere products are those of matrices,
    and an answer that is right only entry by entry is asked about; but where an entry is asked, and the answer leaves
    its index out, products of two columns have no other meaning.
    """
    names = question.names
    if not any(row.sizes for row in names.values() if row.role != "index"):
        return judge_under(names, question, answer)
    if multiplied(question.part, names).entrywise:
        return _entry_by_entry(question, answer)
    verdict = judge_under(names, question, answer)
    if verdict.status != "wrong":
        return verdict
    other = judge_under(names.multiplied_entrywise(), question, answer)
    products = next((f for f in other.findings if f.tag == "entrywise"), None)
    if other.status != "correct" or products is None:
        return verdict
    if _leaves_out_its_index(question, answer):
        index = question.formula.free[0].name
        return replace(
            other, findings=(Finding("index-left-out", f"it was read at {index}, which it leaves out"), *other.findings)
        )
    return unreadable(
        (
            f"it is right only if {products.message.removesuffix(' was read entry by entry')} is multiplied entry by "
            "entry, which it does not say"
        ),
        "⊙, if that is meant",
    )


def _entry_by_entry(question: Question, answer: Any) -> Verdict:
    """The verdict where the setting says that arrays are multiplied entry by entry. A matrix and a vector may be
    multiplied as such all the same where nothing else has the shape asked; where both have, it is asked."""
    verdict = judge_under(question.names.multiplied_entrywise(), question, answer)
    if verdict.status not in ("wrong", "unreadable"):
        return verdict
    other = judge_under(question.names, question, answer)
    if other.status != "correct":
        return verdict
    if verdict.status == "unreadable" or (verdict.diagnosis is not None and verdict.diagnosis.tag == "shape"):
        return other
    return unreadable(
        "it is right only if its products are those of matrices, and here they go entry by entry",
        "@ for a product of matrices",
    )


def _leaves_out_its_index(question: Question, answer: Any) -> bool:
    """Whether `y(1-y)` answers where y_i(1-y_i) is asked: one entry is asked, no index is said, and as a product of
    matrices it has no meaning."""
    truth = question.formula
    if truth.axes or len(truth.free) != 1 or not isinstance(answer, str):
        return False
    try:
        as_matrices = read(answer_text(answer), question.names, target=question.derives)
        by_entries = read(answer_text(answer), question.names.multiplied_entrywise(), target=question.derives)
    except ReadError:
        return False
    return (
        as_matrices.shape_error is not None
        and not by_entries.free
        and [axis.size for axis in by_entries.axes] == [truth.free[0].size]
    )
