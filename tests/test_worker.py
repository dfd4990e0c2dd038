"""The killable process, and streams through it: limits, order, constant memory, Ctrl-C, resuming."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker.process import Worker
from checker.stream import MAX_LINE, BadLine, Pool, Task, answer_all, lines, parse, resume_at

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def worker():
    with Worker(seconds=1.0, megabytes=1024) as made:
        yield made


def test_an_answer(worker):
    outcome = worker.ask({"do": "ping", "say": "σ \ud800"})
    assert outcome.answer is not None
    assert outcome.answer["pong"] == "σ \ud800"


def test_the_wall_clock_kills_and_the_next_request_gets_a_new_process(worker):
    worker.start()
    before = worker.pid
    started = time.monotonic()
    assert worker.ask({"do": "sleep", "seconds": 30}).limit == "1 seconds"
    assert time.monotonic() - started < 5
    assert worker.ask({"do": "ping"}).answer is not None
    assert worker.pid != before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space reliably")
def test_what_is_no_longer_waited_for_is_dropped(worker):
    assert worker.ask({"do": "ping"}).answer is not None
    before = worker.pid
    worker.drop()
    assert worker.pid is None
    assert worker.ask({"do": "ping", "say": "next"}).answer["pong"] == "next"
    assert worker.pid != before


def test_memory_is_a_limit_and_no_bug(worker):
    outcome = worker.ask({"do": "eat", "megabytes": 3000})
    assert outcome.limit == "1024 megabytes of memory"
    assert outcome.bug is None
    assert worker.ask({"do": "ping"}).answer is not None


def test_a_slow_start_is_not_charged_to_the_request():
    with Worker(seconds=0.01, warm="compare") as made:
        assert made.ask({"do": "ping", "say": 1}).answer["pong"] == 1


def test_a_bug_keeps_its_traceback(worker):
    outcome = worker.ask({"do": "break", "why": "because"})
    assert outcome.answer is None
    assert "KeyError: 'because'" in outcome.bug


def test_a_worker_that_died_between_two_requests_is_replaced(worker):
    worker.start()
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.ask({"do": "ping"}).answer is not None


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_request_that_its_workers_do_not_survive_is_no_hang(monkeypatch):
    with Worker(5.0, 1024) as mortal:
        exchange = mortal._exchange

        def fatal(process, line):
            os.kill(process.pid, number)
            return exchange(process, line)

        monkeypatch.setattr(mortal, "_exchange", fatal)
        number = signal.SIGTERM
        assert mortal.ask({"do": "ping"}).bug == "the worker ended with code -15 and without an answer"
        number = signal.SIGKILL
        assert mortal.ask({"do": "ping"}).limit == "memory"


def test_a_worker_that_is_stopped_answers_with_a_limit(worker):
    stopped = Worker()
    stopped.stop()
    assert stopped.ask({"do": "ping"}).limit == "an interrupted run"
    assert stopped.pid is None


def test_what_a_worker_said_before_it_broke_is_kept(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    with Worker(megabytes=1024, warm="ping") as made:
        monkeypatch.setattr(made, "megabytes", "no number")
        bug = made.ask({"do": "ping"}).bug
    assert "ValueError: invalid literal for int()" in bug
    assert bug.endswith("the worker ended with code 1 and without an answer")


# ---------------------------------------------------------------- the end of the parent

PARENT = """
import json, sys
from checker.process import Worker
worker = Worker(seconds=60)
worker.start()
worker.ask({"do": "ping"})
print(worker.pid, flush=True)
worker.ask(json.loads(sys.argv[1]))
"""


def _runs(pid: int) -> bool:
    """Whether a process still runs; one that ended and that nobody has asked about does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGABRT"])
@pytest.mark.parametrize(
    "request_", [{"do": "sleep", "seconds": 40}, {"do": "spin", "steps": 10**10}], ids=["asleep", "busy"]
)
@pytest.mark.long
def test_a_worker_does_not_outlive_its_parent(number, request_):
    if request_["do"] == "spin" and sys.platform != "linux":
        pytest.skip("only Linux ends what lets no thread in")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps(request_)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    pid = int(parent.stdout.readline())
    time.sleep(0.2)
    assert _runs(pid)
    parent.send_signal(getattr(signal, number))
    killed = time.monotonic()
    assert parent.stderr.read() == b"", "the worker holds the standard error of its parent open, or says something"
    parent.wait()
    while _runs(pid) and time.monotonic() < killed + 2:
        time.sleep(0.02)
    alive = _runs(pid)
    if alive:
        os.kill(pid, signal.SIGKILL)
    assert not alive


def test_a_worker_ends_amid_a_request_when_its_pipe_does():
    """As on a system that kills no orphans: the pipe alone."""
    command = [sys.executable, "-P", "-c", "import checker.worker as w; w.serve()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        process.stdin.write(b'{"do": "sleep", "seconds": 30}\n')
        process.stdin.flush()
        assert process.stdout.readline() == b"\n"
        time.sleep(0.1)
        process.stdin.close()
        assert process.wait(2) == 0


def test_a_worker_whose_parent_ended_before_it_began_ends():
    if sys.platform != "linux":
        pytest.skip("the pipe tells elsewhere")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "checker.worker", "0", "", "1"],
        stdin=subprocess.PIPE,
        capture_output=True,
        cwd=ROOT,
        timeout=10,
    )
    assert done.returncode == (0 if os.getpid() == 1 else 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no processor time")
def test_a_worker_that_nobody_watches_has_a_limit_of_its_own():
    command = [sys.executable, "-P", "-c", "import checker.worker as w; w.serve()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        process.stdin.write(b'{"do": "ping", "cpu": 1}\n{"do": "spin", "steps": 10000000000, "cpu": 0.1}\n')
        process.stdin.flush()
        assert process.wait(20) == -signal.SIGXCPU


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no processor time")
def test_the_limit_of_the_processor_is_a_limit_and_no_bug(monkeypatch):
    with Worker(0.3, 1024) as made:
        monkeypatch.setattr(made, "_watchdog", lambda: None)
        assert made.ask({"do": "spin", "steps": 10**10}).limit == "0.3 seconds"


def test_what_is_printed_by_mistake_is_no_answer(tmp_path):
    script = (
        "import checker.worker as w, types; w.TASKS = types.MappingProxyType({**w.TASKS, 'print': lambda r: "
        "print('{}') or {'fine': 1}}); w.serve()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"do": "print"}\n')
        process.stdin.flush()
        assert process.stdout.readline() == b"\n"
        assert json.loads(process.stdout.readline())["answer"]["fine"] == 1


def test_it_runs_beside_files_of_the_same_names(tmp_path, monkeypatch):
    (tmp_path / "checker.py").write_text("raise SystemExit('the wrong checker')")
    (tmp_path / "problems").mkdir()
    (tmp_path / "problems" / "__init__.py").write_text("raise SystemExit('the wrong problems')")
    monkeypatch.chdir(tmp_path)
    with Worker() as made:
        assert made.ask({"do": "ping", "say": 1}).answer["pong"] == 1


# ---------------------------------------------------------------- streams

BAD_LINES = [
    (b"\n", "the line is empty"),
    (b"{\n", "not JSON"),
    (b"[1]\n", "not an object but list"),
    (b"\xff\n", "not UTF-8 text"),
    (b'{"a": ' + b"[" * 100_000 + b"\n", "not JSON"),
    (b'{"a": ' + b"9" * 10_000 + b"}\n", "not JSON"),
    (b" " * (MAX_LINE + 2), "longer than"),
    (b'{"id": NaN}\n', "NaN is no JSON"),
    (b'{"id": -Infinity}\n', "-Infinity is no JSON"),
    (b'{"id": 1e400}\n', "1e400 is larger than a float"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_bad_lines_say_why(line, reason):
    with pytest.raises(BadLine, match=reason):
        parse(line)


def test_an_overlong_line_is_not_held():
    import io

    source = io.BytesIO(b"x" * (3 * MAX_LINE) + b"\n{}\n")
    found = list(lines(source))
    assert len(found) == 2
    assert len(found[0]) == MAX_LINE + 1
    assert found[1] == b"{}\n"


def test_a_byte_order_mark_and_windows_line_ends_are_read():
    assert parse(b'\xef\xbb\xbf{"id": 1}\r\n') == {"id": 1}


ECHO = Task(
    request=lambda line: {"do": line["do"], "say": line.get("say"), "seconds": line.get("seconds", 0), "why": "x"},
    bad=lambda identity, reason, side: {"id": identity, "status": "unreadable", "reason": reason},
    limit=lambda identity, what: {"id": identity, "status": "undecided", "limit": what},
    failed=lambda identity, seed: {"id": identity, "status": "failed", "seed": seed},
)


def test_one_line_out_for_one_line_in_in_order():
    feed = [json.dumps({"id": k, "do": "ping", "say": k % 5}).encode() + b"\n" for k in range(200)]
    feed[7] = b"nonsense\n"
    feed[11] = b'{"id": 11, "do": "sleep", "seconds": 30}\n'
    feed[13] = b'{"id": 13, "do": "break"}\n'
    pool, bugs, out = Pool(2, 1.0, 1024), [], []
    try:
        answer_all(feed, ECHO, pool, lambda answer, size: out.append(answer), bugs.append)
    finally:
        pool.close()
    assert [a["id"] for a in out] == [None if k == 7 else k for k in range(200)]
    assert out[7]["status"] == "unreadable"
    assert out[11] == {"id": 11, "status": "undecided", "limit": "1 seconds"}
    assert out[13] == {"id": 13, "status": "failed", "seed": 0}
    assert len(bugs) == 1
    assert out[199]["pong"] == 4


def test_who_waits_for_an_answer_before_the_next_line_gets_it():
    command = [sys.executable, "-m", "checker", "compare", "--jsonl", "-", "--workers", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for k, status in enumerate(["equal", "different", "unreadable"]):
            process.stdin.write(
                json.dumps({"id": k, "student": ["2 x", "x", "x +"][k], "truth": "x + x", "names": "x: real"}).encode()
                + b"\n"
            )
            process.stdin.flush()
            found = json.loads(process.stdout.readline())
            assert (found["id"], found["status"]) == (k, status)
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_workers_that_are_killed_lose_no_line():
    feed = [json.dumps({"id": k, "do": "ping", "say": k}).encode() + b"\n" for k in range(300)]
    pool, out = Pool(2, 5.0, 1024), []

    def write(answer, size):
        out.append(answer)
        if len(out) in (40, 80, 120):
            for worker in pool._made:
                if worker.pid is not None:
                    os.kill(worker.pid, signal.SIGKILL)

    try:
        answer_all(feed, ECHO, pool, write, pytest.fail)
    finally:
        pool.close()
    assert [(a["id"], a.get("pong")) for a in out] == [(k, k) for k in range(300)]


def test_what_writing_raises_ends_the_stream():
    def write(answer, size):
        raise BrokenPipeError

    pool = Pool(1, 5.0, 1024)
    try:
        with pytest.raises(BrokenPipeError):
            answer_all((b"nonsense\n" for _ in range(1000)), ECHO, pool, write, pytest.fail)
    finally:
        pool.close()


def test_identical_requests_are_answered_once():
    pool = Pool(1, 5.0, 1024)
    try:
        first, second = pool.submit({"do": "ping", "say": 1}), pool.submit({"say": 1, "do": "ping"})
        assert first is second
    finally:
        pool.close()


def test_resume_cuts_an_incomplete_line(tmp_path):
    path = tmp_path / "out.jsonl"
    assert resume_at(path) == (0, None)
    path.write_bytes(b'{"id": "a"}\n{"id": "b"}\n{"id": "c')
    assert resume_at(path) == (2, "b")
    assert path.read_bytes() == b'{"id": "a"}\n{"id": "b"}\n'
