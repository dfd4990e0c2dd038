"""The gallery is what `make docs` makes of the program as it is."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def gallery():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module("gallery")
    finally:
        sys.path.remove(str(ROOT / "docs"))


def test_pages_and_notebook_are_those_of_the_program(gallery):
    files = gallery.files()
    assert len(gallery.GALLERY) == 12
    for file, text in files.items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: regenerate with: make docs"
    held = {file for file in gallery.FOLDER.iterdir() if file.suffix == ".md"}
    assert held == {file for file in files if file.suffix == ".md"}


def test_a_page_is_displayed_mathematics(gallery):
    for shown in gallery.GALLERY:
        page = (gallery.FOLDER / shown.file).read_text(encoding="utf-8")
        assert page.count("$$") % 2 == 0
        assert page.count(r"\begin{aligned}") == page.count(r"\end{aligned}") > 0


def test_the_notebook_has_its_outputs(gallery):
    held = json.loads(gallery.NOTEBOOK.read_text(encoding="utf-8"))
    assert (held["nbformat"], held["nbformat_minor"]) == (4, 5)
    code = [cell for cell in held["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] for cell in code)
    kinds = {kind for cell in code for out in cell["outputs"] for kind in out.get("data", ())}
    assert {"text/plain", "text/latex", "text/markdown"} <= kinds


def test_pictures_show_what_is_derived_now(gallery):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, shown in gallery.PICTURES.items():
        picture = gallery.FOLDER / f"{name}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 150_000
        drawn = (gallery.FOLDER / f"{name}.png.from").read_text(encoding="utf-8").strip()
        assert drawn == gallery.fingerprint(shown), f"{name}: regenerate with: make docs"
        assert f"docs/gallery/{name}.png" in readme
