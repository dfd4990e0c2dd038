"""The dialogue of `practice`: a part, an answer, a verdict; hints in order; at the end what to work on."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from checker.commands.base import Refused, all_parts, input_bytes, nearest, open_bank
from checker.output import Terminal

LONGEST = 100_000
"""Bytes of a line that is typed."""

HELP = "type an answer; hint, show (what you typed is read as), answer (give up), skip, quit"


def practise(args: argparse.Namespace, terminal: Terminal) -> int:
    """Ask until the parts, the person or the input end. 0."""
    from checker.commands.progress import Progress, data_file

    progress = Progress(data_file())
    if args.forget:
        try:
            progress.forget()
        except OSError as error:
            raise Refused(f"{progress.path}: {error.strerror or error}") from error
        terminal.show("progress deleted")
        return 0
    bank = open_bank(args.bank)
    parts = [(problem, part) for problem, part in all_parts(bank) if part.id.startswith(args.prefix)]
    if not parts:
        raise nearest(args.prefix, bank.part_ids(), "part beginning with", "backproof problems")
    done = set() if args.again or any(part.id == args.prefix for _, part in parts) else progress.done()
    asked = [(problem, part) for problem, part in parts if part.id not in done]
    if not asked:
        terminal.show(f"all {len(parts)} parts are done; --again asks them again")
        return 0
    from checker.process import Worker

    results: dict[str, dict[str, Any]] = {}
    with Worker() as worker:
        worker.start()
        terminal.show(HELP)
        for number, (problem, part) in enumerate(asked, 1):
            if not _ask_part(
                problem, part, f"{number} of {len(asked)}", terminal, worker.ask, args.bank, progress, results
            ):
                break
    if args.json:
        terminal.json(
            {
                "format": 1,
                "answers": [
                    {"id": i, "status": r["status"], "score": r.get("score"), "tries": r.get("tries", 0)}
                    for i, r in results.items()
                ],
            }
        )
    else:
        _summary(results, {part.id: part for _, part in asked}, terminal, progress)
    return 0


def _prompt(terminal: Terminal, prompt: str) -> str | None:
    terminal.stream.write(prompt)
    terminal.stream.flush()
    try:
        line = input_bytes().readline(LONGEST + 1)
    except KeyboardInterrupt:
        terminal.line()
        return None
    except OSError as error:
        raise Refused(f"standard input: {error.strerror or error}") from error
    if len(line) > LONGEST:
        raise Refused(f"standard input: a line of more than {LONGEST:,} bytes")
    return line.decode("utf-8", "replace").removeprefix("\N{BYTE ORDER MARK}").rstrip("\r\n") if line else None


def _answer(part: Any, terminal: Terminal) -> str | None:
    """What is typed; None at the end of input. Where an answer has several lines, an empty one ends them."""
    from checker.kinds.contract import kind_of

    first = _prompt(terminal, "> ")
    if first is None or not kind_of(part).of_lines or first.strip() in ("", "hint", "skip", "quit", "answer", "show"):
        return first
    lines = [first]
    while (line := _prompt(terminal, "| ")) is not None and line.strip():
        lines.append(line)
    return "\n".join(lines)


def _ask_part(
    problem: Any,
    part: Any,
    place: str,
    terminal: Terminal,
    ask: Callable[[Mapping[str, Any]], Any],
    bank: str | None,
    progress: Any,
    results: dict[str, dict[str, Any]],
) -> bool:
    """One part until it is right, given up or skipped. False when the person wants to stop."""
    from rich.text import Text

    from checker.commands.asking import verdict_view
    from checker.commands.describing import part_rows
    from checker.render import labelled, verdict

    terminal.show("", Text(terminal.fit(f"{place}: {part.id}  {problem.title}"), style="bold"))
    rows = [
        (label, "\n".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else value)
        for label, value in part_rows(problem, part)
        if label != "to type"
    ]
    terminal.show(labelled(rows, terminal))
    hints = iter(part.hints)
    last: dict[str, Any] = {}
    while True:
        text = _answer(part, terminal)
        match None if text is None else text.strip():
            case None | "quit":
                return False
            case "":
                terminal.show(HELP)
            case "skip":
                results.setdefault(part.id, {"status": "skipped"})
                return True
            case "hint":
                terminal.show(next(hints, "no further hint"))
            case "show":
                terminal.show(last.get("student_read") or "nothing has been read yet")
            case "answer":
                view = last or verdict_view(ask({"do": "check", "part": part.id, "answer": "0", "bank": bank}))
                terminal.show(view.get("truth_read") or "there is no one answer to show")
                results.setdefault(part.id, {"status": "skipped"})
                return True
            case answer:
                last = verdict_view(ask({"do": "check", "part": part.id, "answer": answer, "bank": bank}))
                terminal.show(verdict(last, terminal, {"student": answer}))
                tag = (last.get("diagnosis") or {}).get("tag")
                progress.add(part.id, answer, last["status"], last.get("score"), tag)
                results[part.id] = {**last, "tries": results.get(part.id, {}).get("tries", 0) + 1}
                if last["status"] in ("correct", "not_judged"):
                    return True


def _summary(
    results: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Any], terminal: Terminal, progress: Any
) -> None:
    """What was right, and what to work on."""
    if not results:
        return
    right = [i for i, r in results.items() if r["status"] == "correct"]
    points = sum(parts[i].points * (r.get("score") or 0) for i, r in results.items())
    terminal.show("", f"{len(right)} of {len(results)} right, {points:g} points")
    open_parts = [i for i, r in results.items() if r["status"] not in ("correct", "not_judged")]
    if open_parts:
        terminal.show(f"to work on: {', '.join(open_parts)}")
    tags: Counter[str] = progress.tags()
    if tags:
        terminal.show("mistakes so far: " + ", ".join(f"{tag} ({count})" for tag, count in tags.most_common(5)))
    if not progress.kept:
        terminal.show(f"progress could not be kept in {progress.path or 'a home folder: there is none'}")
