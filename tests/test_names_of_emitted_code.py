"""No emitted module uses a name that it neither defines nor imports: ruff's F821, every target, every dressing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from every_target import EVERY

from derivations import derive
from derivations.emit import CannotEmit, emit
from derivations.models import load

DRESSED = [("numpy", "bare"), ("numpy", "checked"), ("numba", "bare"), ("jax", "bare"), ("torch", "bare")]


def texts(model: str) -> Iterator[tuple[str, str]]:
    """What is emitted of each target; and of the value with its gradients, layers."""
    targets = load(model).targets
    outputs = {target: derive(model, target).result for target in targets}
    for target, result in outputs.items():
        for backend, dressing in DRESSED:
            try:
                yield (
                    f"{target} {backend} {dressing}",
                    emit({target: result}, "f", "", backend=backend, dressing=dressing),
                )
            except CannotEmit:
                continue
    for value in (t for t in targets if "/" not in t):
        gradients = [t for t in targets if t.startswith(f"d{value}/d") and "d2" not in t]
        for backend in ("jax", "torch"):
            try:
                whole = {t: outputs[t] for t in (value, *gradients)}
                yield f"{value} layer {backend}", emit(whole, "f", "", backend=backend, dressing="layer")
            except (CannotEmit, ValueError):
                continue


@pytest.mark.long
@pytest.mark.parametrize("model", EVERY)
def test_every_name_is_defined(model: str, tmp_path: Path) -> None:
    made = list(texts(model))
    for number, (_, text) in enumerate(made):
        (tmp_path / f"m{number}.py").write_text(text, encoding="utf-8")
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "F821,F823",
        "--output-format",
        "concise",
    ]
    found = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
    assert made
    assert found.returncode == 0, found.stdout[-2000:]
