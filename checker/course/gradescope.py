"""Gradescope: the results of one hand-in as its autograder reads them, and the zip that makes an autograder of an
assignment."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checker.course.overrides import Override
from problems.assignment import Assignment
from problems.bank import Bank

NEEDED = ("sympy", "numpy", "rich", "python-flint", "markdown-it-py")
"""What the program stands on, installed in the autograder as it is here."""

IF_HERE = ("pypandoc-binary",)
"""What reads Word and HTML files, where it is installed here."""

WAITS = "for a person"

SAID: Mapping[str, str] = MappingProxyType(
    {
        "correct": "Right.",
        "wrong": "Not right.",
        "missing": "No answer was found.",
        "unreadable": "It was not understood: a person reads it.",
        "undecided": "It is not settled: a person reads it.",
        "not_judged": "A person reads it.",
    }
)
MOST_LINES = 20


def results(view: Mapping[str, Any], reveal: str = "reasons") -> dict[str, Any]:
    """`results.json` for the JSON of a hand-in: one test a part. What waits for a person has no points yet, and says
    so."""
    waiting = view["awaiting"]
    said = [f"Cannot be read: {view['fault']}"] if view["fault"] else []
    if waiting:
        said.append(f"{len(waiting)} of {len(view['parts'])} parts wait for a person; their points are still to come.")
    return {
        "tests": [_test(number, part, view, reveal) for number, part in enumerate(view["parts"], 1)],
        "output": "\n".join(said),
        "stdout_visibility": "hidden",
        "extra_data": {"awaiting": waiting, "possible": view["possible"]},
    }


def no_results(why: str) -> dict[str, Any]:
    """`results.json` where there are no results."""
    return {"score": 0, "output": f"No result: {why}. A person looks at it.", "stdout_visibility": "hidden"}


def _test(number: int, part: Mapping[str, Any], view: Mapping[str, Any], reveal: str) -> dict[str, Any]:
    said = [SAID.get(part["status"], part["status"])]
    if reveal != "nothing":
        said += [text for text in (part["reason"], part["remark"]) if text]
        said += list(_lines(part, view))[:MOST_LINES]
    if part["override"] is not None:
        said.append("Set by the teacher.")
    waits = part["got"] is None
    out: dict[str, Any] = {
        "name": f"{part['id']} ({WAITS})" if waits else part["id"],
        "number": str(number),
        "score": part["got"] or 0,
        "max_score": part["points"],
        "output": "\n".join(said),
        "visibility": "visible",
    }
    if waits:
        out["tags"] = [WAITS]
    else:
        out["status"] = "passed" if part["score"] >= 1 else "failed"
    return out


def _lines(part: Mapping[str, Any], view: Mapping[str, Any]) -> Iterator[str]:
    for line in view["lines"]:
        if line["part"] == part["id"] and line["status"] in ("wrong", "carried") and line["reason"]:
            yield f"Line {line['line']}: {' '.join(line['text'].split())[:160]}: {line['reason']}"


# ---------------------------------------------------------------- the zip

SETUP = """#!/usr/bin/env bash
# Runs once, when the image of the autograder is built: Python 3.11 or later, and what the program stands on.
set -euo pipefail
ROOT="${AUTOGRADER_ROOT:-/autograder}"

recent() {
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" > /dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

if ! recent > /dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3.11 python3.11-venv
fi
PYTHON="$(recent)"
if ! "$PYTHON" -m venv "$ROOT/venv"; then
  apt-get update
  apt-get install -y --no-install-recommends \\
    "$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  "$PYTHON" -m venv "$ROOT/venv"
fi
"$ROOT/venv/bin/python" -m pip install --no-cache-dir -r "$ROOT/source/requirements.txt"
"""

RUN = """#!/usr/bin/env bash
# Runs for each submission. results.json exists whatever happens.
ROOT="${AUTOGRADER_ROOT:-/autograder}"
mkdir -p "$ROOT/results"
printf '%s\\n' '{"score": 0, "output": "No result: the autograder was stopped. A person looks at it."}' \\
  > "$ROOT/results/results.json"
cd "$ROOT/source" || exit 0
"$ROOT/venv/bin/python" -m checker grade "$ROOT/submission" --assignment assignment.toml \\
  --format gradescope --out "$ROOT/results/results.json"
exit 0
"""

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the zip: the same assignment gives the same bytes."""


def autograder(assignment: Assignment, bank: Bank, overrides: Sequence[Override] = ()) -> bytes:
    """The zip that Gradescope takes: the two scripts, the assignment, its problems if they are one's own, and this
    program."""
    own = assignment.bank is not None
    files: dict[str, bytes] = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.encode(),
        "assignment.toml": assignment_text(assignment, "bank" if own else None).encode(),
        "requirements.txt": "".join(f"{line}\n" for line in requirements()).encode(),
    }
    if overrides:
        files["overrides.toml"] = overrides_text(overrides).encode()
    if own:
        files |= {f"bank/{name}": path.read_bytes() for name, path in bank.contents()}
    files |= dict(_program())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = 3
            entry.external_attr = (0o755 if name in ("setup.sh", "run_autograder") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return out.getvalue()


def requirements() -> Iterator[str]:
    """What is installed here, by version: the verdicts are the same there."""
    for name in (*NEEDED, *IF_HERE):
        try:
            yield f"{name}=={version(name)}"
        except PackageNotFoundError:
            if name in NEEDED:
                yield name


def _program() -> Iterator[tuple[str, bytes]]:
    """The files of our three packages."""
    root = Path(__file__).resolve().parent.parent.parent
    for package in ("derivations", "problems", "checker"):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield path.relative_to(root).as_posix(), path.read_bytes()


def assignment_text(assignment: Assignment, bank: str | None) -> str:
    """An assignment as its file."""
    top = {
        "title": assignment.title,
        "bank": bank,
        "credit": assignment.credit,
        "carried": assignment.carried,
        "reveal": assignment.reveal,
    }
    tables = [
        {"id": part.id, "points": part.points, "under": list(part.under) or None, "credit": part.credit}
        for part in assignment.parts
    ]
    return _toml(top) + "".join(f"\n[[part]]\n{_toml(table)}" for table in tables)


def overrides_text(overrides: Iterable[Override]) -> str:
    """Overrides as their file."""
    rows = ({name: value or None for name, value in o.to_json().items()} | {"score": o.score} for o in overrides)
    return "\n".join(f"[[override]]\n{_toml(row)}" for row in rows)


def _toml(table: Mapping[str, Any]) -> str:
    # a string of JSON is a string of TOML, where no character is written as two halves
    return "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in table.items() if value is not None
    )
