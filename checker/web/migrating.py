"""A database, brought to the tables of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from checker.web.store import Store

LOCK = 0x6261636B
"""The lock of PostgreSQL under which one server at a time does it."""


def migrate(store: Store, to: str = "head") -> None:
    """Carry out what a database lacks. Its tables are those of `schema` then; what it holds stays."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)
