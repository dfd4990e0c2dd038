"""Imports point one way, and a cold start imports what it needs and no more."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ("derivations", "problems", "checker")


def imported(path: Path) -> set[str]:
    """The absolute names of all modules that a file imports, late imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", ORDER)
@pytest.mark.long
def test_packages_import_only_earlier_ones(package):
    later = ORDER[ORDER.index(package) + 1 :]
    for path in (ROOT / package).rglob("*.py"):
        wrong = {name for name in imported(path) if name.split(".")[0] in later}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def run_and_list(code: str, tmp_path: Path) -> set[str]:
    """The modules loaded after running code in a fresh interpreter, in a folder of no interest."""
    script = f"import sys\n{code}\nprint('MODULES', *sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment()
    )
    assert "MODULES" in done.stdout, done.stderr
    return set(done.stdout.split("MODULES", 1)[1].split())


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


LIGHT = [
    "from checker.__main__ import main; main(['--help'])",
    "from checker.__main__ import main; main(['check', '--help'])",
    "from checker.__main__ import main; main(['--version'])",
    "from checker.__main__ import main; main(['problems'])",
    (
        "from checker.__main__ import main; main(['show', "
        "next(iter(__import__('problems.bank').bank.load_bank().ids()), 'none')])"
    ),
    "import derivations, checker, problems",
]


@pytest.mark.parametrize("code", LIGHT)
def test_a_cold_start_imports_neither_sympy_nor_numpy(code, tmp_path):
    loaded = run_and_list(code, tmp_path)
    assert not loaded & {"sympy", "numpy", "flint", "mpmath"}


PAIR = ["x^2 - 1", "(x-1)(x+1)", "--names", "x: real"]


@pytest.mark.parametrize("argv", [["compare", *PAIR], ["compare", *PAIR, "--json"], ["check", "001/3.2", "-y_i*y_j"]])
def test_the_parent_of_a_worker_imports_nothing_that_computes(argv, tmp_path):
    loaded = run_and_list(f"from checker.__main__ import main; main({argv!r})", tmp_path)
    assert not loaded & {"sympy", "numpy", "flint", "mpmath"}
    assert ("rich" in loaded) == ("--json" not in argv)


def test_a_worker_starts_before_what_its_command_imports(tmp_path):
    code = "from checker.__main__ import _worker; _worker(['compare', 'x', 'x']).close()"
    assert not run_and_list(code, tmp_path) & {"argparse", "dataclasses", "difflib", "json", "pathlib", "rich"}


JUDGED = [
    ("compare", {"student": PAIR[0], "truth": PAIR[1], "names": PAIR[3]}),
    ("check", {"part": "001/3.2", "answer": "-y_i*y_j"}),
]


@pytest.mark.parametrize(("task", "request_"), JUDGED)
def test_a_worker_judges_without_sympy_and_is_warm_before_it_is_asked(task, request_, tmp_path):
    warm = (
        f"import importlib, checker.worker as w; [importlib.import_module(m) for m in w.WARM[{task!r}]]; before = "
        "set(sys.modules)"
    )
    ask = (
        f"reply = w.perform({ {'do': task, **request_}!r}); assert reply['answer']['status'] in ('equal', "
        "'correct'), reply"
    )
    loaded = run_and_list(f"{warm}\n{ask}\nlate = set(sys.modules) - before\nassert len(late) < 5, late", tmp_path)
    assert not loaded & {"sympy", "mpmath"}
    assert {"numpy", "flint"} <= loaded
