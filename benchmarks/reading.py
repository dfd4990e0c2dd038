"""How long reading takes: text to typed, shaped formula, over the table of the tests, in one process, without SymPy.

python benchmarks/reading.py
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from derivations.notation import read  # noqa: E402

GOAL_MS = 0.3


def main() -> int:
    import test_reading as table

    texts = [text for text, _ in table.ROWS]
    taken = []
    for text in texts:
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            read(text, table.NAMES)
            best = min(best, time.perf_counter() - start)
        taken.append(best * 1000)
    median = statistics.median(taken)
    slowest = max(range(len(texts)), key=taken.__getitem__)
    print(
        f"{len(texts)} texts: median {median:.3f} ms (goal {GOAL_MS}), slowest {taken[slowest]:.3f} ms: "
        f"{texts[slowest]}"
    )
    print("SymPy imported:", "sympy" in sys.modules)
    return 0 if median <= GOAL_MS and "sympy" not in sys.modules else 1


if __name__ == "__main__":
    raise SystemExit(main())
