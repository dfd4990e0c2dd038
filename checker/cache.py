"""What has been derived before, as JSON views in the user's cache directory: a repeated `derive` imports nothing that derives.

The key is a hash of what was asked, of our own source and of SymPy's version, so nothing old is ever served. Files are replaced
atomically; one that cannot be read, or a folder that cannot be written, means computing again. BACKPROOF_CACHE moves the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from derivations.cache_folder import folder

FORMAT = 1
MARK = "backproof-"
"""What our own folders are called: nothing else is ever removed."""


def source_hash() -> str:
    """A hash of what derives: our source, SymPy's version, Python's."""
    digest = hashlib.sha256(f"{FORMAT} {sys.version_info[:2]}".encode())
    root = Path(__file__).resolve().parent.parent
    for package in ("derivations", "checker/commands"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    spec = find_spec("sympy")
    if spec is not None and spec.origin:
        with suppress(OSError):
            digest.update((Path(spec.origin).parent / "release.py").read_bytes())
    return digest.hexdigest()[:24]


def cached(asked: Mapping[str, Any], compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The view for what is asked: read, or computed and kept."""
    try:
        path = folder() / f"{MARK}{source_hash()}" / (hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32] + ".json")
    except (OSError, RuntimeError):  # no home folder, no source to hash
        return compute()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(kept, dict) and kept.get("asked") == dict(asked):
            return kept["view"]
    except (OSError, ValueError, KeyError):
        pass
    view = compute()
    with suppress(OSError, ValueError, TypeError):
        _keep(path, json.dumps({"asked": dict(asked), "view": view}))
    return view


def _keep(path: Path, text: str) -> None:
    """Write beside and replace; folders of earlier versions go."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        for old in path.parent.parent.glob(f"{MARK}*"):
            if old != path.parent:
                shutil.rmtree(old, ignore_errors=True)
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
