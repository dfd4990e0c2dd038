"""The page in this process: workers that answer at once, a database of its own, visitors who keep their cookie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import Future
from html import unescape
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the page needs the extra web: pip install 'backproof[web]'")
pytest.importorskip("sqlalchemy", reason="the page needs the extra web: pip install 'backproof[web]'")
pytest.importorskip("alembic", reason="the page needs the extra web: pip install 'backproof[web]'")
pytest.importorskip("httpx2", reason="the page is asked by httpx2: pip install httpx2")

from starlette.testclient import TestClient

from checker.process import Outcome
from checker.web.app import application
from checker.web.judging import Judge
from checker.web.migrating import migrate
from checker.web.site import Site
from checker.web.store import Store, engine_of
from checker.worker import perform
from problems.bank import load_bank


class AtOnce:
    """A pool that works where it is asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    def submit(self, request: Mapping[str, Any], /) -> Future[Outcome]:
        self.asked.append(request)
        reply = perform(request)
        done: Future[Outcome] = Future()
        done.set_result(Outcome(reply.get("answer"), reply.get("limit"), reply.get("failed")))
        return done

    def close(self) -> None:
        pass


class Never(AtOnce):
    """A pool whose workers never answer."""

    def submit(self, request: Mapping[str, Any], /) -> Future[Outcome]:
        self.asked.append(request)
        return Future()


def opened(folder: Path, pool: Any = None, bank: str | None = None, url: str | None = None) -> Site:
    """A site over a database in a folder."""
    store = Store(engine_of(url or f"sqlite:///{folder / 'page.sqlite'}"))
    migrate(store)
    return Site(load_bank(bank), store, Judge(store, bank, pool or AtOnce(), AtOnce()), store.secret())


class Visitor:
    """Somebody with a browser: cookies, and the token of the page that was seen last."""

    def __init__(self, site: Site, base: str = "http://127.0.0.1:8017", app: Any = None):
        self.site = site
        self.client = TestClient(app or application(site), base_url=base, raise_server_exceptions=False)
        self.page = self.token = ""

    def seen(self, got: Any) -> Any:
        """A page is there: its text, and the token of its forms."""
        if "<html" in got.text:
            self.page = got.text
            self.token = field(got.text, "token") or self.token
        return got

    def get(self, path: str, **more: Any) -> Any:
        return self.seen(self.client.get(path, **more))

    def post(self, path: str, **fields: Any) -> Any:
        """A form, with the token of its session; redirects are followed."""
        return self.seen(self.client.post(path, data={"token": self.token, **fields}))

    def answers(self, part: str, text: str) -> Any:
        """Open a part, type an answer, send it."""
        self.get(f"/part/{part}")
        return self.post("/answer", part=part, answer=text, once=field(self.page, "once"))

    def joins(self, link: str, name: str) -> str:
        """Join a class; the code to come back with."""
        self.get(f"/join/{link}")
        got = self.post(f"/join/{link}", name=name)
        found = re.search(r'class="code">([\w-]+)<', got.text)
        assert found is not None, got.text
        return found[1]


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def words(page: str) -> str:
    """What a page says, without its elements."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.find("<main") :])).split())
