"""The docstring of an emitted function: the formula, the shapes, and where digits are lost."""

from __future__ import annotations

from collections.abc import Collection
from textwrap import wrap

from derivations.domains import show_domain
from derivations.emit.cost import oversized
from derivations.emit.dressing import Dressing
from derivations.emit.plan import Plan
from derivations.emit.printer import Printer
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Input,
    Map,
    Permute,
    Reduce,
    Softmax,
    in_order,
    operands,
)
from derivations.formula import Elem, Formula, Index, Size
from derivations.notation.write import write

MARK = "Derived by backproof."
"""The last line of a docstring: where the function is from."""


WIDTH = 92
"""The columns of running text."""


def docstring(
    plan: Plan, doc: str, printer: Printer, batch: str, dressing: Dressing, returned: Collection[str] | None = None
) -> list[str]:
    """Summary, formulas of the outputs, what the arguments are, with their shapes, and the results (all, or those that
    are `returned`); what there is to know. `batch` says how leading axes are taken, as `arrays` does."""
    summary, *notes = [line for line in doc.strip().split("\n") if line] or [""]
    lines = [summary or f"{', '.join(plan.formulas)}.", ""]
    lines += [f"    {key} = {formula_text(f)}" for key, f in plan.formulas.items()]
    members = batch == "members" and not dressing.checks
    dots = "..., " if batch == "native" else "members, " if members else ""
    shared = printer.shared
    if plan.inputs:
        lines.append("")
    for row in plan.inputs:
        name = printer.scope.of(row.name)
        domain = show_domain(plan.names[row.name])
        domain = domain if row.labels else _kind(domain)
        shape = shown(row.sizes, "" if row.name in shared else dots)
        notes_of = [", counted from 0"] if row.labels else []
        notes_of += [f" ({row.name} in the formula)"] if name != row.name else []
        lines.append(f"    {name}  {shape}  {domain}{''.join(notes_of)}")
    varied = {key: dots if _varies(a, shared) else "" for key, a in plan.outputs.items()}
    shapes = [
        f"{key} {shown(tuple(i.size for i in f.free + f.axes), varied[key])}"
        for key, f in plan.formulas.items()
        if returned is None or key in returned
    ]
    lines += ["", f"Returns {', '.join(shapes)}, in the dtype of the arguments."]
    if batch == "each" and not dressing.checks and plan.inputs:
        lines.append("Takes no leading axes.")
    lines += notes
    if found := _cancels(plan):
        lines.append(
            f"Where two nearly equal numbers are subtracted ({'; '.join(found)}) the difference keeps few digits."
        )
    if large := [shown(a.shape, "") for a in oversized(plan.outputs.values())]:
        arrays = f"an array {large[0]}" if len(large) == 1 else f"arrays {', '.join(large[:-1])} and {large[-1]}"
        lines.append(f"It holds {arrays}, larger than its arguments and results.")
    lines += [line for line in (printer.dialect.needs, MARK) if line]
    lines = [part for line in lines for part in _wrapped(line)]
    text = "\n".join(lines)
    quoted = text.replace("\\", "\\\\").replace('"""', "'''")
    if not quoted.isprintable() and any(not (c.isprintable() or c == "\n") for c in quoted):
        quoted = "".join(c if c.isprintable() or c == "\n" else " " for c in quoted)
    quoted = quoted.rstrip('"')
    return ('"""' + quoted + '\n"""').split("\n")


def _wrapped(line: str) -> list[str]:
    """A line of text or, further in, a formula, in lines that are not too long."""
    inside = line[: len(line) - len(line.lstrip(" "))]
    return wrap(line, WIDTH, subsequent_indent=inside * 2, break_long_words=False, break_on_hyphens=False) or [""]


def shown(sizes: tuple[Size, ...], dots: str) -> str:
    """`(..., n, d)`; a number is `()`."""
    parts = [*filter(None, [dots.removesuffix(", ")]), *map(str, sizes)]
    return f"({', '.join(parts)}{',' * (len(parts) == 1 and parts != ['...'])})"


def _kind(domain: str) -> str:
    """A domain without its sizes, which the shape says."""
    return domain.partition("[")[0]


def _varies(a: Array, shared: frozenset[str]) -> bool:
    return any(isinstance(x, Input) and x.name not in shared for x in in_order((a,)))


def formula_text(f: Formula) -> str:
    """A formula in plain text; one step of what is computed by a recursion."""
    whole = isinstance(f.body, Elem) and all(isinstance(i, Index) for i in f.body.at)
    row = f.names.get(f.body.name) if whole and f.names is not None else None  # type: ignore[union-attr]
    return write(f if row is None or row.recursion is None else row.recursion.step, "ascii", "auto")


def _weighted(a: Array, b: Array) -> bool:
    """Whether they are (Σ e) x and e z."""
    match a:
        case Map("multiply", (Reduce("sum", e), _)):
            return isinstance(b, Contract) and e in (b.a, b.b)
    return False


def _cancels(plan: Plan) -> list[str]:
    """The differences of the program in which something that tends to a constant is subtracted from that constant, or
    the reverse.

    A difference of arguments is exact where they are close, and is not among them.
    """

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

    def exponential(a: Array) -> bool:
        return isinstance(a, Map) and (a.fn == "exp" or (a.fn == "multiply" and any(map(exponential, a.args))))

    found: dict[str, None] = {}
    for a in in_order(tuple(plan.outputs.values())):
        if isinstance(a, Map) and a.fn == "subtract":
            found |= dict.fromkeys(k for x in a.args if (k := kind(x)))
            if _weighted(*a.args) or _weighted(*a.args[::-1]):
                found["of rows that lie close together, far from 0"] = None
            if all(map(exponential, a.args)) and any(x.fn != "exp" for x in a.args if isinstance(x, Map)):
                found["a exp(x) - exp(y) where they are near"] = None
        if isinstance(a, AddDiagonal) and any(map(kind, (a.values, *operands(a.values)))):
            found["p - p**2, p near 1"] = None
    return list(found)
