"""What runs on a worker of a cluster: a batch of requests through our own killable workers of that machine, JSON bytes
in and out."""

from __future__ import annotations

import json
from functools import cache

from checker.cache import source_hash
from checker.process import Outcome
from checker.shared_pool import SHARED


@cache
def version() -> str:
    """The version of this machine: of our source, SymPy and Python. Two that differ may judge differently."""
    return source_hash()


def judged(batch: bytes, asker: str, seconds: float, megabytes: int) -> bytes:
    """The outcomes of a list of requests, `{"outcomes": [[answer, limit, bug, seed], …]}`; `{"version": …}` where this
    machine has another version than who asks."""
    if asker != version():
        return json.dumps({"version": version()}).encode("ascii")
    pool = SHARED.get(seconds, megabytes)
    waiting = [pool.submit(request) for request in json.loads(batch)]
    return json.dumps({"outcomes": [_plain(future.result()) for future in waiting]}).encode("ascii")


def _plain(outcome: Outcome) -> list[object]:
    return [outcome.answer, outcome.limit, outcome.bug, outcome.seed]
