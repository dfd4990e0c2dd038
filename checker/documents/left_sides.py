"""What a left side stands for."""

from __future__ import annotations

import re

from derivations.domains import Names
from derivations.formula import Formula
from derivations.notation import read
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import label_of, quantity
from derivations.notation.read.targets import spelled_target
from derivations.notation.spelling import canonical, parts

_OPERATOR = re.compile(
    r"\\[dt]?frac\s*\{\s*(?P<d>\\partial|d)\s*\}\s*\{(?P<by>(?:[^{}]|\{[^{}]*\})+)\}\s*(?P<of>\s\\?[A-Za-z]\w*)\s*\Z"
)
"""`\\frac{\\partial}{\\partial w} J`: an operator in front of a name."""


_NEW = re.compile(
    r"\s*(?:'|[\^_]\s*(?:\{\s*(?:\(\s*)?(?:\\(?:text|mathrm|textrm)\s*\{\s*)?(?:new|updated|next|neu|after|\+|\*|\\ast|\\prime|1|t\s*\+\s*1)"
    r"(?:\s*\))?\s*\}{1,2}|\+|\*|\\ast|\\prime))\s*\Z"
)
"""What a left side says is a value after a step: `w_5^{new}`, `w_5^+`, `w_5'`."""


_CALL = re.compile(
    r"(?P<said>\\(?:text|mathrm|operatorname)\s*\{\s*(?P<dressed>[A-Z]{2,})\s*\}|(?<![A-Za-z\\{])(?P<name>[A-Z]{2,}))"
    r"\s*(?:\\left)?\((?P<inside>[^()=]{1,60}?)(?:\\right)?\)"
)


def without_arguments(text: str, names: Names) -> str:
    """A text with the arguments of quantities in capitals blank: NLL(cw) is no product of NLL, c and w. Where one is
    taken at several, they stay."""
    given: dict[str, set[str]] = {}
    for found in _CALL.finditer(text):
        given.setdefault(found["dressed"] or found["name"], set()).add("".join(found["inside"].split()))

    def put(found: re.Match[str]) -> str:
        name = found["dressed"] or found["name"]
        row = names.get(name)
        scalar = row is not None and row.role == "node" and not row.sizes and len(given[name]) == 1
        if not scalar:
            return found[0]
        last = text[: found.start()].strip() and not text[found.end() :].strip(" .,;$\n")  # the line ends where it did
        return found["said"].rjust(len(found[0])) if last else found["said"].ljust(len(found[0]))

    return _CALL.sub(put, text)


_PRIMED = re.compile(
    r"(?<![A-Za-z\\])(?P<of>\\?[A-Za-z])\s*(?:'|\^\s*\{?\s*\\prime\s*\}?)\s*"
    r"(?:\\left)?\(\s*(?P<by>\\?[A-Za-z])\s*(?:\\right)?\)(?!\s*&?=)"
)
"""`h'(z)` within a formula; as a left side it is a name."""


def with_slopes(text: str, names: Names) -> str:
    """A text with ∂h/∂z for h'(z), where h is a number that depends on others, and z has a name."""

    def put(found: re.Match[str]) -> str:
        row = names.get(canonical(found["of"]))
        node = row is not None and row.role == "node" and not row.sizes and row.name + "'" not in names
        known = node and canonical(found["by"]) in names
        return rf"\frac{{\partial {found['of']}}}{{\partial {found['by']}}}" if known else found[0]

    return _PRIMED.sub(put, text)


def without_blanks(left: str) -> str:
    """A left side without the blanks of a scanner: `\\nabla_\\theta  J (\\theta)`."""
    return re.sub(r"\s+(?=\()", "", " ".join(left.split()))


def names_target(left: str, target: str, names: Names) -> bool:
    """Whether a left side names a target: `\\frac{\\partial L}{\\partial W_2}` for `dL/dW2`."""
    left = re.sub(r"\\begin\{[a-z*]+\}|\\text\w*\{[^{}]*:\s*\}", " ", left)
    if target.endswith("'") and (plain := _NEW.sub("", left)) != left:
        left, target = plain, target.rstrip("'")
    label = label_of(_OPERATOR.sub(r"\\frac{\g<d>\g<of>}{\g<by>}", without_blanks(left)), names)
    if label is None:
        return False
    sought = re.match(r"arg(?:min|max)\b.*\bover\s+(\w+)", target)
    if sought is not None:  # θ_MAP, θ^*, \hat θ
        base = parts(sought[1]).base
        dressed = () if label.spelled in names else (f"{base}hat", f"{base}star")
        return "/d" not in label.spelled and parts(label.spelled).base in (base, *dressed) and not label.indices
    target = re.sub(r"\A(?:value|shape) of ", "", target).partition(" where ")[0]
    said, asked = quantity(label.spelled), quantity(spelled_target(target) or canonical(target))
    return (
        said.name == asked.name
        and bool(said.top) == bool(asked.top)
        and (said.top == asked.top or said.top not in names)
    )


_NUMBERED = re.compile(r"_(\d+)\Z")
"""The number of a name, Z_2 for Z2."""


def derivative_named(left: str, names: Names) -> Formula | None:
    """The derivative that a left side is, of a node by a name: `\\nabla_\\theta J(\\theta)`; None for anything else."""
    label = label_of(without_blanks(left), names)
    found = (
        re.fullmatch(r"d(\w+)(?:\(\w+\))?/d(\w+)", label.spelled) if label is not None and not label.indices else None
    )
    if found is None:
        return None
    of, by = (name if name in names else _NUMBERED.sub(r"\1", name) for name in found.groups())
    if of not in names or by not in names:
        return None
    try:
        return read(f"d{of}/d{by}", names)
    except ReadError:
        return None
