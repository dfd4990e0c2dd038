"""What an array library calls things: the value that `printer` writes through.

A `Dialect` is data. Its templates say how an operation of `program` is spelled, its `opening` how a function begins. A
place `{}` of a template takes an array: as it stands where brackets or commas surround the place, else as an atom, or
at the level that the place names (`{:product}`); a place with a name takes a word, as `{axis}` takes `axis=0`. `xp.` is
the library. What a template calls and no library owns is a helper, which the module carries (`runtime`).

    FUNCTIONS    entrywise functions                OPERATIONS    everything else
    INFIX        functions between their arguments  OF_NUMBERS    functions of Python's numbers

A dialect's own tables hold what differs from these; None where the library has no such thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache
from string import Formatter
from types import MappingProxyType

from derivations.frozen import frozen

COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(6)
"""How tightly a text holds together."""

_LEVELS = {"sum": SUM, "product": PRODUCT, "factor": PRODUCT + 1}

INFIX: Mapping[str, tuple[str, int]] = MappingProxyType({
    "add": ("+", SUM), "subtract": ("-", SUM), "multiply": ("*", PRODUCT), "divide": ("/", PRODUCT),
    "less": ("<", COMPARE), "less_equal": ("<=", COMPARE), "greater": (">", COMPARE), "greater_equal": (">=", COMPARE),
    "equal": ("==", COMPARE), "not_equal": ("!=", COMPARE),
})  # fmt: skip
"""Entrywise functions that are written between their arguments."""

FUNCTIONS: Mapping[str, str] = MappingProxyType({
    **{fn: f"xp.{fn}({{}})" for fn in ("exp", "log", "log1p", "expm1", "sqrt", "cbrt", "sin", "cos", "tan", "sinh",
            "cosh", "tanh", "abs", "sign", "floor", "ceil")},
    "cot": "1 / xp.tan({})", "sec": "1 / xp.cos({})", "csc": "1 / xp.sin({})", "coth": "1 / xp.tanh({})",
    "asin": "xp.arcsin({})", "acos": "xp.arccos({})", "atan": "xp.arctan({})", "acot": "xp.arctan(1 / {})",
    "asec": "xp.arccos(1 / {})", "acsc": "xp.arcsin(1 / {})",
    "asinh": "xp.arcsinh({})", "acosh": "xp.arccosh({})", "atanh": "xp.arctanh({})",
    "softplus": "xp.logaddexp(0, {})", "log_sigmoid": "-xp.logaddexp(0, -{})", "relu": "xp.maximum({}, 0)",
    **{fn: f"xp.{fn}({{}}, {{}})" for fn in ("maximum", "minimum", "logaddexp", "hypot")},
    "where": "xp.where({}, {}, {})", "logical_not": "~{}", "logical_and": "{} & {}", "logical_or": "{} | {}",
    "as_float": "{}.astype(dtype)", "as_dtype": "{}.astype(dtype)",
    **{fn: f"{fn}({{}})" for fn in ("sigmoid", "sigmoid_slope", "sech", "csch", "erf", "erfc", "factorial", "lgamma",
            "digamma", "trigamma", "log1mexp", "log_cosh")},
    **{fn: f"{fn}({{}}, {{}})" for fn in ("root_power", "xlogy", "xlog1py", "xdivy")},
})  # fmt: skip
"""Every other entrywise function."""

OPERATIONS: Mapping[str, str | None] = MappingProxyType({
    "counter": "xp.arange(1, {stop} + 1, dtype=dtype)", "positions": "xp.arange(1, {stop} + 1)",
    "places": "xp.arange({stop})",
    "zeros": "xp.zeros({shape}, dtype)", "full": "xp.full({shape}, {}, dtype)",
    "broadcast": "xp.broadcast_to({}, {shape}).copy()", "copy": "{}.copy()",
    "transpose": "{}.T", "swap_last": "{}.mT", "permute": "{}.transpose({order})",
    "sum": "{}.sum({axis})", "mean": "{}.mean({axis})", "prod": "{}.prod({axis})",
    "max": "{}.max({axis})", "min": "{}.min({axis})",
    "norm": "norm({}{and_axis})", "softmax": "softmax({}{and_axis})", "logsumexp": "logsumexp({}{and_axis})",
    "trace": "xp.trace({})", "diagonal": 'xp.einsum("{pattern}", {})',
    "einsum": 'xp.einsum("{pattern}", {}, {})', "einsum_by_products": 'xp.einsum("{pattern}", {}, {})',
    "vdot": "xp.vdot({}, {})",
    "tensordot": "xp.tensordot({}, {}, ({first}, {second}))",
    "solve": "xp.linalg.solve({}, {})", "inv": "xp.linalg.inv({})", "det": "xp.linalg.det({})",
    "distances": None, "cholesky": None, "cholesky_solve": None, "cholesky_inverse": None,
    "lu": None, "lu_solve": None, "lu_solve_transposed": None, "lu_inv": None, "lu_det": None, "lu_logdet": None,
    "lu_logabsdet": None, "logdet": "log_determinant({})", "logabsdet": "xp.linalg.slogdet({})[1]",
    "eigvals": "xp.linalg.eigvalsh({})[..., ::-1]", "eigval": "xp.linalg.eigvalsh({})[..., {place}]",
    "eigproj": "eigenprojector({}, {place})",
    "singval": "xp.linalg.svd({}, compute_uv=False)[..., {place}]", "singdyad": "singular_dyad({}, {place})",
    "nuclear": "xp.linalg.svd({}, compute_uv=False).sum(-1)", "polar": "polar_factor({})",
    "expm": "matrix_exponential({})", "chol": "xp.linalg.cholesky({})", "lu_chol": None,
    "gather": "gather({}, {}, {axis})",
    "padded": "padded({}, {start}, {size}{and_axis})", "cumsum": "xp.cumsum({}, axis={axis})",
    "cumsum_back": "xp.flip(xp.cumsum(xp.flip({}, axis={axis}), axis={axis}), axis={axis})",
    "sliding": "sliding({}, {size}, {axis})", "reaching": "reaching({}, {size}, {axis})",
    "pick": "{}[{}]", "sum_by_label": None,
    "vecdot": "xp.vecdot({}, {})", "matvec": "xp.matvec({}, {})", "vecmat": "xp.vecmat({}, {})",
    "vdots": "xp.sum({:product} * {:factor}, {axis})", "traces": 'xp.einsum("...ii->...", {})',
    "stack": "xp.stack({name}{and_axis})",
    "moveaxis": "xp.moveaxis({}, ({before}), ({after}))", "repeat": "xp.repeat({}, {size}, axis={axis})",
    "eye": "xp.eye({size}, dtype=bool)",
    "condition": None, "number": None,
})  # fmt: skip
"""Everything but entrywise functions: `vecdot` to `eye` are written for leading axes. A library without factors solves
each time anew, one without distances sums the squares of an array of differences. The last two are for libraries that
take no Python values in a choice: a condition on sizes and a number as arrays."""

OF_NUMBERS: Mapping[str, tuple[str, int]] = MappingProxyType({
    **{fn: (f"math.{fn}({{}})", ATOM) for fn in ("exp", "log", "log1p", "expm1", "sqrt", "cbrt", "sin", "cos", "tan",
            "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "lgamma",
            "floor", "ceil")},
    "cot": ("1 / math.tan({})", PRODUCT), "sec": ("1 / math.cos({})", PRODUCT), "csc": ("1 / math.sin({})", PRODUCT),
    "coth": ("1 / math.tanh({})", PRODUCT), "sech": ("1 / math.cosh({})", PRODUCT),
    "csch": ("1 / math.sinh({})", PRODUCT),
    "sigmoid": ("1 / (1 + math.exp(-{}))", PRODUCT), "softplus": ("math.log1p(math.exp({}))", ATOM),
    "log_sigmoid": ("-math.log1p(math.exp(-{}))", UNARY), "factorial": ("math.gamma({} + 1)", ATOM),
    "abs": ("abs({})", ATOM), "relu": ("max({}, 0)", ATOM), "maximum": ("max({}, {})", ATOM),
    "minimum": ("min({}, {})", ATOM), "where": ("({1} if {0} else {2})", ATOM), "logical_not": ("not {}", COMPARE),
    "as_float": ("float({})", ATOM), "as_dtype": ("float({})", ATOM),
    "logaddexp": ("math.log(math.exp({}) + math.exp({}))", ATOM), "log1mexp": ("math.log(-math.expm1(-{}))", ATOM),
    "log_cosh": ("math.log(math.cosh({}))", ATOM), "hypot": ("math.hypot({}, {})", ATOM),
})  # fmt: skip
"""Entrywise functions of numbers and sizes alone, and how tightly they hold together: Python's own, since a NumPy
number would turn float32 into float64."""

NUMPY_CLOSE = "np.testing.assert_allclose({}, {}, {tolerance})"


@frozen
class Dialect:
    """A library, or a way to run NumPy's code, as emitted code spells it."""

    name: str
    """What `backend=` and the command line call it."""
    title: str
    about: str
    """One line for `--help`."""
    module: str
    """The library in emitted code, for the templates' `xp`."""
    imports: tuple[str, ...]
    opening: tuple[tuple[str, str], ...]
    """The first statements, each with the word that asks for it (empty: it always stands). {given} `x, y`, {all}
    `(x, y)`, {left} the same left of `=`, {first} `x`."""
    bare: tuple[tuple[str, str], ...] | None
    """The same for a function that takes sizes alone; None: there is none."""
    diagonal: tuple[str, ...]
    """The statements that add {values} on a diagonal of {base} ({own}: a copy of it, where it is needed otherwise) as
    {name}; {view} and {k} are variables, {pattern} is einsum's, {column} the values as columns."""
    spread_diagonal: tuple[str, ...] = ()
    """The same for values that are to be repeated along the other axes, where that differs."""
    functions: Mapping[str, str | None] = field(default_factory=dict)
    operations: Mapping[str, str | None] = field(default_factory=dict)
    helpers: str = ""
    """The file of `runtime` with helpers of its own; the others are those of NumPy, over this library."""
    no_fast: str = ""
    """Why there is no form with `out=` and a workspace; empty: there is one."""
    needs: str = ""
    """What must be installed, for the docstring."""
    apart: tuple[str, ...] = (
        "{name} = {base}",
        "{name} = xp.where({eye}, {total}, {rest})",
    )
    """The statements of `diagonal` for leading axes that the base lacks: {eye} says where the diagonal is, {total} is
    the sum there, {rest} what stands elsewhere; a base of zeros does without the first."""
    checks: bool = False
    """Whether there is a form that checks and converts its arguments: the runtime is NumPy's."""
    loops: bool = False
    """Whether what BLAS does not do is written as loops, which are compiled."""
    drawn: str = "{}"
    """What makes an array of one that NumPy drew, in a test."""
    close: str = NUMPY_CLOSE
    """What tests that two arrays agree."""
    differentiated: str = ""
    """The same of what autodiff differentiates by; empty: there is none."""
    check: str = ""
    """The test of a layer: its {call} differentiated {by} arguments."""
    before_test: tuple[str, ...] = ()
    """The first statements of a test."""
    mixes_kinds: bool = True
    """Whether truth values are multiplied with numbers."""
    of_number: str = ""
    """The statement that makes an array of an argument {name} that may be a number of Python; empty where the library
    keeps the dtype beside one."""
    scans: bool = False
    """Whether a loop over places is a scan of JAX's, which traces one step."""
    whole_index: bool = False
    """Whether an index must name every axis."""

    def function(self, fn: str) -> str | None:
        """The template of an entrywise function."""
        return self.spelled(self.functions[fn] if fn in self.functions else FUNCTIONS.get(fn))

    def operation(self, name: str) -> str | None:
        """The template of another operation."""
        return self.spelled(self.operations[name] if name in self.operations else OPERATIONS[name])

    def spelled(self, template: str | None) -> str | None:
        """A template over this library."""
        return template and template.replace("xp.", f"{self.module}.")


def filled(template: str, arrays: tuple[Callable[[int], str], ...], words: Mapping[str, str]) -> str:
    """A template with arrays, each at the level of its place, and words."""
    texts = [arrays[n](level) for n, level in sorted(_places(template).items())]
    return _without_levels(template).format(*texts, **words)


@cache
def _places(template: str) -> dict[int, int]:
    """The level at which each array of a template is written."""
    parts = [(text, name, spec) for text, name, spec, _ in Formatter().parse(template)]
    after = [text for text, _, _ in parts[1:]] + [""]
    places: dict[int, int] = {}
    for (before, name, spec), behind in zip(parts, after, strict=True):
        if name == "" or (name or "").isdigit():
            alone = re.search(r"([(,] ?| if | else )$", before) and re.match(r"[,)]| if | else |$", behind)
            places[int(name) if name else len(places)] = _LEVELS[spec] if spec else COMPARE if alone else ATOM
    return places


@cache
def _without_levels(template: str) -> str:
    return re.sub(r"\{(\w*):\w+\}", r"{\1}", template)


@cache
def mentions(template: str) -> frozenset[str]:
    """What a template calls by a name alone, and `dtype`, `device` and `math` where it reads them."""
    return frozenset(re.findall(r"(?<![\w.])\w+(?=\()|\b(?:dtype|device)\b(?!=)|\bmath(?=\.)", template))


def level_of(template: str) -> int:
    """How tightly what a template of a function writes holds together."""
    return (
        PRODUCT
        if template.startswith("1 /")
        else UNARY
        if template[0] in "-~"
        else COMPARE
        if " & " in template or " | " in template
        else ATOM
    )
