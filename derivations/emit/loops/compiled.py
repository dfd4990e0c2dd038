"""Functions of modules for numba, which keeps machine code on disk beside the file of its source.

So the source of a function that is built in memory is written to the user's cache directory, under its hash, and what
was compiled in one process is there for the next. Where that cannot be written, functions are compiled anew in every
process.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from derivations.cache_folder import folder, private
from derivations.emit.runnable import Emitted, checked, function_of


def build_compiled(tree: ast.Module, source: str, name: str | None, again: Callable[[str, str], Emitted]) -> Emitted:
    """The function of a module for numba, which `again` builds from its text; raises ImportError where numba is
    missing."""
    if find_spec("numba") is None:
        raise ImportError("numba is not installed: pip install 'backproof[numba]'")
    module_name = f"backproof_{hashlib.sha256(source.encode()).hexdigest()[:32]}"
    try:
        path = str(_written(source, module_name))
    except (OSError, RuntimeError):  # no home folder, or a read-only one
        path, tree = (
            "<backproof>",
            checked(source.replace("@njit(parallel=True, cache=True)", "@njit(parallel=True)")),
        )
    module = ModuleType(module_name)
    module.__file__ = path
    sys.modules[module_name] = module  # numba finds the globals of kept code by the module's name
    exec(compile(tree, path, "exec"), module.__dict__)
    return function_of(module.__dict__, source, name, again)


def _written(source: str, module_name: str) -> Path:
    """The file of a source, written if it is not there; it changes no more, or numba would compile it again."""
    path = private(folder() / "numba") / f"{module_name}.py"
    if not path.exists():
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(source, encoding="utf-8")
        os.replace(beside, path)
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(path.parent)
    return path
