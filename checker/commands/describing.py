"""Models and parts in words: what `models` and `show` print, as JSON views and as labelled rows. No SymPy, no NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.commands.base import Refused
from checker.output import Terminal


def model_view(model: Any) -> dict[str, Any]:
    """A model as JSON: inputs with domains, bindings with shapes, variants, targets."""
    from derivations.domains import show_domain
    from derivations.formula import show_shape
    from derivations.models import MODELS

    definition = MODELS[model.name.partition(":")[0]]
    return {
        "format": 1,
        "name": model.name,
        "title": model.title,
        "about": model.title or model.doc.strip().split("\n")[0],
        "doc": model.doc.strip(),
        "source": model.source,
        "inputs": {row.name: show_domain(row) for row in model.names.inputs()},
        "nodes": {b.left: b.text for b in model.bindings},
        "shapes": {b.name: show_shape(b.formula.shape) for b in model.bindings},
        "upstream": f"d{model.loss}/d{model.upstream}" if model.upstream else None,
        "kinks": dict(model.kinks),
        "variants": {name: variant.doc.strip() for name, variant in definition.variants.items()},
        "targets": list(model.targets),
    }


def show_model(view: Mapping[str, Any], terminal: Terminal, functions: tuple[str, ...] = ()) -> None:
    """A model on a terminal."""
    from rich.text import Text

    from checker.render import labelled

    terminal.show(Text(terminal.fit(f"{view['name']}  {view['title']}"), style="bold"))
    if view["doc"] and view["doc"] != view["title"]:
        terminal.show(view["doc"])
    for title, rows in (
        ("inputs", list(view["inputs"].items())),
        (
            "nodes",
            [
                (name, f"= {text}    {view['shapes'].get(name.partition('_')[0], '')}".rstrip())
                for name, text in view["nodes"].items()
            ],
        ),
        ("at kinks", list(view["kinks"].items())),
        ("variants", [(f"{view['name'].partition(':')[0]}:{name}", doc) for name, doc in view["variants"].items()]),
        ("targets", [(target, f"backproof derive {view['name']} {target}") for target in view["targets"]]),
        ("functions", [(name, f"from derivations.functions import {name}") for name in functions]),
        ("source", [("", view["source"])] if view["source"] else []),
    ):
        if rows:
            terminal.show("", Text(title, style="bold"), labelled(rows, terminal))


def part_rows(problem: Any, part: Any) -> list[tuple[str, Any]]:
    """(label, text or table) of what a part asks."""
    from checker.kinds.contract import kind_of
    from problems.schema import CONVENTIONS

    kind = kind_of(part)
    rows: list[tuple[str, Any]] = []
    if problem.about:
        rows.append(("setting", problem.about))
    rows.append(("asked", part.ask))
    if part.figure:
        rows.append(("figure", part.figure))
    names, nodes = part_names(part)
    asked = {base_name(name) for name in kind.asked_nodes(part)}
    nodes = {left: text for left, text in nodes.items() if base_name(left) not in asked}
    named = [(label, table) for label, table in (("names", names), ("where", nodes)) if table]
    own = list(kind.described(part))
    rows += named + own if kind.names_first else own + named
    if part.vocabulary is not None:
        rows.append(("in terms of", ", ".join(part.vocabulary)))
    letters = [base_name(text.partition("=")[0].rstrip(": ")) for text in (*part.letters, *part.earlier)]
    if letters:
        rows.append(("letters", ", ".join(letters)))
    if part.conventions:
        rows.append(
            (
                "conventions",
                {
                    name: f"{value} ({CONVENTIONS[name].meaning})" if CONVENTIONS[name].values else value
                    for name, value in part.conventions.items()
                },
            )
        )
    rows.append(("points", f"{part.points:g}"))
    rows.append(("to type", f"{kind.typing}:  backproof check {part.id} '…'"))
    return rows


def base_name(left: str) -> str:
    """`xhat` of `xhat_ij`; `V'` and `w_1` are names themselves."""
    base, _, letters = left.partition("_")
    return base if letters.strip("{}").isalpha() else left


def part_names(part: Any) -> tuple[dict[str, str], dict[str, str]]:
    """(name → domain, node → its binding) of a part: those of its model and its own."""
    names: dict[str, str] = {}
    nodes: dict[str, str] = {}
    if part.model:
        from derivations.domains import show_domain
        from derivations.model import UnknownName
        from derivations.models import load

        try:
            model = load(part.model)
        except UnknownName as error:
            raise Refused(f"the problem of {part.id} has a fault, `backproof validate` shows it: {error}") from error
        names = {
            row.name: show_domain(row)
            for row in model.names.values()
            if row.role in ("input", "size", "function", "index")
        }
        nodes = {b.left: b.text for b in model.bindings}
    names |= dict(part.declared)
    for line in part.let:
        left, _, right = line.partition("=")
        nodes[left.rstrip(": ")] = right.strip()
    return names, nodes
