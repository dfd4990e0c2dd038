"""The worked examples of docs/architecture.md, carried out on a copy of the tree.

In the page, `<!-- example: TITLE -->` begins an example. The block after `<!-- new: PATH -->` is a new file; the block
after `<!-- in: PATH after: TEXT -->` (or `before:`) goes behind (or in front of) the one line that contains the text;
the block after `<!-- run -->` is run in the copy, by a Python of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FILES = {"one": 1, "two": 2}
_BLOCK = re.compile(r"^<!-- (?P<what>new|in|run)(?:: (?P<where>.*?))? -->\n```py\n(?P<text>.*?)^```$", re.M | re.S)
_PLACE = re.compile(r"(?P<path>\S+) (?P<side>after|before): (?P<anchor>.*)")


def examples() -> dict[str, list[re.Match[str]]]:
    """Title → its blocks, in order."""
    parts = re.split(r"^<!-- example: (.*) -->\n", PAGE, flags=re.M)
    return {title: list(_BLOCK.finditer(text)) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def put(copy: Path, block: re.Match[str]) -> str:
    """One block in its place in the copy; the path of the file."""
    if block["what"] == "new":
        file = copy / block["where"]
        assert not file.exists(), f"{block['where']} is there already"
        file.write_text(block["text"], encoding="utf-8")
        return block["where"]
    place = _PLACE.fullmatch(block["where"])
    assert place is not None, block["where"]
    file = copy / place["path"]
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = [k for k, line in enumerate(lines) if place["anchor"] in line]
    assert len(at) == 1, f"{place['anchor']!r} stands in {len(at)} lines of {place['path']}"
    lines.insert(at[0] + (place["side"] == "after"), block["text"])
    file.write_text("".join(lines), encoding="utf-8")
    return place["path"]


@pytest.mark.parametrize("title", examples())
@pytest.mark.long
def test_worked_examples_do_what_they_say(title, tmp_path):
    blocks = examples()[title]
    assert blocks[-1]["what"] == "run", f"{title}: nothing is run at the end"
    for package in ("derivations", "problems", "checker"):
        shutil.copytree(ROOT / package, tmp_path / package)
    touched = {put(tmp_path, block) for block in blocks if block["what"] != "run"}
    wanted = next(number for word, number in FILES.items() if f"in {word} file" in title)
    assert len(touched) == wanted, f"{title}: {sorted(touched)}"
    for block in blocks:
        if block["what"] == "run":
            done = subprocess.run(
                [sys.executable, "-c", block["text"]],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
