"""What every request passes before anything reads it, and what every response carries."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Collection, MutableMapping
from threading import Lock
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 100_000
"""Bytes of the body of a request."""

HEADERS = {
    # KaTeX and MathLive place their boxes by inline style; no script runs but those that are files of ours.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Limit:
    """So many of something a minute for each of whom it counts, and `burst` at once."""

    def __init__(self, minute: float, burst: int, most: int = 20_000):
        self.rate, self.burst, self.most = minute / 60, burst, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, whom: str, at: float | None = None) -> bool:
        """Whether one more is allowed."""
        at = time.monotonic() if at is None else at
        with self._lock:
            left, before = self._left.pop(whom, (float(self.burst), at))
            left = min(float(self.burst), left + (at - before) * self.rate)
            self._left[whom] = (left - 1 if left >= 1 else left, at)
            if len(self._left) > self.most:
                self._left.popitem(last=False)  # who has not asked for longest, and has most of it back
            return left >= 1


def is_served(host: str, names: Collection[str]) -> bool:
    """Whether a Host header names this server: a name that it is known by, or an address. Another site can give a name
    of its own our address, but it cannot give an address another name."""
    if host.startswith("["):
        bare, _, port = host[1:].partition("]")
        port = port.removeprefix(":")
    else:
        bare, _, port = host.partition(":")
    if port and not (port.isascii() and port.isdecimal()):
        return False
    if bare.casefold() in names:
        return True
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses what is for another host, too large, or too much from one address; sets the headers."""

    def __init__(self, app: ASGIApp, names: Collection[str], limit: Limit):
        self.app, self.names, self.limit = app, frozenset(n.casefold() for n in names) | {"localhost"}, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, with_headers)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise TooLarge
            return message

        await self.app(scope, counted, with_headers)

    def _refused(self, scope: MutableMapping[str, Any]) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not is_served(hosts[0], self.names):
            return PlainTextResponse("This server is not called so.\n", 421)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or int(length[:12]) > MOST_BYTES:
            return PlainTextResponse("That is too large.\n", 413)
        if not self.limit.take(address(scope)):
            return PlainTextResponse("Too much at once. Try again in a moment.\n", 429, {"retry-after": "5"})
        return None


class TooLarge(Exception):
    """A body that goes on."""


def address(scope: MutableMapping[str, Any]) -> str:
    """Where a request comes from; of an address of IPv6 the network, which is one household's."""
    host = (scope.get("client") or ("?", 0))[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
