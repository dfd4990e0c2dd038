"""What has been derived before, as JSON views in the user's cache directory: a repeated `derive` imports nothing that
derives.

The key is a hash of what was asked, of our own source and of SymPy's version, so nothing old is ever served. Files are
replaced atomically and carry a checksum; one that cannot be read or was altered, or a folder that cannot be written or
that others can write, means computing again. BACKPROOF_CACHE moves the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from derivations.cache_folder import folder, private

FORMAT = 2

MAX_FILE = 8_000_000
"""Bytes of one view that are read; half of them are written."""

BESIDE, ABANDONED = ".beside-", 600.0
"""How files are called while they are written, and after how many seconds nobody writes one any more."""

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
    """The view for what is asked: read, or computed and kept. With rows of somebody's own in the table of functions
    nothing is kept: what they say is in no hash."""
    table = sys.modules.get("derivations.atoms.table")  # not imported here: a view that is kept needs no table
    if table is not None and table.ATOMS.keys() != table.SHIPPED:
        return compute()
    try:
        path = (
            folder()
            / f"{MARK}{source_hash()}"
            / (hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32] + ".json")
        )
        kept = _kept(path)
        if kept.get("asked") == dict(asked) and isinstance(kept.get("view"), dict):
            return kept["view"]
    except (
        OSError,
        ValueError,
        RuntimeError,
    ):  # nothing kept, nothing that can be trusted, no home folder, no source to hash
        pass
    view = compute()
    with suppress(OSError, ValueError, TypeError, RuntimeError):
        _keep(path, json.dumps({"asked": dict(asked), "view": view}))
    return view


def _kept(path: Path) -> dict[str, Any]:
    """What a file holds: at most `MAX_FILE` bytes, the checksum of the second line in the first. Raises `OSError`,
    `ValueError`, `RecursionError`."""
    os.stat(path)  # most often there is none, and no folder is made for asking
    private(path.parent)
    with open(path, "rb") as file:
        text = file.read(MAX_FILE + 1)
    if len(text) > MAX_FILE:
        raise ValueError("larger than what is kept")
    checksum, _, body = text.partition(b"\n")
    if checksum != _checksum(body):
        raise ValueError("altered")
    kept = json.loads(body)
    if not isinstance(kept, dict):
        raise ValueError("no view")
    return kept


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def _keep(path: Path, text: str) -> None:
    """Write beside and replace; folders of earlier versions go, and what an interrupted run left."""
    body = text.encode()
    if len(body) > MAX_FILE // 2:
        return
    new = not path.parent.exists()
    private(path.parent)
    if new:
        for old in path.parent.parent.glob(f"{MARK}*"):
            if old != path.parent:
                shutil.rmtree(old, ignore_errors=True)
    for left in path.parent.glob(f"*{BESIDE}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()
    beside = path.with_suffix(f"{BESIDE}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        beside.write_bytes(_checksum(body) + b"\n" + body)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
