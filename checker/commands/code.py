"""`backproof code`: the source of derived targets."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from checker.commands.base import Refused, add_backends, add_json, backend, write_whole
from checker.commands.derive import derive_target
from checker.output import Terminal

ABOUT = (
    "Prints importable NumPy source of derived targets, with the shapes in its docstring. Several targets are one "
    "function that computes what they share once."
)
EXAMPLES = (
    "backproof code batch_norm dL/dx",
    "backproof code two_layer:batch L dL/dW1 dL/db1 dL/dW2 dL/db2 -o step.py",
    "backproof code batch_norm dL/dx --fast",
    "backproof code batch_norm dL/dx --standalone-checked",
    "backproof code logistic:batch dNLL/dtheta --numba -o logistic.py",
    "backproof code softmax dL/dx --jax",
    "backproof code batch_norm dL/dx --array-api",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model, with its variant; `backproof models` lists them")
    parser.add_argument(
        "targets", metavar="TARGET", nargs="+", help="targets of the model; a node's name for its value"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write the source to a file")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--fast", action="store_true", help="preallocated and in place, in blocks that stay in the cache")
    add_backends(form)
    parser.add_argument(
        "--standalone-checked",
        action="store_true",
        help="with what checks and converts arguments, in the module itself (NumPy, --fast and --numba)",
    )
    parser.add_argument("--name", help="the function's name (default: model and targets)")
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.name is not None and not (args.name.isidentifier() and args.name.isascii()):
        raise Refused(f"--name {args.name!r} is no Python name")
    if args.standalone_checked and not checks(backend(args) or "numpy"):
        raise Refused("--standalone-checked is for NumPy's code and numba's: elsewhere the library checks as it goes")
    from checker.cache import cached

    asked = {
        "do": "code",
        "model": args.model,
        "targets": args.targets,
        "fast": args.fast,
        "backend": backend(args) or "numpy",
        "dressing": "checked" if args.standalone_checked else "bare",
        "name": args.name,
    }
    made = cached(asked, lambda: {"source": source_of(asked)})
    source = made["source"]
    if args.output:
        write_whole(args.output, source if source.endswith("\n") else source + "\n")
    if args.json:
        terminal.json(
            {"format": 1, "model": args.model, "targets": args.targets, "source": source, "file": args.output}
        )
    elif not args.output:
        terminal.line(source.rstrip("\n"))
    return 0


def checks(name: str) -> bool:
    """Whether a backend has a form that checks its arguments."""
    from derivations.emit.dialects import named

    return named(name).checks


def source_of(asked: Mapping[str, Any]) -> str:
    """The source that is asked for. Raises `Refused`."""
    for target in asked["targets"]:
        derive_target(asked["model"], target)
    from derivations.emit import CannotEmit
    from derivations.functions import together

    try:
        return together(
            asked["model"],
            asked["targets"],
            name=asked["name"],
            fast=asked["fast"],
            backend=asked["backend"],
            dressing=asked["dressing"],
        )
    except CannotEmit as error:
        raise Refused(str(error)) from error
