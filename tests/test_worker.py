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
from checker.stream import MAX_LINE, BadLine, Pool, Task, answers, lines, parse, resume_at

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
def test_memory_is_a_limit_and_no_bug(worker):
    outcome = worker.ask({"do": "eat", "megabytes": 3000})
    assert outcome.limit == "1024 megabytes of memory"
    assert outcome.bug is None
    assert worker.ask({"do": "ping"}).answer is not None


def test_a_bug_keeps_its_traceback(worker):
    outcome = worker.ask({"do": "break", "why": "because"})
    assert outcome.answer is None
    assert "KeyError: 'because'" in outcome.bug


def test_a_worker_that_dies_is_a_bug_not_a_hang(worker):
    worker.start()
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.ask({"do": "ping"}).answer is not None, "one that died between two requests is replaced"


def test_what_is_printed_by_mistake_is_no_answer(tmp_path):
    script = "import checker.worker as w, types; w.TASKS = types.MappingProxyType({**w.TASKS, 'print': lambda r: print('{}') or {'fine': 1}}); w.serve()"
    done = subprocess.run([sys.executable, "-c", script], input=b'{"do": "print"}\n', capture_output=True, timeout=20, cwd=ROOT)
    assert json.loads(done.stdout)["answer"]["fine"] == 1


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
    pool, bugs = Pool(2, 1.0, 1024), []
    try:
        out = [answer for answer, _ in answers(feed, ECHO, pool, bugs.append)]
    finally:
        pool.close()
    assert [a["id"] for a in out] == [None if k == 7 else k for k in range(200)]
    assert out[7]["status"] == "unreadable"
    assert out[11] == {"id": 11, "status": "undecided", "limit": "1 seconds"}
    assert out[13] == {"id": 13, "status": "failed", "seed": 0}
    assert len(bugs) == 1
    assert out[199]["pong"] == 4


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
