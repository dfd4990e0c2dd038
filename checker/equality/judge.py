"""Equality of two formulas under declared names, with evidence: the map of the judge.

The order is part of the soundness: shapes, then points in float64, then balls at whatever looks different and at a few
points that look equal, then a proof for every size, then a proof at given sizes by residues. Floats alone say neither
yes nor no; a proof is tried only where the points agree; what nothing settles within counted work is `undecided`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from checker.equality.align import Aligned, Misfit, align, in_shape
from checker.equality.cases import judge_cases
from checker.equality.echo import echo
from checker.equality.extension import Domains
from checker.equality.means import judge_means
from checker.equality.order import in_other_order
from checker.equality.sample import sample
from checker.equality.seen import CONFIRMED, Seen, Where
from checker.verdict import At, Diagnosis, Evidence, Finding, Verdict
from derivations.atoms import forgets
from derivations.domains import Names
from derivations.evaluate.entries import DrawError
from derivations.evaluate.one_hot import in_numbers, written_out
from derivations.evaluate.program import TooMuchWork, Unevaluable
from derivations.formula import Cases, Formula, Written, reindex, sub
from derivations.kept_means import atoms_in, with_atoms
from derivations.simplify.shapes import neat
from derivations.work import left

PROOF_BUDGET = 60_000
"""Work of the normal form, in products of two terms: about a tenth of a second when all of it is spent."""


KEPT = 2048
"""Verdicts that are kept: a document says the same again, a class even more so."""


def judge(
    student: Formula,
    truth: Formula,
    names: Names,
    budget: int = PROOF_BUDGET,
    seed: int = 0,
    where: Where = "truth",
    brief: bool = False,
) -> Verdict:
    """Two formulas that were read; the conditions of an answer by cases are judged against what is asked. What was
    judged of two that are written alike is judged of these. With `brief`, less is said of two that differ."""
    own = names
    declared = [row.index for row in names.values() if row.index is not None]
    truth = truth.over(declared)
    student = student.over((*truth.free, *declared))
    if atoms_in(student.body) or atoms_in(truth.body):
        from derivations.expectation import settled  # late: few formulas hold a mean without a closed form

        names = with_atoms(names, student.body, truth.body)
        student, truth = (replace(f, body=settled(f.body, names)) for f in (student, truth))
    found = _once(student, truth, names, budget, seed, where, brief)
    if found.status == "different" and not _of_shape(found) and _means_apart(student, truth, names):
        said = "a mean without a closed form: the two differ for other laws, and for this one that is not known"
        findings = (Finding("mean", said),)
        by_quadrature = judge_means(student, truth, own, found, seed)
        if by_quadrature is not None:
            return by_quadrature
        return replace(found, status="undecided", diagnosis=None, evidence=Evidence(), findings=findings)
    return found


def _means_apart(student: Formula, truth: Formula, names: Names) -> bool:
    """Whether means without a closed form are left in the difference of two formulas."""
    if not (atoms_in(student.body) or atoms_in(truth.body)):
        return False
    if len(student.axes) != len(truth.axes):
        return True
    other = reindex(truth.body, dict(zip(truth.axes, student.axes, strict=True)))
    return bool(atoms_in(neat(sub(student.body, other), names)))


def _of_shape(found: Verdict) -> bool:
    return found.diagnosis is not None and found.diagnosis.tag == "shape"


def _once(student: Formula, truth: Formula, names: Names, budget: int, seed: int, where: Where, brief: bool) -> Verdict:
    if left() is not None:  # what counted work comes to must not depend on what was done before it
        return _judge(student, truth, names, budget, seed, where, brief)
    return _judged(Written(student), Written(truth), names, budget, seed, where, brief)


@lru_cache(maxsize=KEPT)
def _judged(
    student: Written, truth: Written, names: Names, budget: int, seed: int, where: Where, brief: bool
) -> Verdict:
    return _judge(student.formula, truth.formula, names, budget, seed, where, brief)


forgets(_judged.cache_clear)


def _judge(
    student: Formula, truth: Formula, names: Names, budget: int, seed: int, where: Where, brief: bool
) -> Verdict:
    """Labels below names are written out first, as the one-hot arrays that they are: what is shown is what was read."""
    student, truth = in_shape(student, truth)
    plain = written_out(names)
    if plain is not names:
        found = _judge(*_in_numbers(student, truth, names), plain, budget, seed, where, brief)
        if found.student_read is None and found.truth_read is None:
            return found
        said = echo(student, truth)
        return replace(found, student_read=said.student_read, truth_read=said.truth_read)
    if where == "truth" and isinstance(student.body, Cases):
        return judge_cases(student, truth, names, lambda s, t: judge_values(s, t, names, budget, seed, brief=brief))
    return judge_values(student, truth, names, budget, seed, where, brief)


def judge_values(
    student: Formula,
    truth: Formula,
    names: Names,
    budget: int = PROOF_BUDGET,
    seed: int = 0,
    where: Where = "truth",
    brief: bool = False,
) -> Verdict:
    """Shapes → points → balls → domains → proof for all sizes → proof at sizes → undecided."""
    pair = shapes(student, truth, names, seed)
    if isinstance(pair, Verdict):
        return pair
    seen = points(pair, student, truth, names, seed, where)
    if isinstance(seen, Verdict):
        return seen
    seen.brief = brief
    return next(verdict for verdict in stages(seen, budget) if verdict is not None)


def stages(seen: Seen, budget: int) -> Iterator[Verdict | None]:
    """What each stage says, None where it settles nothing; the last always does."""
    yield seen.counterexample()
    yield seen.beside_boundaries(seen.sampled.boundary)
    yield seen.without_value()
    yield seen.confirm(0, 1) if seen.sampled.points else seen.beyond_floats()
    yield seen.thin()
    if seen.proved(budget):
        yield seen.untold_equality()
        yield seen.narrower()
        yield seen.equal("proved")
    yield seen.remaining_suspects()
    yield seen.elsewhere()
    yield seen.ties()
    yield seen.confirm(1, CONFIRMED)
    yield seen.out_of_reach()
    yield seen.narrower()
    if seen.proved_at_sizes():
        yield seen.equal("proved_at_sizes")
    yield seen.agrees()


def without_value(student: Formula, truth: Formula, names: Names, seed: int = 0) -> Verdict | None:
    """`different`, tag `domain`, where an answer has no value on more than a null set on which the truth has one,
    whatever the values are."""
    plain = written_out(names)
    if plain is not names:
        student, truth, names = *_in_numbers(student, truth, names), plain
    pair = shapes(student, truth, names, seed)
    seen = pair if isinstance(pair, Verdict) else points(pair, student, truth, names, seed, "truth")
    if isinstance(seen, Verdict):
        return None
    found = seen.narrower()
    return seen.nowhere() if found is None else found


def _in_numbers(student: Formula, truth: Formula, names: Names) -> tuple[Formula, Formula]:
    return replace(student, body=in_numbers(student.body, names)), replace(truth, body=in_numbers(truth.body, names))


# ---------------------------------------------------------------- stages


def shapes(student: Formula, truth: Formula, names: Names, seed: int) -> Aligned | Verdict:
    """The slots in correspondence; a student's shape error or another shape is `different`, tag `shape`."""
    if truth.shape_error is not None:
        start, end = truth.shape_error.span or (0, 0)
        return Verdict("unreadable", at=At("truth", start, end, "", truth.shape_error.message))
    if student.shape_error is not None:
        return replace(
            echo(student, truth), status="different", diagnosis=Diagnosis("shape", student.shape_error.message)
        )
    pair = align(student, truth)
    if isinstance(pair, Misfit) and pair.reordered is not None:
        return in_other_order(*pair.reordered, names, seed)
    if isinstance(pair, Misfit):
        return replace(echo(student, truth), status="different", diagnosis=Diagnosis("shape", pair.message))
    return pair


def points(pair: Aligned, student: Formula, truth: Formula, names: Names, seed: int, where: Where) -> Seen | Verdict:
    """The pair at many points; a limit or a derivative not carried out ends it here."""
    try:
        sampled = sample(pair, names, seed)
        return Seen(pair, student, truth, names, sampled, seed, where, Domains(pair, names, sampled, seed, student))
    except (TooMuchWork, DrawError) as error:
        finding = Finding("limit", str(error))
    except Unevaluable as error:
        finding = Finding("unevaluated", str(error))
    return replace(echo(student, truth), findings=(finding,))
