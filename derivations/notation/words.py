"""The words of the notation: functions by every spelling, keywords, and what may start an operand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.atoms import by_row

FUNCTIONS: Mapping[str, str] = by_row(
    lambda row: dict.fromkeys((row.name, row.name.replace("_", ""), *row.spellings), row.name),
    {
        "softmax": "softmax", "Softmax": "softmax", "logsoftmax": "log_softmax", "log_softmax": "log_softmax",
        "LogSoftmax": "log_softmax",
        "logsumexp": "logsumexp", "LogSumExp": "logsumexp", "LSE": "logsumexp", "lse": "logsumexp",
        "tr": "trace", "Tr": "trace", "trace": "trace", "Trace": "trace", "det": "det", "Det": "det",
        "logdet": "logdet", "inv": "inv", "inverse": "inv", "Inverse": "inv",
        "diag": "diag", "Diag": "diag", "norm": "norm", "Norm": "norm", "transpose": "transpose",
        "Transpose": "transpose", "dot": "inner", "inner": "inner", "outer": "outer", "matmul": "matmul",
        "hadamard": "hadamard", "mean": "mean", "Mean": "mean", "avg": "mean", "average": "mean",
        "Indicator": "indicator", "indicator": "indicator",
        "KroneckerDelta": "kronecker", "kronecker": "kronecker", "Piecewise": "piecewise", "piecewise": "piecewise",
        "sum": "sum", "Sum": "sum", "prod": "prod", "Prod": "prod", "Product": "prod", "product": "prod",
        "argmax": "argmax", "argmin": "argmin", "power": "power", "pow": "power",
        "vec": "vec", "kron": "kron", "Kron": "kron",
        "eigval": "eigval", "eigmax": "eigmax", "eigmin": "eigmin", "eigproj": "eigproj", 
        "singval": "singval", "singmax": "singmax",        "singdyad": "singdyad",
        "nuclear": "nuclear", "polar": "polar", "expm": "expm", "chol": "chol", "cholesky": "chol",
    },
)  # fmt: skip
"""Every spelling of a function and its one name."""

UNREAD: Mapping[str, str] = MappingProxyType({
    "Var": "a variance", "var": "a variance",
    "Cov": "a covariance", "cov": "a covariance", "corr": "a correlation", "Corr": "a correlation",
    "std": "a standard deviation", "Pr": "a probability", "Prob": "a probability", "KL": "a divergence",
    "rank": "a rank", "span": "a span", "sup": "a supremum", "inf": "an infimum", "lim": "a limit",
    "arg": "an argument", "mod": "a remainder", "gcd": "a common divisor",
    "logm": "a matrix logarithm", "sqrtm": "a matrix root",
})  # fmt: skip
"""Functions of mathematics that are not read, and what they are: no run of letters of these is a product."""

BINDERS: Mapping[str, str] = MappingProxyType(
    {"sum": "sum", "prod": "prod", "max": "max", "min": "min", "logsumexp": "logsumexp", "mean": "mean"}
)
"""Functions that bind an index written below them: max_i, mean_i."""

ALONG = frozenset(["sum", "mean", "max", "min", "prod", "logsumexp", "softmax", "log_softmax"])
"""Functions that may be told their axis, as in code: sum(Z, axis=0)."""

PREFIXES: Mapping[str, str] = by_row(lambda row: {row.letter: row.name} if row.letter else {})
"""Letters that are a function only when an argument follows: σ(z) beside σ²."""

TRIG = frozenset(["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"])
"""Functions whose power -1 is their inverse: sin^-1 x."""

IF = frozenset(["if", "for", "when", "If", "For", "When", "where", "whenever", "provided"])
UNLESS = frozenset(["unless", "Unless"])
"""What opens an exception: the condition is its negation."""
ELSE = frozenset(["else", "otherwise", "Otherwise", "Else", "ow"])
AND, OR, NOT = frozenset(["and", "And", "AND"]), frozenset(["or", "Or", "OR"]), frozenset(["not", "Not", "NOT"])
TRUTH = frozenset(["True", "true"])
SINCE = frozenset(
    [
        "since",
        "because",
        "as",
        "by",
        "using",
        "hence",
        "thus",
        "therefore",
        "so",
        "then",
        "with",
        "Since",
        "Because",
        "Hence",
        "Thus",
        "Therefore",
        "So",
        "Then",
        "By",
        "Using",
        "iff",
        "implies",
    ]
)
NEVER_RUN = IF | UNLESS | ELSE | AND | OR | NOT | frozenset(["iff", "is", "it", "with", "then"])
"""Words that are never several names run together: `is` is no product of i and s."""
KEYWORDS = IF | UNLESS | ELSE | AND | OR | NOT | SINCE
"""Words that are never the start of an operand."""

PRODUCT: Mapping[str, str] = MappingProxyType(
    {"*": "*", "dot": "dot", "times": "times", "@": "@", "odot": "odot", "otimes": "otimes", "/": "/"}
)
"""Kinds of token that multiply or divide."""

COMPARISONS: Mapping[str, str] = MappingProxyType({"=": "==", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!="})
"""Relations that may stand in a condition, and the op of their node."""
