"""The house as docs/architecture.md draws it: imports point one way, late ones have a reason, long modules too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("derivations", "problems", "checker")
"""From the ground up: a package imports from itself and from those before it."""

ROOMS = (
    "frozen", "sendable", "work", "cache_folder", "formula", "atoms", "laws", "signature", "recursion", "domains",
    "stacks", "densities", "kept_means", "evaluate", "notation", "signs", "matrix_slopes", "calculus", "simplify",
    "limits", "series", "normal_form",
    "ranges", "expectation", "sympy_bridge", "spoken", "paper", "defining", "derivation", "together", "binding_order",
    "model", "pointwise",
    "definedness", "target", "verify", "definite", "folding", "emit", "logs", "chain", "adjoint", "kinks", "labels",
    "show_that", "variants", "models", "closed_form", "extrema", "extremum", "slopes", "held", "products", "implicit",
    "by_score", "dual",
    "pipeline", "asked",
    "functions",
)  # fmt: skip
"""The rooms of `derivations` from the ground up: each imports from those before it."""

LATE = (
    # (importer, imported, why it is not at the top)
    ("derivations.*", "derivations.sympy_bridge*", "SymPy takes 0.3 s to import"),
    ("checker.compare", "checker.answers.chained", "most sides are one formula, and no chain"),
    ("checker.documents.reports.pdf", "resource", "Windows has none"),
    ("derivations.sympy_bridge.integrating", "resource", "Windows has none"),
    ("derivations.sympy_bridge.lambdified", "derivations.emit*", "the emitter stands later in the house"),
    (
        "derivations.formula.whole",
        "derivations.notation*",
        "a formula is a value; who shows one loads how it is written",
    ),
    ("derivations.derivation", "rich.text", "who prints no derivation waits for no rich"),
    ("derivations.derivation", "derivations.together", "it holds derivations"),
    ("derivations.together", "derivations.emit*", "who asks for no code waits for no emitter"),
    ("derivations.emit.runtime.cupy", "cupyx*", "emitted text: who takes no erf loads no SciPy of CuPy"),
    ("derivations.emit.runtime.numpy", "scipy*", "emitted text: SciPy's solves only where it is installed"),
    ("derivations.closed_form.inside", "derivations.normal_form", "python-flint: few closed forms are proved"),
    ("derivations.kinks", "derivations.normal_form", "python-flint: few kinks are proved to cancel"),
    ("derivations.notation.read.meaning.functions", "derivations.calculus", "few texts hold f'(x) or a Taylor term"),
    ("derivations.notation.read.meaning.places", "derivations.calculus", "few texts hold a derivative at a place"),
    (
        "derivations.notation.read.meaning.of_matrices",
        "derivations.simplify.same",
        "few texts hold a function of a symmetric matrix",
    ),
    ("derivations.notation.read.one_formula", "derivations.expectation", "few texts ask anything of a law"),
    ("checker.equality.judge", "derivations.expectation", "few formulas hold a mean without a closed form"),
    ("checker.equality.means", "derivations.expectation", "few formulas hold a mean without a closed form"),
    ("derivations.notation.read.scope", "derivations.notation.read.grammar.names", "asked about prose alone"),
    ("derivations.notation.write*", "derivations.notation.matrix.raising", "raised when matrix form is asked for"),
    ("derivations.notation.write.page", "derivations.notation.read", "matrix form is read back before it is shown"),
    ("checker.__main__", "*", "--help loads neither a command nor rich"),
    ("checker.commands.*", "*", "a command loads what it runs, and nobody waits for rich who prints JSON"),
    ("checker.telling", "derivations.*", "who states bindings in place loads no model"),
    ("checker.worker", "*", "a worker is up before it knows its task"),
    ("checker.cluster", "distributed", "an extra: only who has a cluster waits for it"),
    ("checker.process", "site", "asked once, where a worker is started"),
    ("checker.process", "json", "who answers in this process writes no JSON"),
    ("checker.output", "rich.console", "nobody waits for rich who prints JSON"),
    ("checker.output", "shutil", "who prints to no terminal asks for no width"),
    ("checker.verdict", "checker.*", "a verdict is a value; how it is printed is loaded when it is printed"),
    (
        "checker.equality.seen",
        "checker.equality.*",
        "most pairs are settled before the later stages load",
    ),
    ("checker.equality.tower", "derivations.evaluate.modular", "residues are asked last"),
    ("checker.compare", "derivations.sympy_bridge*", "only who compares SymPy's expressions waits for SymPy"),
    ("checker.check", "derivations.sympy_bridge*", "only who has SymPy's expressions judged waits for SymPy"),
    ("checker.compare", "checker.answers.compared_forms", "most truths are formulas"),
    ("checker.compare", "checker.answers.inferred", "most pairs come with their names"),
    ("checker.compare", "checker.answers.definitions", "most sides define nothing"),
    ("checker.compare", "checker.answers.reasons", "few formulas come with a reason"),
    ("checker.demonstration", "*", "a demonstration is run by `validate` and `show --demo` alone"),
    ("checker.answers.*", "checker.diagnosis.*", "a right answer needs no reason"),
    ("checker.documents.proofreading", "checker.documents.*", "only the command asks for files, reports and a sheet"),
    ("problems.loader", "problems.relettering", "few problems come in other letters; the others wait for no notation"),
    ("problems.varying", "problems.relettering", "few problems come in other letters; the others wait for no notation"),
    ("checker.documents.proofreading", "problems.bank", "a document without a sheet needs no bank"),
    ("checker.kinds.*", "*", "parts are listed and shown without what reads and judges their answers"),
)
"""Imports inside functions; a pattern may stand for several."""

LINES = 450
LONG = (
    "derivations.emit.lower", "derivations.emit.program", "derivations.emit.runtime.numpy",
    "derivations.normal_form.ring",
)  # fmt: skip
"""Modules of more lines; each says why in its docstring, in a sentence that begins with `Longer`."""


LATE_IMPORT = re.compile(r"^[ \t]+(from|import)\b", re.MULTILINE)


@cache
def modules() -> dict[str, Path]:
    """Module name → file, of the three packages."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def targets(node: ast.stmt) -> Iterator[str]:
    """The modules that an import statement loads."""
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        for name in node.names:
            inner = f"{node.module}.{name.name}"
            yield inner if inner in modules() else node.module


def at_the_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The import statements that run when a module is loaded, not those for the type checker alone."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from at_the_top(node.body + node.orelse)
        elif isinstance(node, ast.Try):
            yield from at_the_top(node.body)


@cache
def imports() -> dict[str, frozenset[str]]:
    """Module → our modules that it loads at its top."""
    return {
        module: frozenset(t for node in at_the_top(tree(module).body) for t in targets(node) if t in modules())
        for module in modules()
    }


@cache
def late(module: str) -> frozenset[str]:
    """What a module imports inside functions."""
    if not LATE_IMPORT.search(modules()[module].read_text(encoding="utf-8")):
        return frozenset()
    functions = (n for n in ast.walk(tree(module)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    inside = (n for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom))
    return frozenset(target for node in inside for target in targets(node))


def test_no_imports_go_in_circles():
    TopologicalSorter(imports()).prepare()  # raises CycleError, which shows the circle


@pytest.mark.parametrize("package", PACKAGES)
def test_no_arrow_between_packages_runs_up(package):
    above = PACKAGES[PACKAGES.index(package) + 1 :]
    own = [m for m in modules() if m.split(".")[0] == package]
    up = [(m, t) for m in own for t in {*imports()[m], *late(m)} if t.split(".")[0] in above]
    assert not up


def test_the_rooms_of_derivations_stand_on_those_before_them():
    def room(module: str) -> int:
        return ROOMS.index(module.split(".")[1])

    inside = [m for m in modules() if m.startswith("derivations.")]
    assert {m.split(".")[1] for m in inside} == set(ROOMS)
    up = [(m, t) for m in inside for t in imports()[m] if t.startswith("derivations.") and room(t) > room(m)]
    assert not up


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_imports_a_private_name(package):
    private = [
        (module, name.name)
        for module in modules()
        if module.split(".")[0] == package
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
        for name in node.names
        if name.name.startswith("_")
    ]
    assert not private


def test_every_late_import_has_its_reason():
    unexplained, used = [], set()
    for module in modules():
        for target in late(module):
            rows = [row for row in LATE if fnmatch(module, row[0]) and fnmatch(target, row[1])]
            used |= set(rows)
            if not rows:
                unexplained.append(f"{module} -> {target}")
    assert not unexplained
    assert not [row for row in LATE if row not in used]


def test_long_modules_say_why():
    longer = {m for m, path in modules().items() if path.read_text(encoding="utf-8").count("\n") > LINES}
    assert longer == set(LONG)
    assert not [m for m in LONG if "\nLonger" not in (ast.get_docstring(tree(m)) or "")]
