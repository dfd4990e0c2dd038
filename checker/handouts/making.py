"""From parts to a handout: `handout` is the map."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.check import truth_of
from checker.handouts.key import Told, key, option
from checker.handouts.prose import on_paper, prose
from checker.handouts.setting import setting
from checker.handouts.value import (
    Block,
    Exercise,
    Handout,
    Options,
    Paragraph,
    Question,
    Room,
    Short,
    Table,
    Tex,
    Words,
)
from checker.kinds.choice import TRUE_FALSE
from checker.telling import behind, goes_on_from
from derivations.derivation import Lemma
from derivations.notation import spelling
from problems.bank import Bank, UnknownPart
from problems.schema import Part, Problem
from problems.truth import Truth
from problems.varying import varied, varied_problem

MOST_LINES = 16
"""Lines of room for one answer at most; a longer one goes on the back."""

ONE_LINE: frozenset[str] = frozenset({"number", "count", "shape"})
"""Kinds whose answer is a word or a number."""


def handout(chosen: Sequence[tuple[Problem, Part[Any]]], title: str = "", seed: int | None = None) -> Handout:
    """The sheet of some parts with its key. A problem stands where its first part does; with a seed, problems and
    options come in another order, and parts that vary have other numbers and letters. Raises `TruthError` where a
    part's answer cannot be derived."""
    problems: dict[str, Problem] = {}
    parts: dict[str, list[Part[Any]]] = {}
    for problem, part in chosen:
        problems.setdefault(problem.id, problem)
        if part.id not in (one.id for one in parts.setdefault(problem.id, [])):
            parts[problem.id].append(varied(part, seed or 0))
    order = list(problems)
    if seed is not None:
        draws = random.Random(seed)
        draws.shuffle(order)
        parts = {identity: [_shuffled(part, draws) for part in parts[identity]] for identity in order}
    exercises = tuple(_exercise(k, problems[identity], parts[identity]) for k, identity in enumerate(order, 1))
    return Handout(title or _title(list(problems.values())), exercises, seed)


def choose(bank: Bank, wanted: Sequence[str]) -> list[tuple[Problem, Part[Any]]]:
    """The parts of some ids, of problems (`002/6`) and of sheets (`002`), in the order in which they are named; without
    any, the whole bank. Raises `UnknownPart`."""
    if not wanted:
        return [(problem, part) for problem in bank.problems() for part in problem.parts]
    out: list[tuple[Problem, Part[Any]]] = []
    for name in wanted:
        try:
            out.append(bank.find(name))
        except UnknownPart:
            stem = name.rstrip("/") + "/"
            below = [
                (problem, part)
                for problem in bank.problems()
                if problem.id == name or problem.id.startswith(stem)
                for part in problem.parts
            ]
            if not below:
                raise
            out += below
    return out


def _shuffled(part: Part[Any], draws: random.Random) -> Part[Any]:
    """A choice with its options in another order, its letters in theirs; any other part as it is."""
    if part.kind != "choice" or isinstance(part.payload.key, Mapping) or part.payload.options == TRUE_FALSE:
        return part
    asked = part.payload
    letters = list(asked.options)
    old = draws.sample(letters, len(letters))
    new = dict(zip(old, letters, strict=True))
    right = tuple(new[str(k)] for k in asked.key) if isinstance(asked.key, tuple) else new[str(asked.key)]
    options = {new[letter]: asked.options[letter] for letter in old}
    return replace(part, payload=replace(asked, options=options, key=right))


def _title(problems: Sequence[Problem]) -> str:
    """The one title that there is, else what a sheet is called."""
    sheets = {problem.id.partition("/")[0] for problem in problems}
    if len(problems) == 1:
        return problems[0].title
    only = next(iter(sheets), "")
    return f"Exercise sheet {only}" if len(sheets) == 1 and only[:1].isdigit() else "Exercises"


def _exercise(number: int, problem: Problem, parts: Sequence[Part[Any]]) -> Exercise:
    for part in parts:
        problem = varied_problem(problem, part)
    truths = [(part, truth_of(part)) for part in parts]
    said = setting(problem, truths)
    above = " ".join(
        f"${piece.source}$"
        for block in said
        if isinstance(block, Paragraph)
        for piece in block.prose
        if isinstance(piece, Tex)
    )
    lemmas: list[tuple[str, Lemma]] = []
    questions: list[Question] = []
    for k, (part, truth) in enumerate(truths):
        letter = _letter(k) if len(truths) > 1 else ""
        told = Told(f"{above} {part.ask}", tuple(lemmas))
        before = goes_on_from(problem, part)
        asked = _asked(part, "" if any(other.ask == before for other, _ in truths[:k]) else before)
        questions.append(
            Question(letter, part.id, part.points, asked, _room(part, truth), key(problem, part, truth, told))
        )
        if truth.derivation is not None:
            lemmas += [(f"({letter})", lemma) for lemma in truth.derivation.lemmas]
    return Exercise(number, problem.title, said, tuple(questions))


def _letter(k: int) -> str:
    """a, …, z, aa, ab, …"""
    return (_letter(k // 26 - 1) if k >= 26 else "") + chr(ord("a") + k % 26)


def _asked(part: Part[Any], before: str = "") -> tuple[Block, ...]:
    """The question, behind the one from which it goes on where that is not on the sheet."""
    blocks: list[Block] = [*on_paper(behind(before, part.ask))]
    if part.figure:
        blocks += [Paragraph(p.prose, "Figure:") if k == 0 else p for k, p in enumerate(on_paper(part.figure))]
    return tuple(blocks)


def _room(part: Part[Any], truth: Truth) -> tuple[Block, ...]:
    """Room by what the key needs: a table to fill in, a line, or as many lines as the derivation has, and some more."""
    if part.kind == "trace":
        rows = tuple(((Tex(spelling.latex(name)),), (), ()) for name in truth.rows)
        return (Table(((Words("value"),), (Words("formula"),), (Words("result"),)), rows),)
    if part.kind == "choice":
        options = {letter: prose(str(text)) for letter, text in part.payload.options.items()}
        if isinstance(part.payload.key, Mapping):
            return (Table((), tuple((option(*row), ()) for row in part.payload.options.items())),)
        return (Options(tuple(options.items())),)
    if part.kind in ONE_LINE:
        steps = len(truth.derivation.lemmas[-1].steps) if truth.derivation is not None else 0
        return (Room(steps + 1), Short()) if steps else (Short(),)
    if part.kind == "text":
        return (Room(max(3, min(MOST_LINES, len(part.payload.model_answer) // 45 + 2))),)
    if part.kind == "chain":
        return (Room(max(6, min(MOST_LINES, 2 * len(part.payload.model_chain) + 2))),)
    steps = len(truth.derivation.lemmas[-1].steps) if truth.derivation is not None else 1
    return (Room(min(MOST_LINES, 2 + 2 * steps)),)


__all__ = ["choose", "handout"]
