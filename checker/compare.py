"""Comparing two formulas that are given as text, as formulas or as expressions of SymPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, get_args

from checker.answers.pair_orders import MESSAGE, where_they_differ
from checker.answers.reading import (
    in_common,
    noted,
    over_pairs,
    remarks,
    settled,
    several,
    unreadable_text,
    without_loose,
)
from checker.equality.echo import written
from checker.equality.judge import PROOF_BUDGET, Where, judge
from checker.verdict import At, Diagnosis, Finding, Verdict
from derivations.densities import densities_in
from derivations.domains import Names, NamesError, parse_names
from derivations.formula import ZERO, Formula, names_in
from derivations.kept_means import UNKEPT, by_density
from derivations.notation import ReadError, read, readings, write
from derivations.notation.read.labels import EXTREMUM, label_of
from derivations.notation.read.tokens import MAX_CHARS
from derivations.notation.spelling import canonical

Then = Callable[[Formula], Verdict]


def compare(
    student: Any,
    truth: Any,
    names: str | Mapping[str, str] | Names = "",
    *,
    where: Where = "truth",
    target: str | None = None,
    budget: int = PROOF_BUDGET,
    seed: int = 0,
) -> Verdict:
    """Whether a formula (text, a `Formula` or a SymPy expression) is equal to another wherever that one has a value,
    for all sizes and values.

    student, truth   the formulas; `.status` is equal, different, undecided, or unreadable with the place in `.at`
    names            declarations, `"x: real[n]"`; a `Formula` brings its own, SymPy's symbols declare themselves
    target           what both are, as `dL/dw`: left sides are told from it
    budget, seed     work for the proof, and of the points

    >>> compare("sigmoid(z) (1 - sigmoid(z))", "exp(-z)/(1 + exp(-z))^2", "z: real").evidence.strength
    'proved'

    With `where="common"`: wherever both have one. With `names="infer"` two texts are compared so, under the domains
    that their letters say. Raises `ValueError` for another `where`, `TypeError` for what is no formula.
    """
    found = _compared(student, truth, names, where, target, budget, seed)
    if not of_a_mean(found):
        return found
    with by_density():
        again = _compared(student, truth, names, where, target, budget, seed)
    both = in_both_ways(found, again)
    if both.status == "equal" or not (isinstance(truth, Formula) and densities_in(truth.body)):
        return both
    # A gradient by the score holds its densities; an answer may be over a law without parameters, as its text is read.
    anew = _compared(student, write(truth, "ascii"), names, where, target, budget, seed)
    return anew if anew.status == "equal" else both


def of_a_mean(verdict: Verdict) -> bool:
    """Whether all that is open is whether two means without a closed form are the same, or what one is kept as."""
    if verdict.status == "unreadable":
        return verdict.at is not None and UNKEPT in verdict.at.message
    unproved = verdict.status == "undecided" or verdict.evidence.strength == "agrees"
    return unproved and any(f.tag == "mean" for f in verdict.findings)


def in_both_ways(found: Verdict, again: Verdict) -> Verdict:
    """The verdict on two means over standard laws, and over densities where that proves them equal."""
    if found.status == "unreadable":
        found = replace(again, student_read=None, truth_read=None)
    if again.status != "equal" or again.evidence.strength != "proved":
        return found
    said = Finding("mean", "proved with the density in the mean: its derivative is the density times the score")
    return replace(
        again, student_read=found.student_read, truth_read=found.truth_read, findings=(*again.findings, said)
    )


def _compared(
    student: Any,
    truth: Any,
    names: str | Mapping[str, str] | Names,
    where: Where,
    target: str | None,
    budget: int,
    seed: int,
) -> Verdict:
    if where not in get_args(Where):
        raise ValueError(f"where is {' or '.join(get_args(Where))}, not {where!r}")
    if names == INFER:
        return _inferring(
            student,
            truth,
            lambda n: compare(student, truth, n, where="common", target=target, budget=budget, seed=seed),
        )
    try:
        declared = declarations(names) if names else declared_by(student, truth)
        found = _as_sets(student, truth, declared)
        if found is None:
            found = _read(
                "truth",
                truth,
                declared,
                target,
                lambda t, alone=True: _read(
                    "student", student, declared, target, lambda s: judge(s, t, declared, budget, seed, where), t, alone
                ),
            )
            other = _as_sets(student, truth, declared, equations=True) if found.status == "unreadable" else None
            found = found if other is None else other
            if found.status == "different" and found.diagnosis is not None and found.diagnosis.tag == "shape":
                asked = _only_by_entry(student, truth, declared, target, budget, seed, where)
                found = found if asked is None else asked
    except NamesError as error:
        found = Verdict("unreadable", at=At("names", 0, 0, "", str(error)))
    return replace(found, where=where) if where == "common" else found


_SAID_BY_ENTRY = re.compile(r"⊙|∘|\\odot|\\circ|\.\*|\(\.\)")


def _only_by_entry(
    student: Any, truth: Any, names: Names, target: str | None, budget: int, seed: int, where: Where
) -> Verdict | None:
    """The question how products of vectors are meant, where an answer is right if they go entry by entry, and has no
    meaning else; None where that is not so."""
    if not isinstance(student, str) or names.entrywise:
        return None
    by_entry = names.multiplied_entrywise()
    found = _read(
        "truth",
        truth,
        names,
        target,
        lambda t, alone=True: _read(
            "student", student, by_entry, target, lambda s: judge(s, t, names, budget, seed, where), t, alone
        ),
    )
    products = next((f for f in found.findings if f.tag == "entrywise"), None)
    what = "" if products is None else products.message.removesuffix(" was read entry by entry")
    if found.status != "equal" or not what or _SAID_BY_ENTRY.search(what):
        return None
    why = f"it is right only if {what} is multiplied entry by entry, which it does not say"
    return Verdict("unreadable", at=At("student", 0, len(student), "⊙, if that is meant", why))


def _as_sets(student: Any, truth: Any, names: Names, equations: bool = False) -> Verdict | None:
    """The verdict where the truth is a relation, an interval or a finite set; None where it is a formula."""
    if not (isinstance(student, str) and isinstance(truth, str)) or max(len(student), len(truth)) > MAX_CHARS:
        return None
    from checker.answers import compared_forms  # late: most truths are formulas

    found = (compared_forms.equations if equations else compared_forms.compared)(student, truth, names)
    return None if equations and found is not None and found.status == "unreadable" else found


INFER = "infer"


def _inferring(student: Any, truth: Any, under: Callable[[Mapping[str, str]], Verdict]) -> Verdict:
    """The verdict under the names that the letters say, with what was inferred; where capital letters may be matrices,
    the one that both readings have."""
    from checker.answers.inferred import NotInferred, inferred  # late: most pairs come with their names

    if not (isinstance(student, str) and isinstance(truth, str)):
        raise TypeError("names are inferred for two texts; a Formula has its own, and symbols of SymPy declare theirs")
    try:
        found = inferred(truth, student)
    except NotInferred as error:
        return Verdict("unreadable", at=At(error.side, *error.span, error.expected, str(error)), where="common")
    verdict = under(found.declared)
    if verdict.status == "equal" and not all(_same_under(truth, names, under) for names in found.either):
        why = "it is right if its capital letters are numbers, and not if they are matrices: declare the names"
        verdict = Verdict("unreadable", at=At("names", 0, 0, "A: real, or A: real[n,d]", why), where="common")
    said = Finding("names", f"inferred: {found.shown or 'no names'}; compared wherever both have a value")
    return replace(verdict, names_inferred=tuple(found.declared.items()), findings=(*verdict.findings, said))


def _same_under(truth: str, names: Mapping[str, str], under: Callable[[Mapping[str, str]], Verdict]) -> bool:
    """Whether a pair is equal under another reading of its letters too, where the truth has a meaning under it."""
    try:
        sensible = all(formula.shape_error is None for formula in readings(truth, dict(names)))
    except (ReadError, NamesError):
        sensible = True  # a relation, say: its verdict tells
    return not sensible or under(names).status == "equal"


@lru_cache(maxsize=64)
def _declared(given: str | tuple[tuple[str, str], ...]) -> Names:
    return parse_names(given if isinstance(given, str) else dict(given))


def declarations(names: str | Mapping[str, str] | Names) -> Names:
    """The declarations, parsed once for the same text."""
    if isinstance(names, Names):
        return names
    return _declared(names if isinstance(names, str) else tuple((str(k), str(v)) for k, v in names.items()))


def declared_by(*sides: Any) -> Names:
    """Without declarations: those of a formula, or of the symbols of SymPy expressions by their assumptions (real
    unless they say more)."""
    for side in sides:
        if isinstance(side, Formula) and isinstance(side.names, Names):
            return side.names
    expressions = [side for side in sides if hasattr(side, "free_symbols")]
    if not expressions:
        return parse_names("")
    # late: only who compares SymPy's expressions waits for SymPy
    from derivations.sympy_bridge import NoSympy
    from derivations.sympy_bridge.inward import declared_by as declared_by_symbols

    try:
        return declared_by_symbols(*expressions)
    except NoSympy as error:
        raise NamesError(str(error)) from error


def _read(
    side: Any,
    given: Any,
    names: Names,
    target: str | None,
    then: Callable[..., Verdict],
    asked: Formula | None = None,
    alone: bool = True,
) -> Verdict:
    """One side as a formula, then the rest; a fault is that side's. `asked` is what it is compared with, and `alone`
    where that has one reading: then it may settle which one is meant."""
    if isinstance(given, Formula):
        return then(given)
    if not isinstance(given, str):
        if not (isinstance(given, int | float) or hasattr(given, "free_symbols")):
            raise TypeError(f"{side}: text, a Formula or a SymPy expression is compared, not {type(given).__name__}")
        from derivations.sympy_bridge import NoSympy  # late: as above
        from derivations.sympy_bridge.inward import from_sympy

        try:
            return then(from_sympy(given, names))
        except NoSympy as error:
            return Verdict(
                "unreadable", at=At(side, 0, 0, "a formula in text or a scalar SymPy expression", str(error))
            )
    own = _letters_of_its_own(given, names, asked) if asked is not None else ()
    if own and (said := _as_defined(given, names.without(*own), target, then)) is not None:
        return said
    try:
        found = readings(given, names, target=target)
        if asked is not None:
            found = [over_pairs(f, asked, names, lambda n: read(given, n, target=target)) for f in found]
    except ReadError as error:
        there = None if asked is None else where_they_differ(given, asked, names, target)
        if there is not None:
            return Verdict("different", evidence=there, diagnosis=Diagnosis("order", MESSAGE))
        said = _as_defined(given, names, target, then, error) if side == "student" else None
        return _in_steps(side, given, names, then, error) if said is None else said
    if side == "student":
        then = _with_reasons(then, names)
    elif len(found) > 1:
        then = partial(then, alone=False)
    sensible = without_loose(found, asked) if alone else found
    verdicts = [noted(then(formula), formula) for formula in sensible]
    if len(found) == 1:
        return verdicts[0]
    fault = _fault(given, names, target)
    right = settled(fault, verdicts) if side == "student" and alone else None
    if right is not None:
        return right
    spelled = [str(written(f)) for f in found]
    same = in_common(verdicts, spelled, narrowed=len(verdicts) < len(found))
    if same is None and fault is not None and fault.tag == "by-axis":
        return unreadable_text(fault, side)
    return several(side, len(given), spelled) if same is None else same


def _fault(text: str, names: Names, target: str | None) -> ReadError | None:
    """Why a text is not read as one formula."""
    try:
        read(text, names, target=target)
    except ReadError as error:
        return error
    return None


_DEFINED = re.compile(r"(?<![A-Za-z])(?:where|with)(?![A-Za-z])|,")
_GIVEN = re.compile(r"(?<![\w\\^_{])(\\?[^\W\d_]+)\s*(?::=|=)(?!=)\s*(?![\d.\s]*(?:[,;$]|\Z))")


def _letters_of_its_own(text: str, names: Names, asked: Formula) -> tuple[str, ...]:
    """The letters that a text says what they are, `p - y where p = softmax(z)`, and what is asked does not speak of:
    whatever else they were declared to be, there they are this."""
    if "=" not in text or _DEFINED.search(text) is None:
        return ()
    given = {canonical(found[1]) for found in _GIVEN.finditer(text)}
    held = names_in(asked.body)
    return tuple(n for n, row in names.items() if n in given and row.role == "input" and n not in held)


def _as_defined(
    text: str, names: Names, target: str | None, then: Then, error: ReadError | None = None
) -> Verdict | None:
    """An answer that brings its own definitions, `X^T(p - y), where p = σ(Xw)`, or lines of code; None where it brings
    none."""
    from checker.answers.definitions import defined  # late: most sides define nothing

    said = defined(text, names, target)
    if said.fault is not None:
        return replace(said.fault, status="different", score=None) if said.fault.status == "wrong" else said.fault
    if said.text == text and said.names is names:
        return None
    try:
        first, *others = (said.inline(f, names) for f in readings(said.text, said.names, target=target))
    except ReadError as inner:
        links = _in_steps("student", said.text, said.names, lambda f: then(said.inline(f, names)), inner)
        return None if links.status == "unreadable" else said.in_their_names(links)
    if others:
        return None if error is None else said.in_their_names(unreadable_text(error))
    return said.in_their_names(noted(_with_reasons(then, names)(first), first))


def _in_steps(side: Any, text: str, names: Names, then: Then, error: ReadError) -> Verdict:
    """A side of several members, `dJ/dw = 2x - x = x`: it comes to the last where every link holds; else the refusal
    that it met."""
    if error.tag != "relation" and EXTREMUM.search(text) is None:
        return unreadable_text(error, side)
    from checker.answers.chained import chain_in, judge_chained, why_not  # late: most sides are one formula

    chain = chain_in(text, names)
    if chain is None:
        return unreadable_text(error, side)
    links = judge_chained(chain, text, names)
    first, *_, last = chain.lines[0].parts
    if links.status == "equal":
        return noted(then(last), last)
    if chain.lines[0].target is None and (label := label_of(first.source or "", names)) is not None:
        why = f"{label.text} stands on both sides: it names the answer, or this is an equation"
        return Verdict("unreadable", at=At(side, *error.span, f"the formula alone, or {label.text} := …", why))
    if side == "student":
        return links if ZERO not in (first.body, last.body) else unreadable_text(_set_to_zero(text, error))
    return Verdict("unreadable", at=At(side, 0, len(text), "one formula", why_not(links)))


def _set_to_zero(text: str, error: ReadError) -> ReadError:
    """`0 = p - y` says where p - y is 0, and may be meant as p - y."""
    return ReadError("an equation with 0 stands where a formula was asked", error.span, "the formula alone", text=text)


def _with_reasons(then: Then, names: Names) -> Then:
    """The rest, and the reasons that an answer gives beside its formula."""

    def judge(formula: Formula) -> Verdict:
        said = remarks(formula)
        if not said:
            return then(formula)
        from checker.answers.reasons import judge_reasons  # late: few formulas come with a reason

        return judge_reasons(then(formula), said, names)

    return judge
