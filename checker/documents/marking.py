"""Each member of a claim judged under the names of its part: against the one before it, and against what the claim
began with.

    A = B              B is A
    A = B' = C         B' is not A (wrong); C is A again (right), follows from B' (carried), or is neither (wrong)
    log B' = D         what is said of B' is meant of B: D is judged as if B had stood there

What is only supposed, an equation to be solved, a value given to a letter: no claim.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from checker.answers.carry_out import NotCarriedOut, carried_out, put_for
from checker.answers.links import ABOUT, EQUALITIES, FOLLOWS, ORDERS, PROPORTIONAL, Asked, Expression, Link, judge_link
from checker.answers.outcome import undecided
from checker.answers.vocabulary import ancestors
from checker.documents.arguments import taken_at
from checker.documents.chains import Member, Row, Sought, link
from checker.documents.constants import up_to_constant
from checker.documents.densities import held_by
from checker.documents.equations import at_place, differentiated_by, may_solve, same_equation, solution
from checker.documents.figures import by_digits, instead, written
from checker.documents.layouts import is_of
from checker.documents.marks import LineStatus
from checker.documents.setting import Setting
from checker.documents.shorthand import meanings
from checker.equality.cases import partial
from checker.verdict import Verdict
from derivations.atoms import forgets
from derivations.domains import Names
from derivations.formula import (
    Cases,
    Deriv,
    Elem,
    Formula,
    IndexVal,
    Node,
    Num,
    Pow,
    SizeVal,
    Written,
    names_in,
    walk,
)
from derivations.frozen import frozen

_ASKED = Asked(None, None, "=", (), None, explain=False)


@frozen
class Judged:
    """A stretch of a claim and what it comes to."""

    start: int
    end: int
    status: LineStatus
    verdict: Verdict | None = None
    remark: str = ""
    link: Link | None = None
    """The relation that was judged, for its reason."""


@frozen
class Thread:
    """Where a derivation is: what it began with, what stands last, whether that was right, and the false members so
    far, each with what is right in its place."""

    head: Formula | None = None
    last: Formula | None = None
    sound: bool = True
    sought: Sought | None = None
    """Of the member that stands last."""
    begun: Sought | None = None
    """Of what it began with."""
    false: tuple[tuple[Formula, Formula], ...] = ()
    open: Member | None = None
    """A member of which it is not settled whether it is what stands before it."""
    equation: Formula | None = None
    """What was set equal to 0: what follows from it holds where it does."""
    unknown: str = ""
    """The name that it is an equation for: what was differentiated by."""
    before: Formula | None = None
    """What the derivation before it ended in: it may be what is set equal to 0, without a word."""
    implied: bool = True
    """Whether what stands next is said to follow from it, by an arrow."""


def anew(old: Thread, to_zero: bool, follows: bool = False) -> Thread:
    """A derivation that begins. Earlier errors are remembered, and where words in front of it set something equal to
    0, what that is; what follows goes on from the same equation."""
    if not to_zero:
        return Thread(false=old.false)
    if old.last is None or (follows and old.equation is not None):
        return Thread(false=old.false, equation=old.equation, unknown=old.unknown)
    return Thread(false=old.false, equation=old.last, unknown=differentiated_by(old.head))


def marked(
    rows: tuple[Row, ...], thread: Thread, setting: Setting, supposed: bool
) -> tuple[tuple[tuple[Judged, ...], ...], Thread]:
    """The members of each row judged, and where the derivation is after them."""
    out: list[tuple[Judged, ...]] = []
    for k, row in enumerate(rows):
        goes_on = row.continues or (k == 0 and thread.last is not None)
        found, thread = _row(row, thread if goes_on else replace(thread, head=None, last=None), setting, supposed)
        out.append(tuple(found))
    return tuple(out), thread


def _row(row: Row, thread: Thread, setting: Setting, supposed: bool) -> tuple[list[Judged], Thread]:
    out: list[Judged] = []
    members = row.members
    first = members[0]
    if thread.last is None:  # a row of its own
        named = row.label is not None and first.sought is None  # what is sought is no value
        meant = setting.meant(row.label) if named and row.label is not None else None
        thread = _begun(first, row, thread, out, meant, setting)
        members = members if meant is not None else members[1:]
    for k, member in enumerate(members):
        op = member.op or "="
        if op in FOLLOWS:
            thread = replace(thread, head=member.formula, last=member.formula, sound=True)
            thread = replace(thread, sought=member.sought, begun=member.sought)
            continue
        start = first.start if k == 0 and members is not row.members and not out else member.start
        judged, thread = _member(member, start, op, thread, setting, supposed)
        out.append(judged)
    return out, thread


def _begun(
    first: Member, row: Row, thread: Thread, out: list[Judged], named: Formula | None, setting: Setting
) -> Thread:
    """The first member of a row. One that speaks of a false member is carried, and what it is meant to be is known."""
    if named is not None:
        return replace(thread, head=named, last=named, sound=True, sought=None, begun=None)
    meant = first.formula
    for false, true in thread.false:
        anew = _stands_anywhere(false) or false.body == meant.body  # what is all that stands there is said anew
        body = None if anew else put_for(meant.body, false.body, true.body)
        if body is not None and row.label is None:
            meant = replace(meant, body=body)
            out.append(Judged(first.start, first.end, "carried", remark="it rests on an earlier line that is wrong"))
            break
    if row.label is not None:
        zero = thread.equation
        told = zero and solution(row.label, first.formula, zero, thread.unknown, setting.names)
        out.append(Judged(first.start, first.end, status_of(told) if told is not None else "not_a_claim", told))
    sound = meant is first.formula
    return replace(thread, head=meant, last=first.formula, sound=sound, sought=first.sought, begun=first.sought)


def _stands_anywhere(false: Formula) -> bool:
    """Whether a false member is a name, which is itself wherever it stands, or a small number, which may be any."""
    body = false.body
    return isinstance(body, Elem) or (isinstance(body, Num) and body.value.denominator < 3 and abs(body.value) < 100)


def _member(
    member: Member, start: int, op: str, thread: Thread, setting: Setting, supposed: bool
) -> tuple[Judged, Thread]:
    last, head = thread.last, thread.head
    assert last is not None
    sought = (thread.sought, member.sought) if member.sought is not None else (None, None)
    verdict = linked(last, op, member.formula, setting, sought)
    open_beside = verdict.status == "undecided" and head is not last  # of what it began with more may be known
    in_case = verdict.status == "wrong" and partial(member.formula)
    by_head = head is not None and (not thread.sound or in_case or open_beside)
    from_head = (thread.begun, member.sought) if member.sought is not None else (None, None)
    again = linked(head, op, member.formula, setting, from_head) if head is not None and by_head else verdict
    status: LineStatus
    if thread.sound and again.status != "correct":
        verdict = again if open_beside and again.status == "wrong" else verdict
        status = status_of(verdict)
    elif again.status == "correct":
        status, verdict = "correct", again
    elif verdict.status == "correct":
        status = "carried"
    else:
        status, verdict = status_of(again), again
    if status in ("wrong", "undecided") and thread.open is not None:
        between = (thread.open.sought, member.sought) if member.sought is not None else (None, None)
        found = linked(thread.open.formula, op, member.formula, setting, between)
        if found.status == "correct" or (status == "undecided" and found.status == "wrong"):
            status, verdict = status_of(found), found
            last = thread.open.formula
    if status == "wrong" and held_by(last) != held_by(member.formula):
        why = "it speaks of densities, which an assumption may join"
        return Judged(start, member.end, "undecided", remark=why), replace(thread, open=member)
    if status == "wrong" and op in EQUALITIES and (zero := thread.equation or thread.before) is not None:
        after = Thread(last=member.formula, false=thread.false, equation=zero, unknown=thread.unknown)
        one = not isinstance(last.body, Deriv)
        if one and same_equation(zero, last, member.formula, setting.names, thread.unknown):
            return Judged(start, member.end, "correct", remark="the same equation"), after
        by = (thread.unknown, setting.names, thread.false)
        if thread.equation and (told := at_place(last, member.formula, thread.equation, *by)) is not None:
            return Judged(start, member.end, *told), after
        if thread.equation is not None and (thread.implied or may_solve(thread.equation, last)):
            why = "an equation; whether it follows from the one before is not settled"
            return Judged(start, member.end, "undecided", remark=why), Thread(last=member.formula, false=thread.false)
    if status == "wrong" and thread.false and _rests_on_false(last, op, member.formula, thread, setting):
        status = "carried"
    asserts = setting.claimed and not supposed
    if (status == "wrong" or (status == "undecided" and op not in EQUALITIES)) and (
        why := "" if asserts else _no_claim(last, op, member.formula, setting.names, supposed)
    ):
        solved = None if why != EQUATION else last if not _is_zero(last) else member.formula
        found = member.sought
        after = Thread(member.formula, member.formula, True, found, found, thread.false, equation=solved)
        after = replace(after, unknown=differentiated_by(head))
        return Judged(start, member.end, "not_a_claim", verdict, why, link(last, op, member.formula)), after
    if status == "wrong" and any(taken_at(side, setting.names) for side in (last, member.formula)):
        why = "a quantity with a name in brackets behind it was read as a product: it may be its value there"
        return Judged(start, member.end, "undecided", verdict, why), replace(thread, open=member)
    fault = member.formula.shape_error
    if status == "wrong" and fault is not None and not is_of(setting.laid_out, fault, setting.names):
        # the student's own arrays may be rows or columns where the sheet has vectors
        return Judged(start, member.end, "undecided", verdict, f"with the sheet's shapes, {verdict.reason}"), thread
    told = link(head if head is not None and verdict is again else last, op, member.formula)
    sound = status == "correct" if status in ("correct", "wrong", "carried") else thread.sound
    false = thread.false
    if status in ("wrong", "carried") and head is not None:
        false = (*false, (member.formula, head))
    if op in ORDERS:
        return Judged(start, member.end, status, verdict, link=told), replace(
            thread, head=None, last=member.formula, sound=True
        )
    if status in ("undecided", "unreadable") and head is not None:
        return Judged(start, member.end, status, verdict, link=told), replace(thread, open=member)
    after = replace(thread, last=member.formula, sound=sound, false=false, sought=member.sought, open=None)
    if status == "correct" and op in EQUALITIES and thread.equation is not None and thread.equation is last:
        after = replace(after, equation=member.formula)  # 0 = dJ/dw = …
    return Judged(start, member.end, status, verdict, link=told), after


def _rests_on_false(left: Formula, op: str, right: Formula, thread: Thread, setting: Setting) -> bool:
    """Whether a relation holds once what is right stands in the place of each earlier false member in it."""
    meant = right
    for false, true in reversed(thread.false):
        if isinstance(false.body, Num):
            meant = _with_number(meant, false.body.value, true)
            continue
        bare = isinstance(false.body, Elem)
        body = put_for(meant.body, false.body, true.body) if not (true.axes or bare) else None
        if body is not None:
            meant = replace(meant, body=body, source=None)
    return meant is not right and linked(left, op, meant, setting).status == "correct"


def _with_number(formula: Formula, value: Fraction, true: Formula) -> Formula:
    """A formula with what is right in the place of a number, wherever it is written."""
    if true.source is None or value.denominator in (1, 2):
        return formula
    for start, end in sorted(written(value, formula), reverse=True):
        formula = instead(formula, start, end, f"({true.source})") or formula
    return formula


def _related(relation: Link, over: tuple[str, ...], names: Names, explain: bool = False) -> Verdict:
    """What is judged of a relation, once: a document says the same again, and is gone through in several settings."""
    sides = [(Written(side.formula), side.extremum) for side in (relation.left, relation.right)]
    return _judged(*sides[0], relation.op, *sides[1], over, names, explain)


@lru_cache(maxsize=4096)
def _judged(
    left: Written, sought: str, op: str, right: Written, meant: str, over: tuple[str, ...], names: Names, explain: bool
) -> Verdict:
    relation = Link(Expression(left.formula, 1, sought), op, Expression(right.formula, 1, meant))
    return judge_link(relation, replace(_ASKED, over=over, explain=explain), names)


forgets(_judged.cache_clear)


def linked(
    left: Formula,
    op: str,
    right: Formula,
    setting: Setting,
    sought: tuple[Sought | None, Sought | None] = (None, None),
) -> Verdict:
    """A relation judged: for all values of letters; numbers to the digits that are shown, at the data of the part."""
    if any(_by_stranger(side, setting.names) for side in (left, right)):
        return undecided("derivative", "it is differentiated by a letter that the sheet's quantities do not depend on")
    if setting.constants and op in (*EQUALITIES, *ABOUT):
        told = up_to_constant(left, right, setting.constants, setting.names, setting.looked_for)
        if told is not None:
            return told
    if op in PROPORTIONAL:  # as functions of one of the variables whose densities these are
        variables = [factor.variable for factor in setting.densities if factor.variable in setting.names]
        for variable in variables:
            found = _related(link(left, op, right), (variable,), setting.names)
            if found.status == "correct":
                return found
    if op not in ABOUT:
        over = tuple({one.over for one in sought if one is not None})
        found = _related(link(left, op, right, sought), over, setting.names)
        if found.status in ("wrong", "undecided"):
            told: Verdict | None = None
            for meant in meanings(left, right, setting.names):
                other = _related(link(meant.left, op, meant.right), (), setting.names)
                other = replace(other, findings=(*other.findings, meant.note))
                stated = meant.only_if is not None and setting.names.entrywise  # the sheet says: entry by entry
                if other.status == "correct" and (stated or _all_equal(meant.only_if, setting.names)):
                    if meant.note.tag == "direct":  # nobody says that the quantities between stand still
                        return undecided("direct", "it holds where the quantities between are held fixed, not else")
                    return other
                told = other if stated and told is None else told
            if told is not None:
                return told
        if found.status == "correct" or op not in EQUALITIES:
            return found
    else:
        found = undecided("relation", "≈ is judged between numbers only")
    try:
        sides = [carried_out(side, setting.names) for side in (left, right)]
    except NotCarriedOut:
        return found
    figures = by_digits(sides[0], sides[1], setting.point)
    return found if figures is None else figures


def reasoned(judged: Judged, setting: Setting) -> Verdict | None:
    """The verdict on a wrong member with its reason."""
    if judged.link is None or (judged.verdict is not None and judged.verdict.diagnosis is not None):
        return judged.verdict
    found = _related(judged.link, (), setting.names, explain=True)
    return found if found.status == "wrong" else judged.verdict


def _all_equal(pair: tuple[Formula, Formula] | None, names: Names) -> bool:
    return pair is None or _related(link(pair[0], "=", pair[1]), (), names).status == "correct"


def _by_stranger(formula: Formula, names: Names) -> bool:
    """Whether a derivative is by a letter that what is differentiated does not depend on here: the student's own name
    for one of its weights, perhaps."""
    for node in walk(formula.body):
        if isinstance(node, Deriv) and isinstance(node.wrt, Elem):
            held = {above for name in names_in(node.of) for above in (name, *ancestors(name, names))}
            if node.wrt.name not in held and isinstance(node.of, Elem):
                return True
    return False


def status_of(verdict: Verdict) -> LineStatus:
    """What a verdict is for a line: what is not settled is undecided."""
    return verdict.status if verdict.status in ("correct", "wrong", "unreadable") else "undecided"  # type: ignore[return-value]


EQUATION = "an equation, which holds at its solutions"


def _is_zero(formula: Formula) -> bool:
    return isinstance(formula.body, Num) and formula.body.value == 0


def _in_its_case(side: Formula) -> Node:
    """What a side is in the one case that it is said in."""
    one = partial(side) and isinstance(side.body, Cases) and len(side.body.branches) == 1
    return side.body.branches[0][1] if one else side.body  # type: ignore[union-attr]


def _no_claim(left: Formula, op: str, right: Formula, names: Names, supposed: bool) -> str:
    """Why a relation that does not hold everywhere claims nothing; "" where it does."""
    if supposed:
        return "it is supposed, not claimed"
    bodies = [_in_its_case(side) for side in (left, right)]
    zero = any(isinstance(body, Num) and body.value == 0 for body in bodies)
    if op in EQUALITIES and zero and left.shape_error is None and right.shape_error is None:
        return EQUATION
    if op not in (*EQUALITIES, *ABOUT, *PROPORTIONAL):
        return "a condition"
    if any(isinstance(body, SizeVal) for body in bodies):
        return "a value given to a size"
    if any(isinstance(body, IndexVal) for body in bodies):
        return "a value given to an index"
    if right.axes and not names_in(right.body) and isinstance(left.body, Elem):
        return "values given to an array"
    for body, beside in (bodies, reversed(bodies)):
        if isinstance(beside, Deriv):  # what a derivative is, is known
            continue
        while isinstance(body, Pow) and isinstance(body.exponent, Num):  # σ² = … says what σ is
            body = body.base
        if isinstance(body, Elem) and (row := names.get(body.name)) is not None and row.role == "input":
            return "a value given to a letter"
    return ""
