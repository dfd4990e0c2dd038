"""One pool of workers for all threads of a process, started when first asked; a process that is forked has its own."""

from __future__ import annotations

import atexit
import os
import threading

from checker.stream import Pool, cores


class SharedPool:
    """A pool for each limit of seconds and megabytes; all end with the process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pools: dict[tuple[float, int], Pool] = {}
        self.inherited: list[Pool] = []
        """Pools of the process that this one was forked from: their workers are not ours to ask or to end."""
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def get(self, seconds: float, megabytes: int) -> Pool:
        """The pool with these limits."""
        with self.lock:
            found = self.pools.get((seconds, megabytes))
            if found is None:
                found = self.pools[seconds, megabytes] = Pool(cores(), seconds, megabytes)
            return found

    def _forked(self) -> None:
        self.lock = threading.Lock()
        self.inherited += self.pools.values()
        self.pools = {}

    def close(self) -> None:
        """End all workers."""
        with self.lock:
            pools, self.pools = list(self.pools.values()), {}
        for pool in pools:
            pool.close()


SHARED = SharedPool()
