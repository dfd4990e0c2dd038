"""`backproof serve`: the page for practice and for classes."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path
from typing import Any

from checker.commands.base import Refused, add_bank, add_timeout, all_parts, open_bank
from checker.output import Terminal

ABOUT = (
    "Serves a page for practice and for classes in the browser: questions, answers with their verdicts, hints, "
    "history; assignments and marks for teachers. It works without the internet, and is reached from this machine "
    "alone unless --host says otherwise. Needs the extra web: pip install 'backproof[web]'."
)
EXAMPLES = (
    "backproof serve",
    "backproof serve --bank my_problems --port 8080",
    "backproof serve --new-class 'Machine learning' --zone Europe/Berlin",
    "backproof serve --host 0.0.0.0 --name practice.example.edu",
)

SECONDS = 20.0
LOOPBACK = "127.0.0.1"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_bank(parser)
    parser.add_argument("--port", type=int, default=8017, metavar="N", help="the port (default: %(default)s)")
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        metavar="ADDRESS",
        help=(
            "the address to listen at (default: %(default)s, this machine alone). Another one lets everybody who "
            "reaches it answer questions and use its processors; put a server with https in front of it"
        ),
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which browsers reach the page, besides localhost and addresses; may be given several times",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="where everything is kept: postgresql+psycopg://user@host/name (default: SQLite in the data folder)",
    )
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes that judge (default: one a core)"
    )
    parser.add_argument("--new-class", metavar="TITLE", help="make a class, print its link and its token, and end")
    parser.add_argument(
        "--zone", default="UTC", metavar="ZONE", help="with --new-class: the time zone of its deadlines"
    )
    add_timeout(parser, SECONDS, "wall clock of one judgement, after which it is undecided")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    try:
        import uvicorn  # pyright: ignore[reportMissingImports]

        from checker.web.app import application
    except ModuleNotFoundError as error:
        raise Refused(f"serve needs the package {error.name}: pip install 'backproof[web]'") from error
    from checker.stream import cores
    from checker.web.judging import Judge, pools
    from checker.web.site import Site

    bank = open_bank(args.bank)
    store = _store(args.database)
    if args.new_class is not None:
        return _new_class(args, store, terminal)
    all_parts(bank)  # a file with faults is said now, not to students
    if not 0 < args.port < 65536:
        raise Refused("--port takes a number from 1 to 65535")
    folder = None if args.bank is None else str(Path(args.bank).resolve())
    judge = Judge(store, folder, *pools(args.workers if args.workers > 0 else cores(), args.timeout))
    site = Site(bank, store, judge, store.secret())
    listening = _listening(args.host, args.port)
    shown = f"[{args.host}]" if ":" in args.host else args.host
    terminal.line(f"The page is at http://{shown}:{args.port}/ until Ctrl-C.")
    if args.host not in (LOOPBACK, "::1", "localhost"):
        terminal.line("It is open to everybody who reaches this machine. Codes travel in the clear without https.")
    config = uvicorn.Config(
        application(site, (*args.name, args.host)), log_level="warning", server_header=False, timeout_keep_alive=10,
        ws="none",
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    """A socket at an address. Raises `Refused`."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=4096
        )
    except OSError as error:
        raise Refused(f"the page cannot be served at {host}, port {port}: {error.strerror or error}") from error


def _store(url: str | None) -> Any:
    """The database, brought to the tables of this version. Raises `Refused`."""
    from sqlalchemy.exc import SQLAlchemyError  # pyright: ignore[reportMissingImports]

    from checker.commands.progress import data_file
    from checker.web.migrating import migrate
    from checker.web.store import Store, database_file, engine_of, file_url

    if url is None:
        progress = data_file()
        if progress is None:
            raise Refused("there is no home folder to keep anything in: say --database sqlite:////path/to/page.sqlite")
        try:
            progress.parent.mkdir(parents=True, exist_ok=True)
            database_file(progress.parent).touch(mode=0o600)  # nobody else on this machine reads it
        except OSError as error:
            raise Refused(f"{progress.parent}: {error.strerror or error}") from error
        url = file_url(progress.parent)
    try:
        store = Store(engine_of(url))
        migrate(store)
    except ModuleNotFoundError as error:
        raise Refused(
            f"--database needs the package {error.name}: pip install 'backproof[web]' {error.name}"
        ) from error
    except SQLAlchemyError as error:
        raise Refused(f"the database cannot be used: {str(error).splitlines()[0]}") from error
    return store


def _new_class(args: argparse.Namespace, store: Any, terminal: Terminal) -> int:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(args.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"--zone {args.zone!r} is no time zone; one is called Europe/Berlin, say") from error
    title = " ".join(args.new_class.split())
    if not 0 < len(title) <= 100:
        raise Refused("--new-class takes a title of 1 to 100 characters")
    _, link, token = store.add_course(title, args.zone)
    terminal.line(f"Students join at  /join/{link}")
    terminal.line(f"The token of its teachers, for /class:  {token}")
    terminal.line("It is shown this once.")
    return 0
