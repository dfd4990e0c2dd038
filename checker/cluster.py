"""A stream's requests on a Dask cluster that exists already: batches out, JSON bytes back, in the place of a pool.

A worker that dies loses nothing: its batches are given to another. Where the cluster itself is lost, the stream ends
after the last whole row, and goes on there when it is resumed. This module needs the extra `cluster`.
"""

from __future__ import annotations

import ipaddress
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from checker import cluster_node
from checker.cluster_node import judged, version
from checker.process import INTERRUPTED, Outcome

BATCH, PATIENCE = 32, 0.05
"""Requests of one task, and seconds after which an incomplete batch goes out."""

CONNECTING = 15.0
"""Seconds in which the cluster has to answer, and to have a worker."""

ATTEMPTS = 4
"""Times that a batch is sent before the cluster is taken to be lost."""


class ClusterError(Exception):
    """A cluster that cannot be used: the message says why and what to do."""


def allowed(address: str, insecure: bool) -> None:
    """Raise `ClusterError` for an address that is none, or that sends texts and programs in the clear to another
    machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise ClusterError(f"{address[:80]!r} is no address of a scheduler: tls://HOST:PORT, or tcp://127.0.0.1:PORT")
    if parts.scheme == "tls" or insecure:
        return
    host = parts.hostname
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost":
        raise ClusterError(
            f"{address}: over plain tcp whoever is on the way reads and changes what is sent; use tls://, or say "
            "--insecure-cluster where that network is yours alone"
        )


class Cluster:
    """Requests in batches; `count` requests are in hand at once."""

    def __init__(self, address: str, seconds: float, megabytes: int):
        """Connect. Raises `ClusterError` where nobody answers, there is no worker, or one has another version."""
        from distributed import Client  # pyright: ignore[reportMissingImports]

        try:
            # what comes back is bytes: nothing of a worker's answer is unpickled here
            self._client = Client(
                address,
                timeout=CONNECTING,
                set_as_default=False,
                name="backproof",
                deserializers=["dask", "msgpack", "error"],
            )
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise ClusterError(f"{address}: no scheduler answers there ({_said(error)})") from error
        try:
            threads = self._workers(address)
        except BaseException:
            self._client.close(timeout=2)
            raise
        self.count = 2 * BATCH * threads
        self._limits = (seconds, megabytes)
        self._lock = threading.Lock()
        self._held: list[tuple[dict[str, Any], Future[Outcome]]] = []
        self._since = 0.0
        self._sent: dict[Any, list[tuple[dict[str, Any], Future[Outcome]]]] = {}
        self._closed = threading.Event()
        self._flusher = threading.Thread(target=self._flushing, daemon=True)
        self._flusher.start()

    def _workers(self, address: str) -> int:
        """The threads of all workers. Raises `ClusterError`."""
        try:
            self._client.wait_for_workers(1, timeout=CONNECTING)
            found: Any = self._client.run(cluster_node.version)
        except TimeoutError as error:
            raise ClusterError(f"{address}: the cluster has no worker") from error
        except Exception as error:  # whatever a worker of another program raises
            raise ClusterError(f"{address}: its workers have no backproof, or another one ({_said(error)})") from error
        others = sorted(where for where, said in found.items() if said != version())
        if others:
            raise ClusterError(f"{address}: {', '.join(others[:3])} has another version: install the same on all")
        threads: Any = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, request: Mapping[str, Any]) -> Future[Outcome]:
        """The outcome, later."""
        future: Future[Outcome] = Future()
        with self._lock:
            if self._closed.is_set():
                future.set_result(Outcome(limit=INTERRUPTED))
                return future
            if not self._held:
                self._since = time.monotonic()
            self._held.append((dict(request), future))
            if len(self._held) >= BATCH:
                self._send_held()
        return future

    def _flushing(self) -> None:
        while not self._closed.wait(PATIENCE):
            with self._lock:
                if self._held and time.monotonic() - self._since > PATIENCE:
                    self._send_held()

    def _send_held(self) -> None:
        batch, self._held = self._held, []
        self._send(batch, 1)

    def _send(self, batch: list[tuple[dict[str, Any], Future[Outcome]]], attempt: int) -> None:
        """Send a batch; the lock is held."""
        text = json.dumps([request for request, _ in batch]).encode("ascii")
        task = self._client.submit(judged, text, version(), *self._limits, pure=False)
        self._sent[task] = batch
        task.add_done_callback(lambda done: self._done(done, attempt))

    def _done(self, task: Any, attempt: int) -> None:
        """What came back goes to those who wait; a batch whose worker was lost once too often is sent again."""
        error: BaseException | None = None
        outcomes: list[Outcome] = []
        try:
            outcomes = _outcomes(task.result(timeout=CONNECTING))
        except ClusterError as fault:
            error = fault
        except BaseException as fault:  # a cancelled task is no Exception
            error = ClusterError(f"the cluster was lost ({_said(fault)})")
            with self._lock, suppress(Exception):
                if not self._closed.is_set() and attempt < ATTEMPTS and self._client.status == "running":
                    batch = self._sent.pop(task, None)
                    if batch is not None:
                        self._send(batch, attempt + 1)
                    return
        with self._lock:
            batch = self._sent.pop(task, None)
        for k, (_, future) in enumerate(batch or ()):
            with suppress(Exception):  # it was answered when the stream was stopped
                if error is None and k < len(outcomes):
                    future.set_result(outcomes[k])
                else:
                    future.set_exception(error or ClusterError("the cluster answered a part of a batch alone"))

    def close(self) -> None:
        """Stop; what is still asked is answered by a limit."""
        if self._closed.is_set():
            return
        with self._lock:
            self._closed.set()
            open_ = [future for batch in (self._held, *self._sent.values()) for _, future in batch]
            tasks = list(self._sent)
            self._held, self._sent = [], {}
        for future in open_:
            with suppress(Exception):
                future.set_result(Outcome(limit=INTERRUPTED))
        with suppress(Exception):
            self._client.cancel(tasks)
            self._client.close(timeout=5)


def _outcomes(result: Any) -> list[Outcome]:
    """The outcomes of a batch. Raises `ClusterError` for what is none."""
    if not isinstance(result, bytes):
        raise ClusterError(f"a worker answered {type(result).__name__}, no JSON")
    said = json.loads(result)
    if "version" in said:
        raise ClusterError("a worker of another version joined the cluster: install the same on all")
    return [Outcome(answer, limit, bug, seed) for answer, limit, bug, seed in said["outcomes"]]


def _said(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
