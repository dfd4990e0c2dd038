"""What the page promises about strangers, line by line: who is let in, what is refused, what no page ever holds."""

from __future__ import annotations

import os
import random
import re
import socket
import threading
from concurrent.futures import Future
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pages import AtOnce, Never, Visitor, field, opened, words

from checker.__main__ import main
from checker.process import Outcome
from checker.stream import Pool
from checker.web import sessions
from checker.web.app import ROUTES, WHOLE_SITE, application
from checker.web.assets import FILES, asset
from checker.web.guard import MOST_BYTES, Limit, is_served
from checker.web.judging import Judge
from checker.web.store import Store, engine_of, file_url

LIVE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u2028${7*7}{{7*7}}"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def taught(site):
    """(the link of a class, its token, a teacher who has opened it)."""
    _, link, token = site.store.add_course("A class", "UTC")
    teacher = Visitor(site)
    teacher.get("/class")
    teacher.post("/class", class_token=token)
    return link, token, teacher


# ---------------------------------------------------------------- judging


def test_a_hostile_answer_hurts_nobody_else(tmp_path, monkeypatch):
    """One that never ends is cut off at its limit; the others are judged meanwhile."""

    class Hung(Pool):
        def submit(self, request: Any) -> Future[Outcome]:
            return super().submit({"do": "sleep", "seconds": 600} if request["answer"] == "endless" else {"do": "ping"})

    site = opened(tmp_path)
    pool = Hung(2, 1.5, 2048)
    judge = Judge(site.store, None, pool, AtOnce())
    student, _ = site.store.add_student("")
    ids = {text: site.store.submit(student, "001/3.2", 0, text, f"form-{text}") for text in ("endless", "one", "two")}
    settled: list[str] = []
    all_of_them = threading.Event()

    def settle(submission: str, *_: object) -> None:
        settled.append(submission)
        if len(settled) == 3:
            all_of_them.set()

    monkeypatch.setattr(Store, "settle", lambda _store, submission, *_: settle(submission))
    monkeypatch.setattr("checker.web.judging._view", lambda outcome: (None, {"limit": outcome.limit}))
    try:
        for text, submission in ids.items():
            judge.put(submission, "001/3.2", 0, text, student)
        assert all_of_them.wait(30)
    finally:
        pool.close()
    assert settled[-1] == ids["endless"]


def test_a_limit_is_undecided_and_a_bug_of_ours_is_said(tmp_path):
    class Out(AtOnce):
        def submit(self, request: Any, /) -> Future[Outcome]:
            done: Future[Outcome] = Future()
            done.set_result(Outcome(limit="1 second") if "slow" in request["answer"] else Outcome(bug="Traceback …"))
            return done

    visitor = Visitor(opened(tmp_path, Out()))
    assert "? undecided not settled within the limit of 1 second" in words(visitor.answers("001/3.2", "slow").text)
    said = visitor.answers("001/3.2", "broken").text
    assert "failed" in words(said)
    assert "Traceback" not in said


# ---------------------------------------------------------------- who one is


def test_codes_and_ids_cannot_be_guessed_and_codes_are_not_kept(site):
    assert len({sessions.new_id() for _ in range(1000)}) == 1000
    assert len(sessions.new_id()) >= 22  # 128 bits in base64
    code = sessions.new_code()
    assert len(code.replace("-", "")) == 16  # 80 bits in base32
    student, code = site.store.add_student("Ada")
    assert code not in str(site.store.student(student))
    assert site.store.student_of_code(code.upper().replace("-", "")).id == student
    assert site.store.student_of_code(code[:-1]) is None
    assert sessions.hashed("O1l0-aaaa") == sessions.hashed("011o AAAA")


def test_the_token_of_a_teacher_is_posted_and_stands_in_no_address(site, taught):
    _, token, _ = taught
    visitor = Visitor(site)
    visitor.get(f"/class?class_token={token}")
    assert "The token of the class" in words(visitor.page)
    assert not any("token" in row.path for row in ROUTES)
    assert visitor.post("/class", class_token="wrong").status_code == 403
    opened_ = visitor.post("/class", class_token=token)
    assert token not in str(opened_.url)
    assert "A class" in words(opened_.text)
    assert token not in opened_.text


def test_the_cookie_is_kept_from_scripts_and_other_sites(site):
    cookie = Visitor(site).get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "Secure" in Visitor(site, "https://127.0.0.1:8017").get("/").headers["set-cookie"]


def test_a_cookie_that_we_did_not_sign_is_none(site):
    session = sessions.opened("student", "somebody", 0)
    good = sessions.signed(session, site.key)
    assert sessions.read_cookie(good, site.key, 0) == session
    assert sessions.read_cookie(good, site.key, session.until) is None
    assert sessions.read_cookie(good, b"another key", 0) is None
    rng = random.Random(1)
    for _ in range(300):
        k = rng.randrange(len(good))
        bad = good[:k] + rng.choice("aB3.=é\x00") + good[k + 1 :]
        assert bad == good or sessions.read_cookie(bad, site.key, 0) is None
    for text in ("", ".", "a.b.c", "é.é", good + "x", good.partition(".")[0]):
        assert sessions.read_cookie(text, site.key, 0) is None


@pytest.mark.parametrize("row", [row for row in ROUTES if row.method == "POST"], ids=lambda row: row.path)
def test_no_form_is_taken_without_the_token_of_its_session(site, row):
    path = re.sub(r"\{[^}]*\}", "x", row.path)
    visitor, other = Visitor(site), Visitor(site)
    assert visitor.post(path, part="001/3.2").status_code == 403  # nobody yet: no cookie, no token
    other.get("/me")
    visitor.get("/me")
    assert visitor.post(path, token=other.token).status_code == 403
    assert visitor.post(path, token="").status_code == 403
    from_afar = visitor.client.post(path, data={"token": visitor.token}, headers={"sec-fetch-site": "cross-site"})
    assert from_afar.status_code == 403


def test_no_student_sees_the_work_of_another(site, taught):
    link, _, _ = taught
    ada, eve = Visitor(site), Visitor(site)
    ada.joins(link, "Ada")
    eve.joins(link, "Eve")
    sent = ada.answers("001/3.2", "y_i y_ 0")
    assert eve.get(sent.url.path).status_code == 404
    for path in ("/", "/history", "/history.csv", "/part/001/3.2", "/me"):
        assert "y_i y_ 0" not in eve.get(path).text
    assert Visitor(site).get(sent.url.path).status_code == 403


@pytest.mark.parametrize(
    "row", [row for row in ROUTES if row.who != "anyone"], ids=lambda row: f"{row.method} {row.path}"
)
def test_pages_of_students_and_teachers_are_theirs(site, taught, row):
    link, _, teacher = taught
    path = re.sub(r"\{[^}]*\}", "x", row.path)
    wrong = Visitor(site)
    if row.who == "teacher":
        wrong.joins(link, "Ada")
    else:
        wrong = teacher
    wrong.get("/me")
    got = wrong.get(path) if row.method == "GET" else wrong.post(path)
    assert got.status_code == 403
    assert "This page is for" in words(got.text)


def test_a_teacher_sees_no_other_class(site, taught):
    link, _, teacher = taught
    teacher.get("/class/new")
    path = teacher.post("/class/assignment", title="Homework", parts="001/3.2", due="", hints="all").url.path
    ada = Visitor(site)
    ada.joins(link, "Ada")
    submission = ada.answers("001/3.2", "y_i y_").url.path.rpartition("/")[2]
    _, _, token = site.store.add_course("Another class", "UTC")
    other = Visitor(site)
    other.get("/class")
    other.post("/class", class_token=token)
    assert "Homework" not in other.page
    assert "Ada" not in other.page
    for behind in ("", "/edit", "/grades.csv", "/part/001/3.2"):
        assert other.get(path + behind).status_code == 404
    other.get("/class/new")
    identity = path.rpartition("/")[2]
    theirs = {"id": identity, "version": "1", "title": "t", "parts": "001/3.2", "due": "", "hints": "all"}
    assert other.post("/class/assignment", **theirs).status_code == 404
    where = {"assignment": identity, "part": "001/3.2", "submission": submission, "points": "1"}
    assert other.post("/class/override", **where).status_code == 404
    assert other.post("/class/regrade", **where).status_code == 404


# ---------------------------------------------------------------- what every request passes

HOSTS = [
    ("127.0.0.1:8017", True), ("localhost", True), ("LOCALHOST:80", True), ("[::1]:8017", True), ("192.168.1.5", True),
    ("practice.example.edu", True), ("Practice.Example.edu:443", True), ("evil.example", False), ("", False),
    ("localhost.evil.example", False), ("127.0.0.1.nip.io", False), ("127.0.0.1:80:80", False), ("[::1", True),
    ("localhost:x", False), ("localhost/", False), ("a@localhost", False), ("[evil]", False), ("localhost:", True),
]  # fmt: skip


@pytest.mark.parametrize(("host", "served"), HOSTS)
def test_the_host_header_is_one_of_ours(host, served):
    assert is_served(host, {"localhost", "practice.example.edu"}) is served


def test_a_request_for_another_host_is_refused(site):
    visitor = Visitor(site)
    assert visitor.get("/", headers={"host": "evil.example"}).status_code == 421
    assert visitor.get("/", headers={"host": "localhost"}).status_code == 200
    named = Visitor(site, app=application(site, ("class.example",)))
    assert named.get("/", headers={"host": "class.example"}).status_code == 200


class _Seen(HTMLParser):
    """What of a page could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        self.found += [f"{tag} {name}" for name in held if name.startswith("on") or name in ("style", "srcdoc")]
        places = (held.get(name, "") for name in ("href", "src", "action", "formaction"))
        self.found += [f"{tag} {place}" for place in places if place and not re.match(r"/(?!/)|#|data:,$", place)]
        if tag == "script" and not held.get("src", "").startswith("/static/"):
            self.found.append("script")
        if tag in ("iframe", "object", "embed", "base", "img", "svg", "style"):
            self.found.append(tag)


def runs(page: str) -> list[str]:
    """All of a page that could run, or ask another server."""
    seen = _Seen()
    seen.feed(page)
    return seen.found


def test_every_page_has_its_policy_and_no_script_of_its_own(site, taught):
    link, _, teacher = taught
    visitor = Visitor(site)
    visitor.joins(link, "Policy")
    pages = [visitor.get(p) for p in ("/", "/part/001/3.2", "/history", "/me", f"/join/{link}", "/nowhere", "/part/x")]
    pages += [teacher.get(p) for p in ("/class", "/class/new", "/class/assignment/x")]
    pages.append(visitor.get("/static/page.js"))
    for got in pages:
        policy = got.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert policy.count("'unsafe-inline'") == policy.count("style-src 'self' 'unsafe-inline'") == 1
        assert "frame-ancestors 'none'" in policy
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["referrer-policy"] == "no-referrer"
        assert got.headers["x-frame-options"] == "DENY"
        assert got.headers["cross-origin-opener-policy"] == got.headers["cross-origin-resource-policy"] == "same-origin"
        assert runs(got.text) == []


HOSTILE_BANK = """
id = "live/1"
title = '''{live}'''
about = '''{live} $x^2$ $\\href{{javascript:alert(1)}}{{x}}$'''
names = {{ x = "real" }}
[[part]]
id = "live/1a"
kind = "formula"
ask = '''{live} $<img src=x onerror=alert(1)>$ `{live}`'''
derives = "x^2"
hints = ['''{live}''']
[[part]]
id = "live/1b"
kind = "choice"
ask = "Which?"
options = {{ a = '''{live}''', b = "b" }}
key = "a"
because = '''{live}'''
"""


def test_every_page_escapes_every_text(tmp_path):
    bank = tmp_path / "bank"
    bank.mkdir()
    (bank / "live.toml").write_text(HOSTILE_BANK.format(live=LIVE.replace("'", "")), encoding="utf-8")
    site = opened(tmp_path, bank=str(bank))
    _, link, token = site.store.add_course(LIVE, "UTC")
    student, teacher = Visitor(site), Visitor(site)
    name = LIVE.replace("\u2028", "")[:80]
    student.joins(link, name)
    teacher.get("/class")
    teacher.post("/class", class_token=token)
    teacher.get("/class/new")
    path = teacher.post("/class/assignment", title=LIVE[:90], parts="live/1a\nlive/1b", due="", hints="all").url.path
    pages = [student.get("/").text, student.get(f"/join/{link}").text, student.get("/me").text]
    pages += [student.answers("live/1a", LIVE).text, student.answers("live/1a", "x").text]
    student.get("/part/live/1b")
    pages.append(student.post("/answer", part="live/1b", choice=LIVE, once=field(student.page, "once")).text)
    pages += [student.post("/hint", part="live/1a").text for _ in range(3)]
    pages.append(student.get("/history").text)
    table = student.get("/history.csv").headers
    assert table["content-type"].startswith("text/csv")
    assert table["content-disposition"].startswith("attachment")
    group = teacher.get(f"{path}/part/live/1a").text
    where = {"assignment": path.rpartition("/")[2], "part": "live/1a", "submission": field(group, "submission")}
    pages += [group, teacher.post("/class/override", points="0.5", note=LIVE, **where).text]
    pages += [teacher.get(p).text for p in ("/class", path, f"{path}/edit")]
    pages.append(student.answers("live/1a", LIVE).text)
    pages.append(student.get("/part/" + LIVE).text)
    assert [runs(page) for page in pages] == [[]] * len(pages)
    assert sum("alert(1)" in page for page in pages) >= 10
    assert student.post("/read", part="live/1a", answer=LIVE).headers["content-type"] == "application/json"


FAULTY = [
    ("broken", 'id = "broken/1"\ntitle = 3'),
    ("unknown", HOSTILE_BANK.split("[[part]]")[0].format(live="x").replace('live/1', "unknown/1")
     + '[[part]]\nid = "unknown/1a"\nkind = "formula"\nask = "?"\nderives = "q^2"\nmodel = "none"'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), FAULTY)
def test_a_file_with_a_fault_is_no_bug_of_the_page(tmp_path, name, text):
    bank = tmp_path / "bank"
    bank.mkdir()
    (bank / "file.toml").write_text(text, encoding="utf-8")
    visitor = Visitor(opened(tmp_path, bank=str(bank)))
    assert visitor.get("/").status_code in (200, 503)
    got = visitor.answers(f"{name}/1a", "x")
    assert got.status_code in (403, 404, 503)
    assert "bug" not in got.text


def test_the_limits_are_those_that_are_documented(site):
    """docs/page.md: 30 answers and 300 readings a minute for a session; 12,000 requests and 20 wrong codes for an
    address."""
    limits = (site.answers, site.readings, site.failures, WHOLE_SITE)
    assert [round(limit.rate * 60) for limit in limits] == [30, 300, 20, 12_000]
    assert all(limit.burst <= limit.rate * 60 for limit in limits), "at once, no more than in a minute"
    assert MOST_BYTES == 100_000
    page = (Path(__file__).parent.parent / "docs" / "page.md").read_text(encoding="utf-8")
    said = ("100 kB a request; 30 answers and 300 readings a minute", "12,000 requests", "20 wrong ones a minute")
    assert [text for text in said if text not in page] == []


def test_answers_are_limited_too(tmp_path):
    site = opened(tmp_path, Never())
    object.__setattr__(site, "answers", Limit(1, 2))
    visitor = Visitor(site)
    codes = []
    for _ in range(4):
        visitor.get("/part/001/3.2")
        sent = visitor.post("/answer", part="001/3.2", answer="x", once=field(visitor.page, "once"))
        codes.append(sent.status_code)
    assert codes == [200, 200, 200, 429], "the first makes a student of somebody, with a session of its own"


def test_so_many_a_minute_and_no_more():
    limit = Limit(60, 3, most=2)
    assert [limit.take("a", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert limit.take("b", 0.0)
    assert [limit.take("a", 2.0) for _ in range(3)] == [True, True, False]
    assert limit.take("c", 2.0)
    assert len(limit._left) == 2


def test_rates_are_limited_per_session_and_per_address(tmp_path):
    site = opened(tmp_path, Never())
    object.__setattr__(site, "readings", Limit(1, 2))
    object.__setattr__(site, "failures", Limit(1, 2))
    visitor, other = Visitor(site), Visitor(site)
    visitor.get("/part/001/3.2")
    other.get("/part/001/3.2")
    codes = [visitor.post("/read", part="000/8a", answer="x").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert other.post("/read", part="000/8a", answer="x").status_code == 200
    tries = [Visitor(site) for _ in range(4)]
    codes = [(v.get("/me"), v.post("/enter", code="no"))[1].status_code for v in tries]
    assert codes == [403, 403, 429, 429]  # each with a session of its own: it is their address that is counted
    few = Visitor(site, app=application(site, (), Limit(1, 2)))
    assert [few.get("/me").status_code for _ in range(3)] == [200, 200, 429]


def test_what_is_too_large_is_refused(site):
    visitor = Visitor(site)
    visitor.get("/part/001/3.2")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert visitor.client.post("/answer", content=b"a" * (MOST_BYTES + 1), headers=form).status_code == 413

    def endless():
        for _ in range(40):
            yield b"a" * 10_000

    assert visitor.client.post("/answer", content=endless(), headers=form).status_code == 413
    assert (
        visitor.client.post("/answer", content="&".join(f"a{k}=1" for k in range(300)), headers=form).status_code == 400
    )
    long = visitor.post("/answer", part="001/3.2", answer="x" * 20_001, once=field(visitor.page, "once"))
    assert long.status_code == 422
    assert "at most 20,000 characters" in words(long.text)


METHODS = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"]
HEADERS = [
    {"content-length": "-1"}, {"content-length": "9" * 40}, {"content-length": "é"}, {"cookie": "backproof=x"},
    {"cookie": "backproof=" + "a" * 5000}, {"cookie": ";;;=;\x00"}, {"content-type": "multipart/form-data; boundary=x"},
    {"content-type": "application/json"}, {"host": "a\tb"}, {"accept-encoding": "gzip;q=x"}, {"sec-fetch-site": "\x80"},
    {"if-none-match": '"x'}, {"x-forwarded-for": "::::"}, {"range": "bytes=0-99999999999"},
]  # fmt: skip
BODIES = [
    b"part=beyond/rnn.trace&seed=9e9&answer=1&once=12345678", b"",
    b"\x00", b"\xff\xfe=1", b"token", b"&&&&=", b"token=%zz&part=%00", b'{"part": {"a": [1e999]}}', b"[" * 9000,
    b"part=001/3.2&part=x&answer[]=1&once=%F0%9F%92%A9", b"answer=" + b"%F0%9F" * 500, b"--x\r\n\r\n",
]  # fmt: skip


def test_no_request_is_a_bug(site, taught):
    """Methods, headers, bodies and paths that are none, with a good session and without one."""
    link, _, teacher = taught
    student = Visitor(site)
    student.joins(link, "Fuzz")
    student.get("/part/001/3.2")
    rng = random.Random(7)
    form = {"content-type": "application/x-www-form-urlencoded"}
    paths = [
        re.sub(r"\{[^}]*\}", lambda _: rng.choice(["x", "%00", "..%2f..", "%ff", "001/3.2", "é"]), row.path)
        for row in ROUTES
    ]
    for _ in range(250):
        visitor = rng.choice([student, teacher])
        path, headers = (
            rng.choice([*paths, "/static/../app.py", "/static/%2e%2e/site.py"]),
            dict(rng.choice([{}, form, *HEADERS])),
        )
        body = rng.choice(BODIES)
        if rng.random() < 0.5:
            body = f"token={visitor.token}&".encode() + body
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        got = visitor.client.request(rng.choice(["GET", "POST", "POST", *METHODS]), path, content=body, headers=raw)
        assert got.status_code < 500 or got.status_code == 503, (path, headers, body)
        assert runs(got.text) == []


def test_files_are_served_by_their_names_alone(site):
    visitor = Visitor(site)
    for name in ("../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd", "katex/../page.py", "__init__.py", ""):
        assert visitor.get(f"/static/{name}").status_code == 404
    for name in FILES:
        if not name.endswith(".woff2"):
            got = visitor.get(f"/static/{name}?{asset(name).tag}")
            assert got.content == asset(name).plain
            assert "immutable" in got.headers["cache-control"]
            assert visitor.get(f"/static/{name}", headers={"if-none-match": got.headers["etag"]}).status_code == 304


def test_it_listens_on_this_machine_alone_unless_it_is_told(capsys):
    assert main(["serve", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "(default: 127.0.0.1, this machine alone)" in said
    assert "lets everybody who reaches it answer questions" in said


@pytest.mark.parametrize(("argv", "at"), [([], "127.0.0.1"), (["--host", "::1"], "::1")])
def test_the_socket_is_where_it_was_told_to_be(argv, at, monkeypatch, tmp_path):
    import uvicorn

    monkeypatch.setenv("BACKPROOF_DATA", str(tmp_path))
    opened_at = []

    def run(self, sockets):
        opened_at.extend(one.getsockname()[0] for one in sockets)
        for one in sockets:
            one.close()

    monkeypatch.setattr(uvicorn.Server, "run", run)
    with socket.create_server((at, 0), family=socket.AF_INET6 if ":" in at else socket.AF_INET) as free:
        port = free.getsockname()[1]
    assert main(["serve", "--port", str(port), *argv]) == 0
    assert opened_at == [at]


def test_deadlines_have_a_time_zone(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("BACKPROOF_DATA", str(tmp_path))
    assert main(["serve", "--new-class", "ML", "--zone", "Mars/Olympus"]) == 2
    assert "is no time zone" in capsys.readouterr().err
    assert main(["serve", "--new-class", "ML", "--zone", "Europe/Berlin"]) == 0
    said = capsys.readouterr().out
    token = re.search(r"/class:\s+([\w-]+)", said)
    assert token is not None
    course = Store(engine_of(file_url(tmp_path))).course_of_token(token[1])
    assert course is not None
    assert course.zone == "Europe/Berlin"
    if os.name != "nt":
        assert (tmp_path / "page.sqlite").stat().st_mode & 0o077 == 0  # names, answers and the key of the cookies
