"""The text of the helper functions that an emitted module carries: cut from `runtime.py` (`numba_runtime.py` for
numba), so that what is printed is what is tested."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from types import MappingProxyType

NEEDS = MappingProxyType({
    "arrays": ("import functools", "import inspect", "import math"), "erf": ("import math",),
    "factorial": ("import math",), "log_cosh": ("import math",),
    "shared": ("import os",), "in_threads": ("import contextvars", "import functools", "import os",
        "from concurrent.futures import ThreadPoolExecutor, wait"),
})  # fmt: skip
"""What a helper imports from the standard library."""

IMPORTS = frozenset({"import math", "import numpy as np", "from numba import njit, prange"}).union(*NEEDS.values())
"""Every import of an emitted module."""


@cache
def _texts(file: str) -> dict[str, str]:
    source = files("derivations.numpy_code").joinpath(file).read_text(encoding="utf-8")
    lines = source.splitlines()
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {
        node.name: "\n".join(lines[min(n.lineno for n in (node, *node.decorator_list)) - 1 : node.end_lineno])
        for node in functions
    }


def texts(names: Iterable[str], file: str = "runtime.py") -> list[str]:
    """The source of helpers, in the order of their file."""
    wanted = set(names)
    return [text for name, text in _texts(file).items() if name in wanted]


def all_names(file: str = "runtime.py") -> frozenset[str]:
    """Every helper's name."""
    return frozenset(_texts(file))
