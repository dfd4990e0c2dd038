"""`backproof prove`: two forms are equal, with the evidence, or a point where they differ."""

from __future__ import annotations

import argparse

from checker.commands.base import add_json, add_names, given
from checker.output import Terminal

ABOUT = "Takes 'A = B': gives the steps between the two forms and how strongly they are proved equal, or a counterexample, or says that it found neither."
EXAMPLES = (
    "backproof prove 'sigmoid(z) (1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2' --names 'z: real'",
    "backproof prove '(X^T X + l I)^-1 X^T = X^T (X X^T + l I)^-1' --names 'X: real[n,d]; l: positive'",
    "backproof prove 'sum_i (x_i - m)^2 = sum_i x_i^2 - n m^2' --names 'x: real[n]; m: real'",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("statement", help="A = B; - reads standard input")
    add_names(parser)
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.asking import ask, public, verdict_view
    from checker.verdict import EXIT_CODES

    text = given(args.statement)
    view = verdict_view(
        ask({"do": "prove", "statement": text, "names": args.names, "dressing": "ascii" if args.json else terminal.dressing}, drawn=not args.json)
    )
    if args.json:
        terminal.json(public(view))
    else:
        from checker.render import derivation, verdict

        steps = view.get("steps")
        if steps and len(steps) > 1:
            terminal.show(derivation([{"head": steps[0]["formula"], "lines": [(s["formula"], s["rule"]) for s in steps[1:]], "condition": ""}], terminal), "")
        elif view["status"] == "equal" and not steps:
            view["findings"] = [*view["findings"], {"tag": "steps", "message": "no way between the two forms was found that shows it step by step"}]
        terminal.show(verdict(view, terminal, {"student": text, "names": args.names}, sides=("left side", "right side")))
    return EXIT_CODES[view["status"]]
