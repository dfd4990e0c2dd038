"""`backproof read`: how a formula is read, before anything is made of it."""

from __future__ import annotations

import argparse
from typing import Any

from checker.commands.base import Refused, add_json, add_names, given, read_data
from checker.output import Terminal

ABOUT = (
    "Shows how a formula is read: its shape, the formula in index form, what was noted on the way. What cannot be "
    "read is refused with its place."
)
EXAMPLES = (
    "backproof read 'X^T(p - y)' --names 'X: real[n,d]; p: probability[n]; y: label01[n]'",
    r"backproof read '\frac{1}{n} \sum_i (y_i - \hat y_i)^2' --names 'y: real[n]; yhat: real[n]'",
    "backproof read '1/2x' --names 'x: real'",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="the formula, in plain text, Unicode or LaTeX; - reads standard input")
    add_names(parser)
    parser.add_argument("--at", metavar="DATA.toml", help="the value at given data: a TOML file, name = number or list")
    parser.add_argument("--latex", action="store_true", help="print the formula as LaTeX only")
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from derivations.domains import NamesError, parse_names
    from derivations.formula import show_shape
    from derivations.notation import ReadError, write

    text = given(args.text)
    try:
        names = parse_names(args.names)
    except NamesError as error:
        raise Refused(f"--names: {error}") from error
    try:
        formula, notes = _read_noted(text, names)
    except ReadError as error:
        return _unreadable(error, args.json, terminal)
    wrong = formula.shape_error
    value = None
    if args.at and not wrong:
        from checker.commands.valuing import value_at

        try:
            value = value_at(formula, names, read_data(args.at))
        except (ValueError, ArithmeticError) as error:
            raise Refused(f"{args.at}: {error}") from error
    if args.json:
        terminal.json({**_view(formula, notes), **({"value": value} if args.at else {})})
    elif args.latex and not wrong:
        terminal.line(write(formula, "latex", "auto"))
    else:
        from checker.render import caret, labelled, show_value

        rows: list[tuple[str, Any]] = []
        if wrong:
            rows.append(("shape error", wrong.message))
            if wrong.span:
                rows.append(("", "\n".join(caret(text, *wrong.span, width=terminal.width - 16))))
        else:
            rows += [("read as", write(formula, terminal.dressing, "index")), ("shape", show_shape(formula.shape))]
            rows += [("for every", ", ".join(f"{i.name} = 1..{i.size}" for i in formula.free))] if formula.free else []
        if args.at and not wrong:
            rows.append(("value", "undefined" if value is None else show_value(value)))
        rows += [(n["tag"], n["message"]) for n in notes]
        terminal.show(labelled(rows, terminal, indent=0))
    return 2 if wrong else 0


def read_view(text: str, names: str) -> dict[str, Any]:
    """How a text is read, as `read --json` prints it; `refused` where the declarations are at fault."""
    from derivations.domains import NamesError, parse_names
    from derivations.notation import ReadError

    try:
        return _view(*_read_noted(text, parse_names(names)))
    except NamesError as error:
        return {"refused": f"names: {error}"}
    except ReadError as error:
        return _unread_view(error)


def _read_noted(text: str, names: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The formula of a text, or what a chain comes to, with what was noted. Raises `ReadError`."""
    from derivations.notation import ReadError, read

    try:
        formula = read(text, names)
    except ReadError as error:
        last = _last_member(error, text, names)
        if last is None:
            raise
        return last
    return formula, [
        {"tag": n.tag, "message": n.message, "at": list(n.span) if n.span else None} for n in formula.notes
    ]


def _view(formula: Any, notes: list[dict[str, Any]]) -> dict[str, Any]:
    from derivations.notation import write

    wrong = formula.shape_error
    return {
        "format": 1,
        "status": "unreadable" if wrong else "read",
        "shape": list(formula.shape),
        "read": write(formula, "ascii", "index"),
        "latex": write(formula, "latex", "index"),
        "notes": notes,
        "shape_error": wrong.message if wrong else None,
    }


def _last_member(error: Any, text: str, names: Any) -> tuple[Any, list[dict[str, Any]]] | None:
    """What a chain `L = a = b` comes to, and the members before it, which are not judged here; None for no chain."""
    if error.tag != "relation":
        return None
    from checker.answers.chained import chain_in

    chain = chain_in(text, names)
    if chain is None:
        return None
    line = chain.lines[0]
    labels = [{"tag": "target", "message": f"{line.target} =", "at": None}] if line.target else []
    before = [{"tag": "link", "message": f"= {part.source}, not judged here", "at": None} for part in line.parts[:-1]]
    return line.parts[-1], [*labels, *before]


def _unreadable(error: Any, as_json: bool, terminal: Terminal) -> int:
    if as_json:
        terminal.json(_unread_view(error))
    else:
        terminal.line(terminal.fit(error.show()))
    return 2


def _unread_view(error: Any) -> dict[str, Any]:
    start, end = error.span or (0, 0)
    expected = error.expected if isinstance(error.expected, str) else ", ".join(error.expected or ())
    at = {"side": "student", "start": start, "end": end, "expected": expected, "message": str(error.args[0])}
    return {"format": 1, "status": "unreadable", "at": at, "readings": [str(r) for r in error.readings or ()]}
