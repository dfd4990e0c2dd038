"""The tables of a file from outside: TOML within limits, each key of the type of its row, and all faults at once with
their places and the nearest valid name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from problems.files import decoded, read_regular
from problems.schema import Key


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file: what is wrong, and where. A warning does not make the file unusable."""

    what: str
    file: str
    path: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{'warning: ' if self.warning else ''}{self.what} @ {self.file}: {self.path}"


def nearest(word: str, among: Iterable[str]) -> str:
    """`; did you mean kind?`, or the list of what is valid when it is short and nothing is near."""
    valid = list(among)
    near = get_close_matches(word, valid, 1, 0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; valid here: {', '.join(valid)}" if 0 < len(valid) <= 16 else ""


def tables_of(path: Path) -> tuple[dict[str, Any] | None, tuple[Fault, ...]]:
    """The tables of a file, None when it has none, and why."""
    try:
        text = decoded(read_regular(path))
    except OSError as error:
        return None, (Fault(f"cannot be read: {error.strerror or error}", str(path), "-"),)
    except UnicodeDecodeError as error:
        return None, (Fault(f"cannot be read: not UTF-8 text: {error.reason} at byte {error.start}", str(path), "-"),)
    return tables_in(text, str(path))


def tables_in(text: str, file: str) -> tuple[dict[str, Any] | None, tuple[Fault, ...]]:
    """As `tables_of`, from the text of the file."""
    try:
        return toml(text), ()
    except tomllib.TOMLDecodeError as error:
        return None, (Fault(f"no TOML: {error}{escape_advice(str(error))}", file, "-"),)
    except (RecursionError, ValueError):
        return None, (Fault("no TOML that can be read: too deep, or a number too long", file, "-"),)


MAX_DOTTED = 20
_DOTTED = re.compile(rf"""(?<![\w"'-])(?:(?:"[^"\n]*+"|'[^'\n]*+'|[\w-]++)[ \t]*+\.[ \t]*+){{{MAX_DOTTED},}}+""")


def toml(text: str) -> dict[str, Any]:
    """A document as tables. Raises `TOMLDecodeError`, `ValueError`, `RecursionError`.

    A key of many parts, a.b.c.…, takes `tomllib` time and memory by the square of their number.
    """
    if _DOTTED.search(text):
        raise tomllib.TOMLDecodeError(f"a key of more than {MAX_DOTTED} parts")
    return tomllib.loads(text)


def escape_advice(message: str) -> str:
    """What to do about a backslash that TOML takes for an escape."""
    if "escape" in message or "hex value" in message or "\\" in message:
        return "; LaTeX needs single quotes ('\\frac{1}{2}'), in which a backslash is a backslash"
    return ""


_SWALLOWED = re.compile(
    r"[\x08\f]|\r(?=ho\b|ight)|\t(?=(?:heta|imes|ext|anh|ilde|au|op|frac)(?![a-z]))|\n(?=(?:abla|eq|ot)(?![a-z]))"
)
"""A control character where LaTeX was meant: in "…", TOML reads \\f, \\b, \\r, \\t, \\n of \\frac, \\beta, \\rho,
\\theta, \\nabla as escapes, and says nothing."""


def swallowed(value: Any) -> str | None:
    """The LaTeX command that TOML took for an escape somewhere in a value, as far as it can be told."""
    if isinstance(value, str):
        found = _SWALLOWED.search(value)
        if found is None:
            return None
        rest = re.match(r"[a-z]*", value[found.end() :])
        return "\\" + {"\b": "b", "\f": "f", "\r": "r", "\t": "t", "\n": "n"}[found[0]] + (rest[0] if rest else "")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return next((found for v in value if (found := swallowed(v))), None)
    return None


def _numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(_numbers(v) for v in value)
    return isinstance(value, (int, float, str))


def _answer(value: Any) -> bool:
    if isinstance(value, list):
        return all(_answer(v) for v in value)
    if isinstance(value, dict):
        return all(_answer(v) for v in value.values())
    return isinstance(value, (str, int, float, bool))


def _text_list(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _text_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


_CHECKS: Mapping[str, tuple[str, Callable[[Any], bool]]] = MappingProxyType({
    "text": ("a string", lambda v: isinstance(v, str)),
    "texts": ("a string or a list of strings", _text_list),
    "number": ("a number ≥ 0", lambda v: isinstance(v, (int, float)) and not isinstance(v,
            bool) and 0 <= v < float("inf")),
    "integer": ("a whole number ≥ 0", lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0),
    "boolean": ("true or false", lambda v: isinstance(v, bool)),
    "answer": ("what one would type: a string, a number, a list or a table", _answer),
    "answers": ("a list of answers", lambda v: isinstance(v, list) and all(_answer(a) for a in v)),
    "declarations": ('a table name = "domain"', _text_table),
    "values": ("a table name = number or list of numbers",
        lambda v: isinstance(v, dict) and all(_numbers(a) for a in v.values())),
    "vocabulary": ('a list of names, or a table name = "domain"',
        lambda v: (isinstance(v, list) and all(isinstance(n, str) for n in v)) or _text_table(v)),
    "table": ("a table", lambda v: isinstance(v, dict)),
    "tables": ("a list of tables, [[…]]", lambda v: isinstance(v, list) and all(isinstance(t, dict) for t in v)),
})  # fmt: skip


class Reader:
    """Reads one file; gathers faults instead of stopping at the first."""

    def __init__(self, file: str):
        self.file = file
        self.faults: list[Fault] = []

    @property
    def usable(self) -> bool:
        """Whether no fault but warnings was found."""
        return all(fault.warning for fault in self.faults)

    def fault(self, what: str, path: str, *, warning: bool = False) -> None:
        self.faults.append(Fault(what, self.file, path, warning))

    def table(self, data: Mapping[str, Any], keys: Iterable[Key], path: str, kind: str = "") -> dict[str, Any]:
        """The entries that are known and of the right type; every other one is a fault."""
        rows = {k.name: k for k in keys}
        good: dict[str, Any] = {}
        for name, value in data.items():
            here = f"{path}.{name}" if path else name
            row = rows.get(name)
            if row is None:
                self.fault(self.unknown(name, rows, kind), here)
                continue
            wanted, holds = _CHECKS[row.type]
            if not holds(value):
                self.fault(f"{name} must be {wanted}, not {type(value).__name__}", here)
                continue
            if row.type != "tables" and (command := swallowed(value)):
                self.fault(
                    f"{name} holds {command} in double quotes, where \\{command[1]} is an escape: use single quotes",
                    here,
                )
            if row.choices and value not in row.choices:
                self.fault(f"{value!r} is no {name}{nearest(str(value), row.choices)}", here)
                continue
            good[name] = value
        for row in rows.values():
            if row.required and row.name not in data:
                self.fault(f"{row.name} is missing: {row.meaning}", path or "-")
        return good

    def unknown(self, name: str, rows: Mapping[str, Key], kind: str) -> str:
        """What is said of a key that has no row; `kind` is that of the part."""
        return f"unknown key {name}{nearest(name, rows)}"

    def share(self, data: Mapping[str, Any], name: str, path: str) -> None:
        """A share of the points lies between 0 and 1."""
        if data.get(name, 0) > 1:
            self.fault(f"{name} is a share of the points, from 0 to 1, not {data[name]:g}", f"{path}.{name}")
