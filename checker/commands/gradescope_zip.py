"""`backproof gradescope-zip`: an assignment as an autograder for Gradescope."""

from __future__ import annotations

import argparse

from checker.commands.base import add_json, write_whole
from checker.commands.grade import asked_for, overrides_for
from checker.output import Terminal

ABOUT = (
    "Writes the zip that Gradescope takes as an autograder: setup.sh, run_autograder, the assignment with its problems "
    "and overrides, and this program. The same assignment gives the same bytes."
)
EXAMPLES = (
    "backproof gradescope-zip hw.toml",
    "backproof gradescope-zip hw.toml --out autograder.zip --overrides overrides.toml",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT", help="the assignment file")
    parser.add_argument(
        "--out", "-o", metavar="FILE", default="autograder.zip", help="the zip that is written (default: %(default)s)"
    )
    parser.add_argument(
        "--overrides", metavar="FILE", help="decisions of the teacher (default: overrides.toml beside the assignment)"
    )
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.course.gradescope import autograder

    args.sheet = args.bank = None
    assignment, bank = asked_for(args)
    data = autograder(assignment, bank, overrides_for(args, assignment, bank))
    write_whole(args.out, data)
    if args.json:
        terminal.json({"format": 1, "file": args.out, "bytes": len(data), "parts": len(assignment.parts)})
    else:
        terminal.show(
            f"{args.out}: {len(assignment.parts)} parts, {assignment.possible:g} points. In Gradescope: a programming "
            "assignment, Configure Autograder, upload it."
        )
    return 0
