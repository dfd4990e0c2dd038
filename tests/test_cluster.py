"""A stream on a Dask cluster: the rows of a stream alone, whoever is killed; and which clusters are refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import cluster_node
from checker.__main__ import main
from checker.cluster import ClusterError, allowed

ROOT = Path(__file__).parent.parent

ADDRESSES = [
    # (address, with --insecure-cluster, why it is refused)
    ("tls://node.example:8786", False, ""),
    ("tcp://127.0.0.1:8786", False, ""),
    ("tcp://localhost:8786", False, ""),
    ("tcp://[::1]:8786", False, ""),
    ("tcp://node.example:8786", True, ""),
    ("tcp://node.example:8786", False, "over plain tcp whoever is on the way reads"),
    ("tcp://10.0.0.7:8786", False, "over plain tcp whoever is on the way reads"),
    ("tcp://localhost.example:8786", False, "over plain tcp"),
    ("tcp://0.0.0.0:8786", False, "over plain tcp"),
    ("ws://127.0.0.1:8786", True, "is no address of a scheduler"),
    ("inproc://here", True, "is no address of a scheduler"),
    ("127.0.0.1:8786", False, "is no address of a scheduler"),
    ("", True, "is no address of a scheduler"),
    ("tcp://[::", True, "is no address of a scheduler"),
]


@pytest.mark.parametrize(("address", "insecure", "why"), ADDRESSES)
def test_which_addresses_are_asked(address, insecure, why):
    if not why:
        allowed(address, insecure)
        return
    with pytest.raises(ClusterError, match=why):
        allowed(address, insecure)


def test_a_node_of_another_version_does_nothing():
    said = json.loads(cluster_node.judged(b"[]", "another", 1.0, 1024))
    assert said == {"version": cluster_node.version()}


def test_a_node_answers_in_order():
    requests = json.dumps([{"do": "ping", "say": k} for k in range(5)]).encode()
    said = json.loads(cluster_node.judged(requests, cluster_node.version(), 10.0, 1024))
    assert [answer["pong"] for answer, *_ in said["outcomes"]] == list(range(5))


# ---------------------------------------------------------------- a cluster of two workers


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def pairs(path: Path, count: int) -> Path:
    with path.open("w") as file:
        for k in range(count):
            truth = f"x (x + {k % 97}) + {k}" if k % 3 else "x"
            row = {"id": k, "student": f"x^2 + {k % 97} x + {k}", "truth": truth, "names": "x: real"}
            file.write(json.dumps(row) + "\n")
    return path


def rows(path: Path) -> list[dict[str, object]]:
    """The rows of an output, without what differs from run to run: how long each took."""
    return [{k: v for k, v in json.loads(line).items() if k != "ms"} for line in path.read_text().splitlines()]


def command(source: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "checker", "compare", "--jsonl", str(source), "--output", str(out), *more]


def until(out: Path, size: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and not (out.exists() and out.stat().st_size > size):
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.long
def test_the_rows_are_those_of_a_stream_alone_whoever_is_killed(tmp_path, cluster):
    source = pairs(tmp_path / "in.jsonl", 3000)
    alone, shared = tmp_path / "alone.jsonl", tmp_path / "shared.jsonl"
    assert subprocess.run(command(source, alone, "--workers", "2"), cwd=ROOT, check=False).returncode == 0
    on_it = ("--cluster", cluster.scheduler_address)
    with subprocess.Popen(command(source, shared, *on_it), cwd=ROOT) as process:
        until(shared, 20_000, process)
        victim = next(iter(cluster.workers.values()))
        os.kill(victim.pid, signal.SIGKILL)  # a worker in the middle
        until(shared, 100_000, process)
        process.kill()  # and the stream itself
    assert 0 < len(rows_so_far(shared)) < 3000
    assert subprocess.run(command(source, shared, *on_it, "--resume"), cwd=ROOT, check=False).returncode == 0
    assert rows(shared) == rows(alone)


def rows_so_far(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def test_extraction_goes_there_too(tmp_path, cluster, capsys):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"id": k, "text": rf"\boxed{{{k}}}"}) + "\n" for k in range(100)))
    assert main(["extract", "--jsonl", str(source), "--cluster", cluster.scheduler_address]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["text"]) for row in said] == [(k, str(k)) for k in range(100)]


def test_workers_of_another_version_are_refused(tmp_path, cluster, capsys, monkeypatch):
    source = pairs(tmp_path / "in.jsonl", 3)
    monkeypatch.setattr("checker.cluster.version", lambda: "another")
    assert main(["compare", "--jsonl", str(source), "--cluster", cluster.scheduler_address]) == 2
    assert "has another version" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.long
def test_a_cluster_that_is_lost_ends_the_stream_and_resuming_goes_on(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
    source, out = pairs(tmp_path / "in.jsonl", 3000), tmp_path / "out.jsonl"
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as made:
        process = subprocess.Popen(
            command(source, out, "--cluster", made.scheduler_address), cwd=ROOT, stderr=subprocess.PIPE
        )
        until(out, 20_000, process)
    said = process.communicate(timeout=120)[1].decode()
    assert process.returncode == 2, said
    assert "--resume goes on" in said
    whole = rows_so_far(out)
    assert 0 < len(whole) < 3000
    assert [json.loads(line)["id"] for line in whole] == list(range(len(whole)))


REFUSED = [
    (["--cluster", "tcp://127.0.0.1:1"], "no scheduler answers there"),
    (["--cluster", "tcp://10.0.0.7:8786"], "--insecure-cluster"),
    (["--cluster", "tcp://127.0.0.1:1", "--workers", "2"], "a cluster has its own"),
]


@pytest.mark.parametrize(("options", "why"), REFUSED)
@pytest.mark.long
def test_what_is_refused(tmp_path, capsys, monkeypatch, options, why):
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    monkeypatch.setattr("checker.cluster.CONNECTING", 1.0)
    source = pairs(tmp_path / "in.jsonl", 3)
    assert main(["compare", "--jsonl", str(source), *options]) == 2
    assert why in capsys.readouterr().err
