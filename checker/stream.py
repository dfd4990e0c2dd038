"""Streams of JSON lines through workers: one line out for one line in, in the same order, in constant memory; identical requests are answered once."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType
from typing import Any, BinaryIO

from checker.process import Outcome, Worker

MAX_LINE = 1_000_000
"""Bytes of one input line; a longer one is answered `unreadable` without being held."""

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


def lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream, each at most `MAX_LINE` + 1 bytes: what is longer is cut there."""
    while True:
        line = source.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (rest := source.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
        yield line


def _no_number(text: str) -> Any:
    raise BadLine(f"{text} is no JSON")


def _finite(text: str) -> float:
    """A number that can be written as JSON again: 1e400 would come back as Infinity, which is none."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadLine(f"{text[:40]} is larger than a float")
    return value


def parse(line: bytes) -> Line:
    """The object on a line. Raises `BadLine`."""
    if len(line) > MAX_LINE:
        raise BadLine(f"longer than {MAX_LINE} bytes")
    if not line.strip():
        raise BadLine("the line is empty")
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
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


class Pool:
    """Workers behind threads; each thread has its own, and an identical request waits for the answer under way."""

    def __init__(self, workers: int, seconds: float, megabytes: int):
        self.count = max(1, workers)
        self._made: list[Worker] = []
        self._local = threading.local()
        self._lock = threading.Lock()
        self._limits = (seconds, megabytes)
        self._threads = ThreadPoolExecutor(self.count)
        self._known: OrderedDict[bytes, Future[Outcome]] = OrderedDict()

    def submit(self, request: Mapping[str, Any]) -> Future[Outcome]:
        """The outcome, now or later."""
        key = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).digest()
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        future = self._threads.submit(self._ask, request)
        self._known[key] = future
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return future

    def _ask(self, request: Mapping[str, Any]) -> Outcome:
        worker = getattr(self._local, "worker", None)
        if worker is None:
            worker = self._local.worker = Worker(*self._limits)
            with self._lock:
                self._made.append(worker)
        return worker.ask(request)

    def close(self) -> None:
        """End all workers at once, whatever they do."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for worker in self._made:
                worker.close()


def answers(source: Iterable[bytes], task: Task, pool: Pool, bug: Callable[[str], None]) -> Iterator[tuple[dict[str, Any], int]]:
    """(answer, length of the line it answers) for each line, in order. `bug` gets the traceback of each of ours."""
    waiting: deque[tuple[Any, int, dict[str, Any] | Future[Outcome]]] = deque()
    window = pool.count * AHEAD

    def answer() -> tuple[dict[str, Any], int]:
        identity, length, what = waiting.popleft()
        if isinstance(what, dict):
            return what, length
        outcome = what.result()
        if outcome.limit:
            return task.limit(identity, outcome.limit), length
        if outcome.answer is None:
            bug(outcome.bug or "")
            return task.failed(identity, outcome.seed), length
        return {**outcome.answer, "id": identity}, length

    for line in source:
        identity = None
        try:
            value = parse(line)
            identity = value.get("id")
            waiting.append((identity, len(line), pool.submit(task.request(value))))
        except BadLine as error:
            waiting.append((identity, len(line), task.bad(identity, str(error), error.side)))
        if len(waiting) >= window:
            yield answer()
    while waiting:
        yield answer()


class WholeLines:
    """Writes each answer as one whole line: Ctrl-C takes effect between two lines, never inside one."""

    def __init__(self, out: BinaryIO):
        self._out = out
        self._writing = False
        self._stop = False
        self._before: Any = None

    def __enter__(self) -> WholeLines:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._writing:
            raise KeyboardInterrupt
        self._stop = True

    def write(self, value: Mapping[str, Any]) -> None:
        """One line. Raises KeyboardInterrupt after it when Ctrl-C came meanwhile."""
        line = json.dumps(value).encode("ascii") + b"\n"
        self._writing = True
        try:
            self._out.write(line)
            self._out.flush()
        finally:
            self._writing = False
        if self._stop:
            raise KeyboardInterrupt


def resume_at(path: str | os.PathLike[str]) -> tuple[int, Any]:
    """(number of complete lines of an earlier output, id of the last one); an incomplete last line is cut off."""
    if not os.path.exists(path):
        return 0, None
    complete, last, end = 0, b"", 0
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                complete, last = complete + 1, line
                end += len(line)
    if end != os.path.getsize(path):
        os.truncate(path, end)
    try:
        identity = json.loads(last).get("id") if last else None
    except (ValueError, AttributeError):
        identity = None
    return complete, identity
