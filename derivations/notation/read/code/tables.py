"""The names of code and what they are in the notation: a row a name, nothing is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from derivations.atoms import by_row
from derivations.notation.words import ALONG

MODULES = frozenset(["np", "numpy", "jnp", "torch", "math", "scipy"])
SHORT_MODULES = frozenset(["F", "nn", "jax", "special", "signal", "stats"])
"""Modules by names that a question may have declared: then they are the question's."""
WITHIN = frozenset(["linalg", "special", "numpy", "nn", "functional", "signal", "stats", "distributions"])
"""Modules inside these: np.linalg.inv."""

_OTHERS = {
    "average": "mean", "inverse": "inv", "t": "transpose", "pow": "power", "dot": "matmul", "mm": "matmul",
    "mv": "matmul",
} | {f: f for f in (
    "softmax", "log_softmax", "logsumexp", "logdet", "trace", "diag", "det", "norm", "outer", "inner", "prod", "sum",
    "mean", "inv", "transpose", "power", "matmul", "kron",
)}  # fmt: skip
SAME: Mapping[str, str] = by_row(lambda row: dict.fromkeys(row.code, row.name), _OTHERS)
"""Functions that the notation has, by their names in code."""

PAIRWISE = frozenset(["maximum", "minimum"])

INFIX: Mapping[str, str] = MappingProxyType(
    {"multiply": "*", "mul": "*", "divide": "/", "true_divide": "/", "add": "+", "subtract": "-", "sub": "-"}
)
"""Functions of two arguments that are an operator of the notation."""

COMPARED: Mapping[str, str] = MappingProxyType(
    {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "=", "not_equal": "!="}
)
"""Functions of two arguments that are a relation of the notation."""

JOINED: Mapping[str, str] = MappingProxyType({"logical_and": "and", "logical_or": "or"})
"""Functions of two conditions that are a word between them."""

ARRAYS: Mapping[str, str] = MappingProxyType({
    "eye": "eye", "identity": "eye", "ones": "ones", "zeros": "zeros", "ones_like": "ones like",
    "zeros_like": "zeros like", "expand_dims": "new axis", "unsqueeze": "new axis", "pinv": "pseudoinverse",
    "arange": "arange", "swapaxes": "swap axes", "one_hot": "one hot", "ravel": "ravel", "flatten": "ravel",
    "flip": "flip", "flipud": "flip rows", "fliplr": "flip columns",
    "diagflat": "diagonal", "diag_embed": "diagonal",
})  # fmt: skip
"""Functions whose meaning is a rule of `meaning.arrays`."""

LOSSES = frozenset([
    "mse_loss", "l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "nll_loss",
])  # fmt: skip
"""Losses of torch.nn.functional: rules of `meaning.losses`."""

CONVOLVED = frozenset(["convolve", "correlate", "fftconvolve", "convolve2d", "correlate2d"])
"""Functions of NumPy and scipy.signal whose meaning is a rule of `meaning.convolutions`."""

SLOPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"leaky_relu": ("negative_slope", "0.01"), "elu": ("alpha", "1")}
)
"""Functions of torch.nn.functional with a second argument: its name, and what it is where it is left out."""

WRAPPERS = frozenset(["array", "asarray", "tensor"])
"""Functions whose value is their argument."""

CONSTANTS = frozenset(["pi", "e"])
NOWHERE = frozenset(["nan", "NaN"])

UNARY = frozenset([
    "exp", "log", "sqrt", "abs", "sigmoid", "tanh", "relu", "square", "trace", "det", "inverse", "transpose", "t",
    "diag", "norm",
])  # fmt: skip
"""Methods without arguments; `y.log(p)` is a product."""

SPREADS = frozenset(["var", "std"])
"""Variance and standard deviation."""

KEEPING = frozenset(["astype", "float", "double", "copy", "clone", "item", "detach"])
"""Methods whose value is their operand; of a condition, its indicator."""

METHODS = (
    UNARY | KEEPING | SPREADS | frozenset(INFIX) | ALONG
    | {"pow", "dot", "matmul", "mm", "mv", "clip", "clamp", "swapaxes", "reshape", "view", "unsqueeze", "ravel"}
    | {"flatten"}
)  # fmt: skip
"""What is called on its first argument: z.sum(), X.dot(w)."""

FLOATS = frozenset(["float", "float16", "float32", "float64", "double", "half", "single"])
WHOLE = frozenset(["int", "int8", "int16", "int32", "int64", "bool", "long", "uint8"])
"""Kinds of number that are kept exactly, and those that are not."""

COMMENTED = frozenset([
    "forward", "backward", "pass", "backprop", "backpropagation", "backpropagate", "upstream", "downstream", "incoming",
    "local", "shape", "shapes", "mask", "masked", "apply", "applied", "copy", "compute", "computes", "computed",
    "broadcast", "broadcasts", "broadcasting", "per", "numerically", "numerical", "stable", "stability", "place",
    "inplace", "vectorised", "vectorized", "scores", "logits", "element", "wise", "initialise", "initialize", "return",
    "returns", "argument", "arguments", "array", "arrays", "axis", "cache", "cached", "helper",
])  # fmt: skip
"""Words in which comments say what a line of code does; they change no value."""

_CODE = re.compile(
    rf"\b(?:{'|'.join(sorted(MODULES | SHORT_MODULES))})\s*\.\s*[A-Za-z]|\.(?:{'|'.join(sorted(METHODS))})\s*\("
    r"|\.(?:shape|size)\b|\blen\(|\b[Oo]ne_?[Hh]ot\(|\[[\s:,]*None\b|\[range\(|\.(?:log)?p[dm]f\(|\.log_prob\("
    r"|::\s*-\s*1\s*[\],]"
    r"|(?<![\w}])(?!I\[)[^\W\d]\w*\[[^\[\]\n]{1,80}?(?:[<>]|[!=]=)[^\[\]\n]{1,80}\]\s*(?:\.T\b|\[|@|\))"
    r"|@\s*\w+\[[^\[\]\n]{1,80}?(?:[<>]|[!=]=)"
)


def is_code(text: str) -> bool:
    """Whether a text may hold a call of a module or a method."""
    return any(mark in text for mark in _MARKS) and _CODE.search(text) is not None


_MARKS = (".", "len(", "ot(", "None", "[range(", "@", "])", "::")
"""One of these stands in every text that holds code."""
