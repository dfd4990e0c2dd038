"""How fast verdicts are: `python benchmarks/judging.py [PAIRS.jsonl]`.

    in one warm process         each pair's best of the rounds: the median of a verdict with its proof, verdicts a
                                second, what they were
    asked one after the other   the same through `backproof compare --jsonl -`: a line is sent when the answer to the
                                one before it is there
    as a stream                 verdicts a second through the same command, by one worker and by one a core: the best
                                round
    sympy.simplify(a - b) == 0  on the same pairs, where SymPy can read them

A first round, which warms, never counts. Without a file: the project's own pairs, `benchmarks/pairs.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ROUNDS = 5


def judged(rows: list[dict[str, Any]]) -> tuple[list[float], Counter[str]]:
    """Seconds of each verdict, and how many of each kind there were."""
    from checker.compare import compare

    seconds: list[float] = []
    kinds: Counter[str] = Counter()
    for row in rows:
        start = time.perf_counter()
        found = compare(row["student"], row["truth"], row.get("names", {}))
        seconds.append(time.perf_counter() - start)
        expected = {True: "equal", False: "different"}.get(row.get("equal"))  # type: ignore[arg-type]
        kinds[f"{found.status}{', ' + found.evidence.strength if found.evidence.strength else ''}"] += 1
        if expected and found.status not in (expected, "undecided"):
            kinds["WRONG"] += 1
    return seconds, kinds


def command(workers: int) -> subprocess.Popen[bytes]:
    """The stream as everybody runs it."""
    line = [sys.executable, "-m", "checker", "compare", "--jsonl", "-", "--workers", str(workers)]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)


def line_of(row: dict[str, Any], turn: int) -> bytes:
    """A pair as a line. Identical pairs are decided once: blanks at the end make each round ask anew."""
    return json.dumps({**row, "student": row["student"] + " " * turn}).encode() + b"\n"


def asked(rows: list[dict[str, Any]]) -> tuple[list[float], Counter[str]]:
    """Seconds from sending a line to its answer, the best of the rounds, and how many of each kind there were."""
    best = [float("inf")] * len(rows)
    kinds: Counter[str] = Counter()
    with command(1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for turn in range(ROUNDS + 1):
            for k, row in enumerate(rows):
                start = time.perf_counter()
                process.stdin.write(line_of(row, turn))
                process.stdin.flush()
                answer = process.stdout.readline()
                if turn:
                    best[k] = min(best[k], time.perf_counter() - start)
                else:
                    found = json.loads(answer)
                    strength = found["evidence"]["strength"]
                    kinds[found["status"] + (f", {strength}" if strength else "")] += 1
        process.stdin.close()
    return best, kinds


def streamed(rows: list[dict[str, Any]], workers: int) -> list[float]:
    """Verdicts a second in each round of a stream."""
    with command(workers) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def feed(lines: Iterable[bytes], to: Any) -> None:
            with to:
                to.writelines(lines)

        every = (line_of(row, turn) for turn in range(ROUNDS + 1) for row in rows)
        threading.Thread(target=feed, args=(every, process.stdin), daemon=True).start()
        ends = []
        for _ in range(ROUNDS + 1):
            for _ in rows:
                process.stdout.readline()
            ends.append(time.perf_counter())
    return [len(rows) / (end - start) for start, end in pairwise(ends)]


def simplified(rows: list[dict[str, Any]]) -> tuple[list[float], Counter[str]]:
    """The same by `sympy.simplify`, on trees that were read here: pairs of scalars without sums."""
    import sympy

    from checker.compare import declarations
    from derivations.notation import ReadError, read
    from derivations.sympy_bridge import NoSympy
    from derivations.sympy_bridge.outward import to_sympy

    seconds: list[float] = []
    kinds: Counter[str] = Counter()
    for row in rows:
        names = declarations(row.get("names", {}))
        try:
            a, b = (to_sympy(read(row[side], names)) for side in ("student", "truth"))
            start = time.perf_counter()
            zero = sympy.simplify(a - b) == 0
        except (ReadError, NoSympy, TypeError, ValueError, AttributeError, NotImplementedError, ZeroDivisionError):
            kinds["not taken"] += 1
            continue
        seconds.append(time.perf_counter() - start)
        kinds[("zero" if zero else "not zero") + (", though equal" if row.get("equal") and not zero else "")] += 1
    return seconds, kinds


def show(title: str, seconds: list[float], kinds: Counter[str]) -> None:
    """One line of figures and one of outcomes."""
    print(
        f"{title}: median {median(seconds) * 1e3:.2f} ms, {len(seconds) / sum(seconds):.0f} a second, worst "
        f"{max(seconds) * 1e3:.1f} ms"
    )
    print("    " + "; ".join(f"{k}: {n}" for k, n in sorted(kinds.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="?", type=Path, default=Path(__file__).with_name("pairs.jsonl"))
    parser.add_argument("--no-sympy", action="store_true", help="leave the comparison out")
    args = parser.parse_args()
    from checker.stream import cores

    rows = [json.loads(line) for line in args.pairs.read_text(encoding="utf-8").splitlines() if line.strip()]
    print(f"{len(rows)} pairs")
    judged(rows)
    runs = [judged(rows) for _ in range(ROUNDS)]
    show(
        "in one warm process", [min(times) for times in zip(*(seconds for seconds, _ in runs), strict=True)], runs[0][1]
    )
    show("through the pipe, asked one after the other", *asked(rows))
    for workers in sorted({1, cores()}):
        rates = streamed(rows, workers)
        print(
            f"through the pipe, as a stream, workers: {workers}: {max(rates):.0f} a second in the best round, "
            f"median {median(rates):.0f}"
        )
    if not args.no_sympy:
        show("sympy.simplify(a - b) == 0", *simplified(rows))


if __name__ == "__main__":
    main()
