r"""What stands in front of a number: its name, `H = 1.2`, and the law in letters by which it is found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from checker.answers.inferred import NotInferred, inferred
from derivations.formula import Bound, Call, names_in, walk
from derivations.notation import ReadError, read
from derivations.notation.read.prose import Taken, declared, is_name
from derivations.notation.read.targets import spelled_target


def without_label(
    pieces: Sequence[str], units: Collection[str], taken: Taken, is_number: Callable[[str], bool]
) -> tuple[list[str], str | None, str | None]:
    """The sides of `name = law = expression = number` in numbers; the name, which may stand at either end; the law in
    letters."""
    values, label = list(pieces), None
    for at in (0, -1):
        if (
            len(values) > 1
            and not is_number(values[at])
            and (is_name(values[at], taken, declared(units)) or spelled_target(values[at]) is not None)
        ):
            values, label = [*values[1:]] if at == 0 else values[:-1], values[at]
            break
    if len(values) > (2 if label is None else 1) and _is_law(values[0], taken):
        return values[1:], label, values[0]
    return values, label, None


def _is_law(text: str, taken: Taken) -> bool:
    """Whether a side says in letters how the numbers behind it are found: a sum or a function of letters that are none
    of the question's. `2 H = 2.4 = 1.2` is none: it would make the number that of something else."""
    try:
        found = read(text, inferred(text, "0").declared)
    except (NotInferred, ReadError):
        return False
    letters = names_in(found.body)
    summed = any(isinstance(node, (Bound, Call)) for node in walk(found.body))
    return summed and len(letters) > 1 and not found.axes and not any(taken(name) for name in letters)
