"""Two forms of one formula: whether they are equal, and the steps from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.outcome import undeclared, unreadable
from checker.answers.reading import unreadable_text
from checker.compare import compare, declared_by, in_both_ways, of_a_mean
from checker.equality.align import Misfit, align
from checker.equality.judge import judge
from checker.verdict import Finding, Verdict
from derivations.derivation import Derivation, Step
from derivations.domains import Names, NamesError, parse_names
from derivations.formula import Formula, reindex
from derivations.frozen import frozen
from derivations.kept_means import by_density, with_atoms
from derivations.laws.written import carrying_out
from derivations.model import ModelError, build
from derivations.notation import ReadError, read, read_statement
from derivations.show_that.search import chain
from derivations.verify import StepError

NO_CHAIN = "no chain of steps between the two forms was found; the evidence stands without one"


@frozen
class Proof:
    """What was found: the verdict, and where they are equal the chain of steps, each judged, if there is one."""

    verdict: Verdict
    derivation: Derivation | None = None

    @property
    def status(self) -> str:
        """equal, different, undecided or unreadable."""
        return self.verdict.status

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps from the left side to the right one; none where no chain was found."""
        return self.derivation.lemmas[0].steps if self.derivation is not None else ()

    def __bool__(self) -> bool:
        raise TypeError("a proof is neither true nor false: ask for its .status")

    def __repr__(self) -> str:
        count = len(self.steps)
        steps = f", {count} step{'s' * (count > 1)}" if count else ""
        return f"{repr(self.verdict).replace('Verdict', 'Proof', 1)[:-1]}{steps}>"

    def __rich__(self) -> Any:
        return self.verdict.__rich__()

    def _repr_markdown_(self) -> str:
        shown = f"\n\n{self.derivation.markdown()}" if self.derivation is not None else ""
        return f"{self.verdict._repr_markdown_()}{shown}"


def prove(
    statement: Any,
    right: Any = None,
    names: str | Mapping[str, str] | Names = "",
    *,
    let: str = "",
) -> Proof:
    """Whether two forms are equal, for all sizes and values, and how one becomes the other.

    statement   `A = B` as text, a `sympy.Eq`, or the left side alone (text, a `Formula`, a SymPy expression)
    right       the right side, where `statement` is the left one
    names       declarations, `"x: real[n]; p: probability"`; SymPy expressions declare themselves
    let         bindings in order, `"m = mean(x)"`, whose names may stand in both

    >>> proof = prove("sigmoid(z) (1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2", names="z: real")
    >>> proof.status, len(proof.steps)
    ('equal', 3)

    Raises `TypeError` where there is no right side. What cannot be read is `unreadable`, in the verdict.
    """
    if right is None and not isinstance(statement, str):
        if getattr(statement, "rel_op", "") != "==":
            raise TypeError("prove takes 'A = B', a sympy.Eq, or two sides")
        statement, right = statement.lhs, statement.rhs
    try:
        declared = parse_names(names) if names else declared_by(statement, right)
        declared = build("let", declared, let).names if let else declared
    except (NamesError, ModelError) as error:
        return Proof(undeclared(error))
    if right is None:
        proof = _of_text(statement, declared)
        if not of_a_mean(proof.verdict):
            return proof
        with by_density():
            again = _of_text(statement, declared)
        verdict = in_both_ways(proof.verdict, again.verdict)
        return proof if verdict is proof.verdict else Proof(verdict)
    verdict = compare(statement, right, declared)
    if verdict.status != "equal":
        return Proof(verdict)
    return _with_steps(verdict, _formula(statement, declared), _formula(right, declared), declared)


def _carried_out(side: Formula, names: Names) -> Formula:
    """A side with the derivatives that are written in it carried out; as it stands where that cannot be."""
    try:
        return carried_out(side, names)
    except NotCarriedOut:
        return side


def _formula(side: Any, names: Names) -> Formula:
    """A side that was compared."""
    if isinstance(side, Formula):
        return side
    if isinstance(side, str):
        return read(side, names)
    return Formula.from_sympy(side, names)


def _of_text(text: str, names: Names) -> Proof:
    """The proof of one equation, or of a chain of them."""
    try:
        with carrying_out():
            statement = read_statement(text, names)
    except ReadError as error:
        return Proof(unreadable_text(error))
    sides = [_carried_out(part, names) for line in statement.lines for part in line.parts]
    ops = [op for line in statement.lines for op in line.ops]
    if len(statement.lines) != 1 or len(sides) < 2 or any(op not in ("=", "==", "≡") for op in ops):
        named = statement.lines[0].target
        why = f"{named} names the formula; what is it equal to?" if named else "this is not one equation"
        return Proof(unreadable(why, "one equation, A = B", 0, len(text)))
    for left, right in pairwise(sides):
        verdict = compare(left, right, names)
        if verdict.status != "equal":
            if len(sides) > 2:
                link = Finding("link", f"{left.source} = {right.source}")
                verdict = replace(verdict, findings=(*verdict.findings, link))
            return Proof(verdict)
    return _with_steps(verdict, sides[0], sides[-1], names)


def _with_steps(verdict: Verdict, left: Formula, right: Formula, names: Names) -> Proof:
    """The chain from one form to the other, every step judged once more; a finding where there is none."""
    names = with_atoms(names, left.body, right.body)
    pair = align(left, right)
    lemma = None
    if not isinstance(pair, Misfit):
        onto = dict(zip(pair.truth.axes, pair.student.axes, strict=True))
        groups = [len(g) for g in (left if left.joint else right).groups if any(i.size != 1 for i in g)]
        joint = (*[1] * (len(pair.student.axes) - sum(groups)), *groups) if left.joint or right.joint else ()
        before = replace(pair.student, joint=joint)
        after = replace(pair.truth, body=reindex(pair.truth.body, onto), axes=pair.student.axes)
        try:
            lemma = chain(before, after, names)
        except StepError:
            lemma = None
    if lemma is None or any(judge(step.before, step.after, names).status != "equal" for step in lemma.steps):
        return Proof(replace(verdict, findings=(*verdict.findings, Finding("steps", NO_CHAIN))))
    return Proof(verdict, Derivation("proof", "A = B", (lemma,), names))
