"""The documentation is what the program does: every example of README.md and docs/ is executed, every command
mentioned, every --help block current.

In a Markdown page, ```console blocks hold `$ command` lines followed by their output (`...` stands for any text, also
over lines), and ```python blocks with `>>>` lines are run as doctests. Other blocks are not run.
"""

from __future__ import annotations

import doctest
import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from checker.__main__ import main
from checker.commands import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(kind: str) -> list[tuple[str, str]]:
    """(page:line, text) of all fenced blocks of a kind."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += [
            (f"{page.name}:{text[: m.start()].count(chr(10)) + 1}", m["text"])
            for m in _FENCE.finditer(text)
            if m["kind"] == kind
        ]
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """(command, its output) of a console block; a line that ends in a backslash goes on."""
    found: list[tuple[str, list[str]]] = []
    going_on = False
    for line in text.splitlines():
        if going_on:
            found[-1] = (found[-1][0] + "\n" + line, [])
        elif line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        going_on = bool(found) and not found[-1][1] and found[-1][0].endswith("\\")
    return [(command.replace("\\\n", " "), "\n".join(lines).rstrip()) for command, lines in found]


@pytest.mark.parametrize(("place", "text"), blocks("console"), ids=[place for place, _ in blocks("console")])
def test_console_examples_print_what_they_show(place, text, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    for command, wanted in commands(text):
        argv = shlex.split(command, comments=True)
        assert argv[0] == "backproof", f"{place}: only backproof is run"
        main(argv[1:])
        got = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()).rstrip()
        pattern = ".*?".join(
            re.escape(piece) for piece in "\n".join(line.rstrip() for line in wanted.splitlines()).split("...")
        )
        assert re.fullmatch(pattern, got, re.DOTALL), f"{place}: $ {command}\n--- shown\n{wanted}\n--- printed\n{got}"


@pytest.mark.parametrize(("place", "text"), blocks("python"), ids=[place for place, _ in blocks("python")])
def test_python_examples_print_what_they_show(place, text):
    if ">>>" not in text:
        compile(text, place, "exec")
        return
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    example = doctest.DocTestParser().get_doctest(text, {}, place, place, 0)
    result = doctest.DocTestRunner(optionflags=flags).run(example)
    assert result.failed == 0


def test_every_command_is_documented():
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"\n## {name}\n" in text
        assert name in readme


def regenerate():
    spec = importlib.util.spec_from_file_location("regenerate", ROOT / "docs" / "regenerate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_help_blocks_are_what_help_prints():
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert text == regenerate().with_help(text), "regenerate with: make docs"


@pytest.mark.parametrize("page", ["authoring.md", "grading.md", "notation.md", "verifying.md", "words.md"])
def test_the_tables_of_the_guide_are_what_the_program_reads(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert text == regenerate().with_tables(text), "regenerate with: make docs"


def files() -> list[tuple[str, str]]:
    return [
        (place, text)
        for place, text in blocks("toml")
        if place.startswith("authoring") and text.lstrip().startswith("id =")
    ]


@pytest.mark.parametrize(("place", "text"), files(), ids=[place for place, _ in files()])
def test_the_problems_of_the_guide_are_valid(place, text):
    from checker.validation import validate
    from problems.loader import read_text

    problem, faults = read_text(text, place)
    assert problem is not None, faults
    assert not faults
    for part in problem.parts:
        assert validate(part) == (), part.id


def test_the_faults_of_the_guide_are_what_is_found():
    from problems.loader import read_text

    (faulty,) = [text for _, text in blocks("toml") if text.startswith("# faulty")]
    (wanted,) = [text for place, text in blocks("text") if place.startswith("authoring")]
    _, faults = read_text(faulty, "ridge.toml")
    assert "\n".join(map(str, faults)) == wanted.rstrip("\n")


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_changelog_names_the_version():
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
