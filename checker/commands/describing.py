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
    from problems.schema import CONVENTIONS, KINDS

    kind = KINDS[part.kind]
    rows: list[tuple[str, Any]] = []
    if problem.about:
        rows.append(("setting", problem.about))
    rows.append(("asked", part.ask))
    if part.figure:
        rows.append(("figure", part.figure))
    if part.payload.get("options"):
        rows.append(("options", dict(part.payload["options"])))
    names, nodes = part_names(part)
    nodes = {left: text for left, text in nodes.items() if base_name(left) not in asked_nodes(part)}
    if names:
        rows.append(("names", names))
    if nodes:
        rows.append(("where", nodes))
    for label in ("given", "data"):
        if part.payload.get(label):
            rows.append((label, {k: _plain(v) for k, v in part.payload[label].items()}))
    if part.kind == "trace":
        rows.append(("values", ", ".join(part.payload["values"])))
    if part.payload.get("unknowns"):
        rows.append(("to be given", dict(part.payload["unknowns"])))
    if part.payload.get("predicate"):
        rows.append(("must hold", "; ".join(_texts(part.payload["predicate"]))))
    if part.kind == "chain":
        rows += [
            (label, part.payload[key]) for label, key in (("from", "start"), ("to", "end")) if part.payload.get(key)
        ]
    if part.vocabulary is not None:
        rows.append(("in terms of", ", ".join(part.vocabulary)))
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


def asked_nodes(part: Any) -> frozenset[str]:
    """The nodes whose bindings are the answer: `value of LL`, the equations that are asked."""
    if part.kind == "equations":
        return frozenset(_texts(part.payload.get("equations", ())))
    wanted = (part.derives or "").removeprefix("value of").strip()
    return (
        frozenset({base_name(wanted.partition(" ")[0])})
        if part.kind == "formula" and wanted and "/" not in wanted
        else frozenset()
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


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
