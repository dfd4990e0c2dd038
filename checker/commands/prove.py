"""`backproof prove`: two forms are equal, with the evidence, or a point where they differ."""

from __future__ import annotations

import argparse

from checker.commands.base import Joined, add_json, add_names, add_verbose, given
from checker.commands.derive import add_style, show_printed, style
from checker.output import Terminal

ABOUT = (
    "Takes 'A = B': gives the steps between the two forms and how strongly they are proved equal, or a "
    "counterexample, or says that it found neither."
)
EXAMPLES = (
    "backproof prove 'sigmoid(z) (1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2' --names 'z: real'",
    "backproof prove '(X^T X + l I)^-1 X^T = X^T (X X^T + l I)^-1' --names 'X: real[n,d]; l: positive'",
    "backproof prove 'sum_i (x_i - m)^2 = sum_i x_i^2 - n m^2' --let 'm = mean(x)' --names 'x: real[n]'",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("statement", help="A = B; - reads standard input")
    add_names(parser)
    parser.add_argument(
        "--let",
        action=Joined,
        metavar="BINDINGS",
        help="bindings in order, 'm = mean(x); s = x - m': their names may stand in the statement; may be repeated",
    )
    add_style(parser, "matrix")
    add_verbose(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.asking import ask, public, verdict_view
    from checker.exit_codes import EXIT_CODES

    text = given(args.statement)
    request = {
        "do": "prove",
        "statement": text,
        "names": args.names,
        "let": args.let,
        "print": None if args.json else style(args, terminal),
    }
    view = verdict_view(ask(request, worker=args.worker, drawn=not args.json))
    prints = view.pop("printed", None)
    if args.json:
        terminal.json(public(view))
        return EXIT_CODES[view["status"]]
    from checker.render import verdict

    if prints is not None:
        show_printed(prints, terminal)
        if "text" in prints:
            return EXIT_CODES[view["status"]]
        terminal.line()
    terminal.show(
        verdict(
            view, terminal, {"student": text, "names": args.names}, sides=("left side", "right side"), tags=args.verbose
        )
    )
    return EXIT_CODES[view["status"]]
