"""A class through `backproof grade`: a folder of hand-ins, a folder of reports."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checker.commands.asking import tell_bug
from checker.commands.base import Refused, complain, write_whole
from checker.commands.grade import TERMINAL, asked_for, exit_code, overrides_file, overrides_for, show
from checker.course.handins import ClassError, handins_in
from checker.course.running import STUDENTS, Class, Refusal, changes, earlier, judge_all, write_class
from checker.exit_codes import worst
from checker.output import Terminal
from checker.process import MEGABYTES
from checker.stream import Pool, cores

OURS = "assignment.json"
"""The first file of a folder of reports: with it, the folder is ours to write in."""


def grade_class(args: argparse.Namespace, terminal: Terminal) -> int:
    """Every hand-in of a folder; the exit code is the worst of theirs."""
    from checker.documents.reports import FORMATS

    if len(args.handins) != 1:
        raise Refused("a class is one folder of hand-ins")
    if args.out is None:
        raise Refused(f"{args.handins[0]} is a folder, a class: say with --out which folder its reports go to")
    format = args.format if args.format not in (None, TERMINAL) else "html"
    if format not in FORMATS:
        raise Refused(f"the pages of a class are {', '.join(FORMATS)}, not {format}")
    assignment, bank = asked_for(args)
    folder, out = Path(args.handins[0]), Path(args.out)
    others = [out, *(Path(p) for p in (args.assignment, overrides_file(args)) if p is not None)]
    try:
        handins = handins_in(folder, others)
        _claimed(out)
    except ClassError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{error.filename or folder}: {error.strerror or error}") from error
    overrides = overrides_for(args, assignment, bank)
    what = Class(handins, assignment, bank, out, overrides, format, FORMATS[format].suffix, args.csv)
    before = earlier(out) if args.regrade else None
    if args.regrade and before is None:
        raise Refused(f"{out}: no grades of an earlier run to compare with; leave out --regrade")
    return _graded(what, args, terminal, before)


def _graded(what: Class, args: argparse.Namespace, terminal: Terminal, before: dict[str, Any] | None) -> int:
    def write(path: Path, data: str | bytes) -> None:
        write_whole(str(path), data)

    pool = Pool(args.workers or cores(), args.timeout, MEGABYTES, remembered=0)
    try:
        view = {"format": 1, "assignment": what.assignment.to_json(), "keys": what.keys}
        write(what.out / OURS, json.dumps(view, ensure_ascii=False, indent=1) + "\n")
        with progress(len(what.handins)) as advance:
            judge_all(what, pool, args.resume or args.regrade, write, advance, tell_bug)
        found = write_class(what, pool, write, before)
    except KeyboardInterrupt:
        complain("stopped; what is written is whole, --resume goes on from there")
        return 130
    except Refusal as refusal:
        raise Refused(str(refusal)) from refusal
    finally:
        pool.close()
    told = {**found, "changes": changes(before, found)} if before is not None else found
    if args.json:
        terminal.json(told)
    else:
        _show(told, what, terminal)
    if args.open:
        show(str(what.out / "index.html"))
    return worst([exit_code(row) for row in found["students"]])


def _claimed(out: Path) -> None:
    """A folder for reports: a new one, an empty one, or one of an earlier run. Raises `Refused`, `OSError`."""
    if out.exists():
        if not out.is_dir():
            raise Refused(f"{out} is a file: --out of a class is a folder")
        if not (out / OURS).is_file() and next(os.scandir(out), None) is not None:
            raise Refused(f"{out} holds other files: give a new folder, or an empty one")
    (out / STUDENTS).mkdir(parents=True, exist_ok=True)


def _show(found: dict[str, Any], what: Class, terminal: Terminal) -> None:
    from rich.text import Text

    from checker.course.drawn import points
    from checker.render import grid

    rows = [(row["name"], points(row), row["fault"] or "") for row in found["students"]]
    terminal.show(grid(("student", "points", ""), rows, terminal, keep=1))
    if "changes" in found:
        terminal.line()
        if not found["changes"]:
            terminal.show("no score changed")
        else:
            terminal.show(Text("changed scores", style="bold"))
            changed = [
                (c["student"], c["part"], f"{_points(c['old'])} → {_points(c['new'])}") for c in found["changes"]
            ]
            terminal.show(grid(("student", "part", "points"), changed, terminal, keep=2))
    terminal.line()
    terminal.show(f"overview: {what.out / 'index.html'}", f"grades: {what.out / 'grades.csv'}")


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


@contextmanager
def progress(count: int) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error where a person watches it; nothing elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("hand-ins"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR"))), transient=True
    ) as bar:
        job = bar.add_task("", total=count)
        yield lambda: bar.advance(job)
