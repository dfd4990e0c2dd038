r"""Several quantities in one answer, told apart by their left sides: which lines say the one that is asked.

dL/dW = …, dL/db = …               the one that is asked is judged, the others as claims where they can be
∂y_i/∂x_i = …, ∂y_i/∂x_j = …       the second is meant where i ≠ j, as the first is said apart
∂L/∂z_k = p_k - 1, ∂L/∂z_i = p_i   both answer where k is the true class: a value for each case
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from checker.answers.vocabulary import ancestors
from checker.equality.cases import partial
from derivations.domains import Names
from derivations.formula import Cases, Formula, Index, IndexVal, Note, Rel
from derivations.frozen import frozen
from derivations.notation import Line
from derivations.notation.read.labels import Label, Quantity, label_of, quantity
from derivations.notation.read.targets import same_target, spelled_target
from derivations.notation.spelling import canonical


def _same(one: Quantity, other: Quantity, names: Names) -> bool:
    """Whether both are of one kind; what a derivative is of may have a letter of the student's own."""
    own = one.top not in names or other.top not in names
    return one.name == other.name and bool(one.top) == bool(other.top) and (own or one.top == other.top)


@frozen
class Arranged:
    """The lines of an answer, each under the case that it is meant in, and those of them that answer (none: the last,
    as in every derivation)."""

    lines: tuple[Line, ...]
    answer: tuple[Line, ...] = ()
    unclear: bool = False
    """Words name several things, and none of them is what is asked."""


def facing(line: Line, asked: str, names: Names) -> Line:
    """`(W x - y) x^T = dL/dW` as dL/dW = …, what is asked behind the last sign and nowhere else; `(dL/dW)^T = A` as
    dL/dW = A^T."""
    if len(line.parts) < 2 or line.target is not None or any(op not in ("=", "==") for op in line.ops):
        return line
    labels = [of_asked(part, asked, names) for part in line.parts]
    at = next((k for k, label in enumerate(labels) if label is not None), None)
    if at is None or any(labels[k] is not None for k in range(len(labels)) if k != at):
        return line
    label = labels[at]
    if label is None or at not in (0, len(labels) - 1) or (at == 0 and not label.turned):
        return line
    ops = line.ops[1:] if at == 0 else line.ops[:-1]
    others = tuple(label.of(part) for k, part in enumerate(line.parts) if k != at)
    return replace(line, parts=others, ops=ops, target=label.text)


def of_asked(part: Formula, asked: str, names: Names) -> Label | None:
    """The label that a member is, where it names what is asked."""
    label = label_of(part.source or "", names)
    wanted = spelled_target(asked) or canonical(asked)
    if label is None or "/d" not in wanted:
        return None
    name = quantity(wanted).name  # dW of code
    return label if label.spelled in (f"d/d{name}", f"d{name}") or same_target(label.spelled, wanted) else None


def other_quantity(formula: Formula, asked: str, names: Names) -> str | None:
    """The left side of a formula that names another derivative than the one asked: by another of the declared names,
    or of what the one asked is computed from. Its writer's own letters, dJ/dw for dL/dw, name what is asked."""
    wanted = quantity(spelled_target(asked) or canonical(asked))
    for note in formula.notes:
        if note.tag != "other-target" or note.span is None or formula.source is None or not wanted.top:
            continue
        left = formula.source[slice(*note.span)].rstrip(" :=&$\n")
        label = label_of(left, names)
        said = None if label is None else quantity(label.spelled)
        if label is None or said is None:
            continue
        if label.base:
            return left
        if "/d" not in label.spelled:
            row = names.get(label.spelled)
            if row is not None and row.role == "node":
                return left
            continue
        by_another = said.name != wanted.name and said.name in names
        if by_another or said.top in ancestors(wanted.top, names):
            return left
    return None


_ORDERS = {
    1: frozenset(["gradient", "derivative", "partial derivative", "jacobian", "subgradient"]),
    2: frozenset(["hessian"]),
}
"""Nouns of derivatives by their order."""


def _is_noun_of(noun: str, asked: str, question: str) -> bool:
    """Whether a noun names what is asked: the gradient for dL/dw, the saliency where the question has the word."""
    order = 0 if "/d" not in asked else 2 if asked.startswith("d2") else 1
    return noun in _ORDERS.get(order, ()) or (
        not any(noun in nouns for nouns in _ORDERS.values())
        and noun.replace("-", " ") in question.casefold().replace("-", " ")
    )


def arranged(lines: Sequence[Line], asked: str, truth: Formula, names: Names, question: str = "") -> Arranged:
    """The lines told apart by their left sides, or by the nouns in front of them."""
    nouns = {line.quantity for line in lines if line.quantity}
    if len(nouns) > 1:
        meant = [line for line in lines if line.quantity and _is_noun_of(line.quantity, asked, question)]
        return Arranged(tuple(lines), tuple(meant[-1:]), unclear=not meant)
    wanted = quantity(spelled_target(asked) or canonical(asked))
    named = [_quantity_of(line, names) for line in lines]
    own = [k for k, found in enumerate(named) if found is not None and _same(found, wanted, names)]
    if not own:
        meant = {wanted.name, *_without_number(wanted.name, names)}
        own = [k for k, found in enumerate(named) if found is not None and found.top and found.name in meant]
        lines = [_called(line, asked) if k in own else line for k, line in enumerate(lines)]
    cased, special = _by_case(lines, named, wanted.letters_below, truth, names)
    exact = [k for k in own if named[k].letters[-len(wanted.letters) :] == wanted.letters]  # type: ignore[union-attr]
    both = [k for k in own if k in special or cased[k] is not lines[k]]
    if not own:  # the last one answers, and what is said apart from it is a part of it
        last = len(lines) - 1
        both = [k for k in range(len(lines)) if k in special or cased[k] is not lines[k]]
        both = both if last in both else []
    if both and not (exact and exact[-1] in special):
        return Arranged(tuple(cased), tuple(special.get(k, cased[k]) for k in both))
    if not own or (exact or own)[-1] == len(lines) - 1:
        return Arranged(tuple(cased))
    *before, last = (cased[k] for k in exact or own)
    cases = takewhile(lambda line: partial(line.parts[-1]), reversed(before)) if partial(last.parts[-1]) else ()
    return Arranged(tuple(cased), (*tuple(cases)[::-1], last))


def _without_number(name: str, names: Names) -> tuple[str, ...]:
    """z for z_2, where z is nothing else."""
    letter, _, number = name.rpartition("_")
    return (letter,) if letter and number.isdecimal() and letter not in names else ()


def called_so(line: Line, asked: str, names: Names) -> Line | None:
    """The line of a chain without its left side, where that is a derivative by what is asked, of something else: ∂L/∂z
    where that of one term of L is asked. It is what its writer calls the answer."""
    found, wanted = _quantity_of(line, names), quantity(spelled_target(asked) or canonical(asked))
    if line.target is not None or len(line.parts) < 3 or found is None or not found.top or found.top == wanted.top:
        return None
    return _called(line, asked) if found.name in (wanted.name, *_without_number(wanted.name, names)) else None


def _called(line: Line, asked: str) -> Line:
    """A line of a derivative by what is asked, of something else: its left side is what its writer calls the answer."""
    if line.target is not None or len(line.parts) < 2:
        return line
    left, first, *others = line.parts
    note = Note("other-target", f"{left.source} was written where {asked} was asked")
    first = replace(first, notes=(*first.notes, note))
    return replace(line, parts=(first, *others), ops=line.ops[1:], target=left.source)


def _quantity_of(line: Line, names: Names) -> Quantity | None:
    left = line.target or (line.parts[0].source if len(line.parts) > 1 else None)
    label = label_of(left, names) if left else None
    return None if label is None else quantity(label.spelled)


def _by_case(
    lines: Sequence[Line], named: Sequence[Quantity | None], asked: tuple[str, ...], truth: Formula, names: Names
) -> tuple[list[Line], dict[int, Line]]:
    """Lines of which another one says a special case apart, under the case that is left to them; and the special ones
    under theirs."""
    cased, special = list(lines), dict[int, Line]()
    role = {i.name for i in truth.free}
    for s, of_case in enumerate(named):
        for g, general in enumerate(named):
            if of_case is None or general is None or s == g or not _same(of_case, general, names):
                continue
            pairs = [(a, b) for a, b in zip(of_case.letters, general.letters, strict=False) if a != b]
            if len(of_case.letters) != len(general.letters) or len(pairs) != 1:
                continue
            (fixed, free) = pairs[0]
            one, other = (names[letter].index if letter in names else None for letter in (free, fixed))
            told = of_case.letters.count(fixed) > 1 or (fixed in role and free in asked and fixed not in asked)
            if one is None or other is None or one.size != other.size or not told or general.letters.count(free) > 1:
                continue
            words = (
                f"what is said of {free} is taken where {free} ≠ {fixed}, as the case {free} = {fixed} is said apart"
            )
            cased[g] = _under(lines[g], Rel("!=", IndexVal(one), IndexVal(other)), (one, other), Note("cases", words))
            special[s] = _under(lines[s], Rel("==", IndexVal(one), IndexVal(other)), (one, other), None)
    return cased, special


def _under(line: Line, condition: Rel, indices: Sequence[Index], note: Note | None) -> Line:
    """A line whose members, behind its left side, are said under a condition."""
    left = 0 if line.target is not None else 1
    return replace(
        line, parts=(*line.parts[:left], *(_said(part, condition, indices, note) for part in line.parts[left:]))
    )


def _said(part: Formula, condition: Rel, indices: Sequence[Index], note: Note | None) -> Formula:
    if partial(part):
        return part
    free = (*part.free, *(i for i in indices if i not in part.free))
    notes = part.notes if note is None else (*part.notes, note)
    return replace(part, body=Cases(((condition, part.body),), None), free=free, notes=notes)
