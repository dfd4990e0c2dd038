"""A pair of formulas with what its points say, and what each stage of judging makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from checker.equality.align import Aligned
from checker.equality.counterexample import (
    TRIED,
    confirm,
    confirm_at,
    describe,
    first_certain,
    observed,
    readability,
    smallest,
)
from checker.equality.echo import echo, written
from checker.equality.extension import Domains
from checker.equality.remarks import boundary_remark, domain_remarks, no_value, size_remark
from checker.equality.sample import Sampled, boundaries, joint, judge_beside, unreached, untold
from checker.verdict import Diagnosis, Evidence, Finding, Verdict
from derivations.domains import Names
from derivations.evaluate.unrolled import as_letters
from derivations.formula import Formula, free_indices, value_of
from derivations.normal_form import prove_equal

Where = Literal["truth", "common"]
"""Where two formulas are compared: wherever the truth has a value, or wherever both have one."""

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
    """The sizes that the two speak of (`checker.equality.sizes.Needed`), once they were looked at."""
    too_large: list[Mapping[str, int]] = field(default_factory=list)
    brief: bool = False
    """Whether of two that differ nothing is asked but that, and one point that shows it."""

    # ------------------------------------------------------------ differences

    def counterexample(self) -> Verdict | None:
        """`different` at the first suspicious point where balls exclude zero."""
        return self._different(first_certain(self.pair, self.sampled.suspects, self.names))

    def beside_boundaries(self, every: list[Any]) -> Verdict | None:
        """A difference on a boundary counts when it is there beside the boundary too."""
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
        rest = sorted(self.sampled.suspects, key=readability)[TRIED : 5 * TRIED]
        return self._different(first_certain(self.pair, rest, self.names)) if rest else None

    def _different(self, found: Any) -> Verdict | None:
        if found is None:
            return None
        if self.names.sizes and not self.brief:
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
        from checker.equality.in_full import everywhere

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
        never = [] if self.pair.student.body == self.pair.truth.body else untold(self.pair, self.sampled, self.names)
        return self._unreached(never[:3]) if never else None

    def _entry(self, assignment: Any, k: int) -> tuple[int, ...]:
        lengths = [value_of(i.size, assignment.sizes) for i in self.pair.slots]
        return tuple(1 if k == 1 else 1 + (slot + k) % n for slot, n in enumerate(lengths))

    def proved(self, budget: int) -> bool:
        """The normal form, for every size; where its work runs out, that both are one and the same formula."""
        return prove_equal(self.pair.student, self.pair.truth, budget) is True or self.pair.student == self.pair.truth

    def proved_at_sizes(self) -> bool:
        """Residues along towers of primes, at given sizes: all of those that the two speak of."""
        from checker.equality.tower import prove_at_sizes

        if len(self.need.sizes) > MOST_PROVED_AT:
            return False
        letters = as_letters(self.names)
        found = prove_at_sizes(
            self.pair, letters, self.need.sizes or observed(self.sampled)[:MOST_SIZES], self.barren()
        )
        if not isinstance(found, tuple):
            self.told_apart = found is False and letters is self.names
            return False
        self.at_sizes, self.error_bound = found
        return True

    def barren(self) -> list[Mapping[str, int]]:
        """Sizes at which one side has a value nowhere."""
        return [dict(a.sizes) for a in (*self.sampled.barren, *(self.looked.barren if self.looked is not None else ()))]

    def elsewhere(self) -> Verdict | None:
        """`different` at points of other magnitudes and sizes, those that the two speak of among them."""
        from checker.equality.second_look import second_look
        from checker.equality.sizes import needed

        base = self.sampled.draws[0].sizes
        self.need = needed(self.pair, as_letters(self.names), tuple(base), base)
        self.looked, self.too_large = second_look(self.pair, self.names, self.sampled, self.need, self.seed)
        found = self._different(first_certain(self.pair, self.looked.suspects, self.names))
        return self.beside_boundaries(self.looked.boundary) if found is None else found

    def ties(self) -> Verdict | None:
        """`different` or `undecided` where a condition is too close to tell and stays so beside the point: there it
        holds with equality by no accident."""
        from checker.equality.in_full import ties

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
        from checker.equality.second_look import beyond_reach

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
        if self.where == "truth" and self.domains.open("student"):
            strength = "agrees"
        sizes = self.at_sizes if strength == "proved_at_sizes" else observed(self.sampled)
        evidence = Evidence(strength, sizes, self.sampled.points, self.digits, None, self.error_bound)
        return self._verdict("equal", evidence)

    def agrees(self) -> Verdict:
        """No proof: `equal` where enough points agree for certain, no suspicion is left, and every condition was met on
        both sides."""
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
        if self.brief and status == "different":
            return Verdict(status, evidence=evidence, findings=findings)
        return replace(
            echo(self.student, self.truth),
            status=status,
            evidence=evidence,
            findings=tuple(dict.fromkeys((*findings, *self.findings(status)))),
        )

    def findings(self, status: str) -> tuple[Finding, ...]:
        """Remarks: where one side has a value and the other none, sizes that one side needs, differences on boundaries
        only."""
        out = [*domain_remarks(self.domains, status, self.where), size_remark(self.sampled)]
        if status == "equal":
            out.append(boundary_remark(self.sampled))
        return tuple(f for f in out if f is not None)
