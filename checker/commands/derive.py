"""`backproof derive`: a target of a model, step by step."""

from __future__ import annotations

import argparse
from typing import Any

from checker.commands.base import Refused, add_bank, add_json, find_part, open_bank
from checker.output import Terminal

ABOUT = (
    "Derives a target of a model, or the answer to a part of a bank. Every step has been verified a second way; the "
    "answer is the last step."
)
EXAMPLES = (
    "backproof derive softmax dy_i/dx_j",
    "backproof derive batch_norm dL/dx --steps full",
    "backproof derive logistic dLL/dtheta --latex",
    "backproof derive map_regression 'argmin J over theta' --in matrix",
    "backproof derive 002/6d",
    "backproof derive mine/3a --bank my_problems --latex",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL|PART",
        help="a model, with its variant: batch_norm:eps; `backproof models` lists them. Without a target, the id of a "
        "part, as `backproof problems` lists it",
    )
    parser.add_argument(
        "target",
        nargs="?",
        help="dA/dB, d2A/dB2, 'd2A/dB2 along v', 'dA/dB along v', 'dA/dB against u', "
        "d3A/dB3, the name of a node for its value, 'argmin A over b', or "
        "'argmax A over b subject to B = C'",
    )
    add_style(parser)
    add_bank(parser)
    add_json(parser)


def add_style(parser: argparse.ArgumentParser, form: str = "index") -> None:
    """How a derivation is printed; `form` is the default of --in."""
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--latex", action="store_true", help="aligned blocks, for KaTeX or amsmath")
    style.add_argument("--markdown", action="store_true", help="Markdown with displayed LaTeX")
    style.add_argument("--plain", action="store_true", help="plain text, ASCII, never wrapped")
    style.add_argument("--document", action="store_true", help="a complete LaTeX document")
    parser.add_argument(
        "--in",
        dest="form",
        choices=("index", "matrix"),
        default=form,
        help="index form, or matrix form as well where there is one (default: %(default)s)",
    )
    parser.add_argument(
        "--steps",
        choices=("brief", "normal", "full"),
        default="normal",
        help="how much is shown (default: %(default)s)",
    )


def derive_target(model: str, target: str) -> Any:
    """The derivation; raises `Refused` on an unknown model or target, naming the nearest."""
    from derivations.calculus import NoDerivative
    from derivations.closed_form import NoClosedForm
    from derivations.folding.facts import FactError
    from derivations.model import UnknownName
    from derivations.pipeline import TargetError, derive
    from derivations.target import TooHigh

    try:
        return derive(model, target)
    except (UnknownName, NoDerivative, NoClosedForm, FactError, TargetError, TooHigh) as error:
        raise Refused(str(error)) from error


def derive_part(part_id: str, folder: str | None) -> Any:
    """The derivation of the answer to a part; raises `Refused` where its answer has none."""
    from checker.check import truth_of
    from problems.truth import TruthError

    _, part = find_part(open_bank(folder), part_id)
    try:
        found = truth_of(part).derivation
    except TruthError as error:
        raise Refused(f"the problem of {part.id} has a fault, `backproof validate` shows it: {error}") from error
    if found is None:
        raise Refused(f"{part.id} is a {part.kind} without a derivation; `backproof sheet {part.id} --key` has its key")
    return found


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.cache import cached

    asked = {"do": "derive", "model": args.model, "target": args.target, "json": args.json, **style(args, terminal)}
    if args.target is None:
        if "/" not in args.model:
            raise Refused(
                f"derive {args.model}: say what of it, as in dL/dx; `backproof models {args.model}` lists targets"
            )
        made = _shown(derive_part(args.model, args.bank), asked)
    else:
        if args.bank is not None:
            raise Refused("--bank is for parts: backproof derive PART --bank FOLDER")
        made = cached(asked, lambda: _shown(derive_target(asked["model"], asked["target"]), asked))
    if args.json:
        terminal.json(made)
    else:
        show_printed(made, terminal)
    return 0


def _shown(derivation: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """A derivation as JSON, or printed in a style."""
    if asked["json"]:
        return {"format": 1, "status": "derived", **derivation.to_json()}
    from checker.commands.deriving import printed

    return printed(derivation, asked)


def style(args: argparse.Namespace, terminal: Terminal) -> dict[str, Any]:
    """What the arguments ask for, as a worker takes it."""
    chosen = next((name for name in ("latex", "markdown", "document", "plain") if getattr(args, name)), "terminal")
    return {"style": chosen, "form": args.form, "steps": args.steps, "dressing": terminal.dressing}


def show_printed(made: dict[str, Any], terminal: Terminal) -> None:
    """A printed derivation: text as it is, blocks drawn."""
    if "text" in made:
        terminal.line(made["text"].rstrip("\n"))
    else:
        from checker.render import derivation as drawn

        terminal.show(drawn(made["blocks"], terminal))
