"""A score for training loops, by workers that can be killed.

Workers are started when first needed, at most one a core, and shared by all threads of a process; a process that is
forked starts its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.process import MEGABYTES
from checker.shared_pool import SHARED

SECONDS = 10.0
"""Wall clock of one score, once it is its turn."""

LONGEST, LONGEST_GOLD = 1_000_000, 10_000
"""Characters of a text that are looked through, from its end, and of a truth."""


def reward(gold: str, text: str, names: str | Mapping[str, str] | None = None) -> float | None:
    """How right the final answer of a model's text is: 1.0 where it equals the truth, 0.0 where it differs, None where
    that is not settled.

    Without names the domains are those that the letters say, as `compare(…, names="infer")` has them. Raises nothing,
    whatever it is given, and comes back within its limits of time. The same arguments get the same score.
    """
    try:
        if not isinstance(gold, str) or not isinstance(text, str) or len(gold) > LONGEST_GOLD:
            return None
        declared = names if names is None or isinstance(names, str) else {str(k): str(v) for k, v in names.items()}
        request: dict[str, Any] = {"do": "reward", "gold": gold, "text": text[-LONGEST:], "names": declared}
        answer = SHARED.get(SECONDS, MEGABYTES).submit(request).result().answer
        score = None if answer is None else answer["score"]
        return score if score is None else float(score)
    except Exception:
        return None
