r"""What a document says of shapes, judged.

X^T y \in \mathbb R^d                     the shape of X^T y is that
XW : n \times K
(n \times d)(d \times K) = n \times K    the shapes meet
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from checker.answers.outcome import right, wrong
from checker.documents.chains import sides
from checker.documents.declaring import set_of, shape_of
from checker.documents.statements import Said
from checker.documents.stretches import outside
from checker.verdict import Verdict
from derivations.domains import Names
from derivations.notation import read
from derivations.notation.errors import ReadError

_MEMBER = re.compile(r"(?P<left>.+?)(?:∈|\\in(?![A-Za-z])|:)(?P<right>.+)\Z", re.DOTALL)
_SET_SIGN = re.compile(r"∈|\\in(?![A-Za-z])")
_FACTOR = re.compile(r"\(\s*(\w+)\s*(?:\\times|×)\s*(\w+)\s*\)")
_BARE = re.compile(r"\s*\(?\s*(\w+)\s*(?:\\times|×)\s*(\w+)\s*\)?\s*[.,]?\s*\Z")


def without_set(said: Said) -> tuple[Said, str]:
    r"""A statement without the set behind it, `C = X^T X \in \mathbb R^{d \times d}`, and its last side as a member of
    that."""
    sign = next(outside(said.text, _SET_SIGN), None)
    found = set_of(said.text[sign.end() :]) if sign is not None else None
    if sign is None or found is None or said.text[sign.end() + found[2] :].strip(" .,{}"):
        return said, ""
    text = said.text[: sign.start()].rstrip()
    return replace(said, text=text, end=len(text)), f"{sides(text)[-1]} {said.text[sign.start() :].strip()}"


def set_behind(text: str, expanded: Callable[[str], str]) -> int | None:
    """Where the set begins behind a relation, with the commands of the document put back; None where there is none."""
    sign = next(outside(text, _SET_SIGN), None)
    if sign is None or "=" not in text[: sign.start()]:
        return None
    said = expanded(text[sign.end() :])
    found = set_of(said)
    return None if found is None or said[found[2] :].strip(" .,{}") else sign.start()


def judge_shapes(text: str, names: Names) -> Verdict | None:
    """Whether shapes are as they are said to be; None where nothing is said that can be judged."""
    if (product := judge_product(text)) is not None:
        return product
    found = _MEMBER.fullmatch(text)
    if found is None or "," in found["left"]:
        return None
    try:
        formula = read(found["left"], names)
    except ReadError:
        return None
    if formula.free or formula.joint:
        return None
    if formula.shape_error is not None:
        return wrong("shape", formula.shape_error.message)
    said = set_of(found["right"]) if ":" not in text else None
    sizes = (
        said[1]
        if said is not None and said[0] == "real"
        else shape_of(found["right"].strip(" .,"))
        if said is None and ":" in text
        else None
    )
    if sizes is None:
        return None
    shape = tuple(str(s) for s in formula.shape)
    if shape == tuple(sizes) or _column(shape, tuple(sizes)):
        return right()
    return wrong("shape", f"it is {_shown(shape)}, said to be {_shown(sizes)}")


def judge_product(text: str) -> Verdict | None:
    """Whether shapes that are multiplied meet, and give what is said; None where a text is no such product."""
    product, equals, result = text.partition("=")
    factors = _FACTOR.findall(product)
    alone = equals and len(factors) > 1 and not _FACTOR.sub("", product).replace("\\cdot", "").strip()
    return _product(factors, result) if alone else None


def _column(shape: tuple[str, ...], said: tuple[str, ...]) -> bool:
    """A column may be said to be n×1, a number 1×1."""
    return tuple(s for s in said if s != "1") == shape


def _product(factors: list[tuple[str, str]], result: str) -> Verdict | None:
    end = _BARE.match(result)
    if end is None:
        return None
    for (_, a), (b, _) in pairwise(factors):
        if a != b:
            return wrong("shape", f"{a} columns meet {b} rows")
    shape, said = (factors[0][0], factors[-1][1]), (end[1], end[2])
    return right() if shape == said else wrong("shape", f"the product is {_shown(shape)}, said to be {_shown(said)}")


def _shown(sizes: tuple[str, ...]) -> str:
    return "×".join(sizes) or "a number"
