"""`backproof check`: an answer to a part, or a file of answers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from checker.commands.base import (
    Refused,
    add_bank,
    add_json,
    add_seed,
    add_verbose,
    find_part,
    given,
    open_bank,
    read_data,
    read_toml,
)
from checker.exit_codes import EXIT_CODES, worst
from checker.output import Terminal

ABOUT = (
    "Judges an answer to a part of the bank, or a TOML file of answers (part id = what was written), with the "
    "evidence and the reason."
)
EXAMPLES = (
    "backproof check 001/3.2 '-y_i*y_j'",
    r"backproof check 001/3.1 'y_i(1 - y_i)' --json",
    "backproof check 002/6d 'dL/dxhat_i/sqrt(v)' --hint",
    "backproof check 000/6b 'abs(y - p) abs(theta_j)' --reveal",
    "echo 'y_i (1 - y_i)' | backproof check 001/3.1 -",
    "backproof check --answers answers.toml",
)

MAX_ANSWERS = 1_000
"""Answers of one file, where the bank has no more parts."""

SETTLED = ("correct", "wrong")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", nargs="?", help="the part's id, as `backproof problems` lists it")
    parser.add_argument(
        "answer", nargs="?", help="the answer, also one that begins with a minus; - reads standard input"
    )
    parser.add_argument(
        "--answers",
        metavar="FILE",
        help="a TOML file: part id = answer (a string, a number, a list, or a table for a trace)",
    )
    parser.add_argument(
        "--at", metavar="DATA.toml", help="of a formula: the value of the answer at given data, a TOML file"
    )
    parser.add_argument("--reveal", action="store_true", help="say what the answer is, and name the mistake")
    parser.add_argument(
        "--hint", action="store_true", help="after a wrong answer: the step where it goes wrong, and no more"
    )
    add_verbose(parser)
    add_seed(parser)
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.answers is not None:
        if args.part is not None:
            raise Refused("--answers takes parts and answers from the file")
        if args.hint:
            raise Refused("--hint is about one answer: give its part and what was written")
        return _check_file(args, terminal)
    if args.part is None or args.answer is None:
        raise Refused("check needs a part and an answer, or --answers FILE; `backproof check --help` has examples")
    bank = open_bank(args.bank)
    find_part(bank, args.part)
    from checker.commands.asking import ask, show_verdict, verdict_view

    text = given(args.answer)
    data = read_data(args.at) if args.at else None
    request = {"do": "check", "part": args.part, "answer": text, "bank": args.bank, "at": data, "seed": args.seed}
    outcome = ask({**request, "hint": args.hint}, worker=args.worker, drawn=not args.json)
    if args.hint and outcome.limit:  # the verdict does not wait for its hint
        outcome = ask(request, drawn=not args.json)
    view = verdict_view(outcome)
    view["id"] = view.get("id") or args.part
    return show_verdict(
        view, terminal, as_json=args.json, texts={"student": text}, reveal=args.reveal, tags=args.verbose
    )


def flattened(table: Mapping[str, Any], bank: Any) -> dict[str, Any]:
    """Part id → answer. TOML reads the bare key `000.6b` as tables in one another: they are joined where the id
    exists."""
    known = bank.part_ids()
    out: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known and isinstance(value, dict) and any(f"{key}/{inner}" in known for inner in value):
            out.update({f"{key}/{inner}": answer for inner, answer in value.items()})
        else:
            out[key] = value
    return out


def _check_file(args: argparse.Namespace, terminal: Terminal) -> int:
    from problems.tables import swallowed

    bank = open_bank(args.bank)
    answers = flattened(read_toml(args.answers), bank)
    for part_id, answer in answers.items():
        if command := swallowed(answer):
            raise Refused(
                f"{args.answers}: the answer to {part_id} holds {command} in double quotes, where "
                f"\\{command[1]} is an escape: use single quotes"
            )
    if not answers:
        raise Refused(f"{args.answers}: no answers; write \"001/3.2\" = '-y_i*y_j'")
    if len(answers) > max(MAX_ANSWERS, len(bank.part_ids())):
        raise Refused(f"{args.answers}: {len(answers):,} answers, more than there are parts")
    views: list[tuple[Any, dict[str, Any], Any]] = []
    from checker.answer_values import fault
    from checker.commands.asking import verdict_view
    from checker.process import Worker
    from checker.verdict import At, Finding, Verdict

    with args.worker or Worker() as worker:
        worker.start()
        for part_id, answer in answers.items():
            part = None
            try:
                _, part = find_part(bank, part_id)
                if why := fault(answer):
                    view = Verdict("unreadable", at=At("student", 0, 0, "", why)).to_json()
                else:
                    view = verdict_view(
                        worker.ask({"do": "check", "part": part_id, "answer": answer, "bank": args.bank})
                    )
            except Refused as refusal:
                view = Verdict("unreadable", findings=(Finding("part", str(refusal)),)).to_json()
            views.append((part, {**view, "id": view.get("id") or part_id}, answer))
    code = worst([EXIT_CODES[view["status"]] for _, view, _ in views])
    total = _total(views)
    if args.json:
        terminal.json(
            {
                "format": 1,
                "answers": [{k: v for k, v in view.items() if args.reveal or k != "reveal"} for _, view, _ in views],
                **total,
            }
        )
    else:
        _show(views, total, terminal, args.reveal)
    return code


def _total(views: list[tuple[Any, dict[str, Any], Any]]) -> dict[str, Any]:
    """The sum of points and what awaits a person."""
    got = sum(part.points * (view["score"] or 0) for part, view, _ in views if part and view["status"] in SETTLED)
    settled = sum(part.points for part, view, _ in views if part and view["status"] in SETTLED)
    everything = sum(part.points for part, _, _ in views if part)
    waiting = [view["id"] for part, view, _ in views if view["status"] not in SETTLED]
    return {"points": round(got, 6), "of": round(settled, 6), "possible": round(everything, 6), "awaiting": waiting}


def _show(
    views: list[tuple[Any, dict[str, Any], Any]], total: Mapping[str, Any], terminal: Terminal, reveal: bool
) -> None:
    from rich.text import Text

    from checker.answer_values import fault
    from checker.render import evidence_or_point, grid, mark, reason

    rows = []
    for _part, view, answer in views:
        why = "" if view["status"] == "correct" else reason(view)
        if reveal and view.get("reveal"):
            why = view["reveal"]
        said = evidence_or_point(view)
        shown = (
            answer
            if isinstance(answer, str)
            else "(table)"
            if isinstance(answer, dict)
            else "(no answer)"
            if view["at"] and fault(answer)
            else str(answer)
        )
        lines = [terminal.fit(line) for line in (why, said) if line]
        rows.append((Text(view["id"]), mark(view["status"], terminal), shown, Text("\n".join(lines))))
    terminal.show(grid(("part", "verdict", "answer", "why, and the evidence"), rows, terminal), "")
    terminal.show(
        f"points: {total['points']:g} of {total['of']:g}"
        + (f" settled, {total['possible']:g} possible" if total["awaiting"] else "")
    )
    if total["awaiting"]:
        terminal.show(f"awaiting a person: {', '.join(total['awaiting'])}")
