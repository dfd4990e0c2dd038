"""The text of a module: imports, helpers, the function in its dressing; and of one in the readable form."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from derivations.emit import helpers
from derivations.emit.dialect import Dialect
from derivations.emit.docstring import docstring
from derivations.emit.dressing import GUARD, Dressing
from derivations.emit.native import NativePrinter, NotNative, needs, shared_by
from derivations.emit.plan import Plan, counted, inlined, loose_sizes, new_scope, prologue, specification, variables_of
from derivations.emit.printer import Printer
from derivations.emit.shapes import checks_of
from derivations.emit.statements import statements


def emit_readable(plan: Plan, name: str, doc: str, dialect: Dialect, dressing: Dressing) -> str:
    """The module of the readable form, over leading axes if there is such a text.

    With checks, every argument may have leading axes; bare, those that `shared_by` finds have none.
    """
    scope, function, arguments = new_scope(plan, name, dialect)
    shared = frozenset() if dressing.checks else shared_by(plan.outputs)
    if not dressing.checks or same_needs(plan):
        with suppress(NotNative):
            printer = NativePrinter(variables_of(plan.outputs, arguments), scope, dialect, shared)
            return _module(plan, function, arguments, doc, printer, dressing, "native")
    scope, function, arguments = new_scope(plan, name, dialect)
    printer = Printer(variables_of(plan.outputs, arguments), scope, dialect)
    return _module(plan, function, arguments, doc, printer, dressing, "each")


def same_needs(plan: Plan) -> bool:
    """Whether all results need the same arguments: else one would lack the leading axes of an argument that it does not
    need."""
    return len({needs(a) for a in plan.outputs.values()}) <= 1


def _module(
    plan: Plan,
    function: str,
    arguments: Mapping[str, str],
    doc: str,
    printer: Printer,
    dressing: Dressing,
    batch: str,
) -> str:
    lines = statements(plan, printer)
    body = inlined(prologue(plan, printer, arguments), [*counted(plan, printer, arguments), *lines])
    if not dressing.checks:
        body = [*checks_of(plan, arguments, printer.shared), *body]
    parameters = [*arguments.values(), *(printer.scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))]
    return assemble_module(plan, function, arguments, parameters, doc, body, printer, dressing, batch)


def assemble_module(
    plan: Plan,
    function: str,
    arguments: Mapping[str, str],
    parameters: list[str],
    doc: str,
    body: list[str],
    printer: Printer,
    dressing: Dressing,
    batch: str,
    options: str = "",
) -> str:
    """Imports, helpers, the function; with checks, before it the same for leading axes where those have a text of their
    own."""
    dialect = printer.dialect
    checks = dressing.checks and bool(plan.inputs)
    used = printer.mentioned | ({"arrays"} if checks and dressing.carried else set())
    many, for_many = [], f"{function}_stacked"
    if batch == "each" and checks and same_needs(plan):
        with suppress(NotNative):
            many, other = _stacked(plan, for_many, dialect)
            used |= other.mentioned
    lines = [
        f"def {function}({(', '.join(parameters) + options).removeprefix(', ')}):",
        *indented([*docstring(plan, doc, printer, batch, dressing), *body]),
    ]
    if checks:
        lines.insert(0, decorator(plan, arguments, for_many if many else "", batch))
    carried = helpers.texts_for(dialect, used, [*body, *many])
    blocks = [
        *carried,
        *(["\n".join(many)] if many else []),
        "\n".join(lines),
    ]
    imports = import_block(dialect, blocks, checks and not dressing.carried)
    return "\n\n\n".join([*([imports] if imports else []), *blocks]) + "\n"


def import_block(dialect: Dialect, blocks: list[str], guard: bool) -> str:
    """The imports that the blocks of a module use: the standard library's, the libraries', ours."""
    groups = [
        helpers.standard_imports(blocks),
        [line for line in dialect.imports if helpers.imported(line, blocks)],
        [GUARD] if guard else [],
    ]
    return "\n\n".join("\n".join(group) for group in groups if group)


def _stacked(plan: Plan, function: str, dialect: Dialect) -> tuple[list[str], Printer]:
    """The text of a function for arguments with leading axes, beside one that takes none. Raises `NotNative`."""
    scope, _, arguments = new_scope(plan, function, dialect)
    printer = NativePrinter(variables_of(plan.outputs, arguments), scope, dialect)
    lines = statements(plan, printer)
    body = inlined(prologue(plan, printer, arguments), [*counted(plan, printer, arguments), *lines])
    parameters = ", ".join([*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))])
    doc = '"""The same for arguments with leading axes, which broadcast."""'
    return [f"def {function}({parameters}):", *indented([doc, *body])], printer


def decorator(plan: Plan, arguments: Mapping[str, str], stacked_function: str, batch: str) -> str:
    """The decorator `arrays`, which checks arguments and takes leading axes."""
    nonzero = " ".join(s for s in plan.nonzero if plan.where(s) is not None)
    options = [f'"{specification(plan, arguments)}"', *([f'nonzero="{nonzero}"'] if nonzero else [])]
    if stacked_function:
        options.append(f"stacked={stacked_function}")
    elif batch != "each":
        options.append(f'batch="{batch}"')
    return f"@arrays({', '.join(options)})"


def indented(lines: list[str]) -> list[str]:
    """The lines of a function's body."""
    return ["    " + line if line else "" for line in lines]
