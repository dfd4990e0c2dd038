"""What is printed renders: every derivation with KaTeX, and the compiled document with pdflatex. Each is skipped, with
the reason, where it is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from derivations import derive
from derivations.models import MODELS, load

KATEX = Path(__file__).parent.parent / ".venv" / "katex"
RENDER = """
const katex = require('katex'); const rows = JSON.parse(require('fs').readFileSync(0, 'utf8')); const bad = [];
const options = {displayMode: true, throwOnError: true, strict: 'error'};
for (const [name, text] of rows) {
  try { katex.renderToString(text, options); } catch (e) { bad.push(name + ': ' + e.message); }
}
console.log(JSON.stringify(bad));
"""


def _derivations():
    for name in MODELS:
        for target in load(name).targets:
            yield f"{name} {target}", derive(name, target)


def test_katex_renders_every_derivation() -> None:
    if shutil.which("node") is None or not (KATEX / "node_modules" / "katex").exists():
        pytest.skip("KaTeX is not installed: npm install --prefix .venv/katex katex")
    rows = [
        (label, block)
        for label, d in _derivations()
        for block in (*d.latex(form="matrix").split("\n\n"), d._let() or "x")
    ]
    run = subprocess.run(
        ["node", "-e", RENDER], input=json.dumps(rows), capture_output=True, text=True, cwd=KATEX, check=True
    )
    assert json.loads(run.stdout) == []
    assert len(rows) > 100


def test_katex_renders_chains_and_formulas_of_ones_own() -> None:
    if shutil.which("node") is None or not (KATEX / "node_modules" / "katex").exists():
        pytest.skip("KaTeX is not installed: npm install --prefix .venv/katex katex")
    from test_show_that import CHAINS

    from checker.commands.deriving import gradient_view, prove_view

    style = {"style": "latex", "form": "matrix", "steps": "full", "dressing": "ascii"}
    views = [(s, [prove_view({"statement": s, "names": n, "print": style})["printed"]]) for s, n, _ in CHAINS]
    asked = [
        ("x^T S y", ["S"], "x: real[k]; y: real[k]; S: symmetric[k]", {}),
        ("sin(a w)", ["w"], "a: real; w: real", {"order": 4}),
        ("b w^T x_1", ["w", "b"], "w: real[d]; x: real[n,d]; b: real", {"hessian": True}),
        ("sum_i log(1 + exp(x_i^T w))", ["w"], "x: real[n,d]; w: real[d]", {"along": "v"}),
        ("-sum_k t_k log softmax(z)_k", ["z"], "z: real[K]; t: real[K]; k: index[K]", {"facts": ["sum_k t_k = 1"]}),
    ]
    views += [
        (f, gradient_view({"formula": f, "wrt": w, "names": n, "print": style, **more})["printed"])
        for f, w, n, more in asked
    ]
    rows = [(label, block) for label, prints in views for made in prints for block in made["text"].split("\n\n")]
    run = subprocess.run(
        ["node", "-e", RENDER], input=json.dumps(rows), capture_output=True, text=True, cwd=KATEX, check=True
    )
    assert json.loads(run.stdout) == []


def test_pdflatex_compiles_the_documents(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-base)")
    for model, target in (
        ("batch_norm", "dL/dx"),
        ("attention", "dL/dQ"),
        ("map_regression", "argmin J over theta"),
        ("softmax", "dy_i/dx_j where i != j"),
    ):
        (tmp_path / f"{model}.tex").write_text(derive(model, target).document(form="matrix"), encoding="utf-8")
        run = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{model}.tex"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-2000:]
        assert "Overfull \\hbox" not in run.stdout, model
