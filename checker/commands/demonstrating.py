"""`show PART --demonstrate`: runs the part's demonstrations and prints steps and numbers."""

from __future__ import annotations

from typing import Any

from checker.commands.base import Refused
from checker.output import Terminal


def demonstrate(part: Any, bank: str | None, terminal: Terminal, *, as_json: bool, file: str | None = None) -> int:
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
    if file:
        draw([view for view in found if view.get("curves")], file)
    return 0 if all(view["holds"] for view in found) else 1


def draw(views: list[dict[str, Any]], file: str) -> None:
    """The curves of demonstrations, one panel each, in a file; raises `Refused` without matplotlib or without
    curves."""
    if not views:
        raise Refused("there is nothing to draw: this demonstration has no curves")
    try:
        from matplotlib.figure import Figure  # type: ignore[import-not-found]
    except ImportError as error:
        raise Refused(
            "--plot needs matplotlib: pip install 'backproof[plot]'; without --plot the curves are drawn as text"
        ) from error
    figure = Figure(figsize=(7, 4 * len(views)), layout="constrained")
    for number, view in enumerate(views, 1):
        axes = figure.add_subplot(len(views), 1, number)
        for name, (x, y) in view["curves"].items():
            axes.plot(x, y, marker=".", label=name)
        axes.set_title((view.get("says") or "").replace("$", r"\$"), fontsize=9, wrap=True)
        axes.legend()
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise Refused(f"{file}: {error}") from error


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
    terminal.show(
        ("shown" if view["holds"] else "NOT shown") + (f": {view['evidence']}" if view.get("evidence") else "")
    )
