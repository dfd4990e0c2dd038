"""The killable process in which text from outside is worked on: `[sys.executable, "-P", "-m", "checker.worker"]`.

An empty line when it is ready, then one JSON line in, one JSON line out. The parent keeps it (`checker.process`): a
request that passes its wall clock or its memory costs the worker its life; the next request gets a new one. Nothing is
unpickled. It does not outlive its parent, however that ends: Linux kills it then, and everywhere the end of its
standard input ends it, also amid a request; what neither reaches, its CPU limit does.

    request   {"do": one of `TASKS`, "compare", "check", …, "cpu": seconds, …}
    answer    {"answer": {…}}  |  {"limit": "memory"}  |  {"failed": "traceback", "seed": 0}
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any


def _compare(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.compare import compare

    return compare(
        request["student"], request["truth"], request.get("names", {}), where=request.get("where", "truth")
    ).to_json()


def _extract(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.extract import extract

    return extract(request["text"]).to_json()


def _reward(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.scoring import score

    return score(request["gold"], request["text"], request["names"]).to_json()


def _check(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.check import check
    from derivations.domains import NamesError
    from derivations.notation import ReadError
    from problems.bank import load_bank
    from problems.truth import TruthError
    from problems.varying import varied

    try:
        part = varied(load_bank(request.get("bank")).part(request["part"]), request.get("seed", 0))
        verdict = check(part, request["answer"])
        nudged = _nudged(part, verdict, request["answer"]) if request.get("hint") else {}
    except (TruthError, ReadError, NamesError) as error:
        # What a student writes never raises: the author's file is at fault.
        return {"refused": f"the problem of {request['part']} has a fault, `backproof validate` shows it: {error}"}
    view = {**verdict.to_json(), "reveal": verdict.diagnosis.reveal if verdict.diagnosis else "", **nudged}
    if request.get("at") is not None:
        view["value"] = _value(request)
    return view


def _nudged(part: Any, verdict: Any, answer: Any) -> Mapping[str, Any]:
    """The hint that helps a wrong answer on, with its number."""
    from checker.check import truth_of
    from checker.hints.climbing import ladder_of
    from checker.hints.placing import nudge

    if verdict.status != "wrong":
        return {}
    ladder = ladder_of(part)
    found = nudge(part, truth_of(part), ladder, verdict, answer)
    if found is None:
        return {}
    said = {"at": found.at, "number": found.shows, "of": len(ladder.rungs), "says": found.says}
    return {"hint": {**said, **ladder.to_json()["rungs"][found.shows - 1]}}


def _ladder(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return _of_part(request, lambda part: _ladder_of(part).to_json())


def _ladder_of(part: Any) -> Any:
    from checker.hints.climbing import ladder_of

    return ladder_of(part)


def _example(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.check import truth_of
    from checker.hints.trying import example

    def made(part: Any) -> Mapping[str, Any]:
        found = example(part, truth_of(part))
        return {"none": True} if found is None else found.to_json()

    return _of_part(request, made)


def _of_part(request: Mapping[str, Any], made: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What is made of a part; where its author's file is at fault, a refusal."""
    from problems.bank import load_bank
    from problems.truth import TruthError
    from problems.varying import varied

    try:
        return made(varied(load_bank(request.get("bank")).part(request["part"]), request.get("seed", 0)))
    except TruthError as error:
        return {"refused": f"the problem of {request['part']} has a fault, `backproof validate` shows it: {error}"}


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


def _read(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.commands.read import read_view

    return read_view(request["text"], request["names"])


def _chain(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.answers.chained import check_chain

    return check_chain(request["text"], request["names"]).to_json()


def _code(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.commands.base import Refused
    from checker.commands.code import source_of

    try:
        made = source_of({**request, "fast": False, "name": None, "dressing": "bare", "with_test": False})
    except Refused as error:
        return {"refused": str(error)}
    return {"status": "derived", "model": request["model"], "targets": request["targets"], "source": made}


def _gradient(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.commands.deriving import gradient_view

    return gradient_view(request)


def _prove(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.commands.deriving import prove_view

    return prove_view(request)


def _proofread(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.documents.proofreading import proofread_view

    return proofread_view(request)


def _validate(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from pathlib import Path

    from checker.validation import validate
    from problems.loader import load

    problem = load(Path(request["file"]))
    part = next(p for p in problem.parts if p.id == request["part"])
    return {"faults": [{"what": f.what, "path": f.path, "warning": f.warning} for f in validate(part, problem)]}


def _demonstrate(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.demonstration import DemonstrationError, demonstrate
    from problems.bank import load_bank

    try:
        return demonstrate(load_bank(request.get("bank")).part(request["part"]))
    except DemonstrationError as error:
        return {"refused": str(error)}


def _grade(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.course.judging import judged
    from checker.documents.reports import ReportError
    from problems.bank import ProblemFileError
    from problems.truth import TruthError

    try:
        return judged(request)
    except ReportError as error:
        return {"refused": str(error)}
    except (ProblemFileError, TruthError) as error:
        return {"refused": f"a problem of the assignment has a fault, `backproof validate` shows it: {error}"}


def _decide(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.course.judging import decided

    return decided(request)


def _group(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.course.alike import Answer, groups
    from checker.documents.sheets import asked_of
    from problems.bank import load_bank
    from problems.varying import varied

    asked = asked_of(varied(load_bank(request.get("bank")).part(request["part"]), request.get("seed", 0)), ())
    found = groups([Answer(**row) for row in request["answers"]], asked)
    return {"groups": [{"members": group.members, "near": group.near} for group in found]}


def _sheet(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.documents.reports import ReportError
    from checker.handouts import made
    from problems.bank import ProblemFileError, UnknownPart
    from problems.truth import TruthError

    try:
        return made(request)
    except (ReportError, UnknownPart) as error:
        return {"refused": str(error)}
    except (ProblemFileError, TruthError) as error:
        return {"refused": f"a problem has a fault, `backproof validate` shows it: {error}"}


def _of_page(request: Mapping[str, Any]) -> Mapping[str, Any]:
    from checker.web.working import TASKS as tasks

    return tasks[request["do"]](request)


TASKS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = MappingProxyType({
    "compare": _compare,
    "check": _check,
    "ladder": _ladder,
    "example": _example,
    "extract": _extract,
    "reward": _reward,
    "read": _read,
    "chain": _chain,
    "code": _code,
    "gradient": _gradient,
    "prove": _prove,
    "proofread": _proofread,
    "validate": _validate,
    "demonstrate": _demonstrate,
    "grade": _grade,
    "decide": _decide,
    "group": _group,
    "sheet": _sheet,
    "question": _of_page,
    "reading": _of_page,
    "judged": _of_page,
    "ping": lambda request: {"pong": request.get("say")},
    "sleep": lambda request: time.sleep(request["seconds"]) or {},
    "eat": lambda request: {"eaten": len(bytearray(request["megabytes"] << 20))},
    "spin": lambda request: {"spun": sum(range(request["steps"]))},
    "break": lambda request: {}[request["why"]],
})  # fmt: skip
"""What a worker does. The last five are there so that the limits themselves can be tested; `spin` lets no other thread
in."""


JUDGING = (
    "checker.compare",
    "derivations.normal_form",
    "derivations.notation",
)
WARM: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "compare": (*JUDGING, "checker.answers.compared_forms"),
    "extract": ("checker.extract",),
    "reward": (*JUDGING, "checker.scoring"),
    "prove": (*JUDGING, "checker.commands.deriving", "checker.proving"),
    "proofread": (*JUDGING, "checker.documents.proofreading"),
    "check": (*JUDGING, "checker.check", "checker.kinds.formula", "checker.answers.as_meant", "derivations.pipeline"),
    "gradient": (*JUDGING, "checker.commands.deriving", "derivations.asked"),
    "validate": (*JUDGING, "checker.validation", "derivations.pipeline"),
    "sheet": (*JUDGING, "checker.handouts", "derivations.pipeline"),
    "judged": (*JUDGING, "checker.web.working", "checker.kinds.formula", "checker.answers.as_meant"),
    "question": (*JUDGING, "checker.web.working"),
    "grade": (*JUDGING, "checker.course.judging", "checker.answers.as_meant", "derivations.pipeline"),
})  # fmt: skip
"""The modules of a task: imported before the first request is read, while the caller does something else."""


def perform(request: Mapping[str, Any]) -> dict[str, Any]:
    """One request in this process; a bug is an answer too."""
    started = time.perf_counter()
    try:
        answer = dict(TASKS[request["do"]](request))
    except MemoryError:
        return {"limit": "memory"}
    except Exception:
        import traceback

        return {"failed": traceback.format_exc(), "seed": request.get("seed", 0)}
    answer["ms"] = round((time.perf_counter() - started) * 1000, 3)
    return {"answer": answer}


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: the wall clock alone
    if megabytes:
        with suppress(ValueError, OSError):  # macOS refuses some limits
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            wanted = megabytes << 20
            resource.setrlimit(
                resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
            )
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with(parent: int) -> None:
    """Linux: be killed when the parent ends. It may have ended before this was asked for: then nobody waits."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


PR_SET_PDEATHSIG = 1


def _limit_cpu(seconds: float) -> None:
    """So much more of the processor, in all threads, where the system can limit it: the last resort, later than the
    parent's wall clock."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    with suppress(ValueError, OSError, OverflowError):  # a limit that cannot be set, or is no number of seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        wanted = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _lines(descriptor: int, into: SimpleQueue[bytes]) -> None:
    """The lines of a pipe. At its end nobody waits for an answer any more: the process ends, whatever it does."""
    held = b""
    while more := os.read(descriptor, 1 << 16):
        *lines, held = (held + more).split(b"\n") if b"\n" in more else (held + more,)
        for line in lines:
            into.put(line)
    os._exit(0)


def serve(megabytes: int = 0, warm: str = "", parent: int = 0) -> int:
    """Answer requests until standard input ends, within so much memory (0: no limit), when the task `warm` has its
    modules."""
    # Ctrl-C reaches the whole terminal group; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent:
        _die_with(parent)
    _limit_memory(megabytes)
    # What is imported stays: looking through it for garbage, again and again while it grows, would find none.
    gc.disable()
    requests: SimpleQueue[bytes] = SimpleQueue()
    replies = os.fdopen(os.dup(1), "wb")
    threading.Thread(target=_lines, args=(os.dup(0), requests), daemon=True).start()
    # What anything prints by mistake must not look like an answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with suppress(Exception):  # the first request says what is wrong
        for module in WARM.get(warm, ()):
            import_module(module)
    gc.freeze()
    gc.enable()
    replies.write(b"\n")
    replies.flush()
    while True:
        line = requests.get()
        request = json.loads(line)
        if "cpu" in request:
            _limit_cpu(request["cpu"])
        reply = perform(request)
        try:
            text = json.dumps(reply)
        except (TypeError, ValueError):
            text = json.dumps({"failed": f"no JSON in the answer to {line[:200]!r}"})
        replies.write(text.encode("ascii") + b"\n")
        replies.flush()
        if "limit" in reply:
            return 0


if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
