"""Why a wrong formula is wrong: the problem's own mistakes, then one slip on the truth, then one slip too many, then
what is seen.

A slip is stated only when the truth with that slip *is* what was written, as the judge of equality confirms.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from checker.diagnosis.backwards import literal, other_function, other_quantity
from checker.diagnosis.carried import carried
from checker.diagnosis.effects import Pair, differences, place, ratios
from checker.diagnosis.fingerprint import Ground, alike, ground
from checker.diagnosis.forms import MOST
from checker.diagnosis.mutations.table import mutants
from checker.diagnosis.mutations.words import Mutant
from checker.diagnosis.pairs import of_pairs
from checker.diagnosis.reasons import Known, Reason, Same
from checker.equality.align import Aligned, Misfit, align
from checker.equality.judge import judge
from checker.verdict import TURNED, Diagnosis
from derivations.domains import Kept, Names
from derivations.formula import (
    ZERO,
    Call,
    Formula,
    Index,
    Node,
    Num,
    Pow,
    call,
    free_indices,
    map_up,
    names_in,
    reindex,
    same_shape,
    show_shape,
    walk,
)
from derivations.frozen import frozen

CONFIRMATIONS = 12
"""How many mutants of one form that look right are confirmed before we stop looking."""

KEPT = MOST + 2
"""Formulas of one question whose mutants are kept: the truth, all its forms, and one more."""

RANK = (
    "missing-path", "missing-mean", "missing-sum", "missing-product", "sign", "only-diagonal", "missing-diagonal",
    "swapped-cases", "missing-case", "missing-indicator",
    "missing-square", "missing-root", "missing-exp", "missing-log", "missing-", "complement", "factor", "extra-mean",
    "n-1", "n+1", "sum-for-product", "function-of-sum", "power-of-sum",
    "sum-of-", "swapped-index", "brackets", "doubled-factor", "inverted", "exponent", "swapped-names", "wrong-size",
    "wrong-function", "wrong-name",
)  # fmt: skip
"""Of several slips with one effect, the more telling one; by the beginning of the tag."""
NEXT_TO_NOTHING = 1e-9
"""Times the truth: what is smaller everywhere may be 0 but for rounding."""
TO_NOTHING = ("missing-path", "missing-case", "missing-diagonal", "only-diagonal")
"""Slips that are the reason of a 0: many others leave 0 as well, and say nothing of how it came about."""


LONGEST = 800
"""Nodes of an answer that is taken apart: the work grows with their square, and 2,000 terms would take half a minute.
"""


def diagnose(
    student: Formula,
    truth: Formula,
    *,
    known: Iterable[Known] = (),
    forms: Sequence[Formula] = (),
    derivation: Any = None,
    same: Same | None = None,
) -> Diagnosis | None:
    """The reason, None where nothing can be said. `forms` are the same truth in other forms; slips in results that the
    derivation uses are tried too."""
    found = reason(student, truth, known=known, forms=forms, derivation=derivation, same=same)
    return None if found is None else found.diagnosis


def reason(
    student: Formula,
    truth: Formula,
    *,
    known: Iterable[Known] = (),
    forms: Sequence[Formula] = (),
    derivation: Any = None,
    same: Same | None = None,
) -> Reason | None:
    """The diagnosis with its claim: the problem's own mistakes → shapes → one slip → one slip too many → a slip carried
    on → what is seen → where."""
    if student.shape_error is not None:
        return Reason(Diagnosis("shape", student.shape_error.message))
    same = same or _judged(truth.names)
    for mistake in known:
        if same(student, mistake.formula):
            return Reason(Diagnosis(mistake.tag, mistake.message), mistake.formula, student)
    where = ground(truth.names)
    told = of_pairs(student, truth, same)
    if told is not None:
        return Reason(told)
    aligned = align(student, truth)
    if sum(1 for _ in walk(student.body)) > LONGEST:
        return None
    if isinstance(aligned, Misfit):
        return _shapes(student, truth, where, same, forms)
    s, t = where.values(aligned.student), where.values(aligned.truth)
    if s is None or t is None or s.shape != t.shape:
        return None
    if not np.isfinite(s).any():
        # an answer without a value anywhere, as log(0), stays one: then nothing is seen
        total, asked = everywhere(student), everywhere(truth)
        again = align(total, asked)
        values = where.values(again.student) if isinstance(again, Aligned) else None
        if total == student or values is None or not np.isfinite(values).any():
            return None
        return reason(total, asked, forms=[everywhere(f) for f in forms], same=same)
    nothing = replace(aligned.student, body=ZERO, source=None)
    largest = [np.abs(v[np.isfinite(v)]).max(initial=0.0) for v in (s, t)]
    if aligned.student.body != ZERO and largest[0] <= NEXT_TO_NOTHING * largest[1] and same(aligned.student, nothing):
        # every slip that leaves 0 would be as good a reason
        return Reason(
            Diagnosis("zero", "it is 0, whatever the values are: what is written cancels"), nothing, aligned.student
        )
    pair = Pair(aligned.student, aligned.truth, where, s, t)
    others = [other.truth for other in (align(student, form) for form in forms) if isinstance(other, Aligned)]
    if pair.student.body == ZERO:
        slip = _slip(pair, (pair.truth, *others), same)
        if slip is not None and slip.diagnosis.tag.startswith(TO_NOTHING):
            return slip
        return Reason(place(pair) or Diagnosis("zero", "it is not 0 for all values"))
    found = (
        _slip(pair, (pair.truth, *others), same)
        or _too_much(pair, same)
        or literal(pair, (pair.truth, *others), same)
        or other_function(pair, (pair.truth, *others), same)
        or other_quantity(pair, derivation, same)
        or _carried(pair, derivation, same)
        or _effect(pair, same)
    )
    if found is not None:
        return found
    spot = place(pair) or left_over(student, truth)
    return None if spot is None else Reason(spot)


def everywhere(formula: Formula) -> Formula:
    """log a → log |a|, a^(p/q) → |a|^(p/q): an answer that has a value nowhere is compared as if it had one."""

    def by(node: Node) -> Node | None:
        match node:
            case Call("log", (a,)):
                return call("log", call("abs", a))
            case Pow(a, Num(value) as exponent) if value.denominator != 1:
                return Pow(call("abs", a), exponent)
            case _:
                return None

    return replace(formula, body=map_up(formula.body, by), source=None)


def _judged(names: Names) -> Same:
    """Equality by the judge itself, wherever both have a value."""
    return lambda a, b: judge(a, b, names, where="common", brief=True).status == "equal"


@frozen
class Hit:
    """A slip that gives the values of what was written."""

    mutant: Mutant
    unlike: int
    act: int

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The smallest natural act first: the slip that gives what was written most nearly letter by letter, then the
        one that changes least, then the more telling one, then the shorter sentence."""
        tag = self.mutant.tag
        telling = next((k for k, known in enumerate(RANK) if tag.startswith(known)), len(RANK))
        return self.unlike, self.act, telling, len(self.mutant.message)

    @property
    def moves(self) -> bool:
        """Whether it moves what is there."""
        return self.mutant.tag in ("brackets", "sum-of-constant", "inverted")

    def before(self, other: Hit | None) -> bool:
        """Whether it is to be told rather than one of a form before: what is missing in one form is moved in another,
        and says more."""
        lacks = self.mutant.tag.startswith(("missing-", "factor:"))
        return other is None or self.rank < other.rank or (other.moves and lacks and self.unlike <= other.unlike)


def _hit(mutant: Mutant, student: Formula, form: Formula) -> Hit:
    exact = mutant.formula == student
    return Hit(
        mutant,
        -1 if exact else _apart(mutant.formula.body, student.body),
        _apart(mutant.formula.body, form.body),
    )


def _apart(a: Node, b: Node) -> int:
    """How many nodes one tree has that the other has not, whatever stands where."""
    mine, theirs = (Counter(map(_label, walk(tree))) for tree in (a, b))
    return (mine - theirs).total() + (theirs - mine).total()


def _label(node: Node) -> tuple[object, ...]:
    """What a node is, without what stands below it."""
    return type(node).__name__, *(getattr(node, f, None) for f in ("name", "fn", "op", "value", "size"))


_CARRIED: Kept[tuple[str, str], list[tuple[Mutant, Any]]] = Kept()
"""By model and target."""


def _carried(pair: Pair, derivation: Any, same: Same) -> Reason | None:
    """A slip in an earlier result of the derivation, carried to the end."""
    if derivation is None or len(derivation.lemmas) < 2:
        return None
    kept = _CARRIED.under(pair.ground.names)
    key = (derivation.model, derivation.target)
    if key not in kept:
        kept[key] = [(m, pair.ground.values(m.formula)) for m in carried(derivation)]
    hits = [_hit(m, pair.student, pair.truth) for m, values in kept[key] if alike(values, pair.s)]
    found = _confirmed(hits, pair.student, same)
    return None if found is None else _reason_of(found.mutant, pair.student)


def _effect(pair: Pair, same: Same) -> Reason | None:
    """A ratio or a difference that is one thing."""
    for effect in (*ratios(pair), *differences(pair)):
        if alike(pair.ground.values(effect.formula), pair.s) and same(pair.student, effect.formula):
            return Reason(Diagnosis(effect.tag, effect.message, effect.reveal), effect.formula, pair.student)
    return None


def _slip(pair: Pair, truths: Sequence[Formula], same: Same) -> Reason | None:
    """One slip on the truth, in any of its forms: the smallest natural act that gives what was written."""
    free = tuple(i for i in pair.student.free if i not in pair.truth.free)
    nowhere = not np.isfinite(pair.s).any()
    mine = _words(pair.student.body)
    near = sorted(((len(mine ^ _words(form.body)), k) for k, form in enumerate(truths)))
    known = mine | _words(truths[near[0][1]].body)
    best: Hit | None = None
    for _, k in near:
        form = truths[k]
        strange = _words(form.body) - known
        hits = [
            _hit(m, pair.student, form)
            for m, values in _fingerprints(form, free, pair.ground)
            if (alike(values, pair.s) or (nowhere and m.formula == pair.student)) and not _names_one(m, strange)
        ]
        found = _confirmed([h for h in hits if h.before(best)], pair.student, same)
        best = best if found is None else found
        if best is not None and best.unlike <= 0 and not best.moves:
            break  # it was written just so
    return None if best is None else _reason_of(best.mutant, pair.student)


def _reason_of(mutant: Mutant, written: Formula) -> Reason:
    return Reason(Diagnosis(mutant.tag, mutant.message, mutant.reveal), mutant.formula, written)


def _words(node: Node) -> frozenset[str]:
    """The functions and the names of a tree, the v of an adjoint dL/dv among them."""
    found = set(names_in(node)) | {n.fn for n in walk(node) if isinstance(n, Call)}
    return frozenset(found | {name.rpartition("/d")[2] for name in found})


def _names_one(mutant: Mutant, words: frozenset[str]) -> bool:
    """Whether the sentence of a slip names one of these words. A path that is missing has to be named, and `a` is an
    article."""
    said = set(re.findall(r"[^\s,;:()\[\]]+", mutant.message)) - {"a"}
    return not mutant.tag.startswith("missing-path") and not said.isdisjoint(words)


_MUTANTS: Kept[tuple[Any, ...], list[tuple[Mutant, Any]]] = Kept()
"""By truth and indices."""


def _fingerprints(truth: Formula, free: tuple[Index, ...], where: Ground) -> list[tuple[Mutant, Any]]:
    """All mutants of a truth with their values; kept with the names of the question."""
    kept = _MUTANTS.under(where.names)
    key = (truth.body, truth.free + truth.axes, free)
    if key not in kept:
        if len(kept) >= KEPT:
            kept.clear()
        made = list(mutants(truth, free))
        values = where.each([m.formula.body for m in made], truth.free + truth.axes)
        kept[key] = list(zip(made, values, strict=True))
    return kept[key]


def _confirmed(hits: Iterable[Hit], written: Formula, same: Same) -> Hit | None:
    """The first of some hits, in order, that the judge of equality confirms."""
    for hit in sorted(hits, key=lambda h: h.rank)[:CONFIRMATIONS]:
        if written == hit.mutant.formula or same(written, hit.mutant.formula):
            return hit
    return None


def _too_much(pair: Pair, same: Same) -> Reason | None:
    """One slip too many: what the student wrote with something taken away is the truth."""
    made = [m for m in mutants(pair.student) if m.tag.startswith("missing-") and not m.tag.startswith("missing-case")]
    values = pair.ground.each([m.formula.body for m in made], pair.student.free + pair.student.axes)
    hits = [_hit(m, pair.truth, pair.student) for m, value in zip(made, values, strict=True) if alike(value, pair.t)]
    found = _confirmed(hits, pair.truth, same)
    if found is None:
        return None
    mutant = found.mutant
    tag = mutant.tag.replace("missing-", "extra-")
    reveal = _reversed(mutant.reveal) if "missing" in mutant.reveal else ""
    return Reason(Diagnosis(tag, _reversed(mutant.message), reveal), mutant.formula, pair.truth)


def _reversed(message: str) -> str:
    return message.replace(" is missing", " is too much").replace(" are missing", " are too much")


def _shapes(student: Formula, truth: Formula, where: Ground, same: Same, forms: Sequence[Formula]) -> Reason:
    """Shapes that differ: a sum that was lost, a transpose, or just the two shapes."""
    mine, asked = student.free + student.axes, truth.free + truth.axes
    extra = tuple(i for i in mine if i.size not in [j.size for j in asked])
    values = where.values(student)
    for mutant in mutants(truth, extra):
        if mutant.tag in ("missing-sum", "missing-product"):
            whole = _over(mutant.formula, student, truth, extra)
            if whole is not None and alike(where.values(whole), values) and same(student, whole):
                return Reason(Diagnosis(mutant.tag, mutant.message, mutant.reveal), whole, student)
    got, wanted = tuple(i.size for i in mine), tuple(i.size for i in asked)
    reveal = f"it is {show_shape(wanted)}"
    if len(got) == 2 and same_shape(got[::-1], wanted):
        turned = replace(student, axes=student.axes[::-1])
        if len(student.axes) == 2 and same(turned, truth):
            return Reason(Diagnosis("transpose", TURNED, reveal), turned, truth)
        return Reason(
            Diagnosis("transpose", "rows and columns are exchanged: it has the shape of the transpose", reveal)
        )
    wider = _wider(student, truth)
    if wider is not None:
        found = _slip(wider, (wider.truth, *(f for f in forms if same_shape(f.shape, truth.shape))), same)
        if found is not None and found.diagnosis.tag == "missing-factor":
            message = f"{found.diagnosis.message}: the shape is {show_shape(got)}, which is not the one asked"
            return replace(found, diagnosis=replace(found.diagnosis, message=message))
    loose = left_over(student, truth)
    if loose is not None:
        return Reason(loose)
    return Reason(Diagnosis("shape", f"the shape is {show_shape(got)}, which is not the one asked", reveal))


def left_over(student: Formula, truth: Formula) -> Diagnosis | None:
    """That an index stands in an answer that what is asked does not have."""
    sizes = [j.size for j in truth.free + truth.axes if j not in student.free]
    left: list[str] = []
    for i in student.free:
        if i.size in sizes:
            sizes.remove(i.size)
        elif i not in truth.free:
            left.append(i.name)
    if not left:
        return None
    message = (
        f"the index {', '.join(left)} is left over: nothing is summed over it, and the question does not ask for it"
    )
    return Diagnosis("free-index", message)


def _wider(student: Formula, truth: Formula) -> Pair | None:
    """An answer that lacks some of the slots of the truth, as the same for all of them: the factor with their indices
    may be what is missing."""
    mine, own = student.free + student.axes, truth.free + truth.axes
    to: dict[Index, Index] = {}
    for i in mine:
        fits = [j for j in own if j not in to.values() and (j is i or (i not in own and j.size == i.size))]
        if not fits:
            return None
        to[i] = fits[0]
    if len(to) == len(own):
        return None
    axes = tuple(i.fresh() for i in own)
    onto = dict(zip(own, axes, strict=True))
    wide = replace(
        student, body=reindex(student.body, {i: onto[j] for i, j in to.items()}), axes=axes, free=(), source=None
    )
    asked = replace(truth, body=reindex(truth.body, onto), axes=axes, free=(), source=None)
    where = ground(truth.names)
    s, t = where.values(wide), where.values(asked)
    return None if s is None or t is None or s.shape != t.shape else Pair(wide, asked, where, s, t)


def _over(mutant: Formula, student: Formula, truth: Formula, extra: tuple[Index, ...]) -> Formula | None:
    """A mutant with a sum lost, over the student's slots: the index that is left over, and the truth's own slots in
    order."""
    slots = student.free + student.axes
    rest = [i for i in slots if i not in extra]
    own = truth.free + truth.axes
    if len({i.size for i in rest}) == len(rest) == len(own):  # known by what they run over
        rest.sort(key=lambda i: next((k for k, j in enumerate(own) if j.size == i.size), 0))
    if [i.size for i in rest] != [i.size for i in own]:
        return None
    body = reindex(mutant.body, dict(zip(own, rest, strict=True)))
    if not free_indices(body) <= set(slots):
        return None
    return replace(mutant, body=body, free=student.free, axes=student.axes)
