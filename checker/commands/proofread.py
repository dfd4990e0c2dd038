"""`backproof proofread`: a document checked link by link under its own declarations, without a key."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from checker.commands.base import Refused, add_bank, add_json, add_names, add_timeout, standard_input
from checker.output import Terminal

ABOUT = (
    "Checks the mathematics of a document like a spelling checker: each equation and inequality, each stated "
    "derivative against its function, each number against the formula before it, shapes throughout. It needs no key: "
    "the document's own declarations and definitions are taken. What they leave open is unchecked, and it is said what "
    "to declare. Markdown, LaTeX, notebooks and plain text are read."
)
EXAMPLES = (
    "backproof proofread notes.md",
    "backproof proofread solution.tex --names 'X: real[n,d]; y: label01[n]'",
    "backproof proofread lecture.ipynb --json",
    "backproof proofread hand-in.md --sheet 001",
    "backproof proofread notes.md --format html > marked.html",
    "some-model | backproof proofread -",
)

SECONDS = 120.0
"""Wall clock of one document: it may have hundreds of lines."""

EXIT_CODES: Mapping[str, int] = {"clean": 0, "wrong": 1, "unreadable": 2, "unchecked": 3, "undecided": 3, "failed": 70}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", metavar="DOCUMENT", help="a document; - reads standard input")
    add_names(parser)
    parser.add_argument(
        "--sheet", metavar="SHEET", help="take the letters of a sheet of the bank, in place of the document's own"
    )
    parser.add_argument("--all", action="store_true", help="list every line, also those that hold")
    parser.add_argument("--format", choices=("html", "md"), help="print the marked document instead")
    add_timeout(parser, SECONDS, "wall clock, after which the document is left unchecked")
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.names and args.sheet:
        raise Refused("--names and --sheet exclude each other: a sheet has names of its own")
    if args.json and args.format:
        raise Refused("--json and --format exclude each other")
    view = _view(_request(args), args.timeout)
    if "refused" in view:
        raise Refused(view["refused"])
    if args.json:
        terminal.json({key: value for key, value in view.items() if key not in ("report", "ms")})
    elif args.format and view.get("report"):
        terminal.stream.write(view["report"])
    else:
        _show(view, terminal, args.all)
    return EXIT_CODES[view["status"]]


def _request(args: argparse.Namespace) -> dict[str, Any]:
    asked: dict[str, Any] = {"do": "proofread", "names": args.names, "sheet": args.sheet, "bank": args.bank}
    asked["report"] = args.format
    if args.document == "-":
        return {**asked, "name": "", "text": standard_input(), "path": None}
    if not Path(args.document).exists():
        raise Refused(f"{args.document}: no such file")
    return {**asked, "name": Path(args.document).name, "path": args.document}


def _view(request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    from checker.commands.asking import ask, tell_bug

    outcome = ask(request, seconds, drawn=True)
    if outcome.answer is not None:
        return dict(outcome.answer)
    if not outcome.limit:
        tell_bug(outcome.bug)
    fault = f"not checked within the limit of {outcome.limit}" if outcome.limit else "a bug of ours stopped it"
    return {
        "format": 1,
        "status": "undecided" if outcome.limit else "failed",
        "name": request["name"],
        "fault": fault,
        "counts": {},
        "lines": [],
        "declarations": [],
        "notes": [],
    }


# ---------------------------------------------------------------- what is shown

_UNCHECKED = ("undecided", "unreadable")
LONGEST = 160


def _show(view: Mapping[str, Any], terminal: Terminal, every: bool) -> None:
    from rich.text import Text

    head = Text(terminal.fit(view["name"] or "the document"), style="bold")
    if view["fault"]:
        terminal.show(head, Text(terminal.fit(f"  {view['fault']}")))
        return
    terminal.show(head.append(f"  {_counted(view['counts'])}", style="not bold"))
    for note in view["notes"]:
        terminal.show(Text(terminal.fit(f"  {note}")))
    blocks = [("wrong", ("wrong",)), ("follow from an earlier error", ("carried",)), ("not checked", _UNCHECKED)]
    if every:
        blocks.append(("hold", ("correct",)))
    for title, statuses in blocks:
        lines = [line for line in view["lines"] if line["status"] in statuses]
        if lines:
            terminal.show("", Text(title, style="bold"), *(part for line in lines for part in _line(line, terminal)))
    if inferred := [d for d in view["declarations"] if d["how"] == "inferred"]:
        said = "; ".join(d["declaration"] for d in inferred)
        terminal.show("", Text("taken as evident", style="bold"), *_padded(said, terminal, 2))
    if every and (known := [d for d in view["declarations"] if d["how"] != "inferred"]):
        rows = [f"{d['line'] or '':>4}  {d['declaration']}" for d in known]
        terminal.show("", Text("declared", style="bold"), *(p for row in rows for p in _padded(row, terminal, 2)))


def _counted(counts: Mapping[str, int]) -> str:
    """`14 of 16 claims checked: 13 hold, 1 is wrong`."""
    wrong, carried, right = (counts.get(k, 0) for k in ("wrong", "carried", "correct"))
    checked = wrong + carried + right
    claims = checked + sum(counts.get(k, 0) for k in _UNCHECKED)
    if not claims:
        return "no claims were found"
    told = [f"{right} hold{'s' * (right == 1)}", f"{wrong} {'is' if wrong == 1 else 'are'} wrong"]
    if carried:
        told.append(f"{carried} follow{'s' * (carried == 1)} from these")
    return f"{checked} of {claims} claim{'s' * (claims != 1)} checked: {', '.join(told)}"


def _line(line: Mapping[str, Any], terminal: Terminal) -> Iterator[Any]:
    from rich.padding import Padding
    from rich.text import Text

    from checker.render import NARROW, counterexample

    text = " ".join(line["text"].split())
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    wide = terminal.width >= NARROW
    indent = 8 if wide else 4
    yield Padding(
        Text(f"{line['line']:>4}  " if wide else f"{line['line']}  ").append(terminal.fit(text)), (0, 0, 0, 2)
    )
    for said in (line["reason"], line["remark"]):
        if said:
            yield Padding(Text(terminal.fit(said), style="italic"), (0, 0, 0, indent))
    if line["status"] == "wrong":
        shown = "; ".join(f"{name} {value}" for name, value in counterexample(line, ("this side", "before it")))
        if shown:
            yield Padding(Text(terminal.fit(shown)), (0, 0, 0, indent))


def _padded(text: str, terminal: Terminal, indent: int) -> Iterator[Any]:
    from rich.padding import Padding
    from rich.text import Text

    yield Padding(
        Text(terminal.fit(" ".join(text.split()) if indent == 2 and not text.startswith(" ") else text)),
        (0, 0, 0, indent),
    )
