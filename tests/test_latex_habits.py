"""LaTeX as people write it: each line of `latex_habits.txt` is what its plain text says, or is refused in its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checker import compare

SIGNS = {" ==> ": "equal", " =/=> ": "different", " !!> ": "unreadable"}
"""What stands between a line and what is said of it, and the verdict."""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """The names, a line, the verdict, and its plain text or the words of its refusal."""
    names = ""
    for line in (Path(__file__).parent / "latex_habits.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("names: "):
            names = line[7:]
        elif line and line[0] not in "#=":
            sign = next(s for s in SIGNS if s in line)
            text, said = line.split(sign)
            yield names, text, SIGNS[sign], said


ROWS = list(rows())


@pytest.mark.parametrize(("names", "text", "status", "said"), ROWS, ids=[row[1][:60] for row in ROWS])
@pytest.mark.long
def test_habit(names, text, status, said):
    found = compare(text, names=names, truth=said if status != "unreadable" else text)
    assert found.status == status, found
    if status == "equal":
        assert found.evidence.strength in ("proved", "proved_at_sizes")
    if status == "unreadable":
        assert found.at is not None
        assert said in found.at.message
