"""Streams of JSON lines through workers: one line out for one line in, in the same order, in constant memory; identical
requests are answered once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from typing import Any, BinaryIO

from checker.process import INTERRUPTED, Outcome, Worker

MAX_LINE = 1_000_000
"""Bytes of one input line; a longer one is answered `unreadable` without being held."""

LONGEST_ANSWER = 16_000_000
"""Bytes of a line of an earlier output."""

ENDLESS = 256_000_000
"""Bytes of a line after which it is taken to have no end."""

REMEMBERED = 2048
"""Answers kept for identical requests."""

AHEAD = 8
"""Lines in hand for each worker."""

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What one kind of stream does with a line.

    request   the worker's request, or raises `BadLine`
    bad       the answer to a line that is no request: (id, reason) → object
    limit     the answer where a limit was hit: (id, limit) → object
    failed    the answer where we have a bug: (id, seed) → object
    """

    request: Callable[[Line], dict[str, Any]]
    bad: Callable[[Any, str, str], dict[str, Any]]
    limit: Callable[[Any, str], dict[str, Any]]
    failed: Callable[[Any, int], dict[str, Any]]


class BadLine(ValueError):
    """A line that is no request; `side` is the field at fault."""

    def __init__(self, message: str, side: str = ""):
        super().__init__(message)
        self.side = side


def lines(source: BinaryIO, most: int = MAX_LINE) -> Iterator[bytes]:
    """The lines of a stream, each at most `most` + 1 bytes: what is longer is cut there, and read to its end without
    being held.

    A line without end (`/dev/zero`) ends the stream. Raises `OSError`.
    """
    while line := source.readline(most + 1):
        if len(line) > most and not line.endswith(b"\n"):
            passed = 0
            while (rest := source.readline(1 << 20)) and not rest.endswith(b"\n"):
                passed += len(rest)
                if passed > ENDLESS:
                    yield line
                    return
        yield line


def _no_number(text: str) -> Any:
    raise BadLine(f"{text} is no JSON")


def _finite(text: str) -> float:
    """A number that can be written as JSON again: 1e400 would come back as Infinity, which is none."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadLine(f"{text[:40]} is larger than a float")
    return value


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)


def parse(line: bytes) -> Line:
    """The object on a line. Raises `BadLine`."""
    if len(line) > MAX_LINE:
        raise BadLine(f"longer than {MAX_LINE} bytes")
    if not line.strip():
        raise BadLine("the line is empty")
    try:
        value = _DECODER.decode(line.decode("utf-8-sig"))
    except BadLine:
        raise
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 text: {error.reason} at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise BadLine("not JSON that can be read: too deep, or a number too long") from error
    if not isinstance(value, dict):
        raise BadLine(f"not an object but {type(value).__name__}")
    return value


def cores() -> int:
    """The cores this process may use, at most 8."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    return max(1, min(8, count))


class Pool:
    """Workers behind threads; each thread has its own, and an identical request waits for the answer under way."""

    def __init__(self, workers: int, seconds: float, megabytes: int, remembered: int = REMEMBERED):
        self.remembered = remembered
        self.count = max(1, workers)
        self._made: list[Worker] = []
        self._closed = False
        self._local = threading.local()
        self._lock = threading.Lock()
        self._limits = (seconds, megabytes)
        self._threads = ThreadPoolExecutor(self.count)
        self._known: OrderedDict[bytes, Future[Outcome]] = OrderedDict()

    def submit(self, request: Mapping[str, Any]) -> Future[Outcome]:
        """The outcome, now or later; from any thread."""
        key = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).digest()
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
            future = self._threads.submit(self._ask, request)
            self._known[key] = future
            if len(self._known) > self.remembered:
                self._known.popitem(last=False)
            return future

    def _ask(self, request: Mapping[str, Any]) -> Outcome:
        worker = getattr(self._local, "worker", None)
        if worker is None:
            worker = self._local.worker = Worker(*self._limits, warm=request["do"])
            with self._lock:
                if self._closed:
                    return Outcome(limit=INTERRUPTED)
                self._made.append(worker)
        return worker.ask(request)

    def close(self) -> None:
        """End all workers at once, whatever they do."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for worker in self._made:
                worker.stop()
        self._threads.shutdown()
        for worker in self._made:
            worker.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """A line with its answer, now or later; `length` is that of the line."""

    identity: Any
    length: int
    what: dict[str, Any] | Future[Outcome]


def asked(line: bytes, task: Task, pool: Pool) -> Asked:
    """A line, put to the pool where it is a request."""
    identity = None
    try:
        value = parse(line)
        identity = value.get("id")
        return Asked(identity, len(line), pool.submit(task.request(value)))
    except BadLine as error:
        return Asked(identity, len(line), task.bad(identity, str(error), error.side))


def answer(line: Asked, task: Task, bug: Callable[[str], None]) -> dict[str, Any]:
    """The answer to a line, waited for. `bug` gets the traceback where the fault is ours."""
    if isinstance(line.what, dict):
        return line.what
    outcome = line.what.result()
    if outcome.limit:
        return task.limit(line.identity, outcome.limit)
    if outcome.answer is None:
        bug(outcome.bug or "")
        return task.failed(line.identity, outcome.seed)
    return {**outcome.answer, "id": line.identity}


def answer_all(
    source: Iterable[bytes],
    task: Task,
    pool: Pool,
    write: Callable[[dict[str, Any], int], None],
    bug: Callable[[str], None],
) -> None:
    """`write` each answer, with the length of its line: in order, and as soon as it and all before it are there.

    Lines are read here and written in a thread beside: who sends a line and waits for its answer gets it, and Ctrl-C,
    which reaches the main thread alone, never falls inside a line that is being written. What `write` raises is raised
    here.
    """
    waiting: Queue[Asked | None] = Queue(pool.count * AHEAD)
    failures: list[BaseException] = []
    stopped = threading.Event()

    def writing() -> None:
        while (line := waiting.get()) is not None:
            if stopped.is_set():
                continue  # the reader may be waiting for room
            try:
                found = answer(line, task, bug)
                if not stopped.is_set():
                    write(found, line.length)
            except BaseException as error:
                if not stopped.is_set():
                    failures.append(error)
                stopped.set()

    writer = threading.Thread(target=writing, daemon=True)
    writer.start()
    try:
        for line in source:
            if stopped.is_set():
                break
            waiting.put(asked(line, task, pool))
        waiting.put(None)
        writer.join()
    except BaseException:
        stopped.set()
        pool.close()
        waiting.put(None)
        writer.join()
        raise
    if failures:
        raise failures[0]


def resume_at(path: str | os.PathLike[str]) -> tuple[int, Any]:
    """(number of complete lines of an earlier output, id of the last one); an incomplete last line is cut off. Raises
    `OSError`."""
    if not os.path.exists(path):
        return 0, None
    if not os.path.isfile(path):
        raise OSError(errno.EINVAL, "no file that a stream can go on in")
    complete, last, end = 0, b"", 0
    with open(path, "rb") as file:
        for line in lines(file, LONGEST_ANSWER):
            if line.endswith(b"\n"):
                complete, last = complete + 1, line
                end = file.tell()
    if end != os.path.getsize(path):
        os.truncate(path, end)
    try:
        identity = json.loads(last).get("id") if last else None
    except (ValueError, AttributeError, RecursionError):
        identity = None
    return complete, identity
