"""The stub of `derivations.functions`, whose functions are made when they are asked for: with it a wrong name is an
error of types, and editors complete the right ones."""

from __future__ import annotations

import ast
from pathlib import Path

from derivations import functions

STUB = Path(functions.__file__).with_suffix(".pyi")
HEAD = '''"""Derived functions by name; made by `make docs`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from derivations.derivation import Derivation
from derivations.emit.dressing import Backend, DressingName
from derivations.model import Model

class Derived:
    """Takes the inputs by name, arrays of any size, and returns the result."""

    def __call__(self, **inputs: Any) -> Any: ...

'''


def stub() -> str:
    """Its text: what the module defines, and a line for each derived function."""
    tree = ast.parse(Path(functions.__file__).read_text(encoding="utf-8"))
    own = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name not in functions.index()
    ]
    for node in own:
        node.decorator_list, node.body = [], [ast.Expr(ast.Constant(...))]
    defined = "\n".join(ast.unparse(node).replace(":\n    ...", ": ...") for node in own)
    return f"{HEAD}{defined}\n\n" + "".join(f"{name}: Derived\n" for name in sorted(functions.index()))
