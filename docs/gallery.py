"""The gallery: twelve derivations as pages, a notebook with its outputs, and the pictures of README.md.

`make docs` writes them; a test compares pages and notebook. Pictures are drawn where there is a Chromium, and only when
the mathematics in them has changed: a file beside each tells what it was drawn from.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from derivations import derive
from derivations.models import load

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "gallery"
NOTEBOOK = ROOT / "docs" / "gallery.ipynb"
KATEX = ROOT / "checker" / "documents" / "reports" / "katex"


class Shown(NamedTuple):
    """One derivation of the gallery."""

    title: str
    model: str
    target: str

    @property
    def file(self) -> str:
        """`softmax_dL_dx.md`"""
        return re.sub(r"\W+", "_", f"{self.model} {self.target}").strip("_") + ".md"


GALLERY = (
    Shown("Softmax and cross-entropy", "softmax", "dL/dx"),
    Shown("The Jacobian of softmax", "softmax", "dy_i/dx_j"),
    Shown("Logistic regression", "logistic", "dLL/dtheta"),
    Shown("Its Hessian", "logistic", "d2LL/dtheta2"),
    Shown("Least squares, solved", "linear_regression", "argmin L over w"),
    Shown("Batch normalisation", "batch_norm", "dL/dx"),
    Shown("Layer normalisation", "layer_norm", "dL/dx"),
    Shown("Attention", "attention", "dL/dQ"),
    Shown("A network of two layers", "two_layer", "dL/dW1"),
    Shown("The covariance of Gaussian classes", "gda", "dLL/dS"),
    Shown("The hinge loss", "hinge_svm", "dL/dw"),
    Shown("The divergence of two Gaussians", "kl_gaussians", "dD/ds"),
)
PICTURES = {"softmax": GALLERY[0], "layer_norm": GALLERY[6]}


def page(shown: Shown) -> str:
    """One derivation: what is given, each lemma with its steps, and where it comes from."""
    derivation, model = derive(shown.model, shown.target), load(shown.model)
    body = derivation.markdown(form="auto").partition("\n\n")[2]
    return (
        f"# {shown.title}\n\n{model.doc} Wanted is `{shown.target}` of the model `{shown.model}`;"
        f" every step was evaluated a second way.\n\n{body}\nSource: {model.source}. [All derivations](README.md)\n"
    )


def index() -> str:
    """The list of the pages, each with its result."""
    rows = []
    for shown in GALLERY:
        lemma = derive(shown.model, shown.target).lemmas[-1]
        rows.append(f"| [{shown.title}]({shown.file}) | `{shown.model}` `{shown.target}` | {len(lemma.steps)} |")
    return (
        "# Gallery\n\nTwelve derivations as the program gives them, made by `make docs`; the same in a"
        " [notebook](../gallery.ipynb).\n\n| derivation | what is asked | steps |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


# ---------------------------------------------------------------- the notebook

CELLS = (
    "# Derivations in a notebook\n\nValues show themselves: derivations and lemmas as mathematics, a verdict as text.",
    "import backproof as bp\n\nbp.models.load('softmax')",
    'derivation = bp.derive("softmax", "dL/dx")\nderivation',
    "derivation.lemmas[-1].steps[-1]",
    "derivation.sympy",
    "print(derivation.source())",
    'bp.gradient("sum_i (w^T x_i - y_i)^2", "w", "x: real[n,d]; w: real[d]; y: real[n]").lemmas[-1]',
    'bp.read(r"(X^\\top X + \\lambda I)^{-1} X^\\top y", "X: real[n,d]; y: real[n]; lambda: positive")',
    'bp.compare("p (1 - p)", "p - p^2", "p: probability")',
    'bp.check("001/3.2", "y_i y_j")',
    'bp.prove("sigmoid(z) (1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2", names="z: real")',
    "import sympy\n\nx, w = sympy.symbols('x w', real=True)\nbp.gradient(sympy.log(1 + sympy.exp(-w*x)), w).sympy",
)


def notebook() -> str:
    """The notebook with its outputs."""
    space: dict[str, Any] = {}
    cells = []
    for number, text in enumerate(CELLS):
        cell: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
        if text.startswith("#"):
            cells.append({"cell_type": "markdown", **cell})
        else:
            cells.append({"cell_type": "code", "execution_count": number, **cell, "outputs": _run(text, number, space)})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return (
        json.dumps(
            {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5},
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


def _run(text: str, number: int, space: dict[str, Any]) -> list[dict[str, Any]]:
    """A cell as Jupyter runs it: its last expression is shown by what it says of itself."""
    *before, last = ast.parse(text).body
    exec(compile(ast.Module(before, []), "cell", "exec"), space)
    if isinstance(last, ast.Expr) and ast.unparse(last).startswith("print("):
        value = eval(ast.unparse(last).removeprefix("print(").removesuffix(")"), space)
        return [{"name": "stdout", "output_type": "stream", "text": f"{value}\n".splitlines(keepends=True)}]
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([last], []), "cell", "exec"), space)
        return []
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
    data = {"text/plain": repr(value)}
    for kind, method in (("text/latex", "_repr_latex_"), ("text/markdown", "_repr_markdown_")):
        if hasattr(value, method):
            data[kind] = getattr(value, method)()
    lines = {kind: said.splitlines(keepends=True) for kind, said in data.items()}
    return [{"data": lines, "execution_count": number, "metadata": {}, "output_type": "execute_result"}]


# ---------------------------------------------------------------- pictures


def drawn_from(shown: Shown) -> str:
    """The mathematics of a picture: the last lemma."""
    return derive(shown.model, shown.target).latex(form="auto").split("\n\n")[-1]


def fingerprint(shown: Shown) -> str:
    """By which a picture is told from one of other mathematics."""
    return hashlib.sha256(drawn_from(shown).encode()).hexdigest()[:16]


def draw(name: str, shown: Shown) -> bool:
    """Draws a picture; False where there is no Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        return False
    text = (
        f"<!doctype html><meta charset=utf-8><link rel=stylesheet href='{(KATEX / 'katex.min.css').as_uri()}'>"
        "<style>body{margin:14px 22px;width:max-content;background:#fff;font-size:17px}.m{margin:10px 0}</style>"
        f"<body><div class=m>{_escaped(drawn_from(shown))}</div>"
        f"<script src='{(KATEX / 'katex.min.js').as_uri()}'></script><script>"
        "for(const m of document.querySelectorAll('.m'))"
        "katex.render(m.textContent,m,{displayMode:true,throwOnError:true});"
        "document.fonts.ready.then(()=>{const b=document.body.getBoundingClientRect();"
        "document.title=Math.ceil(b.right+22)+'x'+Math.ceil(b.bottom+14)})</script>"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.html"
        file.write_text(text, encoding="utf-8")
        command = [
            found, "--headless=new", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            f"--user-data-dir={folder}/profile", "--virtual-time-budget=10000", "--force-device-scale-factor=1.5",
        ]  # fmt: skip
        dom = subprocess.run(
            [*command, "--window-size=1600,1600", "--dump-dom", file.as_uri()],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=180,
            check=True,
        ).stdout
        size = re.search(r"<title>(\d+)x(\d+)</title>", dom)
        if size is None:
            raise ValueError(f"{name}: the page was not rendered")
        to = FOLDER / f"{name}.png"
        subprocess.run(
            [*command, f"--window-size={size[1]},{size[2]}", f"--screenshot={to}", file.as_uri()],
            capture_output=True,
            timeout=180,
            check=True,
        )
    return True


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def files() -> Mapping[Path, str]:
    """Every text of the gallery."""
    return {
        **{FOLDER / shown.file: page(shown) for shown in GALLERY},
        FOLDER / "README.md": index(),
        NOTEBOOK: notebook(),
    }


def write() -> None:
    """All of it; a picture whose mathematics has changed is drawn anew."""
    FOLDER.mkdir(exist_ok=True)
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
    for name, shown in PICTURES.items():
        mark = FOLDER / f"{name}.png.from"
        held = mark.read_text(encoding="utf-8").strip() if mark.exists() else ""
        if held != fingerprint(shown) and draw(name, shown):
            mark.write_text(fingerprint(shown) + "\n", encoding="utf-8")
