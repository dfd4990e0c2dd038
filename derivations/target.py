"""What is to be derived, as written.

`dL/dx`, `dy_i/dx_j`, `dy_i/dx_j where i != j`, `dy/dx along v` and `dy/dx against u` (the Jacobian times v, and u times
the Jacobian), `dx/dtheta with x from F(x, theta) = 0`, `dF/dtheta by score`, `d2L/dw2`, `d2L/dudv`, `d2L/dw2 along v`
(the Hessian times v), `d3L/dw3`, `d4L/dw4`, `argmin J over theta`, `argmax J over w subject to w^T w = 1`,
`dual J over w, b subject to y_i (w^T x_i + b) >= 1`, a node's name.
"""

from __future__ import annotations

import re
from typing import Literal

from derivations.frozen import frozen
from derivations.model import Model, UnknownName

Kind = Literal[
    "gradient", "pushed", "pulled", "implicit", "score", "second", "along", "higher", "value", "argmin", "dual"
]

HIGHEST = 4
"""The highest derivative: the steps of a fifth fill pages that nobody reads."""


@frozen
class Subscripted:
    """A name with the letters written at it."""

    name: str
    letters: tuple[str, ...] = ()


@frozen
class Target:
    """A target that has been read. `distinct` holds pairs of letters stated to differ."""

    text: str
    kind: Kind
    top: Subscripted
    below: Subscripted | None = None
    second: Subscripted | None = None
    distinct: tuple[tuple[str, str], ...] = ()
    order: int = 1
    along: str = ""
    """The direction of a product of a Hessian or a Jacobian with a vector."""
    largest: bool = False
    """Of an argmin: whether it is an argmax."""
    constraints: tuple[str, ...] = ()
    """The equations under which an extremum is sought."""
    over: tuple[str, ...] = ()
    """Of a dual function: the unknowns that are eliminated."""
    root: str = ""
    equation: str = ""
    """The name that an equation makes a function of the others, and the equation."""


class TooHigh(ValueError):
    """A derivative of an order that is not shown."""


_ALONG = re.compile(r"\s+along\s+(?P<v>\S+)\Z")
_PRODUCT = re.compile(r"\s+(?P<how>along|against)\s+(?P<v>\S+)\Z")
_ROOT = re.compile(r"\s+with\s+(?P<x>\S+)\s+from\s+(?P<equation>.+)\Z")
_SCORE = re.compile(r"\s+by\s+score\Z")
_ARGMIN = re.compile(
    r"arg(?P<which>min|max)\s+(?P<top>\S+)\s+over\s+(?P<below>\S+)(?:\s+subject\s+to\s+(?P<constraints>.+))?\Z"
)
_DUAL = re.compile(r"dual\s+(?P<top>\S+)\s+over\s+(?P<over>.+?)\s+subject\s+to\s+(?P<constraints>.+)\Z")
_WHERE = re.compile(r"\s+where\s+(?P<a>[A-Za-z])\s*(?:!=|≠)\s*(?P<b>[A-Za-z])\Z")


def read_target(text: str, model: Model) -> Target:
    """A target of a model. Raises `UnknownName` with the nearest of the model's own."""
    given = text.strip().replace("∂", "d").replace("−", "-")
    found = _ARGMIN.match(given)
    if found:
        return Target(
            text,
            "argmin",
            _name(found["top"], model),
            _name(found["below"], model),
            largest=found["which"] == "max",
            constraints=_parts(found["constraints"] or "", ";"),
        )
    if dual := _DUAL.match(given):
        over = tuple(_name(part, model).name for part in _parts(dual["over"], ","))
        constraints = _parts(dual["constraints"], ";")
        return Target(text, "dual", _name(dual["top"], model), Subscripted(over[0]), over=over, constraints=constraints)
    root = _ROOT.search(given)
    if root:
        top, _, below = given[: root.start()].partition("/")
        if not below or top[:1] != "d" or below[:1] != "d":
            raise UnknownName(f"target of {model.name}", text, model.targets)
        by, of = _name(below[1:], model), _name(top[1:], model)
        return Target(text, "implicit", of, by, root=model.find(root["x"]), equation=root["equation"].strip())
    score = _SCORE.search(given)
    if score:
        top, _, below = given[: score.start()].partition("/")
        if top[:1] != "d" or below[:1] != "d":
            raise UnknownName(f"target of {model.name}", text, model.targets)
        return Target(text, "score", _name(top[1:], model), _name(below[1:], model))
    distinct: tuple[tuple[str, str], ...] = ()
    where = _WHERE.search(given)
    if where:
        distinct, given = ((where["a"], where["b"]),), given[: where.start()]
    top, slash, below = given.partition("/")
    if not slash:
        return Target(text, "value", _name(given, model))
    top, below = top.strip(), below.strip()
    if not top.startswith("d") or not below.startswith("d"):
        raise UnknownName(f"target of {model.name}", text, model.targets)
    high = re.match(r"d\^?(\d+)", top)
    if high and int(high[1]) > 2 and not _known(top[1:], model):
        return _higher(int(high[1]), top[high.end() :], below, text, model)
    if re.match(r"d\^?2", top) and not _known(top[1:], model):
        along = _ALONG.search(below)
        if along:
            below = below[: along.start()]
        one, two = _second(below, text, model)
        if along:
            return Target(
                text,
                "along",
                _top(re.sub(r"^d\^?2\s*", "", top), model),
                one,
                two,
                distinct,
                along=_direction(along["v"], model),
            )
        return Target(text, "second", _top(re.sub(r"^d\^?2\s*", "", top), model), one, two, distinct)
    if product := _PRODUCT.search(below):
        kind: Kind = "pushed" if product["how"] == "along" else "pulled"
        wrt = _name(below[1 : product.start()], model)
        return Target(text, kind, _name(top[1:], model), wrt, along=_direction(product["v"], model))
    return Target(text, "gradient", _top(top[1:], model), _name(below[1:], model), None, distinct)


def _parts(text: str, between: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(between) if part.strip())


def _direction(text: str, model: Model) -> str:
    """A name of the model, or a new one that is declared by its use."""
    return model.find(text) if _known(text, model) or not re.fullmatch(r"[^\W\d]\w*", text) else text


def _higher(order: int, top: str, below: str, text: str, model: Model) -> Target:
    """`d3L/dw3`: one name only."""
    if order > HIGHEST:
        raise TooHigh(
            f"derivatives up to order {HIGHEST} are shown; {text} asks for order {order}. Ask for the "
            f"gradient of d{HIGHEST}… as a formula of its own"
        )
    name = re.sub(rf"\^?{order}\Z", "", below[1:])
    if name == below[1:]:
        raise UnknownName(f"target of {model.name}", text, model.targets)
    wrt = _name(name, model)
    return Target(text, "higher", _top(top, model), wrt, wrt, order=order)


def _second(below: str, text: str, model: Model) -> tuple[Subscripted, Subscripted]:
    """`dw2`, `dw^2`, `dw_i dw_j`, `dudv`."""
    squared = re.sub(r"\^?2\Z", "", below[1:])
    if squared != below[1:] and _known(squared, model):
        return _name(squared, model), _name(squared, model)
    for cut in range(2, len(below) - 1):
        first, rest = below[1:cut].strip(), below[cut:].strip()
        if rest.startswith("d") and _known(first, model) and _known(rest[1:], model):
            return _name(first, model), _name(rest[1:], model)
    raise UnknownName(f"target of {model.name}", text, model.targets)


def _known(text: str, model: Model) -> bool:
    try:
        _name(text, model)
    except UnknownName:
        return False
    return True


def _top(text: str, model: Model) -> Subscripted:
    """The numerator; the loss of a layer whose upstream gradient is given need not be a node."""
    if model.upstream is not None and text == model.loss:
        return Subscripted(model.loss)
    return _name(text, model)


def _name(text: str, model: Model) -> Subscripted:
    text = text.strip()
    try:
        return Subscripted(model.find(text))
    except UnknownName:
        for cut in reversed([k for k, c in enumerate(text) if c == "_"]):  # of h_0_j the name is h_0
            found = re.findall(r"[A-Za-z]", text[cut + 1 :].strip("{}"))
            if found and (text[:cut] in model.names or "_" not in text[:cut]):
                return Subscripted(model.find(text[:cut]), tuple(found))
        raise
