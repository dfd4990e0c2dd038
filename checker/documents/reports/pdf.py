"""The marked page as a PDF: printed by a browser of the machine, or compiled by pdfLaTeX where there is none."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from checker.documents.marks import Marked
from checker.documents.reports.latex import write_latex
from checker.documents.reports.page import write_page
from checker.documents.reports.value import ReportError, Wanted

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)  # fmt: skip
"""Browsers that print without a window."""

SECONDS = 120

_DATES = re.compile(rb"/(?:CreationDate|ModDate) ?\(D:[\d+\-'Z]{0,22}\)")
_NODES = re.compile(rb"node\d{8}(?=\))")
_NAMED = re.compile(rb"/ID \[[^\]]*\]")


def write_pdf(marked: Marked, wanted: Wanted) -> bytes:
    """The bytes of the file. Raises `ReportError` where nothing on this machine makes one."""
    return printed(lambda: write_page(marked, wanted), lambda: write_latex(marked, wanted))


def printed(page: Callable[[], str], latex: Callable[[], str], latex_first: bool = False) -> bytes:
    """A page printed by a browser, or LaTeX compiled: whichever there is, in this order or the other. Raises
    `ReportError` where neither makes a file."""
    faults: list[str] = []
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    compiler = shutil.which("pdflatex")
    ways = [
        *([(_print(browser), "page.html", page)] if browser is not None else []),
        *([(_compile(compiler), "page.tex", latex)] if compiler is not None else []),
    ]
    for command, name, text in reversed(ways) if latex_first else ways:
        made = _run(command, name, text(), faults)
        if made is not None:
            return made
    if faults:
        raise ReportError(f"no PDF was made: {'; '.join(faults)}. Write --format html, and print it from a browser")
    raise ReportError(
        "for a PDF, install Chromium, Chrome or pdflatex (Debian: apt-get install chromium), or write --format html "
        "and print it from a browser"
    )


def _print(browser: str) -> list[str]:
    """The page is opened from its file; no address on the net has a name."""
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # Chromium refuses root with one
    return [
        browser, "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND", *alone, "--user-data-dir=profile",
        "--virtual-time-budget=600000", "--no-pdf-header-footer", "--print-to-pdf=page.pdf", "page.html",
    ]  # fmt: skip


def _compile(compiler: str) -> list[str]:
    return [compiler, "-no-shell-escape", "-interaction=nonstopmode", "page.tex"]


def _run(command: list[str], name: str, text: str, faults: list[str]) -> bytes | None:
    """What a program makes of a file in a folder of its own; None, with why, where it makes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(text, encoding="utf-8", newline="\n")
        command = [Path(folder, word).as_uri() if word == "page.html" else word for word in command]
        environment = {
            **os.environ, "openin_any": "p", "openout_any": "p", "shell_escape": "f", "SOURCE_DATE_EPOCH": "0",
            "FORCE_SOURCE_DATE": "1",
        }  # fmt: skip
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=_without_limits if os.name == "posix" else None,
        )  # fmt: skip
        program = Path(command[0]).name
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            faults.append(f"{program} took more than {SECONDS} s")
        finally:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            process.wait()
        made = Path(folder) / "page.pdf"
        if not made.is_file() or not (data := made.read_bytes()).startswith(b"%PDF"):
            faults.append(f"{program} made none")
            return None
        return _settled(data)


def _without_limits() -> None:
    """Lift the limits of the worker that judges: a browser reserves more addresses than it will use."""
    import resource

    for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
        with suppress(ValueError, OSError):  # macOS refuses some limits
            _, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (hard, hard))


def _settled(data: bytes) -> bytes:
    """The same file whenever it is made: every date the same, the elements numbered in their order; nothing moves."""

    def first(found: re.Match[bytes]) -> bytes:
        digits = iter(b"19700101000000000000")
        return re.sub(rb"\d", lambda _: bytes([next(digits)]), found[0])

    data = _DATES.sub(first, data)
    ranks = {name: b"node%08d" % k for k, name in enumerate(sorted(set(_NODES.findall(data))), 1)}
    data = _NODES.sub(lambda found: ranks[found[0]], data)
    return _NAMED.sub(lambda found: re.sub(rb"[0-9A-Fa-f](?=[0-9A-Fa-f]*>)", b"0", found[0]), data)
