"""A page that asks nothing of any other file: its style, KaTeX and the fonts that its formulas need stand in it.

Its own policy lets nothing load and nothing run but the style and the script that stand in it, and the KaTeX that the
script unpacks, named by their hashes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Collection
from functools import cache
from html import escape
from pathlib import Path

from checker.documents.reports.fonts import fonts_for

_HERE = Path(__file__).parent
KATEX = _HERE / "katex"

_FACE = re.compile(r"@font-face\{[^}]*?url\(fonts/([\w-]+)\.woff2\)[^}]*\}")
_SOURCES = re.compile(r"src:[^}]*")


def standalone(title: str, inside: str, own: Path, fonts: Collection[str] = ()) -> str:
    """The whole file: `inside` is its body, whose formulas are elements of class `tex`; `own` the file of its style,
    `fonts` what its words need."""
    style, script = _style(fonts_for(inside, _every_font()) | frozenset(fonts), own), _script()
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}' '{_hash(_katex())}'; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{inside}<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _style(fonts: frozenset[str], own: Path) -> str:
    """KaTeX's style with the fonts as data, and the page's own."""

    def face(found: re.Match[str]) -> str:
        if found[1] not in fonts:
            return ""
        data = base64.b64encode((KATEX / "fonts" / f"{found[1]}.woff2").read_bytes()).decode()
        return _SOURCES.sub(f'src:url(data:font/woff2;base64,{data}) format("woff2")', found[0])

    katex = _FACE.sub(face, (KATEX / "katex.min.css").read_text(encoding="utf-8"))
    return katex.strip() + "\n" + own.read_text(encoding="utf-8")


@cache
def _every_font() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in KATEX.glob("fonts/*.woff2")))


@cache
def _katex() -> str:
    return (KATEX / "katex.min.js").read_text(encoding="utf-8").strip()


@cache
def _script() -> str:
    """What unpacks KaTeX, and renders the formulas with it. Packed, it is a third as long."""
    packed = base64.b64encode(gzip.compress(_katex().encode(), 9, mtime=0)).decode()
    return f'var packed = "{packed}";\n' + (_HERE / "page.js").read_text(encoding="utf-8").strip()
