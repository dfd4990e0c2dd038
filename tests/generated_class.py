"""A class out of a seed: hand-ins with right, wrong, missing and unreadable answers to formula parts of the bank, each
answer dressed at random, and what every one of them should come to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import checker  # noqa: F401 (the kinds of its parts)
from derivations.notation import write
from problems.bank import load_bank
from problems.schema import Part
from problems.truth import truth

UNREADABLE = ("see my notes @@ 3", "\\foo{?!}", "as in the lecture ??")
WORDS = ("", "We get\n\n", "The answer:\n\n")
FIRST = ("Ada", "Ben", "Cem", "Dana", "Emil", "Fatma", "Goran", "Hana", "Ines", "Jon", "Kaya", "Lena", "Milo", "Nora")
LAST = ("Adler", "Brandt", "Castro", "Demir", "Engel", "Fischer", "Grau", "Horvat", "Ivanov", "Jansen", "Novak")


def parts(count: int) -> list[Part[Any]]:
    """Formula parts of the bank that say of some answer that it is wrong."""
    found = (
        part
        for problem in load_bank().problems()
        for part in problem.parts
        if part.kind == "formula" and any(_wrong(part)) and not part.id.startswith("beyond")
    )
    return [part for part, _ in zip(found, range(count), strict=False)]


def _wrong(part: Part[Any]) -> Iterator[str]:
    for answer in (*(m.answer for m in part.mistakes), *part.rejects):
        if isinstance(answer, str) and len(answer) < 200:
            yield answer


def _right(part: Part[Any]) -> Iterator[str]:
    formula = truth(part).formula
    if formula is not None:
        yield from (str(write(formula, dressing)) for dressing in ("latex", "unicode", "ascii"))
    yield from (a for a in part.accepts if isinstance(a, str) and len(a) < 200)


def assignment(asked: list[Part[Any]], points: float = 2) -> str:
    """The assignment file: question k asks the k-th part."""
    rows = (
        f'\n[[part]]\nid = "{part.id}"\npoints = {points:g}\nunder = "Question {k}"\n'
        for k, part in enumerate(asked, 1)
    )
    return 'title = "A generated class"\n' + "".join(rows)


def generate(folder: Path, students: int, asked: list[Part[Any]], seed: int = 0) -> dict[str, list[str]]:
    """Write a hand-in a student; what was meant by each answer: right, wrong, missing, unreadable."""
    rng = random.Random(seed)
    right = {part.id: tuple(_right(part)) for part in asked}
    wrong = {part.id: tuple(_wrong(part)) for part in asked}
    folder.mkdir(parents=True, exist_ok=True)
    meant: dict[str, list[str]] = {}
    for number in range(students):
        name = f"{rng.choice(FIRST)}_{rng.choice(LAST)}_{number:03}"
        skill = rng.uniform(0.4, 0.98)
        body, mine = [f"# {name.replace('_', ' ')}\n"], []
        for k, part in enumerate(asked, 1):
            draw = rng.random()
            kind = "right" if draw < skill else rng.choices(("wrong", "missing", "unreadable"), (6, 3, 1))[0]
            mine.append(kind)
            if kind == "missing":
                continue
            answer = rng.choice({"right": right[part.id], "wrong": wrong[part.id], "unreadable": UNREADABLE}[kind])
            body.append(f"## Question {k}\n\n{rng.choice(WORDS)}$${answer}$$\n")
        (folder / f"{name}.md").write_text("\n".join(body), encoding="utf-8")
        meant[name] = mine
    return meant
