"""What is asked of the database, each in one transaction: what a function has returned is kept.

SQLite writes ahead (WAL), takes its lock before the first row is read, and syncs before it says that a row is there.
Two servers may share a PostgreSQL.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, delete, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from checker.web import schema
from checker.web.sessions import hashed, new_code, new_id

BUSY = 30_000
"""Milliseconds that a transaction waits for another one."""


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


def engine_of(url: str) -> Engine:
    """The engine for a database, as SQLAlchemy writes its address."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=16, max_overflow=32, pool_pre_ping=True)
    engine = create_engine(url, pool_size=16, max_overflow=48, connect_args={"timeout": BUSY / 1000})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say ourselves where a transaction begins
        for line in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {BUSY}"):
            connection.execute(f"PRAGMA {line}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Changed(Exception):
    """Somebody has changed the row since it was read."""


class Store:
    """The database behind the page."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self._writing = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed, and on the disk, when it is left. In SQLite one thread writes at a time:
        they wait here in turn, not in the database by chance."""
        if self._writing is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writing, self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def secret(self) -> bytes:
        """The key that signs cookies; made once."""
        with self.writing() as base:
            found = base.scalar(select(schema.secret.c.value).where(schema.secret.c.name == "cookies"))
            if found is None:
                found = secrets.token_hex(32)
                base.execute(insert(schema.secret).values(name="cookies", value=found))
        return bytes.fromhex(found)

    # ---------------------------------------------------------------- people and classes

    def add_course(self, title: str, zone: str) -> tuple[str, str, str]:
        """(id, end of the link by which students join, token of its teachers) of a new class."""
        identity, link, token = new_id(), new_id(), new_code()
        row = {"id": identity, "title": title, "link": link, "token": hashed(token), "zone": zone, "made": now()}
        with self.writing() as base:
            base.execute(insert(schema.course).values(row))
        return identity, link, token

    def course(self, identity: str) -> Row[Any] | None:
        return self._one(select(schema.course).where(schema.course.c.id == identity))

    def course_of_link(self, link: str) -> Row[Any] | None:
        return self._one(select(schema.course).where(schema.course.c.link == link))

    def course_of_token(self, token: str) -> Row[Any] | None:
        return self._one(select(schema.course).where(schema.course.c.token == hashed(token)))

    def add_student(self, name: str, course: str | None = None) -> tuple[str, str]:
        """(id, the code with which they come back) of somebody new."""
        identity, code = new_id(), new_code()
        row = {"id": identity, "course_id": course, "name": name, "code": hashed(code), "made": now()}
        with self.writing() as base:
            base.execute(insert(schema.student).values(row))
        return identity, code

    def enrol(self, student: str, name: str, course: str) -> str:
        """Somebody without a class joins one, with all that they have answered; the new code."""
        code, table = new_code(), schema.student
        row = {"name": name, "course_id": course, "code": hashed(code)}
        with self.writing() as base:
            base.execute(update(table).where(table.c.id == student, table.c.course_id.is_(None)).values(row))
        return code

    def new_code(self, student: str) -> str:
        """Another code in place of the one that a student had."""
        code = new_code()
        with self.writing() as base:
            base.execute(update(schema.student).where(schema.student.c.id == student).values(code=hashed(code)))
        return code

    def student(self, identity: str) -> Row[Any] | None:
        return self._one(select(schema.student).where(schema.student.c.id == identity))

    def student_of_code(self, code: str) -> Row[Any] | None:
        return self._one(select(schema.student).where(schema.student.c.code == hashed(code)))

    # ---------------------------------------------------------------- answers

    def submit(self, student: str, part: str, seed: int, answer: str, once: str) -> str:
        """Keep an answer to a version of a part; its id. Sent twice by one form, it is one."""
        table, identity = schema.submission, new_id()
        try:
            with self.writing() as base:
                # what one version told helps with every other: where points are at stake, all of them count
                counted = None if base.scalar(_assigned(student, part)) else seed
                climbed = base.execute(_climbed(student, part, counted)).first()
                rungs, cost = (climbed.rungs, climbed.cost) if climbed is not None else (0, 0.0)
                row = {"id": identity, "student_id": student, "part": part, "seed": seed, "answer": answer}
                row |= {"once": once, "rungs": rungs, "cost": cost, "at": now()}
                base.execute(insert(table).values(row))
            return identity
        except IntegrityError:
            with self.reading() as base:
                before = select(table.c.id).where(table.c.student_id == student, table.c.once == once)
                return base.execute(before).scalar_one()

    def settle(self, submission: str, view: Mapping[str, Any], text: str, override: str | None = None) -> None:
        """Keep what a submission came to, `text` its JSON."""
        row = {
            "status": view["status"], "score": view.get("score"), "tag": (view.get("diagnosis") or {}).get("tag"),
            "view": text, "at": now(), "override_id": override,
        }  # fmt: skip
        table = schema.verdict
        with self.writing() as base:
            if not base.execute(update(table).where(table.c.submission_id == submission).values(row)).rowcount:
                base.execute(insert(table).values(row | {"submission_id": submission}))

    def submission(self, identity: str, student: str) -> Row[Any] | None:
        """A student's own submission with its verdict, whose columns are None while it waits."""
        return self._one(_judged().where(schema.submission.c.id == identity, schema.submission.c.student_id == student))

    def waiting(self) -> Sequence[Row[Any]]:
        """The submissions without a verdict, in the order in which they came."""
        return self._all(_judged().where(schema.verdict.c.submission_id.is_(None)).order_by(schema.submission.c.at))

    def history(self, student: str) -> Sequence[Row[Any]]:
        """What a student has sent, the latest first."""
        return self._all(_sent_by(student))

    def sent(self, student: str, part: str, seed: int, most: int) -> Sequence[Row[Any]]:
        """What a student has sent to a version of a part, the latest first, so many of it."""
        table = schema.submission
        return self._all(_sent_by(student).where(table.c.part == part, table.c.seed == seed).limit(most))

    def outcomes(self, student: str) -> Sequence[Row[Any]]:
        """(part, seed, at, cost, status, tag) of what a student has sent and was judged, in order."""
        sent, came = schema.submission, schema.verdict
        wanted = select(sent.c.part, sent.c.seed, sent.c.at, sent.c.cost, came.c.status, came.c.tag).join_from(
            sent, came
        )
        return self._all(wanted.where(sent.c.student_id == student).order_by(sent.c.at))

    # ---------------------------------------------------------------- hints

    def rungs(self, student: str, part: str, seed: int) -> int:
        """How many rungs of the ladder of a version a student has seen."""
        with self.reading() as base:
            return base.scalar(_climbed(student, part, seed)) or 0

    def climb(self, student: str, part: str, seed: int, to: int, cost: float) -> None:
        """A student has seen so many rungs, at the cost of a share of the points. Nobody climbs down."""
        table, own = schema.seen, {"student_id": student, "part": part, "seed": seed}
        with self.writing() as base:
            before = base.scalar(_climbed(student, part, seed))
            if before is None:
                base.execute(insert(table).values(**own, rungs=to, cost=cost, at=now()))
            elif before < to:
                mine = (table.c[name] == value for name, value in own.items())
                base.execute(update(table).where(*mine).values(rungs=to, cost=cost, at=now()))

    # ---------------------------------------------------------------- assignments

    def assignments(self, course: str) -> Sequence[Row[Any]]:
        """The assignments of a class, the next deadline first."""
        table = schema.assignment
        return self._all(select(table).where(table.c.course_id == course).order_by(table.c.due, table.c.made))

    def open_hints(self, course: str, part: str, at: int) -> list[int]:
        """How many hints the assignments allow that ask a part and are not over yet."""
        row, part_of = schema.assignment, schema.asked
        wanted = (
            select(row.c.hints)
            .join_from(row, part_of, part_of.c.assignment_id == row.c.id)
            .where(row.c.course_id == course, part_of.c.part == part, row.c.due.is_not(None), row.c.due > at)
        )
        return [found.hints for found in self._all(wanted)]

    def assignment(self, identity: str, course: str) -> Row[Any] | None:
        table = schema.assignment
        return self._one(select(table).where(table.c.id == identity, table.c.course_id == course))

    def asked(self, assignment: str) -> Sequence[Row[Any]]:
        """The parts of an assignment, in order."""
        table = schema.asked
        return self._all(select(table).where(table.c.assignment_id == assignment).order_by(table.c.position))

    def save_assignment(
        self,
        course: str,
        values: Mapping[str, Any],
        parts: Sequence[tuple[str, float]],
        change: tuple[str, int] | None = None,
    ) -> str:
        """Keep a new assignment, or the `change` of one, (id, the version that was changed); its id. Raises `Changed`
        where that version is no longer the last."""
        table = schema.assignment
        identity = new_id() if change is None else change[0]
        with self.writing() as base:
            if change is None:
                row = {"id": identity, "course_id": course, "version": 1, "made": now()}
                base.execute(insert(table).values({**values, **row}))
            else:
                last = (table.c.id == identity, table.c.course_id == course, table.c.version == change[1])
                if not base.execute(update(table).where(*last).values({**values, "version": change[1] + 1})).rowcount:
                    raise Changed
                base.execute(delete(schema.asked).where(schema.asked.c.assignment_id == identity))
            rows = [
                {"assignment_id": identity, "part": part, "position": k, "points": points}
                for k, (part, points) in enumerate(parts)
            ]
            if rows:
                base.execute(insert(schema.asked), rows)
        return identity

    def students(self, course: str) -> Sequence[Row[Any]]:
        table = schema.student
        return self._all(
            select(table).where(table.c.course_id == course).order_by(func.lower(table.c.name), table.c.id)
        )

    def handed_in(self, course: str, parts: Sequence[str], until: int | None = None) -> Sequence[Row[Any]]:
        """What the students of a class have sent to some parts until a time, in order, with the verdicts."""
        found = (
            _judged()
            .join(schema.student, schema.student.c.id == schema.submission.c.student_id)
            .where(schema.student.c.course_id == course, schema.submission.c.part.in_(parts))
            .order_by(schema.submission.c.at, schema.submission.c.id)
        )
        return self._all(found if until is None else found.where(schema.submission.c.at <= until))

    # ---------------------------------------------------------------- overrides

    def overrides(self, course: str, part: str) -> Sequence[Row[Any]]:
        table = schema.override
        return self._all(select(table).where(table.c.course_id == course, table.c.part == part).order_by(table.c.made))

    def decided(self, student: str, part: str, seed: int) -> list[dict[str, str]]:
        """{id, answer} of what the teachers of a student's class have decided about a version of a part."""
        table, who = schema.override, schema.student
        wanted = select(table.c.id, table.c.answer).join(who, who.c.course_id == table.c.course_id)
        about = (who.c.id == student, table.c.part == part, table.c.seed == seed)
        rows = self._all(wanted.where(*about).order_by(table.c.made))
        return [{"id": row.id, "answer": row.answer} for row in rows]

    def save_override(self, course: str, values: Mapping[str, Any], submissions: Sequence[str]) -> str:
        """Keep a teacher's decision about an answer, in place of an earlier one, and give it to some submissions."""
        table = schema.override
        values = {**values, "digest": _digest(values["seed"], values["answer"])}
        own = (table.c.course_id == course, table.c.part == values["part"], table.c.digest == values["digest"])
        with self.writing() as base:
            identity = base.scalar(select(table.c.id).where(*own))
            if identity is None:
                identity = new_id()
                base.execute(insert(table).values({**values, "id": identity, "course_id": course, "made": now()}))
            else:
                base.execute(update(table).where(table.c.id == identity).values({**values, "made": now()}))
            members = schema.verdict.c.submission_id.in_(submissions)
            base.execute(update(schema.verdict).where(members).values(override_id=identity))
        return identity

    def drop_override(self, course: str, identity: str) -> None:
        """A decision is taken back: its submissions have the verdict of the program again."""
        table = schema.override
        with self.writing() as base:
            own = base.scalar(select(table.c.id).where(table.c.id == identity, table.c.course_id == course))
            if own is not None:
                held = schema.verdict.c.override_id == own
                base.execute(update(schema.verdict).where(held).values(override_id=None))
                base.execute(delete(table).where(table.c.id == own))

    def _one(self, wanted: Any) -> Row[Any] | None:
        with self.reading() as base:
            return base.execute(wanted).first()

    def _all(self, wanted: Any) -> Sequence[Row[Any]]:
        with self.reading() as base:
            return base.execute(wanted).all()


def _digest(seed: int, answer: str) -> str:
    """Of an answer to a part as it is written: of the answer alone, as it was before parts had versions."""
    return hashlib.sha256((f"{seed}\0{answer}" if seed else answer).encode()).hexdigest()


def _climbed(student: str, part: str, seed: int | None) -> Any:
    """(rungs, cost) of a version; of the one of which most was seen, for None."""
    seen = schema.seen
    found = select(seen.c.rungs, seen.c.cost).where(seen.c.student_id == student, seen.c.part == part)
    if seed is None:
        return found.order_by(seen.c.cost.desc(), seen.c.rungs.desc()).limit(1)
    return found.where(seen.c.seed == seed)


def _assigned(student: str, part: str) -> Any:
    """Whether the class of a student has an assignment that asks a part."""
    who, given, asks = schema.student, schema.assignment, schema.asked
    joined = select(asks.c.part).join(given, given.c.id == asks.c.assignment_id)
    joined = joined.join(who, who.c.course_id == given.c.course_id)
    return joined.where(who.c.id == student, asks.c.part == part).limit(1)


def _sent_by(student: str) -> Any:
    return _judged().where(schema.submission.c.student_id == student).order_by(schema.submission.c.at.desc())


def _judged() -> Any:
    """Submissions with their verdicts, and with what a teacher has decided."""
    sent, came, decided = schema.submission, schema.verdict, schema.override
    return (
        select(
            sent.c.id, sent.c.student_id, sent.c.part, sent.c.seed, sent.c.answer, sent.c.rungs, sent.c.cost, sent.c.at,
            came.c.status, came.c.score, came.c.tag, came.c.view, came.c.override_id,
            decided.c.status.label("decided"), decided.c.score.label("given"), decided.c.note,
        )
        .select_from(sent)
        .outerjoin(came, came.c.submission_id == sent.c.id)
        .outerjoin(decided, decided.c.id == came.c.override_id)
    )  # fmt: skip


def database_file(folder: Path) -> Path:
    """The SQLite file in a folder."""
    return folder / "page.sqlite"


def file_url(folder: Path) -> str:
    """The address of the SQLite file in a folder."""
    return f"sqlite:///{database_file(folder)}"
