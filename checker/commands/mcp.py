"""`backproof mcp`: the program as tools of an assistant."""

from __future__ import annotations

import argparse

from checker.commands.base import Refused, add_timeout
from checker.output import Terminal

ABOUT = (
    "Serves reading, comparing, checking chains, gradients, proofs and code as tools over the Model Context Protocol, "
    "on standard input and output. Needs the extra mcp: pip install 'backproof[mcp]'."
)
EXAMPLES = ("backproof mcp", "backproof mcp --workers 2 --timeout 10")

SECONDS = 20.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes that work (default: one a core, at most 8)"
    )
    add_timeout(parser, SECONDS, "wall clock of one call, after which it is undecided")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    try:
        from checker.serving.server import serve
    except ModuleNotFoundError as error:
        raise Refused(f"mcp needs the package {error.name}: pip install 'backproof[mcp]'") from error
    from importlib.metadata import PackageNotFoundError, version

    from checker.stream import cores

    try:
        own = version("backproof")
    except PackageNotFoundError:
        own = "from source"
    serve(args.workers or cores(), args.timeout, own)
    return 0
