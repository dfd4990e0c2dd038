"""The same part with other numbers, and in other letters: what a seed stands for.

    given = { eta = 0.5, x = [1, 2] }
    vary = { eta = [0.1, 0.2], x = [[2, 1], [0, 3]] }
    ask = "One step with the rate {{eta}}."

Seed 0 is the part as it is written, seed 1 has the first value of each list, seed 2 the second, seed 3 is seed 0 again.
A problem with `reletter` is written in other letters besides (`problems.relettering`): seed 1 has the first of them.
Numbers and letters each go round by themselves.

The answer is derived for each; what the author says of answers is about the numbers as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import lcm
from types import MappingProxyType
from typing import Any

from problems.schema import Part, Problem

_PLACE = re.compile(r"\{\{\s*([^\W\d]\w*'*)\s*\}\}")


def variants(part: Part[Any]) -> int:
    """How many variants there are besides the part as it is written."""
    return lcm(_numbers(part) + 1, len(part.reletter) + 1) - 1


def _numbers(part: Part[Any]) -> int:
    """How many variants its numbers have besides those that are written."""
    return min((len(values) for values in part.vary.values()), default=0)


def varied(part: Part[Any], seed: int) -> Part[Any]:
    """The variant of a part that a seed stands for, with its numbers and its letters; the part as it is written for 0,
    and where nothing varies."""
    letters = seed % (len(part.reletter) + 1)
    made = _with_numbers(part, seed % (_numbers(part) + 1))
    if not letters:
        return made
    from problems.relettering import relettered

    return relettered(made, part.reletter[letters - 1])


def _with_numbers(part: Part[Any], which: int) -> Part[Any]:
    if not which:
        return part
    given = MappingProxyType({**_given(part), **{name: values[which - 1] for name, values in part.vary.items()}})
    return replace(
        part,
        ask=filled(part.template or part.ask, given),
        payload=replace(part.payload, given=given),
        expect=(),
        accepts=(),
        rejects=(),
        mistakes=(),
    )


def numbers_of(part: Part[Any], seed: int) -> Mapping[str, Any]:
    """The values that vary, as the variant of a seed has them."""
    made = varied(part, seed)
    given = _given(made)
    return {name: given[name] for name in made.vary}


def letters_of(part: Part[Any], seed: int) -> Mapping[str, str]:
    """The letters that change, as the variant of a seed has them."""
    made = varied(part, seed)
    return made.lettered.new if made.lettered else MappingProxyType({})


def as_written(part: Part[Any], seed: int) -> bool:
    """Whether a variant has the numbers that are written: what the author says of answers holds for it."""
    return seed % (_numbers(part) + 1) == 0


def has(part: Part[Any], seed: int) -> bool:
    """Whether a part has the variant of a seed, which is not taken for another one's."""
    return 0 <= seed <= variants(part)


def varied_problem(problem: Problem, part: Part[Any]) -> Problem:
    """A problem whose setting has the numbers and the letters of a variant of one of its parts."""
    letters, given = part.lettered, _given(part)
    if problem.template:
        here = {name: letters.formula(name) if letters else name for name in _PLACE.findall(problem.template)}
        held = {name: given[new] for name, new in here.items() if new in given}
        problem = replace(problem, about=filled(problem.template, held))
    if not letters:
        return problem
    from problems.relettering import relettered_problem

    return relettered_problem(problem, letters)


def template(text: str) -> str:
    """A text that has places to fill; empty for any other."""
    return text if _PLACE.search(text) else ""


def filled(text: str, given: Mapping[str, Any]) -> str:
    """A text with its places `{{eta}}` filled."""
    return _PLACE.sub(lambda found: _shown(given[found[1]]) if found[1] in given else found[0], text)


def _given(part: Part[Any]) -> Mapping[str, Any]:
    return getattr(part.payload, "given", MappingProxyType({}))


def _shown(value: Any) -> str:
    return "(" + ", ".join(map(_shown, value)) + ")" if isinstance(value, list | tuple) else str(value)


def faults(part: Part[Any]) -> Iterator[str]:
    """What is wrong with how a part varies."""
    given = _given(part)
    for name in part.vary:
        if name not in given:
            yield f"{name} varies, but is not under given"
    lengths = {len(values) if isinstance(values, tuple) else 0 for values in part.vary.values()}
    if len(lengths) > 1 or 0 in lengths:
        yield "each name that varies has a list with as many values as the others"


def said(part: Part[Any]) -> Iterator[str]:
    """The numbers that vary and seem to stand in the question as they are."""
    asked = _PLACE.sub("", part.template or part.ask)
    for name, written in _given(part).items():
        if name not in part.vary or not isinstance(written, int | float):
            continue
        if re.search(rf"(?<![\w.{{]){re.escape(str(written))}(?![\w.]*\d)", asked):
            yield f"the question says {written}, which varies: write {{{{{name}}}}}"
