"""The text of an emitted module made to run: nothing is compiled but imports and functions of ours."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
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


def function_of(space: Mapping[str, Any], source: str, name: str | None) -> Callable[..., Any]:
    """The function `name` of a module that was run, or the last one of its text, with the source attached."""
    last = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]
    function = space[name if name is not None and name in space else last]
    function.__source__ = source
    return function
