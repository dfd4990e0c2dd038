r"""What a left side that is only a name means under what a document defines: derivatives of its functions.

f'(t)                                                  df/dt
\frac{\partial^2 L}{\partial z_i \partial z_j}         ∂/∂z_j of ∂L/∂z_i
\nabla^2_\theta L                                      the matrix of them
"""

from __future__ import annotations

import re

from derivations.domains import Names
from derivations.formula import Deriv, Elem, Formula, Index
from derivations.notation import read
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import label_of
from derivations.notation.spelling import canonical, parts

_SECOND = re.compile(
    r"\s*\\[dt]?frac\s*\{\s*(?:\\partial|d|\\mathrm\{d\})\s*\^\s*\{?2\}?\s*(?P<of>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*"
    r"\{\s*(?:\\partial|d|\\mathrm\{d\})\s*(?P<by>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*\Z"
)
_HESSIAN = re.compile(
    r"\s*(?:\\nabla|∇)\s*(?:\^\s*\{?2\}?\s*_\s*(?P<a>\{[^{}]+\}|\\?[A-Za-z]+)|_\s*(?P<b>\{[^{}]+\}|\\?[A-Za-z]+)\s*\^\s*\{?2\}?)\s*(?P<of>.+)\Z"
)
_TRANSPOSED = re.compile(r"\s*\^\s*\{?\s*(?:\\top|\\intercal|T)\s*\}?\s*\Z")


def second(left: str, names: Names) -> Formula | None:
    """The second derivative that a left side stands for; None where it is none, or that is not known."""
    found = _SECOND.match(left)
    if found is not None:
        two = re.split(r"\\partial(?![A-Za-z])|(?<![A-Za-z\\])d(?=\s*\\?[A-Za-z])", found["by"])
        squared = re.fullmatch(r"\s*(?P<by>.+?)\s*\^\s*\{?2\}?\s*", found["by"])
        if squared is not None and len(two) == 1:
            return _second(found["of"], squared["by"], squared["by"], names)
        return _second(found["of"], two[0], _TRANSPOSED.sub("", two[1]), names) if len(two) == 2 else None
    found = _HESSIAN.match(left)
    if found is not None:
        by = (found["a"] or found["b"]).strip("{} ")
        return _second(found["of"], by, by, names)
    return None


def meaning(left: str, names: Names) -> Formula | None:
    """The derivative, or the defined name with its arguments, that a left side stands for; None where that is not
    known."""
    label = label_of(left, names)
    if label is None:
        return None
    top, slash, below = label.spelled.partition("/d")
    if slash and top.startswith("d") and re.fullmatch(r"d[A-Za-z]\w*", top):
        try:
            formula = read(rf"\frac{{d {_written(top[1:])}}}{{d {_written(below)}}}", names)
        except ReadError:
            return None
        return formula if formula.shape_error is None and isinstance(formula.body, Deriv) else None
    row = names.get(label.spelled)
    return read(label.spelled, names) if row is not None and row.role == "node" and "(" in left else None


def _written(name: str) -> str:
    found = parts(name)
    return found.base + ("_{" + " ".join(found.subscripts) + "}" if found.subscripts else "")


def _second(of: str, one: str, other: str, names: Names) -> Formula | None:
    """∂²of/∂one ∂other, a matrix where these are vectors."""
    top = names.get(canonical(of.strip()))
    if top is None or top.role != "node" or top.sizes:
        return None
    sides: list[tuple[Elem, tuple[Index, ...], tuple[Index, ...]]] = []
    for by in (one, other):
        spelled = parts(by.strip())
        row = names.get(spelled.canonical) or names.get(spelled.base + "".join(spelled.accents))
        if row is None or row.role not in ("input", "node"):
            return None
        letters = tuple(x for g in spelled.subscripts for x in g) if row.name != spelled.canonical else ()
        if letters:
            at = tuple(names[x].index for x in letters if x in names and names[x].index is not None)
            if len(at) != len(row.sizes):
                return None
            sides.append((Elem(row.name, at), (), at))  # type: ignore[arg-type]
        elif len(row.sizes) <= 1:
            axes = tuple(
                Index(letter, size) for letter, size in zip("i" if not sides else "j", row.sizes, strict=False)
            )
            sides.append((Elem(row.name, axes), axes, ()))
        else:
            return None
    (a, axes_a, free_a), (b, axes_b, free_b) = sides
    free = tuple(dict.fromkeys((*free_a, *free_b)))
    return Formula(Deriv(Deriv(Elem(top.name), a), b), (*axes_a, *axes_b), free, names)
