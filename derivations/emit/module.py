"""The text of a module: header, imports, helpers, the function; and of one in the readable form."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from derivations.emit import helpers
from derivations.emit.dialect import Dialect
from derivations.emit.docstring import docstring
from derivations.emit.plan import Plan, loose_sizes, new_scope, prologue, specification, variables_of
from derivations.emit.printer import NotNative, Printer
from derivations.emit.stacked import stacked
from derivations.emit.statements import statements


def emit_readable(plan: Plan, name: str, doc: str, dialect: Dialect) -> str:
    """The module of the readable form: where the dialect checks its arguments, over leading axes as it stands if
    nothing misplaces them."""
    if dialect.checks:
        with suppress(NotNative):
            return _module(plan, name, doc, dialect, native=True)
    return _module(plan, name, doc, dialect, native=False)


def _module(plan: Plan, name: str, doc: str, dialect: Dialect, native: bool) -> str:
    scope, function, arguments = new_scope(plan, name, dialect)
    printer = Printer(variables_of(plan.outputs, arguments), scope, dialect, native)
    lines = statements(plan, printer)
    first = prologue(plan, printer, arguments, native)
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))]
    return assemble_module(
        plan, function, arguments, parameters, doc, [*first, *lines], printer, "native" if native else "each"
    )


def assemble_module(
    plan: Plan,
    function: str,
    arguments: Mapping[str, str],
    parameters: list[str],
    doc: str,
    body: list[str],
    printer: Printer,
    batch: str,
    options: str = "",
) -> str:
    """Header, imports, helpers, the function; before it, where leading axes would be misplaced, the same for them."""
    dialect = printer.dialect
    checks = dialect.checks and bool(plan.inputs)
    used = printer.mentioned | ({"arrays"} if checks else set())
    many, for_many = [], f"{function}_stacked"
    if batch == "each" and checks:
        with suppress(NotNative):
            many, other = stacked(plan, for_many, dialect)
            used |= other.mentioned
    carried = helpers.texts_for(dialect, used)
    standard = helpers.standard_imports(carried, used)
    imports = [*standard, *([""] if standard and dialect.imports else []), *dialect.imports]
    blocks = ["\n".join([dialect.header, *([""] if imports else []), *imports]), *carried]
    if many:
        blocks.append("\n".join(many))
    head = f"def {function}({(', '.join(parameters) + options).removeprefix(', ')}):"
    lines = [head, *indented([*docstring(plan, doc, printer), *body])]
    if checks:
        lines.insert(0, decorator(plan, arguments, for_many if many else "", batch))
    return "\n\n\n".join([*blocks, "\n".join(lines)]) + "\n"


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
