"""What a variable is called that no node of the model names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Counter,
    Cumulative,
    Diagonal,
    Distances,
    Entry,
    Gather,
    Literal,
    Map,
    Matrix,
    Padded,
    Permute,
    Reduce,
    Scatter,
    Sliding,
    Softmax,
    Solve,
    Spread,
    Window,
    Zeros,
)

_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "add": "total",
        "subtract": "difference",
        "multiply": "product",
        "divide": "ratio",
        "sqrt": "root",
        "exp": "exponential",
        "negative": "negated",
        "where": "chosen",
        "sigmoid": "sigma",
        "sigmoid_slope": "slope",
        "abs": "magnitude",
        "log": "logarithm",
        "power": "powered",
        "square": "squared",
        "maximum": "larger",
        "minimum": "smaller",
        "as_float": "indicator",
        "equal": "same",
        "less": "condition",
        "less_equal": "condition",
        "greater": "condition",
        "greater_equal": "condition",
        "not_equal": "condition",
        "logical_and": "condition",
        "logical_or": "condition",
        "logical_not": "condition",
        "as_dtype": "chosen",
        "xdivy": "ratio",
        "xlogy": "logarithms",
        "xlog1py": "logarithms",
        "root_power": "root",
        "log_cosh": "logarithm",
    }
)

_OPERATIONS: Mapping[type[Array], str] = MappingProxyType(
    {
        Distances: "distances",
        Contract: "product",
        Reduce: "total",
        AddDiagonal: "matrix",
        Scatter: "sums",
        Cumulative: "running",
        Padded: "padded",
        Sliding: "windows",
        Softmax: "shares",
        Solve: "solution",
        Spread: "repeated",
        Counter: "places",
        Gather: "picked",
        Diagonal: "diagonal",
        Zeros: "zeros",
    }
)

_MATRICES: Mapping[str, str] = MappingProxyType(
    {
        "cholesky": "factor",
        "chol": "L",
        "eigproj": "projector",
        "singdyad": "dyad",
        "polar": "polar",
        "expm": "exponential",
        "eigval": "eigenvalue",
        "eigvals": "eigenvalues",
        "singval": "singular_value",
        "nuclear": "nuclear",
        "lu": "factors",
        "inv": "inverse",
        "cholesky_inverse": "inverse",
        "lu_inv": "inverse",
    }
)


_ENDS: Mapping[int, str] = MappingProxyType({0: "last", 1: "first"})


def after_its_operand(a: Array) -> tuple[str, Array] | None:
    """The name of a few operations that are called after what they are applied to, and that."""
    match a:
        case Map("square", (x,)):
            return "{}_squared", x
        case Map("subtract", (Literal(one), Map("square", (x,)))) if one == 1:
            return "one_minus_{}_squared", x
        case Map("subtract", (Literal(one), x)) if one == 1:
            return "one_minus_{}", x
        case Map("multiply", (x, Map("subtract", (Literal(one), y)))) if one == 1 and x == y:
            return "{}_slope", x
    return None


def description(a: Array, names: Mapping[Array, str]) -> str:
    """A name for an array that is used more than once and is no node: `sigma_squared`, `difference`, `E_y`."""
    if (named := after_its_operand(a)) is not None:
        template, x = named
        word = names.get(x.arg if isinstance(x, Window) else x, "")
        if word.isidentifier():
            return template.format(word)
    match a:
        case Map(fn):
            return _FUNCTIONS.get(fn, "common" if "_" in fn else fn)
        case Matrix(op):
            return _MATRICES.get(op, "determinant")
        case Gather(arg, _, Map("add", (at, _))) if (
            names.get(arg, "").isidentifier() and names.get(at, "").isidentifier()
        ):
            return f"{names[arg]}_{names[at]}"
        case Entry(arg, _, at) if names.get(arg, "").isidentifier():
            return f"{names[arg]}_{_ENDS.get(at, 'entry')}"
        case Window(arg, _, start) if names.get(arg, "").isidentifier():
            return f"{names[arg]}_{'later' if start else 'earlier'}"
        case Permute(arg):
            return f"{names[arg]}_turned" if names.get(arg, "").isidentifier() else "turned"
        case _:
            return _OPERATIONS.get(type(a), "common")
