"""`backproof problems`: the parts that can be asked."""

from __future__ import annotations

import argparse

from checker.commands.base import add_bank, add_json, all_parts, open_bank
from checker.output import Terminal

ABOUT = "Lists the parts that can be asked, with kind, points and title."
EXAMPLES = (
    "backproof problems",
    "backproof problems 001",
    "backproof problems --kind formula --json",
    "backproof problems --bank my_problems",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prefix", nargs="?", default="", help="only ids that begin with this: a sheet or a problem")
    parser.add_argument("--kind", help="only parts of this kind")
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.base import nearest
    from problems.kinds import KINDS

    if args.kind and args.kind not in KINDS:
        raise nearest(args.kind, KINDS, "kind", "backproof problems --help")
    found = all_parts(open_bank(args.bank))
    chosen = [
        (problem, part) for problem, part in found if part.id.startswith(args.prefix) and args.kind in (None, part.kind)
    ]
    if not chosen and args.prefix:
        raise nearest(
            args.prefix,
            {p.id for p, _ in found} | {part.sheet for _, part in found},
            "part beginning with",
            "backproof problems",
        )
    if args.json:
        terminal.json(
            [
                {"id": part.id, "kind": part.kind, "points": part.points, "title": problem.title, "stated": part.stated}
                for problem, part in chosen
            ]
        )
        return 0
    from checker.render import grid

    terminal.show(
        grid(
            ("part", "kind", "points", "problem"),
            [(part.id, part.kind, f"{part.points:g}", problem.title) for problem, part in chosen],
            terminal,
        )
    )
    return 0
