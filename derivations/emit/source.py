"""A module's text from formulas, and the function from the text.

`emit` prints: imports, the helpers that are used, and one function whose arguments are the names the formulas need and
whose statements are the nodes they need, in order. `build` compiles such text; `guarded` does both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derivations.emit.blocked.writer import emit_fast
from derivations.emit.dialects import named
from derivations.emit.dressing import Backend, Dressing, DressingName, dressed
from derivations.emit.layer import emit_layer
from derivations.emit.loops.compiled import build_compiled
from derivations.emit.loops.form import emit_numba
from derivations.emit.module import emit_readable
from derivations.emit.plan import Plan
from derivations.emit.program import CannotEmit
from derivations.emit.runnable import Emitted, checked, file_of, function_of
from derivations.formula import Formula
from derivations.kept_means import atoms_in
from derivations.work import TooMuchWork, limited

WORK = 20_000
"""Units of `work` for one function, some times what the dearest of the models' targets takes: nodes of the trees in
which exponentials are scaled."""


def emit(
    outputs: Mapping[str, Formula],
    name: str,
    doc: str,
    *,
    fast: bool = False,
    backend: Backend = "numpy",
    dressing: DressingName = "bare",
) -> str:
    """The source of a module with one function that returns the outputs: one array, or a tuple of them in order.

    Nodes with definitions become variables where they are used again or would be long at their place. `fast` gives the
    form with `out=` and a workspace; `backend` names one of `dialects.backends()`: "numba" gives the form with compiled
    loops, others the readable form over another library, as source only. `dressing` is one of `dressing.DRESSINGS`:
    "bare" is the function as a person writes it, "checked" and "guarded" check and convert its arguments, "layer" is
    one that autodiff differentiates as derived (`layer`). Raises
    `CannotEmit` where a formula has no such form, `TooMuchWork` where the form of it that does not overflow is too
    long.
    """
    try:
        with limited(WORK):
            return _emitted(outputs, name, doc, fast, backend, dressed(dressing))
    except TooMuchWork as error:
        raise TooMuchWork("a form that does not overflow at large exponents is too long to be written") from error


def _emitted(outputs: Mapping[str, Formula], name: str, doc: str, fast: bool, backend: str, dressing: Dressing) -> str:
    dialect = named(backend)
    if any(atoms_in(output.body) for output in outputs.values()):
        raise CannotEmit("a mean that has no closed form has no code: sample it, or write the sum that is meant")
    if fast and dialect.no_fast:
        raise ValueError(f"{dialect.title} has no fast form of ours: {dialect.no_fast}")
    if dressing.checks and not dialect.checks:
        raise ValueError(f"{dialect.title} code checks no arguments: only NumPy's does, and numba's")
    if dressing.layer:
        return emit_layer(outputs, name, doc, dialect, fast)
    plan = Plan(outputs, dialect)
    if fast:
        return emit_fast(plan, name, doc, dialect, dressing)
    if dialect.loops and not plan.recurs and (text := emit_numba(plan, name, doc, dialect, dressing)):
        return text
    return emit_readable(plan, name, doc, named("numpy") if dialect.loops else dialect, dressing)


def guarded(
    outputs: Mapping[str, Formula], name: str, doc: str = "", *, fast: bool = False, backend: Backend = "numpy"
) -> Callable[..., Any]:
    """The function itself, NumPy's or numba's: it checks and converts what it is given, and takes leading axes."""
    return build(emit(outputs, name, doc, fast=fast, backend=backend, dressing="guarded"), name)


def build(source: str, name: str | None = None) -> Emitted:
    """The function of an emitted module: `name`, or the last one; it can be pickled. Only text that `emit` made is
    compiled: imports and functions, nothing that runs."""
    tree = checked(source)
    if named("numba").imports[-1] in source.splitlines():
        return build_compiled(tree, source, name, build)
    space: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(tree, file_of(source), "exec"), space)
    return function_of(space, source, name, build)
