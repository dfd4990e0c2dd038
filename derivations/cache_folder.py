"""Where what was computed before is kept: BACKPROOF_CACHE, or the system's place for caches."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

CACHE_ENV = "BACKPROOF_CACHE"


def folder() -> Path:
    """The user's cache directory; raises RuntimeError where there is no home."""
    if os.environ.get(CACHE_ENV):
        return Path(os.environ[CACHE_ENV])
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "backproof" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "backproof"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "backproof"


def private(path: Path) -> Path:
    """A folder that only its user can write, made if it is not there. Raises `PermissionError` for one that others own
    or can write: what lies there is shown, and compiled code is run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    if hasattr(os, "geteuid"):
        found = os.lstat(path)
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_uid != os.geteuid()
            or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        ):
            raise PermissionError(f"{path} is no folder that only you can write")
    return path
