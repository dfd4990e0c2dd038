"""What is asked, in words of our own, with the shape of the answer: the first rung."""

from __future__ import annotations

from typing import Any

from checker.hints.rungs import Rung
from derivations.formula import Formula, Index, show_shape
from derivations.target import Subscripted, Target, read_target
from problems.schema import Part
from problems.truth import Truth

_ORDERS = {2: "second", 3: "third", 4: "fourth"}


def asked(part: Part[Any], truth: Truth, what: str = "", *, shape: bool = True) -> Rung:
    """What is asked: what the answer is, and how many numbers it is. Without `shape` the second is kept back."""
    what = what or _what(part, truth)
    many = f": {how_many(truth.formula)}" if shape and truth.formula is not None else ""
    return Rung("asked", f"What is asked is {what}{many}.")


def _what(part: Part[Any], truth: Truth) -> str:
    if truth.derivation is not None and truth.model is not None:
        return _of_target(read_target(truth.derivation.target, truth.model))
    return "a formula"


def _of_target(target: Target) -> str:
    """`the derivative of y_i by x_j, for i ≠ j`."""
    where = "".join(f", for {a} ≠ {b}" for a, b in target.distinct)
    top = _named(target.top)
    if target.below is None:
        return f"the formula of {top}"
    below = _named(target.below)
    match target.kind:
        case "argmin":
            return f"the {below} at which {top} is {'largest' if target.largest else 'least'}"
        case "dual":
            return f"the dual function of {top} over {', '.join(f'`{name}`' for name in target.over)}"
        case "second" if target.second is not None and target.second != target.below:
            return f"the second derivative of {top}, by {below} and by {_named(target.second)}{where}"
        case "along":
            return f"the second derivative of {top} by {below}, times `{target.along}`"
        case "pushed":
            return f"the derivative of {top} by {below}, times `{target.along}`"
        case "pulled":
            return f"`{target.along}` times the derivative of {top} by {below}"
        case "implicit":
            return f"the derivative of {top} by {below}, where `{target.root}` moves with it"
        case "second" | "higher":
            return f"the {_ORDERS[max(target.order, 2)]} derivative of {top} by {below}{where}"
    return f"the derivative of {top} by {below}{where}"


def _named(name: Subscripted) -> str:
    letters = "".join(name.letters)
    return f"`{name.name}_{letters}`" if letters else f"`{name.name}`"


def how_many(formula: Formula) -> str:
    """`one number for each i from 1 to m`, `an array of shape (n, d)`, `one number`."""
    if formula.axes:
        array = f"an array of shape {show_shape(formula.shape)}"
        return f"{array} for each {_each(formula.free)}" if formula.free else array
    return f"one number for each {_each(formula.free)}" if formula.free else "one number"


def _each(indices: tuple[Index, ...]) -> str:
    return " and ".join(f"`{i.name}` from 1 to {i.size}" for i in indices)
