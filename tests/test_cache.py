"""The cache of derived views: served when nothing changed, computed again when it cannot be trusted or used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checker import cache
from checker.__main__ import main
from derivations.cache_folder import CACHE_ENV

ROOT = Path(__file__).parent.parent


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_ENV, str(tmp_path / "cache"))
    return tmp_path / "cache"


def counted():
    calls = []

    def compute():
        calls.append(1)
        return {"view": len(calls)}

    return calls, compute


def test_it_is_computed_once(own):
    calls, compute = counted()
    assert cache.cached({"a": 1}, compute) == cache.cached({"a": 1}, compute) == {"view": 1}
    assert cache.cached({"a": 2}, compute) == {"view": 2}
    assert len(calls) == 2


def test_what_cannot_be_read_is_computed_again(own):
    calls, compute = counted()
    cache.cached({"a": 1}, compute)
    (kept,) = own.rglob("*.json")
    for broken in (b"", b"{", b"[]", b"\xff", b'{"asked": {"a": 2}, "view": {}}'):
        kept.write_bytes(broken)
        cache.cached({"a": 1}, compute)
    assert len(calls) == 6
    assert not [p for p in own.rglob("*") if p.is_file() and p.suffix != ".json"], "nothing is left beside"


def test_a_folder_that_cannot_be_used_means_computing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_ENV, str(tmp_path / "file" / "below"))
    calls, compute = counted()
    cache.cached({"a": 1}, compute)
    cache.cached({"a": 1}, compute)
    assert len(calls) == 2


def test_a_change_of_source_forgets_and_leaves_strangers_alone(own, monkeypatch):
    calls, compute = counted()
    cache.cached({"a": 1}, compute)
    (own / "stranger").mkdir()
    monkeypatch.setattr(cache, "source_hash", lambda: "other")
    cache.cached({"a": 1}, compute)
    assert len(calls) == 2
    assert {p.name for p in own.iterdir()} == {f"{cache.MARK}other", "stranger"}


def test_a_repeated_derive_imports_nothing_that_derives(own, capsys):
    assert main(["derive", "softmax", "dy_i/dx_j", "--plain"]) == 0
    first = capsys.readouterr().out
    script = "import sys; from checker.__main__ import main; main(['derive', 'softmax', 'dy_i/dx_j', '--plain']); print('MODULES', *sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", timeout=60, env={**env, "PYTHONIOENCODING": "utf-8"}
    )
    text, modules = done.stdout.split("MODULES")
    assert text == first
    assert not {"sympy", "numpy", "flint", "derivations.pipeline"} & set(modules.split())
