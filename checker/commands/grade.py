"""`backproof grade`: whole hand-ins, every line judged, against a sheet or an assignment; or a class of them."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.commands.base import Refused, add_bank, add_json, add_timeout, standard_input, write_whole
from checker.exit_codes import worst
from checker.output import Terminal

if TYPE_CHECKING:
    from problems.assignment import Assignment
    from problems.bank import Bank

ABOUT = (
    "Finds the parts of a sheet in whole documents and judges every line of them: Markdown, LaTeX, notebooks, plain "
    "text. A folder is a class: one hand-in a file or folder, a page each, a gradebook and an overview in --out. What "
    "cannot be placed, read or settled is said and left to a person; nothing is scored by guess."
)
EXAMPLES = (
    "backproof grade hand-in.md --sheet 001",
    "backproof grade hand-in.tex --assignment hw.toml --reveal",
    "backproof grade hand-in.md --sheet 001 --format html --out page.html --open",
    "backproof grade hand-ins/ --assignment hw.toml --out reports/",
    "backproof grade hand-ins/ --assignment hw.toml --out reports/ --regrade",
    "cat hand-in.md | backproof grade - --sheet 001 --json",
)

SECONDS = 120.0
"""Wall clock of one hand-in: it may have hundreds of lines."""

TERMINAL = "terminal"
FORMATS = (TERMINAL, "html", "md", "json", "tex", "pdf", "gradescope")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "handins", nargs="+", metavar="HAND-IN", help="documents, or a folder of them: a class; - reads standard input"
    )
    parser.add_argument("--sheet", metavar="SHEET", help="the sheet that is asked: 001, all its parts")
    parser.add_argument(
        "--assignment", metavar="FILE", help="an assignment file: the parts that are asked and what each is worth"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="what is written: a marked page, its text in another form, Gradescope's results.json (default: terminal; "
        "html for a class)",
    )
    parser.add_argument("--out", "-o", metavar="PATH", help="the file that is written; of a class, the folder")
    parser.add_argument("--open", action="store_true", help="open the page, or the overview of a class, in a browser")
    parser.add_argument("--reveal", action="store_true", help="say what the answers are, and name the mistakes")
    parser.add_argument(
        "--csv",
        choices=("plain", "canvas", "moodle", "moodle-worksheet"),
        default="plain",
        help="of a class: whose column names grades.csv has (default: %(default)s)",
    )
    parser.add_argument(
        "--overrides",
        metavar="FILE",
        help="decisions of the teacher about answers (default: overrides.toml beside the assignment)",
    )
    parser.add_argument("--resume", action="store_true", help="of a class: go on where an earlier run stopped")
    parser.add_argument(
        "--regrade", action="store_true", help="of a class: judge anew what changed, and list the changed scores"
    )
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes for a class (default: one a core, at most 8)"
    )
    add_timeout(parser, SECONDS, "wall clock of one hand-in, after which it is left to a person")
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.format == "gradescope":
        from checker.commands.gradescope import results_for

        return results_for(args, terminal)
    if any(path != "-" and Path(path).is_dir() for path in args.handins):
        from checker.commands.grading_class import grade_class

        return grade_class(args, terminal)
    for option in ("resume", "regrade"):
        if getattr(args, option):
            raise Refused(f"--{option} is for a class: give the folder of its hand-ins")
    if args.handins.count("-") > 1:
        raise Refused("only one of the hand-ins can be standard input")
    format = format_of(args)
    if format != TERMINAL and len(args.handins) > 1:
        raise Refused(f"--format {format} is of one hand-in; put several into a folder: a class")
    if args.open and (format != "html" or args.out is None):
        raise Refused("--open shows a page: add --format html --out page.html")
    if args.out is not None and format == TERMINAL:
        raise Refused("--out says where a report goes: add --format html, or give a folder of hand-ins")
    return one_by_one(args, terminal, format)


def format_of(args: argparse.Namespace) -> str:
    """The format that is asked for: as it is said, or as the name of the file that is written."""
    if args.format is not None:
        return args.format
    suffix = Path(args.out).suffix[1:] if args.out is not None else ""
    return suffix if suffix in FORMATS else TERMINAL


def one_by_one(args: argparse.Namespace, terminal: Terminal, format: str) -> int:
    """Hand-ins one after the other, to the terminal, or one of them as a report."""
    assignment, bank = asked_for(args)
    overrides = overrides_for(args, assignment, bank)
    reveal = "answers" if args.reveal else "reasons" if format == TERMINAL else assignment.reveal
    asked = {
        "do": "grade",
        "assignment": assignment.to_json(),
        "bank": assignment.bank,
        "overrides": [override.to_json() for override in overrides],
        "reveal": reveal,
        "format": "" if format in (TERMINAL, "json") else format,
    }
    answers = judged([{**asked, **document(path)} for path in args.handins], assignment, args.timeout)
    views = [answer["graded"] for answer in answers]
    if args.json or (format == "json" and args.out is None):
        from checker.course.scoring import with_rows

        shown = [with_rows(view) for view in views]
        terminal.json(shown[0] if len(shown) == 1 else {"format": 1, "handins": shown})
    elif format == TERMINAL:
        from checker.course.drawn import handin

        for number, view in enumerate(views):
            terminal.show(*([""] if number else []), handin(view, terminal, args.reveal))
    if format != TERMINAL and (args.out is not None or not args.json):
        _write(answers[0], format, args, terminal)
    return worst([exit_code(view) for view in views])


def _write(answer: Mapping[str, Any], format: str, args: argparse.Namespace, terminal: Terminal) -> None:
    """The report of one hand-in, to its file or to standard output."""
    if format == "json":
        import json

        from checker.course.scoring import with_rows

        if args.out is not None:
            write_whole(args.out, json.dumps(with_rows(answer["graded"]), ensure_ascii=False, indent=1) + "\n")
        return
    if "refused" in answer:
        raise Refused(answer["refused"])
    if "bytes" in answer:
        if args.out is None:
            raise Refused(f"--format {format} is no text: say with --out which file it goes to")
        write_whole(args.out, base64.b64decode(answer["bytes"]))
    elif "report" in answer:
        if args.out is None:
            terminal.line(answer["report"].rstrip("\n"))
        else:
            write_whole(args.out, answer["report"])
    if args.open and args.out is not None:
        show(args.out)


def show(path: str) -> None:
    """Open a local file in the browser of the system."""
    import webbrowser

    webbrowser.open(Path(path).resolve().as_uri())


def asked_for(args: argparse.Namespace) -> tuple[Assignment, Bank]:
    """What is asked, and the bank that it is asked from; raises `Refused`."""
    from problems.assignment import AssignmentError, load_assignment, whole_sheet
    from problems.bank import ProblemFileError, load_bank

    if (args.sheet is None) == (args.assignment is None):
        raise Refused("grade needs what is asked: --sheet SHEET or --assignment FILE")
    if args.assignment is not None and args.bank is not None:
        raise Refused('an assignment names its own bank: bank = "FOLDER" in its file')
    try:
        if args.assignment is not None:
            return load_assignment(Path(args.assignment))
        bank = load_bank(args.bank)
        return whole_sheet(args.sheet, bank, args.bank), bank
    except AssignmentError as error:
        raise Refused(f"the assignment cannot be used:\n{error}") from error
    except ProblemFileError as error:
        raise Refused(f"a problem file has faults; `backproof validate` shows them:\n{error}") from error
    except LookupError as error:
        raise Refused(str(error.args[0])) from error
    except OSError as error:
        raise Refused(f"{args.bank}: {error.strerror or error}") from error


def overrides_file(args: argparse.Namespace) -> Path | None:
    """The file of overrides: the one that is named, or the one beside the assignment."""
    if args.overrides is not None:
        return Path(args.overrides)
    beside = Path(args.assignment).parent / "overrides.toml" if args.assignment is not None else None
    return beside if beside is not None and beside.exists() else None


def overrides_for(args: argparse.Namespace, assignment: Assignment, bank: Bank) -> tuple[Any, ...]:
    """The overrides that count; those whose key was changed are told. Raises `Refused`."""
    path = overrides_file(args)
    if path is None:
        return ()
    from checker.commands.base import complain
    from checker.course.keys import key_of
    from checker.course.overrides import OverridesError, load_overrides

    try:
        count, rest = load_overrides(path, {part.id: key_of(bank.part(part.id)) for part in assignment.parts})
    except OverridesError as error:
        raise Refused(f"the overrides cannot be used:\n{error}") from error
    for override in rest:
        complain(f"backproof: the override of {override.part}, {override.answer}, rests: the key was changed")
    return count


def document(path: str) -> dict[str, Any]:
    """The document of a request; raises `Refused` where there is none."""
    if path == "-":
        return {"name": "", "text": standard_input(), "path": None}
    if not Path(path).exists():
        raise Refused(f"{path}: no such file")
    return {"name": Path(path).name, "path": path}


def judged(requests: list[dict[str, Any]], assignment: Assignment, seconds: float) -> list[Mapping[str, Any]]:
    """What a worker answers for each hand-in, in order."""
    from checker.process import MEGABYTES, Worker

    with Worker(seconds, MEGABYTES, warm="grade") as worker:
        worker.start()
        return [outcome_view(worker.ask(request), request["name"], assignment) for request in requests]


def outcome_view(outcome: Any, name: str, assignment: Assignment) -> Mapping[str, Any]:
    """The answer for a hand-in: at a limit, or for a bug of ours, it is left to a person."""
    from checker.commands.asking import tell_bug
    from checker.course.scoring import left_to_a_person

    if outcome.answer is not None:
        if "refused" in outcome.answer and "graded" not in outcome.answer:
            raise Refused(outcome.answer["refused"])
        return outcome.answer
    if outcome.limit:
        return {"graded": left_to_a_person(name, assignment, f"not graded within the limit of {outcome.limit}")}
    tell_bug(outcome.bug)
    return {"graded": {**left_to_a_person(name, assignment, "a bug of ours stopped it"), "failed": True}}


def exit_code(view: Mapping[str, Any]) -> int:
    """70 for a bug, 2 for a document that cannot be read, 1 where something is wrong or missing, 3 where something is
    left to a person."""
    if view.get("failed"):
        return 70
    if view["fault"]:
        return 2
    statuses = {part["status"] for part in view["parts"]} | {line["status"] for line in view.get("lines", ())}
    if statuses & {"wrong", "missing", "carried"}:
        return 1
    return 3 if view["awaiting"] or statuses & {"undecided", "unreadable"} else 0
