"""The command `backproof`: finds the command, runs it, turns what happens into an exit code.

0 correct, equal, done · 1 wrong, different, faults found · 2 usage, unreadable, refused · 3 undecided, not judged · 70
our bug · 130 Ctrl-C
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from importlib import import_module
from typing import Any

from checker.commands import ASKING, COMMANDS

OUR_BUG = 70
INTERRUPTED = 130

_USAGE = """usage: backproof COMMAND ...

Derives the gradients of machine-learning models symbolically, and judges what people write against them.

commands:
{commands}

options:
  -h, --help   this text; `backproof COMMAND --help` has the options and examples of a command
  --version    the version

examples:
  backproof derive softmax dy_i/dx_j
  backproof check 001/3.2 '-y_i*y_j'
  backproof gradient 'sum_i log(1 + exp(-y_i x_i^T w))' --wrt w --names 'x: real[n,d]; y: labelpm1[n]; w: real[d]'

exit codes: 0 correct, equal or done; 1 wrong, different or faults found; 2 usage, unreadable or refused;
3 undecided or not judged; 70 a bug of ours; 130 Ctrl-C"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code; raises nothing."""
    if argv is None:
        code = main(sys.argv[1:])
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # the answer is given: Ctrl-C amid Python's own end says nothing more
        gc.freeze()  # the process ends: what is alive need not be searched for cycles once more
        return code
    if sys.stderr is None:  # closed: what would be said there is lost, and must not go to standard output instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (as long as the process)
    try:
        if sys.stdout is None:
            sys.stderr.write("backproof: there is no standard output to write to\n")
            return 2
        try:
            return _run(list(argv))
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 2
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _discard(sys.stdout)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has what it wants.
        _discard(sys.stdout, sys.stderr)
        return 0
    except OSError as error:
        if error.filename is not None:
            return _bug()
        # One that names no file is of a stream that is open: a full disk, a terminal that is gone.
        with suppress(OSError, ValueError):
            sys.stderr.write(f"backproof: the output cannot be written: {error.strerror}\n")
        _discard(sys.stdout)
        return 2
    except Exception:
        return _bug()


def _discard(*streams: Any) -> None:
    """What Python would still flush at its end goes nowhere."""
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _bug() -> int:
    """Keep the traceback; Python's own exit code, 1, would read as "wrong"."""
    import traceback

    with suppress(OSError, ValueError):
        traceback.print_exc(limit=-60)  # the end says where; a runaway recursion has thousands
        print("backproof: this is a bug of ours; please report it with the lines above", file=sys.stderr)
    return OUR_BUG


def _run(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        if argv[1:2] and argv[1] in COMMANDS:
            return _run([argv[1], "--help"])
        width = max(map(len, COMMANDS))
        print(_USAGE.format(commands="\n".join(f"  {name:<{width}}  {line}" for name, line in COMMANDS.items())))
        return 0 if argv else 2
    if argv[0] in ("--version", "-V"):
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"backproof {version('backproof')}")
        except PackageNotFoundError:
            print("backproof (from source)")
        return 0
    with _worker(argv) as worker:
        from checker.commands.base import Parser, Refused, nearest, refuse
        from checker.output import terminal

        try:
            if argv[0] not in COMMANDS:
                raise nearest(argv[0], COMMANDS, "command", "backproof --help")
            module = import_module(f"checker.commands.{argv[0].replace('-', '_')}")
            args = Parser(argv[0], module).arranged(argv[1:])
            args.worker = worker
            return module.run(args, terminal())
        except Refused as refusal:
            return refuse(refusal, argv)


def _worker(argv: list[str]) -> Any:
    """The worker that the command will ask, started before anything else is imported: the modules of the two processes
    load side by side."""
    if argv[0] not in ASKING or any(token.partition("=")[0] in ("-h", "--help", "--jsonl") for token in argv):
        return nullcontext()
    from checker.process import Worker

    worker = Worker(warm=argv[0])
    worker.start()
    return worker


if __name__ == "__main__":
    sys.exit(main())
