"""The text of the helper functions that an emitted module carries: cut from the files of `runtime`, so that what is
printed is what is tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from derivations.emit.dialect import Dialect
from derivations.emit.dressing import GUARD

STANDARD: Mapping[str, str] = MappingProxyType(
    {rf"\b{module}\.": f"import {module}" for module in ("contextvars", "functools", "inspect", "math", "os", "re")}
    | {r"\bThreadPoolExecutor\b": "from concurrent.futures import ThreadPoolExecutor, wait"}
)
"""What of the standard library helpers use, and the line that imports it."""

IMPORTS = frozenset({"import numpy as np", "from numba import njit, prange", GUARD, *STANDARD.values()})
"""Every import of a module that is built here."""


@cache
def _texts(file: str) -> dict[str, str]:
    source = files("derivations.emit.runtime").joinpath(file).read_text(encoding="utf-8")
    lines = source.splitlines()
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {
        node.name: "\n".join(lines[min(n.lineno for n in (node, *node.decorator_list)) - 1 : node.end_lineno])
        for node in functions
    }


def texts(names: Iterable[str], file: str = "numpy.py") -> list[str]:
    """The source of helpers, in the order of their file."""
    wanted = set(names)
    return [text for name, text in _texts(file).items() if name in wanted]


def all_names(file: str = "numpy.py") -> frozenset[str]:
    """Every helper's name."""
    return frozenset(_texts(file))


CHECKS = "checking.py"
"""The file of what stands around a function."""


def texts_for(dialect: Dialect, names: Iterable[str], statements: Iterable[str]) -> list[str]:
    """The source of helpers over a library, for the statements that call them: its own, then those that are NumPy's
    over this library, then what checks."""
    wanted = set(names)
    own = all_names(dialect.helpers) if dialect.helpers else frozenset()
    shared = [_over(dialect, text) for text in texts(wanted - own)]
    every = [*(texts(wanted, dialect.helpers) if dialect.helpers else []), *shared]
    return [*(_plainer(text, list(statements)) for text in every), *texts(wanted, CHECKS)]


def _over(dialect: Dialect, text: str) -> str:
    """A helper of NumPy's code over another library; one that nothing imports is that of its first argument."""
    made = re.sub(r"\bnp\.", f"{dialect.module}.", text)
    if dialect.imports or made == text:
        return made
    (function,) = ast.parse(made).body
    assert isinstance(function, ast.FunctionDef)
    lines = made.splitlines()
    opening = dialect.opening[0][1].format(first=function.args.args[0].arg)
    lines.insert(function.body[0].end_lineno or 1, f"    {opening}")  # behind the docstring
    return "\n".join(lines)


def _plainer(text: str, statements: list[str]) -> str:
    """A helper without the parameter `axis` where nobody names another axis than the last."""
    head = re.match(r"def (\w+)\(z, axis=-1\):", text)
    if head is None or any(f"{head[1]}(" in line and "axis=" in line for line in statements):
        return text
    return re.sub(r"\baxis\b(?!=)", "-1", text.replace(", axis=-1):", "):", 1))


def names_of(dialect: Dialect) -> frozenset[str]:
    """The names that a dialect's modules hold besides NumPy's helpers: its own, and what it imports."""
    imported = {re.split(r"[\s.]+", line)[-1 if " as " in line else 1] for line in dialect.imports}
    return (all_names(dialect.helpers) if dialect.helpers else frozenset()) | imported | {dialect.module, "device"}


@cache
def _imports_of(text: str) -> frozenset[str]:
    return frozenset(line for use, line in STANDARD.items() if re.search(use, text))


def standard_imports(parts: Iterable[str]) -> list[str]:
    """The lines that import what the parts of a module use of the standard library."""
    lines = frozenset().union(*map(_imports_of, parts))
    return sorted(lines, key=lambda line: (line.startswith("from"), line))


def imported(line: str, parts: Iterable[str]) -> bool:
    """Whether the parts of a module use what a line imports."""
    names = re.split(r"[\s.]+", line)[-1:] if " as " in line else re.findall(r"\w+", line.rpartition("import ")[2])
    return any(re.search(rf"\b{name}\b", part) for name in names for part in parts)
