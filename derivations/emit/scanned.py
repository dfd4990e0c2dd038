"""The text of a loop over places as a scan, which is traced once and differentiated in reverse.

def h_step(h_before, x_t):
    h_now = jnp.tanh(W @ h_before + x_t)
    return h_now, h_now

_, h = jax.lax.scan(h_step, h_0, x)
h = jnp.concatenate([h_0[None], h])
"""

from __future__ import annotations

from collections.abc import Mapping

from derivations.emit.lines import WIDTH
from derivations.emit.looped import twice
from derivations.emit.naming import description
from derivations.emit.native import NotNative
from derivations.emit.printer import ATOM, Printer
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Body,
    Carried,
    Loop,
    Member,
    Place,
    Slice,
    in_order,
    size_gap,
)


def scannable(body: Body) -> bool:
    """Whether a loop is a scan: something is carried on, what a step takes of arrays are parts of them, and its place
    is no number of Python."""
    inner = list(in_order(tuple(m.step for m in body.members)))
    carried = any(isinstance(a, Carried) and a.lag for a in inner)
    known = all(size_gap(a.arg.shape[a.axis], body.size) is not None for a in inner if isinstance(a, Slice))
    return carried and known and not any(isinstance(a, Place) for a in inner)


def scanned(printer: Printer, body: Body, wishes: Mapping[str, str], wanted: frozenset[int]) -> list[str]:
    """The statements that make the `wanted` members of a loop variables; all are named as `wishes` has it."""
    if printer.dots:
        raise NotNative
    names = {m.name: printer.scope.of(wishes[m.name]) for m in body.members}
    lines = _first(printer, body, names)
    begins = {m.name: printer.text(m.first if m.first is not None else m.start) for m in _carried(body)}  # type: ignore[arg-type]
    step = printer.scope.fresh(f"{names[_carried(body)[0].name]}_step")
    # of what is carried on, the same operations give another value in a step than at the first place
    firsts = [m.first for m in body.members if m.first is not None and _of_carried(m.first)]
    known = {a: printer.names.pop(a) for a in dict.fromkeys(firsts)}
    inside, given = _step(printer, body, names, wanted)
    printer.names.update(known)
    before = [printer.names[Carried(m.name, m.step.shape, 1)] for m in _carried(body)]
    taken = [printer.names[a] for a in given]
    heads = [("before", before), ("now", taken)]
    parameters = [of[0] if len(of) == 1 else _local(printer, word) if of else "_" for word, of in heads]
    unpacked = [line for p, (_, of) in zip(parameters, heads, strict=True) if len(of) > 1 for line in _unpacked(of, p)]
    body_of = [f"    {line}" for line in (*unpacked, *inside)]
    lines += ["", f"def {step}({', '.join(parameters)}):", *body_of, ""]
    made = [_tuple([names[m.name] for k, m in enumerate(body.members) if k in wanted])]
    arrays = _tuple([_part(printer, body, a) for a in given]) if given else "None"
    options = [] if given else [f"length={printer.size(body.size)}{' - 1' * _peeled(body)}"]
    options += ["reverse=True"] if body.direction < 0 else []
    call = ", ".join([step, _tuple([begins[m.name] for m in _carried(body)]), arrays, *options])
    lines.append(f"_, {made[0]} = jax.lax.scan({call})")
    for k, m in enumerate(body.members):
        if k in wanted:
            lines += _whole(printer, m, names[m.name], body.direction)
            printer.names[Loop(body, k)] = names[m.name]
    return lines


def _carried(body: Body) -> list[Member]:
    """The members of which a step uses the place before."""
    lags = {a.name for a in in_order(tuple(m.step for m in body.members)) if isinstance(a, Carried) and a.lag}
    return [m for m in body.members if m.name in lags]


def _of_carried(a: Array) -> bool:
    return any(isinstance(part, Carried) for part in in_order((a,)))


def _peeled(body: Body) -> bool:
    return any(m.first is not None for m in body.members)


def _first(printer: Printer, body: Body, names: Mapping[str, str]) -> list[str]:
    """The first place, where it has steps of its own."""
    lines = []
    for m in body.members:
        if m.first is not None:
            name = printer.scope.fresh(f"{names[m.name]}_first")
            lines.append(f"{name} = {printer.text(m.first)}")
            printer.names[m.first] = printer.names[Carried(m.name, m.step.shape, 0)] = name
    return lines


def _step(
    printer: Printer, body: Body, names: Mapping[str, str], wanted: frozenset[int]
) -> tuple[list[str], list[Slice]]:
    """The statements of a step, and the parts of arrays that it takes."""
    steps = tuple(m.step for m in body.members)
    given = [a for a in in_order(steps) if isinstance(a, Slice)]
    for a in given:
        array = printer.names.get(a.arg, "")
        when = {0: "t", 1: "next", -1: "last"}.get(a.shift)
        known = array.isidentifier() and when
        printer.names[a] = _local(printer, f"{array}_{when}") if known else printer.scope.fresh("part_t")
    for m in _carried(body):
        printer.names[Carried(m.name, m.step.shape, 1)] = _local(printer, f"{names[m.name]}_before")
    inner = twice(steps)
    lines = []
    for m in body.members:
        for a in in_order((m.step,)):
            if a in inner and a not in printer.names:
                target = printer.scope.fresh(description(a, printer.names))
                whole = (
                    printer.diagonal(a, target) if isinstance(a, AddDiagonal) else [f"{target} = {printer.fresh(a)[0]}"]
                )
                lines += whole
                printer.names[a] = target
        now = _local(printer, f"{names[m.name]}_now")
        lines.append(f"{now} = {printer.text(m.step)}")
        printer.names[Carried(m.name, m.step.shape, 0)] = now
    now = [printer.names[Carried(m.name, m.step.shape, 0)] for m in _carried(body)]
    kept = [printer.names[Carried(m.name, m.step.shape, 0)] for k, m in enumerate(body.members) if k in wanted]
    return [*lines, f"return {_tuple(now)}, {_tuple(kept)}"], given


def _part(printer: Printer, body: Body, a: Slice) -> str:
    """The places of an array that the steps take, in front."""
    gap = size_gap(a.arg.shape[a.axis], body.size)
    assert gap is not None
    peeled = _peeled(body)
    start = a.shift + (peeled and body.direction > 0)
    behind = gap - a.shift + (peeled and body.direction < 0)
    text = printer.text(a.arg, ATOM)
    if a.axis:
        text = f"jnp.moveaxis({printer.text(a.arg)}, {a.axis}, 0)"
    if not start and not behind:
        return text if a.axis else printer.text(a.arg)
    return f"{text}[{start or ''}:{-behind or ''}]"


def _whole(printer: Printer, m: Member, name: str, direction: int) -> list[str]:
    """The places before those of the scan in front of them, and the axis at its place."""
    begin = [f"{printer.text(a, ATOM)}[None]" for a in (m.start, m.first) if a is not None]
    lines = []
    if begin:
        parts = [*begin, name] if direction > 0 else [name, *begin[::-1]]
        lines.append(f"{name} = jnp.concatenate([{', '.join(parts)}])")
    if m.axis:
        lines.append(f"{name} = jnp.moveaxis({name}, 0, {m.axis})")
    return lines


def _local(printer: Printer, name: str) -> str:
    """A variable of a step, which other steps have too."""
    return printer.scope.of(name, "local")


def _unpacked(names: list[str], of: str) -> list[str]:
    """`a, b = now`; where they are no line, some at a time."""
    line = f"{', '.join(names)} = {of}"
    if len(line) <= WIDTH - 4:
        return [line]
    lines, start = [], 0
    while start < len(names):
        end = len(names)
        while end > start + 1 and len(", ".join(names[start:end])) > WIDTH - 20:
            end -= 1
        lines.append(f"{', '.join(names[start:end])}{',' * (end == start + 1)} = {of}[{start or ''}:{end}]")
        start = end
    return lines


def _tuple(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
