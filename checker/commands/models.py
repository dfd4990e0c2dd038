"""`backproof models`: the models, or one of them with everything that can be asked of it."""

from __future__ import annotations

import argparse
from typing import Any

from checker.commands.base import Refused, add_json
from checker.output import Terminal

ABOUT = (
    "Lists the models; with a name, its inputs with domains, its bindings, its variants and every target that can "
    "be derived."
)
EXAMPLES = ("backproof models", "backproof models batch_norm", "backproof models two_layer:batch,mean --json")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="a model, with its variant: batch_norm:eps")
    add_json(parser)


def load_model(name: str) -> Any:
    """The model of that name and variant; raises `Refused` naming the nearest."""
    from derivations.model import UnknownName
    from derivations.models import load

    try:
        return load(name)
    except UnknownName as error:
        raise Refused(str(error)) from error


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.commands.describing import model_view, show_model
    from derivations.models import MODELS

    if args.name is None:
        views = [model_view(load_model(name)) for name in MODELS]
        if args.json:
            terminal.json(views)
        else:
            from checker.render import grid

            terminal.show(
                grid(
                    ("model", "what it is", "targets"),
                    [(v["name"], v["about"], ", ".join(v["targets"])) for v in views],
                    terminal,
                    keep=1,
                )
            )
        return 0
    view = model_view(load_model(args.name))
    if args.json:
        terminal.json(view)
    else:
        show_model(view, terminal)
    return 0
