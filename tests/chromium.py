"""Pages in a browser, without a driver: Chromium prints the document as it stands after its scripts, and its log."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def browser() -> str:
    """The path of a Chromium; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium (Debian: apt-get install chromium)")
    return found


def opened(page: Path, *more: str, width: int = 900) -> tuple[str, str]:
    """The HTML of a page once its scripts have run, and what the browser logged about it."""
    run = subprocess.run(
        [
            browser(), "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            f"--user-data-dir={page.parent / 'profile'}", f"--window-size={width},900", "--virtual-time-budget=60000",
            "--enable-logging=stderr", "--v=0", *more, "--dump-dom", page.resolve().as_uri(),
        ],
        capture_output=True, text=True, encoding="utf-8", timeout=180, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    log = "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)
    return run.stdout, log
