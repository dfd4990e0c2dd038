"""The killable process in which text from outside is worked on.

The parent keeps `Worker`s: `[sys.executable, "-P", "-m", "checker.worker"]` with one JSON line in, one JSON line out. A request that
passes its wall clock or its memory costs the worker its life; the next request gets a new one. Nothing is unpickled.
The parent imports neither SymPy nor NumPy.

    request   {"do": "compare" | "check" | "gradient" | "prove" | "derive" | …, …}
    answer    {"answer": {…}}  |  {"limit": "memory"}  |  {"failed": "traceback", "seed": 0}
"""

from __future__ import annotations

import json
import os
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checker.verdict import Finding, Verdict

SECONDS = 20.0
"""Wall clock of one request. Work is counted far below it; this is the outer kill."""

MEGABYTES = 2048
"""Address space of a worker (where the system can limit it): NumPy with its BLAS reserves a few hundred of it."""

TICK = 0.02
"""Seconds between two looks of the watchdog."""

MEMORY_ENV = "BACKPROOF_WORKER_MB"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: an answer, a limit that was hit, or our bug (the traceback) with the seed that repeats it."""

    answer: Mapping[str, Any] | None = None
    limit: str | None = None
    bug: str | None = None
    seed: int = 0


def limited(what: str) -> Verdict:
    """The verdict where a limit was hit: undecided, never wrong."""
    return Verdict("undecided", findings=(Finding("limit", f"not settled within the limit of {what}"),))


# ---------------------------------------------------------------- the parent's side


def _environment(megabytes: int) -> dict[str, str]:
    """The child's environment: our own package first where it is not installed, one BLAS thread, UTF-8."""
    env = dict(os.environ)
    env[MEMORY_ENV] = str(megabytes)
    env["PYTHONIOENCODING"] = "utf-8"
    env["OPENBLAS_NUM_THREADS"] = env["OMP_NUM_THREADS"] = env["MKL_NUM_THREADS"] = "1"
    root = str(Path(__file__).resolve().parent.parent)
    installed = {str(Path(p).resolve()) for p in (*site.getsitepackages(), site.getusersitepackages())}
    if root not in installed:
        env["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [env.get("PYTHONPATH")])])
    return env


class Worker:
    """One worker process, started when first asked, replaced when a limit killed it. Not for several threads at once."""

    def __init__(self, seconds: float = SECONDS, megabytes: int = MEGABYTES, warm: str = ""):
        """`warm` names the task whose modules a new process imports before it is asked: the caller can do something else meanwhile."""
        self.seconds, self.megabytes, self._warm = seconds, megabytes, warm
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline: float | None = None
        self._timed_out = False
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
                [sys.executable, "-P", "-m", "checker.worker", *([self._warm] if self._warm else [])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(self.megabytes),
                **flags,  # type: ignore[arg-type]
            )
        if self._watch is None:
            self._watch = threading.Thread(target=self._watchdog, daemon=True)
            self._watch.start()

    def ask(self, request: Mapping[str, Any]) -> Outcome:
        """The outcome of one request, within `seconds` of wall clock (plus the start of a new process)."""
        line = json.dumps(request).encode("ascii") + b"\n"
        for fresh in (self.pid is None, True):
            self.start()
            process = self._process
            assert process is not None
            assert process.stdin is not None
            assert process.stdout is not None
            self._timed_out = False
            self._deadline = time.monotonic() + self.seconds
            try:
                process.stdin.write(line)
                process.stdin.flush()
                reply = process.stdout.readline()
            except (BrokenPipeError, OSError):
                reply = b""
            finally:
                self._deadline = None
            if reply.endswith(b"\n"):
                return self._outcome(json.loads(reply), process)
            code = self._reap(process)
            if self._closed.is_set():
                return Outcome(limit="an interrupted run")
            if self._timed_out:
                return Outcome(limit=f"{self.seconds:g} seconds")
            if code == -getattr(signal, "SIGKILL", 9):
                # Not by us: the system kills what takes its memory.
                return Outcome(limit="memory")
            if fresh:
                return Outcome(bug=f"the worker ended with code {code} and without an answer")
        raise AssertionError("unreachable")

    def _outcome(self, reply: Mapping[str, Any], process: subprocess.Popen[bytes]) -> Outcome:
        if "limit" in reply:
            self._reap(process)
            return Outcome(limit=f"{self.megabytes} megabytes of memory" if reply["limit"] == "memory" else reply["limit"])
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
        for pipe in (process.stdin, process.stdout):
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

    def close(self) -> None:
        """End the process at once."""
        self._closed.set()
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._reap(self._process)


# ---------------------------------------------------------------- the child's side


def _compare(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.equality import compare

    return compare(request["student"], request["truth"], request.get("names", {})).to_json()


def _check(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.check import check
    from derivations.domains import NamesError
    from derivations.notation import ReadError
    from problems.bank import load_bank
    from problems.truth import TruthError

    try:
        verdict = check(request["part"], request["answer"], load_bank(request.get("bank")))
    except (TruthError, ReadError, NamesError) as error:
        # What a student writes never raises: the author's file is at fault.
        return {"refused": f"the problem of {request['part']} has a fault, `backproof validate` shows it: {error}"}
    view = {**verdict.to_json(), "reveal": verdict.diagnosis.reveal if verdict.diagnosis else ""}
    if request.get("at") is not None:
        view["value"] = _value(request)
    return view


def _value(request: Mapping[str, Any]) -> Any:
    """The value of an answer at given data; a string where it has none."""
    from checker.commands.valuing import value_at
    from derivations.notation import ReadError, read
    from problems.bank import load_bank
    from problems.truth import truth

    names = truth(load_bank(request.get("bank")).part(request["part"])).names
    try:
        return value_at(read(request["answer"], names), names, request["at"])
    except (ReadError, ValueError, ArithmeticError) as error:
        return f"no value: {error}"


def _gradient(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.commands.deriving import gradient_view

    return gradient_view(request)


def _prove(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.commands.deriving import prove_view

    return prove_view(request)


def _validate(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.validation import validate
    from problems.loader import load

    part = next(p for p in load(Path(request["file"])).parts if p.id == request["part"])
    return {"faults": [{"what": f.what, "path": f.path, "warning": f.warning} for f in validate(part)]}


def _demonstrate(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.demonstration import DemonstrationError, demonstrate
    from problems.bank import load_bank

    try:
        return demonstrate(load_bank(request.get("bank")).part(request["part"]))
    except DemonstrationError as error:
        return {"refused": str(error)}


TASKS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = MappingProxyType({
    "compare": _compare,
    "check": _check,
    "gradient": _gradient,
    "prove": _prove,
    "validate": _validate,
    "demonstrate": _demonstrate,
    "ping": lambda request: {"pong": request.get("say")},
    "sleep": lambda request: time.sleep(request["seconds"]) or {},
    "eat": lambda request: {"eaten": len(bytearray(request["megabytes"] << 20))},
    "break": lambda request: {}[request["why"]],
})  # fmt: skip
"""What a worker does. The last four are there so that the limits themselves can be tested."""


_PAIR = MappingProxyType({"student": "x", "truth": "x + 0", "names": "x: real"})
WARM: Mapping[str, Callable[[], Any]] = MappingProxyType({
    "compare": lambda: _compare(_PAIR),
    "prove": lambda: _compare(_PAIR),
    "check": lambda: (_compare(_PAIR), import_module("checker.check")),
    "gradient": lambda: import_module("derivations.pipeline"),
})  # fmt: skip
"""What brings in the modules of a task: done before the first request, while the caller does something else."""


def perform(request: Mapping[str, Any]) -> dict[str, Any]:
    """One request in this process; a bug is an answer too."""
    import traceback

    started = time.perf_counter()
    try:
        answer = dict(TASKS[request["do"]](request))
    except MemoryError:
        return {"limit": "memory"}
    except Exception:
        return {"failed": traceback.format_exc(), "seed": request.get("seed", 0)}
    answer["ms"] = round((time.perf_counter() - started) * 1000, 3)
    return {"answer": answer}


def _limit_memory() -> None:
    megabytes = int(os.environ.get(MEMORY_ENV) or 0)
    try:
        import resource
    except ImportError:
        return  # Windows: the wall clock alone
    if megabytes:
        with suppress(ValueError, OSError):  # macOS refuses some limits
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            wanted = megabytes << 20
            resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(warm: str = "") -> int:
    """Answer requests until standard input ends."""
    # Ctrl-C reaches the whole terminal group; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    # What anything prints by mistake must not look like an answer.
    os.dup2(2, 1)
    with suppress(Exception):  # the first request says what is wrong
        WARM.get(warm, bool)()
    for line in requests:
        reply = perform(json.loads(line))
        try:
            text = json.dumps(reply)
        except (TypeError, ValueError):
            text = json.dumps({"failed": f"no JSON in the answer to {line[:200]!r}"})
        replies.write(text.encode("ascii") + b"\n")
        replies.flush()
        if "limit" in reply:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(serve(*sys.argv[1:2]))
