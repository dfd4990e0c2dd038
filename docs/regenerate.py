"""Writes what is made from the program itself: the --help blocks of docs/cli.md and the JSON Schema of problem files. `make docs` runs it; a test compares."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from checker.commands import COMMANDS  # noqa: E402
from checker.commands.base import Parser  # noqa: E402
from problems.schema import json_schema  # noqa: E402

CLI = ROOT / "docs" / "cli.md"
SCHEMA = ROOT / "problems" / "problem.schema.json"
_BLOCK = re.compile(r"(<!-- help: (?P<name>\w+) -->\n```\n)(?P<text>.*?)(\n```\n)", re.DOTALL)


def help_text(name: str) -> str:
    """What `backproof NAME --help` prints."""
    return Parser(name, importlib.import_module(f"checker.commands.{name}")).format_help().rstrip("\n")


def with_help(text: str) -> str:
    """The page with every help block as the program prints it. Raises KeyError for a command without a block."""
    missing = set(COMMANDS) - {m["name"] for m in _BLOCK.finditer(text)}
    if missing:
        raise KeyError(f"docs/cli.md has no block for {', '.join(sorted(missing))}")
    return _BLOCK.sub(lambda m: m[1] + help_text(m["name"]) + m[4], text)


def schema_text() -> str:
    """The published schema."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    CLI.write_text(with_help(CLI.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
