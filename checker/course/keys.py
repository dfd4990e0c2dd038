"""The hash of what an answer to a part is judged by: it changes when a verdict may, and not with a word of the
question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from problems.schema import Part

WORDS = frozenset(["ask", "hints", "points", "demonstrations", "figure", "source_answer", "hides"])
"""Fields of a part that no verdict rests on."""

DIGITS = 16


def key_of(part: Part[Any]) -> str:
    """The hash of the key of a part."""
    held = {f.name: _plain(getattr(part, f.name)) for f in fields(part) if f.name not in WORDS}
    return digest(held)


def digest(value: Any) -> str:
    """A hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:DIGITS]


def _plain(value: Any) -> Any:
    """Frozen values as JSON."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@cache
def program() -> str:
    """A hash of what judges: our own source."""
    found = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent.parent
    for package in ("derivations", "problems", "checker"):
        for path in sorted((root / package).rglob("*.py")):
            found.update(str(path.relative_to(root)).encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:DIGITS]
