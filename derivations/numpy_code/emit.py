"""A module's text from formulas, and the function from the text.

`emit` prints: a header, the helpers that are used, and one function whose arguments are the names the formulas need and whose
statements are the nodes they need, in order. `build` compiles such text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from derivations.domains import Names, show_domain
from derivations.formula import Formula, Size, show_shape
from derivations.numpy_code import helpers
from derivations.numpy_code.lower import Lowering
from derivations.numpy_code.mangle import Scope, identifier
from derivations.numpy_code.program import AddDiagonal, Array, Input, Permute, in_order, operands
from derivations.numpy_code.source import NotNative, Printer, cheap, chosen_names, description
from derivations.numpy_code.stacked import stacked

HEADER = '"""Emitted by backproof: NumPy code for derived formulas. Needs nothing but NumPy."""'


class Plan:
    """What one function computes: its outputs and nodes as arrays, its arguments, its sizes."""

    def __init__(self, outputs: Mapping[str, Formula]):
        if not outputs:
            raise ValueError("nothing to emit: outputs is empty")
        self.formulas = dict(outputs)
        names = Names()
        for f in outputs.values():
            names = names.with_rows(*(f.names or Names()).values())
        self.names = names
        lowering = Lowering(names)
        self.outputs: dict[str, Array] = {key: lowering.formula(f).array for key, f in outputs.items()}
        self.nodes: dict[Array, str] = {}
        for name, value in lowering.nodes.items():
            if not cheap(value.array):
                self.nodes.setdefault(value.array, name)
        used = {a.name for a in in_order(tuple(self.outputs.values())) if isinstance(a, Input)}
        self.inputs = [row for row in names.values() if row.name in used]
        self.nonzero = lowering.nonzero

    def where(self, size: str) -> tuple[str, int, int] | None:
        """An argument with an axis of that size: its name, the axis, its rank."""
        for row in self.inputs:
            if size in row.sizes:
                return row.name, row.sizes.index(size), len(row.sizes)
        return None


def emit(outputs: Mapping[str, Formula], name: str, doc: str, *, fast: bool = False, backend: str = "numpy") -> str:
    """The source of a module with one function that returns the outputs: one array, or a tuple of them in order.

    Nodes with definitions become variables, each computed once. `fast` gives the form with `out=` and a workspace; `backend="numba"`
    the form with compiled loops, "jax" or "torch" the readable form over jax.numpy or torch, as source only. Raises `CannotEmit`
    where a formula has no such form.
    """
    plan = Plan(outputs)
    if backend == "jax":
        from derivations.numpy_code.jax_form import emit_jax

        if fast:
            raise ValueError("JAX has no fast form of ours: jax.jit fuses the readable one")
        return emit_jax(plan, name, doc)
    if backend == "torch":
        from derivations.numpy_code.torch_form import emit_torch

        if fast:
            raise ValueError("PyTorch has no fast form of ours: torch.compile fuses the readable one")
        return emit_torch(plan, name, doc)
    if backend == "numba":
        from derivations.numpy_code.numba_form import emit_numba

        if fast:
            raise ValueError("numba has no fast form of ours: its loops are compiled as they are")
        return emit_numba(plan, name, doc)
    if backend != "numpy":
        raise ValueError(f"unknown backend {backend!r}; known are numpy, numba, jax, torch")
    if fast:
        from derivations.numpy_code.fast import emit_fast

        return emit_fast(plan, name, doc)
    try:
        return _module(plan, name, doc, native=True)
    except NotNative:
        return _module(plan, name, doc, native=False)


def new_scope(plan: Plan, name: str) -> tuple[Scope, str, dict[str, str]]:
    """A scope in which the function, its arguments and its sizes have their identifiers."""
    scope = Scope(helpers.all_names() | {"functools", "inspect", "diagonal_"})
    function = scope.fresh(identifier(name))
    return scope, function, {row.name: scope.of(row.name) for row in plan.inputs}


def loose_sizes(plan: Plan, sizes: set[str]) -> list[str]:
    """Sizes that no argument has: arguments of their own."""
    return sorted(s for s in sizes if plan.where(s) is None)


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
    return assemble_module(plan, function, parameters, spec, doc, [*first, *lines], printer, batch="native" if native else "each")


def statements(plan: Plan, printer: Printer, diagonal: Callable[[Printer, AddDiagonal, str], list[str]]) -> list[str]:
    """The statements of the readable form, `return` included; `diagonal` writes additions on a diagonal."""
    scope, variables = printer.scope, printer.names
    lines: list[str] = []
    results = {array: key for key, array in plan.outputs.items() if not cheap(array)}
    for a in chosen_names(plan.outputs, plan.nodes):
        wish = plan.nodes.get(a) or results.get(a)
        target = scope.of(wish) if wish is not None else scope.fresh(description(a, variables))
        if isinstance(a, AddDiagonal):
            lines += diagonal(printer, a, target)
        else:
            lines.append(f"{target} = {printer.fresh(a)[0]}")
        variables[a] = target
    returned = [printer.text(a) for a in plan.outputs.values()]
    seen: set[Array] = set()
    for k, a in enumerate(plan.outputs.values()):
        returned[k] = _owned(a, returned[k], seen)
    lines.append("return " + ", ".join(returned))
    return lines


def _owned(a: Array, text: str, seen: set[Array]) -> str:
    """A result that is an argument, or another result, or a view of one, is copied: the caller owns what is returned."""
    while isinstance(a, Permute):
        a = a.arg
    shared = isinstance(a, Input) or a in seen
    seen.add(a)
    return f"{text}.copy()" if shared else text


def prologue(plan: Plan, printer: Printer, arguments: Mapping[str, str], native: bool, batch: str = "") -> list[str]:
    """`n, d = X.shape`: the statements that read the sizes and the dtype that are used."""
    lines: list[str] = []
    open_sizes = {s for s in printer.sizes if plan.where(s) is not None}
    if printer.dtype:
        lines.append(f"dtype = {next(iter(arguments.values()))}.dtype" if arguments else "dtype = np.float64")
    if batch:
        lines.append(f"{batch} = len({next(iter(arguments.values()))})")
    for row in plan.inputs:
        here = [s for s in row.sizes if s in open_sizes]
        if not here:
            continue
        x = arguments[row.name]
        wanted = dict.fromkeys(here)
        if not native and not batch and len(row.sizes) > 1 and len(wanted) == len(row.sizes):
            lines.append(f"{', '.join(printer.scope.of(str(s), 'size') for s in row.sizes)} = {x}.shape")
        else:
            for s in wanted:
                k = row.sizes.index(s)
                lines.append(f"{printer.scope.of(str(s), 'size')} = {x}.shape[{k - len(row.sizes) if native or batch else k}]")
        open_sizes -= set(here)
    return lines


def specification(plan: Plan, arguments: Mapping[str, str]) -> str:
    """`X: n d; w: d`: the text that the decorator `arrays` checks arguments by."""
    parts = [f"{arguments[row.name]}: {' '.join(map(str, row.sizes))}".rstrip() for row in plan.inputs]
    return "; ".join(parts)


def assemble_module(
    plan: Plan, function: str, parameters: list[str], spec: str, doc: str, body: list[str], printer: Printer, batch: str, options: str = ""
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


def docstring(plan: Plan, doc: str, printer: Printer) -> list[str]:
    """Summary, formulas of the outputs, shapes of the arguments, what the results are."""
    lines = [doc.strip() or "Derived by backproof.", ""]
    for key, f in plan.formulas.items():
        lines.append(f"    {key} = {formula_text(f)}")
    lines.append("")
    for row in plan.inputs:
        lines.append(
            f"    {printer.scope.of(row.name)}  {_shape(row.sizes)}  {show_domain(row)}" + (f"  ({row.name})" if printer.scope.of(row.name) != row.name else "")
        )
    shapes = [f"{key} {_shape(tuple(i.size for i in f.free + f.axes))}" for key, f in plan.formulas.items()]
    lines += ["", f"Returns {', '.join(shapes)}; float32 stays float32, integers become float64."]
    if found := _cancels(plan):
        lines.append(f"Where two nearly equal numbers are subtracted ({'; '.join(found)}) the difference keeps few digits.")
    text = "\n".join(lines)
    quoted = text.replace("\\", "\\\\").replace('"""', "'''")
    if not quoted.isprintable() and any(not (c.isprintable() or c == "\n") for c in quoted):
        quoted = "".join(c if c.isprintable() or c == "\n" else " " for c in quoted)
    quoted = quoted.rstrip('"')
    return ('"""' + quoted + '\n"""').split("\n")


def _shape(sizes: tuple[Size, ...]) -> str:
    return show_shape(sizes)


def formula_text(f: Formula) -> str:
    """A formula in plain text; its source where it cannot be written."""
    from derivations.notation.write import write

    return write(f, "ascii", "auto")


def _cancels(plan: Plan) -> list[str]:
    """The differences of the program in which something that tends to a constant is subtracted from that constant, or the reverse.

    A difference of arguments is exact where they are close, and is not among them.
    """
    from derivations.numpy_code.program import Map, Reduce, Softmax

    def kind(a: Array) -> str:
        while isinstance(a, Permute) or (isinstance(a, Map) and a.fn == "square"):
            a = a.arg if isinstance(a, Permute) else a.args[0]
        if isinstance(a, Softmax) or (isinstance(a, Map) and a.fn == "sigmoid"):
            return "p - t at t = 1, p near 1"
        if isinstance(a, Map) and a.fn == "tanh":
            return "1 - h**2, h near 1 or -1"
        if isinstance(a, Map) and a.fn == "power" and a.args[1].kind != "static":
            return "1 - b**t, b near 1"
        return "z - logsumexp(z) next to 0" if isinstance(a, Reduce) and a.op == "logsumexp" else ""

    found: dict[str, None] = {}
    for a in in_order(tuple(plan.outputs.values())):
        if isinstance(a, Map) and a.fn == "subtract":
            found |= dict.fromkeys(k for x in a.args if (k := kind(x)))
        if isinstance(a, AddDiagonal) and any(map(kind, (a.values, *operands(a.values)))):
            found["p - p**2, p near 1"] = None
    return list(found)


def build(source: str, name: str | None = None) -> Callable[..., Any]:
    """The function of an emitted module: `name`, or the last one. Only text that `emit` made is compiled: imports and functions, nothing that runs."""
    from derivations.numpy_code.compiled import NUMBA_HEADER, build_compiled

    if source.startswith(NUMBA_HEADER):
        return build_compiled(checked(source, NUMBA_HEADER), source, name)
    space: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(checked(source, HEADER), "<backproof>", "exec"), space)
    return function_of(space, source, name)


def checked(source: str, header: str) -> ast.Module:
    """The tree of a module with that header; raises `ValueError` where it holds anything but our imports, and functions after them."""
    if not source.startswith(header):
        raise ValueError("only emitted code is built: the text does not begin with the header of emit")
    tree = ast.parse(source)
    functions = [node for node in tree.body[1:] if isinstance(node, ast.FunctionDef)]
    for node in tree.body[1:]:
        if node not in functions and (ast.unparse(node) not in helpers.IMPORTS or (functions and node.lineno > functions[0].lineno)):
            raise ValueError(f"only emitted code is built: line {node.lineno} is no function")
    return tree


def function_of(space: Mapping[str, Any], source: str, name: str | None) -> Callable[..., Any]:
    """The function `name` of a module that was run, or the last one of its text, with the source attached."""
    last = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]
    function = space[name if name is not None and name in space else last]
    function.__source__ = source
    return function
