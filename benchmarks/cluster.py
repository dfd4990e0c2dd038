"""A stream of pairs alone and on a local cluster of two workers, one of which is killed in the middle; the rows are
compared. `python benchmarks/cluster.py [PAIRS]`, 100,000 by default."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


def write_pairs(path: Path, count: int) -> None:
    """Pairs of few kinds with numbers of their own, a third of them different."""
    draw = random.Random(15)
    kinds = (
        ("(x + {a})^2 + {b}", "x^2 + {c} x + {d}"),
        ("exp(x + {a}) y", "y e^x exp({a})"),
        ("{a} sum_i u_i v_i + {b}", "{b} + {a} u^T v"),
        ("sigmoid(x) {a} - {b}", "{a}/(1 + exp(-x)) - {b}"),
    )
    names = "x: real; y: real; u: real[n]; v: real[n]"
    with path.open("w") as file:
        for k in range(count):
            a, b = draw.randrange(2, 1000), draw.randrange(1000)
            student, truth = (side.format(a=a, b=b, c=2 * a, d=a * a + b) for side in kinds[draw.randrange(len(kinds))])
            if k % 3 == 0:
                truth += f" + {draw.randrange(1, 9)} x"
            file.write(json.dumps({"id": k, "student": student, "truth": truth, "names": names}) + "\n")


def run(source: Path, out: Path, *options: str) -> float:
    """The seconds that a stream takes."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "checker", "compare", "--jsonl", str(source), "--output", str(out), *options]
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def rows(path: Path) -> list[dict[str, object]]:
    """The rows without their times."""
    with path.open() as file:
        return [{k: v for k, v in json.loads(line).items() if k != "ms"} for line in file]


def main(count: int) -> None:
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory() as folder:
        source, alone, shared = (Path(folder, name) for name in ("in.jsonl", "alone.jsonl", "shared.jsonl"))
        write_pairs(source, count)
        seconds = run(source, alone, "--workers", "2")
        print(f"alone, two processes: {seconds:.0f} s, {count / seconds:.0f} pairs a second", flush=True)
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            victim = next(iter(cluster.workers.values())).pid
            timer = threading.Timer(seconds / 2, os.kill, (victim, signal.SIGKILL))
            timer.start()
            seconds = run(source, shared, "--cluster", cluster.scheduler_address)
            timer.join()
        print(
            f"a cluster of two workers, one killed: {seconds:.0f} s, {count / seconds:.0f} pairs a second", flush=True
        )
        print("the same rows" if rows(alone) == rows(shared) else "OTHER ROWS", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
