"""`show PART --demonstrate`: runs the part's demonstrations and prints steps and numbers."""

from __future__ import annotations

from typing import Any

from checker.commands.base import Refused
from checker.output import Terminal


def demonstrate(part: Any, bank: str | None, terminal: Terminal, *, as_json: bool) -> int:
    """0 when every demonstration shows what it says, 1 otherwise, 3 at a limit."""
    from checker.commands.asking import ask, tell_bug

    if not part.demonstrations:
        raise Refused(f"{part.id} has no demonstration")
    outcome = ask({"do": "demonstrate", "part": part.id, "bank": bank})
    if outcome.limit:
        raise Refused(f"the demonstration took longer than the limit of {outcome.limit}")
    if outcome.answer is None:
        tell_bug(outcome.bug)
        return 70
    if outcome.answer.get("refused"):
        raise Refused(outcome.answer["refused"])
    found = outcome.answer["demonstrations"]
    if as_json:
        terminal.json({"format": 1, "id": part.id, "demonstrations": found})
    else:
        for view in found:
            _show(view, terminal)
    return 0 if all(view["holds"] for view in found) else 1


def _show(view: dict[str, Any], terminal: Terminal) -> None:
    from rich.text import Text

    from checker.demonstration import plot
    from checker.render import grid

    terminal.show("", Text(terminal.fit(f"{view['form']}: {view.get('says') or ''}".rstrip(": ")), style="bold"))
    if view.get("statement"):
        terminal.show("  " + view["statement"])
    if view.get("text"):
        terminal.line(terminal.fit(view["text"]))
    if view.get("rows"):
        terminal.show(grid(view["columns"], view["rows"], terminal, keep=1))
    if view.get("curves"):
        terminal.line(plot(view["curves"], terminal.width))
    terminal.show(("shown" if view["holds"] else "NOT shown") + (f": {view['evidence']}" if view.get("evidence") else ""))
