"""The parent's side of the worker: a process that is started early, watched, killed at a limit and replaced.

A cold command starts its worker before anything else, so this module imports what starting takes and no more: the
modules of the two processes load side by side. The parent imports neither SymPy nor NumPy.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

SECONDS = 20.0
"""Wall clock of one request. Work is counted far below it; this is the outer kill."""

MEGABYTES = 2048
"""Address space of a worker (where the system can limit it): NumPy with its BLAS reserves a few hundred of it."""

STARTING = 60.0
"""Wall clock of a start, until the modules of its task are there: no request is charged for a busy machine's slow one.
"""

TICK = 0.02
"""Seconds between two looks of the watchdog."""

INTERRUPTED = "an interrupted run"
"""The limit of what was still asked when the worker was closed."""

KILLED, OUT_OF_CPU = -getattr(signal, "SIGKILL", 9), -getattr(signal, "SIGXCPU", 24)

LAST_WORDS = 4_000
"""Bytes of what a worker said before it ended that are kept."""


class Outcome:
    """What became of a request: an answer, a limit that was hit, or our bug (the traceback) with the seed that repeats
    it."""

    __slots__ = ("answer", "bug", "limit", "seed")

    def __init__(
        self, answer: Mapping[str, Any] | None = None, limit: str | None = None, bug: str | None = None, seed: int = 0
    ):
        self.answer, self.limit, self.bug, self.seed = answer, limit, bug, seed


def _environment() -> dict[str, str]:
    """The child's environment: our own package first where it is not installed, one BLAS thread, UTF-8."""
    import site

    env = dict(os.environ)
    env["PYTHONIOENCODING"] = "utf-8"
    env["OPENBLAS_NUM_THREADS"] = env["OMP_NUM_THREADS"] = env["MKL_NUM_THREADS"] = "1"
    root = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    if root not in map(os.path.realpath, (*site.getsitepackages(), site.getusersitepackages())):
        env["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [env.get("PYTHONPATH")])])
    return env


class Worker:
    """One worker process, started when first asked, replaced when a limit killed it. Not for several threads at
    once."""

    def __init__(self, seconds: float = SECONDS, megabytes: int = MEGABYTES, warm: str = ""):
        """`warm` names the task whose modules a new process imports before it is asked: the caller can do something
        else meanwhile."""
        self.seconds, self.megabytes, self._warm = seconds, megabytes, warm
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._deadline: float | None = None
        self._timed_out = False
        self._said = ""
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id while one runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process unless it runs: it warms up while the caller does something else."""
        if self.pid is None:
            flags = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)} if os.name == "nt" else {}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "checker.worker", str(self.megabytes), self._warm, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # not ours: who waits for the end of our standard error does not wait for a worker
                stderr=subprocess.PIPE,
                env=_environment(),
                **flags,  # type: ignore[arg-type]
            )
            self._ready = False

    def ask(self, request: Mapping[str, Any]) -> Outcome:
        """The outcome of one request, within `seconds` of wall clock once the process is ready.

        A process that ends without an answer, by nobody's limit, is replaced, and the new one is asked once more.
        """
        import json

        line = json.dumps({**request, "cpu": self.seconds}).encode("ascii") + b"\n"
        code = 0
        for _ in range(2):
            if self._closed.is_set():
                return Outcome(limit=INTERRUPTED)
            self.start()
            process = self._process
            assert process is not None
            if self._closed.is_set():
                process.kill()  # it was stopped while it started
            reply = self._exchange(process, line)
            if reply.endswith(b"\n"):
                return self._outcome(json.loads(reply), process)
            code = self._reap(process)
            if self._timed_out or code == OUT_OF_CPU:
                return Outcome(limit=f"{self.seconds:g} seconds")
        if self._closed.is_set():
            return Outcome(limit=INTERRUPTED)
        # Killed twice, and not by us: the system kills what takes its memory.
        return (
            Outcome(limit="memory")
            if code == KILLED
            else Outcome(bug=f"{self._said}the worker ended with code {code} and without an answer")
        )

    def _exchange(self, process: subprocess.Popen[bytes], line: bytes) -> bytes:
        """The line that a process answers, watched; what is no whole line where it ended instead."""
        assert process.stdin is not None
        assert process.stdout is not None
        if self._watch is None:
            self._watch = threading.Thread(target=self._watchdog, daemon=True)
            self._watch.start()
        self._timed_out = False
        try:
            if not self._ready:
                self._deadline = time.monotonic() + STARTING
                self._ready = process.stdout.readline() == b"\n"
            self._deadline = time.monotonic() + self.seconds
            process.stdin.write(line)
            process.stdin.flush()
            return process.stdout.readline()
        except OSError:
            return b""
        finally:
            self._deadline = None

    def _outcome(self, reply: Mapping[str, Any], process: subprocess.Popen[bytes]) -> Outcome:
        if "limit" in reply:
            self._reap(process)
            return Outcome(
                limit=f"{self.megabytes} megabytes of memory" if reply["limit"] == "memory" else reply["limit"]
            )
        if "failed" in reply:
            return Outcome(bug=reply["failed"], seed=reply.get("seed", 0))
        return Outcome(answer=reply["answer"])

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        """End the process if it still runs; its exit code."""
        if process.poll() is None:
            try:
                code = process.wait(0.2)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        else:
            code = process.returncode
        if process.stderr is not None:
            with suppress(OSError):
                said = process.stderr.read().decode("utf-8", "replace")[-LAST_WORDS:].strip()
                self._said = f"{said}\n" if said else ""
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._process = None
        return code

    def _watchdog(self) -> None:
        while not self._closed.wait(TICK):
            deadline, process = self._deadline, self._process
            if deadline is not None and process is not None and time.monotonic() > deadline:
                self._timed_out = True
                process.kill()

    def drop(self) -> None:
        """Let go of what was asked and not waited for: the next request has a new process."""
        if self._process is not None:
            self._process.kill()
            self._reap(self._process)

    def stop(self) -> None:
        """Have the process end, from any thread; what is asked then is answered by a limit."""
        self._closed.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        self.stop()
        if self._process is not None:
            self._reap(self._process)
