"""`backproof sheet`: parts of a bank as an exercise sheet, as its key, or as questions for Moodle."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.commands.base import Refused, add_bank, add_json, add_timeout, complain, open_bank, write_whole
from checker.output import Terminal

ABOUT = (
    "Sets parts of a bank as a sheet to hand out: numbered, with points and room for answers; with --key as its key, "
    "every derivation in full and its result in a box; as Moodle's XML, what Moodle and STACK have questions for."
)
EXAMPLES = (
    "backproof sheet 002/6 --out sheet.pdf",
    "backproof sheet 002/6 --key --out key.pdf",
    "backproof sheet 001/3 002/6d 004/Q2 --title 'Week 3' --seed 7 --format tex",
    "backproof sheet --bank my_problems --key --format html --out key.html",
    "backproof sheet 001 --format moodle --out week1.xml",
)

SECONDS = 120.0
"""Wall clock of a sheet: each of its parts is derived, and a PDF is made by another program."""

FORMATS = ("md", "tex", "html", "pdf", "moodle")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="ids of parts, of problems (002/6) or sheets (002), in the order of the sheet; none: the whole --bank",
    )
    parser.add_argument("--format", choices=FORMATS, help="what is written (default: as --out is named, else md)")
    parser.add_argument("--key", action="store_true", help="the key: every derivation, the results in boxes")
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="another version: problems and options in an order drawn with this number, and other numbers and "
        "letters where parts vary",
    )
    parser.add_argument("--title", default="", help="what stands at the top")
    parser.add_argument("--out", "-o", metavar="FILE", help="the file that is written (default: standard output)")
    add_timeout(parser, SECONDS, "wall clock of the whole sheet")
    add_bank(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.asking import ask, tell_bug
    from checker.handouts.making import choose
    from problems.bank import ProblemFileError, UnknownPart

    if not args.parts and args.bank is None:
        raise Refused("sheet needs parts: ids as `backproof problems` lists them, or --bank FOLDER for all of a folder")
    format = _format(args)
    if format == "moodle" and (args.key or args.seed is not None):
        raise Refused("questions for Moodle hold their key, and Moodle shuffles: leave out --key and --seed")
    if format == "pdf" and args.out is None:
        raise Refused("--format pdf is no text: say with --out which file it goes to")
    bank = open_bank(args.bank)
    try:
        chosen = choose(bank, args.parts)
    except UnknownPart as error:
        raise Refused(str(error)) from error
    except ProblemFileError as error:
        raise Refused(f"a problem file has faults; `backproof validate` shows them:\n{error}") from error
    if not chosen:
        raise Refused(f"{args.bank}: there is no part in it")
    request = {
        "do": "sheet",
        "bank": args.bank,
        "parts": args.parts,
        "format": format,
        "key": args.key,
        "seed": args.seed,
        "title": args.title,
    }
    outcome = ask(request, args.timeout, worker=getattr(args, "worker", None))
    if outcome.limit:
        raise Refused(f"the sheet was not made within the limit of {outcome.limit}; --timeout gives it longer")
    if outcome.answer is None:
        tell_bug(outcome.bug)
        return 70
    if "refused" in outcome.answer:
        raise Refused(outcome.answer["refused"])
    _write(outcome.answer, args, terminal, [part.id for _, part in chosen])
    return 0


def _format(args: argparse.Namespace) -> str:
    """The format that is asked for: as it is said, or as the name of the file that is written."""
    if args.format is not None:
        return args.format
    suffix = Path(args.out).suffix[1:] if args.out is not None else ""
    return {"xml": "moodle", "htm": "html"}.get(suffix, suffix if suffix in FORMATS else "md")


def _write(answer: Mapping[str, Any], args: argparse.Namespace, terminal: Terminal, parts: list[str]) -> None:
    """The sheet, to its file or to standard output; what Moodle cannot hold is listed."""
    for part, why in answer.get("left_out", ()):
        complain(f"backproof: {part} is left out: {why}")
    if args.out is not None:
        write_whole(args.out, base64.b64decode(answer["bytes"]) if "bytes" in answer else answer["text"])
    if args.json:
        terminal.json({
            "format": 1,
            "status": "written",
            "parts": answer.get("held", parts),
            "left_out": [{"part": part, "why": why} for part, why in answer.get("left_out", ())],
            **({"text": answer["text"]} if args.out is None else {"file": args.out}),
        })  # fmt: skip
    elif args.out is None:
        terminal.line(answer["text"].rstrip("\n"))
