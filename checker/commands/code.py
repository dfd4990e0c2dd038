"""`backproof code`: the NumPy source of a derived target."""

from __future__ import annotations

import argparse

from checker.commands.base import Refused, add_json
from checker.commands.derive import derive_target
from checker.output import Terminal

ABOUT = "Prints importable NumPy source of a derived target, with the shapes in its docstring."
EXAMPLES = (
    "backproof code batch_norm dL/dx",
    "backproof code two_layer dL/dW1 -o two_layer_dW1.py",
    "backproof code softmax dL/dz --fast",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model, with its variant; `backproof models` lists them")
    parser.add_argument("target", help="a target of the model")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the source to a file")
    parser.add_argument("--fast", action="store_true", help="preallocated and in place, in blocks that stay in the cache")
    parser.add_argument("--name", help="the function's name (default: model and target)")
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.name is not None and not (args.name.isidentifier() and args.name.isascii()):
        raise Refused(f"--name {args.name!r} is no Python name")
    from checker.cache import cached

    asked = {"do": "code", "model": args.model, "target": args.target, "fast": args.fast, "name": args.name}
    made = cached(asked, lambda: {"source": derive_target(args.model, args.target).numpy_source(fast=args.fast, name=args.name)})
    source = made["source"]
    if args.output:
        try:
            with open(args.output, "w", encoding="utf-8", newline="\n") as file:
                file.write(source if source.endswith("\n") else source + "\n")
        except OSError as error:
            raise Refused(f"{args.output}: {error.strerror or error}") from error
    if args.json:
        terminal.json({"format": 1, "model": args.model, "target": args.target, "source": source, "file": args.output})
    elif not args.output:
        terminal.line(source.rstrip("\n"))
    return 0
