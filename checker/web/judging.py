"""Submissions through the killable workers, in the order in which they were committed.

A submission is in the database before it comes here. It waits there until its verdict is written: what was waiting
when a server ended, however it did, is judged by the next one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Any, Protocol

from checker.commands.asking import limited
from checker.process import INTERRUPTED, MEGABYTES, Outcome
from checker.stream import Pool, cores
from checker.verdict import Verdict
from checker.web.sessions import new_id
from checker.web.store import Store

LOG = logging.getLogger("backproof.page")

READING_SECONDS = 8.0
"""Wall clock of reading an answer while it is typed, or of a ladder."""

MOST_READINGS = 64
"""Requests that may wait to be read; more are refused, and the page goes on without."""


class Workers(Protocol):
    """What works on a request, now or later: a pool of killable processes."""

    def submit(self, request: Mapping[str, Any], /) -> Future[Outcome]: ...

    def close(self) -> None: ...


def pools(workers: int, seconds: float) -> tuple[Pool, Pool]:
    """For verdicts as many processes as asked for, within so much wall clock; and half as many aside."""
    return Pool(workers, seconds, MEGABYTES), Pool(max(1, workers // 2), READING_SECONDS, MEGABYTES)


class Judge:
    """Two pools: verdicts take their time, what is shown while somebody types does not wait behind them."""

    def __init__(self, store: Store, bank: str | None, pool: Workers, aside: Workers):
        self.store, self.bank, self.pool, self.aside = store, bank, pool, aside
        self._under_way: dict[str, Future[None]] = {}
        self._of_student: Counter[str] = Counter()
        self._lock = Lock()
        self._aside = 0

    def start(self, part: str | None) -> None:
        """Take up what waits; where nothing does, the workers load what they judge with, over some `part`."""
        if part is not None:
            self.aside.submit({"do": "question", "part": part, "bank": self.bank})
            for k in range(cores()):
                self.pool.submit({"do": "judged", "part": part, "answer": str(k), "bank": self.bank, "overrides": []})
        for row in self.store.waiting():
            self.put(row.id, row.part, row.seed, row.answer, row.student_id)

    def put(self, submission: str, part: str, seed: int, answer: str, student: str, again: bool = False) -> None:
        """Have a submission judged by the version of its part, and held against what its teacher has decided. It may
        wait for the database. One that is judged `again` does not count as waiting."""
        decided = self.store.decided(student, part, seed)
        with self._lock:
            if submission in self._under_way:
                return
            self._under_way[submission] = Future()
            whose = "" if again else student
            self._of_student[whose] += 1
        request = {"do": "judged", "part": part, "seed": seed, "answer": answer, "bank": self.bank}
        request["overrides"] = decided
        if again:
            request["again"] = new_id()  # a pool answers what it was asked before from memory
        self.pool.submit(request).add_done_callback(partial(self._settled, submission, whose))

    def _settled(self, submission: str, student: str, found: Future[Outcome]) -> None:
        try:
            if not found.cancelled() and found.result().limit != INTERRUPTED:
                override, view = _view(found.result())
                self.store.settle(submission, view, json.dumps(view), override)
        except Exception:
            LOG.exception("the verdict on a submission could not be kept; it waits for the next start")
        finally:
            with self._lock:
                done = self._under_way.pop(submission)
                self._of_student[student] -= 1
                if not self._of_student[student]:
                    del self._of_student[student]
            done.set_result(None)

    def waiting_of(self, student: str) -> int:
        """How many submissions of a student are under way."""
        with self._lock:
            return self._of_student[student]

    async def settled(self, submission: str, seconds: float) -> None:
        """Wait until a submission has its verdict, at most so long."""
        with self._lock:
            waited = self._under_way.get(submission)
        if waited is not None:
            await asyncio.wait([asyncio.wrap_future(waited)], timeout=seconds)

    async def aside_of(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to something small; None where too many wait, or it could not be done in time."""
        if self._aside >= MOST_READINGS:
            return None
        self._aside += 1
        try:
            outcome = await asyncio.wrap_future(self.aside.submit({**request, "bank": self.bank}))
        finally:
            self._aside -= 1
        if outcome.bug:
            LOG.error("%s", outcome.bug)
        return None if outcome.answer is None else {k: v for k, v in outcome.answer.items() if k != "ms"}

    async def long(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to something that takes its time; None at its limit."""
        outcome = await asyncio.wrap_future(self.pool.submit({**request, "bank": self.bank}))
        if outcome.bug:
            LOG.error("%s", outcome.bug)
        return None if outcome.answer is None else dict(outcome.answer)

    def close(self) -> None:
        self.pool.close()
        self.aside.close()


def _view(outcome: Outcome) -> tuple[str | None, dict[str, Any]]:
    """(the decision of a teacher that fits, the JSON of a verdict): at a limit it is undecided, for a bug of ours
    failed."""
    if outcome.limit:
        return None, limited(outcome.limit).to_json()
    if outcome.answer is None or "refused" in outcome.answer:
        LOG.error("%s", outcome.bug or (outcome.answer or {})["refused"])
        return None, Verdict("failed", seed=outcome.seed).to_json()
    return outcome.answer["override"], {k: v for k, v in outcome.answer["verdict"].items() if k != "reveal"}
