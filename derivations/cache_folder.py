"""Where what was computed before is kept: BACKPROOF_CACHE, or the system's place for caches."""

from __future__ import annotations

import os
import sys
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
