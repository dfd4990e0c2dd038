"""What a browser loads: each file by its name in the page's addresses. Nothing else of the disk can be asked for."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from checker.documents.reports.standalone import KATEX
from derivations.frozen import frozen

_HERE = Path(__file__).parent

FILES: dict[str, Path] = {
    "page.css": _HERE / "page.css",
    "page.js": _HERE / "page.js",
    "katex/katex.min.js": KATEX / "katex.min.js",
    "katex/katex.min.css": KATEX / "katex.min.css",
    **{f"katex/fonts/{font.name}": font for font in sorted((KATEX / "fonts").glob("*.woff2"))},
    "mathlive/mathlive.min.js": _HERE / "mathlive" / "mathlive.min.js",
}
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}


@frozen
class Asset:
    """A file as it is sent: its type, its bytes, packed where that is shorter, and a tag of what it holds."""

    type: str
    plain: bytes
    packed: bytes | None
    tag: str


@cache
def asset(name: str) -> Asset:
    """A file by its name. Raises `KeyError`."""
    path = FILES[name]
    held = path.read_bytes()
    packed = None if path.suffix == ".woff2" else gzip.compress(held, 6, mtime=0)
    return Asset(TYPES[path.suffix], held, packed, hashlib.sha256(held).hexdigest()[:16])


def link(name: str) -> str:
    """The address of a file; another one when it holds something else, so that browsers keep it for good."""
    return f"/static/{name}?{asset(name).tag}"
