"""Which parts are due again: what was right comes back after growing gaps, what was wrong the next day."""

from __future__ import annotations

from collections.abc import Iterable

GAPS = (1, 3, 7, 16, 35, 80)
"""Days after the first, the second, … right answer in a row."""

DAY = 86_400_000


def due(answers: Iterable[tuple[str, int, str]], at: int) -> list[str]:
    """The parts that are due at a time, the longest due first; `answers`: (part, time, status) in order, times in
    milliseconds."""
    rows: dict[str, tuple[int, int]] = {}
    for part, sent, status in answers:
        run, last = rows.get(part, (0, 0))
        if status == "correct":
            # several on one day count once
            rows[part] = (run + 1 if not run or sent - last >= DAY // 2 else run, sent)
        elif status == "wrong":
            rows[part] = (0, sent)
    when = {part: last + DAY * (GAPS[min(run, len(GAPS)) - 1] if run else 1) for part, (run, last) in rows.items()}
    return sorted((part for part, time in when.items() if time - DAY // 4 <= at), key=lambda part: when[part])
