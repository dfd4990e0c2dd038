"""The tables. Times are whole milliseconds since 1970 in UTC; ids cannot be guessed; a submission is never changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

tables = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of(column: str, empty: bool = False, primary_key: bool = False) -> Column[str]:
    """A column that refers to a row of the table that it is named after."""
    named = column.removesuffix("_id")
    return Column(column, Text, ForeignKey(f"{named}.id"), nullable=empty, primary_key=primary_key)


secret = Table("secret", tables, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""What signs the cookies."""

course = Table(
    "course", tables,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False, unique=True),
    Column("token", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
)  # fmt: skip
"""A class: the end of the link by which students join, the hash of its teachers' token, the time zone of its
deadlines."""

student = Table(
    "student", tables,
    Column("id", Text, primary_key=True),
    _of("course_id", empty=True),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("made", BigInteger, nullable=False),
    Index(None, "course_id"),
)  # fmt: skip
"""Somebody who answers, in a class or in none; `code` is the hash of what they come back with."""

assignment = Table(
    "assignment", tables,
    Column("id", Text, primary_key=True),
    _of("course_id"),
    Column("title", Text, nullable=False),
    Column("due", BigInteger),
    Column("hints", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("made", BigInteger, nullable=False),
    Index(None, "course_id"),
)  # fmt: skip
"""Parts that are asked until a time; `hints` is how many rungs may be seen before it. `version` counts its changes:
who changes an older one is told."""

asked = Table(
    "asked", tables,
    _of("assignment_id", primary_key=True),
    Column("part", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("points", Float, nullable=False),
)  # fmt: skip
"""A part of an assignment, and what it is worth."""

submission = Table(
    "submission", tables,
    Column("id", Text, primary_key=True),
    _of("student_id"),
    Column("part", Text, nullable=False),
    Column("seed", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False),
    Column("once", Text, nullable=False),
    Column("rungs", Integer, nullable=False),
    Column("cost", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("student_id", "once"),
    Index(None, "student_id", "part"),
    Index(None, "part"),
)  # fmt: skip
"""An answer as it was sent, to the version of the part that `seed` stands for. `once` is of the form that sent it: sent
twice, it is one. `rungs`: hints seen by then, and `cost`, the share of the points that they cost."""

verdict = Table(
    "verdict", tables,
    Column("submission_id", Text, ForeignKey("submission.id"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("score", Float),
    Column("tag", Text),
    Column("view", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _of("override_id", empty=True),
)  # fmt: skip
"""What a submission came to; a submission without one waits. `view` is the verdict's JSON; `override_id` is set where
a teacher has decided."""

override = Table(
    "override", tables,
    Column("id", Text, primary_key=True),
    _of("course_id"),
    Column("part", Text, nullable=False),
    Column("seed", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("note", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    UniqueConstraint("course_id", "part", "digest"),
)  # fmt: skip
"""A teacher's decision about an answer to a version of a part and all that are the same; `digest` is of the version and
the answer, which may be longer than an index takes."""

seen = Table(
    "seen", tables,
    _of("student_id", primary_key=True),
    Column("part", Text, primary_key=True),
    Column("seed", Integer, primary_key=True, server_default="0", autoincrement=False),
    Column("rungs", Integer, nullable=False),
    Column("cost", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
)  # fmt: skip
"""How far up the ladder of a version of a part a student has gone, and what that costs."""
