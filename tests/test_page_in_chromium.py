"""The page in a browser: a student who answers parts of all kinds and comes back the next day, a teacher with a class.
Nothing is asked of another host, nothing is logged, axe finds nothing, nothing is wider than its window. Skipped, with
the reason, where there is no Chromium, no Playwright or no axe-core."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import browser as chromium
from pages import opened

from checker.web import store
from checker.web.app import application
from checker.web.site import Site

AXE = Path(__file__).parent.parent / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
DAY = 86_400_000
PATIENCE = 120_000
"""Milliseconds after which a condition that is waited for is given up, on a machine that does much else."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api", reason="there is no Playwright (pip install playwright)")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=[*sandbox, "--disable-dev-shm-usage"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    return opened(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    """The page behind a port of this machine."""
    uvicorn = pytest.importorskip("uvicorn", reason="the page needs the extra web: pip install 'backproof[web]'")
    config = uvicorn.Config(application(site), host="127.0.0.1", port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


class Seen:
    """A window, and all that went wrong in it."""

    def __init__(self, browser: Any, address: str, **how: Any):
        self.context = browser.new_context(viewport={"width": 900, "height": 800}, **how)
        self.context.set_default_timeout(PATIENCE)
        self.page, self.address = self.context.new_page(), address
        self.wrong: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", self._lost)
        self.page.on("request", lambda request: self._asked(request.url))

    def _said(self, message: Any) -> None:
        """An error or a warning. What was still to be read when the first answer began a session is refused, with the
        token of the page before it; the page shows nothing of it."""
        late = "403" in message.text and message.location.get("url", "").endswith("/read")
        if message.type in ("error", "warning") and not late:
            self.wrong.append(f"{message.text} {message.location.get('url', '')}")

    def _lost(self, request: Any) -> None:
        """A request that failed. One that the browser ended itself did not: it goes to another page while an answer is
        still being read, or what it was to open becomes a download."""
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.url}: {request.failure}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.wrong.append(url)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("body[data-ready]")

    def says(self, text: str) -> str:
        """What the outcome is, once it is there."""
        self.page.wait_for_selector(f"#outcome .mark:has-text('{text}')")
        return self.page.inner_text("#outcome")

    def types(self, part: str, text: str, said: str) -> str:
        self.go(f"/part/{part}")
        return self.types_here(text, said)

    def types_here(self, text: str, said: str) -> str:
        self.page.wait_for_selector("body[data-ready]")
        self.page.fill("#typed", text)
        self.page.press("#typed", "Control+Enter")
        return self.says(said)


# part, what is typed, what it comes to: every kind of answer; right, wrong, not readable and hostile ones
TYPED = [
    ("001/3.2", "-y_i*y_j", "correct"), ("001/3.1", r"y_i (1 - y_i)", "correct"), ("001/3.3", "y_i y_", "unreadable"),
    ("beyond/huber.gradient", "<img src=x onerror=alert(1)>", "unreadable"), ("000/8a", "(3, 4)", "wrong"),
    ("001/5.4a", "300*80 + 80", "correct"), ("004/Q1.2", "(2w)^T x\n= 2 w^T x", "correct"),
    ("004/Q1.2", "(2w)^T x\n= 3 w^T x", "wrong"), ("003/4b", "-log(0.4)", "correct"),
    ("004/Q1.1A", "w = (1, 0, 1)", "correct"),    ("004/Q3.3", "w^T x_i + b <= 0 for all i", "correct"),
    ("beyond/distillation.positive", "KL(p || q) >= 0", "correct"),
    ("001/8.3", "It is faster.", "not judged"),
    ("beyond/perceptron_update.rule", "'; DROP TABLE submission; --", "unreadable"),
]  # fmt: skip


def test_a_student_works_through_parts_and_comes_back_the_next_day(browser, address, monkeypatch):
    seen = Seen(browser, address)
    page = seen.page
    for part, text, said in TYPED:
        seen.types(part, text, said)
    # a counterexample, and the rung that helps on
    seen.types("001/3.2", "y_i y_j", "wrong")
    assert "yours gives" in page.inner_text("#outcome")
    page.click("#hinting button >> nth=0")
    page.wait_for_selector(".rungs li .katex")
    assert "yours gives" in page.inner_text("#outcome")
    # what is read while it is typed, in the editor too; the choice is remembered
    page.click("text=Formula editor")
    page.wait_for_selector("math-field")
    page.locator("math-field").evaluate("field => field.setValue('')")
    page.focus("math-field")
    page.wait_for_function("document.activeElement === document.querySelector('math-field')")
    page.keyboard.type("-y_i")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("y_j")
    # what was read before stands there until this is read
    page.wait_for_selector("#preview .katex-mathml annotation:has-text('-y_i y_j')", state="attached")
    page.keyboard.press("Enter")
    seen.says("correct")
    seen.go("/part/beyond/huber.gradient")
    page.wait_for_selector("math-field")
    page.click("text=Text or LaTeX")
    page.fill("#typed", "1/2x")
    page.wait_for_selector("#preview .note:has-text('reads two ways')")
    page.click("text=NumPy")
    assert page.locator("#typed").get_attribute("rows") == "8"
    page.click("text=Text or LaTeX")
    # a choice and a table, by keys alone
    seen.go("/part/000/3.1")
    page.focus("input[name=choice] >> nth=0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#outcome .mark")
    seen.go("/part/001/2.II")
    page.fill("[name='value.h1']", "0.85")
    page.keyboard.press("Enter")
    assert "correct" in seen.says("wrong")
    # another version, which stays when it is loaded again
    seen.go("/part/beyond/reinforce.number")
    page.click("text=Another version")
    page.wait_for_selector(".versions:has-text('Version 1 of 3')")
    seen.types_here("2.5", "correct")
    page.reload()
    page.wait_for_selector(".versions:has-text('Version 1 of 3')")
    seen.says("correct")
    # the next day, on another device
    seen.go("/me")
    page.click("text=A new code to come back with")
    code = page.inner_text("strong.code")
    assert seen.wrong == []
    seen.context.close()
    real = store.now
    monkeypatch.setattr("checker.web.practising.now", lambda: real() + 2 * DAY)
    again = Seen(browser, address, color_scheme="dark")
    again.go("/me")
    again.page.fill("#code", code)
    again.page.click("text=Go on")
    again.page.wait_for_selector("section[aria-label='To do again'] a:has-text('001/3.1')")
    again.go("/history")
    assert again.page.locator("tbody tr").count() == len(TYPED) + 5
    assert again.wrong == []
    again.context.close()


def test_a_teacher_with_a_class(browser, address, site):
    _, link, token = site.store.add_course("Machine learning", "Europe/Berlin")
    teacher, student = Seen(browser, address), Seen(browser, address)
    page = teacher.page
    teacher.go("/class")
    page.fill("#class_token", token)
    page.click("text=Open")
    page.click("text=A new assignment")
    page.fill("#title", "Homework 1")
    page.fill("#parts", "001/3.1 2\n001/3.2")
    page.fill("#due", "2035-01-31T23:59")
    page.click("text=Save")
    page.wait_for_selector("h1:has-text('Homework 1')")
    marks = page.url.removeprefix(address)
    student.go(f"/join/{link}")
    student.page.fill("#name", "Ada")
    student.page.click("text=Join")
    student.page.wait_for_selector("strong.code")
    student.types("001/3.1", "y_i", "wrong")
    page.wait_for_selector("[data-live] .mark.wrong")  # it is there without being asked for
    page.click("thead a >> nth=0")
    page.fill("input[name=points]", "1")
    page.fill("input[name=note]", "half")
    page.click("text=Decide for all of them")
    page.wait_for_selector("text=decided by a teacher")
    with page.expect_response(lambda got: got.url.endswith("/class/regrade")) as again:
        page.click("text=Judge all of them again")
    assert again.value.status == 303
    page.wait_for_load_state()  # the words stand on the page before as well
    page.wait_for_selector("text=decided by a teacher")
    student.go("/")
    assert "1 of 2 points" in student.page.inner_text("main")
    with page.expect_download() as kept:
        teacher.go(marks)
        page.click("text=Grades as CSV")
    assert "Ada,1,0,1,3," in Path(kept.value.path()).read_text(encoding="utf-8")
    assert teacher.wrong + student.wrong == []
    cookies = {"student": student.context.cookies(), "teacher": teacher.context.cookies()}
    for seen in (teacher, student):
        seen.context.close()
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install --prefix .venv/axe axe-core")
    looks = {
        "student": ["/", "/part/001/3.1", "/part/001/2.II", "/part/beyond/vae.mu", "/history", "/me"],
        "teacher": ["/class", "/class/new", marks, f"{marks}/part/001/3.1"],
    }
    script = AXE.read_text(encoding="utf-8")
    for width, theme in ((400, "light"), (1400, "dark")):
        for who, paths in looks.items():
            seen = Seen(browser, address, color_scheme=theme, bypass_csp=True)  # axe is no file of ours
            seen.context.add_cookies(cookies[who])
            seen.page.set_viewport_size({"width": width, "height": 800})
            for k, path in enumerate(paths):
                seen.go(path)
                assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                if k % 2 == (theme == "dark"):  # each page in one of the two
                    seen.page.evaluate(script)
                    found = seen.page.evaluate(
                        "axe.run().then(all => all.violations.map(one => one.id + ': ' + one.nodes[0].html))"
                    )
                    assert found == [], path
            assert seen.wrong == []
            seen.context.close()


def test_without_a_script_everything_is_a_form(browser, address):
    seen = Seen(browser, address, java_script_enabled=False)
    page = seen.page
    page.goto(f"{address}/part/001/3.2")
    assert re.search("∂yᵢ / ∂xⱼ", page.inner_text(".ask"))
    page.fill("#typed", "y_i y_j")
    page.click("text=Check")
    assert "the sign is wrong" in page.inner_text("#outcome")
    page.click("#hinting button >> nth=0")
    assert page.locator(".rungs li").count() >= 1
    assert seen.wrong == []
    seen.context.close()
