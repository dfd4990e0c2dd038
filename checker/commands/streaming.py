"""Streams of JSON lines, as several commands have them: `--jsonl`, its options, its input and output, its progress."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from checker.commands.base import Refused, add_timeout, complain, input_bytes


def add_stream(parser: argparse.ArgumentParser, fields: str, seconds: float, what: str, also: str = "") -> None:
    """`--jsonl` with the options that go with it: the fields of a line, the wall clock of one `what`. `also`: what else
    goes to the file of `--output`."""
    parser.add_argument(
        "--jsonl",
        metavar="FILE",
        help=f"a file (- for standard input) of lines {{{fields}}}; each gives one line of JSON",
    )
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes for --jsonl (default: one a core, at most 8)"
    )
    goes = f"where {also}, or the lines of --jsonl, go" if also else "where the lines of --jsonl go"
    parser.add_argument("--output", "-o", metavar="FILE", help=f"{goes} (default: standard output)")
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="work on a Dask cluster, tls://HOST:PORT of its scheduler, instead (extra cluster)",
    )
    parser.add_argument(
        "--insecure-cluster", action="store_true", help="allow plain tcp:// to a scheduler on another machine"
    )
    parser.add_argument("--resume", action="store_true", help="go on after the last whole line that the output holds")
    add_timeout(parser, seconds, f"wall clock of one {what}")


@contextmanager
def _source(path: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The input and its length where it has one."""
    if path == "-":
        yield input_bytes(), None
        return
    try:
        file = open(path, "rb")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error
    with file:  # what goes wrong from here on, as a full disk, is not the input's fault
        yield file, os.fstat(file.fileno()).st_size or None


def _reading(feed: Iterator[bytes], path: str) -> Iterator[bytes]:
    """The lines; raises `Refused` where the input cannot be read on."""
    try:
        yield from feed
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error


def _output_path(args: argparse.Namespace) -> str:
    """The file that the output goes to; raises `Refused` where it is none."""
    if args.output:
        return args.output
    try:
        target = os.readlink(f"/proc/self/fd/{sys.stdout.fileno()}")
        if os.path.isfile(target):
            return target
    except (OSError, ValueError, AttributeError):
        pass
    raise Refused("--resume needs the earlier output: add --output FILE")


def _done(path: str) -> tuple[int, Any]:
    """What an earlier output holds (`resume_at`); raises `Refused` where it is no file that can be read and cut."""
    from checker.stream import resume_at

    try:
        return resume_at(path)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error


def stream(args: argparse.Namespace, task: Any, bug_code: int) -> int:
    """Answer a stream of lines. 0 when every line was answered, `bug_code` when one `failed`."""
    from checker.cluster import ClusterError
    from checker.commands.asking import tell_bug
    from checker.process import MEGABYTES
    from checker.stream import Pool, answer_all, cores, lines, parse

    done, last = _done(_output_path(args)) if args.resume else (0, None)
    failed = False
    with ExitStack() as stack:
        source, length = stack.enter_context(_source(args.jsonl))
        feed = _reading(lines(source), args.jsonl)
        skipped = 0
        for number in range(done):
            line = next(feed, None)
            if line is None:
                raise Refused(
                    f"the output has {done} lines, the input only {number}: is it the output of another input?"
                )
            skipped += len(line)
            if number == done - 1:
                try:
                    same = parse(line).get("id") == last
                except ValueError:
                    same = last is None
                if not same:
                    raise Refused(
                        f"line {done} of the output is not the answer to line {done} of the input: is it the "
                        "output of another input?"
                    )
        if args.output:
            if os.path.exists(args.output) and os.path.isfile(args.jsonl) and os.path.samefile(args.jsonl, args.output):
                raise Refused(f"{args.output} is the input: the answers would overwrite it")
            try:
                out = stack.enter_context(open(args.output, "ab" if args.resume else "wb"))
            except OSError as error:
                raise Refused(f"{args.output}: {error.strerror or error}") from error
        else:
            sys.stdout.flush()
            out = sys.stdout.buffer
        pool = _cluster(args) if args.cluster else Pool(args.workers or cores(), args.timeout, MEGABYTES)
        stack.callback(pool.close)
        advance = stack.enter_context(progress(length, skipped))

        def write(answer: dict[str, Any], size: int) -> None:
            nonlocal failed
            failed = failed or answer["status"] == "failed"
            out.write(json.dumps(answer).encode("ascii") + b"\n")
            out.flush()
            advance(size)

        try:
            answer_all(feed, task, pool, write, tell_bug)
        except KeyboardInterrupt:
            complain(
                "stopped; the output holds whole lines only" + (", --resume goes on from there" if args.output else "")
            )
            return 130
        except ClusterError as error:
            going_on = "; --resume goes on after the last row" if args.output else ""
            raise Refused(f"{args.cluster}: {error}{going_on}") from error
    return bug_code if failed else 0


def _cluster(args: argparse.Namespace) -> Any:
    """The cluster that is asked for, in the place of a pool. Raises `Refused`."""
    from checker.cluster import Cluster, ClusterError, allowed
    from checker.process import MEGABYTES

    if args.workers:
        raise Refused("--workers is of this machine: a cluster has its own")
    try:
        allowed(args.cluster, args.insecure_cluster)
        return Cluster(args.cluster, args.timeout, MEGABYTES)
    except ModuleNotFoundError as error:
        raise Refused(f"--cluster needs the package {error.name}: pip install 'backproof[cluster]'") from error
    except ClusterError as error:
        raise Refused(str(error)) from error


@contextmanager
def progress(length: int | None, done: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error where a person watches it; nothing elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        (TextColumn("{task.fields[lines]} lines"), BarColumn(), TimeRemainingColumn())
        if length
        else (TextColumn("{task.fields[lines]} lines"), MofNCompleteColumn())
    )
    with Progress(
        *columns, console=Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR"))), transient=True
    ) as bar:
        job = bar.add_task("", total=length, completed=done, lines=0)
        count = 0

        def advance(size: int) -> None:
            nonlocal count
            count += 1
            bar.update(job, advance=size if length else 0, lines=count)

        yield advance
