"""Writes what is made from the program itself: the --help blocks of docs/cli.md, the tables of docs/authoring.md,
the outputs of the examples, the gallery, the stub of the derived functions, the JSON Schemas. `make docs` runs it; a
test compares."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import gallery  # noqa: E402
from function_stub import STUB, stub  # noqa: E402

from checker import verdict_schema  # noqa: E402
from checker.__main__ import main  # noqa: E402
from checker.commands import COMMANDS  # noqa: E402
from checker.commands.base import Parser  # noqa: E402
from checker.extract.rules import RULES  # noqa: E402
from checker.serving.tools import TOOLS  # noqa: E402
from derivations.atoms import ABBREVIATIONS, ATOMS  # noqa: E402
from derivations.laws.table import LAWS  # noqa: E402
from derivations.notation.read.phrases import GROUPS  # noqa: E402
from problems.assignment import ASKED, ASSIGNMENT  # noqa: E402
from problems.conventions import CONVENTIONS  # noqa: E402
from problems.json_schema import json_schema  # noqa: E402
from problems.kinds import KINDS  # noqa: E402
from problems.schema import DEMONSTRATION, MISTAKE, PART, PROBLEM, WRITTEN, Key  # noqa: E402

AUTHORING = ROOT / "docs" / "authoring.md"
CLI = ROOT / "docs" / "cli.md"
GRADING = ROOT / "docs" / "grading.md"
EQUALITY = ROOT / "docs" / "equality.md"
WORDS = ROOT / "docs" / "words.md"
PRACTICE = ROOT / "docs" / "practice.md"
NOTATION = ROOT / "docs" / "notation.md"
VERIFYING = ROOT / "docs" / "verifying.md"
SCHEMA = ROOT / "problems" / "problem.schema.json"
VERDICT = ROOT / "checker" / "verdict.schema.json"
_BLOCK = re.compile(r"(<!-- help: (?P<name>[\w-]+) -->\n```\n)(?P<text>.*?)(\n```\n)", re.DOTALL)


def help_text(name: str) -> str:
    """What `backproof NAME --help` prints."""
    return (
        Parser(name, importlib.import_module(f"checker.commands.{name.replace('-', '_')}")).format_help().rstrip("\n")
    )


def with_help(text: str) -> str:
    """The page with every help block as the program prints it. Raises KeyError for a command without a block."""
    missing = set(COMMANDS) - {m["name"] for m in _BLOCK.finditer(text)}
    if missing:
        raise KeyError(f"docs/cli.md has no block for {', '.join(sorted(missing))}")
    return _BLOCK.sub(lambda m: m[1] + help_text(m["name"]) + m[4], text)


_TABLE = re.compile(r"(<!-- table: (?P<name>\w+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _keys(keys: tuple[Key, ...]) -> list[str]:
    rows = ["| key | type | meaning |", "|---|---|---|"]
    for key in keys:
        extra = f"; one of {', '.join(f'`{c}`' for c in key.choices)}" if key.choices else ""
        extra += f"; default {key.default}" if key.default is not None else ""
        rows.append(
            f"| `{key.name}`{' (required)' if key.required else ''} | {key.type} | {_cell(key.meaning + extra)} |"
        )
    return rows


def table(name: str) -> str:
    """One of the tables of the pages."""
    if name == "words":
        rows = ["| harmless | because | in front | behind | the words |", "|---|---|---|---|---|"]
        rows += [
            (
                f"| {g.name} | {g.why} | {'yes' if g.before else ''} | {'yes' if g.behind else ''} | "
                f"{', '.join(sorted(g.phrases))} |"
            )
            for g in GROUPS
        ]
        return "\n".join(rows)
    if name == "kinds":
        rows = ["| kind | the answer | typed as | its own keys |", "|---|---|---|---|"]
        for kind in KINDS.values():
            own = (
                "<br>".join(f"`{k.name}`{' (required)' if k.required else ''}: {k.meaning}" for k in kind.keys)
                or "none"
            )
            rows.append(
                f"| `{kind.name}` | {_cell(kind.meaning)}{'' if kind.derived else ' (stated)'} | "
                f"{_cell(kind.typing)} | {_cell(own)} |"
            )
        return "\n".join(rows)
    if name == "functions":
        rows = ["| function | what it is | also written | in code |", "|---|---|---|---|"]
        for atom in (*ATOMS.values(), *ABBREVIATIONS.values()):
            symbol = (f"{atom.symbol}(z)",) if atom.symbol else ()
            more, code = (", ".join(f"`{t}`" for t in words) for words in ((*symbol, *atom.spellings), atom.code))
            rows.append(f"| `{atom.name}` | {_cell(atom.formula)} | {more} | {code} |")
        return "\n".join(rows)
    if name == "laws":
        rows = ["| law | its values | also written | convention |", "|---|---|---|---|"]
        for law in LAWS.values():
            more = ", ".join(f"`{t}`" for t in law.spellings[1:])
            rows.append(f"| `{law.show()}` | {law.domain} | {more} | {law.told and f'it {law.told}'} |")
        return "\n".join(rows)
    if name == "rules":
        rows = ["| rule | what it finds | the text says that it is the answer |", "|---|---|---|"]
        rows += [f"| {r.name} | {_cell(r.meaning)} | {'yes' if r.says else ''} |" for r in RULES]
        return "\n".join(rows)
    if name == "tools":
        rows = ["| tool | arguments | what it does |", "|---|---|---|"]
        for tool in TOOLS:
            said = ", ".join(f"`{a.name}`" + ("" if a.required else "?") for a in tool.arguments)
            rows.append(f"| `{tool.name}` | {said} | {_cell(tool.about)} |")
        return "\n".join(rows)
    if name == "conventions":
        rows = ["| convention | meaning | values |", "|---|---|---|"]
        rows += [
            f"| `{c.name}` | {_cell(c.meaning)} | {', '.join(f'`{v}`' for v in c.values) or 'any words'} |"
            for c in CONVENTIONS.values()
        ]
        return "\n".join(rows)
    rows_of = {
        "problem": PROBLEM,
        "written": WRITTEN,
        "part": PART,
        "mistake": MISTAKE,
        "demonstration": DEMONSTRATION,
        "assignment": ASSIGNMENT,
        "asked": ASKED,
    }
    return "\n".join(_keys(rows_of[name]))


def with_tables(text: str) -> str:
    """A page with every table as the program has it."""
    return _TABLE.sub(lambda m: f"{m[1]}\n{table(m['name'])}\n\n{m[4]}", text)


_CONSOLE = re.compile(r"(```console\n)(?P<text>.*?)(```\n)", re.DOTALL)


def with_output(text: str) -> str:
    """A page with what its commands print now. Whoever runs this reads the difference before committing it."""

    def block(found: re.Match[str]) -> str:
        lines: list[str] = []
        for line in found["text"].splitlines():
            if line.startswith("$ "):
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    main(shlex.split(line[2:])[1:])
                lines += [line, printed.getvalue().rstrip()]
        return found[1] + "\n".join(lines) + "\n" + found[3]

    os.environ["COLUMNS"] = "100"
    os.chdir(ROOT)
    return _CONSOLE.sub(block, text)


def text_of(schema: dict[str, Any]) -> str:
    """A published schema."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    CLI.write_text(with_help(CLI.read_text(encoding="utf-8")), encoding="utf-8")
    AUTHORING.write_text(with_tables(AUTHORING.read_text(encoding="utf-8")), encoding="utf-8")
    for page in (GRADING, WORDS, NOTATION, VERIFYING):
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
    for page in (ROOT / "README.md", AUTHORING, CLI, EQUALITY, GRADING, PRACTICE, VERIFYING):
        page.write_text(with_output(page.read_text(encoding="utf-8")), encoding="utf-8")
    gallery.write()
    STUB.write_text(stub(), encoding="utf-8")
    SCHEMA.write_text(text_of(json_schema()), encoding="utf-8")
    VERDICT.write_text(text_of(verdict_schema.json_schema()), encoding="utf-8")
