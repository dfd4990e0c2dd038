"""One request to the worker, and what a person or a program sees of its outcome."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from checker.commands.base import Refused
from checker.exit_codes import EXIT_CODES
from checker.output import Terminal
from checker.process import SECONDS, Outcome, Worker

if TYPE_CHECKING:
    from checker.verdict import Verdict


def ask(
    request: Mapping[str, Any], seconds: float = SECONDS, *, worker: Worker | None = None, drawn: bool = False
) -> Outcome:
    """The outcome of one request, in the worker given or one of its own. Where it will be `drawn`, what draws is
    imported while the worker starts."""
    asked = worker or Worker(warm=request["do"])
    asked.seconds = seconds
    try:
        asked.start()
        if drawn:
            import checker.render  # noqa: F401
        return asked.ask(request)
    finally:
        # One that was given is closed by who gave it: it ends while the outcome is drawn.
        (asked.close if worker is None else asked.stop)()


def limited(what: str) -> Verdict:
    """The verdict where a limit was hit: undecided, never wrong."""
    from checker.verdict import Finding, Verdict

    return Verdict("undecided", findings=(Finding("limit", f"not settled within the limit of {what}"),))


def verdict_view(outcome: Outcome) -> dict[str, Any]:
    """The verdict of an outcome as its JSON: an answer, `undecided` at a limit, `failed` for a bug (its traceback on
    standard error)."""
    if outcome.limit:
        return limited(outcome.limit).to_json()
    if outcome.answer is None:
        from checker.verdict import Verdict

        tell_bug(outcome.bug)
        return Verdict("failed", seed=outcome.seed).to_json()
    if "refused" in outcome.answer:
        raise Refused(outcome.answer["refused"])
    return dict(outcome.answer)


def tell_bug(traceback: str | None) -> None:
    """A traceback of ours, kept."""
    print(traceback or "no traceback", file=sys.stderr)
    print("backproof: this is a bug of ours; please report it with the lines above", file=sys.stderr)


def public(view: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON that is published: without what only `--reveal` may show."""
    return {k: v for k, v in view.items() if k != "reveal"}


def show_verdict(
    view: Mapping[str, Any],
    terminal: Terminal,
    *,
    as_json: bool,
    texts: Mapping[str, str] | None = None,
    reveal: bool = False,
    tags: bool = False,
) -> int:
    """Print a verdict; its exit code."""
    if as_json:
        terminal.json(dict(view) if reveal else public(view))
    else:
        from checker.render import verdict

        terminal.show(verdict(view, terminal, texts, reveal, tags=tags))
    return EXIT_CODES[view["status"]]
