"""A PostgreSQL of its own for a test: a cluster in a folder, a server on a socket, ended with the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def _found(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or next((str(p / name) for p in places if (p / name).exists()), None)


@contextmanager
def running() -> Iterator[str | None]:
    """The address of a database, as SQLAlchemy writes it; None where PostgreSQL or its driver is not installed."""
    initdb, pg_ctl = _found("initdb"), _found("pg_ctl")
    try:
        import psycopg  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ImportError:
        initdb = None
    if initdb is None or pg_ctl is None or os.name == "nt":
        yield None
        return
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # a server refuses to run as root
        import pwd

        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            yield None
            return
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if user:
        os.chown(folder, user["user"], user["group"])

    def run(*argv: str) -> None:
        subprocess.run(argv, check=True, capture_output=True, timeout=60, cwd=folder, **user)

    data = str(folder / "data")
    try:
        run(initdb, "--pgdata", data, "--username", "page", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=200"
        run(pg_ctl, "start", "--wait", "--pgdata", data, "--log", str(folder / "log"), "--options", options)
        try:
            yield f"postgresql+psycopg://page@/postgres?host={folder}"
        finally:
            run(pg_ctl, "stop", "--pgdata", data, "--mode", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
