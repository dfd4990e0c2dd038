"""What is said besides the verdict: where one side has no value, which sizes it needs, differences at kinks only."""

from __future__ import annotations

from typing import Any

from checker.equality.align import Aligned
from checker.equality.counterexample import Found, confirm, describe
from checker.equality.extension import Domains, Side
from checker.equality.sample import Sampled, boundaries
from checker.verdict import Counterexample, Finding
from derivations.domains import Names
from derivations.evaluate.steer import Relations
from derivations.formula import Formula, free_indices
from derivations.notation.write import write

TRIED = 3


def domain_remarks(domains: Domains, status: str, where: str) -> list[Finding]:
    """Tag `domain`: one side has no value about a point at which the other has one. Tag `points`: at single points.

    Of two that are equal such a point is searched for; of others it is said where it was seen.
    """
    out = []
    for side in ("student", "truth"):
        found = domains.outside(side) if status == "equal" else domains.seen_outside(side)
        if found is not None:
            shown = describe(domains.pair, *found, domains.names)
            out.append(Finding("domain", no_value(shown) if side == "student" else more_values(shown)))
            continue
        single = _single(domains, side)
        if single is not None:
            out.append(single)
    asked = domains.beyond_asked() if status == "equal" and not any(f.tag == "domain" for f in out) else ()
    if asked:
        shown = " or ".join(str(write(Formula(c, (), tuple(free_indices(c)), domains.names))) for c in asked)
        out.append(Finding("domain", f"the truth has a value only where {shown}: nothing is asked elsewhere"))
    if status == "equal" and where == "truth" and domains.open("student"):
        out.append(
            Finding("domain", "it has a value wherever one of the truth was seen, but that it always has is not proved")
        )
    return out


def no_value(shown: Counterexample) -> str:
    """The answer has none at a point."""
    return f"it has no value{_at(shown)}, where the truth is {shown.truth}"


def more_values(shown: Counterexample) -> str:
    """The answer has one at a point where the truth has none."""
    return f"it is {shown.student}{_at(shown)}, where the truth has no value"


def _at(shown: Counterexample) -> str:
    at = ", ".join(f"{k} = {v}" for k, v in [*shown.sizes.items(), *shown.names.items()] if not isinstance(v, list))
    return f" at {at}" if at else ""


def _single(domains: Domains, side: Side) -> Finding | None:
    pair, sampled, names = domains.pair, domains.sampled, domains.names
    lost, kind = (
        (sampled.student_lost, "left_undefined") if side == "student" else (sampled.truth_lost, "right_undefined")
    )
    barren = {id(a) for a in sampled.barren}
    for found in _varied(lost, barren):
        outcome: Any = confirm(pair, found, names)
        if outcome is None or outcome.kind != kind:
            continue
        shown = describe(pair, found, outcome, names)
        edge = _edge(pair, found, names) if side == "student" else None
        if edge is not None:
            return Finding("points", f"it has no value where {edge}")
        return Finding("points", no_value(shown) if side == "student" else more_values(shown))
    return None


def _varied(lost: list[Found], barren: set[int]) -> list[Found]:
    """Points at sizes where both sides have values elsewhere come first."""
    return sorted(lost, key=lambda f: (id(f[0]) in barren, f[1]))[:TRIED]


def _edge(pair: Aligned, found: Found, names: Names) -> str | None:
    """`z = 0`, where a condition on inputs holds with equality at the point."""
    assignment, point, _ = found
    one = assignment.take([point])
    for rel in boundaries(pair, names).relations:
        if rel.op in ("<", "<=", ">", ">=") and not free_indices(rel) and Relations((rel,), names).ties(one)[0]:
            return f"{write(Formula(rel.left, names=names))} = {write(Formula(rel.right, names=names))}"
    return None


def size_remark(sampled: Sampled) -> Finding | None:
    """Tag `sizes`: at some sizes one side has a value nowhere; the order of two sizes that explains it."""
    barren = {tuple(sorted(a.sizes.items())) for a in sampled.barren}
    if not barren:
        return None
    fruitful = {tuple(sorted(a.sizes.items())) for a in sampled.draws} - barren
    if not fruitful:
        return None
    sizes = [k for k, _ in next(iter(barren))]
    for a in sizes:
        for b in sizes:
            if (
                a != b
                and all(dict(f)[a] >= dict(f)[b] for f in fruitful)
                and all(dict(g)[a] < dict(g)[b] for g in barren)
            ):
                return Finding("sizes", f"needs {a} ≥ {b}")
    shown = "; ".join(", ".join(f"{k} = {v}" for k, v in g) for g in sorted(barren))
    return Finding("sizes", f"one side has no value at {shown}")


def boundary_remark(sampled: Sampled) -> Finding | None:
    """Tag `boundary`: equal but for the boundary of a condition, where a convention decides."""
    if not sampled.boundary:
        return None
    return Finding("boundary", "they differ only where a condition holds with equality, which a convention decides")
