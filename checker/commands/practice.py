"""`backproof practice`: be asked part after part."""

from __future__ import annotations

import argparse

from checker.commands.base import Refused, add_bank
from checker.output import Terminal

ABOUT = (
    "Asks parts one by one: shows how an answer was read, the verdict, the reason, and on request the next hint, which "
    "after a wrong answer is about the step where it went wrong. ? lists what can be typed. Parts and kinds of mistake "
    "come back after 1, 3, 7, 16 and 35 days (--due)."
)
EXAMPLES = (
    "backproof practice",
    "backproof practice 001",
    "backproof practice 001/3.2",
    "backproof practice --due",
    "backproof practice --progress",
    "backproof practice --export history.csv",
    "backproof practice --forget",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prefix", nargs="?", default="", help="only parts whose id begins with this: a sheet, a problem or a part"
    )
    parser.add_argument("--again", action="store_true", help="ask also what has been answered correctly before")
    parser.add_argument(
        "--due", action="store_true", help="ask what is due: parts, and one part for each kind of mistake you make"
    )
    parser.add_argument("--progress", action="store_true", help="show what was answered day by day, and end")
    parser.add_argument(
        "--export", metavar="FILE", help="write every answer so far to a file (.csv, or .jsonl; - prints CSV), and end"
    )
    parser.add_argument("--forget", action="store_true", help="delete the progress that is kept, and end")
    add_bank(parser)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of the summary")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if sum((args.forget, args.progress, args.export is not None)) > 1:
        raise Refused("--progress, --export and --forget each end: give one of them")
    from checker.commands.practising import practise

    return practise(args, terminal)
