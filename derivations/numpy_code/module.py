"""The text of a module: header, imports, helpers, the function; and of one in the readable form."""

from __future__ import annotations

from contextlib import suppress

from derivations.numpy_code import helpers
from derivations.numpy_code.docstring import docstring
from derivations.numpy_code.plan import Plan, loose_sizes, new_scope, prologue, specification
from derivations.numpy_code.program import Array, Input, in_order
from derivations.numpy_code.source import NotNative, Printer
from derivations.numpy_code.stacked import stacked
from derivations.numpy_code.statements import statements

HEADER = '"""Emitted by backproof: NumPy code for derived formulas. Needs nothing but NumPy."""'


def emit_readable(plan: Plan, name: str, doc: str) -> str:
    """The module of the readable form: over leading axes as it stands where nothing misplaces them."""
    try:
        return _module(plan, name, doc, native=True)
    except NotNative:
        return _module(plan, name, doc, native=False)


def _module(plan: Plan, name: str, doc: str, native: bool) -> str:
    scope, function, arguments = new_scope(plan, name)
    variables: dict[Array, str] = {}
    for a in in_order(tuple(plan.outputs.values())):
        if isinstance(a, Input):
            variables[a] = arguments[a.name]
    printer = Printer(variables, scope, native)
    lines = statements(plan, printer, Printer.diagonal)
    first = prologue(plan, printer, arguments, native)
    loose = loose_sizes(plan, printer.sizes)
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose)]
    spec = specification(plan, arguments)
    return assemble_module(
        plan, function, parameters, spec, doc, [*first, *lines], printer, batch="native" if native else "each"
    )


def assemble_module(
    plan: Plan,
    function: str,
    parameters: list[str],
    spec: str,
    doc: str,
    body: list[str],
    printer: Printer,
    batch: str,
    options: str = "",
) -> str:
    """Header, helpers, the function; before it, where leading axes would be misplaced, the same for them."""
    used = {"arrays", *printer.helpers} if plan.inputs else set(printer.helpers)
    many, for_many = [], f"{function}_stacked"
    if batch == "each" and plan.inputs:
        with suppress(NotNative):
            many, other = stacked(plan, for_many)
            used |= other.helpers
            printer.math = printer.math or other.math
    imports = {line for h in used for line in helpers.NEEDS.get(h, ())} | ({"import math"} if printer.math else set())
    nonzero = " ".join(s for s in plan.nonzero if plan.where(s) is not None)
    checked = [f'"{spec}"', *([f'nonzero="{nonzero}"'] if nonzero else [])]
    checked += [f"stacked={for_many}"] if many else [f'batch="{batch}"'] if batch != "each" else []
    standard = sorted(imports, key=lambda line: (line.startswith("from"), line))
    blocks = ["\n".join([HEADER, "", *standard, *([""] if standard else []), "import numpy as np"])]
    blocks += helpers.texts(used)
    if many:
        blocks.append("\n".join(many))
    head = [f"@arrays({', '.join(checked)})"] if plan.inputs else []
    head.append(f"def {function}({(', '.join(parameters) + options).removeprefix(', ')}):")
    blocks.append("\n".join([*head, *_indented(docstring(plan, doc, printer)), *_indented(body)]))
    return "\n\n\n".join(blocks) + "\n"


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line if line else "" for line in lines]
