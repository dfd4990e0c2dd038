"""Imports point one way, and a cold start imports what it needs and no more."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ("derivations", "problems", "checker")

STAGES = (
    "formula", "domains", "atoms", "notation", "evaluate", "normal_form", "tensor", "work", "calculus", "simplify", "model", "derivation", "folding",
    "adjoint", "closed_form", "verify", "show_that", "numpy_code", "models", "pipeline", "functions",
)  # fmt: skip


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
def test_packages_import_only_earlier_ones(package):
    later = ORDER[ORDER.index(package) + 1 :]
    for path in (ROOT / package).rglob("*.py"):
        wrong = {name for name in imported(path) if name.split(".")[0] in later}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def run_and_list(code: str, tmp_path: Path) -> set[str]:
    """The modules loaded after running code in a fresh interpreter, in a folder of no interest."""
    script = f"import sys\n{code}\nprint('MODULES', *sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment())
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
    "from checker.__main__ import main; main(['show', next(iter(__import__('problems.bank').bank.load_bank().ids()), 'none')])",
    "import derivations, checker, problems",
]


@pytest.mark.parametrize("code", LIGHT)
def test_a_cold_start_imports_neither_sympy_nor_numpy(code, tmp_path):
    loaded = run_and_list(code, tmp_path)
    assert not loaded & {"sympy", "numpy", "flint", "mpmath"}
