"""What is printed renders: every derivation with KaTeX, and the compiled document with pdflatex. Each is skipped, with the reason, where it is missing."""

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
for (const [name, text] of rows) { try { katex.renderToString(text, {displayMode: true, throwOnError: true, strict: 'error'}); } catch (e) { bad.push(name + ': ' + e.message); } }
console.log(JSON.stringify(bad));
"""


def _derivations():
    for name in MODELS:
        for target in load(name).targets:
            yield f"{name} {target}", derive(name, target)


def test_katex_renders_every_derivation() -> None:
    if shutil.which("node") is None or not (KATEX / "node_modules" / "katex").exists():
        pytest.skip("KaTeX is not installed: npm install --prefix .venv/katex katex")
    rows = [(label, block) for label, d in _derivations() for block in (*d.latex(form="matrix").split("\n\n"), d._let() or "x")]
    run = subprocess.run(["node", "-e", RENDER], input=json.dumps(rows), capture_output=True, text=True, cwd=KATEX, check=True)
    assert json.loads(run.stdout) == []
    assert len(rows) > 100


def test_pdflatex_compiles_the_documents(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-base)")
    for model, target in (("batch_norm", "dL/dx"), ("attention", "dL/dQ"), ("map_regression", "argmin J over theta"), ("softmax", "dy_i/dx_j where i != j")):
        (tmp_path / f"{model}.tex").write_text(derive(model, target).document(form="matrix"), encoding="utf-8")
        run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{model}.tex"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout[-2000:]
        assert "Overfull \\hbox" not in run.stdout, model
