"""The shapes of arguments: as a docstring says them, and the one check that a plain function makes.

Most misfits are errors of the library's own. What passes silently is an axis of length 1 beside one of length n where
entries are taken together, as y of shape (n, 1) beside n predictions; these are compared first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise

from derivations.emit.blas import blas_form
from derivations.emit.lines import WIDTH
from derivations.emit.plan import Plan
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Cumulative,
    Diagonal,
    Distances,
    Entry,
    Gather,
    Input,
    Map,
    Padded,
    Permute,
    Reduce,
    Scatter,
    Sliding,
    Softmax,
    Solve,
    Window,
    in_order,
)

MOST = 3
"""Comparisons in a plain function; with more of them it would be about its arguments, not about its formula."""

MISFIT = "shapes that do not fit: "

Axis = tuple[str, int] | tuple[str, int, str]
"""An argument and one of its axes, counted from the end; with a third entry where it has met another one silently: what
is compared with it afterwards is the longer of the two."""


def checks_of(plan: Plan, arguments: Mapping[str, str], shared: frozenset[str]) -> list[str]:
    """`if x.shape[-1] != y.shape[-1]: raise ValueError(…)`: the lengths that would broadcast silently; empty where
    none can. Arguments that all members share are meant to broadcast."""
    place = {name: k for k, name in enumerate(arguments)}
    found = [
        sorted(pair, key=lambda axis: place[axis[0]])
        for pair in _meeting(plan, shared)
        if {a[0] for a in pair} <= {*place}
    ]
    return _check([(a, b) for a, b in found if not {a[0], b[0]} & shared][:MOST], arguments)


def all_checks_of(plan: Plan, arguments: Mapping[str, str]) -> list[str]:
    """The same for every two axes of one size: loops over entries read where nothing stands, and say nothing."""
    first: dict[object, Axis] = {}
    pairs: list[tuple[Axis, Axis]] = []
    for a in in_order(tuple(plan.outputs.values())):
        if isinstance(a, Input) and a.name in arguments:
            axes = [(size, (a.name, k - len(a.shape))) for k, size in enumerate(a.shape) if isinstance(size, str)]
            pairs += [(first[size], axis) for size, axis in axes if size in first]
            first |= {size: axis for size, axis in axes if size not in first}
    return _check(pairs, arguments)


def _check(pairs: list[tuple[Axis, Axis]], arguments: Mapping[str, str]) -> list[str]:
    """One `if` that compares the axes of pairs."""
    if not pairs:
        return []
    conditions = []
    for (one, other), group in groupby(pairs, lambda pair: (pair[0][0], pair[1][0])):
        axes = sorted((a[1], b[1]) for a, b in group)
        start, end = axes[0][0], axes[-1][0] + 1
        if len(axes) > 1 and axes == [(k, k) for k in range(start, end)]:
            spans = [f"{start}:{end or ''}"] * 2
            conditions.append(_unlike(arguments[one], arguments[other], spans))
        else:
            conditions += [_unlike(arguments[one], arguments[other], list(map(str, pair))) for pair in axes]
    shown = dict.fromkeys(axis[0] for pair in pairs for axis in pair)
    parts = [f"{arguments[name]} {{{arguments[name]}.shape}}" for name in shown]
    text = f'f"{MISFIT}{", ".join(parts)}"'
    lines = [f"if {' or '.join(conditions)}:", f"    raise ValueError({text})"]
    if len(text) <= WIDTH - 8:
        return lines
    half = (len(parts) + 1) // 2
    texts = [f"{MISFIT}{', '.join(parts[:half])}, ", ", ".join(parts[half:])]
    return [lines[0], "    raise ValueError(", *(f'        f"{text}"' for text in texts), "    )"]


def _unlike(one: str, other: str, places: list[str]) -> str:
    return f"{one}.shape[{places[0]}] != {other}.shape[{places[1]}]"


def _meeting(plan: Plan, shared: frozenset[str]) -> list[tuple[Axis, Axis]]:
    """The axes of arguments that meet only in operations that broadcast, each pair once: what a product of matrices
    compares is compared."""
    axes: dict[Array, tuple[Axis | None, ...]] = {}
    same: dict[Axis, Axis] = {}
    meet: list[tuple[Axis, Axis]] = []

    def root(a: Axis) -> Axis:
        while a in same:
            a = same[a]
        return a

    def joined(found: Iterable[Axis | None], silent: bool) -> Axis | None:
        given = [a for a in found if a is not None]
        for one, other in pairwise(given):
            if silent:
                meet.append((one[:2], other[:2]))
            elif len(one) == len(other) == 2 and root(one) != root(other):
                same[root(one)] = root(other)
        own = [a for a in given if a[0] not in shared] or given
        if silent and (any(len(a) > 2 for a in own) or len({root(a[:2]) for a in own}) > 1):
            return (*own[0][:2], "met")
        return next((a for a in own if len(a) == 2), own[0] if own else None)

    def labelled(c: Contract, silent: bool) -> tuple[Axis | None, ...]:
        sides = [(axes[c.a], c.la), (axes[c.b], c.lb)]
        of = {
            k: joined((own[la.index(k)] for own, la in sides if k in la), silent) for k in dict.fromkeys((*c.la, *c.lb))
        }
        return tuple(of[k] for k in c.out)

    for a in in_order(tuple(plan.outputs.values())):
        match a:
            case Input(name, sizes):
                axes[a] = tuple((name, k - len(sizes)) for k in range(len(sizes)))
            case Map(_, args, places, sizes):
                axes[a] = tuple(
                    joined((axes[x][p.index(k)] for x, p in zip(args, places, strict=True) if k in p), True)
                    for k in range(len(sizes))
                )
            case Contract():
                form = blas_form(a)
                axes[a] = labelled(a, form is None or form.kind != "matmul")
            case Reduce(_, arg, gone):
                axes[a] = tuple(x for k, x in enumerate(axes[arg]) if k not in gone)
            case Softmax(arg, _) | Cumulative(arg, _, _):
                axes[a] = axes[arg]
            case Permute(arg, order):
                axes[a] = tuple(axes[arg][k] for k in order)
            case Entry(arg, axis, _):
                axes[a] = tuple(x for k, x in enumerate(axes[arg]) if k != axis)
            case Window(arg, axis) | Padded(arg, axis):
                axes[a] = tuple(None if k == axis else x for k, x in enumerate(axes[arg]))
            case Sliding(arg, axis):
                axes[a] = (*(None if k == axis else x for k, x in enumerate(axes[arg])), None)
            case Diagonal(arg, p, q):
                rest = tuple(x for k, x in enumerate(axes[arg]) if k not in (p, q))
                axes[a] = (*rest, joined((axes[arg][p], axes[arg][q]), False))
            case Gather(arg, axis, at):
                axes[a] = axes[at] + tuple(x for k, x in enumerate(axes[arg]) if k != axis)
            case Scatter(at, values, _):
                joined((axes[at][0], axes[values][0]), True)
                axes[a] = (None, *axes[values][1:])
            case Solve(m, b, _):
                joined((axes[m][-1], axes[b][0]), False)
                axes[a] = axes[b]
            case Distances(x, z):
                joined((axes[x][-1], axes[z][-1]), True)
                axes[a] = (axes[x][0], axes[z][0])
            case AddDiagonal(base, _, _, _, _):
                axes[a] = axes[base]
            case _:
                axes[a] = (None,) * len(a.shape)
    found = []
    for one, other in meet:
        if root(one) != root(other):
            same[root(one)] = root(other)
            found.append((one, other))
    return found
