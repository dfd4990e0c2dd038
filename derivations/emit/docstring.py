"""The docstring of an emitted function: the formula, the shapes, and where digits are lost."""

from __future__ import annotations

from derivations.domains import show_domain
from derivations.emit.cost import oversized
from derivations.emit.plan import Plan
from derivations.emit.printer import Printer
from derivations.emit.program import AddDiagonal, Array, Map, Permute, Reduce, Softmax, in_order, operands
from derivations.formula import Formula, show_shape
from derivations.notation.write import write


def docstring(plan: Plan, doc: str, printer: Printer) -> list[str]:
    """Summary, formulas of the outputs, shapes of the arguments, what the results are."""
    lines = [doc.strip() or "Derived by backproof.", ""]
    for key, f in plan.formulas.items():
        lines.append(f"    {key} = {formula_text(f)}")
    lines.append("")
    for row in plan.inputs:
        lines.append(
            f"    {printer.scope.of(row.name)}  {show_shape(row.sizes)}  {show_domain(plan.names[row.name])}"
            + (", counted from 0" if row.labels else "")
            + (f"  ({row.name})" if printer.scope.of(row.name) != row.name else "")
        )
    shapes = [f"{key} {show_shape(tuple(i.size for i in f.free + f.axes))}" for key, f in plan.formulas.items()]
    lines += ["", f"Returns {', '.join(shapes)}{printer.dialect.note}"]
    if found := _cancels(plan):
        lines.append(
            f"Where two nearly equal numbers are subtracted ({'; '.join(found)}) the difference keeps few digits."
        )
    lines += [
        f"It holds an array {show_shape(a.shape)}, larger than its arguments and results: nothing cheaper is known."
        for a in oversized(plan.outputs.values())
    ]
    text = "\n".join(lines)
    quoted = text.replace("\\", "\\\\").replace('"""', "'''")
    if not quoted.isprintable() and any(not (c.isprintable() or c == "\n") for c in quoted):
        quoted = "".join(c if c.isprintable() or c == "\n" else " " for c in quoted)
    quoted = quoted.rstrip('"')
    return ('"""' + quoted + '\n"""').split("\n")


def formula_text(f: Formula) -> str:
    """A formula in plain text; its source where it cannot be written."""
    return write(f, "ascii", "auto")


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
            if all(map(exponential, a.args)) and any(x.fn != "exp" for x in a.args if isinstance(x, Map)):
                found["a exp(x) - exp(y) where they are near"] = None
        if isinstance(a, AddDiagonal) and any(map(kind, (a.values, *operands(a.values)))):
            found["p - p**2, p near 1"] = None
    return list(found)
