"""A module's text from formulas, and the function from the text.

`emit` prints: a header, the helpers that are used, and one function whose arguments are the names the formulas need
and whose statements are the nodes they need, in order. `build` compiles such text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derivations.formula import Formula
from derivations.numpy_code.compiled import NUMBA_HEADER, build_compiled
from derivations.numpy_code.fast import emit_fast
from derivations.numpy_code.jax_form import emit_jax
from derivations.numpy_code.module import HEADER, emit_readable
from derivations.numpy_code.numba_form import emit_numba
from derivations.numpy_code.plan import Plan
from derivations.numpy_code.runnable import checked, function_of
from derivations.numpy_code.torch_form import emit_torch


def emit(outputs: Mapping[str, Formula], name: str, doc: str, *, fast: bool = False, backend: str = "numpy") -> str:
    """The source of a module with one function that returns the outputs: one array, or a tuple of them in order.

    Nodes with definitions become variables, each computed once. `fast` gives the form with `out=` and a workspace;
    `backend="numba"` the form with compiled loops, "jax" or "torch" the readable form over jax.numpy or torch, as
    source only. Raises `CannotEmit` where a formula has no such form.
    """
    plan = Plan(outputs)
    if backend == "jax":
        if fast:
            raise ValueError("JAX has no fast form of ours: jax.jit fuses the readable one")
        return emit_jax(plan, name, doc)
    if backend == "torch":
        if fast:
            raise ValueError("PyTorch has no fast form of ours: torch.compile fuses the readable one")
        return emit_torch(plan, name, doc)
    if backend == "numba":
        if fast:
            raise ValueError("numba has no fast form of ours: its loops are compiled as they are")
        return emit_numba(plan, name, doc) or emit_readable(plan, name, doc)
    if backend != "numpy":
        raise ValueError(f"unknown backend {backend!r}; known are numpy, numba, jax, torch")
    return emit_fast(plan, name, doc) if fast else emit_readable(plan, name, doc)


def build(source: str, name: str | None = None) -> Callable[..., Any]:
    """The function of an emitted module: `name`, or the last one. Only text that `emit` made is compiled: imports and
    functions, nothing that runs."""
    if source.startswith(NUMBA_HEADER):
        return build_compiled(checked(source, NUMBA_HEADER), source, name)
    space: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(checked(source, HEADER), "<backproof>", "exec"), space)
    return function_of(space, source, name)
