"""`backproof practice`: be asked part after part."""

from __future__ import annotations

import argparse

from checker.commands.base import add_bank
from checker.output import Terminal

ABOUT = (
    "Asks parts one by one: shows how an answer was read, the verdict, the reason, hints in order, and at the end "
    "what to work on."
)
EXAMPLES = ("backproof practice", "backproof practice 001", "backproof practice 001/3.2", "backproof practice --forget")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prefix", nargs="?", default="", help="only parts whose id begins with this: a sheet, a problem or a part"
    )
    parser.add_argument("--again", action="store_true", help="ask also what has been answered correctly before")
    parser.add_argument("--forget", action="store_true", help="delete the progress that is kept, and end")
    add_bank(parser)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of the summary")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.practising import practise

    return practise(args, terminal)
