"""`backproof code`: the source of derived targets."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from checker.commands.base import Refused, add_backends, add_json, add_source, backend, dressing, show_source
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
    "backproof code softmax L dL/dx --with-test -o softmax.py && pytest softmax.py",
    "backproof code batch_norm dL/dx --standalone-checked",
    "backproof code logistic:batch dNLL/dtheta --numba -o logistic.py",
    "backproof code softmax dL/dx --jax",
    "backproof code batch_norm y dL/dx dL/dgamma dL/dbeta --torch --as-layer",
    "backproof code batch_norm dL/dx --array-api",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model, with its variant; `backproof models` lists them")
    parser.add_argument(
        "targets", metavar="TARGET", nargs="+", help="targets of the model; a node's name for its value"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--fast", action="store_true", help="preallocated and in place, in blocks that stay in the cache")
    add_backends(form)
    add_source(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the source to a file")
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from checker.cache import cached

    asked = {
        "do": "code",
        "model": args.model,
        "targets": args.targets,
        "fast": args.fast,
        "backend": backend(args) or "numpy",
        "dressing": dressing(args, backend(args)),
        "name": args.name,
        "with_test": args.with_test,
    }
    made = cached(asked, lambda: {"source": source_of(asked)})
    source = made["source"]
    if args.output or not args.json:
        show_source(source, args, terminal)
    if args.json:
        terminal.json(
            {"format": 1, "model": args.model, "targets": args.targets, "source": source, "file": args.output}
        )
    return 0


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
            with_test=asked["with_test"],
        )
    except CannotEmit as error:
        raise Refused(str(error)) from error
