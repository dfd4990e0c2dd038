"""The cache of derived views: served when nothing changed, computed again when it cannot be trusted or used."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
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


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


ASKED = b'{"asked": {"a": 1}, "view": '
ALTERED = {
    "one character": lambda kept: kept.replace(b'"view": 1', b'"view": 2'),
    "cut": lambda kept: kept[:-3],
    "longer": lambda kept: kept + b" ",
    "no checksum": lambda kept: kept.partition(b"\n")[2],
    "200,000 brackets": lambda kept: b"[" * 200_000,
    "200,000 brackets with their checksum": lambda kept: _sealed(b"[" * 200_000),
    "200,000 tables in a view": lambda kept: _sealed(ASKED + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"}"),
    "a number without end": lambda kept: _sealed(ASKED + b"9" * 10_000 + b"}"),
    "a list": lambda kept: _sealed(b"[]"),
    "a view that is none": lambda kept: _sealed(ASKED + b'"text"}'),
    "no view": lambda kept: _sealed(b'{"asked": {"a": 1}}'),
    "no UTF-8": lambda kept: _sealed(ASKED + b'"\xff"}'),
    "another question": lambda kept: _sealed(b'{"asked": {"a": 2}, "view": {}}'),
    "nine megabytes": lambda kept: _sealed(ASKED + b'{"a": "' + b"x" * 9_000_000 + b'"}}'),
    "nothing": lambda kept: b"",
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_file_that_was_altered_is_computed_again_and_replaced(how, own):
    calls, compute = counted()
    cache.cached({"a": 1}, compute)
    (kept,) = own.rglob("*.json")
    whole = kept.read_bytes()
    kept.write_bytes(ALTERED[how](whole))
    assert cache.cached({"a": 1}, compute) == {"view": 2}
    assert len(calls) == 2
    assert cache.cached({"a": 1}, compute) == {"view": 2}
    assert len(calls) == 2


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_folder_that_others_can_write_is_not_believed(own, tmp_path):
    calls, compute = counted()
    cache.cached({"a": 1}, compute)
    (folder,) = own.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    for mode, times in ((0o755, 1), (0o777, 2), (0o775, 3), (0o700, 3)):
        folder.chmod(mode)
        cache.cached({"a": 1}, compute)
        assert len(calls) == times, oct(mode)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    cache.cached({"a": 1}, compute)
    assert len(calls) == 4, "a link to a folder may be anybody's"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_another_user_is_not_believed(own):
    calls, compute = counted()
    cache.cached({"a": 1}, compute)
    (folder,) = own.iterdir()
    os.chown(folder, 12345, 12345)
    cache.cached({"a": 1}, compute)
    assert len(calls) == 2


def test_what_an_interrupted_run_left_goes(own):
    _, compute = counted()
    cache.cached({"a": 1}, compute)
    (folder,) = own.iterdir()
    old, new = folder / f"x{cache.BESIDE}1", folder / f"x{cache.BESIDE}2"
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (0, 0))
    cache.cached({"a": 2}, compute)
    assert not old.exists()
    assert new.exists(), "another process may be writing it"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_processes_share_a_cache_and_are_killed_amid_writing(own):
    """Whatever was written when, what is read back is whole or computed again."""
    script = (
        "import sys; from checker import cache; cache.source_hash = lambda: 'same'\n"
        "for k in range(10**6): assert cache.cached({'k': k % 3, 'by': 'all'}, lambda: {'long': ['x' * 1000] "
        "* 200, 'k': k % 3})['k'] == k % 3; "
        "[p.unlink(missing_ok=True) for p in cache.folder().rglob('*.json') if k % 2]"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen([sys.executable, "-c", script], env=env, stderr=subprocess.PIPE) for _ in range(3)]
    for k in range(6):
        time.sleep(0.25)
        running[k % 3].kill()
        running[k % 3].wait()
        assert running[k % 3].stderr.read() == b""
        running[k % 3] = subprocess.Popen([sys.executable, "-c", script], env=env, stderr=subprocess.PIPE)
    for process in running:
        assert process.poll() is None, process.stderr.read()
        process.kill()
        process.wait()


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
    script = (
        "import sys; from checker.__main__ import main; main(['derive', 'softmax', 'dy_i/dx_j', '--plain']); "
        "print('MODULES', *sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env={**env, "PYTHONIOENCODING": "utf-8"},
    )
    text, modules = done.stdout.split("MODULES")
    assert text == first
    assert not {"sympy", "numpy", "flint", "derivations.pipeline"} & set(modules.split())
