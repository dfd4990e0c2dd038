"""How fast a class is graded: `python benchmarks/grading.py [--students 300] [--answers 20] [--workers 2]`.

A class is generated from a seed (tests/generated_class.py): right, wrong, missing and unreadable answers to formula
parts of the bank, a document a student. It is graded end to end by `backproof grade FOLDER`: pages, tables, groups and
overview. Printed: wall clock and processor time, bytes written, how often a verdict was what was meant, and whether a
run that is killed in the middle and resumed gives the same bytes (`--killed`).

300 students, 20 parts, 5,472 answers, two workers on two cores that others used as well: 81.6 s of processor time,
0.27 s a hand-in, 92 MB; no answer that was meant right came out wrong, none that was meant wrong right; the same bytes
after the kill. The first hand-ins of a worker take 0.6 s: what is said again is judged once.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def command(folder: Path, out: str, workers: int, *more: str) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "checker", "grade", "in", "--assignment", "hw.toml", "--out", out]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([*line, "--workers", str(workers), *more], cwd=folder, env=env, stdout=subprocess.DEVNULL)


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--killed", action="store_true", help="kill a second run in the middle, and resume it")
    parser.add_argument("--keep", metavar="FOLDER", help="where the class stays (default: it is deleted)")
    args = parser.parse_args()
    from tests.generated_class import assignment, generate, parts

    folder = Path(args.keep or tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    asked = parts(args.answers)
    meant = generate(folder / "in", args.students, asked, args.seed)
    (folder / "hw.toml").write_text(assignment(asked), encoding="utf-8")

    start = time.perf_counter()
    command(folder, "whole", args.workers).wait()
    took = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    written = all_bytes(folder / "whole")
    answers = sum(kind != "missing" for kinds in meant.values() for kind in kinds)
    print(f"{args.students} students, {len(asked)} parts, {answers} answers, {args.workers} workers")
    print(f"{took:.1f} s of wall clock, {used.ru_utime + used.ru_stime:.1f} s of processor time")
    print(f"{1000 * took / args.students:.0f} ms a hand-in, {sum(map(len, written.values())) / 1e6:.1f} MB written")

    grades = json.loads(written["grades.json"])
    came = Counter(
        (kind, part["status"])
        for student in grades["students"]
        for kind, part in zip(meant[student["name"]], student["parts"], strict=True)
    )
    for (kind, status), count in sorted(came.items()):
        print(f"  meant {kind:<10} came out {status:<11} {count}")

    if args.killed:
        process = command(folder, "killed", args.workers)
        while len(list((folder / "killed" / "students").glob("*.json"))) < args.students // 2:
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        command(folder, "killed", args.workers, "--resume").wait()
        same = all_bytes(folder / "killed") == written
        print("killed in the middle and resumed:", "the same bytes" if same else "OTHER BYTES")
    if args.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
