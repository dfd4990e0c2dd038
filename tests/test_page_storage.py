"""Where the page keeps what it is told: the same tables and the same behaviour in SQLite and in PostgreSQL."""

from __future__ import annotations

import builtins
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import postgres
import pytest
from pages import Visitor, field, opened, words
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from checker.__main__ import main
from checker.web import schema
from checker.web.migrating import migrate
from checker.web.store import Changed, Store, engine_of

VERDICT = {"status": "wrong", "score": 0.0, "diagnosis": {"tag": "sign", "message": "the sign is wrong"}}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request, tmp_path_factory):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('storage') / 'page.sqlite'}"
        return
    with postgres.running() as address:
        if address is None:
            pytest.skip("no PostgreSQL with psycopg here (apt-get install postgresql; pip install psycopg[binary])")
        yield address


@pytest.fixture(scope="module")
def store(url):
    made = Store(engine_of(url))
    migrate(made)
    yield made
    made.engine.dispose()


def test_the_migrations_lead_to_the_tables_of_the_program(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    migrate(store)  # once more: nothing is left to do
    with store.reading() as base:
        assert compare_metadata(MigrationContext.configure(base), schema.tables) == []
        assert set(inspect(base).get_table_names()) == {*schema.tables.tables, "alembic_version"}


def test_an_answer_its_verdict_and_its_hints(store):
    student, code = store.add_student("Ada \u2028 é 𝛁")
    found = store.student_of_code(code)
    assert (found.id, found.name) == (student, "Ada \u2028 é 𝛁")
    store.climb(student, "001/1", 0, 2, 0.25)
    store.climb(student, "001/1", 0, 1, 0.0)
    assert store.rungs(student, "001/1", 0) == 2
    one = store.submit(student, "001/1", 0, "y" * 20_000, "form-one")
    assert store.submit(student, "001/1", 0, "again", "form-one") == one
    assert [row.id for row in store.waiting() if row.student_id == student] == [one]
    store.settle(one, VERDICT, "{}")
    store.settle(one, {**VERDICT, "status": "correct", "score": 1.0}, "{}")
    row = store.submission(one, student)
    assert (row.status, row.score, row.tag, row.rungs, row.cost) == ("correct", 1.0, "sign", 2, 0.25)
    assert store.submission(one, "another") is None
    assert [r.status for r in store.outcomes(student)] == ["correct"]
    assert [r.id for r in store.history(student)] == [one]
    other = store.new_code(student)
    assert store.student_of_code(code) is None
    assert store.student_of_code(other).id == student


def test_an_assignment_its_marks_and_a_decision(store):
    course, link, token = store.add_course("A class", "Europe/Berlin")
    assert store.course_of_link(link).id == store.course_of_token(token).id == course
    values = {"title": "One", "due": None, "hints": 3}
    made = store.save_assignment(course, values, [("p", 1.0), ("q", 2.0)])
    assert [(row.part, row.points) for row in store.asked(made)] == [("p", 1.0), ("q", 2.0)]
    store.save_assignment(course, {**values, "title": "Two"}, [("q", 3.0)], (made, 1))
    with pytest.raises(Changed):
        store.save_assignment(course, values, [], (made, 1))
    with pytest.raises(Changed):
        store.save_assignment("another class", values, [], (made, 2))
    row = store.assignment(made, course)
    assert (row.title, row.version) == ("Two", 2)
    assert [(r.part, r.points) for r in store.asked(made)] == [("q", 3.0)]
    student, _ = store.add_student("Bob", course)
    sent = store.submit(student, "q", 0, "an answer", "form")
    store.settle(sent, VERDICT, "{}")
    decision = {"part": "q", "seed": 0, "answer": "x" * 20_000, "status": "wrong", "score": 0.5, "note": "half"}
    first = store.save_override(course, decision, [sent])
    assert store.save_override(course, {**decision, "score": 0.75}, [sent]) == first
    (handed,) = store.handed_in(course, ["q"])
    assert (handed.decided, handed.given, handed.note) == ("wrong", 0.75, "half")
    assert store.decided(student, "q", 0) == [{"id": first, "answer": "x" * 20_000}]
    assert store.handed_in(course, ["q"], 0) == []
    store.drop_override("another class", first)
    assert store.handed_in(course, ["q"])[0].decided == "wrong"
    store.drop_override(course, first)
    assert store.handed_in(course, ["q"])[0].decided is None
    assert store.open_hints(course, "q", 0) == []


def test_each_version_of_a_part_has_answers_hints_and_decisions_of_its_own(store):
    course, _, _ = store.add_course("Versions", "Europe/Berlin")
    student, _ = store.add_student("Eve", course)
    store.climb(student, "v", 1, 3, 0.5)
    assert [store.rungs(student, "v", seed) for seed in (0, 1, 2)] == [0, 3, 0]
    sent = [store.submit(student, "v", seed, "27", f"form-of-{seed}") for seed in (0, 1)]
    rows = {row.id: row for row in store.history(student)}
    assert [(rows[one].seed, rows[one].rungs, rows[one].cost) for one in sent] == [(0, 0, 0.0), (1, 3, 0.5)]
    assert [row.id for row in store.sent(student, "v", 1, 10)] == [sent[1]]
    for one in sent:
        store.settle(one, VERDICT, "{}")
    made = [
        store.save_override(
            course,
            {"part": "v", "seed": seed, "answer": "27", "status": status, "score": score, "note": ""},
            [sent[seed]],
        )
        for seed, status, score in ((0, "wrong", 0.0), (1, "correct", 1.0))
    ]
    assert len({*made}) == 2
    assert [store.decided(student, "v", seed) for seed in (0, 1, 2)] == [
        [{"id": made[0], "answer": "27"}],
        [{"id": made[1], "answer": "27"}],
        [],
    ]
    # where a class is asked it, what one version told counts in every other
    store.save_assignment(course, {"title": "One", "due": None, "hints": 3}, [("v", 1.0)])
    later = store.submit(student, "v", 2, "8", "form-of-2")
    assert next(row.cost for row in store.history(student) if row.id == later) == 0.5


def test_a_database_of_an_earlier_version_keeps_what_it_holds(tmp_path):
    old = Store(engine_of(f"sqlite:///{tmp_path / 'old.sqlite'}"))
    migrate(old, "0001")
    with old.writing() as base:
        for line in (
            "INSERT INTO course VALUES ('c', 'A class', 'link', 'token', 'UTC', 0)",
            "INSERT INTO student VALUES ('s', 'c', 'Ada', 'code', 0)",
            "INSERT INTO override VALUES ('o', 'c', 'p', '27', 'digest', 'correct', 1.0, 'yes', 0)",
            "INSERT INTO submission VALUES ('a', 's', 'p', '27', 'once', 2, 0.25, 0)",
            "INSERT INTO verdict VALUES ('a', 'wrong', 0.0, 'sign', '{}', 0, 'o')",
            "INSERT INTO seen VALUES ('s', 'p', 2, 0.25, 0)",
        ):
            base.exec_driver_sql(line)
    migrate(old)
    (row,) = old.history("s")
    assert (row.seed, row.answer, row.decided, row.cost) == (0, "27", "correct", 0.25)
    assert [old.rungs("s", "p", seed) for seed in (0, 1)] == [2, 0]
    assert old.decided("s", "p", 0) == [{"id": "o", "answer": "27"}]
    old.climb("s", "p", 1, 1, 0.0)
    old.engine.dispose()


def test_many_at_once_lose_nothing(store):
    student, _ = store.add_student("Many")

    def work(k: int) -> None:
        one = store.submit(student, "many", 0, f"answer {k}", f"form-{k}")
        store.settle(one, VERDICT, "{}")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(60)))
    rows = store.sent(student, "many", 0, 100)
    assert {row.answer for row in rows} == {f"answer {k}" for k in range(60)}
    assert {row.status for row in rows} == {"wrong"}


def test_a_form_that_is_sent_by_many_threads_is_one_answer(store):
    student, _ = store.add_student("Twice")
    with ThreadPoolExecutor(8) as threads:
        sent = set(threads.map(lambda _: store.submit(student, "p", 0, "x", "the-form"), range(24)))
    assert len(sent) == 1


def test_a_row_that_refers_to_nothing_is_refused(store):
    with pytest.raises(IntegrityError):
        store.settle("no submission", VERDICT, "{}")


def test_the_page_over_it(url, tmp_path):
    site = opened(tmp_path, url=url)
    visitor = Visitor(site)
    assert "unreadable" in words(visitor.answers("001/3.2", "y_i \0 y_j").text)  # PostgreSQL holds no such character
    page = visitor.get("/part/001/3.2").text
    got = visitor.post("/answer", part="001/3.2", answer="-y_i y_j", once=field(page, "once"))
    assert "✓ correct" in words(got.text)


def test_two_servers_have_one_key(url, tmp_path):
    assert opened(tmp_path, url=url).key == opened(tmp_path, url=url).key


# ---------------------------------------------------------------- the command


def test_a_database_that_cannot_be_used(tmp_path, capsys):
    (tmp_path / "none.sqlite").write_text("this is no database, however long it is" * 100)
    assert main(["serve", "--database", f"sqlite:///{tmp_path}/none.sqlite"]) == 2
    assert "the database cannot be used" in capsys.readouterr().err
    assert main(["serve", "--database", "no address"]) == 2
    assert "the database cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--port", "0"], ["--port", "99999"], ["--bank", "/nowhere"]])
def test_what_cannot_be_served(argv, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("BACKPROOF_DATA", str(tmp_path))
    assert main(["serve", *argv]) == 2
    assert capsys.readouterr().err.startswith("backproof: ")


def test_a_port_that_is_taken(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("BACKPROOF_DATA", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "the page cannot be served at 127.0.0.1" in capsys.readouterr().err


def test_without_the_package_it_says_what_to_install(capsys, monkeypatch):
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("uvicorn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "uvicorn", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["serve"]) == 2
    assert "pip install 'backproof[web]'" in capsys.readouterr().err


def test_what_is_vendored_is_what_was_published():
    import hashlib
    import tomllib

    folder = Path(__file__).parent.parent / "checker" / "web" / "assets" / "mathlive"
    listed = tomllib.loads((folder / "VENDORED.toml").read_text(encoding="utf-8"))
    assert {p.name for p in folder.iterdir()} == {*listed["sha256"], "VENDORED.toml"}
    for name, digest in listed["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
