"""The page for practice and for classes, as students and teachers go through it without a script."""

from __future__ import annotations

import csv
import io
import re

import pytest
from pages import Never, Visitor, field, opened, words

from checker.web.store import now
from problems.bank import load_bank
from problems.varying import letters_of


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("page"))


# a part, an answer, what its page says
OUTCOMES = [
    ("001/3.2", "-y_i y_j", ["✓ correct", "1 of 1 point", "proved for every size"]),
    ("001/3.2", "y_i y_j", ["✗ wrong", "0 of 1 point", "the sign is wrong", "For example", "yours gives", "right is"]),
    ("001/3.2", "y_i y_", ["! unreadable", "an empty subscript", "Expected: an index"]),
    ("001/3.2", "<script>alert(1)</script>", ["! unreadable"]),
    ("001/3.2", "x^x^x^x^x^x^x^9999999999", ["! unreadable"]),
    ("000/8a", "(3, 4)", ["✗ wrong", "the shape is not right"]),
    ("001/8.3", "It is faster.", ["not judged by machine"]),
    ("004/Q1.2", "(2w)^T x\n= 2 (w^T x)\n= 2 w^T x", ["✓ correct"]),
    ("001/5.4a", "300*80 + 80", ["✓ correct", "1 of 1 point"]),
]


@pytest.mark.parametrize(("part", "answer", "said"), OUTCOMES)
def test_an_answer_is_judged_and_its_page_says_why(site, part, answer, said):
    visitor = Visitor(site)
    got = visitor.answers(part, answer)
    assert got.status_code == 200
    assert got.url.path.startswith("/answer/")
    shown = words(got.text)
    assert [line for line in said if line not in shown] == []


def test_a_choice_and_a_table_are_forms_of_their_own(site):
    visitor = Visitor(site)
    page = visitor.get("/part/000/3.1").text
    assert len(re.findall(r'type="(?:radio|checkbox)" name="choice"', page)) >= 2
    letter = re.search(r'name="choice" value="([^"]*)"', page)
    assert letter is not None
    got = visitor.post("/answer", part="000/3.1", choice=letter[1], once=field(page, "once"))
    assert re.search("✓ correct|✗ wrong", words(got.text))

    page = visitor.get("/part/001/2.II").text
    assert 'name="value.h1"' in page
    given = {"value.h1": "0.85", "value.h2": "0.48", "value.out": "5"}
    got = visitor.post("/answer", part="001/2.II", once=field(page, "once"), **given)
    said = words(got.text)
    assert said.count("out: the value is not right") == 1
    assert "h1 ✓ correct" in said
    assert "out ✗ wrong" in said
    assert 'name="value.h1" value="0.85"' in got.text


def test_a_form_that_is_sent_twice_is_one_answer(site):
    visitor = Visitor(site)
    page = visitor.get("/part/001/3.2").text
    first = visitor.post("/answer", part="001/3.2", answer="y_i", once=field(page, "once"))
    second = visitor.post("/answer", part="001/3.2", answer="y_i", once=field(page, "once"))
    assert first.url == second.url
    assert words(visitor.get("/history").text).count("001/3.2") == 1


def test_hints_climb_and_cost_at_their_last_rung(site):
    visitor = Visitor(site)
    said = []
    page = visitor.get("/part/001/3.2").text
    while 'id="hinting"' in page and "<button" in page[page.index('id="hinting"') :]:
        page = visitor.post("/hint", part="001/3.2").text
        said.append(page.count("<li class="))
        assert len(said) < 12
    assert said == [*range(1, len(said) + 1)]
    assert "costs all of the points" in words(visitor.page) or len(said) > 1
    got = words(visitor.answers("001/3.2", "-y_i y_j").text)
    assert "0 of 1 point, less 100% for hints" in got


def test_an_answer_can_be_tried_at_small_numbers(site):
    student = Visitor(site)
    assert 'href="/example/001/3.1#example"' in student.get("/part/001/3.1").text
    tried = student.get("/example/001/3.1").text
    assert "Numbers to try by hand" in tried
    assert re.search(r"There the answer gives <strong>\[", tried)
    assert "/example/" not in student.get("/part/000/8a").text
    assert student.get("/example/000/8a").status_code == 404
    assert student.get("/example/none/1").status_code == 404


def test_how_an_answer_is_read_is_told_before_it_is_sent(site):
    visitor = Visitor(site)
    visitor.get("/part/001/3.2")
    read = visitor.post("/read", part="001/3.2", answer=r"-\frac{e^{x_i} e^{x_j}}{(\sum_k e^{x_k})^2}").json()
    assert read["lines"] == [r"-\frac{e^{x_i} e^{x_j}}{\left(\sum_{k=1}^K e^{x_k}\right)^{2}}"]
    both = visitor.post("/read", part="001/3.2", answer="1/2x_i").json()
    assert both["lines"] == []
    assert both["readings"] == ["1/2 * x_i", "1/(2x_i)"]
    assert visitor.post("/read", part="001/3.2", answer="-y_i q").json()["at"] == [5, 6]
    lines = visitor.post("/read", part="004/Q1.2", answer="(2w)^T x\n= 2 w^T x").json()["lines"]
    assert len(lines) == 1
    assert visitor.post("/read", part="000/8a", answer="(n, d)").json() == {"lines": [], "notes": []}


def test_who_comes_back_with_a_code_has_their_history(site):
    first = Visitor(site)
    first.answers("001/3.2", "y_i y_j")
    code = re.search(r'class="code">([\w-]+)<', (first.get("/me"), first.post("/me/code"))[1].text)
    assert code is not None
    other = Visitor(site)
    other.get("/me")
    other.post("/enter", code=code[1].upper().replace("-", " "))
    shown = words(other.get("/history").text)
    assert "0 questions right, 1 answer sent." in shown
    assert "Mistakes in what is not right yet: sign (1)" in shown
    assert "y_i y_j" in shown
    rows = list(csv.reader(io.StringIO(other.get("/history.csv").text)))
    assert rows[0] == ["at", "part", "seed", "answer", "status", "share", "mistake"]
    assert rows[1][1:6] == ["001/3.2", "0", "y_i y_j", "wrong", "0"]
    assert rows[1][0].endswith("+00:00")


def test_what_went_wrong_is_to_do_again_and_what_was_told_too(site):
    def again(visitor: Visitor) -> str:
        return words(visitor.get("/").text).partition("To do again today")[2].partition("Sheet")[0]

    visitor = Visitor(site)
    visitor.answers("001/3.2", "y_i y_j")
    assert "001/3.2" in again(visitor)
    visitor.answers("001/3.2", "-y_i y_j")
    assert "001/3.2" not in again(visitor)


def test_a_wrong_answer_leads_to_the_rung_where_it_goes_wrong(site):
    visitor, part = Visitor(site), "001/3.1"
    wrong = visitor.answers(part, "y_i").text
    there = re.search(r'name="to" value="(\d+)"[^>]*>A hint at the step', wrong)
    assert there is not None
    shown = visitor.post("/hint", part=part, after=field(wrong, "after"), to=there[1])
    assert shown.text.count("<li class=") == int(there[1]) > 1
    assert shown.url.path == f"/answer/{field(wrong, 'after')}"
    assert "✗ wrong" in words(shown.text)
    # who asks for another one gets the next
    assert visitor.post("/hint", part=part, after="x", to="99").text.count("<li class=") <= int(there[1]) + 1


# ---------------------------------------------------------------- versions of a part

VARIES = """
id = "v/1"
title = "A cube"
about = "At $x = {{x}}$."
names = { x = "real" }
let = "y = x^3"
[[part]]
id = "v/1a"
kind = "number"
ask = "What is y at $x = {{x}}$?"
derives = "value of y"
given = { x = 2 }
vary = { x = [3, 5] }
costs = { left = 0.25 }
[[part]]
id = "v/1b"
kind = "trace"
ask = "Give y and its slope."
given = { x = 2 }
vary = { x = [1, 3] }
[part.values]
y = "value of y"
slope = "dy/dx"
"""


@pytest.fixture
def varies(tmp_path):
    """A bank of one problem, whose parts vary."""
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "v.toml").write_text(VARIES, encoding="utf-8")
    return str(tmp_path / "bank")


def sends(visitor: Visitor, path: str, **typed: str) -> str:
    """The words of what an answer comes to that is typed at the page of a version."""
    page = visitor.get(path).text
    held = {name: field(page, name) for name in ("part", "seed", "once")}
    return words(visitor.post("/answer", **held, **typed).text)


# the page of a version, what it says, what is right there, what is right in another one
VERSIONS = [
    ("/part/v/1a", ["What is y at x = 2 ?", "At x = 2 .", "Another version, with other numbers"], "8", "27"),
    ("/version/0/v/1a", ["What is y at x = 2 ?", "Another version"], "8", "27"),
    ("/version/1/v/1a", ["What is y at x = 3 ?", "At x = 3 .", "Version 1 of 2.", "Another version"], "27", "125"),
    ("/version/2/v/1a", ["What is y at x = 5 ?", "Version 2 of 2. Back to the version of the sheet"], "125", "8"),
]


@pytest.mark.parametrize(("path", "said", "right", "wrong"), VERSIONS)
def test_a_version_of_a_part_is_asked_and_judged_with_its_own_numbers(tmp_path, varies, path, said, right, wrong):
    visitor = Visitor(opened(tmp_path, bank=varies))
    for _ in range(2):  # loaded again, it is the same
        shown = words(visitor.get(path).text)
        assert [line for line in said if line not in shown] == []
    assert "✓ correct" in sends(visitor, path, answer=right)
    got = sends(visitor, path, answer=wrong)
    assert "✗ wrong" in got
    assert said[0] in got


def test_a_table_has_versions_too(tmp_path, varies):
    visitor = Visitor(opened(tmp_path, bank=varies))
    assert "x = 3" in words(visitor.get("/version/2/v/1b").text)
    got = sends(visitor, "/version/2/v/1b", **{"value.y": "27", "value.slope": "12"})
    assert "y ✓ correct" in got
    assert "slope ✗ wrong" in got


@pytest.mark.parametrize("seed", ["3", "-1", "x", "1.0", "\u0661", "99999999999", "1e0", "%00"])
def test_a_version_that_is_none(tmp_path, varies, seed):
    visitor = Visitor(opened(tmp_path, bank=varies))
    visitor.get("/part/v/1a")
    assert visitor.get(f"/version/{seed}/v/1a").status_code == 404
    assert visitor.post("/answer", part="v/1a", seed=seed, answer="8", once="12345678").status_code == 404
    assert visitor.post("/hint", part="v/1a", seed=seed).status_code == 404
    assert visitor.site.store.waiting() == []


def test_a_part_that_does_not_vary_has_no_version(site):
    visitor = Visitor(site)
    assert visitor.get("/version/1/001/3.2").status_code == 404
    assert "version" not in words(visitor.get("/part/001/3.2").text).casefold()


def test_hints_are_of_the_version_that_is_asked(tmp_path, varies):
    visitor = Visitor(opened(tmp_path, bank=varies))
    visitor.get("/version/1/v/1a")
    path = ""
    for _ in range(9):
        got = visitor.post("/hint", part="v/1a", seed="1")
        path = got.url.path
    assert path == "/version/1/v/1a"
    told = words(got.text).partition("Hints")[2]
    assert "27" in told
    assert "A hint" in words(visitor.get("/part/v/1a").text).partition("Hints")[2]
    assert "less 100% for hints" in sends(visitor, "/version/1/v/1a", answer="27")
    assert "1 of 1 point" in sends(visitor, "/version/2/v/1a", answer="125")
    assert "8" not in words(visitor.get("/version/2/v/1a").text).partition("What you sent")[2].replace("125", "")


def test_what_was_sent_to_a_version_is_judged_by_it_after_a_restart(tmp_path, varies):
    ended = opened(tmp_path, Never(), bank=varies)
    visitor = Visitor(ended)
    visitor.client.follow_redirects = False
    for path, text in (("/version/2/v/1a", "125"), ("/version/1/v/1a", "125")):
        sends(visitor, path, answer=text)
    after = opened(tmp_path, bank=varies)
    assert [row.seed for row in after.store.waiting()] == [2, 1]
    after.judge.start(None)
    assert after.store.waiting() == []
    again = Visitor(after)
    again.client.cookies = visitor.client.cookies
    shown = words(again.get("/history").text)
    assert "v/1a, version 2 ✓ correct 125" in shown
    assert "v/1a, version 1 ✗ wrong 125" in shown
    rows = list(csv.DictReader(io.StringIO(again.get("/history.csv").text)))
    assert {(row["seed"], row["status"]) for row in rows} == {("2", "correct"), ("1", "wrong")}
    # what went wrong comes back with other numbers
    assert 'href="/version/2/v/1a"' in again.get("/").text


def test_a_class_that_answers_in_several_versions(tmp_path, varies):
    site = opened(tmp_path, bank=varies)
    _, link, token = site.store.add_course("Machine learning", "Europe/Berlin")
    teacher = Visitor(site)
    teacher.get("/class")
    teacher.post("/class", class_token=token)
    path = assigned(teacher, "v/1a 2", hints="all")
    for name, seed, text in (("Ada", 0, "8"), ("Bob", 1, "27"), ("Eve", 0, "27"), ("Fay", 1, "26")):
        visitor = Visitor(site)
        visitor.joins(link, name)
        sends(visitor, f"/version/{seed}/v/1a", answer=text)

    def marks() -> list[list[str]]:
        return [row[:2] for row in csv.reader(io.StringIO(teacher.get(f"{path}/grades.csv").text))][1:]

    assert marks() == [["Ada", "2"], ["Bob", "2"], ["Eve", "0"], ["Fay", "0"]]
    page = teacher.get(f"{path}/part/v/1a").text
    said = words(page)
    assert said.index("Ada") < said.index("Eve") < said.index("Version 1 : x = 3") < said.index("Bob")
    where = {"assignment": path.rpartition("/")[2], "part": "v/1a"}
    teacher.post("/class/regrade", **where)
    assert marks() == [["Ada", "2"], ["Bob", "2"], ["Eve", "0"], ["Fay", "0"]]
    # what is decided about 27 where it is wrong says nothing of 27 where it is right
    eve = next(row for row in site.store.handed_in(*_of(site, token), ["v/1a"]) if (row.seed, row.answer) == (0, "27"))
    teacher.post("/class/override", submission=eve.id, points="1", note="", **where)
    assert marks() == [["Ada", "2"], ["Bob", "2"], ["Eve", "1"], ["Fay", "0"]]
    teacher.post("/class/regrade", **where)
    assert marks() == [["Ada", "2"], ["Bob", "2"], ["Eve", "1"], ["Fay", "0"]]


def test_a_version_that_its_author_took_back_keeps_its_verdict(tmp_path, varies):
    site = opened(tmp_path, bank=varies)
    course, link, token = site.store.add_course("Machine learning", "Europe/Berlin")
    visitor = Visitor(site)
    visitor.joins(link, "Ada")
    sends(visitor, "/version/2/v/1a", answer="125")
    file = tmp_path / "bank" / "v.toml"
    file.write_text(VARIES.replace("vary = { x = [3, 5] }", "vary = { x = [3] }"), encoding="utf-8")
    after = opened(tmp_path, bank=varies)
    teacher = Visitor(after)
    teacher.get("/class")
    teacher.post("/class", class_token=token)
    path = assigned(teacher, "v/1a")
    assert "Ada" in words(teacher.get(f"{path}/part/v/1a").text)
    teacher.post("/class/regrade", assignment=path.rpartition("/")[2], part="v/1a")
    assert [row.status for row in after.store.handed_in(course, ["v/1a"])] == ["correct"]


def _of(site, token: str) -> tuple[str]:
    return (site.store.course_of_token(token).id,)


# ---------------------------------------------------------------- a class


@pytest.fixture(scope="module")
def taught(site):
    """(the link of a class, a teacher who has opened it)."""
    _, link, token = site.store.add_course("Machine learning", "Europe/Berlin")
    teacher = Visitor(site)
    teacher.get("/class")
    teacher.post("/class", class_token=token)
    return link, teacher


def assigned(
    teacher: Visitor, parts: str, title: str = "Homework", due_at: str = "2035-01-31T23:59", hints: str = "1"
) -> str:
    """The address of a new assignment."""
    teacher.get("/class/new")
    return teacher.post("/class/assignment", title=title, parts=parts, due=due_at, hints=hints).url.path


def test_a_class_from_its_link_to_its_grades(site, taught):
    link, teacher = taught
    path = assigned(teacher, "001/3.1 2\n001/3.2")
    ada, bob, eve = Visitor(site), Visitor(site), Visitor(site)
    for visitor, name in ((ada, "Ada"), (bob, "Bob"), (eve, "=Eve")):
        visitor.joins(link, name)
    home = words(ada.get("/").text)
    assert "Homework due 2035-01-31 23:59 Europe/Berlin" in home
    ada.answers("001/3.1", "y_i - y_i^2")
    bob.answers("001/3.1", "y_i (1 - y_i)")
    eve.answers("001/3.1", "y_i")
    bob.answers("001/3.2", "y_i y_j")
    bob.answers("001/3.2", "-y_i y_j")

    marks = words(teacher.get(path).text)
    assert "Ada ✓ correct 2 2" in marks
    assert "Bob ✓ correct 2 ✓ correct 1 3" in marks
    assert "=Eve ✗ wrong 0 0" in marks
    table = list(csv.reader(io.StringIO(teacher.get(f"{path}/grades.csv").text)))
    assert table == [
        ["student", "001/3.1", "001/3.2", "total", "possible", "awaiting"],
        ["'=Eve", "0", "0", "0", "3", ""],
        ["Ada", "2", "0", "2", "3", ""],
        ["Bob", "2", "1", "3", "3", ""],
    ]

    groups = teacher.get(f"{path}/part/001/3.1").text
    assert "2 answers" in words(groups)
    wrong = groups[groups.index("✗") :]
    where = {"assignment": path.rpartition("/")[2], "part": "001/3.1"}
    got = teacher.post(
        "/class/override", submission=field(wrong, "submission"), points="1.5", note="half right", **where
    )
    assert "decided by a teacher" in words(got.text)
    assert "Your teacher has decided this one. half right" in words(eve.answers("001/3.1", "1 y_i").text)
    assert words(teacher.get(path).text).count("1.5") == 2

    back = got.text[got.text.index("decided by a teacher") :]
    teacher.post("/class/override/drop", override=field(back, "override"), **where)
    assert "1.5" not in words(teacher.get(path).text)
    assert teacher.post("/class/regrade", **where).status_code == 200
    again = [request["again"] for request in site.judge.pool.asked if "again" in request]
    assert len({*again}) == len(again) >= 4  # a pool would answer what it was asked before from memory


def test_hints_of_an_open_assignment_end_where_its_teacher_says(site, taught):
    link, teacher = taught
    assigned(teacher, "002/6a.beta", hints="1")
    visitor = Visitor(site)
    visitor.joins(link, "Carl")
    visitor.get("/part/002/6a.beta")
    assert visitor.post("/hint", part="002/6a.beta").status_code == 200
    assert visitor.post("/hint", part="002/6a.beta").status_code == 403
    assert "no more hints until the deadline" in words(visitor.get("/part/002/6a.beta").text)


def test_who_has_practised_before_joins_with_all_that_was_answered(site, taught):
    link, teacher = taught
    path = assigned(teacher, "000/8a")
    visitor = Visitor(site)
    visitor.answers("000/8a", "(3, 4)")
    visitor.joins(link, "Emmy")
    assert "✗ wrong" in words(visitor.get("/").text).partition("Homework")[2]
    assert "Emmy ✗ wrong 0 0" in words(teacher.get(path).text)
    visitor.joins(link, "Another name")  # once in a class, nobody takes it into another
    assert "Emmy ✗ wrong 0 0" in words(teacher.get(path).text)


def test_what_comes_after_the_deadline_does_not_count(site, taught):
    link, teacher = taught
    path = assigned(teacher, "001/3.2", due_at="2001-01-31T23:59")
    visitor = Visitor(site)
    visitor.joins(link, "Dora")
    assert "✓ correct" in words(visitor.answers("001/3.2", "-y_i y_j").text)
    assert "Dora 0" in words(teacher.get(path).text)


def test_two_teachers_who_change_one_assignment(site, taught):
    _, teacher = taught
    path = assigned(teacher, "001/3.1", title="Mine")
    page = teacher.get(f"{path}/edit").text
    held = {"id": field(page, "id"), "version": field(page, "version"), "due": "", "hints": "all"}
    assert teacher.post("/class/assignment", title="First", parts="001/3.1", **held).status_code == 200
    late = teacher.post("/class/assignment", title="Second", parts="001/3.2", **held)
    assert late.status_code == 409
    said = words(late.text)
    assert "Somebody else has changed it meanwhile" in said
    assert "First" in said
    assert 'value="Second"' in late.text
    held["version"] = field(late.text, "version")
    assert teacher.post("/class/assignment", title="Second", parts="001/3.2", **held).status_code == 200
    assert "Second" in words(teacher.get(path).text)


WRONG_ASSIGNMENTS = [
    ({"title": " "}, "A title has"),
    ({"parts": ""}, "asks 1 to 100 parts"),
    ({"parts": "001/3.1\n001/3.1"}, "each once"),
    ({"parts": "nowhere/1"}, "no such question"),
    ({"parts": "001/3.1 many"}, "points are a number"),
    ({"parts": "001/3.1 nan"}, "from 0 to 1000"),
    ({"parts": "001/3.1 -1"}, "from 0 to 1000"),
    ({"due": "tomorrow"}, "A deadline is written"),
    ({"due": "9999-12-31T23:59"}, ""),
    ({"hints": "some"}, "Hints are a number"),
    ({"id": "x", "version": "y"}, "no form of ours"),
]


@pytest.mark.parametrize(("change", "why"), WRONG_ASSIGNMENTS)
def test_an_assignment_that_is_none(taught, change, why):
    _, teacher = taught
    teacher.get("/class/new")
    got = teacher.post("/class/assignment", **{"title": "t", "parts": "001/3.1", "due": "", "hints": "all", **change})
    assert got.status_code < 500
    assert why in words(got.text)


# ---------------------------------------------------------------- nothing is lost


def test_an_answer_is_kept_before_it_is_acknowledged_and_judged_after_a_restart(tmp_path):
    ended = opened(tmp_path, Never())
    visitor = Visitor(ended)
    visitor.get("/part/001/3.2")
    visitor.client.follow_redirects = False
    sent = visitor.post("/answer", part="001/3.2", answer="-y_i y_j", once=field(visitor.page, "once"))
    assert sent.status_code == 303
    (waiting,) = opened(tmp_path).store.waiting()  # another connection: it is committed
    assert (waiting.answer, waiting.status) == ("-y_i y_j", None)

    after = opened(tmp_path)
    after.judge.start(None)
    assert after.store.waiting() == []
    again = Visitor(after)
    again.client.cookies = visitor.client.cookies
    assert "✓ correct" in words(again.get(sent.headers["location"]).text)


def test_a_page_says_that_an_answer_waits_and_asks_again(tmp_path, monkeypatch):
    monkeypatch.setattr("checker.web.practising.WAITED", 0.05)
    visitor = Visitor(opened(tmp_path, Never()))
    got = visitor.answers("001/3.2", "-y_i y_j")
    assert "It waits to be judged" in words(got.text)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in got.text
    for _ in range(3):
        visitor.answers("001/3.2", "-y_i y_j")
    assert visitor.answers("001/3.2", "-y_i y_j").status_code == 429
    assert len(visitor.site.store.waiting()) == 4
    assert now() - visitor.site.store.waiting()[0].at < 60_000


def test_numbers_to_try_are_in_the_letters_of_the_version(tmp_path):
    visitor = Visitor(opened(tmp_path))
    page = visitor.get("/version/1/beyond/huber.gradient").text
    assert 'href="/version/1/example/beyond/huber.gradient#example"' in page
    letters = letters_of(load_bank().part("beyond/huber.gradient"), 1)
    tried = words(visitor.get("/version/1/example/beyond/huber.gradient").text)
    given = tried.partition("Given")[2]
    assert all(f" {letters[old]} " in given for old in ("x", "w", "y"))
    assert not any(f" {old} " in given.partition("Hints")[0] for old in ("x", "w", "y"))


def test_a_question_that_goes_on_from_another_is_not_alone(tmp_path):
    page = words(Visitor(opened(tmp_path)).get("/part/000/8e.value").text)
    assert "for a scalar loss" in page.partition("And its value")[0]
