"""`backproof show`: what a part asks, with which names, under which conventions, and how an answer is typed."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from checker.commands.base import Refused, add_bank, add_json, add_seed, find_part, open_bank
from checker.output import Terminal

ABOUT = (
    "Shows what a part asks: the question, its names with domains and shapes, the conventions, and how to type an "
    "answer; on request hints, one at a time, and an example to try by hand. Not the answer."
)
EXAMPLES = (
    "backproof show 001/3.2",
    "backproof show 002/6d --hint 1",
    "backproof show 002/6d --hints",
    "backproof show 000/6b --example",
    "backproof show 001/8.1 --demonstrate",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", help="the part's id, as `backproof problems` lists it")
    hints = parser.add_mutually_exclusive_group()
    hints.add_argument("--hint", type=int, metavar="N", help="hint N of the part's ladder; the last tells the answer")
    hints.add_argument("--hints", action="store_true", help="all hints in order, without the last")
    parser.add_argument(
        "--example", action="store_true", help="small numbers to try by hand, and what the answer gives"
    )
    parser.add_argument("--demonstrate", action="store_true", help="run the part's demonstration: steps and numbers")
    parser.add_argument(
        "--plot",
        metavar="FILE",
        help=(
            "with --demonstrate: draw its curves to a file (png, pdf, svg); needs matplotlib. Without it the plot "
            "is text"
        ),
    )
    add_seed(parser)
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from problems.varying import varied, varied_problem

    if args.plot and not args.demonstrate:
        raise Refused("--plot draws a demonstration: add --demonstrate")
    problem, part = find_part(open_bank(args.bank), args.part)
    part = varied(part, args.seed)
    problem = varied_problem(problem, part)
    asked = {"part": part.id, "bank": args.bank, "seed": args.seed}
    rungs = _rungs(asked, args.hint) if args.hint is not None or args.hints else []
    example = _made({"do": "example", **asked}) if args.example else None
    options = _options(args)
    if args.json:
        _print_json(problem, part, rungs, example, terminal, options)
    elif rungs or example is not None:
        _show_help(rungs, example, terminal)
    else:
        from checker.commands.describing import show_part

        show_part(problem, part, terminal, more=[("hints", _on_hints(part, options))], options=options)
    if args.demonstrate:
        from checker.commands.demonstrating import demonstrate

        return demonstrate(part, args.bank, terminal, as_json=args.json, file=args.plot)
    return 0


def _options(args: argparse.Namespace) -> str:
    """What has to stand behind a command about this part, so that it is about this one."""
    bank = f" --bank {shlex.quote(args.bank)}" if args.bank else ""
    return f"{bank} --seed {args.seed}" if args.seed else bank


def _on_hints(part: Any, options: str) -> str:
    """How hints are asked for."""
    from checker.kinds.contract import kind_of

    tried = "; --example numbers to try by hand" if kind_of(part).tried else ""
    return f"`backproof show {part.id} --hint 1{options}` gives the first{tried}"


def _made(request: dict[str, Any]) -> dict[str, Any]:
    """What a worker makes of a part. Raises `Refused` where it cannot, or not in time."""
    from checker.commands.asking import ask, tell_bug

    outcome = ask(request)
    if outcome.answer is None:
        if outcome.bug:
            tell_bug(outcome.bug)
        raise Refused(f"not settled within the limit of {outcome.limit}" if outcome.limit else "a bug of ours")
    if "refused" in outcome.answer:
        raise Refused(outcome.answer["refused"])
    return dict(outcome.answer)


def _rungs(asked: dict[str, Any], number: int | None) -> list[dict[str, Any]]:
    """One hint, or all but the last, each with its number. Raises `Refused` for a number that is none."""
    rungs = _made({"do": "ladder", **asked})["rungs"]
    named = [{**rung, "number": n, "of": len(rungs)} for n, rung in enumerate(rungs, 1)]
    if number is None:
        return named[:-1]
    if not 1 <= number <= len(rungs):
        raise Refused(f"--hint takes a number from 1 to {len(rungs)}: {asked['part']} has as many hints")
    return [named[number - 1]]


def _print_json(problem: Any, part: Any, rungs: Any, example: Any, terminal: Terminal, options: str) -> None:
    from checker.commands.describing import part_rows
    from checker.marked import as_shown

    rows = dict(part_rows(problem, part, options))
    if told := rows.get("conventions"):
        rows["conventions"] = {name: f"{part.conventions[name]} ({as_shown(text)})" for name, text in told.items()}
    terminal.json(
        {
            "format": 1,
            "id": part.id,
            "kind": part.kind,
            "points": part.points,
            "title": problem.title,
            **rows,
            "hints": rungs or len(part.hints),
            **({"example": example} if example is not None else {}),
        }
    )


def _show_help(rungs: list[dict[str, Any]], example: dict[str, Any] | None, terminal: Terminal) -> None:
    from checker.commands.describing import show_example
    from checker.render import hint

    for rung in rungs:
        terminal.show(hint(rung, terminal))
    if example is not None:
        show_example(example, terminal, indent=0)
