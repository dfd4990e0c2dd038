"""A verdict shown in a session or a notebook is what the command line draws."""

from __future__ import annotations

import io
import subprocess
import sys

from rich.console import Console

from checker import check


def test_a_verdict_is_drawn_by_rich():
    out = io.StringIO()
    Console(file=out, width=100).print(check("000/6a", "y log p + (1-y) log p"))
    assert "✗ wrong" in out.getvalue()
    assert "1 minus it is needed" in out.getvalue()  # and not: "it is not 1 minus p"


def test_a_verdict_in_a_notebook():
    shown = check("000/6a", "y log p + (1-y) log(1-p)")._repr_markdown_()
    lines = shown.splitlines()
    assert lines[0] == "```text"
    assert lines[1] == "✓ correct"
    assert lines[-1] == "```"


def test_text_of_others_neither_is_markup_nor_ends_the_block():
    verdict = check("000/6a", "```[red]x[/red]```` <b>")
    assert "[red]" in verdict._repr_markdown_() or verdict.student_read is None
    first, *_, last = verdict._repr_markdown_().splitlines()
    assert first == last + "text"


def test_verdicts_alone_load_no_rich():
    code = "import sys, checker.verdict; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
