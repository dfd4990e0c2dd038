"""`import backproof as bp`: the public names and no others, documented, with examples that run."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import inspect
import json
import rlcompleter
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import backproof as bp
from derivations import functions
from derivations.emit.dialects import backends
from derivations.emit.dressing import DRESSINGS, Backend, DressingName
from derivations.notation.write import Dressing, WrittenForm

ROOT = Path(__file__).parent.parent
NAMES = ["__version__", "check", "compare", "derive", "gradient", "models", "prove", "read", "write"]
FUNCTIONS = ["check", "compare", "derive", "gradient", "prove", "read", "write"]


def test_the_namespace_is_what_dir_and_completion_show():
    assert dir(bp) == bp.__all__ == NAMES
    complete = rlcompleter.Completer({"bp": bp}).complete
    shown = [complete("bp.", k) for k in range(20)]
    assert {s.rstrip("()").removeprefix("bp.") for s in shown if s} == {n for n in NAMES if n[0] != "_"}
    assert dir(bp.models) == ["MODELS", "load"]
    with pytest.raises(AttributeError, match="it has __version__, check, compare"):
        bp.derivee  # noqa: B018


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import sys, backproof; print([m for m in sys.modules if m.split('.')[0] in ('derivations', 'sympy', 'numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_documents_its_arguments_and_has_an_example(name):
    function = getattr(bp, name)
    text = inspect.getdoc(function)
    assert text
    for parameter in inspect.signature(function).parameters:
        assert parameter in text, f"{name}: {parameter} is not documented"
    assert ">>> " in text
    module = importlib.import_module(function.__module__)
    _run(text, {**vars(module), name: function}, name)


def test_the_example_of_the_module_runs():
    _run(bp.__doc__, {}, "backproof")


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "relu", "softmax"])
def test_the_examples_of_sympy_functions_run(name):
    functions = importlib.import_module("derivations.sympy_bridge.functions")
    _run(inspect.getdoc(getattr(functions, name)), vars(functions), name)


def _run(text, space, name):
    example = doctest.DocTestParser().get_doctest(text, dict(space), name, name, 0)
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert result.failed == 0
    assert result.attempted > 0


def test_literal_types_say_what_is_taken():
    for dressing in get_args(Dressing):
        for form in get_args(WrittenForm):
            assert bp.write(bp.read("x^T y", "x: real[n]; y: real[n]"), dressing, form)


def test_literal_types_name_every_backend_and_dressing_of_code():
    assert set(get_args(Backend)) == set(backends())
    assert get_args(DressingName) == tuple(DRESSINGS)


# ---------------------------------------------------------------- the stub of the derived functions


def test_the_stub_names_every_derived_function():
    path = Path(functions.__file__)
    named = {
        node.target.id
        for node in ast.parse(path.with_suffix(".pyi").read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert named == set(functions.index()), "regenerate with: make docs"

    def defined(suffix):
        tree = ast.parse(path.with_suffix(suffix).read_text(encoding="utf-8"))
        return {n.name: ast.unparse(n.args) for n in tree.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"}

    assert defined(".pyi").keys() == defined(".py").keys(), "regenerate with: make docs"


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright belongs to `make lint`")
@pytest.mark.long
def test_a_wrong_name_or_dressing_is_an_error_of_types(tmp_path):
    wrong = [
        "from derivations.functions import batch_norm_dxx",
        "import backproof\nbackproof.derivee('softmax', 'dL/dx')",
        "import backproof\nbackproof.write(backproof.read('x', 'x: real'), 'html')",
        "import backproof\nbackproof.derive('softmax', 'y').source('tensorflow')",
        "import backproof\nbackproof.gradient('x^2', ['x'], 'x: real').source(dressing='plain')",
        "from derivations.functions import together\ntogether('softmax', ['y'], backend='theano')",
        "import backproof\nbackproof.compare('x', 'x', 'x: real', where='here')",
    ]
    right = (
        "from derivations.functions import batch_norm_dx\nimport backproof\n"
        "both = backproof.gradient('x^2', ['x'], 'x: real', value=True)\n"
        "backproof.derive('softmax', 'y').source('torch', dressing='bare')\n"
        "both.source(backend='jax', dressing='layer')\n"
    )
    for number, text in enumerate([right, *wrong]):
        (tmp_path / f"case_{number}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=ROOT)
    if not done.stdout.startswith("{"):
        pytest.skip("pyright does not run here")
    found = {Path(d["file"]).stem for d in json.loads(done.stdout)["generalDiagnostics"] if d["severity"] == "error"}
    assert found == {f"case_{number}" for number in range(1, len(wrong) + 1)}
