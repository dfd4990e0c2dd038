"""`backproof show`: what a part asks, with which names, under which conventions, and how an answer is typed."""

from __future__ import annotations

import argparse
from typing import Any

from checker.commands.base import Refused, add_bank, add_json, find_part, open_bank
from checker.output import Terminal

ABOUT = (
    "Shows what a part asks: its names with domains and shapes, the conventions, and how to type an answer. Not "
    "the answer."
)
EXAMPLES = ("backproof show 001/3.2", "backproof show 001/8.1 --demonstrate", "backproof show 000/6b --hints")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", help="the part's id, as `backproof problems` lists it")
    parser.add_argument("--demonstrate", action="store_true", help="run the part's demonstration: steps and numbers")
    parser.add_argument(
        "--plot",
        metavar="FILE",
        help=(
            "with --demonstrate: draw its curves to a file (png, pdf, svg); needs matplotlib. Without it the plot "
            "is text"
        ),
    )
    parser.add_argument("--hints", action="store_true", help="give the hints, in order")
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.plot and not args.demonstrate:
        raise Refused("--plot draws a demonstration: add --demonstrate")
    problem, part = find_part(open_bank(args.bank), args.part)
    from checker.commands.describing import part_rows

    rows = part_rows(problem, part)
    if args.json:
        terminal.json(
            {
                "format": 1,
                "id": part.id,
                "kind": part.kind,
                "points": part.points,
                "title": problem.title,
                **dict(rows),
                "hints": list(part.hints) if args.hints else len(part.hints),
            }
        )
    else:
        from rich.text import Text

        from checker.render import labelled

        terminal.show(Text(terminal.fit(f"{part.id}  {problem.title}"), style="bold"), "")
        shown: list[tuple[str, Any]] = [
            (label, "\n".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else value)
            for label, value in rows
        ]
        if args.hints:
            shown += [(f"hint {n}", hint) for n, hint in enumerate(part.hints, 1)] or [("hints", "none")]
        elif part.hints:
            shown.append(("hints", f"{len(part.hints)}; `backproof show {part.id} --hints` gives them"))
        terminal.show(labelled(shown, terminal, indent=0))
    if args.demonstrate:
        from checker.commands.demonstrating import demonstrate

        return demonstrate(part, args.bank, terminal, as_json=args.json, file=args.plot)
    return 0
