"""Programs of trees, and those that are kept."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.domains import Kept, Names
from derivations.evaluate.compiler import Compiler
from derivations.evaluate.program import Axes, Program, Unevaluable
from derivations.formula import Node


def compile_node(node: Node, names: Names | None, order: Axes) -> Program:
    """The program of a tree whose value has the axes `order`. Raises `Unevaluable`."""
    return compile_nodes((node,), names, order)[0]


def compile_nodes(nodes: Iterable[Node], names: Names | None, order: Axes) -> tuple[Program, ...]:
    """Programs of several trees that share their operations: one run gives the values of all."""
    compiler = Compiler(names)
    for axis in order:
        compiler.rank[axis] = len(compiler.rank)
    outs = [compiler.node(node) for node in nodes]
    for out in outs:
        loose = [a for a in compiler.axes[out] if a not in order]
        if loose:
            raise Unevaluable(f"the index {loose[0].name} stands free and is no axis of the value")
    spans = (*compiler.spans, tuple(i.size for i in order))
    shared = (tuple(compiler.ops), len(compiler.axes), tuple(compiler.constants), tuple(compiler.template))
    return tuple(Program(*shared, out, compiler.axes[out], order, spans, names) for out in outs)


def compile_each(nodes: Iterable[Node], names: Names | None, order: Axes) -> list[Program | None]:
    """Programs of several trees that share their operations; None where one has no value."""
    compiler = Compiler(names)
    for axis in order:
        compiler.rank[axis] = len(compiler.rank)
    outs: list[int | None] = []
    for node in nodes:
        try:
            out = compiler.node(node)
            outs.append(out if set(compiler.axes[out]) <= set(order) else None)
        except (Unevaluable, KeyError):
            outs.append(None)
    spans = (*compiler.spans, tuple(i.size for i in order))
    shared = (tuple(compiler.ops), len(compiler.axes), tuple(compiler.constants), tuple(compiler.template))
    return [None if out is None else Program(*shared, out, compiler.axes[out], order, spans, names) for out in outs]


PROGRAMS_KEPT = 64
"""Programs kept with the declarations they belong to: a truth is compiled once, answers come and go."""


_PROGRAMS: Kept[tuple[int, Axes], tuple[Node, Program]] = Kept()
"""By the id of a node, which is held so that it stays its own, and the order of its axes."""


def program(node: Node, names: Names | None, order: Axes) -> Program:
    """`compile_node`, kept with `names`."""
    if names is None:
        return compile_node(node, names, order)
    kept = _PROGRAMS.under(names)
    key = (id(node), order)
    found = kept.get(key)
    if found is not None and found[0] is node:
        return found[1]
    made = compile_node(node, names, order)
    if len(kept) >= PROGRAMS_KEPT:
        kept.clear()
    kept[key] = (node, made)
    return made
