"""Models and parts in words: what `models` and `show` print, as JSON views and as labelled rows. No SymPy, no NumPy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from checker.commands.base import Refused
from checker.output import Terminal
from derivations.notation.words import FUNCTIONS


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


def part_rows(problem: Any, part: Any, options: str = "") -> list[tuple[str, Any]]:
    """(label, text or table) of what a part asks; what is an answer still is kept back. `options`: those with which a
    command means this part."""
    from checker.kinds.contract import kind_of
    from checker.telling import base_name, part_names, told
    from problems.conventions import CONVENTIONS

    kind = kind_of(part)
    rows: list[tuple[str, Any]] = []
    if problem.about:
        rows.append(("setting", problem.about))
    rows.append(("asked", part.ask))
    if part.figure:
        rows.append(("figure", part.figure))
    try:
        names, nodes = part_names(part)
    except KeyError as error:  # a model or a variant that does not exist
        raise Refused(f"the problem of {part.id} has a fault, `backproof validate` shows it: {error}") from error
    named = [
        (label, table)
        for label, given in (("names", names), ("where", nodes))
        if (table := told(problem, part, label, given))
    ]
    own = [
        (label, shown)
        for label, value in kind.described(part)
        if (shown := told(problem, part, label, value) if isinstance(value, Mapping) else value)
    ]
    rows += named + own if kind.names_first else own + named
    if part.facts:
        rows.append(("holds", "; ".join(part.facts)))
    if part.vocabulary is not None:
        rows.append(("in terms of", ", ".join(part.vocabulary)))
    known = {*names, *map(base_name, nodes)}
    letters = [
        shown
        for text in (*part.letters, *part.earlier)
        if set(re.findall(r"[^\W\d_]\w*", text.partition("=")[2])) <= known | {*FUNCTIONS}
        and (shown := _letter(problem, part, text))
    ]
    if letters and not part.stated:  # what earlier parts name, where this one has the names for it
        rows.append(("letters", ", ".join(letters)))
    conventions = told(problem, part, "conventions", part.conventions)
    if conventions:
        rows.append(
            (
                "conventions",
                {
                    name: CONVENTIONS[name].clause(value) if CONVENTIONS[name].says else value
                    for name, value in conventions.items()
                },
            )
        )
    rows.append(("points", f"{part.points:g}"))
    rows.append(("to type", f"{kind.typed(part)}:  backproof check {part.id} '…'{options}"))
    return rows


def _letter(problem: Any, part: Any, text: str) -> str:
    """A further letter of the sheet with what it stands for; the name alone where another part asks for it, nothing
    where this one does."""
    from checker.kinds.contract import kind_of
    from checker.telling import base_name, kept_back

    left, _, right = text.partition("=")
    name = base_name(left.rstrip(": "))
    if name in kind_of(part).asked_nodes(part):
        return ""
    introduced = any(text in other.introduces for other in problem.parts)
    return name if introduced or name in kept_back(problem, part) else f"{name} = {right.strip()}"


def show_part(
    problem: Any,
    part: Any,
    terminal: Terminal,
    *,
    heading: str = "",
    typed: bool = True,
    more: Any = (),
    options: str = "",
    known: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """A part on a terminal: the question, what it goes on from, and below it what is given, which is returned. Without
    `typed`, not how an answer is typed on the command line; `more` rows stand last. What is `known` just so is
    only named."""
    from rich.text import Text

    from checker.marked import as_shown
    from checker.render import labelled
    from checker.telling import goes_on_from

    rows = dict(part_rows(problem, part, options))
    title = Text(terminal.fit(f"{heading}{part.id}  {problem.title}"), style="bold")
    terminal.show(*([""] if heading else []), title, "")
    terminal.show(as_shown(rows.pop("asked"), terminal.dressing), "")
    shown: list[tuple[str, Any]] = []
    if before := goes_on_from(problem, part):
        shown.append(("it goes on from", as_shown(before, terminal.dressing)))
    kept = [label for label in rows if typed or label != "to type"]
    for label in kept:
        text = _folded(label, rows[label], f"{problem.about} {part.ask}")
        if text:
            shown.append((label, as_shown(text.strip(), terminal.dressing)))
    same = [label for label, text in shown if known.get(label) == text and label not in ("points", "it goes on from")]
    told = [(label, text) for label, text in shown if label not in same]
    if same:
        told.insert(0, ("as before", f"{', '.join(same)} (show tells it again)"))
    terminal.show(labelled([*told, *more], terminal, indent=0))
    return dict(shown)


def _folded(label: str, value: Any, said: str) -> str:
    """A row as text: names of one domain on a line, data on a line, no convention that the question says already."""
    if not isinstance(value, Mapping):
        return str(value)
    match label:
        case "names":
            alike: dict[str, list[str]] = {}
            for name, domain in value.items():
                alike.setdefault(str(domain), []).append(name)
            return "\n".join(f"{', '.join(names)}: {domain}" for domain, names in alike.items())
        case "given":
            return ", ".join(f"{name} = {given}" for name, given in value.items())
        case "where":
            return "\n".join(f"{name} = {text}" for name, text in value.items())
        case "options" if all(name == text for name, text in value.items()):
            return ""
    plain = " ".join(said.split())
    told = {name: text for name, text in value.items() if " ".join(str(text).split()) not in plain}
    if label == "conventions":
        from problems.conventions import CONVENTIONS

        return "\n".join(text if CONVENTIONS[name].says else f"{name}: {text}" for name, text in told.items())
    return "\n".join(f"{name}: {text}" for name, text in told.items())


def show_example(view: Mapping[str, Any], terminal: Terminal, indent: int = 2) -> None:
    """A numeric example, or that there is none."""
    from checker.render import labelled

    if "gives" in view:
        terminal.show(labelled(_example_rows(view), terminal, indent=indent))
    else:
        terminal.show("There is no example to try here.")


def _example_rows(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A numeric example as labelled rows."""
    from checker.render import show_value

    given = [f"{name} = {size}" for name, size in view["sizes"].items()]
    given += [f"{name} = {_numbers(value)}" for name, value in view["values"].items()]
    return [("for example", ", ".join(given)), ("the answer gives", show_value(view["gives"]).replace("None", "-"))]


def _numbers(value: Any) -> str:
    return f"[{', '.join(map(_numbers, value))}]" if isinstance(value, list) else str(value)
