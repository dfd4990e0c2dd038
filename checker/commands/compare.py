"""`backproof compare`: one formula against another, or a stream of pairs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from typing import Any

from checker.commands.base import Refused, add_json, add_names, add_verbose, given
from checker.commands.streaming import add_stream
from checker.output import Terminal

ABOUT = (
    "Judges one formula against another under declared names: equal wherever that one has a value, different, "
    "undecided or unreadable, with the evidence."
)
EXAMPLES = (
    "backproof compare 'p - p^2' 'p(1-p)' --names 'p: probability'",
    "backproof compare 'X^T(p - y)' 'sum_i (p_i - y_i) X_i' --names 'X: real[n,d]; p: probability[n]; y: label01[n]'",
    r"backproof compare '\sum_{j=1}^n u_j^2' '\sum_{i=1}^n u_i u_i' --names infer",
    "backproof compare --jsonl pairs.jsonl --workers 2 --output verdicts.jsonl --resume",
)

SECONDS = 10.0
WHERE = ("truth", "common")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("student", nargs="?", help="what was written; - reads standard input")
    parser.add_argument("truth", nargs="?", help="what it should equal; - reads standard input")
    add_names(parser, "; `infer`: as the letters say, where that is evident")
    parser.add_argument(
        "--where",
        choices=WHERE,
        default=WHERE[0],
        help=(
            "where they are compared: wherever the truth has a value, or in common: wherever both have one "
            "(default: %(default)s)"
        ),
    )
    add_stream(parser, '"id", "student", "truth", "names", "where"', SECONDS, "verdict, after which it is undecided")
    add_verbose(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.jsonl is not None:
        if args.student is not None or args.names:
            raise Refused("--jsonl takes its pairs and names from the file")
        from checker.commands.streaming import stream
        from checker.stream import Task

        return stream(args, Task(partial(_request, where=args.where), _bad, _limit, _failed), 70)
    if args.student is None or args.truth is None:
        raise Refused(
            "compare needs what was written and what it should equal, or --jsonl FILE; `backproof compare "
            "--help` has examples"
        )
    if args.student == args.truth == "-":
        raise Refused("only one of the two can be standard input")
    from checker.commands.asking import ask, show_verdict, verdict_view

    texts = {"student": given(args.student), "truth": given(args.truth), "names": args.names}
    view = verdict_view(
        ask({"do": "compare", **texts, "where": args.where}, args.timeout, worker=args.worker, drawn=not args.json)
    )
    return show_verdict(view, terminal, as_json=args.json, texts=texts, tags=args.verbose)


# ---------------------------------------------------------------- streams


def _request(line: Mapping[str, Any], where: str) -> dict[str, Any]:
    from checker.stream import BadLine

    for side in ("student", "truth"):
        if not isinstance(line.get(side), str):
            raise BadLine(f"{side} is missing" if side not in line else f"{side} is not a string", side)
    names = line.get("names", {})
    if names is None:
        names = {}
    if not isinstance(names, str) and not (isinstance(names, dict) and all(isinstance(v, str) for v in names.values())):
        raise BadLine('names is neither a string nor an object {"x": "real"}', "names")
    where = line.get("where", where)
    if where not in WHERE:
        raise BadLine(f"where is neither {' nor '.join(WHERE)}")
    return {"do": "compare", "student": line["student"], "truth": line["truth"], "names": names, "where": where}


def _bad(identity: Any, reason: str, side: str) -> dict[str, Any]:
    from checker.verdict import At, Finding, Verdict

    at = At(side, 0, 0, "a string", reason) if side else None  # type: ignore[arg-type]
    return {**Verdict("unreadable", findings=(Finding("line", reason),), at=at).to_json(), "id": identity}


def _limit(identity: Any, what: str) -> dict[str, Any]:
    from checker.commands.asking import limited

    return {**limited(what).to_json(), "id": identity}


def _failed(identity: Any, seed: int) -> dict[str, Any]:
    from checker.verdict import Verdict

    return {**Verdict("failed", seed=seed).to_json(), "id": identity}
