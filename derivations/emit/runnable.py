"""The text of an emitted module made to run: nothing is compiled but imports and functions of ours.

A function that was built is sent to another process as its text, and shows it: `pickle`, `copy`, joblib,
`inspect.getsource` and tracebacks take it as a function of a file.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any

from derivations.emit import helpers
from derivations.emit.docstring import MARK


def checked(source: str) -> ast.Module:
    """The tree of a module; raises `ValueError` where it holds anything but our imports, and functions after them, the
    last of which says that it is ours."""
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in tree.body:
        if node not in functions and (
            ast.unparse(node) not in helpers.IMPORTS or (functions and node.lineno > functions[0].lineno)
        ):
            raise ValueError(f"only emitted code is built: line {node.lineno} is no function")
    if not functions or MARK not in (ast.get_docstring(functions[-1]) or ""):
        raise ValueError(f"only emitted code is built: the last function does not say {MARK!r}")
    return tree


def file_of(source: str) -> str:
    """A name for the file that a text would be, under which its lines are found."""
    name = f"<backproof {hashlib.sha256(source.encode()).hexdigest()[:16]}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return name


class Emitted:
    """An emitted function. `__source__` is the text of its module."""

    __name__: str

    def __init__(self, function: Callable[..., Any], source: str, again: Callable[[str, str], Emitted]):
        update_wrapper(self, function)
        self.__source__ = source
        self._function, self._again = function, again

    def __call__(self, *values: Any, **named: Any) -> Any:
        return self._function(*values, **named)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._again, (self.__source__, self.__name__)

    def __copy__(self) -> Emitted:
        return self

    def __deepcopy__(self, _memo: object) -> Emitted:
        return self

    def __repr__(self) -> str:
        return f"<function {self.__name__} of backproof>"


def function_of(
    space: Mapping[str, Any], source: str, name: str | None, again: Callable[[str, str], Emitted]
) -> Emitted:
    """The function `name` of a module that was run, or the last one of its text; `again` builds it from its text."""
    last = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]
    return Emitted(space[name if name is not None and name in space else last], source, again)
