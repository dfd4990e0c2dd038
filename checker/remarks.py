"""What is said besides the verdict: where one side has no value, which sizes it needs, differences at kinks only."""

from __future__ import annotations

from checker.alignment import Aligned
from checker.counterexample import Found, confirm, describe
from checker.sampling import Sampled, boundaries
from checker.verdict import Finding
from derivations.domains import Names
from derivations.evaluate.steer import Relations
from derivations.formula import Formula, free_indices
from derivations.notation.write import write

TRIED = 3


def domain_remarks(pair: Aligned, sampled: Sampled, names: Names) -> list[Finding]:
    """Tag `domain`: a point where only one side has a value, certain in balls."""
    out = []
    for lost, kind in ((sampled.student_lost, "left_undefined"), (sampled.truth_lost, "right_undefined")):
        barren = {id(a) for a in sampled.barren}
        found = next((f for f in (_certain(pair, x, names, kind) for x in _varied(lost, barren)) if f is not None), None)
        if found is not None:
            out.append(found)
    return out


def _varied(lost: list[Found], barren: set[int]) -> list[Found]:
    """Points at sizes where both sides have values elsewhere come first."""
    return sorted(lost, key=lambda f: (id(f[0]) in barren, f[1]))[:TRIED]


def _certain(pair: Aligned, found: Found, names: Names, kind: str) -> Finding | None:
    outcome = confirm(pair, found, names)
    if outcome is None or outcome.kind != kind:
        return None
    shown = describe(pair, found, outcome, names)
    edge = _edge(pair, found, names) if kind == "left_undefined" else None
    if edge is not None:
        return Finding("domain", f"it has no value where {edge}")
    at = ", ".join(f"{k} = {v}" for k, v in [*shown.sizes.items(), *shown.names.items()] if not isinstance(v, list))
    where = f" at {at}" if at else ""
    if kind == "left_undefined":
        return Finding("domain", f"it has no value{where}, where the truth is {shown.truth}")
    return Finding("domain", f"it is {shown.student}{where}, where the truth has no value")


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
            if a != b and all(dict(f)[a] >= dict(f)[b] for f in fruitful) and all(dict(g)[a] < dict(g)[b] for g in barren):
                return Finding("sizes", f"needs {a} ≥ {b}")
    shown = "; ".join(", ".join(f"{k} = {v}" for k, v in g) for g in sorted(barren))
    return Finding("sizes", f"one side has no value at {shown}")


def boundary_remark(sampled: Sampled) -> Finding | None:
    """Tag `boundary`: equal but for the boundary of a condition, where a convention decides."""
    if not sampled.boundary:
        return None
    return Finding("boundary", "they differ only where a condition holds with equality, which a convention decides")
