"""How fast verdicts are: `python benchmarks/judging.py [PAIRS.jsonl]`, one warm process, one core.

Each pair counts with the best of three rounds. Prints the median of a verdict with its proof, verdicts a second, what the verdicts were, and `sympy.simplify(a - b) == 0` on the same
pairs where SymPy can read them. Without a file: the project's own pairs, `benchmarks/pairs.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

ROUNDS = 3


def judged(rows: list[dict[str, Any]]) -> tuple[list[float], Counter[str]]:
    """Seconds of each verdict, and how many of each kind there were."""
    from checker.equality import compare

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


def simplified(rows: list[dict[str, Any]]) -> tuple[list[float], Counter[str]]:
    """The same by `sympy.simplify`, on trees that were read here: pairs of scalars without sums."""
    import sympy

    from checker.equality import declarations
    from derivations.notation import ReadError, read
    from derivations.tensor import NoSympy, to_sympy

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
    print(f"{title}: median {median(seconds) * 1e3:.2f} ms, {len(seconds) / sum(seconds):.0f} a second, worst {max(seconds) * 1e3:.1f} ms")
    print("    " + "; ".join(f"{k}: {n}" for k, n in sorted(kinds.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("pairs", nargs="?", type=Path, default=Path(__file__).with_name("pairs.jsonl"))
    parser.add_argument("--no-sympy", action="store_true", help="leave the comparison out")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.pairs.read_text(encoding="utf-8").splitlines() if line.strip()]
    judged(rows)
    runs = [judged(rows) for _ in range(ROUNDS)]
    show(f"compare, {len(rows)} pairs", [min(times) for times in zip(*(seconds for seconds, _ in runs), strict=True)], runs[0][1])
    if not args.no_sympy:
        show("sympy.simplify(a - b) == 0", *simplified(rows))


if __name__ == "__main__":
    main()
