"""The emitted code of every target, for every backend, is the text that was last agreed to.

What is emitted is read and kept by people, so it changes by decision only. After a change that is meant,
`python tests/test_emitted_texts.py` writes the digests anew; the commit says why.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from every_target import EVERY

from derivations import emit, functions

AGREED = Path(__file__).with_name("emitted_texts.json")
BACKENDS = ("numpy", "fast", "numba", "jax", "torch")


def emitted(name: str, backend: str) -> str:
    """The text of one function, or why there is none."""
    derivation = functions.derivation(name)
    try:
        return emit.emit(
            {derivation.target: derivation.result},
            name,
            "",
            fast=backend == "fast",
            backend="numpy" if backend == "fast" else backend,
        )
    except emit.CannotEmit as refusal:
        return f"refused: {refusal}"


def digests(name: str) -> list[str]:
    """The digest of a function's text for each backend."""
    return [hashlib.sha256(emitted(name, backend).encode()).hexdigest()[:16] for backend in BACKENDS]


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_emitted_code_is_the_text_that_was_agreed_to(model: str) -> None:
    agreed = json.loads(AGREED.read_text())
    mine = [name for name, (owner, _) in functions.index().items() if owner == model]
    changed = [name for name in mine if digests(name) != agreed.get(name)]
    assert not changed


def test_no_function_is_missing_from_what_was_agreed_to() -> None:
    assert set(json.loads(AGREED.read_text())) == set(functions.index())


if __name__ == "__main__":
    rows = (f"{json.dumps(name)}: {json.dumps(digests(name))}" for name in sorted(functions.index()))
    AGREED.write_text("{\n" + ",\n".join(rows) + "\n}\n")
