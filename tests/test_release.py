"""What users get: the wheel, built, listed, installed alone, and run in a folder that holds files of the same names."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy without what is not under version control."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode and ("hatchling" in done.stderr or "No module named pip" in done.stderr):
        pytest.skip("the build tool (pip with hatchling) cannot be had here")
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The wheel alone in a virtual environment that borrows its dependencies from this one. The folder of its
    scripts."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    import flint
    import markdown_it
    import mdurl
    import mpmath
    import numpy
    import rich
    import sympy

    # The dependencies only: not the folder of an editable install of this very project.
    borrowed = {}
    for module in (flint, markdown_it, mdurl, mpmath, numpy, rich, sympy):
        assert module.__file__ is not None
        home = Path(module.__file__).parent
        borrowed[home.name] = home
        for extra in home.parent.glob(f"{home.name}*.libs"):
            borrowed[extra.name] = extra
        if home.name == "flint":
            borrowed |= {extra.name: extra for extra in home.parent.glob("python_flint*")}
        if home.name == "rich":
            borrowed |= {
                name: home.parent / name
                for name in ("markdown_it", "mdurl", "pygments")
                if (home.parent / name).exists()
            }
    for name, target in borrowed.items():
        (Path(site) / name).symlink_to(target, target_is_directory=target.is_dir())
    return scripts


@pytest.mark.long
def test_the_wheel_holds_the_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"backproof.py", "derivations", "problems", "checker"}
    assert "checker/py.typed" in names
    assert "problems/problem.schema.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.endswith((".pyc", ".toml~"))]
    sources = {
        str(p.relative_to(ROOT))
        for package in ("derivations", "problems", "checker")
        for p in (ROOT / package).rglob("*.py")
    }
    assert sources <= set(names)
    banks = {str(p.relative_to(ROOT)) for p in (ROOT / "problems" / "bank").rglob("*.toml")}
    assert banks <= set(names)


@pytest.mark.skipif(os.name == "nt", reason="links to the dependencies need rights on Windows")
@pytest.mark.long
def test_the_installed_namespace_is_imported_from_anywhere(installed, tmp_path):
    code = (
        "import backproof as bp; "
        "print(bp.__file__, bp.__version__, bp.compare('2 x', 'x + x', 'x: real').status, *dir(bp))"
    )
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    done = subprocess.run(
        [str(installed / "python"), "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path, env=env
    )
    assert done.returncode == 0, done.stderr
    file, version, status, *names = done.stdout.split()
    assert str(installed.parent) in file
    assert version.count(".") == 2
    assert status == "equal"
    assert names == ["__version__", "check", "compare", "derive", "gradient", "models", "prove", "read", "write"]


@pytest.mark.skipif(os.name == "nt", reason="links to the dependencies need rights on Windows")
def test_the_installed_command_runs_beside_files_of_the_same_names(installed, tmp_path):
    (tmp_path / "checker.py").write_text("raise SystemExit('the wrong checker')", encoding="utf-8")
    (tmp_path / "derivations.py").write_text("raise SystemExit('the wrong derivations')", encoding="utf-8")
    (tmp_path / "problems").mkdir()
    (tmp_path / "problems" / "__init__.py").write_text("raise SystemExit('the wrong problems')", encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(installed / "backproof"), *argv],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            cwd=tmp_path,
            env=env,
        )

    assert run("--version").stdout.startswith("backproof 0.")
    done = run("compare", "p(1-p)", "p - p^2", "--names", "p: probability")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal" in done.stdout
    done = run("compare", "-p", "p", "--names", "p: probability")
    assert done.returncode == 1, done.stdout + done.stderr
