"""`backproof extract`: the final answer out of a long text, or a stream of texts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from checker.commands.base import Refused, add_json, standard_input
from checker.commands.streaming import add_stream
from checker.output import Terminal

ABOUT = (
    "Takes the final answer out of a long text, as a model writes one: what, by which rule, and where it stands. "
    "Nothing is judged; `backproof compare` does that."
)
EXAMPLES = (
    r"backproof extract 'We get $2x + 0$, so the gradient is $\boxed{2x}$.'",
    "backproof extract solution.md --json",
    "some-model | backproof extract -",
    "backproof extract --jsonl texts.jsonl --output answers.jsonl --resume",
)

SECONDS = 10.0
MAX_TEXT = 16_000_000
"""Bytes of a file; `checker.extract` looks through its end."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", help="a text, or a file that holds it; - reads standard input")
    add_stream(parser, '"id", "text"', SECONDS, "extraction")
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.jsonl is not None:
        if args.text is not None:
            raise Refused("--jsonl takes its texts from the file")
        from checker.commands.streaming import stream
        from checker.stream import Task

        return stream(args, Task(_request, _bad, _limit, _failed), 70)
    if args.text is None:
        raise Refused("extract needs a text, a file, - or --jsonl FILE; `backproof extract --help` has examples")
    text = _text(args.text)
    from checker.commands.asking import ask, tell_bug

    outcome = ask({"do": "extract", "text": text}, args.timeout, worker=args.worker, drawn=not args.json)
    if outcome.answer is None and not outcome.limit:
        tell_bug(outcome.bug)
    view = (
        dict(outcome.answer) if outcome.answer else _limit(None, outcome.limit) if outcome.limit else _failed(None, 0)
    )
    if args.json:
        terminal.json(view)
    else:
        _show(view, terminal)
    return EXIT_CODES[view["status"]]


EXIT_CODES = {"found": 0, "none": 2, "several": 3, "undecided": 3, "failed": 70}


def _text(given: str) -> str:
    """The text: standard input, what a file holds, or the argument itself."""
    if given == "-":
        return standard_input()
    if "\n" in given or len(given) > 1000 or "\0" in given or not os.path.isfile(given):
        return given
    from problems.files import decoded, read_bytes

    try:
        return decoded(read_bytes(given, MAX_TEXT))
    except OSError as error:
        raise Refused(f"{given}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{given}: not UTF-8 text: {error.reason} at byte {error.start}") from error


def _show(view: Mapping[str, Any], terminal: Terminal) -> None:
    from checker.render import labelled

    rows: list[tuple[str, Any]] = []
    if view["text"] is not None:
        rows += [("answer", view["text"]), ("rule", f"{view['rule']}, characters {view['start']} to {view['end']}")]
    if view["code"] is not None:
        rows.append(("of the code", view["code"].strip("\n")))
    rows += [(f["tag"], f["message"]) for f in view["findings"]]
    terminal.show(labelled(rows, terminal, indent=0))


# ---------------------------------------------------------------- streams


def _request(line: Mapping[str, Any]) -> dict[str, Any]:
    from checker.stream import BadLine

    if not isinstance(line.get("text"), str):
        raise BadLine("text is missing" if "text" not in line else "text is not a string", "text")
    return {"do": "extract", "text": line["text"]}


def _answered(identity: Any, status: str, tag: str, message: str) -> dict[str, Any]:
    from checker.extract import Extracted
    from checker.verdict import Finding

    return {**Extracted("none", findings=(Finding(tag, message),)).to_json(), "id": identity, "status": status}


def _bad(identity: Any, reason: str, side: str) -> dict[str, Any]:
    return _answered(identity, "none", "line", reason)


def _limit(identity: Any, what: str) -> dict[str, Any]:
    return _answered(identity, "undecided", "limit", f"not settled within the limit of {what}")


def _failed(identity: Any, seed: int) -> dict[str, Any]:
    return _answered(identity, "failed", "failed", "a bug of ours")
