"""Workers that one command leaves to the next: a test calls the command line in one process many times, where a user
starts it anew."""

from __future__ import annotations

import os
import subprocess
from typing import ClassVar

from checker.process import Worker

PLACES = ("checker.process.Worker", "checker.commands.asking.Worker")

Key = tuple[int, str, tuple[tuple[str, str], ...]]


class WarmWorker(Worker):
    """A worker whose process, where it answered all it was asked, is kept for the next one in the same place."""

    left: ClassVar[dict[Key, subprocess.Popen[bytes]]] = {}
    answered = False

    def key(self) -> Key:
        """What a process takes over from its parent."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        return self.megabytes, os.getcwd(), tuple(sorted(environment.items()))

    def start(self) -> None:
        found = self.left.pop(self.key(), None) if self.pid is None else None
        if found is not None and found.poll() is None:
            self._process, self._ready = found, True
        else:
            super().start()

    def _exchange(self, process: subprocess.Popen[bytes], line: bytes) -> bytes:
        self.answered = False
        reply = super()._exchange(process, line)
        self.answered = reply.endswith(b"\n")
        return reply

    def _leave(self) -> None:
        """Leave the process to the next worker, if it waits to be asked; one that was left before ends."""
        process = self._process
        if self.answered and self.pid is not None and not self._closed.is_set():
            assert process is not None
            self._process = self.left.pop(self.key(), None)
            self.left[self.key()] = process
            self.answered = False

    def stop(self) -> None:
        self._leave()
        super().stop()

    @classmethod
    def end(cls) -> None:
        """End all that are left."""
        for process in cls.left.values():
            process.kill()
            process.communicate()
        cls.left.clear()
