"""The text of a module: imports, helpers, the function in its dressing; and of one in the readable form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

from derivations.domains import Declared
from derivations.emit import helpers
from derivations.emit.dialect import Dialect
from derivations.emit.docstring import docstring, formula_text
from derivations.emit.dressing import GUARD, Dressing
from derivations.emit.lines import fitted, fitted_doc, laid_out
from derivations.emit.native import NativePrinter, NotNative, needs, shared_by
from derivations.emit.numbers import converted
from derivations.emit.plan import Plan, counted, inlined, loose_sizes, new_scope, prologue, specification, variables_of
from derivations.emit.printer import Printer
from derivations.emit.shapes import all_checks_of, checks_of
from derivations.emit.statements import statements
from derivations.formula import Formula

OF_ARRAYS = "_of_arrays"
"""The end of a helper's name beside one of the same name, which is for entries."""


IN_PLACE = ", *, out=None, workspace=None"
"""The parameters of the fast form."""


def emit_readable(
    plan: Plan, name: str, doc: str, dialect: Dialect, dressing: Dressing, *, in_place: bool = False
) -> str:
    """The module of the readable form, over leading axes if there is such a text; `in_place` with the parameters of the
    fast form.

    With checks, every argument may have leading axes; bare, those that `shared_by` finds have none.
    """
    scope, function, arguments = new_scope(plan, name, dialect)
    shared = frozenset() if dressing.checks else shared_by(plan.outputs)
    if not dressing.checks or same_needs(plan):
        with suppress(NotNative):
            printer = NativePrinter(variables_of(plan.outputs, arguments), scope, dialect, shared)
            return _module(plan, function, arguments, doc, printer, dressing, "native", in_place)
    scope, function, arguments = new_scope(plan, name, dialect)
    printer = Printer(variables_of(plan.outputs, arguments), scope, dialect)
    return _module(plan, function, arguments, doc, printer, dressing, "each", in_place)


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
    in_place: bool,
) -> str:
    lines = statements(plan, printer)
    if not dressing.checks:
        lines = [*converted(plan, printer, arguments), *lines]
    if in_place:
        lines[-1] = f"return into(out, {lines[-1].removeprefix('return ')})"
        printer.mentioned |= {"into", "results"}
    body = laid_out(inlined(prologue(plan, printer, arguments), [*counted(plan, printer, arguments), *lines]))
    parameters = [*arguments.values(), *(printer.scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))]
    options = IN_PLACE if in_place else ""
    return assemble_module(plan, function, arguments, parameters, doc, body, printer, dressing, batch, options)


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
    if not dressing.checks:
        misfits = all_checks_of(plan, arguments) if options else checks_of(plan, arguments, printer.shared)
        body = [*laid_out(misfits), *body]
    used = printer.mentioned | ({"arrays"} if checks and dressing.carried else set())
    many, for_many = [], f"{function}_stacked"
    if batch == "each" and checks and same_needs(plan):
        with suppress(NotNative):
            many, other = _stacked(plan, for_many, dialect)
            used |= other.mentioned
    lines = [
        *fitted(f"def {function}({(', '.join(parameters) + options).removeprefix(', ')}):"),
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


def brief(
    key: str, formula: Formula, said: Formula, name: str, dialect: Dialect
) -> tuple[str, list[Declared], list[str]]:
    """The module of one formula for a test, its inputs and its parameters: no checks, no shapes, no leading axes."""
    plan = Plan({key: formula}, dialect)
    scope, function, arguments = new_scope(plan, name, dialect)
    printer = Printer(variables_of(plan.outputs, arguments), scope, dialect)
    lines = statements(plan, printer)
    body = inlined(prologue(plan, printer, arguments), [*counted(plan, printer, arguments), *lines])
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))]
    doc = fitted_doc(f"{key} = {formula_text(said)}.")
    block = "\n".join([f"def {function}({', '.join(parameters)}):", *indented([*doc, *laid_out(body)])])
    blocks = [*helpers.texts_for(dialect, printer.mentioned, body), block]
    imports = import_block(dialect, blocks, False)
    return "\n\n\n".join([*([imports] if imports else []), *blocks]) + "\n", plan.inputs, parameters


def joined(modules: Iterable[str]) -> str:
    """One module of several: their imports, then their functions, each once. A function that has the name of another
    one before it takes arrays where that one takes entries, and is called so."""
    imports: set[str] = set()
    blocks: dict[str, str] = {}
    for module in modules:
        own = {}
        for block in filter(None, module.strip("\n").split("\n\n\n")):
            if block.startswith(("import ", "from ")):
                imports |= {*filter(None, block.split("\n"))}
            else:
                own[_heading(block)] = block
        for name in [name for name in own if blocks.get(name, own[name]) != own[name]]:
            apart = re.compile(rf"\b{name}\(")
            own = {k: apart.sub(f"{name}{OF_ARRAYS}(", text) for k, text in own.items()}
        blocks |= {_heading(text): text for text in own.values()}
    groups = [
        [line for line in imports if line in helpers.STANDARD.values()],
        [line for line in imports if line not in helpers.STANDARD.values() and line != GUARD],
        [line for line in imports if line == GUARD],
    ]
    sorts = [sorted(group, key=lambda line: (line.startswith("from"), line)) for group in groups if group]
    return "\n\n\n".join(["\n\n".join("\n".join(group) for group in sorts), *blocks.values()]) + "\n"


def _heading(block: str) -> str:
    """What a block defines; a statement itself."""
    found = re.search(r"^(?:def|class) (\w+)", block, re.MULTILINE)
    return found[1] if found else block


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
    return [f"def {function}({parameters}):", *indented([doc, *laid_out(body)])], printer


def decorator(plan: Plan, arguments: Mapping[str, str], stacked_function: str, batch: str) -> str:
    """The decorator `arrays`, which checks arguments and takes leading axes."""
    nonzero = " ".join(s for s in plan.nonzero if plan.where(s) is not None)
    options = [f'"{specification(plan, arguments)}"', *([f'nonzero="{nonzero}"'] if nonzero else [])]
    labels = [f"{arguments[row.name]}: {plan.names[row.name].sizes[-1]}" for row in plan.inputs if row.labels]
    if labels:
        options.append(f'labels="{"; ".join(labels)}"')
    if stacked_function:
        options.append(f"stacked={stacked_function}")
    elif batch != "each":
        options.append(f'batch="{batch}"')
    return f"@arrays({', '.join(options)})"


def indented(lines: list[str]) -> list[str]:
    """The lines of a function's body."""
    return ["    " + line if line else "" for line in lines]
