"""A score for training loops, by workers that can be killed.

Workers are started when first needed, at most one a core, and shared by all threads of a process; a process that is
forked starts its own.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping
from typing import Any

from checker.process import MEGABYTES
from checker.stream import Pool, cores

SECONDS = 10.0
"""Wall clock of one score, once it is its turn."""

LONGEST, LONGEST_GOLD = 1_000_000, 10_000
"""Characters of a text that are looked through, from its end, and of a truth."""


class _Shared:
    """The pool of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pool: Pool | None = None
        self.inherited: list[Pool] = []
        """Pools of the process that this one was forked from: their workers are not ours to ask or to end."""

    def get(self) -> Pool:
        with self.lock:
            if self.pool is None:
                self.pool = Pool(cores(), SECONDS, MEGABYTES)
            return self.pool

    def forked(self) -> None:
        self.lock = threading.Lock()
        if self.pool is not None:
            self.inherited.append(self.pool)
            self.pool = None

    def close(self) -> None:
        with self.lock:
            pool, self.pool = self.pool, None
        if pool is not None:
            pool.close()


_shared = _Shared()
atexit.register(_shared.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shared.forked)


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
        answer = _shared.get().submit(request).result().answer
        score = None if answer is None else answer["score"]
        return score if score is None else float(score)
    except Exception:
        return None
