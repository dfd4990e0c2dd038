"""Equality of two formulas under declared names, with evidence: the map of the judge.

The order is part of the soundness: shapes, then points in float64, then balls at whatever looks different and at a few
points that look equal, then a proof for every size, then a proof at given sizes by residues. Floats alone say neither
yes nor no; a proof is tried only where the points agree; what nothing settles within counted work is `undecided`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, get_args

from checker.alignment import Aligned, Misfit, align
from checker.verdict import At, Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names, NamesError, parse_names
from derivations.formula import Cases, Formula, free_indices

if TYPE_CHECKING:
    from checker.extension import Domains
    from checker.sampling import Sampled

PROOF_BUDGET = 60_000
"""Work of the normal form, in products of two terms: about a tenth of a second when all of it is spent."""
CONFIRMED = 4
"""Agreeing points that balls look at: one before the proof, the others where there is none."""
BOUNDARIES = 6
"""Differences on a boundary that are looked at from beside it."""
DOUBTS = 20
"""Suspicious points that balls must clear before points alone count as agreement."""
UNSEEN = "the points agree, but terms were too small beside others to be seen"
UNCLEAR = {
    "tie": "at some points a condition, a sign or a rounding is too close to tell, and no precision made it certain",
    "precision": "some points look different, or as good as the same, and no precision made it certain",
}
MOST_SIZES = 3
"""Sizes looked at in full where the two speak of none."""
MOST_PROVED_AT = 24
FINEST = (4096, 16384)
"""Bits of balls where residues tell two formulas apart that agree to many digits."""
BEYOND = 12
"""Points without a float that balls look at, where there are no others."""


Where = Literal["truth", "common"]
"""Where two formulas are compared: wherever the truth has a value, or wherever both have one."""


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

    With `where="common"`: wherever both have one.
    """
    if where not in get_args(Where):
        raise ValueError(f"where is {' or '.join(get_args(Where))}, not {where!r}")
    try:
        declared = declarations(names) if names else declared_by(student, truth)
        found = read_truth(
            truth,
            declared,
            target,
            lambda t: read_student(student, declared, target, lambda s: judge(s, t, declared, budget, seed, where)),
        )
    except NamesError as error:
        found = Verdict("unreadable", at=At("names", 0, 0, "", str(error)))
    return replace(found, where=where) if where == "common" else found


def judge(
    student: Formula, truth: Formula, names: Names, budget: int = PROOF_BUDGET, seed: int = 0, where: Where = "truth"
) -> Verdict:
    """Two formulas that were read; the conditions of an answer by cases are judged against what is asked."""
    if where == "truth" and isinstance(student.body, Cases):
        from checker.cases import judge_cases

        return judge_cases(student, truth, names, lambda s, t: judge_values(s, t, names, budget, seed))
    return judge_values(student, truth, names, budget, seed, where)


def judge_values(
    student: Formula, truth: Formula, names: Names, budget: int = PROOF_BUDGET, seed: int = 0, where: Where = "truth"
) -> Verdict:
    """Shapes → points → balls → domains → proof for all sizes → proof at sizes → undecided."""
    pair = shapes(student, truth)
    if isinstance(pair, Verdict):
        return pair
    seen = points(pair, student, truth, names, seed, where)
    if isinstance(seen, Verdict):
        return seen
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
    pair = shapes(student, truth)
    seen = pair if isinstance(pair, Verdict) else points(pair, student, truth, names, seed, "truth")
    if isinstance(seen, Verdict):
        return None
    found = seen.narrower()
    return seen.nowhere() if found is None else found


# ---------------------------------------------------------------- reading


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


def read_truth(text: Any, names: Names, target: str | None, then: Callable[[Formula], Verdict]) -> Verdict:
    """The truth as a formula, then the rest; a fault is the author's."""
    return _read("truth", text, names, target, then)


def read_student(text: Any, names: Names, target: str | None, then: Callable[[Formula], Verdict]) -> Verdict:
    """The answer as a formula, then the rest."""
    return _read("student", text, names, target, then)


def _read(side: Any, given: Any, names: Names, target: str | None, then: Callable[[Formula], Verdict]) -> Verdict:
    if isinstance(given, Formula):
        return then(given)
    if not isinstance(given, str):
        if not (isinstance(given, int | float) or hasattr(given, "free_symbols")):
            raise TypeError(f"{side}: text, a Formula or a SymPy expression is compared, not {type(given).__name__}")
        from derivations.sympy_bridge import NoSympy
        from derivations.sympy_bridge.inward import from_sympy

        try:
            return then(from_sympy(given, names))
        except NoSympy as error:
            return Verdict(
                "unreadable", at=At(side, 0, 0, "a formula in text or a scalar SymPy expression", str(error))
            )
    from derivations.notation import ReadError, readings

    try:
        found = readings(given, names, target=target)
    except ReadError as error:
        return unreadable(side, error)
    if side == "student":
        then = _with_reasons(then, names)
    if len(found) == 1:
        return noted(then(found[0]), found[0])
    verdicts = [noted(then(formula), formula) for formula in found]
    shown = " or as ".join(str(written(f)) for f in found)
    if len({v.status for v in verdicts}) == 1:
        note = Finding("ambiguous", f"it can be read as {shown}; the verdict is the same")
        return replace(verdicts[0], findings=(*verdicts[0].findings, note))
    return Verdict(
        "unreadable",
        at=At(
            side, 0, len(given), "one of its two readings", f"it can be read as {shown}: write the one that is meant"
        ),
    )


def _with_reasons(then: Callable[[Formula], Verdict], names: Names) -> Callable[[Formula], Verdict]:
    """The rest, and the reasons that an answer gives beside its formula."""

    def judge(formula: Formula) -> Verdict:
        remarks = [n.message for n in formula.notes if n.tag == "remark"]
        if not remarks:
            return then(formula)
        from checker.kinds.reasons import judge_reasons

        return judge_reasons(then(formula), remarks, names)

    return judge


def noted(verdict: Verdict, formula: Formula) -> Verdict:
    """The verdict with what was noted while the formula was read."""
    return (
        replace(verdict, findings=(*verdict.findings, *(Finding(n.tag, n.message) for n in formula.notes)))
        if formula.notes
        else verdict
    )


def unreadable(side: Any, error: Any) -> Verdict:
    """A `ReadError` as a verdict: where, what was expected, the nearest names."""
    message = error.message
    if error.nearest:
        message += "; did you mean " + " or ".join(error.nearest) + "?"
    if error.readings:
        message += "; it can be read as " + " or as ".join(error.readings)
    start, end = error.span
    return Verdict("unreadable", at=At(side, start, end, error.expected, message))


# ---------------------------------------------------------------- stages


def shapes(student: Formula, truth: Formula) -> Aligned | Verdict:
    """The slots in correspondence; a student's shape error or another shape is `different`, tag `shape`."""
    if truth.shape_error is not None:
        start, end = truth.shape_error.span or (0, 0)
        return Verdict("unreadable", at=At("truth", start, end, "", truth.shape_error.message))
    if student.shape_error is not None:
        return replace(
            _echo(student, truth), status="different", diagnosis=Diagnosis("shape", student.shape_error.message)
        )
    pair = align(student, truth)
    if isinstance(pair, Misfit):
        return replace(_echo(student, truth), status="different", diagnosis=Diagnosis("shape", pair.message))
    return pair


def _echo(student: Formula, truth: Formula) -> Verdict:
    return Verdict("undecided", student_read=written(student), truth_read=written(truth))


def written(formula: Formula) -> str | None:
    """The formula as it was read, in ASCII that can be read again: in matrix notation where it was written without sums
    and that is shorter."""
    from derivations.notation.write import write

    if formula.shape_error is not None:
        return None
    summed = any(sign in (formula.source or "").lower() for sign in ("sum", "∑", "σ_", "mean"))
    try:
        return write(formula, "ascii", "auto" if formula.axes and not summed else "index")
    except (ValueError, KeyError, RecursionError):
        return None


def points(pair: Aligned, student: Formula, truth: Formula, names: Names, seed: int, where: Where) -> Seen | Verdict:
    """The pair at many points; a limit or a derivative not carried out ends it here."""
    from checker.extension import Domains
    from checker.sampling import sample
    from derivations.evaluate.draw import DrawError
    from derivations.evaluate.program import TooMuchWork, Unevaluable

    try:
        sampled = sample(pair, names, seed)
        return Seen(pair, student, truth, names, sampled, seed, where, Domains(pair, names, sampled, seed, student))
    except (TooMuchWork, DrawError) as error:
        finding = Finding("limit", str(error))
    except Unevaluable as error:
        finding = Finding("unevaluated", str(error))
    return replace(_echo(student, truth), findings=(finding,))


@dataclass(slots=True)
class Seen:
    """A pair with what its points say, and the verdicts that follow."""

    pair: Aligned
    student: Formula
    truth: Formula
    names: Names
    sampled: Sampled
    seed: int
    where: Where
    domains: Domains
    digits: int | None = None
    error_bound: str | None = None
    at_sizes: tuple[Mapping[str, int], ...] = ()
    certain: int = 0
    told_apart: bool = False
    beyond: list[Any] = field(default_factory=list)
    """Points without a float at which balls agree."""
    looked: Sampled | None = None
    need: Any = None
    """The sizes that the two speak of (`checker.sizes.Needed`), once they were looked at."""
    too_large: list[Mapping[str, int]] = field(default_factory=list)

    # ------------------------------------------------------------ differences

    def counterexample(self) -> Verdict | None:
        """`different` at the first suspicious point where balls exclude zero."""
        from checker.counterexample import first_certain

        return self._different(first_certain(self.pair, self.sampled.suspects, self.names))

    def beside_boundaries(self, every: list[Any]) -> Verdict | None:
        """A difference on a boundary counts when it is there beside the boundary too."""
        from checker.counterexample import confirm, first_certain
        from checker.sampling import boundaries, judge_beside

        if not every:
            return None
        relations = boundaries(self.pair, self.names)
        for found in every[:: max(1, len(every) // BOUNDARIES)][:BOUNDARIES]:
            around = judge_beside(self.pair, self.names, found, relations)
            moved = first_certain(self.pair, around.suspects, self.names)
            if moved is not None:
                there = confirm(self.pair, found, self.names)
                return self._different((found, there) if there is not None and there.kind == "different" else moved)
        return None

    def remaining_suspects(self) -> Verdict | None:
        """More of the suspicious points, where no proof has settled it."""
        from checker.counterexample import TRIED, first_certain, readability

        rest = sorted(self.sampled.suspects, key=readability)[TRIED : 5 * TRIED]
        return self._different(first_certain(self.pair, rest, self.names)) if rest else None

    def _different(self, found: Any) -> Verdict | None:
        if found is None:
            return None
        from checker.counterexample import describe, smallest
        from checker.sampling import boundaries

        if self.names.sizes:
            found = (
                smallest(self.pair, self.names, boundaries(self.pair, self.names), self.sampled.minimum, self.seed)
                or found
            )
        point, outcome = found
        shown = describe(self.pair, point, outcome, self.names)
        evidence = Evidence(
            sizes=(shown.sizes,) if shown.sizes else (), points=self.sampled.points, counterexample=shown
        )
        return self._verdict("different", evidence)

    # ------------------------------------------------------------ domains

    def without_value(self) -> Verdict | None:
        """`different` where points were drawn at which the answer has no value, and the truth has one."""
        return self._outside(self.domains.seen_outside("student")) if self.where == "truth" else None

    def narrower(self) -> Verdict | None:
        """`different` where a search finds such a point."""
        return self._outside(self.domains.outside("student")) if self.where == "truth" else None

    def nowhere(self) -> Verdict | None:
        """`different` where the answer has no value anywhere, as is proved, and the truth has one."""
        return self._outside(self.domains.void("student")) if self.where == "truth" else None

    def thin(self) -> Verdict | None:
        """`undecided` where what is compared has a value on a null set only, as far as is seen."""
        if self.domains.thick(*(("truth",) if self.where == "truth" else ("student", "truth"))):
            return None
        whose = "the truth has" if self.where == "truth" else "both have"
        return self.undecided("undefined", f"no more than single points were found at which {whose} a value")

    def _outside(self, found: Any) -> Verdict | None:
        if found is None:
            return None
        from checker.counterexample import describe
        from checker.remarks import no_value

        point, outcome = found
        shown = describe(self.pair, point, outcome, self.names)
        said = no_value(shown)
        evidence = Evidence(
            sizes=(shown.sizes,) if shown.sizes else (), points=self.sampled.points, counterexample=shown
        )
        return replace(
            self._verdict("different", evidence, (Finding("domain", said),)), diagnosis=Diagnosis("domain", said)
        )

    # ------------------------------------------------------------ agreement

    def confirm(self, start: int, stop: int) -> Verdict | None:
        """Balls at some of the points where the floats agree (fewer where a proof follows); `different` where they do
        not."""
        from checker.counterexample import confirm

        for found in self._spread()[start:stop]:
            outcome = confirm(self.pair, found, self.names)
            if outcome is None:
                continue
            if outcome.kind == "different":
                return self._different((found, outcome))
            if outcome.kind == "close":
                self.certain += 1
                self.digits = outcome.digits if self.digits is None else min(self.digits, outcome.digits)
        return None

    def beyond_floats(self) -> Verdict | None:
        """No point has a float on both sides: balls look at values too large or too small for one."""
        from checker.counterexample import confirm, readability

        lost = sorted((*self.sampled.overflowed, *self.sampled.student_lost, *self.sampled.truth_lost), key=readability)
        for found in lost[:BEYOND]:
            outcome = confirm(self.pair, found, self.names)
            if outcome is not None and outcome.kind == "different":
                return self._different((found, outcome))
            if outcome is not None and outcome.kind == "close":
                self.certain += 1
                self.beyond.append(found)
        if not self.certain:
            return self.undecided("undefined", "no point was found at which both have a value")
        self.sampled.points = self.certain
        return None

    def _spread(self) -> list[Any]:
        """Some of the agreeing points, spread over all of them, with an entry of each."""
        agreeing = self.sampled.agreeing
        return [
            (a, point, self._entry(a, k))
            for k, (a, point) in enumerate(agreeing[:: max(1, len(agreeing) // CONFIRMED)][:CONFIRMED])
        ]

    def everywhere(self) -> Verdict | None:
        """Each size that counts and each branch at a point where nothing was too small to be seen, or `undecided`:
        1000! + y is 1000! to 2,500 digits."""
        from checker.in_full import everywhere

        observed = [dict(a.sizes) for a in self.sampled.draws[:MOST_SIZES]]
        every = (*self.sampled.draws, *(self.looked.draws if self.looked is not None else ()))
        draws = [a for a in every if dict(a.sizes) in observed or dict(a.sizes) in self.need.sizes]
        look = everywhere(self.pair, self.names, draws, self.need.explicit, self.seed)
        if look.found is not None:
            return self._different(look.found)
        if look.tag == "unreached":
            return self._unreached(look.what)
        if look.tag == "limit":
            return self.undecided("limit", "the branches of the conditions are too many to look at each")
        if look.tag or not look.agreed:
            return self.undecided("precision", UNSEEN)
        self.digits = look.digits if self.digits is None or look.digits is None else min(self.digits, look.digits)
        return None

    def untold_equality(self) -> Verdict | None:
        """A condition f = 0 holds on a set that a proof does not look at: `undecided` where no point is on it for
        certain."""
        from checker.sampling import untold

        never = [] if self.pair.student.body == self.pair.truth.body else untold(self.pair, self.sampled, self.names)
        return self._unreached(never[:3]) if never else None

    def _entry(self, assignment: Any, k: int) -> tuple[int, ...]:
        lengths = [i.size if isinstance(i.size, int) else assignment.sizes[i.size] for i in self.pair.slots]
        return tuple(1 if k == 1 else 1 + (slot + k) % n for slot, n in enumerate(lengths))

    def proved(self, budget: int) -> bool:
        """The normal form, for every size; where its work runs out, that both are one and the same formula."""
        from derivations.normal_form import prove_equal

        return prove_equal(self.pair.student, self.pair.truth, budget) is True or self.pair.student == self.pair.truth

    def proved_at_sizes(self) -> bool:
        """Residues along towers of primes, at given sizes: all of those that the two speak of."""
        from checker.counterexample import observed
        from checker.tower import prove_at_sizes

        if len(self.need.sizes) > MOST_PROVED_AT:
            return False
        found = prove_at_sizes(
            self.pair, self.names, self.need.sizes or observed(self.sampled)[:MOST_SIZES], self.barren()
        )
        if not isinstance(found, tuple):
            self.told_apart = found is False
            return False
        self.at_sizes, self.error_bound = found
        return True

    def barren(self) -> list[Mapping[str, int]]:
        """Sizes at which one side has a value nowhere."""
        return [dict(a.sizes) for a in (*self.sampled.barren, *(self.looked.barren if self.looked is not None else ()))]

    def elsewhere(self) -> Verdict | None:
        """`different` at points of other magnitudes and sizes, those that the two speak of among them."""
        from checker.counterexample import first_certain
        from checker.second_look import second_look
        from checker.sizes import needed

        base = self.sampled.draws[0].sizes
        self.need = needed(self.pair, self.names, tuple(base), base)
        self.looked, self.too_large = second_look(self.pair, self.names, self.sampled, self.need, self.seed)
        found = self._different(first_certain(self.pair, self.looked.suspects, self.names))
        return self.beside_boundaries(self.looked.boundary) if found is None else found

    def ties(self) -> Verdict | None:
        """`different` or `undecided` where a condition is too close to tell and stays so beside the point: there it
        holds with equality by no accident."""
        from checker.counterexample import readability
        from checker.in_full import ties

        doubts = [*sorted(self.sampled.suspects, key=readability)[:DOUBTS], *self.sampled.unsure]
        doubts += (
            []
            if self.looked is None
            else [*sorted(self.looked.suspects, key=readability)[:DOUBTS], *self.looked.unsure]
        )
        look = ties(self.pair, self.names, doubts)
        if look.found is not None:
            return self._different(look.found)
        return self.undecided(look.tag, UNCLEAR[look.tag]) if look.tag else None

    def out_of_reach(self) -> Verdict | None:
        """`undecided` where sizes or integers count that no point can have: residues say nothing about them."""
        from checker.second_look import beyond_reach

        never = beyond_reach(self.names, self.sampled)
        if never:
            return self._unreached(never)
        if self.need.open:
            return self.undecided(
                "unreached",
                "of the sizes at which it counts none was reached: "
                + "; ".join(self._text(c) for c in self.need.open[:3]),
            )
        if self.need.too_many:
            return self.undecided(
                "sizes", f"a degree of {self.need.degree} in the sizes needs more of them than are looked at"
            )
        if self.too_large:
            return self.undecided(
                "sizes",
                "sizes that count are too large to look at: "
                + "; ".join(", ".join(f"{k} = {v}" for k, v in s.items()) for s in self.too_large[:3]),
            )
        return None

    def beyond_close(self) -> Verdict | None:
        """Where residues tell the two apart, the difference is there and too small to be seen: balls of many bits, or
        `undecided`."""
        from checker.counterexample import confirm_at

        for found in (*self._spread(), *self.beyond)[:1]:
            outcome = confirm_at(self.pair, found, self.names, FINEST)
            if outcome is not None and outcome.kind == "different":
                return self._different((found, outcome))
        return self.undecided(
            "precision", "the points agree, but the two are not the same: their difference is too small to be seen"
        )

    def joint_conditions(self) -> Verdict | None:
        """A condition of one side against one of the other: points where only one of them holds, or `undecided` where
        none is found."""
        from checker.counterexample import first_certain
        from checker.sampling import joint

        found, missing = joint(self.pair, self.names, self.sampled, self.seed)
        verdict = self._different(first_certain(self.pair, found.suspects, self.names))
        if verdict is not None or not missing:
            return verdict
        return self.undecided(
            "unreached",
            "no point was found at which only one of two conditions holds: "
            + "; ".join(" and ".join(self._text(r) for r in two) for two in missing[:2]),
        )

    def equal(self, strength: Any) -> Verdict:
        """`equal`, with how strongly: not proved where it is not proved either that the answer has a value wherever the
        truth has one."""
        from checker.counterexample import observed

        if self.where == "truth" and self.domains.open("student"):
            strength = "agrees"
        sizes = self.at_sizes if strength == "proved_at_sizes" else observed(self.sampled)
        evidence = Evidence(strength, sizes, self.sampled.points, self.digits, None, self.error_bound)
        return self._verdict("equal", evidence)

    def agrees(self) -> Verdict:
        """No proof: `equal` where enough points agree for certain, no suspicion is left, and every condition was met on
        both sides."""
        from checker.sampling import unreached

        found = self.everywhere()
        if found is None or (found.status == "undecided" and self.told_apart):
            closer = self.beyond_close() if self.told_apart else self.joint_conditions()
            found = found if closer is None else closer
        if found is not None:
            return found
        never = list(islice(unreached(self.sampled, self.names), 3))
        if never:
            return self._unreached(never)
        return self.equal("agrees")

    def _unreached(self, missing: Sequence[tuple[Any, bool]]) -> Verdict:
        return self.undecided(
            "unreached",
            "a condition was met on one side only: " + "; ".join(self._condition(r, side) for r, side in missing[:3]),
        )

    def undecided(self, tag: str, message: str) -> Verdict:
        """What nothing settles, but that the answer has a value nowhere."""
        found = self.nowhere()
        return (
            self._verdict("undecided", Evidence(points=self.sampled.points), (Finding(tag, message),))
            if found is None
            else found
        )

    def _condition(self, rel: Any, side: bool) -> str:
        return f"{self._text(rel)} never {'holds' if side else 'fails'}"

    def _text(self, rel: Any) -> str:
        return (
            written(Formula(rel, (), tuple(sorted(free_indices(rel), key=lambda i: i.name)), self.names))
            or "a condition"
        )

    def _verdict(self, status: Any, evidence: Evidence, findings: tuple[Finding, ...] = ()) -> Verdict:
        return replace(
            _echo(self.student, self.truth),
            status=status,
            evidence=evidence,
            findings=tuple(dict.fromkeys((*findings, *self.findings(status)))),
        )

    def findings(self, status: str) -> tuple[Finding, ...]:
        """Remarks: where one side has a value and the other none, sizes that one side needs, differences on boundaries
        only."""
        from checker.remarks import boundary_remark, domain_remarks, size_remark

        out = [*domain_remarks(self.domains, status, self.where), size_remark(self.sampled)]
        if status == "equal":
            out.append(boundary_remark(self.sampled))
        return tuple(f for f in out if f is not None)


__all__ = ["compare", "declarations", "judge", "written"]
